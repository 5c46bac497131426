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
    /// By way of which somebody hears later, and the seat of this transfer there.
    private let queue: EventQueue?
    private let seat: Int
    private let numbers: ConnectionNumbers
    private var place = TransferEvent.Place()
    /// When the last thing happened.
    private var moment: Moment
    /// True from when bytes of the answer came until something else is told than what they say.
    private var wasOfBytes = false
    /// True from the beginning of an attempt until something else is told than what it begins with.
    private var isBeginning = false
    /// True until the first attempt begins, if it is known when.
    private var beginningIsKnown: Bool

    /// For one transfer and those who want to hear of it, each told in the order given.
    /// - Parameters:
    ///   - transfer: comes back in each event.
    ///   - listeners: at least one.
    ///   - numbers: what numbers connections; shared by all transfers of a run.
    ///   - beginning: when the first attempt begins; nil = when it is told.
    package init(
        transfer: Int, listeners: consuming ListenerList, numbers: ConnectionNumbers, beginning: Moment? = nil
    ) {
        self.transfer = transfer
        self.numbers = numbers
        moment = beginning ?? Moment(nanoseconds: 0)
        beginningIsKnown = beginning != nil
        interests = listeners.interests
        first = listeners.first
        others = listeners.others
        queue = listeners.queue
        seat = listeners.seat
    }

    /// Bytes of the answer came just now: what they say happened when they came.
    func bytesCame() {
        guard interests.contains(.instants) else { return }
        moment = .now
        wasOfBytes = true
    }

    /// Time passes before the next thing happens.
    func waits() { wasOfBytes = false }

    /// Tells that `kind` happened now.
    public func tell(_ kind: consuming TransferEvent.Kind) {
        var isStamped = interests.contains(.instants)
        var (isOfBytes, isOfBeginning) = (false, false)
        switch kind {
        case .attemptBegan:
            place.attempt += 1
            (place.hop, place.connection) = (0, -1)
            isStamped = !beginningIsKnown
            beginningIsKnown = false
            // A later one may wait for its host before it sends anything, which nothing tells.
            isOfBeginning = place.attempt == 1
        case .hopBegan:
            place.hop += 1
            place.connection = -1
            isStamped = isStamped && !isBeginning
        case .exchangeBegan(let lease):
            place.connection = numbers.number(of: lease)
            isStamped = false
        case .responseBegan: (isOfBytes, isStamped) = (true, !wasOfBytes)
        case .head, .body: (isOfBytes, isStamped) = (true, isStamped && !wasOfBytes)
        // Most often the last bytes said so.
        case .connectionLeft: isStamped = isStamped && !wasOfBytes
        case .urlSettled, .connector(.reused):
            if !interests.contains(.steps) { return }
            (isStamped, isOfBeginning) = (false, isBeginning)
        case .requestEnded, .interim, .resumed, .redirected, .loginAsked,
            .expectationRefused, .hostPaused, .checked, .retry:
            if !interests.contains(.steps) { return }
        case .securedByHSTS, .requestHead, .cookieRefused, .delivered, .trailers, .oddity, .headRefused:
            if !interests.contains(.details) { return }
        case .connector(.queued), .connector(.creating):
            // What the request was sent over before is no longer under it.
            place.connection = -1
            isStamped = true
        case .connector, .scheduled, .skipped, .ended: isStamped = true
        default: break
        }
        (wasOfBytes, isBeginning) = (isOfBytes, isOfBeginning)
        if isStamped { moment = .now }
        if first != nil { hear(TransferEvent(copy kind, moment, transfer: transfer, place)) }
        queue?.add(kind, moment, place, transfer: transfer, seat: seat)
    }

    /// Tells those who hear at once.
    private func hear(_ event: TransferEvent) {
        first?.hear(event)
        if !others.isEmpty { for listener in others { listener.hear(event) } }
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
    fileprivate private(set) var queue: EventQueue?
    fileprivate private(set) var seat = 0
    fileprivate private(set) var interests: TransferEvent.Interests = []

    /// Those of `listeners`, at once.
    package init(_ listeners: [any TransferListener]) { listeners.forEach { append($0) } }

    /// True when nobody hears.
    package var isEmpty: Bool { first == nil && queue == nil }

    /// Adds one more, who is told after the others.
    package mutating func append(_ listener: any TransferListener) {
        interests.formUnion(listener.interests)
        if first == nil { first = listener } else { others.append(listener) }
    }

    /// Has the events of a transfer go to `queue` as well; the bytes of bodies then come as counts.
    package mutating func append(_ queue: consuming EventQueue, transfer: Int) {
        interests.formUnion(queue.interests)
        seat = queue.takeSeat(transfer: transfer)
        self.queue = queue
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
        if let number = connection.label(by: self) { return number }
        defer { next += 1 }
        connection.setLabel(next, by: self)
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
