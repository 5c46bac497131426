internal import Sockets

/// Carries out an `AddressRace` with real sockets and hands out the winners one after another.
///
/// All sockets on their way wake one suspension; after each wake-up the race looks which of them are decided.
@LoopActor
final class SocketRace {
    /// One address that was started.
    @LoopActor
    final class Attempt {
        private enum State {
            /// → won, failed, cut short.
            case running(Socket)
            /// → failed.
            case won(Socket)
            case failed(ConnectAttempt)
            /// Another address won first.
            case cutShort
        }

        let index: Int
        let address: SocketAddress
        let started = ContinuousClock.now
        private var state: State

        fileprivate init(_ index: Int, _ address: SocketAddress) {
            self.index = index
            self.address = address
            state = .cutShort
        }

        /// The socket of one that is running or has won.
        var socket: Socket? {
            switch state {
            case .running(let socket), .won(let socket): socket
            case .failed, .cutShort: nil
            }
        }

        fileprivate var runningSocket: Socket? {
            if case .running(let socket) = state { socket } else { nil }
        }

        fileprivate var failure: ConnectAttempt? {
            if case .failed(let failure) = state { failure } else { nil }
        }

        fileprivate func run(_ socket: Socket) { state = .running(socket) }

        fileprivate func win() {
            if case .running(let socket) = state { state = .won(socket) }
        }

        fileprivate func fail(_ failure: ConnectAttempt) { state = .failed(failure) }

        fileprivate func cutShort() {
            guard case .running(let socket) = state else { return }
            socket.wakesWhenDecided = nil
            socket.close()
            state = .cutShort
        }
    }

    /// In the order in which they were started.
    private var started: [Attempt] = []
    private var race: AddressRace<SocketAddress>
    /// The address that connected last; nil before, and once what stands above its socket failed.
    private(set) var winner: Attempt?
    private var isExhausted = false
    private var pending: [AddressRace<SocketAddress>.Order] = []
    /// Woken when a socket is decided, or when the connector is closed.
    private let wakeUp = Suspension()

    private let endpoint: Endpoint
    private let context: DialContext
    private let sockets: SocketMaker

    init(
        _ addresses: [SocketAddress], endpoint: Endpoint, context: DialContext, sockets: SocketMaker,
        attemptDelay: Duration?, firstFamilyCount: Int
    ) {
        race = AddressRace(
            addresses: addresses, firstAddressFamilyCount: firstFamilyCount, attemptDelay: attemptDelay,
            family: { $0.isIPv6 ? 6 : 4 })
        self.endpoint = endpoint
        self.context = context
        self.sockets = sockets
    }

    /// Attempts that failed, in the order they were started.
    var failures: [ConnectAttempt] { started.compactMap(\.failure) }

    /// The next socket that connects; nil when no address is left.
    func next() async throws -> Attempt? {
        do {
            pending += race.start(now: .now)
            try context.beginInterruptible { [self] in
                stop()
                wakeUp.wake(.closed)
            }
            defer { context.endInterruptible() }
            while true {
                carryOut()
                if let winner { return winner }
                if isExhausted { return nil }
                if context.isClosed { throw ConnectorError.closed }
                // After the outcomes: what arrived in time counts, and failures belong into the error.
                if let deadline = context.deadline, deadline <= .now {
                    throw context.translate(.timedOut, .tcp, endpoint, failures)
                }
                switch await wakeUp.wait(until: nextInstant) {
                case .woken, .timedOut: processOutcomes()
                case .cancelled: throw CancellationError()
                case .closed: throw ConnectorError.closed
                }
            }
        } catch {
            stop()
            throw error
        }
    }

    /// What stands above the winner's socket failed: that address is struck off and the race goes on.
    func upperLayerFailed(_ stage: ConnectAttempt.Stage, _ errno: Errno?, _ text: String) {
        guard let failed = winner.take() else { return }
        let failure = ConnectAttempt(address: failed.address, stage: stage, errno: errno, text: text)
        failed.fail(failure)
        context.trace(.attemptFailed(failure))
        pending += race.upperLayerFailed(failed.index, now: .now)
    }

    /// Closes every socket that is still on its way.
    func stop() {
        for attempt in started { attempt.cutShort() }
    }

    /// When the race has to look again without a wake-up.
    private var nextInstant: ContinuousClock.Instant? {
        var instants = [race.nextDeadline, context.deadline].compactMap(\.self)
        for attempt in started where attempt.runningSocket != nil {
            if let limit = limit(of: attempt) { instants.append(limit) }
        }
        return instants.min()
    }

    private func limit(of attempt: Attempt) -> ContinuousClock.Instant? {
        context.timeouts.socketConnect.map { attempt.started + $0 }
    }

    /// Settles the sockets that are decided, and those whose own time is up.
    private func processOutcomes() {
        let now = ContinuousClock.now
        for attempt in started {
            guard let socket = attempt.runningSocket else { continue }
            if socket.isConnectDecided {
                do throws(Errno) {
                    try socket.finishConnect(to: attempt.address)
                    pending += race.attemptConnected(attempt.index, now: now)
                } catch {
                    fail(attempt, .connect, error, "\(error)")
                }
            } else if let limit = limit(of: attempt), limit <= now {
                fail(attempt, .connect, .timedOut, "no answer in time")
            }
        }
        pending += race.timer(now: now)
    }

    // MARK: Orders

    private func carryOut() {
        while !pending.isEmpty {
            for order in exchange(&pending, with: []) {
                switch order {
                case .start(let index): start(index)
                case .cancel(let index): running(index)?.cutShort()
                case .winner(let index): declareWinner(index)
                case .exhausted: isExhausted = true
                }
            }
        }
    }

    private func running(_ index: Int) -> Attempt? {
        started.first { $0.index == index && $0.runningSocket != nil }
    }

    private func declareWinner(_ index: Int) {
        guard let attempt = running(index) else { return }
        attempt.runningSocket?.wakesWhenDecided = nil
        attempt.win()
        winner = attempt
    }

    private func start(_ index: Int) {
        let attempt = Attempt(index, race.addresses[index])
        context.trace(.attemptStarted(attempt.address))
        started.append(attempt)
        var stage = ConnectAttempt.Stage.socket
        do {
            let socket = try sockets.make(for: attempt.address)
            attempt.run(socket)
            if sockets.binds {
                stage = .bind
                try sockets.bind(socket, toReach: attempt.address)
            }
            stage = .connect
            socket.wakesWhenDecided = wakeUp
            if try socket.startConnect(to: attempt.address) {
                pending += race.attemptConnected(index, now: attempt.started)
            }
        } catch {
            let number = error as? Errno
            let isBindError = stage == .bind && number != nil
            let text = isBindError ? "cannot bind \(sockets.boundName): \(error)" : "\(error)"
            fail(attempt, stage, number, text)
        }
    }

    private func fail(
        _ attempt: Attempt, _ stage: ConnectAttempt.Stage, _ errno: Errno?, _ text: String
    ) {
        let failure = ConnectAttempt(address: attempt.address, stage: stage, errno: errno, text: text)
        attempt.cutShort()
        attempt.fail(failure)
        context.trace(.attemptFailed(failure))
        pending += race.attemptFailed(attempt.index, now: .now)
    }
}
