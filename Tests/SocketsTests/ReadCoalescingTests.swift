import Testing

@testable import Sockets

struct ReadCoalescingTests {
    /// A loop that looks so many times, `gap` apart, and finds so many bytes each time.
    private func pause(
        _ pause: inout ReadCoalescing, _ now: inout ContinuousClock.Instant, looks: Int, bytes: Int,
        gap: Duration
    ) -> Duration? {
        var said: Duration?
        for _ in 0..<looks {
            now += gap
            said = pause.next(after: bytes, now: now)
        }
        return said
    }

    private func learned(looks: Int = 17, bytes: Int, gap: Duration) -> Duration? {
        var rests = ReadCoalescing()
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
        #expect(learned(bytes: 16_384, gap: .microseconds(20)) == ReadCoalescing.longest)
        #expect(learned(bytes: 16_384, gap: .microseconds(75)) == .microseconds(300))
        #expect(learned(bytes: 16_384, gap: .microseconds(76)) == nil)
        #expect(ReadCoalescing.longest == .microseconds(300))
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
        var rests = ReadCoalescing()
        var now = ContinuousClock.now
        #expect(pause(&rests, &now, looks: 17, bytes: 16_384, gap: .microseconds(16)) != nil)
        #expect(pause(&rests, &now, looks: 16, bytes: 262_144, gap: .microseconds(256)) == .microseconds(256))
        #expect(
            pause(&rests, &now, looks: 15, bytes: 1_048_576, gap: .microseconds(512)) == .microseconds(256))
        #expect(pause(&rests, &now, looks: 1, bytes: 1_048_576, gap: .microseconds(512)) == nil)
    }

    @Test func `a few looks for nothing change nothing, and many in a row end it`() {
        var rests = ReadCoalescing()
        var now = ContinuousClock.now
        #expect(pause(&rests, &now, looks: 17, bytes: 16_384, gap: .microseconds(16)) != nil)
        for _ in 0..<16 { rests.nothingCame() }
        #expect(rests.next(after: 16_384, now: now) == .microseconds(256))
        for _ in 0..<17 { rests.nothingCame() }
        #expect(rests.next(after: 16_384, now: now) == nil)
    }

    /// How long a loop takes for so many looks, of which each comes `gap` after the last one and after its rest.
    private func time(looks: Int, bytes: Int, gap: Duration) -> Duration {
        var rests = ReadCoalescing()
        let start = ContinuousClock.now
        var now = start
        for _ in 0..<looks { now += gap + (rests.next(after: bytes, now: now) ?? .zero) }
        return start.duration(to: now)
    }

    @Test(arguments: [(64, 80), (128, 120), (200, 167)])
    func `a sender that waits for the loop is hardly held up`(_ kilobytes: Int, _ microseconds: Int) {
        let looks = 100_000
        let gap = Duration.microseconds(microseconds)
        let all = time(looks: looks, bytes: kilobytes * 1024, gap: gap)
        #expect(all > gap * looks)
        #expect(all < gap * looks * 105 / 100)
    }

    @Test func `a sender that goes on meanwhile is rested for all the time`() {
        // 16 KiB each 16 µs, whatever the loop does.
        let record = Duration.microseconds(16)
        var rests = ReadCoalescing()
        var now = ContinuousClock.now
        var sent = now
        var looksAtOnce = 0
        for _ in 0..<10_000 {
            now += record
            let records = Int(sent.duration(to: now) / record)
            sent += record * records
            let pause = rests.next(after: records * 16_384, now: now)
            if pause == nil { looksAtOnce += 1 }
            now += pause ?? .zero
        }
        #expect(looksAtOnce == 16)
    }
}
