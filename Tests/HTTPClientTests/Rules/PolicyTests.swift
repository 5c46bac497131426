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

@Suite struct RetryPolicyTests {
    private func pause(
        _ policy: RetryPolicy, after outcome: RetryPolicy.Outcome = .status(503), made: Int = 0,
        elapsed: Duration = .zero, retryAfter: Duration? = nil, dice: Double = 0
    ) -> Duration? {
        policy.pause(after: outcome, made: made, elapsed: elapsed, retryAfter: retryAfter, dice: dice)
    }

    @Test func `the pause doubles from one second to ten minutes`() {
        let policy = RetryPolicy(limit: 100)
        let seconds = (0..<12).map { pause(policy, made: $0) }
        #expect(
            seconds == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600].map { .seconds($0) })
        #expect(pause(policy, made: 99) == .seconds(600))
    }

    @Test func `the dice spread the pause by up to a quarter`() {
        let policy = RetryPolicy(limit: 9)
        #expect(pause(policy, made: 3, dice: 0.5) == .seconds(9))
        #expect(pause(policy, made: 3, dice: 1) == .seconds(10))
        #expect(pause(policy, made: 3, dice: 7) == .seconds(10))
        #expect(pause(policy, made: 3, dice: -7) == .seconds(8))
    }

    @Test func `a pause of one's own stays the same`() {
        let policy = RetryPolicy(limit: 9, delay: .milliseconds(200))
        #expect(pause(policy, made: 0, dice: 1) == .milliseconds(200))
        #expect(pause(policy, made: 8, dice: 1) == .milliseconds(200))
        #expect(pause(RetryPolicy(limit: 9, delay: .zero), made: 1) == .seconds(2))
    }

    @Test func `the server's wish overrides both, within six hours`() {
        for delay in [nil, Duration.seconds(5)] {
            let policy = RetryPolicy(limit: 1, delay: delay)
            #expect(pause(policy, retryAfter: .seconds(120)) == .seconds(120))
            #expect(pause(policy, retryAfter: .seconds(90_000)) == .seconds(21_600))
            #expect(pause(policy, retryAfter: .zero) == delay ?? .seconds(1))
            #expect(pause(policy, retryAfter: .seconds(-5)) == delay ?? .seconds(1))
        }
    }

    @Test func `retries are counted`() {
        #expect(pause(RetryPolicy()) == nil)
        #expect(pause(RetryPolicy(limit: 2), made: 1) != nil)
        #expect(pause(RetryPolicy(limit: 2), made: 2) == nil)
    }

    @Test func `no retry begins after the window`() {
        let policy = RetryPolicy(limit: 9, delay: .seconds(1), window: .seconds(10))
        #expect(pause(policy, elapsed: .seconds(8)) == .seconds(1))
        #expect(pause(policy, elapsed: .seconds(9)) == .seconds(1))
        #expect(pause(policy, elapsed: .milliseconds(9001)) == nil)
        #expect(pause(policy, elapsed: .seconds(10)) == nil)
        #expect(pause(policy, retryAfter: .seconds(11)) == nil)
        #expect(pause(RetryPolicy(limit: 9, window: .zero), elapsed: .seconds(1000)) != nil)
    }

    @Test func `what is retried by itself and what on demand`() {
        let plain = RetryPolicy(limit: 1)
        for status in [408, 429, 500, 502, 503, 504, 522, 524] { #expect(plain.covers(.status(status))) }
        for status in [200, 301, 400, 401, 404, 409, 501, 505, 599] {
            #expect(!plain.covers(.status(status)))
        }
        #expect(plain.covers(.transientError))
        #expect(!plain.covers(.refusedConnection))
        #expect(!plain.covers(.otherError))
        let refused = RetryPolicy(limit: 1, includesRefusedConnections: true)
        #expect(refused.covers(.refusedConnection))
        #expect(!refused.covers(.otherError))
        let all = RetryPolicy(limit: 1, includesAllErrors: true)
        #expect(all.covers(.refusedConnection) && all.covers(.otherError))
        #expect(!all.covers(.status(404)))
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
