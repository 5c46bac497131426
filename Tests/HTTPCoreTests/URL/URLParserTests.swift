import HTTPCore
import Testing

@Suite struct URLParserTests {
    /// Input, and the normal form with the fragment.
    private static let good: [(String, String)] = [
        // Scheme and slashes
        ("http://example.com/", "http://example.com/"),
        ("http://example.com", "http://example.com/"),
        ("example.com", "http://example.com/"),
        ("HTTPS://Example.COM/A", "https://example.com/A"),
        ("http:/example.com/a", "http://example.com/a"),
        ("http:///example.com/a", "http://example.com/a"),
        ("localhost:8080/path", "http://localhost:8080/path"),
        ("example.com?q", "http://example.com/?q"),
        ("example.com#f", "http://example.com/#f"),
        ("http://example.com?a/b", "http://example.com/?a/b"),
        ("ftp.example.com", "http://ftp.example.com/"),
        ("a+b.c", "bad: '+' cannot stand in a host name"),
        // Ports
        ("http://h:80/", "http://h/"),
        ("http://h:443/", "http://h:443/"),
        ("https://h:443/", "https://h/"),
        ("https://h:80/", "https://h:80/"),
        ("http://h:/x", "http://h/x"),
        ("http://h:00081/", "http://h:81/"),
        ("http://h:0/", "http://h:0/"),
        ("http://h:65535/", "http://h:65535/"),
        // Userinfo
        ("http://u@h/", "http://u@h/"),
        ("http://u:p@h/", "http://u:p@h/"),
        ("http://u:@h/", "http://u:@h/"),
        ("http://:p@h/", "http://:p@h/"),
        ("http://@h/", "http://@h/"),
        ("http://u:p:q@h/", "http://u:p:q@h/"),
        ("http://u%40x:p%2Fq@h/", "http://u%40x:p%2Fq@h/"),
        ("http://ü:p@h/", "http://%C3%BC:p@h/"),
        ("u:p@h:1/x", "http://u:p@h:1/x"),
        ("http://h:1\\@x/", "http://h:1\\@x/"),
        // Hosts
        ("http://EXAMPLE.com./", "http://example.com./"),
        ("http://a_b~c-d.e/", "http://a_b~c-d.e/"),
        ("http://ex%61mple.com/", "http://example.com/"),
        ("http://a..b/", "http://a..b/"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://0x7F.1/", "http://127.0.0.1/"),
        ("http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"),
        ("http://[::1]/", "http://[::1]/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://[2001:DB8:0:0:1:0:0:1]/", "http://[2001:db8::1:0:0:1]/"),
        ("http://[fe80::1%25eth0]/", "http://[fe80::1%25eth0]/"),
        ("http://[fe80::1%eth0]/", "http://[fe80::1%25eth0]/"),
        ("http://[fe80::1%25]/", "http://[fe80::1%2525]/"),
        ("http://[::ffff:1.2.3.4]/", "http://[::ffff:1.2.3.4]/"),
        // Paths
        ("http://h/a/./b", "http://h/a/b"),
        ("http://h/a/../b", "http://h/b"),
        ("http://h/a/b/..", "http://h/a/"),
        ("http://h/a/.", "http://h/a/"),
        ("http://h/../../a", "http://h/a"),
        ("http://h/a/%2e%2E/b", "http://h/b"),
        ("http://h/a/.%2e/b", "http://h/b"),
        ("http://h/%2e/b", "http://h/b"),
        ("http://h/a/.../b", "http://h/a/.../b"),
        ("http://h/a/..b/.c", "http://h/a/..b/.c"),
        ("http://h//a//../b", "http://h//a/b"),
        ("http://h/é", "http://h/%C3%A9"),
        ("http://h/%zz%4", "http://h/%zz%4"),
        ("http://h/a\\b", "http://h/a\\b"),
        ("http://h/{a}[b]|^`\"<>", "http://h/{a}[b]|^`\"<>"),
        ("http://h/a@b:c", "http://h/a@b:c"),
        // Query and fragment
        ("http://h/?", "http://h/?"),
        ("http://h/?a?b/../c", "http://h/?a?b/../c"),
        ("http://h/?é=ü", "http://h/?%C3%A9=%C3%BC"),
        ("http://h/#", "http://h/#"),
        ("http://h/a#b?c#d", "http://h/a#b?c#d"),
        ("http://h#@x/", "http://h/#@x/"),
        ("http://h?@x/", "http://h/?@x/"),
        // Unix sockets
        ("http+unix://%2Frun%2Fa.sock/v1", "http+unix://%2Frun%2Fa.sock/v1"),
        ("HTTPS+unix://%2FRun%2fa.sock", "https+unix://%2FRun%2Fa.sock/"),
        ("http+unix://u:p@%2Fa/x?y#z", "http+unix://u:p@%2Fa/x?y#z"),
        ("http+unix://%40name/", "http+unix://%40name/"),
    ]

    @Test(arguments: good) func `a URL is brought to its normal form`(input: String, expected: String) {
        #expect(outcome(input) == expected)
    }

    private static let bad: [(String, String)] = [
        ("", "bad URL '': it is empty"),
        ("http://", "bad URL 'http://': no host"),
        ("http://?q", "bad URL 'http://?q': no host"),
        ("http://#f", "bad URL 'http://#f': no host"),
        ("http://u@/", "bad URL 'http://***@/': no host"),
        ("http://:80/", "bad URL 'http://:80/': no host"),
        ("/x", "bad URL '/x': no host"),
        ("//h/", "bad URL '//h/': no host"),
        (
            "h:x/?token=abc\"def&a=b",
            "bad URL 'h:x/?token=***&a=b': the port is not a decimal number up to 65535"
        ),
        ("h/?token=abc def", "bad URL 'h/?token=***': it holds a space, which is written %20"),
        ("://h", "bad URL '://h': no host"),
        ("http:////h/", "bad URL 'http:////h/': the scheme is not followed by '://'"),
        ("http:h", "bad URL 'http:h': the port is not a decimal number up to 65535"),
        ("http:", "bad URL 'http:': the port is not a decimal number up to 65535"),
        ("localhost:", "bad URL 'localhost:': the port is not a decimal number up to 65535"),
        ("ftp://h/", "bad URL 'ftp://h/': the scheme 'ftp' is not supported"),
        ("FILE:///etc", "bad URL 'FILE:///etc': the scheme 'file' is not supported"),
        ("http://h:x/", "bad URL 'http://h:x/': the port is not a decimal number up to 65535"),
        ("http://h:65536/", "bad URL 'http://h:65536/': the port is not a decimal number up to 65535"),
        ("http://h:-1/", "bad URL 'http://h:-1/': the port is not a decimal number up to 65535"),
        ("http://h:1:2/", "bad URL 'http://h:1:2/': the port is not a decimal number up to 65535"),
        ("http://[::1]80/", "bad URL 'http://[::1]80/': the port is not a decimal number up to 65535"),
        ("http://h/a b", "bad URL 'http://h/a b': it holds a space, which is written %20"),
        (" http://h/", "bad URL ' http://h/': it holds a space, which is written %20"),
        ("http://h/a\r\nX: y", "bad URL 'http://h/a\\x0D\\x0AX: y': it holds the control byte 0x0D"),
        ("http://h/\u{7F}", "bad URL 'http://h/\\x7F': it holds the control byte 0x7F"),
        ("http://[::1", "bad URL 'http://[::1': no closing bracket in host"),
        ("http://[]/", "bad URL 'http://[]/': no valid IPv6 address in brackets"),
        ("http://[1.2.3.4]/", "bad URL 'http://[1.2.3.4]/': no valid IPv6 address in brackets"),
        ("http://[v1.x]/", "bad URL 'http://[v1.x]/': no valid IPv6 address in brackets"),
        ("http://[1::2::3]/", "bad URL 'http://[1::2::3]/': no valid IPv6 address in brackets"),
        (
            "http://[::1%25]x]/",
            "bad URL 'http://[::1%25]x]/': the port is not a decimal number up to 65535"
        ),
        (
            "http://[fe80::1%]/",
            "bad URL 'http://[fe80::1%]/': the zone of the IPv6 address is not 1 to 15 plain characters"
        ),
        (
            "http://[fe80::1%25abcdefghijklmnop]/",
            "bad URL 'http://[fe80::1%25abcdefghijklmnop]/': "
                + "the zone of the IPv6 address is not 1 to 15 plain characters"
        ),
        ("http://::1/", "bad URL 'http://::1/': no host"),
        ("http://a'b/", "bad URL 'http://a'b/': ''' cannot stand in a host name"),
        ("http://a\\b/", "bad URL 'http://a\\b/': '\\' cannot stand in a host name"),
        ("http://.a/", "bad URL 'http://.a/': the host name begins with a dot"),
        ("http://%2e/", "bad URL 'http://%2e/': the host name begins with a dot"),
        ("http://*/", "bad URL 'http://*/': '*' cannot stand in a host name"),
        ("http://a%2fb/", "bad URL 'http://a%2fb/': '/' cannot stand in a host name"),
        ("http://a%00b/", "bad URL 'http://a%00b/': the byte 0x00 cannot stand in a host name"),
        ("http://a%20b/", "bad URL 'http://a%20b/': the byte 0x20 cannot stand in a host name"),
        (
            "http://a%2g/",
            "bad URL 'http://a%2g/': the host name holds a '%' without two hexadecimal digits"
        ),
        (
            "http://a@b@c/",
            "bad URL 'http://***@c/': "
                + "more than one '@' before the host; inside user or password it is written %40"
        ),
        ("http://u%00:p@h/", "bad URL 'http://***@h/': user or password holds an encoded control byte"),
        (
            "http+unix:///run/a.sock",
            "bad URL 'http+unix:///run/a.sock': "
                + "no socket path; its slashes are written %2F, as in http+unix://%2Frun%2Fa.sock/"
        ),
        ("http+unix://%2Fa:80/", "bad URL 'http+unix://%2Fa:80/': a Unix socket has no port"),
        ("http+unix://%2Fa%00/", "bad URL 'http+unix://%2Fa%00/': it holds the control byte 0x00"),
        ("http+unix:/a", "bad URL 'http+unix:/a': the scheme is not followed by '://'"),
        // Passwords, also those that end the authority early, do not show.
        ("http://u:se@cret@h/", hidden("http://***@h/", .extraAtSign)),
        ("http://u:se/cret@h/", hidden("http://***@h/", .port)),
        ("http://token@h:x/", hidden("http://***@h:x/", .port)),
        ("http://h:x/a@b", hidden("http://***@b", .port)),
        ("http://h_x y/a@b", hidden("http://h_x y/a@b", .space)),
        ("u:se#cret@h", hidden("***@h", .port)),
        ("ftp://u:secret@h/", hidden("ftp://***@h/", .unsupportedScheme("ftp"))),
        ("ftp://h/?token=secret", hidden("ftp://h/?token=***", .unsupportedScheme("ftp"))),
        ("http://u:sec ret@h/", hidden("http://***@h/", .space)),
    ]

    private static func hidden(_ text: String, _ reason: HTTPURLError.Reason) -> String {
        "bad URL '\(text)': \(reason)"
    }

    @Test(arguments: bad) func `a bad URL is refused by name`(input: String, expected: String) {
        #expect(throws: HTTPURLError.self) { try HTTPURL.parse(input) }
        do throws(HTTPURLError) {
            _ = try HTTPURL.parse(input)
        } catch {
            #expect(error.description == expected)
            #expect(error.text == input)
        }
    }

    @Test(arguments: [
        ("http://h/a b", 10), ("http://h:8x/", 10), ("http://[::1", 7), ("http://a@b@c/", 10),
        ("http://ab*c/", 9), ("x\n", 1),
    ]) func `an error says where`(input: String, position: Int) {
        do throws(HTTPURLError) {
            _ = try HTTPURL.parse(input)
            Issue.record("accepted")
        } catch {
            #expect(error.position == position)
        }
    }

    @Test func `every prefix of a URL is read or refused without harm`() {
        for (input, _) in Self.good + Self.bad {
            for length in 0...input.unicodeScalars.count {
                _ = try? HTTPURL.parse(String(String.UnicodeScalarView(input.unicodeScalars.prefix(length))))
            }
        }
    }

    @Test func `the normal form is read back as the same URL`() throws {
        for (input, _) in Self.good {
            guard let url = try? HTTPURL.parse(input) else { continue }
            #expect(try HTTPURL.parse(url.description) == url)
            #expect(try HTTPURL.parse(url.description).description == url.description)
        }
    }

    @Test func `the default scheme is the caller's choice`() throws {
        #expect(try HTTPURL.parse("h", defaultScheme: "https").description == "https://h/")
        #expect(try HTTPURL.parse("h:443", defaultScheme: "HTTPS").description == "https://h/")
        #expect(try HTTPURL.parse("http://h", defaultScheme: "https").scheme == .http)
        #expect(throws: HTTPURLError(.unsupportedScheme("gopher"), in: "h")) {
            try HTTPURL.parse("h", defaultScheme: "gopher")
        }
    }

    @Test func `dot segments stay when the path is taken as it is`() throws {
        let url = try HTTPURL.parse("http://h/a/../b/./%2e", pathAsIs: true)
        #expect(url.path == "/a/../b/./%2e")
    }

    @Test func `absent and empty parts differ`() throws {
        let bare = try HTTPURL.parse("http://h/")
        #expect(bare.user == nil && bare.password == nil && bare.query == nil && bare.fragment == nil)
        #expect(!bare.hasUserinfo)
        let empty = try HTTPURL.parse("http://:@h/?#")
        #expect(empty.user == "" && empty.password == "" && empty.query == "" && empty.fragment == "")
        let user = try HTTPURL.parse("http://u@h/")
        #expect(user.user == "u" && user.password == nil && user.hasUserinfo)
        #expect(try !HTTPURL.parse("http://@h/").hasUserinfo)
    }

    @Test func `user and password are decoded, invalid escapes left alone`() throws {
        let url = try HTTPURL.parse("http://a%40b:%zz%ff@h/")
        #expect(url.user == "a@b")
        #expect(url.passwordBytes == Array("%zz".utf8) + [0xFF])
        #expect(url.encodedPassword == "%zz%ff")
    }

    @Test func `a huge URL is read in linear time and a larger one refused`() throws {
        let dots = "http://h" + String(repeating: "/a/..", count: 200_000)
        #expect(try HTTPURL.parse(dots).path == "/")
        let slashes = "http://h" + String(repeating: "/", count: 1_000_000)
        #expect(try HTTPURL.parse(slashes).path.utf8.count == 1_000_000)
        let long = "http://h/" + String(repeating: "a", count: HTTPURL.maximumLength)
        #expect(throws: HTTPURLError(.tooLong, in: long)) { try HTTPURL.parse(long) }
    }

    @Test func `a long text is shortened in the message`() {
        let error = HTTPURLError(.noHost, in: String(repeating: "x", count: 1000))
        #expect(error.description == "bad URL '\(String(repeating: "x", count: 200))…' (1000 bytes): no host")
        let scheme = HTTPURLError(.unsupportedScheme(String(repeating: "x", count: 1000)), in: "x://h/")
        #expect(
            scheme.description
                == "bad URL 'x://h/': the scheme '\(String(repeating: "x", count: 60))...' is not supported")
    }

    private func outcome(_ input: String) -> String {
        do throws(HTTPURLError) {
            return try HTTPURL.parse(input).descriptionWithFragment
        } catch {
            return "bad: \(error.reason)"
        }
    }
}
