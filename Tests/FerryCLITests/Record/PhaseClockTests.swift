import HTTPClient
import HTTPCore
import Testing

@testable import FerryCLI

struct PhaseClockTests {
    @Test func `at each moment one phase is under way, so that they add up`() {
        var clock = PhaseClock(start: 100)
        #expect(clock.turn(to: .other, at: 105) == nil)
        #expect(
            clock.turn(to: .queue, at: 110)
                == PhaseSpan(phase: .other, attempt: 0, hop: 0, start: 100, end: 110))
        #expect(
            clock.enter(attempt: 1, hop: 1, at: 130)
                == PhaseSpan(phase: .queue, attempt: 0, hop: 0, start: 110, end: 130))
        // Nothing lasted no time.
        #expect(clock.turn(to: .send, at: 130) == nil)
        #expect(
            clock.turn(to: .wait, at: 131)
                == PhaseSpan(phase: .send, attempt: 1, hop: 1, start: 130, end: 131))
        // A clock that went back is none.
        #expect(clock.turn(to: .receive, at: 90) == nil)
        _ = clock.end(at: 200)
        #expect(clock.totals.reduce(0, +) == 100)
        #expect(clock.totals[Phase.queue.rawValue] == 20 && clock.totals[Phase.receive.rawValue] == 69)
    }

    @Test func `behind an interim answer the request goes on, or is waited for (O-03)`() throws {
        let head = try ResponseHead(parsing: "HTTP/1.1 100 -\r\n\r\n")
        for phase in [Phase.send, .wait] {
            var clock = PhaseClock(start: 0)
            clock.turn(to: phase, at: 1)
            for kind in [TransferEvent.Kind.responseBegan, .interim(head), .interim(head)] {
                if let next = clock.phase(after: kind) { clock.turn(to: next, at: 2) }
            }
            #expect(clock.phase == phase)
            #expect(clock.phase(after: .requestEnded) == .wait)
            #expect(clock.phase(after: .head(head, .none, .delivered)) == .receive)
        }
    }

    @Test func `whatever happens they add up`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let start = Int.random(in: 0...10, using: &generator)
            var clock = PhaseClock(start: start)
            var now = start
            var spans: [PhaseSpan] = []
            for _ in 0..<50 {
                now += Int.random(in: 0...5, using: &generator)
                let phase =
                    Phase(rawValue: Int.random(in: 0..<Phase.allCases.count, using: &generator)) ?? .other
                let span =
                    Bool.random(using: &generator)
                    ? clock.turn(to: phase, at: now) : clock.enter(attempt: 1, hop: now, at: now)
                if let span { spans.append(span) }
            }
            if let last = clock.end(at: now) { spans.append(last) }
            #expect(clock.totals.reduce(0, +) == now - start)
            #expect(spans.reduce(0) { $0 + $1.length } == now - start)
            #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.end == $1.start })
        }
    }
}
