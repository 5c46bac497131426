/// The forms of a URL that are sent or shown.
extension HTTPURL {
    /// The origin form of a request target (RFC 9112 §3.2.1): path and query.
    public var requestTarget: String { query.map { path + "?" + $0 } ?? path }

    /// The absolute form (RFC 9112 §3.2.2) for a proxy: without userinfo, fragment and zone.
    public var absoluteForm: String { "\(scheme.rawValue)://\(hostHeader)\(requestTarget)" }

    /// What a server may be told of another request's URL, as in `Referer`: the absolute form, with `localhost` in place of a
    /// Unix socket, whose path is nobody else's business.
    public var publicForm: String { "\(scheme.isTLS ? "https" : "http")://\(hostHeader)\(requestTarget)" }

    /// The value of `Host`: brackets around IPv6, no zone, the port unless it is the default, and
    /// `localhost` for a Unix socket.
    public var hostHeader: String { port.map { "\(bracketedHost):\($0)" } ?? bracketedHost }

    /// Host and port for `CONNECT` (RFC 9112 §3.2.3): the port is always there.
    public var connectAuthority: String { "\(bracketedHost):\(effectivePort)" }

    /// Whether scheme, host, port and, for a Unix socket, its path are the same.
    public func isSameOrigin(as other: HTTPURL) -> Bool {
        scheme == other.scheme && host == other.host && effectivePort == other.effectivePort
            && zone == other.zone && CarriedText.areSame(socketPath, other.socketPath)
    }

    /// The URL with `***` for its password and for the values of secret query parameters, without the fragment: for
    /// messages and logs.
    public var redacted: String {
        SecretPairs.hidden(text(password: encodedPassword.map { $0.isEmpty ? "" : "***" }), mark: "***")
    }

    /// `description` with `#fragment`, if there is one.
    public var descriptionWithFragment: String { fragment.map { description + "#" + $0 } ?? description }

    private var bracketedHost: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host }

    private var authorityHost: String {
        if let socketPath { return PercentCoding.encode(CarriedText.bytes(of: socketPath).bytes) }
        return zone.map { "[\(host)%25\($0)]" } ?? bracketedHost
    }

    private func text(password: String?) -> String {
        var result = scheme.rawValue + "://"
        if let encodedUser {
            result += encodedUser
            if let password { result += ":" + password }
            result += "@"
        }
        result += authorityHost
        if let port { result += ":\(port)" }
        return result + requestTarget
    }
}

extension HTTPURL: CustomStringConvertible {
    /// The normal form, password included and without the fragment; parsing it gives an equal URL.
    public var description: String { text(password: encodedPassword) }
}
