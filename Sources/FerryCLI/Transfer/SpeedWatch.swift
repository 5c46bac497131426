/// What `--speed-limit` and `--speed-time` demand: at least so many bytes a second, over any stretch of this length.
struct SpeedFloor: Equatable {
    /// At least 1.
    var bytesPerSecond: Int64
    /// More than zero.
    var duration: Duration
}

/// Says when a transfer has been too slow for too long. Pure.
///
/// Time without an exchange (connecting, waiting for a slot) does not count. At most about twenty samples are held.
struct SpeedWatch {
    /// How often to ask `isTooSlow`.
    let interval: Duration

    private let floor: SpeedFloor
    /// The oldest is the last one outside the stretch, or the first of all; empty while no exchange is under way.
    private var samples: [(time: ContinuousClock.Instant, bytes: Int64)] = []

    init(_ floor: SpeedFloor) {
        self.floor = floor
        interval = max(floor.duration / 16, .milliseconds(50))
    }

    /// An exchange begins, with `bytes` counted so far in both directions.
    mutating func begin(bytes: Int64, now: ContinuousClock.Instant) {
        samples = [(now, bytes)]
    }

    /// No exchange is under way.
    mutating func rest() {
        samples = []
    }

    /// Whether the stretch that ends now was too slow; false until a whole one has passed.
    mutating func isTooSlow(bytes: Int64, now: ContinuousClock.Instant) -> Bool {
        guard !samples.isEmpty else { return false }
        samples.append((now, bytes))
        while samples.count > 2, now - samples[1].time >= floor.duration { samples.removeFirst() }
        let time = now - samples[0].time
        guard time >= floor.duration else { return false }
        return Double(bytes - samples[0].bytes) < Double(floor.bytesPerSecond) * (time / .seconds(1))
    }
}
