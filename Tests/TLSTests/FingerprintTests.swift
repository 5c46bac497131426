import TLS
import TestSupport
import Testing

@Suite struct FingerprintTests {
    private let digits = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

    @Test func `exactly 32 bytes are a fingerprint (TLS-08)`() throws {
        #expect(
            try Fingerprint(bytes: [UInt8](repeating: 0xAB, count: 32)).description
                == String(repeating: "ab", count: 32))
        #expect(throws: FingerprintError.md5) { try Fingerprint(bytes: [UInt8](repeating: 0, count: 16)) }
        #expect(throws: FingerprintError.sha1) { try Fingerprint(bytes: [UInt8](repeating: 0, count: 20)) }
        for count in [0, 1, 31, 33, 64] {
            #expect(throws: FingerprintError.length(count)) {
                try Fingerprint(bytes: [UInt8](repeating: 0, count: count))
            }
        }
    }

    @Test func `tools' ways to write it are understood (TLS-08)`() throws {
        let colons = stride(from: 0, to: 64, by: 2).map { index in
            String(digits.dropFirst(index).prefix(2)).uppercased()
        }.joined(separator: ":")
        for text in [
            digits, digits.uppercased(), colons, "sha256:" + digits, "SHA256:" + colons, "SHA-256=" + digits,
            "SHA256 Fingerprint=" + colons, "sha256 Fingerprint=\(colons)\n", "  \(digits) ",
            // As `openssl dgst` and ferry print it, and as browsers show it.
            "SHA2-256(stdin)= \(digits)\n", "SHA256(a.der)= \(digits)", "sha256 \(digits)  [::1]:8443\n",
            "sha256 \(digits)  beef:443", "sha256 " + colons, "SHA-256: " + colons,
            colons.replacing(":", with: " "), "sha256 " + colons.replacing(":", with: " "),
            "00 11" + digits.dropFirst(4), "sha256:\n\(digits.prefix(32))\n\(digits.dropFirst(32))",
        ] {
            #expect(try Fingerprint(hex: text).description == digits, "\(text)")
        }
    }

    @Test func `other digests are refused by name and by length (TLS-08)`() {
        for text in [String(digits.prefix(32)), "MD5 Fingerprint=" + digits.prefix(32), "md5:" + digits] {
            #expect(throws: FingerprintError.md5) { try Fingerprint(hex: text) }
        }
        for text in [String(digits.prefix(40)), "SHA1 Fingerprint=" + digits.prefix(40), "sha-1:"] {
            #expect(throws: FingerprintError.sha1) { try Fingerprint(hex: text) }
        }
        #expect(throws: FingerprintError.length(31)) { try Fingerprint(hex: String(digits.dropLast(2))) }
        #expect(throws: FingerprintError.length(0)) { try Fingerprint(hex: "") }
    }

    @Test func `anything but pairs of digits is refused`() {
        for text in [
            String(digits.dropLast()), "x" + digits.dropFirst(), ":" + digits, digits + ":",
            "00::" + digits.dropFirst(2),
            "0:0" + digits.dropFirst(2), "sha512:" + digits, "sha256", "sha256 \(digits)ab  host",
            "\(digits)  host:443", "sha256 = x" + digits, "=" + digits,
        ] {
            #expect(throws: FingerprintError.notHexadecimal, "\(text)") { try Fingerprint(hex: text) }
        }
    }

    @Test func `errors say what to do`() {
        #expect(FingerprintError.md5.description == "MD5 fingerprints are insecure; use the SHA-256 one")
        #expect(FingerprintError.sha1.description == "SHA-1 fingerprints are insecure; use the SHA-256 one")
        #expect(FingerprintError.length(5).description == "a SHA-256 fingerprint has 32 bytes, not 5")
        #expect(
            FingerprintError.notHexadecimal.description
                == "a fingerprint is written as pairs of hexadecimal digits")
    }

    @Test func `pins come alone or in lists`() throws {
        let one = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        let two = "sha256//" + String(repeating: "/", count: 42) + "8="
        #expect(PublicKeyPin.list(one)?.map(\.description) == [one])
        #expect(PublicKeyPin.list(one + ";" + two)?.map(\.description) == [one, two])
        for text in [
            "", ";", "AAAA", "sha256//", "sha256//AAAA", "sha1//AAAA", one.replacing("=", with: ""),
            one + "x", one.replacing("AA=", with: "A*="),
        ] {
            #expect(PublicKeyPin.list(text) == nil, "\(text)")
            // Beside a good one it is left out.
            #expect(PublicKeyPin.list(text + ";" + one)?.map(\.description) == [one], "\(text)")
            #expect(PublicKeyPin.list(one + ";" + text)?.map(\.description) == [one], "\(text)")
        }
        #expect(PublicKeyPin(bytes: [1]) == nil)
    }

    @Test func `a pin can be taken from a public key file`() throws {
        let info = try #require(CertificateInfo(der: Fixture.leaf.der))
        #expect(
            PublicKeyPin(
                publicKey: Array("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n".utf8)) == nil)
        #expect(PublicKeyPin(publicKey: []) == nil)
        #expect(info.publicKeyPin != nil)
        #expect(info.fingerprint == Fingerprint(ofDER: Fixture.leaf.der))
    }

    @Test func `a digest is SHA-256`() {
        #expect(
            Fingerprint(ofDER: Array("abc".utf8)).description
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
