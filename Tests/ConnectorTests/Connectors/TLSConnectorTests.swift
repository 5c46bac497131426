import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct TLSConnectorTests {
    init() {
        // Made here, so that no deadline of a test pays for it.
        _ = (Certificates.localhost, Certificates.stranger, Certificates.elsewhere)
    }

    @Test func `bytes pass through TLS, and the connection is used again (TLS-01, TLS-15, PARAM-08)`()
        async throws
    {
        let server = try ScriptedServer.secureEcho(alpn: ["http/1.1"])
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        for round in 0..<3 {
            let connection = try await connector.connect(to: server.request("https", host: "localhost"))
            #expect(connection.useCount == round)
            #expect(connection.transport?.tls?.applicationProtocol == "http/1.1")
            #expect(try await connection.exchange("/\(round)") == "/\(round)")
            connection.release()
        }
        await connector.close()
        #expect(await server.endedConnections(1))
        #expect(server.connections[0].ending == .clientCloseNotify)
        #expect(server.connections[0].tls?.serverName == "localhost")
        #expect(server.connections[0].tls?.alpn == "http/1.1")
    }

    @Test(arguments: ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"])
    func `a second connection resumes the first one's session`(priority: String) async throws {
        let server = try ScriptedServer.secureEcho(priority: priority)
        let connector = try TCPConnector {
            $0.forceClose = true
            $0.tls = Certificates.trusting
        }
        for round in 0..<3 {
            let connection = try await connector.connect(to: server.request("https", host: "localhost"))
            #expect(connection.transport?.tls?.isResumed == (round > 0))
            #expect(try await connection.exchange() == "/")
            connection.release()
        }
        await connector.close()
        #expect(await server.endedConnections(3))
        #expect(server.connections.map { $0.tls?.isResumed } == [false, true, true])
    }

    @Test func `a session that was used again and again is resumed by one connection only`() async throws {
        let server = try ScriptedServer.secureEcho()
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        for _ in 0..<3 {
            let connection = try await connector.connect(to: server.request("https", host: "localhost"))
            #expect(try await connection.exchange() == "/")
            connection.release()
        }
        // All at once, so that none is there to leave another ticket.
        var connections: [Connection] = []
        for _ in 0..<3 {
            connections.append(try await connector.connect(to: server.request("https", host: "localhost")))
        }
        #expect(connections.map { $0.transport?.tls?.isResumed } == [false, true, false])
        for connection in connections { connection.close() }
        await connector.close()
    }

    @Test func `a client certificate is shown also to who names other authorities`() async throws {
        let client = TestCertificates.leaf(names: ["client"], issuer: Certificates.root, purpose: .client)
        let folder = try TemporaryDirectory()
        let file = try folder.write(client.certificatePEM + client.keyPEM, to: "client.pem")
        let server = try ScriptedServer.echo(
            tls: ServerTLS(
                Certificates.localhost, clientAuthority: TestCertificates.authority(name: "Another")))
        var configuration = Certificates.trusting.configuration
        configuration.clientIdentity = ClientIdentity(certificate: file)
        let connector = try TCPConnector { $0.tls = .custom(configuration) }
        // The server judges it, and says so after the handshake with TLS 1.3.
        if let connection = try? await connector.connect(to: server.request("https")) {
            _ = await connectorError { try await connection.readPiece() }
            connection.close()
        }
        #expect(await server.endedConnections(1))
        #expect(server.connections[0].ending == .failed("TLS handshake: client certificate refused"))
        await connector.close()
    }

    @Test func `a reset after the handshake is the socket's error`() async throws {
        let server = try ScriptedServer(
            tls: ServerTLS(Certificates.localhost), script: [.expectRequest, .send("half"), .reset])
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        let connection = try await connector.connect(to: server.request("https"))
        try await connection.write(bytes("GET / HTTP/1.1\r\n\r\n"))
        let error = await connectorError {
            while try await !connection.readPiece().isEmpty {}
        }
        connection.close()
        guard case .io(let failure) = error else { Issue.record("\(error as Any)"); return }
        #expect(failure.cause == .io(.connectionReset))
        await connector.close()
    }

    @Test func `who reads hears at once of a close, however long TLS may say goodbye (CLOSE-11)`()
        async throws
    {
        let gate = Gate()
        defer { gate.open() }
        let server = try ScriptedServer(
            tls: ServerTLS(Certificates.localhost), script: [.pause(until: gate), .hold])
        let connector = try TCPConnector {
            $0.tlsShutdownTimeout = .seconds(30)
            $0.tls = Certificates.trusting
        }
        let connection = try await connector.connect(to: server.request("https"))
        var isOver = false
        let reader = EventLoop.shared.startThrowing {
            defer { isOver = true }
            return try await connection.readPiece()
        }
        for _ in 0..<3 { try await EventLoop.shared.sleep(until: .now) }
        connection.close()
        #expect(await eventually { isOver })
        guard case .failure = await reader.result else { Issue.record("read"); return }
        gate.open()
        await connector.close()
    }

    @Test func `a server that stays silent runs into the deadline (TLS-14, CONN-06)`() async throws {
        let server = try ScriptedServer(script: [.hold])
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        let error = await connectorError {
            try await connector.connect(
                to: server.request("https"), timeouts: ConnectTimeouts(connect: .milliseconds(1500)))
        }
        #expect(error?.timeoutPhase == .tls)
        #expect(
            error?.description == "the TLS handshake with 127.0.0.1:\(server.port) timed out after 1.5 s")
        #expect(await server.endedConnections(1))
        await connector.close()
    }

    @Test func `an end without close_notify is no clean end (TLS-18)`() async throws {
        let server = try ScriptedServer(
            tls: ServerTLS(Certificates.localhost),
            scripts: [
                [.expectRequest, .send("half"), .closeAbruptly], [.expectRequest, .send("all"), .close],
            ])
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        let first = try await connector.connect(to: server.request("https"))
        try await first.write(bytes("GET / HTTP/1.1\r\n\r\n"))
        #expect(text(try await first.readPiece()) == "half")
        let error = await connectorError { try await first.readPiece() }
        #expect(
            error?.description
                == "read on 127.0.0.1:\(server.port) (TLS) failed: TLS protocol error: the stream ended without close_notify"
        )
        first.close()
        let second = try await connector.connect(to: server.request("https"))
        #expect(try await second.exchange() == "all")
        #expect(try await second.readPiece().isEmpty)
        second.close()
        await connector.close()
    }

    @Test func `a client certificate that is missing shows in the first read (TLS-20)`() async throws {
        let server = try ScriptedServer(
            tls: ServerTLS(
                Certificates.localhost, clientAuthority: Certificates.root, requiresClientCertificate: true)
        ) { _ in [.respond(body: "never")] }
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        let connection = try await connector.connect(to: server.request("https"))
        // The server may have reset the connection by now; its alert is there all the same.
        try? await connection.write(bytes("GET / HTTP/1.1\r\n\r\n"))
        let error = await connectorError { try await connection.readPiece() }
        connection.close()
        guard case .io(let failure) = error, case .tls(let cause) = failure.cause else {
            Issue.record("\(error as Any)")
            return
        }
        #expect(cause.isClientCertificateRequired)
        await connector.close()
    }

    @Test func `files that cannot be used are named, and no socket is opened for them`() async throws {
        let server = try ScriptedServer.secureEcho()
        let folder = try TemporaryDirectory()
        let empty = try folder.write("no certificate\n", to: "empty.pem")
        let absent = folder.file("absent.pem")
        let connector = try TCPConnector()
        let cases: [(TLSConfiguration, ConfigurationProblem, String, String)] = [
            (
                TLSConfiguration(trust: .custom(files: [absent], directories: [], pem: nil)), .trust, absent,
                "cannot read CA certificates from '\(absent)': no such file or directory"
            ),
            (
                TLSConfiguration(trust: .custom(files: [empty], directories: [], pem: nil)), .trust, empty,
                "no CA certificates in '\(empty)'"
            ),
            (
                TLSConfiguration(clientIdentity: ClientIdentity(certificate: absent)), .certificate, absent,
                "cannot read the client certificate from '\(absent)': no such file or directory"
            ),
        ]
        for (configuration, problem, path, text) in cases {
            var request = server.request("https")
            request.tls = .custom(configuration)
            let error = await connectorError { try await connector.connect(to: request) }
            #expect(error?.tlsCause == .configuration(problem, path: path, text: text))
            #expect(error?.description == text)
            #expect(connector.statistics.counts == .idle(0))
        }
        // Those for the proxy as well.
        var request = server.request("https")
        request.proxy = Proxy(kind: .https, host: "127.0.0.1", port: server.port)
        request.proxy?.tls = cases[0].0
        let error = await connectorError { try await connector.connect(to: request) }
        #expect(error?.tlsCause == .configuration(.trust, path: absent, text: cases[0].3))
        #expect(server.acceptedCount == 0)
        await connector.close()
    }

    @Test func `files are read once for all connections`() async throws {
        let server = try ScriptedServer.secureEcho()
        let folder = try TemporaryDirectory()
        let file = try folder.write(Certificates.root.certificatePEM, to: "root.pem")
        let configuration = TLSConfiguration(trust: .custom(files: [file], directories: [], pem: nil))
        let connector = try TCPConnector {
            $0.forceClose = true
            $0.tls = .custom(configuration)
        }
        for _ in 0..<2 {
            let connection = try await connector.connect(to: server.request("https"))
            #expect(try await connection.exchange() == "/")
            connection.release()
            try folder.write("", to: "root.pem")
        }
        await connector.close()
    }

    @Test func `bytes that are held back inside are told of`() async throws {
        let spoken = Gate()
        let server = try ScriptedServer(
            tls: ServerTLS(Certificates.localhost),
            script: [.expectRequest, .send("answer"), .send("more"), .open(spoken), .hold])
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        let connection = try await connector.connect(to: server.request("https"))
        try await connection.write(bytes("GET / HTTP/1.1\r\n\r\n"))
        #expect(await spoken.opened())
        let transport = try #require(connection.stream)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 6, alignment: 1)
        defer { buffer.deallocate() }
        while try transport.read(into: buffer) == .wouldBlock {
            try await transport.untilReadable(deadline: nil)
        }
        #expect(text(Array(buffer)) == "answer")
        #expect(transport.hasBufferedBytes)
        connection.close()
        await connector.close()
    }

    @Test func `a connection that is saying goodbye is of no use any more (CLOSE-11)`() async throws {
        let server = try ScriptedServer(tls: ServerTLS(Certificates.localhost), script: [.hold])
        let connector = try TCPConnector {
            $0.tlsShutdownTimeout = .milliseconds(300)
            $0.tls = Certificates.trusting
        }
        let connection = try await connector.connect(to: server.request("https"))
        let transport = try #require(connection.stream)
        let goodbye = EventLoop.shared.start { await transport.shutdown(until: .now + .seconds(5)) }
        #expect(await eventually { !transport.isOpen })
        #expect(!transport.isQuiet())
        let byte = bytes("x")
        #expect(throws: TransportError.closed) { try byte.withUnsafeBytes { try transport.write($0) } }
        connection.close()
        await goodbye.value
        await connector.close()
    }

    @Test func `tickets and key updates leave an idle connection fit, data and ends do not (POOL-08)`()
        async throws
    {
        let (go, spoken, leave, left, update, updated) = (Gate(), Gate(), Gate(), Gate(), Gate(), Gate())
        let server = try ScriptedServer(
            tls: ServerTLS(Certificates.localhost),
            scripts: [
                // The tickets of TLS 1.3 come right after the handshake: nobody has read them when it is released.
                [
                    .expectRequest, .respond(body: "a"), .pause(until: update), .updateKeys, .open(updated),
                    .expectRequest, .respond(body: "b"), .hold,
                ],
                [
                    .expectRequest, .respond(body: "c"), .pause(until: go), .send("unasked"), .open(spoken),
                    .hold,
                ],
                [
                    .expectRequest, .respond(body: "d"), .pause(until: leave), .shutdownWrite, .open(left),
                    .hold,
                ],
                [.expectRequest, .respond(body: "e"), .hold],
            ])
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        let untouched = try await connector.connect(to: server.request("https"))
        untouched.release()
        for (index, (body, isReused)) in [("a", true), ("b", true)].enumerated() {
            let connection = try await connector.connect(to: server.request("https"))
            #expect(connection.isReused == isReused)
            #expect(connection.useCount == index + 1)
            #expect(try await connection.exchange() == body)
            connection.release()
            // From the first to the second exchange the server changes its keys.
            update.open()
            #expect(await updated.opened())
        }
        let first = try await connector.connect(to: server.request("https"))
        first.close()
        for (body, say, said) in [("c", go, spoken), ("d", leave, left)] {
            let connection = try await connector.connect(to: server.request("https"))
            #expect(!connection.isReused)
            #expect(try await connection.exchange() == body)
            connection.release()
            say.open()
            #expect(await said.opened())
        }
        let last = try await connector.connect(to: server.request("https"))
        #expect(!last.isReused)
        #expect(try await last.exchange() == "e")
        last.close()
        await connector.close()
    }

    @Test func `many megabytes pass both ways at once without a stall`() async throws {
        let size = 700_000
        let server = try ScriptedServer(
            tls: ServerTLS(Certificates.localhost),
            script: [
                .expectBytes(1000), .sendRepeating(0x62, count: size), .expectBytes(size - 1000), .close,
            ])
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        let connection = try await connector.connect(to: server.request("https"))
        let pattern = patternBytes(size)
        let writer = EventLoop.shared.startThrowing { try await connection.write(pattern) }
        var count = 0
        while true {
            let piece = try await connection.readPiece()
            if piece.isEmpty { break }
            count += piece.count
        }
        try await writer.value
        #expect(count == size)
        connection.close()
        #expect(await server.endedConnections(1))
        #expect(server.connections[0].received == pattern)
        await connector.close()
    }
}
