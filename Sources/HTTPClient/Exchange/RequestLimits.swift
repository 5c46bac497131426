internal import Connector

/// What bounds a request. An object, so that requests may share it; it never changes.
public final class RequestLimits: Sendable {
    /// The instant by which the response must be complete; nil = no limit.
    public let deadline: ContinuousClock.Instant?
    /// How long the name, the socket, the proxy and TLS may take together, once there is a slot; nil = no limit.
    public let connectTimeout: Duration?
    /// The least speed from the first byte of the request to the last of the response; nil = any will do.
    public let speedFloor: SpeedFloor?
    /// Whether an exchange may wait without a time limit. Stored, because each look at an optional instant copies it (see
    /// the article Performance, frames).
    let isUnbounded: Bool

    /// No limits unless given.
    public init(
        deadline: ContinuousClock.Instant? = nil, connectTimeout: Duration? = nil,
        speedFloor: SpeedFloor? = nil
    ) {
        self.deadline = deadline
        self.connectTimeout = connectTimeout
        self.speedFloor = speedFloor
        isUnbounded = deadline == nil && speedFloor == nil
    }

    /// The time that is left for connecting.
    /// - Throws: `HTTPClientError.timedOut` when none is left, `ConnectorOptionError` for a `connectTimeout` of zero or
    ///   less.
    func connectTimeouts() throws -> ConnectTimeouts {
        guard !isUnbounded, let left = deadline.map({ ContinuousClock.now.duration(to: $0) }) else {
            return try ConnectTimeouts(dial: connectTimeout)
        }
        guard left > .zero else { throw HTTPClientError.timedOut(.send, received: 0, expected: nil) }
        return try ConnectTimeouts(connect: left, dial: connectTimeout)
    }
}
