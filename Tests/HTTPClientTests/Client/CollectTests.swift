import Connector
import HTTPClient
import HTTPCore
import TestSupport
import Testing

/// Where a body that is collected ends, over plain connections and TLS.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct CollectTests {
    @Test func `a connector that closes after each use says so (PARAM-04, BUG-09)`() async throws {
        let server = try ScriptedServer { _ in [.respond(body: "hi")] }
        let client = HTTPClient(connector: try TCPConnector { $0.forceClose = true })
        #expect(try await client.fetch(server.url()) == bytes("hi"))
        #expect(server.requests.first?.header("Connection") == "close")
    }

    @Test(arguments: [
        "Content-Length: 11\r\n\r\nhello world", "Content-Length: 11\r\n\r\n", "\r\nhello world",
    ])
    func `more than the limit is an error`(_ rest: String) async throws {
        let server = try ScriptedServer(script: [.expectRequest, .send("HTTP/1.1 200 OK\r\n" + rest)])
        let connector = try TCPConnector()
        let client = HTTPClient(connector: connector)
        await expectError("the response body is longer than 10 bytes") {
            try await client.fetch(server.url(), upTo: 10)
        }
        #expect(connector.statistics.inUse == 0)
    }

    @Test(arguments: ["Content-Length: 11\r\n\r\nhello world", "\r\nhello world"])
    func `exactly the limit is fine`(_ rest: String) async throws {
        let server = try ScriptedServer(script: [.expectRequest, .send("HTTP/1.1 200 OK\r\n" + rest)])
        let client = HTTPClient(connector: try TCPConnector())
        #expect(try await client.fetch(server.url(), upTo: 11) == bytes("hello world"))
    }

    // MARK: TLS

    private func tlsFetch(_ steps: [ServerStep]) async throws -> [UInt8] {
        let server = try ScriptedServer(tls: ServerTLS(TestCertificates.leaf()), script: steps)
        let client = HTTPClient(connector: try TCPConnector { $0.tls = .insecure })
        do {
            return try await client.fetch(server.url())
        } catch let error as RequestError {
            throw error.reason
        }
    }

    @Test func `a body until the close needs the goodbye of TLS`() async throws {
        let answer = ServerStep.send("HTTP/1.1 200 OK\r\n\r\nhello")
        #expect(try await tlsFetch([.expectRequest, answer, .close]) == bytes("hello"))
        await expectError(
            "connection cut where only its proper end would have told that the body is whole (5 body bytes received)"
        ) {
            try await tlsFetch([.expectRequest, answer, .closeAbruptly])
        }
    }

    @Test func `a body of known length does not`() async throws {
        let answer = ServerStep.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        #expect(try await tlsFetch([.expectRequest, answer, .closeAbruptly]) == bytes("hello"))
        await expectError("connection closed with 5 of 9 body bytes received") {
            try await tlsFetch([
                .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), .closeAbruptly,
            ])
        }
    }

    @Test func `an encrypted connection is kept and carries large bodies`() async throws {
        let body = content(1_000_000)
        let server = try ScriptedServer(tls: ServerTLS(TestCertificates.leaf())) { _ in
            [.sendBytes(ServerStep.response(200, body: body))]
        }
        let client = HTTPClient(connector: try TCPConnector { $0.tls = .insecure })
        for _ in 0..<2 { #expect(same(try await client.fetch(server.url()), body)) }
        await server.acceptedConnections(1)
        #expect(server.acceptedCount == 1)
    }
}

extension HTTPClient {
    /// The body of the answer to a GET.
    func fetch(_ url: String, upTo limit: Int = 64 << 20) async throws -> [UInt8] {
        try await get(url).collect(upTo: limit)
    }
}

/// Expects `body` to throw an error with this text.
@LoopActor
private func expectError<Result: Sendable>(
    _ text: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @LoopActor () async throws -> Result
) async {
    do {
        _ = try await body()
        Issue.record("no error", sourceLocation: sourceLocation)
    } catch {
        #expect("\(error)" == text, sourceLocation: sourceLocation)
    }
}
