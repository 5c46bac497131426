import HTTPCore
import Testing

@testable import FerryCLI

/// The text of NAME.part.meta, and everything that is none.
@Suite struct PartMetaTests {
    private static let meta = PartMeta(
        url: "http://a.test/f?q=\"1\"", name: "f\n\\é", validator: .entityTag("\"x\""), length: 1000,
        bytes: 77, partTime: 1_700_000_000_123_456_789)

    @Test func `what is written is read (R-05)`() throws {
        let text = Self.meta.text
        #expect(
            text
                == #"{"ferry_part": 1, "url": "http://a.test/f?q=\"1\"", "name": "f\n\\é", "etag": "\"x\"", "last_modified": null, "length": 1000, "bytes":                  77, "part_time_ns": 1700000000123456789}"#
                + "\n")
        #expect(try PartMeta(parsing: Array(text.utf8)) == Self.meta)
        let bare = PartMeta(
            url: "", name: "", validator: .lastModified(784_111_777, text: "Sun, 06 Nov 1994 08:49:37 GMT"),
            length: nil)
        #expect(try PartMeta(parsing: Array(bare.text.utf8)) == bare)
        #expect(bare.validator?.ifRange == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    @Test func `its length does not depend on the counts (R-05)`() {
        var other = Self.meta
        (other.bytes, other.partTime) = (0, 0)
        #expect(other.text.utf8.count == Self.meta.text.utf8.count)
        (other.bytes, other.partTime) = (.max, .max)
        #expect(other.text.utf8.count == Self.meta.text.utf8.count)
    }

    @Test func `every cut and every changed byte is harmless (R-05)`() throws {
        let bytes = Array(Self.meta.text.utf8)
        for count in 0..<bytes.count - 1 {
            #expect(throws: PartMeta.Problem.damaged) { try PartMeta(parsing: Array(bytes[..<count])) }
        }
        for index in bytes.indices {
            for byte in [UInt8(0), 0x22, 0x5C, 0x7D, 0xFF] {
                var other = bytes
                other[index] = byte
                // It may still be one, with another text in it; it must not trap.
                _ = try? PartMeta(parsing: other)
            }
        }
    }

    @Test(arguments: [
        "", "{}", "null", "[]", "{\"ferry_part\": 1}", "{\"ferry_part\": \"1\"}",
        #"{"ferry_part": 1, "url": "u", "name": "n", "etag": null, "last_modified": null, "length": 5, "bytes": 6, "part_time_ns": 0}"#,
        #"{"ferry_part": 1, "url": "u", "name": "n", "etag": null, "last_modified": null, "length": 5, "bytes": -1, "part_time_ns": 0}"#,
        #"{"ferry_part": 1, "url": "u", "name": "n", "etag": 1, "last_modified": null, "length": 5, "bytes": 1, "part_time_ns": 0}"#,
        #"{"ferry_part": 1, "url": "u", "url": "n", "etag": null, "last_modified": null, "length": 5, "bytes": 1, "part_time_ns": 0}"#,
        #"{"ferry_part": 1, "url": "u", "name": "n", "etag": null, "last_modified": null, "length": 5, "bytes": 1, "x": 0}"#,
        #"{"ferry_part": 1, "url": "u", "name": "n", "etag": null, "last_modified": null, "length": 5, "bytes": 99999999999999999999, "part_time_ns": 0}"#,
    ])
    func `damaged, foreign, impossible`(_ text: String) {
        #expect(throws: PartMeta.Problem.damaged) { try PartMeta(parsing: Array(text.utf8)) }
    }

    @Test func `a newer one is told apart`() {
        #expect(throws: PartMeta.Problem.newer) {
            try PartMeta(parsing: Array("{\"ferry_part\": 2, \"new\": \"x\"}".utf8))
        }
    }

    @Test(arguments: [
        "{\"a\": \"\\u0041\\n\"}", " { \"a\" : \"A\\n\" } ",
    ])
    func `flat objects`(_ text: String) {
        #expect(FlatJSON.parse(Array(text.utf8)) == ["a": .text("A\n")])
    }

    @Test(arguments: [
        "{\"a\": 1,}", "{\"a\": 01}", "{\"a\": 1.5}", "{\"a\": true}", "{\"a\": {}}", "{\"a\" 1}",
        "{\"a\": 1} x", "{\"a\": \"\\u+041\"}", "{\"a\": \"\u{1}\"}", "{a: 1}",
        "{\"a\": \"\\x\"}",
    ])
    func `no flat objects`(_ text: String) {
        #expect(FlatJSON.parse(Array(text.utf8)) == nil)
    }
}
