import Glibc
import TLS
import TLSTestSupport
import TestSupport
import Testing

@Suite struct TLSContextTests {
    private let identity = TestCertificates.leaf(names: ["client"], issuer: Fixture.root, purpose: .client)

    private func failure(_ change: (inout TLSConfiguration) -> Void) -> TLSError? {
        var configuration = Fixture.trusting(Fixture.root)
        change(&configuration)
        do throws(TLSError) {
            _ = try TLSContext(configuration)
            return nil
        } catch {
            return error
        }
    }

    private func problem(_ identity: ClientIdentity) -> ConfigurationProblem? {
        guard case .configuration(let problem, _, let text)? = failure({ $0.clientIdentity = identity })
        else {
            return nil
        }
        #expect(!text.contains("hunter"))
        return problem
    }

    @Test func `certificate and key may be in one file or two`() throws {
        let both = try TemporaryFile(identity.certificatePEM + identity.keyPEM)
        let certificate = try TemporaryFile(identity.certificatePEM)
        let key = try TemporaryFile(identity.keyPEM)
        #expect(problem(ClientIdentity(certificate: both.path)) == nil)
        #expect(problem(ClientIdentity(certificate: certificate.path, key: key.path)) == nil)
        let der = try TemporaryFile(identity.der)
        #expect(problem(ClientIdentity(certificate: der.path, key: key.path, format: .der)) == .key)
    }

    @Test func `contexts are told apart by content, not by names`() throws {
        let other = TestCertificates.leaf(names: ["other"], issuer: Fixture.root, purpose: .client)
        func digest(_ change: (inout TLSConfiguration) throws -> Void) throws -> [UInt8] {
            var configuration = Fixture.trusting(Fixture.root)
            try change(&configuration)
            return try TLSContext(configuration).digest()
        }
        func identity(_ certificate: TestCertificate, in files: Int = 1) throws -> [UInt8] {
            let both = try TemporaryFile(certificate.certificatePEM + (files == 1 ? certificate.keyPEM : ""))
            let key = try TemporaryFile(certificate.keyPEM)
            return try digest {
                $0.clientIdentity = ClientIdentity(certificate: both.path, key: files == 1 ? nil : key.path)
            }
        }
        let plain = try digest { _ in }
        #expect(try plain == digest { _ in })
        #expect(try identity(self.identity) == identity(self.identity))
        #expect(try identity(self.identity, in: 2) == identity(self.identity, in: 2))
        let anchors = try (0..<2).map { _ in try TemporaryFile(Fixture.root.certificatePEM) }
        for file in anchors {
            let trust = TLSConfiguration.Trust.custom(files: [file.path], directories: [], pem: nil)
            #expect(try digest { $0.trust = trust } == plain)
        }
        let directory = try TemporaryDirectory()
        let list = try TemporaryFile(TestCertificates.revocationList(issuer: Fixture.root, revoked: []))
        let pin = Fingerprint(ofDER: Fixture.leaf.der)
        let all = [
            plain, try identity(self.identity), try identity(other),
            try digest { $0 = Fixture.trusting(Fixture.root, Fixture.selfSigned) },
            try digest { $0 = Fixture.trusting(Fixture.selfSigned) },
            try digest {
                $0.trust = .custom(
                    files: [anchors[0].path], directories: [directory.path], pem: nil)
            },
            try digest { $0.trust = .system }, try digest { $0.verification = .none },
            try digest { $0.fingerprints = [pin] },
            try digest { $0.publicKeyPins = PublicKeyPin(bytes: pin.bytes).map { [$0] } ?? [] },
            try digest { $0.revocationLists = [list.path] },
            try digest { $0.minimumVersion = .tls1_3 }, try digest { $0.maximumVersion = .tls1_2 },
            try digest { $0.applicationProtocols = [] }, try digest { $0.priority = "SECURE256" },
            try digest { $0.requiresGoodStatus = true },
        ]
        #expect(Set(all).count == all.count)
        try directory.add("new.pem", Fixture.root.certificatePEM)
        #expect(
            try digest {
                $0.trust = .custom(files: [anchors[0].path], directories: [directory.path], pem: nil)
            } != all[5])
    }

    @Test func `missing and useless files are told apart`() throws {
        let certificate = try TemporaryFile(identity.certificatePEM)
        let rubbish = try TemporaryFile("rubbish")
        #expect(problem(ClientIdentity(certificate: "/nowhere")) == .certificate)
        #expect(problem(ClientIdentity(certificate: rubbish.path)) == .certificate)
        #expect(problem(ClientIdentity(certificate: certificate.path)) == .key)
        #expect(problem(ClientIdentity(certificate: certificate.path, key: "/nowhere")) == .key)
        #expect(problem(ClientIdentity(certificate: certificate.path, key: rubbish.path)) == .key)
        #expect(
            failure { $0.clientIdentity = ClientIdentity(certificate: "/nowhere") }?.description
                == "cannot read the client certificate from '/nowhere': no such file or directory")
        #expect(
            failure { $0.clientIdentity = ClientIdentity(certificate: rubbish.path) }?.description
                == "no certificate in '\(rubbish.path)'")
    }

    @Test func `a key of another certificate is a mismatch`() throws {
        let certificate = try TemporaryFile(identity.certificatePEM)
        let key = try TemporaryFile(Fixture.leaf.keyPEM)
        let wrong = ClientIdentity(certificate: certificate.path, key: key.path)
        #expect(problem(wrong) == .keyMismatch)
        #expect(
            failure { $0.clientIdentity = wrong }?.description
                == "private key in '\(key.path)' does not belong to the certificate '\(certificate.path)'")
    }

    @Test func `an encrypted key wants its password`() throws {
        let certificate = try TemporaryFile(identity.certificatePEM)
        let key = try TemporaryFile(identity.encryptedKeyPEM(password: "hunter2"))
        let file = { (password: String?) in
            ClientIdentity(certificate: certificate.path, key: key.path, password: password)
        }
        #expect(problem(file("hunter2")) == nil)
        #expect(problem(file("hunter3")) == .password)
        #expect(problem(file(nil)) == .password)
        #expect(
            failure { $0.clientIdentity = file("hunter3") }?.description
                == "the password does not open '\(key.path)'")
        #expect(
            failure { $0.clientIdentity = file(nil) }?.description
                == "'\(key.path)' is encrypted and no password was given")
    }

    @Test func `a PKCS #12 container holds both`() throws {
        let container = try TemporaryFile(identity.container(password: "hunter2"))
        let file = { (password: String?) in
            ClientIdentity(certificate: container.path, password: password, format: .p12)
        }
        #expect(problem(file("hunter2")) == nil)
        #expect(problem(file("hunter3")) == .password)
        #expect(problem(file(nil)) == .password)
        let rubbish = try TemporaryFile("rubbish")
        #expect(problem(ClientIdentity(certificate: rubbish.path, format: .p12)) == .certificate)
    }

    @Test func `a password is never printed`() {
        let secret = ClientIdentity(certificate: "c.pem", key: "k.pem", password: "hunter2")
        #expect(secret.description == "client certificate c.pem, key k.pem")
        var text = ""
        dump(TLSConfiguration(clientIdentity: secret), to: &text)
        #expect(!text.contains("hunter2"))
        #expect(!"\(TLSMode.custom(TLSConfiguration(clientIdentity: secret)))".contains("hunter2"))
    }

    @Test func `a bad cipher list and crossed versions are refused`() {
        #expect(
            failure { $0.priority = "NORMAL:+NONSENSE" }
                == .configuration(
                    .priority, path: nil, text: "cipher list 'NORMAL:+NONSENSE' is not understood"))
        #expect(
            failure { $0.priority = "+NONSENSE" }?.description == "cipher list '+NONSENSE' is not understood")
        #expect(
            failure {
                $0.minimumVersion = .tls1_3
                $0.maximumVersion = .tls1_2
            } == .configuration(.versions, path: nil, text: "the minimum TLS version is above the maximum"))
        #expect(failure { $0.priority = "SECURE256" } == nil)
        #expect(failure { $0.priority = "%SERVER_PRECEDENCE:-CHACHA20-POLY1305" } == nil)
        #expect(failure { $0.priority = "" } == nil)
    }

    @Test func `trust is only needed for verification`() {
        let missing = TLSConfiguration.Trust.custom(files: ["/nowhere"], directories: [], pem: nil)
        #expect(failure { $0.trust = missing } != nil)
        #expect(
            failure {
                $0.trust = missing
                $0.verification = .none
            } == nil)
    }

    @Test func `revocation lists are read and obeyed`() throws {
        #expect(
            failure { $0.revocationLists = ["/nowhere"] }?.description
                == "cannot read revocation lists from '/nowhere': no such file or directory")
        let rubbish = try TemporaryFile("rubbish")
        #expect(
            failure { $0.revocationLists = [rubbish.path] }?.description
                == "no revocation list in '\(rubbish.path)'")
        let list = try TemporaryFile(
            TestCertificates.revocationList(issuer: Fixture.root, revoked: [Fixture.leaf]))
        var configuration = Fixture.trusting(Fixture.root)
        configuration.revocationLists = [list.path]
        let context = try TLSContext(configuration)
        let revoked = try SessionPair(context: context, server: TLSServerContext(Fixture.server()))
        try revoked.shakeHands()
        do throws(TLSError) {
            try revoked.client.verifyPeer(host: "localhost")
            Issue.record("accepted")
        } catch {
            #expect(error.description == "certificate was revoked by its issuer")
        }
        let good = TestCertificates.leaf(issuer: Fixture.root)
        let pair = try SessionPair(context: context, server: TLSServerContext(Fixture.server(good)))
        try pair.shakeHands()
        try pair.client.verifyPeer(host: "localhost")
    }

    @Test func `the modes spell themselves out`() throws {
        #expect(TLSMode.verified.configuration == TLSConfiguration())
        #expect(TLSConfiguration().minimumVersion == .tls1_2)
        #expect(TLSConfiguration().maximumVersion == .tls1_3)
        #expect(TLSConfiguration().applicationProtocols == ["http/1.1"])
        #expect(TLSMode.insecure.configuration.verification == .none)
        let pin = Fingerprint(ofDER: [])
        #expect(TLSMode.pinned(pin).configuration.fingerprints == [pin])
        #expect(TLSMode.pinned(pin).configuration.verification == .none)
    }
}

@Suite struct TLSErrorTests {
    @Test func `every case has a sentence`() throws {
        let one = try Fingerprint(bytes: [UInt8](repeating: 1, count: 32))
        let two = try Fingerprint(bytes: [UInt8](repeating: 2, count: 32))
        let ones = String(repeating: "01", count: 32)
        let twos = String(repeating: "02", count: 32)
        for (error, text) in [
            (
                .handshake(code: -1, alert: 40, errno: nil, text: "peer refused: handshake failure"),
                "TLS handshake failed: peer refused: handshake failure"
            ),
            (
                .certificate(reasons: [.expired], text: "certificate expired on 2024-05-01", leaf: nil),
                "certificate expired on 2024-05-01"
            ),
            (
                .fingerprintMismatch(expected: [one], got: two),
                "certificate fingerprint \(twos) is not the pinned \(ones)"
            ),
            (
                .fingerprintMismatch(expected: [one, one], got: two),
                "certificate fingerprint \(twos) is none of the pinned \(ones), \(ones)"
            ),
            (
                .configuration(.trust, path: "/a", text: "no CA certificates in '/a'"),
                "no CA certificates in '/a'"
            ),
            (.io(errno: ECONNRESET), "TLS connection failed: connection reset by peer"),
            (.alert(116), "peer ended the TLS session: client certificate required"),
            (.alert(200), "peer ended the TLS session: alert 200"),
            (.record(code: -1, text: "bad"), "TLS protocol error: bad"),
        ] as [(TLSError, String)] {
            #expect(error.description == text)
        }
    }

    @Test func `a demanded client certificate and the transport's error can be asked for`() {
        #expect(TLSError.alert(116).isClientCertificateRequired)
        #expect(TLSError.handshake(code: -1, alert: 116, errno: nil, text: "").isClientCertificateRequired)
        #expect(!TLSError.alert(40).isClientCertificateRequired)
        #expect(TLSError.io(errno: EPIPE).errno == EPIPE)
        #expect(TLSError.handshake(code: -1, alert: nil, errno: EPIPE, text: "").errno == EPIPE)
        #expect(TLSError.alert(40).errno == nil)
    }
}

@Suite struct CertificateInfoTests {
    @Test func `a certificate tells what it says`() throws {
        let leaf = TestCertificates.leaf(
            names: ["a.example", "*.b.example"], addresses: ["192.0.2.7", "2001:db8::1"],
            issuer: Fixture.root,
            notBefore: 1_700_000_000, notAfter: 1_800_000_000)
        let info = try #require(CertificateInfo(der: leaf.der))
        #expect(info.subject == "CN=a.example")
        #expect(info.issuer == "CN=Test Root")
        #expect(info.notBefore == 1_700_000_000)
        #expect(info.notAfter == 1_800_000_000)
        #expect(info.serial.count == 16)
        #expect(info.names == ["a.example", "*.b.example", "192.0.2.7", "2001:db8::1"])
        #expect(info.pem == leaf.certificatePEM)
        #expect(CertificateInfo(der: [1, 2, 3]) == nil)
    }

    @Test func `control characters in names do not reach the terminal`() throws {
        let leaf = TestCertificates.leaf(names: ["a\u{1b}[31m.example"], commonName: "red\u{1b}[31m\nline")
        let info = try #require(CertificateInfo(der: leaf.der))
        for text in [info.subject] + info.names {
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 })
        }
    }
}
