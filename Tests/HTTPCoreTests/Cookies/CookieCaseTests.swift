import Testing

@testable import HTTPCore

/// One way that cookies go: what a response sets, and what a later request sends.
struct CookieCase: Sendable, CustomTestStringConvertible {
    var setter: String
    var fields: [String]
    var reader: String
    /// The Cookie field of the later request; nil = none.
    var cookie: String?
    /// Seconds between the two.
    var after: Int64

    /// `fields` come from http://www.example.com/dir/page and the later request goes there, too, unless said otherwise.
    init(
        _ fields: String..., from setter: String = "http://www.example.com/dir/page",
        to reader: String? = nil,
        after: Int64 = 1, sends cookie: String?
    ) {
        self.setter = setter
        self.fields = fields
        self.reader = reader ?? setter
        self.cookie = cookie
        self.after = after
    }

    var testDescription: String { "\(fields) from \(setter), \(after) s later to \(reader)" }
}

/// RFC 6265bis in cases: parsing `Set-Cookie`, storing, sending, with public suffixes.
@Suite struct CookieCaseTests {
    /// 10 September 2001, 01:46:40 UTC was a Sunday; all cases begin there.
    private static let now: Int64 = 1_000_000_000

    private static let suffixes: Set<String> = [
        "com", "org", "net", "uk", "co.uk", "jp", "tokyo.jp", "github.io", "io", "blogspot.com", "local",
    ]

    @Test(arguments: parsing + attributes + expiry + domains + paths + secure + storing)
    func `a cookie goes where it may`(_ cookie: CookieCase) throws {
        var store = CookieStore()
        _ = store.store(
            setCookies: cookie.fields, from: try HTTPURL.parse(cookie.setter), now: Self.now,
            isPublicSuffix: Self.suffixes.contains)
        #expect(
            store.cookieHeader(for: try HTTPURL.parse(cookie.reader), now: Self.now + cookie.after)?
                .description
                == cookie.cookie)
    }

    @Test func `there are enough cases`() {
        let count = [
            Self.parsing, Self.attributes, Self.expiry, Self.domains, Self.paths, Self.secure, Self.storing,
        ].reduce(0) { $0 + $1.count }
        #expect(count >= 150)
    }

    /// §5.6: the name and the value.
    static let parsing: [CookieCase] = [
        CookieCase("a=b", sends: "a=b"),
        CookieCase("a=b;", sends: "a=b"),
        CookieCase("a=b; ", sends: "a=b"),
        CookieCase(" a = b ", sends: "a=b"),
        CookieCase("\ta\t=\tb\t", sends: "a=b"),
        CookieCase("a=b c", sends: "a=b c"),
        CookieCase("a b=c", sends: "a b=c"),
        CookieCase("a=b=c", sends: "a=b=c"),
        CookieCase("a==b", sends: "a==b"),
        CookieCase("a=", sends: "a="),
        CookieCase("a= ", sends: "a="),
        CookieCase("a", sends: "a"),
        CookieCase("=a", sends: "a"),
        CookieCase("=a=b", sends: nil),
        CookieCase("", sends: nil),
        CookieCase("=", sends: nil),
        CookieCase(" = ", sends: nil),
        CookieCase(";", sends: nil),
        CookieCase("; a=b", sends: nil),
        CookieCase("a=\"b\"", sends: "a=\"b\""),
        CookieCase("a=\"b c\"", sends: "a=\"b c\""),
        CookieCase("a=\"b;c\"", sends: "a=\"b"),
        CookieCase("\"a\"=b", sends: "\"a\"=b"),
        CookieCase("a='b'", sends: "a='b'"),
        CookieCase("a=b,c=d", sends: "a=b,c=d"),
        CookieCase("a=%41%00", sends: "a=%41%00"),
        CookieCase("a=b\\;c", sends: "a=b\\"),
        CookieCase("a=\u{E9}\u{20AC}", sends: "a=\u{E9}\u{20AC}"),
        CookieCase("\u{E9}=b", sends: "\u{E9}=b"),
        CookieCase("a\tb=c", sends: nil),
        CookieCase("a=b\tc", sends: nil),
        CookieCase("a=b\u{1}c", sends: nil),
        CookieCase("a=b\u{1F}", sends: nil),
        CookieCase("a=b\u{7F}c", sends: nil),
        CookieCase("a=b; x=\u{1}", sends: nil),
        CookieCase("$Version=1", sends: "$Version=1"),
        CookieCase("a[0]=1", sends: "a[0]=1"),
        CookieCase("A=1", "a=2", sends: "A=1; a=2"),
        CookieCase(
            "a=" + String(repeating: "v", count: 4095), sends: "a=" + String(repeating: "v", count: 4095)),
        CookieCase("a=" + String(repeating: "v", count: 4096), sends: nil),
        CookieCase(
            String(repeating: "n", count: 4096) + "=", sends: String(repeating: "n", count: 4096) + "="),
        CookieCase("a=b; x=" + String(repeating: "v", count: 6000), sends: nil),
    ]

    /// §5.6: attributes that are unknown, empty, repeated or oddly written.
    static let attributes: [CookieCase] = [
        CookieCase("a=b; unknown", sends: "a=b"),
        CookieCase("a=b; unknown=value", sends: "a=b"),
        CookieCase("a=b; =value", sends: "a=b"),
        CookieCase("a=b;;;; Path=/", to: "http://www.example.com/", sends: "a=b"),
        CookieCase("a=b;path=/", to: "http://www.example.com/", sends: "a=b"),
        CookieCase("a=b; PATH = / ", to: "http://www.example.com/", sends: "a=b"),
        CookieCase("a=b; Path=/x; Path=/", to: "http://www.example.com/", sends: "a=b"),
        CookieCase("a=b; Path=/; Path=/x", to: "http://www.example.com/", sends: nil),
        CookieCase("a=b; HttpOnly", sends: "a=b"),
        CookieCase("a=b; httponly=false", sends: "a=b"),
        CookieCase("a=b; SameSite=Strict", sends: "a=b"),
        CookieCase("a=b; SameSite=Lax", sends: "a=b"),
        CookieCase("a=b; SameSite=nonsense", sends: "a=b"),
        CookieCase("a=b; Version=1; Comment=\"c\"", sends: "a=b"),
        CookieCase("a=b; Secure", from: "https://www.example.com/", sends: "a=b"),
        CookieCase(
            "a=b; SECURE=no", from: "https://www.example.com/", to: "http://www.example.com/", sends: nil),
        CookieCase("a=b; Domain=" + String(repeating: "d", count: 1025), sends: "a=b"),
        CookieCase("a=b; Path=/" + String(repeating: "p", count: 1024), sends: "a=b"),
        CookieCase("a=b; Partitioned", sends: "a=b"),
        CookieCase("a=b; Priority=High", sends: "a=b"),
    ]

    /// §5.6.1, §5.6.2 and §5.5: when a cookie ends.
    static let expiry: [CookieCase] = [
        CookieCase("a=b", after: 1_000_000_000, sends: "a=b"),
        CookieCase("a=b; Max-Age=10", after: 9, sends: "a=b"),
        CookieCase("a=b; Max-Age=10", after: 10, sends: nil),
        CookieCase("a=b; Max-Age=0", sends: nil),
        CookieCase("a=b; Max-Age=-1", sends: nil),
        CookieCase("a=b; Max-Age=-99999999999999999999", sends: nil),
        CookieCase("a=b; Max-Age=99999999999999999999", after: 1000, sends: "a=b"),
        CookieCase("a=b; Max-Age=99999999999999999999", after: 400 * 86_400 + 1, sends: nil),
        CookieCase("a=b; Max-Age=ten", after: 1_000_000, sends: "a=b"),
        CookieCase("a=b; Max-Age=10s", after: 1_000_000, sends: "a=b"),
        CookieCase("a=b; Max-Age=", after: 1_000_000, sends: "a=b"),
        CookieCase("a=b; Max-Age=+10", after: 1_000_000, sends: "a=b"),
        CookieCase("a=b; Max-Age=1.5", after: 1_000_000, sends: "a=b"),
        CookieCase("a=b; Max-Age=\"10\"", after: 9, sends: "a=b"),
        CookieCase("a=b; Max-Age=\"10\"", after: 11, sends: nil),
        CookieCase("a=b; Max-Age= 10 ", after: 11, sends: nil),
        CookieCase("a=b; Max-Age=5; Max-Age=100", after: 50, sends: "a=b"),
        CookieCase("a=b; Max-Age=100; Max-Age=5", after: 50, sends: nil),
        CookieCase("a=b; Expires=Mon, 10 Sep 2001 01:46:40 GMT", after: 86_399, sends: "a=b"),
        CookieCase("a=b; Expires=Mon, 10 Sep 2001 01:46:40 GMT", after: 86_400, sends: nil),
        CookieCase("a=b; Expires=Monday, 10-Sep-01 01:46:40 GMT", after: 86_400, sends: nil),
        CookieCase("a=b; Expires=Mon Sep 10 01:46:40 2001", after: 86_400, sends: nil),
        CookieCase("a=b; Expires=Mon, 10-Sep-2001 01:46:40 GMT", after: 86_399, sends: "a=b"),
        CookieCase("a=b; Expires=10 Sep 2001 1:46:40", after: 86_400, sends: nil),
        CookieCase("a=b; Expires=2001 10 sep 01:46:40 junk", after: 86_400, sends: nil),
        CookieCase("a=b; Expires=Mon, 10 Sep 2001 01:46:40 +0500", after: 86_399, sends: "a=b"),
        CookieCase("a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", sends: nil),
        CookieCase("a=b; Expires=Thu, 01 Jan 1601 00:00:00 GMT", sends: nil),
        CookieCase("a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT", after: 400 * 86_400 - 1, sends: "a=b"),
        CookieCase("a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT", after: 400 * 86_400, sends: nil),
        CookieCase("a=b; Expires=0", after: 1_000_000, sends: "a=b"),
        CookieCase("a=b; Expires=", after: 1_000_000, sends: "a=b"),
        CookieCase("a=b; Expires=Mon, 31 Feb 2001 00:00:00 GMT", after: 1_000_000, sends: "a=b"),
        CookieCase("a=b; Expires=Mon, 10 Sep 2001 25:00:00 GMT", after: 1_000_000, sends: "a=b"),
        CookieCase("a=b; Expires=Mon, 10 Sep 1600 01:46:40 GMT", after: 1_000_000, sends: "a=b"),
        CookieCase("a=b; Expires=tomorrow", after: 1_000_000, sends: "a=b"),
        CookieCase("a=b; Max-Age=10; Expires=Mon, 10 Sep 2001 01:46:40 GMT", after: 11, sends: nil),
        CookieCase("a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=10", after: 5, sends: "a=b"),
        CookieCase("a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=x", sends: nil),
        CookieCase("a=b", "a=; Max-Age=0", sends: nil),
        CookieCase("a=b", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", sends: nil),
        CookieCase("a=b", "a=; Max-Age=0; Path=/", sends: "a=b"),
        CookieCase("a=b", "a=c; Max-Age=0", "a=d", sends: "a=d"),
    ]

    /// §5.6.3, §5.7 and public suffixes: which hosts get a cookie.
    static let domains: [CookieCase] = [
        CookieCase("a=b", to: "http://example.com/dir/", sends: nil),
        CookieCase("a=b", to: "http://sub.www.example.com/dir/", sends: nil),
        CookieCase("a=b", to: "http://WWW.EXAMPLE.COM/dir/", sends: "a=b"),
        CookieCase("a=b", to: "http://www.example.com:8080/dir/", sends: "a=b"),
        CookieCase("a=b; Domain=www.example.com", to: "http://sub.www.example.com/dir/", sends: "a=b"),
        CookieCase("a=b; Domain=example.com", to: "http://example.com/dir/", sends: "a=b"),
        CookieCase("a=b; Domain=example.com", to: "http://other.example.com/dir/", sends: "a=b"),
        CookieCase("a=b; Domain=.example.com", to: "http://example.com/dir/", sends: "a=b"),
        CookieCase("a=b; Domain=EXAMPLE.com", to: "http://example.com/dir/", sends: "a=b"),
        CookieCase("a=b; domain = .Example.Com ", to: "http://example.com/dir/", sends: "a=b"),
        CookieCase("a=b; Domain=example.com", to: "http://notexample.com/dir/", sends: nil),
        CookieCase("a=b; Domain=example.com", to: "http://example.com.evil.org/dir/", sends: nil),
        CookieCase("a=b; Domain=example.com", to: "http://example.org/dir/", sends: nil),
        CookieCase("a=b; Domain=other.example.com", to: "http://other.example.com/dir/", sends: nil),
        CookieCase("a=b; Domain=sub.www.example.com", sends: nil),
        CookieCase("a=b; Domain=evil.org", sends: nil),
        CookieCase("a=b; Domain=ample.com", sends: nil),
        CookieCase("a=b; Domain=", sends: "a=b"),
        CookieCase("a=b; Domain=", to: "http://sub.www.example.com/dir/", sends: nil),
        CookieCase("a=b; Domain", sends: "a=b"),
        CookieCase("a=b; Domain=.", sends: "a=b"),
        CookieCase("a=b; Domain=..example.com", sends: nil),
        CookieCase("a=b; Domain=example.com.", sends: nil),
        CookieCase("a=b; Domain=evil.org; Domain=example.com", sends: "a=b"),
        CookieCase("a=b; Domain=example.com; Domain=evil.org", sends: nil),
        CookieCase("a=b; Domain=example.com; Domain=", to: "http://example.com/dir/", sends: nil),
        CookieCase("a=b; Domain=com", sends: nil),
        CookieCase("a=b; Domain=.com", sends: nil),
        CookieCase("a=b; Domain=co.uk", from: "http://shop.co.uk/", sends: nil),
        CookieCase("a=b; Domain=uk", from: "http://shop.co.uk/", sends: nil),
        CookieCase(
            "a=b; Domain=shop.co.uk", from: "http://www.shop.co.uk/", to: "http://shop.co.uk/", sends: "a=b"),
        CookieCase("a=b; Domain=github.io", from: "http://me.github.io/", sends: nil),
        CookieCase("a=b; Domain=github.io", from: "http://github.io/", sends: "a=b"),
        CookieCase(
            "a=b; Domain=github.io", from: "http://github.io/", to: "http://me.github.io/", sends: nil),
        CookieCase(
            "a=b; Domain=me.github.io", from: "http://me.github.io/", to: "http://x.me.github.io/",
            sends: "a=b"),
        CookieCase("a=b; Domain=tokyo.jp", from: "http://www.tokyo.jp/", sends: nil),
        CookieCase("a=b", from: "http://com/", sends: "a=b"),
        CookieCase("a=b", from: "http://localhost/", sends: "a=b"),
        CookieCase("a=b; Domain=localhost", from: "http://localhost/", sends: "a=b"),
        CookieCase("a=b; Domain=localhost", from: "http://www.localhost/", sends: nil),
        CookieCase("a=b", from: "http://127.0.0.1/", sends: "a=b"),
        CookieCase("a=b; Domain=127.0.0.1", from: "http://127.0.0.1/", sends: "a=b"),
        CookieCase("a=b; Domain=0.0.1", from: "http://127.0.0.1/", sends: nil),
        CookieCase("a=b; Domain=.127.0.0.1", from: "http://127.0.0.1/", sends: "a=b"),
        CookieCase("a=b", from: "http://[::1]/", sends: "a=b"),
        CookieCase("a=b", from: "http://[::1]/", to: "http://127.0.0.1/", sends: nil),
        CookieCase("a=b; Domain=\u{E9}xample.com", sends: nil),
        CookieCase("a=b; Domain=xn--bcher-kva.com", from: "http://www.xn--bcher-kva.com/", sends: "a=b"),
    ]

    /// §5.1.4 and §5.6.4: which paths get a cookie.
    static let paths: [CookieCase] = [
        CookieCase("a=b", to: "http://www.example.com/dir", sends: "a=b"),
        CookieCase("a=b", to: "http://www.example.com/dir/", sends: "a=b"),
        CookieCase("a=b", to: "http://www.example.com/dir/deep/er", sends: "a=b"),
        CookieCase("a=b", to: "http://www.example.com/directory", sends: nil),
        CookieCase("a=b", to: "http://www.example.com/", sends: nil),
        CookieCase("a=b", to: "http://www.example.com/DIR/", sends: nil),
        CookieCase("a=b", to: "http://www.example.com/?/dir/", sends: nil),
        CookieCase("a=b", to: "http://www.example.com/dir/?x#y", sends: "a=b"),
        CookieCase("a=b", from: "http://www.example.com", to: "http://www.example.com/x", sends: "a=b"),
        CookieCase("a=b", from: "http://www.example.com/page", to: "http://www.example.com/x", sends: "a=b"),
        CookieCase(
            "a=b", from: "http://www.example.com/?q=/x/y", to: "http://www.example.com/z", sends: "a=b"),
        CookieCase("a=b; Path=/dir", to: "http://www.example.com/dir", sends: "a=b"),
        CookieCase("a=b; Path=/dir", to: "http://www.example.com/dir/x", sends: "a=b"),
        CookieCase("a=b; Path=/dir", to: "http://www.example.com/dirx", sends: nil),
        CookieCase("a=b; Path=/dir/", to: "http://www.example.com/dir", sends: nil),
        CookieCase("a=b; Path=/dir/", to: "http://www.example.com/dir/x", sends: "a=b"),
        CookieCase("a=b; Path=/other", to: "http://www.example.com/other", sends: "a=b"),
        CookieCase("a=b; Path=", to: "http://www.example.com/", sends: nil),
        CookieCase("a=b; Path", to: "http://www.example.com/dir/x", sends: "a=b"),
        CookieCase("a=b; Path=relative", to: "http://www.example.com/dir/x", sends: "a=b"),
        CookieCase("a=b; Path=\"/\"", to: "http://www.example.com/", sends: nil),
        CookieCase("a=b; Path=/a%20b", to: "http://www.example.com/a%20b/c", sends: "a=b"),
        CookieCase("a=b; Path=/a b", to: "http://www.example.com/a%20b", sends: nil),
        CookieCase("a=b; Path=//", to: "http://www.example.com//x", sends: "a=b"),
        CookieCase("a=b; Path=/dir/..", to: "http://www.example.com/dir/", sends: nil),
        CookieCase("a=1; Path=/", "a=2; Path=/dir", sends: "a=2; a=1"),
        CookieCase("a=1; Path=/dir", "b=2; Path=/", "c=3; Path=/dir/page", sends: "c=3; a=1; b=2"),
    ]

    /// §5.6.5 and §5.7: secure cookies and the prefixes of names.
    static let secure: [CookieCase] = [
        CookieCase("a=b; Secure", sends: nil),
        CookieCase("a=b; Secure", from: "https://h.example.com/", to: "http://h.example.com/", sends: nil),
        CookieCase("a=b", from: "https://h.example.com/", to: "http://h.example.com/", sends: "a=b"),
        CookieCase("a=b", from: "http://h.example.com/", to: "https://h.example.com/", sends: "a=b"),
        CookieCase("a=b; Secure", from: "http://localhost/", sends: "a=b"),
        CookieCase("a=b; Secure", from: "http://127.0.0.1/", sends: "a=b"),
        CookieCase("a=b; Secure", from: "http://127.1.2.3/", sends: "a=b"),
        CookieCase("a=b; Secure", from: "http://[::1]/", sends: "a=b"),
        CookieCase("a=b; Secure", from: "http://localhost.example.com/", sends: nil),
        CookieCase("__Secure-a=b; Secure", from: "https://h.example.com/", sends: "__Secure-a=b"),
        CookieCase("__Secure-a=b", from: "https://h.example.com/", sends: nil),
        CookieCase("__SECURE-a=b", from: "https://h.example.com/", sends: nil),
        CookieCase("__secure-a=b; Secure", sends: nil),
        CookieCase("__Host-a=b; Secure; Path=/", from: "https://h.example.com/", sends: "__Host-a=b"),
        CookieCase("__Host-a=b; Secure", from: "https://h.example.com/", sends: nil),
        CookieCase("__Host-a=b; Path=/", from: "https://h.example.com/", sends: nil),
        CookieCase("__Host-a=b; Secure; Path=/x", from: "https://h.example.com/x", sends: nil),
        CookieCase(
            "__Host-a=b; Secure; Path=/; Domain=h.example.com", from: "https://h.example.com/", sends: nil),
        CookieCase("__hOsT-a=b; Path=/", from: "https://h.example.com/", sends: nil),
        CookieCase("=__Host-a", from: "https://h.example.com/", sends: nil),
        CookieCase("__Secure-", from: "https://h.example.com/", sends: nil),
        CookieCase("__Hosta=b", from: "https://h.example.com/", sends: "__Hosta=b"),
    ]

    /// §5.7: cookies of one response that replace or join one another.
    static let storing: [CookieCase] = [
        CookieCase("a=1", "a=2", sends: "a=2"),
        CookieCase("a=1", "b=2", "a=3", sends: "a=3; b=2"),
        CookieCase("a=1", "=2", sends: "a=1; 2"),
        CookieCase("1", "2", sends: "2"),
        CookieCase("a=1; Domain=www.example.com", "a=2", sends: "a=1; a=2"),
        CookieCase(
            "a=1; Path=/dir", "a=2; Path=/dir/", to: "http://www.example.com/dir/x", sends: "a=2; a=1"),
        CookieCase("a=1", "b=\u{1}", "c=3", sends: "a=1; c=3"),
        CookieCase("c=1", "b=2", "a=3", sends: "c=1; b=2; a=3"),
        CookieCase("a=1; HttpOnly", "a=2", sends: "a=2"),
    ]

    // MARK: Over several responses

    private func url(_ text: String) throws -> HTTPURL { try HTTPURL.parse(text) }

    @Test func `plain HTTP neither replaces nor hides a secure cookie`() throws {
        var store = CookieStore()
        func set(_ field: String, _ from: String) throws -> SetCookieParser.Result {
            store.store(
                setCookies: [field], from: try url(from), now: Self.now,
                isPublicSuffix: Self.suffixes.contains)[0]
        }
        _ = try set("a=good; Secure; Path=/", "https://h.example.com/")
        #expect(try set("a=evil; Path=/", "http://h.example.com/") == .rejected(.shadowsSecure))
        #expect(try set("a=evil; Path=/login", "http://h.example.com/") == .rejected(.shadowsSecure))
        #expect(
            try set("a=evil; Domain=example.com; Path=/", "http://x.example.com/")
                == .rejected(.shadowsSecure))
        #expect(store.cookieHeader(for: try url("https://h.example.com/login"), now: Self.now) == "a=good")
        _ = try set("b=other; Path=/", "http://h.example.com/")
        _ = try set("a=new; Path=/", "https://h.example.com/")
        #expect(store.cookieHeader(for: try url("https://h.example.com/"), now: Self.now) == "a=new; b=other")
    }
}
