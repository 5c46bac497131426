import CGnuTLS
import Glibc
import TLS
import TLSTestSupport
import TestSupport
import Testing

/// Servers that ask for the client's certificate only after they have read the request: authentication after the handshake
/// in TLS 1.3, renegotiation in TLS 1.2.
@Suite struct RehandshakeTests {
    private let identity = TestCertificates.leaf(names: ["client"], issuer: Fixture.root, purpose: .client)
    private let file: TemporaryFile

    init() throws {
        file = try TemporaryFile(identity.certificatePEM + identity.keyPEM)
    }

    private func pair(_ version: TLSVersion, withIdentity: Bool = true) throws -> SessionPair {
        var client = Fixture.trusting(Fixture.root)
        if withIdentity { client.clientIdentity = ClientIdentity(certificate: file.path) }
        var server = Fixture.server()
        server.maximumVersion = version
        server.mayAskLater = true
        let pair = try SessionPair(client, server: server)
        try pair.shakeHands()
        try pair.client.verifyPeer(host: "localhost")
        return pair
    }

    /// The server asks, and both go on until it has what it wants; its last code.
    private func ask(_ pair: SessionPair, _ version: TLSVersion) throws -> CInt {
        pair.server.request(.required)
        if version == .tls1_2 { #expect(pair.server.requestRenegotiation()) }
        for _ in 0..<20 {
            let code = version == .tls1_2 ? pair.server.renegotiate() : pair.server.reauthenticate()
            if code != GNUTLS_E_AGAIN { return code }
            #expect(try pair.client.readText().result == .wantsRead)
        }
        return GNUTLS_E_AGAIN
    }

    @Test(arguments: modernVersions) func `a certificate is shown when it is asked for late`(
        version: TLSVersion
    ) throws {
        let pair = try pair(version)
        _ = try pair.client.write("GET")
        #expect(try pair.server.readText().text == "GET")
        #expect(pair.server.peerChain.isEmpty)
        #expect(try ask(pair, version) == 0)
        #expect(pair.server.peerChain == [identity.der])
        _ = try pair.server.write("answer")
        #expect(try pair.client.readText().text == "answer")
        _ = try pair.client.write("more")
        #expect(try pair.server.readText().text == "more")
        #expect(pair.client.idleCheck() == .quiet)
    }

    @Test(arguments: modernVersions) func `an idle connection answers, too, and can be used again`(
        version: TLSVersion
    ) throws {
        let pair = try pair(version)
        pair.server.request(.required)
        if version == .tls1_2 { #expect(pair.server.requestRenegotiation()) }
        var code = GNUTLS_E_AGAIN
        for _ in 0..<20 where code == GNUTLS_E_AGAIN {
            code = version == .tls1_2 ? pair.server.renegotiate() : pair.server.reauthenticate()
            #expect(pair.client.idleCheck() == .quiet)
        }
        #expect(code == 0 && pair.server.peerChain == [identity.der])
    }

    @Test(arguments: modernVersions) func `a write that waits goes out first, and is counted once`(
        version: TLSVersion
    ) throws {
        let pair = try pair(version)
        let body = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        var sent = 0
        func write() throws {
            if case .bytes(let count) = try body[sent...].withUnsafeBytes({ try pair.client.write($0) }) {
                sent += count
            }
        }
        func goOn() -> CInt { version == .tls1_2 ? pair.server.renegotiate() : pair.server.reauthenticate() }
        pair.server.request(.required)
        if version == .tls1_2 {
            #expect(pair.server.requestRenegotiation())
        } else {
            #expect(pair.server.reauthenticate() == GNUTLS_E_AGAIN)
        }
        pair.toServer.capacity = 20_000
        try write()
        #expect(sent > 0 && sent < body.count)
        // The answer has to wait for the record that is stuck.
        #expect(try pair.client.readText().result == .wantsWrite)
        var received: [UInt8] = []
        var code = GNUTLS_E_AGAIN
        for _ in 0..<50 where code != 0 {
            code = goOn()
            if code == GNUTLS_E_GOT_APPLICATION_DATA { received += pair.server.receiveRecord() }
            _ = try pair.client.readText()
            try write()
        }
        #expect(code == 0)
        #expect(pair.server.peerChain == [identity.der])
        for _ in 0..<20 where received.count < body.count {
            try write()
            received += pair.server.receiveRecord()
        }
        #expect(sent == body.count && received == body)
    }

    @Test func `without a certificate a renegotiation is declined and its alert explained`() throws {
        let pair = try pair(.tls1_2, withIdentity: false)
        #expect(pair.server.requestRenegotiation())
        #expect(try pair.client.readText().result == .wantsRead)
        #expect(pair.server.sendFatalAlert(40))
        let error = #expect(throws: TLSError.self) { try pair.client.readText() }
        #expect(error?.isClientCertificateRequired == true)
        #expect(
            error?.description
                == "TLS protocol error: peer wants to renegotiate to see a client certificate (handshake failure)"
        )
    }

    @Test func `another server certificate in a renegotiation is refused`() throws {
        let pair = try pair(.tls1_2)
        let other = TestCertificates.leaf(names: ["localhost"], issuer: Fixture.root)
        let context = try TLSServerContext(Fixture.server(other))
        withExtendedLifetime(context) {
            pair.server.show(context)
            #expect(throws: TLSError.self) { _ = try ask(pair, .tls1_2) }
            #expect(throws: TLSError.self) { try pair.client.write("secret") }
        }
    }

    @Test(arguments: modernVersions) func `who asks again and again is refused`(version: TLSVersion) throws {
        let pair = try pair(version)
        for _ in 0..<8 { #expect(try ask(pair, version) == 0) }
        if version == .tls1_3 {
            #expect(throws: TLSError.self) { _ = try ask(pair, version) }
        } else {
            // Declined with a warning, as everybody's who has no certificate.
            #expect(try ask(pair, version) != 0)
            _ = try pair.client.write("on")
        }
    }

    @Test func `a session that was resumed can be asked, too`() throws {
        var configuration = Fixture.trusting(Fixture.root)
        configuration.clientIdentity = ClientIdentity(certificate: file.path)
        let context = try TLSContext(configuration)
        var options = Fixture.server()
        options.mayAskLater = true
        let server = try TLSServerContext(options)
        let first = try SessionPair(context: context, server: server)
        try first.shakeHands()
        try first.client.verifyPeer(host: "localhost")
        _ = try first.server.write("x")
        _ = try first.client.readText()
        let data = try #require(first.client.sessionData())
        let second = try SessionPair(context: context, server: server, resumption: data)
        try second.shakeHands()
        try second.client.verifyPeer(host: "localhost")
        #expect(second.client.isResumed)
        #expect(try ask(second, .tls1_3) == 0)
        #expect(second.server.peerChain == [identity.der])
    }

    @Test func `who is refused hears whose certificate it was`() throws {
        for alert in [42, 43, 44, 45, 46, 48] as [UInt8] {
            let pair = try pair(.tls1_3)
            #expect(pair.server.sendFatalAlert(alert))
            let error = #expect(throws: TLSError.alert(alert)) { try pair.client.readText() }
            #expect(error?.description.hasPrefix("peer refused the client certificate: ") == true)
        }
        let early = try SessionPair(Fixture.trusting(Fixture.root), server: Fixture.server())
        #expect(early.server.sendFatalAlert(48))
        let error = #expect(throws: TLSError.self) { try early.shakeHands() }
        #expect(
            error?.description
                == "TLS handshake failed: peer refused the client certificate: unknown authority")
    }
}
