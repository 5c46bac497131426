import Testing

@testable import HTTPCore

@Suite struct CarriedTextTests {
    @Test(
        arguments: [
            [], [0x61], [0xE9], [0x63, 0xE9, 0x62], [0xC3, 0xA9], [0xC3], [0xFF, 0xFE, 0x80],
            [0xED, 0xA0, 0x80],
            // The characters that carry, and their neighbours.
            [0xF4, 0x8F, 0xBE, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x8F, 0xBD, 0xBF],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF4, 0x8F, 0xBE], [0xF0, 0x9F, 0x98, 0x80, 0xF4],
        ] as [[UInt8]])
    func `all bytes come back`(bytes: [UInt8]) {
        let text = CarriedText.text(of: bytes)
        #expect(CarriedText.bytes(of: text).bytes == bytes)
        let longer = [0xC3] + bytes + [0xA9]
        #expect(CarriedText.text(of: longer.dropFirst().dropLast()) == text)
        longer.withUnsafeBytes {
            #expect(CarriedText.text(of: $0.dropFirst().dropLast()) == text)
            #expect(CarriedText.text(of: UnsafeRawBufferPointer(rebasing: $0.dropFirst().dropLast())) == text)
        }
    }

    @Test func `all pairs of bytes come back`() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let bytes = [first, second]
                guard CarriedText.bytes(of: CarriedText.text(of: bytes)).bytes == bytes else {
                    Issue.record("\(bytes)")
                    return
                }
            }
        }
    }

    @Test func `text is text`() {
        #expect(CarriedText.text(of: Array("caf\u{E9} \u{1F600}".utf8)) == "caf\u{E9} \u{1F600}")
        #expect(!CarriedText.isCarried("caf\u{E9} \u{1F600}"))
        #expect(CarriedText.isCarried(CarriedText.text(of: [0x61, 0xE9])))
        #expect(
            CarriedText.percentEncoded("http://h/" + CarriedText.text(of: [0xE9, 0x62])) == "http://h/%E9b")
    }

    @Test func `texts are the same when their bytes are`() {
        let long = String(repeating: "abcdefgh", count: 9)
        for (left, right, areSame) in [
            ("", "", true), ("a", "a", true), ("a", "b", false), ("a", "ab", false), ("", "a", false),
            ("\u{E9}", "\u{E9}", true), ("\u{E9}", "e\u{301}", false), ("\u{212B}", "A\u{30A}", false),
            (long, long + "", true), (long, String(long.dropLast()) + "H", false),
            (long + "\u{212B}", long + "A\u{30A}", false),
        ] {
            #expect(CarriedText.areSame(left, right) == areSame)
            #expect((ByteString(left) == ByteString(right)) == areSame)
        }
        #expect(CarriedText.areSame(nil, nil) && !CarriedText.areSame("", nil))
    }
}
