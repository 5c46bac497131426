/// Decides when the loop rests for an instant in the middle of a long body, so that more of it gathers.
///
/// A sender that is about as fast as the loop, such as one that encrypts record by record, wakes it for every few
/// kilobytes. The waking and the acknowledgements cost more than the bytes do then; a few hundred microseconds later
/// as much as sixteen records is there at once. A sender that brings much at a time, or is too slow for anything to
/// gather, is never waited for.
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
    private static let sample = 16
    private static let mostMisses = 16

    /// What the last sample taught; nil = no rest.
    private var pause: Duration?
    private var bytes = 0
    private var looks = 0
    /// Looks in a row that brought nothing.
    private var misses = 0
    /// When the sample began; nil = none has.
    private var since: Instant?

    /// Hears that the last look brought nothing of a long body: one was for bytes that had been read meanwhile, but a
    /// few in a row mean that the body is over or slow.
    mutating func nothingCame() {
        guard since != nil else { return }
        misses += 1
        if misses > Self.mostMisses { self = BulkPause() }
    }

    /// Decides before a look.
    /// - Parameters:
    ///   - received: how many bytes of long bodies came since the last look, at least one.
    ///   - now: the time.
    /// - Returns: how long to rest first; nil = not at all.
    mutating func next(after received: Int, now: Instant) -> Duration? {
        guard let since else {
            self.since = now
            return nil
        }
        bytes += received
        looks += 1
        misses = 0
        guard looks == Self.sample else { return pause }
        pause = learned(from: since.duration(to: now))
        self.since = now
        bytes = 0
        looks = 0
        return pause
    }

    private func learned(from elapsed: Duration) -> Duration? {
        // Without a rest as much comes as one is for; while there are rests, all that comes is what they gathered.
        guard bytes / looks < (pause == nil ? Self.aim : Self.aim * 4) else { return nil }
        let wanted = elapsed * Self.aim / bytes
        guard wanted >= Self.shortest, wanted <= Self.longest * Self.leastPart else { return nil }
        return min(wanted, Self.longest)
    }
}
