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
}
