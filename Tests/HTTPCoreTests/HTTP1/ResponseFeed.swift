import HTTPCore
import Testing

/// What a parser made of a stream, in words that a table can hold.
struct FeedResult: Equatable, CustomStringConvertible {
    /// Statuses of informational heads, then `status framing` of the final one.
    var heads: [String] = []
    var body: [UInt8] = []
    var trailers: [HeaderField] = []
    var error: HTTPError?
    var isReusable = false
    /// What was wrong and read all the same.
    var oddities: [HTTPError] = []
    /// The raw bytes of all heads, in order.
    var raw: [UInt8] = []
    var finalHead: ResponseHead?
    /// How many bytes of the stream were left when the response ended.
    var left = 0
    /// Whether the response ended, or failed, before the end of the stream was told.
    var isSettled = false

    var description: String {
        if let error { return (heads + ["error: \(error)"]).joined(separator: ", ") }
        var parts = heads
        if !body.isEmpty { parts.append("'\(String(decoding: body, as: UTF8.self))'") }
        parts += trailers.map(\.description)
        parts.append(isReusable ? "reusable" : "close")
        return parts.joined(separator: ", ")
    }
}

/// Feeds `stream` in pieces of `pieceSize` bytes, then its end.
func feed(
    _ stream: [UInt8], pieceSize: Int, method: String = "GET", options: ResponseParser.Options = .init(),
    limits: ResponseParser.Limits = .default
) -> FeedResult {
    var parser = ResponseParser(method: method, options: options, limits: limits)
    var result = FeedResult()
    var position = 0

    /// True once the response has ended.
    func note(_ event: ResponseParser.Event, _ input: [UInt8]) -> Bool {
        switch event {
        case .needsMore: break
        case .informational(let head):
            result.heads.append("\(head.status)")
            result.raw += head.raw
        case .head(let head, let framing):
            result.heads.append("\(head.status) \(framing)")
            result.raw += head.raw
            result.finalHead = head
        case .body(let range):
            #expect(!range.isEmpty)
            result.body += input[range]
        case .earlierBody(let bytes): result.body += bytes
        case .end(let trailers):
            result.trailers = trailers
            result.isReusable = parser.connectionIsReusable
            result.oddities = parser.oddities
            return true
        }
        return false
    }

    do throws(HTTPError) {
        while position < stream.count {
            let piece = Array(stream[position..<min(position + pieceSize, stream.count)])
            var offset = 0
            reading: while true {
                let event = try piece.withUnsafeBufferPointer { (bytes) throws(HTTPError) in
                    try parser.next(UnsafeRawBufferPointer(bytes), &offset)
                }
                if case .needsMore = event {
                    #expect(offset == piece.count, "needsMore with input left")
                    break reading
                }
                if note(event, piece) {
                    result.left = stream.count - position - offset
                    result.isSettled = true
                    return result
                }
            }
            position += piece.count
        }
    } catch {
        result.error = error
        result.isSettled = true
        return result
    }
    do throws(HTTPError) {
        while true {
            if note(try parser.finish(), []) { return result }
        }
    } catch {
        result.error = error
        return result
    }
}

/// Feeds a stream whole, byte by byte, in pieces of three, and with a tail; expects the same every time.
///
/// - Returns: what came of it.
@discardableResult
func feedEveryWay(
    _ stream: [UInt8], method: String = "GET", options: ResponseParser.Options = .init(),
    limits: ResponseParser.Limits = .default, sourceLocation: SourceLocation = #_sourceLocation
) -> FeedResult {
    func run(_ stream: [UInt8], _ pieceSize: Int) -> FeedResult {
        feed(stream, pieceSize: pieceSize, method: method, options: options, limits: limits)
    }
    let whole = run(stream, max(1, stream.count))
    for size in [1, 3] {
        let pieces = run(stream, size)
        // How far a stream was read before an error depends on the pieces; nothing else may.
        #expect(pieces == whole, "in pieces of \(size)", sourceLocation: sourceLocation)
    }
    guard whole.isSettled else { return whole }
    let tail = Array("tail\r\n\r\n".utf8)
    for size in [stream.count + tail.count, 1] {
        var longer = run(stream + tail, size)
        if whole.error == nil { longer.left -= tail.count }
        #expect(longer == whole, "with a tail, in pieces of \(size)", sourceLocation: sourceLocation)
    }
    return whole
}

@discardableResult
func feedEveryWay(
    _ stream: String, method: String = "GET", options: ResponseParser.Options = .init(),
    limits: ResponseParser.Limits = .default, sourceLocation: SourceLocation = #_sourceLocation
) -> FeedResult {
    feedEveryWay(
        Array(stream.utf8), method: method, options: options, limits: limits, sourceLocation: sourceLocation)
}
