import HTTPCore
import Testing

@Suite struct URLFormsTests {
    /// URL, request target, absolute form, Host, CONNECT target, redacted.
    private static let forms: [[String]] = [
        ["http://h", "/", "http://h/", "h", "h:80", "http://h/"],
        ["https://h:8443/a?b#c", "/a?b", "https://h:8443/a?b", "h:8443", "h:8443", "https://h:8443/a?b"],
        ["http://u:p@h/?", "/?", "http://h/?", "h", "h:80", "http://u:***@h/?"],
        ["http://u@h/", "/", "http://h/", "h", "h:80", "http://u@h/"],
        [
            "http://h/?api_key=a&b=c", "/?api_key=a&b=c", "http://h/?api_key=a&b=c", "h", "h:80",
            "http://h/?api_key=***&b=c",
        ],
        ["http://u:@h/", "/", "http://h/", "h", "h:80", "http://u:@h/"],
        [
            "https://[fe80::1%25eth0]/", "/", "https://[fe80::1]/", "[fe80::1]", "[fe80::1]:443",
            "https://[fe80::1%25eth0]/",
        ],
        ["http://[::1]:81/x", "/x", "http://[::1]:81/x", "[::1]:81", "[::1]:81", "http://[::1]:81/x"],
        [
            "http+unix://%2Frun%2Fa.sock/v1", "/v1", "http+unix://localhost/v1", "localhost", "localhost:80",
            "http+unix://%2Frun%2Fa.sock/v1",
        ],
    ]

    @Test(arguments: forms) func `a URL is spelled for each use`(row: [String]) throws {
        let url = try HTTPURL.parse(row[0])
        #expect(
            [url.requestTarget, url.absoluteForm, url.hostHeader, url.connectAuthority, url.redacted]
                == Array(row[1...]))
    }

    @Test(arguments: [
        ("http://h/", "http://H:80/x?y", true),
        ("http://h/", "https://h/", false),
        ("http://h/", "http://h:81/", false),
        ("http://h/", "http://h./", false),
        ("https://h/", "https://u:p@h:443/", true),
        ("http://[::1]/", "http://[0:0::1]/", true),
        ("http://[fe80::1%25a]/", "http://[fe80::1%25b]/", false),
        ("http+unix://%2Fa/", "http+unix://%2fa/x", true),
        ("http+unix://%2Fa/", "http+unix://%2Fb/", false),
        ("http+unix://%2Fa/", "http://localhost/", false),
    ]) func `an origin is scheme, host and port`(left: String, right: String, same: Bool) throws {
        #expect(try HTTPURL.parse(left).isSameOrigin(as: HTTPURL.parse(right)) == same)
        #expect(try HTTPURL.parse(right).isSameOrigin(as: HTTPURL.parse(left)) == same)
    }

    @Test func `a URL over a Unix socket names its path`() throws {
        let url = try HTTPURL.parse("https+unix://%2Frun%2Fa.sock/x")
        #expect(url.socketPath == "/run/a.sock" && url.host == "localhost" && url.scheme.isTLS)
        #expect(url.scheme.isUnixSocket)
        #expect(try HTTPURL.parse("http://h/").socketPath == nil)
    }

    @Test func `the address of a numeric host has its zone`() throws {
        #expect(try HTTPURL.parse("http://[fe80::1%eth0]/").address == IPAddress("fe80::1%eth0"))
        #expect(try HTTPURL.parse("http://1.2.3.4/").address == .v4(0x0102_0304))
        #expect(try HTTPURL.parse("http://1.2.3.256/").address == nil)
    }

    @Test func `equality ignores the fragment and nothing else`() throws {
        let url = try HTTPURL.parse("http://u:p@h/a?b#c")
        #expect(try url == HTTPURL.parse("http://u:p@h:80/a?b"))
        #expect(try url.hashValue == HTTPURL.parse("http://u:p@h:80/a?b").hashValue)
        for other in ["http://u:q@h/a?b", "http://h/a?b", "http://u:p@h/a", "http://u:p@h/A?b"] {
            #expect(try url != HTTPURL.parse(other))
        }
        #expect(url.withoutUserinfo.descriptionWithFragment == "http://h/a?b#c")
    }

    @Test(arguments: [
        ("http://h/", "a=b", "http://h/?a=b"),
        ("http://h/?", "a=b", "http://h/?a=b"),
        ("http://h/?x", "a=b", "http://h/?x&a=b"),
        ("http://h/?x&", "a=b", "http://h/?x&a=b"),
        ("http://h/?x#f", "a#é", "http://h/?x&a%23%C3%A9#f"),
        ("http://h/?x", "", "http://h/?x"),
        ("http://h/", "", "http://h/"),
        ("http://h/?x", "&y", "http://h/?x&&y"),
    ]) func `text is appended to the query`(url: String, text: String, expected: String) throws {
        #expect(try HTTPURL.parse(url).appendingQuery(text).descriptionWithFragment == expected)
    }

    @Test(arguments: [
        ("http://h/?x", "", "http://h/?x&"), ("http://h/?x&", "", "http://h/?x&"),
        ("http://h/?", "", "http://h/"),
        ("http://h/#f", "", "http://h/#f"), ("http://h/?x", "y", "http://h/?x&y"),
    ]) func `data without a byte is joined to the query, too`(url: String, text: String, expected: String)
        throws
    {
        #expect(try HTTPURL.parse(url).joiningQuery(text).descriptionWithFragment == expected)
    }

    @Test func `text that would break the request line is not appended`() throws {
        let url = try HTTPURL.parse("http://h/d/")
        #expect(throws: HTTPURLError(.space, in: "a b", at: 1)) { try url.appendingQuery("a b") }
        #expect(throws: HTTPURLError(.controlByte(10), in: "a\n", at: 1)) { try url.appendingQuery("a\n") }
        #expect(throws: HTTPURLError(.controlByte(13), in: "\r", at: 0)) { try url.appendingPath("\r") }
        #expect(try url.appendingPath("a?b#c").requestTarget == "/d/a%3Fb%23c")
        #expect(try HTTPURL.parse("h/d/#x").descriptionWithFragment == "http://h/d/#x")
    }
}
