import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct ConnectorTracerTests {
    @Test
    func
        `new, cached, reused and queued connects each tell their story (TRACE-01, TRACE-02, TRACE-03, TRACE-04, TRACE-05, TRACE-10, PARAM-25)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector(resolver: StubResolver("127.0.0.1")) {
            $0.limit = 1
            $0.dnsCacheTTL = nil
        }
        let request = server.request(host: "some.test")
        func story(_ request: ConnectionRequest) async throws -> (Connection, EventLog) {
            let log = EventLog()
            return (try await connector.connect(to: request, tracer: log, id: ConnectID(7)), log)
        }
        let (first, new) = try await story(request)
        #expect(
            new.names == [
                "creating", "dnsCacheMiss", "resolving", "resolved", "attemptStarted", "connected", "created",
            ])
        #expect(new.ids.allSatisfy { $0 == ConnectID(7) })
        guard case .created(let local, let peer, nil) = new.events.last else {
            Issue.record("\(new.events)")
            return
        }
        #expect(local == first.localAddress)
        #expect(peer == first.peerAddress)
        first.release()
        let (second, reused) = try await story(request)
        #expect(reused.names == ["reused"])
        guard case .reused(_, useCount: 1) = reused.events.last else {
            Issue.record("\(reused.events)")
            return
        }
        let waiting = EventLoop.shared.startThrowing {
            let log = EventLog()
            try await connector.connect(to: request, tracer: log).close()
            return log.names
        }
        #expect(await eventually { connector.statistics.waiting == 1 })
        second.release()
        #expect(try await waiting.value == ["queued", "dequeued", "reused"])
        let (third, cached) = try await story(request)
        #expect(cached.names == ["creating", "dnsCacheHit", "attemptStarted", "connected", "created"])
        third.close()
        await connector.close()
    }

    @Test func `every connect that fails ends in one event, wherever it failed (TRACE-07)`() async throws {
        let refused = try RefusedPort()
        let connector = try TCPConnector(resolver: StubResolver { _ in [] })
        func names(_ request: ConnectionRequest) async -> [String] {
            let log = EventLog()
            _ = await connectorError { try await connector.connect(to: request, tracer: log) }
            return log.names
        }
        #expect(await names(ConnectionRequest(scheme: "gopher", host: "a")) == ["failed"])
        #expect(await names(ConnectionRequest(scheme: "http", host: "127.1")) == ["failed"])
        #expect(
            await names(ConnectionRequest(scheme: "http", host: "no.test"))
                == ["creating", "dnsCacheMiss", "resolving", "failed"])
        #expect(
            await names(ConnectionRequest(scheme: "http", host: "127.0.0.1", port: refused.port))
                == ["creating", "attemptStarted", "attemptFailed", "failed"])
        // Above TCP, and in a proxy's tunnel.
        let mute = try ScriptedServer(script: [.send("HTTP/1.1 403 Forbidden\r\n\r\n"), .hold])
        let reached = ["creating", "attemptStarted", "connected"]
        #expect(
            await names(mute.request("https")) == reached + ["handshakeStarted", "attemptFailed", "failed"])
        var tunnelled = mute.request("https")
        tunnelled.proxy = Proxy(kind: .http, host: "127.0.0.1", port: mute.port)
        #expect(await names(tunnelled) == reached + ["tunnelRequested", "tunnelAnswered", "failed"])
        await connector.close()
        #expect(await names(ConnectionRequest(scheme: "http", host: "127.0.0.1")) == ["failed"])

        let server = try ScriptedServer.echo()
        let single = try TCPConnector { $0.limit = 1 }
        let holder = try await single.connect(to: server.request())
        let log = EventLog()
        let waiting = EventLoop.shared.startThrowing {
            try await single.connect(to: server.request(), tracer: log)
        }
        #expect(await eventually { single.statistics.waiting == 1 })
        waiting.cancel()
        #expect(await wasCancelled(waiting))
        #expect(log.names == ["queued", "cancelled"])
        holder.close()
        await single.close()
    }

    @Test func `a tracer that cancels at any event leaves the books right (TRACE-09)`() async throws {
        let server = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        for event in [
            "queued", "dequeued", "creating", "dnsCacheMiss", "resolving", "resolved", "attemptStarted",
            "connected", "handshakeStarted", "created", "reused",
        ] {
            let connector = try TCPConnector(resolver: StubResolver("127.0.0.1")) {
                $0.limit = 1
                $0.tls = Certificates.trusting
            }
            let request = server.request("https", host: "localhost")
            var holder: Connection?
            if ["queued", "dequeued", "reused"].contains(event) {
                holder = try await connector.connect(to: request)
            }
            if event == "reused" { holder?.release() }
            let log = EventLog()
            let task = EventLoop.shared.startThrowing {
                try await connector.connect(to: request, tracer: log).close()
            }
            log.whenRecorded = { if EventLog.name($0) == event { task.cancel() } }
            if event == "dequeued" {
                #expect(await eventually { connector.statistics.waiting == 1 })
                holder?.release()
            }
            _ = await task.result
            holder?.close()
            #expect(log.names.contains(event))
            #expect(connector.statistics.inUse + connector.statistics.pending == 0, "\(event)")
            #expect(connector.statistics.waiting == 0, "\(event)")
            #expect(openSockets(toPort: server.port) == connector.statistics.idle, "\(event)")
            await connector.close()
        }
    }
}
