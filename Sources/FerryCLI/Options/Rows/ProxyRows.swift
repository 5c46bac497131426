/// Proxies.
extension OptionRow {
    static var proxy: OptionRow {
        OptionRow(
            .proxy, .text("[scheme://]host[:port]", .mayBeBlank, ProxyStores.proxy(.http)),
            repeats: proxyGroup, essential: true,
            help: "go through this proxy",
            text: """
                The scheme is http, https, socks4, socks4a, socks5 or socks5h; without one it is an HTTP proxy. \
                user:password@ stands before the host if the proxy wants a login. The port is 1080 when none is given, and \
                443 for https. HTTP proxies are asked for http URLs in absolute form, and for tunnels to https URLs. With \
                socks4a and socks5h the proxy resolves the names of the URLs, with socks4 and socks5 ferry does. \
                socks5h://localhost/path names a proxy on a Unix socket.

                It wins over the environment's proxies; an empty value uses none at all. A proxy whose name has no address \
                is exit status 5, one that cannot be reached or gives no tunnel 7, and a SOCKS proxy that refuses 97.
                """,
            example: "-x http://proxy.example:3128 https://example.com/")
    }

    static var noproxy: OptionRow {
        OptionRow(
            .proxy, .text("list", .mayBeBlank) { $0.operation.noProxy = $1 },
            help: "hosts that are reached without a proxy",
            text: """
                Names and IP networks, separated by commas: example.com covers its subdomains, 10.0.0.0/8 addresses of \
                that network, * everything. It replaces NO_PROXY; an empty value means that no host is left out.
                """,
            example: "--noproxy localhost,10.0.0.0/8 -x proxy:3128 http://10.1.2.3/")
    }

    static var proxyUser: OptionRow {
        OptionRow(
            .proxy, .text("user:password", .secret) { $0.operation.proxyUser = OptionValue.credentials($1) },
            help: "log in to the proxy with these",
            text: """
                Split at the first colon; without one the password is asked for as with --user. They are taken as they are, for a proxy \
                whose URL has no login. The argument is overwritten in the process list.
                """,
            example: "-x proxy:3128 -U alice:secret https://example.com/")
    }

    static var proxyTunnel: OptionRow {
        OptionRow(
            .proxy, .toggle { $0.operation.proxyTunnel = $1 },
            help: "tunnel through the proxy for http URLs too",
            text: "Asks the proxy with CONNECT for a connection to the server. A refusal is exit status 7.",
            example: "-p -x proxy:3128 http://example.com/")
    }
}
