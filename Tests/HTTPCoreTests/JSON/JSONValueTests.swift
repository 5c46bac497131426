import Testing

@testable import HTTPCore

@Suite struct JSONValueTests {
    private func value(_ text: String) throws -> JSONValue { try JSONValue(Array(text.utf8)) }

    @Test(arguments: [
        (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e4\u20ac""#, "Aä€"),
        (#""\ud83d\ude00x""#, "😀x"), (#""\ud83dx""#, "\u{FFFD}x"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
        (#""\ude00""#, "\u{FFFD}"), (#""\\u0041""#, #"\u0041"#),
    ])
    func `escapes in strings are undone`(text: String, content: String) throws {
        #expect(String(decoding: try value(text).string, as: UTF8.self) == content)
    }

    @Test func `a string that is made is the string that is read`() throws {
        let content: [UInt8] = Array("a\"b\\c\u{1}\n€".utf8)
        #expect(JSONValue(string: content).string == content)
        #expect(try JSONValue(Array(JSONValue(string: content).raw)).string == content)
    }

    /// Each is smaller than the next.
    private static let order = [
        "null", "false", "true", "-1e100", "-10", "-9.5", "-0.001", "0", "1e-400", "0.1",
        "0.10000000000000000001",
        "1", "1.5", "2", "9007199254740992", "9007199254740993", "1e400", #""""#, #""A""#, #""a""#, #""ab""#,
        #""ä""#,
        "[]", "[null]", "[1]", "[1,0]", "[2]", "{}", #"{"a":1}"#, #"{"a":2}"#, #"{"a":0,"b":0}"#, #"{"b":0}"#,
    ]

    @Test func `values are in jq's order, numbers with all their digits (E-02)`() throws {
        for (index, one) in Self.order.enumerated() {
            for (other, text) in Self.order.enumerated() {
                let order = try JSONValue.compare(try value(one), try value(text))
                #expect(order.signum() == (index - other).signum(), "\(one) and \(text)")
            }
        }
    }

    @Test(arguments: [
        ("1", "1.0"), ("0", "-0.00e5"), ("100", "1e2"), ("0.001", "1E-3"), (#""A""#, #""\u0041""#),
        (#"{"a":1,"b":2}"#, #"{ "b":2, "\u0061":1.0 }"#), ("[1, 2]", "[1.0,2]"),
    ])
    func `what looks different may be equal`(one: String, other: String) throws {
        #expect(try JSONValue.compare(try value(one), try value(other)) == 0)
    }

    @Test func `an object that gives a name twice is not compared`() throws {
        #expect(throws: JSONValue.DuplicateName(name: [0x61])) {
            try JSONValue.compare(try value(#"{"a":1,"\u0061":1}"#), try value("{}"))
        }
    }
}
