import Testing

@testable import TLS

/// Vectors of RFC 1321, FIPS 180-4 and RFC 4231.
@Suite struct MessageDigestTests {
    private func hexadecimal(_ bytes: [UInt8]?) -> String? {
        bytes.map { $0.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
    }

    @Test func `digests`() {
        #expect(hexadecimal(MessageDigest.md5.digest([])) == "d41d8cd98f00b204e9800998ecf8427e")
        #expect(
            hexadecimal(MessageDigest.md5.digest(Array("abc".utf8))) == "900150983cd24fb0d6963f7d28e17f72")
        #expect(
            hexadecimal(MessageDigest.sha256.digest([]))
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            hexadecimal(MessageDigest.sha256.digest(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func `authentication codes`() {
        let code = MessageDigest.sha256.authenticationCode(
            of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(
            hexadecimal(code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(MessageDigest.sha256.authenticationCode(of: [], key: [])?.count == 32)
    }

    /// Of "abc": RFC 1321 §A.5, FIPS 180-4's examples.
    private static let vectors: [(MessageDigest, String)] = [
        (.md5, "900150983cd24fb0d6963f7d28e17f72"),
        (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            .sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        ),
        (
            .sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ]

    @Test(arguments: vectors) func `every digest has its length and its value`(
        digest: MessageDigest, expected: String
    ) throws {
        #expect(hexadecimal(digest.digest(Array("abc".utf8))) == expected)
        #expect(digest.length * 2 == expected.count)
        // Whole, byte by byte, with nothing in between, and once more with the same object.
        let streaming = try #require(StreamingDigest(digest))
        streaming.update(Array("abc".utf8))
        #expect(hexadecimal(streaming.finish()) == expected)
        for byte in "abc".utf8 {
            streaming.update([byte])
            streaming.update([])
        }
        #expect(hexadecimal(streaming.finish()) == expected)
        #expect(streaming.finish() == digest.digest([]))
        #expect(MessageDigest(rawValue: digest.rawValue) == digest)
    }

    @Test func `a million bytes in pieces of any size`() throws {
        let all = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        let streaming = try #require(StreamingDigest(.sha256))
        var rest = all[...]
        var size = 1
        while !rest.isEmpty {
            let piece = rest.prefix(size)
            piece.withUnsafeBytes { streaming.update($0) }
            rest = rest.dropFirst(size)
            size = size * 3 + 1
        }
        #expect(
            hexadecimal(streaming.finish())
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }
}

@Suite struct RandomIdentifierTests {
    private struct Fixed: RandomNumberGenerator {
        var value: UInt64
        mutating func next() -> UInt64 { value }
    }

    @Test func `a UUID tells its version and variant, and the rest is random`() {
        var ones = Fixed(value: .max)
        #expect(RandomIdentifier.uuid(using: &ones) == "ffffffff-ffff-4fff-bfff-ffffffffffff")
        var zeros = Fixed(value: 0)
        #expect(RandomIdentifier.uuid(using: &zeros) == "00000000-0000-4000-8000-000000000000")
        let many = (0..<100).map { _ in RandomIdentifier.uuid() }
        #expect(Set(many).count == 100)
        #expect(many.allSatisfy { $0.utf8.count == 36 && $0.utf8.count { $0 == UInt8(ascii: "-") } == 4 })
    }
}
