/// Keeps a transfer's average rate at or below a limit, in both directions together. It says how long to wait, and does
/// not wait itself.
///
/// At most one second of unused time is made up for, so that a flood does not follow a stall.
@LoopActor
package final class RateLimiter: Pace {
    /// How many bytes to handle at a time: about a tenth of a second's worth, so that the flow is even.
    package nonisolated let pieceBytes: Int

    private static let credit = Duration.seconds(1)

    private let bytesPerSecond: Int64
    /// When the bytes so far would have moved at exactly the limit.
    private var paidUntil: ContinuousClock.Instant

    /// `bytesPerSecond` below 1 counts as 1.
    package nonisolated init(bytesPerSecond: Int64, now: ContinuousClock.Instant) {
        self.bytesPerSecond = max(1, bytesPerSecond)
        paidUntil = now
        pieceBytes = Int(min(max(self.bytesPerSecond / 10, 1), 1 << 20))
    }

    /// Counts `bytes` and says how long to wait before the next; zero when the average allows to go on.
    package func delay(after bytes: Int, now: ContinuousClock.Instant) -> Duration {
        let (seconds, rest) = Int64(bytes).quotientAndRemainder(dividingBy: bytesPerSecond)
        let fraction = Duration.nanoseconds(Int64(Double(rest) / Double(bytesPerSecond) * 1_000_000_000))
        paidUntil = max(paidUntil, now - Self.credit) + .seconds(seconds) + fraction
        return max(.zero, paidUntil - now)
    }

    package var readPieceBytes: Int { pieceBytes }
    package var writePieceBytes: Int { pieceBytes }
    package func pause(afterReceiving count: Int) -> Duration? { delay(after: count, now: .now) }
    package func pause(afterSending count: Int) -> Duration? { delay(after: count, now: .now) }
}
