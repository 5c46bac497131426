import HTTPCore
import Testing

@Suite struct CookieStoreTests {
    private func store(_ cookies: [(String, String)], now: Int64 = 1000) throws -> CookieStore {
        var store = CookieStore()
        for (url, header) in cookies {
            try store.store(setCookies: [header], from: HTTPURL.parse(url), now: now) { $0 == "com" }
        }
        return store
    }

    private func header(_ store: CookieStore, _ url: String, now: Int64 = 1000) throws -> String? {
        try store.cookieHeader(for: HTTPURL.parse(url), now: now)?.description
    }

    /// Where the cookie `a=b` came from, its attributes, where it is asked for, and whether it is sent.
    @Test(arguments: [
        ("http://x.com/", "", "http://x.com/p", true), ("http://x.com/", "", "http://X.COM:81/", true),
        ("http://x.com/", "", "http://w.x.com/", false), ("http://x.com/", "", "https://x.com/", true),
        ("http://x.com/", "; Domain=x.com", "http://w.x.com/", true),
        ("http://x.com/", "; Domain=x.com", "http://a.b.x.com/", true),
        ("http://x.com/", "; Domain=x.com", "http://x.com/", true),
        ("http://x.com/", "; Domain=x.com", "http://yx.com/", false),
        ("http://x.com/", "; Domain=x.com", "http://x.com./", false),
        ("http://w.x.com/", "; Domain=x.com", "http://x.com/", true),
        ("http://1.2.3.4/", "", "http://1.2.3.4/", true), ("http://1.2.3.4/", "", "http://9.1.2.3.4/", false),
        ("http://[::1]/", "", "http://[0::1]/", true),
        ("http://x.com/p/q", "", "http://x.com/p", true), ("http://x.com/p/q", "", "http://x.com/p/", true),
        ("http://x.com/p/q", "", "http://x.com/p/r/s", true),
        ("http://x.com/p/q", "", "http://x.com/pq", false),
        ("http://x.com/p/q", "", "http://x.com/", false), ("http://x.com/p/q", "", "http://x.com/P/", false),
        ("http://x.com/", "; Path=/p/", "http://x.com/p", false),
        ("http://x.com/", "; Path=/p/", "http://x.com/p/q", true),
        ("https://x.com/", "; Secure", "https://x.com/", true),
        ("https://x.com/", "; Secure", "http://x.com/", false),
        ("https://localhost/", "; Secure", "http://localhost/", true),
        ("https://127.0.0.1/", "; Secure", "http://127.0.0.1/", true),
        ("http+unix://%2Fa/", "", "http+unix://%2Fa/", true),
    ]) func `a cookie goes where it belongs`(
        origin: String, attributes: String, target: String, isSent: Bool
    ) throws {
        let store = try store([(origin, "a=b" + attributes)])
        #expect(store.count == 1)
        #expect(try header(store, target) == (isSent ? "a=b" : nil))
    }

    @Test func `longer paths go first, then older cookies`() throws {
        let url = "http://x.com/p/q/r"
        let store = try store([
            (url, "a=1; Path=/"), (url, "b=2; Path=/p/q"), (url, "c=3; Path=/"), (url, "d=4; Path=/p"),
            (url, "=5; Path=/p"), (url, "a=6; Path=/p/q"),
        ])
        #expect(try header(store, url) == "b=2; a=6; d=4; 5; a=1; c=3")
    }

    @Test func `an update keeps the place and an expired one deletes`() throws {
        let url = "http://x.com/"
        var store = try store([(url, "a=1"), (url, "b=2"), (url, "a=3")])
        #expect(try header(store, url) == "a=3; b=2")
        try store.store(setCookies: ["a=; Max-Age=0"], from: HTTPURL.parse(url), now: 1000) { _ in false }
        #expect(try header(store, url) == "b=2")
        #expect(store.count == 1)
    }

    @Test func `host-only and domain cookies of one name live side by side`() throws {
        let store = try store([("http://x.com/", "a=1"), ("http://x.com/", "a=2; Domain=x.com")])
        #expect(try header(store, "http://x.com/") == "a=1; a=2")
        #expect(try header(store, "http://w.x.com/") == "a=2")
    }

    @Test func `time runs out`() throws {
        let url = "http://x.com/"
        var store = try store([(url, "a=1; Max-Age=10"), (url, "b=2"), (url, "c=3; Max-Age=5")])
        #expect(try header(store, url, now: 1004) == "a=1; b=2; c=3")
        #expect(try header(store, url, now: 1005) == "a=1; b=2")
        store.expire(now: 1005)
        #expect(store.count == 2)
        store.removeAll()
        #expect(store.count == 0 && store.cookies.isEmpty)
    }

    @Test(arguments: [
        ("https://x.com/", "a=1; Secure", "http://x.com/", "a=2", false),
        ("https://x.com/", "a=1; Secure", "http://w.x.com/", "a=2; Domain=x.com", false),
        ("https://w.x.com/", "a=1; Secure", "http://x.com/", "a=2; Domain=x.com", false),
        ("https://x.com/", "a=1; Secure; Path=/p", "http://x.com/", "a=2; Path=/p/q", false),
        ("https://x.com/", "a=1; Secure; Path=/p", "http://x.com/", "a=2; Path=/", true),
        ("https://x.com/", "a=1; Secure", "http://x.com/", "b=2", true),
        ("https://x.com/", "a=1; Secure", "http://y.com/", "a=2", true),
        ("https://x.com/", "a=1; Secure", "https://x.com/", "a=2", true),
        ("https://x.com/", "a=1", "http://x.com/", "a=2", true),
        ("https://x.com/", "a=1; Secure", "http://x.com/", "a=2; Max-Age=0", false),
    ]) func `plain HTTP does not touch secure cookies`(
        first: String, secure: String, second: String, plain: String, isTaken: Bool
    ) throws {
        var store = try store([(first, secure)])
        let results = try store.store(setCookies: [plain], from: HTTPURL.parse(second), now: 1000) {
            $0 == "com"
        }
        #expect((results != [.rejected(.shadowsSecure)]) == isTaken)
    }

    @Test func `no number of cookies is too many, and none is left out of a request`() throws {
        let url = try HTTPURL.parse("http://x.com/")
        var store = CookieStore()
        for block in 0..<40 {
            let fields = (0..<100).map { "c\(block * 100 + $0)=" + String(repeating: "v", count: 100) }
            let results = store.store(setCookies: fields, from: url, now: 0) { _ in false }
            #expect(!results.contains { if case .rejected = $0 { true } else { false } })
        }
        #expect(store.count == 4000)
        let header = store.cookieHeader(for: url, now: 0)?.description
        #expect(header?.split(separator: "; ").count == 4000)
        #expect(header?.hasSuffix("; c3999=" + String(repeating: "v", count: 100)) == true)
    }

    @Test func `a request carries the bytes of its cookies`() throws {
        let url = try HTTPURL.parse("http://x.com/")
        var store = CookieStore()
        store.store(setCookies: [[0x61, 0x3D, 0xE9], [0xFF, 0x3D]], from: url, now: 0) { _ in false }
        #expect(store.cookieHeader(for: url, now: 0)?.bytes == [0x61, 0x3D, 0xE9, 0x3B, 0x20, 0xFF, 0x3D])
        // One byte's difference makes another cookie, also where Unicode sees none.
        store.store(setCookies: ["\u{e9}=1", "e\u{301}=2"], from: url, now: 0) { _ in false }
        #expect(store.count == 4)
    }

    @Test func `a full domain gives up expired, then plain, then old cookies`() throws {
        var store = CookieStore(limit: 100, limitPerDomain: 3)
        store.insert(Cookie(name: "old", value: "", domain: "x.com", isSecure: true), now: 0)
        store.insert(Cookie(name: "gone", value: "", domain: "x.com", expires: 5), now: 0)
        store.insert(Cookie(name: "plain", value: "", domain: "x.com"), now: 0)
        store.insert(Cookie(name: "1", value: "", domain: "x.com", isSecure: true), now: 5)
        #expect(store.cookies.map(\.name) == ["old", "plain", "1"])
        store.insert(Cookie(name: "2", value: "", domain: "x.com", isSecure: true), now: 5)
        #expect(store.cookies.map(\.name) == ["old", "1", "2"])
        store.insert(Cookie(name: "3", value: "", domain: "x.com", isSecure: true), now: 5)
        #expect(store.cookies.map(\.name) == ["1", "2", "3"])
        store.insert(Cookie(name: "2", value: "new", domain: "x.com"), now: 5)
        #expect(store.count == 3)
    }

    @Test func `a full store gives up the oldest tenth`() {
        var store = CookieStore(limit: 20)
        for index in 0..<21 { store.insert(Cookie(name: "n", value: "", domain: "d\(index).com"), now: 0) }
        #expect(store.count == 18)
        #expect(store.cookies.first?.domain == "d3.com")
        for index in 0..<10_000 {
            store.insert(Cookie(name: "n\(index)", value: "", domain: "e\(index).com"), now: 0)
        }
        #expect(store.count <= 20 && store.count == store.cookies.count)
    }

    @Test func `a host of many labels is looked up in bounded time`() throws {
        let store = try store([("http://x.com/", "a=b")])
        let url = "http://" + String(repeating: "a.", count: 500_000) + "com/"
        #expect(try header(store, url) == nil)
    }
}
