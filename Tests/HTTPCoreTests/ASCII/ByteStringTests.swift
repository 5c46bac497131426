import HTTPCore
import Testing

@Suite struct ByteStringTests {
    @Test func `what is UTF-8 is text, and anything else keeps its bytes`() {
        let text = ByteString("pé".utf8)
        #expect(text.text == "pé")
        #expect(text.bytes == [0x70, 0xC3, 0xA9])
        #expect(text.count == 3)
        let other = ByteString([0x70, 0xE9])
        #expect(other.text == nil)
        #expect(other.bytes == [0x70, 0xE9])
        #expect(other.count == 2)
        #expect(!other.isEmpty && ByteString([]).isEmpty && ByteString("").isEmpty)
        #expect(other.withBytes { Array($0) } == [0x70, 0xE9])
        #expect(text.withBytes { Array($0) } == [0x70, 0xC3, 0xA9])
    }

    @Test func `equal means the same bytes, not the same characters`() {
        #expect(ByteString("\u{e9}") != ByteString("e\u{301}"))
        #expect(ByteString("\u{e9}") == ByteString([0xC3, 0xA9]))
        #expect(ByteString([0xE9]) != "\u{e9}")
        #expect(ByteString([0xE9]) == ByteString([0xE9]))
        let names: Set<ByteString> = ["a", "\u{e9}", "e\u{301}", ByteString([0xE9]), ByteString([0x61])]
        #expect(names.count == 4)
    }

    @Test func `halves of a character make it when they are joined`() {
        #expect((ByteString([0xC3]) + ByteString([0xA9])).text == "é")
        #expect("a" + ByteString([0xFF]) == ByteString([0x61, 0xFF]))
        #expect("a" + "b" as ByteString == "ab")
        #expect(ByteString.joined([ByteString([0xC3]), ByteString([0xA9])], separator: "") == "é")
        #expect(
            ByteString.joined(["a", "b", ByteString([0xFF])], separator: "; ").bytes == Array("a; b; ".utf8)
                + [0xFF])
    }

    @Test func `it is shown as text`() {
        #expect("\(ByteString([0x70, 0xE9]))" == "pé")
        #expect("\(ByteString("ü"))" == "ü")
    }
}
