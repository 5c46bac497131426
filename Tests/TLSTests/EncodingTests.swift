import TestSupport
import Testing

@testable import TLS

@Suite struct Base64Tests {
    private func decode(_ text: String, limit: Int = .max) -> [UInt8]? {
        Array(text.utf8).withUnsafeBytes { Base64.decode($0, limit: limit) }
    }

    @Test func `the examples of RFC 4648 pass both ways`() {
        for (plain, text) in [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            #expect(Base64.encode(Array(plain.utf8)) == text)
            #expect(decode(text) == Array(plain.utf8))
        }
        let all = (0...255).map { UInt8($0) }
        #expect(decode(Base64.encode(all)) == all)
    }

    @Test func `white space is skipped, anything else is refused`() {
        #expect(decode("Zm9v\r\n YmFy\t\n") == Array("foobar".utf8))
        for text in [
            "Z", "Zg", "Zg=", "Zg===", "=", "Zm9v=", "Zg==Zg==", "Zm9-", "Zm9_", "Zm9v\u{0}", "Zm9vé",
        ] {
            #expect(decode(text) == nil, "\(text)")
        }
    }

    @Test func `what stands between two digits or in place of one counts wherever it is`() {
        let text = Array("Zm9vYmFyZm9vYmFyZg==".utf8)
        for place in text.indices {
            var other = text
            other.insert(UInt8(ascii: "\n"), at: place)
            #expect(decode(String(decoding: other, as: UTF8.self)) == Array("foobarfoobarf".utf8), "\(place)")
            for foreign in "-=\0é".utf8 where place < 18 {
                other = text
                other[place] = foreign
                #expect(other.withUnsafeBytes { Base64.decode($0) } == nil, "\(place) \(foreign)")
            }
        }
    }

    @Test func `a limit stops early and does not look at the rest`() {
        #expect(decode("Zm9vYmFy!!!!", limit: 4) == Array("foobar".utf8))
        #expect(decode("Zm9v", limit: 100) == Array("foo".utf8))
    }
}

@Suite struct PEMScannerTests {
    private func bodies(_ text: String) -> [String] {
        Array(text.utf8).withUnsafeBytes { bytes in
            var scanner = PEMScanner(bytes)
            var found: [String] = []
            while let body = scanner.next() { found.append(String(decoding: bytes[body], as: UTF8.self)) }
            return found
        }
    }

    @Test func `certificates are found among other text`() {
        let text = """
            # A comment -- with dashes ---- and ----- more
            -----BEGIN CERTIFICATE-----
            one
            -----END CERTIFICATE-----
            -----BEGIN PRIVATE KEY-----
            secret
            -----END PRIVATE KEY-----
            -----BEGIN X509 CERTIFICATE-----two-----END X509 CERTIFICATE-----
            -----BEGIN TRUSTED CERTIFICATE-----
            three
            -----END TRUSTED CERTIFICATE-----
            """
        #expect(bodies(text) == ["\none\n", "two"])
    }

    @Test func `a block that is cut off does not swallow the next`() {
        #expect(
            bodies("-----BEGIN CERTIFICATE-----\nlost\n-----BEGIN CERTIFICATE-----x-----END CERTIFICATE-----")
                == ["x"])
        #expect(bodies("-----BEGIN CERTIFICATE-----\nlost\n-----BEGIN KEY-----x-----END KEY-----") == [])
        #expect(bodies("-----BEGIN CERTIFICATE-----\nlost") == [])
        #expect(bodies("-----END CERTIFICATE----------BEGIN CERT") == [])
        #expect(bodies("") == [])
    }

    @Test func `a file of dashes takes linear time`() {
        #expect(bodies(String(repeating: "-----BEGIN ", count: 100_000)) == [])
        #expect(bodies(String(repeating: "-", count: 1_000_000)) == [])
    }
}

@Suite struct CertificateNamesTests {
    private func names(_ der: [UInt8]) -> CertificateNames? {
        der.withUnsafeBytes { CertificateNames($0) }
    }

    @Test func `issuer and subject are found`() throws {
        let root = try #require(names(Fixture.root.der))
        let leaf = try #require(names(Fixture.leaf.der))
        #expect(Fixture.root.der[root.subject] == Fixture.root.der[root.issuer])
        #expect(Fixture.leaf.der[leaf.issuer] == Fixture.root.der[root.subject])
        #expect(Fixture.leaf.der[leaf.subject] != Fixture.leaf.der[leaf.issuer])
        #expect(String(decoding: Fixture.leaf.der[leaf.subject], as: UTF8.self).hasSuffix("localhost"))
    }

    @Test func `a prefix up to the subject suffices and no shorter one does`() throws {
        let der = Fixture.leaf.der
        let whole = try #require(names(der))
        for length in 0..<der.count {
            let found = names(Array(der.prefix(length)))
            #expect(found == (length < whole.subject.upperBound ? nil : whole))
        }
    }

    @Test func `damaged bytes never reach out of bounds`() {
        let der = Fixture.leaf.der
        for index in 0..<min(der.count, 120) {
            for value in [0, 1, 0x1F, 0x30, 0x7F, 0x80, 0x81, 0x84, 0x88, 0xFF] as [UInt8] {
                var damaged = der
                damaged[index] = value
                guard let found = names(damaged) else { continue }
                #expect(found.issuer.upperBound <= der.count && found.subject.upperBound <= der.count)
            }
        }
    }
}

@Suite struct CalendarDayTests {
    @Test func `days are those of the calendar`() {
        for (seconds, day) in [
            (0, "1970-01-01"), (-1, "1969-12-31"), (86399, "1970-01-01"), (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"), (1_714_564_800, "2024-05-01"), (4_107_542_400, "2100-03-01"),
            (253_402_300_799, "9999-12-31"),
        ] {
            #expect(CalendarDay(secondsSince1970: seconds).description == day)
        }
    }
}

@Suite struct CertificateHostTests {
    @Test func `hosts are compared in one form`() {
        for (host, text) in [
            ("Example.COM", "example.com"), ("example.com.", "example.com"), ("[::1]", "::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("[FE80::1%25eth0]", "fe80::1"), ("127.0.0.1", "127.0.0.1"), ("a%b", "a%b"),
        ] {
            #expect(CertificateHost(host).text == text)
        }
        #expect(CertificateHost("127.0.0.1").address == [127, 0, 0, 1])
        #expect(CertificateHost("::1").address?.count == 16)
        #expect(CertificateHost("127.0.0.1.example").address == nil)
        #expect(CertificateHost("").text == "")
        // The sign of the Kelvin is no letter k, a dot ends a name whatever stands before it, and NUL ends nothing.
        #expect(CertificateHost("\u{212A}.test").text == "\u{212A}.test")
        #expect(CertificateHost("a\u{70F}.").text == "a\u{70F}")
        #expect(CertificateHost("127.0.0.1\0").address == nil)
    }
}
