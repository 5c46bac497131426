import Glibc
import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

/// That slots, descriptors and waiters add up whatever happens, and in whichever order.
@LoopActor @Suite(.timeLimit(.minutes(1))) struct BookkeepingTests {
    /// Ways in which the life of a lease can end or be disturbed.
    private enum Event: String, CaseIterable {
        case release, close, drop, error, timeout, cancel, connectorClose
    }

    private static func cause(_ event: Event, on holder: Holder, of connector: TCPConnector) async {
        switch event {
        case .release: holder.connection?.release()
        case .close: holder.connection?.close()
        case .drop: holder.connection = nil
        case .error: holder.connection?.transport?.reset()
        case .timeout:
            _ = try? await holder.connection?.readPiece(deadline: .now)
        case .cancel:
            guard let connection = holder.connection else { return }
            let reader = EventLoop.shared.startThrowing { try await connection.readPiece() }
            reader.cancel()
            _ = await reader.result
        case .connectorClose: await connector.close()
        }
    }

    @LoopActor
    private final class Holder {
        var connection: Connection?
        init(_ connection: Connection) { self.connection = connection }
    }

    @Test
    func `a slot is given back once, whichever two things happen to its lease (INV-04, INV-05, BUG-03)`()
        async throws
    {
        let server = try ScriptedServer(script: [.hold])
        for first in Event.allCases {
            for second in Event.allCases {
                let connector = try TCPConnector { $0.limit = 1 }
                let holder = Holder(try await connector.connect(to: server.request()))
                let waiting = EventLoop.shared.startThrowing {
                    try await connector.connect(to: server.request())
                }
                #expect(await eventually { connector.statistics.waiting == 1 })
                await Self.cause(first, on: holder, of: connector)
                await Self.cause(second, on: holder, of: connector)
                holder.connection = nil
                // Who waited gets the slot, exactly once, or hears of the close.
                switch await waiting.result {
                case .success(let connection):
                    #expect(
                        connector.statistics.inUse == (connector.isClosed ? 0 : 1), "\(first), \(second)")
                    connection.close()
                case .failure(let error):
                    #expect((error as? ConnectorError)?.isClosed == true, "\(first), \(second): \(error)")
                    #expect(connector.isClosed)
                }
                #expect(connector.statistics.counts == .idle(0), "\(first), \(second)")
                await connector.close()
                #expect(openSockets(toPort: server.port) == 0, "\(first), \(second)")
            }
        }
    }

    /// Looks at a connector's books on behalf of whoever it calls, and notes who did.
    @LoopActor
    private final class Auditor {
        weak var connector: TCPConnector?
        private(set) var visits: Set<String> = []

        func look(_ visitor: String, _ isSo: (ConnectorStatistics) -> Bool) {
            guard let connector else { return }
            let counts = connector.statistics
            #expect(counts.pending + counts.inUse + counts.idle <= 2, "\(visitor): \(counts)")
            #expect(isSo(counts), "\(visitor): \(counts)")
            visits.insert(visitor)
            connector.clearDNSCache()
        }
    }

    @Test func `whoever is called finds the books in order and may call back (INV-06, DNS-26, LIMIT-18)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let auditor = Auditor()
        let resolver = StubResolver { name in
            auditor.look("resolver") { $0.pending > 0 }
            return [SocketAddress(numericHost: "127.0.0.1", port: name.port)].compactMap(\.self)
        }
        let connector = try TCPConnector(
            resolver: resolver,
            socketFactory: { _ in
                LoopActor.assumeIsolated { auditor.look("factory") { $0.pending > 0 } }
                return makeStreamSocket()
            }, diagnostics: { _ in LoopActor.assumeIsolated { auditor.look("diagnostics") { _ in true } } }
        ) {
            $0.limit = 2
        }
        auditor.connector = connector
        let tracer = EventLog()
        var more: [Task<Void, any Error>] = []
        tracer.whenRecorded = { event in
            switch event {
            case .queued(let position): auditor.look("queued") { $0.waiting >= position }
            case .creating, .connected: auditor.look("making") { $0.pending > 0 }
            case .created, .reused:
                auditor.look("made") { $0.inUse > 0 }
                // A tracer may start connects of its own.
                guard more.count < 4 else { return }
                more.append(
                    EventLoop.shared.startThrowing {
                        try await connector.connect(to: server.request(host: "from-tracer.test")).release()
                    })
            default: auditor.look("other") { _ in true }
            }
        }
        var tasks: [Task<Void, any Error>] = []
        for index in 0..<12 {
            let request = server.request(host: "h\(index % 3).test")
            tasks.append(
                EventLoop.shared.startThrowing {
                    let connection = try await connector.connect(to: request, tracer: tracer)
                    connection.onRelease {
                        LoopActor.assumeIsolated { auditor.look("callback") { $0.inUse > 0 } }
                    }
                    _ = try await connection.exchange()
                    connection.release()
                })
        }
        for task in tasks { try await task.value }
        for task in more { try await task.value }
        for what in ["resolver", "factory", "diagnostics", "queued", "making", "made", "callback"] {
            #expect(auditor.visits.contains(what), "\(what)")
        }
        #expect(connector.statistics.inUse + connector.statistics.pending + connector.statistics.waiting == 0)
        auditor.connector = nil
        await connector.close()
    }

    @Test func `tasks of the global pool may share a connector (INV-06, SWIFT-01)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 4 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<40 {
                group.addTask {
                    try await Task.detached {
                        let connection = try await connector.connect(to: server.request())
                        #expect(try await connection.exchange("/\(index)") == "/\(index)")
                        await connection.release()
                    }.value
                }
            }
            try await group.waitForAll()
        }
        #expect(server.peakOpenCount <= 4)
        #expect(connector.statistics.inUse == 0)
        await connector.close()
    }

    // MARK: More than one thing at a time

    @Test func `in line, closed comes before cancelled and cancelled before timed out (ERR-05, CLOSE-03)`()
        async throws
    {
        let server = try ScriptedServer(script: [.hold])
        for (isCancelled, isClosed) in [(false, false), (true, false), (false, true), (true, true)] {
            let connector = try TCPConnector { $0.limit = 1 }
            let holder = try await connector.connect(to: server.request())
            let late = EventLoop.shared.startThrowing {
                try await connector.connect(
                    to: server.request(), timeouts: ConnectTimeouts(connect: .milliseconds(100)))
            }
            #expect(await eventually { connector.statistics.waiting == 1 })
            // Keeps the loop busy until the deadline is over, so that everything becomes true before anybody runs.
            usleep(110_000)
            if isCancelled { late.cancel() }
            let closing = isClosed ? EventLoop.shared.start { await connector.close() } : nil
            switch await late.result {
            case .success: Issue.record("no error")
            case .failure(let error as ConnectorError):
                #expect(error.isClosed == isClosed, "\(error)")
                #expect((error.timeoutPhase == .queue) == (!isClosed && !isCancelled), "\(error)")
            case .failure(let error):
                #expect(error is CancellationError && isCancelled && !isClosed, "\(error)")
            }
            holder.close()
            await closing?.value
            await connector.close()
        }
    }

    @Test
    func `in the making, closed comes before cancelled and cancelled before what failed (ERR-05, CONN-04)`()
        async throws
    {
        struct Odd: Error {}
        for (isCancelled, isClosed) in [(false, false), (true, false), (false, true), (true, true)] {
            let connector = try FailingConnector(failure: Odd())
            let task = EventLoop.shared.startThrowing {
                try await connector.connect(to: ConnectionRequest(scheme: "http", host: "a.test"))
            }
            #expect(await eventually { connector.statistics.pending == 1 })
            if isCancelled { task.cancel() }
            if isClosed { await connector.close() }
            connector.gate.open()
            switch await task.result {
            case .success: Issue.record("no error")
            case .failure(let error as ConnectorError):
                #expect(error.isClosed == isClosed)
                if case .custom = error { #expect(!isClosed && !isCancelled) }
            case .failure(let error): #expect(error is CancellationError && isCancelled && !isClosed)
            }
            #expect(connector.statistics.counts == .idle(0))
            await connector.close()
        }
    }

    @Test func `a cancel that comes while a deadline is being told counts (ERR-05)`() async throws {
        let server = try ScriptedServer(script: [.hold])
        let connector = try TCPConnector { $0.limit = 1 }
        let holder = try await connector.connect(to: server.request())
        let inLine = EventLoop.shared.startThrowing {
            _ = try await connector.connect(
                to: server.request(), timeouts: ConnectTimeouts(connect: .milliseconds(100)))
        }
        let reader = EventLoop.shared.startThrowing {
            _ = try await holder.readPiece(deadline: .now + .milliseconds(100))
        }
        #expect(await eventually { connector.statistics.waiting == 1 })
        for _ in 0..<5 { await Task.yield() }
        for task in [inLine, reader] {
            // Due in the same turn as both deadlines, just behind them: they have been told, and nobody has run.
            _ = EventLoop.shared.schedule(.callback { task.cancel() }, at: .now + .milliseconds(110))
        }
        usleep(120_000)
        #expect(await wasCancelled(inLine))
        #expect(await wasCancelled(reader))
        holder.close()
        await connector.close()
    }

    @Test func `a transport that is ready when its connector has closed is closed (CONN-04)`() async throws {
        let server = try ScriptedServer(script: [.hold])
        let inner = try TCPConnector()
        let spare = try await inner.connect(to: server.request())
        let transport = try #require(spare.transport)
        let connector = try FailingConnector(failure: CancellationError())
        connector.transport = transport
        let task = EventLoop.shared.startThrowing {
            try await connector.connect(to: ConnectionRequest(scheme: "http", host: "a.test"))
        }
        #expect(await eventually { connector.statistics.pending == 1 })
        await connector.close()
        connector.gate.open()
        #expect(await connectorError { try await task.value }?.isClosed == true)
        #expect(!transport.isOpen)
        #expect(openSockets(toPort: server.port) == 0)
        spare.close()
        await inner.close()
    }

    @Test func `a read hears of the close before its own cancel, and of that before its deadline (ERR-05)`()
        async throws
    {
        let server = try ScriptedServer(script: [.hold])
        for isClosed in [true, false] {
            let connector = try TCPConnector()
            let connection = try await connector.connect(to: server.request())
            let reader = EventLoop.shared.startThrowing {
                try await connection.readPiece(deadline: .now + .milliseconds(100))
            }
            for _ in 0..<10 { await Task.yield() }
            usleep(110_000)
            reader.cancel()
            if isClosed {
                await connector.close()
                #expect(await connectorError { try await reader.value }?.isClosed == true)
            } else {
                #expect(await wasCancelled(reader))
            }
            connection.close()
            await connector.close()
        }
    }

    // MARK: Handshakes and goodbyes

    @Test(arguments: [Duration.zero, .seconds(20)])
    func `a handshake that fails closes its socket, whatever a goodbye may last (TLS-16, BUG-18)`(
        patience: Duration
    ) async throws {
        let stranger = try ScriptedServer.echo(tls: ServerTLS(Certificates.stranger))
        let plain = try ScriptedServer(script: [.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .hold])
        let connector = try TCPConnector {
            $0.tlsShutdownTimeout = patience
            $0.tls = Certificates.trusting
        }
        for server in [stranger, plain] {
            let error = await connectorError { try await connector.connect(to: server.request("https")) }
            #expect(error?.tlsCause != nil)
            #expect(openSockets(toPort: server.port) == 0)
            #expect(await server.endedConnections(1))
            #expect(connector.statistics.counts == .idle(0))
        }
        await connector.close()
    }

    @Test
    func `with enableCleanupClosed a goodbye is cut off after two seconds (CLOSE-12, PARAM-05, BUG-19)`()
        async throws
    {
        let mute = try ScriptedServer(
            tls: ServerTLS(Certificates.localhost),
            script: [.expectRequest, .respond(body: "a"), .pause(until: Gate())])
        let plain = try ScriptedServer.echo()
        func leave(_ connector: TCPConnector) async throws -> ContinuousClock.Instant {
            let connection = try await connector.connect(to: mute.request("https"))
            _ = try await connection.exchange()
            connection.close()
            return .now
        }
        let patient = try TCPConnector {
            $0.tlsShutdownTimeout = .seconds(30)
            $0.tls = Certificates.trusting
        }
        let strict = try TCPConnector {
            $0.enableCleanupClosed = true
            $0.tlsShutdownTimeout = .seconds(30)
            $0.tls = Certificates.trusting
        }
        _ = try await leave(patient)
        #expect(await eventually { serverEnds(of: mute.port) == ["established"] })
        let began = try await leave(strict)
        #expect(patient.statistics.closing == 1)
        #expect(strict.statistics.closing == 1)
        #expect(await eventually { strict.statistics.closing == 0 })
        #expect(ContinuousClock.now - began >= .seconds(2))
        #expect(patient.statistics.closing == 1)
        #expect(openSockets(toPort: mute.port) == 1)
        // Cut off hard: the server's end was reset, where an orderly end would leave it waiting for its own close.
        #expect(await eventually { serverEnds(of: mute.port) == ["established"] })
        // A plain socket knows no goodbye.
        let connection = try await strict.connect(to: plain.request())
        connection.close()
        #expect(strict.statistics.closing == 0)
        await patient.close(.abort)
        await strict.close()
        #expect(openSockets(toPort: mute.port) == 0)
    }
}

/// The states of the connections that the kernel knows at a server's port, in order. One that was reset is not among them.
private func serverEnds(of port: UInt16) -> [String] {
    let hex = String(port, radix: 16, uppercase: true)
    let end = ":" + String(repeating: "0", count: 4 - hex.count) + hex
    let names = ["01": "established", "08": "ended by the client"]
    return text(readFile("/proc/self/net/tcp") ?? []).split(separator: "\n").dropFirst().compactMap { line in
        let words = line.split(separator: " ")
        // What listens has no name here.
        return words[1].hasSuffix(end) ? names[String(words[3])] : nil
    }.sorted()
}

/// Fails when its gate opens, deaf to cancels and closes.
private final class FailingConnector: BaseConnector {
    let gate = LoopGate()
    let failure: any Error
    /// What it makes instead of failing.
    var transport: (any Transport)?

    init(failure: any Error) throws(ConnectorOptionError) {
        self.failure = failure
        try super.init()
    }

    override func makeTransport(for endpoint: Endpoint, context: DialContext) async throws -> any Transport {
        await gate.passed()
        if let transport { return transport }
        throw failure
    }
}
