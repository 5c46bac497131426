/// The address of a proxy: `[scheme://][user[:password]@]host[:port]`.
public struct ProxyURL: Hashable, Sendable {
    /// How the proxy is spoken to.
    public enum Scheme: String, Hashable, Sendable, CaseIterable {
        /// HTTP over TCP.
        case http
        /// HTTP over TLS.
        case https
        /// SOCKS 4: the client resolves names, IPv4 only.
        case socks4
        /// SOCKS 4a: the proxy resolves names.
        case socks4a
        /// SOCKS 5: the client resolves names.
        case socks5
        /// SOCKS 5: the proxy resolves names.
        case socks5h

        /// Whether it is one of the SOCKS protocols.
        public var isSOCKS: Bool { self != .http && self != .https }

        /// 443 for `https`, else 1080.
        public var defaultPort: UInt16 { self == .https ? 443 : 1080 }
    }

    /// The protocol.
    public let scheme: Scheme
    /// A lower-case name or an address without brackets and zone.
    public let host: String
    /// The zone of a link-local IPv6 address.
    public let zone: String?
    /// Given, or the scheme's default.
    public let port: UInt16
    /// The Unix socket to connect to instead of host and port: the path of a SOCKS URL whose host is
    /// `localhost`, decoded.
    public let socketPath: String?
    /// Decoded; nil when there is no `@`.
    public let user: [UInt8]?
    /// Decoded; nil when there is no `:` before the `@`.
    public let password: [UInt8]?

    /// Reads the address of a proxy. A path is ignored but for SOCKS on `localhost`.
    ///
    /// - Throws: `HTTPURLError` whose subject is `proxy`.
    public static func parse(_ text: String, defaultScheme: Scheme = .http) throws(HTTPURLError) -> ProxyURL {
        let bytes = Array(text.utf8)
        func error(_ reason: HTTPURLError.Reason, at position: Int? = nil) -> HTTPURLError {
            HTTPURLError(reason, in: text, at: position, subject: .proxy)
        }
        let parser = URLParser(text: text, bytes: bytes, encodesBlanks: false)
        do {
            try parser.checkBytes()
        } catch let failure {
            throw error(failure.reason, at: failure.position)
        }
        var scheme = defaultScheme
        var start = 0
        let length = parser.schemeLength(at: 0, needsSlash: true)
        if let length {
            let name = String(decoding: bytes[..<length].map(ASCII.lowercased), as: UTF8.self)
            // `socks` was the name of version 4 before there was a 5.
            guard let known = Scheme(rawValue: name == "socks" ? "socks4" : name) else {
                throw error(.unsupportedScheme(name), at: 0)
            }
            scheme = known
            let slashes = bytes[(length + 1)...].prefix(4).prefix { $0 == UInt8(ascii: "/") }.count
            guard (1...3).contains(slashes) else { throw error(.slashes, at: length) }
            start = length + 1 + slashes
        }
        let end = bytes[start...].firstIndex(where: HTTPURL.authorityEnds) ?? bytes.count
        let authority = try AuthorityParser(
            text: text, bytes: bytes[start..<end], allowsEmptyPort: length != nil, subject: .proxy
        ).parse()
        var socketPath: String?
        if scheme.isSOCKS, authority.host == "localhost" {
            let path = bytes[end...].prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
            if path.count > 1 {
                guard let decoded = PercentCoding.decode(path), !decoded.contains(where: ASCII.isControl)
                else { throw error(.socketPath, at: end) }
                socketPath = CarriedText.text(of: decoded)
            }
        }
        return ProxyURL(
            scheme: scheme, host: authority.host, zone: authority.zone,
            port: authority.port ?? scheme.defaultPort, socketPath: socketPath,
            user: authority.user.map { PercentCoding.decodeLeniently($0.utf8) },
            password: authority.password.map { PercentCoding.decodeLeniently($0.utf8) })
    }

    /// Host and port, with brackets around IPv6.
    public var authority: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

extension ProxyURL: CustomStringConvertible {
    /// Scheme, host and port, or the socket's path; neither user nor password.
    public var description: String {
        guard let socketPath else { return "\(scheme.rawValue)://\(authority)" }
        let path = PercentCoding.encode(CarriedText.bytes(of: socketPath).bytes, keeping: .path)
        return "\(scheme.rawValue)://localhost\(path)"
    }
}
