import CGnuTLS
import Glibc
import TLSTestSupport
import TestSupport
import Testing

@testable import TLS

/// OCSP answers by openssl: only what the issuer calls good now is good.
@Suite struct CertificateStatusTests {
    private static let unsigned = "server's OCSP answer is not signed by the certificate's issuer"

    /// What is wrong with the answer about `Fixture.leaf`; nil when nothing is.
    private func problem(
        _ answer: [UInt8]?, issuers: [TestCertificate] = [Fixture.root], at moment: Int? = nil
    ) throws -> String? {
        let leaf = try #require(Certificate(der: Fixture.leaf.der))
        let status = CertificateStatus(
            answer: answer, leaf: leaf, issuers: issuers.compactMap { Certificate(der: $0.der) })
        return VerificationClock.$override.withValue(moment) {
            do throws(TLSError) {
                try status.check(leafDER: Fixture.leaf.der)
                return nil
            } catch {
                guard case .certificate(let reasons, let text, let leaf) = error else { return "\(error)" }
                #expect(reasons.count == 1 && leaf == Fixture.leaf.der)
                return text
            }
        }
    }

    private func answer(by authority: TestCertificate = Fixture.root, days: Int? = 1) throws -> [UInt8] {
        let books = try OpenSSLAuthority(authority)
        try books.note(Fixture.leaf)
        return try books.status(of: Fixture.leaf, days: days)
    }

    @Test func `an answer is good from its beginning to its end`() throws {
        let (now, day) = (time(nil), 86_400)
        let answer = try answer(days: 3)
        #expect(try problem(answer) == nil)
        #expect(try problem(answer, at: now + 2 * day) == nil)
        #expect(try problem(answer, at: now + 4 * day) == "server's OCSP answer is out of date")
        #expect(try problem(answer, at: now - day) == "server's OCSP answer is from the future")
    }

    @Test func `an answer that does not say until when is good for 15 days`() throws {
        let (now, day) = (time(nil), 86_400)
        let answer = try answer(days: nil)
        #expect(try problem(answer, at: now + 14 * day) == nil)
        #expect(try problem(answer, at: now + 16 * day) == "server's OCSP answer is out of date")
    }

    @Test func `an answer that is none is told apart`() throws {
        for nothing in [nil, []] as [[UInt8]?] {
            #expect(try problem(nothing) == "server sent no OCSP answer about its certificate")
        }
        #expect(try problem([1, 2, 3]) == "server's OCSP answer cannot be read")
        // "Try later", which needs no signature (RFC 6960 §4.2.1).
        #expect(
            try problem([0x30, 0x03, 0x0A, 0x01, 0x03])
                == "server's OCSP answer only says that the responder could not answer")
    }

    @Test func `an answer that is stapled is asked for and heard, also of who signed himself`() throws {
        for (leaf, issuer) in [(Fixture.leaf, Fixture.root), (Fixture.selfSigned, Fixture.selfSigned)] {
            var configuration = Fixture.trusting(Fixture.root)
            configuration.requiresGoodStatus = true
            if leaf.der == issuer.der { configuration.verification = .none }
            let context = try TLSContext(configuration)
            let server = try TLSServerContext(Fixture.server(leaf))
            let silent = try SessionPair(context: context, server: server)
            try silent.shakeHands()
            #expect(throws: TLSError.self) { try silent.client.verifyPeer(host: "localhost") }

            let books = try OpenSSLAuthority(issuer)
            try books.note(leaf)
            #expect(server.staple(try books.status(of: leaf)))
            let pair = try SessionPair(context: context, server: server)
            try pair.shakeHands()
            try pair.client.verifyPeer(host: "localhost")
        }
    }

    @Test func `who only bears the issuer's name cannot speak for it`() throws {
        let answer = try answer()
        #expect(try problem(answer, issuers: []) == Self.unsigned)
        // A peer may send any certificate along, such as one that it made for the issuer's name and signs answers with.
        let impostor = TestCertificates.authority(name: "Test Root")
        let forged = try self.answer(by: impostor)
        #expect(try problem(forged, issuers: [impostor, Fixture.root]) == Self.unsigned)
        #expect(try problem(answer, issuers: [impostor, Fixture.root]) == nil)
    }
}
