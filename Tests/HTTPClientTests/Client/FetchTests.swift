import Connector
import HTTPClient
import HTTPCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) @LoopActor struct FetchTests {
    @Test func `a response is held in memory`() async throws {
        let server = try ScriptedServer(script: [
            .expectRequest,
            .send(
                "HTTP/1.1 404 Nope\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n"
            ),
        ])
        let client = HTTPClient(connector: try TCPConnector())
        let response = try await client.fetch(
            server.url("/p?q"), headers: [HeaderField(name: "X", value: "y")])
        #expect(response.head.status == 404)
        #expect(response.head.first("A") == "b")
        #expect(response.body == bytes("abc"))
        #expect(response.trailers.map(\.description) == ["T: 1"])
        #expect(
            server.requests.map(\.text) == [
                "GET /p?q HTTP/1.1\r\nHost: \(server.authority)\r\nAccept: */*\r\nX: y\r\n\r\n"
            ])
    }

    @Test func `a connector that closes after each use says so (PARAM-04, BUG-09)`() async throws {
        let server = try ScriptedServer { _ in [.respond(body: "hi")] }
        let client = HTTPClient(connector: try TCPConnector { $0.forceClose = true })
        #expect(try await client.fetch(server.url()).body == bytes("hi"))
        #expect(server.requests.first?.header("Connection") == "close")
    }

    @Test(arguments: [
        "Content-Length: 11\r\n\r\nhello world", "Content-Length: 11\r\n\r\n", "\r\nhello world",
    ])
    func `more than the limit is an error`(_ rest: String) async throws {
        let server = try ScriptedServer(script: [.expectRequest, .send("HTTP/1.1 200 OK\r\n" + rest)])
        let client = HTTPClient(connector: try TCPConnector())
        await expectError("the response body is longer than 10 bytes") {
            try await client.fetch(server.url(), limit: 10)
        }
        #expect(client.connector.statistics.inUse == 0)
    }

    @Test(arguments: ["Content-Length: 11\r\n\r\nhello world", "\r\nhello world"])
    func `exactly the limit is fine`(_ rest: String) async throws {
        let server = try ScriptedServer(script: [.expectRequest, .send("HTTP/1.1 200 OK\r\n" + rest)])
        let client = HTTPClient(connector: try TCPConnector())
        #expect(try await client.fetch(server.url(), limit: 11).body == bytes("hello world"))
    }

    @Test func `a Unix socket is one of the places to connect to`() async throws {
        let directory = try TemporaryDirectory()
        let server = try ScriptedServer(on: .unix(directory.file("s"))) { [.respond(body: $0.target)] }
        let client = HTTPClient(connector: try UnixConnector(path: directory.file("s")))
        for path in ["/a", "/b"] {
            #expect(try await client.fetch("http://localhost\(path)").body == bytes(path))
        }
        await server.acceptedConnections(1)
        #expect(server.acceptedCount == 1)
    }

    // MARK: TLS

    private func tlsFetch(_ steps: [ServerStep]) async throws -> HTTPResponse {
        let server = try ScriptedServer(tls: ServerTLS(TestCertificates.leaf()), script: steps)
        let client = HTTPClient(connector: try TCPConnector { $0.tls = .insecure })
        return try await client.fetch(server.url())
    }

    @Test func `a body until the close needs the goodbye of TLS`() async throws {
        let answer = ServerStep.send("HTTP/1.1 200 OK\r\n\r\nhello")
        #expect(try await tlsFetch([.expectRequest, answer, .close]).body == bytes("hello"))
        await expectError(
            "connection cut where only its proper end would have told that the body is whole (5 body bytes received)"
        ) {
            try await tlsFetch([.expectRequest, answer, .closeAbruptly])
        }
    }

    @Test func `a body of known length does not`() async throws {
        let answer = ServerStep.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        #expect(try await tlsFetch([.expectRequest, answer, .closeAbruptly]).body == bytes("hello"))
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
        for _ in 0..<2 { #expect(same(try await client.fetch(server.url()).body, body)) }
        await server.acceptedConnections(1)
        #expect(server.acceptedCount == 1)
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
