public import Connector
package import HTTPCore

/// Tells the listeners of one transfer what happens to it, and where it stands. Exists only where somebody listens.
@LoopActor
public final class TransferEvents: ConnectorTracer {
    // Safe, both numbers: they are read, or replaced between two transfers.
    /// The number that its events carry.
    @exclusivity(unchecked) public private(set) var transfer: Int
    /// What one of the listeners at least wants to hear of.
    let interests: TransferEvent.Interests
    /// Who hears at once. Most often there is at most one: an array would be walked for every event.
    private let first: (any TransferListener)?
    private let others: [any TransferListener]
    /// By way of which somebody hears later, and the seat of this transfer there.
    private let queue: EventQueue?
    @exclusivity(unchecked) private var seat: Int
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
    /// What is not in the queue yet.
    private var held = Held.nothing

    /// What the next event most often says as well, so that the queue need not be told of both.
    private enum Held {
        case nothing
        /// The first attempt began.
        case attempt
        /// The same, and then the URL was settled.
        case url(HTTPURL, isTyped: Bool)
        case reuse(idle: Duration, uses: Int)
        /// The first byte of the answer came.
        case response
        /// So many bytes of the body came.
        case body(Int)
        /// The connection was left, behind so many bytes of the body.
        case left(bytes: Int, Moment)
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

    /// Begins anew for another transfer. What was told must have ended, and nobody else may tell by way of this any more.
    package func begin(transfer: Int, beginning: Moment?) {
        self.transfer = transfer
        place = TransferEvent.Place()
        moment = beginning ?? Moment(nanoseconds: 0)
        (beginningIsKnown, wasOfBytes, isBeginning) = (beginning != nil, false, false)
        if let queue { seat = queue.takeSeat(transfer: transfer) }
    }

    /// Bytes of the answer came just now: what they say happened when they came.
    func bytesCame() {
        guard interests.contains(.instants) else { return }
        moment = .now
        wasOfBytes = true
    }

    /// Time passes before the next thing happens.
    func waits() {
        wasOfBytes = false
        switch held {
        case .response, .body: flush()
        case .nothing, .attempt, .url, .reuse, .left: break
        }
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
        case .connector(.queued), .connector(.creating): place.connection = -1
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
        place.attempt += 1
        (place.hop, place.connection) = (0, -1)
        note(!beginningIsKnown)
        beginningIsKnown = false
        // A later one may wait for its host before it sends anything, which nothing tells.
        isBeginning = place.attempt == 1
        hear(.attemptBegan)
        if isBeginning, queue != nil { held = .attempt } else { add(.other(.attemptBegan)) }
    }

    /// `.urlSettled`
    package func urlSettled(_ url: HTTPURL, isTyped: Bool) {
        guard interests.contains(.steps) else { return }
        wasOfBytes = false
        hear(.urlSettled(url, isTyped: isTyped))
        if case .attempt = held {
            held = .url(url, isTyped: isTyped)
        } else {
            flush()
            add(.other(.urlSettled(url, isTyped: isTyped)))
        }
    }

    /// `.hopBegan`
    package func hopBegan(_ request: TransferEvent.Request) {
        if isBeginning { held = .nothing } else { flush() }
        place.hop += 1
        place.connection = -1
        note(interests.contains(.instants) && !isBeginning)
        hear(.hopBegan(request))
        add(.hopBegan(request))
    }

    /// `.connector(.reused)`
    private func reused(after idle: Duration, uses: Int) {
        guard interests.contains(.steps) else { return }
        flush()
        note(false)
        hear(.connector(.reused(idleFor: idle, useCount: uses)))
        if queue != nil { held = .reuse(idle: idle, uses: uses) }
    }

    /// `.exchangeBegan`
    func exchangeBegan(over connection: Connection) {
        var (idle, uses): (Int?, Int) = (nil, 0)
        if case .reuse(let time, let count) = held {
            (held, idle, uses) = (.nothing, time.wholeMicroseconds, count)
        } else {
            flush()
        }
        place.connection = numbers.number(of: connection)
        note(false)
        hear(.exchangeBegan(connection))
        add(.exchangeBegan(connection, idle: idle, uses: uses))
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
        if queue != nil { held = .response }
    }

    /// `.head`
    package func headCame(_ head: ResponseHead, _ framing: BodyFraming, _ fate: TransferEvent.Fate) {
        if case .response = held, wasOfBytes { held = .nothing } else { flush() }
        noteBytes(isStamped: interests.contains(.instants))
        hear(.head(head, framing, fate))
        add(.head(head, framing, fate))
    }

    /// `.body`
    func bodyCame(_ bytes: UnsafeRawBufferPointer) {
        var count = bytes.count
        if case .body(let earlier) = held, wasOfBytes { count += earlier } else { flush() }
        noteBytes(isStamped: interests.contains(.instants))
        hear(.body(bytes))
        if queue != nil { held = .body(count) }
    }

    /// `.connectionLeft`
    func left(_ connection: Connection, isKept: Bool) {
        var bytes = 0
        if case .body(let count) = held, wasOfBytes { bytes = count } else { flush() }
        // Most often the last bytes said so.
        note(interests.contains(.instants) && !wasOfBytes)
        hear(.connectionLeft(connection, isKept: isKept))
        if queue != nil { held = .left(bytes: bytes, moment) }
    }

    /// `.ended`
    package func ended(_ failure: String?, code: CInt) {
        if failure == nil, code == 0, case .left(let bytes, let left) = held {
            held = .nothing
            note(true)
            hear(.ended(failure: nil, code: 0))
            add(.finished(bytes: bytes, left: left))
        } else {
            flush()
            note(true)
            hear(.ended(failure: failure, code: code))
            add(.ended(failure: failure, code: code))
        }
    }

    // MARK: What telling has in common

    /// Something happened: now, or when the last thing did.
    @inline(__always)
    private func note(_ isStamped: Bool) {
        (wasOfBytes, isBeginning) = (false, false)
        if isStamped { moment = .now }
    }

    /// Bytes of the answer say that something happened, most often when they came.
    @inline(__always)
    private func noteBytes(isStamped: Bool) {
        if isStamped, !wasOfBytes { moment = .now }
        (wasOfBytes, isBeginning) = (true, false)
    }

    /// Tells those who hear at once.
    @inline(__always)
    private func hear(_ kind: @autoclosure () -> TransferEvent.Kind) {
        if first != nil { hear(TransferEvent(kind(), moment, transfer: transfer, place)) }
    }

    @inline(never)
    private func hear(_ event: TransferEvent) {
        first?.hear(event)
        if !others.isEmpty { for listener in others { listener.hear(event) } }
    }

    /// Adds an event to the queue.
    @inline(__always)
    private func add(_ event: @autoclosure () -> QueuedEvent) {
        queue?.add(event(), moment, place, transfer: transfer, seat: seat)
    }

    /// Adds to the queue what is held, before something else happens.
    @inline(__always)
    private func flush() {
        if case .nothing = held { return }
        addHeld()
    }

    @inline(never)
    private func addHeld() {
        switch exchange(&held, with: .nothing) {
        case .nothing: break
        case .attempt: add(.other(.attemptBegan))
        case .url(let url, let isTyped):
            add(.other(.attemptBegan))
            add(.other(.urlSettled(url, isTyped: isTyped)))
        case .reuse(let idle, let uses): add(.other(.connector(.reused(idleFor: idle, useCount: uses))))
        case .response: add(.other(.responseBegan))
        case .body(let count): add(.other(.bodySpliced(count)))
        case .left(let bytes, let left):
            if bytes > 0 { addHeld(.other(.bodySpliced(bytes)), left) }
            addHeld(.connectionLeft, left)
        }
    }

    private func addHeld(_ event: QueuedEvent, _ moment: Moment) {
        queue?.add(event, moment, place, transfer: transfer, seat: seat)
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
