public import Connector
public import HTTPCore

/// Sends HTTP/1.1 requests over a connector.
///
/// A request that dies on an idle connection which was reused, before a byte of the answer came, is sent again over
/// a new connection when that is safe; nothing else is ever repeated. Redirects, cookies and content codings are the
/// caller's business, with `RedirectPolicy`, `CookieJar` and `ContentDecoder` at hand.
///
///     let client = HTTPClient(connector: try TCPConnector(limitPerHost: 4))
///     let response = try await client.fetch("https://example.com/")
///     print(response.head.status, response.body.count)
@LoopActor
public final class HTTPClient {
    /// Where connections come from. The client does not close it.
    public let connector: BaseConnector

    /// A client over `connector`, which stays the caller's to close.
    public init(connector: BaseConnector) {
        self.connector = connector
    }

    /// What bounds a request. An object, so that requests may share it; it never changes.
    public final class Limits: Sendable {
        /// The instant by which the response must be complete; nil = no limit.
        public let deadline: ContinuousClock.Instant?
        /// How long the line, the name, the socket, the proxy and TLS may take together; nil = no limit.
        public let connectTimeout: Duration?
        /// The least speed from the first byte of the request to the last of the response; nil = any will do.
        public let speedFloor: SpeedFloor?
        /// Whether a wait of an exchange needs no time limit: to look at an instant itself copies it.
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

        /// What is left for connecting.
        func connectTimeouts() throws -> ConnectTimeouts {
            guard !isUnbounded, let left = deadline.map({ ContinuousClock.now.duration(to: $0) }) else {
                return try connectTimeout.map { try ConnectTimeouts(connect: $0) } ?? .none
            }
            guard left > .zero else { throw HTTPClientError.timedOut(.send, received: 0, expected: nil) }
            return try ConnectTimeouts(connect: min(left, connectTimeout ?? left))
        }
    }

    /// Sends `request` to `endpoint` and hands the response to `handler`.
    ///
    /// When it returns or throws, nothing of the exchange is under way any more: the body's source and the handler are
    /// the caller's again.
    /// - Parameters:
    ///   - request: goes on the wire as it is.
    ///   - endpoint: from the connector's `endpoint(for:)`.
    ///   - handler: takes the response.
    ///   - parserOptions: what of the response is accepted.
    ///   - limits: deadlines and the least speed.
    ///   - pace: how fast the bytes may go; nil = as fast as they can.
    ///   - events: hears what happens; nil costs nothing.
    /// - Throws: `HTTPClientError`, `CancellationError`, what the handler threw, or `ConnectorOptionError` for a
    ///   `connectTimeout` of zero or less.
    public func send(
        _ request: RequestMessage, to endpoint: Endpoint, handler: any ExchangeHandler,
        parserOptions: ResponseParser.Options = ResponseParser.Options(), limits: Limits = Limits(),
        pace: (any Pace)? = nil, events: TransferEvents? = nil
    ) async throws {
        var setting = RequestAttempt.Setting(handler: handler, limits: limits)
        setting.parserOptions = parserOptions
        setting.pace = pace
        setting.events = events
        setting.id = ConnectID(events?.transfer ?? 0)
        try await driveRequest(RequestAttempt(request, to: endpoint, over: connector, setting), in: nil)
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
}
