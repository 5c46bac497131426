import Testing

@testable import HTTPCore

/// Texts that are JSON and texts that are not, whole and byte by byte.
@Suite struct JSONCheckerTests {
    static let good = [
        "null", " true ", "false\n", "0", "-0", "-1.5e+10", "1E5", "\"\"", #""a\"\\\/\b\f\n\r\tA""#, "[]",
        "{}",
        "[1,2 , 3]", #"{"a":1,"b":[{}]}"#, "\u{FEFF}[1]", #""\ud83d\ude00""#, #""\ud800""#, "\"ä€😀\"",
        "123456789012345678901234567890.5", "[[[[[[[[]]]]]]]]", #"{"a":1,"a":2}"#,
    ]

    @Test(arguments: good)
    func `a JSON text is taken`(text: String) throws {
        var checker = JSONChecker()
        for byte in text.utf8 { try checker.take(byte) }
        try checker.finish()
        _ = try JSONValue(Array(text.utf8))
    }

    private static let words: [(String, JSONError.Reason, Int)] = [
        ("", .endsEarly, 0), (" ", .endsEarly, 1), ("nul", .endsEarly, 3), ("nulx", .unexpected(0x78), 3),
        ("01", .secondValue, 1), ("-", .endsEarly, 1), ("-a", .unexpected(0x61), 1), ("1.", .endsEarly, 2),
        ("1.x", .unexpected(0x78), 2), ("1e", .endsEarly, 2), ("1e+", .endsEarly, 3),
        (".5", .unexpected(0x2E), 0),
        ("+1", .unexpected(0x2B), 0), ("[", .endsEarly, 1), ("[1", .endsEarly, 2),
        ("[1,]", .unexpected(0x5D), 3),
        ("[1 2]", .unexpected(0x32), 3), ("]", .unexpected(0x5D), 0), ("[}", .unexpected(0x7D), 1),
        ("{]", .unexpected(0x5D), 1), ("{1:2}", .unexpected(0x31), 1), (#"{"a"}"#, .unexpected(0x7D), 4),
        (#"{"a":}"#, .unexpected(0x7D), 5), (#"{"a":1,}"#, .unexpected(0x7D), 7), ("1 2", .secondValue, 2),
        ("{} x", .secondValue, 3), ("\"a", .endsEarly, 2), ("\"\n\"", .control, 1),
        (#""\x""#, .invalidEscape, 2),
        (#""\u12g4""#, .invalidEscape, 5), ("'a'", .unexpected(0x27), 0), ("NaN", .unexpected(0x4E), 0),
    ]

    private static let bytes: [([UInt8], JSONError.Reason, Int)] = [
        ([0x22, 0xFF, 0x22], .invalidUTF8, 1), ([0x22, 0xC0, 0x80, 0x22], .invalidUTF8, 1),
        ([0x22, 0xED, 0xA0, 0x80, 0x22], .invalidUTF8, 2), ([0x22, 0xE2, 0x82, 0x22], .invalidUTF8, 3),
        ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .invalidUTF8, 2), ([0xEF, 0xBB, 0x31], .unexpected(0x31), 2),
        ([0xEF, 0xBB], .endsEarly, 2), ([0x31, 0xEF, 0xBB, 0xBF], .secondValue, 1),
    ]

    static let bad = bytes + words.map { (Array($0.0.utf8), $0.1, $0.2) }

    @Test(arguments: bad)
    func `what is no JSON is refused at its place`(bytes: [UInt8], reason: JSONError.Reason, position: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue(bytes) }
        #expect(error == JSONError(reason: reason, position: position))
    }

    @Test func `nothing that nests deeper than ten thousand is taken, and nothing recurses before`() throws {
        let deep = { (count: Int) in
            Array((String(repeating: "[", count: count) + String(repeating: "]", count: count)).utf8)
        }
        let value = try JSONValue(deep(10_000))
        #expect(value.count == 1)
        #expect(throws: JSONError(reason: .tooDeep, position: 10_000)) { try JSONValue(deep(10_001)) }
        let objects = String(repeating: #"{"a":"#, count: 9_999) + "1" + String(repeating: "}", count: 9_999)
        let path = try JSONPath.parse(Array(String(repeating: ".a", count: 1000).utf8)).path
        try path.evaluate(try JSONValue(Array(objects.utf8))) { value in
            #expect(value.kind == .object)
            return true
        }
    }

    @Test func `an error says where and what`() {
        let texts = ["[1,]", "\u{1}", "[", "{\"a\":\"\\q\"}"].map { text in
            (#expect(throws: JSONError.self) { try JSONValue(Array(text.utf8)) }).map { "\($0)" }
        }
        #expect(
            texts == [
                "at byte 4 ']' cannot stand there", "at byte 1 the byte 1 cannot stand there",
                "at byte 2 it ends too early", "at byte 8 an escape in a string is unknown",
            ])
    }
}
