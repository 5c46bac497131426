/// Decides when the loop pauses in the middle of a long body, so that more of it gathers.
///
/// A sender that is about as fast as the loop, such as one that encrypts record by record, wakes it for every few
/// kilobytes. The wake-ups and the acknowledgements then cost more than the bytes do; a few hundred microseconds later as
/// much as sixteen records is there at once. There is no pause for a sender that brings much at a time, or that is too
/// slow for anything to gather, or that waits for the loop itself: where the bytes come more slowly with pauses than
/// without, there are none for a while, and each while is twice as long as the one before.
struct ReadCoalescing {
    typealias Instant = ContinuousClock.Instant

    /// A read of fewer bytes is not of a long body.
    static let leastRead = 4096
    /// How many bytes should be there after a pause.
    static let aim = 256 * 1024
    /// The kernel's timers are too coarse for less, and so fast a sender would wait for the loop.
    private static let shortest = Duration.microseconds(100)
    /// No byte is read later than by this.
    static let longest = Duration.microseconds(300)
    /// Where even the longest pause gathers less than this part of `aim` there is none.
    private static let leastPart = 4
    /// How many looks with bytes make a sample.
    private static let sample = 16
    private static let mostMisses = 16
    private static let firstBreak = 128
    private static let longestBreak = 1 << 16

    /// What the last sample taught; nil = no pause.
    private var pause: Duration?
    private var bytes = 0
    private var looks = 0
    /// Looks in a row that brought nothing.
    private var misses = 0
    /// When the sample began; nil = none has.
    private var since: Instant?
    /// The last sample without pauses.
    private var plain: (elapsed: Duration, bytes: Int)?
    /// Samples in a row that were slower with pauses.
    private var slowSamples = 0
    /// How many more samples go without pauses.
    private var breakLeft = 0
    private var nextBreak = firstBreak

    /// The last look brought nothing of a long body. One such look may be for bytes that had been read already; a few
    /// in a row mean that the body is over or slow.
    mutating func nothingCame() {
        guard since != nil else { return }
        misses += 1
        guard misses > Self.mostMisses else { return }
        pause = nil
        plain = nil
        begin(nil)
    }

    /// Decides before a look.
    /// - Parameters:
    ///   - received: how many bytes of long bodies came since the last look, at least one.
    ///   - now: the time.
    /// - Returns: how long to pause first; nil = not at all.
    mutating func next(after received: Int, now: Instant) -> Duration? {
        guard let since else {
            begin(now)
            return nil
        }
        bytes += received
        looks += 1
        misses = 0
        guard looks == Self.sample else { return pause }
        pause = learned(from: since.duration(to: now))
        begin(now)
        return pause
    }

    private mutating func begin(_ now: Instant?) {
        since = now
        bytes = 0
        looks = 0
        misses = 0
    }

    private mutating func learned(from elapsed: Duration) -> Duration? {
        if pause == nil {
            plain = (elapsed, bytes)
            if breakLeft > 0 {
                breakLeft -= 1
                return nil
            }
        } else if let plain, elapsed * plain.bytes * 3 > plain.elapsed * bytes * 4 {
            // Slower by more than a third. Once may be chance.
            slowSamples += 1
            if slowSamples > 1 {
                slowSamples = 0
                breakLeft = nextBreak
                nextBreak = min(nextBreak * 2, Self.longestBreak)
                return nil
            }
        } else {
            slowSamples = 0
        }
        // Without pauses enough comes already; with pauses, all that comes is what they gathered.
        guard bytes / looks < (pause == nil ? Self.aim : Self.aim * 4) else { return nil }
        let wanted = elapsed * Self.aim / bytes
        guard wanted >= Self.shortest, wanted <= Self.longest * Self.leastPart else { return nil }
        return min(wanted, Self.longest)
    }
}
