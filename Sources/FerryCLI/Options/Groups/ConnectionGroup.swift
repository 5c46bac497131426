import HTTPCore

/// Where connections go, and how long they are kept.
enum ConnectionGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("connect-to") {
            Option(
                .connection, .value("host:port:host:port", [], connectTo), repeats: .appends,
                abstract: "connect to the second pair instead of the first",
                discussion: """
                    Requests for the first host and port dial the second; the URL, the Host field, the \
                    checked certificate name and the cookies stay. Empty parts in the first pair mean any, \
                    in the second keep. The first pair that fits counts. A malformed value is exit status \
                    49.
                    """,
                example: "--connect-to example.com:443:staging.example.com:8443 https://example.com/")
        }

        table.option("resolve") {
            Option(
                .connection, .value("host:port:address", [], resolve), repeats: .appends,
                abstract: "use these addresses for a host and port",
                discussion: """
                    Several addresses are separated by commas. * as host stands for every host. With + \
                    before the host the entry expires as a looked-up name does; -host:port takes an entry \
                    back. A malformed value is exit status 49.
                    """,
                example: "--resolve example.com:443:192.0.2.7,[2001:db8::7] https://example.com/")
        }

        table.option("ipv4", "4") {
            Option(
                .connection, .action { (builder, _) in builder.operation.addressFamily = .ipv4 },
                repeats: .lastOfGroup("-4, -6, --address-family"),
                abstract: "use IPv4 addresses only",
                discussion:
                    "Other addresses of a name are not tried. Addresses given with --resolve are used all the same.",
                example: "-4 https://example.com/")
        }

        table.option("ipv6", "6") {
            Option(
                .connection, .action { (builder, _) in builder.operation.addressFamily = .ipv6 },
                repeats: .lastOfGroup("-4, -6, --address-family"),
                abstract: "use IPv6 addresses only",
                discussion:
                    "Other addresses of a name are not tried. Addresses given with --resolve are used all the same.",
                example: "-6 https://example.com/")
        }

        table.option("address-family") {
            Option(
                .connection, .value("any|ipv4|ipv6", [], addressFamily),
                repeats: .lastOfGroup("-4, -6, --address-family"),
                abstract: "which addresses of a name to use",
                discussion: "ipv4 is the same as -4, ipv6 the same as -6; any, the default, takes both back.",
                example: "--address-family any https://example.com/", suggestions: ["any", "ipv4", "ipv6"])
        }

        table.option("unix-socket") {
            Option(
                .connection, .value("path", .file, unixSocket),
                repeats: .lastOfGroup("--unix-socket, --abstract-unix-socket"), essential: true,
                abstract: "connect to this Unix socket for every URL",
                discussion: """
                    The URL gives the Host field, and with https the name that the certificate is checked \
                    for: TLS over the socket is real. Proxies are not used. A leading @ names a socket in \
                    the abstract namespace. A socket that is not there is exit status 7, a path that is too \
                    long 6.

                    URLs of the forms unix:/run/docker.sock:/v1.44/info, \
                    http://unix:/run/docker.sock:/v1.44/info and http+unix://%2Frun%2Fdocker.sock/v1.44/info \
                    name the socket themselves, so that one run can use several; see UNIX SOCKETS.
                    """,
                example: "--unix-socket /run/docker.sock http://localhost/v1.44/info")
        }

        table.option("unix-map") {
            Option(
                .connection,
                .value(
                    "host=path", .bytes,
                    { (builder, use) throws(UsageError) in
                        if let problem = builder.operation.unixMap.add(use.value) {
                            throw use.refusal(problem)
                        }
                    }), repeats: .appends,
                abstract: "reach this host by this Unix socket",
                discussion: """
                    All other hosts are reached as ever, or by --unix-socket where that is given. *.x stands for \
                    one or more labels before .x, and not for x; the longer of two that fit counts, and of two \
                    that are alike the later one. @name is a socket in the abstract namespace. No proxy is \
                    used for such a host. A redirect from it to a host with another socket, or without one, is \
                    followed with --location-trusted only.
                    """,
                example: "--unix-map docker=/run/docker.sock http://docker/v1.44/info https://example.com/")
        }

        table.option("abstract-unix-socket") {
            Option(
                .connection,
                .value(
                    "name", .bytes,
                    { (builder, use) throws(UsageError) in
                        builder.operation.unixSocket = try socket(use.value, isAbstract: true, use)
                    }),
                repeats: .lastOfGroup("--unix-socket, --abstract-unix-socket"),
                abstract: "as --unix-socket, in the abstract namespace",
                discussion: "The name is given without the leading @ or NUL.",
                example: "--abstract-unix-socket my-service http://localhost/")
        }

        table.option("force-close") {
            Option(
                .connection, .flag { $0.global.forceClose = $1 }, scope: .global,
                abstract: "close each connection after its answer",
                discussion: "Sends 'Connection: close' and never uses a connection twice.",
                example: "--force-close https://example.com/a https://example.com/b")
        }

        table.option("idle-timeout", alias: "keepalive-timeout") {
            Option(
                .connection, .seconds { $0.global.keepaliveTimeout = $1 }, scope: .global,
                abstract: "how long an idle connection may be reused",
                discussion: "The default is 15 seconds. This is about reuse by HTTP, not about TCP's probes.",
                example: "--idle-timeout 60 --retry 5 https://example.com/")
        }

        table.option("dns-cache") {
            Option(
                .connection, .flag(default: true) { $0.global.dnsCache = $1 }, scope: .global,
                abstract: "look up the name for every new connection",
                discussion: "By default the addresses of a name are kept for the time of --dns-cache-ttl.",
                example: "--no-dns-cache https://example.com/a https://example.com/b")
        }

        table.option("dns-cache-ttl") {
            Option(
                .connection, .value("seconds|forever", [], dnsCacheLife), scope: .global,
                abstract: "how long looked-up addresses are kept",
                discussion: "The default is 10 seconds; forever keeps them for the whole run.",
                example: "--dns-cache-ttl forever -Z 'https://example.com/[1-1000]'",
                suggestions: ["forever"])
        }

        table.option("happy-eyeballs-timeout-ms") {
            Option(
                .connection, .value("ms|off", [], attemptDelay), scope: .global,
                abstract: "head start of one address over the next",
                discussion: """
                    When a name has several addresses, the next is tried beside the one before after this \
                    many milliseconds, and the first that connects is used. The default is 250; off tries \
                    one after another.
                    """,
                example: "--happy-eyeballs-timeout-ms 100 https://example.com/",
                suggestions: ["off"])
        }

        table.option("interleave") {
            Option(
                .connection, .integer(0...Int(Int32.max), "0 = keep the order") { $0.global.interleave = $1 },
                scope: .global,
                abstract: "addresses of the first family tried first",
                discussion: """
                    After this many addresses of the family that leads, the two families take turns. The \
                    default is 1, or 0 when --happy-eyeballs-timeout-ms is off; 0 keeps the order in which \
                    the name was resolved.
                    """,
                example: "--interleave 2 https://example.com/")
        }
    }

    /// `--resolve`.
    private static func resolve(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let entry = OptionValue.resolve(use.value) else {
            throw use.refusal(
                "is not of the form host:port:address[,address...] (or -host:port)",
                status: .malformedOptionValue)
        }
        builder.operation.resolve.append(entry)
    }

    /// `--connect-to`.
    private static func connectTo(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let entry = OptionValue.connectTo(use.value) else {
            throw use.refusal(
                "is not of the form host:port:host:port (each part may be empty)",
                status: .malformedOptionValue)
        }
        builder.operation.connectTo.append(entry)
    }

    /// `--address-family`.
    private static func addressFamily(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let family = AddressFamilyChoice(rawValue: use.value) else {
            throw use.refusal("is not an address family (any, ipv4 or ipv6)")
        }
        builder.operation.addressFamily = family
    }

    /// `--unix-socket`: a leading `@` names the abstract namespace.
    private static func unixSocket(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard use.value.utf8.first == UInt8(ascii: "@") else {
            builder.operation.unixSocket = try socket(use.value, isAbstract: false, use)
            return
        }
        guard use.value.utf8.count > 1 else { throw use.refusal("names no socket (a path, or @name)") }
        builder.operation.unixSocket = try socket(String(use.value.dropFirst()), isAbstract: true, use)
    }

    private static func socket(
        _ path: String, isAbstract: Bool, _ use: OptionUse
    ) throws(UsageError) -> UnixSocketArgument {
        guard CarriedText.bytes(of: path).count + (isAbstract ? 1 : 0) <= UnixMap.longestPath else {
            throw use.refusal(
                "is longer than the \(UnixMap.longestPath) bytes that a socket's path may have",
                status: .hostNotResolved)
        }
        return UnixSocketArgument(path: path, isAbstract: isAbstract)
    }

    /// `--dns-cache-ttl`.
    private static func dnsCacheLife(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        if use.value == "forever" {
            builder.global.dnsCacheLife = .forever
        } else if let life = OptionValue.seconds(use.value) {
            builder.global.dnsCacheLife = .limited(life)
        } else {
            throw use.refusal(
                "is not a time (seconds such as 10 or 2.5, with a unit such as 2m, or 'forever')")
        }
    }

    /// `--happy-eyeballs-timeout-ms`.
    private static func attemptDelay(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        if use.value == "off" {
            builder.global.attemptDelay = .off
        } else if let delay = OptionValue.milliseconds(use.value) {
            builder.global.attemptDelay = .after(delay)
        } else {
            throw use.refusal("is not a number of milliseconds (0 to 86400000, or 'off')")
        }
    }
}
