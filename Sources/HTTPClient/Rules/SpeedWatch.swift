/// The least speed that is accepted: bytes per second, over any stretch of `duration`.
public struct SpeedFloor: Hashable, Sendable {
    /// In both directions together; at least 1.
    public var bytesPerSecond: Int64
    /// More than zero.
    public var duration: Duration

    /// Traps for a speed below 1 or a duration of zero or less.
    public init(bytesPerSecond: Int64, duration: Duration) {
        precondition(bytesPerSecond >= 1 && duration > .zero, "a speed floor needs a speed and a duration")
        self.bytesPerSecond = bytesPerSecond
        self.duration = duration
    }
}

/// Says when an exchange has been too slow for too long. Pure. At most about twenty samples are held.
package struct SpeedWatch {
    /// How often to ask `isTooSlow`.
    package let interval: Duration
    package let floor: SpeedFloor

    /// The first one is the last before the stretch, or the first of all.
    private var samples: [(time: ContinuousClock.Instant, bytes: Int64)]

    /// An exchange begins.
    package init(_ floor: SpeedFloor, now: ContinuousClock.Instant) {
        self.floor = floor
        interval = max(floor.duration / 16, .milliseconds(50))
        samples = [(now, 0)]
    }

    /// Begins anew, with `bytes` moved by now.
    package mutating func restart(bytes: Int64, now: ContinuousClock.Instant) {
        samples = [(now, bytes)]
    }

    /// Whether the stretch that ends now was too slow; false until a whole one has passed. `bytes` counts from the beginning,
    /// in both directions.
    package mutating func isTooSlow(bytes: Int64, now: ContinuousClock.Instant) -> Bool {
        samples.append((now, bytes))
        while samples.count > 2, now - samples[1].time >= floor.duration { samples.removeFirst() }
        let time = now - samples[0].time
        guard time >= floor.duration else { return false }
        return Double(bytes - samples[0].bytes) < Double(floor.bytesPerSecond) * (time / .seconds(1))
    }
}
