import HTTPCore
import Testing

@testable import Connector
@testable import HTTPClient

/// Events that are heard many at a time.
@Suite @LoopActor struct EventQueueTests {
    /// Writes down what it hears at once.
    @LoopActor private final class Listener: TransferListener {
        let name: String
        let log: Log

        init(_ name: String, _ log: Log) {
            self.name = name
            self.log = log
        }

        func hear(_ event: TransferEvent) { log.add(event, name) }
    }

    /// Writes down what is heard by way of the queue, with a name for each seat.
    @LoopActor private final class Log: QueuedListener {
        let interests = TransferEvent.Interests.all
        var names = [""]
        var lines: [String] = []
        var records: [Record] = []
        /// How much was heard each time that all was.
        var timesAll: [Int] = []
        var firsts = 0
        var nextSeat = 0
        var onHear: ((TransferEvent) -> Void)?

        /// What came from the queue.
        struct Record {
            /// When the connection was left, of an answer that came in one piece.
            let left: Moment?
            let stamp: EventStamp
        }

        func takeSeat(transfer: Int) -> Int { nextSeat }

        func heardAll() { timesAll.append(records.count) }

        func hear(_ event: consuming QueuedEvent, _ stamp: EventStamp) {
            records.append(Record(left: Self.left(of: event), stamp: stamp))
            let name = names[stamp.seat]
            lines.append("\(name)\(Self.text(of: event))")
            guard case .other(let kind) = consume event else { return }
            lines.removeLast()
            let event = TransferEvent(kind, stamp.moment, transfer: stamp.transfer, stamp.place)
            add(event, name)
            onHear?(event)
        }

        private static func left(of event: borrowing QueuedEvent) -> Moment? {
            switch event {
            case .answered(_, _, let moment): moment
            default: nil
            }
        }

        private static func text(of event: borrowing QueuedEvent) -> String {
            switch event {
            case .hopBegan: "hop"
            case .exchangeBegan(_, let reuse): "exchange" + text(of: reuse)
            case .requestBegan(_, _, let reuse): "hop and exchange" + text(of: reuse)
            case .requestEnded: "sent"
            case .head: "head"
            case .connectionLeft: "left"
            case .finished(let bytes, _): "finished with \(bytes)"
            case .answered(_, let bytes, _): "head and finished with \(bytes)"
            case .ended(let failure, let code): "ended \(failure ?? "well") \(code)"
            case .other: "other"
            }
        }

        private static func text(of reuse: QueuedEvent.Reuse?) -> String {
            reuse.map { ", idle \($0.idle), used \($0.uses)" } ?? ""
        }

        func add(_ event: TransferEvent, _ name: String) {
            let text =
                switch event.kind {
                case .delivered(let count): "\(count)"
                case .body(let bytes): "body \(bytes.count)"
                case .requestBody(let bytes): "request body \(bytes.count)"
                case .bodySpliced(let count): "count \(count)"
                case .requestSpliced(let count): "request count \(count)"
                case .head: "head"
                case .attemptBegan: "attempt \(event.attempt)"
                case .urlSettled: "url"
                case .connector(.reused(let idle, let uses)): "reused \(idle), used \(uses)"
                case .responseBegan: "answer"
                default: "other"
                }
            lines.append("\(name)\(text)")
        }
    }

    private let log = Log()

    private func makeQueue() -> EventQueue {
        let log = log
        return EventQueue(for: log) { log.firsts += 1 }
    }

    private func events(_ queue: EventQueue, seat: Int = 0, now: [Listener] = []) -> TransferEvents {
        var list = ListenerList(now)
        log.nextSeat = seat
        list.append(queue, transfer: 7)
        return TransferEvents(transfer: 7, listeners: list, numbers: ConnectionNumbers())
    }

    private static func lines(_ range: Range<Int>, _ name: String = "") -> [String] {
        range.map { "\(name)\($0)" }
    }

    @Test func `events are heard in their order, when they are asked for`() {
        let queue = makeQueue()
        let events = events(queue)
        for number in 0..<10 { events.tell(.delivered(number)) }
        #expect(log.lines.isEmpty && log.firsts == 1)
        queue.deliver()
        #expect(log.lines == Self.lines(0..<10))
        queue.deliver()
        #expect(log.lines.count == 10 && log.timesAll == [10, 10])
        events.tell(.delivered(10))
        #expect(log.firsts == 2, "there is something again")
    }

    @Test func `many are heard at once, without being asked for`() {
        let queue = makeQueue()
        let events = events(queue)
        for number in 0..<17 { events.tell(.delivered(number)) }
        #expect(log.lines.isEmpty)
        events.tell(.delivered(17))
        #expect(log.lines == Self.lines(0..<18))
        for number in 18..<38 { events.tell(.delivered(number)) }
        #expect(log.lines == Self.lines(0..<36))
        queue.deliver()
        #expect(log.lines == Self.lines(0..<38) && log.firsts == 3 && log.timesAll == [18, 36, 38])
    }

    @Test func `an event says when and where it was told`() throws {
        let queue = makeQueue()
        var heard: [TransferEvent] = []
        log.onHear = { heard.append($0) }
        let events = events(queue)
        let before = Moment.now
        events.tell(.attemptBegan)
        events.tell(.attemptBegan)
        let between = Moment.now
        events.tell(.attemptBegan)
        queue.deliver()
        #expect(heard.map(\.attempt) == [1, 2, 3] && heard.allSatisfy { $0.transfer == 7 })
        let moments = heard.map(\.moment.nanoseconds)
        #expect(moments == moments.sorted())
        #expect(moments[0] >= before.nanoseconds && moments[1] <= between.nanoseconds)
    }

    @Test func `bytes of bodies come as their number`() {
        let queue = makeQueue()
        let events = events(queue, now: [Listener("now ", log)])
        [UInt8](repeating: 1, count: 5).withUnsafeBytes {
            events.tell(.body($0))
            events.tell(.requestBody($0))
        }
        queue.deliver()
        #expect(log.lines == ["now body 5", "now request body 5", "count 5", "request count 5"])
    }

    @Test func `what is told while others are heard comes behind them`() {
        let queue = makeQueue()
        let events = events(queue)
        // More than there is room for, so that the memory moves.
        log.onHear = { event in
            guard case .delivered(let count) = event.kind, count < 100 else { return }
            for number in 0..<10 { events.tell(.delivered((count + 1) * 100 + number)) }
            queue.deliver()
        }
        for number in 0..<15 { events.tell(.delivered(number)) }
        queue.deliver()
        let answers = (0..<15).flatMap { first in (0..<10).map { "\((first + 1) * 100 + $0)" } }
        #expect(log.lines == Self.lines(0..<15) + answers)
        #expect(log.timesAll == [165], "once all has been heard")
        log.onHear = nil
        events.tell(.delivered(1))
        queue.deliver()
        #expect(log.lines.count == 166 && log.firsts == 2)
    }

    @Test func `a large head is not kept`() async throws {
        let rig = try Rig(scripts: [])
        let connection = try await rig.connector.connect(to: rig.endpoint)
        let queue = makeQueue()
        let events = events(queue)
        func tellHead(of size: Int) throws {
            let start = "HTTP/1.1 200 OK\r\nX: "
            let raw = start + String(repeating: "x", count: size - start.utf8.count - 4) + "\r\n\r\n"
            events.tell(.head(try ResponseHead(parsing: raw), .none, .delivered))
        }
        events.tell(.delivered(0))
        try tellHead(of: 64 * 1024)
        events.waits()
        #expect(log.lines.isEmpty)
        try tellHead(of: 64 * 1024 + 1)
        events.waits()
        #expect(log.lines == ["0", "head", "head"])
        try tellHead(of: 64 * 1024 + 1)
        #expect(log.lines.count == 3)
        try tell("left end", events, over: connection)
        #expect(log.lines.last == "head and finished with 0")
        connection.close()
        await rig.connector.close()
    }

    @Test func `those who hear at once and who hears late all hear everything`() {
        let queue = makeQueue()
        log.names = ["late "]
        let events = events(queue, now: [Listener("now ", log), Listener("then ", log)])
        for number in 0..<2 { events.tell(.delivered(number)) }
        let now = ["now 0", "then 0", "now 1", "then 1"]
        #expect(log.lines == now)
        queue.deliver()
        #expect(log.lines == now + ["late 0", "late 1"])
    }

    @Test func `transfers share a queue in the order of telling`() {
        let queue = makeQueue()
        log.names = ["a", "b"]
        let (one, two) = (events(queue, seat: 0), events(queue, seat: 1))
        for number in 0..<3 {
            one.tell(.delivered(number))
            two.tell(.delivered(number))
        }
        queue.deliver()
        #expect(log.lines == ["a0", "b0", "a1", "b1", "a2", "b2"])
    }

    @Test func `what is told is heard though who told it has gone`() {
        let queue = makeQueue()
        weak var teller: TransferEvents?
        func tell() {
            let events = events(queue)
            teller = events
            events.tell(.delivered(1))
        }
        tell()
        #expect(teller == nil && log.lines.isEmpty)
        queue.deliver()
        #expect(log.lines == ["1"])
    }

    // MARK: Events that the next one says as well

    /// What every transfer tells, and something that none does.
    private enum Step: String {
        case attempt, url, unasked, hop, reused, first, exchange, sent, bytes, answer, head, body, left,
            waits, end, failed,
            other
    }

    /// Tells the steps of one transfer over `connection`.
    private func tell(_ steps: String, _ events: TransferEvents, over connection: Connection) throws {
        let url = try HTTPURL.parse("http://h/")
        for word in steps.split(separator: " ") {
            switch try #require(Step(rawValue: String(word)), "\(word)") {
            case .attempt: events.tell(.attemptBegan)
            case .url: events.tell(.urlSettled(url, isTyped: true))
            case .unasked: events.gaveUp(on: url)
            case .hop:
                events.tell(
                    .hopBegan(
                        TransferEvent.Request(
                            method: "GET", url: url, referer: nil, usesProxy: false, bodyBytes: nil)))
            case .reused: events.record(.reused(idleFor: .microseconds(1500), useCount: 3), id: ConnectID(0))
            case .exchange: events.tell(.exchangeBegan(connection))
            case .sent: events.tell(.requestEnded)
            case .bytes: events.bytesCame(areFirst: false)
            case .first: events.bytesCame(areFirst: true)
            case .answer: events.tell(.responseBegan)
            case .head:
                events.tell(.head(try ResponseHead(parsing: "HTTP/1.1 200 OK\r\n\r\n"), .none, .delivered))
            case .body: [UInt8](repeating: 1, count: 4).withUnsafeBytes { events.tell(.body($0)) }
            case .left: events.tell(.connectionLeft(connection, isKept: true))
            case .waits: events.waits()
            case .end: events.tell(.ended(failure: nil, code: 0))
            case .failed: events.tell(.ended(failure: "why", code: 7))
            case .other: events.tell(.redirected(to: url, dropped: []))
            }
        }
    }

    @Test(arguments: [
        (
            "attempt url hop reused exchange sent bytes answer head body left end",
            "hop and exchange, idle 1500, used 3, sent, head and finished with 4"
        ),
        ("attempt hop exchange sent", "hop and exchange, sent"),
        ("hop other exchange", "hop, other, exchange"), ("hop hop exchange", "hop, hop and exchange"),
        ("hop failed", "hop, ended why 7"),
        ("other reused exchange", "other, exchange, idle 1500, used 3"),
        ("attempt failed", "attempt 1, ended why 7"), ("attempt url failed", "attempt 1, ended why 7"),
        ("attempt url unasked failed", "attempt 1, url, ended why 7"),
        ("attempt url other hop end", "attempt 1, other, hop, ended well 0"),
        ("url hop end", "hop, ended well 0"),
        ("attempt url url hop end", "hop, ended well 0"),
        ("attempt attempt hop end", "attempt 1, attempt 2, hop, ended well 0"),
        ("hop reused other exchange", "hop, reused 0.0015 seconds, used 3, other, exchange"),
        ("hop reused failed", "hop, reused 0.0015 seconds, used 3, ended why 7"),
        ("bytes answer waits bytes head waits", "answer, head"),
        ("bytes answer other head other", "answer, other, head, other"),
        ("bytes answer failed", "answer, ended why 7"), ("first failed", "answer, ended why 7"),
        ("first head left end", "head and finished with 0"), ("bytes head failed", "head, ended why 7"),
        ("bytes head other body left end", "head, other, finished with 4"),
        ("bytes head waits bytes body left end", "head, finished with 4"),
        ("bytes head body body left end", "head and finished with 8"),
        ("bytes head left end", "head and finished with 0"),
        ("bytes head body waits bytes body left end", "head, count 4, finished with 4"),
        ("bytes body waits left end", "count 4, finished with 0"), ("left end", "finished with 0"),
        ("bytes head body left failed", "head, count 4, left, ended why 7"),
        ("bytes head body left waits end", "head, count 4, left, ended well 0"),
        ("bytes body left other", "count 4, left, other"),
        ("bytes body failed", "count 4, ended why 7"), ("left hop end", "left, hop, ended well 0"),
        ("end", "ended well 0"), ("bytes body other left end", "count 4, other, finished with 0"),
    ])
    func `what the next event says as well is told once`(steps: String, told: String) async throws {
        let rig = try Rig(scripts: [])
        let connection = try await rig.connector.connect(to: rig.endpoint)
        let queue = makeQueue()
        try tell(steps, events(queue), over: connection)
        queue.deliver()
        #expect(log.lines.joined(separator: ", ") == told)
        connection.close()
        await rig.connector.close()
    }

    @Test func `what is held keeps its time and its place`() async throws {
        let rig = try Rig(scripts: [])
        let connection = try await rig.connector.connect(to: rig.endpoint)
        let queue = makeQueue()
        let events = events(queue)
        try tell("attempt hop exchange", events, over: connection)
        try tell("bytes head body left", events, over: connection)
        let left = Moment.now
        while Moment.now.nanoseconds == left.nanoseconds {}
        try tell("attempt hop exchange", events, over: connection)
        try tell("bytes head body left", events, over: connection)
        let end = Moment.now
        while Moment.now.nanoseconds == end.nanoseconds {}
        try tell("end", events, over: connection)
        queue.deliver()
        let kept = log.records.map(\.stamp)
        #expect(
            kept.map { [Int($0.place.attempt), Int($0.place.hop), $0.place.connection] } == [
                [1, 1, 0], [1, 1, 0], [1, 1, 0], [1, 1, 0], [2, 0, -1], [2, 1, 0], [2, 1, 0],
            ])
        // Request and connection; head, bytes and the connection left; the attempt; request and connection; the end.
        #expect(Set(kept[1...3].map(\.moment.nanoseconds)).count == 1)
        #expect(
            kept[3].moment.nanoseconds <= left.nanoseconds && kept[4].moment.nanoseconds > left.nanoseconds)
        let moment = try #require(log.records[6].left)
        #expect(moment.nanoseconds > kept[5].moment.nanoseconds)
        #expect(moment.nanoseconds <= end.nanoseconds && kept[6].moment.nanoseconds > end.nanoseconds)
        connection.close()
        await rig.connector.close()
    }

    @Test func `what told of one transfer tells of the next as if it were new`() async throws {
        let rig = try Rig(scripts: [])
        let connection = try await rig.connector.connect(to: rig.endpoint)
        let queue = makeQueue()
        log.names = ["a ", "b "]
        let events = events(queue)
        let whole = "attempt url hop reused exchange sent bytes answer head body left end"
        try tell("attempt failed", events, over: connection)
        log.nextSeat = 1
        events.begin(transfer: 8, beginning: nil)
        try tell(whole, events, over: connection)
        queue.deliver()
        #expect(log.records.map(\.stamp.transfer) == [7, 7, 8, 8, 8])
        #expect(log.records.map(\.stamp.seat) == [0, 0, 1, 1, 1])
        #expect(log.records.map { Int($0.stamp.place.attempt) } == [1, 1, 1, 1, 1])
        let beginning = Moment.now
        events.begin(transfer: 9, beginning: beginning)
        try tell(whole, events, over: connection)
        queue.deliver()
        #expect(
            log.records[5].stamp.transfer == 9 && log.records[5].stamp.place.hop == 1)
        #expect(log.records[5].stamp.moment.nanoseconds == beginning.nanoseconds)
        connection.close()
        await rig.connector.close()
    }
}
