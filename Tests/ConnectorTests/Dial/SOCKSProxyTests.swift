import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct SOCKSProxyTests {
    private static func proxy(_ kind: Proxy.Kind, _ server: ScriptedServer) -> Proxy {
        Proxy(kind: kind, host: "127.0.0.1", port: server.port)
    }

    /// Both bytes of a port in network order.
    private static func wire(_ port: UInt16) -> [UInt8] { [UInt8(port >> 8), UInt8(port & 0xFF)] }

    private static let granted5: [UInt8] = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    private static let granted4: [UInt8] = [0, 90, 0, 0, 0, 0, 0, 0]

    /// A SOCKS 5 proxy without login that takes a request of `length` bytes and then does `steps`.
    private static func five(_ length: Int, _ steps: ServerStep...) throws -> ScriptedServer {
        try ScriptedServer(script: [.expectBytes(3), .sendBytes([5, 0]), .expectBytes(length)] + steps)
    }

    private static func tunnel(to target: ScriptedServer) -> ServerStep {
        .tunnel(to: .ipv4("127.0.0.1", port: target.port))
    }

    // MARK: On the wire

    @Test(arguments: [Proxy.Kind.socks4, .socks4a, .socks5, .socks5h])
    func `each protocol asks for the target in its own way (PROXY-01)`(kind: Proxy.Kind) async throws {
        let target = try ScriptedServer.echo()
        let port = Self.wire(target.port)
        let name = Array("far.test".utf8)
        let request: [UInt8]
        let answer: [UInt8]
        switch kind {
        case .socks4:
            (request, answer) = ([4, 1] + port + [127, 0, 0, 1] + Array("me".utf8) + [0], Self.granted4)
        case .socks4a:
            request = [4, 1] + port + [0, 0, 0, 1] + Array("me".utf8) + [0] + name + [0]
            answer = Self.granted4
        case .socks5: (request, answer) = ([5, 1, 0, 1, 127, 0, 0, 1] + port, Self.granted5)
        default: (request, answer) = ([5, 1, 0, 3, 8] + name + port, Self.granted5)
        }
        let isFive = kind == .socks5 || kind == .socks5h
        let login: [ServerStep] = isFive ? [.expectBytes(4), .sendBytes([5, 0])] : []
        let server = try ScriptedServer(
            script: login + [.expectBytes(request.count), .sendBytes(answer), Self.tunnel(to: target)])
        // The first address is of a kind that SOCKS 4 cannot carry.
        let resolver = StubResolver { name in
            (kind == .socks4 ? ["::1"] : []).compactMap { SocketAddress(numericHost: $0, port: name.port) }
                + [.ipv4(0x7F00_0001, port: name.port)]
        }
        let connector = try TCPConnector(resolver: resolver)
        var wanted = target.request(host: "far.test")
        wanted.proxy = Self.proxy(kind, server)
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
            let server = try Self.five(length, .sendBytes([5, 2]), .hold)
            let resolver = StubResolver()
            let connector = try TCPConnector(resolver: resolver)
            var request = ConnectionRequest(scheme: "http", host: host, port: 0x1234)
            request.proxy = Self.proxy(kind, server)
            _ = await connectorError { try await connector.connect(to: request) }
            let sent = server.connections[0].received.dropFirst(3)
            #expect(sent.count == length && sent.dropFirst(3).first == (length == 22 ? 4 : 1))
            #expect(sent.suffix(2).elementsEqual([0x12, 0x34]))
            #expect(resolver.questions.isEmpty)
            await connector.close()
        }
    }

    @Test
    func
        `https is TLS inside, and the connection is pooled under the full key (PROXY-02, PROXY-05, POOL-01)`()
        async throws
    {
        let target = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        let server = try Self.five(16, .sendBytes(Self.granted5), Self.tunnel(to: target))
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        var request = target.request("https", host: "localhost")
        request.proxy = Self.proxy(.socks5h, server)
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
            .sendBytes(Self.granted5), Self.tunnel(to: target),
        ])
        let connector = try TCPConnector()
        var request = target.request()
        request.proxy = Self.proxy(.socks5, server)
        request.proxy?.user = "me"
        request.proxy?.password = "geheim"
        let connection = try await connector.connect(to: request)
        #expect(try await connection.exchange("/in") == "/in")
        connection.close()
        #expect(
            server.connections[0].received
                == [5, 2, 0, 2, 1, 2] + bytes("me") + [6] + bytes("geheim") + [5, 1, 0, 1, 127, 0, 0, 1]
                + Self.wire(target.port))
        await connector.close()
    }

    @Test func `a login that must not be sent is not offered`() async throws {
        let server = try ScriptedServer(script: [.expectBytes(3), .sendBytes([5, 255]), .hold])
        let connector = try TCPConnector()
        var request = ConnectionRequest(scheme: "http", host: "far.test")
        request.proxy = Self.proxy(.socks5h, server)
        request.proxy?.user = "me"
        request.proxy?.sendsLogin = false
        let error = await connectorError { try await connector.connect(to: request) }
        #expect(error?.description.hasSuffix(": it wants a login, and none was given") == true)
        #expect(server.connections[0].received == [5, 1, 0])
        await connector.close()
    }

    @Test func `where the request is redirected to, the proxy is asked for that peer`() async throws {
        let target = try ScriptedServer.echo()
        let server = try Self.five(10, .sendBytes(Self.granted5), Self.tunnel(to: target))
        let connector = try TCPConnector(resolver: StubResolver())
        var request = ConnectionRequest(scheme: "http", host: "far.test")
        request.dial = .peer(host: "127.0.0.1", port: target.port)
        request.proxy = Self.proxy(.socks5, server)
        let connection = try await connector.connect(to: request)
        #expect(try await connection.exchange() == "/")
        connection.close()
        await connector.close()
    }

    // MARK: Refusals

    @Test func `a refusal is told in words, and the socket is closed (PROXY-03, PROXY-05, ERR-02)`()
        async throws
    {
        let cases: [([ServerStep], String)] = [
            (
                [.expectBytes(4), .sendBytes([5, 255]), .hold],
                "it accepts neither the login that was offered nor none"
            ),
            (
                [.expectBytes(4), .sendBytes([5, 2]), .expectBytes(10), .sendBytes([1, 1]), .hold],
                "it refused the user name or the password"
            ),
            (
                [.expectBytes(4), .sendBytes([5, 0]), .expectBytes(15), .sendBytes([5, 5]), .close],
                "the connection was refused there (code 5)"
            ),
            (
                [.expectBytes(4), .send("HTTP/1.1 400 Bad Request\r\n\r\n"), .close],
                "it does not speak SOCKS 5: its answer starts with byte 72"
            ),
            ([.expectBytes(4), .close], "it closed the connection without an answer"),
            (
                [
                    .expectBytes(4), .sendBytes([5, 0]), .expectBytes(15), .sendBytes([5, 0, 0, 1, 0]),
                    .close,
                ],
                "it closed the connection in the middle of its answer"
            ),
            (
                [
                    .expectBytes(4), .sendBytes([5, 0]), .expectBytes(15), .sendBytes([5, 0, 0, 2, 0]), .hold,
                ],
                "its answer has an address of the unknown type 2"
            ),
        ]
        let connector = try TCPConnector()
        for (script, words) in cases {
            let server = try ScriptedServer(script: script)
            var request = ConnectionRequest(scheme: "http", host: "far.test")
            request.proxy = Self.proxy(.socks5h, server)
            request.proxy?.user = "me"
            request.proxy?.password = "geheim"
            let error = await connectorError { try await connector.connect(to: request) }
            guard case .proxyRefused(let refusal) = error else { Issue.record("\(error as Any)"); continue }
            #expect(refusal.status == nil && refusal.head.isEmpty && refusal.proxy.kind == .socks5h)
            #expect(
                error?.description
                    == "proxy socks5h://127.0.0.1:\(server.port) gave no tunnel to far.test:80: \(words)")
            #expect(openSockets(toPort: server.port) == 0)
        }
        #expect(connector.statistics.counts == .idle(0))
        await connector.close()
    }

    @Test func `an answer may come byte by byte, and what follows it belongs to the target (PROXY-03)`()
        async throws
    {
        let server = try ScriptedServer(script: [
            .expectBytes(3), .sendByteByByte("\u{5}\0"), .expectBytes(15),
            .sendByteByByte(
                "\u{5}\0\0\u{1}\0\0\0\0\0\0HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
            .hold,
        ])
        let connector = try TCPConnector()
        var request = ConnectionRequest(scheme: "http", host: "far.test")
        request.proxy = Self.proxy(.socks5h, server)
        let connection = try await connector.connect(to: request)
        #expect(try await connection.exchange() == "hi")
        connection.close()
        await connector.close()
    }

    @Test func `an address that the proxy cannot reach makes way for the next`() async throws {
        let target = try ScriptedServer.echo()
        let server = try ScriptedServer(scripts: [
            [.expectBytes(3), .sendBytes([5, 0]), .expectBytes(22), .sendBytes([5, 8]), .close],
            [.expectBytes(3), .sendBytes([5, 0]), .expectBytes(10), .sendBytes([5, 5, 0, 1]), .close],
            [
                .expectBytes(3), .sendBytes([5, 0]), .expectBytes(10), .sendBytes(Self.granted5),
                Self.tunnel(to: target),
            ],
        ])
        let connector = try TCPConnector(resolver: StubResolver("::1", "127.0.0.9", "127.0.0.1"))
        var request = target.request(host: "far.test")
        request.proxy = Self.proxy(.socks5, server)
        let connection = try await connector.connect(to: request)
        #expect(try await connection.exchange() == "/")
        connection.close()
        #expect(server.connections[2].received.dropFirst(7).prefix(4).elementsEqual([127, 0, 0, 1]))
        await connector.close()

        // What concerns every address alike is not tried again.
        let greeted: [ServerStep] = [.expectBytes(3), .sendBytes([5, 0]), .expectBytes(10)]
        let four: ServerStep = .expectBytes(9)
        let strict: [(Proxy.Kind, [ServerStep], tries: Int)] = [
            (.socks5, [.expectBytes(3), .sendBytes([5, 255]), .close], 1),
            (.socks5, greeted + [.sendBytes([5, 7]), .close], 1), (.socks5, greeted + [.close], 1),
            (.socks5, greeted + [.reset], 1), (.socks5, greeted + [.sendBytes([5, 2]), .close], 2),
            (.socks4, [four, .sendBytes([0, 91]), .close], 2),
            (.socks4, [four, .sendBytes([0, 92]), .close], 1),
            (.socks4, [four, .sendBytes([0, 93]), .close], 1),
        ]
        let other = try TCPConnector(resolver: StubResolver("127.0.0.9", "127.0.0.1"))
        for (index, (kind, script, tries)) in strict.enumerated() {
            let server = try ScriptedServer(script: script)
            request.proxy = Self.proxy(kind, server)
            _ = await connectorError { try await other.connect(to: request) }
            #expect(await server.endedConnections(tries), "row \(index)")
            #expect(server.acceptedCount == tries, "row \(index)")
        }
        await other.close()
    }

    @Test func `an address that SOCKS 4 cannot carry makes way for the next, or is a name to 4a`()
        async throws
    {
        let target = try ScriptedServer.echo()
        let port = Self.wire(target.port)
        let server = try ScriptedServer(scripts: [
            [.hold], [.expectBytes(9), .sendBytes(Self.granted4), Self.tunnel(to: target)],
        ])
        let connector = try TCPConnector(resolver: StubResolver("0.0.0.5", "127.0.0.1"))
        var request = target.request(host: "far.test")
        request.proxy = Self.proxy(.socks4, server)
        let connection = try await connector.connect(to: request)
        #expect(try await connection.exchange() == "/")
        connection.close()
        #expect(
            server.connections.map { Array($0.received.prefix(9)) } == [
                [], [4, 1] + port + [127, 0, 0, 1, 0],
            ])
        // 0.0.0.x is how 4a announces a name, so such an address can only be asked for by name.
        let named = try ScriptedServer(script: [
            .expectBytes(17), .sendBytes(Self.granted4), Self.tunnel(to: target),
        ])
        request = target.request(host: "0.0.0.5")
        request.proxy = Self.proxy(.socks4a, named)
        let other = try await connector.connect(to: request)
        #expect(try await other.exchange() == "/")
        other.close()
        #expect(
            Array(named.connections[0].received.prefix(17))
                == [4, 1] + port + [0, 0, 0, 1, 0] + bytes("0.0.0.5") + [0])
        await connector.close()
    }

    @Test func `SOCKS 4 to a host with IPv6 addresses only is refused before anything is sent`() async throws
    {
        let server = try ScriptedServer(script: [.hold])
        let connector = try TCPConnector(resolver: StubResolver("::1"))
        for host in ["far.test", "::1"] {
            var request = ConnectionRequest(scheme: "http", host: host)
            request.proxy = Self.proxy(.socks4, server)
            let error = await connectorError { try await connector.connect(to: request) }
            #expect(
                error?.description.hasSuffix(": the protocol cannot carry an IPv6 address in SOCKS 4") == true
            )
        }
        #expect(await server.endedConnections(2))
        #expect(server.connections.allSatisfy { $0.received.isEmpty })
        await connector.close()
    }

    @Test
    func
        `a proxy that cannot be reached or resolved is named, and so is the target (PROXY-04, TRACE-08, ERR-02)`()
        async throws
    {
        let refused = try RefusedPort()
        let resolver = StubResolver { name in
            throw DNSFailure(host: name.host, port: name.port, code: -2, text: "name or service not known")
        }
        let connector = try TCPConnector(resolver: resolver)
        var request = ConnectionRequest(scheme: "http", host: "far.test")
        request.proxy = Proxy(
            kind: .socks5h, host: "127.0.0.1", port: refused.port, user: "u", password: "geheim")
        let dead = await connectorError { try await connector.connect(to: request) }
        guard case .proxyConnect = dead else { Issue.record("\(dead as Any)"); return }
        #expect(
            dead?.description
                == "cannot connect to proxy socks5h://127.0.0.1:\(refused.port): connection refused")
        request.proxy?.host = "Proxy.test"
        let log = EventLog()
        let unknown = await connectorError { try await connector.connect(to: request, tracer: log) }
        #expect(unknown?.description == "cannot resolve proxy.test: name or service not known")
        #expect(log.names == ["creating", "dnsCacheMiss", "resolving", "failed"])
        request.proxy?.kind = .socks5
        let target = await connectorError { try await connector.connect(to: request) }
        #expect(target?.description == "cannot resolve far.test: name or service not known")
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
            request.proxy = Self.proxy(.socks5h, server)
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
            request.proxy = Self.proxy(kind, server)
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
            let server = try Self.five(10, .sendBytes(Self.granted5), Self.tunnel(to: target))
            let connector = try TCPConnector { $0.tls = mode }
            var request = target.request("https")
            request.proxy = Self.proxy(.socks5, server)
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
                .expectBytes(3), .sendBytes([5, 0]), .expectBytes(10), .sendBytes(Self.granted5),
                Self.tunnel(to: target),
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
            .expectRequest, .send("HTTP/1.1 200 OK\r\n\r\n"), Self.tunnel(to: target),
        ])
        let socks = try Self.five(17, .sendBytes(Self.granted5), Self.tunnel(to: http))
        let connector = try TCPConnector(resolver: StubResolver()) {
            $0.tls = Certificates.trusting
        }
        var request = target.request("https")
        var proxy = Proxy(kind: .http, host: "Proxy.test", port: http.port)
        proxy.preproxy = Self.proxy(.socks5h, socks)
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
                [5, 1, 0, 3, 10] + bytes("proxy.test") + Self.wire(http.port)))
        #expect(http.requests[0].line == "CONNECT 127.0.0.1:\(target.port) HTTP/1.1")
        // A plain request asks the HTTP proxy in absolute form, through the SOCKS one.
        let forward = try ScriptedServer { [.respond(body: $0.target)] }
        let other = try Self.five(17, .sendBytes(Self.granted5), Self.tunnel(to: forward))
        request = ConnectionRequest(scheme: "http", host: "far.test")
        proxy.preproxy = Self.proxy(.socks5h, other)
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
