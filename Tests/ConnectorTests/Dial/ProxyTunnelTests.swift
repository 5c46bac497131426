import HTTPCore
import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct ProxyTunnelTests {
    private static func proxy(_ server: ScriptedServer, kind: Proxy.Kind = .http) -> Proxy {
        var proxy = Proxy(kind: kind, host: "127.0.0.1", port: server.port)
        proxy.tls = Certificates.trusting.configuration
        return proxy
    }

    /// A proxy that opens a tunnel to `target`.
    private static func tunnelling(to target: ScriptedServer) throws -> ScriptedServer {
        try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"),
            .tunnel(to: .ipv4("127.0.0.1", port: target.port)),
        ])
    }

    @Test func `https goes through a tunnel that the proxy is asked for (PROXY-02, PROXY-05, TLS-07)`()
        async throws
    {
        let target = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        let server = try Self.tunnelling(to: target)
        var proxy = Self.proxy(server)
        proxy.user = "Aladdin"
        proxy.password = "open sesame"
        proxy.headers = [Proxy.Header(name: "X-Via", value: "ferry")]
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        var request = target.request("https", host: "localhost.")
        request.proxy = proxy
        let log = EventLog()
        for round in 0..<2 {
            let connection = try await connector.connect(to: request, tracer: log)
            #expect(connection.isReused == (round > 0))
            #expect(try await connection.exchange("/\(round)") == "/\(round)")
            connection.release()
        }
        #expect(
            server.requests.prefix(1).map(\.text) == [
                "CONNECT localhost.:\(target.port) HTTP/1.1\r\nHost: localhost.:\(target.port)\r\n"
                    + "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\nX-Via: ferry\r\n\r\n"
            ])
        #expect(target.connections.first?.tls?.serverName == "localhost")
        // Another name for TLS is the target's too, and needs a tunnel of its own.
        request.serverName = "Example.test."
        let renamed = try await connector.connect(to: request)
        #expect(!renamed.isReused)
        #expect(try await renamed.exchange("/2") == "/2")
        renamed.close()
        #expect(await target.endedConnections(1))
        #expect(target.connections.map { $0.tls?.serverName } == ["localhost", "example.test"])
        #expect(
            server.requests.map(\.line)
                == Array(repeating: "CONNECT localhost.:\(target.port) HTTP/1.1", count: 2))
        #expect(
            log.names == [
                "creating", "attemptStarted", "connected", "tunnelRequested", "tunnelAnswered",
                "handshakeStarted", "created", "reused",
            ])
        await connector.close()
        #expect(await server.endedConnections(2))
    }

    @Test func `plain http goes to the proxy itself, unless it shall be tunnelled (PROXY-01)`() async throws {
        let server = try ScriptedServer { [.respond(body: $0.line)] }
        let connector = try TCPConnector(resolver: StubResolver())
        var request = ConnectionRequest(scheme: "http", host: "far.test")
        request.proxy = Self.proxy(server)
        let connection = try await connector.connect(to: request)
        #expect(connection.endpoint.description == "http://far.test:80 via http://127.0.0.1:\(server.port)")
        #expect(try await connection.exchange("http://far.test/") == "GET http://far.test/ HTTP/1.1")
        connection.release()
        await connector.close()

        let target = try ScriptedServer.echo()
        let tunnel = try Self.tunnelling(to: target)
        request = target.request()
        request.proxy = Self.proxy(tunnel)
        request.proxy?.alwaysTunnels = true
        let other = try TCPConnector()
        let through = try await other.connect(to: request)
        #expect(try await through.exchange("/in") == "/in")
        through.close()
        await other.close()
    }

    @Test func `TLS in TLS: an https proxy's tunnel carries https both ways (PROXY-09)`() async throws {
        let size = 500_000
        let target = try ScriptedServer(
            tls: ServerTLS(Certificates.localhost),
            script: [.expectBytes(size), .sendRepeating(0x61, count: size), .expectRequest, .close])
        let server = try SecureProxy(
            certificatePEM: Certificates.localhost.certificatePEM, keyPEM: Certificates.localhost.keyPEM)
        let serving = EventLoop.shared.startThrowing {
            try await BlockingWorker.shared.run { server.serve() }
        }
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        var request = target.request("https", host: "localhost")
        var proxy = Proxy(kind: .https, host: "127.0.0.1", port: server.port)
        proxy.tls = Certificates.trusting.configuration
        request.proxy = proxy
        let log = EventLog()
        let connection = try await connector.connect(to: request, tracer: log)
        #expect(log.names.count { $0 == "handshakeStarted" } == 2)
        let pattern = patternBytes(size)
        try await connection.write(pattern)
        var count = 0
        while count < size {
            let piece = try await connection.readPiece()
            if piece.isEmpty { break }
            count += piece.count
        }
        #expect(count == size)
        // Idle in the pool and fit again: both layers are quiet.
        connection.release()
        let again = try await connector.connect(to: request)
        #expect(again.isReused)
        again.close()
        await connector.close()
        #expect(try await serving.value.hasPrefix("CONNECT localhost:\(target.port) HTTP/1.1\r\n"))
        #expect(await target.endedConnections(1))
        #expect(target.connections[0].received.prefix(size).elementsEqual(pattern))
    }

    @Test func `the session to resume is the target's, not for its proxy (PROXY-09)`() async throws {
        let target = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        let server = try SecureProxy(
            certificatePEM: Certificates.localhost.certificatePEM, keyPEM: Certificates.localhost.keyPEM)
        let serving = EventLoop.shared.startThrowing {
            try await BlockingWorker.shared.run { [server.serve(), server.serve()] }
        }
        let connector = try TCPConnector {
            $0.forceClose = true
            $0.tls = Certificates.trusting
        }
        var request = target.request("https", host: "localhost")
        request.proxy = Proxy(kind: .https, host: "127.0.0.1", port: server.port)
        request.proxy?.tls = Certificates.trusting.configuration
        for _ in 0..<2 {
            let connection = try await connector.connect(to: request)
            #expect(try await connection.exchange() == "/")
            connection.release()
        }
        await connector.close()
        #expect(try await serving.value.count == 2)
        #expect(await target.endedConnections(2))
        #expect(target.connections.map { $0.tls?.isResumed } == [false, true])
    }

    @Test func `a proxy is not told the zone of an address, which is this machine's (PROXY-02, DNS-19)`()
        async throws
    {
        let server = try ScriptedServer(script: [.expectRequest, .respond(403), .close])
        let connector = try TCPConnector()
        var request = ConnectionRequest(scheme: "http", host: "fe80::1%lo", port: 99)
        request.proxy = Self.proxy(server)
        request.proxy?.alwaysTunnels = true
        for dial in [nil, DialTarget.peer(host: "fe80::2%lo", port: 98)] {
            request.dial = dial
            _ = await connectorError { try await connector.connect(to: request) }
        }
        #expect(
            server.requests.map(\.text)
                == ["[fe80::1]:99", "[fe80::2]:98"].map {
                    "CONNECT \($0) HTTP/1.1\r\nHost: \($0)\r\n\r\n"
                })
        await connector.close()
    }

    @Test func `an https proxy that refuses is told by its status (PROXY-03, PROXY-09)`() async throws {
        let server = try ScriptedServer(
            tls: ServerTLS(Certificates.localhost),
            script: [.expectRequest, .send("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), .close])
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        var request = ConnectionRequest(scheme: "https", host: "far.test")
        request.proxy = Self.proxy(server, kind: .https)
        let error = await connectorError { try await connector.connect(to: request) }
        guard case .proxyRefused(let refusal) = error else { Issue.record("\(error as Any)"); return }
        #expect(refusal.status == 407)
        #expect(server.requests.first?.line == "CONNECT far.test:443 HTTP/1.1")
        await connector.close()
    }

    @Test func `answers that open no tunnel are told with status and head (PROXY-03)`() async throws {
        let target = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        let cases: [(String, Int?, String)] = [
            (
                "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n", 407,
                "it answered 407 Proxy Authentication Required"
            ),
            ("HTTP/1.1 502\r\n\r\n", 502, "it answered 502"),
            ("HTTP/1.1 200 OK\r\n\r\nsurplus", 200, "it sent data before the tunnel was used"),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\n\r\n", 403, "it answered 403 Forbidden"),
        ]
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        for (answer, status, words) in cases {
            let server = try ScriptedServer(script: [.expectRequest, .send(answer), .hold])
            var request = target.request("https")
            request.proxy = Self.proxy(server)
            request.proxy?.user = "u"
            request.proxy?.password = "secret"
            let error = await connectorError { try await connector.connect(to: request) }
            guard case .proxyRefused(let refusal) = error else { Issue.record("\(error as Any)"); return }
            #expect(refusal.status == status)
            #expect(text(refusal.head).hasPrefix("HTTP/1.1 \(status ?? 0)"))
            #expect(
                error?.description
                    == "proxy http://127.0.0.1:\(server.port) gave no tunnel to 127.0.0.1:\(target.port) (TLS): \(words)"
            )
            #expect(connector.statistics.counts == .idle(0))
            #expect(await server.endedConnections(1))
        }
        #expect(target.acceptedCount == 0)
        await connector.close()
    }

    @Test func `a proxy that leaves, breaks off or babbles is refused, not crashed on (PROXY-08)`()
        async throws
    {
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        let scripts: [[ServerStep]] = [
            [.expectRequest, .close], [.expectRequest, .send("HTTP/1.1 2"), .close],
            [.expectRequest, .reset],
            [.expectRequest, .send("SSH-2.0-x\r\n\r\n"), .hold],
            [.expectRequest, .sendByteByByte("HTTP/1.1 503 No\r\n\r\n"), .hold],
        ]
        for script in scripts {
            let server = try ScriptedServer(script: script)
            var request = ConnectionRequest(scheme: "https", host: "far.test")
            request.proxy = Self.proxy(server)
            let error = await connectorError { try await connector.connect(to: request) }
            guard case .proxyRefused = error else { Issue.record("\(error as Any)"); return }
            #expect(openSockets(toPort: server.port) == 0)
        }
        #expect(connector.statistics.counts == .idle(0))
        await connector.close()
    }

    @Test func `a silent proxy runs into the deadline (PROXY-08, CONN-06)`() async throws {
        let server = try ScriptedServer(script: [.hold])
        let connector = try TCPConnector()
        var request = ConnectionRequest(scheme: "https", host: "far.test")
        request.proxy = Self.proxy(server)
        let error = await connectorError {
            try await connector.connect(
                to: request, timeouts: ConnectTimeouts(connect: .milliseconds(1500)))
        }
        #expect(error?.timeoutPhase == .proxy)
        #expect(
            error?.description == "waiting for the proxy's tunnel to far.test:443 (TLS) timed out after 1.5 s"
        )
        #expect(await server.endedConnections(1))
        await connector.close()
    }

    @Test func `a proxy that cannot be reached or resolved is named (PROXY-04, TRACE-08)`() async throws {
        let refused = try RefusedPort()
        let resolver = StubResolver { name in
            guard name.host == "proxy.test" else { return [] }
            throw DNSFailure(host: name.host, port: name.port, code: -2, text: "name or service not known")
        }
        let connector = try TCPConnector(resolver: resolver)
        var request = ConnectionRequest(scheme: "http", host: "far.test")
        request.proxy = Proxy(
            kind: .http, host: "127.0.0.1", port: refused.port, user: "u", password: "secret")
        let dead = await connectorError { try await connector.connect(to: request) }
        guard case .proxyConnect = dead else { Issue.record("\(dead as Any)"); return }
        #expect(
            dead?.description
                == "cannot connect to proxy http://127.0.0.1:\(refused.port): connection refused")
        request.proxy?.host = "Proxy.test"
        let log = EventLog()
        let unknown = await connectorError { try await connector.connect(to: request, tracer: log) }
        #expect(unknown?.description == "cannot resolve proxy.test: name or service not known")
        #expect(log.names == ["creating", "dnsCacheMiss", "resolving", "failed"])
        await connector.close()
    }

    @Test func `certificates and pins inside a tunnel are the target's (PROXY-06, PROXY-07, BUG-20)`()
        async throws
    {
        let target = try ScriptedServer.echo(tls: ServerTLS(Certificates.stranger))
        let modes: [TLSMode] = [
            Certificates.trusting, .pinned(Fingerprint(ofDER: Certificates.localhost.der)),
        ]
        for mode in modes {
            let server = try Self.tunnelling(to: target)
            let connector = try TCPConnector { $0.tls = mode }
            var request = target.request("https")
            request.proxy = Self.proxy(server)
            let error = await connectorError { try await connector.connect(to: request) }
            guard case .tls(let failure) = error else { Issue.record("\(error as Any)"); return }
            #expect(!failure.isProxy)
            #expect(error?.description.hasPrefix("cannot trust 127.0.0.1:\(target.port): ") == true)
            await connector.close()
        }
        let bad = try ScriptedServer(tls: ServerTLS(Certificates.stranger), script: [.hold])
        let connector = try TCPConnector { $0.tls = .insecure }
        var request = target.request("https")
        request.proxy = Self.proxy(bad, kind: .https)
        let error = await connectorError { try await connector.connect(to: request) }
        #expect(
            error?.description
                == "cannot trust proxy https://127.0.0.1:\(bad.port): certificate is self-signed and not trusted"
        )
        await connector.close()
    }
}
