import HTTPCore
import Testing

@Suite struct StrongValidatorTests {
    private static func head(_ fields: String...) throws -> ResponseHead {
        try ResponseHead(parsing: (["HTTP/1.1 200 OK"] + fields).joined(separator: "\r\n") + "\r\n\r\n")
    }

    private static let changed = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"

    @Test func `a strong tag goes before a date (R-03)`() throws {
        let head = try Self.head("ETag: \"a\"", Self.changed, "Date: Sun, 06 Nov 1994 09:00:00 GMT")
        let validator = try #require(StrongValidator(of: head))
        #expect(validator == .entityTag("\"a\"") && validator.ifRange == "\"a\"")
        #expect(validator.matches(try Self.head("ETag: \"a\"")))
        #expect(!validator.matches(try Self.head("ETag: W/\"a\"")))
        #expect(!validator.matches(try Self.head(Self.changed)))
    }

    /// An é of one character, of two, and in ISO-8859-1.
    @Test func `tags that only look the same are of different bytes (R-03)`() throws {
        let tags: [[UInt8]] = [
            [0x22, 0xC3, 0xA9, 0x22], [0x22, 0x65, 0xCC, 0x81, 0x22], [0x22, 0xE9, 0x22],
        ]
        let heads = try tags.map {
            try ResponseHead(parsing: Array("HTTP/1.1 200 OK\r\nETag: ".utf8) + $0 + Array("\r\n\r\n".utf8))
        }
        for (index, head) in heads.enumerated() {
            let validator = try #require(StrongValidator(of: head))
            #expect(validator.ifRange.bytes == tags[index])
            #expect(heads.map(validator.matches) == heads.indices.map { $0 == index })
        }
    }

    @Test(arguments: ["W/\"a\"", "a", "\"", "\"a b\"", "\"a", ""])
    func `tags that are none, or weak`(_ tag: String) throws {
        #expect(StrongValidator(of: try Self.head("ETag: \(tag)")) == nil)
        #expect(StrongValidator(entityTag: ByteString(tag), lastModified: nil) == nil)
    }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:38 GMT", true), ("Sun, 06 Nov 1994 08:49:37 GMT", false),
            ("Sun, 06 Nov 1994 08:49:36 GMT", false), ("yesterday", false),
        ])
    func `a date is strong when the answer is younger (R-03)`(_ date: String, _ isStrong: Bool) throws {
        let head = try Self.head("ETag: W/\"a\"", Self.changed, "Date: \(date)")
        let validator = StrongValidator(of: head)
        #expect((validator != nil) == isStrong)
        guard let validator else { return }
        #expect(validator.ifRange == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(validator.matches(head))
        #expect(validator.matches(try Self.head("Last-Modified: Sunday, 06-Nov-94 08:49:37 GMT")))
        #expect(!validator.matches(try Self.head("Last-Modified: Sun, 06 Nov 1994 08:49:38 GMT")))
    }

    @Test func `without a Date nothing is known of it`() throws {
        #expect(StrongValidator(of: try Self.head(Self.changed)) == nil)
        #expect(StrongValidator(of: try Self.head()) == nil)
    }
}
