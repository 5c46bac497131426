internal import CGnuTLS

extension TLSSession {
    /// Checks who answered: chain, dates, purpose and name against `host` if the configuration says so, then the pins.
    ///
    /// A resumed session is checked like any other: the session data carry the chain of the handshake they stem from, so
    /// what was once accepted under other rules, for another host or before an expiry is judged anew.
    /// Throws ``TLSError/certificate(reasons:text:leaf:)``, ``TLSError/fingerprintMismatch(expected:got:)`` or
    /// ``TLSError/publicKeyMismatch(got:)``, after which the session is unusable.
    package func verifyPeer(host: String) throws(TLSError) {
        if let failure { throw failure }
        guard isOpen else {
            throw .record(code: GNUTLS_E_UNAVAILABLE_DURING_HANDSHAKE, text: "the handshake is not finished")
        }
        let chain = peerChain
        do {
            try checks.verification?.verify(chain, host: CertificateHost(host))
            if checks.requiresGoodStatus { try checkStatus(chain) }
            try checkPins(chain)
            verifiedHost = host
        } catch {
            refuse(error, alert: Self.alert(for: error))
            throw error
        }
    }

    private func checkPins(_ chain: [[UInt8]]) throws(TLSError) {
        let (fingerprints, publicKeyPins) = (checks.fingerprints, checks.publicKeyPins)
        guard !fingerprints.isEmpty || !publicKeyPins.isEmpty else { return }
        guard let leaf = chain.first else {
            throw .certificate(reasons: [.missing], text: "server sent no certificate", leaf: nil)
        }
        if !fingerprints.isEmpty {
            let got = Fingerprint(ofDER: leaf)
            guard fingerprints.contains(got) else {
                throw .fingerprintMismatch(expected: fingerprints, got: got)
            }
        }
        if !publicKeyPins.isEmpty {
            guard let key = Certificate(der: leaf)?.subjectPublicKeyInfo else {
                throw .certificate(
                    reasons: [.malformed], text: "server sent a certificate that cannot be parsed", leaf: leaf
                )
            }
            let got = PublicKeyPin(ofSubjectPublicKeyInfo: key)
            guard publicKeyPins.contains(got) else { throw .publicKeyMismatch(got: got) }
        }
    }

    private static func alert(for error: TLSError) -> gnutls_alert_description_t {
        guard case .certificate(let reasons, _, _) = error else { return GNUTLS_A_BAD_CERTIFICATE }
        if reasons.contains(.unknownIssuer) || reasons.contains(.selfSigned) { return GNUTLS_A_UNKNOWN_CA }
        if reasons.contains(.expired) { return GNUTLS_A_CERTIFICATE_EXPIRED }
        if reasons.contains(.revoked) || reasons.contains(.statusNotGood) {
            return GNUTLS_A_CERTIFICATE_REVOKED
        }
        return GNUTLS_A_BAD_CERTIFICATE
    }
}
