internal import Sockets

/// Connects over TCP: resolves names, races addresses, speaks with proxies, and wraps https in TLS.
///
/// A request whose `dial` names a Unix socket goes there instead, under the same limits.
open class TCPConnector: BaseConnector {
    /// The options in force: what was given, with defaults and bounds applied.
    public let tcpOptions: Options
    /// What resolves names.
    public let resolver: any Resolver
    /// What makes the sockets; nil = the connector itself.
    public let socketFactory: SocketFactory?

    private let names: NameLookup
    private let dialer: Dialer

    /// A connector of its own pool.
    /// - Parameters:
    ///   - options: what is not set is as `Options` says.
    ///   - resolver: nil = the system's, closed with the connector; a given one is the caller's to close.
    ///   - socketFactory: makes the sockets; nil = the connector does.
    ///   - diagnostics: called for what no error can report, on any thread. nil = silent.
    /// - Throws: `ConnectorOptionError` that names the option.
    public init(
        _ options: Options = Options(), resolver: (any Resolver)? = nil, socketFactory: SocketFactory? = nil,
        diagnostics: (@Sendable (ConnectorDiagnostic) -> Void)? = nil
    ) throws(ConnectorOptionError) {
        let options = try options.resolved()
        tcpOptions = options
        self.resolver = resolver ?? SystemResolver()
        self.socketFactory = socketFactory
        names = NameLookup(
            resolver: self.resolver, closesResolver: resolver == nil, usesCache: options.usesDNSCache,
            ttl: options.dnsCacheTTL, capacity: options.dnsCacheCapacity, family: options.addressFamily)
        var sockets = SocketMaker()
        sockets.localAddress = options.localAddress
        sockets.binding = LocalBinding(
            interface: options.localInterface, ports: options.localPorts, address: options.localAddress)
        sockets.options = options.socketOptions == SocketOptions() ? nil : options.socketOptions
        sockets.factory = socketFactory
        dialer = Dialer(
            sockets: sockets, attemptDelay: options.connectionAttemptDelay,
            firstFamilyCount: options.firstAddressFamilyCount ?? 0)
        try super.init(options.base, diagnostics: diagnostics)
    }

    /// As `init(_:resolver:socketFactory:diagnostics:)` with the defaults that `configure` changes.
    /// - Throws: `ConnectorOptionError` that names the option.
    public convenience init(
        resolver: (any Resolver)? = nil, socketFactory: SocketFactory? = nil,
        diagnostics: (@Sendable (ConnectorDiagnostic) -> Void)? = nil, _ configure: (inout Options) -> Void
    ) throws(ConnectorOptionError) {
        var options = Options()
        configure(&options)
        try self.init(
            options, resolver: resolver, socketFactory: socketFactory, diagnostics: diagnostics)
    }

    /// http, https and tcp.
    open override var supportedSchemes: Set<String> { Set(Self.schemes) }

    private static let schemes = ["http", "https", "tcp"]

    override final func supports(_ scheme: String) -> Bool {
        type(of: self) == TCPConnector.self ? Self.schemes.contains(scheme) : super.supports(scheme)
    }

    /// `tcpOptions.addressFamily`: which addresses of a name are used.
    public final var addressFamily: AddressFamily { tcpOptions.addressFamily }

    /// Resolves, connects, tunnels and shakes hands, in that order, as far as `endpoint` asks.
    open override func makeTransport(
        for endpoint: Endpoint, context: DialContext
    ) async throws -> any Transport {
        try await dialer.dial(endpoint, names: names, context: context, makeRoom: evictLongestIdle)
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
        names.clear(HostPort(host: (try? HostName.normalized(host)) ?? host, port: port))
    }

    /// Ends lookups and, when it is our own, the resolver.
    open override func connectorDidClose() async { await names.close() }
}
