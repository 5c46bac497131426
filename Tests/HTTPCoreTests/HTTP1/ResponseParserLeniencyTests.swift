import HTTPCore
import Testing

private let ok = "HTTP/1.1 200 OK\r\n"
private let chunked = ok + "Transfer-Encoding: chunked\r\n"
private let bareLineFeed = "LF without CR in the chunked coding"

/// What servers of the real world send: it is read, and no second response follows on the connection.
@Suite struct ResponseParserLeniencyTests {
    /// A stream, what is read of it, and what is odd, with the group of that as an error.
    static let table: [(stream: String, read: String, oddity: String, kind: HTTPError.Kind)] = [
        (
            chunked + "Content-Length: 9\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "200 chunked, 'hi', close",
            "the response has both Transfer-Encoding and Content-Length", .weirdReply
        ),
        (
            ok + "Content-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "200 chunked, close",
            "the response has both Transfer-Encoding and Content-Length", .weirdReply
        ),
        (chunked + "\r\n2\nhi\r\n0\r\n\r\n", "200 chunked, 'hi', close", bareLineFeed, .receive),
        (chunked + "\r\n2;x=y\nhi\r\n0\r\n\r\n", "200 chunked, 'hi', close", bareLineFeed, .receive),
        (chunked + "\r\n2 \nhi\r\n0\r\n\r\n", "200 chunked, 'hi', close", bareLineFeed, .receive),
        (chunked + "\r\n2\r\nhi\n0\r\n\r\n", "200 chunked, 'hi', close", bareLineFeed, .receive),
        (chunked + "\r\n2\r\nhi\r\n0\n\r\n", "200 chunked, 'hi', close", bareLineFeed, .receive),
        (chunked + "\r\n2\nhi\n0\n\n", "200 chunked, 'hi', close", bareLineFeed, .receive),
        (chunked + "\r\n0\r\n\n", "200 chunked, close", bareLineFeed, .receive),
        (chunked + "\r\n0\r\nA: b\n\r\n", "200 chunked, A: b, close", bareLineFeed, .receive),
        (
            ok + "Transfer-Encoding: chunked, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            "200 chunked, 'x', close", "Transfer-Encoding 'chunked, chunked' has chunked twice", .badCoding
        ),
        (
            chunked + "Transfer-Encoding: Chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", "200 chunked, 'x', close",
            "Transfer-Encoding 'chunked, Chunked' has chunked twice", .badCoding
        ),
        (
            ok + "Transfer-Encoding: identity\r\n\r\nabc", "200 untilClose, 'abc', close",
            "Transfer-Encoding 'identity' has the coding identity, which is none", .badCoding
        ),
        (
            ok + "Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc",
            "200 length(3), 'abc', close",
            "Transfer-Encoding 'identity' has the coding identity, which is none", .badCoding
        ),
        (
            ok + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", "200 chunked, close",
            "Transfer-Encoding 'identity, chunked' has the coding identity, which is none", .badCoding
        ),
        (
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            "200 chunked, 'x', close", "Transfer-Encoding in an HTTP/1.0 response", .weirdReply
        ),
        (
            ok + " Transfer-Encoding: chunked\r\n\tmore\r\n \r\nContent-Length: 1\r\n\r\nx",
            "200 length(1), 'x', close",
            "a line that begins with a blank before the first header field of the head", .weirdReply
        ),
        (
            ok + "Content-Length: 9223372036854775808\r\n\r\nabc", "200 untilClose, 'abc', close",
            "malformed Content-Length '9223372036854775808'", .weirdReply
        ),
        (
            ok + "Content-Length: 0099999999999999999999, 99999999999999999999\r\n\r\n",
            "200 untilClose, close", "malformed Content-Length '99999999999999999999'", .weirdReply
        ),
    ]

    @Test(arguments: table.indices)
    func `an odd response is read, and its connection is not used again`(index: Int) {
        let row = Self.table[index]
        let result = feedEveryWay(row.stream)
        #expect(result.description == row.read)
        #expect(result.oddities.map(\.description) == [row.oddity])
    }

    @Test(arguments: table.indices)
    func `a strict reader refuses an odd response`(index: Int) {
        let row = Self.table[index]
        let result = feedEveryWay(row.stream, options: .init(isStrict: true))
        #expect(result.error?.description == row.oddity)
        #expect(result.error?.kind == row.kind)
    }

    @Test func `all that is odd is told, in order`() {
        let result = feedEveryWay(
            "HTTP/1.0 200 OK\r\n odd\r\nTransfer-Encoding: identity, chunked\r\nContent-Length: 1\r\n\r\n0\n\n"
        )
        #expect(
            result.oddities == [
                .malformedLine(line: "the head", .blankBeforeField),
                .badTransferEncoding("identity, chunked", .identity), .contentLengthWithTransferEncoding,
                .transferEncodingInHTTP10, .malformedChunk(.bareLF),
            ])
        #expect(!result.isReusable)
    }

    @Test func `an ordinary response has nothing odd`() {
        let lines = "HTTP/1.1 100\n\nHTTP/1.1 200\nA: b\n c\nContent-Length: 005, 5\n\nhello"
        let result = feedEveryWay(lines, options: .init(isStrict: true))
        #expect(result.description == "100, 200 length(5), 'hello', reusable")
        #expect(result.oddities == [])
    }

    @Test func `framing that is kept tells of bare line ends, too`() {
        let result = feedEveryWay(chunked + "\r\n1\nx\r\n0\r\n\r\n", options: .init(keepsFraming: true))
        #expect(result.body == Array("1\nx\r\n0\r\n\r\n".utf8))
        #expect(result.oddities == [.malformedChunk(.bareLF)])
        #expect(!result.isReusable)
    }

    @Test(arguments: [
        ("br", "x", "200 untilClose, 'x', close"),
        ("br, chunked", "1\r\nx\r\n0\r\n\r\n", "200 chunked, '1\r\nx\r\n0\r\n\r\n', reusable"),
    ])
    func `who keeps the framing gets the bytes under unknown codings`(
        value: String, body: String, read: String
    ) {
        let stream = ok + "Transfer-Encoding: \(value)\r\n\r\n" + body
        #expect(feedEveryWay(stream, options: .init(keepsFraming: true)).description == read)
        #expect(feedEveryWay(stream).error?.kind == .badCoding)
    }

    @Test(arguments: [
        ok + "A: b\r\nno colon\r\nC: d\r\n\r\n", ok + "Content-Length: 1\r\nContent-Length: 2\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n", ok + "A: \0\r\n\n",
    ])
    func `a head that is refused is kept as far as it came`(head: String) throws {
        let bytes = Array((head + "body\n\n").utf8)
        for piece in [bytes.count, 1] {
            var parser = ResponseParser(method: "GET")
            #expect(throws: HTTPError.self) {
                for start in stride(from: 0, to: bytes.count, by: piece) {
                    try bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { input in
                        var offset = 0
                        while offset < input.count { _ = try parser.next(input, &offset) }
                    }
                }
            }
            let whole = Array(head.utf8)
            #expect(
                piece == 1 ? whole.starts(with: parser.refusedHead) : parser.refusedHead == whole, "\(head)")
            #expect(parser.refusedHead.count > 16)
        }
    }

    @Test func `a 101 that was not asked for is no answer`() {
        let stream = "HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
        let error = feedEveryWay(stream).error
        #expect(error == .unaskedUpgrade)
        #expect(error?.kind == .weirdReply)
        let asked = feedEveryWay(stream, options: .init(acceptsUpgrade: true))
        #expect(asked.description == "101 untilClose, close")
    }

    @Test func `what is no HTTP on a connection that was used before is an error, not HTTP 0_9`() {
        let options = ResponseParser.Options(allowsHTTP09: true, isConnectionReused: true)
        let error = feedEveryWay("<html>", options: options).error
        #expect(error == .notHTTPOnReusedConnection)
        #expect(error?.kind == .weirdReply)
    }
}
