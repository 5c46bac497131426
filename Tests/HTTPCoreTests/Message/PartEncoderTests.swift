import Testing

@testable import HTTPCore

struct PartEncoderTests {
    /// Encodes the content whole, byte by byte and in two halves; all must come to the same.
    private func encoded(_ content: String, _ encoding: PartEncoding) throws -> String {
        let bytes = Array(content.utf8)
        var results: [[UInt8]] = []
        for size in [max(1, bytes.count), 1, max(1, bytes.count / 2)] {
            var encoder = PartEncoder(encoding)
            var output: [UInt8] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                try encoder.encode(bytes[start..<min(bytes.count, start + size)], into: &output)
            }
            encoder.finish(into: &output)
            results.append(output)
        }
        #expect(results.allSatisfy { $0 == results[0] })
        if let length = encoding.length(of: Int64(bytes.count)) { #expect(length == Int64(results[0].count)) }
        return String(decoding: results[0], as: UTF8.self)
    }

    @Test(arguments: [PartEncoding.binary, .eightBit])
    func `nothing is changed`(_ encoding: PartEncoding) throws {
        #expect(try encoded("a\r\n\u{e9}\0", encoding) == "a\r\n\u{e9}\0")
    }

    @Test func `7bit refuses what is not ASCII`() throws {
        #expect(try encoded("plain\n", .sevenBit) == "plain\n")
        var encoder = PartEncoder(.sevenBit)
        var output: [UInt8] = []
        try encoder.encode(Array("abc".utf8), into: &output)
        do throws(PartEncodingError) {
            try encoder.encode([0x20, 0xC3], into: &output)
            Issue.record("accepted")
        } catch {
            #expect(error == PartEncodingError(offset: 4))
        }
        #expect(
            "\(PartEncodingError(offset: 4))"
                == "byte 4 of the content is not ASCII, as encoder 7bit demands")
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        (String(repeating: "A", count: 57), String(repeating: "QUFB", count: 19)),
        (String(repeating: "A", count: 58), String(repeating: "QUFB", count: 19) + "\r\nQQ=="),
        (
            String(repeating: "A", count: 114),
            String(repeating: "QUFB", count: 19) + "\r\n" + String(repeating: "QUFB", count: 19)
        ),
    ])
    func `base64 in lines of 76`(_ content: String, _ expected: String) throws {
        #expect(try encoded(content, .base64) == expected)
    }

    @Test(arguments: [
        ("", ""), ("plain text", "plain text"), ("a=b", "a=3Db"), ("caf\u{e9}", "caf=C3=A9"),
        ("end \r\nof\t\r\nline", "end=20\r\nof=09\r\nline"), ("blank at the end ", "blank at the end=20"),
        ("lone\nfeed", "lone=0Afeed"), ("lone\rreturn", "lone=0Dreturn"), ("last\r", "last=0D"),
        ("a\r\r\nb", "a=0D\r\nb"), ("nul\0", "nul=00"),
        (String(repeating: "x", count: 76), String(repeating: "x", count: 76)),
        (String(repeating: "x", count: 77), String(repeating: "x", count: 75) + "=\r\nxx"),
        (
            String(repeating: "x", count: 76) + "\r\ny",
            String(repeating: "x", count: 76) + "\r\ny"
        ),
        (String(repeating: "x", count: 74) + "==", String(repeating: "x", count: 74) + "=\r\n=3D=3D"),
    ])
    func `quoted-printable`(_ content: String, _ expected: String) throws {
        let result = try encoded(content, .quotedPrintable)
        #expect(result == expected)
        #expect(result.utf8.split(separator: 10).allSatisfy { $0.count <= 77 })
    }

    @Test func `many small pieces of one line stay linear`() throws {
        var encoder = PartEncoder(.quotedPrintable)
        var output: [UInt8] = []
        for _ in 0..<100_000 { try encoder.encode([0x20], into: &output) }
        encoder.finish(into: &output)
        #expect(output.count > 100_000)
    }
}

struct MultipartTests {
    @Test func `a boundary has 24 dashes and 22 letters and digits`() {
        var generator = SystemRandomNumberGenerator()
        let one = Multipart.makeBoundary(using: &generator)
        #expect(one.hasPrefix(String(repeating: "-", count: 24)) && one.utf8.count == 46)
        #expect(one.utf8.dropFirst(24).allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) })
        #expect(one != Multipart.makeBoundary(using: &generator))
    }

    @Test(arguments: [
        ("a.txt", "text/plain"), ("A.HTML", "text/html"), ("x.htm", "text/html"), ("p.JPeG", "image/jpeg"),
        ("p.jpg", "image/jpeg"), ("p.png", "image/png"), ("p.gif", "image/gif"), ("p.svg", "image/svg+xml"),
        ("p.pdf", "application/pdf"), ("p.xml", "application/xml"), (".xml", "application/xml"),
        ("a.tar.gz", nil), ("png", nil), ("", nil),
    ])
    func `types by ending`(_ name: String, _ type: String?) {
        #expect(Multipart.contentType(ofFileNamed: name) == type)
    }

    @Test func `names cannot leave their quotes`() {
        #expect(Multipart.escaped("a\"b\\c\r\nd\0", usesBackslashes: false) == "a%22b\\c%0D%0Ad%00")
        #expect(Multipart.escaped("a\"b\\c\r\nd\0", usesBackslashes: true) == "a\\\"b\\\\c%0D%0Ad%00")
    }
}
