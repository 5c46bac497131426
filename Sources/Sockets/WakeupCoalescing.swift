/// Decides when the loop pauses before it looks for readiness, so that answers gather.
///
/// A loop that is faster than its server sleeps and wakes for nearly every answer, and falling asleep costs both sides
/// more than an answer does. With many requests under way it does not matter in which order they are served a fraction
/// of a millisecond later. The server never waits for the loop: a pause is over when a quarter of the requests should
/// have been answered.
struct WakeupCoalescing {
    typealias Instant = ContinuousClock.Instant

    /// The mean time between the last events; nil = not known.
    private var gap: Duration?
    private var events = 0
    private var since: Instant?

    /// With fewer sockets than this there is no pause.
    static let leastWaiters = 16
    /// No event is served later than by this.
    static let longest = Duration.microseconds(500)
    /// Events that are further apart on average do not gather.
    private static let longestGap = Duration.microseconds(100)
    private static let sample = 64

    /// Decides before a look.
    /// - Parameters:
    ///   - count: how many events the last look brought.
    ///   - waiters: how many sockets may bring an answer; at least `leastWaiters`.
    ///   - now: the time.
    /// - Returns: how long to pause first; nil = not at all.
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
