internal import Sockets

/// Carries out an `AddressRace` with real sockets and hands out the winners one after another.
@LoopActor
final class SocketRace {
    struct Winner {
        let socket: Socket
        let address: SocketAddress
        let started: ContinuousClock.Instant
    }

    private struct Runner {
        let socket: Socket
        let started: ContinuousClock.Instant
        let record: Int
    }

    /// Every address that was started; those that failed say why.
    private struct Record {
        var failure: ConnectAttempt?
    }

    private var records: [Record] = []
    private var race: AddressRace<SocketAddress>
    private var runners: [Int: Runner] = [:]
    private var news: [(index: Int, socket: Socket, failure: ConnectAttempt?)] = []
    private let bell = Suspension()
    private var winner: (index: Int, runner: Runner)?
    private var hasStarted = false
    private var isExhausted = false
    private var pending: [AddressRace<SocketAddress>.Order] = []

    private let endpoint: Endpoint
    private let context: DialContext
    private let localAddress: SocketAddress?
    private let localEnd: LocalEnd?
    private let socketOptions: SocketOptions?
    private let socketFactory: SocketFactory?
    private let makeRoom: () -> Bool

    init(
        _ addresses: [SocketAddress], endpoint: Endpoint, context: DialContext, localAddress: SocketAddress?,
        localEnd: LocalEnd? = nil, socketOptions: SocketOptions? = nil, attemptDelay: Duration?,
        firstFamilyCount: Int, socketFactory: SocketFactory?,
        makeRoom: @escaping () -> Bool
    ) {
        race = AddressRace(
            addresses: addresses, firstAddressFamilyCount: firstFamilyCount, attemptDelay: attemptDelay,
            family: { $0.isIPv6 ? 6 : 4 })
        self.endpoint = endpoint
        self.context = context
        self.localAddress = localAddress
        self.localEnd = localEnd
        self.socketOptions = socketOptions
        self.socketFactory = socketFactory
        self.makeRoom = makeRoom
    }

    /// Attempts that failed, in the order they were started.
    var attempts: [ConnectAttempt] { records.compactMap(\.failure) }

    /// The next socket that connects; nil when no address is left.
    func next() async throws -> Winner? {
        if !hasStarted {
            hasStarted = true
            pending += race.start(now: .now)
        }
        do {
            try context.beginInterruptible { [self] in
                stop()
                bell.wake(.closed)
            }
            defer { context.endInterruptible() }
            while true {
                carryOut()
                if let (index, runner) = winner {
                    return Winner(
                        socket: runner.socket, address: race.addresses[index], started: runner.started)
                }
                if isExhausted { return nil }
                // Closed after the bell had rung for something else.
                if context.isClosed { throw ConnectorError.closed }
                // After the news: what arrived in time counts, and failures belong into the error.
                if let deadline = context.deadline, deadline <= .now {
                    throw context.translate(.timedOut, .tcp, endpoint, attempts)
                }
                if news.isEmpty {
                    // Armed before the call: news may come before the sleep.
                    bell.arm()
                    try await waitForNews()
                }
                let arrived = news
                news = []
                for (index, socket, failure) in arrived { settle(index, socket, failure) }
                if let due = race.nextDeadline, due <= .now { pending += race.timer(now: .now) }
            }
        } catch {
            stop()
            throw error
        }
    }

    /// What stands above the winner's socket failed: that address is struck off and the race goes on.
    func upperLayerFailed(_ stage: ConnectAttempt.Stage, _ errno: Errno?, _ text: String) {
        guard let (index, runner) = winner else { return }
        winner = nil
        let failure = ConnectAttempt(
            address: race.addresses[index], stage: stage, errno: errno, text: text)
        records[runner.record].failure = failure
        context.trace(.attemptFailed(failure))
        pending += race.upperLayerFailed(index, now: .now)
    }

    /// Closes every socket that is still on its way.
    @inline(never)
    func stop() {
        for runner in runners.values { runner.socket.close() }
        runners = [:]
    }

    private func waitForNews() async throws {
        let limit = [race.nextDeadline, context.deadline].compactMap { $0 }.min()
        switch await bell.wait(until: limit) {
        case .woken, .timedOut: return
        case .cancelled: throw CancellationError()
        case .closed: throw ConnectorError.closed
        }
    }

    @inline(never)
    private func carryOut() {
        while !pending.isEmpty {
            let orders = pending
            pending = []
            for order in orders {
                switch order {
                case .start(let index): start(index)
                case .cancel(let index): runners.removeValue(forKey: index)?.socket.close()
                case .winner(let index): crown(index)
                case .exhausted: isExhausted = true
                }
            }
        }
    }

    private func crown(_ index: Int) {
        guard let runner = runners.removeValue(forKey: index) else { return }
        winner = (index, runner)
    }

    private func start(_ index: Int) {
        let address = race.addresses[index]
        context.trace(.attemptStarted(address))
        records.append(Record())
        let record = records.count - 1
        let started = ContinuousClock.now
        var stage = ConnectAttempt.Stage.socket
        do {
            let socket = try open(address)
            if let localEnd {
                stage = .bind
                try localEnd.bind(socket, toReach: address)
            } else if let localAddress {
                stage = .bind
                try socket.bind(to: localAddress)
            }
            stage = .connect
            let isConnected = try socket.startConnect(to: address)
            if isConnected, socket.isConnectedToItself { throw Errno.connectionRefused }
            runners[index] = Runner(socket: socket, started: started, record: record)
            if isConnected {
                pending += race.attemptConnected(index, now: started)
            } else {
                watch(index, socket, until: context.timeouts.socketConnect.map { started + $0 })
            }
        } catch {
            let number = error as? Errno
            let text =
                stage == .bind && number != nil ? "cannot bind \(boundName): \(error)" : "\(error)"
            fail(index, record, ConnectAttempt(address: address, stage: stage, errno: number, text: text))
        }
    }

    /// What sockets are bound to, for messages.
    private var boundName: String {
        guard let ports = localEnd?.ports else { return localAddress?.description ?? "the local address" }
        return ports.count == 1
            ? "port \(ports.lowerBound)" : "a port of \(ports.lowerBound) to \(ports.upperBound)"
    }

    private func fail(_ index: Int, _ record: Int, _ failure: ConnectAttempt) {
        records[record].failure = failure
        runners.removeValue(forKey: index)?.socket.close()
        context.trace(.attemptFailed(failure))
        pending += race.attemptFailed(index, now: .now)
    }

    /// News of a socket that was cancelled since is for nobody, also when its address runs again.
    @inline(never)
    private func settle(_ index: Int, _ socket: Socket, _ failure: ConnectAttempt?) {
        guard let runner = runners[index], runner.socket === socket else { return }
        if let failure {
            fail(index, runner.record, failure)
        } else {
            pending += race.attemptConnected(index, now: .now)
        }
    }

    /// Waits for one socket beside the others and rings when it is decided.
    private func watch(_ index: Int, _ socket: Socket, until limit: ContinuousClock.Instant?) {
        let address = race.addresses[index]
        EventLoop.shared.start {
            var failure: ConnectAttempt?
            do {
                try await socket.untilWritable(deadline: limit)
                // Woken for a connection, then cancelled before this ran: nobody wants to know.
                if socket.isClosed { return }
                try socket.finishConnect()
            } catch let error as Errno {
                failure = ConnectAttempt(address: address, stage: .connect, errno: error, text: "\(error)")
            } catch WaitError.timedOut {
                failure = ConnectAttempt(
                    address: address, stage: .connect, errno: .timedOut, text: "no answer in time")
            } catch {
                return
            }
            self.news.append((index, socket, failure))
            self.bell.wake()
        }
    }

    private func open(_ address: SocketAddress) throws -> Socket {
        if let localAddress, localAddress.isIPv6 != address.isIPv6 {
            throw SocketFactoryFailure(text: "no local address of this family")
        }
        do {
            return try make(address)
        } catch let error as Errno where error == .tooManyOpenFiles || error == .tooManyOpenFilesInSystem {
            guard makeRoom() else { throw error }
            return try make(address)
        }
    }

    private func make(_ address: SocketAddress) throws -> Socket {
        guard let socketFactory else {
            guard let socketOptions else { return try Socket(for: address) }
            return try Socket(for: address, socketOptions)
        }
        let descriptor = try socketFactory(address)
        guard descriptor >= 0 else {
            throw SocketFactoryFailure(text: "the socket factory gave no descriptor")
        }
        return try Socket.adopt(descriptor)
    }
}

/// Why no socket could be made that is no error number.
private struct SocketFactoryFailure: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}
