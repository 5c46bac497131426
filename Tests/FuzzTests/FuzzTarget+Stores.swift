import HTTPClient
import HTTPCore

extension FuzzTarget {
    /// What is kept and read back: cookies and their files, HSTS, netrc.
    static let stores = [
        FuzzTarget(
            "cookies",
            seeds: [
                "a=b; Path=/x; Domain=.example.com; Max-Age=100; Secure; HttpOnly; SameSite=Lax", "=", "a",
                "a=\"b;c\"",
                "__Host-x=1; Secure; Path=/", "__Secure-x=1",
                "a=b; Expires=Wed, 09 Jun 2061 10:18:14 GMT; max-age=-1",
                "a=b\nc=d; domain=com\ne=f; domain=example.com; path", "a=b; Max-Age=99999999999999999999",
            ]
        ) { input in
            guard let url = try? HTTPURL.parse("https://www.example.com/x/y") else { return "no URL" }
            var store = CookieStore()
            let lines = input.split(separator: 10).map(Array.init)
            let results = store.store(setCookies: lines, from: url, now: 1_700_000_000) { $0 == "com" }
            guard results.count == lines.count else {
                return "\(results.count) results of \(lines.count) fields"
            }
            let header = store.cookieHeader(for: url, now: 1_700_000_000)
            if let header, header.bytes.contains(where: { $0 == 10 || $0 == 13 || $0 == 0 }) {
                return "the field holds a line end: \(header)"
            }
            for case .cookie(let cookie) in results where !"www.example.com".hasSuffix(cookie.domain) {
                return "a cookie for \(cookie.domain)"
            }
            return nil
        },
        FuzzTarget(
            "jar",
            seeds: [
                "# Netscape HTTP Cookie File\n.example.com\tTRUE\t/\tFALSE\t4000000000\ta\tb\n",
                "#HttpOnly_example.com\tFALSE\t/x\tTRUE\t0\t\tvalue\r\n",
                "example.com\tFALSE\t/\tFALSE\t1\ta\n",
                "Set-Cookie: a=b; Domain=example.com; Path=/\n", "a\tb\tc\n\n\n#c",
                ".\tTRUE\t/\tTRUE\t-5\ta\tb\tc\n",
            ]
        ) { input in
            let contents = CookieFile.read(input, now: 1_700_000_000)
            let again = CookieFile.read(CookieFile.write(contents.cookies), now: 1_700_000_000)
            guard again.skippedLines == 0, again.cookies.count == contents.cookies.count else {
                return "\(contents.cookies) written and read again \(again)"
            }
            // A tab, which separates the fields, is written as URLs have it.
            for (one, other) in zip(contents.cookies, again.cookies)
            where one.pair != other.pair || one.domain != other.domain
                || one.path.description.replacing("\t", with: "%09") != other.path.description
            {
                return "\(one) written and read again \(other)"
            }
            return nil
        },
        FuzzTarget(
            "hsts",
            seeds: [
                "max-age=31536000; includeSubDomains", "max-age=\"0\"; preload", "max-age",
                "MAX-AGE=1;max-age=2",
                "example.com \"20300101 00:00:00\"\n.sub.example.com \"unlimited\"\n", "# c\n\nx\n",
            ]
        ) { input in
            var store = HSTSStore()
            store.learn(input, from: "example.com", now: 1_700_000_000)
            _ = store.load(input, now: 1_700_000_000)
            let text = store.text(now: 1_700_000_000)
            var again = HSTSStore()
            _ = again.load(Array(text.utf8), now: 1_700_000_000)
            let other = again.text(now: 1_700_000_000)
            return text == other ? nil : "\(text) read and written again \(other)"
        },
        FuzzTarget(
            "netrc",
            seeds: [
                "machine example.com login a password b",
                "default login \"a b\\\"\" password c\nmacdef x\ny\n\nmachine z",
                "machine example.com\n# c\nlogin", "machine \"", "macdef", "machine a account b port 1",
            ]
        ) { input in
            guard let netrc = try? Netrc(input) else { return nil }
            _ = (netrc.login(for: "example.com"), netrc.login(for: "EXAMPLE.com", user: "a"))
            return nil
        },
    ]
}
