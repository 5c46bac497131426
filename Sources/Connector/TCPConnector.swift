internal import Sockets

/// Makes a socket for an attempt to reach `SocketAddress`; the connector owns the descriptor from then on.
public typealias SocketFactory = @Sendable (SocketAddress) throws -> CInt

/// Connects over TCP: resolves names, races addresses, speaks with proxies, and wraps https in TLS.
///
/// A request whose `dial` names a Unix socket goes there instead, under the same limits.
open class TCPConnector: BaseConnector {
    /// Which addresses of a name are used.
    public let addressFamily: AddressFamily
    /// Where new sockets are bound; nil = wherever the kernel likes.
    public let localAddress: SocketAddress?
    /// The interface or name of this machine where new sockets are bound; nil = as `localAddress` says.
    public let localInterface: LocalInterface?
    /// Ports that new sockets are bound to, the first free one; nil = as `localAddress` says.
    public let localPorts: ClosedRange<UInt16>?
    /// What the kernel is told about new sockets.
    public let socketOptions: SocketOptions
    /// True when names are remembered.
    public let usesDNSCache: Bool
    /// How long a name is remembered; nil = for ever.
    public let dnsCacheTTL: Duration?
    /// How many names are remembered at most.
    public let dnsCacheCapacity: Int
    /// What names are asked of.
    public let resolver: any Resolver
    /// How long an attempt runs before the next address is tried beside it, at least 10 ms; nil = until it fails.
    public let connectionAttemptDelay: Duration?
    /// How many addresses of the first family lead; 0 = the resolver's order.
    public let firstAddressFamilyCount: Int
    /// What makes the sockets; nil = the connector itself.
    public let socketFactory: SocketFactory?

    private let names: NameLookup
    private let dialer: Dialer

    /// Options of every connector, and those of TCP.
    /// - Parameters:
    ///   - limit: most connections at once, idle ones included; nil or 0 = no limit.
    ///   - limitPerHost: most connections to one (host, port, TLS); nil or 0 = no limit.
    ///   - keepAliveTimeout: how long an idle connection may be reused; nil = 15 s, zero = never.
    ///   - forceClose: close each connection after its first use; excludes `keepAliveTimeout`.
    ///   - enableCleanupClosed: cut off TLS shutdowns after two seconds.
    ///   - tlsShutdownTimeout: how long to wait for the peer's close_notify; at most 30 s, zero = not at all.
    ///   - tls: for requests that bring no TLS settings of their own.
    ///   - usesDNSCache: remember names.
    ///   - dnsCacheTTL: how long; nil = for ever, zero = not beyond lookups under way.
    ///   - dnsCacheCapacity: how many names; at least 1.
    ///   - addressFamily: which addresses of a name to use.
    ///   - localAddress: a numeric address and port to bind first; port 0 = any.
    ///   - localInterface: an interface, or a name or address of this machine, to bind to; excludes `localAddress`.
    ///   - localPorts: ports to bind to, the first free one counts; nil = the port of `localAddress`.
    ///   - socketOptions: what the kernel is told about sockets that the connector makes.
    ///   - resolver: nil = the system's, closed with the connector; a given one is the caller's to close.
    ///   - connectionAttemptDelay: head start of each address (RFC 8305 §5); below 10 ms counts as 10 ms, nil = one
    ///     address after another.
    ///   - firstAddressFamilyCount: how many addresses of the first family lead (RFC 8305 §4); 0 = keep the order,
    ///     nil = 1 when racing, else 0.
    ///   - socketFactory: makes the sockets; nil = the connector does.
    ///   - diagnostics: hears of what no error can tell; any thread. nil = silent.
    /// - Throws: `ConnectorOptionError` that names the option.
    public init(
        limit: Int? = 100, limitPerHost: Int? = nil, keepAliveTimeout: Duration? = nil,
        forceClose: Bool = false,
        enableCleanupClosed: Bool = false, tlsShutdownTimeout: Duration = .zero, tls: TLSMode = .verified,
        usesDNSCache: Bool = true, dnsCacheTTL: Duration? = .seconds(10), dnsCacheCapacity: Int = 1000,
        addressFamily: AddressFamily = .any, localAddress: SocketAddress? = nil,
        localInterface: LocalInterface? = nil, localPorts: ClosedRange<UInt16>? = nil,
        socketOptions: SocketOptions = SocketOptions(), resolver: (any Resolver)? = nil,
        connectionAttemptDelay: Duration? = .milliseconds(250), firstAddressFamilyCount: Int? = nil,
        socketFactory: SocketFactory? = nil, diagnostics: (@Sendable (ConnectorDiagnostic) -> Void)? = nil
    ) throws(ConnectorOptionError) {
        for (name, value) in [
            ("dnsCacheTTL", dnsCacheTTL), ("connectionAttemptDelay", connectionAttemptDelay),
        ] {
            guard let value, value < .zero else { continue }
            throw .invalid(option: name, value: "\(value)", reason: "it must be 0 or more")
        }
        if dnsCacheCapacity < 1 {
            throw .invalid(
                option: "dnsCacheCapacity", value: "\(dnsCacheCapacity)", reason: "it must be 1 or more")
        }
        if let firstAddressFamilyCount, firstAddressFamilyCount < 0 {
            throw .invalid(
                option: "firstAddressFamilyCount", value: "\(firstAddressFamilyCount)",
                reason: "it must be 0 or more")
        }
        if case .unix = localAddress {
            throw .invalid(
                option: "localAddress", value: "\(localAddress.map(\.description) ?? "")",
                reason: "it must be a numeric IP address")
        }
        if localInterface != nil, let localAddress {
            throw .invalid(
                option: "localInterface", value: "\(localAddress)", reason: "it excludes localAddress")
        }
        self.addressFamily = addressFamily
        self.localInterface = localInterface
        self.localPorts = localPorts
        self.socketOptions = socketOptions
        self.localAddress = localAddress
        self.usesDNSCache = usesDNSCache
        self.dnsCacheTTL = dnsCacheTTL
        self.dnsCacheCapacity = dnsCacheCapacity
        self.resolver = resolver ?? SystemResolver()
        self.connectionAttemptDelay = connectionAttemptDelay.map {
            max($0, AddressRace<SocketAddress>.minimumAttemptDelay)
        }
        self.firstAddressFamilyCount = firstAddressFamilyCount ?? (connectionAttemptDelay == nil ? 0 : 1)
        self.socketFactory = socketFactory
        names = NameLookup(
            resolver: self.resolver, closesResolver: resolver == nil, usesCache: usesDNSCache,
            ttl: dnsCacheTTL, capacity: dnsCacheCapacity, family: addressFamily)
        dialer = Dialer(
            localAddress: localAddress,
            localEnd: LocalEnd(interface: localInterface, ports: localPorts, address: localAddress),
            socketOptions: socketOptions == SocketOptions() ? nil : socketOptions,
            attemptDelay: self.connectionAttemptDelay, firstFamilyCount: self.firstAddressFamilyCount,
            socketFactory: socketFactory)
        try super.init(
            limit: limit, limitPerHost: limitPerHost, keepAliveTimeout: keepAliveTimeout,
            forceClose: forceClose,
            enableCleanupClosed: enableCleanupClosed, tlsShutdownTimeout: tlsShutdownTimeout, tls: tls,
            diagnostics: diagnostics)
    }

    /// http, https and tcp.
    open override var supportedSchemes: Set<String> { Set(Self.schemes) }
    private static let schemes = ["http", "https", "tcp"]

    override func supports(_ scheme: String) -> Bool {
        type(of: self) == TCPConnector.self ? Self.schemes.contains(scheme) : super.supports(scheme)
    }

    /// Resolves, connects, tunnels and shakes hands, in that order, as far as `endpoint` asks.
    open override func makeTransport(
        for endpoint: Endpoint, context: DialContext
    ) async throws -> any Transport {
        try await dialer.dial(endpoint, names: names, context: context, makeRoom: evictLongestIdle)
    }

    override func makeTransportAtOnce(
        for endpoint: Endpoint, context: DialContext
    ) throws -> (any Transport)? {
        guard type(of: self) == TCPConnector.self else { return nil }
        return try dialer.dialAtOnce(endpoint, names: names, context: context, makeRoom: evictLongestIdle)
    }

    /// TLS sessions to resume and to keep, in place of the connector's own; nil = its own, forgotten with it. To be set
    /// before the first connection.
    public final var tlsSessions: TLSSessionCache? {
        get { dialer.sessions.cache }
        set { dialer.sessions.cache = newValue }
    }

    /// Names that are remembered now, with their addresses. Looking does not count as using.
    public final var cachedHosts: [HostPort: [ResolvedAddress]] { names.cachedHosts }

    /// Forgets all names.
    public final func clearDNSCache() { names.clear() }

    /// Forgets one name, in whichever case it is written.
    public final func clearDNSCache(host: String, port: UInt16) {
        names.clear(HostPort(host: (try? HostName.normalised(host)) ?? host, port: port))
    }

    /// Ends lookups and, when it is our own, the resolver.
    open override func connectorDidClose() async { await names.close() }
}

/// A name and the port it was asked for.
public struct HostPort: Hashable, Sendable {
    /// Lower case.
    public let host: String
    /// The port.
    public let port: UInt16

    /// Names as the connector normalises them.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }
}
