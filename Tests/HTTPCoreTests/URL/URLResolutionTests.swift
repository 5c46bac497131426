import HTTPCore
import Testing

@Suite struct URLResolutionTests {
    private static let base = "http://a/b/c/d;p?q"

    /// References of RFC 3986 §5.4.1 and §5.4.2 that have an HTTP meaning.
    private static let rfcCases: [(String, String)] = [
        ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
        ("//g", "http://g/"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q#s"), ("g#s", "http://a/b/c/g#s"), ("g?y#s", "http://a/b/c/g?y#s"),
        (";x", "http://a/b/c/;x"), ("g;x", "http://a/b/c/g;x"), ("g;x?y#s", "http://a/b/c/g;x?y#s"),
        ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"), ("./", "http://a/b/c/"), ("..", "http://a/b/"),
        ("../", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"), ("../../", "http://a/"),
        ("../../g", "http://a/g"), ("../../../g", "http://a/g"), ("../../../../g", "http://a/g"),
        ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."),
        (".g", "http://a/b/c/.g"), ("g..", "http://a/b/c/g.."), ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"), ("./g/.", "http://a/b/c/g/"), ("g/./h", "http://a/b/c/g/h"),
        ("g/../h", "http://a/b/c/h"), ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
        ("g;x=1/../y", "http://a/b/c/y"), ("g?y/./x", "http://a/b/c/g?y/./x"),
        ("g?y/../x", "http://a/b/c/g?y/../x"), ("g#s/./x", "http://a/b/c/g#s/./x"),
        ("g#s/../x", "http://a/b/c/g#s/../x"),
    ]

    @Test(arguments: rfcCases) func `a reference is resolved as the RFC says`(
        reference: String, expected: String
    ) throws {
        let url = try HTTPURL.parse(Self.base)
        #expect(try url.resolve(reference: reference).descriptionWithFragment == expected)
    }

    /// Base, reference, result.
    private static let cases: [(String, String, String)] = [
        ("http://h/a/b", "https://x:444/y", "https://x:444/y"),
        ("http://h/a/b", "HTTP://X/y/../z", "http://x/z"),
        ("http://h/a/b", "http:/x/y", "http://x/y"),
        ("https://h/a", "//x/y", "https://x/y"),
        ("https://h:8443/a", "//x", "https://x/"),
        ("http://h:81/a", "b", "http://h:81/b"),
        ("http://h", "b", "http://h/b"),
        ("http://h?q", "b", "http://h/b"),
        ("http://h/a/b/", "c", "http://h/a/b/c"),
        ("http://h/a?x/y", "c", "http://h/c"),
        ("http://h/a/b", "%2e%2e/c", "http://h/c"),
        ("http://u:p@h/a", "/b", "http://u:p@h/b"),
        ("http://u:p@h/a", "http://h/b", "http://h/b"),
        ("http://u:p@h/a", "//h/b", "http://h/b"),
        ("http://h/a", "b c?d e#f g", "http://h/b%20c?d+e#f%20g"),
        ("http://h/a", "http://x/b c?d e", "http://x/b%20c?d+e"),
        ("http://h/a", "  /b \t", "http://h/b"), ("http://h/a", "/b\tc d?e\tf", "http://h/b%09c%20d?e%09f"),
        ("http://h/a", "/é?ü", "http://h/%C3%A9?%C3%BC"),
        ("http://h/a", "/%zz", "http://h/%zz"),
        ("http://h/a", "./b:c", "http://h/b:c"),
        ("http://h/a", "/b:c", "http://h/b:c"),
        ("http://h/a", "?", "http://h/a?"),
        ("http://h/a?q", "#", "http://h/a?q#"),
        ("http://h/a#f", "/b", "http://h/b#f"),
        ("http://h/a#f", "/b#g", "http://h/b#g"),
        ("http://h/a#f", "/b#", "http://h/b#"),
        ("http://h/a#f", "https://x/", "https://x/#f"),
        ("http://h/a#f", "", "http://h/a#f"),
        ("http://h/a", "\\\\x/y", "http://h/\\\\x/y"),
        ("http://h/a", "/\\x", "http://h/\\x"),
        ("http://[fe80::1%25e]/a", "b", "http://[fe80::1%25e]/b"),
        ("http+unix://%2Fs/a", "/b", "http+unix://%2Fs/b"),
        ("http+unix://%2Fs/a", "http+unix://%2Fs/b", "http+unix://%2Fs/b"),
        ("http+unix://%2Fs/a", "http://localhost/b?c#d", "http+unix://%2Fs/b?c#d"),
        ("http://h/a", "..//x", "http://h//x"),
        ("http://h/a", "///x/y", "http://x/y"),
    ]

    @Test(arguments: cases) func `a reference is resolved as a redirect`(
        base: String, reference: String, expected: String
    ) throws {
        #expect(try HTTPURL.parse(base).resolve(reference: reference).descriptionWithFragment == expected)
    }

    @Test(arguments: [
        ("mailto:a@b", HTTPURLError.Reason.unsupportedScheme("mailto")),
        ("javascript:alert(1)", .unsupportedScheme("javascript")),
        ("file:///etc/passwd", .unsupportedScheme("file")),
        ("foo:bar", .unsupportedScheme("foo")),
        ("http:g", .slashes),
        ("http:", .slashes),
        ("http:////x", .slashes),
        ("http://", .noHost),
        ("//", .noHost),
        ("////x", .slashes),
        ("/a\r\nb", .controlByte(13)),
        ("/a\u{0}", .controlByte(0)),
        ("//x y/", .hostByte(0x20)),
        ("//é*/", .internationalHost),
        ("//h:99999/", .port),
        ("http+unix://%2Frun%2Fdocker.sock/", .foreignSocket),
    ]) func `a bad reference is refused`(reference: String, reason: HTTPURLError.Reason) throws {
        let url = try HTTPURL.parse("http://h/a")
        do throws(HTTPURLError) {
            let result = try url.resolve(reference: reference)
            Issue.record("accepted as \(result)")
        } catch {
            #expect(error.reason == reason)
        }
    }

    @Test func `a reference does not lead from one socket to another`() throws {
        let url = try HTTPURL.parse("http+unix://%2Fa/x")
        for reference in ["http+unix://%2Fb/", "//%2Fb/", "https+unix://%2Fb/"] {
            #expect(throws: HTTPURLError.self) { try url.resolve(reference: reference) }
        }
        #expect(throws: HTTPURLError(.foreignSocket, in: "//%2Fb/")) { try url.resolve(reference: "//%2Fb/") }
    }

    @Test func `a reference does not lead from a socket to the network`() throws {
        let url = try HTTPURL.parse("http+unix://%2Fa/x")
        for reference in ["http://x/", "https://localhost/", "http://localhost:81/", "http://127.0.0.1/"] {
            #expect(throws: HTTPURLError(.foreignSocket, in: reference)) {
                try url.resolve(reference: reference)
            }
        }
    }

    @Test func `bytes that are not UTF-8 are encoded as they are`() throws {
        let url = try HTTPURL.parse("http://h/a").resolve(reference: [0x2F, 0xE9, 0x3F, 0xFF])
        #expect(url.requestTarget == "/%E9?%FF")
    }

    @Test func `the fragment of the base can be dropped`() throws {
        let url = try HTTPURL.parse("http://h/a#f")
        #expect(try url.resolve(reference: "b", keepingFragment: false).fragment == nil)
        #expect(try url.resolve(reference: "", keepingFragment: false).fragment == nil)
    }
}
