import Testing

@testable import HTTPCore

/// JSON laid out: whole, byte by byte and with a tail that is no JSON.
@Suite struct JSONPrinterTests {
    private static let indented = JSONPrinter.Style(isIndented: true, isColoured: false)
    private static let coloured = JSONPrinter.Style(isIndented: true, isColoured: true)
    private static let colours = JSONPrinter.Style(isIndented: false, isColoured: true)

    /// What comes out of `bytes` when they come in pieces of `size`.
    private func print(_ bytes: [UInt8], _ style: JSONPrinter.Style, size: Int = .max) -> [UInt8] {
        let printer = JSONPrinter(style)
        var result: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let end = start + min(size, bytes.count - start)
            bytes[start..<end].withUnsafeBytes { piece in printer.take(piece) { result += $0 } }
            start = end
        }
        printer.finish { result += $0 }
        return result
    }

    /// The same whole and in small pieces, which must agree.
    private func print(_ text: String, _ style: JSONPrinter.Style = indented) -> String {
        let bytes = Array(text.utf8)
        let whole = print(bytes, style)
        for size in [1, 2, 7] {
            #expect(print(bytes, style, size: size) == whole, "pieces of \(size): \(text)")
        }
        return String(decoding: whole, as: UTF8.self)
    }

    /// Without white space outside of strings, for texts that are JSON.
    private func packed(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5C {
                    isEscaped = true
                } else if byte == 0x22 {
                    isInString = false
                }
            } else if [0x20, 0x0A, 0x0D, 0x09].contains(byte) {
                continue
            } else if byte == 0x22 {
                isInString = true
            }
            result.append(byte)
        }
        return result
    }

    private func withoutColours(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var isSequence = false
        for byte in bytes {
            if byte == 0x1B { isSequence = true }
            if !isSequence { result.append(byte) }
            if byte == UInt8(ascii: "m") { isSequence = false }
        }
        return result
    }

    // MARK: Layout

    static let layouts: [(String, String)] = [
        ("", ""), (" \n", ""), ("null", "null\n"), ("1", "1\n"), ("-0.50E+007", "-0.50E+007\n"),
        ("[]", "[]\n"),
        ("[ ]", "[]\n"), ("{ \n}", "{}\n"), ("\"a\"", "\"a\"\n"),
        ("[1,2 , 3]", "[\n  1,\n  2,\n  3\n]\n"),
        (
            #"{"b":1,"a":{"x":[],"y":[{}]},"b":2.0}"#,
            "{\n  \"b\": 1,\n  \"a\": {\n    \"x\": [],\n    \"y\": [\n      {}\n    ]\n  },\n  \"b\": 2.0\n}\n"
        ),
        ("[true,false,null]", "[\n  true,\n  false,\n  null\n]\n"),
        ("{\"a\":1}\n{\"a\":2}\n", "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n"),
        ("{}[]\"a\"{}", "{}\n[]\n\"a\"\n{}\n"),
        ("1 2\n3", "1\n2\n3\n"), ("true \"a\"", "true\n\"a\"\n"), ("\u{FEFF}[1]", "\u{FEFF}[\n  1\n]\n"),
        ("[\r\n\t1\r\n]\r\n", "[\n  1\n]\n"), (#"[" \" , [ \\"]"#, "[\n  \" \\\" , [ \\\\\"\n]\n"),
    ]

    @Test(arguments: layouts)
    func `each member and element has its line (T-02)`(text: String, expected: String) {
        #expect(print(text) == expected)
    }

    @Test func `names, texts, numbers and words have colours`() {
        let reset = "\u{1B}[0m"
        #expect(
            print(#"{"a":"b","c":[1,true,null]}"#, Self.coloured)
                == """
                {
                  \u{1B}[1;34m"a"\(reset): \u{1B}[32m"b"\(reset),
                  \u{1B}[1;34m"c"\(reset): [
                    \u{1B}[36m1\(reset),
                    \u{1B}[33mtrue\(reset),
                    \u{1B}[35mnull\(reset)
                  ]
                }

                """)
        // Colours alone leave white space as it is.
        #expect(
            print("[ 1 ,\n\t\"a\"]\n\n", Self.colours)
                == "[ \u{1B}[36m1\(reset) ,\n\t\u{1B}[32m\"a\"\(reset)]\n\n")
    }

    static let texts =
        JSONCheckerTests.good + [
            "[0.1, 1e400, -1E-400, 9007199254740993, 1.0000000000000000000000000001, -0, 0e0]",
            #"{"":{"":[[],{},[[]],[{"a":[]}]]},"\u0000":"\u0000","\ud834\udd1e":"𝄞"}"#,
            #"{"k":1,"k":1,"K":1}"#, "\t[\"\u{7F}\u{2028}\u{E000}\u{10FFFF}\"]\r\n",
            "\"\(String(repeating: "é", count: 100))\"",
            "[" + (0..<500).map { "{\"id\":\($0),\"t\":\"x\\n\($0)\"}" }.joined(separator: ",") + "]",
            String(repeating: "[", count: 200) + String(repeating: "]", count: 200),
        ]

    @Test(arguments: texts)
    func `value, digits and order stay as they are (T-02)`(text: String) throws {
        let bytes = Array(text.utf8)
        for style in [Self.indented, Self.coloured, Self.colours] {
            for size in [Int.max, 1, 13] {
                let plain = withoutColours(print(bytes, style, size: size))
                #expect(packed(plain) == packed(bytes), "\(style) \(size)")
                _ = try JSONValue(plain)
            }
        }
        // What is laid out is not changed any more.
        let once = print(bytes, Self.indented)
        #expect(print(once, Self.indented) == once)
    }

    // MARK: No JSON

    @Test(arguments: JSONCheckerTests.bad)
    func `what is no JSON passes from its place on (T-02)`(
        bytes: [UInt8], reason: JSONError.Reason, position: Int
    ) {
        guard reason != .secondValue, reason != .endsEarly else { return }
        let tail = Array("  {\"a\": [1,  2]}\n\n \u{1B}".utf8)
        for style in [Self.indented, Self.colours] {
            for size in [Int.max, 1] {
                let shown = print(bytes + tail, style, size: size)
                let rest = bytes[position...] + tail
                #expect(shown.suffix(rest.count) == rest, "\(bytes)")
                let before = withoutColours(Array(shown.dropLast(rest.count)))
                #expect(packed(before) == packed(Array(bytes[..<position])))
            }
        }
    }

    static let broken: [(String, String)] = [
        ("1.2.3.4\n", "1.2.3.4\n"), ("01", "01"), ("1 hello  world", "1\nhello  world"), ("nully", "nully"),
        ("{\"a\":1} <p>  x", "{\n  \"a\": 1\n}\n<p>  x"), ("[1,\n 2 3,  4]", "[\n  1,\n  23,  4]"),
        ("12\"a\"", "12\"a\""), ("[1,2", "[\n  1,\n  2"), ("\"a", "\"a"), ("{\"a\" ", "{\n  \"a\""),
        ("hello  world", "hello  world"), ("<html>  </html>", "<html>  </html>"), ("]  ", "]  "),
    ]

    @Test(arguments: broken)
    func `broken and cut texts lose nothing`(text: String, expected: String) {
        #expect(print(text) == expected)
    }

    @Test func `a colour ends where JSON ends`() {
        #expect(print("[\"a\n\"]", Self.colours) == "[\u{1B}[32m\"a\u{1B}[0m\n\"]")
        #expect(print("[12", Self.colours) == "[\u{1B}[36m12\u{1B}[0m")
        #expect(print("trux", Self.colours) == "\u{1B}[33mtru\u{1B}[0mx")
    }

    @Test func `any depth is taken without a trap, and ten thousand levels are laid out`() {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        let shown = print(deep, Self.indented, size: 4096)
        #expect(shown.suffix(1_000_000 - 10_000) == deep.suffix(1_000_000 - 10_000))
        // Deep lines are not indented without end.
        #expect(shown.count < 1_000_000 + 10_000 * 130)
        let both = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        #expect(packed(print(Array(both.utf8), Self.coloured)) == Array(both.utf8))
        let objects = String(repeating: "{\"a\":", count: 3000) + "1" + String(repeating: "}", count: 3000)
        #expect(packed(print(Array(objects.utf8), Self.indented)) == Array(objects.utf8))
    }

    @Test func `no piece that comes out is large, however large the text is`() {
        let printer = JSONPrinter(Self.coloured)
        let line = Array((#"{"a":["# + String(repeating: "1,", count: 50_000) + "1]}").utf8)
        var most = 0
        for _ in 0..<20 {
            line.withUnsafeBytes { printer.take($0) { most = max(most, $0.count) } }
        }
        #expect(most <= 64 * 1024 && most > 0)
    }

    /// Texts that are damaged at random places: the printer and the checker agree on the place.
    @Test(arguments: 0..<8)
    func `printer and checker agree`(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func random(_ count: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(count))
        }
        for _ in 0..<300 {
            var bytes = Array(Self.texts[random(Self.texts.count)].utf8)
            guard bytes.count < 300, !bytes.isEmpty else { continue }
            let alphabet = Array("{}[]\",:01.eE+-truefalsn\\ \u{1}é".utf8)
            for _ in 0...random(3) { bytes[random(bytes.count)] = alphabet[random(alphabet.count)] }
            var checker = JSONChecker()
            var place: Int?
            do throws(JSONError) {
                for byte in bytes { try checker.take(byte) }
            } catch {
                // Several values are a text here, and none there.
                if error.reason == .secondValue { continue }
                place = error.position
            }
            let shown = withoutColours(
                print(bytes, random(2) == 0 ? Self.indented : Self.coloured, size: 1 + random(9)))
            #expect(packed(shown) == packed(bytes) || place != nil, "\(bytes)")
            guard let place else { continue }
            #expect(shown.suffix(bytes.count - place) == bytes[place...], "\(bytes) at \(place)")
        }
    }
}
