import HTTPClient
import TestSupport
import Testing

/// What a program is told when a request fails: which request, and why.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct RequestErrorTests {
    @Test(arguments: [
        ("http://a.test/x?q=1", "PUT http://a.test/x?q=1: "),
        ("http://user:word@a.test/", "PUT http://a.test/: "),
        ("https://a.test/?q=1&token=abc&r=2", "PUT https://a.test/?q=1&token=***&r=2: "),
    ]) func `it names the request and no secret`(_ url: String, _ start: String) throws {
        let error = RequestError(
            method: "PUT", url: try HTTPURL.parse(url), reason: HTTPClientError.cannotRewind)
        #expect("\(error)" == start + "\(HTTPClientError.cannotRewind)")
    }

    @Test func `what is no method does not break its line`() throws {
        let error = RequestError(
            method: "GET\r\nX: y", url: try HTTPURL.parse("http://a.test/"),
            reason: HTTPClientError.cannotRewind)
        #expect("\(error)" == "GET\\x0d\\x0aX: y http://a.test/: \(HTTPClientError.cannotRewind)")
    }

    private func error(_ body: () async throws -> Void) async throws -> RequestError {
        let error = await #expect(throws: RequestError.self) { try await body() }
        return try #require(error)
    }

    @Test func `behind a redirect it names the request that failed`() async throws {
        let rig = try ClientRig {
            $0.path == "/" ? [.respond(303, [("Location", "/b?x")])] : [.close]
        }
        let error = try await error {
            _ = try await rig.client.execute(rig.request(method: "POST", body: .text("x")))
        }
        #expect((error.method, error.url.path) == ("GET", "/b"))
        #expect("\(error)" == "GET \(rig.server.url("/b?x")): \(HTTPClientError.http(.emptyReply))")
        guard case .http(.emptyReply) = error.reason as? HTTPClientError else {
            Issue.record("\(error.reason)")
            return
        }
    }

    @Test func `so do a body that is cut, one that cannot be decoded, and a host that refuses`() async throws
    {
        let rig = try ClientRig {
            switch $0.path {
            case "/cut": [.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), .close]
            default: [.respond(200, [("Content-Encoding", "gzip")], body: "no gzip")]
            }
        }
        for path in ["/cut", "/coded"] {
            let error = try await error { _ = try await rig.get(path).collect(upTo: 100) }
            #expect("\(error)".hasPrefix("GET \(rig.server.url(path)): "))
            #expect(error.reason is HTTPClientError)
        }
        let bomb = ServerStep.response(
            200, [("Content-Encoding", "zstd")], body: zstdBlocks(count: 8, endsEarly: true))
        let late = try ClientRig { _ in [.sendBytes(bomb)] }
        let response = try await late.get("/late")
        let told = try await error { _ = try await response.collect(upTo: 1 << 30) }
        #expect("\(told)" == "GET \(late.server.url("/late")): the zstd body ends too early")

        let port = try RefusedPort()
        let url = "http://127.0.0.1:\(port.port)/p"
        let refused = try await error { _ = try await rig.client.get(url) }
        #expect("\(refused)".hasPrefix("GET \(url): "))
        guard case .connector = refused.reason as? HTTPClientError else {
            Issue.record("\(refused.reason)")
            return
        }
    }
}
