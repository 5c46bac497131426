import HTTPCore
import Testing

private let ok = "HTTP/1.1 200 OK\r\n"

@Suite struct ResponseParserChunkTests {
    private let chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"

    @Test(arguments: [
        ("0\r\n\r\n", ""), ("000\r\n\r\n", ""), ("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc"),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("0000000000000003\r\nabc\r\n0\r\n\r\n", "abc"), ("3;name=value\r\nabc\r\n0;x\r\n\r\n", "abc"),
        ("3 \t\r\nabc\r\n0 ;x\r\n\r\n", "abc"), ("3;a=\"b;c\"\r\nabc\r\n0\r\n\r\n", "abc"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
    ])
    func `chunks are read`(body: String, expected: String) {
        let result = feedEveryWay(chunked + body)
        #expect(result.error == nil)
        #expect(result.body == Array(expected.utf8))
        #expect(result.isReusable)
        #expect(result.left == 0)
    }

    @Test(arguments: [
        ("g\r\n", "malformed chunk size: unexpected byte \\x67"),
        ("\r\n", "malformed chunk size: unexpected byte \\x0d"),
        ("-1\r\n", "malformed chunk size: unexpected byte \\x2d"),
        ("+1\r\n", "malformed chunk size: unexpected byte \\x2b"),
        (" 1\r\n", "malformed chunk size: unexpected byte \\x20"),
        ("1 1\r\n", "malformed chunk size: unexpected byte \\x31"),
        ("0x1\r\n", "malformed chunk size: unexpected byte \\x78"),
        ("1_0\r\n", "malformed chunk size: unexpected byte \\x5f"),
        (";x\r\n", "malformed chunk size: unexpected byte \\x3b"),
        ("8000000000000000\r\n", "malformed chunk size: the number is too large"),
        ("ffffffffffffffff\r\n", "malformed chunk size: the number is too large"),
        ("00000000000000001\r\n", "malformed chunk size: the number is too large"),
        ("1\ra", "malformed chunk size line: CR without LF"),
        ("1;a\rb\r\n", "malformed chunk size line: CR without LF"),
        ("1;\u{0}\r\n", "malformed chunk size line: NUL byte"),
        ("1\r\nab\r\n", "malformed chunk: byte \\x62 instead of CRLF after the data"),
        ("1\r\na\rb", "malformed chunk: byte \\x62 instead of CRLF after the data"),
    ])
    func `broken chunks are refused`(body: String, message: String) {
        let error = feedEveryWay(chunked + body).error
        #expect(error?.description == message)
        #expect(error?.kind == .receive)
    }

    @Test func `the largest chunk size is taken`() {
        let result = feedEveryWay(chunked + "7fffffffffffffff\r\nabc")
        #expect(result.error == .truncatedBody(received: 3, expected: nil))
    }

    @Test func `the value of a trailer is bytes`() {
        let stream = Array((chunked + "0\r\nA: x").utf8) + [0xE9] + "\r\n\r\n".utf8
        #expect(feedEveryWay(stream).trailers == [HeaderField(name: "A", content: ByteString([0x78, 0xE9]))])
    }

    @Test func `trailers are reported and not merged`() {
        let result = feedEveryWay(chunked + "1\r\na\r\n0\r\nSum: x\r\n y\r\nContent-Length: 9\r\n\r\n")
        #expect(
            result.trailers == [
                HeaderField(name: "Sum", value: "x y"), HeaderField(name: "Content-Length", value: "9"),
            ])
        #expect(result.finalHead?.contains("Sum") == false)
        #expect(result.isReusable)
    }

    @Test(arguments: [
        ("bad\r\n\r\n", "header line without a colon: 'bad'"),
        ("A: \rb\r\n\r\n", "CR without LF in header field A"),
        (" x\r\n\r\n", "continuation line before the first header field: ' x'"),
    ])
    func `trailers keep the rules of fields`(trailers: String, message: String) {
        #expect(feedEveryWay(chunked + "0\r\n" + trailers).error?.description == message)
    }
}
