import Connector
import HTTPClient
import Testing

@Suite @LoopActor struct RateLimiterTests {
    let start = ContinuousClock.now

    @Test func `bytes cost their time`() {
        let limiter = RateLimiter(bytesPerSecond: 1000, now: start)
        #expect(limiter.delay(after: 500, now: start) == .milliseconds(500))
        #expect(limiter.delay(after: 500, now: start + .milliseconds(500)) == .milliseconds(500))
        #expect(limiter.delay(after: 0, now: start + .seconds(1)) == .zero)
    }

    @Test func `a slow peer is not slowed further`() {
        let limiter = RateLimiter(bytesPerSecond: 1000, now: start)
        #expect(limiter.delay(after: 100, now: start + .milliseconds(900)) == .zero)
    }

    @Test func `a stall earns a second at most`() {
        let limiter = RateLimiter(bytesPerSecond: 1000, now: start)
        #expect(limiter.delay(after: 1000, now: start + .seconds(60)) == .zero)
        #expect(limiter.delay(after: 1000, now: start + .seconds(60)) == .seconds(1))
    }

    @Test func `the average over many pieces is the rate`() {
        let limiter = RateLimiter(bytesPerSecond: 10_000, now: start)
        var now = start
        for _ in 0..<100 { now += limiter.delay(after: limiter.pieceBytes, now: now) }
        #expect(now - start == .seconds(10))
    }

    @Test func `any rate is possible`() {
        let slow = RateLimiter(bytesPerSecond: 0, now: start)
        #expect(slow.pieceBytes == 1)
        #expect(slow.delay(after: 3, now: start) == .seconds(3))
        let fast = RateLimiter(bytesPerSecond: .max, now: start)
        #expect(fast.pieceBytes == 1 << 20)
        #expect(fast.delay(after: 1 << 20, now: start) == .zero)
    }
}
