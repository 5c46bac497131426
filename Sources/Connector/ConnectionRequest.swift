/// What a caller asks a connector for: where to, over what, and through whom. Nothing of HTTP is in it.
public struct ConnectionRequest: Sendable {
    /// `http` or `https`, and the connector's own additions (`tcp`, `unix`).
    public var scheme: String
    /// Name or numeric address, IPv6 without brackets.
    public var host: String
    /// nil = the scheme's own: 80 or 443.
    public var port: UInt16?
    /// TLS settings for this request; nil = the connector's.
    public var tls: TLSMode?
    /// The name that TLS sends and checks; nil = `host`.
    public var serverName: String?
    /// A proxy on the way; nil = none.
    public var proxy: Proxy?
    /// Where the socket goes when that is not `host` and `port`; nil = there.
    public var dial: DialTarget?
    /// A line of the PROXY protocol with which a new connection begins; nil = none.
    public var announcement: ProxyProtocol?

    /// A request for a direct connection unless more is set.
    public init(
        scheme: String, host: String, port: UInt16? = nil, tls: TLSMode? = nil, serverName: String? = nil,
        proxy: Proxy? = nil, dial: DialTarget? = nil
    ) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.tls = tls
        self.serverName = serverName
        self.proxy = proxy
        self.dial = dial
    }
}

/// How long the steps of a connect may take.
public struct ConnectTimeouts: Hashable, Sendable {
    /// Everything: the line, names, sockets, proxy, TLS. nil = no limit.
    public let connect: Duration?
    /// One address: its TCP connect and, if it wins, its TLS handshake. nil = no limit.
    public let socketConnect: Duration?

    /// No limit at all.
    public static let none = ConnectTimeouts(unchecked: nil, nil)

    private init(unchecked connect: Duration?, _ socketConnect: Duration?) {
        self.connect = connect
        self.socketConnect = socketConnect
    }

    /// - Throws: `.invalid` for zero or less; nil is how to say "no limit".
    public init(connect: Duration? = nil, socketConnect: Duration? = nil) throws(ConnectorOptionError) {
        try Self.check("connect", connect)
        try Self.check("socketConnect", socketConnect)
        self.init(unchecked: connect, socketConnect)
    }

    private static func check(_ option: String, _ value: Duration?) throws(ConnectorOptionError) {
        guard let value, value <= .zero else { return }
        throw .invalid(
            option: option, value: "\(value)", reason: "a timeout must be more than 0 (nil = none)")
    }
}
