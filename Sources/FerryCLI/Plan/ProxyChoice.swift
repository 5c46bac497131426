import Connector
import HTTPCore

/// Which proxy a URL goes through: the one that was named, or the environment's, unless the host is exempt.
struct ProxyChoice: Equatable {
    /// `-x`; nil = ask the environment, `.some(nil)` = none whatever it says.
    var named: ProxyURL??
    /// Values of `http_proxy`, `https_proxy` and `all_proxy`.
    var forHTTP: ProxyURL?
    var forHTTPS: ProxyURL?
    /// What is wrong with those variables: it matters to who would need them, and to nobody else.
    var problemForHTTP: UsageError?
    var problemForHTTPS: UsageError?
    /// Hosts that are asked directly.
    var exempt: NoProxy
    var credentials: Credentials?
    var alwaysTunnels: Bool
    var tls: TLSConfiguration
    /// How `credentials` may be said.
    var schemes = LoginSchemes.basic
    /// The SOCKS proxy on the way to the one that is named; nil = none.
    var preproxy: ProxyURL?
    /// `--proxy1.0`.
    var connectsWithHTTP10 = false
    /// `--proxy-header`.
    var headers: [HeaderArgument] = []
    var hidesConnectAnswers = false
    var sendsSOCKSLogin = true
    /// Where all this was said.
    var source = ProxySource()

    /// False when every URL is asked directly.
    var isPossible: Bool {
        (named ?? nil) != nil || forHTTP != nil || forHTTPS != nil || problemForHTTP != nil
            || problemForHTTPS != nil
    }

    /// Why the proxy for `url` cannot be named.
    func problem(for url: HTTPURL) -> UsageError? {
        guard named == nil, url.socketPath == nil, !exempt.matches(host: url.host) else { return nil }
        return url.scheme.isTLS ? problemForHTTPS : problemForHTTP
    }

    /// The proxy for `url`; nil = none. A Unix socket never has one.
    func proxy(for url: HTTPURL, userAgent: String) -> Proxy? {
        let chosen: ProxyURL?
        if let named {
            chosen = named
        } else {
            chosen = url.scheme.isTLS ? forHTTPS : forHTTP
        }
        guard let chosen, url.socketPath == nil, !exempt.matches(host: url.host) else { return nil }
        var proxy = Self.proxy(chosen)
        proxy.alwaysTunnels = alwaysTunnels
        proxy.connectsWithHTTP10 = connectsWithHTTP10
        proxy.sendsLogin = sendsSOCKSLogin
        proxy.tls = tls
        // A login in the URL is meant for this proxy.
        if let credentials, proxy.user == nil, proxy.password == nil {
            (proxy.user, proxy.password) = (credentials.user, credentials.password ?? "")
        }
        if !proxy.kind.isSOCKS { say(headers, userAgent, to: &proxy) }
        if let preproxy {
            proxy.preproxy = Self.proxy(preproxy)
            proxy.preproxy?.sendsLogin = sendsSOCKSLogin
        }
        return proxy
    }

    private static func proxy(_ url: ProxyURL) -> Proxy {
        let kind: Proxy.Kind =
            switch url.scheme {
            case .http: .http
            case .https: .https
            case .socks4: .socks4
            case .socks4a: .socks4a
            case .socks5: .socks5
            case .socks5h: .socks5h
            }
        var proxy = Proxy(
            kind: kind, host: url.zone.map { "\(url.host)%\($0)" } ?? url.host, port: url.port,
            user: url.user.map { ByteString($0) },
            password: url.password.map { ByteString($0) })
        proxy.socketPath = url.socketPath
        return proxy
    }

    /// The fields of CONNECT requests. What the user gives or removes takes the place of ours.
    private func say(_ own: [HeaderArgument], _ userAgent: String, to proxy: inout Proxy) {
        func isFree(_ name: String) -> Bool { !own.contains { $0.isNamed(name) } }
        if !userAgent.isEmpty, isFree("User-Agent") {
            proxy.headers.append(
                Proxy.Header(HeaderField(name: "User-Agent", content: CarriedText.bytes(of: userAgent))))
        }
        if isFree("Proxy-Connection") {
            proxy.headers.append(Proxy.Header(name: "Proxy-Connection", value: "Keep-Alive"))
        }
        proxy.headers += own.compactMap(\.field).map(Proxy.Header.init)
        if own.contains(where: { $0.isNamed("Proxy-Authorization") && $0.field == nil }) {
            (proxy.user, proxy.password) = (nil, nil)
        }
    }

    /// Takes the proxy that an option names, and the one before it. An empty text names none.
    mutating func name(_ text: String, _ settings: ProxySettings) throws(UsageError) {
        let kind = settings.kind
        let main = text.isEmpty ? nil : try Self.parse(text, flag: "--\(kind.rawValue)", kind.scheme)
        named = .some(main)
        source.option = "--\(kind.rawValue)"
        connectsWithHTTP10 = kind == .http10 && main?.scheme == .http
        guard let text = settings.preproxy, !text.isEmpty else { return }
        let first = try Self.parse(text, flag: "--preproxy", .socks4)
        guard first.scheme.isSOCKS else {
            throw UsageError(
                flag: "--preproxy", value: first.description,
                problem: "is not a SOCKS proxy (socks4, socks4a, socks5 or socks5h)",
                status: .proxyNotResolved)
        }
        guard let main else {
            named = .some(first)
            source.option = "--preproxy"
            return
        }
        guard !main.scheme.isSOCKS else {
            throw UsageError(
                flag: "--preproxy", value: first.description,
                problem: "cannot stand before a proxy that speaks SOCKS itself", status: .proxyNotResolved)
        }
        preproxy = first
    }

    /// Reads the environment: lower case first, and `HTTP_PROXY` never, because a CGI server sets it from a header.
    mutating func readEnvironment(_ environment: (String) -> String?) {
        func proxy(
            _ names: String..., saidBy place: inout String
        ) throws(UsageError) -> ProxyURL? {
            for name in names {
                guard let text = environment(name), !text.isEmpty else { continue }
                place = name
                return try Self.parse(text, variable: name)
            }
            return nil
        }
        do throws(UsageError) {
            forHTTP = try proxy("http_proxy", "all_proxy", "ALL_PROXY", saidBy: &source.variableForHTTP)
        } catch {
            problemForHTTP = error
        }
        do throws(UsageError) {
            forHTTPS = try proxy(
                "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", saidBy: &source.variableForHTTPS)
        } catch {
            problemForHTTPS = error
        }
    }

    /// The list of the environment and the variable that holds it; an empty variable is none.
    static func exemptions(_ environment: (String) -> String?) -> (list: String, variable: String) {
        for name in ["no_proxy", "NO_PROXY"] {
            if let list = environment(name), !list.isEmpty { return (list, name) }
        }
        return ("", "no_proxy")
    }

    /// The proxy that `--proxy`, or an environment variable, names.
    static func parse(
        _ text: String, variable: String? = nil, flag: String = "--proxy", _ scheme: ProxyURL.Scheme = .http
    ) throws(UsageError) -> ProxyURL {
        func refusal(_ value: String?, _ problem: String, _ status: ExitStatus) -> UsageError {
            var error = UsageError(
                flag: variable == nil ? flag : "", value: value, problem: problem, status: status)
            error.location = variable.map { "environment variable \($0)" }
            return error
        }
        let proxy: ProxyURL
        do throws(HTTPURLError) {
            proxy = try ProxyURL.parse(CarriedText.percentEncoded(text), defaultScheme: scheme)
        } catch {
            if case .unsupportedScheme = error.reason { throw refusal(nil, "\(error)", .connectFailed) }
            throw refusal(nil, "\(error)", .proxyNotResolved)
        }
        do throws(ConnectorError) {
            _ = try HostName.normalized(proxy.host)
        } catch {
            throw refusal(nil, "bad proxy URL: \(error)", .proxyNotResolved)
        }
        if let path = proxy.socketPath, CarriedText.bytes(of: path).count > Planner.longestSocketPath {
            throw refusal(
                path, "is longer than the \(Planner.longestSocketPath) bytes that a socket's path may have",
                .proxyNotResolved)
        }
        return proxy
    }
}

extension ProxySettings.Kind {
    /// The scheme of a value that names none.
    fileprivate var scheme: ProxyURL.Scheme {
        switch self {
        case .http, .http10: .http
        case .socks4: .socks4
        case .socks4a: .socks4a
        case .socks5: .socks5
        case .socks5h: .socks5h
        }
    }
}
