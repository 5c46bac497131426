import Connector
import HTTPCore

/// Which proxy a URL goes through: the one that was named, or the environment's, unless the host is exempt.
struct ProxyChoice: Equatable {
    /// `-x`; nil = ask the environment, `.some(nil)` = none whatever it says.
    var named: ProxyURL??
    /// Values of `http_proxy`, `https_proxy` and `all_proxy`.
    var forHTTP: ProxyURL?
    var forHTTPS: ProxyURL?
    /// Hosts that are asked directly.
    var exempt: NoProxy
    var credentials: Credentials?
    var alwaysTunnels: Bool
    var tls: TLSConfiguration
    /// How `credentials` may be said.
    var schemes = LoginSchemes.basic

    /// False when every URL is asked directly.
    var isPossible: Bool { (named ?? nil) != nil || forHTTP != nil || forHTTPS != nil }

    /// The proxy for `url`; nil = none. A Unix socket never has one.
    func proxy(for url: URL, userAgent: String) -> Proxy? {
        let chosen: ProxyURL?
        if let named {
            chosen = named
        } else {
            chosen = url.scheme.isTLS ? forHTTPS : forHTTP
        }
        guard let chosen, url.socketPath == nil, !exempt.matches(host: url.host) else { return nil }
        var headers: [Proxy.Header] = []
        if !userAgent.isEmpty { headers.append(Proxy.Header(name: "User-Agent", value: userAgent)) }
        headers.append(Proxy.Header(name: "Proxy-Connection", value: "Keep-Alive"))
        return Proxy(
            kind: chosen.scheme == .https ? .https : .http, host: chosen.host, port: chosen.port,
            user: credentials?.user ?? chosen.user.map { String(decoding: $0, as: UTF8.self) },
            password: credentials.map { $0.password ?? "" }
                ?? chosen.password.map { String(decoding: $0, as: UTF8.self) },
            headers: headers, alwaysTunnels: alwaysTunnels, tls: tls)
    }

    /// Reads the environment: lower case first, and `HTTP_PROXY` never, because a CGI server sets it from a header.
    static func fromEnvironment(_ environment: (String) -> String?) throws(UsageError) -> (
        http: ProxyURL?, https: ProxyURL?
    ) {
        func proxy(_ names: String...) throws(UsageError) -> ProxyURL? {
            for name in names {
                guard let text = environment(name), !text.isEmpty else { continue }
                return try parse(text, variable: name)
            }
            return nil
        }
        return (
            try proxy("http_proxy", "all_proxy", "ALL_PROXY"),
            try proxy("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        )
    }

    /// The proxy that `--proxy`, or an environment variable, names.
    static func parse(_ text: String, variable: String? = nil) throws(UsageError) -> ProxyURL {
        func refusal(_ value: String?, _ problem: String, _ status: ExitStatus) -> UsageError {
            var error = UsageError(
                flag: variable == nil ? "--proxy" : "", value: value, problem: problem, status: status)
            error.location = variable.map { "environment variable \($0)" }
            return error
        }
        let proxy: ProxyURL
        do throws(URLError) {
            proxy = try ProxyURL.parse(text)
        } catch {
            if case .unsupportedScheme = error.reason { throw refusal(nil, "\(error)", .connectFailed) }
            throw refusal(nil, "\(error)", .proxyNotResolved)
        }
        guard !proxy.scheme.isSOCKS else {
            throw refusal(
                proxy.description, "is a SOCKS proxy; this build speaks with http and https proxies only",
                .connectFailed)
        }
        return proxy
    }
}
