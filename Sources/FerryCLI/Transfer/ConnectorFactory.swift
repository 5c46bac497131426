import Connector

/// Makes the connectors of a plan.
@LoopActor
enum ConnectorFactory {
    /// `resolver` is asked for names in place of the system; nil = the system, and what `--resolve` says. `tell` takes lines
    /// about what happened to idle connections, and is called on the loop; nil = nobody asked.
    static func make(
        _ plan: ConnectorPlan, resolver: (any Resolver)? = nil, tlsSessions: TLSSessionCache? = nil,
        tell: (@LoopActor @Sendable (String) -> Void)? = nil
    ) throws(ConnectorOptionError) -> BaseConnector {
        let diagnostics = tell.map { tell in
            { @Sendable (entry: ConnectorDiagnostic) in
                // Connectors of the tool are used and end on the loop only.
                LoopActor.assumeIsolated { tell(ConnectorWords.line(for: entry)) }
            }
        }
        if let path = plan.unixSocketPath {
            let connector = try UnixConnector(path: path, plan.options.base, diagnostics: diagnostics)
            connector.tlsSessions = tlsSessions
            return connector
        }
        let connector = try TCPConnector(
            plan.options,
            resolver: resolver
                ?? (plan.resolve.isEmpty ? nil : FixedResolver(plan.resolve, life: plan.options.dnsCacheTTL)),
            diagnostics: diagnostics)
        connector.tlsSessions = tlsSessions
        return connector
    }
}

/// `--resolve`: names whose addresses the user gave, and which are used whatever -4 and -6 say; the system is asked for
/// all others.
struct FixedResolver: Resolver {
    private let table: ResolveTable
    /// How long entries that expire are used; nil = for ever.
    private let life: Duration?
    private let now: @Sendable () -> ContinuousClock.Instant
    private let start: ContinuousClock.Instant
    private let system = SystemResolver()

    /// Entries that expire do so `life` from now on.
    init(
        _ table: ResolveTable, life: Duration?,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.table = table
        self.life = life
        self.now = now
        start = now()
    }

    func resolve(host: String, port: UInt16, family: AddressFamily) async throws -> [ResolvedAddress] {
        guard let entry = table.entry(host: host, port: port), !isOver(entry) else {
            return try await system.resolve(host: host, port: port, family: family)
        }
        return entry.addresses.compactMap { text in
            SocketAddress(numericHost: text, port: port).map {
                ResolvedAddress(host: host, address: $0, isFixed: true)
            }
        }
    }

    func replaces(address: String, port: UInt16) -> Bool {
        table.entry(host: address, port: port).map { !isOver($0) } ?? false
    }

    private func isOver(_ entry: ResolveEntry) -> Bool {
        guard entry.expires, let life else { return false }
        return now() - start > life
    }

    func close() async {}
}
