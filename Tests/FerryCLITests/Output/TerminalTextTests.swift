import Testing

@testable import FerryCLI

@Suite struct TerminalTextTests {
    static let texts: [(String, String)] = [
        ("plain ä €", "plain ä €"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb", "a\r\nb"),
        ("a\rb", "a\\x0Db"),
        ("a\r", "a\\x0D"),
        ("\u{0}\u{7}\u{1B}]0;x", "\\x00\\x07\\x1B]0;x"),
        ("\u{7F}", "\\x7F"),
        ("\u{85}\u{9B}31m", "\\x85\\x9B31m"),
        ("\u{A0}", "\u{A0}"),
    ]

    @Test(arguments: texts)
    func `control characters are shown as text`(text: String, shown: String) {
        #expect(TerminalText.escaped(text) == shown)
        let bytes = Array(text.utf8).withUnsafeBytes { TerminalText.escaped($0) }
        #expect(String(decoding: bytes, as: UTF8.self) == shown)
    }

    @Test func `a long text is shortened and says how long it is`() {
        let whole = String(repeating: "é", count: 500)
        #expect(TerminalText.shortened(whole) == whole)
        #expect(
            TerminalText.shortened(String(repeating: "x", count: 100_000))
                == String(repeating: "x", count: 800) + "… (100000 bytes)")
        #expect(TerminalText.shortened(whole + "é") == whole + "… (1002 bytes)")
        let emoji = String(repeating: "\u{1F600}\u{301}", count: 500)
        #expect(TerminalText.shortened(emoji).hasSuffix("… (3000 bytes)"))
        #expect(TerminalText.shortened(emoji).utf8.count < 1020)
    }

    @Test func `a file keeps what is not ASCII`() {
        let bytes = [UInt8]("a\t\u{1B}[2J\u{7F}\r\n\r".utf8) + [0x9B, 0xE4, 0x0A]
        let shown = bytes.withUnsafeBytes { TerminalText.escapedASCIIControls($0) }
        #expect(shown == [UInt8]("a\t\\x1B[2J\\x7F\r\n\\x0D".utf8) + [0x9B, 0xE4, 0x0A])
    }

    @Test func `bytes that are no UTF-8 are escaped, too`() {
        let bytes = [UInt8]("a".utf8) + [0x9B, 0xE4, 0x0D, 0x0A, 0x0D]
        let shown = bytes.withUnsafeBytes { TerminalText.escaped($0) }
        #expect(String(decoding: shown, as: UTF8.self) == "a\\x9B\\xE4\r\n\\x0D")
    }
}
