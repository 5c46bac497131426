public import HTTPCore

/// A proxy on the way to an endpoint.
public struct Proxy: Hashable, Sendable {
    /// How to speak with it.
    public enum Kind: String, Hashable, Sendable {
        /// HTTP: absolute-form requests, or CONNECT for tunnels.
        case http
        /// HTTP over TLS.
        case https
        /// SOCKS 4: IPv4 addresses only; names are resolved here.
        case socks4
        /// SOCKS 4a: the proxy resolves names.
        case socks4a
        /// SOCKS 5 (RFC 1928); names are resolved here.
        case socks5
        /// SOCKS 5; the proxy resolves names.
        case socks5h

        /// True for the SOCKS protocols.
        public var isSOCKS: Bool {
            switch self {
            case .http, .https: false
            case .socks4, .socks4a, .socks5, .socks5h: true
            }
        }
    }

    /// How to speak with it.
    public var kind: Kind
    /// Its host, IPv6 without brackets.
    public var host: String
    /// Its port.
    public var port: UInt16
    /// User name; nil = none.
    public var user: ByteString?
    /// Password; nil = none.
    public var password: ByteString?
    /// Header lines for the CONNECT request, in order, after Host and Proxy-Authorization.
    public var headers: [Header]
    /// Tunnel plain http too. https always does.
    public var alwaysTunnels: Bool
    /// TLS to an https proxy itself.
    public var tls: TLSConfiguration
    /// Speak HTTP/1.0 in the CONNECT request.
    public var connectsWithHTTP10 = false
    /// The Unix socket on which a SOCKS proxy listens in place of host and port; nil = none.
    public var socketPath: String? {
        get { socket?.text }
        set { socket = newValue.map { ByteString($0) } }
    }
    /// Bytes: two paths that only look the same are two files.
    private var socket: ByteString?
    /// False keeps user and password from a SOCKS proxy.
    public var sendsLogin = true
    /// Zero or one: a struct cannot hold another of its kind.
    private var preproxies: [Proxy] = []

    /// A SOCKS proxy on the way to an HTTP or HTTPS one; nil = none. Its own login is used, not this one's.
    public var preproxy: Proxy? {
        get { preproxies.first }
        set { preproxies = newValue.map { [$0] } ?? [] }
    }
    /// Authenticates CONNECT requests in place of `user` and `password`; nil = these are sent as Basic.
    public var authenticator: ProxyAuthenticatorReference?

    /// One header line of the CONNECT request.
    public struct Header: Hashable, Sendable {
        /// The line as it is written.
        public var field: HeaderField
        /// A token.
        public var name: String {
            get { field.name }
            set { field.name = newValue }
        }
        /// Without CR, LF or NUL.
        public var value: String {
            get { field.value }
            set { field.value = newValue }
        }

        /// A header line `name: value`.
        public init(name: String, value: String) {
            field = HeaderField(name: name, value: value)
        }

        /// The line of a field.
        public init(_ field: HeaderField) {
            self.field = field
        }
    }

    /// A proxy without credentials unless they are given.
    public init(
        kind: Kind, host: String, port: UInt16, user: ByteString? = nil,
        password: ByteString? = nil,
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
        isTLS || alwaysTunnels || kind.isSOCKS
    }

    /// The proxy that the socket is connected to: `preproxy`, or else this one.
    public var nearest: Proxy { preproxy ?? self }

    /// The hop that speaks SOCKS; nil = none.
    var socksHop: Proxy? { preproxy ?? (kind.isSOCKS ? self : nil) }
}

/// Authenticates CONNECT requests, where that takes more than a fixed field.
@LoopActor
public protocol ProxyAuthenticator: AnyObject, Sendable {
    /// The value of `Proxy-Authorization` for a CONNECT (`method`) to a host and port (`target`); nil = the request goes
    /// without. An error fails the tunnel.
    func authorization(method: String, target: String) throws -> ByteString?

    /// Takes the head of a refusal (407) that leaves its connection open; true when the request should be sent again
    /// on it, with another field. `sentCredentials` tells whether the refused request had one. All other refusals are
    /// in the `ProxyRefusal` that the caller gets, and so is an error.
    func hear(_ refusal: [UInt8], sentCredentials: Bool) throws -> Bool
}

extension ProxyAuthenticator {
    /// False: the connection is given up.
    public func hear(_ refusal: [UInt8], sentCredentials: Bool) throws -> Bool { false }
}

/// A `ProxyAuthenticator` as part of a value: equal when it is the same object.
public struct ProxyAuthenticatorReference: Hashable, Sendable {
    /// The object.
    public let object: any ProxyAuthenticator

    /// Refers to `object`.
    public init(_ object: any ProxyAuthenticator) {
        self.object = object
    }

    /// The same object.
    public static func == (left: ProxyAuthenticatorReference, right: ProxyAuthenticatorReference) -> Bool {
        left.object === right.object
    }

    /// By identity.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(object))
    }
}

extension Proxy: CustomStringConvertible {
    /// `http://proxy:3128`, `socks5h://localhost/run/tor.sock`, without credentials.
    public var description: String {
        if let socketPath { return "\(kind.rawValue)://localhost\(socketPath)" }
        return "\(kind.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
