import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(2))) struct ConnectorStressTests {
    /// Connects, exchanges and ends in a random way, as its seed says.
    private static func visit(
        _ connector: TCPConnector, _ request: ConnectionRequest, seed: UInt64
    ) async throws {
        var generator = SeededGenerator(seed: seed)
        let random = { (below: Int) in Int.random(in: 0..<below, using: &generator) }
        let timeouts = random(10) == 0 ? try ConnectTimeouts(connect: .milliseconds(random(40) + 1)) : .none
        let connection = try await connector.connect(to: request, timeouts: timeouts)
        let statistics = connector.statistics
        #expect(statistics.inUse + statistics.pending + statistics.idle <= 7)
        #expect(connector.statistics(for: connection.endpoint.group).inUse <= 2)
        do {
            _ = try await connection.exchange("/\(seed)")
            if random(4) == 0 { try await EventLoop.shared.sleep(until: .now + .milliseconds(random(3))) }
        } catch {
            connection.close()
            throw error
        }
        switch random(10) {
        case 0: connection.close()
        case 1: return  // Dropped: the handle cleans up after itself.
        case 2:
            connection.release()
            connection.close()
        default: connection.release()
        }
    }

    @Test(arguments: seeds(2))
    func
        `a crowd that is cancelled, refused and cut off leaves the books even (LIMIT-19, INV-01, INV-02, INV-03, INV-04, INV-05)`(
            seed: UInt64
        ) async throws
    {
        // One of the five hosts resets every connection.
        let bad = try ScriptedServer(on: .ipv4("127.0.0.5"), script: [.expectRequest, .reset])
        let good = try (1...4).map { index in
            try ScriptedServer.echo(on: .ipv4("127.0.0.\(index)", port: bad.port))
        }
        let connector = try TCPConnector(limit: 7, limitPerHost: 2)
        var generator = SeededGenerator(seed: seed)
        var tasks: [Task<Void, any Error>] = []
        for index in 0..<1000 {
            let request = ConnectionRequest(
                scheme: "http", host: "127.0.0.\(Int.random(in: 1...5, using: &generator))", port: bad.port)
            let task = EventLoop.shared.startThrowing {
                try await Self.visit(connector, request, seed: seed &* 1000 &+ UInt64(index))
            }
            tasks.append(task)
            if Int.random(in: 0..<10, using: &generator) < 3 {
                let victim = tasks[Int.random(in: 0..<tasks.count, using: &generator)]
                EventLoop.shared.start {
                    for _ in 0..<(index % 50) { await Task.yield() }
                    victim.cancel()
                }
            }
        }
        var failures = 0
        for task in tasks {
            guard case .failure(let error) = await task.result else { continue }
            failures += 1
            #expect(error is ConnectorError || error is CancellationError, "\(error)")
        }
        #expect(failures < 1000)
        #expect(
            await eventually { connector.statistics.inUse + connector.statistics.pending == 0 },
            "seed \(seed)")
        #expect(connector.statistics.waiting == 0)
        #expect(openSockets(toPort: bad.port) == connector.statistics.idle)
        await connector.close()
        #expect(openSockets(toPort: bad.port) == 0)
        for server in good { #expect(server.peakOpenCount <= 2) }
    }

    @Test
    func
        `closing in the middle of a crowd leaves nothing (LIMIT-19, CLOSE-01, CLOSE-02, CLOSE-03, CLOSE-04)`()
        async throws
    {
        let server = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        for _ in 0..<5 {
            let connector = try TCPConnector(limit: 5, tls: Certificates.trusting)
            let tasks = (0..<60).map { index in
                EventLoop.shared.startThrowing {
                    let connection = try await connector.connect(to: server.request("https"))
                    _ = try await connection.exchange("/\(index)")
                    connection.release()
                }
            }
            #expect(await eventually { connector.statistics.inUse + connector.statistics.idle > 0 })
            await connector.close()
            for task in tasks {
                if case .failure(let error) = await task.result {
                    let error = error as? ConnectorError
                    #expect(error?.isClosed == true || error.map { "\($0)".contains("failed") } == true)
                }
            }
            #expect(await eventually { openSockets(toPort: server.port) == 0 })
            #expect(connector.statistics == .idle(0))
        }
    }
}
