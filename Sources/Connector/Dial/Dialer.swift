internal import Sockets
internal import TLS

/// Makes transports: from names to sockets, through proxies, into TLS. The one place where errors of sockets and TLS
/// become `ConnectorError`.
@LoopActor
final class Dialer {
    private let localAddress: SocketAddress?
    private let localEnd: LocalEnd?
    private let socketOptions: SocketOptions?
    private let attemptDelay: Duration?
    private let firstFamilyCount: Int
    private let socketFactory: SocketFactory?
    let sessions = SessionStore()
    private var contexts: [TLSConfiguration: TLSContext] = [:]

    nonisolated init(
        localAddress: SocketAddress?, localEnd: LocalEnd? = nil, socketOptions: SocketOptions? = nil,
        attemptDelay: Duration?, firstFamilyCount: Int, socketFactory: SocketFactory?
    ) {
        self.localAddress = localAddress
        self.localEnd = localEnd
        self.socketOptions = socketOptions
        self.attemptDelay = attemptDelay
        self.firstFamilyCount = firstFamilyCount
        self.socketFactory = socketFactory
    }

    // A task keeps the room of the deepest call that it was ever in, and thousands may dial at once. So what waits here
    // holds little: decisions, and whatever has to do with proxies or failures, stand in functions that do not wait.

    /// A transport to `endpoint` over TCP, or over the Unix socket that its `dial` names.
    func dial(
        _ endpoint: Endpoint, names: NameLookup, context: DialContext, makeRoom: @escaping () -> Bool
    ) async throws -> any Transport {
        guard endpoint.isReachedDirectly else {
            return try await dialOtherwise(endpoint, names: names, context: context, makeRoom: makeRoom)
        }
        try prepareTLS(for: endpoint)
        return try await dial(endpoint, nil, names: names, context: context, makeRoom: makeRoom)
    }

    /// The same without waiting: to an address of this machine with nothing above the socket, for such a connection stands at
    /// once. nil in all other cases; a race that has begun goes on in `dial`.
    func dialAtOnce(
        _ endpoint: Endpoint, names: NameLookup, context: DialContext, makeRoom: @escaping () -> Bool
    ) throws -> SocketTransport? {
        guard localEnd == nil, endpoint.isReachedDirectly, !endpoint.hasLayers,
            let address = try names.address(endpoint.firstHop, for: endpoint), address.isLoopback
        else { return nil }
        let race = race([address], endpoint, context, localEnd: nil, makeRoom)
        switch try race.nextAtOnce() {
        case .won(let winner): return Self.transport(winner, context)
        case .lost: throw Self.failure(endpoint, race.attempts, [], context)
        case nil:
            context.race = race
            return nil
        }
    }

    private func dialOtherwise(
        _ endpoint: Endpoint, names: NameLookup, context: DialContext, makeRoom: @escaping () -> Bool
    ) async throws -> any Transport {
        if case .unixSocket(let path) = endpoint.dial, endpoint.proxy == nil {
            return try await dialUnix(path, endpoint, context: context, makeRoom: makeRoom)
        }
        return try await dialThroughSOCKS(endpoint, names: names, context: context, makeRoom: makeRoom)
    }

    private func dialThroughSOCKS(
        _ endpoint: Endpoint, names: NameLookup, context: DialContext, makeRoom: @escaping () -> Bool
    ) async throws -> any Transport {
        try prepareTLS(for: endpoint)
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

    /// By way of the SOCKS proxy of `route`, if there is one.
    /// - Throws: `SOCKSTunnel.Refusal` too.
    private func dial(
        _ endpoint: Endpoint, _ route: SOCKSRoute?, names: NameLookup, context: DialContext,
        makeRoom: @escaping () -> Bool
    ) async throws -> any Transport {
        let race: SocketRace
        if let begun = context.race.take() {
            race = begun
        } else {
            race = try await self.race(to: endpoint, names: names, context: context, makeRoom: makeRoom)
        }
        var tlsFailures: [TLSFailure] = []
        while true {
            guard let winner = try await race.next() else {
                throw Self.failure(endpoint, race.attempts, tlsFailures, context)
            }
            let transport = Self.transport(winner, context)
            guard endpoint.hasLayers else { return transport }
            do {
                return try await layer(transport, endpoint, route, context, started: winner.started)
            } catch {
                transport.close(.default)
                try Self.judge(error, race, &tlsFailures)
            }
        }
    }

    /// Looks up whom the first socket may reach, and from where.
    @inline(never)
    private func race(
        to endpoint: Endpoint, names: NameLookup, context: DialContext, makeRoom: @escaping () -> Bool
    ) async throws -> SocketRace {
        let addresses = try await names.resolve(endpoint.firstHop, for: endpoint, context: context)
        let localEnd = try await localEnd?.lookedUp(names, for: endpoint, context: context)
        return race(addresses, endpoint, context, localEnd: localEnd, makeRoom)
    }

    private func race(
        _ addresses: [SocketAddress], _ endpoint: Endpoint, _ context: DialContext, localEnd: LocalEnd?,
        _ makeRoom: @escaping () -> Bool
    ) -> SocketRace {
        SocketRace(
            addresses, endpoint: endpoint, context: context, localAddress: localAddress, localEnd: localEnd,
            socketOptions: socketOptions, attemptDelay: attemptDelay, firstFamilyCount: firstFamilyCount,
            socketFactory: socketFactory, makeRoom: makeRoom)
    }

    @inline(never)
    private static func transport(_ winner: SocketRace.Winner, _ context: DialContext) -> SocketTransport {
        let transport = SocketTransport(winner.socket, peerAddress: winner.address)
        context.trace(.connected(local: transport.localAddress, peer: winner.address))
        return transport
    }

    /// Strikes the winner's address off, or throws what ends the race.
    @inline(never)
    private static func judge(
        _ error: any Error, _ race: SocketRace, _ tlsFailures: inout [TLSFailure]
    ) throws {
        switch error {
        case let error as TLSFailure:
            // Exactly this peer is struck off; the other addresses get their chance.
            race.upperLayerFailed(.tls, error.cause.errno.map(Errno.init(rawValue:)), "\(error.cause)")
            tlsFailures.append(error)
        case AttemptTimeout.tls(let isProxy):
            race.upperLayerFailed(isProxy ? .proxy : .tls, .timedOut, "no TLS handshake in time")
        case ConnectorError.timedOut(var failure):
            race.stop()
            failure.attempts = race.attempts
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

    /// Reads the files that TLS needs before anything is opened: what is wrong with them is nobody else's fault.
    @inline(never)
    func prepareTLS(for endpoint: Endpoint) throws(ConnectorError) {
        if let proxy = endpoint.proxy, proxy.kind == .https {
            try prepareTLS(proxy.tls, endpoint, isProxy: true)
        }
        if let configuration = endpoint.tls { try prepareTLS(configuration, endpoint, isProxy: false) }
    }

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

    /// Speaks with the proxy and in TLS over `transport` as far as `endpoint` asks. The caller closes it on a throw.
    /// - Throws: `TLSFailure`, `AttemptTimeout`, `SOCKSTunnel.Refusal`, `ConnectorError`, `CancellationError`.
    func layer(
        _ transport: SocketTransport, _ endpoint: Endpoint, _ route: SOCKSRoute?, _ context: DialContext,
        started: ContinuousClock.Instant
    ) async throws -> any Transport {
        try context.beginInterruptible { transport.close(.default) }
        defer { context.endInterruptible() }
        var top: any Transport = transport
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
        if let announcement = endpoint.announcement {
            try await announce(announcement, from: transport, over: top, endpoint, context)
        }
        guard let configuration = endpoint.tls else { return top }
        return try await secure(
            top, configuration, name: endpoint.serverName ?? endpoint.host, isProxy: false, endpoint, context,
            started: started)
    }

    private func announce(
        _ announcement: ProxyProtocol, from socket: SocketTransport, over top: any Transport,
        _ endpoint: Endpoint, _ context: DialContext
    ) async throws {
        let line = announcement.line(local: socket.localAddress, peer: socket.peerAddress)
        do {
            try await top.writeAll(line, deadline: context.deadline)
        } catch let error as TransportError {
            throw ConnectorError.io(TransportFailure(endpoint: endpoint, operation: "write", cause: error))
        } catch let error as WaitError {
            throw context.translate(error, .tcp, endpoint, [])
        }
    }

    private func secure(
        _ lower: any Transport, _ configuration: TLSConfiguration, name: String, isProxy: Bool,
        _ endpoint: Endpoint, _ context: DialContext, started: ContinuousClock.Instant
    ) async throws -> any Transport {
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
        if let known = contexts[configuration] { return known }
        let context =
            configuration == TLSConfiguration() ? try TLSContext.forSystem() : try TLSContext(configuration)
        contexts[configuration] = context
        return context
    }
}

extension TLSFailure: Error {}

extension Endpoint {
    /// True when the first socket is TCP and neither it nor what follows involves SOCKS.
    @inline(never)
    var isReachedDirectly: Bool {
        guard let proxy else {
            if case .unixSocket = dial { return false }
            return true
        }
        return proxy.socksHop == nil && proxy.nearest.socketPath == nil
    }

    /// True when something stands between the socket and the request.
    @inline(never)
    var hasLayers: Bool { proxy != nil || isTLS || announcement != nil }

    /// Where the first socket goes.
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
