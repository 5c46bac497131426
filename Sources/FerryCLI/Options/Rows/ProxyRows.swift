/// Proxies.
extension OptionRow {
    static var proxy: OptionRow {
        OptionRow(
            .proxy, .text("[scheme://]host[:port]", .mayBeBlank) { $0.operation.proxy = $1 },
            essential: true,
            help: "go through this proxy",
            text: """
                An HTTP proxy, with user:password@ before the host if it wants a login; the port is 1080 when none is given. http URLs are asked for in absolute form, https URLs \
                through a tunnel. It wins over the environment's proxies; an empty value uses none at all. A proxy whose \
                name has no address is exit status 5, one that refuses 7.
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
                Split at the first colon; without one the password is asked for. They win over a login in the URL of the \
                proxy and are taken as they are. The argument is overwritten in the process list.
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
