import CGnuTLS
import Glibc
import TLSTestSupport
import TestSupport
import Testing

@testable import TLS

@Suite struct HandshakeTests {
    private func client(_ change: (inout TLSConfiguration) -> Void) -> TLSConfiguration {
        var configuration = Fixture.trusting(Fixture.root)
        change(&configuration)
        return configuration
    }

    private func error(_ body: () throws -> Void) -> TLSError? {
        do {
            try body()
            return nil
        } catch {
            return error as? TLSError
        }
    }

    @Test func `a server without a version in common is refused`() throws {
        var old = Fixture.server()
        old.minimumVersion = .tls1_0
        old.maximumVersion = .tls1_1
        let pair = try SessionPair(client { _ in }, server: old)
        let failure = error { try pair.shakeHands() }
        #expect(failure?.description == "TLS handshake failed: no TLS version in common")
        #expect(error { _ = try pair.client.handshake() } == failure)
    }

    @Test func `old versions are spoken when they are asked for`() throws {
        for version in [TLSVersion.tls1_0, .tls1_1] {
            var old = Fixture.server()
            old.minimumVersion = .tls1_0
            old.maximumVersion = version
            let pair = try SessionPair(client { $0.minimumVersion = .tls1_0 }, server: old)
            try pair.shakeHands()
            try pair.client.verifyPeer(host: "localhost")
            #expect(pair.client.info.version == (version == .tls1_0 ? "TLSv1.0" : "TLSv1.1"))
        }
    }

    @Test func `a server without a cipher in common is refused`() throws {
        var server = Fixture.server()
        server.priority = "NORMAL:-CIPHER-ALL:+AES-256-GCM"
        let pair = try SessionPair(client { $0.priority = "-AES-256-GCM" }, server: server)
        guard
            case .handshake(_, 40, nil, "peer refused: handshake failure")? = error({ try pair.shakeHands() })
        else {
            Issue.record("no such error")
            return
        }
    }

    @Test func `a peer that speaks plain HTTP or gibberish is told apart`() throws {
        for (answer, text) in [
            ("HTTP/1.1 400 Bad Request\r\n\r\n", "peer answered in plain HTTP"),
            ("SSH-2.0-OpenSSH_9.2\r\n", "peer does not speak TLS"),
        ] {
            let pair = try SessionPair(client { _ in }, server: Fixture.server())
            #expect(try pair.client.handshake() == .wantsRead)
            pair.toClient.put(answer)
            let failure = error { _ = try pair.client.handshake() }
            #expect(failure?.description == "TLS handshake failed: \(text)")
        }
    }

    @Test func `an end or a reset amid the handshake is a handshake error`() throws {
        let ended = try SessionPair(client { _ in }, server: Fixture.server())
        #expect(try ended.client.handshake() == .wantsRead)
        ended.toClient.isEnded = true
        let closed = error { _ = try ended.client.handshake() }
        #expect(closed?.description == "TLS handshake failed: peer closed the connection")
        #expect(closed?.errno == nil)

        let reset = try SessionPair(client { _ in }, server: Fixture.server())
        #expect(try reset.client.handshake() == .wantsRead)
        reset.toClient.readFailure = ECONNRESET
        let failure = error { _ = try reset.client.handshake() }
        #expect(failure?.description == "TLS handshake failed: connection reset by peer")
        #expect(failure?.errno == ECONNRESET)

        let broken = try SessionPair(client { _ in }, server: Fixture.server())
        broken.toServer.writeFailure = EPIPE
        #expect(error { _ = try broken.client.handshake() }?.errno == EPIPE)
    }

    @Test(arguments: modernVersions) func `the handshake survives a channel of one byte at a time`(
        version: TLSVersion
    ) throws {
        let pair = try SessionPair(
            client {
                $0.minimumVersion = version
                $0.maximumVersion = version
            }, server: Fixture.server())
        pair.toClient.chunk = 1
        pair.toServer.chunk = 1
        pair.toServer.capacity = 3
        #expect(try pair.client.handshake() == .wantsWrite)
        try pair.shakeHands()
        try pair.client.verifyPeer(host: "localhost")
    }

    @Test func `nothing can be read or written before the handshake is done`() throws {
        let pair = try SessionPair(client { _ in }, server: Fixture.server())
        #expect(throws: TLSError.self) { try pair.client.write("x") }
        #expect(throws: TLSError.self) { try pair.client.readText() }
        #expect(pair.client.sessionData() == nil)
        pair.client.sendCloseNotify()
        #expect(pair.client.shutdown() == .done)
        #expect(pair.toServer.total == 0)
    }

    @Test func `nothing can be read or written before the peer is verified`() throws {
        let pair = try SessionPair(client { _ in }, server: Fixture.server())
        #expect(throws: TLSError.self) { try pair.client.verifyPeer(host: "localhost") }
        try pair.shakeHands()
        let refused = TLSError.record(code: -348, text: "the peer was not verified")
        #expect(throws: refused) { try pair.client.write("secret") }
        #expect(throws: refused) { try pair.client.readText() }
        try pair.client.verifyPeer(host: "localhost")
        #expect(try pair.client.write("secret") == .bytes(6))
        // One demand is enough, whichever it is.
        let pin = try #require(CertificateInfo(der: Fixture.leaf.der)?.publicKeyPin)
        for demand in [
            TLSConfiguration(verification: .none, fingerprints: [Fingerprint(ofDER: Fixture.leaf.der)]),
            TLSConfiguration(verification: .none, publicKeyPins: [pin]),
            TLSConfiguration(verification: .none, requiresGoodStatus: true),
        ] {
            let pair = try SessionPair(demand, server: Fixture.server())
            try pair.shakeHands()
            #expect(throws: refused) { try pair.client.write("secret") }
            #expect(throws: refused) { try pair.client.readText() }
        }
        let insecure = try SessionPair(TLSMode.insecure.configuration, server: Fixture.server())
        try insecure.shakeHands()
        #expect(try insecure.client.write("hello") == .bytes(5))
    }

    @Test func `only what was offered by ALPN may be answered`() throws {
        let refused = try SessionPair(
            client { $0.applicationProtocols = ["http/1.1"] }, server: Fixture.server())
        try refused.shakeHands()
        #expect(refused.client.negotiatedProtocol == nil)
        let none = try SessionPair(client { $0.applicationProtocols = [] }, server: Fixture.server())
        try none.shakeHands()
        #expect(none.client.negotiatedProtocol == nil)
        #expect(TLSSession.isAcceptable(nil, offered: ["http/1.1"]))
        #expect(TLSSession.isAcceptable("http/1.1", offered: ["http/1.1"]))
        #expect(!TLSSession.isAcceptable("h2", offered: ["http/1.1"]))
        #expect(!TLSSession.isAcceptable("h2", offered: []))
    }

    @Test(arguments: modernVersions)
    func `a server that picks a protocol that was not offered is refused (TLS-15)`(version: TLSVersion) throws
    {
        var server = Fixture.server()
        server.applicationProtocols = ["h2"]
        server.maximumVersion = version
        let pair = try SessionPair(client { $0.applicationProtocols = [] }, server: server)
        // GnuTLS offers what the session knows nothing of.
        var name = Array("h2".utf8)
        name.withUnsafeMutableBufferPointer { name in
            var offer = gnutls_datum_t(data: name.baseAddress, size: UInt32(name.count))
            #expect(gnutls_alpn_set_protocols(pair.client.handle, &offer, 1, 0) == 0)
        }
        let failure = error { try pair.shakeHands() }
        #expect(
            failure?.description
                == "TLS handshake failed: the server chose the protocol 'h2', which was not offered")
        // RFC 8446 §6.2: illegal_parameter.
        while pair.serverError == nil, try pair.server.handshake() != .done {}
        #expect(throws: TLSError.alert(47)) { try pair.server.readText() }
    }

    @Test func `one key share is sent, of the group that most servers take`() throws {
        let pair = try SessionPair(client { _ in }, server: Fixture.server())
        #expect(try pair.client.handshake() == .wantsRead)
        // RFC 8446 §4.2.8: the extension 51, its length, the length of all shares, then each group with its key's length.
        let share: [UInt8] = [0, 51, 0, 38, 0, 36, 0, 0x1D, 0, 32]
        let hello = pair.toServer.bytes
        #expect(hello.indices.contains { hello[$0...].starts(with: share) })
    }

    // MARK: Client certificates

    @Test(arguments: modernVersions) func `a client certificate is shown when it is asked for`(
        version: TLSVersion
    ) throws {
        let identity = TestCertificates.leaf(names: ["client"], issuer: Fixture.root, purpose: .client)
        let file = try TemporaryFile(identity.certificatePEM + identity.keyPEM)
        var server = Fixture.server()
        server.clientCertificate = .required
        server.maximumVersion = version
        let pair = try SessionPair(
            client { $0.clientIdentity = ClientIdentity(certificate: file.path) }, server: server)
        try pair.shakeHands()
        try pair.client.verifyPeer(host: "localhost")
        #expect(pair.server.peerChain == [identity.der])
        _ = try pair.client.write("x")
        #expect(try pair.server.readText().text == "x")
    }

    @Test func `a missing client certificate shows in the handshake of TLS 1.2`() throws {
        var server = Fixture.server()
        server.clientCertificate = .required
        server.maximumVersion = .tls1_2
        let pair = try SessionPair(client { _ in }, server: server)
        guard case .handshake(_, _?, nil, _)? = error({ try pair.shakeHands() }) else {
            Issue.record("the server accepted no certificate, or did not say so")
            return
        }
    }

    @Test func `a missing client certificate shows in the first read of TLS 1.3`() throws {
        var server = Fixture.server()
        server.clientCertificate = .required
        let pair = try SessionPair(client { _ in }, server: server)
        try pair.shakeHands()
        #expect(pair.serverError != nil)
        try pair.client.verifyPeer(host: "localhost")
        #expect(try pair.client.write("GET / HTTP/1.1\r\n\r\n") == .bytes(18))
        // Some servers slam the door as well: the alert must be found in spite of a failed write.
        pair.toServer.writeFailure = ECONNRESET
        #expect(throws: TLSError.io(errno: ECONNRESET)) { try pair.client.write("x") }
        let failure = error { _ = try pair.client.readText() }
        #expect(failure == .alert(116))
        #expect(failure?.isClientCertificateRequired == true)
        #expect(failure?.description == "peer ended the TLS session: client certificate required")
    }

    @Test func `a requested certificate may be missing`() throws {
        var server = Fixture.server()
        server.clientCertificate = .requested
        let pair = try SessionPair(client { _ in }, server: server)
        try pair.shakeHands()
        try pair.client.verifyPeer(host: "localhost")
        _ = try pair.client.write("x")
        #expect(try pair.server.readText().text == "x")
        #expect(pair.server.peerChain.isEmpty)
    }
}
