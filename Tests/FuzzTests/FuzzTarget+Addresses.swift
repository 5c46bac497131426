import HTTPClient
import HTTPCore

@testable import TLS

extension FuzzTarget {
    /// What names a place: URLs, redirects, proxies, lists of hosts, certificates.
    static let addresses = [
        FuzzTarget(
            "urls",
            seeds: [
                "http://user:pass@example.com:8080/a/../b?c=d#e", "example.com", "HTTPS:///x",
                "http://[::1%25lo]:80/",
                "http+unix://%2Frun%2Fa.sock/v1/x?y", "http://0x7f.1/", "http://bücher.example/ä?ö",
                "http://a:99999/",
                "http://%31/%2e%2E/.;/..", "ftp://x", "http://xn--bcher-kva.example./",
                "http://a/?[1-2]{a,b}",
                "unix:///run/a.sock:/x\nunix:///run/b.sock:/y\nhttp://unix:/run/a:/x\nhttp://unix:/run/b:/y",
            ]
        ) { input in
            let text = words(input)
            var series = URLSeries()
            for line in text.split(separator: "\n").prefix(4) {
                let url = try? HTTPURL.parse(String(line))
                guard (try? series.parse(String(line))) == url else {
                    return "a series reads \(line) otherwise"
                }
                guard let url else { continue }
                let again = try? HTTPURL.parse("\(url)")
                guard again == url else {
                    return "\(line) is \(url), read again \(again.map { "\($0)" } ?? "nothing")"
                }
                _ = (url.address, url.userBytes, url.passwordBytes)
                _ = try? url.appendingQuery("a=b c")
            }
            return nil
        },
        FuzzTarget(
            "redirects",
            seeds: [
                "/a/b?c", "//other/x", "../..//x", "?q", "#f", "http:relative", "https://e.test:444/%zz",
                " /blank here ",
                "http://user@other/", "\\\\host\\x", "\u{e4}/\u{2028}", "javascript:x", "http+unix://%2Fa/b",
            ]
        ) { input in
            guard let base = try? HTTPURL.parse("http://user:pass@example.com:81/a/b/c?d"),
                let url = try? base.resolve(reference: input)
            else { return nil }
            // A login never goes along to another place.
            if !url.isSameOrigin(as: base), url.user == base.user, !words(input).contains("user") {
                return "\(url) has the login of \(base)"
            }
            let again = try? HTTPURL.parse("\(url)", pathAsIs: true)
            return again == url ? nil : "\(url), read again \(again.map { "\($0)" } ?? "nothing")"
        },
        FuzzTarget(
            "proxies",
            seeds: [
                "socks5h://u:p@proxy:1080", "https://[fe80::1%eth0]:3128", "socks5://localhost/run/s.sock",
                "proxy", "http://:1",
                "localhost,.example.com,10.0.0.0/8,[::1],*", "192.168.1.1/33 a.b,,c.", "::1/128, fe80::/10",
            ]
        ) { input in
            let text = words(input)
            _ = try? ProxyURL.parse(text)
            let list = NoProxy(text)
            for host in ["example.com", "10.1.2.3", "::1", ""] { _ = list.matches(host: host) }
            guard let address = IPAddress(text) else { return nil }
            return IPAddress("\(address)") == address ? nil : "\(text) is \(address), read again another"
        },
        FuzzTarget(
            "names",
            seeds: [
                "example.com", "EXAMPLE.com.", "[::1]", "fe80::1%eth0", "127.0.0.1", "*.example.com",
                "b\u{fc}cher.test", "\u{212A}.test\u{70F}",
                "5c:be:3e", "sha256//AAAA", String(repeating: "a1", count: 32),
                String(repeating: "B2:", count: 32),
            ]
        ) { input in
            let text = words(input)
            let host = CertificateHost(text)
            _ = try? Fingerprint(hex: text)
            // An address may come in brackets and with a zone, once.
            guard host.address == nil else { return nil }
            return CertificateHost(host.text + ".").text == host.text
                ? nil : "\(text) is \(host.text), with a dot another"
        },
        FuzzTarget(
            "certificates",
            seeds: [
                "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
                "-----BEGIN X509 CERTIFICATE-----\n-----BEGIN ",
                "0\u{10}0\u{e}\u{2}\u{1}\u{1}0\u{0}0\u{0}0\u{0}0\u{0}0\u{0}", "0\u{80}",
                "0\u{7f}0\u{7d}\u{2}\u{1}",
            ]
        ) { input in
            input.withUnsafeBytes { bytes in
                var scanner = PEMScanner(bytes)
                var end = 0
                while let range = scanner.next() {
                    guard range.lowerBound >= end, range.upperBound <= bytes.count else {
                        return "a block at \(range)"
                    }
                    end = range.upperBound
                }
                if let names = CertificateNames(bytes) {
                    guard names.issuer.upperBound <= names.subject.lowerBound,
                        names.subject.upperBound <= bytes.count
                    else { return "names at \(names)" }
                }
                _ = CertificateNames.hashes(input)
                return nil
            }
        },
    ]
}
