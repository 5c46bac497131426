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
    /// Lets plain requests by one HTTP proxy share its connections, whichever host they are for; `limitPerHost` then counts
    /// by the proxy. Off, each host has connections of its own.
    public var sharesProxyConnection = false
    /// Where the socket goes when that is not `host` and `port`; nil = there.
    public var dial: DialTarget?
    /// A line of the PROXY protocol with which a new connection begins; nil = none.
    public var proxyProtocolHeader: ProxyProtocol?

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

/// How long the steps of a connect may take. Each limit is more than zero.
public struct ConnectTimeouts: Hashable, Sendable {
    /// Everything: the line, names, sockets, proxy, TLS. nil = no limit.
    public let connect: Duration?
    /// From the slot on: names, sockets, proxy, TLS, without the time in line before. nil = no limit.
    public let dial: Duration?
    /// One address: its TCP connect and, if it wins, its TLS handshake. nil = no limit.
    public let socketConnect: Duration?

    /// No limit at all.
    public static let none = ConnectTimeouts()

    private init() {
        connect = nil
        dial = nil
        socketConnect = nil
    }

    /// Limits, each nil unless given.
    /// - Throws: `ConnectorOptionError.invalid` for a limit of zero or less.
    public init(
        connect: Duration? = nil, dial: Duration? = nil, socketConnect: Duration? = nil
    ) throws(ConnectorOptionError) {
        func check(_ name: String, _ limit: Duration?) throws(ConnectorOptionError) {
            guard let limit, limit <= .zero else { return }
            throw .invalid(
                option: name, value: "\(limit)", reason: "a timeout must be more than 0 (nil = none)")
        }
        try check("connect", connect)
        try check("dial", dial)
        try check("socketConnect", socketConnect)
        self.connect = connect
        self.dial = dial
        self.socketConnect = socketConnect
    }
}
