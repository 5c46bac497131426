import Connector
import HTTPCore
import Testing

@testable import HTTPClient

/// Which fields a request of a transfer carries, without a socket.
@LoopActor
@Suite struct RequestComposerTests {
    private static let home = "http://a.test/dir/x"

    private static func composer(
        _ request: ClientRequest, _ configure: (inout HTTPClient.Configuration) -> Void = { _ in },
        forceClose: Bool = false
    ) -> RequestComposer {
        var configuration = HTTPClient.Configuration()
        configuration.decodesContent = false
        configure(&configuration)
        return RequestComposer(request: request, configuration: configuration, forceClose: forceClose)
    }

    private static func lines(_ message: RequestMessage) -> [String] {
        ["\(message.method) \(message.target)"] + message.fields.map { "\($0.name): \($0.value)" }
    }

    private static func next(
        _ url: String, _ kind: RedirectPolicy.RequestKind, keepsMethod: Bool = false
    ) throws -> RedirectPolicy.Next {
        RedirectPolicy.Next(
            url: try HTTPURL.parse(url), kind: kind, keepsMethod: keepsMethod, crossesOrigin: false)
    }

    @Test func `the fields of a request stand in one order`() throws {
        var request = try ClientRequest(
            Self.home, fields: [HeaderField(name: "X-Own", value: "1")], body: .text("body"))
        request.method = "PUT"
        request.login = .bearer("t")
        let composer = Self.composer(request, { $0.decodesContent = true }, forceClose: true)
        var hop = composer.first()
        hop.cookie = ByteString("a=b")
        hop.body = .bytes(Array("body".utf8))
        let lines = Self.lines(composer.message(hop))
        #expect(lines.first == "PUT /dir/x")
        #expect(
            lines.dropFirst().map { String($0.prefix { $0 != ":" }) } == [
                "Host", "Authorization", "Accept", "Accept-Encoding", "Cookie", "Connection", "X-Own",
                "Content-Length",
            ])
        #expect(lines.contains("Authorization: Bearer t"))
        #expect(lines.contains("Content-Length: 4"))
    }

    @Test(arguments: [
        ("Host", "other.test"), ("Authorization", "Own"), ("Accept", "text/html"), ("Cookie", "own=1"),
        ("Connection", "keep-alive"),
    ])
    func `a field of the program's takes the place of the one that would be sent`(name: String, value: String)
        throws
    {
        var request = try ClientRequest(Self.home, fields: [HeaderField(name: name, value: value)])
        request.login = .bearer("t")
        let composer = Self.composer(request, forceClose: true)
        var hop = composer.first()
        hop.cookie = ByteString("a=b")
        let fields = composer.message(hop).fields.filter { $0.isNamed(name) }
        #expect(fields.map(\.value) == [value])
    }

    @Test(arguments: [
        ("http://a.test/y", true), ("http://a.test:80/y", true), ("http://a.test:81/y", false),
        ("https://a.test/y", false), ("http://b.test/y", false),
    ])
    func `what belongs to one origin goes to no other`(target: String, stays: Bool) throws {
        var request = try ClientRequest(
            Self.home,
            fields: [
                HeaderField(name: "Authorization", value: "A"), HeaderField(name: "Cookie", value: "c=1"),
                HeaderField(name: "X-Api-Key", value: "k"), HeaderField(name: "X-Plain", value: "p"),
            ])
        let composer = Self.composer(request) { $0.fields = [HeaderField(name: "X-Vault-Token", value: "v")] }
        let hop = composer.next(
            try Self.next(target, .get), at: try HTTPURL.parse(target), after: composer.first())
        let names = composer.ownFields(hop).map(\.name)
        let secrets = ["Authorization", "Cookie", "X-Api-Key"]
        #expect(names == (stays ? secrets + ["X-Plain", "X-Vault-Token"] : ["X-Plain"]))
        #expect(composer.dropped(from: request.url, to: hop.url) == (stays ? [] : secrets))
        request.login = .bearer("t")
        let bearer = Self.composer(request).message(hop).fields.contains { $0.value == "Bearer t" }
        #expect(!bearer)  // The program's own Authorization comes first, and elsewhere there is none.
    }

    @Test func `Host as given goes with every request to that host and with no other`() throws {
        let request = try ClientRequest(Self.home, fields: [HeaderField(name: "Host", value: "front.test")])
        let composer = Self.composer(request)
        for (target, host) in [("http://a.test/2", "front.test"), ("http://b.test/", "b.test")] {
            let hop = composer.next(
                try Self.next(target, .get), at: try HTTPURL.parse(target), after: composer.first())
            #expect(Self.lines(composer.message(hop))[1] == "Host: \(host)")
        }
    }

    @Test func `a redirect that takes the body takes the fields that describe it`() throws {
        var request = try ClientRequest(
            Self.home,
            fields: [
                HeaderField(name: "Content-Type", value: "text/plain"),
                HeaderField(name: "Content-Language", value: "en"), HeaderField(name: "X-Plain", value: "p"),
            ], body: .text("body"))
        request.method = "POST"
        let composer = Self.composer(request)
        let first = composer.first()
        #expect(composer.ownFields(first).count == 3)
        let hop = composer.next(
            try Self.next("http://a.test/2", .get), at: try HTTPURL.parse("http://a.test/2"), after: first)
        #expect(hop.method == "GET")
        #expect(composer.ownFields(hop).map(\.name) == ["X-Plain"])
        let kept = composer.next(
            try Self.next("http://a.test/2", .post, keepsMethod: true),
            at: try HTTPURL.parse("http://a.test/2"), after: first)
        #expect(kept.method == "POST")
        #expect(composer.ownFields(kept).count == 3)
    }

    @Test(arguments: [true, false])
    func `the fields of framing are ours alone`(areOfRequest: Bool) throws {
        let fields = [
            HeaderField(name: "Content-Length", value: "99"),
            HeaderField(name: "Transfer-Encoding", value: "gzip"),
        ]
        var request = try ClientRequest(Self.home, fields: areOfRequest ? fields : [], body: .text("body"))
        request.method = "PUT"
        let composer = Self.composer(request) { $0.fields = areOfRequest ? [] : fields }
        var hop = composer.first()
        hop.body = .bytes(Array("body".utf8))
        let framing = composer.message(hop).fields.filter {
            $0.isNamed("Content-Length") || $0.isNamed("Transfer-Encoding")
        }
        #expect(framing.map { "\($0.name): \($0.value)" } == ["Content-Length: 4"])
    }

    @Test func `fields for all requests come with each, as often as they are given`() throws {
        let request = try ClientRequest(Self.home, fields: [HeaderField(name: "x-own", value: "mine")])
        let composer = Self.composer(request) {
            $0.fields = [("X-Tag", "a"), ("X-Tag", "b"), ("X-Own", "c"), ("Cookie", "d")].map {
                HeaderField(name: $0, value: $1)
            }
        }
        #expect(
            Self.lines(composer.message(composer.first())).suffix(4)
                == ["x-own: mine", "X-Tag: a", "X-Tag: b", "Cookie: d"])
        let elsewhere = composer.next(
            try Self.next("http://b.test/", .get), at: try HTTPURL.parse("http://b.test/"),
            after: composer.first())
        #expect(composer.ownFields(elsewhere).map(\.value) == ["mine", "a", "b"])
    }

    @Test(arguments: [("GET", nil), ("POST", "0"), ("PUT", "0"), ("PATCH", "0"), ("DELETE", nil)])
    func `where a body is usual its absence is said`(method: String, length: String?) throws {
        var request = try ClientRequest(Self.home)
        request.method = method
        let composer = Self.composer(request)
        let fields = composer.message(composer.first()).fields
        #expect(fields.first { $0.isNamed("Content-Length") }?.value == length)
    }

    @Test func `leave is asked for a long body, until a server refuses to be asked`() throws {
        var request = try ClientRequest(Self.home, body: .text("body"))
        request.method = "PUT"
        let composer = Self.composer(request) {
            $0.expectThresholdBytes = 3
            $0.continueTimeout = .seconds(7)
        }
        var hop = composer.first()
        hop.body = .bytes(Array("body".utf8))
        #expect(composer.message(hop).continueTimeout == .seconds(7))
        #expect(Self.lines(composer.message(hop)).last == "Expect: 100-continue")
        hop.mayExpect = false
        #expect(composer.message(hop).continueTimeout == nil)
        #expect(!Self.lines(composer.message(hop)).contains("Expect: 100-continue"))
        // A probe has no body that could wait.
        hop.mayExpect = true
        hop.answer.isProbe = true
        #expect(Self.lines(composer.message(hop)).last == "Content-Length: 0")
    }

    @Test func `a body is decoded only where this client asked for a coding`() throws {
        let plain = try ClientRequest(Self.home)
        let own = try ClientRequest(Self.home, fields: [HeaderField(name: "accept-encoding", value: "br")])
        let part = try ClientRequest(Self.home, fields: [HeaderField(name: "range", value: "bytes=0-9")])
        for (request, decodes, result) in [
            (plain, true, true), (plain, false, false), (own, true, false), (part, true, false),
        ] {
            let composer = Self.composer(request) { $0.decodesContent = decodes }
            #expect(composer.decodes(composer.first()) == result)
            let codings = composer.message(composer.first()).fields.filter { $0.isNamed("Accept-Encoding") }
            #expect(codings.contains { $0.value.contains("gzip") } == result)
        }
    }
}
