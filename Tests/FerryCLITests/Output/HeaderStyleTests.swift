import HTTPCore
import Testing

@testable import FerryCLI

@Suite struct HeaderStyleTests {
    private func styled(_ block: String, at url: String? = "http://h/dir/page") throws -> String {
        let url = try url.map { try HTTPURL.parse($0) }
        return String(
            decoding: Array(block.utf8).withUnsafeBytes { HeaderStyle.styled($0, url: url) }, as: UTF8.self)
    }

    private func name(_ text: String) -> String { coloured("1;36", text) }
    private func coloured(_ colour: String, _ text: String) -> String { "\u{1B}[\(colour)m\(text)\u{1B}[0m" }
    private func link(_ target: String, _ text: String) -> String {
        "\u{1B}]8;;\(target)\u{1B}\\\(text)\u{1B}]8;;\u{1B}\\"
    }

    @Test func `names and the status have colours, values have none`() throws {
        #expect(
            try styled("HTTP/1.1 200 OK: fine\r\nServer: a:b\r\nX-Empty:\r\n\r\n")
                == "HTTP/1.1 \(coloured("1;32", "200 OK: fine"))\r\n\(name("Server")): a:b\r\n\(name("X-Empty")):\r\n\r\n"
        )
    }

    @Test(arguments: [("100", "1;34"), ("204", "1;32"), ("302", "1;34"), ("404", "1;33"), ("503", "1;31")])
    func `a status has the colour of its class`(status: String, colour: String) throws {
        #expect(try styled("HTTP/1.0 \(status)\n") == "HTTP/1.0 \(coloured(colour, status))\n")
    }

    @Test func `a request line has its method in bold`() throws {
        #expect(
            try styled("PATCH /a:b HTTP/1.1\r\nHost: h\r\n")
                == "\(coloured("1", "PATCH")) /a:b HTTP/1.1\r\n\(name("Host")): h\r\n")
    }

    @Test func `lines that continue another stay plain`() throws {
        #expect(try styled("A: 1\r\n b: 2\r\n\r\n") == "\(name("A")): 1\r\n b: 2\r\n\r\n")
    }

    static let locations: [(String, String?)] = [
        ("http://other/x", "http://other/x"),
        ("https://other", "https://other/"),
        ("/abs?q", "http://h/abs?q"),
        ("rel", "http://h/dir/rel"),
        ("../up", "http://h/up"),
        ("http://me:secret@other/", "http://other/"),
        ("ftp://other/", nil),
        ("javascript:alert(1)", nil),
        ("http://", nil),
    ]

    @Test(arguments: locations)
    func `Location is a link when it leads to a page`(value: String, target: String?) throws {
        let expected = target.map { link($0, value) } ?? value
        #expect(try styled("location: \(value)\r\n") == "\(name("location")): \(expected)\r\n")
        #expect(try styled("LOCATION:\(value)\n") == "\(name("LOCATION")):\(expected)\n")
    }

    @Test func `without a URL to resolve against nothing is a link`() throws {
        #expect(try styled("Location: /x\r\n", at: nil) == "\(name("Location")): /x\r\n")
    }

    @Test func `nothing that the server says drives the terminal`() throws {
        let text = try styled("X\u{1B}[2J: \u{1B}]0;owned\u{7}\r\nLocation: /\u{1B}\\\u{1B}[2J\r\n\r\n")
        let own = text.replacing("\u{1B}[1;36m", with: "").replacing("\u{1B}[0m", with: "")
            .replacing("\u{1B}]8;;\u{1B}\\", with: "")
        #expect(
            !own.replacing("\u{1B}]8;;", with: "").replacing("\u{1B}\\", with: "").contains("\u{1B}"),
            "\(own)")
        #expect(!text.contains("\u{7}"))
        #expect(text.contains("\\x1B[2J"))
    }
}
