import TestSupport
import Testing

@testable import TLS

/// Authorities that may speak for some names only (RFC 5280 §4.2.1.10): the host is held against that, not only the
/// names in the certificate.
@Suite struct NameConstraintsTests {
    private static let limited = TestCertificates.authority(
        name: "Limited", excluded: ["secret.example.com"])
    private static let wild = TestCertificates.leaf(names: ["*.example.com"], issuer: limited)

    /// What is wrong with the chain for the host; the first anchor signed it.
    private func problems(
        _ chain: [TestCertificate], host: String, anchors: TestCertificate...
    ) throws -> Set<CertificateProblem> {
        let pem = anchors.map(\.certificatePEM).joined()
        let store = try TrustStore(files: [], directories: [], pem: Array(pem.utf8))
        do throws(TLSError) {
            try TLSVerification(store: store).verify(chain.map(\.der), host: CertificateHost(host))
            return []
        } catch {
            guard case .certificate(let problems, _, _) = error else { throw error }
            return problems
        }
    }

    @Test func `a wildcard does not reach into what the issuer may not sign`() throws {
        #expect(try problems([Self.wild], host: "www.example.com", anchors: Self.limited) == [])
        #expect(
            try problems([Self.wild], host: "secret.example.com", anchors: Self.limited)
                == [.constraintViolated])
        // The same when the authority comes along with the leaf.
        #expect(
            try problems([Self.wild, Self.limited], host: "SECRET.example.com.", anchors: Self.limited)
                == [.constraintViolated])
    }

    @Test func `a constraint further up holds for what hangs below`() throws {
        let high = TestCertificates.authority(name: "High", issuer: Self.limited)
        let low = TestCertificates.authority(name: "Low", issuer: high)
        let leaf = TestCertificates.leaf(names: ["*.example.com"], issuer: low)
        for chain in [[leaf, low, high], [leaf, high, low]] {
            #expect(try problems(chain, host: "www.example.com", anchors: Self.limited) == [])
            #expect(
                try problems(chain, host: "secret.example.com", anchors: Self.limited)
                    == [.constraintViolated])
        }
    }

    @Test func `what binds a stranger does not bind others`() throws {
        let free = TestCertificates.authority(name: "Free")
        let leaf = TestCertificates.leaf(names: ["*.example.com"], issuer: free)
        #expect(
            try problems([leaf, Self.limited], host: "secret.example.com", anchors: free, Self.limited) == [])
    }

    @Test func `only what is permitted may be named`() throws {
        let narrow = TestCertificates.authority(name: "Narrow", permitted: ["example.com"])
        let fits = TestCertificates.leaf(
            names: ["www.example.com"], addresses: ["127.0.0.1"], issuer: narrow)
        #expect(try problems([fits], host: "www.example.com", anchors: narrow) == [])
        let beyond = TestCertificates.leaf(names: ["www.example.com", "other.test"], issuer: narrow)
        #expect(try problems([beyond], host: "www.example.com", anchors: narrow) == [.constraintViolated])
        // Constraints on DNS names say nothing about addresses.
        #expect(try problems([fits], host: "127.0.0.1", anchors: narrow) == [])
    }
}
