public import Connector
package import HTTPCore

/// Tells the listeners of one transfer what happens to it, and where it stands. Exists only where somebody listens.
@LoopActor
public final class TransferEvents: ConnectorTracer {
    /// The number that its events carry.
    public var transfer: Int { stamp.transfer }
    // Safe: no part of it is lent to what is called.
    /// What the next event carries; its moment is when the last thing happened.
    @exclusivity(unchecked) private var stamp: EventStamp
    /// What one of the listeners at least wants to hear of.
    let interests: TransferEvent.Interests
    /// Who hears at once. Most often there is at most one: an array would be walked for every event.
    private let first: (any TransferListener)?
    private let others: [any TransferListener]
    /// By way of which somebody hears later.
    private let queue: EventQueue?
    private let numbers: ConnectionNumbers
    /// True from when bytes of the answer came until something else is told than what they say.
    private var wasOfBytes = false
    /// True from the beginning of an attempt until something else is told than what it begins with.
    private var isBeginning = false
    /// True until the first attempt begins, if it is known when.
    private var beginningIsKnown: Bool
    /// What is not in the queue yet.
    private var held = Held()

    /// What the next event most often says as well, so that the queue need not be told of both. What belongs to `what` is
    /// changed where it lies: as values of its cases all of it would be moved with each event.
    private struct Held {
        var what = What.nothing
        /// nil = it was told before.
        var request: TransferEvent.Request?
        var reuse: QueuedEvent.Reuse?
        /// nil = it was told before.
        var head: QueuedEvent.Head?
        /// So many of the body.
        var bytes = 0
        var left = Moment(nanoseconds: 0)

        enum What {
            case nothing
            /// The first attempt began.
            case attempt
            /// A `request` began.
            case request
            /// The same, and a connection that serves again was found for it.
            case reuse
            /// The first byte of the answer came.
            case response
            /// The `head` came, and `bytes` behind it.
            case answer
            /// The same, and the connection was `left`.
            case left
        }
    }

    /// For one transfer and those who want to hear of it, each told in the order given.
    /// - Parameters:
    ///   - transfer: comes back in each event.
    ///   - listeners: at least one.
    ///   - numbers: what numbers connections; shared by all transfers of a run.
    ///   - beginning: when the first attempt begins; nil = when it is told.
    package init(
        transfer: Int, listeners: consuming ListenerList, numbers: ConnectionNumbers, beginning: Moment? = nil
    ) {
        self.numbers = numbers
        stamp = EventStamp(
            moment: beginning ?? Moment(nanoseconds: 0), transfer: transfer, seat: listeners.seat)
        beginningIsKnown = beginning != nil
        interests = listeners.interests
        first = listeners.first
        others = listeners.others
        queue = listeners.queue
    }

    /// Begins anew for another transfer. What was told must have ended, and nobody else may tell by way of this any more.
    package func begin(transfer: Int, beginning: Moment?) {
        stamp = EventStamp(
            moment: beginning ?? Moment(nanoseconds: 0), transfer: transfer,
            seat: queue?.takeSeat(transfer: transfer) ?? 0)
        (beginningIsKnown, wasOfBytes, isBeginning) = (beginning != nil, false, false)
    }

    /// Bytes of the answer came just now: what they say happened when they came. Where they `areFirst`, `.responseBegan`.
    func bytesCame(areFirst: Bool) {
        if interests.contains(.instants) {
            stamp.moment = .now
            wasOfBytes = true
        }
        if areFirst { responseBegan() }
    }

    /// Time passes before the next thing happens.
    func waits() {
        wasOfBytes = false
        flush()
    }

    // MARK: Telling

    /// Tells that `kind` happened now.
    public func tell(_ kind: TransferEvent.Kind) {
        switch kind {
        case .attemptBegan: attemptBegan()
        case .urlSettled(let url, let isTyped): urlSettled(url, isTyped: isTyped)
        case .hopBegan(let request): hopBegan(request)
        case .connector(.reused(let idle, let uses)): reused(after: idle, uses: uses)
        case .exchangeBegan(let connection): exchangeBegan(over: connection)
        case .requestEnded: requestEnded()
        case .responseBegan: responseBegan()
        case .head(let head, let framing, let fate): headCame(head, framing, fate)
        case .body(let bytes): bodyCame(bytes)
        case .connectionLeft(let connection, let isKept): left(connection, isKept: isKept)
        case .ended(let failure, let code): ended(failure, code: code)
        default: tellOther(kind)
        }
    }

    /// Tells of what has no function of its own.
    private func tellOther(_ kind: TransferEvent.Kind) {
        var isStamped = interests.contains(.instants)
        switch kind {
        case .interim, .resumed, .redirected, .loginAsked, .expectationRefused, .hostPaused, .checked, .retry:
            if !interests.contains(.steps) { return }
        case .securedByHSTS, .requestHead, .cookieRefused, .delivered, .trailers, .oddity, .headRefused:
            if !interests.contains(.details) { return }
        case .connector, .scheduled, .skipped: isStamped = true
        default: break
        }
        flush()
        // What the request was sent over before is no longer under it.
        switch kind {
        case .connector(.queued), .connector(.creating): stamp.place.connection = -1
        default: break
        }
        note(isStamped)
        hear(kind)
        switch kind {
        case .requestBody(let bytes): add(.other(.requestSpliced(bytes.count)))
        default: add(.other(kind))
        }
    }

    // What every transfer tells has functions of its own, each of which knows what its event begins and ends. A value that
    // could be any event would be taken apart again for each.

    /// `.attemptBegan`
    package func attemptBegan() {
        flush()
        stamp.place.attempt += 1
        (stamp.place.hop, stamp.place.connection) = (0, -1)
        note(!beginningIsKnown)
        beginningIsKnown = false
        // A later one may wait for its host before it sends anything, which nothing tells.
        isBeginning = stamp.place.attempt == 1
        hear(.attemptBegan)
        if isBeginning, queue != nil { held.what = .attempt } else { add(.other(.attemptBegan)) }
    }

    /// `.urlSettled`. The queue hears of the URL with the first request for it.
    package func urlSettled(_ url: HTTPURL, isTyped: Bool) {
        guard first != nil, interests.contains(.steps) else { return }
        wasOfBytes = false
        hear(.urlSettled(url, isTyped: isTyped))
    }

    /// True once a request began.
    package var hasAsked: Bool { stamp.place.hop > 0 || stamp.place.attempt > 1 }

    /// Tells the queue of the URL that nothing was asked of.
    package func gaveUp(on url: HTTPURL) {
        flush()
        add(.other(.urlSettled(url, isTyped: false)))
    }

    /// `.hopBegan`
    package func hopBegan(_ request: consuming TransferEvent.Request) {
        if isBeginning { held.what = .nothing } else { flush() }
        stamp.place.hop += 1
        stamp.place.connection = -1
        note(interests.contains(.instants) && !isBeginning)
        hear(.hopBegan(request))
        if queue != nil { (held.what, held.request) = (.request, request) }
    }

    /// `.connector(.reused)`
    private func reused(after idle: Duration, uses: Int) {
        guard interests.contains(.steps) else { return }
        if held.what != .request { flush() }
        note(false)
        hear(.connector(.reused(idleFor: idle, useCount: uses)))
        if queue != nil {
            (held.what, held.reuse) = (.reuse, QueuedEvent.Reuse(idle: idle.wholeMicroseconds, uses: uses))
        }
    }

    /// `.exchangeBegan`
    func exchangeBegan(over connection: Connection) {
        let reuse = held.what == .reuse ? held.reuse : nil
        if held.what != .request, held.what != .reuse { flush() }
        stamp.place.connection = numbers.number(of: connection)
        note(false)
        hear(.exchangeBegan(connection))
        held.what = .nothing
        if let request = held.request.take() {
            add(made: .requestBegan(consume request, connection, reuse))
        } else {
            add(made: .exchangeBegan(connection, reuse))
        }
    }

    /// `.requestEnded`
    func requestEnded() {
        guard interests.contains(.steps) else { return }
        flush()
        note(interests.contains(.instants))
        hear(.requestEnded)
        add(.requestEnded)
    }

    /// `.responseBegan`
    func responseBegan() {
        flush()
        noteBytes(isStamped: true)
        hear(.responseBegan)
        if queue != nil { held.what = .response }
    }

    /// `.head`
    package func headCame(_ head: ResponseHead, _ framing: BodyFraming, _ fate: TransferEvent.Fate) {
        if held.what != .response || !wasOfBytes { flush() }
        noteBytes(isStamped: interests.contains(.instants))
        hear(.head(head, framing, fate))
        guard queue != nil else { return }
        (held.what, held.head, held.bytes) = (.answer, QueuedEvent.Head(head, framing, fate), 0)
    }

    /// `.body`
    func bodyCame(_ bytes: UnsafeRawBufferPointer) {
        continueAnswer()
        noteBytes(isStamped: interests.contains(.instants))
        hear(.body(bytes))
        held.bytes += bytes.count
    }

    /// `.connectionLeft`
    func left(_ connection: Connection, isKept: Bool) {
        continueAnswer()
        // Most often the last bytes said so.
        note(interests.contains(.instants) && !wasOfBytes)
        hear(.connectionLeft(connection, isKept: isKept))
        if queue != nil { (held.what, held.left) = (.left, stamp.moment) }
    }

    /// More is told of the answer, what is held of it came with these bytes.
    private func continueAnswer() {
        if held.what == .answer, wasOfBytes { return }
        flush()
        if queue != nil { (held.what, held.bytes) = (.answer, 0) }
    }

    /// `.ended`
    package func ended(_ failure: String?, code: CInt) {
        let isHeld = held.what == .left && failure == nil && code == 0
        if !isHeld { flush() }
        note(true)
        hear(.ended(failure: failure, code: code))
        guard isHeld else { return add(.ended(failure: failure, code: code)) }
        held.what = .nothing
        if let head = held.head.take() {
            add(made: .answered(consume head, bytes: held.bytes, left: held.left))
        } else {
            add(made: .finished(bytes: held.bytes, left: held.left))
        }
    }

    // MARK: What telling has in common

    /// Something happened: now, or when the last thing did.
    @inline(__always)
    private func note(_ isStamped: Bool) {
        (wasOfBytes, isBeginning) = (false, false)
        if isStamped { stamp.moment = .now }
    }

    /// Bytes of the answer say that something happened, most often when they came.
    @inline(__always)
    private func noteBytes(isStamped: Bool) {
        if isStamped, !wasOfBytes { stamp.moment = .now }
        (wasOfBytes, isBeginning) = (true, false)
    }

    /// Tells those who hear at once.
    @inline(__always)
    private func hear(_ kind: @autoclosure () -> TransferEvent.Kind) {
        if first != nil { hear(TransferEvent(kind(), stamp.moment, transfer: stamp.transfer, stamp.place)) }
    }

    @inline(never)
    private func hear(_ event: TransferEvent) {
        first?.hear(event)
        if !others.isEmpty { for listener in others { listener.hear(event) } }
    }

    /// Adds an event that happened now to the queue.
    @inline(__always)
    private func add(_ event: @autoclosure () -> QueuedEvent) { queue?.add(event(), stamp) }

    /// The same for one that is made already.
    @inline(__always)
    private func add(made event: consuming QueuedEvent) { queue?.add(event, stamp) }

    /// Adds to the queue what is held, before something else happens.
    @inline(__always)
    private func flush() {
        if held.what != .nothing { addHeld() }
    }

    @inline(never)
    private func addHeld() {
        let held = exchange(&held, with: Held())
        switch held.what {
        case .nothing: break
        case .attempt: add(.other(.attemptBegan))
        case .request, .reuse:
            if let request = held.request { add(.hopBegan(request)) }
            if held.what == .reuse, let reuse = held.reuse {
                let idle = Duration.microseconds(reuse.idle)
                add(.other(.connector(.reused(idleFor: idle, useCount: reuse.uses))))
            }
        case .response: add(.other(.responseBegan))
        case .answer: addAnswer(held)
        case .left:
            // Time may have passed since then.
            let now = exchange(&stamp.moment, with: held.left)
            addAnswer(held)
            add(.connectionLeft)
            stamp.moment = now
        }
    }

    private func addAnswer(_ held: Held) {
        if let head = held.head { add(.head(head)) }
        if held.bytes > 0 { add(.other(.bodySpliced(held.bytes))) }
    }

    /// Who tells the connector's steps on; nil when nobody wants to hear of them.
    var tracer: (any ConnectorTracer)? { interests.contains(.connecting) ? self : nil }

    /// Tells a step of getting a connection on.
    public func record(_ event: ConnectorEvent, id: ConnectID) {
        if case .reused(let idle, let uses) = event {
            reused(after: idle, uses: uses)
        } else {
            tellOther(.connector(event))
        }
    }
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
