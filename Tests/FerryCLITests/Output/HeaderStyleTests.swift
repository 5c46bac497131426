import HTTPCore
import Testing

@testable import FerryCLI

@Suite struct HeaderStyleTests {
    private func styled(_ block: String, at url: String? = "http://h/dir/page") throws -> String {
        let url = try url.map { try HTTPURL.parse($0) }
        return String(
            decoding: Array(block.utf8).withUnsafeBytes { HeaderStyle.styled($0, url: url) }, as: UTF8.self)
    }

    private func bold(_ text: String) -> String { "\u{1B}[1m\(text)\u{1B}[22m" }
    private func link(_ target: String, _ text: String) -> String {
        "\u{1B}]8;;\(target)\u{1B}\\\(text)\u{1B}]8;;\u{1B}\\"
    }

    @Test func `names are bold, the status line and values are not`() throws {
        #expect(
            try styled("HTTP/1.1 200 OK: fine\r\nServer: a:b\r\nX-Empty:\r\n\r\n")
                == "HTTP/1.1 200 OK: fine\r\n\(bold("Server")): a:b\r\n\(bold("X-Empty")):\r\n\r\n")
    }

    @Test func `lines that continue another stay plain`() throws {
        #expect(try styled("A: 1\r\n b: 2\r\n\r\n") == "\(bold("A")): 1\r\n b: 2\r\n\r\n")
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
        #expect(try styled("location: \(value)\r\n") == "\(bold("location")): \(expected)\r\n")
        #expect(try styled("LOCATION:\(value)\n") == "\(bold("LOCATION")):\(expected)\n")
    }

    @Test func `without a URL to resolve against nothing is a link`() throws {
        #expect(try styled("Location: /x\r\n", at: nil) == "\(bold("Location")): /x\r\n")
    }

    @Test func `nothing that the server says drives the terminal`() throws {
        let text = try styled("X\u{1B}[2J: \u{1B}]0;owned\u{7}\r\nLocation: /\u{1B}\\\u{1B}[2J\r\n\r\n")
        let own = text.replacing("\u{1B}[1m", with: "").replacing("\u{1B}[22m", with: "")
            .replacing("\u{1B}]8;;\u{1B}\\", with: "")
        #expect(
            !own.replacing("\u{1B}]8;;", with: "").replacing("\u{1B}\\", with: "").contains("\u{1B}"),
            "\(own)")
        #expect(!text.contains("\u{7}"))
        #expect(text.contains("\\x1B[2J"))
    }
}
