internal import HTTPCore
internal import Sockets

extension Dialer {
    /// A transport to `endpoint` over the Unix socket at `path`, for a connector that knows no other way. Never inlined, see
    /// `Dialer`.
    @inline(never)
    func dialUnix(
        _ path: String, _ endpoint: Endpoint, context: DialContext, makeRoom: @escaping () -> Bool
    ) async throws -> any Transport {
        let route = try await SOCKSRoute.find(for: endpoint, names: nil, context: context)
        do {
            return try await dialUnix(path, endpoint, route, context: context, makeRoom: makeRoom)
        } catch let refusal as SOCKSTunnel.Refusal {
            throw refusal.error
        }
    }

    /// As above, through the SOCKS proxy of `route` if there is one. The path may be that proxy's.
    /// - Throws: `SOCKSTunnel.Refusal` too.
    @inline(never)
    func dialUnix(
        _ path: String, _ endpoint: Endpoint, _ route: SOCKSRoute?, context: DialContext,
        makeRoom: @escaping () -> Bool
    ) async throws -> any Transport {
        let address: SocketAddress
        do {
            address = try UnixPath.address(path)
        } catch {
            let number: Errno =
                path.utf8.count > SocketAddress.longestUnixPath ? .nameTooLong : .invalidArgument
            let attempt = ConnectAttempt(
                address: .unix(Array(path.utf8)), stage: .connect, errno: number, text: "\(number)")
            throw Self.unixFailure(path, number, endpoint, attempt)
        }
        try await prepareTLS(for: endpoint, context)
        let started = ContinuousClock.now
        let limit = context.limit(from: started)
        context.trace(.attemptStarted(address))
        let transport: SocketTransport
        do {
            let socket = try await connect(to: address, until: limit.deadline, context, makeRoom)
            transport = SocketTransport(socket, peerAddress: address)
        } catch let error as Errno {
            let attempt = ConnectAttempt(address: address, stage: .connect, errno: error, text: "\(error)")
            context.trace(.attemptFailed(attempt))
            throw Self.unixFailure(path, error, endpoint, attempt)
        } catch let error as WaitError {
            var failure = context.translate(error, .tcp, endpoint, [], limit: limit.duration)
            if case ConnectorError.timedOut(var late) = failure {
                late.fullSocketPath = path
                failure = ConnectorError.timedOut(late)
            }
            throw failure
        }
        context.trace(.connected(local: nil, peer: address))
        do {
            return try await layer(transport, endpoint, route, context, started: started)
        } catch let error as TLSFailure {
            transport.close(.default)
            throw ConnectorError.tls(error)
        } catch AttemptTimeout.tls(let isProxy) {
            transport.close(.default)
            throw context.translate(
                .timedOut, .tls, endpoint, [], limit: limit.duration, isProxy: isProxy)
        } catch {
            transport.close(.default)
            throw error
        }
    }

    private static func unixFailure(
        _ path: String, _ errno: Errno, _ endpoint: Endpoint, _ attempt: ConnectAttempt
    ) -> ConnectorError {
        if let proxy = endpoint.proxy?.nearest, proxy.socketPath == path {
            return .proxyConnect(ConnectFailure(endpoint: endpoint, attempts: [attempt]), proxy: proxy)
        }
        return .unixSocket(
            UnixSocketFailure(path: path, errno: errno, endpoint: endpoint, text: unixText(path, errno)))
    }

    /// What is wrong with `path`, where a look at the file says more than the kernel's error.
    private static func unixText(_ path: String, _ errno: Errno) -> String {
        guard path.utf8.first != UInt8(ascii: "@") else { return "\(errno)" }
        do throws(Errno) {
            let file = try SocketFile(path: path.onDisk)
            if !file.isSocket { return "it is not a socket" }
            switch errno {
            case .connectionRefused: return "\(errno): nobody listens on it"
            case .accessDenied:
                let mode = String(file.mode, radix: 8)
                return "\(errno): it belongs to user \(file.owner) and has mode \(mode)"
            default: return "\(errno)"
            }
        } catch {
            return errno == .accessDenied ? "\(errno): its folder may not be searched" : "\(errno)"
        }
    }

    private func connect(
        to address: SocketAddress, until limit: ContinuousClock.Instant?, _ context: DialContext,
        _ makeRoom: @escaping () -> Bool
    ) async throws -> Socket {
        while true {
            let socket = try sockets(makeRoom).make(for: address)
            do {
                if try socket.startConnect(to: address) { return socket }
            } catch Errno.again {
                socket.close()
                try await untilLineMoves(limit, context)
                continue
            }
            return try await connected(socket, to: address, until: limit, context)
        }
    }

    /// The listener's queue is full, and no event tells of room in it: tries again shortly.
    private func untilLineMoves(
        _ limit: ContinuousClock.Instant?, _ context: DialContext
    ) async throws {
        let now = ContinuousClock.now
        if let limit, limit <= now { throw WaitError.timedOut }
        let retry = now + .milliseconds(5)
        do {
            try await EventLoop.shared.sleep(until: limit.map { min($0, retry) } ?? retry)
        } catch {
            throw WaitError.cancelled
        }
        if context.isClosed { throw WaitError.closed }
    }

    private func connected(
        _ socket: Socket, to address: SocketAddress, until limit: ContinuousClock.Instant?,
        _ context: DialContext
    ) async throws -> Socket {
        try context.beginInterruptible { socket.close() }
        defer { context.endInterruptible() }
        do {
            try await socket.untilWritable(deadline: limit)
            if socket.isClosed { throw WaitError.closed }
            try socket.finishConnect(to: address)
            return socket
        } catch {
            socket.close()
            throw error
        }
    }
}
