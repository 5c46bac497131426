import HTTPCore
import Testing

@Suite struct ChunkedEncoderTests {
    private func appendChunk(_ data: some Collection<UInt8>, to buffer: inout [UInt8]) {
        ChunkedEncoder.appendSizeLine(data.count, to: &buffer)
        buffer += data
        ChunkedEncoder.appendLineEnd(to: &buffer)
    }

    @Test func `chunks and the last chunk are written`() throws {
        var buffer: [UInt8] = []
        appendChunk(Array("hello, chunked world".utf8), to: &buffer)
        ChunkedEncoder.appendSizeLine(0, to: &buffer)
        ChunkedEncoder.appendSizeLine(65_535, to: &buffer)
        ChunkedEncoder.appendLineEnd(to: &buffer)
        try ChunkedEncoder.appendLastChunk(trailers: [HeaderField(name: "A", value: "b")], to: &buffer)
        let expected = "14\r\nhello, chunked world\r\nffff\r\n\r\n0\r\nA: b\r\n\r\n"
        #expect(String(decoding: buffer, as: UTF8.self) == expected)
    }

    @Test func `what is encoded is read back`() throws {
        var stream = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        let body = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }
        for start in stride(from: 0, to: body.count, by: 700) {
            appendChunk(body[start..<min(start + 700, body.count)], to: &stream)
        }
        try ChunkedEncoder.appendLastChunk(to: &stream)
        #expect(feedEveryWay(stream).body == body)
    }

    @Test func `a trailer with a line end is refused`() {
        var buffer: [UInt8] = []
        #expect(throws: HTTPError.invalidFieldValue(name: "A")) {
            try ChunkedEncoder.appendLastChunk(trailers: [HeaderField(name: "A", value: "\n")], to: &buffer)
        }
        #expect(buffer.isEmpty)
    }
}
