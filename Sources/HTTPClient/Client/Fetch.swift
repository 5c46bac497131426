public import Connector
public import HTTPCore

/// A response held in memory.
public struct HTTPResponse: Sendable {
    /// Status line and header fields.
    public let head: ResponseHead
    /// The body without transfer coding, content coding as received.
    public let body: [UInt8]
    /// Fields after a chunked body.
    public let trailers: [HeaderField]
}

extension HTTPClient {
    /// Fetches `url` with GET, without following redirects, and holds the answer in memory.
    /// - Parameters:
    ///   - url: http or https.
    ///   - headers: sent after Host and Accept.
    ///   - limit: the most body bytes to hold; more is an error.
    ///   - limits: deadlines.
    /// - Returns: the response, whatever its status.
    /// - Throws: `URLError`, `HTTPClientError`, `ResponseTooLarge`, `CancellationError`.
    public func fetch(
        _ url: String, headers: [HeaderField] = [], limit: Int = 64 * 1024 * 1024, limits: Limits = Limits()
    ) async throws -> HTTPResponse {
        let url = try HTTPURL.parse(url)
        var fields = [
            HeaderField(name: "Host", value: url.hostHeader), HeaderField(name: "Accept", value: "*/*"),
        ]
        if connector.forceClose { fields.append(HeaderField(name: "Connection", value: "close")) }
        let request = RequestMessage(method: "GET", target: url.requestTarget, fields: fields + headers)
        let collector = Collector(limit: limit)
        try await send(
            request, to: try connector.endpoint(for: ConnectionRequest(url)), handler: collector,
            limits: limits)
        guard let head = collector.head else { throw HTTPClientError.http(.emptyReply) }
        return HTTPResponse(head: head, body: collector.body, trailers: collector.trailers)
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

/// Gathers one response.
@LoopActor
private final class Collector: ExchangeHandler {
    private let limit: Int
    private(set) var head: ResponseHead?
    private(set) var body: [UInt8] = []
    private(set) var trailers: [HeaderField] = []

    init(limit: Int) {
        self.limit = limit
    }

    func responseHead(_ head: ResponseHead, framing: BodyFraming) throws -> BodyRoute {
        self.head = head
        if case .length(let length) = framing {
            guard length <= limit else { throw ResponseTooLarge(limit: limit) }
            // No more than a little on the peer's word alone.
            body.reserveCapacity(Int(min(length, 1 << 20)))
        }
        return .deliver(nil)
    }

    func responseBody(_ bytes: UnsafeRawBufferPointer) throws {
        guard body.count + bytes.count <= limit else { throw ResponseTooLarge(limit: limit) }
        body.append(contentsOf: bytes)
    }

    func responseEnd(trailers: [HeaderField]) throws {
        self.trailers = trailers
    }
}

/// A body longer than the caller wants to hold.
public struct ResponseTooLarge: Error, Sendable, CustomStringConvertible {
    /// The most bytes that were allowed.
    public let limit: Int

    /// One sentence.
    public var description: String { "the response body is longer than \(limit) bytes" }
}
