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

    /// What bounds one request.
    public struct Limits: Sendable {
        /// The instant by which the response must be complete; nil = no limit.
        public var deadline: ContinuousClock.Instant?
        /// How long the line, the name, the socket, the proxy and TLS may take together; nil = no limit.
        public var connectTimeout: Duration?

        /// No limits unless given.
        public init(deadline: ContinuousClock.Instant? = nil, connectTimeout: Duration? = nil) {
            self.deadline = deadline
            self.connectTimeout = connectTimeout
        }

        /// What is left for connecting.
        func connectTimeouts() throws -> ConnectTimeouts {
            guard let left = deadline.map({ ContinuousClock.now.duration(to: $0) }) else {
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
    ///   - parserOptions: what of the response is put up with.
    ///   - limits: deadlines.
    ///   - tracer: hears the steps of connecting; nil costs nothing.
    ///   - id: comes back in each of the tracer's events.
    /// - Throws: `HTTPClientError`, `CancellationError`, what the handler threw, or `ConnectorOptionError` for a
    ///   `connectTimeout` of zero or less.
    public func send(
        _ request: HTTPRequest, to endpoint: Endpoint, handler: any ExchangeHandler,
        parserOptions: ResponseParser.Options = ResponseParser.Options(), limits: Limits = Limits(),
        tracer: (any ConnectorTracer)? = nil, id: ConnectID = ConnectID(0)
    ) async throws {
        var mayReuse = true
        while true {
            let connection: Connection
            do {
                // Most often an idle connection is at hand, and nothing has to be waited for.
                switch try connector.startLease(
                    endpoint, try limits.connectTimeouts(), tracer, id, mayReuse: mayReuse)
                {
                case .ready(let idle): connection = idle
                case .pending(let lease): connection = try await connector.finish(lease)
                }
            } catch let error as ConnectorError {
                throw HTTPClientError.connector(error)
            }
            guard
                let exchange = Exchange(
                    request, on: connection, handler: handler, parserOptions: parserOptions,
                    deadline: limits.deadline)
            else { throw HTTPClientError.connector(.closed) }
            do {
                return try await exchange.run(request)
            } catch let error as HTTPClientError {
                guard connection.isReused, !exchange.hasReceived, error.isConnectionLoss,
                    request.isIdempotent
                else { throw error }
                // Once: a new connection never served before.
                mayReuse = false
                guard request.body.rewind() else { throw HTTPClientError.cannotRewind }
            }
        }
    }
}

extension HTTPClientError {
    /// True when the peer had hung up, as it does with a connection it kept long enough.
    fileprivate var isConnectionLoss: Bool {
        switch self {
        case .http(.emptyReply): true
        case .send(let error), .receive(let error, _): error.isFromPeer
        case .http, .connector, .timedOut, .source, .cannotRewind: false
        }
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
