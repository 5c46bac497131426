import Sockets
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct ConnectorStatisticsTests {
    @Test func `what was opened, reused and closed is counted, each closing by its reason`() async throws {
        let server = try ScriptedServer { request in
            request.target == "/end" ? [.respond(body: "last"), .close] : [.respond(body: request.target)]
        }
        let connector = try TCPConnector(resolver: StubResolver("127.0.0.1")) { $0.limit = 2 }
        func totals() -> ConnectorStatistics.Totals { connector.statistics.totals }
        #expect(totals() == ConnectorStatistics.Totals())

        let first = try await connector.connect(to: server.request())
        _ = try await first.exchange()
        first.release()
        let again = try await connector.connect(to: server.request())
        #expect(totals().opened == 1)
        #expect(totals().reused == 1)
        again.close()
        #expect(totals().closed.afterUse == 1)

        // The peer ends what is idle.
        let ended = try await connector.connect(to: server.request())
        _ = try await ended.exchange("/end")
        ended.release()
        #expect(await server.endedConnections(2))
        let fresh = try await connector.connect(to: server.request())
        #expect(await eventually { !fresh.isReused })
        #expect(totals().closed.byPeer == 1)
        fresh.release()

        // Another host needs the room that two idle ones take.
        try await connector.connect(to: server.request(host: "b.test"), mayReuse: false).release()
        try await connector.connect(to: server.request(host: "c.test"), mayReuse: false).release()
        #expect(totals().closed.forSlot == 1)
        #expect(connector.evictLongestIdle())
        #expect(totals().closed.forDescriptor == 1)

        await connector.close()
        #expect(totals().closed.withConnector == 1)
        #expect(totals().opened == 5)
        #expect(totals().closed.total == totals().opened)
    }

    @Test func `an idle connection whose time is up counts as such`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.keepAliveTimeout = .milliseconds(1) }
        try await connector.connect(to: server.request()).release()
        #expect(await eventually { connector.statistics.totals.closed.idleTimeout == 1 })
        await connector.close()
        #expect(connector.statistics.totals.closed.total == 1)
    }

    @Test func `who waits in line is counted when he leaves it, with the time`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 1 }
        let holder = try await connector.connect(to: server.request())
        let next = EventLoop.shared.startThrowing { try await connector.connect(to: server.request()) }
        let late = try ConnectTimeouts(connect: .milliseconds(5))
        let error = await connectorError { try await connector.connect(to: server.request(), timeouts: late) }
        #expect(error?.timeoutPhase == .queue)
        #expect(connector.statistics.totals.waited == 1)
        #expect(connector.statistics.totals.waitingTime >= .milliseconds(5))
        holder.release()
        try await next.value.release()
        #expect(connector.statistics.totals.waited == 2)
        await connector.close()
    }

    @Test func `a dial that fails opens nothing`() async throws {
        let connector = try TCPConnector(resolver: StubResolver { _ in [] })
        _ = await connectorError {
            try await connector.connect(to: ConnectionRequest(scheme: "http", host: "a.test"))
        }
        #expect(connector.statistics.totals.failed == 1)
        #expect(connector.statistics.totals.opened == 0)
        await connector.close()
    }

    @Test func `idle connections are closed on demand`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector()
        let busy = try await connector.connect(to: server.request())
        try await connector.connect(to: server.request()).release()
        connector.closeIdle()
        #expect(connector.statistics.idle == 0)
        #expect(try await busy.exchange() == "/")
        busy.release()
        await connector.close()
    }
}
