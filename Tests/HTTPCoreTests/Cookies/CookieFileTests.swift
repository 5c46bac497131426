import HTTPCore
import Testing

@Suite struct CookieFileTests {
    private func read(_ text: String) -> CookieFile.Contents {
        CookieFile.read(text.utf8, now: 1000) { ["com", "localhost"].contains($0) }
    }

    @Test(arguments: [
        ("x.com\tFALSE\t/\tFALSE\t0\ta\tb", Cookie(name: "a", value: "b", domain: "x.com")),
        (
            ".x.com\tTRUE\t/\tFALSE\t0\ta\tb",
            Cookie(name: "a", value: "b", domain: "x.com", isHostOnly: false)
        ),
        ("x.com\tTRUE\t/\tFALSE\t0\ta\tb", Cookie(name: "a", value: "b", domain: "x.com", isHostOnly: false)),
        (".x.com\tFALSE\t/\tFALSE\t0\ta\tb", Cookie(name: "a", value: "b", domain: "x.com")),
        (
            "X.Com\tFALSE\t/p\tTRUE\t99\ta\tb",
            Cookie(name: "a", value: "b", domain: "x.com", path: "/p", expires: 99, isSecure: true)
        ),
        (
            "#HttpOnly_x.com\tFALSE\t/\tFALSE\t0\ta\tb",
            Cookie(name: "a", value: "b", domain: "x.com", isHTTPOnly: true)
        ),
        ("x.com\tFALSE\tFALSE\t0\ta\tb", Cookie(name: "a", value: "b", domain: "x.com")),
        ("x.com\tFALSE\tTRUE\t0\ta", Cookie(name: "a", value: "", domain: "x.com", isSecure: true)),
        ("x.com\tFALSE\t/\tFALSE\t0\ta", Cookie(name: "a", value: "", domain: "x.com")),
        ("x.com\tFALSE\t/\tFALSE\t0\ta\t", Cookie(name: "a", value: "", domain: "x.com")),
        ("x.com\tFALSE\t/\tFALSE\t0\t\tb", Cookie(name: "", value: "b", domain: "x.com")),
        (".localhost\tTRUE\t/\tFALSE\t0\ta\tb", Cookie(name: "a", value: "b", domain: "localhost")),
        ("localhost\tTRUE\t/\tFALSE\t0\ta\tb", Cookie(name: "a", value: "b", domain: "localhost")),
        ("x.com\tFALSE\t\tFALSE\t0\ta\tb", Cookie(name: "a", value: "b", domain: "x.com")),
        ("x.com\tFALSE\t/\tFALSE\t12.5\ta\tb", Cookie(name: "a", value: "b", domain: "x.com", expires: 12)),
        ("1.2.3.4\tTRUE\t/\tFALSE\t0\ta\tb", Cookie(name: "a", value: "b", domain: "1.2.3.4")),
        ("x.com\tFALSE\t/\tFALSE\t0\ta\tb\r", Cookie(name: "a", value: "b", domain: "x.com")),
        ("Set-Cookie: a=b; Domain=x.com", Cookie(name: "a", value: "b", domain: "x.com", isHostOnly: false)),
        (
            "set-cookie:a=b; domain=.x.com; Path=/p; secure",
            Cookie(name: "a", value: "b", domain: "x.com", isHostOnly: false, path: "/p", isSecure: true)
        ),
    ]) func `a line is read`(line: String, expected: Cookie) {
        let contents = read("# comment\n\n" + line + "\n")
        #expect(contents.cookies == [expected])
        #expect(contents.skippedLines == 0)
        #expect(read(line).cookies == [expected])
    }

    @Test func `a mark before the first line is no part of it`() {
        let contents = read("\u{FEFF}x.com\tFALSE\t/\tFALSE\t0\ta\tb\n")
        #expect(contents.cookies == [Cookie(name: "a", value: "b", domain: "x.com")])
    }

    @Test(arguments: [
        "x", "x.com\tFALSE\t/\tFALSE", "x.com\tFALSE\t/\tFALSE\t0", "x.com\tFALSE\t/\tFALSE\tnever\ta\tb",
        "x.com\tFALSE\tp\tFALSE\t0\ta\tb", "\tFALSE\t/\tFALSE\t0\ta\tb", ".\tFALSE\t/\tFALSE\t0\ta\tb",
        "x.com\tFALSE\t/\tFALSE\t0\ta\tb\u{1}", "x.com\tFALSE\t/\tFALSE\t0\t\t",
        "com\tTRUE\t/\tFALSE\t0\ta\tb", "x.com\tFALSE\t/\tFALSE\t0\ta\tb\tc",
        "x.com\tFALSE\t/\tFALSE\t0\ta\tb\t", "x.com\tFALSE\tFALSE\t0\ta\tb\tc",
        "x.com\tFALSE\t/\tFALSE\t0\t__Secure-a\tb", "x.com\tTRUE\t/\tTRUE\t0\t__Host-a\tb",
        "x.com\tFALSE\t/\tFALSE\t99999999999999999999\ta\tb", "Set-Cookie: a=b", "HTTP/1.1 200 OK",
        "x.com FALSE / FALSE 0 a b", "#HttpOnly_", ".#\tFALSE\t/\tFALSE\t0\ta\tb",
        "#HttpOnly_#x.com\tFALSE\t/\tFALSE\t0\ta\tb", "..x.com\tFALSE\t/\tFALSE\t0\ta\tb",
        ".Set-Cookie:\tFALSE\t/\tFALSE\t0\ta\tb",
    ]) func `a line that makes no sense is skipped`(line: String) {
        let contents = read(line + "\nx.com\tFALSE\t/\tFALSE\t0\ta\tb\n")
        #expect(contents.cookies == [Cookie(name: "a", value: "b", domain: "x.com")])
        #expect(contents.skippedLines == 1)
    }

    @Test func `a raw field without a domain is the given URL's`() throws {
        let url = try HTTPURL.parse("http://y.com/")
        let contents = CookieFile.read(
            "Set-Cookie: a=b\nSet-Cookie: c=d; Domain=x.com\n".utf8, for: url, now: 0)
        #expect(contents.cookies.map(\.domain) == ["y.com", "x.com"])
        #expect(contents.cookies.map(\.isHostOnly) == [true, false])
    }

    @Test func `a line may be of any length and hold any bytes`() {
        let long = "x.com\tFALSE\t/\tFALSE\t0\ta\t" + String(repeating: "b", count: 9000)
        #expect(read(long).skippedLines == 0 && read(long).cookies.first?.value.count == 9000)
        let line = Array("x.com\tFALSE\t/p".utf8) + [0xFC] + "\tFALSE\t0\t".utf8 + [0xE4, 0x09, 0xFF, 0x0A]
        let contents = CookieFile.read(line, now: 0)
        let cookie = Cookie(
            name: ByteString([0xE4]), value: ByteString([0xFF]), domain: "x.com",
            path: "/p" + ByteString([0xFC]))
        #expect(contents.cookies == [cookie] && contents.skippedLines == 0)
        #expect(CookieFile.write([cookie]).suffix(line.count) == line[...])
    }

    @Test func `ten thousand cookies are read and written`() {
        let lines = (0..<10_000).map { "x.com\tFALSE\t/\tFALSE\t0\tn\($0)\tv\n" }.joined()
        var store = CookieStore()
        for cookie in read(lines).cookies { store.insert(cookie, now: 0) }
        #expect(store.count == 10_000)
        #expect(CookieFile.write(store.cookies).suffix(lines.utf8.count).elementsEqual(lines.utf8))
    }

    @Test func `what is written is read back`() throws {
        let cookies = [
            Cookie(name: "a", value: "b", domain: "x.com"),
            Cookie(
                name: "", value: "v=\"1 x\"", domain: "x.com", isHostOnly: false, path: "/p", expires: 2000),
            Cookie(name: "__Host-s", value: "", domain: "x.com", isSecure: true, isHTTPOnly: true),
            Cookie(name: "i", value: "é", domain: "::1"),
        ]
        let text = String(decoding: CookieFile.write(cookies), as: UTF8.self)
        #expect(read(text).cookies == cookies)
        #expect(read(text).skippedLines == 0)
        #expect(
            text.split(separator: "\n", omittingEmptySubsequences: false).prefix(6) == [
                "# Netscape HTTP Cookie File",
                "# Fields: domain, include subdomains, path, secure, expiry, name, value.",
                "# Written by ferry; edit at your own risk.",
                "",
                "x.com\tFALSE\t/\tFALSE\t0\ta\tb",
                ".x.com\tTRUE\t/p\tFALSE\t2000\t\tv=\"1 x\"",
            ])
        #expect(CookieFile.write([]).suffix(7).elementsEqual("risk.\n\n".utf8))
        #expect(text.contains("\n#HttpOnly_x.com\tFALSE\t/\tTRUE\t0\t__Host-s\t\n"))
    }
}
