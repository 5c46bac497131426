import HTTPCore

/// Which option or variable decided about proxies.
struct ProxySource: Equatable {
    /// Names `ProxyChoice.named`.
    var option = "--proxy"
    /// Name the proxies of the environment; empty = there are none.
    var variableForHTTP = ""
    var variableForHTTPS = ""
    /// Holds the list of hosts that are asked directly.
    var exemption = "no_proxy"
}

extension ProxyChoice {
    /// Why the request for `url` goes through the proxy that it goes through, or through none.
    func reason(for url: HTTPURL, hasSocket: Bool) -> String {
        if hasSocket { return "a Unix socket has none" }
        let variable = url.scheme.isTLS ? source.variableForHTTPS : source.variableForHTTP
        let isNamed = named.map { $0 != nil } ?? !variable.isEmpty
        guard isNamed else {
            if named != nil { return "\(source.option) says so" }
            let names = url.scheme.isTLS ? "https_proxy and all_proxy" : "http_proxy and all_proxy"
            return "no option names one, and \(names) are not set"
        }
        if exempt.matches(host: url.host) { return "\(source.exemption) exempts \(url.host)" }
        return named == nil ? "the environment variable \(variable)" : source.option
    }
}
