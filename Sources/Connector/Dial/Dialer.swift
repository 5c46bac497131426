internal import Sockets
internal import TLS

/// Makes transports: from names to sockets, through proxies, into TLS. The one place where errors of sockets and TLS
/// become `ConnectorError`.
///
/// Its steps are never inlined, so that a dial that waits holds only the frames of the steps that it is in, and none of their
/// errors (see <doc:Performance>, frames).
@LoopActor
final class Dialer {
    private let sockets: SocketMaker
    private let attemptDelay: Duration?
    private let firstFamilyCount: Int
    let sessions = SessionStore()
    /// Most often one or two: a dictionary would cost a cold start more (see <doc:Performance>).
    private var contexts: [(configuration: TLSConfiguration, context: TLSContext)] = []

    nonisolated init(
        sockets: SocketMaker = SocketMaker(), attemptDelay: Duration? = nil, firstFamilyCount: Int = 0
    ) {
        self.sockets = sockets
        self.attemptDelay = attemptDelay
        self.firstFamilyCount = firstFamilyCount
    }

    /// A transport to `endpoint` over TCP, or over the Unix socket that its `dial` names. `makeRoom` closes an idle connection
    /// for its descriptor; false when there is none.
    func dial(
        _ endpoint: Endpoint, names: NameLookup, context: DialContext, makeRoom: @escaping () -> Bool
    ) async throws -> any Transport {
        switch endpoint.way {
        case .plainTCP:
            try await prepareTLS(for: endpoint, context)
            return try await dial(endpoint, nil, names: names, context: context, makeRoom: makeRoom)
        case .unixSocket(let path):
            return try await dialUnix(path, endpoint, context: context, makeRoom: makeRoom)
        case .throughSOCKS:
            return try await dialThroughSOCKS(endpoint, names: names, context: context, makeRoom: makeRoom)
        }
    }

    @inline(never)
    private func dialThroughSOCKS(
        _ endpoint: Endpoint, names: NameLookup, context: DialContext, makeRoom: @escaping () -> Bool
    ) async throws -> any Transport {
        try await prepareTLS(for: endpoint, context)
        let route = try await SOCKSRoute.find(for: endpoint, names: names, context: context)
        while true {
            do {
                guard let path = endpoint.proxy?.nearest.socketPath else {
                    return try await dial(endpoint, route, names: names, context: context, makeRoom: makeRoom)
                }
                return try await dialUnix(path, endpoint, route, context: context, makeRoom: makeRoom)
            } catch let refusal as SOCKSTunnel.Refusal {
                // A proxy that cannot reach one address of the name may reach the next; each takes a new socket.
                guard route?.advance(after: refusal.failure) ?? false else { throw refusal.error }
            }
        }
    }

    // Thousands of dials may be under way at once. So what does not wait is in functions that are never inlined into those
    // that do, and what is rare has a frame of its own (see <doc:Performance>, frames).

    /// Through the SOCKS proxy of `route`, if there is one.
    /// - Throws: `SOCKSTunnel.Refusal` too.
    @inline(never)
    private func dial(
        _ endpoint: Endpoint, _ route: SOCKSRoute?, names: NameLookup, context: DialContext,
        makeRoom: @escaping () -> Bool
    ) async throws -> any Transport {
        let addresses = try await names.resolve(endpoint.firstHop, for: endpoint, context: context)
        let race: SocketRace
        if let binding = sockets.binding {
            race = try await boundRace(binding, addresses, endpoint, names, context, makeRoom)
        } else {
            race = self.race(addresses, endpoint, context, nil, makeRoom)
        }
        guard let transport = try await connect(race, context) else {
            throw Self.failure(endpoint, race.failures, [], context)
        }
        guard endpoint.needsHandshake else { return transport }
        return try await layer(transport, of: race, endpoint, route, context)
    }

    /// The next transport of a race, with nothing above the socket yet; nil when no address is left.
    private func connect(_ race: SocketRace, _ context: DialContext) async throws -> SocketTransport? {
        guard let winner = try await race.next() else { return nil }
        return Self.transport(over: winner, context)
    }

    @inline(never)
    private static func transport(over winner: SocketRace.Attempt, _ context: DialContext) -> SocketTransport?
    {
        guard let socket = winner.socket else { return nil }
        let transport = SocketTransport(socket, peerAddress: winner.address)
        context.trace(.connected(local: transport.localAddress, peer: winner.address))
        return transport
    }

    /// Performs the handshakes over the first of the race's sockets for which they succeed.
    @inline(never)
    private func layer(
        _ first: SocketTransport, of race: SocketRace, _ endpoint: Endpoint, _ route: SOCKSRoute?,
        _ context: DialContext
    ) async throws -> any Transport {
        var tlsFailures: [TLSFailure] = []
        var next: SocketTransport? = first
        while let transport = next {
            do {
                return try await layer(
                    transport, endpoint, route, context, started: race.winner?.started ?? .now)
            } catch {
                transport.close(.default)
                try Self.judge(error, race, &tlsFailures)
            }
            next = try await connect(race, context)
        }
        throw Self.failure(endpoint, race.failures, tlsFailures, context)
    }

    /// A race whose sockets are bound to an interface or address, which may have to be looked up.
    @inline(never)
    private func boundRace(
        _ binding: LocalBinding, _ addresses: [SocketAddress], _ endpoint: Endpoint, _ names: NameLookup,
        _ context: DialContext, _ makeRoom: @escaping () -> Bool
    ) async throws -> SocketRace {
        let binding = try await binding.lookedUp(names, for: endpoint, context: context)
        return race(addresses, endpoint, context, binding, makeRoom)
    }

    @inline(never)
    private func race(
        _ addresses: [SocketAddress], _ endpoint: Endpoint, _ context: DialContext, _ binding: LocalBinding?,
        _ makeRoom: @escaping () -> Bool
    ) -> SocketRace {
        var sockets = sockets(makeRoom)
        sockets.binding = binding
        return SocketRace(
            addresses, endpoint: endpoint, context: context, sockets: sockets, attemptDelay: attemptDelay,
            firstFamilyCount: firstFamilyCount)
    }

    func sockets(_ makeRoom: @escaping () -> Bool) -> SocketMaker {
        var sockets = sockets
        sockets.makeRoom = makeRoom
        return sockets
    }

    /// Strikes the winner's address off, or throws what ends the race.
    @inline(never)
    private static func judge(
        _ error: any Error, _ race: SocketRace, _ tlsFailures: inout [TLSFailure]
    ) throws {
        switch error {
        case let error as TLSFailure:
            // Only this address is struck off; the others are tried.
            race.upperLayerFailed(.tls, error.cause.errno.map(Errno.init(rawValue:)), "\(error.cause)")
            tlsFailures.append(error)
        case AttemptTimeout.tls(let isProxy):
            race.upperLayerFailed(isProxy ? .proxy : .tls, .timedOut, "no TLS handshake in time")
        case ConnectorError.timedOut(var failure):
            race.stop()
            failure.attempts = race.failures
            throw ConnectorError.timedOut(failure)
        default:
            race.stop()
            throw error
        }
    }

    /// The socket's own limit ran out during the handshake: a failure of that address only.
    enum AttemptTimeout: Error { case tls(isProxy: Bool) }

    /// The error of the attempt that came furthest (pin, certificate, TLS, timeout, TCP), the latest on a tie.
    @inline(never)
    private static func failure(
        _ endpoint: Endpoint, _ attempts: [ConnectAttempt], _ tlsFailures: [TLSFailure],
        _ context: DialContext
    ) -> ConnectorError {
        if var best = tlsFailures.last {
            for failure in tlsFailures.reversed() where failure.cause.severity > best.cause.severity {
                best = failure
            }
            best.attempts = attempts
            return .tls(best)
        }
        if let late = attempts.last(where: { $0.errno == .timedOut }) {
            return .timedOut(
                TimeoutFailure(
                    phase: late.stage == .tls || late.stage == .proxy ? .tls : .tcp,
                    limit: context.timeouts.socketConnect, endpoint: endpoint, attempts: attempts,
                    isProxy: late.stage == .proxy))
        }
        let failure = ConnectFailure(endpoint: endpoint, attempts: attempts)
        if let proxy = endpoint.proxy { return .proxyConnect(failure, proxy: proxy.nearest) }
        return .connect(failure)
    }

    // MARK: Proxy and TLS

    /// Reads the files that TLS needs before anything is opened, so that an error in them is reported as such.
    func prepareTLS(for endpoint: Endpoint, _ context: DialContext) async throws {
        if let files = slowFiles(of: endpoint) { try await readAhead(files, endpoint, context) }
        try prepareTLS(for: endpoint)
    }

    /// The pipes among those files; nil = there are none.
    @inline(never)
    private func slowFiles(of endpoint: Endpoint) -> [String]? {
        guard endpoint.isTLS || endpoint.proxy?.kind == .https else { return nil }
        let configurations = [endpoint.tls, endpoint.proxy?.kind == .https ? endpoint.proxy?.tls : nil]
        var files: [String] = []
        for case let configuration? in configurations where knownContext(for: configuration) == nil {
            files += configuration.slowFiles
        }
        return files.isEmpty ? nil : files
    }

    @inline(never)
    private func readAhead(_ files: [String], _ endpoint: Endpoint, _ context: DialContext) async throws {
        let deadline = context.deadline
        do throws(WaitError) {
            let isInTime = try await BlockingWorker.files.run(deadline: deadline) {
                TLSConfiguration.readAhead(files, until: deadline)
            }
            if !isInTime { throw .timedOut }
        } catch {
            let failure = context.translate(error, .tls, endpoint, [])
            guard case ConnectorError.timedOut(var late) = failure else { throw failure }
            late.unendedFile = slowFiles(of: endpoint)?.first ?? files[0]
            throw ConnectorError.timedOut(late)
        }
    }

    @inline(never)
    private func prepareTLS(for endpoint: Endpoint) throws(ConnectorError) {
        if let proxy = endpoint.proxy, proxy.kind == .https {
            try prepareTLS(proxy.tls, endpoint, isProxy: true)
        }
        if let configuration = endpoint.tls { try prepareTLS(configuration, endpoint, isProxy: false) }
    }

    @inline(never)
    private func prepareTLS(
        _ configuration: TLSConfiguration, _ endpoint: Endpoint, isProxy: Bool
    ) throws(ConnectorError) {
        do throws(TLSError) {
            _ = try context(for: configuration)
        } catch {
            throw .tls(
                TLSFailure(endpoint: endpoint, peer: nil, cause: error, attempts: [], isProxy: isProxy))
        }
    }

    /// Performs the proxy and TLS handshakes over `transport` as far as `endpoint` asks. The caller closes it on a
    /// throw.
    /// - Throws: `TLSFailure`, `AttemptTimeout`, `SOCKSTunnel.Refusal`, `ConnectorError`, `CancellationError`.
    @inline(never)
    func layer(
        _ transport: SocketTransport, _ endpoint: Endpoint, _ route: SOCKSRoute?, _ context: DialContext,
        started: ContinuousClock.Instant
    ) async throws -> any Transport {
        try context.beginInterruptible { transport.close(.default) }
        defer { context.endInterruptible() }
        var top: any InternalTransport = transport
        if let route {
            try await SOCKSTunnel(route: route, endpoint: endpoint, context: context).open(over: top)
        }
        if let proxy = endpoint.proxy, !proxy.kind.isSOCKS {
            if proxy.kind == .https {
                top = try await secure(
                    top, proxy.tls, name: proxy.host, isProxy: true, endpoint, context, started: started)
            }
            if proxy.tunnels(toTLS: endpoint.isTLS) {
                try await ProxyTunnel(proxy: proxy, endpoint: endpoint, context: context).open(over: top)
            }
        }
        if let proxyProtocolHeader = endpoint.proxyProtocolHeader {
            try await announce(proxyProtocolHeader, from: transport, over: top, endpoint, context)
        }
        guard let configuration = endpoint.tls else { return top }
        return try await secure(
            top, configuration, name: endpoint.serverName ?? endpoint.host, isProxy: false, endpoint, context,
            started: started)
    }

    @inline(never)
    private func announce(
        _ proxyProtocolHeader: ProxyProtocol, from socket: SocketTransport, over top: any Transport,
        _ endpoint: Endpoint, _ context: DialContext
    ) async throws {
        let line = proxyProtocolHeader.line(local: socket.localAddress, peer: socket.peerAddress)
        do {
            try await top.writeAll(line, deadline: context.deadline)
        } catch let error as TransportError {
            throw ConnectorError.io(TransportFailure(endpoint: endpoint, operation: "write", cause: error))
        } catch let error as WaitError {
            throw context.translate(error, .tcp, endpoint, [])
        }
    }

    @inline(never)
    private func secure(
        _ lower: any InternalTransport, _ configuration: TLSConfiguration, name: String, isProxy: Bool,
        _ endpoint: Endpoint, _ context: DialContext, started: ContinuousClock.Instant
    ) async throws -> any InternalTransport {
        let limit = context.limit(from: started)
        do {
            let tlsContext = try self.context(for: configuration)
            let transport = try TLSTransport(
                over: lower, context: tlsContext, serverName: name, endpoint: endpoint, isProxy: isProxy,
                sessions: isProxy || !configuration.resumesSessions ? nil : sessions)
            context.trace(.handshakeStarted(serverName: name, isProxy: isProxy))
            try await transport.handshake(checking: name, deadline: limit.deadline)
            return transport
        } catch let error as TLSError {
            throw TLSFailure(
                endpoint: endpoint, peer: lower.peerAddress, cause: error, attempts: [], isProxy: isProxy)
        } catch TransportError.proxyTLS(let error) {
            throw TLSFailure(
                endpoint: endpoint, peer: lower.peerAddress, cause: error, attempts: [], isProxy: true)
        } catch let error as WaitError {
            if error == .timedOut, limit.isOfAttempt { throw AttemptTimeout.tls(isProxy: isProxy) }
            throw context.translate(error, .tls, endpoint, [], isProxy: isProxy)
        }
    }

    private func context(for configuration: TLSConfiguration) throws(TLSError) -> TLSContext {
        if let known = knownContext(for: configuration) { return known }
        let context =
            configuration == TLSConfiguration() ? try TLSContext.forSystem() : try TLSContext(configuration)
        contexts.append((configuration, context))
        return context
    }

    private func knownContext(for configuration: TLSConfiguration) -> TLSContext? {
        contexts.first { $0.configuration == configuration }?.context
    }
}

extension TLSFailure: Error {}

extension Endpoint {
    /// How a dial begins.
    fileprivate enum Way {
        /// With a TCP socket, and without SOCKS on the whole way.
        case plainTCP
        case unixSocket(path: String)
        /// With SOCKS on the way, or to a proxy on a Unix socket.
        case throughSOCKS
    }

    /// Never inlined, see `Dialer`: a copy of a proxy takes hundreds of bytes.
    @inline(never)
    fileprivate var way: Way {
        guard let proxy else {
            if case .unixSocket(let path) = dial { return .unixSocket(path: path) }
            return .plainTCP
        }
        return proxy.socksHop == nil && proxy.nearest.socketPath == nil ? .plainTCP : .throughSOCKS
    }

    /// True when something stands between the socket and the request.
    var needsHandshake: Bool { proxy != nil || isTLS || proxyProtocolHeader != nil }

    /// Where the first socket goes. Never inlined, as `way`.
    @inline(never)
    var firstHop: HostPort {
        guard let proxy = proxy?.nearest else { return destination }
        return HostPort(host: proxy.host.lowercased(), port: proxy.port)
    }

    /// Where the last leg leads: the host of the request, or the peer that `dial` names instead.
    var destination: HostPort {
        if case .peer(let host, let port) = dial { return HostPort(host: host.lowercased(), port: port) }
        return HostPort(host: host, port: port)
    }
}

extension TLSError {
    /// How far TLS came before it failed.
    fileprivate var severity: Int {
        switch self {
        case .fingerprintMismatch, .publicKeyMismatch: 2
        case .certificate: 1
        case .handshake, .configuration, .io, .alert, .record: 0
        }
    }
}
