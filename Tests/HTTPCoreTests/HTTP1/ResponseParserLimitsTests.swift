import HTTPCore
import Testing

private let ok = "HTTP/1.1 200 OK\r\n"

@Suite struct ResponseParserLimitsTests {
    private let limits = ResponseParser.Limits(
        headBytes: 60, fields: 3, informationalHeads: 2, chunkLineBytes: 8)

    private func message(_ stream: String) -> String? {
        let error = feedEveryWay(stream, limits: limits).error
        switch error {
        case .malformedChunk, .headTooLarge, .trailersTooLarge: #expect(error?.kind == .receive)
        default: #expect(error == nil || error?.kind == .tooMany)
        }
        return error?.description
    }

    @Test func `a head up to the limit is taken and one byte more refused`() {
        let head = "HTTP/1.1 204\r\nName: "
        let fits = head + String(repeating: "x", count: 60 - head.utf8.count - 4)
        #expect(message(fits + "\r\n\r\n") == nil)
        #expect(message(fits + "x\r\n\r\n") == "the response head is longer than 60 bytes")
    }

    @Test func `informational heads count towards the limits`() {
        let hint = "HTTP/1.1 103\r\n\r\n"
        #expect(message(hint + hint + "HTTP/1.1 204\r\n\r\n") == nil)
        #expect(message(hint + hint + hint) == "more than 2 informational responses")
        #expect(message(hint + hint + "HTTP/1.1 204\r\nName: value and more\r\n\r\n") != nil)
    }

    @Test func `a head without a line end is refused in one piece too`() {
        #expect(
            message("HTTP/1.1 200 " + String(repeating: "x", count: 1000))
                == "the response head is longer than 60 bytes")
        let none = ResponseParser.Limits(headBytes: -1, fields: -1)
        #expect(feedEveryWay("HTTP/1.1 200 OK\r\n\r\n", limits: none).error == .headTooLarge(limit: 0))
    }

    @Test func `too many fields are refused`() {
        #expect(message("HTTP/1.1 204\r\nA:\r\nB:\r\nC:\r\n\r\n") == nil)
        let message = message("HTTP/1.1 204\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n")
        #expect(message == "the response has more than 3 header fields")
    }

    @Test func `trailers have the same limits`() {
        let chunked = "HTTP/1.1 200\r\nTransfer-Encoding:chunked\r\n\r\n0\r\n"
        #expect(message(chunked + "A:\r\nB:\r\nC:\r\n\r\n") == nil)
        #expect(
            message(chunked + "A:\r\nB:\r\nC:\r\nD:\r\n\r\n") == "the response has more than 3 header fields")
        let long = "A: " + String(repeating: "x", count: 60) + "\r\n\r\n"
        #expect(message(chunked + long) == "the trailer section is longer than 60 bytes")
    }

    @Test func `a chunk size line is bounded`() {
        let chunked = "HTTP/1.1 200\r\nTransfer-Encoding:chunked\r\n\r\n"
        #expect(message(chunked + "0;abcde\r\n\r\n") == nil)
        #expect(message(chunked + "0;abcdefg\r\n\r\n") == "chunk size line longer than 8 bytes")
    }

    @Test func `the default limits are curl's`() {
        var fields = String(repeating: "A: b\r\n", count: 5000)
        #expect(feed(Array((ok + fields + "\r\n").utf8), pieceSize: 1 << 20).error == nil)
        fields += "A: b\r\n"
        #expect(
            feed(Array((ok + fields + "\r\n").utf8), pieceSize: 1 << 20).error == .tooManyFields(limit: 5000))
        let long = "A: " + String(repeating: "b", count: 300 * 1024)
        #expect(feed(Array((ok + long).utf8), pieceSize: 1 << 20).error == .headTooLarge(limit: 307_200))
    }

    @Test func `a head of 300 KiB is read byte by byte`() {
        let field = "Name: " + String(repeating: "v", count: 1000) + "\r\n"
        let stream = ok + String(repeating: field, count: 300) + "\r\n"
        let result = feed(Array(stream.utf8), pieceSize: 1)
        #expect(result.finalHead?.fields.count == 300)
        #expect(result.raw.count == stream.utf8.count)
    }
}
