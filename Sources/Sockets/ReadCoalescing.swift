/// Decides when the loop rests for an instant in the middle of a long body, so that more of it gathers.
///
/// A sender that is about as fast as the loop, such as one that encrypts record by record, wakes it for every few
/// kilobytes. The waking and the acknowledgements cost more than the bytes do then; a few hundred microseconds later
/// as much as sixteen records is there at once. A sender that brings much at a time, or is too slow for anything to
/// gather, is not waited for. Nor is one that waits for the loop: where the bytes come more slowly with rests than they
/// did without, there are none for a while, which is twice as long each time.
struct BulkPause {
    typealias Instant = ContinuousClock.Instant

    /// A read of fewer bytes is not of a long body.
    static let leastRead = 4096
    /// So many bytes are to be there after a rest.
    static let aim = 256 * 1024
    /// The kernel's timers are too coarse for less, and a sender that is as fast as that would wait for the loop.
    private static let shortest = Duration.microseconds(100)
    /// No byte comes later than by this.
    static let longest = Duration.microseconds(300)
    /// At a pace at which even the longest rest gathers less than a part of `aim` there is none.
    private static let leastPart = 4
    /// So many looks with bytes teach something.
    private static let sample = 16
    private static let mostMisses = 16
    private static let firstBreak = 128
    private static let longestBreak = 1 << 16

    /// What the last sample taught; nil = no rest.
    private var pause: Duration?
    private var bytes = 0
    private var looks = 0
    /// Looks in a row that brought nothing.
    private var misses = 0
    /// When the sample began; nil = none has.
    private var since: Instant?
    /// The last sample without rests.
    private var plain: (elapsed: Duration, bytes: Int)?
    /// Samples in a row that were slower with rests.
    private var slowSamples = 0
    /// So many samples more without rests.
    private var breakLeft = 0
    private var nextBreak = firstBreak

    /// Hears that the last look brought nothing of a long body: one was for bytes that had been read meanwhile, but a
    /// few in a row mean that the body is over or slow.
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
    /// - Returns: how long to rest first; nil = not at all.
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
            // By more than a third. Once may be a hiccup of the machine.
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
        // Without a rest as much comes as one is for; while there are rests, all that comes is what they gathered.
        guard bytes / looks < (pause == nil ? Self.aim : Self.aim * 4) else { return nil }
        let wanted = elapsed * Self.aim / bytes
        guard wanted >= Self.shortest, wanted <= Self.longest * Self.leastPart else { return nil }
        return min(wanted, Self.longest)
    }
}
