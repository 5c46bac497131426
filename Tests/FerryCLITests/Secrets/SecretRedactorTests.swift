import Testing

@testable import FerryCLI

@Suite struct SecretRedactorTests {
    static let lines: [(String, String)] = [
        ("Host: h\r\n", "Host: h\r\n"),
        ("Authorization: Basic dTpw\r\n", "Authorization: Basic [redacted]\r\n"),
        ("authorization:Bearer  a b\r\n", "authorization:Bearer [redacted]\r\n"),
        ("Authorization: token\r\n", "Authorization: [redacted]\r\n"),
        ("Authorization: token \r\n", "Authorization: [redacted]\r\n"),
        ("Authorization: key=token, b=c\r\n", "Authorization: [redacted]\r\n"),
        ("X Token: a\r\n", "X Token: [redacted]\r\n"),
        ("GET /token?x=http://y: HTTP/1.1\r\n", "GET /token?x=http://y: HTTP/1.1\r\n"),
        ("HTTP/1.1 200 token: x\r\n", "HTTP/1.1 200 token: x\r\n"),
        (
            "Proxy-Authorization: Digest username=\"u\", response=\"x\"\r\n",
            "Proxy-Authorization: Digest [redacted]\r\n"
        ),
        ("Cookie: a=1; b=2\r\n", "Cookie: a=[redacted]; b=[redacted]\r\n"),
        ("Cookie: bare; b=x=y\r\n", "Cookie: [redacted]; b=[redacted]\r\n"),
        ("Set-Cookie: sid=abc; Path=/; HttpOnly\r\n", "Set-Cookie: sid=[redacted]; Path=/; HttpOnly\r\n"),
        ("set-cookie: sid=\n", "set-cookie: sid=[redacted]\n"),
        ("Location: https://u:p@h/x?a@b\r\n", "Location: https://[redacted]@h/x?a@b\r\n"),
        ("Location: /x@y\r\n", "Location: /x@y\r\n"),
        ("Referer: http://u@h/\r\n", "Referer: http://[redacted]@h/\r\n"),
        ("GET http://u:p@h/ HTTP/1.1\r\n", "GET http://[redacted]@h/ HTTP/1.1\r\n"),
        ("GET /a?x=http://y HTTP/1.1\r\n", "GET /a?x=http://y HTTP/1.1\r\n"),
        ("HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n"),
        ("X-Authorization: x\r\n", "X-Authorization: x\r\n"),
        ("X-Api-Key: k 1\r\n", "X-Api-Key: [redacted]\r\n"),
        ("Private-Token:k\r\n", "Private-Token:[redacted]\r\n"),
        ("X-Vault-Token: a\r\n b\r\n", "X-Vault-Token: [redacted]\r\n [redacted]\r\n"),
        ("GET /a?token=x&b=c HTTP/1.1\r\n", "GET /a?token=[redacted]&b=c HTTP/1.1\r\n"),
        (
            "GET http://h/a?b=1&X-Amz-Signature=x HTTP/1.1\r\n",
            "GET http://h/a?b=1&X-Amz-Signature=[redacted] HTTP/1.1\r\n"
        ),
        ("Location: /cb#access_token=x&state=1\r\n", "Location: /cb#access_token=[redacted]&state=1\r\n"),
        (
            "Link: <http://u:p@h/?key=1>; rel=next\r\n",
            "Link: <http://[redacted]@h/?key=[redacted]>; rel=next\r\n"
        ),
        ("Location: //u:p@h/x\r\n", "Location: //[redacted]@h/x\r\n"),
        ("location:  http:/u:p w@h/ x\r\n", "location:  http:/[redacted]@h/ x\r\n"),
        ("Location: http://u:p/w@h/\r\n", "Location: http://[redacted]@h/\r\n"),
        ("Location: /a//b@c\r\n", "Location: /a//b@c\r\n"),
        ("Content-Location: ///u:p@h/\r\n", "Content-Location: ///[redacted]@h/\r\n"),
        ("Referer: u:p@h/\r\n", "Referer: [redacted]@h/\r\n"),
        ("Link: <//u:p@h/>; rel=a, <//v@h/>\r\n", "Link: <//[redacted]@h/>; rel=a, <//[redacted]@h/>\r\n"),
        ("Location:\r\n http://u:p@h/\r\n", "Location:\r\n http://[redacted]@h/\r\n"),
        ("Refresh: 0; url=//u:p@h/\r\n", "Refresh: 0; url=//[redacted]@h/\r\n"),
        ("X: \"//u:p@h\" a//b@c a/ /b@c\r\n", "X: \"//[redacted]@h\" a//b@c a/ /b@c\r\n"),
        (
            "Location: /?token=\"abc\"def&a=b<c> d\r\n",
            "Location: /?token=[redacted]&a=b<c> d\r\n"
        ),
        ("Location: /?a=b c&key=d e>f\r\n", "Location: /?a=b c&key=[redacted]\r\n"),
        ("Link: </?key=\"a\"b>; title=\"c\"\r\n", "Link: </?key=[redacted]>; title=\"c\"\r\n"),
        ("X: \"/?key=a\"; b=c\r\n", "X: \"/?key=[redacted]\"; b=c\r\n"),
        ("GET /?token=a b\"c HTTP/1.1\r\n", "GET /?token=[redacted] HTTP/1.1\r\n"),
        ("\r\n", "\r\n"),
        ("", ""),
        ("Cookie: a=1\r\n b=2\r\nX: y\r\n z\r\n", "Cookie: a=[redacted]\r\n [redacted]\r\nX: y\r\n z\r\n"),
    ]

    @Test(arguments: lines)
    func `secrets are hidden and names stay`(line: String, shown: String) {
        let bytes = Array(line.utf8).withUnsafeBytes { SecretRedactor.redact(headers: $0) }
        #expect(String(decoding: bytes, as: UTF8.self) == shown)
    }

    static let urls: [(String, String)] = [
        ("http://h/", "http://h/"),
        ("http://u:p@h/", "http://[redacted]@h/"),
        ("https://u@h:1/a@b", "https://[redacted]@h:1/a@b"),
        ("http://a@b@h", "http://[redacted]@h"),
        ("http://h/?u=http://a:b@c", "http://h/?u=http://[redacted]@c"),
        ("http://h/?to%6ben=a;b?c&sig=&x=y", "http://h/?to%6ben=[redacted]&sig=&x=y"),
        ("http://h/?u=http://c/?pwd=1;secret=2", "http://h/?u=http://c/?pwd=[redacted]"),
        ("h/#code=1", "h/#code=[redacted]"),
        ("http://h/?token", "http://h/?token"),
        ("http://h/?token=http://a:b@c", "http://h/?token=[redacted]"),
        ("u:p@h", "[redacted]@h"),
        ("u@h:80/a@b", "[redacted]@h:80/a@b"),
        ("u:p w@h/a b@c", "[redacted]@h/a b@c"),
        ("h/a@b", "h/a@b"),
        ("h:80/a@b", "h:80/a@b"),
        ("[::1]/a@b", "[::1]/a@b"),
        ("u:p@[::1/x", "[redacted]@[::1/x"),
        ("//u:p@h/", "//[redacted]@h/"),
        ("http:/u:p@h/", "http:/[redacted]@h/"),
        ("http://u:p/w?@h/", "http://[redacted]@h/"),
        ("http://u:p?code=w@h/", "http://[redacted]"),
        ("unix:/run/x.sock:/a@b", "unix:/run/x.sock:/a@b"),
        ("h/?token=abc def&a=b", "h/?token=[redacted]&a=b"),
        ("?token=a", "?token=[redacted]"),
        ("@h", "@h"),
    ]

    @Test(arguments: urls)
    func `a URL loses its user and password`(url: String, shown: String) {
        #expect(SecretRedactor.redact(url: url) == shown)
    }

    @Test(arguments: [
        ("no URL: a@b, c/d@e", "no URL: a@b, c/d@e"),
        ("of http://u:p@h/x is kept by me@here", "of http://[redacted]@h/x is kept by me@here"),
        ("http://a/ mail b@c", "http://a/ mail b@c"),
        (
            #"{"a":"http:\/\/u:p@h\/","b":"\/\/v@h","c":"x\/d@e"}"#,
            #"{"a":"http:\/\/[redacted]@h\/","b":"\/\/[redacted]@h","c":"x\/d@e"}"#
        ),
        (#""http://h/?key=a","b":"c""#, #""http://h/?key=[redacted]","b":"c""#),
    ])
    func `URLs among words lose the same, and the words stay`(text: String, shown: String) {
        #expect(SecretRedactor.redact(text: text) == shown)
    }

    @Test func `a login is left out, or masked in place`() {
        #expect(SecretRedactor.withoutLogin(url: "http://u:p@h/a@b") == "http://h/a@b")
        #expect(SecretRedactor.withoutLogin(url: "http://h/a@b") == "http://h/a@b")
        #expect(SecretRedactor.withoutLogin(url: "u:p@h/a@b") == "h/a@b")
        #expect(SecretRedactor.withoutLogin(url: "mailto:a@b", isTyped: false) == "mailto:a@b")
        #expect(SecretRedactor.withoutLogin(url: "app://u:p@h/", isTyped: false) == "app://h/")
        #expect(SecretRedactor.masked("u:\u{E9}@h/{a", isURL: true) == "***@h/{a")
        #expect(
            SecretRedactor.masked("bad range:\nhttp://u:\u{E9}@h/[3-1]\n")
                == "bad range:\nhttp://***@h/[3-1]\n")
        #expect(
            SecretRedactor.masked("bad range:\nhttp://h/[3-1]?key=abc\n")
                == "bad range:\nhttp://h/[3-1]?key=***\n")
        #expect(SecretRedactor.masked("no URL, a@b") == "no URL, a@b")
    }
}
