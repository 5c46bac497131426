/// Names one `connect` in a tracer's events; the caller chooses the number.
public struct ConnectID: Hashable, Sendable {
    /// The caller's number.
    public var rawValue: Int

    /// Wraps the caller's number.
    public init(_ rawValue: Int) { self.rawValue = rawValue }
}

/// A step of one `connect`, in program order. Small to pass on: what takes more than three
/// words is behind a reference.
public enum ConnectorEvent: Sendable {
    /// No slot was free; `position` callers wait, this one included.
    case queued(position: Int)
    /// A slot was handed over.
    case dequeued
    /// A new transport is being made.
    case creating
    /// The transport stands.
    indirect case created(local: SocketAddress?, peer: SocketAddress?, tls: TLSConnectionInfo?)
    /// An idle connection serves again.
    case reused(idleFor: Duration, useCount: Int)
    /// The resolver is being asked.
    case resolving(host: String, port: UInt16)
    /// The resolver answered.
    indirect case resolved(host: String, port: UInt16, addresses: [SocketAddress])
    /// The cache knew the name.
    case dnsCacheHit(host: String, port: UInt16)
    /// The cache did not know the name.
    case dnsCacheMiss(host: String, port: UInt16)
    /// Another connect was asking already; its answer is shared.
    case dnsLookupJoined(host: String, port: UInt16)
    /// An address is being tried.
    case attemptStarted(SocketAddress)
    /// An address failed.
    indirect case attemptFailed(ConnectAttempt)
    /// The socket stands; proxy and TLS follow where asked for.
    indirect case connected(local: SocketAddress?, peer: SocketAddress)
    /// A SOCKS proxy is being asked for a connection to `destination` (`host:port`).
    indirect case socksRequested(proxy: Proxy, destination: String)
    /// A CONNECT request was sent to the proxy: its header block.
    case tunnelRequested(head: [UInt8])
    /// The proxy answered CONNECT: the header block as received.
    case tunnelAnswered(head: [UInt8])
    /// The TLS handshake began; `isProxy` tells the proxy's own from the endpoint's.
    case handshakeStarted(serverName: String, isProxy: Bool)
    /// The connect failed; nothing follows.
    case failed(ConnectorError)
    /// The caller was cancelled; nothing follows.
    case cancelled
}

/// Watches connects. Called on the loop, synchronously; what it does delays that connect and nothing else.
public protocol ConnectorTracer: AnyObject, Sendable {
    /// One step of the connect `id`.
    @LoopActor func record(_ event: ConnectorEvent, id: ConnectID)
}

/// Something that no error can report, because no caller waits for one.
public enum ConnectorDiagnostic: Sendable {
    /// A connection was dropped without release or close; it was closed.
    case unreleasedConnection(Endpoint)
    /// A connector was dropped with open connections; they were closed.
    case unclosedConnector(openConnections: Int)
    /// An idle connection was closed: its peer had spoken or gone, or a slot was needed, or its time was up.
    case evicted(Endpoint, reason: String)
}
