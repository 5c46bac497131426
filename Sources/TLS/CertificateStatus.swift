internal import CGnuTLS

/// Judges the OCSP answer (RFC 6960) that a server staples to its handshake.
///
/// Fails closed: good is only what the issuer, or a responder that it authorised, calls good now.
struct CertificateStatus {
    /// How long an answer counts that does not say until when it holds.
    private static let longestLife = 15 * 86400
    /// How many entries of an answer are looked at.
    private static let mostEntries: UInt32 = 100

    /// The answer's DER; nil when none came.
    var answer: [UInt8]?
    /// The certificate in question.
    var leaf: Certificate
    /// Certificates that may be its issuer's; those that did not sign it are ignored.
    var issuers: [Certificate]

    /// Throws ``TLSError/certificate(reasons:text:leaf:)`` unless the certificate is called good.
    func check(leafDER: [UInt8]) throws(TLSError) {
        guard let problem = problem() else { return }
        throw .certificate(reasons: [problem.0], text: problem.1, leaf: leafDER)
    }

    private func problem() -> (CertificateProblem, String)? {
        guard let answer, !answer.isEmpty else {
            return (.statusMissing, "server sent no OCSP answer about its certificate")
        }
        var parsed: gnutls_ocsp_resp_t?
        guard gnutls_ocsp_resp_init(&parsed) >= 0, let response = parsed else {
            return (.statusInvalid, "server's OCSP answer cannot be read")
        }
        defer { gnutls_ocsp_resp_deinit(response) }
        guard answer.withDatum({ gnutls_ocsp_resp_import(response, &$0) }) >= 0 else {
            return (.statusInvalid, "server's OCSP answer cannot be read")
        }
        guard gnutls_ocsp_resp_get_status(response) == CInt(GNUTLS_OCSP_RESP_SUCCESSFUL.rawValue) else {
            return (.statusInvalid, "server's OCSP answer only says that the responder could not answer")
        }
        guard let entry = entry(in: response) else {
            return (.statusInvalid, "server's OCSP answer is about another certificate")
        }
        guard issuers.contains(where: { signed(response, $0) }) else {
            return (.statusInvalid, "server's OCSP answer is not signed by the certificate's issuer")
        }
        return judge(response, entry)
    }

    /// Which entry of the answer is about the leaf: a responder may have been asked about several certificates.
    private func entry(in response: gnutls_ocsp_resp_t) -> UInt32? {
        for index in 0..<Self.mostEntries {
            let exists = gnutls_ocsp_resp_get_single(
                response, index, nil, nil, nil, nil, nil, nil, nil, nil, nil)
            guard exists >= 0 else { return nil }
            if gnutls_ocsp_resp_check_crt(response, index, leaf.handle) >= 0 { return index }
        }
        return nil
    }

    /// Whether this issuer signed both the answer and the leaf: the peer may send any certificate along.
    private func signed(_ response: gnutls_ocsp_resp_t, _ issuer: Certificate) -> Bool {
        guard gnutls_x509_crt_check_issuer(leaf.handle, issuer.handle) != 0 else { return false }
        var list: [gnutls_x509_crt_t?] = [issuer.handle]
        var status: UInt32 = 0
        // `TLSVerification` checks dates and purposes; here only the signature counts.
        let flags =
            GNUTLS_VERIFY_DISABLE_TIME_CHECKS.rawValue
            | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS.rawValue
            | UInt32(GNUTLS_VERIFY_ALLOW_X509_V1_CA_CRT)
        guard gnutls_x509_crt_verify(leaf.handle, &list, 1, flags, &status) >= 0, status == 0 else {
            return false
        }
        var problems: UInt32 = 0
        return gnutls_ocsp_resp_verify_direct(response, issuer.handle, &problems, 0) >= 0 && problems == 0
    }

    private func judge(
        _ response: gnutls_ocsp_resp_t, _ entry: UInt32
    ) -> (CertificateProblem, String)? {
        var status: UInt32 = 0
        var begins = 0
        var ends = 0
        guard
            gnutls_ocsp_resp_get_single(
                response, entry, nil, nil, nil, nil, &status, &begins, &ends, nil, nil) >= 0
        else { return (.statusInvalid, "server's OCSP answer cannot be read") }
        switch status {
        case UInt32(GNUTLS_OCSP_CERT_GOOD.rawValue): break
        case UInt32(GNUTLS_OCSP_CERT_REVOKED.rawValue):
            return (.statusNotGood, "certificate was revoked, says the server's OCSP answer")
        default: return (.statusNotGood, "certificate is unknown, says the server's OCSP answer")
        }
        let now = VerificationClock.now
        if begins > now { return (.statusInvalid, "server's OCSP answer is from the future") }
        if ends == -1 ? begins < now - Self.longestLife : ends < now {
            return (.statusInvalid, "server's OCSP answer is out of date")
        }
        return nil
    }
}

extension TLSSession {
    /// Demands a good answer about the leaf.
    func checkStatus(_ chain: [[UInt8]]) throws(TLSError) {
        guard let leafDER = chain.first, let leaf = Certificate(der: leafDER) else {
            throw .certificate(
                reasons: [.malformed], text: "server sent a certificate that cannot be parsed",
                leaf: chain.first)
        }
        var issuers = chain.dropFirst().compactMap(Certificate.init(der:))
        if leaf.isSelfIssued { issuers.append(leaf) }
        if let verification = checks.verification {
            let names = CertificateNames.hashes(leafDER).map { [$0.issuer] } ?? []
            issuers += verification.store.anchors(named: names, includingDirectories: true)
                .compactMap(Certificate.init(der:))
        }
        var datum = gnutls_datum_t()
        // GnuTLS keeps owning the datum.
        let answer = gnutls_ocsp_status_request_get2(handle, 0, &datum) >= 0 ? datum.bytes : nil
        try CertificateStatus(answer: answer, leaf: leaf, issuers: issuers).check(leafDER: leafDER)
    }
}
