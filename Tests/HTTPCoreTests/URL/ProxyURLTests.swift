import HTTPCore
import Testing

@Suite struct ProxyURLTests {
    @Test(arguments: [
        ("proxy", "http://proxy:1080"), ("proxy:3128", "http://proxy:3128"),
        ("HTTP://Proxy", "http://proxy:1080"),
        ("https://proxy", "https://proxy:443"), ("https://proxy:80/", "https://proxy:80"),
        ("socks4://p", "socks4://p:1080"), ("socks4a://p", "socks4a://p:1080"),
        ("socks5://p:9", "socks5://p:9"),
        ("socks5h://p", "socks5h://p:1080"), ("socks://p", "socks4://p:1080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("http://[FE80::1%25eth0]", "http://[fe80::1]:1080"), ("http://u:p@h:1/path?q#f", "http://h:1"),
        ("socks5h://localhost/run/tor%20x.sock", "socks5h://localhost/run/tor%20x.sock"),
        ("socks5h://localhost/", "socks5h://localhost:1080"), ("http://localhost/x", "http://localhost:1080"),
        ("socks5://h/x", "socks5://h:1080"), ("http:/p:1", "http://p:1"),
        ("127.0.0.1:0", "http://127.0.0.1:0"),
    ]) func `a proxy's address is read`(text: String, expected: String) throws {
        #expect(try ProxyURL.parse(text).description == expected)
    }

    @Test(arguments: [
        ("", "bad proxy URL '': it is empty"),
        ("ftp://p", "bad proxy URL 'ftp://p': the scheme 'ftp' is not supported"),
        ("http://", "bad proxy URL 'http://': no host"),
        ("http://p:x", "bad proxy URL 'http://p:x': the port is not a decimal number up to 65535"),
        ("p:", "bad proxy URL 'p:': the port is not a decimal number up to 65535"),
        ("p q", "bad proxy URL 'p q': it holds a space, which is written %20"),
        (
            "http://u:secret@p:x",
            "bad proxy URL 'http://***@p:x': the port is not a decimal number up to 65535"
        ),
        ("http://u:p%0d@h", "bad proxy URL 'http://***@h': user or password holds an encoded control byte"),
        ("[::1", "bad proxy URL '[::1': no closing bracket in host"),
        ("http:////p", "bad proxy URL 'http:////p': the scheme is not followed by '://'"),
    ]) func `a bad proxy address is refused by name`(text: String, expected: String) {
        do throws(HTTPURLError) {
            let proxy = try ProxyURL.parse(text)
            Issue.record("accepted as \(proxy)")
        } catch {
            #expect(error.description == expected)
        }
    }

    @Test func `user and password are decoded and do not show`() throws {
        let proxy = try ProxyURL.parse("socks5://us%40er:p%3Aw@h")
        #expect(proxy.user == Array("us@er".utf8) && proxy.password == Array("p:w".utf8))
        #expect(!proxy.description.contains("p:w"))
        let none = try ProxyURL.parse("http://u@h")
        #expect(none.user == Array("u".utf8) && none.password == nil)
        #expect(try ProxyURL.parse("h").user == nil)
    }

    @Test func `a SOCKS proxy can be a Unix socket`() throws {
        #expect(try ProxyURL.parse("socks5h://localhost/run/a.sock").socketPath == "/run/a.sock")
        #expect(try ProxyURL.parse("http://localhost/run/a.sock").socketPath == nil)
        #expect(throws: HTTPURLError.self) { try ProxyURL.parse("socks5h://localhost/a%00") }
    }

    @Test func `the caller sets the default scheme`() throws {
        #expect(try ProxyURL.parse("h", defaultScheme: .socks4).scheme == .socks4)
        #expect(ProxyURL.Scheme.socks4a.isSOCKS && !ProxyURL.Scheme.https.isSOCKS)
    }
}
