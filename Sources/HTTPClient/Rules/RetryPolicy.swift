/// Decides whether a failed transfer is tried again, and when. Pure: the clock and the dice come in as arguments.
public struct RetryPolicy: Sendable {
    /// How many times at most; 0 = never.
    public var limit: Int
    /// The same pause before every retry; nil and zero = one second, doubled each time up to ten minutes, then multiplied by
    /// a random number between 0 and 1.
    public var delay: Duration?
    /// The longest pause that this policy chooses; nil and zero = no limit.
    public var longestDelay: Duration?
    /// No retry begins later than this after the first attempt began; nil and zero = no limit.
    public var window: Duration?
    /// What is tried again.
    public var conditions: RetryConditions
    /// The pause that a server asks for overrides every other.
    public var honorsRetryAfter: Bool
    /// The longest pause that a server may ask for: a longer one is not waited for; nil and zero = no limit.
    public var longestRetryAfter: Duration?

    /// No retries unless `limit` says so.
    public init(
        limit: Int = 0, delay: Duration? = nil, longestDelay: Duration? = nil, window: Duration? = nil,
        conditions: RetryConditions = RetryConditions(), honorsRetryAfter: Bool = true,
        longestRetryAfter: Duration? = .seconds(120)
    ) {
        self.limit = limit
        self.delay = delay
        self.longestDelay = longestDelay
        self.window = window
        self.conditions = conditions
        self.honorsRetryAfter = honorsRetryAfter
        self.longestRetryAfter = longestRetryAfter
    }

    /// How an attempt ended, as far as it matters here.
    public enum Outcome: Hashable, Sendable {
        /// A response with this status, failed or not.
        case status(Int)
        /// The same, where the status counts as a failure.
        case failedStatus(Int)
        /// A name was not resolved.
        case unknownName
        /// The connection was refused.
        case refusedConnection
        /// A connection was not made in time.
        case slowConnection
        /// A connection was not made, for another reason.
        case noConnection
        /// A time limit passed, or it was too slow.
        case timeout
        /// The connection broke.
        case reset
        /// The body was cut short.
        case partial
        /// The peer hung up without an answer.
        case empty
        /// The answer is not what was expected.
        case expectation
        /// Anything else.
        case otherError
    }

    /// What follows.
    public enum Decision: Equatable, Sendable {
        /// Nothing: it stays as it is.
        case stop
        /// Another attempt, after this pause.
        case retry(after: Duration)
        /// Nothing: the server asks for this pause, which is longer than is waited for.
        case refuse(asked: Duration)
        /// Nothing: this pause would end after the window.
        case windowEnds(pause: Duration)
    }

    /// Whether and when to try again.
    /// - Parameters:
    ///   - outcome: how the last attempt ended.
    ///   - made: retries so far.
    ///   - elapsed: since the first attempt began.
    ///   - retryAfter: the pause that the server asked for. Zero and less (a date in the past) do not count.
    ///   - leastPause: so long the server is left alone anyway, for the sake of other requests.
    ///   - dice: from 0 to 1: the part of the growing pause that is waited for, so that many clients do not come back at the
    ///     same time.
    /// - Returns: what follows.
    public func decide(
        after outcome: Outcome, made: Int, elapsed: Duration, retryAfter: Duration?,
        leastPause: Duration = .zero,
        dice: Double
    ) -> Decision {
        guard made < limit, conditions.cover(outcome) else { return .stop }
        var pause = ownPause(made: made, dice: dice)
        if honorsRetryAfter, let retryAfter, retryAfter > .zero {
            if let longestRetryAfter, longestRetryAfter > .zero, retryAfter > longestRetryAfter {
                return .refuse(asked: retryAfter)
            }
            pause = retryAfter
        }
        pause = max(pause, leastPause)
        if let window, window > .zero, elapsed >= window || elapsed + pause > window {
            return .windowEnds(pause: pause)
        }
        return .retry(after: pause)
    }

    private func ownPause(made: Int, dice: Double) -> Duration {
        var pause = Duration.seconds(min(600, 1 << min(made, 10)))
        let isFixed = delay.map { $0 > .zero } ?? false
        if isFixed, let delay { pause = delay }
        if let longestDelay, longestDelay > .zero { pause = min(pause, longestDelay) }
        return isFixed ? pause : pause * min(max(dice, 0), 1)
    }
}
