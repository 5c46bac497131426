/// Connections, time limits and names.
extension OptionRow {
    static var connectTimeout: OptionRow {
        OptionRow(
            .connection, .seconds { $0.operation.connectTimeout = $1 },
            help: "longest time to get a connection",
            text: """
                Covers the lookup of the name, the connection, the proxy and the TLS handshake. The default is 300 \
                seconds, also for 0. Reaching it is exit status 28.
                """,
            example: "--connect-timeout 5 https://example.com/")
    }

    static var maxTime: OptionRow {
        OptionRow(
            .connection, .seconds { $0.operation.maxTime = $1 }, essential: true,
            help: "longest time for a whole transfer",
            text: """
                Redirects included; with --retry it holds for each attempt. A number of seconds, or with a unit: 500ms, \
                30s, 2m, 1h. There is no limit by default, or with 0. Reaching it is exit status 28.
                """,
            example: "-m 30 https://example.com/")
    }

    static var connectTo: OptionRow {
        OptionRow(
            .connection, .value("host:port:host:port", [], OptionStores.connectTo), repeats: .appends,
            help: "connect to the second pair instead of the first",
            text: """
                Requests for the first host and port dial the second; the URL, the Host field, the checked certificate \
                name and the cookies stay. Empty parts in the first pair mean any, in the second keep. The first pair \
                that fits counts. A malformed value is exit status 49.
                """,
            example: "--connect-to example.com:443:staging.example.com:8443 https://example.com/")
    }

    static var resolve: OptionRow {
        OptionRow(
            .connection, .value("host:port:address", [], OptionStores.resolve), repeats: .appends,
            help: "use these addresses for a host and port",
            text: """
                Several addresses are separated by commas. * as host stands for every host. With + before the host the \
                entry expires as a looked-up name does; -host:port takes an entry back. A malformed value is exit status \
                49.
                """,
            example: "--resolve example.com:443:192.0.2.7,[2001:db8::7] https://example.com/")
    }

    static var ipv4: OptionRow {
        OptionRow(
            .connection, .action { (builder, _) in builder.operation.addressFamily = .ipv4 },
            repeats: .lastOfGroup("-4, -6, --address-family"),
            help: "use IPv4 addresses only",
            text:
                "Other addresses of a name are not tried. Addresses given with --resolve are used all the same.",
            example: "-4 https://example.com/")
    }

    static var ipv6: OptionRow {
        OptionRow(
            .connection, .action { (builder, _) in builder.operation.addressFamily = .ipv6 },
            repeats: .lastOfGroup("-4, -6, --address-family"),
            help: "use IPv6 addresses only",
            text:
                "Other addresses of a name are not tried. Addresses given with --resolve are used all the same.",
            example: "-6 https://example.com/")
    }

    static var addressFamily: OptionRow {
        OptionRow(
            .connection, .value("any|ipv4|ipv6", [], OptionStores.addressFamily),
            repeats: .lastOfGroup("-4, -6, --address-family"),
            help: "which addresses of a name to use",
            text: "ipv4 is the same as -4, ipv6 the same as -6; any, the default, takes both back.",
            example: "--address-family any https://example.com/")
    }

    static var localAddr: OptionRow {
        OptionRow(
            .connection, .value("ip[:port]", [], OptionStores.localAddress),
            repeats: .lastOfGroup("--interface, --local-addr"),
            help: "connect from this local address",
            text: """
                The socket is bound to it before it connects; without a port any free one is used. An IPv6 address needs \
                brackets when a port follows. An address that cannot be bound is exit status 45.
                """,
            example: "--local-addr 192.0.2.10 https://example.com/")
    }

    static var unixSocket: OptionRow {
        OptionRow(
            .connection, .value("path", .file, OptionStores.unixSocket),
            repeats: .lastOfGroup("--unix-socket, --abstract-unix-socket"), essential: true,
            help: "connect to this Unix socket for every URL",
            text: """
                The URL gives the Host field, and with https the name that the certificate is checked for: TLS over the \
                socket is real. Proxies are not used. A leading @ names a socket in the abstract namespace. A socket that \
                is not there is exit status 7, a path that is too long 6.

                URLs of the form http+unix://%2Frun%2Fdocker.sock/v1.44/info name the socket themselves, so that one \
                run can use several.
                """,
            example: "--unix-socket /run/docker.sock http://localhost/v1.44/info")
    }

    static var abstractUnixSocket: OptionRow {
        OptionRow(
            .connection,
            .text("name") { $0.operation.unixSocket = UnixSocketArgument(path: $1, isAbstract: true) },
            repeats: .lastOfGroup("--unix-socket, --abstract-unix-socket"),
            help: "as --unix-socket, in the abstract namespace",
            text: "The name is given without the leading @ or NUL.",
            example: "--abstract-unix-socket my-service http://localhost/")
    }

    static var limitRate: OptionRow {
        OptionRow(
            .connection, .size { $0.operation.limitRate = $1 },
            help: "at most this many bytes a second (0 = no limit)",
            text: """
                An average for each transfer, in both directions; several transfers at once each have it. Units: k, M, G, \
                in 1024s.
                """,
            example: "--limit-rate 500k -O https://example.com/image.iso")
    }

    static var forceClose: OptionRow {
        OptionRow(
            .connection, .toggle { $0.global.forceClose = $1 }, scope: .global,
            help: "close each connection after its answer",
            text: "Sends 'Connection: close' and never uses a connection twice.",
            example: "--force-close https://example.com/a https://example.com/b")
    }

    static var keepaliveTimeout: OptionRow {
        OptionRow(
            .connection, .seconds { $0.global.keepaliveTimeout = $1 }, scope: .global,
            help: "how long an idle connection may be reused",
            text: "The default is 15 seconds. This is about reuse by HTTP, not about TCP's probes.",
            example: "--keepalive-timeout 60 --retry 5 https://example.com/")
    }

    static var dnsCache: OptionRow {
        OptionRow(
            .connection, .untoggle { $0.global.dnsCache = $1 }, scope: .global,
            help: "look up the name for every new connection",
            text: "By default the addresses of a name are kept for the time of --dns-cache-ttl.",
            example: "--no-dns-cache https://example.com/a https://example.com/b")
    }

    static var dnsCacheTTL: OptionRow {
        OptionRow(
            .connection, .value("seconds|forever", [], OptionStores.dnsCacheLife), scope: .global,
            help: "how long looked-up addresses are kept",
            text: "The default is 10 seconds; forever keeps them for the whole run.",
            example: "--dns-cache-ttl forever -Z 'https://example.com/[1-1000]'")
    }

    static var happyEyeballsTimeout: OptionRow {
        OptionRow(
            .connection, .value("ms|off", [], OptionStores.attemptDelay), scope: .global,
            help: "head start of one address over the next",
            text: """
                When a name has several addresses, the next is tried beside the one before after this many milliseconds, \
                and the first that connects is used. The default is 250; off tries one after another.
                """,
            example: "--happy-eyeballs-timeout-ms 100 https://example.com/")
    }

    static var interleave: OptionRow {
        OptionRow(
            .connection, .integer(0...Int(Int32.max), "0 = keep the order") { $0.global.interleave = $1 },
            scope: .global,
            help: "addresses of the first family tried first",
            text: """
                After this many addresses of the family that leads, the two families take turns. The default is 1, or 0 \
                when --happy-eyeballs-timeout-ms is off; 0 keeps the order in which the name was resolved.
                """,
            example: "--interleave 2 https://example.com/")
    }
}
