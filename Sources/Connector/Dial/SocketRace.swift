internal import Sockets

/// Carries out an `AddressRace` with real sockets and hands out the winners one after another.
@LoopActor
final class SocketRace {
    // Classes where they are held over a wait: an instant is of a type whose size the compiler does not know.

    final class Winner {
        let socket: Socket
        let address: SocketAddress
        let started: ContinuousClock.Instant

        init(socket: Socket, address: SocketAddress, started: ContinuousClock.Instant) {
            self.socket = socket
            self.address = address
            self.started = started
        }
    }

    private final class Runner {
        let index: Int
        let socket: Socket
        let started: ContinuousClock.Instant
        let record: Int

        init(index: Int, socket: Socket, started: ContinuousClock.Instant, record: Int) {
            self.index = index
            self.socket = socket
            self.started = started
            self.record = record
        }
    }

    /// A socket on its way, and its own limit.
    private final class Watch: Sendable {
        let index: Int
        let socket: Socket
        let limit: ContinuousClock.Instant?

        init(index: Int, socket: Socket, limit: ContinuousClock.Instant?) {
            self.index = index
            self.socket = socket
            self.limit = limit
        }
    }

    /// Every address that was started; those that failed say why.
    private struct Record {
        var failure: ConnectAttempt?
    }

    private var records: [Record] = []
    private var race: AddressRace<SocketAddress>
    /// Those on their way: few, for they begin one after another.
    private var runners: [Runner] = []
    private var news: [(index: Int, socket: Socket, failure: ConnectAttempt?)] = []
    private let bell = Suspension()
    /// Runners that nobody watches yet.
    private var unwatched: [Watch] = []
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
        do {
            try begin()
            defer { context.endInterruptible() }
            while true {
                switch try step() {
                case .won(let winner): return winner
                case .lost: return nil
                case .news: break
                case .wait: try await waitForNews()
                case .waitFor(let lone): try await wait(for: lone)
                }
                takeNews()
            }
        } catch {
            stop()
            throw error
        }
    }

    /// How the race stands.
    enum Result {
        case won(Winner)
        case lost
    }

    /// As `next`, but nil where that would have to wait; `next` goes on from there.
    func nextAtOnce() throws -> Result? {
        do {
            try begin()
            defer { context.endInterruptible() }
            while true {
                switch try step() {
                case .won(let winner): return .won(winner)
                case .lost: return .lost
                case .news: takeNews()
                case .wait: return nil
                case .waitFor(let lone):
                    unwatched.append(lone)
                    return nil
                }
            }
        } catch {
            stop()
            throw error
        }
    }

    private enum Step {
        case won(Winner)
        case lost
        case news
        case wait
        case waitFor(Watch)
    }

    @inline(never)
    private func begin() throws {
        if !hasStarted {
            hasStarted = true
            pending += race.start(now: .now)
        }
        try context.beginInterruptible { [self] in
            stop()
            bell.wake(.closed)
        }
    }

    @inline(never)
    private func step() throws -> Step {
        carryOut()
        if let (index, runner) = winner {
            return .won(
                Winner(socket: runner.socket, address: race.addresses[index], started: runner.started))
        }
        if isExhausted { return .lost }
        // Closed after the bell had rung for something else.
        if context.isClosed { throw ConnectorError.closed }
        // After the news: what arrived in time counts, and failures belong into the error.
        if let deadline = context.deadline, deadline <= .now {
            throw context.translate(.timedOut, .tcp, endpoint, attempts)
        }
        guard news.isEmpty else { return .news }
        // Where no other can come before the only runner is decided, the race waits for it itself, without a task.
        if runners.count == 1, unwatched.count == 1, race.nextDeadline == nil {
            return .waitFor(unwatched.removeLast())
        }
        // Armed before the call: news may come before the sleep.
        bell.arm()
        for runner in unwatched { watch(runner) }
        unwatched = []
        return .wait
    }

    @inline(never)
    private func takeNews() {
        let arrived = news
        news = []
        for (index, socket, failure) in arrived { settle(index, socket, failure) }
        if let due = race.nextDeadline, due <= .now { pending += race.timer(now: .now) }
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
        for runner in runners { runner.socket.close() }
        runners = []
    }

    private func wait(for lone: Watch) async throws {
        var problem: WaitError?
        do throws(WaitError) {
            try await lone.socket.untilWritable(deadline: Self.earlier(lone.limit, context.deadline))
        } catch {
            problem = error
        }
        try decide(lone, problem)
    }

    @inline(never)
    private func decide(_ lone: Watch, _ problem: WaitError?) throws {
        let address = race.addresses[lone.index]
        switch problem {
        case nil: news.append((lone.index, lone.socket, Self.outcome(of: lone.socket, address)))
        case .cancelled: throw CancellationError()
        case .closed: throw ConnectorError.closed
        case .timedOut:
            // When the time of the whole connect is up, and not the attempt's own, `step` says so.
            guard let limit = lone.limit, limit <= .now else { return unwatched.append(lone) }
            news.append((lone.index, lone.socket, Self.lateness(address)))
        }
    }

    private static func earlier(
        _ one: ContinuousClock.Instant?, _ other: ContinuousClock.Instant?
    ) -> ContinuousClock.Instant? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    @inline(never)
    private static func outcome(of socket: Socket, _ address: SocketAddress) -> ConnectAttempt? {
        do throws(Errno) {
            try socket.finishConnect(to: address)
            return nil
        } catch {
            return ConnectAttempt(address: address, stage: .connect, errno: error, text: "\(error)")
        }
    }

    @inline(never)
    private static func lateness(_ address: SocketAddress) -> ConnectAttempt {
        ConnectAttempt(address: address, stage: .connect, errno: .timedOut, text: "no answer in time")
    }

    private func waitForNews() async throws {
        switch await bell.wait(until: Self.earlier(race.nextDeadline, context.deadline)) {
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
                case .cancel(let index): take(index)?.socket.close()
                case .winner(let index): crown(index)
                case .exhausted: isExhausted = true
                }
            }
        }
    }

    private func crown(_ index: Int) {
        guard let runner = take(index) else { return }
        winner = (index, runner)
    }

    private func take(_ index: Int) -> Runner? {
        runners.firstIndex { $0.index == index }.map { runners.remove(at: $0) }
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
            runners.append(Runner(index: index, socket: socket, started: started, record: record))
            if isConnected {
                pending += race.attemptConnected(index, now: started)
            } else {
                let limit = context.timeouts.socketConnect.map { started + $0 }
                unwatched.append(Watch(index: index, socket: socket, limit: limit))
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
        take(index)?.socket.close()
        context.trace(.attemptFailed(failure))
        pending += race.attemptFailed(index, now: .now)
    }

    /// News of a socket that was cancelled since is for nobody, also when its address runs again.
    @inline(never)
    private func settle(_ index: Int, _ socket: Socket, _ failure: ConnectAttempt?) {
        guard let runner = runners.first(where: { $0.index == index }), runner.socket === socket else {
            return
        }
        if let failure {
            fail(index, runner.record, failure)
        } else {
            pending += race.attemptConnected(index, now: .now)
        }
    }

    /// Waits for one socket beside the others and rings when it is decided.
    private func watch(_ runner: Watch) {
        let (index, socket, limit) = (runner.index, runner.socket, runner.limit)
        let address = race.addresses[index]
        EventLoop.shared.start {
            let failure: ConnectAttempt?
            do throws(WaitError) {
                try await socket.untilWritable(deadline: limit)
                // Woken for a connection, then cancelled before this ran: nobody wants to know.
                if socket.isClosed { return }
                failure = Self.outcome(of: socket, address)
            } catch {
                guard error == .timedOut else { return }
                failure = Self.lateness(address)
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
