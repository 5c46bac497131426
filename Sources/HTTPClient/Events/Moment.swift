import Glibc

/// A reading of the system's steady clock, cheaper to take and to subtract than an instant of `ContinuousClock`, which
/// counts in 128 bits.
package struct Moment: Sendable {
    /// Since the system was started, time asleep included.
    package let nanoseconds: Int

    /// The present.
    package static var now: Moment {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Moment(nanoseconds: time.tv_sec * 1_000_000_000 + time.tv_nsec)
    }

    package init(nanoseconds: Int) { self.nanoseconds = nanoseconds }

    /// The same reading of `ContinuousClock`.
    package var instant: ContinuousClock.Instant { ContinuousClock().systemEpoch + .nanoseconds(nanoseconds) }
}

extension Duration {
    /// Whole microseconds, 0 for less than none.
    package var wholeMicroseconds: Int {
        let attosecondsEach: Int64 = 1_000_000_000_000
        let attoseconds = max(0, attoseconds)
        // Up to nine seconds are divided by the processor.
        if let few = Int64(exactly: attoseconds) { return Int(few / attosecondsEach) }
        // Longer than thirty thousand years is told as that.
        return Int(min(attoseconds / Int128(attosecondsEach), 1_000_000_000_000_000_000))
    }
}
