import Testing

@testable import Sockets

struct WakeupCoalescingTests {
    /// What is said after so many events, `gap` apart and one at a look, and when.
    private func learned(_ events: Int, gap: Duration, waiters: Int) -> (
        pause: WakeupCoalescing, said: Duration?
    ) {
        var pause = WakeupCoalescing()
        var now = ContinuousClock.now
        var said = pause.next(after: 1, waiters: waiters, now: now)
        for _ in 0..<events {
            now += gap
            said = pause.next(after: 1, waiters: waiters, now: now)
        }
        return (pause, said)
    }

    @Test func `nothing rests before the pace is known`() {
        #expect(learned(63, gap: .microseconds(20), waiters: 50).said == nil)
    }

    @Test func `a quarter of the answers may gather`() {
        #expect(learned(64, gap: .microseconds(20), waiters: 50).said == .microseconds(240))
        #expect(learned(64, gap: .microseconds(7), waiters: 16).said == .microseconds(28))
    }

    @Test func `no answer waits for longer than half a millisecond`() {
        #expect(learned(64, gap: .microseconds(100), waiters: 1000).said == WakeupCoalescing.longest)
        #expect(WakeupCoalescing.longest == .microseconds(500))
    }

    @Test func `answers that are far apart are served at once`() {
        #expect(learned(64, gap: .microseconds(101), waiters: 50).said == nil)
    }

    @Test func `after many answers at once the next look is at once, too`() {
        var (pause, _) = learned(64, gap: .microseconds(20), waiters: 50)
        let now = ContinuousClock.now
        #expect(pause.next(after: 11, waiters: 50, now: now) == .microseconds(240))
        #expect(pause.next(after: 12, waiters: 50, now: now) == nil)
    }

    @Test func `a silence ends the rests, and a new pace begins them again`() {
        var (pause, _) = learned(64, gap: .microseconds(20), waiters: 50)
        var now = ContinuousClock.now + .seconds(60)
        #expect(pause.next(after: 64, waiters: 300, now: now) == nil)
        var said: Duration?
        for count in 1...64 {
            now += .microseconds(5)
            said = pause.next(after: 1, waiters: 300, now: now)
            #expect((said == nil) == (count < 64))
        }
        #expect(said == .microseconds(375))
    }
}
