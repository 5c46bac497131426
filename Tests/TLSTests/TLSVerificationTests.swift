import Glibc
import TLS
import TestSupport
import Testing

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
        let commonNameOnly = TestCertificates.leaf(names: [], issuer: Fixture.root, commonName: "127.0.0.1")
        #expect(
            try verify(commonNameOnly, host: "127.0.0.1")?.description
                == "certificate is not valid for '127.0.0.1' (it names no host)")
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
}
