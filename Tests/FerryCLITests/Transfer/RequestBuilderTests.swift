import Connector
import HTTPClient
import HTTPCore
import Testing

@testable import FerryCLI

/// What the end-to-end table cannot show: hops between schemes, and the place of every field.
struct RequestBuilderTests {
    private func builder(
        _ arguments: [String], first: String = "http://a.test/1", trusts: Bool = false, closes: Bool = false
    ) throws -> RequestBuilder {
        var planner = Planner(
            settings: try parse(arguments + ["u"]), environment: { _ in nil }, fileExists: { _ in true },
            askPassword: { _ in nil })
        return RequestBuilder(
            plan: try planner.plan().operations[0].request, forceClose: closes, trustsRedirects: trusts,
            firstURL: try HTTPURL.parse(first))
    }

    private func fields(_ builder: RequestBuilder, _ hop: HopRequest) throws -> [String] {
        try builder.build(hop).fields.map(\.description)
    }

    @Test func `Referer does not tell in the clear what was asked for in secret`() throws {
        let builder = try builder(["-A", "", "-H", "Accept:", "-e", ";auto"])
        let secret = try HTTPURL.parse("https://a.test/1")
        let open = HopRequest(url: try HTTPURL.parse("http://a.test/2"), kind: .get, previous: secret)
        #expect(try fields(builder, open) == ["Host: a.test"])
        let kept = HopRequest(url: try HTTPURL.parse("https://b.test/2"), kind: .get, previous: secret)
        #expect(try fields(builder, kept) == ["Host: b.test", "Referer: https://a.test/1"])
    }

    @Test(arguments: [
        ("unix:/run/x.sock:/1?q#f", "http://localhost/1?q"),
        ("https+unix://u:p@%2Frun%2Fx.sock/1", "https://localhost/1"),
        ("http://u:p@[fe80::1%25lo]:81/1#f", "http://[fe80::1]:81/1"),
    ])
    func `Referer tells neither the path of a socket nor a zone`(previous: String, told: String) throws {
        let hop = HopRequest(
            url: try HTTPURL.parse("https://b.test/2"), kind: .get, previous: try HTTPURL.parse(previous))
        let builder = try builder(["-A", "", "-H", "Accept:", "-e", ";auto"])
        #expect(try fields(builder, hop) == ["Host: b.test", "Referer: \(told)"])
    }

    @Test(arguments: [
        ("http://a.test/x", true), ("http://a.test:80/x", true), ("https://a.test/x", false),
        ("http://b.test/x", false), ("http://a.test:81/x", false),
    ])
    func `credentials by scheme, host and port`(_ url: String, _ isTypedOrigin: Bool) throws {
        let arguments = ["-u", "u:p", "-H", "X-Token: t", "-H", "Plain: p"]
        let hop = HopRequest(url: try HTTPURL.parse(url), kind: .get)
        for trusts in [false, true] {
            let names = try builder(arguments, trusts: trusts).build(hop).fields.map(\.name)
            #expect(names.contains("Authorization") == (isTypedOrigin || trusts))
            #expect(names.contains("X-Token") == (isTypedOrigin || trusts))
            #expect(names.contains("Plain"))
        }
    }

    @Test func `a redirect may name a user of its own`() throws {
        let hop = HopRequest(url: try HTTPURL.parse("http://x:y@b.test/"), kind: .get)
        let builder = try builder(["-H", "Authorization: Bearer t", "-A", "", "-H", "Accept:"])
        #expect(try fields(builder, hop) == ["Host: b.test", "Authorization: Basic eDp5"])
    }

    @Test func `Connection stands before the user's fields`() throws {
        let hop = HopRequest(url: try HTTPURL.parse("http://a.test/"), kind: .get)
        hop.cookie = "c=1"
        hop.range = "0-1"
        #expect(
            try fields(builder(["--compressed", "-H", "X: y"], closes: true), hop) == [
                "Host: a.test", "Range: bytes=0-1", "User-Agent: ferry/0.1.0", "Accept: */*",
                "Accept-Encoding: deflate, gzip, br, zstd", "Cookie: c=1", "Connection: close", "X: y",
            ])
    }

    /// What a body is framed by, in the head and on the wire.
    @LoopActor private func framing(_ arguments: [String], kind: RedirectPolicy.RequestKind, length: Int64?)
        -> String
    {
        do {
            let hop = HopRequest(url: try HTTPURL.parse("http://a.test/"), kind: kind)
            if kind == .put { hop.upload = (MemoryBodySource(Array(repeating: 65, count: 5)), length) }
            let request = try builder(arguments).build(hop)
            let said = request.fields.filter {
                $0.isNamed("Content-Length") || $0.isNamed("Transfer-Encoding")
            }
            let sent =
                switch request.body {
                case .none: "none"
                case .bytes(let bytes): "\(bytes.count) bytes"
                case .sized(let source): "\(source.length ?? -1) bytes"
                case .chunked: "chunks"
                }
            return (said.map(\.description) + [sent]).joined(separator: " | ")
        } catch let failure as TransferFailure {
            return "\(failure.status.rawValue): \(failure.text)"
        } catch {
            return "\(error)"
        }
    }

    @Test(
        arguments: [
            ([], "Content-Length: 5 | 5 bytes"),
            (["-H", "Content-Length: 5"], "Content-Length: 5 | 5 bytes"),
            (["-H", "Content-Length: 6"], "43: the body has 5 bytes, which Content-Length: 6 contradicts"),
            (
                ["-H", "Content-Length: 5", "-H", "Content-Length: 6"],
                "43: the body cannot have the length that is given as Content-Length: 5, 6"
            ),
            (
                ["-H", "Content-Length: five"],
                "43: the body cannot have the length that is given as Content-Length: five"
            ),
            (
                ["-H", "Content-Length: +5"],
                "43: the body cannot have the length that is given as Content-Length: +5"
            ),
            (
                ["-H", "Transfer-Encoding: chunked", "-H", "Transfer-Encoding: x"],
                "43: the body is not coded as Transfer-Encoding: chunked, x says; only chunked is applied"
            ),
            (["-H", "Content-Length:"], "Transfer-Encoding: chunked | chunks"),
            (["-H", "Transfer-Encoding: chunked"], "Transfer-Encoding: chunked | chunks"),
            (
                ["-H", "Transfer-Encoding: chunked", "-H", "Content-Length: 5"],
                "Transfer-Encoding: chunked | chunks"
            ),
            (["-H", "Transfer-Encoding:"], "Content-Length: 5 | 5 bytes"),
            (
                ["-H", "Transfer-Encoding:", "-H", "Content-Length:"],
                "43: nothing says where the body ends: it needs a Content-Length or a Transfer-Encoding"
            ),
            (
                ["-H", "Transfer-Encoding: gzip, chunked"],
                "43: the body is not coded as Transfer-Encoding: gzip, chunked says; only chunked is applied"
            ),
            (["-H", "Transfer-Encoding: identity"], "Content-Length: 5 | 5 bytes"),
            (["-H", "Content-Length : 5"], "Content-Length: 5 | 5 bytes"),
            (["-H", "transfer-encoding\t: chunked"], "transfer-encoding: chunked | chunks"),
        ] as [([String], String)])
    @LoopActor func `a body is framed as its head says`(_ arguments: [String], _ framing: String) {
        #expect(self.framing(arguments + ["-d", "abcde"], kind: .post, length: nil) == framing)
        #expect(self.framing(arguments + ["-T", "f"], kind: .put, length: 5) == framing)
    }

    @Test(
        arguments: [
            ([], "Transfer-Encoding: chunked | chunks"),
            (["-H", "Content-Length: 7"], "Content-Length: 7 | 7 bytes"),
            (["-H", "Transfer-Encoding:", "-H", "Content-Length: 7"], "Content-Length: 7 | 7 bytes"),
            (
                ["-H", "Transfer-Encoding:"],
                "43: nothing says where the body ends: it needs a Content-Length or a Transfer-Encoding"
            ),
            (["-H", "Content-Length:"], "Transfer-Encoding: chunked | chunks"),
        ] as [([String], String)])
    @LoopActor func `a body of unknown length as well`(_ arguments: [String], _ framing: String) {
        #expect(self.framing(arguments + ["-T", "-"], kind: .put, length: nil) == framing)
    }

    @Test @LoopActor func `a length without a body is refused`() {
        #expect(
            framing(["-H", "Content-Length: 5"], kind: .get, length: nil)
                == "43: the request has no body, which Content-Length: 5 contradicts")
        #expect(
            framing(["-H", "Content-Length: 0", "-H", "Content-Length: x"], kind: .get, length: nil)
                == "43: the request has no body, which Content-Length: x contradicts")
        #expect(
            framing(["-X", "POST", "-H", "Content-Length: 0"], kind: .get, length: nil)
                == "Content-Length: 0 | none")
    }

    @Test func `a large body asks first, and not again after a refusal`() throws {
        let hop = HopRequest(url: try HTTPURL.parse("http://a.test/"), kind: .post)
        var builder = try builder(["-d", "x"])
        #expect(try builder.build(hop).continueTimeout == nil)
        builder = try self.builder(["-d", String(repeating: "x", count: 1024 * 1024 + 1)])
        #expect(try builder.build(hop).continueTimeout == .seconds(1))
        #expect(try builder.build(hop).fields.last?.description == "Expect: 100-continue")
        hop.mayExpect = false
        #expect(try builder.build(hop).continueTimeout == nil)
        #expect(try builder.build(hop).fields.last?.name == "Content-Type")
    }
}
