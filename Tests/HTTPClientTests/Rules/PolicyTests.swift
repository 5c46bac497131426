import Connector
import HTTPClient
import HTTPCore
import Testing

@Suite struct RedirectPolicyTests {
    private let url: HTTPURL

    init() throws {
        url = try HTTPURL.parse("http://example.com/a/b?q#part")
    }

    private func head(_ status: Int, _ location: String? = "/next") throws -> ResponseHead {
        let field = location.map { "Location: \($0)\r\n" } ?? ""
        return try ResponseHead(parsing: "HTTP/1.1 \(status) X\r\n\(field)\r\n")
    }

    private func next(
        _ status: Int, _ location: String = "/next", kind: RedirectPolicy.RequestKind = .get
    ) throws -> RedirectPolicy.Next {
        guard
            case .follow(let next) = RedirectPolicy().decide(
                try head(status, location), url: url, kind: kind, followed: 0)
        else { throw NotFollowed() }
        return next
    }

    struct NotFollowed: Error {}

    @Test(arguments: [
        (301, RedirectPolicy.RequestKind.post, RedirectPolicy.RequestKind.get), (302, .post, .get),
        (303, .post, .get), (300, .post, .post), (305, .post, .post), (307, .post, .post),
        (308, .post, .post),
        (301, .put, .put), (302, .put, .put), (303, .put, .get), (307, .put, .put), (308, .put, .put),
        (301, .get, .get), (302, .get, .get), (303, .get, .get), (307, .get, .get), (308, .get, .get),
        (301, .head, .head), (302, .head, .head), (303, .head, .head), (307, .head, .head),
        (308, .head, .head),
    ])
    func `the kind of the next request follows the table`(
        _ status: Int, _ sent: RedirectPolicy.RequestKind, _ expected: RedirectPolicy.RequestKind
    ) throws {
        #expect(try next(status, kind: sent).kind == expected)
    }

    @Test(arguments: [
        (301, RedirectPolicy.RequestKind.post, false), (302, .post, false), (303, .post, false),
        (307, .post, true), (308, .post, true), (301, .put, true), (302, .put, true), (303, .put, false),
        (301, .get, true), (302, .get, true), (303, .get, false), (307, .get, true), (303, .head, true),
    ])
    func `a method of the user's goes where a GET is asked for, if it may`(
        _ status: Int, _ sent: RedirectPolicy.RequestKind, _ isKept: Bool
    ) throws {
        for keepsMethod in [true, false] {
            guard
                case .follow(let next) = RedirectPolicy(keepsMethod: keepsMethod).decide(
                    try head(status), url: url, kind: sent, followed: 0)
            else { throw NotFollowed() }
            #expect(next.keepsMethod == (keepsMethod || isKept))
        }
    }

    @Test(arguments: [301, 302, 303]) func `a POST stays one where that is asked for`(_ kept: Int) throws {
        let policy = RedirectPolicy(keepsMethod: false, keepsPOSTAfter: [kept])
        for status in [301, 302, 303] {
            guard
                case .follow(let next) = policy.decide(
                    try head(status), url: url, kind: .post, followed: 0)
            else { throw NotFollowed() }
            #expect(next.kind == (status == kept ? .post : .get))
            #expect(next.keepsMethod == (status == kept))
        }
        guard
            case .follow(let next) = policy.decide(try head(303), url: url, kind: .put, followed: 0)
        else { throw NotFollowed() }
        #expect(next.kind == .get)
    }

    @Test(arguments: [200, 201, 206, 304, 400, 404, 500])
    func `other statuses are no redirects, Location or not`(_ status: Int) throws {
        guard case .done = RedirectPolicy().decide(try head(status), url: url, kind: .get, followed: 0) else {
            Issue.record("followed \(status)")
            return
        }
    }

    @Test(arguments: [nil, "", "   "])
    func `a redirect that names nothing is none`(_ location: String?) throws {
        guard case .done = RedirectPolicy().decide(try head(302, location), url: url, kind: .get, followed: 0)
        else {
            Issue.record("followed")
            return
        }
    }

    @Test(arguments: [
        ("/next", "http://example.com/next#part", false), ("c", "http://example.com/a/c#part", false),
        ("?x", "http://example.com/a/b?x#part", false), ("/n#other", "http://example.com/n#other", false),
        ("http://EXAMPLE.com:80/", "http://example.com/#part", false),
        ("https://example.com/", "https://example.com/#part", true),
        ("http://example.com:81/", "http://example.com:81/#part", true),
        ("//www.example.com/", "http://www.example.com/#part", true),
    ])
    func `the target is resolved and its origin compared`(
        _ location: String, _ expected: String, _ crossesOrigin: Bool
    ) throws {
        let next = try next(302, location)
        #expect(next.url.descriptionWithFragment == expected)
        #expect(next.crossesOrigin == crossesOrigin)
    }

    @Test func `the limit counts redirects that were followed`() throws {
        func decide(_ limit: Int?, followed: Int, _ location: String = "/x") throws -> RedirectPolicy.Decision
        {
            RedirectPolicy(limit: limit).decide(
                try head(302, location), url: url, kind: .get, followed: followed)
        }
        for (limit, followed, isAllowed) in [
            (0, 0, false), (1, 0, true), (1, 1, false), (50, 49, true), (50, 50, false), (nil, 100_000, true),
        ] {
            switch try decide(limit, followed: followed) {
            case .follow: #expect(isAllowed)
            case .tooMany(let told): #expect(!isAllowed && told == limit)
            case .done, .invalid: Issue.record("\(String(describing: limit)) \(followed)")
            }
        }
        // Where no redirect is followed, it matters no more where it would have led.
        guard case .tooMany(0) = try decide(0, followed: 0, "ftp://x/") else {
            Issue.record("not refused for the limit")
            return
        }
    }

    @Test(arguments: ["ftp://example.com/", "http://", "http://exa mple.com/", "http://example.com:99999/"])
    func `a target that cannot be asked is an error`(_ location: String) throws {
        guard
            case .invalid = RedirectPolicy().decide(
                try head(302, location), url: url, kind: .get, followed: 0)
        else {
            Issue.record("followed \(location)")
            return
        }
    }
}

@Suite struct PublicSuffixTests {
    @Test(arguments: ["com", "co.uk", "github.io", "localhost", "xn--p1ai", "no-such-tld", "kawasaki.jp"])
    func `anybody may register below these`(_ domain: String) {
        #expect(PublicSuffix.contains(domain))
    }

    @Test(arguments: [
        "example.com", "bbc.co.uk", "ferry.github.io", "a.no-such-tld", "city.kawasaki.jp", "127.0.0.1",
    ])
    func `these belong to somebody`(_ domain: String) {
        #expect(!PublicSuffix.contains(domain))
    }
}

@Suite struct AuthenticationTests {
    @Test(arguments: [
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), ("", "", "Basic Og=="),
        ("test", "123£", "Basic dGVzdDoxMjPCow=="), ("u", "a:b", "Basic dTphOmI="),
    ])
    func `Basic joins user and password in UTF-8`(_ user: String, _ password: String, _ expected: String) {
        #expect(Authentication.basic(user: ByteString(user), password: ByteString(password)) == expected)
    }
}

@Suite struct HTTPRequestTests {
    @Test(arguments: [
        ("GET", true), ("HEAD", true), ("OPTIONS", true), ("TRACE", true), ("PUT", true), ("DELETE", true),
        ("POST", false), ("PATCH", false), ("get", false), ("X", false),
    ])
    func `only what has the same effect twice may be sent twice`(_ method: String, _ isIdempotent: Bool) {
        #expect(RequestMessage(method: method, target: "/", fields: []).isIdempotent == isIdempotent)
    }
}

@Suite struct HTTPClientErrorTests {
    @Test func `each is one sentence`() {
        let errors: [(HTTPClientError, String)] = [
            (.http(.emptyReply), "connection closed before any byte of a response"),
            (.send(.closed), "sending the request failed: the connection was closed on this side"),
            (
                .receive(.closed, received: 0),
                "receiving the response failed: the connection was closed on this side"
            ),
            (
                .receive(.closed, received: 7),
                "receiving failed after 7 bytes: the connection was closed on this side"
            ),
            (.timedOut(.send, received: 0, expected: nil), "timed out while sending the request"),
            (.timedOut(.response, received: 0, expected: nil), "timed out while waiting for the response"),
            (.timedOut(.body, received: 3, expected: 10), "timed out with 3 out of 10 bytes received"),
            (
                .timedOut(.body, received: 3, expected: nil),
                "timed out with 3 out of an unknown number of bytes received"
            ),
            (.source("no such file"), "no such file"),
            (
                .cannotRewind, "the request body must be sent again, but its input cannot be read again"
            ),
        ]
        for (error, text) in errors { #expect("\(error)" == text) }
    }
}
