import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct TLSConnectorTrustTests {
    init() {
        // Made here, so that no deadline of a test pays for it.
        _ = (Certificates.localhost, Certificates.stranger, Certificates.elsewhere)
    }

    @Test func `strangers, other names and expired certificates are refused (TLS-01, TLS-12, PARAM-09)`()
        async throws
    {
        let expired = TestCertificates.leaf(
            addresses: ["127.0.0.1"], issuer: Certificates.root, notBefore: 1_000_000_000,
            notAfter: 1_100_000_000)
        let early = TestCertificates.leaf(
            addresses: ["127.0.0.1"], issuer: Certificates.root, notBefore: 4_000_000_000,
            notAfter: 4_100_000_000)
        let orphan = TestCertificates.leaf(
            addresses: ["127.0.0.1"], issuer: TestCertificates.authority(name: "Another Authority"))
        let cases: [(TestCertificate, CertificateProblem, String)] = [
            (Certificates.stranger, .selfSigned, "certificate is self-signed and not trusted"),
            (
                Certificates.elsewhere, .nameMismatch,
                "certificate is not valid for '127.0.0.1' (it names elsewhere.test)"
            ),
            (expired, .expired, "certificate expired on 2004-11-09"),
            (early, .notYetValid, "certificate is not valid before 2096-10-02"),
            (
                orphan, .unknownIssuer,
                "certificate's issuer 'Another Authority' is not trusted"
            ),
        ]
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        for (certificate, problem, text) in cases {
            let server = try ScriptedServer.secureEcho(certificate)
            let error = await connectorError { try await connector.connect(to: server.request("https")) }
            #expect(error?.tlsCause?.certificateProblems?.contains(problem) == true, "\(error as Any)")
            #expect(error?.description == "cannot trust 127.0.0.1:\(server.port): \(text)")
            #expect(error?.attempts.map(\.stage) == [.tls])
            #expect(await server.endedConnections(1))
            #expect(server.connections[0].received.isEmpty)
        }
        #expect(connector.statistics.counts == .idle(0))
        let stranger = try ScriptedServer.secureEcho(Certificates.stranger)
        var request = stranger.request("https", host: "127.0.0.1")
        request.tls = .insecure
        let connection = try await connector.connect(to: request)
        #expect(try await connection.exchange() == "/")
        connection.close()
        await connector.close()
    }

    @Test
    func
        `a pin replaces the other checks, is checked beside them when asked, and is never lost (TLS-02, TLS-03, TLS-09, TLS-10, PARAM-10)`()
        async throws
    {
        let server = try ScriptedServer.secureEcho(Certificates.stranger)
        let right = TLSMode.pinned(Fingerprint(of: Certificates.stranger))
        let wrong = TLSMode.pinned(Fingerprint(of: Certificates.localhost))
        let matrix: [(connector: TLSMode, request: TLSMode?, works: Bool)] = [
            (right, nil, true), (wrong, nil, false), (.verified, right, true), (wrong, .insecure, false),
            (right, .insecure, true), (right, wrong, false), (wrong, right, true),
            (
                .insecure,
                .custom(TLSConfiguration(fingerprints: [Fingerprint(of: Certificates.stranger)])), false
            ),
        ]
        for (index, row) in matrix.enumerated() {
            let connector = try TCPConnector { $0.tls = row.connector }
            var request = server.request("https")
            request.tls = row.request
            do {
                let connection = try await connector.connect(to: request)
                #expect(row.works, "row \(index)")
                #expect(try await connection.exchange() == "/")
                connection.close()
            } catch {
                #expect(!row.works, "row \(index): \(error)")
            }
            await connector.close()
        }
        let connector = try TCPConnector { $0.tls = wrong }
        let error = await connectorError { try await connector.connect(to: server.request("https")) }
        #expect(
            error?.tlsCause
                == .fingerprintMismatch(
                    expected: [Fingerprint(of: Certificates.localhost)],
                    got: Fingerprint(of: Certificates.stranger)))
        guard case .tls(let failure) = error else { Issue.record("\(error as Any)"); return }
        #expect(failure.endpoint.host == "127.0.0.1" && failure.endpoint.port == server.port)
        #expect(failure.peer == SocketAddress(numericHost: "127.0.0.1", port: server.port))
        await connector.close()
        // Those that were refused got not a byte of ours.
        #expect(await server.endedConnections(matrix.count + 1))
        #expect(server.connections.count { $0.received.isEmpty } == matrix.count { !$0.works } + 1)
    }

    @Test func `a pin means nothing to a plain connection (TLS-11)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector { $0.tls = .pinned(Fingerprint(of: Certificates.localhost)) }
        let connection = try await connector.connect(to: server.request())
        #expect(try await connection.exchange() == "/")
        connection.close()
        await connector.close()
    }

    @Test
    func
        `the name sent and checked is the request's, without dots at the end (TLS-05, DNS-20, DNS-23, BUG-14)`()
        async throws
    {
        let server = try ScriptedServer.secureEcho()
        let resolver = StubResolver { _ in
            SocketAddress(numericHost: "127.0.0.1", port: server.port).map { [$0] } ?? []
        }
        let connector = try TCPConnector(resolver: resolver) { $0.tls = Certificates.trusting }
        let cases: [(String, String?, String?)] = [
            ("EXAMPLE.test", nil, "example.test"), ("localhost.", nil, "localhost"),
            ("localhost...", nil, "localhost"), ("other.test", "localhost.", "localhost"),
            ("127.0.0.1", nil, nil),
        ]
        for (index, (host, override, sent)) in cases.enumerated() {
            // The resolver leads to another port than the one asked for.
            let port: UInt16 = host == "127.0.0.1" ? server.port : 1
            let request = ConnectionRequest(scheme: "https", host: host, port: port, serverName: override)
            let connection = try await connector.connect(to: request)
            #expect(try await connection.exchange() == "/")
            connection.close()
            #expect(await server.endedConnections(index + 1))
            #expect(server.connections[index].tls?.serverName == sent)
        }
        #expect(
            Set(resolver.questions.map(\.host)) == ["example.test", "localhost.", "other.test"])
        await connector.close()
    }

    @Test func `a certificate is held against the name that was sent, or else the host (TLS-05, TLS-06)`()
        async throws
    {
        let named = try ScriptedServer.secureEcho(
            TestCertificates.leaf(names: ["a.test"], issuer: Certificates.root))
        let numbered = try ScriptedServer.secureEcho(
            TestCertificates.leaf(addresses: ["127.0.0.1"], issuer: Certificates.root))
        let connector = try TCPConnector(resolver: StubResolver("127.0.0.1")) {
            $0.forceClose = true
            $0.tls = Certificates.trusting
        }
        let cases: [(ScriptedServer, String, String?, Bool)] = [
            (named, "a.test", nil, true), (named, "b.test", nil, false), (named, "b.test", "a.test", true),
            (named, "a.test", "b.test", false), (named, "127.0.0.1", nil, false),
            (named, "127.0.0.1", "a.test", true), (numbered, "127.0.0.1", nil, true),
            (numbered, "a.test", nil, false), (numbered, "a.test", "127.0.0.1", true),
        ]
        for (index, (server, host, name, fits)) in cases.enumerated() {
            var request = server.request("https", host: host)
            request.serverName = name
            if fits {
                let connection = try await connector.connect(to: request)
                #expect(try await connection.exchange() == "/", "row \(index)")
                connection.close()
            } else {
                let error = await connectorError { try await connector.connect(to: request) }
                #expect(error?.tlsCause?.certificateProblems == [.nameMismatch], "row \(index)")
            }
        }
        await connector.close()
    }

    @Test func `handshakes that fail say why in words (TLS-13, TLS-19)`() async throws {
        let plain = try ScriptedServer(script: [.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .hold])
        let leaving = try ScriptedServer(script: [.expectBytes(1), .close])
        let resetting = try ScriptedServer(script: [.expectBytes(1), .reset])
        let old = try ScriptedServer.secureEcho(priority: "NORMAL:-VERS-ALL:+VERS-TLS1.1:%COMPAT:@SYSTEM")
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        let cases: [(ScriptedServer, String)] = [
            (plain, "peer answered in plain HTTP"), (leaving, "peer closed the connection"),
            (resetting, "connection reset by peer"),
        ]
        for (server, text) in cases {
            let error = await connectorError { try await connector.connect(to: server.request("https")) }
            #expect(
                error?.description == "TLS handshake with 127.0.0.1:\(server.port) failed: \(text)")
        }
        let error = await connectorError { try await connector.connect(to: old.request("https")) }
        guard case .handshake = error?.tlsCause else { Issue.record("\(error as Any)"); return }
        #expect(connector.statistics.counts == .idle(0))
        await connector.close()
        // No cipher in common: the peer says so in an alert.
        let picky = try ScriptedServer.secureEcho(
            priority: "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM")
        let other = try TCPConnector {
            $0.tls = .custom(
                TLSConfiguration(
                    trust: Certificates.trusting.configuration.trust,
                    priority: "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+CHACHA20-POLY1305"))
        }
        let alert = await connectorError { try await other.connect(to: picky.request("https")) }
        guard case .handshake(let code, let number, _, _) = alert?.tlsCause else {
            Issue.record("\(alert as Any)")
            return
        }
        #expect(code < 0)
        #expect(number == 40)
        #expect(
            alert?.description
                == "TLS handshake with 127.0.0.1:\(picky.port) failed: peer refused: handshake failure")
        await other.close()
    }
}
