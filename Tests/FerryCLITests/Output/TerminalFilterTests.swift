import Testing

@testable import FerryCLI

/// What of a body reaches a terminal: whole, and in two pieces cut at each place.
@Suite struct TerminalFilterTests {
    private func show(_ pieces: [[UInt8]]) -> [UInt8] {
        var filter = TerminalFilter()
        var shown: [UInt8] = []
        for piece in pieces { piece.withUnsafeBytes { filter.take($0, into: &shown) } }
        filter.finish(into: &shown)
        return shown
    }

    private func show(_ bytes: [UInt8]) -> [UInt8] {
        let whole = show([bytes])
        for cut in 0...bytes.count {
            #expect(show([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole, "cut at \(cut) of \(bytes)")
        }
        #expect(show(bytes.map { [$0] }) == whole)
        return whole
    }

    static let pictures = [
        "plain\ttext\r\nä€😀\u{A0}\u{BF}\n", "\u{1B}[31mred\u{1B}[0m",
        "\u{1B}[1;38;5;196m\u{1B}[48:2::1:2:3mx\u{1B}[m",
        "\u{1B}[H\u{1B}[2J\u{1B}[3J",
        "\u{1B}[10;20H\u{1B}[5A\u{1B}[B\u{1B}[C\u{1B}[2D\u{1B}[E\u{1B}[F\u{1B}[7G\u{1B}[3d\u{1B}[2`",
        "\u{1B}[K\u{1B}[1K\u{1B}[2X\u{1B}[3@\u{1B}[4P\u{1B}[L\u{1B}[M\u{1B}[2S\u{1B}[2T\u{1B}[I\u{1B}[Z\u{1B}[1;1f",
        "\u{1B}[s\u{1B}[u\u{1B}7\u{1B}8\u{1B}D\u{1B}E\u{1B}M", "\u{1B}(B\u{1B}[m", "a\u{8}b\u{B}\u{C}\r",
        "x\u{0}y",
    ]

    @Test(arguments: pictures)
    func `colours, moves of the cursor and erasing pass (T-03)`(text: String) {
        #expect(show(Array(text.utf8)) == Array(text.utf8))
    }

    static let drivers = [
        // Titles, clipboard, links, notices, colours of the terminal itself.
        "\u{1B}]0;owned\u{7}", "\u{1B}]2;t\u{1B}\\", "\u{1B}]52;c;ZXZpbA==\u{7}",
        "\u{1B}]8;;http://x\u{1B}\\l\u{1B}]8;;\u{1B}\\",
        "\u{1B}]9;4;1;50\u{7}", "\u{1B}]4;1;?\u{7}", "\u{1B}]1337;File=:AA\u{7}",
        // DCS, APC, PM, SOS.
        "\u{1B}P$q\"p\u{1B}\\", "\u{1B}P0;1|17/ab\u{1B}\\", "\u{1B}_Gi=1;AAAA\u{1B}\\", "\u{1B}^x\u{1B}\\",
        "\u{1B}Xx\u{1B}\\",
        "\u{1B}k-title\u{1B}\\",
        // Questions.
        "\u{1B}[c", "\u{1B}[0c", "\u{1B}[>c", "\u{1B}[=c", "\u{1B}[5n", "\u{1B}[6n", "\u{1B}[?6n",
        "\u{1B}[21t",
        "\u{1B}[?1$p", "\u{1B}[>q", "\u{1B}[x", "\u{1B}Z", "\u{5}", "\u{1B}[?u", "\u{1B}[?4m", "\u{1B}[?2;1S",
        // Modes of keys and window, resets, margins, printing.
        "\u{1B}[?1049h", "\u{1B}[?25l", "\u{1B}[?2004h", "\u{1B}[?1000h", "\u{1B}[4h", "\u{1B}[20l",
        "\u{1B}[>4;2m", "\u{1B}[>1u",
        "\u{1B}[=1u", "\u{1B}[<u", "\u{1B}=", "\u{1B}>", "\u{1B}c", "\u{1B}[!p", "\u{1B}[2;5r", "\u{1B}[1;2s",
        "\u{1B}[8;1;1t",
        "\u{1B}[i", "\u{1B}[5i", "\u{1B}[q", "\u{1B}[2 q", "\u{1B}[1\"q", "\u{1B}[1;2;3;4;5T", "\u{1B}[3g",
        "\u{1B}H",
        "\u{1B}[9999999b", "\u{1B}[?5W", "\u{1B}[1 @", "\u{1B}[1;1'z",
        // Other character sets, control characters, cut sequences.
        "\u{1B}(0", "\u{1B}(\u{E}", "\u{1B}(\u{9B}c", "\u{1B}(\u{1B}c", "\u{1B})0", "\u{1B}%G", "\u{1B}#8",
        "\u{1B} F", "\u{1B}n", "\u{1B}~", "\u{E}\u{F}",
        "\u{7}", "\u{7F}", "\u{18}\u{1A}",
        "\u{11}\u{13}", "\u{1B}", "\u{1B}[", "\u{1B}[31", "\u{1B}[31\u{7}m", "\u{1B}\u{1B}]0;x\u{7}",
        "\u{1B}[\u{1B}[c", "\u{1B}(",
        "\u{1B}[" + String(repeating: "1;", count: 100) + "m",
        // C1 as characters.
        "\u{9B}c", "\u{9D}0;x\u{9C}", "\u{90}x\u{9C}", "\u{84}\u{85}\u{8D}", "\u{9B}31m",
    ]

    @Test(arguments: drivers)
    func `everything else is shown as text (T-03)`(text: String) {
        let shown = show(Array(text.utf8))
        #expect(!shown.contains { $0 < 0x20 || $0 == 0x7F }, "\(shown)")
        #expect(
            !String(decoding: shown, as: UTF8.self).unicodeScalars.contains {
                (0x80..<0xA0).contains($0.value)
            })
        let first = text.unicodeScalars.first?.value ?? 0
        let hex = String(first, radix: 16, uppercase: true)
        #expect(String(decoding: shown, as: UTF8.self).hasPrefix("\\x\(first < 16 ? "0" : "")\(hex)"))
    }

    @Test func `C1 bytes are shown wherever no character has them`() {
        #expect(show([0x9B, 0x63]) == Array("\\x9Bc".utf8))
        #expect(show([0x41, 0x9D, 0x30, 0x3B, 0x9C]) == Array("A\\x9D0;\\x9C".utf8))
        // Overlong forms, surrogates and cut characters are no characters.
        #expect(show([0xE0, 0x82, 0x9B, 0x63]) == [0xE0] + Array("\\x82\\x9Bc".utf8))
        #expect(show([0xC0, 0x9B]) == [0xC0] + Array("\\x9B".utf8))
        #expect(show([0xC2, 0xC2, 0x9B]) == [0xC2] + Array("\\x9B".utf8))
        #expect(show([0xE2, 0x82, 0x1B, 0x5D]) == [0xE2, 0x82] + Array("\\x1B]".utf8))
        #expect(show([0xE2, 0x9B, 0x84]) == [0xE2, 0x9B, 0x84])
        #expect(show([0xF0, 0x9F, 0x98, 0x80, 0x9B]) == [0xF0, 0x9F, 0x98, 0x80] + Array("\\x9B".utf8))
        #expect(show([0xC2]) == [0xC2])
        // Latin-1 prose is none of a terminal's business.
        #expect(show([0x66, 0xFC, 0x72]) == [0x66, 0xFC, 0x72])
    }

    @Test func `colours that a body leaves on end with it`() {
        #expect(show(Array("\u{1B}[8mhidden".utf8)) == Array("\u{1B}[8mhidden\u{1B}[0m".utf8))
        #expect(show(Array("\u{1B}[1mx\u{1B}[m".utf8)) == Array("\u{1B}[1mx\u{1B}[m".utf8))
    }

    @Test func `what is held back is bounded`() {
        let long = Array("\u{1B}[".utf8) + [UInt8](repeating: 0x31, count: 100_000)
        var filter = TerminalFilter()
        var shown: [UInt8] = []
        long.withUnsafeBytes { filter.take($0, into: &shown) }
        #expect(shown.count > 99_000)
    }
}
