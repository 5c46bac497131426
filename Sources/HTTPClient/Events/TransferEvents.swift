public import Connector
import Glibc

/// Tells the listeners of one transfer what happens to it, and where it stands. Exists only where somebody listens.
@LoopActor
public final class TransferEvents: ConnectorTracer {
    /// The number that its events carry.
    public let transfer: Int
    /// What one of the listeners at least wants to hear of.
    let interests: TransferEvent.Interests
    /// Who hears at once. Most often there is at most one: an array would be walked for every event.
    private let first: (any TransferListener)?
    private let others: [any TransferListener]
    /// Who hears later, by way of the queue.
    private let late: (any TransferListener)?
    private let queue: EventQueue?
    private let numbers: ConnectionNumbers
    private var place = TransferEvent.Place()
    /// When the last thing happened.
    private var moment = Moment(nanoseconds: 0)
    /// True from when bytes of the answer came until something else is told than what they say.
    private var wasOfBytes = false

    /// For one transfer and those who want to hear of it, each told in the order given.
    /// - Parameters:
    ///   - transfer: comes back in each event.
    ///   - listeners: at least one.
    ///   - numbers: what numbers connections; shared by all transfers of a run.
    package init(transfer: Int, listeners: consuming ListenerList, numbers: ConnectionNumbers) {
        self.transfer = transfer
        self.numbers = numbers
        var interests: TransferEvent.Interests = []
        listeners.forEach { interests.formUnion($0.interests) }
        self.interests = interests
        first = listeners.first
        others = listeners.others
        late = listeners.late
        queue = listeners.queue
    }

    /// Bytes of the answer came just now: what they say happened when they came.
    func bytesCame() {
        guard interests.contains(.instants) else { return }
        moment = .now
        wasOfBytes = true
    }

    /// Tells that `kind` happened now.
    public func tell(_ kind: consuming TransferEvent.Kind) {
        var isStamped = interests.contains(.instants)
        var isOfBytes = false
        switch kind {
        case .attemptBegan:
            place.attempt += 1
            (place.hop, place.connection) = (0, -1)
            isStamped = true
        case .hopBegan:
            place.hop += 1
            place.connection = -1
        case .exchangeBegan(let lease):
            place.connection = numbers.number(of: lease)
            isStamped = false
        case .responseBegan: (isOfBytes, isStamped) = (true, !wasOfBytes)
        case .head, .body: (isOfBytes, isStamped) = (true, isStamped && !wasOfBytes)
        case .urlSettled, .connector(.reused):
            if !interests.contains(.steps) { return }
            isStamped = false
        case .requestEnded, .interim, .resumed, .redirected, .loginAsked,
            .expectationRefused, .hostPaused, .checked, .retry:
            if !interests.contains(.steps) { return }
        case .securedByHSTS, .requestHead, .cookieRefused, .delivered, .trailers, .oddity, .headRefused:
            if !interests.contains(.details) { return }
        case .connector, .scheduled, .ended: isStamped = true
        default: break
        }
        wasOfBytes = isOfBytes
        if isStamped { moment = .now }
        if queue == nil { return hear(TransferEvent(kind, moment, transfer: transfer, place)) }
        if first != nil { hear(TransferEvent(copy kind, moment, transfer: transfer, place)) }
        queue?.add(kind, moment, place, of: self)
    }

    /// Tells those who hear at once.
    private func hear(_ event: TransferEvent) {
        first?.hear(event)
        if !others.isEmpty { for listener in others { listener.hear(event) } }
    }

    /// Tells the one who hears later.
    func hearLate(_ event: TransferEvent) {
        late?.hear(event)
    }

    /// Who tells the connector's steps on; nil when nobody wants to hear of them.
    var tracer: (any ConnectorTracer)? { interests.contains(.connecting) ? self : nil }

    /// Tells a step of getting a connection on.
    public func record(_ event: ConnectorEvent, id: ConnectID) { tell(.connector(event)) }
}

/// Those who hear of a transfer. Made for each, and moved to where they are told.
@LoopActor
package struct ListenerList: ~Copyable {
    fileprivate private(set) var first: (any TransferListener)?
    fileprivate private(set) var others: [any TransferListener] = []
    fileprivate private(set) var late: (any TransferListener)?
    fileprivate private(set) var queue: EventQueue?

    /// Those of `listeners`, at once.
    package init(_ listeners: [any TransferListener]) { listeners.forEach { append($0) } }

    /// True when nobody hears.
    package var isEmpty: Bool { first == nil && late == nil }

    /// Adds one more, who is told after the others.
    package mutating func append(_ listener: any TransferListener) {
        if first == nil { first = listener } else { others.append(listener) }
    }

    /// Adds the one who hears when `queue` delivers; the bytes of bodies then come as counts.
    package mutating func append(_ listener: any TransferListener, by queue: EventQueue) {
        self.queue = queue
        late = listener
    }

    fileprivate func forEach(_ body: (any TransferListener) -> Void) {
        if let first { body(first) }
        if let late { body(late) }
        others.forEach(body)
    }
}

/// Numbers connections from 0, in the order in which they first carried a request.
@LoopActor
public final class ConnectionNumbers {
    private var next = 0

    /// Begins at 0.
    public nonisolated init() {}

    /// The number of a connection, given now if it has none.
    func number(of connection: Connection) -> Int {
        if let label = connection.label, label.owner === self { return label.number }
        defer { next += 1 }
        connection.label = (self, next)
        return next
    }
}

/// A reading of the system's steady clock, cheaper to take and to subtract than an instant of `ContinuousClock`, which
/// counts in 128 bits.
package struct Moment: Sendable {
    /// Since the system was started, time asleep included.
    package let nanoseconds: Int

    /// The present.
    package static var now: Moment {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Moment(nanoseconds: time.tv_sec * 1_000_000_000 + time.tv_nsec)
    }

    package init(nanoseconds: Int) { self.nanoseconds = nanoseconds }

    /// The same reading of `ContinuousClock`.
    package var instant: ContinuousClock.Instant { ContinuousClock().systemEpoch + .nanoseconds(nanoseconds) }
}
