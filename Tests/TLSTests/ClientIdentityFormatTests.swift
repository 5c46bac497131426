import TestSupport
import Testing

@testable import TLS

/// Certificates and keys whose files have unlike formats.
@Suite struct ClientIdentityFormatTests {
    private let identity = TestCertificates.leaf(names: ["client"], issuer: Fixture.root, purpose: .client)

    private func problem(_ identity: ClientIdentity) -> ConfigurationProblem? {
        do throws(TLSError) {
            _ = try TLSContext(TLSConfiguration(verification: .none, clientIdentity: identity))
            return nil
        } catch {
            guard case .configuration(let problem, _, _) = error else { return .library }
            return problem
        }
    }

    @Test func `a DER certificate goes with a PEM key and the other way round`() throws {
        let der = try TemporaryFile(identity.der)
        let pem = try TemporaryFile(identity.certificatePEM)
        let key = try TemporaryFile(identity.keyPEM)
        let body = identity.keyPEM.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        let keyDER = try TemporaryFile(try #require(Array(body.utf8).withUnsafeBytes { Base64.decode($0) }))
        let locked = try TemporaryFile(identity.encryptedKeyPEM(password: "hunter2"))
        func of(
            _ certificate: TemporaryFile, _ format: ClientIdentity.Format, _ key: TemporaryFile,
            _ keyFormat: ClientIdentity.Format, password: String? = nil
        ) -> ConfigurationProblem? {
            problem(
                ClientIdentity(
                    certificate: certificate.path, key: key.path, password: password, format: format,
                    keyFormat: keyFormat))
        }
        #expect(of(der, .der, key, .pem) == nil)
        #expect(of(pem, .pem, keyDER, .der) == nil)
        #expect(of(der, .der, keyDER, .der) == nil)
        #expect(of(der, .der, locked, .pem, password: "hunter2") == nil)
        #expect(of(der, .der, locked, .pem, password: "hunter3") == .password)
        #expect(of(der, .der, locked, .pem) == .password)
        #expect(of(pem, .pem, key, .der) == .key)
        #expect(of(pem, .der, key, .pem) == .certificate)
        #expect(of(key, .pem, keyDER, .der) == .certificate)
        let other = try TemporaryFile(Fixture.leaf.keyPEM)
        #expect(of(der, .der, other, .pem) == .keyMismatch)
    }

    @Test func `a token that is not there is a certificate problem`() {
        let uri = "pkcs11:token=nowhere;object=none"
        #expect(problem(ClientIdentity(certificate: uri, password: "1234")) == .certificate)
        #expect(problem(ClientIdentity(certificate: "/nowhere", key: uri)) == .certificate)
    }
}
