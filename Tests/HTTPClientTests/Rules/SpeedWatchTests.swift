import HTTPClient
import Testing

@Suite struct SpeedWatchTests {
    private let start = ContinuousClock.now

    private func watch(_ limit: Int64 = 100, seconds: Int = 8) -> SpeedWatch {
        SpeedWatch(SpeedFloor(bytesPerSecond: limit, duration: .seconds(seconds)), now: start)
    }

    /// Whether each of `totals`, half a second apart, is too slow.
    private func verdicts(_ watch: SpeedWatch, _ totals: [Int64]) -> [Bool] {
        var watch = watch
        return totals.enumerated().map { index, total in
            watch.isTooSlow(bytes: total, now: start + .milliseconds(500 * (index + 1)))
        }
    }

    @Test func `nothing at all is too slow once the time is over`() {
        let verdicts = verdicts(watch(), Array(repeating: 0, count: 17))
        #expect(verdicts == Array(repeating: false, count: 15) + [true, true])
    }

    @Test func `the limit itself is fast enough`() {
        #expect(!verdicts(watch(), (1...60).map { $0 * 50 }).contains(true))
        #expect(verdicts(watch(), (1...60).map { $0 * 49 }).contains(true))
    }

    @Test func `one piece now and then is fast enough if it is large enough`() {
        // 800 bytes each 8 seconds are 100 bytes a second over any 8 seconds.
        #expect(!verdicts(watch(), (1...64).map { Int64($0) / 16 * 800 + 800 }).contains(true))
    }

    @Test func `a fast beginning does not help for ever`() {
        let totals = Array(repeating: Int64(1_000_000), count: 40)
        let first = verdicts(watch(), totals).firstIndex(of: true)
        #expect(first == 16)
    }

    @Test func `time that was its own is not slow, and what follows begins afresh`() {
        var watch = watch()
        func isTooSlow(after seconds: Int) -> Bool {
            watch.isTooSlow(bytes: 7, now: start + .seconds(seconds))
        }
        #expect(!isTooSlow(after: 1))
        watch.restart(bytes: 7, now: start + .seconds(100))
        #expect(!isTooSlow(after: 101))
        #expect(!isTooSlow(after: 107))
        #expect(isTooSlow(after: 108))
    }

    @Test func `it is asked often enough and not too often`() {
        #expect(watch(seconds: 16).interval == .seconds(1))
        #expect(
            SpeedWatch(SpeedFloor(bytesPerSecond: 1, duration: .milliseconds(1)), now: start).interval
                == .milliseconds(50))
    }
}
