import Testing

@testable import Sockets

struct BulkPauseTests {
    /// A loop that looks so many times, `gap` apart, and finds so many bytes each time.
    private func pause(
        _ pause: inout BulkPause, _ now: inout ContinuousClock.Instant, looks: Int, bytes: Int, gap: Duration
    ) -> Duration? {
        var said: Duration?
        for _ in 0..<looks {
            now += gap
            said = pause.next(after: bytes, now: now)
        }
        return said
    }

    private func learned(looks: Int = 17, bytes: Int, gap: Duration) -> Duration? {
        var rests = BulkPause()
        var now = ContinuousClock.now
        return pause(&rests, &now, looks: looks, bytes: bytes, gap: gap)
    }

    @Test func `nothing rests before the pace is known`() {
        #expect(learned(looks: 16, bytes: 16_384, gap: .microseconds(16)) == nil)
        #expect(learned(looks: 17, bytes: 16_384, gap: .microseconds(16)) != nil)
    }

    @Test func `a rest is as long as a quarter of a megabyte takes`() {
        // 1,024 bytes a microsecond.
        #expect(learned(bytes: 16_384, gap: .microseconds(16)) == .microseconds(256))
    }

    @Test func `no byte waits for longer than 300 microseconds, and none for little`() {
        #expect(learned(bytes: 16_384, gap: .microseconds(20)) == BulkPause.longest)
        #expect(learned(bytes: 16_384, gap: .microseconds(75)) == .microseconds(300))
        #expect(learned(bytes: 16_384, gap: .microseconds(76)) == nil)
        #expect(BulkPause.longest == .microseconds(300))
    }

    @Test func `what comes in large pieces is taken as it comes`() {
        #expect(learned(bytes: 262_143, gap: .microseconds(250)) != nil)
        #expect(learned(bytes: 262_144, gap: .microseconds(250)) == nil)
    }

    @Test func `a sender that needs less than 100 microseconds is not left waiting`() {
        #expect(learned(bytes: 16_384, gap: .nanoseconds(6250)) == .microseconds(100))
        #expect(learned(bytes: 16_384, gap: .nanoseconds(6240)) == nil)
    }

    @Test func `while there are rests, what they gather does not end them, and more than that does`() {
        var rests = BulkPause()
        var now = ContinuousClock.now
        #expect(pause(&rests, &now, looks: 17, bytes: 16_384, gap: .microseconds(16)) != nil)
        #expect(pause(&rests, &now, looks: 16, bytes: 262_144, gap: .microseconds(256)) == .microseconds(256))
        #expect(
            pause(&rests, &now, looks: 15, bytes: 1_048_576, gap: .microseconds(512)) == .microseconds(256))
        #expect(pause(&rests, &now, looks: 1, bytes: 1_048_576, gap: .microseconds(512)) == nil)
    }

    @Test func `a few looks for nothing change nothing, and many in a row end it`() {
        var rests = BulkPause()
        var now = ContinuousClock.now
        #expect(pause(&rests, &now, looks: 17, bytes: 16_384, gap: .microseconds(16)) != nil)
        for _ in 0..<16 { rests.nothingCame() }
        #expect(rests.next(after: 16_384, now: now) == .microseconds(256))
        for _ in 0..<17 { rests.nothingCame() }
        #expect(rests.next(after: 16_384, now: now) == nil)
    }
}
