import Glibc
import TLSTestSupport
import TestSupport
import Testing

@testable import TLS

@Suite struct TLSVerificationTests {
    private let context: TLSContext

    init() throws {
        context = try TLSContext(Fixture.trusting(Fixture.root))
    }

    /// Shakes hands with a server that shows the certificates and says what became of verifying it.
    private func verify(
        _ leaf: TestCertificate, chain: [TestCertificate] = [], host: String = "localhost",
        context: TLSContext? = nil
    ) throws -> TLSError? {
        var server = Fixture.server(leaf)
        server.certificatePEM = ([leaf] + chain).map(\.certificatePEM).joined()
        let pair = try SessionPair(
            context: context ?? self.context, server: TLSServerContext(server), host: host)
        try pair.shakeHands()
        do {
            try pair.client.verifyPeer(host: host)
            return nil
        } catch {
            return error
        }
    }

    private func problems(_ error: TLSError?) -> Set<CertificateProblem>? {
        guard case .certificate(let problems, let text, _)? = error else { return nil }
        #expect(!text.contains("\n"))
        return problems
    }

    @Test func `a certificate of a trusted authority is good`() throws {
        #expect(try verify(Fixture.leaf) == nil)
        let rsa = TestCertificates.leaf(issuer: Fixture.root, key: .rsa(bits: 2048))
        #expect(try verify(rsa) == nil)
        let edwards = TestCertificates.leaf(issuer: Fixture.root, key: .ed25519)
        #expect(try verify(edwards) == nil)
    }

    @Test func `a wrong name is refused and the right ones are told`() throws {
        let leaf = TestCertificates.leaf(names: ["a.example", "b.example"], issuer: Fixture.root)
        let error = try verify(leaf, host: "c.example")
        #expect(problems(error) == [.nameMismatch])
        #expect(
            error?.description == "certificate is not valid for 'c.example' (it names a.example, b.example)")
        let many = TestCertificates.leaf(names: (0..<9).map { "h\($0).example" }, issuer: Fixture.root)
        #expect(
            try verify(many, host: "c.example")?.description
                == "certificate is not valid for 'c.example' (it names h0.example, h1.example, h2.example and 6 more)"
        )
    }

    @Test func `wildcards stand for one label`() throws {
        let leaf = TestCertificates.leaf(names: ["*.example.com"], issuer: Fixture.root)
        #expect(try verify(leaf, host: "www.example.com") == nil)
        #expect(try verify(leaf, host: "WWW.Example.COM.") == nil)
        #expect(try problems(verify(leaf, host: "example.com")) == [.nameMismatch])
        #expect(try problems(verify(leaf, host: "a.b.example.com")) == [.nameMismatch])
    }

    @Test func `addresses match only address names (TLS-06)`() throws {
        #expect(try verify(Fixture.leaf, host: "127.0.0.1") == nil)
        #expect(try verify(Fixture.leaf, host: "::1") == nil)
        #expect(try verify(Fixture.leaf, host: "[0:0::1]") == nil)
        #expect(try problems(verify(Fixture.leaf, host: "127.0.0.2")) == [.nameMismatch])
        let asName = TestCertificates.leaf(
            names: ["127.0.0.1"], issuer: Fixture.root, commonName: "127.0.0.1")
        let error = try verify(asName, host: "127.0.0.1")
        #expect(problems(error) == [.nameMismatch])
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `a common name is no name of a host`(host: String) throws {
        let leaf = TestCertificates.leaf(names: [], issuer: Fixture.root, commonName: host)
        let error = try verify(leaf, host: host)
        #expect(problems(error) == [.namesMissing])
        #expect(
            error?.description
                == "certificate has no subject alternative name, and its common name '\(host)' does not count"
        )
        // Beside a name of another kind it does not count either.
        let other = TestCertificates.leaf(
            names: [], addresses: ["127.0.0.9"], issuer: Fixture.root, commonName: host)
        #expect(try problems(verify(other, host: host)) == [.nameMismatch])
    }

    @Test func `a wildcard is the whole first label or nothing (RFC 9525)`() throws {
        for (name, host) in [
            ("*w.example.com", "www.example.com"), ("w*.example.com", "www.example.com"),
            ("w*w.example.com", "www.example.com"), ("*", "localhost"), ("*.com", "example.com"),
            ("www.*.com", "www.example.com"), ("*.*.com", "www.example.com"),
            ("*.example.com", ".example.com"),
            ("*.example.com", "*.www.example.com"),
        ] {
            let names = SubjectNames(dnsNames: [name])
            #expect(!names.include(CertificateHost(host)), "\(name) \(host)")
        }
        for (name, host) in [
            ("*.example.com", "www.example.com"), ("*.EXAMPLE.com", "xn--mnchen-3ya.example.com"),
            ("localhost", "LOCALHOST."),
        ] {
            #expect(SubjectNames(dnsNames: [name]).include(CertificateHost(host)), "\(name) \(host)")
        }
        let hidden = SubjectNames(dnsNames: ["example.com\u{0}.evil.test"])
        #expect(!hidden.include(CertificateHost("example.com")))
        #expect(!SubjectNames(dnsNames: [""]).include(CertificateHost("")))
    }

    @Test func `names that break off name nobody`() {
        let whole: [UInt8] = [0x30, 0x0D, 0x82, 0x01, 0x61, 0x81, 0x00, 0x87, 0x04, 127, 0, 0, 1, 0x82, 0x00]
        let names = SubjectNames(extension: whole)
        #expect(names.dnsNames == [[0x61], []] && names.addresses == [[127, 0, 0, 1]])
        for end in 0..<whole.count { #expect(SubjectNames(extension: Array(whole[..<end])).isEmpty) }
        #expect(SubjectNames(extension: whole + [0]).isEmpty)
        var long = whole
        long[14] = 1
        #expect(SubjectNames(extension: long).isEmpty)
    }

    @Test func `dates are checked`() throws {
        let expired = TestCertificates.leaf(
            issuer: Fixture.root, notBefore: 1_600_000_000, notAfter: 1_714_564_800)
        let error = try verify(expired)
        #expect(problems(error) == [.expired])
        #expect(error?.description == "certificate expired on 2024-05-01")
        let early = TestCertificates.leaf(
            issuer: Fixture.root, notBefore: 4_102_444_800, notAfter: 4_202_444_800)
        #expect(try problems(verify(early)) == [.notYetValid])
        #expect(try verify(early)?.description == "certificate is not valid before 2100-01-01")

        let oldIssuer = TestCertificates.authority(
            name: "Old Issuer", issuer: Fixture.root, notBefore: 1_600_000_000, notAfter: 1_714_564_800)
        let leaf = TestCertificates.leaf(issuer: oldIssuer)
        #expect(
            try verify(leaf, chain: [oldIssuer])?.description
                == "certificate of the issuer 'Old Issuer' expired on 2024-05-01")
    }

    @Test func `unknown issuers and self-signed certificates are refused`() throws {
        #expect(try problems(verify(Fixture.selfSigned)) == [.selfSigned])
        #expect(try verify(Fixture.selfSigned)?.description == "certificate is self-signed and not trusted")
        let stranger = TestCertificates.authority(name: "Stranger")
        let leaf = TestCertificates.leaf(issuer: stranger)
        #expect(try problems(verify(leaf)) == [.unknownIssuer])
        #expect(
            try verify(leaf, chain: [stranger])?.description
                == "certificate's issuer 'Stranger' is not trusted")
        // An authority of the same name but another key.
        let impostor = TestCertificates.authority(name: "Test Root")
        #expect(try verify(TestCertificates.leaf(issuer: impostor)) != nil)
    }

    @Test func `everything that is wrong is told`() throws {
        let stranger = TestCertificates.authority(name: "Stranger")
        let leaf = TestCertificates.leaf(
            names: ["a.example"], issuer: stranger, notBefore: 1_600_000_000, notAfter: 1_714_564_800)
        let error = try verify(leaf)
        #expect(problems(error) == [.unknownIssuer, .expired, .nameMismatch])
        #expect(
            error?.description == """
                certificate is not valid for 'localhost' (it names a.example); certificate expired on 2024-05-01; \
                certificate's issuer 'Stranger' is not trusted
                """)
    }

    @Test func `a client's certificate is no server's`() throws {
        let leaf = TestCertificates.leaf(issuer: Fixture.root, purpose: .client)
        #expect(try problems(verify(leaf)) == [.wrongPurpose])
        #expect(try verify(TestCertificates.leaf(issuer: Fixture.root, purpose: .any)) == nil)
    }

    @Test func `a leaf cannot issue certificates`() throws {
        let leaf = TestCertificates.leaf(issuer: Fixture.leaf)
        #expect(try verify(leaf, chain: [Fixture.leaf]) != nil)
    }

    @Test func `a forged signature and an extension that must be understood are told apart`() throws {
        let store = try TrustStore(files: [], directories: [], pem: Array(Fixture.root.certificatePEM.utf8))
        var forged = Fixture.leaf.der
        forged[forged.count - 1] ^= 1
        let error = #expect(throws: TLSError.self) {
            try TLSVerification(store: store).verify([forged], host: CertificateHost("localhost"))
        }
        #expect(problems(error) == [.badSignature])
        let strange = TestCertificates.leaf(issuer: Fixture.root, criticalExtension: "1.3.6.1.4.1.55555.1")
        #expect(try problems(verify(strange)) == [.unknownCriticalExtension])
    }

    @Test func `dates are told beside whatever else is wrong`() throws {
        let (past, future) = (1_600_000_000, 4_102_444_800)
        let stranger = TestCertificates.authority(name: "Stranger")
        for (issuer, problem) in [(nil, CertificateProblem.selfSigned), (stranger, .unknownIssuer)] {
            let old = TestCertificates.leaf(issuer: issuer, notBefore: past, notAfter: past + 1000)
            #expect(try problems(verify(old)) == [problem, .expired])
            let early = TestCertificates.leaf(issuer: issuer, notBefore: future, notAfter: future + 1000)
            #expect(try problems(verify(early)) == [problem, .notYetValid])
        }
        // Where the chain breaks off above the leaf, GnuTLS does not come to look at it.
        let middle = TestCertificates.authority(name: "Middle", issuer: stranger)
        let old = TestCertificates.leaf(issuer: middle, notBefore: past, notAfter: past + 1000)
        #expect(try problems(verify(old, chain: [middle])) == [.unknownIssuer, .expired])
        let early = TestCertificates.leaf(issuer: middle, notBefore: future, notAfter: future + 1000)
        #expect(try problems(verify(early, chain: [middle])) == [.unknownIssuer, .notYetValid])
        let client = TestCertificates.leaf(
            issuer: Fixture.root, purpose: .client, notBefore: past, notAfter: past + 1000)
        #expect(try problems(verify(client))?.isSuperset(of: [.wrongPurpose, .expired]) == true)
        let weak = TestCertificates.leaf(
            issuer: Fixture.root, key: .rsa(bits: 1024), notBefore: past, notAfter: past + 1000)
        #expect(try problems(verify(weak))?.isSuperset(of: [.insecureAlgorithm, .expired]) == true)
    }

    @Test func `weak keys are refused`() throws {
        let leaf = TestCertificates.leaf(issuer: Fixture.root, key: .rsa(bits: 1024))
        #expect(try problems(verify(leaf)) == [.insecureAlgorithm])
    }

    @Test func `chains may be out of order, padded, or go on to the root`() throws {
        let middle = TestCertificates.authority(name: "Middle", issuer: Fixture.root)
        let low = TestCertificates.authority(name: "Low", issuer: middle)
        let leaf = TestCertificates.leaf(issuer: low)
        let stranger = TestCertificates.authority(name: "Stranger")
        #expect(try verify(leaf, chain: [low, middle]) == nil)
        #expect(try verify(leaf, chain: [low, middle, Fixture.root]) == nil)
        #expect(try verify(leaf, chain: [low, middle, Fixture.root, stranger]) == nil)
        #expect(try problems(verify(leaf, chain: [middle])) == [.unknownIssuer])
        #expect(try verify(leaf, chain: [middle])?.description == "certificate's issuer 'Low' is not trusted")
    }

    @Test func `a chain of 16 certificates is looked at`() throws {
        let store = try TrustStore(files: [], directories: [], pem: Array(Fixture.root.certificatePEM.utf8))
        let others = (0..<15).map { TestCertificates.authority(name: "Other \($0)").der }
        let host = CertificateHost("localhost")
        try TLSVerification(store: store).verify([Fixture.leaf.der] + others, host: host)
    }

    @Test func `a cross-signature by an unknown authority does not stand in the way`() throws {
        let unknown = TestCertificates.authority(name: "Unknown")
        let cross = TestCertificates.crossSigned("Test Root", keyOf: Fixture.root, issuer: unknown)
        #expect(try verify(Fixture.leaf, chain: [cross]) == nil)
        #expect(try verify(Fixture.leaf, chain: [cross, unknown]) == nil)
    }

    @Test func `a leaf that is itself trusted is good`() throws {
        let context = try TLSContext(Fixture.trusting(Fixture.selfSigned))
        #expect(try verify(Fixture.selfSigned, context: context) == nil)
        #expect(try problems(verify(Fixture.leaf, context: context)) == [.unknownIssuer])
    }

    @Test func `without verification anything goes but pins`() throws {
        let insecure = try TLSContext(TLSMode.insecure.configuration)
        #expect(try verify(Fixture.selfSigned, host: "other.example", context: insecure) == nil)
        var pinned = TLSMode.insecure.configuration
        pinned.fingerprints = [try Fingerprint(bytes: [UInt8](repeating: 1, count: 32))]
        let error = try verify(Fixture.selfSigned, context: TLSContext(pinned))
        let got = Fingerprint(ofDER: Fixture.selfSigned.der)
        #expect(error == .fingerprintMismatch(expected: pinned.fingerprints, got: got))
        #expect(
            error?.description
                == "certificate fingerprint \(got) is not the pinned \(String(repeating: "01", count: 32))")
        pinned.fingerprints.append(got)
        #expect(try verify(Fixture.selfSigned, context: TLSContext(pinned)) == nil)
    }

    @Test func `a pin replaces the chain, unless both are asked for (TLS-03)`() throws {
        let mode = TLSMode.pinned(Fingerprint(ofDER: Fixture.selfSigned.der))
        #expect(
            try verify(Fixture.selfSigned, host: "other.example", context: TLSContext(mode.configuration))
                == nil)
        var both = Fixture.trusting(Fixture.root)
        both.fingerprints = mode.configuration.fingerprints
        #expect(try problems(verify(Fixture.selfSigned, context: TLSContext(both))) == [.selfSigned])
        both.fingerprints = [Fingerprint(ofDER: Fixture.leaf.der)]
        #expect(try verify(Fixture.leaf, context: TLSContext(both)) == nil)
    }

    @Test func `public keys can be pinned`() throws {
        let info = try #require(CertificateInfo(der: Fixture.leaf.der))
        let pin = try #require(info.publicKeyPin)
        var configuration = TLSConfiguration(verification: .none)
        configuration.publicKeyPins = try #require(
            PublicKeyPin.list("\(pin);sha256//" + String(repeating: "A", count: 43) + "="))
        #expect(try verify(Fixture.leaf, context: TLSContext(configuration)) == nil)
        let other = try #require(CertificateInfo(der: Fixture.selfSigned.der)?.publicKeyPin)
        let error = try verify(Fixture.selfSigned, context: TLSContext(configuration))
        #expect(error == .publicKeyMismatch(got: other))
        #expect(error?.description == "public key \(other) is not pinned")
    }

    @Test func `a pin names the leaf and not who signed it (TLS-08)`() throws {
        var configuration = TLSConfiguration(verification: .none)
        configuration.fingerprints = [Fingerprint(ofDER: Fixture.root.der)]
        #expect(
            try verify(Fixture.leaf, chain: [Fixture.root], context: TLSContext(configuration))
                == .fingerprintMismatch(
                    expected: configuration.fingerprints, got: Fingerprint(ofDER: Fixture.leaf.der)))
        configuration.fingerprints = []
        configuration.publicKeyPins = [try #require(CertificateInfo(der: Fixture.root.der)?.publicKeyPin)]
        let own = try #require(CertificateInfo(der: Fixture.leaf.der)?.publicKeyPin)
        #expect(
            try verify(Fixture.leaf, chain: [Fixture.root], context: TLSContext(configuration))
                == .publicKeyMismatch(got: own))
        // Both kinds at once: each has to fit.
        configuration.fingerprints = [Fingerprint(ofDER: Fixture.leaf.der)]
        #expect(
            try verify(Fixture.leaf, chain: [Fixture.root], context: TLSContext(configuration))
                == .publicKeyMismatch(got: own))
        configuration.publicKeyPins.append(own)
        #expect(try verify(Fixture.leaf, chain: [Fixture.root], context: TLSContext(configuration)) == nil)
    }

    @Test func `a refused peer is told and nothing more is sent`() throws {
        let pair = try SessionPair(
            context: context, server: TLSServerContext(Fixture.server(Fixture.selfSigned)))
        try pair.shakeHands()
        #expect(throws: TLSError.self) { try pair.client.verifyPeer(host: "localhost") }
        #expect(throws: TLSError.self) { try pair.client.verifyPeer(host: "localhost") }
        #expect(throws: TLSError.self) { try pair.client.write("secret") }
        pair.client.sendCloseNotify()
        #expect(throws: TLSError.alert(48)) { try pair.server.readText() }
    }

    @Test func `a refused peer is told what about it was refused`() throws {
        let list = try TemporaryFile(
            TestCertificates.revocationList(issuer: Fixture.root, revoked: [Fixture.leaf]))
        var revoking = Fixture.trusting(Fixture.root)
        revoking.revocationLists = [list.path]
        let past = 1_600_000_000
        let orphan = TestCertificates.leaf(issuer: TestCertificates.authority(name: "Stranger"))
        let expired = TestCertificates.leaf(issuer: Fixture.root, notBefore: past, notAfter: past + 1000)
        let pinned = TLSConfiguration(
            verification: .none, fingerprints: [Fingerprint(ofDER: Fixture.root.der)])
        // RFC 8446 §6.2: bad_certificate 42, certificate_revoked 44, certificate_expired 45, unknown_ca 48.
        let cases: [(TLSConfiguration, TestCertificate, String, UInt8)] = [
            (Fixture.trusting(Fixture.root), orphan, "localhost", 48),
            (Fixture.trusting(Fixture.root), expired, "localhost", 45),
            (revoking, Fixture.leaf, "localhost", 44),
            (Fixture.trusting(Fixture.root), Fixture.leaf, "a.example", 42),
            (pinned, Fixture.leaf, "localhost", 42),
        ]
        for (configuration, leaf, host, alert) in cases {
            let pair = try SessionPair(configuration, server: Fixture.server(leaf), host: host)
            try pair.shakeHands()
            #expect(throws: TLSError.self) { try pair.client.verifyPeer(host: host) }
            #expect(throws: TLSError.alert(alert)) { try pair.server.readText() }
        }
    }
}

extension SubjectNames {
    fileprivate init(dnsNames: [String]) {
        self.init()
        self.dnsNames = dnsNames.map { Array($0.utf8) }
    }
}
