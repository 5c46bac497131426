import HTTPCore
import Testing

@testable import HTTPClient

/// Events that are heard many at a time.
@Suite @LoopActor struct EventQueueTests {
    /// Writes down what it hears.
    @LoopActor private final class Listener: TransferListener {
        let name: String
        let log: Log
        var onHear: ((TransferEvent) -> Void)?

        init(_ name: String, _ log: Log) {
            self.name = name
            self.log = log
        }

        func hear(_ event: TransferEvent) {
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
            log.lines.append("\(name)\(text)")
            onHear?(event)
        }
    }

    @LoopActor private final class Log {
        var lines: [String] = []
        var firsts = 0
    }

    private let log = Log()

    private func makeQueue() -> EventQueue {
        let log = log
        return EventQueue { log.firsts += 1 }
    }

    private func events(_ late: Listener, by queue: EventQueue, now: [Listener] = []) -> TransferEvents {
        var list = ListenerList(now)
        list.append(late, by: queue)
        return TransferEvents(transfer: 7, listeners: list, numbers: ConnectionNumbers())
    }

    private static func lines(_ range: Range<Int>, _ name: String = "") -> [String] {
        range.map { "\(name)\($0)" }
    }

    @Test func `events are heard in their order, when they are asked for`() {
        let queue = makeQueue()
        let events = events(Listener("", log), by: queue)
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
        let events = events(Listener("", log), by: queue)
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
        let listener = Listener("", log)
        listener.onHear = { heard.append($0) }
        let events = events(listener, by: queue)
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
        let events = events(Listener("", log), by: queue, now: [Listener("now ", log)])
        [UInt8](repeating: 1, count: 5).withUnsafeBytes {
            events.tell(.body($0))
            events.tell(.requestBody($0))
        }
        queue.deliver()
        #expect(log.lines == ["now body 5", "now request body 5", "count 5", "request count 5"])
    }

    @Test func `what is told while others are heard comes behind them`() {
        let queue = makeQueue()
        let listener = Listener("", log)
        let events = events(listener, by: queue)
        // More than there is room for, so that the memory moves.
        listener.onHear = { event in
            guard case .delivered(let count) = event.kind, count < 100 else { return }
            for number in 0..<10 { events.tell(.delivered((count + 1) * 100 + number)) }
            queue.deliver()
        }
        for number in 0..<20 { events.tell(.delivered(number)) }
        queue.deliver()
        let answers = (0..<20).flatMap { first in (0..<10).map { "\((first + 1) * 100 + $0)" } }
        #expect(log.lines == Self.lines(0..<20) + answers)
        listener.onHear = nil
        events.tell(.delivered(1))
        queue.deliver()
        #expect(log.lines.count == 221 && log.firsts == 2)
    }

    @Test func `a large head is not kept`() throws {
        let queue = makeQueue()
        let events = events(Listener("", log), by: queue)
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
        let events = events(
            Listener("late ", log), by: queue, now: [Listener("now ", log), Listener("then ", log)])
        for number in 0..<2 { events.tell(.delivered(number)) }
        let now = ["now 0", "then 0", "now 1", "then 1"]
        #expect(log.lines == now)
        queue.deliver()
        #expect(log.lines == now + ["late 0", "late 1"])
    }

    @Test func `transfers share a queue in the order of telling`() {
        let queue = makeQueue()
        let (one, two) = (events(Listener("a", log), by: queue), events(Listener("b", log), by: queue))
        for number in 0..<3 {
            one.tell(.delivered(number))
            two.tell(.delivered(number))
        }
        queue.deliver()
        #expect(log.lines == ["a0", "b0", "a1", "b1", "a2", "b2"])
    }

    @Test func `those who tell are kept until they were heard, and no longer`() {
        let queue = makeQueue()
        weak var listener: Listener?
        func tell() {
            let made = Listener("", log)
            listener = made
            events(made, by: queue).tell(.delivered(1))
        }
        tell()
        #expect(listener != nil)
        queue.deliver()
        #expect(listener == nil && log.lines == ["1"])
    }
}
