internal import Sockets

/// One caller's way to a connection: to an idle one at once, or through the line, a slot and a dial.
///
/// A machine: once it has begun it must be advanced until it is done or throws, for it may hold a slot. Every way out
/// gives the slot back or hands it to the connection.
@LoopActor
package final class Lease: Machine {
    private enum State {
        /// → waiting, dialing, done.
        case new
        /// In line under this name. → dialing, done.
        case waiting(WaiterID)
        /// A slot is held and its transport is being made. → done.
        case dialing(SlotID)
        case done
    }

    /// What came of a dial. Not a `Result`, which is a generic type (see <doc:Performance>).
    private enum Dialed {
        case made(any Transport)
        case failed(any Error)
    }

    /// What was asked for; nil once it is done.
    package private(set) var connection: Connection?
    /// How long it was in line until its slot came; nil = it was not, or none came.
    package private(set) var queueTime: Duration?
    /// How long its connection took to be made; nil = one was there, or none was made.
    package private(set) var connectTime: Duration?

    let endpoint: Endpoint
    private let connector: BaseConnector
    private let timeouts: ConnectTimeouts
    private let tracer: (any ConnectorTracer)?
    private let id: ConnectID
    private let mayReuse: Bool
    private var state = State.new
    /// What the dial knows of its surroundings; made when it is needed.
    private lazy var context = DialContext(timeouts: timeouts, tracer: tracer, id: id)
    /// Since when it has been in line, or dialing.
    private var waitingSince: ContinuousClock.Instant?
    /// Where a caller in line sleeps.
    private lazy var turn = Suspension()
    /// Set in the step that wakes a caller in line: its slot, and an idle transport when it comes with one.
    private var delivery: (slot: SlotID, parked: OpenTransport?)?
    private var dialed: Dialed?

    /// Nothing happens before the first step.
    package init(
        of connector: BaseConnector, to endpoint: Endpoint, timeouts: ConnectTimeouts,
        tracer: (any ConnectorTracer)?, id: ConnectID, mayReuse: Bool
    ) {
        self.connector = connector
        self.endpoint = endpoint
        self.timeouts = timeouts
        self.tracer = tracer
        self.id = id
        self.mayReuse = mayReuse
    }

    /// The connection of a lease that is done.
    /// - Throws: `.closed` for one that is not.
    package func take() throws(ConnectorError) -> Connection {
        guard let connection = connection.take() else { throw .closed }
        return connection
    }

    package func advance(after outcome: Suspension.Outcome) throws -> Wait {
        do {
            switch state {
            case .new: return try begin()
            case .waiting(let place): return try leaveLine(place, outcome)
            case .dialing(let slot): return try open(slot)
            case .done: return .done
            }
        } catch {
            state = .done
            throw Self.report(error, to: tracer, id)
        }
    }

    /// Tells the tracer of an error that ends a lease.
    static func report(_ error: any Error, to tracer: (any ConnectorTracer)?, _ id: ConnectID) -> any Error {
        guard let tracer else { return error }
        if let error = error as? ConnectorError {
            tracer.record(.failed(error), id: id)
        } else {
            tracer.record(.cancelled, id: id)
        }
        return error
    }

    private func trace(_ event: @autoclosure () -> ConnectorEvent) {
        guard let tracer else { return }
        tracer.record(event(), id: id)
    }

    // MARK: Steps

    private func begin() throws -> Wait {
        if Task.isCancelled { throw CancellationError() }
        if connector.isClosed { throw ConnectorError.closed }
        let now = ContinuousClock.now
        return try act(on: connector.acquire(endpoint, mayReuse: mayReuse, now: now), now)
    }

    private func act(on outcome: BaseConnector.Pool.Outcome, _ now: ContinuousClock.Instant) throws -> Wait {
        switch outcome {
        case .reuse(let slot, let open, let useCount):
            let connection = connector.makeConnection(open, slot, for: endpoint, useCount: useCount)
            if let tracer {
                let idle = connector.pool.idleTime(of: slot, now: now)
                tracer.record(.reused(idleFor: idle, useCount: useCount), id: id)
            }
            return finish(connection)
        case .create(let slot): return dial(slot, now)
        case .wait(let place, let position):
            state = .waiting(place)
            context.bound(by: timeouts.connect, from: now)
            turn.arm(until: context.deadline)
            waitingSince = now
            connector.enterLine(self, place)
            trace(.queued(position: position))
            return .sleep(turn)
        case .closed: throw ConnectorError.closed
        }
    }

    /// A slot is there, or the caller leaves without one.
    private func leaveLine(_ place: WaiterID, _ outcome: Suspension.Outcome) throws -> Wait {
        let now = ContinuousClock.now
        let time = waitingSince.map { now - $0 } ?? .zero
        connector.leaveLine(place, after: time)
        guard let delivery, !connector.isClosed, !Task.isCancelled else {
            throw turnAway(outcome, place, now)
        }
        self.delivery = nil
        queueTime = time
        trace(.dequeued)
        guard let parked = delivery.parked else { return dial(delivery.slot, now) }
        return try act(on: connector.reuse(delivery.slot, parked, for: endpoint, now: now), now)
    }

    /// Updates the pool for a caller that leaves the line with nothing, and returns the reason.
    private func turnAway(
        _ outcome: Suspension.Outcome, _ place: WaiterID, _ now: ContinuousClock.Instant
    ) -> any Error {
        if let (slot, parked) = delivery {
            connector.returnDelivery(slot, parked, now: now)
        } else {
            connector.cancelWaiter(place)
        }
        if connector.isClosed { return ConnectorError.closed }
        guard outcome == .timedOut, !Task.isCancelled else { return CancellationError() }
        return ConnectorError.timedOut(
            TimeoutFailure(phase: .queue, limit: timeouts.connect, endpoint: endpoint, attempts: []))
    }

    /// Makes a transport in a task of its own, whose memory goes with it: a dial needs several times as much as the wait
    /// for an answer, of which there may be thousands (see <doc:Performance>).
    private func dial(_ slot: SlotID, _ now: ContinuousClock.Instant) -> Wait {
        if case .new = state { context.bound(by: timeouts.connect, from: now) }
        context.bound(by: timeouts.dial, from: now)
        state = .dialing(slot)
        waitingSince = now
        connector.beginDial(slot, context)
        trace(.creating)
        let (connector, endpoint, context) = (connector, endpoint, context)
        let task = EventLoop.shared.start {
            do {
                self.dialed = .made(try await connector.makeTransport(for: endpoint, context: context))
            } catch {
                self.dialed = .failed(error)
            }
        }
        let overdue = context.deadline.map {
            EventLoop.shared.schedule(.callback { task.cancel() }, at: $0 + Self.grace)
        }
        return .call {
            await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
            if let overdue { EventLoop.shared.cancel(overdue) }
            return .woken
        }
    }

    /// A connector that heeds its deadline says best what was late. One that does not is ended so much later.
    private static let grace = Duration.milliseconds(20)

    private func open(_ slot: SlotID) throws -> Wait {
        let transport: any Transport
        switch dialed.take() {
        case .made(let made): transport = made
        case .failed(let error): throw giveUp(slot, error)
        case nil: throw giveUp(slot, ConnectorError.closed)
        }
        guard let connection = connector.opened(slot, OpenTransport(transport, to: endpoint)) else {
            throw ConnectorError.closed
        }
        connectTime = waitingSince.map { .now - $0 }
        trace(
            .created(local: transport.localAddress, peer: transport.peerAddress, tls: transport.tls))
        return finish(connection)
    }

    private func giveUp(_ slot: SlotID, _ error: any Error) -> any Error {
        connector.dialFailed(slot)
        // Where several are true: closed before cancelled before every other failure.
        if connector.isClosed { return ConnectorError.closed }
        if Task.isCancelled { return CancellationError() }
        if let error = error as? ConnectorError { return error }
        if error is CancellationError, let deadline = context.deadline, deadline <= .now {
            return context.translate(.timedOut, .tcp, endpoint, [])
        }
        return ConnectorError.custom(CustomFailure(endpoint: endpoint, cause: error))
    }

    private func finish(_ connection: Connection) -> Wait {
        state = .done
        self.connection = connection
        return .done
    }

    // MARK: What the connector says

    /// The slot that was waited for, with an idle transport or none.
    func deliver(_ slot: SlotID, _ parked: OpenTransport?) {
        delivery = (slot, parked)
        turn.wake()
    }

    /// The connector was closed while this lease was in line.
    func connectorDidClose() {
        turn.wake(.closed)
    }
}
