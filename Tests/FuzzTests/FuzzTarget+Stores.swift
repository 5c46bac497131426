import HTTPClient
import HTTPCore

@testable import Connector
@testable import FerryCLI

extension FuzzTarget {
    /// What is kept and read back: cookies and their files, HSTS, netrc, sums, TLS sessions, metas of parts.
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
        FuzzTarget(
            "sums",
            seeds: [
                String(repeating: "a1", count: 32) + "  dir/file\n# c\n" + String(repeating: "0F", count: 16)
                    + " *file\r\n",
                "SHA512 (a (b).txt) = " + String(repeating: "c", count: 128), "MD5(x)=\nSHA-256 ()=ab",
                "\\" + String(repeating: "b", count: 40) + "  a\\nb\\\\c\\",
                "-----BEGIN PGP SIGNED MESSAGE-----\n\n",
            ]
        ) { input in
            _ = SumsFile(input, source: "sums").sum(of: "file")
            let name = input.filter { $0 != 0x0A && $0 != 0x0D }
            guard name.last != UInt8(ascii: "/"), !name.isEmpty else { return nil }
            let sum = String(repeating: "e4", count: 32)
            let answer = SumsFile(Array("\(sum)  ".utf8) + name, source: "sums").sum(
                of: CarriedText.text(of: name))
            return answer == Checksum(hex: sum.utf8).map { .sum($0) } ? nil : "it says \(answer)"
        },
        FuzzTarget(
            "sessions",
            seeds: [
                "3.7.9", "# TLS sessions of ferry, salt AAAAAAAAAAAAAAAAAAAAAA==\n",
                "# TLS sessions of ferry, salt AAAAAAAAAAAAAAAAAAAAAA==\n" + String(repeating: "a", count: 44)
                    + " 1700000100 QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ==\n\n x",
            ]
        ) { input in
            let now: Int64 = 1_700_000_000
            var damaged = TLSSessionTable(salt: [], version: "1")
            _ = damaged.load(input, now: now)
            guard !input.isEmpty else { return nil }
            // What is kept is read back, whatever it is.
            let version = words(Array(input.prefix(input.count % 7)))
            var table = TLSSessionTable(salt: Array(repeating: 1, count: 16), version: version)
            table.keep(input, table.key("a"), now: now)
            let text = table.text(now: now)
            var again = TLSSessionTable(version: version)
            guard again.load(Array(text.utf8), now: now) == 0, again.text(now: now) == text else {
                return "\(text) read and written again \(again.text(now: now))"
            }
            return again.take(table.key("a"), now: now) == input ? nil : "another session"
        },
        FuzzTarget(
            "parts",
            seeds: [
                PartMeta(
                    url: "http://a/\u{e9}?\"", name: "a\\b", validator: .entityTag("\"1\""), length: 10,
                    bytes: 5,
                    partTime: 1
                ).text,
                #"{"ferry_part": 2}"#,
                #"{"ferry_part":1,"url":"","name":"\u0000","etag":null,"#
                    + #""last_modified":"Sun, 06 Nov 1994 08:49:37 GMT","length":null,"bytes":0,"part_time_ns":1e3}"#,
            ]
        ) { input in
            guard let meta = try? PartMeta(parsing: input) else { return nil }
            let again = try? PartMeta(parsing: Array(meta.text.utf8))
            return again == meta
                ? nil : "\(meta) written and read again \(again.map { "\($0)" } ?? "nothing")"
        },
    ]
}
