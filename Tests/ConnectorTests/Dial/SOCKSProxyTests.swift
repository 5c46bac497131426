import HTTPCore
import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct SOCKSProxyTests {
    @Test(arguments: [Proxy.Kind.socks4, .socks4a, .socks5, .socks5h])
    func `each protocol asks for the target in its own way (PROXY-01)`(kind: Proxy.Kind) async throws {
        let target = try ScriptedServer.echo()
        let port = SOCKSScript.wire(target.port)
        let name = Array("far.test".utf8)
        let request: [UInt8]
        let answer: [UInt8]
        switch kind {
        case .socks4:
            (request, answer) = (
                [4, 1] + port + [127, 0, 0, 1] + Array("me".utf8) + [0], SOCKSScript.granted4
            )
        case .socks4a:
            request = [4, 1] + port + [0, 0, 0, 1] + Array("me".utf8) + [0] + name + [0]
            answer = SOCKSScript.granted4
        case .socks5: (request, answer) = ([5, 1, 0, 1, 127, 0, 0, 1] + port, SOCKSScript.granted5)
        default: (request, answer) = ([5, 1, 0, 3, 8] + name + port, SOCKSScript.granted5)
        }
        let isFive = kind == .socks5 || kind == .socks5h
        let login: [ServerStep] = isFive ? [.expectBytes(4), .sendBytes([5, 0])] : []
        let server = try ScriptedServer(
            script: login + [.expectBytes(request.count), .sendBytes(answer), SOCKSScript.tunnel(to: target)])
        // The first address is of a kind that SOCKS 4 cannot carry.
        let resolver = StubResolver { name in
            (kind == .socks4 ? ["::1"] : []).compactMap { SocketAddress(numericHost: $0, port: name.port) }
                + [.ipv4(0x7F00_0001, port: name.port)]
        }
        let connector = try TCPConnector(resolver: resolver)
        var wanted = target.request(host: "far.test")
        wanted.proxy = SOCKSScript.proxy(kind, server)
        wanted.proxy?.user = "me"
        let connection = try await connector.connect(to: wanted)
        // The request is written as to the origin: nothing of the proxy is left in the way.
        #expect(try await connection.exchange("/x") == "/x")
        #expect(
            connection.endpoint.description
                == "http://far.test:\(target.port) via \(kind.rawValue)://127.0.0.1:\(server.port)")
        connection.release()
        #expect(server.connections[0].received == (isFive ? [5, 2, 0, 2] : []) + request)
        let asksHere = kind == .socks4 || kind == .socks5
        #expect(resolver.questions.map(\.host) == (asksHere ? ["far.test"] : []))
        await connector.close()
    }

    @Test(arguments: ["::1", "127.0.0.1"])
    func `addresses are sent as addresses, never asked for (PROXY-01)`(host: String) async throws {
        let length = host == "::1" ? 22 : 10
        for kind in [Proxy.Kind.socks5, .socks5h] {
            let server = try SOCKSScript.five(length, .sendBytes([5, 2]), .hold)
            let resolver = StubResolver()
            let connector = try TCPConnector(resolver: resolver)
            var request = ConnectionRequest(scheme: "http", host: host, port: 0x1234)
            request.proxy = SOCKSScript.proxy(kind, server)
            _ = await connectorError { try await connector.connect(to: request) }
            let sent = server.connections[0].received.dropFirst(3)
            #expect(sent.count == length && sent.dropFirst(3).first == (length == 22 ? 4 : 1))
            #expect(sent.suffix(2).elementsEqual([0x12, 0x34]))
            #expect(resolver.questions.isEmpty)
            await connector.close()
        }
    }

    @Test(arguments: ["lo", "no-such-zone"])
    func `the zone of an address is not sent (PROXY-01)`(zone: String) async throws {
        let address = [0xFE, 0x80] + Array(repeating: 0, count: 13) + [1] as [UInt8]
        for (kind, sent) in [
            (Proxy.Kind.socks5, [5, 1, 0, 4] + address + [0, 99]),
            (.socks5h, [5, 1, 0, 4] + address + [0, 99]),
            (.socks4a, [4, 1, 0, 99, 0, 0, 0, 1, 0] + Array("fe80::1".utf8) + [0]),
        ] {
            let isFive = kind != .socks4a
            let server = try ScriptedServer(
                script: (isFive ? [.expectBytes(3), .sendBytes([5, 0])] : [])
                    + [.expectBytes(sent.count), .sendBytes(isFive ? [5, 2] : [0, 91]), .hold])
            let connector = try TCPConnector(resolver: StubResolver())
            var request = ConnectionRequest(scheme: "http", host: "fe80::1%\(zone)", port: 99)
            request.proxy = SOCKSScript.proxy(kind, server)
            _ = await connectorError { try await connector.connect(to: request) }
            #expect(server.connections[0].received.dropFirst(isFive ? 3 : 0).elementsEqual(sent), "\(kind)")
            await connector.close()
        }
    }

    @Test
    func
        `https is TLS inside, and the connection is pooled under the full key (PROXY-02, PROXY-05, POOL-01)`()
        async throws
    {
        let target = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        let server = try SOCKSScript.five(
            16, .sendBytes(SOCKSScript.granted5), SOCKSScript.tunnel(to: target))
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        var request = target.request("https", host: "localhost")
        request.proxy = SOCKSScript.proxy(.socks5h, server)
        let log = EventLog()
        for round in 0..<2 {
            let connection = try await connector.connect(to: request, tracer: log)
            #expect(connection.isReused == (round > 0))
            #expect(try await connection.exchange("/\(round)") == "/\(round)")
            connection.release()
        }
        #expect(target.connections[0].tls?.serverName == "localhost")
        #expect(
            log.names == [
                "creating", "attemptStarted", "connected", "socksRequested", "handshakeStarted", "created",
                "reused",
            ])
        // Another login or protocol is another key; a direct connection as well.
        request.proxy?.user = "other"
        let other = try await Self.offersOtherKey(connector, request, target)
        #expect(other)
        await connector.close()
        #expect(await server.endedConnections(1))
    }

    private static func offersOtherKey(
        _ connector: TCPConnector, _ request: ConnectionRequest, _ target: ScriptedServer
    ) async throws -> Bool {
        let plain = ConnectionRequest(scheme: "https", host: "localhost", port: target.port)
        return try connector.endpoint(for: request) != connector.endpoint(for: plain)
            && connector.statistics(for: connector.endpoint(for: request).group).idle == 1
    }

    @Test func `a login is sent when the proxy asks for it (PROXY-01)`() async throws {
        let target = try ScriptedServer.echo()
        let server = try ScriptedServer(script: [
            .expectBytes(4), .sendBytes([5, 2]), .expectBytes(10), .sendBytes([1, 0]), .expectBytes(10),
            .sendBytes(SOCKSScript.granted5), SOCKSScript.tunnel(to: target),
        ])
        let connector = try TCPConnector()
        var request = target.request()
        request.proxy = SOCKSScript.proxy(.socks5, server)
        request.proxy?.user = "me"
        request.proxy?.password = "geheim"
        let connection = try await connector.connect(to: request)
        #expect(try await connection.exchange("/in") == "/in")
        connection.close()
        #expect(
            server.connections[0].received
                == [5, 2, 0, 2, 1, 2] + bytes("me") + [6] + bytes("geheim") + [5, 1, 0, 1, 127, 0, 0, 1]
                + SOCKSScript.wire(target.port))
        await connector.close()
    }

    @Test func `a login that must not be sent is not offered`() async throws {
        let server = try ScriptedServer(script: [.expectBytes(3), .sendBytes([5, 255]), .hold])
        let connector = try TCPConnector()
        var request = ConnectionRequest(scheme: "http", host: "far.test")
        request.proxy = SOCKSScript.proxy(.socks5h, server)
        request.proxy?.user = "me"
        request.proxy?.sendsLogin = false
        let error = await connectorError { try await connector.connect(to: request) }
        #expect(error?.description.hasSuffix(": it wants a login, and none was given") == true)
        #expect(server.connections[0].received == [5, 1, 0])
        await connector.close()
    }

    @Test func `where the request is redirected to, the proxy is asked for that peer`() async throws {
        let target = try ScriptedServer.echo()
        let server = try SOCKSScript.five(
            10, .sendBytes(SOCKSScript.granted5), SOCKSScript.tunnel(to: target))
        let connector = try TCPConnector(resolver: StubResolver())
        var request = ConnectionRequest(scheme: "http", host: "far.test")
        request.dial = .peer(host: "127.0.0.1", port: target.port)
        request.proxy = SOCKSScript.proxy(.socks5, server)
        let connection = try await connector.connect(to: request)
        #expect(try await connection.exchange() == "/")
        connection.close()
        await connector.close()
    }

    // MARK: Waiting

    @Test func `a silent proxy runs into the deadline, at each step (PROXY-08, CONN-06)`() async throws {
        let scripts: [[ServerStep]] = [
            [.hold], [.expectBytes(3), .sendBytes([5, 0]), .hold],
            [.expectBytes(3), .sendBytes([5, 0]), .expectBytes(15), .sendBytes([5, 0, 0, 1]), .hold],
        ]
        for script in scripts {
            let server = try ScriptedServer(script: script)
            let connector = try TCPConnector()
            var request = ConnectionRequest(scheme: "http", host: "far.test")
            request.proxy = SOCKSScript.proxy(.socks5h, server)
            let error = await connectorError {
                try await connector.connect(
                    to: request, timeouts: ConnectTimeouts(connect: .milliseconds(300)))
            }
            #expect(error?.timeoutPhase == .proxy)
            #expect(
                error?.description == "waiting for the proxy's tunnel to far.test:80 timed out after 0.3 s")
            #expect(await server.endedConnections(1))
            #expect(connector.statistics.counts == .idle(0))
            await connector.close()
        }
    }

    @Test(arguments: [Proxy.Kind.socks5h, .socks4a, .http])
    func `a cancelled task and a closed connector end the handshake and the socket (PROXY-05, PROXY-08)`(
        kind: Proxy.Kind
    ) async throws {
        for closes in [false, true] {
            let server = try ScriptedServer(script: [.hold])
            let connector = try TCPConnector { $0.limit = 1 }
            var request = ConnectionRequest(scheme: "https", host: "far.test")
            request.proxy = SOCKSScript.proxy(kind, server)
            let wanted = request
            let task = EventLoop.shared.startThrowing { try await connector.connect(to: wanted) }
            #expect(await eventually { server.connections.first?.received.isEmpty == false })
            if closes {
                await connector.close()
                guard case .failure(let error) = await task.result else { Issue.record("connected"); return }
                #expect((error as? ConnectorError)?.isClosed == true)
            } else {
                task.cancel()
                #expect(await wasCancelled(task))
                #expect(connector.statistics.counts == .idle(0))
            }
            #expect(await server.endedConnections(1))
            #expect(openSockets(toPort: server.port) == 0)
            await connector.close()
        }
    }

    // MARK: TLS inside

    @Test func `certificates and pins inside are the target's (PROXY-06, PROXY-07)`() async throws {
        let target = try ScriptedServer.echo(tls: ServerTLS(Certificates.stranger))
        let modes: [TLSMode] = [
            Certificates.trusting, .pinned(Fingerprint(ofDER: Certificates.localhost.der)),
        ]
        for mode in modes {
            let server = try SOCKSScript.five(
                10, .sendBytes(SOCKSScript.granted5), SOCKSScript.tunnel(to: target))
            let connector = try TCPConnector { $0.tls = mode }
            var request = target.request("https")
            request.proxy = SOCKSScript.proxy(.socks5, server)
            let error = await connectorError { try await connector.connect(to: request) }
            guard case .tls(let failure) = error else { Issue.record("\(error as Any)"); return }
            #expect(!failure.isProxy)
            #expect(error?.description.hasPrefix("cannot trust 127.0.0.1:\(target.port): ") == true)
            #expect(connector.statistics.counts == .idle(0))
            await connector.close()
        }
    }

    // MARK: Other ways to the proxy

    @Test func `a proxy on a Unix socket (PROXY-01, PROXY-04)`() async throws {
        let folder = try TemporaryDirectory()
        let target = try ScriptedServer.echo()
        let server = try ScriptedServer(
            on: .unix(folder.file("s")),
            script: [
                .expectBytes(3), .sendBytes([5, 0]), .expectBytes(10), .sendBytes(SOCKSScript.granted5),
                SOCKSScript.tunnel(to: target),
            ])
        let connector = try TCPConnector(resolver: StubResolver())
        var request = target.request()
        request.proxy = Proxy(kind: .socks5h, host: "localhost", port: 1080)
        request.proxy?.socketPath = folder.file("s")
        let connection = try await connector.connect(to: request)
        #expect(try await connection.exchange() == "/")
        connection.release()
        let again = try await connector.connect(to: request)
        #expect(again.isReused)
        again.close()
        request.proxy?.socketPath = folder.file("none")
        let missing = await connectorError { try await connector.connect(to: request) }
        guard case .proxyConnect = missing else { Issue.record("\(missing as Any)"); return }
        #expect(
            missing?.description
                == "cannot connect to proxy socks5h://localhost\(folder.file("none")): no such file or directory"
        )
        await connector.close()
        withExtendedLifetime(server) {}
    }

    @Test func `a SOCKS proxy stands before an HTTP one, which is reached through it (PROXY-02)`()
        async throws
    {
        let target = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        let http = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\n\r\n"), SOCKSScript.tunnel(to: target),
        ])
        let socks = try SOCKSScript.five(17, .sendBytes(SOCKSScript.granted5), SOCKSScript.tunnel(to: http))
        let connector = try TCPConnector(resolver: StubResolver()) {
            $0.tls = Certificates.trusting
        }
        var request = target.request("https")
        var proxy = Proxy(kind: .http, host: "Proxy.test", port: http.port)
        proxy.preproxy = SOCKSScript.proxy(.socks5h, socks)
        request.proxy = proxy
        let connection = try await connector.connect(to: request)
        #expect(try await connection.exchange("/both") == "/both")
        #expect(
            connection.endpoint.description
                == "https://127.0.0.1:\(target.port) via http://proxy.test:\(http.port) "
                + "via socks5h://127.0.0.1:\(socks.port)")
        connection.close()
        #expect(
            socks.connections[0].received.dropFirst(3).elementsEqual(
                [5, 1, 0, 3, 10] + bytes("proxy.test") + SOCKSScript.wire(http.port)))
        #expect(http.requests[0].line == "CONNECT 127.0.0.1:\(target.port) HTTP/1.1")
        // A plain request asks the HTTP proxy in absolute form, through the SOCKS one.
        let forward = try ScriptedServer { [.respond(body: $0.target)] }
        let other = try SOCKSScript.five(
            17, .sendBytes(SOCKSScript.granted5), SOCKSScript.tunnel(to: forward))
        request = ConnectionRequest(scheme: "http", host: "far.test")
        proxy.preproxy = SOCKSScript.proxy(.socks5h, other)
        request.proxy = proxy
        let plain = try await connector.connect(to: request)
        #expect(try await plain.exchange("http://far.test/") == "http://far.test/")
        plain.close()
        await connector.close()
    }

    @Test func `a SOCKS proxy behind another is refused, and a dead one in front is named`() async throws {
        let refused = try RefusedPort()
        let connector = try TCPConnector()
        var proxy = Proxy(kind: .socks5, host: "127.0.0.1", port: 1)
        proxy.preproxy = Proxy(kind: .socks5, host: "127.0.0.1", port: refused.port)
        var request = ConnectionRequest(scheme: "http", host: "127.0.0.1")
        request.proxy = proxy
        let twice = await connectorError { try await connector.connect(to: request) }
        #expect(twice?.description.hasSuffix(": a SOCKS proxy cannot stand behind another one") == true)
        request.proxy?.kind = .http
        let dead = await connectorError { try await connector.connect(to: request) }
        #expect(
            dead?.description
                == "cannot connect to proxy socks5://127.0.0.1:\(refused.port): connection refused")
        await connector.close()
    }

    // MARK: A real one

    @Test func `microsocks connects, with and without a login (PROXY-01, PROXY-02)`() async throws {
        let plain = try ScriptedServer.echo()
        let secure = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        let open = try Microsocks()
        let closed = try Microsocks(user: "me", password: "geheim")
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        for server in [open, closed] {
            for (target, scheme) in [(plain, "http"), (secure, "https")] {
                for kind in [Proxy.Kind.socks5, .socks5h] {
                    var request = target.request(scheme, host: "localhost")
                    request.proxy = Proxy(
                        kind: kind, host: "127.0.0.1", port: server.port, user: "me", password: "geheim")
                    let connection = try await connector.connect(to: request)
                    #expect(try await connection.exchange("/m") == "/m")
                    connection.close()
                }
            }
        }
        var request = plain.request(host: "127.0.0.1")
        request.proxy = Proxy(kind: .socks5, host: "127.0.0.1", port: closed.port, user: "me", password: "no")
        let wrong = await connectorError { try await connector.connect(to: request) }
        #expect(wrong?.description.hasSuffix(": it refused the user name or the password") == true)
        request.proxy?.user = nil
        let none = await connectorError { try await connector.connect(to: request) }
        #expect(none?.description.hasSuffix(": it wants a login, and none was given") == true)
        let dead = try RefusedPort()
        request = ConnectionRequest(scheme: "http", host: "127.0.0.1", port: dead.port)
        request.proxy = Proxy(kind: .socks5, host: "127.0.0.1", port: open.port)
        let refused = await connectorError { try await connector.connect(to: request) }
        #expect(refused?.description.hasSuffix(": the connection was refused there (code 5)") == true)
        await connector.close()
    }
}
