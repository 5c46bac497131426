internal import Connector

/// What the options about proxies do with their values.
enum ProxyStores {
    /// `-x`, `--proxy1.0`, `--socks4` and their kin, of which the last one counts.
    static func proxy(_ kind: ProxySettings.Kind) -> OptionKind.Store<String> {
        { builder, text in
            builder.operation.proxy = text
            builder.operation.proxyWays.kind = kind
        }
    }

    /// `--proxy-header`.
    static func header(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.proxyWays.headers += try OptionStores.headers(builder, use)
    }

    /// `--haproxy-clientip`.
    static func announcedClient(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard SocketAddress(numericHost: use.value, port: 0) != nil, !use.value.contains("%") else {
            throw use.refusal("is not an IP address (192.0.2.1 or 2001:db8::1)")
        }
        builder.operation.proxyWays.announcedClient = use.value
    }
}
