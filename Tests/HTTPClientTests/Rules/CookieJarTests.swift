import Connector
import HTTPClient
import HTTPCore
import TestSupport
import Testing

@Suite @LoopActor struct CookieJarTests {
    private let now: Int64 = 1_700_000_000
    private let url: HTTPURL

    init() throws {
        url = try HTTPURL.parse("https://www.example.com/a/b")
    }

    private func head(_ cookies: String...) throws -> ResponseHead {
        try ResponseHead(
            parsing: "HTTP/1.1 200 OK\r\n" + cookies.map { "Set-Cookie: \($0)\r\n" }.joined() + "\r\n")
    }

    @Test func `cookies of a response come back with the next request`() throws {
        let jar = CookieJar()
        #expect(jar.header(for: url, now: now) == nil)
        let results = jar.process(try head("a=1", "b=2; Path=/", "c=3; Domain=com"), from: url, now: now)
        #expect(results.count == 3)
        #expect(results.last == .rejected(.publicSuffix))
        #expect(jar.count == 2)
        #expect(jar.header(for: url, now: now) == "a=1; b=2")
        #expect(jar.header(for: try HTTPURL.parse("https://example.com/"), now: now) == nil)
        #expect(try jar.process(head(), from: url, now: now).isEmpty)
    }

    @Test func `a server fills its own share of a jar and no more`() throws {
        let (jar, large) = (CookieJar(), CookieJar(limit: .max, limitPerDomain: .max))
        large.process(try head("other=1"), from: try HTTPURL.parse("https://b.test/"), now: now)
        jar.process(try head("other=1"), from: try HTTPURL.parse("https://b.test/"), now: now)
        for number in 0..<300 {
            for jar in [jar, large] { jar.process(try head("n\(number)=1"), from: url, now: now) }
        }
        #expect(large.count == 301)
        #expect((100...201).contains(jar.count))
        let sent = "\(try #require(jar.header(for: url, now: now)))"
        #expect(sent.contains("n299=1") && !sent.contains("n0=1"))
    }

    @Test func `nobody sets a cookie for everybody's domain`() throws {
        let jar = CookieJar()
        for (host, domain) in [("a.co.uk", "co.uk"), ("me.github.io", "github.io")] {
            jar.process(
                try head("a=1; Domain=\(domain)"), from: try HTTPURL.parse("https://\(host)/"), now: now)
        }
        jar.load(bytes(".co.uk\tTRUE\t/\tFALSE\t0\ta\t1\n"), now: now)
        #expect(jar.count == 0)
    }

    @Test func `a file is read and written`() throws {
        let jar = CookieJar()
        let file = """
            # Netscape HTTP Cookie File
            .example.com\tTRUE\t/\tFALSE\t\(now + 100)\tlong\t1
            www.example.com\tFALSE\t/\tTRUE\t0\tsession\t2
            .example.com\tTRUE\t/\tFALSE\t\(now - 100)\told\t3
            nonsense
            Set-Cookie: raw=4; Path=/

            """
        #expect(jar.load(bytes(file), for: url, now: now) == 1)
        #expect(jar.header(for: url, now: now) == "long=1; session=2; raw=4")
        let written = String(decoding: jar.file(now: now), as: UTF8.self)
        #expect(written.contains(".example.com\tTRUE\t/\tFALSE\t\(now + 100)\tlong\t1\n"))
        #expect(!written.contains("old"))
        let copy = CookieJar()
        #expect(copy.load(bytes(written), now: now) == 0)
        #expect(copy.file(now: now) == bytes(written))
        #expect(!String(decoding: jar.file(now: now + 200), as: UTF8.self).contains("long"))
        let lasting = CookieJar()
        lasting.load(bytes(written), now: now, keepsSession: false)
        #expect(lasting.header(for: url, now: now) == "long=1")
    }
}
