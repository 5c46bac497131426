import HTTPCore
import Testing

@Suite struct ResponseHeadTests {
    private func head(_ lines: String, status: String = "HTTP/1.1 200 OK") throws -> ResponseHead {
        try ResponseHead(parsing: "\(status)\r\n\(lines)\r\n")
    }

    @Test func `fields are found without regard to case`() throws {
        let head = try head("Server: x\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nEmpty:\r\n")
        #expect(head.first("server") == "x")
        #expect(head.first("SET-COOKIE") == "a=1")
        #expect(head.all("Set-Cookie") == ["a=1", "b=2"])
        #expect(head.first("Empty") == "")
        #expect(head.first("Set-Cooki") == nil)
        #expect(head.contains("EMPTY"))
        #expect(head.fields.map(\.name) == ["Server", "Set-Cookie", "set-cookie", "Empty"])
        #expect(head.fields[0].valueRange == 25..<26)
        #expect(head.fields[3].isNamed("empty"))
    }

    @Test func `values lose surrounding whitespace and folds become a space`() throws {
        let head = try head("A: \t x y \t\r\nB:\r\n  late\r\nC: one \r\n \r\n\ttwo\n  three \r\n \r\n")
        #expect(head.first("A") == "x y")
        #expect(head.first("B") == "late")
        #expect(head.first("C") == "one two three")
    }

    @Test func `bytes that are not UTF-8 are read as ISO-8859-1`() throws {
        let raw =
            Array("HTTP/1.1 302 Trouv".utf8) + [0xE9] + Array("\r\nLocation: /caf".utf8) + [
                0xE9, 13, 10, 13, 10,
            ]
        let head = try #require(feedEveryWay(raw, method: "HEAD").finalHead)
        #expect(head.reason == "Trouv\u{e9}")
        #expect(head.first("Location") == "/caf\u{e9}")
        #expect(head.firstField("Location")?.valueBytes.last == 0xE9)
    }

    @Test(arguments: [
        ("close", true), ("CLOSE", true), ("foo,close", true), ("foo ,\t close , bar", true),
        ("closed", false),
        ("close;q=1", false), ("", false), (",", false), ("foo\r\n close", false), ("foo,\r\n close", true),
    ])
    func `tokens are found in comma lists`(value: String, isThere: Bool) throws {
        #expect(try head("Connection: \(value)\r\n").containsToken("close", in: "connection") == isThere)
    }

    @Test func `tokens are found in every field of the name`() throws {
        let head = try head("Connection: a\r\nX: close\r\nConnection: b, close\r\n")
        #expect(head.containsToken("close", in: "Connection"))
        #expect(!head.containsToken("close", in: "Upgrade"))
    }

    @Test(
        arguments: [
            ("Content-Length: 5\r\n", 5), ("Content-Length: 5\r\nContent-Length: 05, 5\r\n", 5),
            ("Content-Length: 9223372036854775807\r\n", .max), ("", nil), ("Content-Length: x\r\n", nil),
            ("Content-Length: 5, 6\r\n", nil), ("Content-Length: 5\r\n 5\r\n", nil),
        ] as [(String, Int64?)])
    func `content length is one number or none`(lines: String, length: Int64?) throws {
        #expect(try head(lines).contentLength == length)
    }

    @Test(arguments: [("100", true), ("103", true), ("101", false), ("200", false)])
    func `informational heads are those before another`(status: String, isInformational: Bool) throws {
        #expect(try head("", status: "HTTP/1.1 \(status)").isInformational == isInformational)
    }

    @Test(arguments: [
        ("HTTP/1.1", "", false, true), ("HTTP/1.1", "Connection: close\r\n", false, false),
        ("HTTP/1.0", "", false, false), ("HTTP/1.0", "Connection: keep-alive\r\n", false, true),
        ("HTTP/1.0", "Connection: keep-alive, close\r\n", false, false),
        ("HTTP/1.1", "Proxy-Connection: close\r\n", false, true),
        ("HTTP/1.1", "Proxy-Connection: close\r\n", true, false),
        ("HTTP/1.0", "Proxy-Connection: keep-alive\r\n", true, true),
    ])
    func `the connection stays open as RFC 9112 has it`(
        version: String, lines: String, viaProxy: Bool, expected: Bool
    ) throws {
        #expect(try head(lines, status: "\(version) 200").keepsAlive(viaProxy: viaProxy) == expected)
    }

    @Test func `equal Locations are one`() throws {
        #expect(try head("Location: /a\r\nLocation: /a\r\n").first("Location") == "/a")
    }

    @Test func `a head from text must be whole and alone`() {
        #expect(throws: HTTPError.truncatedHead(received: 14)) {
            try ResponseHead(parsing: "HTTP/1.1 200\r\n")
        }
        #expect(throws: HTTPError.malformedStatusLine("x")) {
            try ResponseHead(parsing: "HTTP/1.1 200\r\n\r\nx")
        }
        #expect(throws: HTTPError.notHTTP) { try ResponseHead(parsing: "ICE/1.1 200\r\n\r\n") }
    }
}
