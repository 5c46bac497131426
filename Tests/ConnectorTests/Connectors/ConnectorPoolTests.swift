import HTTPCore
import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

/// The pool behind real sockets: what is shared, what is kept, what is thrown away.
@LoopActor @Suite(.timeLimit(.minutes(1))) struct ConnectorPoolTests {
    /// Connects, exchanges and releases; returns whether the socket had served before.
    private func visit(
        _ connector: BaseConnector, _ request: ConnectionRequest, timeouts: ConnectTimeouts = .none,
        tracer: (any ConnectorTracer)? = nil
    ) async throws -> Bool {
        let connection = try await connector.connect(to: request, timeouts: timeouts, tracer: tracer)
        defer { connection.release() }
        _ = try await connection.exchange()
        return connection.isReused
    }

    @Test func `each part of the key keeps sockets apart, and nothing else does (POOL-01, POOL-04, BUG-07)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let proxy = Proxy(kind: .http, host: "127.0.0.1", port: server.port)
        var withUser = proxy
        withUser.user = "u"
        var withPassword = withUser
        withPassword.password = "p"
        var withHeaders = proxy
        withHeaders.headers = [Proxy.Header(name: "X-A", value: "1"), Proxy.Header(name: "X-B", value: "2")]
        var turned = withHeaders
        turned.headers.reverse()
        let base = ConnectionRequest(scheme: "http", host: "localhost", port: server.port)
        var variants = [base]
        variants.append(ConnectionRequest(scheme: "http", host: "127.0.0.1", port: server.port))
        for proxy in [proxy, withUser, withPassword, withHeaders, turned] {
            var variant = base
            variant.proxy = proxy
            variants.append(variant)
        }
        var dialled = base
        dialled.dial = .peer(host: "127.0.0.1", port: server.port)
        variants.append(dialled)
        let resolver = StubResolver("127.0.0.1")
        let connector = try TCPConnector(resolver: resolver) { $0.keepAliveTimeout = .seconds(600) }
        for variant in variants { #expect(try await visit(connector, variant) == false) }
        for variant in variants { #expect(try await visit(connector, variant)) }
        #expect(server.acceptedCount == variants.count)
        #expect(
            try await visit(
                connector, base, timeouts: ConnectTimeouts(connect: .seconds(9)), tracer: EventLog()))
        await connector.close()
    }

    @Test func `every part of an endpoint counts, each alone (POOL-01, BUG-07)`() throws {
        let connector = try TCPConnector()
        func endpoint(_ change: (inout ConnectionRequest) -> Void = { _ in }) throws -> Endpoint {
            var request = ConnectionRequest(scheme: "https", host: "a.test", tls: .verified)
            change(&request)
            return try connector.endpoint(for: request)
        }
        func proxied(_ change: @escaping (inout Proxy) -> Void = { _ in }) throws -> Endpoint {
            try endpoint {
                var proxy = Proxy(kind: .http, host: "p.test", port: 3128, user: "u", password: "p")
                proxy.headers = [Proxy.Header(name: "A", value: "1"), Proxy.Header(name: "B", value: "2")]
                change(&proxy)
                $0.proxy = proxy
            }
        }
        let all = try [
            endpoint(), endpoint { $0.host = "b.test" }, endpoint { $0.port = 444 },
            endpoint { $0.scheme = "http" }, endpoint { $0.tls = .insecure },
            endpoint { $0.tls = .pinned(Fingerprint(ofDER: [1])) },
            endpoint { $0.tls = .pinned(Fingerprint(ofDER: [2])) },
            endpoint { $0.tls = .custom(TLSConfiguration(minimumVersion: .tls1_3)) },
            endpoint { $0.serverName = "b.test" }, endpoint { $0.dial = .peer(host: "c.test", port: 443) },
            endpoint { $0.dial = .peer(host: "c.test", port: 444) },
            endpoint { $0.dial = .unixSocket(path: "/run/x") },
            proxied(), proxied { $0.kind = .https }, proxied { $0.kind = .socks5 },
            proxied { $0.kind = .socks5h }, proxied { $0.host = "q.test" }, proxied { $0.port = 3129 },
            proxied { $0.user = "v" }, proxied { $0.user = nil }, proxied { $0.password = "q" },
            proxied { $0.headers[0].value = "3" }, proxied { $0.headers[0].name = "C" },
            proxied { $0.headers.reverse() }, proxied { $0.headers.removeLast() },
            proxied { $0.tls = TLSMode.insecure.configuration },
            proxied { $0.preproxy = Proxy(kind: .socks5, host: "r.test", port: 1080) },
        ]
        #expect(Set(all).count == all.count)
        for (index, endpoint) in all.enumerated() {
            #expect(all.firstIndex(of: endpoint) == index, "\(endpoint)")
        }
        // Made again they are the same, each of them.
        #expect(try endpoint() == all[0])
        #expect(try endpoint { $0.tls = .pinned(Fingerprint(ofDER: [2])) } == all[6])
        #expect(try proxied { $0.headers.reverse() } == all[23])
        #expect(try proxied { $0.host = "P.TEST" } == proxied())
    }

    @Test func `TLS settings are compared by value, server names too (POOL-01, POOL-03)`() async throws {
        let server = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        var request = server.request("https")
        #expect(try await visit(connector, request) == false)
        request.tls = .custom(
            TLSConfiguration(
                trust: .custom(
                    files: [], directories: [], pem: Array(Certificates.root.certificatePEM.utf8))))
        #expect(try await visit(connector, request))
        request.serverName = "localhost"
        #expect(try await visit(connector, request) == false)
        request.tls = .insecure
        #expect(try await visit(connector, request) == false)
        await server.acceptedConnections(3)
        #expect(server.acceptedCount == 3)
        await connector.close()
    }

    @Test func `hosts compare in lower case, default ports fill in, a final dot and a zone count (POOL-02)`()
        throws
    {
        let connector = try TCPConnector()
        func endpoint(_ host: String, _ port: UInt16? = nil, _ scheme: String = "http") throws -> Endpoint {
            try connector.endpoint(for: ConnectionRequest(scheme: scheme, host: host, port: port))
        }
        #expect(try endpoint("LOCALHOST") == endpoint("localhost", 80))
        #expect(try endpoint("localhost", nil, "HTTPS") == endpoint("localhost", 443, "https"))
        #expect(try endpoint("localhost") != endpoint("localhost."))
        #expect(try endpoint("localhost..") == endpoint("localhost."))
        #expect(try endpoint("fe80::1%lo") != endpoint("fe80::1"))
        #expect(try endpoint("FE80::1%lo") == endpoint("fe80::1%lo"))
        #expect(try endpoint("localhost", 443) != endpoint("localhost", 443, "https"))
    }

    @Test func `the socket idle longest goes out first (POOL-05, POOL-13, BUG-04)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector()
        let (one, two) = (
            try await connector.connect(to: server.request()),
            try await connector.connect(to: server.request())
        )
        let ports = [one.localAddress?.port, two.localAddress?.port]
        one.release()
        two.release()
        let again = try await connector.connect(to: server.request())
        #expect(again.localAddress?.port == ports[0])
        again.close()
        // The other one is not touched by that.
        let other = try await connector.connect(to: server.request())
        #expect(other.localAddress?.port == ports[1])
        other.close()
        await connector.close()
    }

    @Test func `what speaks or leaves while idle is never used again (POOL-07, BUG-05)`() async throws {
        for step in [ServerStep.send("HTTP/1.1 200 OK\r\n\r\n"), .send("x"), .shutdownWrite, .reset] {
            let (go, done) = (Gate(), Gate())
            // A reset ends the script: its gate is opened first, and the ending is awaited below.
            let isReset = if case .reset = step { true } else { false }
            let tail: [ServerStep] = isReset ? [.open(done), step] : [step, .open(done), .hold]
            let server = try ScriptedServer(scripts: [
                [.expectRequest, .respond(body: "a"), .pause(until: go)] + tail,
                [.expectRequest, .respond(body: "b"), .hold],
            ])
            let diagnostics = DiagnosticLog()
            let connector = try TCPConnector(diagnostics: diagnostics.handler)
            let first = try await connector.connect(to: server.request())
            #expect(try await first.exchange() == "a")
            first.release()
            go.open()
            #expect(await done.opened())
            if isReset { #expect(await server.endedConnections(1)) }
            let second = try await connector.connect(to: server.request())
            #expect(!second.isReused)
            #expect(try await second.exchange() == "b")
            #expect(diagnostics.all.count == 1)
            second.release()
            await connector.close()
        }
    }

    @Test
    func
        `idle sockets close at their own deadlines, whether their peers are there or not (POOL-06, POOL-09, POOL-10, BUG-06)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let diagnostics = DiagnosticLog()
        let connector = try TCPConnector(diagnostics: diagnostics.handler) {
            $0.keepAliveTimeout = .milliseconds(60)
        }
        let (one, two) = (
            try await connector.connect(to: server.request()),
            try await connector.connect(to: server.request())
        )
        one.release()
        let released = ContinuousClock.now
        try await EventLoop.shared.sleep(until: released + .milliseconds(30))
        two.release()
        #expect(await eventually { connector.statistics.idle == 0 })
        #expect(ContinuousClock.now - released >= .milliseconds(90))
        #expect(await server.endedConnections(2))
        #expect(diagnostics.all.count == 2)
        #expect(openSockets(toPort: server.port) == 0)
        // A peer that left does not change that.
        let gone = Gate()
        let leaving = try ScriptedServer(script: [
            .expectRequest, .respond(body: "a"), .shutdownWrite, .open(gone), .hold,
        ])
        #expect(try await visit(connector, leaving.request()) == false)
        #expect(await gone.opened())
        #expect(await eventually { connector.statistics.idle == 0 })
        #expect(openSockets(toPort: leaving.port) == 0)
        await connector.close()
    }

    @Test func `a timer runs only while something is idle (POOL-10, CLOSE-06, BUG-06)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.keepAliveTimeout = .seconds(600) }
        let connections = [
            try await connector.connect(to: server.request()),
            try await connector.connect(to: server.request()),
        ]
        // Nothing between two looks waits, so that no other timer can come or go.
        let before = EventLoop.shared.timerCount
        for connection in connections {
            connection.release()
            #expect(EventLoop.shared.timerCount == before + 1)
        }
        let again = try await connector.connect(to: server.request())
        #expect(EventLoop.shared.timerCount == before + 1)
        let last = try await connector.connect(to: server.request())
        #expect(again.isReused && last.isReused)
        #expect(EventLoop.shared.timerCount == before)
        again.close()
        last.release()
        #expect(EventLoop.shared.timerCount == before + 1)
        await connector.close()
        #expect(EventLoop.shared.timerCount == before)
    }

    @Test func `nothing is kept with forceClose, with no keep-alive, or after an error (POOL-11, PARAM-04)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        for connector in [
            try TCPConnector { $0.forceClose = true },
            try TCPConnector {
                $0.keepAliveTimeout = .zero
            },
        ] {
            #expect(try await visit(connector, server.request()) == false)
            #expect(connector.statistics.counts == .idle(0))
            #expect(try await visit(connector, server.request()) == false)
            await connector.close()
        }
        #expect(await server.endedConnections(4))
        let rude = try ScriptedServer(scripts: [[.expectRequest, .reset], [.expectRequest, .close]])
        let connector = try TCPConnector()
        for _ in 0..<2 {
            let connection = try await connector.connect(to: rude.request())
            _ = try? await connection.exchange()
            connection.release()
            #expect(connector.statistics.counts == .idle(0))
        }
        await connector.close()
    }

    @Test func `a read timer of one exchange cannot fire into the next (POOL-15, BUG-08)`() async throws {
        let go = Gate()
        let server = try ScriptedServer(script: [
            .expectRequest, .respond(body: "a"), .expectRequest, .pause(until: go), .respond(body: "b"),
            .hold,
        ])
        let connector = try TCPConnector()
        let first = try await connector.connect(to: server.request())
        let deadline = ContinuousClock.now + .seconds(1)
        #expect(try await first.exchange(deadline: deadline) == "a")
        first.release()
        let second = try await connector.connect(to: server.request())
        #expect(second.isReused)
        let answer = EventLoop.shared.startThrowing { try await second.exchange() }
        // The first exchange's time runs out in the middle of the second.
        try await EventLoop.shared.sleep(until: deadline + .milliseconds(20))
        go.open()
        #expect(try await answer.value == "b")
        second.release()
        await connector.close()
    }

    @Test func `who asks for a new connection gets one, though others are idle (POOL-16, ERR-06)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.limit = 2 }
        #expect(try await visit(connector, server.request()) == false)
        let fresh = try await connector.connect(to: server.request(), mayReuse: false)
        #expect(!fresh.isReused)
        #expect(connector.statistics.idle == 1)
        // Under the limit the idle one makes room, and who waits for a new one is not given the one that is released.
        let other = try await connector.connect(to: server.request(), mayReuse: false)
        #expect(!other.isReused)
        #expect(connector.statistics.idle == 0)
        let waiting = EventLoop.shared.startThrowing {
            try await connector.connect(to: server.request(), mayReuse: false)
        }
        #expect(await eventually { connector.statistics.waiting == 1 })
        other.release()
        let last = try await waiting.value
        #expect(!last.isReused)
        #expect(try await last.exchange() == "/")
        #expect(connector.statistics.inUse == 2)
        #expect(server.peakOpenCount <= 2)
        fresh.release()
        last.release()
        await connector.close()
    }

    @Test func `idle sockets make room under the limits (POOL-17, LIMIT-05, INV-02)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector(resolver: StubResolver("127.0.0.1")) { $0.limit = 2 }
        let names = ["a.test", "b.test", "c.test"]
        for name in names { #expect(try await visit(connector, server.request(host: name)) == false) }
        #expect(await server.endedConnections(1))
        #expect(server.connections[0].ending == .clientClosed)
        #expect(server.peakOpenCount <= 2)
        #expect(connector.statistics.counts == .idle(2))

        let single = try TCPConnector(resolver: StubResolver("127.0.0.1")) { $0.limit = 1 }
        #expect(try await visit(single, server.request(host: "a.test")) == false)
        let other = try await single.connect(to: server.request(host: "b.test"))
        let waiting = EventLoop.shared.startThrowing {
            try await single.connect(to: server.request(host: "a.test"))
        }
        #expect(await eventually { single.statistics.waiting == 1 })
        #expect(single.statistics.inUse == 1)
        other.release()
        let last = try await waiting.value
        #expect(!last.isReused)
        last.close()
        await single.close()
        await connector.close()
    }

    @Test func `unread bytes do not survive a release`() async throws {
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .send("HTTP/1.1 200 OK\r\n\r\nunread"), .hold], [.hold],
        ])
        let connector = try TCPConnector()
        let connection = try await connector.connect(to: server.request())
        try await connection.write(bytes("GET / HTTP/1.1\r\n\r\n"))
        try await connection.transport?.untilReadable(deadline: nil)
        connection.release()
        let next = try await connector.connect(to: server.request())
        #expect(!next.isReused)
        next.close()
        await connector.close()
    }
}
