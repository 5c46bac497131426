import Glibc
import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

/// Crowds against servers that fail. A failure names its seed: `SEED=n swift test --filter ConnectorStressTests`
/// replays its choices, `STRESS_TASKS=n` makes the crowd larger.
@LoopActor @Suite(.timeLimit(.minutes(10))) struct ConnectorStressTests {
    private static let limit = 7
    private static let limitPerHost = 2

    private static var tasks: Int {
        getenv("STRESS_TASKS").flatMap { Int(String(cString: $0)) } ?? 2000
    }

    /// One connector, its second set of books, and whether somebody is to close it.
    @LoopActor
    private final class Era {
        let connector: TCPConnector
        let ledger: ConnectorLedger
        let sockets = SocketLog()

        init() throws {
            connector = try TCPConnector(socketFactory: sockets.factory) {
                $0.limit = ConnectorStressTests.limit
                $0.limitPerHost = ConnectorStressTests.limitPerHost
                $0.keepAliveTimeout = .milliseconds(40)
            }
            ledger = ConnectorLedger(
                connector, limit: ConnectorStressTests.limit,
                limitPerHost: ConnectorStressTests.limitPerHost, sockets: sockets)
        }
    }

    /// Connects, exchanges and ends in a random way, as its seed says.
    private static func visit(_ era: Era, _ request: ConnectionRequest, _ index: Int, seed: UInt64)
        async throws
    {
        var generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(index))
        let random = { (below: Int) in Int.random(in: 0..<below, using: &generator) }
        let timeouts = try random(10) == 0 ? ConnectTimeouts(connect: .milliseconds(random(40) + 1)) : .none
        let (id, endpoint) = (ConnectID(index), try era.connector.endpoint(for: request))
        era.ledger.begin(id, endpoint.group)
        var connection: Connection? = try await era.connector.connect(
            to: endpoint, timeouts: timeouts, mayReuse: random(8) > 0, tracer: era.ledger, id: id)
        defer {
            connection = nil
            era.ledger.end(id)
        }
        do {
            _ = try await connection?.exchange("/\(seed)")
            if random(4) == 0 { try await EventLoop.shared.sleep(until: .now + .milliseconds(random(3))) }
        } catch {
            connection?.close()
            throw error
        }
        switch random(10) {
        case 0: connection?.close()
        case 1: return  // Dropped: the handle cleans up after itself.
        case 2:
            connection?.release()
            connection?.close()
        default: connection?.release()
        }
    }

    @Test(arguments: seeds(2))
    func
        `a crowd that is cancelled, refused, cut off and closed upon leaves the books even (LIMIT-19, INV-01, INV-02, INV-03, INV-04, INV-05)`(
            seed: UInt64
        ) async throws
    {
        // Of the six hosts one resets its connections, one closes them after an answer, and one is not there.
        let bad = try ScriptedServer(on: .ipv4("127.0.0.5"), script: [.expectRequest, .reset])
        let brief = try ScriptedServer(
            on: .ipv4("127.0.0.4", port: bad.port), script: [.expectRequest, .respond(body: "x")])
        let refused = try RefusedPort(host: "127.0.0.6", port: bad.port)
        let good = try (1...3).map { index in
            try ScriptedServer.echo(on: .ipv4("127.0.0.\(index)", port: bad.port))
        }
        var generator = SeededGenerator(seed: seed)
        var era = try Era()
        var eras = [era]
        var tasks: [Task<Void, any Error>] = []
        for index in 0..<Self.tasks {
            let current = era
            let request = ConnectionRequest(
                scheme: "http", host: "127.0.0.\(Int.random(in: 1...6, using: &generator))", port: bad.port)
            tasks.append(
                EventLoop.shared.startThrowing { try await Self.visit(current, request, index, seed: seed) })
            if Int.random(in: 0..<10, using: &generator) < 3 {
                let victim = tasks[Int.random(in: 0..<tasks.count, using: &generator)]
                EventLoop.shared.start {
                    for _ in 0..<(index % 50) { await Task.yield() }
                    victim.cancel()
                }
            }
            // Breathing lets some of the crowd through, so that the line is never only one length.
            if Int.random(in: 0..<20, using: &generator) == 0 {
                try await EventLoop.shared.sleep(until: .now + .milliseconds(1))
            }
            if Int.random(in: 0..<400, using: &generator) == 0 {
                let mode: CloseMode = Bool.random(using: &generator) ? .default : .abort
                await era.connector.close(mode)
                era = try Era()
                eras.append(era)
            }
        }
        var failures = 0
        for task in tasks {
            guard case .failure(let error) = await task.result else { continue }
            failures += 1
            #expect(error is ConnectorError || error is CancellationError, "seed \(seed): \(error)")
        }
        #expect(failures > 0 && failures < Self.tasks, "seed \(seed)")
        for era in eras {
            #expect(era.ledger.faults.isEmpty, "seed \(seed)")
            #expect(era.ledger.isEven, "seed \(seed)")
            let counts = era.connector.statistics
            #expect(counts.inUse + counts.pending + counts.waiting == 0, "seed \(seed): \(counts)")
        }
        #expect(era.sockets.openCount == era.connector.statistics.idle, "seed \(seed)")
        await era.connector.close()
        for era in eras { #expect(era.sockets.openCount == 0, "seed \(seed)") }
        withExtendedLifetime((good, brief, refused)) {}
    }

    @Test
    func
        `closing in the middle of a crowd leaves nothing (LIMIT-19, CLOSE-01, CLOSE-02, CLOSE-03, CLOSE-04)`()
        async throws
    {
        let server = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        for _ in 0..<5 {
            let connector = try TCPConnector {
                $0.limit = 5
                $0.tls = Certificates.trusting
            }
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
            #expect(connector.statistics.counts == .idle(0))
        }
    }
}
