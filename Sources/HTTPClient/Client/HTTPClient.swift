public import Connector
public import HTTPCore

/// An HTTP/1.1 client for any number of requests at once, from any isolation.
///
///     let client = HTTPClient()
///     let response = try await client.get("https://example.com/")
///     print(response.status, try await response.text(upTo: 1 << 20))
///     await client.close()
///
/// It follows redirects, logs in, decodes and keeps cookies as its configuration says. A request that dies on an idle
/// connection that was reused, before a byte of the answer came, is sent again over a new connection when that is safe;
/// nothing else is ever repeated.
public final class HTTPClient: Sendable {
    /// How requests are sent and what answers lead to.
    public let configuration: Configuration
    let session: ClientSession

    /// A client with a connector of its own, made on the event loop with the first request and closed by `close()`.
    /// - Parameters:
    ///   - configuration: holds for all requests.
    ///   - makeConnector: makes the connector; what it throws fails each request.
    public init(
        _ configuration: Configuration = Configuration(),
        makeConnector: @escaping @LoopActor @Sendable () throws -> BaseConnector = { try TCPConnector() }
    ) {
        self.configuration = configuration
        session = ClientSession(configuration, .toMake(makeConnector))
    }

    /// A client over `connector`, which stays the caller's to close.
    public init(connector: BaseConnector, _ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        session = ClientSession(configuration, .lent(connector))
    }

    /// Sends `request` and returns when the head of the answer is here; the body comes as it is read.
    ///
    /// Cancelling the task that calls it ends the request, and so does dropping the response before its body was read to
    /// the end: the connection is closed, and its slot is free for others.
    /// - Parameters:
    ///   - request: what to send.
    ///   - timeout: by when the whole answer, body included, must be here; nil = as the configuration says.
    ///   - listener: told what happens to the request; nil costs nothing.
    /// - Returns: the answer, whatever its status.
    /// - Throws: `RequestError`, which names the request and holds the reason; `CancellationError`; or what the
    ///   sequence of the request's body threw.
    public func execute(
        _ request: ClientRequest, timeout: Duration? = nil, listener: (any TransferListener)? = nil
    ) async throws -> ClientResponse {
        try await ClientTransfer.start(request, in: session, timeout: timeout, listener)
    }

    /// Sends a GET for `url`; see `execute`.
    /// - Parameters:
    ///   - url: as people type it; `http` where it names no scheme.
    ///   - timeout: by when the whole answer must be here; nil = as the configuration says.
    /// - Returns: the answer, whatever its status.
    /// - Throws: `HTTPURLError` for what is no URL; else as `execute`.
    public func get(_ url: String, timeout: Duration? = nil) async throws -> ClientResponse {
        try await execute(ClientRequest(url), timeout: timeout)
    }

    /// Closes the client's own connector and ends what goes on over it. A connector that was given stays as it is, and so
    /// do requests under way over it. A cancelled task does not cut it short. Further requests fail.
    public func close() async {
        let session = session
        await EventLoop.shared.start { await session.close() }.value
    }
}

/// Runs `body` with a client of its own and closes that on every way out.
///
///     try await withClient { client in
///         let response = try await client.get("https://example.com/")
///         print(response.status)
///     }
/// - Parameters:
///   - configuration: holds for all requests of the client.
///   - makeConnector: makes the client's connector.
///   - body: may send any number of requests at once.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws.
public func withClient<Result>(
    _ configuration: HTTPClient.Configuration = HTTPClient.Configuration(),
    makeConnector: @escaping @LoopActor @Sendable () throws -> BaseConnector = { try TCPConnector() },
    _ body: (HTTPClient) async throws -> Result
) async rethrows -> Result {
    let client = HTTPClient(configuration, makeConnector: makeConnector)
    do {
        let result = try await body(client)
        await client.close()
        return result
    } catch {
        await client.close()
        throw error
    }
}

extension ConnectionRequest {
    /// A direct connection to where `url` points; its Unix socket where it names one.
    public init(_ url: HTTPURL) {
        self.init(
            scheme: url.scheme.isTLS ? "https" : "http",
            host: url.host + (url.zone.map { "%" + $0 } ?? ""), port: url.port,
            dial: url.socketPath.map { .unixSocket(path: $0) })
    }
}
