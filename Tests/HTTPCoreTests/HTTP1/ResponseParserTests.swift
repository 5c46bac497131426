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
        (
            "Content-Length: 99999999999999999999\r\nContent-Length: 99999999999999999998",
            "two different Content-Length values: '99999999999999999999' and '99999999999999999998'"
        ),
    ])
    func `a weird head is refused`(lines: String, message: String) {
        let error = feedEveryWay(ok + lines + "\r\n\r\n").error
        #expect(error?.description == message)
        #expect(error?.kind == .weirdReply)
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
        ("chunked, identity", "Transfer-Encoding 'chunked, identity' has chunked before another coding"),
        ("xchunked", "Transfer-Encoding 'xchunked' has the unknown coding 'xchunked'"),
        ("chunked;a=b", "Transfer-Encoding 'chunked;a=b' has the unknown coding 'chunked;a=b'"),
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

    @Test(arguments: ["identity", "Identity", " identity "])
    func `a body that is coded in no way ends where the stream does`(value: String) {
        let result = feedEveryWay(ok + "Transfer-Encoding: \(value)\r\n\r\nabc")
        #expect(result.description == "200 untilClose, 'abc', close")
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
            "connection closed after an informational response and before any byte of the final one",
            .emptyReply
        ),
        (
            "HTTP/1.1 100\r\n\r\n\r\n",
            "connection closed after an informational response and before any byte of the final one",
            .emptyReply
        ),
        (
            "HTTP/1.1 100\r\n\r\nH",
            "connection closed before the response head was complete (17 bytes received)", .truncated
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
        #expect(feedEveryWay(chunked, options: options).description == "200 chunked, close")
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

    @Test(arguments: [
        ("5\r\nhello\r\n0\r\n\r\n", true), ("0\r\n\r\n", true),
        ("2;x=y\r\nhe\r\n3\r\nllo\r\n00\r\nA: b\r\nC: d\r\n\r\n", true),
    ])
    func `the framing of chunks can be kept`(body: String, isReusable: Bool) {
        let stream = ok + "Transfer-Encoding: chunked\r\n\r\n" + body
        let result = feedEveryWay(stream, options: .init(keepsFraming: true))
        #expect(result.heads == ["200 chunked"])
        #expect(result.body == Array(body.utf8))
        #expect(result.trailers == [] && result.isReusable == isReusable)
    }

    @Test func `framing that is kept is checked all the same`() {
        let options = ResponseParser.Options(keepsFraming: true)
        let head = ok + "Transfer-Encoding: chunked\r\n\r\n"
        #expect(feedEveryWay(head + "x\r\n", options: options).error?.kind == .receive)
        #expect(feedEveryWay(head + "5\r\nhel", options: options).error?.kind == .truncated)
        let plain = feedEveryWay(ok + "Content-Length: 5\r\n\r\nhello", options: options)
        #expect(plain.description == "200 length(5), 'hello', reusable")
    }

    @Test func `raw holds every head as received`() {
        let heads = "HTTP/1.1 100 Go\n\nHTTP/1.1 200 \tOdd \r\nA:b\r\nFolded:  x \r\n\t y\n\r\n"
        let result = feedEveryWay(heads + "body")
        #expect(result.raw == Array(heads.utf8))
        #expect(result.finalHead?.first("folded") == "x y")
        #expect(result.finalHead?.reason == "\tOdd ")
    }
}
