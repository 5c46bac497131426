public import HTTPCore

/// The answer to a request: its head, and its body as it comes.
public struct ClientResponse: Sendable {
    /// What is known when the head is here.
    struct Parts: Sendable {
        let head: ResponseHead
        let url: HTTPURL
        let length: Int64?
    }

    private let parts: Parts
    /// What follows the head, to be read once.
    public let body: ResponseBody

    init(_ parts: Parts, _ handle: BodyHandle) {
        self.parts = parts
        body = ResponseBody(handle, length: parts.length)
    }

    /// Status line and header fields as they came. `Content-Encoding` still names what was decoded.
    public var head: ResponseHead { parts.head }
    /// For example 200.
    public var status: Int { parts.head.status }
    /// The URL that the answer is from, after all redirects, without user and password.
    public var url: HTTPURL { parts.url }

    /// The value of the first field of this name; nil = there is none.
    public subscript(field name: String) -> String? { parts.head.first(name) }

    /// The whole body, or what is left of it.
    /// - Parameter limit: the most bytes to hold; more is an error, and ends the exchange.
    /// - Returns: the bytes.
    /// - Throws: `ResponseTooLarge`, or as reading the body.
    public func collect(upTo limit: Int) async throws -> [UInt8] { try await body.collect(upTo: limit) }

    /// The whole body as UTF-8; what is no UTF-8 becomes U+FFFD.
    /// - Parameter limit: the most bytes to hold; more is an error, and ends the exchange.
    /// - Returns: the text.
    /// - Throws: as `collect`.
    public func text(upTo limit: Int) async throws -> String {
        String(decoding: try await collect(upTo: limit), as: UTF8.self)
    }
}

/// The body of a response: an asynchronous sequence of pieces, codings undone.
///
/// It is read once, by one task at a time. While nobody reads, a few hundred kilobytes are held and the server waits; other
/// requests go on. A body that is dropped before its end, with the response and all iterators, ends the exchange: its
/// connection is closed, and its slot is free.
///
///     for try await piece in response.body { count += piece.count }
public struct ResponseBody: AsyncSequence, Sendable {
    /// Bytes as they came, at least one.
    public typealias Element = [UInt8]

    private let handle: BodyHandle
    /// How many bytes there are in all; nil = it is not known before the end.
    public let length: Int64?

    init(_ handle: BodyHandle, length: Int64?) {
        self.handle = handle
        self.length = length
    }

    /// Goes on where an earlier iterator stopped.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(handle: handle) }

    /// Takes the pieces one after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let handle: BodyHandle

        /// The next piece; nil at the end.
        /// - Throws: `RequestError`, what the request's body threw, `BodyInUse`, or `CancellationError`, which ends the exchange.
        public mutating func next() async throws -> [UInt8]? { try await handle.transfer.nextPiece() }
    }

    /// The whole body, or what is left of it.
    /// - Parameter limit: the most bytes to hold; more is an error, and ends the exchange.
    /// - Returns: the bytes.
    /// - Throws: `ResponseTooLarge`, or as reading the body.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        let left = if let length { length - (await handle.transfer.takenBytes) } else { 0 as Int64 }
        var isTooLong = left > limit
        while !isTooLong, let piece = try await handle.transfer.nextPiece() {
            isTooLong = bytes.count + piece.count > limit
            if !isTooLong { bytes += piece }
        }
        guard isTooLong else { return bytes }
        await cancel()
        throw ResponseTooLarge(limit: limit)
    }

    /// The fields that came after the body; none before its end.
    public var trailers: [HeaderField] {
        get async { await handle.transfer.trailers }
    }

    /// Ends the exchange, unless it is over, and returns when its connection was given back.
    public func cancel() async { await handle.transfer.stop() }
}

/// Ends a transfer when nobody can read its body any more.
final class BodyHandle: Sendable {
    let transfer: ClientTransfer

    init(_ transfer: ClientTransfer) {
        self.transfer = transfer
    }

    deinit {
        let transfer = transfer
        EventLoop.shared.post(.callback { transfer.cancel() })
    }
}

/// A body longer than the caller wants to hold.
public struct ResponseTooLarge: Error, Hashable, Sendable, CustomStringConvertible {
    /// The most bytes that were allowed.
    public let limit: Int

    /// More than `limit` bytes came.
    public init(limit: Int) {
        self.limit = limit
    }

    /// One sentence.
    public var description: String { "the response body is longer than \(limit) bytes" }
}
