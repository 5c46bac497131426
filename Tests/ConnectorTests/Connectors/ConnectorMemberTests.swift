import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

/// What can be read of connectors and connections, and when.
@LoopActor @Suite(.timeLimit(.minutes(1))) struct ConnectorMemberTests {
    @Test func `a connector is closed from the first instant of its closing (MEM-01)`() async throws {
        let server = try ScriptedServer(
            tls: ServerTLS(Certificates.localhost),
            script: [.expectRequest, .respond(body: "a"), .pause(until: Gate())])
        let connector = try TCPConnector {
            $0.tlsShutdownTimeout = .seconds(30)
            $0.tls = Certificates.trusting
        }
        let connection = try await connector.connect(to: server.request("https"))
        #expect(try await connection.exchange() == "a")
        connection.release()
        #expect(!connector.isClosed)
        let closing = EventLoop.shared.start { await connector.close() }
        #expect(await eventually { connector.statistics.closing == 1 })
        #expect(connector.isClosed)
        #expect(await Task.detached { await connector.isClosed }.value)
        await connector.close(.abort)
        await closing.value
        #expect(connector.isClosed)
    }

    @Test func `a request knows nothing of HTTP and finds its defaults by itself (MEM-04)`() async throws {
        let connector = try TCPConnector { $0.tls = .insecure }
        let plain = try connector.endpoint(for: ConnectionRequest(scheme: "http", host: "A.test"))
        #expect(plain.description == "http://a.test:80")
        #expect(plain.tls == nil && plain.proxy == nil && plain.serverName == nil && plain.dial == nil)
        let proxy = Proxy(kind: .http, host: "P.test", port: 3128)
        let full = try connector.endpoint(
            for: ConnectionRequest(
                scheme: "https", host: "a.test", port: 444, tls: .verified, serverName: "B.test",
                proxy: proxy, dial: .peer(host: "C.test", port: 1)))
        #expect(full.group.description == "a.test:444 (TLS)")
        #expect(full.tls == TLSConfiguration())
        #expect(full.serverName == "b.test")
        #expect(full.proxy?.host == "p.test")
        #expect(full.dial == .peer(host: "c.test", port: 1))
        await connector.close()
    }

    @Test func `looking at the cache neither turns nor uses it (MEM-07)`() async throws {
        let server = try ScriptedServer.echo(on: .ipv4("127.0.0.2"))
        let second = try ScriptedServer.echo(on: .ipv4("127.0.0.3", port: server.port))
        let connector = try TCPConnector(resolver: StubResolver("127.0.0.2", "127.0.0.3")) {
            $0.forceClose = true
            $0.dnsCacheTTL = nil
            $0.dnsCacheCapacity = 2
        }
        func peer(_ host: String) async throws -> String? {
            let connection = try await connector.connect(to: server.request(host: host))
            defer { connection.close() }
            return connection.peerAddress?.host
        }
        #expect(try await peer("a.test") == "127.0.0.2")
        #expect(try await peer("b.test") == "127.0.0.2")
        let name = HostPort(host: "a.test", port: server.port)
        for _ in 0..<3 {
            #expect(connector.cachedHosts[name]?.map(\.address.host) == ["127.0.0.2", "127.0.0.3"])
            #expect(connector.cachedHosts[name]?.allSatisfy { $0.host == "a.test" } == true)
        }
        #expect(try await peer("b.test") == "127.0.0.3")
        // Had the looks been uses, b would have made room for c.
        #expect(try await peer("c.test") == "127.0.0.2")
        #expect(Set(connector.cachedHosts.keys.map(\.host)) == ["b.test", "c.test"])
        await connector.close()
        withExtendedLifetime(second) {}
    }

    @Test
    func `a connection is closed when given back, or once it is known to be down (CONN-09, MEM-10, MEM-11)`()
        async throws
    {
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .shutdownWrite, .hold], [.expectRequest, .reset], [.hold], [.hold], [.hold],
        ])
        let connector = try TCPConnector()
        let ended = try await connector.connect(to: server.request())
        try await ended.write(bytes("GET / HTTP/1.1\r\n\r\n"))
        #expect(!ended.isClosed)
        #expect(try await ended.readPiece().isEmpty)
        #expect(ended.isClosed)
        let broken = try await connector.connect(to: server.request())
        try await broken.write(bytes("GET / HTTP/1.1\r\n\r\n"))
        #expect(await connectorError { try await broken.readPiece() }?.errno?.name == "ECONNRESET")
        #expect(broken.isClosed)
        // What is down is not pooled.
        for connection in [ended, broken] {
            #expect(connection.transport != nil)
            connection.release()
            #expect(connection.transport == nil)
        }
        #expect(connector.statistics.counts == .idle(0))
        let ends: [(Connection) -> Void] = [{ $0.release() }, { $0.close() }]
        for end in ends {
            let connection = try await connector.connect(to: server.request())
            #expect(connection.transport?.isOpen == true)
            end(connection)
            #expect(connection.isClosed)
            #expect(connection.transport == nil)
            #expect(connection.localAddress == nil && connection.peerAddress == nil)
        }
        let last = try await connector.connect(to: server.request())
        #expect(last.loop === connector.loop)
        await connector.close()
        #expect(last.isClosed)
        // Neither released nor closed by its holder: it is the connector that is closed.
        #expect(await connectorError { try await last.readPiece() }?.isClosed == true)
        #expect(await connectorError { try await last.write([1]) }?.isClosed == true)
    }

    @Test func `diagnostics reach the handler from any state, and nobody without one (CLOSE-13)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let log = DiagnosticLog()
        for handler in [log.handler, nil] {
            var connector: TCPConnector? = try TCPConnector(
                resolver: StubResolver("127.0.0.1"), diagnostics: handler
            ) {
                $0.limit = 1
            }
            // Evicted for another host, dropped unreleased, and left unclosed.
            try await connector?.connect(to: server.request(host: "a.test")).release()
            _ = try await connector?.connect(to: server.request(host: "b.test"))
            try await connector?.connect(to: server.request(host: "c.test")).release()
            weak let gone = connector
            connector = nil
            #expect(await eventually { gone == nil })
        }
        let told = log.all.map { entry in
            switch entry {
            case .evicted(let endpoint, let reason): "evicted \(endpoint.host): \(reason)"
            case .unreleasedConnection(let endpoint): "unreleased \(endpoint.host)"
            case .unclosedConnector(let open): "unclosed \(open)"
            }
        }
        #expect(told == ["evicted a.test: its slot was needed", "unreleased b.test", "unclosed 1"])
        #expect(await eventually { openSockets(toPort: server.port) == 0 })
    }
}
