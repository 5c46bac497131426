internal import CGnuTLS
internal import Glibc

/// Decides whether a peer's certificates are valid: chain, dates, purpose and name.
///
/// GnuTLS decides; this chooses the anchors that it sees and puts its answer into words. Fails closed: everything but
/// a yes without reservation is an error.
struct TLSVerification {
    /// Peers rarely send more than four; beyond this number GnuTLS would not sort them either.
    static let longestChain = 16

    /// The trusted anchors.
    var store: TrustStore
    /// PEM revocation lists to check against; empty for none.
    var revocationLists: [[UInt8]] = []
    /// What the leaf must be meant for: an extended key usage OID.
    var purpose: String = GNUTLS_KP_TLS_WWW_SERVER

    /// Checks the peer's chain, leaf first as it was sent, for `host`: a DNS name without final dot, or an address.
    ///
    /// Throws ``TLSError/certificate(reasons:text:leaf:)``.
    func verify(_ chain: [[UInt8]], host: CertificateHost) throws(TLSError) {
        GnuTLS.prepare()
        guard let leafDER = chain.first else {
            throw .certificate(reasons: [.missing], text: "server sent no certificate", leaf: nil)
        }
        guard chain.count <= Self.longestChain else {
            throw .certificate(
                reasons: [.chainTooLong],
                text: "server sent \(chain.count) certificates, more than are looked at",
                leaf: leafDER)
        }
        let certificates = chain.compactMap(Certificate.init(der:))
        guard certificates.count == chain.count else {
            throw .certificate(
                reasons: [.malformed], text: "server sent a certificate that cannot be parsed", leaf: leafDER)
        }
        var problems = chainProblems(chain, certificates, host)
        let names = certificates[0].subjectNames
        if !names.include(host) { problems.insert(names.isEmpty ? .namesMissing : .nameMismatch) }
        if !revocationLists.isEmpty, RevocationDates(revocationLists).areOutdated(for: chain) {
            problems.insert(.revocationListOutdated)
        }
        guard !problems.isEmpty else { return }
        // GnuTLS stops at a chain without an anchor; the user wants to know of the dates, too.
        if certificates[0].notAfter < VerificationClock.now { problems.insert(.expired) }
        if certificates[0].notBefore > VerificationClock.now { problems.insert(.notYetValid) }
        throw .certificate(
            reasons: problems, text: VerificationText(chain: certificates, host: host).describe(problems),
            leaf: leafDER)
    }

    /// Tries every path to an anchor before it says no: with the anchors that the chain names, with those of directories,
    /// and with every one.
    private func chainProblems(
        _ chain: [[UInt8]], _ certificates: [Certificate], _ host: CertificateHost
    ) -> Set<CertificateProblem> {
        // Short lists, as the first set of a kind of element makes the runtime search for its conformance.
        let names = chain.compactMap(CertificateNames.hashes).flatMap { [$0.issuer, $0.subject] }
        var tried: [CertificatePaths.Path] = []
        var best: Set<CertificateProblem>?
        for includingDirectories in store.hasDirectories ? [false, true] : [false] {
            let anchors = store.anchors(named: names, includingDirectories: includingDirectories)
            for path in CertificatePaths(chain: chain, anchors: anchors).found where !tried.contains(path) {
                tried.append(path)
                let problems = judge(path, chain, certificates, host)
                if problems.isEmpty { return [] }
                if best.map({ Self.isWorse($0, than: problems) }) ?? true { best = problems }
            }
        }
        if let best { return best }
        // What the index leaves out has no name of the chain, but GnuTLS decides.
        let anchors = store.everyAnchor()
        let problems = judge(certificates, anchors: anchors)
        guard problems.isEmpty, !NameConstraints.allow(host, issuers: chain.dropFirst() + anchors) else {
            return problems
        }
        return [.constraintViolated]
    }

    /// Of the problems of several paths those are reported that most likely belong to the intended path.
    private static func isWorse(_ left: Set<CertificateProblem>, than right: Set<CertificateProblem>) -> Bool
    {
        let astray: Set<CertificateProblem> = [.badSignature, .unknownIssuer, .selfSigned, .untrusted]
        func rank(_ problems: Set<CertificateProblem>) -> Int {
            let isAstray = !problems.isDisjoint(with: astray)
            return problems.count + (isAstray ? CertificateProblem.allCases.count : 0)
        }
        return rank(left) > rank(right)
    }

    /// What is wrong with one path; empty when nothing is.
    private func judge(
        _ path: CertificatePaths.Path, _ chain: [[UInt8]], _ certificates: [Certificate],
        _ host: CertificateHost
    ) -> Set<CertificateProblem> {
        if path.anchor == chain[0], !certificates[0].isSelfIssued { return anchoredProblems(certificates[0]) }
        let problems = judge(path.certificates.map { certificates[$0] }, anchors: [path.anchor])
        guard problems.isEmpty else { return problems }
        let issuers = path.certificates.dropFirst().map { chain[$0] } + [path.anchor]
        return NameConstraints.allow(host, issuers: issuers[...]) ? [] : [.constraintViolated]
    }

    /// What is wrong with a leaf that is itself trusted, so that no signature has to be checked. GnuTLS finds such an anchor
    /// only if it is self-signed.
    private func anchoredProblems(_ leaf: Certificate) -> Set<CertificateProblem> {
        var problems: Set<CertificateProblem> = []
        if leaf.notAfter < VerificationClock.now { problems.insert(.expired) }
        if leaf.notBefore > VerificationClock.now { problems.insert(.notYetValid) }
        if gnutls_x509_crt_check_key_purpose(leaf.handle, purpose, 0) == 0 { problems.insert(.wrongPurpose) }
        for pem in revocationLists {
            guard let isRevoked = RevocationDates.revokes(pem, leaf) else { return [.untrusted] }
            if isRevoked { problems.insert(.revoked) }
        }
        return problems
    }

    /// What GnuTLS finds wrong with the chain, given these anchors; empty when nothing is.
    func judge(_ certificates: [Certificate], anchors: [[UInt8]]) -> Set<CertificateProblem> {
        var list: gnutls_x509_trust_list_t?
        guard gnutls_x509_trust_list_init(&list, 0) >= 0, let list else { return [.untrusted] }
        defer { gnutls_x509_trust_list_deinit(list, 1) }
        for anchor in anchors {
            var parsed: gnutls_x509_crt_t?
            guard gnutls_x509_crt_init(&parsed) >= 0, let handle = parsed else { return [.untrusted] }
            // An anchor that GnuTLS cannot read is left out. The list owns those that it takes.
            guard anchor.withDatum({ gnutls_x509_crt_import(handle, &$0, GNUTLS_X509_FMT_DER) }) >= 0,
                gnutls_x509_trust_list_add_cas(list, &parsed, 1, UInt32(GNUTLS_TL_NO_DUPLICATES)) == 1
            else {
                gnutls_x509_crt_deinit(handle)
                continue
            }
        }
        for pem in revocationLists {
            let result = pem.withDatum {
                gnutls_x509_trust_list_add_trust_mem(list, nil, &$0, GNUTLS_X509_FMT_PEM, 0, 0)
            }
            guard result >= 0 else { return [.untrusted] }
        }
        var status: UInt32 = 0
        var purpose = Array(purpose.utf8) + [0]
        let result = purpose.withUnsafeMutableBufferPointer { purpose in
            var wanted = gnutls_typed_vdata_st(
                type: GNUTLS_DT_KEY_PURPOSE_OID, data: purpose.baseAddress, size: 0)
            // 112 bits of security, the least that the WebPKI and Debian's OpenSSL accept.
            let flags = GNUTLS_PROFILE_MEDIUM.rawValue << 24
            var handles: [gnutls_x509_crt_t?] = certificates.map(\.handle)
            return withExtendedLifetime(certificates) {
                gnutls_x509_trust_list_verify_crt2(
                    list, &handles, UInt32(handles.count), &wanted, 1, flags, &status, nil)
            }
        }
        guard result >= 0 else { return [.untrusted] }
        return Self.problems(status, certificates)
    }

    /// Translates GnuTLS's status bits.
    private static func problems(_ status: UInt32, _ certificates: [Certificate]) -> Set<CertificateProblem> {
        guard status != 0 else { return [] }
        let meanings: [(gnutls_certificate_status_t, CertificateProblem)] = [
            (GNUTLS_CERT_EXPIRED, .expired), (GNUTLS_CERT_NOT_ACTIVATED, .notYetValid),
            (GNUTLS_CERT_SIGNER_NOT_CA, .issuerNotAuthority),
            (GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, .constraintViolated),
            (GNUTLS_CERT_SIGNATURE_FAILURE, .badSignature),
            (GNUTLS_CERT_INSECURE_ALGORITHM, .insecureAlgorithm),
            (GNUTLS_CERT_PURPOSE_MISMATCH, .wrongPurpose), (GNUTLS_CERT_REVOKED, .revoked),
            (GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED, .revocationListOutdated),
            (GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE, .revocationListOutdated),
            (GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS, .unknownCriticalExtension),
        ]
        var problems = Set(meanings.lazy.filter { status & $0.0.rawValue != 0 }.map(\.1))
        if status & GNUTLS_CERT_SIGNER_NOT_FOUND.rawValue != 0 {
            problems.insert(certificates[0].isSelfIssued ? .selfSigned : .unknownIssuer)
        }
        return problems.isEmpty ? [.untrusted] : problems
    }
}

extension TLSConfiguration {
    /// What verification for `host` would find wrong with a chain, leaf first; for connections that are not verified.
    /// Reads the files of `trust`; a file that cannot be used has no anchors.
    package func problems(of chain: [[UInt8]], host: String) -> Set<CertificateProblem> {
        do throws(TLSError) {
            let verification = TLSVerification(
                store: try TLSContext.store(trust),
                revocationLists: try TLSContext.revocationLists(revocationLists))
            try verification.verify(chain, host: CertificateHost(host))
            return []
        } catch {
            if case .certificate(let reasons, _, _) = error { return reasons }
            return [.unknownIssuer]
        }
    }
}
