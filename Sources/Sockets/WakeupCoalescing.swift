/// Decides when the loop rests for an instant before it looks for readiness, so that answers gather.
///
/// A loop that is faster than its server sleeps and wakes for nearly every answer, and falling asleep costs both sides
/// more than an answer does. With many requests under way it does not matter in which order they are served a fraction
/// of a millisecond later, and the server has more to do meanwhile: it is never left waiting, for a pause is over when
/// a quarter of the requests should have been answered.
struct WakePause {
    typealias Instant = ContinuousClock.Instant

    /// The mean time between two events of late; nil = not known.
    private var gap: Duration?
    private var events = 0
    private var since: Instant?

    /// With fewer waiters than this every wake-up is at once.
    static let leastWaiters = 16
    /// No event comes later than by this.
    static let longest = Duration.microseconds(500)
    /// Events that are further apart on average do not gather.
    private static let longestGap = Duration.microseconds(100)
    private static let sample = 64

    /// Decides before a look.
    /// - Parameters:
    ///   - count: how many events the last look brought.
    ///   - waiters: how many tasks wait for bytes; at least `leastWaiters`.
    ///   - now: the time.
    /// - Returns: how long to rest first; nil = not at all.
    mutating func next(after count: Int, waiters: Int, now: Instant) -> Duration? {
        events += count
        if let since {
            if events >= Self.sample {
                gap = since.duration(to: now) / events
                self.since = now
                events = 0
            }
        } else {
            since = now
            events = 0
        }
        let wanted = waiters / 4
        guard count < wanted, let gap, gap <= Self.longestGap else { return nil }
        return min(gap * wanted, Self.longest)
    }
}
