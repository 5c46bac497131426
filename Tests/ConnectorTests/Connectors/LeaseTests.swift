import Sockets
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct LeaseTests {
    @Test func `a limit of the dial does not run in line, and does once the slot is held`() async throws {
        let server = try ScriptedServer.echo()
        let silent = StubResolver(after: LoopGate())
        let connector = try TCPConnector(resolver: silent) { $0.limit = 1 }
        let holder = try await connector.connect(to: server.request())
        let limit = try ConnectTimeouts(dial: .milliseconds(20))
        let waiter = EventLoop.shared.startThrowing {
            try await connector.connect(to: server.request(), timeouts: limit)
        }
        #expect(await eventually { connector.statistics.waiting == 1 })
        // Longer than the limit.
        try await EventLoop.shared.sleep(until: .now + .milliseconds(40))
        #expect(connector.statistics.waiting == 1)
        holder.release()
        try await waiter.value.release()

        let error = await connectorError {
            try await connector.connect(to: server.request(host: "slow.test"), timeouts: limit)
        }
        #expect(error?.timeoutPhase == .dns)
        #expect(error?.description.hasSuffix("timed out after 0.02 s") == true)
        await connector.close()
    }

    @Test func `the nearer of two limits counts, and is the one that is named`() async throws {
        let connector = try TCPConnector(resolver: StubResolver(after: LoopGate()))
        for (timeouts, named) in [
            (try ConnectTimeouts(connect: .seconds(60), dial: .milliseconds(10)), "0.01 s"),
            (try ConnectTimeouts(connect: .milliseconds(20), dial: .seconds(60)), "0.02 s"),
        ] {
            let error = await connectorError {
                try await connector.connect(
                    to: ConnectionRequest(scheme: "http", host: "slow.test"), timeouts: timeouts)
            }
            #expect(error?.description.hasSuffix("timed out after \(named)") == true)
        }
        await connector.close()
    }

    @Test func `a lease that is done is done`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector()
        let endpoint = try connector.endpoint(for: server.request())
        let lease = Lease(
            of: connector, to: endpoint, timeouts: .none, tracer: nil, id: ConnectID(0), mayReuse: true)
        try await drive(lease)
        guard case .done = try lease.advance(after: .woken) else {
            Issue.record("it waits for more")
            return
        }
        try lease.take().close()
        #expect(throws: ConnectorError.self) { try lease.take() }
        await connector.close()
    }
}
