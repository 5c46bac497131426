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

    private func fields(_ builder: RequestBuilder, _ hop: HopRequest) -> [String] {
        builder.build(hop).fields.map(\.description)
    }

    @Test func `Referer does not tell in the clear what was asked for in secret`() throws {
        let builder = try builder(["-A", "", "-H", "Accept:", "-e", ";auto"])
        let secret = try HTTPURL.parse("https://a.test/1")
        let open = HopRequest(url: try HTTPURL.parse("http://a.test/2"), kind: .get, previous: secret)
        #expect(fields(builder, open) == ["Host: a.test"])
        let kept = HopRequest(url: try HTTPURL.parse("https://b.test/2"), kind: .get, previous: secret)
        #expect(fields(builder, kept) == ["Host: b.test", "Referer: https://a.test/1"])
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
        #expect(fields(builder, hop) == ["Host: b.test", "Authorization: Basic eDp5"])
    }

    @Test func `Connection stands before the user's fields`() throws {
        let hop = HopRequest(url: try HTTPURL.parse("http://a.test/"), kind: .get)
        hop.cookie = "c=1"
        hop.range = "0-1"
        #expect(
            fields(try builder(["--compressed", "-H", "X: y"], closes: true), hop) == [
                "Host: a.test", "Range: bytes=0-1", "User-Agent: ferry/0.1.0", "Accept: */*",
                "Accept-Encoding: deflate, gzip, br, zstd", "Cookie: c=1", "Connection: close", "X: y",
            ])
    }

    @Test func `a large body asks first, and not again after a refusal`() throws {
        let hop = HopRequest(url: try HTTPURL.parse("http://a.test/"), kind: .post)
        var builder = try builder(["-d", "x"])
        #expect(builder.build(hop).continueTimeout == nil)
        builder = try self.builder(["-d", String(repeating: "x", count: 1024 * 1024 + 1)])
        #expect(builder.build(hop).continueTimeout == .seconds(1))
        #expect(builder.build(hop).fields.last?.description == "Expect: 100-continue")
        hop.mayExpect = false
        #expect(builder.build(hop).continueTimeout == nil)
        #expect(builder.build(hop).fields.last?.name == "Content-Type")
    }
}
