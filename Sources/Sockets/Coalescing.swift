extension EventLoop {
    /// Whether the loop may pause although something may have happened.
    public enum Policy: Hashable, Sendable {
        /// It never pauses: what happens is served at once. So every loop starts.
        case immediate
        /// It pauses for less than a millisecond where many answers, or much of a long body, gather meanwhile. Fewer wake-ups
        /// serve the same load, and each answer may come later by the pause. For a program that fetches as much as it
        /// can and does nothing else.
        case coalescing
    }

    /// Whether a pause may pay after a read of `count` bytes in the middle of a body of which `remaining` bytes are
    /// still to come (nil = not known). If so, call `noteBulk`.
    package static func isBulk(_ count: Int, remaining: Int64?) -> Bool {
        count >= ReadCoalescing.leastRead && remaining ?? .max >= Int64(ReadCoalescing.aim)
    }
}

/// The pauses of `EventLoop.Policy.coalescing`: none when a timer is due within a millisecond.
struct Coalescing {
    private var wakeups = WakeupCoalescing()
    private var reads = ReadCoalescing()
    /// Bytes of long bodies since the last look.
    private var bulk = 0

    /// Counts a read in the middle of a long body.
    mutating func noteBulk(_ count: Int) {
        bulk += count
    }

    /// Decides before a look for readiness.
    /// - Parameters:
    ///   - events: how many events the last look brought.
    ///   - sockets: how many sockets the loop watches.
    ///   - timeout: how many milliseconds the loop would sleep; negative = until something happens.
    ///   - now: the time; asked for only where a pause is possible.
    /// - Returns: how long to pause first; nil = not at all.
    mutating func pause(
        events: Int, sockets: Int, timeout: CInt, now: @autoclosure () -> ContinuousClock.Instant
    ) -> Duration? {
        let mayPause = timeout < 0 || timeout > 1
        let received = bulk
        bulk = 0
        if received == 0 {
            reads.nothingCame()
        } else if let pause = reads.next(after: received, now: now()), mayPause {
            return pause
        }
        guard mayPause, sockets >= WakeupCoalescing.leastWaiters else { return nil }
        return wakeups.next(after: events, waiters: sockets, now: now())
    }
}
