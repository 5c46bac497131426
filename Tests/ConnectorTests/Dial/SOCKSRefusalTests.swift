import HTTPCore
import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct SOCKSRefusalTests {
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
            request.proxy = SOCKSScript.proxy(.socks5h, server)
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
        request.proxy = SOCKSScript.proxy(.socks5h, server)
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
                .expectBytes(3), .sendBytes([5, 0]), .expectBytes(10), .sendBytes(SOCKSScript.granted5),
                SOCKSScript.tunnel(to: target),
            ],
        ])
        let connector = try TCPConnector(resolver: StubResolver("::1", "127.0.0.9", "127.0.0.1"))
        var request = target.request(host: "far.test")
        request.proxy = SOCKSScript.proxy(.socks5, server)
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
            request.proxy = SOCKSScript.proxy(kind, server)
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
        let port = SOCKSScript.wire(target.port)
        let server = try ScriptedServer(scripts: [
            [.hold], [.expectBytes(9), .sendBytes(SOCKSScript.granted4), SOCKSScript.tunnel(to: target)],
        ])
        let connector = try TCPConnector(resolver: StubResolver("0.0.0.5", "127.0.0.1"))
        var request = target.request(host: "far.test")
        request.proxy = SOCKSScript.proxy(.socks4, server)
        let connection = try await connector.connect(to: request)
        #expect(try await connection.exchange() == "/")
        connection.close()
        #expect(
            server.connections.map { Array($0.received.prefix(9)) } == [
                [], [4, 1] + port + [127, 0, 0, 1, 0],
            ])
        // 0.0.0.x is how 4a announces a name, so such an address can only be asked for by name.
        let named = try ScriptedServer(script: [
            .expectBytes(17), .sendBytes(SOCKSScript.granted4), SOCKSScript.tunnel(to: target),
        ])
        request = target.request(host: "0.0.0.5")
        request.proxy = SOCKSScript.proxy(.socks4a, named)
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
            request.proxy = SOCKSScript.proxy(.socks4, server)
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
}
