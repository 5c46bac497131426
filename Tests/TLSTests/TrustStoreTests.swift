import Glibc
import Synchronization
import TestSupport
import Testing

@testable import TLS

@Suite struct TrustStoreTests {
    private func name(_ certificate: TestCertificate) throws -> TrustStore.NameHash {
        try certificate.der.withUnsafeBytes { bytes in
            TrustStore.hash(bytes[try #require(CertificateNames(bytes)).subject])
        }
    }

    private func failure(_ body: () throws(TLSError) -> Void) -> TLSError? {
        do {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func `only the anchors with a name that was asked for are handed out`() throws {
        let others = (0..<20).map { TestCertificates.authority(name: "Authority \($0)") }
        let file = try TemporaryFile(
            others.map { "# a comment\n" + $0.certificatePEM }.joined() + Fixture.root.certificatePEM)
        let store = try TrustStore(files: [file.path], directories: [], pem: nil)
        #expect(
            store.anchors(named: [try name(Fixture.root)], includingDirectories: true) == [Fixture.root.der])
        #expect(store.anchors(named: [], includingDirectories: true) == [])
        #expect(store.everyAnchor() == others.map(\.der) + [Fixture.root.der])
    }

    @Test func `authorities of one name are all handed out`() throws {
        let twin = TestCertificates.authority(name: "Test Root")
        let store = try TrustStore(
            files: [], directories: [], pem: Array((twin.certificatePEM + Fixture.root.certificatePEM).utf8))
        #expect(
            store.anchors(named: [try name(twin)], includingDirectories: true) == [
                twin.der, Fixture.root.der,
            ])
        let verification = TLSVerification(store: store)
        try verification.verify([Fixture.leaf.der], host: CertificateHost("localhost"))
    }

    @Test func `directories are read when they are needed, each file once`() throws {
        let directory = try TemporaryDirectory()
        try directory.add("root.pem", Fixture.root.certificatePEM)
        try directory.add("readme", "nothing here")
        directory.link("2e5ac55d.0", to: "root.pem")
        directory.link("dangling.0", to: "nowhere.pem")
        let other = TestCertificates.authority(name: "Other")
        let store = try TrustStore(
            files: [], directories: [directory.path], pem: Array(other.certificatePEM.utf8))
        #expect(store.anchors(named: [try name(Fixture.root)], includingDirectories: false) == [])
        #expect(
            store.anchors(named: [try name(Fixture.root)], includingDirectories: true) == [Fixture.root.der])
        #expect(store.everyAnchor() == [other.der, Fixture.root.der])
        try TLSVerification(store: store).verify([Fixture.leaf.der], host: CertificateHost("localhost"))
        // A name in the file that is of no help must not hide the directory's.
        let twin = TestCertificates.authority(name: "Test Root")
        let misled = try TrustStore(
            files: [], directories: [directory.path], pem: Array(twin.certificatePEM.utf8))
        try TLSVerification(store: misled).verify([Fixture.leaf.der], host: CertificateHost("localhost"))
    }

    @Test func `a directory that is not there is passed over beside one that is`() throws {
        let directory = try TemporaryDirectory()
        try directory.add("root.pem", Fixture.root.certificatePEM)
        for directories in [["/nowhere", directory.path], [directory.path, "/nowhere/at/all"]] {
            let store = try TrustStore(files: [], directories: directories, pem: nil)
            #expect(store.everyAnchor() == [Fixture.root.der])
        }
        let pem = Array(Fixture.root.certificatePEM.utf8)
        #expect(
            failure { () throws(TLSError) in
                _ = try TrustStore(files: [], directories: ["/nowhere", "/elsewhere"], pem: pem)
            }?.description == "cannot read CA certificates from '/nowhere': no such file or directory")
    }

    @Test func `garbled certificates are skipped`() throws {
        let garbled = "-----BEGIN CERTIFICATE-----\nMIIB!!\n-----END CERTIFICATE-----\n"
        let wrong = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        let store = try TrustStore(
            files: [], directories: [], pem: Array((garbled + wrong + Fixture.root.certificatePEM).utf8))
        #expect(store.everyAnchor() == [Fixture.root.der])
    }

    @Test func `a missing, empty or useless file is an error that names it`() throws {
        #expect(
            failure { () throws(TLSError) in
                _ = try TrustStore(files: ["/nowhere.pem"], directories: [], pem: nil)
            }
                == .configuration(
                    .trust, path: "/nowhere.pem",
                    text: "cannot read CA certificates from '/nowhere.pem': no such file or directory"))
        let empty = try TemporaryFile("")
        #expect(
            failure { () throws(TLSError) in
                _ = try TrustStore(files: [empty.path], directories: [], pem: nil)
            }
                == .configuration(.trust, path: empty.path, text: "no CA certificates in '\(empty.path)'"))
        #expect(
            failure { () throws(TLSError) in _ = try TrustStore(files: ["/"], directories: [], pem: nil) }?
                .description
                == "cannot read CA certificates from '/': is a directory")
        // A file without end must not fill the memory.
        #expect(
            failure { () throws(TLSError) in
                _ = try TrustStore(files: ["/dev/zero"], directories: [], pem: nil)
            }?
            .description
                == "cannot read CA certificates from '/dev/zero': file too large")
        #expect(
            failure { () throws(TLSError) in
                _ = try TrustStore(files: [], directories: ["/nowhere"], pem: nil)
            }?
            .description == "cannot read CA certificates from '/nowhere': no such file or directory")
        #expect(
            failure { () throws(TLSError) in _ = try TrustStore(files: [], directories: [], pem: [65]) }?
                .description
                == "no CA certificates in the given PEM text")
        #expect(
            failure { () throws(TLSError) in _ = try TrustStore(files: [], directories: [], pem: nil) }?
                .description
                == "no CA certificates are configured")
    }

    @Test func `the system's bundle is looked for in the usual places, then in directories`() throws {
        let file = try TemporaryFile(Fixture.root.certificatePEM)
        let empty = try TemporaryFile("")
        let found = TrustStore.loadSystem(files: ["/nowhere", empty.path, file.path], directories: [])
        #expect(try found.get().everyAnchor() == [Fixture.root.der])
        let directory = try TemporaryDirectory()
        try directory.add("a.pem", Fixture.root.certificatePEM)
        let fallback = TrustStore.loadSystem(files: ["/nowhere"], directories: ["/nowhere", directory.path])
        #expect(try fallback.get().everyAnchor() == [Fixture.root.der])
        #expect(throws: TLSError.self) {
            try TrustStore.loadSystem(files: ["/nowhere"], directories: []).get()
        }
    }

    @Test func `the system's anchors are loaded once for all threads (TLS-04)`() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try? TLSContext.forSystem() } }
        }
        #expect(TrustStore.systemLoads.load(ordering: .relaxed) == 1)
    }

    /// A chain is believed if there is a good way from the leaf to an anchor, and only then; what GnuTLS proves with all
    /// anchors at once is among that.
    @Test func `choosing anchors and paths brings the right verdict`() throws {
        let roots = (0..<3).map { TestCertificates.authority(name: "Root \($0)") }
        let expired = TestCertificates.authority(
            name: "Expired", notBefore: 1_000_000_000, notAfter: 1_100_000_000)
        let middle = TestCertificates.authority(name: "Middle", issuer: roots[0])
        let crossed = [roots[1], roots[2], expired].map {
            TestCertificates.crossSigned("Middle", keyOf: middle, issuer: $0)
        }
        let rootCrossed = TestCertificates.crossSigned("Root 0", keyOf: roots[0], issuer: expired)
        let leaf = TestCertificates.leaf(issuer: middle)
        let material = roots + [expired, middle, rootCrossed] + crossed
        var generator = SplitMix(state: 7)
        var accepted = 0
        for _ in 0..<150 {
            let chain =
                [leaf] + material.shuffled(using: &generator).prefix(Int.random(in: 0...6, using: &generator))
            let anchors = material.shuffled(using: &generator).prefix(
                Int.random(in: 1...4, using: &generator))
            let store = try TrustStore(
                files: [], directories: [], pem: Array(anchors.map(\.certificatePEM).joined().utf8))
            let verification = TLSVerification(store: store)
            let ders = chain.map(\.der)
            let whole = verification.judge(
                ders.compactMap(Certificate.init(der:)), anchors: store.everyAnchor())
            let error = failure { () throws(TLSError) in
                try verification.verify(ders, host: CertificateHost("localhost"))
            }
            func sends(_ certificate: TestCertificate) -> Bool { ders.contains(certificate.der) }
            func trusts(_ certificate: TestCertificate) -> Bool {
                anchors.contains { $0.der == certificate.der }
            }
            let isProvable =
                ([middle] + crossed).contains(where: trusts)
                || sends(middle) && (trusts(roots[0]) || trusts(rootCrossed))
                || sends(crossed[0]) && trusts(roots[1]) || sends(crossed[1]) && trusts(roots[2])
            #expect((error == nil) == isProvable, "seed 7")
            if whole.isEmpty { #expect(error == nil, "seed 7") }
            if error == nil { accepted += 1 }
        }
        #expect(accepted > 20 && accepted < 130)
    }

    @Test func `a cross-signature by an expired authority does not stand in the way of the trusted root`()
        throws
    {
        let expired = TestCertificates.authority(
            name: "Expired", notBefore: 1_000_000_000, notAfter: 1_100_000_000)
        let cross = TestCertificates.crossSigned("Test Root", keyOf: Fixture.root, issuer: expired)
        let store = try TrustStore(
            files: [], directories: [],
            pem: Array((expired.certificatePEM + Fixture.root.certificatePEM).utf8))
        let host = CertificateHost("localhost")
        try TLSVerification(store: store).verify([Fixture.leaf.der, cross.der], host: host)
    }

    @Test func `the time of a verification can be moved`() throws {
        let store = try TrustStore(files: [], directories: [], pem: Array(Fixture.root.certificatePEM.utf8))
        let verification = TLSVerification(store: store)
        for (time, problem) in [(1_000_000_000, CertificateProblem.notYetValid), (4_000_000_000, .expired)] {
            let error = VerificationClock.$override.withValue(time) {
                failure { () throws(TLSError) in
                    try verification.verify([Fixture.leaf.der], host: CertificateHost("localhost"))
                }
            }
            guard case .certificate(let problems, _, _)? = error else {
                Issue.record("\(error as Any)")
                return
            }
            #expect(problems == [problem])
        }
    }

    private func problems(
        _ verification: TLSVerification, _ leaf: TestCertificate, at moment: Int
    ) -> Set<CertificateProblem> {
        VerificationClock.$override.withValue(moment) {
            let error = failure { () throws(TLSError) in
                try verification.verify([leaf.der], host: CertificateHost("localhost"))
            }
            guard case .certificate(let problems, _, _)? = error else { return [] }
            return problems
        }
    }

    @Test func `a revocation list that is too old or from the future is told`() throws {
        let (now, day) = (time(nil), 86_400)
        let root = TestCertificates.authority(notBefore: now - 30 * day, notAfter: now + 30 * day)
        let leaf = TestCertificates.leaf(issuer: root, notBefore: now - 30 * day, notAfter: now + 30 * day)
        var verification = TLSVerification(
            store: try TrustStore(files: [], directories: [], pem: Array(root.certificatePEM.utf8)))
        let list = TestCertificates.revocationList(
            issuer: root, revoked: [], thisUpdate: now - day, nextUpdate: now + day)
        verification.revocationLists = [Array(list.utf8)]
        #expect(problems(verification, leaf, at: now) == [])
        #expect(problems(verification, leaf, at: now + 2 * day) == [.revocationListOutdated])
        #expect(problems(verification, leaf, at: now - 2 * day) == [.revocationListOutdated])
        // Beside a newer one an old list does no harm, nor does that of an authority that has no part in the chain.
        let newer = TestCertificates.revocationList(
            issuer: root, revoked: [], thisUpdate: now, nextUpdate: now + 5 * day)
        verification.revocationLists = [Array((newer + list).utf8)]
        #expect(problems(verification, leaf, at: now + 2 * day) == [])
        #expect(problems(verification, leaf, at: now + 6 * day) == [.revocationListOutdated])
        let stranger = TestCertificates.authority(name: "Stranger")
        let strange = TestCertificates.revocationList(
            issuer: stranger, revoked: [], thisUpdate: now - day, nextUpdate: now + day)
        verification.revocationLists = [Array(newer.utf8), Array(strange.utf8)]
        #expect(problems(verification, leaf, at: now + 2 * day) == [])
        // What an old list revokes is revoked.
        let full = TestCertificates.revocationList(
            issuer: root, revoked: [leaf], thisUpdate: now - day, nextUpdate: now + day)
        verification.revocationLists = [Array(full.utf8)]
        #expect(problems(verification, leaf, at: now + 2 * day) == [.revoked, .revocationListOutdated])
    }

    @Test func `the list of an issuer further up must hold, too`() throws {
        let (now, day) = (time(nil), 86_400)
        let root = TestCertificates.authority(notBefore: now - 30 * day, notAfter: now + 30 * day)
        let middle = TestCertificates.authority(
            name: "Middle", issuer: root, notBefore: now - 30 * day, notAfter: now + 30 * day)
        let leaf = TestCertificates.leaf(issuer: middle, notBefore: now - 30 * day, notAfter: now + 30 * day)
        var verification = TLSVerification(
            store: try TrustStore(files: [], directories: [], pem: Array(root.certificatePEM.utf8)))
        let list = TestCertificates.revocationList(
            issuer: root, revoked: [], thisUpdate: now - day, nextUpdate: now + day)
        verification.revocationLists = [Array(list.utf8)]
        let chain = [leaf.der, middle.der]
        try verification.verify(chain, host: CertificateHost("localhost"))
        VerificationClock.$override.withValue(now + 2 * day) {
            let error = failure { () throws(TLSError) in
                try verification.verify(chain, host: CertificateHost("localhost"))
            }
            #expect(
                error?.description == "revocation list of the certificate's issuer is out of date")
        }
    }

    @Test func `a revocation list that breaks off vouches for nobody`() throws {
        var verification = TLSVerification(
            store: try TrustStore(files: [], directories: [], pem: Array(Fixture.root.certificatePEM.utf8)))
        let list = TestCertificates.revocationList(issuer: Fixture.root, revoked: [])
        verification.revocationLists = [Array(list.utf8)]
        #expect(problems(verification, Fixture.leaf, at: time(nil)) == [])
        let rubbish = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"
        verification.revocationLists.append(Array(rubbish.utf8))
        #expect(problems(verification, Fixture.leaf, at: time(nil)) == [.untrusted])
    }

    @Test func `long chains and unparsable certificates are refused`() throws {
        let verification = TLSVerification(
            store: try TrustStore(files: [], directories: [], pem: Array(Fixture.root.certificatePEM.utf8)))
        let host = CertificateHost("localhost")
        let many = [[UInt8]](repeating: Fixture.leaf.der, count: 17)
        for (chain, problem, text) in [
            (many, .chainTooLong, "server sent 17 certificates, more than are looked at"),
            ([Fixture.leaf.der, [1, 2, 3]], .malformed, "server sent a certificate that cannot be parsed"),
            ([], .missing, "server sent no certificate"),
        ] as [([[UInt8]], CertificateProblem, String)] {
            let error = failure { () throws(TLSError) in try verification.verify(chain, host: host) }
            #expect(error == .certificate(reasons: [problem], text: text, leaf: chain.first))
        }
    }
}

/// A reproducible source of randomness.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
