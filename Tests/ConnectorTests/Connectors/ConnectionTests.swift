import Sockets
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    @Test func `a connection is open, knows both ends and carries bytes (CONN-01, MEM-12)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector()
        let connection = try await connector.connect(to: server.request())
        #expect(!connection.isClosed)
        #expect(!connection.isReused)
        #expect(connection.peerAddress == SocketAddress(numericHost: "127.0.0.1", port: server.port))
        #expect(connection.localAddress?.host == "127.0.0.1")
        #expect(connection.endpoint.description == "http://127.0.0.1:\(server.port)")
        #expect(try await connection.exchange("/hello") == "/hello")
        connection.close()
        await connector.close()
        #expect(await server.endedConnections(1))
        #expect(server.connections[0].ending == .clientClosed)
    }

    @Test func `a released connection serves the next caller (POOL-16, SWIFT-02)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector()
        for round in 0..<4 {
            let connection = try await connector.connect(to: server.request())
            #expect(connection.isReused == (round > 0))
            #expect(connection.useCount == round)
            #expect(try await connection.exchange("/\(round)") == "/\(round)")
            connection.release()
            #expect(connector.statistics.counts == ConnectorStatistics.idle(1))
        }
        await server.acceptedConnections(1)
        #expect(server.acceptedCount == 1)
        await connector.close()
    }

    @Test func `the first of release and close wins and later ones do nothing (CONN-08)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 1 }
        let ends: [(String, (Connection) -> Void)] = [
            ("release", { $0.release() }), ("close", { $0.close() }),
        ]
        for (first, end) in ends {
            for (_, again) in ends {
                let connection = try await connector.connect(to: server.request())
                end(connection)
                again(connection)
                #expect(connection.isClosed)
                #expect(connector.statistics.counts == .idle(first == "release" ? 1 : 0))
            }
        }
        await connector.close()
    }

    @Test func `a released handle reaches nobody else's socket (CONN-10)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector()
        let old = try await connector.connect(to: server.request())
        old.release()
        let new = try await connector.connect(to: server.request())
        #expect(new.isReused)
        let writeError = await connectorError { try await old.write([1]) }
        guard case .released = writeError else { Issue.record("\(writeError as Any)"); return }
        let readError = await connectorError { try await old.readPiece() }
        guard case .released = readError else { Issue.record("\(readError as Any)"); return }
        old.close()
        #expect(try await new.exchange("/mine") == "/mine")
        await connector.close()
    }

    @Test
    func `callbacks run once, in order, before the slot is free, whatever the others do (CONN-11, MEM-13)`()
        async throws
    {
        struct Failure: Error {}
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 1 }
        for way in ["release", "close", "drop"] {
            let log = Log()
            var connection: Connection? = try await connector.connect(to: server.request())
            connection?.onRelease { LoopActor.assumeIsolated { log.add("1:\(connector.statistics.inUse)") } }
            connection?.onRelease { throw Failure() }
            connection?.onRelease { LoopActor.assumeIsolated { log.add("3:\(connector.statistics.inUse)") } }
            switch way {
            case "release": connection?.release()
            case "close": connection?.close()
            default: connection = nil
            }
            connection?.release()
            #expect(log.lines == ["1:1", "3:1"], "\(way)")
            connection?.onRelease { LoopActor.assumeIsolated { log.add("late") } }
            #expect(log.lines.count == (way == "drop" ? 2 : 3))
            #expect(connector.statistics.inUse == 0)
        }
        await connector.close()
    }

    @Test func `a dropped handle is closed, frees its slot and is reported once (CONN-12, SWIFT-02)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let diagnostics = DiagnosticLog()
        let connector = try TCPConnector(diagnostics: diagnostics.handler) { $0.limit = 1 }
        do {
            let dropped = try await connector.connect(to: server.request())
            #expect(try await dropped.exchange() == "/")
        }
        let next = try await connector.connect(to: server.request())
        #expect(!next.isReused)
        #expect(await server.endedConnections(1))
        guard diagnostics.all.count == 1, case .unreleasedConnection(let endpoint) = diagnostics.all[0] else {
            Issue.record("\(diagnostics.all)")
            return
        }
        #expect(endpoint == next.endpoint)
        next.release()
        await connector.close()
    }

    @Test func `withConnection releases on return, closes on a throw and on a cancel (CONN-13, MEM-14)`()
        async throws
    {
        struct Failure: Error {}
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector()
        let kept = try await connector.withConnection(to: server.request()) { connection in
            let answer = try await connection.exchange()
            #expect(answer == "/")
            return connection
        }
        #expect(kept.isClosed)
        #expect(connector.statistics.counts == .idle(1))
        await #expect(throws: Failure.self) {
            try await connector.withConnection(to: server.request()) { _ in throw Failure() }
        }
        #expect(connector.statistics.counts == .idle(0))
        let task = EventLoop.shared.startThrowing {
            try await connector.withConnection(to: server.request()) { connection in
                _ = try await connection.readPiece()
            }
        }
        #expect(await eventually { connector.statistics.inUse == 1 })
        task.cancel()
        #expect(await wasCancelled(task))
        #expect(connector.statistics.counts == .idle(0))
        // Cancelled, yet the body returns.
        let log = Log()
        let stubborn = EventLoop.shared.startThrowing {
            try await connector.withConnection(to: server.request()) { connection in
                _ = try await connection.exchange()
                log.add("answered")
                while !Task.isCancelled { await Task.yield() }
            }
        }
        #expect(await eventually { log.lines == ["answered"] })
        #expect(connector.statistics.inUse == 1)
        stubborn.cancel()
        try await stubborn.value
        #expect(connector.statistics.counts == .idle(0))
        await connector.close()
        #expect(await server.endedConnections(3))
    }

    @Test func `old handles cannot disturb a closed connector (CONN-14)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector()
        let connection = try await connector.connect(to: server.request())
        await connector.close()
        connection.release()
        connection.close()
        #expect(connector.statistics.counts == .idle(0))
    }

    @Test func `a second reader or writer at once is refused (CONN-15)`() async throws {
        let server = try ScriptedServer(script: [.hold])
        let connector = try TCPConnector()
        let connection = try await connector.connect(to: server.request())
        let reader = EventLoop.shared.startThrowing { try await connection.readPiece() }
        try await EventLoop.shared.sleep(until: .now + .milliseconds(5))
        let error = await connectorError { try await connection.readPiece() }
        guard case .busy = error else { Issue.record("\(error as Any)"); return }
        try await connection.write([1])
        reader.cancel()
        #expect(await wasCancelled(reader))
        connection.close()
        // The peer reads nothing, so the first writer has to wait.
        let deaf = try ScriptedServer(script: [.pause(until: Gate())])
        let full = try await connector.connect(to: deaf.request())
        let writer = EventLoop.shared.startThrowing {
            try await full.write([UInt8](repeating: 0x61, count: 20_000_000))
        }
        try await EventLoop.shared.sleep(until: .now + .milliseconds(5))
        let second = await connectorError { try await full.write([1]) }
        guard case .busy = second else { Issue.record("\(second as Any)"); return }
        full.close()
        _ = await connectorError { try await writer.value }
        await connector.close()
    }

    @Test func `a read past its deadline says so, and a reset names the cause`() async throws {
        let server = try ScriptedServer(scripts: [[.hold], [.expectRequest, .reset]])
        let connector = try TCPConnector()
        let silent = try await connector.connect(to: server.request())
        let late = await connectorError { try await silent.readPiece(deadline: .now + .milliseconds(20)) }
        #expect(late?.errno?.name == "ETIMEDOUT")
        #expect(late?.description == "read on 127.0.0.1:\(server.port) failed: connection timed out")
        silent.close()
        let broken = try await connector.connect(to: server.request())
        let reset = await connectorError { try await broken.exchange() }
        #expect(reset?.errno?.name == "ECONNRESET")
        broken.close()
        await connector.close()
    }

    @Test func `a large body arrives whole, both ways`() async throws {
        let size = 700_000
        let server = try ScriptedServer(script: [
            .expectBytes(size), .sendRepeating(0x61, count: size), .close,
        ])
        let connector = try TCPConnector()
        let connection = try await connector.connect(to: server.request())
        let pattern = patternBytes(size)
        try await connection.write(pattern)
        var count = 0
        while true {
            let piece = try await connection.readPiece()
            if piece.isEmpty { break }
            count += piece.count
        }
        #expect(count == size)
        connection.close()
        #expect(await server.endedConnections(1))
        #expect(server.connections[0].received == pattern)
        await connector.close()
    }
}

/// Lines in the order they were added, on the loop.
@LoopActor
final class Log {
    private(set) var lines: [String] = []
    func add(_ line: String) { lines.append(line) }
}

extension ConnectorStatistics {
    /// Nothing but so many idle connections.
    static func idle(_ count: Int) -> ConnectorStatistics {
        ConnectorStatistics(PoolStatistics(idle: count), closing: 0, totals: ConnectorStatistics.Totals())
    }

    /// Without what happened before.
    var counts: ConnectorStatistics {
        var counts = self
        counts.totals = ConnectorStatistics.Totals()
        return counts
    }
}
