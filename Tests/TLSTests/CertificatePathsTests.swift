import Glibc
import TestSupport
import Testing

@testable import TLS

/// One good way to an anchor is enough, whatever else a server sends or a store holds (RFC 4158).
@Suite struct CertificatePathsTests {
    private let now = time(nil)
    private let day = 86_400

    private func problems(
        _ chain: [TestCertificate], anchors: [TestCertificate], host: String = "localhost",
        revoking lists: [String] = []
    ) throws -> Set<CertificateProblem> {
        let pem = anchors.map(\.certificatePEM).joined()
        var verification = TLSVerification(
            store: try TrustStore(files: [], directories: [], pem: Array(pem.utf8)))
        verification.revocationLists = lists.map { Array($0.utf8) }
        do throws(TLSError) {
            try verification.verify(chain.map(\.der), host: CertificateHost(host))
            return []
        } catch {
            guard case .certificate(let problems, _, _) = error else { throw error }
            return problems
        }
    }

    @Test func `a renewed intermediate counts beside the expired one`() throws {
        let renewed = TestCertificates.authority(name: "Middle", issuer: Fixture.root)
        let expired = TestCertificates.crossSigned(
            "Middle", keyOf: renewed, issuer: Fixture.root, notBefore: now - 9 * day, notAfter: now - day)
        let leaf = TestCertificates.leaf(issuer: renewed)
        for chain in [[leaf, expired, renewed], [leaf, renewed, expired]] {
            #expect(try problems(chain, anchors: [Fixture.root]) == [])
        }
        #expect(try problems([leaf, expired], anchors: [Fixture.root]) == [.expired])
        // An anchor that has expired does not hide the way to another one, nor the other way round.
        #expect(try problems([leaf, renewed], anchors: [expired, Fixture.root]) == [])
        #expect(try problems([leaf, expired], anchors: [renewed]) == [])
    }

    @Test func `an intermediate of the same name and another key does no harm`() throws {
        let middle = TestCertificates.authority(name: "Middle", issuer: Fixture.root)
        let namesake = TestCertificates.authority(name: "Middle", issuer: Fixture.root)
        let leaf = TestCertificates.leaf(issuer: middle)
        for chain in [[leaf, namesake, middle], [leaf, middle, namesake]] {
            #expect(try problems(chain, anchors: [Fixture.root]) == [])
            #expect(try problems(chain, anchors: [namesake, Fixture.root]) == [])
        }
    }

    @Test func `a leaf among the anchors needs no issuer`() throws {
        let stranger = TestCertificates.authority(name: "Stranger")
        let leaf = TestCertificates.leaf(issuer: stranger)
        #expect(try problems([leaf], anchors: [leaf]) == [])
        #expect(try problems([leaf, stranger], anchors: [Fixture.root, leaf]) == [])
        #expect(try problems([leaf], anchors: [leaf], host: "other.test") == [.nameMismatch])
        #expect(try problems([leaf], anchors: [Fixture.leaf]) == [.unknownIssuer])
        let old = TestCertificates.leaf(issuer: stranger, notBefore: now - 9 * day, notAfter: now - day)
        #expect(try problems([old], anchors: [old]) == [.expired])
        let early = TestCertificates.leaf(issuer: stranger, notBefore: now + day, notAfter: now + 2 * day)
        #expect(try problems([early], anchors: [early]) == [.notYetValid])
        let client = TestCertificates.leaf(issuer: stranger, purpose: .client)
        #expect(try problems([client], anchors: [client]) == [.wrongPurpose])
        let list = TestCertificates.revocationList(issuer: stranger, revoked: [leaf])
        #expect(try problems([leaf], anchors: [leaf], revoking: [list]) == [.revoked])
        let other = TestCertificates.revocationList(issuer: stranger, revoked: [])
        #expect(try problems([leaf], anchors: [leaf], revoking: [other]) == [])
        #expect(try problems([leaf], anchors: [leaf], revoking: ["rubbish"]) == [.untrusted])
    }

    @Test func `name constraints bind the path that is taken and no other`() throws {
        let bridge = TestCertificates.authority(name: "Bridge")
        let cross = TestCertificates.crossSigned(
            "Test Root", keyOf: Fixture.root, issuer: bridge, permitted: ["gov.test"])
        let namesake = TestCertificates.authority(name: "Test Root", permitted: ["gov.test"])
        #expect(try problems([Fixture.leaf, cross], anchors: [Fixture.root]) == [])
        #expect(try problems([Fixture.leaf], anchors: [namesake, Fixture.root]) == [])
        #expect(try problems([Fixture.leaf, cross], anchors: [bridge]) == [.constraintViolated])
        #expect(try problems([Fixture.leaf, cross], anchors: [bridge, Fixture.root]) == [])
    }

    @Test func `what is revoked stays revoked on every path`() throws {
        let list = TestCertificates.revocationList(issuer: Fixture.root, revoked: [Fixture.leaf])
        let bridge = TestCertificates.authority(name: "Bridge")
        let cross = TestCertificates.crossSigned("Test Root", keyOf: Fixture.root, issuer: bridge)
        #expect(
            try problems([Fixture.leaf, cross], anchors: [bridge, Fixture.root], revoking: [list]) == [
                .revoked
            ])
    }

    @Test func `certificates that all bear one name lead nowhere in bounded time`() throws {
        let many = (0..<15).map { _ in
            TestCertificates.authority(name: "Same", issuer: TestCertificates.authority(name: "Same"))
        }
        let leaf = TestCertificates.leaf(issuer: many[0])
        let same = TestCertificates.authority(name: "Same")
        for anchor in [Fixture.root, same] {
            #expect(try problems([leaf] + many, anchors: [anchor]) != [])
        }
        let found = CertificatePaths(
            chain: ([leaf] + many).map(\.der), anchors: (many + [same]).map(\.der)
        ).found
        #expect(found.count == 32)
    }
}
