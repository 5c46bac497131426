/// A proxy on the way to an endpoint.
public struct Proxy: Hashable, Sendable {
    /// How to speak with it.
    public enum Kind: String, Hashable, Sendable {
        /// HTTP: absolute-form requests, or CONNECT for tunnels.
        case http
        /// HTTP over TLS.
        case https
    }

    /// How to speak with it.
    public var kind: Kind
    /// Its host, IPv6 without brackets.
    public var host: String
    /// Its port.
    public var port: UInt16
    /// User name; nil = none.
    public var user: String?
    /// Password; nil = none.
    public var password: String?
    /// Header lines for the CONNECT request, in order, after Host and Proxy-Authorization.
    public var headers: [Header]
    /// Tunnel plain http too. https always does.
    public var alwaysTunnels: Bool
    /// TLS to an https proxy itself.
    public var tls: TLSConfiguration

    /// One header line of the CONNECT request.
    public struct Header: Hashable, Sendable {
        /// A token.
        public var name: String
        /// Without CR, LF or NUL.
        public var value: String

        /// A header line `name: value`.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A proxy without credentials unless they are given.
    public init(
        kind: Kind, host: String, port: UInt16, user: String? = nil, password: String? = nil,
        headers: [Header] = [], alwaysTunnels: Bool = false, tls: TLSConfiguration = TLSConfiguration()
    ) {
        self.kind = kind
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.headers = headers
        self.alwaysTunnels = alwaysTunnels
        self.tls = tls
    }

    /// True when a request to an endpoint passes through a tunnel, so that the request itself is written as to the origin.
    public func tunnels(toTLS isTLS: Bool) -> Bool {
        isTLS || alwaysTunnels
    }
}

extension Proxy: CustomStringConvertible {
    /// `http://proxy:3128`, without credentials.
    public var description: String {
        "\(kind.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
