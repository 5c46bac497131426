internal import Sockets

/// What one making of a transport knows of its surroundings: how long it may take, who watches, and whether the
/// connector was closed meanwhile.
@LoopActor
public final class DialContext {
    /// The instant by which everything must stand; nil = no limit.
    public let deadline: ContinuousClock.Instant?
    /// The limits that were asked for.
    public let timeouts: ConnectTimeouts
    private let tracer: (any ConnectorTracer)?
    private let id: ConnectID
    private var interrupt: (() -> Void)?
    /// True once the connector was closed: what is being made is not wanted any more.
    public private(set) var isClosed = false

    init(
        deadline: ContinuousClock.Instant?, timeouts: ConnectTimeouts, tracer: (any ConnectorTracer)?,
        id: ConnectID
    ) {
        self.deadline = deadline
        self.timeouts = timeouts
        self.tracer = tracer
        self.id = id
    }

    /// Tells the caller's tracer, if there is one.
    public func trace(_ event: @autoclosure () -> ConnectorEvent) {
        guard let tracer else { return }
        tracer.record(event(), id: id)
    }

    /// Runs `interrupt` when the connector closes before `endInterruptible`: it must end the wait that goes on.
    func beginInterruptible(_ interrupt: @escaping () -> Void) throws(ConnectorError) {
        if isClosed { throw .closed }
        self.interrupt = interrupt
    }

    func endInterruptible() {
        interrupt = nil
    }

    func close() {
        isClosed = true
        interrupt?()
        interrupt = nil
    }
}
