import Testing

@testable import Sockets

struct CoalescingTests {
    /// Pauses of a loop that has so many sockets and gets an event each 20 microseconds.
    private func pauses(sockets: Int, timeout: CInt = -1, bulk: Int = 0) -> Int {
        var coalescing = Coalescing()
        var now = ContinuousClock.now
        var count = 0
        for _ in 0..<1000 {
            now += .microseconds(20)
            if bulk > 0 { coalescing.noteBulk(bulk) }
            let pause = coalescing.pause(events: 1, sockets: sockets, timeout: timeout, now: now)
            if pause != nil { count += 1 }
        }
        return count
    }

    @Test func `a loop never pauses unless its program says so`() async {
        #expect(await EventLoop.shared.policy == .immediate)
    }

    @Test func `few sockets bring no pause, many do`() {
        #expect(pauses(sockets: WakeupCoalescing.leastWaiters - 1) == 0)
        #expect(pauses(sockets: 50) > 500)
    }

    @Test func `a long body brings pauses on one socket`() {
        #expect(pauses(sockets: 1, bulk: 16 * 1024) > 100)
    }

    @Test(arguments: [CInt(0), 1])
    func `a timer that is due soon is never late by a pause`(timeout: CInt) {
        #expect(pauses(sockets: 50, timeout: timeout, bulk: 16 * 1024) == 0)
    }
}
