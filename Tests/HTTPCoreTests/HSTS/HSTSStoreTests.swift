import Testing

@testable import HTTPCore

/// Hosts that want TLS only: the field, who is upgraded, and the file.
struct HSTSStoreTests {
    private let now: Int64 = 1_800_000_000

    private func store(_ field: String, from host: String = "example.com") -> HSTSStore {
        var store = HSTSStore()
        store.learn(field.utf8, from: host, now: now)
        return store
    }

    private func upgrade(_ url: String, _ store: HSTSStore, after: Int64 = 0) throws -> String? {
        store.upgrade(try HTTPURL.parse(url), now: now + after)?.description
    }

    @Test func `a server cannot fill it without end, nor push out what is known`() throws {
        var store = HSTSStore()
        func learn(_ field: String, from host: String, after: Int64 = 0) -> Bool {
            store.learn(field.utf8, from: host, now: now + after)
        }
        let most = HSTSStore.mostHosts
        for number in 0..<most {
            // The first of them is the first to be forgotten.
            #expect(learn(number == 0 ? "max-age=5" : "max-age=500", from: "h\(number).example"))
        }
        #expect(!learn("max-age=500", from: "new.example"))
        #expect(learn("max-age=9; includeSubDomains", from: "h1.example"))
        #expect(store.wantsTLS("a.h1.example", now: now) && store.wantsTLS("h0.example", now: now))
        #expect(store.count == most)
        #expect(learn("max-age=500", from: "new.example", after: 5))
        #expect(store.wantsTLS("new.example", now: now + 5) && !store.wantsTLS("h0.example", now: now + 5))
        #expect(store.count == most)
    }

    // MARK: The field

    @Test(
        arguments: [
            ("max-age=31536000", 31_536_000, false), ("max-age=0", 0, false),
            ("max-age=\"300\"", 300, false), ("MAX-AGE=300 ; IncludeSubDomains", 300, true),
            ("includeSubDomains; max-age=5", 5, true), (";;max-age=5;", 5, false),
            ("max-age = 5 ;\tpreload", 5, false), ("max-age=5; x=\"a;b\\\"=c\"; includesubdomains", 5, true),
            ("max-age=99999999999999999999999999", 1000 * 365 * 86_400, false),
        ] as [(String, Int64, Bool)])
    func `fields that are understood`(text: String, age: Int64, includesSubdomains: Bool) {
        let field = StrictTransportSecurity(text.utf8)
        #expect(field?.maximumAge == age)
        #expect(field?.includesSubdomains == includesSubdomains)
    }

    @Test(arguments: [
        "", ";", "includeSubDomains", "max-age", "max-age=", "max-age=-1", "max-age=1.5", "max-age=x",
        "max-age=\"5", "max-age=5; max-age=6", "max-age=5; includeSubDomains=1",
        "max-age=5, includeSubDomains",
        "max-age=5 includeSubDomains", "=5; max-age=5", "max-age=5; x=\"a\\", "max-age=5; a; A",
        "max\u{0}-age=5", "max-age=5; (x)", "max-age=\"\"",
    ])
    func `fields that break the grammar are passed over whole`(text: String) {
        #expect(StrictTransportSecurity(text.utf8) == nil)
        var store = store("max-age=100")
        let learned = store.learn(text.utf8, from: "example.com", now: now)
        #expect(!learned)
        #expect(store.entries.map(\.expires) == [now + 100])
    }

    // MARK: Who is upgraded

    @Test func `a known host is asked over TLS, with another scheme and port only`() throws {
        let store = store("max-age=100")
        #expect(try upgrade("http://example.com/a?b", store) == "https://example.com/a?b")
        #expect(try upgrade("http://EXAMPLE.com./", store) == "https://example.com./")
        #expect(try upgrade("http://example.com:80/", store) == "https://example.com/")
        #expect(try upgrade("http://example.com:8080/", store) == "https://example.com:8080/")
        #expect(try upgrade("http://example.com:443/", store) == "https://example.com/")
        #expect(try upgrade("http://u:p@example.com/", store) == "https://u:p@example.com/")
        #expect(try upgrade("https://example.com/", store) == nil)
        #expect(try upgrade("http+unix://%2Fs/", store) == nil)
    }

    @Test func `hosts below count only with includeSubDomains, hosts above never`() throws {
        let alone = store("max-age=100")
        let all = store("max-age=100; includeSubDomains")
        #expect(try upgrade("http://www.example.com/", alone) == nil)
        #expect(try upgrade("http://www.example.com/", all) == "https://www.example.com/")
        #expect(try upgrade("http://a.b.c.example.com/", all) == "https://a.b.c.example.com/")
        for other in [
            "http://com/", "http://ample.com/", "http://badexample.com/", "http://example.com.evil/",
        ] {
            #expect(try upgrade(other, all) == nil, "\(other)")
        }
    }

    @Test func `a known host below does not hide the one above`() throws {
        var store = store("max-age=100; includeSubDomains")
        store.learn("max-age=10".utf8, from: "www.example.com", now: now)
        #expect(try upgrade("http://www.example.com/", store, after: 50) == "https://www.example.com/")
        store.learn("max-age=0".utf8, from: "www.example.com", now: now)
        #expect(try upgrade("http://www.example.com/", store) == "https://www.example.com/")
    }

    @Test func `time and max-age=0 end it, a newer field replaces it`() throws {
        var store = store("max-age=100; includeSubDomains")
        #expect(try upgrade("http://example.com/", store, after: 99) != nil)
        #expect(try upgrade("http://example.com/", store, after: 100) == nil)
        store.learn("max-age=5".utf8, from: "example.com", now: now)
        #expect(try upgrade("http://www.example.com/", store) == nil)
        #expect(try upgrade("http://example.com/", store, after: 5) == nil)
        store.learn("max-age=0; includeSubDomains".utf8, from: "EXAMPLE.com", now: now)
        #expect(store.count == 0)
    }

    @Test func `addresses are never kept`() {
        for host in ["127.0.0.1", "::1", "[::1]", "1", "0x7f.1", "fe80::1%eth0", "", ".", "a b", "a\"b"] {
            #expect(store("max-age=100", from: host).count == 0, "\(host)")
        }
        let long = String(repeating: "a.", count: 200) + "com"
        #expect(store("max-age=100", from: long).count == 0)
    }

    // MARK: The file

    @Test func `a file is read as curl writes it`() {
        let file = """
            # Your HSTS cache. https://curl.se/docs/hsts.html
            # This file was generated by libcurl! Edit at your own risk.
            .example.com "20301231 23:59:59"
            plain.test "20270115 08:00:01"\r
              spaced.test \t "unlimited"  
            old.test "20200101 00:00:00"

            nonsense
            bad.test 20301231 23:59:59
            bad.test "2030-12-31 23:59:59"
            bad.test "20301331 23:59:59"
            bad.test "20300230 23:59:59"
            127.0.0.1 "unlimited"
            . "unlimited"
            two.dots.. "unlimited"
            .#x.test "unlimited"
            """
        var store = HSTSStore()
        let skipped = store.load(file.utf8, now: now)
        #expect(skipped == 9)
        #expect(
            store.entries == [
                .init(host: "example.com", includesSubdomains: true, expires: 1_924_991_999),
                .init(host: "plain.test", includesSubdomains: false, expires: 1_800_000_001),
                .init(host: "spaced.test", includesSubdomains: false, expires: nil),
            ])
    }

    @Test func `what is written reads back the same`() {
        var store = store("max-age=100; includeSubDomains")
        store.learn("max-age=99999999999999999".utf8, from: "b.test", now: now)
        store.load("c.test \"unlimited\"\ngone.test \"20270115 08:00:10\"\n".utf8, now: now)
        let text = store.text(now: now + 50)
        #expect(
            text.split(separator: "\n").filter { !$0.hasPrefix("#") } == [
                "b.test \"30260518 08:00:00\"", "c.test \"unlimited\"",
                ".example.com \"20270115 08:01:40\"",
            ])
        var back = HSTSStore()
        let skipped = back.load(text.utf8, now: now + 50)
        #expect(skipped == 0)
        #expect(back.entries == store.entries.filter { $0.host != "gone.test" })
    }

    @Test func `of two lines about a host the later end counts, and either dot`() {
        for lines in [
            [".a.test \"20300101 00:00:00\"", "a.test \"20310101 00:00:00\""],
            ["a.test \"20310101 00:00:00\"", ".a.test \"20300101 00:00:00\""],
        ] {
            var store = HSTSStore()
            store.load(lines.joined(separator: "\n").utf8, now: now)
            #expect(store.entries.map(\.includesSubdomains) == [true])
            #expect(store.entries.map(\.expires) == [1_924_992_000])
        }
        var store = HSTSStore()
        store.load("a.test \"unlimited\"\na.test \"20310101 00:00:00\"".utf8, now: now)
        #expect(store.entries.map(\.expires) == [nil])
    }

    @Test func `long lines and many lines do no harm`() {
        var store = HSTSStore()
        let long = String(repeating: "x", count: 100_000)
        let tooLong = store.load("\(long) \"unlimited\"\nok.test \"unlimited\"".utf8, now: now)
        #expect(tooLong == 1)
        let many = (0..<15_000).map { "h\($0).test \"unlimited\"\n" }.joined()
        let skipped = store.load(many.utf8, now: now)
        #expect(skipped == 0)
        let learned = store.learn("max-age=100".utf8, from: "one.more.test", now: now)
        #expect(learned && store.count == 15_002)
    }
}
