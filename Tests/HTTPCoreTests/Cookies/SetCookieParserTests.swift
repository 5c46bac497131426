import HTTPCore
import Testing

@Suite struct SetCookieParserTests {
    private static let now: Int64 = 1_600_000_000
    private static let suffixes: Set<String> = ["com", "co.uk", "github.io"]

    /// Set-Cookie value, URL, and the cookie in short form.
    private static let good: [(String, String, String)] = [
        ("a=b", "http://x.com/", "a=b x.com host /"),
        ("a=b", "http://X.com/p/q", "a=b x.com host /p"),
        ("a=b", "http://x.com/p/q/?r/s", "a=b x.com host /p/q"),
        (" a = b ", "http://x.com/", "a=b x.com host /"),
        ("a=", "http://x.com/", "a= x.com host /"),
        ("=b", "http://x.com/", "b x.com host /"),
        ("b", "http://x.com/", "b x.com host /"),
        ("a=b=c", "http://x.com/", "a=b=c x.com host /"),
        ("a=\"b;c\"", "http://x.com/", "a=\"b x.com host /"),
        ("a=b;", "http://x.com/", "a=b x.com host /"),
        ("a=b;;;", "http://x.com/", "a=b x.com host /"),
        ("a=\tb\t; Path\t=\t/\tq", "http://x.com/", "a=b x.com host /\tq"),
        ("a=é", "http://x.com/", "a=é x.com host /"),
        ("a=b; Domain=x.com", "http://x.com/", "a=b x.com tail /"),
        ("a=b; domain=.X.com", "http://w.x.com/", "a=b x.com tail /"),
        ("a=b; Domain=", "http://x.com/", "a=b x.com host /"),
        ("a=b; Domain", "http://x.com/", "a=b x.com host /"),
        ("a=b; Domain=.", "http://x.com./", "a=b x.com. host /"),
        ("a=b; Domain=y.com; Domain=x.com", "http://x.com/", "a=b x.com tail /"),
        ("a=b; Domain=github.io", "http://github.io/", "a=b github.io host /"),
        ("a=b; Domain=1.2.3.4", "http://1.2.3.4/", "a=b 1.2.3.4 host /"),
        ("a=b; Domain=localhost", "http://localhost/", "a=b localhost host /"),
        ("a=b; Domain=x.com.", "http://w.x.com./", "a=b x.com. tail /"),
        ("a=b; Path=/q", "http://x.com/p/", "a=b x.com host /q"),
        ("a=b; Path=q", "http://x.com/p/r", "a=b x.com host /p"),
        ("a=b; Path", "http://x.com/p/r", "a=b x.com host /p"),
        ("a=b; Path=/q; Path=/r", "http://x.com/", "a=b x.com host /r"),
        ("a=b; PATH = /q ", "http://x.com/", "a=b x.com host /q"),
        ("a=b; Max-Age=10", "http://x.com/", "a=b x.com host / @1600000010"),
        ("a=b; Max-Age=0", "http://x.com/", "a=b x.com host / @gone"),
        ("a=b; Max-Age=-5", "http://x.com/", "a=b x.com host / @gone"),
        ("a=b; Max-Age=\"10\"", "http://x.com/", "a=b x.com host / @1600000010"),
        ("a=b; Max-Age=\"-5\"", "http://x.com/", "a=b x.com host / @gone"),
        ("a=b; Max-Age=\"", "http://x.com/", "a=b x.com host /"),
        ("a=b; Max-Age=\"\"", "http://x.com/", "a=b x.com host /"),
        ("a=b; Max-Age=\"10", "http://x.com/", "a=b x.com host /"),
        ("a=b; Max-Age=1x", "http://x.com/", "a=b x.com host /"),
        ("a=b; Max-Age=+1", "http://x.com/", "a=b x.com host /"),
        ("a=b; Max-Age=", "http://x.com/", "a=b x.com host /"),
        ("a=b; Max-Age=-", "http://x.com/", "a=b x.com host /"),
        ("a=b; Max-Age=99999999999999999999999", "http://x.com/", "a=b x.com host / @1634560000"),
        ("a=b; Expires=Sun, 13 Sep 2020 12:26:41 GMT", "http://x.com/", "a=b x.com host / @1600000001"),
        ("a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT", "http://x.com/", "a=b x.com host / @1634560000"),
        ("a=b; Expires=whenever", "http://x.com/", "a=b x.com host /"),
        (
            "a=b; Max-Age=5; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://x.com/",
            "a=b x.com host / @1600000005"
        ),
        ("a=b; Secure", "https://x.com/", "a=b x.com host / secure"),
        ("a=b; secure=false", "https://x.com/", "a=b x.com host / secure"),
        ("a=b; Secure", "http://localhost/", "a=b localhost host / secure"),
        ("a=b; Secure", "http://127.0.0.9/", "a=b 127.0.0.9 host / secure"),
        ("a=b; Secure", "http://[::1]/", "a=b ::1 host / secure"),
        ("a=b; HttpOnly", "http://x.com/", "a=b x.com host / httponly"),
        ("a=b; SameSite=lax", "http://x.com/", "a=b x.com host / lax"),
        ("a=b; SameSite=Strict; HTTPONLY", "http://x.com/", "a=b x.com host / httponly strict"),
        ("a=b; SameSite=odd", "http://x.com/", "a=b x.com host /"),
        ("__Secure-a=b; Secure", "https://x.com/", "__Secure-a=b x.com host / secure"),
        ("__Host-a=b; Secure; Path=/", "https://x.com/p/", "__Host-a=b x.com host / secure"),
        ("a=b; unknown=1; Path=/q", "http://x.com/", "a=b x.com host /q"),
    ]

    @Test(arguments: good) func `a cookie is read`(header: String, url: String, expected: String) throws {
        #expect(try outcome(header, url) == expected)
        #expect(try outcome(header + ";", url) == expected)
    }

    private static let bad: [(String, String, SetCookieParser.Rejection)] = [
        ("", "http://x.com/", .empty), ("=", "http://x.com/", .empty), (" ; Path=/", "http://x.com/", .empty),
        ("=a=b", "http://x.com/", .disguised), ("===", "http://x.com/", .disguised),
        ("a=b\u{0}", "http://x.com/", .controlByte), ("a=b\r", "http://x.com/", .controlByte),
        ("a=b; Path=/\u{7F}", "http://x.com/", .controlByte), ("a\tb=c", "http://x.com/", .controlByte),
        ("a=b\tc", "http://x.com/", .controlByte), ("a\tb", "http://x.com/", .controlByte),
        ("a=b; Domain=y.com", "http://x.com/", .foreignDomain),
        ("a=b; Domain=w.x.com", "http://x.com/", .foreignDomain),
        ("a=b; Domain=x.com", "http://yx.com/", .foreignDomain),
        ("a=b; Domain=x.com.", "http://x.com/", .foreignDomain),
        ("a=b; Domain=x.com", "http://x.com./", .foreignDomain),
        ("a=b; Domain=é.com", "http://x.com/", .foreignDomain),
        ("a=b; Domain=3.4", "http://1.2.3.4/", .foreignDomain),
        ("a=b; Domain=com", "http://x.com/", .publicSuffix),
        ("a=b; Domain=com.", "http://x.com./", .publicSuffix),
        ("a=b; Domain=co.uk", "http://x.co.uk/", .publicSuffix),
        ("a=b; Domain=intranet", "http://x.intranet/", .publicSuffix),
        ("a=b; Secure", "http://x.com/", .insecure),
        ("__Secure-a=b", "https://x.com/", .prefix), ("__SECURE-a=b", "https://x.com/", .prefix),
        ("__Host-a=b; Secure", "https://x.com/", .prefix),
        ("__Host-a=b; Secure; Path=/p", "https://x.com/", .prefix),
        ("__host-a=b; Secure; Path=/; Domain=x.com", "https://x.com/", .prefix),
        ("=__Secure-a=b; Secure", "https://x.com/", .disguised),
        ("__Host-a; Secure; Path=/", "https://x.com/", .prefix),
    ]

    @Test(arguments: bad) func `a bad cookie is refused`(
        header: String, url: String, reason: SetCookieParser.Rejection
    ) throws {
        #expect(try parse(header, url) == .rejected(reason))
    }

    @Test func `sizes are bounded`() throws {
        let value = String(repeating: "v", count: 4095)
        #expect(try parse("a=" + value, "http://x.com/") != .rejected(.tooLong))
        #expect(try parse("ab=" + value, "http://x.com/") == .rejected(.tooLong))
        #expect(
            try parse("a=b;" + String(repeating: " ", count: 4996), "http://x.com/") != .rejected(.tooLong))
        #expect(
            try parse("a=b;" + String(repeating: " ", count: 4997), "http://x.com/") == .rejected(.tooLong))
        let long = "/" + String(repeating: "p", count: 1024)
        #expect(try parse("a=b", "http://x.com" + long + "/") == .rejected(.tooLong))
        #expect(try outcome("a=b; Path=/q; Path=" + long, "http://x.com/") == "a=b x.com host /q")
    }

    @Test func `bytes that are not UTF-8 are kept as they came`() throws {
        let url = try HTTPURL.parse("http://x.com/")
        let field: [UInt8] = [0xE4, 0x3D, 0xE9] + "; Path=/".utf8 + [0xFC]
        let cookie = Cookie(
            name: ByteString([0xE4]), value: ByteString([0xE9]), domain: "x.com",
            path: "/" + ByteString([0xFC]))
        #expect(SetCookieParser.parse(field, for: url, now: 0) == .cookie(cookie))
        #expect(cookie.pair.bytes == [0xE4, 0x3D, 0xE9])
    }

    @Test func `extreme times do not overflow`() throws {
        let url = try HTTPURL.parse("http://x.com/")
        for now in [Int64.min, -1, 0, Int64.max] {
            for age in ["1", "-1", "9223372036854775807", "-9223372036854775808"] {
                guard case .cookie = SetCookieParser.parse("a=b; Max-Age=\(age)", for: url, now: now) else {
                    Issue.record("refused")
                    continue
                }
            }
        }
    }

    private func parse(_ header: String, _ url: String) throws -> SetCookieParser.Result {
        try SetCookieParser.parse(header, for: HTTPURL.parse(url), now: Self.now) {
            Self.suffixes.contains($0)
        }
    }

    private func outcome(_ header: String, _ url: String) throws -> String {
        switch try parse(header, url) {
        case .rejected(let reason): return "rejected: \(reason)"
        case .cookie(let cookie):
            var words = [
                cookie.pair.description, cookie.domain, cookie.isHostOnly ? "host" : "tail",
                cookie.path.description,
            ]
            if let expires = cookie.expires { words.append(expires < Self.now ? "@gone" : "@\(expires)") }
            if cookie.isSecure { words.append("secure") }
            if cookie.isHTTPOnly { words.append("httponly") }
            if let sameSite = cookie.sameSite { words.append("\(sameSite)") }
            return words.joined(separator: " ")
        }
    }
}
