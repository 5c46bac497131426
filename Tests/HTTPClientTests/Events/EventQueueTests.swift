import HTTPCore
import Testing

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
        var firsts = 0
        var nextSeat = 0
        var onHear: ((TransferEvent) -> Void)?

        func takeSeat(transfer: Int) -> Int { nextSeat }

        func hear(
            _ kind: TransferEvent.Kind, _ moment: Moment, _ place: TransferEvent.Place, transfer: Int,
            seat: Int
        ) {
            let event = TransferEvent(kind, moment, transfer: transfer, place)
            add(event, names[seat])
            onHear?(event)
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
        #expect(log.lines.count == 10)
        events.tell(.delivered(10))
        #expect(log.firsts == 2, "there is something again")
    }

    @Test func `many are heard at once, without being asked for`() {
        let queue = makeQueue()
        let events = events(queue)
        for number in 0..<63 { events.tell(.delivered(number)) }
        #expect(log.lines.isEmpty)
        events.tell(.delivered(63))
        #expect(log.lines == Self.lines(0..<64))
        for number in 64..<130 { events.tell(.delivered(number)) }
        #expect(log.lines == Self.lines(0..<128))
        queue.deliver()
        #expect(log.lines == Self.lines(0..<130) && log.firsts == 3)
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
        for number in 0..<20 { events.tell(.delivered(number)) }
        queue.deliver()
        let answers = (0..<20).flatMap { first in (0..<10).map { "\((first + 1) * 100 + $0)" } }
        #expect(log.lines == Self.lines(0..<20) + answers)
        log.onHear = nil
        events.tell(.delivered(1))
        queue.deliver()
        #expect(log.lines.count == 221 && log.firsts == 2)
    }

    @Test func `a large head is not kept`() throws {
        let queue = makeQueue()
        let events = events(queue)
        func tellHead(of size: Int) throws {
            let start = "HTTP/1.1 200 OK\r\nX: "
            let raw = start + String(repeating: "x", count: size - start.utf8.count - 4) + "\r\n\r\n"
            events.tell(.head(try ResponseHead(parsing: raw), .none, .delivered))
        }
        events.tell(.delivered(0))
        try tellHead(of: 64 * 1024)
        #expect(log.lines.isEmpty)
        try tellHead(of: 64 * 1024 + 1)
        #expect(log.lines == ["0", "head", "head"])
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
}
