/// The outcomes of an attempt after which another attempt may succeed. Pure.
public struct RetryConditions: Hashable, Sendable {
    /// A kind of failure, or statuses.
    public enum Item: Hashable, Sendable {
        /// No connection was made: refused, unreachable, not in time.
        case connect
        /// A name was not resolved.
        case dns
        /// A time limit passed, or it was too slow.
        case timeout
        /// The connection broke.
        case reset
        /// The body was cut short.
        case partial
        /// The peer hung up without an answer.
        case empty
        /// The answer came and is not what was expected; no other item covers that.
        case expectation
        /// Every failure, and every status from 400 on.
        case all
        /// One status.
        case status(Int)
        /// The hundred statuses that begin with this digit.
        case statusClass(Int)
    }

    /// Whether a refused connection is retried, too, if `items` does not name it.
    public var includesRefusedConnections: Bool
    /// Whether every failure is retried, too, if `items` does not name it. A status, or an answer that is not the expected
    /// one, is no failure in this sense.
    public var includesAllErrors: Bool
    /// In place of the default; nil = the default.
    public var items: Set<Item>?
    /// These are never retried.
    public var exceptions: Set<Item>

    /// What is often temporary: time limits, unknown names, broken connections, bodies cut short, and the statuses
    /// that say so.
    public init(
        _ items: Set<Item>? = nil, except exceptions: Set<Item> = [],
        includesRefusedConnections: Bool = false, includesAllErrors: Bool = false
    ) {
        self.items = items
        self.exceptions = exceptions
        self.includesRefusedConnections = includesRefusedConnections
        self.includesAllErrors = includesAllErrors
    }

    /// Statuses that say "later": RFC 9110 §15, RFC 6585 §4, and those of a well-known proxy.
    public static let transientStatuses: Set<Int> = [408, 429, 500, 502, 503, 504, 522, 524]

    /// True when a later attempt may succeed after `outcome`.
    public func cover(_ outcome: RetryPolicy.Outcome) -> Bool {
        guard !Self.names(outcome, exceptions) else { return false }
        if let items {
            if Self.names(outcome, items) { return true }
        } else if Self.isCoveredByDefault(outcome) {
            return true
        }
        if case .status = outcome { return false }
        if outcome == .expectation { return false }
        return includesAllErrors || includesRefusedConnections && outcome == .refusedConnection
    }

    private static func isCoveredByDefault(_ outcome: RetryPolicy.Outcome) -> Bool {
        switch outcome {
        case .status(let status), .failedStatus(let status): transientStatuses.contains(status)
        case .unknownName, .slowConnection, .timeout, .reset, .partial, .empty: true
        case .refusedConnection, .noConnection, .expectation, .otherError: false
        }
    }

    private static func names(_ outcome: RetryPolicy.Outcome, _ items: Set<Item>) -> Bool {
        guard !items.isEmpty else { return false }
        switch outcome {
        case .status(let status), .failedStatus(let status):
            return items.contains(.status(status)) || items.contains(.statusClass(status / 100))
                || status >= 400 && items.contains(.all)
        case .unknownName: return items.contains(.dns) || items.contains(.all)
        case .refusedConnection, .noConnection: return items.contains(.connect) || items.contains(.all)
        case .slowConnection:
            return items.contains(.connect) || items.contains(.timeout) || items.contains(.all)
        case .timeout: return items.contains(.timeout) || items.contains(.all)
        case .reset: return items.contains(.reset) || items.contains(.all)
        case .partial: return items.contains(.partial) || items.contains(.all)
        case .empty: return items.contains(.empty) || items.contains(.all)
        case .expectation: return items.contains(.expectation)
        case .otherError: return items.contains(.all)
        }
    }
}
