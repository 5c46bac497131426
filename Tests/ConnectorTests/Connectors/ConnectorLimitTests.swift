import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct ConnectorLimitTests {
    private typealias Attempt = Task<Connection, any Error>

    private func start(
        _ connector: BaseConnector, _ request: ConnectionRequest, timeouts: ConnectTimeouts = .none,
        tracer: (any ConnectorTracer)? = nil
    ) -> Attempt {
        EventLoop.shared.startThrowing {
            try await connector.connect(to: request, timeouts: timeouts, tracer: tracer)
        }
    }

    @Test func `past the limit a connect waits for the socket of another (LIMIT-01)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 1 }
        let first = try await connector.connect(to: server.request())
        let second = start(connector, server.request())
        #expect(await eventually { connector.statistics.waiting == 1 })
        first.release()
        let connection = try await second.value
        #expect(connection.isReused)
        #expect(try await connection.exchange() == "/")
        await server.acceptedConnections(1)
        #expect(server.acceptedCount == 1)
        connection.release()
        await connector.close()
    }

    @Test
    func
        `the limit per host counts host, port and TLS, and both limits apply (LIMIT-02, LIMIT-03, LIMIT-10)`()
        async throws
    {
        let server = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        let connector = try TCPConnector(resolver: StubResolver("127.0.0.1")) {
            $0.limit = 3
            $0.limitPerHost = 2
            $0.tls = Certificates.trusting
        }
        let host = server.request("https", host: "localhost")
        let elsewhere = server.request("https", host: "example.test")
        var insecure = host
        insecure.tls = .insecure
        let group = try connector.endpoint(for: host).group
        let other = try connector.endpoint(for: elsewhere).group
        #expect(connector.available(for: group) == 2)
        let one = try await connector.connect(to: host)
        #expect(connector.available(for: group) == 1)
        #expect(connector.available(for: other) == 2)
        let two = try await connector.connect(to: insecure)
        #expect(connector.available(for: group) == 0)
        #expect(connector.available(for: other) == 1)
        #expect(connector.statistics(for: group).inUse == 2)
        let third = start(connector, host)
        #expect(await eventually { connector.statistics.waiting == 1 })
        // The shut line holds up nobody else.
        let free = try await connector.connect(to: elsewhere)
        two.close()
        let served = try await third.value
        for connection in [one, free, served] { connection.close() }
        #expect(connector.statistics.counts == .idle(0))
        await connector.close()
    }

    @Test func `without limits nobody waits (LIMIT-04)`() async throws {
        // The kernel connects them all though nobody accepts.
        let server = try QuietListener()
        let connector = try TCPConnector { $0.limit = nil }
        let logs = (0..<500).map { _ in EventLog() }
        let attempts = logs.map {
            start(
                connector, ConnectionRequest(scheme: "http", host: "127.0.0.1", port: server.port), tracer: $0
            )
        }
        var connections: [Connection] = []
        for attempt in attempts { connections.append(try await attempt.value) }
        #expect(connector.statistics.inUse == 500)
        #expect(logs.allSatisfy { !$0.names.contains("queued") })
        for connection in connections { connection.close() }
        #expect(connector.statistics.counts == .idle(0))
        await connector.close()
    }

    @Test func `parallel connects cannot overshoot (LIMIT-06, BUG-02)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 2 }
        let tasks = (0..<50).map { index in
            EventLoop.shared.startThrowing {
                let connection = try await connector.connect(to: server.request())
                let answer = try await connection.exchange("/\(index)")
                connection.release()
                return answer
            }
        }
        for (index, task) in tasks.enumerated() { #expect(try await task.value == "/\(index)") }
        await server.acceptedConnections(2)
        #expect(server.acceptedCount == 2)
        #expect(server.peakOpenCount == 2)
        await connector.close()
    }

    @Test
    func `a failed creation gives its slot to the next, and its error to nobody else (LIMIT-07, BUG-03)`()
        async throws
    {
        let refused = try RefusedPort()
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 1 }
        let holder = try await connector.connect(to: server.request())
        let failing = start(
            connector, ConnectionRequest(scheme: "http", host: "127.0.0.1", port: refused.port))
        let working = start(connector, server.request())
        #expect(await eventually { connector.statistics.waiting == 2 })
        holder.close()
        let error = await connectorError { try await failing.value }
        #expect(error?.errno?.name == "ECONNREFUSED")
        let connection = try await working.value
        #expect(try await connection.exchange() == "/")
        #expect(connector.statistics.pending == 0)
        connection.close()
        await connector.close()
    }

    @Test func `a cancel in any phase closes what was half made and serves the next (LIMIT-08, BUG-18)`()
        async throws
    {
        let hole = try BlackHole()
        let silent = try ScriptedServer(script: [.hold])
        let good = try ScriptedServer.echo()
        let gate = LoopGate()
        let resolver = StubResolver { name in
            if name.host == "slow.test" { await gate.passed() }
            return [SocketAddress(numericHost: "127.0.0.1", port: name.port)].compactMap(\.self)
        }
        let connector = try TCPConnector(resolver: resolver) {
            $0.limit = 1
            $0.tls = Certificates.trusting
        }
        var proxied = good.request("https")
        proxied.proxy = Proxy(kind: .http, host: "127.0.0.1", port: silent.port)
        let phases: [(String, ConnectionRequest, UInt16)] = [
            ("dns", good.request(host: "slow.test"), good.port),
            ("tcp", ConnectionRequest(scheme: "http", host: "127.0.0.1", port: hole.port), hole.port),
            ("tls", silent.request("https"), silent.port), ("proxy", proxied, silent.port),
        ]
        for (phase, request, port) in phases {
            let before = openSockets(toPort: port)
            let log = EventLog()
            let doomed = start(connector, request, tracer: log)
            #expect(
                await eventually {
                    log.names.contains(
                        [
                            "dns": "resolving", "tcp": "attemptStarted", "tls": "handshakeStarted",
                            "proxy": "tunnelRequested",
                        ][phase] ?? "")
                })
            let next = start(connector, good.request())
            #expect(await eventually { connector.statistics.waiting == 1 })
            doomed.cancel()
            #expect(await wasCancelled(doomed), "\(phase)")
            #expect(log.names.last == "cancelled")
            let connection = try await next.value
            #expect(try await connection.exchange() == "/")
            connection.close()
            #expect(await eventually { openSockets(toPort: port) == before }, "\(phase)")
            #expect(connector.statistics.counts == .idle(0))
        }
        gate.open()
        await connector.close()
    }

    @Test func `the line is served in order of arrival over all hosts (LIMIT-09, BUG-03)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector(resolver: StubResolver("127.0.0.1")) { $0.limit = 1 }
        let holder = try await connector.connect(to: server.request())
        let order = Log()
        var tasks: [Task<Void, any Error>] = []
        for index in 0..<10 {
            let request = server.request(host: "host\(index % 3).test")
            tasks.append(
                EventLoop.shared.startThrowing {
                    let connection = try await connector.connect(to: request)
                    order.add("\(index)")
                    connection.release()
                })
            #expect(await eventually { connector.statistics.waiting == index + 1 })
        }
        holder.release()
        for task in tasks { try await task.value }
        #expect(order.lines == (0..<10).map { "\($0)" })
        await connector.close()
    }

    @Test func `a newcomer cannot slip in before the one who waits (LIMIT-11)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 1 }
        let holder = try await connector.connect(to: server.request())
        let order = Log()
        let waiter = EventLoop.shared.startThrowing {
            let connection = try await connector.connect(to: server.request())
            order.add("waiter")
            connection.release()
        }
        #expect(await eventually { connector.statistics.waiting == 1 })
        holder.release()
        let newcomer = try await connector.connect(to: server.request())
        order.add("newcomer")
        newcomer.release()
        try await waiter.value
        #expect(order.lines == ["waiter", "newcomer"])
        await connector.close()
    }

    @Test
    func `one who is cancelled or too late leaves the line, the order stays (LIMIT-12, LIMIT-14, BUG-01)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 1 }
        let holder = try await connector.connect(to: server.request())
        let attempts = (0..<3).map { _ in start(connector, server.request()) }
        #expect(await eventually { connector.statistics.waiting == 3 })
        attempts[0].cancel()
        #expect(await wasCancelled(attempts[0]))
        #expect(connector.statistics.waiting == 2)
        let error = await connectorError {
            try await connector.connect(
                to: server.request(), timeouts: ConnectTimeouts(connect: .milliseconds(10)))
        }
        #expect(error?.timeoutPhase == .queue)
        #expect(
            error?.description
                == "waiting for a connection slot for 127.0.0.1:\(server.port) timed out after 0.01 s")
        #expect(connector.statistics.waiting == 2)
        holder.release()
        for attempt in attempts[1...] { try await attempt.value.release() }
        #expect(connector.statistics.counts == .idle(1))
        await connector.close()
    }

    @Test func `a slot handed to one who was cancelled goes on to the next, every time (LIMIT-13, SWIFT-03)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 1 }
        let endpoint = try connector.endpoint(for: server.request())
        for round in 0..<2000 {
            let holder = try await connector.connect(to: endpoint)
            let doomed = EventLoop.shared.startThrowing { try await connector.connect(to: endpoint) }
            let next = EventLoop.shared.startThrowing { try await connector.connect(to: endpoint) }
            if round % 2 == 0 {
                while connector.statistics.waiting < 2 { await Task.yield() }
            } else {
                await Task.yield()
            }
            if round % 3 == 0 { holder.close() } else { holder.release() }
            doomed.cancel()
            // Though the slot was his: he never ran with it.
            try #require(await wasCancelled(doomed), "round \(round)")
            try await next.value.release()
            try #require(connector.statistics.counts == .idle(1), "round \(round)")
        }
        await connector.close()
    }

    @Test func `capacity freed under one key serves a waiter of another (LIMIT-15)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector(resolver: StubResolver("127.0.0.1")) { $0.limit = 1 }
        let holder = try await connector.connect(to: server.request(host: "a.test"))
        let other = start(connector, server.request(host: "b.test"))
        #expect(await eventually { connector.statistics.waiting == 1 })
        holder.release()
        let connection = try await other.value
        #expect(!connection.isReused)
        connection.release()
        #expect(connector.statistics.counts == .idle(1))
        await connector.close()
    }

    @Test func `a socket that is dead when it is handed over is replaced under the same slot (LIMIT-16)`()
        async throws
    {
        let (go, done) = (Gate(), Gate())
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .respond(body: "a"), .pause(until: go), .shutdownWrite, .open(done), .hold],
            [.expectRequest, .respond(body: "b"), .hold],
        ])
        let connector = try TCPConnector { $0.limit = 1 }
        let holder = try await connector.connect(to: server.request())
        #expect(try await holder.exchange() == "a")
        let waiting = start(connector, server.request())
        #expect(await eventually { connector.statistics.waiting == 1 })
        go.open()
        #expect(await done.opened())
        holder.release()
        let connection = try await waiting.value
        #expect(!connection.isReused)
        #expect(connection.useCount == 0)
        #expect(try await connection.exchange() == "b")
        connection.close()
        await connector.close()
    }

    @Test func `a slow goodbye holds no slot (LIMIT-17)`() async throws {
        let server = try ScriptedServer(
            tls: ServerTLS(Certificates.localhost),
            script: [.expectRequest, .respond(body: "a"), .pause(until: Gate())])
        let connector = try TCPConnector {
            $0.limit = 1
            $0.tlsShutdownTimeout = .seconds(20)
            $0.tls = Certificates.trusting
        }
        let first = try await connector.connect(to: server.request("https"))
        #expect(try await first.exchange() == "a")
        first.close()
        #expect(connector.statistics.closing == 1)
        let second = try await connector.connect(to: server.request("https"))
        second.close()
        #expect(connector.statistics.closing == 2)
        await connector.close(.abort)
        #expect(connector.statistics.closing == 0)
    }

    @Test func `a release out of a callback, a tracer or another task is legal (LIMIT-18, TRACE-09)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 1 }
        let first = try await connector.connect(to: server.request())
        let log = EventLog()
        // The waiter's own tracer frees the slot while it joins the line.
        log.whenRecorded = { event in
            if case .queued = event { first.release() }
        }
        let second = try await connector.connect(to: server.request(), tracer: log)
        #expect(log.names == ["queued", "dequeued", "reused"])
        let third = start(connector, server.request())
        #expect(await eventually { connector.statistics.waiting == 1 })
        await Task.detached { await second.release() }.value
        try await third.value.close()
        #expect(connector.statistics.counts == .idle(0))
        await connector.close()
    }
}
