import Connector
import HTTPClient
import HTTPCore
import TestSupport
import Testing

/// Which answers leave a connection fit for the next request, and whose the connections are.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct KeepAliveTests {
    @Test(arguments: [
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
        ("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("HEAD", "HTTP/1.1 200 OK\r\n\r\n"), ("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
    ])
    func `an answer without a body is read to its end at once (POOL-12)`(method: String, head: String)
        async throws
    {
        let rig = try Rig { _ in [.send(head)] }
        for _ in 0..<2 {
            #expect(try await rig.send(.get(method: method)).body.isEmpty)
            #expect(rig.keepsOne)
        }
        await rig.server.acceptedConnections(1)
        #expect(rig.server.acceptedCount == 1)
    }

    @Test func `a client leaves the connector that it was lent open, with what it holds (POOL-18)`()
        async throws
    {
        let server = try ScriptedServer { [.respond(body: $0.target)] }
        let connector = try TCPConnector { $0.keepAliveTimeout = .seconds(600) }
        for round in 0..<2 {
            let client = HTTPClient(connector: connector)
            #expect(try await client.fetch(server.url("/\(round)")) == bytes("/\(round)"))
        }
        #expect(!connector.isClosed)
        #expect(connector.statistics.idle == 1)
        #expect(server.acceptedCount == 1)
        await connector.close()
    }
}
