public import Connector
public import HTTPCore

// One request and its response as they are on the wire, for callers that write heads and take bytes themselves.
extension HTTPClient {
    /// What bounds a request. An object, so that requests may share it; it never changes.
    public final class Limits: Sendable {
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

    /// Sends `request` to `endpoint` as it is and hands the response to `handler`: no redirect, no login, no decoding, and
    /// nothing of the configuration counts.
    ///
    /// Once it returns or throws, it uses neither the body's source nor the handler any more.
    /// - Parameters:
    ///   - request: goes on the wire as it is.
    ///   - endpoint: from the connector's `endpoint(for:)`.
    ///   - handler: takes the response.
    ///   - parserOptions: what of the response is accepted.
    ///   - limits: deadlines and the least speed.
    ///   - pace: how fast the bytes may go; nil = as fast as they can.
    ///   - events: told what happens; nil costs nothing.
    /// - Throws: `HTTPClientError`, `CancellationError`, what the handler threw, or `ConnectorOptionError` for a
    ///   `connectTimeout` of zero or less.
    @LoopActor
    public func send(
        _ request: RequestMessage, to endpoint: Endpoint, handler: any ExchangeHandler,
        parserOptions: ResponseParser.Options = ResponseParser.Options(), limits: Limits = Limits(),
        pace: (any Pace)? = nil, events: TransferEvents? = nil
    ) async throws {
        let setting = RequestAttempt.Setting(
            handler: handler, parserOptions: parserOptions, limits: limits, pace: pace, events: events,
            id: ConnectID(events?.transfer ?? 0), mayRepeat: configuration.repeatsLostRequests)
        let attempt = RequestAttempt(request, to: endpoint, over: try session.connector(), setting)
        try await drive(attempt)
    }
}

extension RequestBody {
    /// Back to the first byte; false when the source cannot.
    @LoopActor
    public func rewind() -> Bool {
        switch self {
        case .none, .bytes: true
        case .sized(let source), .chunked(let source): source.rewind()
        }
    }

    /// Whether `rewind` would go back.
    @LoopActor
    var canRewind: Bool {
        switch self {
        case .none, .bytes: true
        case .sized(let source), .chunked(let source): source.canRewind
        }
    }
}
