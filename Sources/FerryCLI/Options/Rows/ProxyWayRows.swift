/// Kinds of proxies, proxies before proxies, and what is said to them.
extension OptionRow {
    /// The options that name a proxy.
    static let proxyGroup: OptionRepeat = .lastOfGroup(
        "--proxy, --proxy1.0, --socks4, --socks4a, --socks5, --socks5-hostname")

    static var proxy10: OptionRow {
        OptionRow(
            .proxy, .text("host[:port]", [], ProxyStores.proxy(.http10)), repeats: proxyGroup,
            help: "an HTTP proxy that is asked for tunnels in HTTP/1.0",
            text: "As --proxy; the difference is the version in the CONNECT request.",
            example: "--proxy1.0 old-proxy:3128 https://example.com/")
    }

    static var socks4: OptionRow {
        OptionRow(
            .proxy, .text("host[:port]", [], ProxyStores.proxy(.socks4)), repeats: proxyGroup,
            help: "a SOCKS 4 proxy",
            text: """
                As --proxy with socks4:// before the host. Names are resolved here, and only their IPv4 addresses can be \
                reached. A refusal of the proxy is exit status 97.
                """,
            example: "--socks4 127.0.0.1:1080 http://example.com/")
    }

    static var socks4a: OptionRow {
        OptionRow(
            .proxy, .text("host[:port]", [], ProxyStores.proxy(.socks4a)), repeats: proxyGroup,
            help: "a SOCKS 4a proxy, which resolves names itself",
            text: "As --proxy with socks4a:// before the host. A refusal of the proxy is exit status 97.",
            example: "--socks4a 127.0.0.1:1080 http://example.com/")
    }

    static var socks5: OptionRow {
        OptionRow(
            .proxy, .text("host[:port]", [], ProxyStores.proxy(.socks5)), repeats: proxyGroup,
            help: "a SOCKS 5 proxy; names are resolved here",
            text: """
                As --proxy with socks5:// before the host. When the proxy cannot reach an address of the name, the next \
                one is tried. A user and password, before the host or from --proxy-user, are sent to a proxy that asks \
                for them. A refusal of the proxy is exit status 97.
                """,
            example: "--socks5 127.0.0.1:1080 https://example.com/")
    }

    static var socks5Hostname: OptionRow {
        OptionRow(
            .proxy, .text("host[:port]", [], ProxyStores.proxy(.socks5h)), repeats: proxyGroup,
            help: "a SOCKS 5 proxy, which resolves names itself",
            text: """
                As --socks5, or --proxy with socks5h:// before the host: the names of the URLs are sent to the proxy, and \
                nobody else is asked for them.
                """,
            example: "--socks5-hostname 127.0.0.1:9050 http://example.com/")
    }

    static var socks5Basic: OptionRow {
        OptionRow(
            .proxy, .toggle { $0.operation.proxyWays.sendsSOCKSLogin = $1 },
            help: "log in to a SOCKS 5 proxy by name and password",
            text: """
                That is the default wherever there are a user and a password; --no-socks5-basic keeps them from SOCKS \
                proxies.
                """,
            example: "--socks5-basic --socks5 alice:secret@127.0.0.1 http://example.com/")
    }

    static var preproxy: OptionRow {
        OptionRow(
            .proxy, .text("[scheme://]host[:port]", .mayBeBlank) { $0.operation.proxyWays.preproxy = $1 },
            help: "a SOCKS proxy on the way to the HTTP proxy",
            text: """
                The proxy of --proxy is reached through this one; without --proxy it is the only one. It speaks SOCKS 4 \
                unless the scheme names another version. Before a proxy that speaks SOCKS itself it is refused with exit \
                status 5.
                """,
            example: "--preproxy socks5h://127.0.0.1:1080 -x http://proxy.example:3128 https://example.com/")
    }

    static var proxyHeader: OptionRow {
        OptionRow(
            .proxy, .value("line", .mayBeBlank, ProxyStores.header), repeats: .appends,
            help: "add, replace or remove a header field to the proxy",
            text: """
                Written as for --header. The field goes with what HTTP and HTTPS proxies are sent: CONNECT requests, in \
                which fields of --header never are, and requests in absolute form. Servers behind a tunnel never see it.
                """,
            example: "--proxy-header 'X-Team: build' -x proxy:3128 https://example.com/")
    }

    static var suppressConnectHeaders: OptionRow {
        OptionRow(
            .proxy, .toggle { $0.operation.proxyWays.hidesConnectAnswers = $1 },
            help: "leave the proxy's answer to CONNECT out of -i and -D",
            text: "The trace of --verbose shows it all the same.",
            example: "-i --suppress-connect-headers -x proxy:3128 https://example.com/")
    }

    static var haproxyProtocol: OptionRow {
        OptionRow(
            .connection, .toggle { $0.operation.proxyWays.announcesClient = $1 },
            help: "begin connections with a PROXY line for HAProxy",
            text: """
                Sends one line of the PROXY protocol, version 1, before everything else on a new connection: the addresses \
                and ports of both ends, as a load balancer does. Servers that do not expect it take it for a broken \
                request. Behind a tunnel it is sent inside, before TLS.
                """,
            example: "--haproxy-protocol http://127.0.0.1:8080/health")
    }

    static var haproxyClientIP: OptionRow {
        OptionRow(
            .connection, .value("address", [], ProxyStores.announcedClient),
            help: "the client's address in the PROXY line",
            text:
                "Takes the place of the own address in the line of --haproxy-protocol, and asks for that line.",
            example: "--haproxy-clientip 192.0.2.7 http://127.0.0.1:8080/")
    }
}
