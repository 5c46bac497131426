/// Decides whether a failed transfer is tried again, and when. Pure: the clock and the dice come in as arguments.
public struct RetryPolicy: Sendable {
    /// How many times at most; 0 = never.
    public var limit: Int
    /// The same pause before every retry; nil or zero = one second, doubled each time up to ten minutes.
    public var delay: Duration?
    /// No retry begins later than this after the first attempt did; nil or zero = no such bound.
    public var window: Duration?
    /// A refused connection may be tried again.
    public var includesRefusedConnections: Bool
    /// Whatever failed may be tried again.
    public var includesAllErrors: Bool

    /// No retries unless `limit` says so.
    public init(
        limit: Int = 0, delay: Duration? = nil, window: Duration? = nil,
        includesRefusedConnections: Bool = false,
        includesAllErrors: Bool = false
    ) {
        self.limit = limit
        self.delay = delay
        self.window = window
        self.includesRefusedConnections = includesRefusedConnections
        self.includesAllErrors = includesAllErrors
    }

    /// How an attempt ended, as far as it matters here.
    public enum Outcome: Hashable, Sendable {
        /// A response with this status, failed or not.
        case status(Int)
        /// A deadline passed, or a name was not resolved: such things pass.
        case transientError
        /// Nobody listened.
        case refusedConnection
        /// Anything else.
        case otherError
    }

    /// Statuses that say "later": RFC 9110 §15, RFC 6585 §4, and those of a well-known proxy.
    public static let transientStatuses: Set<Int> = [408, 429, 500, 502, 503, 504, 522, 524]

    /// True when `outcome` is one that a later attempt may mend.
    public func covers(_ outcome: Outcome) -> Bool {
        switch outcome {
        case .status(let status): Self.transientStatuses.contains(status)
        case .transientError: true
        case .refusedConnection: includesRefusedConnections || includesAllErrors
        case .otherError: includesAllErrors
        }
    }

    /// Whether and when to try again.
    /// - Parameters:
    ///   - outcome: how the last attempt ended.
    ///   - made: retries so far.
    ///   - elapsed: since the first attempt began.
    ///   - retryAfter: what the server asked for; it overrides every other pause, up to six hours. Zero or less (a date
    ///     that is past) says nothing.
    ///   - dice: 0 up to 1; spreads the growing pause by up to a quarter so that many clients do not come back at once.
    /// - Returns: the pause before the next attempt; nil = give up.
    public func pause(
        after outcome: Outcome, made: Int, elapsed: Duration, retryAfter: Duration?, dice: Double
    ) -> Duration? {
        guard made < limit, covers(outcome) else { return nil }
        let asked = retryAfter.flatMap { $0 > .zero ? min($0, .seconds(6 * 3600)) : nil }
        let pause = asked ?? ownPause(made: made, dice: dice)
        if let window, window > .zero, elapsed >= window || elapsed + pause > window { return nil }
        return pause
    }

    private func ownPause(made: Int, dice: Double) -> Duration {
        if let delay, delay > .zero { return delay }
        let doubled = Duration.seconds(min(600, 1 << min(made, 10)))
        return doubled + doubled * (min(max(dice, 0), 1) / 4)
    }
}
