internal import Sockets

/// The context in which a transport is made: its limits, its tracer, and whether the connector was closed meanwhile.
@LoopActor
public final class DialContext {
    /// The instant by which everything must stand; nil = no limit.
    public private(set) var deadline: ContinuousClock.Instant?
    /// The limit that `deadline` comes from.
    private var limit: Duration?
    /// The limits that were asked for.
    public let timeouts: ConnectTimeouts
    let tracer: (any ConnectorTracer)?
    let id: ConnectID
    private var interrupt: (() -> Void)?
    /// True once the connector was closed: what is being made is not wanted any more.
    public private(set) var isClosed = false

    init(timeouts: ConnectTimeouts, tracer: (any ConnectorTracer)?, id: ConnectID) {
        self.timeouts = timeouts
        self.tracer = tracer
        self.id = id
    }

    /// Takes over a limit that runs from `start`, unless another one ends before.
    func bound(by limit: Duration?, from start: ContinuousClock.Instant) {
        guard let limit else { return }
        let end = start + limit
        if let deadline, deadline <= end { return }
        deadline = end
        self.limit = limit
    }

    /// Tells the caller's tracer, if there is one.
    public func trace(_ event: @autoclosure () -> ConnectorEvent) {
        guard let tracer else { return }
        tracer.record(event(), id: id)
    }

    /// Has `interrupt` run once if the connector closes before `endInterruptible`; it must end the wait under way and
    /// close what is open, so that no descriptor outlives the connector's `close`. One at a time: a later one
    /// replaces it.
    /// - Throws: `.closed` when the connector is closed already.
    public func beginInterruptible(_ interrupt: @escaping () -> Void) throws(ConnectorError) {
        if isClosed { throw .closed }
        self.interrupt = interrupt
    }

    /// Forgets what `beginInterruptible` was given.
    public func endInterruptible() {
        interrupt = nil
    }

    func close() {
        isClosed = true
        let interrupt = self.interrupt
        self.interrupt = nil
        interrupt?()
    }
}

extension DialContext {
    /// When one attempt has to be done, and by whose limit.
    struct Limit {
        /// nil = never.
        var deadline: ContinuousClock.Instant?
        /// The limit as it was asked for.
        var duration: Duration?
        /// True when it is the attempt's own limit and not that of the whole connect.
        var isOfAttempt: Bool
    }

    /// The nearer of the whole connect's limit and that of an attempt begun at `started`.
    func limit(from started: ContinuousClock.Instant) -> Limit {
        let whole = Limit(deadline: deadline, duration: limit, isOfAttempt: false)
        guard let own = timeouts.socketConnect else { return whole }
        if let deadline, deadline <= started + own { return whole }
        return Limit(deadline: started + own, duration: own, isOfAttempt: true)
    }

    /// The error for the caller when a wait has failed. `limit` is the one that ran out; nil = the whole connect's.
    /// `isProxy` tells the proxy's own TLS from the endpoint's.
    func translate(
        _ error: WaitError, _ phase: ConnectPhase, _ endpoint: Endpoint, _ attempts: [ConnectAttempt],
        limit: Duration? = nil, isProxy: Bool = false
    ) -> any Error {
        switch error {
        case .cancelled: CancellationError()
        case .closed: ConnectorError.closed
        case .timedOut:
            ConnectorError.timedOut(
                TimeoutFailure(
                    phase: phase, limit: limit ?? self.limit, endpoint: endpoint, attempts: attempts,
                    isProxy: isProxy))
        }
    }
}
