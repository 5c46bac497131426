import Testing

@testable import FerryCLI

/// The pace of a run and of its hosts, at a clock of the tests' own.
@Suite struct RequestPaceTests {
    private typealias Pace = RequestPace<String>

    /// The machine as an object, which expectations may change.
    private final class Machine {
        private var pace: Pace

        init(_ rules: Pace.Rules) { pace = Pace(rules) }

        var waitingCount: Int { pace.waitingCount }
        var hostCount: Int { pace.hostCount }
        func enter(
            _ ticket: Int, _ host: String, isPlanned: Bool = false, now: ContinuousClock.Instant
        ) -> Bool {
            pace.enter(ticket, host, isPlanned: isPlanned, now: now)
        }
        func leave(_ ticket: Int, _ host: String, now: ContinuousClock.Instant) {
            pace.leave(ticket, host, now: now)
        }
        func end(_ host: String, isGood: Bool, now: ContinuousClock.Instant) {
            pace.end(host, isGood: isGood, now: now)
        }
        func next(now: ContinuousClock.Instant) -> Int? { pace.next(now: now) }
        var lastStart: ContinuousClock.Instant? { pace.lastStart }
        func freeTime(of host: String) -> ContinuousClock.Instant? { pace.freeTime(of: host) }
        func nextTime(now: ContinuousClock.Instant) -> ContinuousClock.Instant? { pace.nextTime(now: now) }
        func refuse(_ host: String, pause: Duration?, now: ContinuousClock.Instant) -> Duration {
            pace.refuse(host, pause: pause, now: now)
        }
        func note(_ host: String, remaining: Int, reset: Duration, now: ContinuousClock.Instant) {
            pace.note(host, remaining: remaining, reset: reset, now: now)
        }
    }
    private static let start = ContinuousClock.now

    private static func at(_ seconds: Double) -> ContinuousClock.Instant {
        start + .milliseconds(Int(seconds * 1000))
    }

    /// When each of the tickets goes, in milliseconds, as the machine asks to be asked.
    private static func starts(_ pace: Machine, until end: Double = 1000) -> [Int: Int] {
        var starts: [Int: Int] = [:]
        var now = start
        while let time = pace.nextTime(now: now), time <= at(end) {
            now = max(now, time)
            while let ticket = pace.next(now: now) {
                starts[ticket] = Int(start.duration(to: now) / .milliseconds(1))
            }
        }
        return starts
    }

    @Test func `without rules nothing waits`() {
        let pace = Machine(Pace.Rules())
        for ticket in 0..<1000 { #expect(pace.enter(ticket, "h\(ticket % 7)", now: Self.start)) }
        #expect(pace.nextTime(now: Self.start) == nil)
    }

    @Test func `the run's rate spaces all requests (P-01)`() {
        let pace = Machine(Pace.Rules(interval: .milliseconds(500)))
        #expect(pace.enter(0, "a", now: Self.start))
        for ticket in 1...4 { #expect(!pace.enter(ticket, ticket % 2 == 0 ? "a" : "b", now: Self.start)) }
        // Hosts in turn.
        #expect(Self.starts(pace) == [1: 500, 2: 1000, 3: 1500, 4: 2000])
        // What was not used is not saved up.
        #expect(pace.enter(5, "a", now: Self.at(60)))
        #expect(!pace.enter(6, "a", now: Self.at(60)))
    }

    @Test func `the least pause is that of the host (R-08)`() {
        let pace = Machine(Pace.Rules())
        #expect(pace.freeTime(of: "a") == nil)
        _ = pace.refuse("a", pause: .seconds(4), now: Self.start)
        #expect(pace.freeTime(of: "a") == Self.at(4) && pace.freeTime(of: "b") == nil)
        let spaced = Machine(Pace.Rules(hostInterval: .seconds(5)))
        #expect(spaced.enter(0, "a", now: Self.start))
        #expect(spaced.freeTime(of: "a") == Self.at(5))
    }

    @Test func `planned starts, and what follows them, share the run's rate (P-01, O-05)`() {
        let pace = Machine(Pace.Rules(interval: .seconds(1), catchesUp: true))
        #expect(pace.enter(0, "starts", now: Self.start) && pace.lastStart == Self.at(0))
        // The request of a start has had its turn, a retry of it has not.
        #expect(pace.enter(1, "a", isPlanned: true, now: Self.start))
        #expect(!pace.enter(2, "a", now: Self.start) && !pace.enter(3, "starts", now: Self.start))
        // Also while others wait for theirs.
        #expect(pace.enter(9, "a", isPlanned: true, now: Self.start))
        #expect(Self.starts(pace) == [2: 1000, 3: 2000])
        // A start that comes late does not put off those behind it.
        #expect(pace.enter(4, "starts", now: Self.at(5)) && pace.lastStart == Self.at(3))
        #expect(pace.enter(5, "starts", now: Self.at(5)) && pace.lastStart == Self.at(4))
        #expect(pace.enter(6, "a", now: Self.at(5)) && pace.lastStart == Self.at(5))
        #expect(!pace.enter(7, "starts", now: Self.at(5)))
    }

    @Test func `each host has a bucket of its own (P-02)`() {
        let pace = Machine(Pace.Rules(hostInterval: .seconds(1), burst: 3))
        for ticket in 0..<3 { #expect(pace.enter(ticket, "a", now: Self.start)) }
        for ticket in 3..<6 { #expect(!pace.enter(ticket, "a", now: Self.start)) }
        #expect(pace.enter(10, "b", now: Self.start))
        #expect(Self.starts(pace) == [3: 1000, 4: 2000, 5: 3000])
        // It fills again, up to the burst.
        for ticket in 20..<23 { #expect(pace.enter(ticket, "a", now: Self.at(60))) }
        #expect(!pace.enter(23, "a", now: Self.at(60)))
    }

    @Test func `a refusal pauses the host, which is then asked one at a time, then more (P-03)`() {
        let pace = Machine(Pace.Rules())
        for ticket in 0..<3 { #expect(pace.enter(ticket, "a", now: Self.start)) }
        #expect(pace.refuse("a", pause: .seconds(2), now: Self.start) == .seconds(2))
        pace.end("a", isGood: false, now: Self.start)
        // Those that were under way change nothing.
        pace.end("a", isGood: true, now: Self.at(0.1))
        pace.end("a", isGood: true, now: Self.at(0.1))
        for ticket in 3..<12 { #expect(!pace.enter(ticket, "a", now: Self.at(0.2))) }
        #expect(pace.enter(50, "b", now: Self.at(0.2)), "another host is asked as ever")
        #expect(pace.next(now: Self.at(1.9)) == nil)
        #expect(pace.nextTime(now: Self.at(0.2)) == Self.at(2))
        #expect(pace.next(now: Self.at(2)) == 3)
        // One at a time: nothing goes until its answer is here.
        #expect(pace.next(now: Self.at(9)) == nil)
        pace.end("a", isGood: true, now: Self.at(9))
        #expect(pace.next(now: Self.at(9)) == 4 && pace.next(now: Self.at(9)) == nil)
        #expect(pace.next(now: Self.at(10)) == 5, "two at once by now")
        #expect(pace.next(now: Self.at(20)) == nil)
        pace.end("a", isGood: true, now: Self.at(20))
        pace.end("a", isGood: true, now: Self.at(20))
        var now = 20.0
        var gone: [Int] = []
        while let ticket = pace.next(now: Self.at(now)) {
            gone.append(ticket)
            now += 1
        }
        #expect(gone == [6, 7, 8, 9])
    }

    @Test func `a refusal that does not say for how long (P-03)`() {
        let pace = Machine(Pace.Rules())
        var now = 0.0
        let pauses = (0..<8).map { _ in
            let pause = pace.refuse("a", pause: nil, now: Self.at(now))
            now += pause / .seconds(1) + 1
            return pause / .seconds(1)
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60])
        // Answers that come together are one refusal.
        #expect(pace.refuse("b", pause: nil, now: Self.start) == .seconds(1))
        #expect(pace.refuse("b", pause: nil, now: Self.start) == .seconds(1))
        pace.end("a", isGood: true, now: Self.at(now + 100))
        #expect(pace.refuse("a", pause: nil, now: Self.at(now + 200)) == .seconds(1))
    }

    @Test func `what a host still takes is spread when more wait than that (P-04)`() {
        let pace = Machine(Pace.Rules())
        #expect(pace.enter(0, "a", now: Self.start))
        pace.note("a", remaining: 5, reset: .seconds(10), now: Self.start)
        pace.end("a", isGood: true, now: Self.start)
        #expect(pace.enter(1, "a", now: Self.start), "five may go, and one wants to")
        pace.end("a", isGood: true, now: Self.start)
        pace.note("a", remaining: 0, reset: .seconds(10), now: Self.start)
        for ticket in 2..<6 { #expect(!pace.enter(ticket, "a", now: Self.start)) }
        #expect(pace.nextTime(now: Self.start) == Self.at(10))
        #expect(pace.next(now: Self.at(10)) == 2)
        pace.note("a", remaining: 2, reset: .seconds(10), now: Self.at(10))
        #expect(pace.next(now: Self.at(10)) == nil)
        #expect(pace.nextTime(now: Self.at(10)) == Self.at(15))
        #expect(pace.next(now: Self.at(15)) == 3)
    }

    @Test func `those that leave are not let go`() {
        let pace = Machine(Pace.Rules(hostInterval: .seconds(1)))
        _ = pace.enter(0, "a", now: Self.start)
        for ticket in 1...3 { _ = pace.enter(ticket, "a", now: Self.start) }
        pace.leave(1, "a", now: Self.start)
        pace.leave(2, "a", now: Self.start)
        pace.leave(99, "a", now: Self.start)
        #expect(pace.waitingCount == 1)
        #expect(Self.starts(pace) == [3: 1000])
    }

    @Test func `hosts are forgotten (P-02)`() {
        let pace = Machine(Pace.Rules(hostInterval: .milliseconds(10)))
        for number in 0..<100_000 {
            let now = Self.start + .milliseconds(number)
            #expect(pace.enter(number, "h\(number)", now: now))
            pace.end("h\(number)", isGood: true, now: now)
        }
        #expect(pace.hostCount < 200)
    }

    /// A second machine, which looks at everything each time.
    private struct Model {
        var rules: Pace.Rules
        var waiting: [(ticket: Int, host: String)] = []
        var begun: [(host: String, at: Duration)] = []
        var paused: [String: Duration] = [:]

        /// Whether a request to `host` at `now` keeps to the rules.
        func allows(_ host: String, _ now: Duration) -> Bool {
            if let interval = rules.interval, let last = begun.last, now - last.at < interval { return false }
            if let paused = paused[host], now < paused { return false }
            guard let interval = rules.hostInterval else { return true }
            // In no stretch more than were earned in it, and the burst.
            let mine = begun.filter { $0.host == host }.map(\.at) + [now]
            for (index, first) in mine.enumerated() {
                let count = mine.count - index
                if now - first < interval * (count - rules.burst) { return false }
            }
            return true
        }
    }

    @Test(arguments: 0..<40) func `a model agrees with whatever happens (P-01, P-02, P-03)`(_ seed: Int) {
        var random = SeededRandom(state: UInt64(seed) &* 977 &+ 1)
        let rules = Pace.Rules(
            interval: seed % 3 == 0 ? .milliseconds(7) : nil,
            hostInterval: seed % 2 == 0 ? .milliseconds(40) : nil,
            burst: 1 + seed % 4)
        let pace = Machine(rules)
        var model = Model(rules: rules)
        var running: [String] = []
        var now = Duration.zero
        var tickets = 0
        func instant() -> ContinuousClock.Instant { Self.start + now }
        func begin(_ host: String) {
            #expect(model.allows(host, now), "seed \(seed), \(now)")
            model.begun.append((host, now))
            running.append(host)
        }
        for _ in 0..<600 {
            now += .milliseconds(Int.random(in: 0...5, using: &random))
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                let host = "h\(Int.random(in: 0..<4, using: &random))"
                tickets += 1
                if pace.enter(tickets, host, now: instant()) {
                    begin(host)
                } else {
                    model.waiting.append((tickets, host))
                }
            case 4..<7:
                guard let host = running.popLast() else { continue }
                pace.end(host, isGood: true, now: instant())
            case 7:
                let host = "h\(Int.random(in: 0..<4, using: &random))"
                let pause = Duration.milliseconds(Int.random(in: 1...50, using: &random))
                _ = pace.refuse(host, pause: pause, now: instant())
                model.paused[host] = max(model.paused[host] ?? .zero, now + pause)
            case 8:
                guard let one = model.waiting.randomElement(using: &random) else { continue }
                pace.leave(one.ticket, one.host, now: instant())
                model.waiting.removeAll { $0.ticket == one.ticket }
            default: break
            }
            while let ticket = pace.next(now: instant()) {
                guard let index = model.waiting.firstIndex(where: { $0.ticket == ticket }) else {
                    Issue.record("seed \(seed): \(ticket) does not wait")
                    return
                }
                let host = model.waiting[index].host
                // First come, first served within a host.
                #expect(model.waiting.firstIndex { $0.host == host } == index)
                model.waiting.remove(at: index)
                begin(host)
            }
            #expect(pace.waitingCount == model.waiting.count)
        }
        // In the end everybody has gone.
        for _ in 0..<10_000 where !model.waiting.isEmpty {
            for host in running { pace.end(host, isGood: true, now: instant()) }
            running = []
            guard let time = pace.nextTime(now: instant()) else {
                Issue.record("seed \(seed): \(model.waiting.count) wait for nothing")
                return
            }
            now = max(now, Self.start.duration(to: time))
            while let ticket = pace.next(now: instant()) {
                if let index = model.waiting.firstIndex(where: { $0.ticket == ticket }) {
                    begin(model.waiting.remove(at: index).host)
                }
            }
        }
        #expect(model.waiting.isEmpty)
    }
}

private struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ state >> 29) &* 0x9E37_79B9_7F4A_7C15
    }
}

/// Which host's transfer is next.
@Suite struct HostTurnsTests {
    @Test func `hosts take turns, and each keeps its order (P-05)`() {
        var turns = HostTurns<Int>()
        for item in 0..<6 { turns.add(item, host: "slow") }
        for item in 10..<12 { turns.add(item, host: "fast") }
        var order: [Int] = []
        var running: [Int] = []
        while let (item, host) = turns.next() {
            order.append(item)
            running.append(host)
        }
        #expect(order == [0, 10, 1, 11, 2, 3, 4, 5])
        for host in running { turns.end(host) }
        #expect(turns.count == 0)
    }

    @Test func `a host that is through gets the next turn (P-05)`() {
        var turns = HostTurns<Int>()
        for item in 0..<4 { turns.add(item, host: "slow") }
        for item in 10..<14 { turns.add(item, host: "fast") }
        let slow = turns.next()
        #expect(slow?.item == 0)
        for item in 10..<14 {
            let next = turns.next()
            #expect(next?.item == item)
            if let next { turns.end(next.host) }
        }
        let last = turns.next()
        #expect(last?.item == 1)
    }

    @Test func `the turns of many hosts are fair (P-05)`() {
        var turns = HostTurns<Int>()
        for item in 0..<10_000 { turns.add(item, host: "h\(item % 100)") }
        var counts = [Int](repeating: 0, count: 100)
        var last = [Int](repeating: -1, count: 100)
        for number in 0..<10_000 {
            guard let (item, _) = turns.next() else {
                Issue.record("none at \(number)")
                return
            }
            counts[item % 100] += 1
            #expect(item > last[item % 100])
            last[item % 100] = item
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
        }
        let end = turns.next()
        #expect(end == nil)
    }
}
