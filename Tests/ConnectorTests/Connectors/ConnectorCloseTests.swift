import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct ConnectorCloseTests {
    private static let silent: [ServerStep] = [.expectRequest, .respond(body: "a"), .pause(until: Gate())]

    @Test func `close ends idle and leased sockets and is idempotent (CLOSE-01, CLOSE-02)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector()
        let leased = try await connector.connect(to: server.request())
        let more = [
            try await connector.connect(to: server.request()),
            try await connector.connect(to: server.request()),
        ]
        for connection in more { connection.release() }
        #expect(connector.statistics.idle == 2)
        let twice = EventLoop.shared.start { await connector.close() }
        await connector.close()
        #expect(connector.isClosed)
        #expect(openSockets(toPort: server.port) == 0)
        await twice.value
        await connector.close()
        #expect(await server.endedConnections(3))
        #expect(server.connections.allSatisfy { $0.ending == .clientClosed })
        #expect(leased.isClosed)
        #expect(connector.statistics.counts == .idle(0))
    }

    @Test func `a closed connector opens nothing and says so first (CONN-02, CONN-03)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector()
        await connector.close()
        for request in [server.request(), server.request("gopher"), server.request(host: "a b")] {
            let error = await connectorError { try await connector.connect(to: request) }
            #expect(error?.isClosed == true)
        }
        #expect(server.acceptedCount == 0)
    }

    @Test func `the first check that fails decides, and nothing after it happens (CONN-02)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 1 }
        let holder = try await connector.connect(to: server.request())
        // The line is full, yet neither of these waits in it.
        let scheme = await connectorError {
            try await connector.connect(to: server.request("gopher", host: "a b"))
        }
        guard case .unsupportedScheme = scheme else { Issue.record("\(scheme as Any)"); return }
        let host = await connectorError { try await connector.connect(to: server.request(host: "a b")) }
        guard case .invalidHost = host else { Issue.record("\(host as Any)"); return }
        #expect(connector.statistics.waiting == 0)
        holder.close()
        await connector.close()
        // Cancelled comes before closed, closed before the rest.
        for isCancelled in [true, false] {
            let task = EventLoop.shared.startThrowing {
                while isCancelled, !Task.isCancelled { await Task.yield() }
                _ = try await connector.connect(to: server.request("gopher"))
            }
            if isCancelled {
                task.cancel()
                #expect(await wasCancelled(task))
            } else {
                #expect(await connectorError { try await task.value }?.isClosed == true)
            }
        }
        await server.acceptedConnections(1)
        #expect(server.acceptedCount == 1)
    }

    @Test func `a cancelled task takes nothing (CONN-05)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector()
        try await connector.connect(to: server.request()).release()
        let task = EventLoop.shared.startThrowing {
            while !Task.isCancelled { await Task.yield() }
            _ = try await connector.connect(to: server.request())
        }
        task.cancel()
        #expect(await wasCancelled(task))
        #expect(connector.statistics.counts == .idle(1))
        await connector.close()
    }

    @Test func `those in line hear that it is closed (CLOSE-03)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 1 }
        let holder = try await connector.connect(to: server.request())
        let waiting = (0..<2).map { _ in
            EventLoop.shared.startThrowing { try await connector.connect(to: server.request()) }
        }
        #expect(await eventually { connector.statistics.waiting == 2 })
        // One of them has the slot in hand already when the end comes. He has not run yet when the close is done, and his
        // socket is closed all the same.
        let open = await EventLoop.shared.start {
            holder.release()
            await connector.close()
            return openSockets(toPort: server.port)
        }.value
        #expect(open == 0)
        for task in waiting {
            let error = await connectorError { try await task.value }
            #expect(error?.isClosed == true)
        }
    }

    @Test func `what is being made is stopped in every phase (CLOSE-04, CLOSE-05, CONN-04, BUG-13)`()
        async throws
    {
        let hole = try BlackHole()
        let silent = try ScriptedServer(script: [.hold])
        let gate = LoopGate()
        let resolver = StubResolver(after: gate)
        var proxied = silent.request("https")
        proxied.proxy = Proxy(kind: .http, host: "127.0.0.1", port: silent.port)
        let phases: [(String, ConnectionRequest, UInt16)] = [
            ("resolving", silent.request(host: "slow.test"), silent.port),
            (
                "attemptStarted", ConnectionRequest(scheme: "http", host: "127.0.0.1", port: hole.port),
                hole.port
            ),
            ("handshakeStarted", silent.request("https"), silent.port),
            ("tunnelRequested", proxied, silent.port),
        ]
        for usesCache in [true, false] {
            for (event, request, port) in phases {
                let before = openSockets(toPort: port)
                let connector = try TCPConnector(resolver: resolver) {
                    $0.tls = Certificates.trusting
                    $0.usesDNSCache = usesCache
                }
                let log = EventLog()
                let task = EventLoop.shared.startThrowing {
                    try await connector.connect(to: request, tracer: log)
                }
                #expect(await eventually { log.names.contains(event) })
                await connector.close()
                #expect(openSockets(toPort: port) == before, "\(event)")
                let error = await connectorError { try await task.value }
                #expect(error?.isClosed == true, "\(event)")
                #expect(log.names.last == "failed")
                #expect(connector.statistics.counts == .idle(0))
            }
        }
        #expect(!resolver.isClosed)
        gate.open()
    }

    @Test func `no timer survives the close (CLOSE-06)`() async throws {
        let server = try ScriptedServer.echo()
        weak var gone: TCPConnector?
        do {
            let connector = try TCPConnector { $0.keepAliveTimeout = .seconds(600) }
            gone = connector
            try await connector.connect(to: server.request()).release()
            await connector.close()
        }
        #expect(await eventually { gone == nil })
    }

    @Test func `TLS says goodbye by default and not a word when aborted (CLOSE-08, MEM-03, BUG-19)`()
        async throws
    {
        for mode in [CloseMode.default, .abort] {
            let server = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
            let connector = try TCPConnector { $0.tls = Certificates.trusting }
            let leased = try await connector.connect(to: server.request("https"))
            let idle = try await connector.connect(to: server.request("https"))
            #expect(try await leased.exchange() == "/")
            #expect(try await idle.exchange() == "/")
            idle.release()
            await connector.close(mode)
            #expect(await server.endedConnections(2))
            for connection in server.connections {
                #expect(connection.ending == (mode == .default ? .clientCloseNotify : .clientReset))
            }
        }
        let plain = try ScriptedServer.echo()
        let connector = try TCPConnector()
        let connection = try await connector.connect(to: plain.request())
        await connector.close(.abort)
        #expect(await plain.endedConnections(1))
        #expect(plain.connections[0].ending == .clientClosed)
        connection.close()
    }

    @Test func `a dropped connector closes what is idle and tells, leased sockets live on (CLOSE-09)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let diagnostics = DiagnosticLog()
        do { _ = try TCPConnector(diagnostics: diagnostics.handler) }
        #expect(diagnostics.all.isEmpty)
        var leased: Connection?
        do {
            let connector = try TCPConnector(diagnostics: diagnostics.handler)
            leased = try await connector.connect(to: server.request())
            try await connector.connect(to: server.request()).release()
        }
        #expect(await server.endedConnections(1))
        #expect(await eventually { diagnostics.all.count == 1 })
        guard case .unclosedConnector(openConnections: 2) = diagnostics.all.first else {
            Issue.record("\(diagnostics.all)")
            return
        }
        #expect(try await leased?.exchange("/still") == "/still")
        leased?.release()
        #expect(await server.endedConnections(2))
    }

    @Test func `withConnector closes on return, throw and cancel (CLOSE-10, MEM-14)`() async throws {
        struct Failure: Error {}
        let server = try ScriptedServer.echo()
        let first = try TCPConnector()
        let answer = try await withConnector(first) { connector in
            try await connector.withConnection(to: server.request()) { try await $0.exchange("/x") }
        }
        #expect(answer == "/x")
        #expect(first.isClosed)
        let second = try TCPConnector()
        await #expect(throws: Failure.self) {
            try await withConnector(second) { connector in
                try await connector.connect(to: server.request()).release()
                throw Failure()
            }
        }
        #expect(second.isClosed)
        let third = try TCPConnector()
        let task = EventLoop.shared.startThrowing {
            try await withConnector(third) { connector in
                let connection = try await connector.connect(to: server.request())
                _ = try await connection.readPiece()
            }
        }
        #expect(await eventually { third.statistics.inUse == 1 })
        task.cancel()
        #expect(await wasCancelled(task))
        #expect(third.isClosed)
        #expect(openSockets(toPort: server.port) == 0)
    }

    @Test func `a read that waits, and one in a stream, end with the connector (CLOSE-11)`() async throws {
        let server = try ScriptedServer(
            tls: ServerTLS(Certificates.localhost),
            scripts: [[.hold], [.forever([.sendRepeating(0x61, count: 100_000)])]])
        let connector = try TCPConnector {
            $0.tlsShutdownTimeout = .milliseconds(100)
            $0.tls = Certificates.trusting
        }
        let readers = try await [
            connector.connect(to: server.request("https")), connector.connect(to: server.request("https")),
        ].map { connection in
            EventLoop.shared.startThrowing {
                while try await !connection.readPiece().isEmpty {}
            }
        }
        try await EventLoop.shared.sleep(until: .now + .milliseconds(20))
        await connector.close()
        #expect(openSockets(toPort: server.port) == 0)
        for reader in readers {
            let error = await connectorError { try await reader.value }
            #expect(error?.isClosed == true)
        }
    }

    @Test func `a goodbye waits for the peer as long as it may (CLOSE-02, CLOSE-12, TLS-17, BUG-19)`()
        async throws
    {
        let polite = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        let mute = try ScriptedServer(tls: ServerTLS(Certificates.localhost), script: Self.silent)
        for server in [polite, mute] {
            let connector = try TCPConnector {
                $0.tlsShutdownTimeout = .milliseconds(150)
                $0.tls = Certificates.trusting
            }
            let connection = try await connector.connect(to: server.request("https"))
            _ = try await connection.exchange()
            let began = ContinuousClock.now
            connection.close()
            #expect(connector.statistics.closing == 1)
            #expect(connector.statistics.inUse == 0)
            await connector.close()
            #expect(connector.statistics.closing == 0)
            #expect(openSockets(toPort: server.port) == 0)
            if server === mute { #expect(ContinuousClock.now - began >= .milliseconds(150)) }
        }
        #expect(await polite.endedConnections(1))
        #expect(polite.connections[0].ending == .clientCloseNotify)
    }

    @Test func `a peer that resets during the goodbye is no error (CLOSE-02, BUG-19)`() async throws {
        let go = Gate()
        let server = try ScriptedServer(
            tls: ServerTLS(Certificates.localhost),
            script: [.expectRequest, .respond(body: "a"), .pause(until: go), .reset])
        let diagnostics = DiagnosticLog()
        let connector = try TCPConnector(diagnostics: diagnostics.handler) {
            $0.tlsShutdownTimeout = .seconds(30)
            $0.tls = Certificates.trusting
        }
        let connection = try await connector.connect(to: server.request("https"))
        #expect(try await connection.exchange() == "a")
        connection.release()
        let closing = EventLoop.shared.start { await connector.close() }
        #expect(await eventually { connector.statistics.closing == 1 })
        go.open()
        await closing.value
        #expect(connector.statistics.closing == 0)
        #expect(openSockets(toPort: server.port) == 0)
        #expect(diagnostics.all.isEmpty)
    }

    @Test func `the cancel of a scope does not cut its goodbyes short (CLOSE-10)`() async throws {
        let server = try ScriptedServer(tls: ServerTLS(Certificates.localhost), script: Self.silent)
        let connector = try TCPConnector {
            $0.tlsShutdownTimeout = .milliseconds(200)
            $0.tls = Certificates.trusting
        }
        let began = Gate()
        let task = EventLoop.shared.startThrowing {
            try await withConnector(connector) { connector in
                let connection = try await connector.connect(to: server.request("https"))
                _ = try await connection.exchange()
                connection.release()
                began.open()
                try await EventLoop.shared.sleep(until: .now + .seconds(600))
            }
        }
        #expect(await began.opened())
        task.cancel()
        #expect(await eventually { connector.statistics.closing == 1 })
        #expect(await wasCancelled(task))
        #expect(connector.statistics.closing == 0)
        #expect(openSockets(toPort: server.port) == 0)
    }

    @Test func `a second close with abort cuts the goodbyes short`() async throws {
        let server = try ScriptedServer(tls: ServerTLS(Certificates.localhost), script: Self.silent)
        let connector = try TCPConnector {
            $0.tlsShutdownTimeout = .seconds(30)
            $0.tls = Certificates.trusting
        }
        let connection = try await connector.connect(to: server.request("https"))
        _ = try await connection.exchange()
        connection.release()
        let slow = EventLoop.shared.start { await connector.close() }
        #expect(await eventually { connector.statistics.closing == 1 })
        await connector.close(.abort)
        await slow.value
        #expect(openSockets(toPort: server.port) == 0)
    }
}
