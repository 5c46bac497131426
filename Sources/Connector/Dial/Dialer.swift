internal import Sockets
internal import TLS

/// Makes transports: from names to sockets, through proxies, into TLS. The one place where errors of sockets and TLS
/// become `ConnectorError`.
@LoopActor
final class Dialer {
    private let localAddress: SocketAddress?
    private let attemptDelay: Duration?
    private let firstFamilyCount: Int
    private let socketFactory: SocketFactory?
    private let tickets = TicketBox()
    private var contexts: [TLSConfiguration: TLSContext] = [:]

    nonisolated init(
        localAddress: SocketAddress?, attemptDelay: Duration?, firstFamilyCount: Int,
        socketFactory: SocketFactory?
    ) {
        self.localAddress = localAddress
        self.attemptDelay = attemptDelay
        self.firstFamilyCount = firstFamilyCount
        self.socketFactory = socketFactory
    }

    /// A transport to `endpoint` over TCP, or over the Unix socket that its `dial` names.
    func dial(
        _ endpoint: Endpoint, names: NameLookup, context: DialContext, makeRoom: @escaping () -> Bool
    ) async throws -> any Transport {
        if case .unixSocket(let path) = endpoint.dial, endpoint.proxy == nil {
            return try await dialUnix(path, endpoint, context: context)
        }
        let addresses = try await names.resolve(endpoint.firstHop, for: endpoint, context: context)
        let race = SocketRace(
            addresses, endpoint: endpoint, context: context, localAddress: localAddress,
            attemptDelay: attemptDelay, firstFamilyCount: firstFamilyCount, socketFactory: socketFactory,
            makeRoom: makeRoom)
        var tlsFailures: [TLSFailure] = []
        while true {
            guard let winner = try await race.next() else {
                throw failure(endpoint, race.attempts, tlsFailures, context)
            }
            let transport = SocketTransport(winner.socket, peerAddress: winner.address)
            context.trace(.connected(local: transport.localAddress, peer: winner.address))
            do {
                return try await layer(transport, endpoint, context, started: winner.started)
            } catch let error as TLSFailure {
                // Exactly this peer is struck off; the other addresses get their chance.
                transport.close(.default)
                race.upperLayerFailed(.tls, "\(error.cause)")
                tlsFailures.append(error)
            } catch AttemptTimeout.tls {
                transport.close(.default)
                race.upperLayerFailed(.tls, "the TLS handshake timed out")
            } catch {
                transport.close(.default)
                race.stop()
                throw error
            }
        }
    }

    /// The socket's own limit ran out during the handshake: a failure of that address only.
    private enum AttemptTimeout: Error { case tls }

    /// The error of the attempt that came furthest (pin, certificate, TLS, timeout, TCP), the latest on a tie.
    private func failure(
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
        if let last = attempts.last(where: { $0.stage == .tls })
            ?? attempts.last(where: { $0.errno == .timedOut }),
            last.errno == .timedOut || last.stage == .tls,
            attempts.allSatisfy({ $0.errno == .timedOut || $0.stage == .tls })
        {
            return .timedOut(
                TimeoutFailure(
                    phase: last.stage == .tls ? .tls : .tcp, limit: context.timeouts.socketConnect,
                    endpoint: endpoint, attempts: attempts))
        }
        let failure = ConnectFailure(endpoint: endpoint, attempts: attempts)
        if let proxy = endpoint.proxy { return .proxyConnect(failure, proxy: proxy) }
        return .connect(failure)
    }

    // MARK: Unix sockets

    func dialUnix(_ path: String, _ endpoint: Endpoint, context: DialContext) async throws -> any Transport {
        let address: SocketAddress
        do {
            address = try UnixPath.address(path)
        } catch {
            let number: Errno = path.isEmpty ? .invalidArgument : .nameTooLong
            throw ConnectorError.unixSocket(UnixSocketFailure(path: path, errno: number, endpoint: endpoint))
        }
        let started = ContinuousClock.now
        let limit = context.earliest(started)
        context.trace(.attemptStarted(address))
        let transport: SocketTransport
        do {
            transport = SocketTransport(
                try await connectUnix(to: address, until: limit, context: context), peerAddress: address)
        } catch let error as Errno {
            context.trace(
                .attemptFailed(
                    ConnectAttempt(address: address, stage: .connect, errno: error, text: "\(error)")))
            throw ConnectorError.unixSocket(UnixSocketFailure(path: path, errno: error, endpoint: endpoint))
        } catch let error as WaitError {
            throw context.translate(error, .tcp, endpoint, [])
        }
        context.trace(.connected(local: nil, peer: address))
        do {
            return try await layer(transport, endpoint, context, started: started)
        } catch let error as TLSFailure {
            transport.close(.default)
            throw ConnectorError.tls(error)
        } catch AttemptTimeout.tls {
            transport.close(.default)
            throw context.translate(.timedOut, .tls, endpoint, [])
        } catch {
            transport.close(.default)
            throw error
        }
    }

    private func connectUnix(
        to address: SocketAddress, until limit: ContinuousClock.Instant?, context: DialContext
    ) async throws -> Socket {
        while true {
            let socket = try Socket(for: address)
            do throws(Errno) {
                if try socket.startConnect(to: address) { return socket }
            } catch .again {
                // The listener's line is full, and the kernel tells nobody when it moves: look again shortly.
                socket.close()
                let retry = ContinuousClock.now + .milliseconds(5)
                if let limit, retry >= limit { throw WaitError.timedOut }
                do { try await EventLoop.shared.sleep(until: retry) } catch { throw WaitError.cancelled }
                if context.isClosed { throw WaitError.closed }
                continue
            }
            try context.beginInterruptible { socket.close() }
            defer { context.endInterruptible() }
            do {
                try await socket.untilWritable(deadline: limit)
                try socket.finishConnect()
                return socket
            } catch {
                socket.close()
                throw error
            }
        }
    }

    // MARK: Proxy and TLS

    private func layer(
        _ transport: SocketTransport, _ endpoint: Endpoint, _ context: DialContext,
        started: ContinuousClock.Instant
    ) async throws -> any Transport {
        try context.beginInterruptible { transport.close(.default) }
        defer { context.endInterruptible() }
        var top: any Transport = transport
        if let proxy = endpoint.proxy {
            if proxy.kind == .https {
                top = try await secure(
                    top, proxy.tls, name: proxy.host, isProxy: true, endpoint, context, started: started)
            }
            if proxy.tunnels(toTLS: endpoint.isTLS) {
                try await ProxyTunnel(proxy: proxy, endpoint: endpoint, context: context).open(over: top)
            }
        }
        guard let configuration = endpoint.tls else { return top }
        return try await secure(
            top, configuration, name: endpoint.serverName ?? endpoint.host, isProxy: false, endpoint, context,
            started: started)
    }

    private func secure(
        _ lower: any Transport, _ configuration: TLSConfiguration, name: String, isProxy: Bool,
        _ endpoint: Endpoint, _ context: DialContext, started: ContinuousClock.Instant
    ) async throws -> any Transport {
        let deadline = context.earliest(started)
        do {
            let tlsContext = try self.context(for: configuration)
            let transport = try TLSTransport(
                over: lower, context: tlsContext, serverName: name, endpoint: endpoint,
                tickets: isProxy || !configuration.resumesSessions ? nil : tickets)
            context.trace(.handshakeStarted(serverName: name, isProxy: isProxy))
            try await transport.handshake(checking: name, deadline: deadline)
            return transport
        } catch let error as TLSError {
            throw TLSFailure(
                endpoint: endpoint, peer: lower.peerAddress, cause: error, attempts: [], isProxy: isProxy)
        } catch let error as WaitError {
            if error == .timedOut, deadline != context.deadline { throw AttemptTimeout.tls }
            throw context.translate(error, .tls, endpoint, [])
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
    /// Where the first socket goes.
    var firstHop: HostPort {
        if let proxy { return HostPort(host: proxy.host.lowercased(), port: proxy.port) }
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

extension DialContext {
    /// The nearer of the whole connect's deadline and that of an attempt begun at `started`.
    func earliest(_ started: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard let own = timeouts.socketConnect.map({ started + $0 }) else { return deadline }
        return deadline.map { min($0, own) } ?? own
    }

    func translate(
        _ error: WaitError, _ phase: ConnectPhase, _ endpoint: Endpoint, _ attempts: [ConnectAttempt]
    ) -> any Error {
        switch error {
        case .cancelled: CancellationError()
        case .closed: ConnectorError.closed
        case .timedOut:
            ConnectorError.timedOut(
                TimeoutFailure(
                    phase: phase, limit: timeouts.connect ?? timeouts.socketConnect, endpoint: endpoint,
                    attempts: attempts))
        }
    }
}
