import HTTPCore
import Testing

private let ok = "HTTP/1.1 200 OK\r\n"

@Suite struct ResponseParserTests {
    @Test(arguments: [
        (ok + "Content-Length: 5\r\n\r\nhello", "200 length(5), 'hello', reusable"),
        (ok + "Content-Length: 0\r\n\r\n", "200 length(0), reusable"),
        (ok + "Content-Length: 5\r\nConnection: close\r\n\r\nhello", "200 length(5), 'hello', close"),
        (ok + "\r\nuntil the end", "200 untilClose, 'until the end', close"),
        (ok + "\r\n", "200 untilClose, close"),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200 length(2), 'hi', close"),
        (
            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: foo, Keep-Alive\r\n\r\nhi",
            "200 length(2), 'hi', reusable"
        ),
        (ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "200 chunked, 'hello', reusable"),
        ("HTTP/1.1 204 No Content\r\n\r\n", "204 none, reusable"),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "204 none, close"),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "204 none, reusable"),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "304 none, reusable"),
        ("HTTP/1.1 205 Reset\r\nContent-Length: 2\r\n\r\nno", "205 length(2), 'no', reusable"),
        (
            "HTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 1\r\n\r\nx",
            "100, 200 length(1), 'x', reusable"
        ),
        (
            "HTTP/1.1 100\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\n\r\nHTTP/1.1 204\r\n\r\n",
            "100, 103, 204 none, reusable"
        ),
        ("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "101 none, close"),
        ("\r\n\r\n\n\r\n" + ok + "Content-Length: 0\r\n\r\n", "200 length(0), reusable"),
        ("HTTP/1.1 200\nContent-Length: 2\n\nhi", "200 length(2), 'hi', reusable"),
        ("HTTP/1.1 999 \r\nContent-Length: 0\r\n\r\n", "999 length(0), reusable"),
    ])
    func `responses are read`(stream: String, expected: String) {
        #expect(feedEveryWay(stream).description == expected)
    }

    @Test(arguments: [
        (
            "HTTP/1.2 200 OK\r\n\r\n",
            "the response has version HTTP/1.2, and only HTTP/1.0 and HTTP/1.1 are spoken"
        ),
        ("HTTP/2 200\r\n\r\n", "the response has version HTTP/2, and only HTTP/1.0 and HTTP/1.1 are spoken"),
        (
            "HTTP/4.0 200\r\n\r\n",
            "the response has version HTTP/4.0, and only HTTP/1.0 and HTTP/1.1 are spoken"
        ),
        (
            "HTTP/1.10 200\r\n\r\n",
            "the response has version HTTP/1.10, and only HTTP/1.0 and HTTP/1.1 are spoken"
        ),
        ("HTTP/1.1\r\n\r\n", "malformed status line 'HTTP/1.1'"),
        ("HTTP/1.1 \r\n\r\n", "malformed status line 'HTTP/1.1 '"),
        ("HTTP/1.1 20\r\n\r\n", "malformed status line 'HTTP/1.1 20'"),
        ("HTTP/1.1 2000 OK\r\n\r\n", "malformed status line 'HTTP/1.1 2000 OK'"),
        ("HTTP/1.1 099 OK\r\n\r\n", "malformed status line 'HTTP/1.1 099 OK'"),
        ("HTTP/1.1 +20 OK\r\n\r\n", "malformed status line 'HTTP/1.1 +20 OK'"),
        ("HTTP/1.1  200 OK\r\n\r\n", "malformed status line 'HTTP/1.1  200 OK'"),
        ("HTTP/1.1\t200 OK\r\n\r\n", "malformed status line 'HTTP/1.1\\x09200 OK'"),
        ("HTTP/1.1 200OK\r\n\r\n", "malformed status line 'HTTP/1.1 200OK'"),
        ("HTTP/x 200 OK\r\n\r\n", "malformed status line 'HTTP/x 200 OK'"),
        ("HTTP/\r\n\r\n", "malformed status line 'HTTP/'"),
        ("<html>", "the response does not begin with HTTP/ (HTTP/0.9 is not allowed)"),
        ("http/1.1 200 OK\r\n\r\n", "the response does not begin with HTTP/ (HTTP/0.9 is not allowed)"),
        ("HTTQ", "the response does not begin with HTTP/ (HTTP/0.9 is not allowed)"),
        ("\r\rHTTP/1.1 200 OK\r\n\r\n", "the response does not begin with HTTP/ (HTTP/0.9 is not allowed)"),
        (
            "\n\n\n\n\nHTTP/1.1 200\r\n\r\n",
            "the response does not begin with HTTP/ (HTTP/0.9 is not allowed)"
        ),
    ])
    func `a stream that is not HTTP 1 is refused`(stream: String, message: String) {
        let error = feedEveryWay(stream).error
        #expect(error?.description == message)
        #expect(error?.kind == .unsupported)
    }

    @Test(arguments: [
        ("No colon", "header line without a colon: 'No colon'"),
        (": value", "header line without a name: ': value'"),
        ("Name : value", "whitespace between name and colon of header field 'Name'"),
        ("Name\t: value", "whitespace between name and colon of header field 'Name'"),
        ("Na me: value", "byte \\x20 in a header field name: 'Na me: value'"),
        ("Na(me: value", "byte \\x28 in a header field name: 'Na(me: value'"),
        ("Näme: value", "byte \\xc3 in a header field name: 'N\\xc3\\xa4me: value'"),
        ("Name: a\rb", "CR without LF in header field Name"),
        ("Name: a\r", "CR without LF in header field Name"),
        ("Na\rme: a", "CR without LF in header line 'Na\\x0dme: a'"),
        ("Name: a\u{0}b", "NUL byte in header field Name"),
        ("Na\u{0}me: b", "NUL byte in header line 'Na\\x00me: b'"),
        ("\u{0}", "NUL byte in header line '\\x00'"),
        ("\r", "CR without LF in header line '\\x0d'"),
        ("Location: /a\r\nlocation: /b", "two different Location fields: '/a' and '/b'"),
        ("Content-Length: 5\r\nContent-Length: 6", "two different Content-Length values: '5' and '6'"),
        ("Content-Length: 5, 6", "two different Content-Length values: '5' and '6'"),
        ("Content-Length: -5", "malformed Content-Length '-5'"),
        ("Content-Length: +5", "malformed Content-Length '+5'"),
        ("Content-Length:", "malformed Content-Length ''"),
        ("Content-Length: 5,", "malformed Content-Length '5,'"),
        ("Content-Length: 5 5", "malformed Content-Length '5 5'"),
        ("Content-Length: 0x5", "malformed Content-Length '0x5'"),
        ("Content-Length: 9223372036854775808", "malformed Content-Length '9223372036854775808'"),
        (
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "the response has both Transfer-Encoding and Content-Length"
        ),
    ])
    func `a weird head is refused`(lines: String, message: String) {
        let error = feedEveryWay(ok + lines + "\r\n\r\n").error
        #expect(error?.description == message)
        #expect(error?.kind == .weirdReply)
    }

    @Test func `a continuation line before the first field is refused`() {
        let error = feedEveryWay(ok + " folded\r\n\r\n").error
        #expect(error?.description == "continuation line before the first header field: ' folded'")
    }

    @Test(arguments: ["HTTP/1.1 200 O\rK\r\n\r\n", "HTTP/1.1 200 OK\r\r\n\r\n"])
    func `a bare CR in the status line is refused`(stream: String) {
        #expect(feedEveryWay(stream).error?.description == "CR without LF in the status line")
    }

    @Test func `a broken line is told before the head is complete`() {
        #expect(feed(Array((ok + "No colon\r\n").utf8), pieceSize: 1).isSettled)
        #expect(feed(Array("HTTP/3 200\n".utf8), pieceSize: 100).isSettled)
    }

    @Test(arguments: [
        ("chunked, gzip", "Transfer-Encoding 'chunked, gzip' has chunked before another coding"),
        ("chunked, chunked", "Transfer-Encoding 'chunked, chunked' has chunked twice"),
        ("chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding 'chunked, chunked' has chunked twice"),
        ("xchunked", "Transfer-Encoding 'xchunked' has the unknown coding 'xchunked'"),
        ("chunked;a=b", "Transfer-Encoding 'chunked;a=b' has the unknown coding 'chunked;a=b'"),
        ("identity", "Transfer-Encoding 'identity' has the unknown coding 'identity'"),
        ("\u{b}chunked", "Transfer-Encoding '\\x0bchunked' has the unknown coding '\\x0bchunked'"),
        (
            "gzip, chunked",
            "Transfer-Encoding 'gzip, chunked' has the coding 'gzip', which was not asked for"
        ),
        ("", "Transfer-Encoding '' names no coding"),
        (",", "Transfer-Encoding ',' names no coding"),
    ])
    func `a list of transfer codings that cannot be undone is refused`(value: String, message: String) {
        let error = feedEveryWay(ok + "Transfer-Encoding: \(value)\r\n\r\n").error
        #expect(error?.description == message)
        #expect(error?.kind == .badCoding)
    }

    @Test func `Transfer-Encoding in HTTP 1_0 is refused`() {
        let error = feedEveryWay("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").error
        #expect(error?.description == "Transfer-Encoding in an HTTP/1.0 response")
        #expect(error?.kind == .weirdReply)
    }

    @Test func `transfer codings are reported to a caller who asked for them`() throws {
        var parser = ResponseParser(method: "GET", options: .init(acceptsTransferCodings: true))
        let head = Array((ok + "Transfer-Encoding: GZip, , chunked\r\n\r\n").utf8)
        var offset = 0
        let event = try head.withUnsafeBytes { try parser.next($0, &offset) }
        guard case .head(_, .chunked) = event else {
            Issue.record("\(event)")
            return
        }
        #expect(parser.transferCodings == ["gzip"])
        let options = ResponseParser.Options(acceptsTransferCodings: true)
        let result = feedEveryWay(ok + "Transfer-Encoding: gzip\r\n\r\nx", options: options)
        #expect(result.description == "200 untilClose, 'x', close")
    }

    @Test(arguments: [
        ("", "connection closed before any byte of a response", HTTPError.Kind.emptyReply),
        ("HTT", "connection closed before the response head was complete (3 bytes received)", .truncated),
        ("\r\n", "connection closed before the response head was complete (2 bytes received)", .truncated),
        (ok, "connection closed before the response head was complete (17 bytes received)", .truncated),
        (
            ok + "A: b", "connection closed before the response head was complete (21 bytes received)",
            .truncated
        ),
        (
            "HTTP/1.1 100\r\n\r\n",
            "connection closed before the response head was complete (16 bytes received)", .truncated
        ),
        (
            ok + "Content-Length: 10\r\n\r\nhello", "connection closed with 5 of 10 body bytes received",
            .truncated
        ),
        (
            ok + "Transfer-Encoding: chunked\r\n\r\n9\r\nhello",
            "connection closed before the last chunk (5 body bytes received)", .truncated
        ),
        (
            ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
            "connection closed before the last chunk (1 body bytes received)", .truncated
        ),
    ])
    func `a stream that ends early is told apart`(stream: String, message: String, kind: HTTPError.Kind) {
        let result = feedEveryWay(stream)
        #expect(result.error?.description == message)
        #expect(result.error?.kind == kind)
        #expect(!result.isSettled)
    }

    @Test(arguments: [
        ("HEAD", ok + "Content-Length: 5\r\n\r\n", "200 none, reusable"),
        ("HEAD", ok + "Transfer-Encoding: chunked\r\n\r\n", "200 none, reusable"),
        ("HEAD", ok + "\r\n", "200 none, reusable"),
        ("CONNECT", "HTTP/1.1 200 Connected\r\nContent-Length: 5\r\n\r\n", "200 none, close"),
        ("CONNECT", "HTTP/1.1 407 Auth\r\nContent-Length: 2\r\n\r\nno", "407 length(2), 'no', reusable"),
        ("head", ok + "Content-Length: 1\r\n\r\nx", "200 length(1), 'x', reusable"),
    ])
    func `the method decides on the body`(method: String, stream: String, expected: String) {
        #expect(feedEveryWay(stream, method: method).description == expected)
    }

    @Test func `Content-Length can be ignored`() {
        let options = ResponseParser.Options(ignoresContentLength: true)
        let close = feedEveryWay(ok + "Content-Length: 1\r\nContent-Length: x\r\n\r\nhello", options: options)
        #expect(close.description == "200 untilClose, 'hello', close")
        let chunked = ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        #expect(feedEveryWay(chunked, options: options).description == "200 chunked, reusable")
    }

    @Test(arguments: ["<html>\r\n\r\n", "\r\n\r\nHTXP", "HTTP", "\r\n", "\r\r", "HTTPS is not it", "x"])
    func `an HTTP 0_9 answer is all body where it is allowed`(stream: String) {
        let result = feedEveryWay(stream, options: .init(allowsHTTP09: true))
        #expect(result.heads == ["200 untilClose"])
        #expect(result.body == Array(stream.utf8))
        #expect(result.raw.isEmpty)
        #expect(result.finalHead?.version == HTTPVersion(major: 0, minor: 9))
        #expect(result.isReusable == false)
    }

    @Test func `HTTP 0_9 is not allowed after an informational head nor as an empty reply`() {
        let options = ResponseParser.Options(allowsHTTP09: true)
        #expect(feedEveryWay("HTTP/1.1 100\r\n\r\n<html>", options: options).error == .notHTTP)
        #expect(feedEveryWay("", options: options).error == .emptyReply)
    }

    @Test func `Proxy-Connection counts only with a proxy`() {
        let stream = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nProxy-Connection: keep-alive\r\n\r\n"
        #expect(!feedEveryWay(stream).isReusable)
        #expect(feedEveryWay(stream, options: .init(isViaProxy: true)).isReusable)
    }

    @Test func `raw holds every head as received`() {
        let heads = "HTTP/1.1 100 Go\n\nHTTP/1.1 200 \tOdd \r\nA:b\r\nFolded:  x \r\n\t y\n\r\n"
        let result = feedEveryWay(heads + "body")
        #expect(result.raw == Array(heads.utf8))
        #expect(result.finalHead?.first("folded") == "x y")
        #expect(result.finalHead?.reason == "\tOdd ")
    }
}

@Suite struct ResponseParserLimitsTests {
    private let limits = ResponseParser.Limits(
        headBytes: 60, fields: 3, informationalHeads: 2, chunkLineBytes: 8)

    private func message(_ stream: String) -> String? {
        let error = feedEveryWay(stream, limits: limits).error
        if let error, case .malformedChunk = error {
            #expect(error.kind == .receive)
        } else {
            #expect(error == nil || error?.kind == .headTooLarge)
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

@Suite struct ResponseParserChunkTests {
    private let chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"

    @Test(arguments: [
        ("0\r\n\r\n", ""), ("000\r\n\r\n", ""), ("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc"),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("0000000000000003\r\nabc\r\n0\r\n\r\n", "abc"), ("3;name=value\r\nabc\r\n0;x\r\n\r\n", "abc"),
        ("3 \t\r\nabc\r\n0 ;x\r\n\r\n", "abc"), ("3;a=\"b;c\"\r\nabc\r\n0\r\n\r\n", "abc"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"), ("1\r\na\r\n0\r\n\n", "a"),
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
        ("1\na\r\n", "malformed chunk size line: LF without CR"),
        ("1;x\na\r\n", "malformed chunk size line: LF without CR"),
        ("1\ra", "malformed chunk size line: CR without LF"),
        ("1;a\rb\r\n", "malformed chunk size line: CR without LF"),
        ("1;\u{0}\r\n", "malformed chunk size line: NUL byte"),
        ("1\r\nab\r\n", "malformed chunk: byte \\x62 instead of CRLF after the data"),
        ("1\r\na\n0\r\n\r\n", "malformed chunk: byte \\x0a instead of CRLF after the data"),
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

@Suite struct ResponseParserLifeTests {
    private func next(
        _ parser: inout ResponseParser, _ text: String, _ offset: inout Int
    ) throws -> ResponseParser.Event {
        try Array(text.utf8).withUnsafeBytes { try parser.next($0, &offset) }
    }

    @Test func `two responses on one connection are read one after the other`() throws {
        let stream = ok + "Content-Length: 1\r\n\r\na" + "HTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\nb"
        var parser = ResponseParser(method: "GET")
        var offset = 0
        var statuses: [Int] = []
        while offset < stream.utf8.count {
            switch try next(&parser, stream, &offset) {
            case .head(let head, _): statuses.append(head.status)
            case .end:
                #expect(parser.connectionIsReusable)
                guard case .end = try next(&parser, stream, &offset) else {
                    Issue.record("nothing may come after the end")
                    return
                }
                parser.reset(method: "GET")
                #expect(!parser.receivedAnything)
                #expect(!parser.connectionIsReusable)
            default: break
            }
        }
        #expect(statuses == [200, 404])
    }

    @Test func `a known length can be taken past the parser`() throws {
        var parser = ResponseParser(method: "GET")
        var offset = 0
        #expect(parser.bodyBytesRemaining == nil)
        _ = try next(&parser, ok + "Content-Length: 9\r\n\r\n", &offset)
        #expect(parser.bodyBytesRemaining == 9)
        parser.skipBody(4)
        #expect(parser.bodyBytesRemaining == 5)
        #expect(throws: HTTPError.truncatedBody(received: 4, expected: 9)) {
            var copy = parser
            _ = try copy.finish()
        }
        parser.skipBody(5)
        #expect(parser.bodyBytesReceived == 9)
        offset = 0
        guard case .end = try next(&parser, "", &offset) else {
            Issue.record("the body is complete")
            return
        }
        #expect(parser.connectionIsReusable)
        #expect(parser.bodyBytesRemaining == 0)
    }

    @Test func `an error is thrown again`() throws {
        var parser = ResponseParser(method: "GET")
        var offset = 0
        #expect(throws: HTTPError.notHTTP) { _ = try next(&parser, "x", &offset) }
        #expect(throws: HTTPError.notHTTP) { _ = try next(&parser, ok, &offset) }
        #expect(throws: HTTPError.notHTTP) { _ = try parser.finish() }
        #expect(!parser.connectionIsReusable)
    }

    @Test func `a 101 is an upgrade`() throws {
        var parser = ResponseParser(method: "GET")
        var offset = 0
        _ = try next(&parser, "HTTP/1.1 101 Switching Protocols\r\n\r\nbytes of it", &offset)
        #expect(parser.isUpgrade)
        #expect(offset == 36)
    }

    @Test func `random damage never traps and reads the same in every cut`() {
        let seeds = [
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n c\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5;x=y\r\nhello\r\n0\r\nT: u\r\n\r\n",
            "\r\nHTTP/1.0 302 Found\r\nLocation: /x\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc",
        ].map { Array($0.utf8) }
        let bytes = Array("\r\n\t :;,0159afAF/HTPx\u{0}\u{7f}".utf8) + [0x80, 0xFF]
        var random = SplitMix(state: 20_261_122)
        for round in 0..<2000 {
            var stream = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<stream.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: stream.remove(at: index)
                case 1: stream.insert(bytes.randomElement(using: &random) ?? 0, at: index)
                case 2: stream[index] = bytes.randomElement(using: &random) ?? 0
                default: stream.removeSubrange(index...)
                }
                if stream.isEmpty { stream = [0x48] }
            }
            let options = ResponseParser.Options(allowsHTTP09: round % 5 == 0)
            let whole = feed(stream, pieceSize: stream.count, options: options)
            let pieces = feed(stream, pieceSize: 1 + round % 7, options: options)
            #expect(
                whole == pieces, "round \(round): \(String(decoding: stream, as: UTF8.self).debugDescription)"
            )
        }
    }
}

/// A small generator with a fixed seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
