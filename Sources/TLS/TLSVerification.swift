internal import CGnuTLS
internal import Glibc

/// Decides whether a peer's certificates are to be believed: chain, dates, purpose and name.
///
/// The verdict is GnuTLS's; this only chooses the anchors it sees and puts its answer into words. Fails closed: whatever
/// is not a clean yes is an error.
struct TLSVerification {
    /// Peers rarely send more than four; beyond this number GnuTLS would not sort them either.
    static let longestChain = 16

    /// The anchors to believe.
    var store: TrustStore
    /// PEM revocation lists to check against; empty for none.
    var revocationLists: [[UInt8]] = []
    /// What the leaf must be meant for: an extended key usage OID.
    var purpose: String = GNUTLS_KP_TLS_WWW_SERVER

    /// Checks the peer's chain, leaf first as it was sent, for `host`: a DNS name without final dot, or an address.
    ///
    /// Throws ``TLSError/certificate(reasons:text:leaf:)``.
    func verify(_ chain: [[UInt8]], host: HostName) throws(TLSError) {
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
        if !Self.leaf(certificates[0], names: host) { problems.insert(.nameMismatch) }
        if !revocationLists.isEmpty, RevocationDates(revocationLists).areOutdated(for: chain) {
            problems.insert(.revocationListOutdated)
        }
        guard !problems.isEmpty else { return }
        // GnuTLS looks no further once a chain does not end; the user also wants to hear of the dates.
        if certificates[0].notAfter < VerificationClock.now { problems.insert(.expired) }
        if certificates[0].notBefore > VerificationClock.now { problems.insert(.notYetValid) }
        throw .certificate(
            reasons: problems, text: VerificationText(chain: certificates, host: host).describe(problems),
            leaf: leafDER)
    }

    /// Whether the certificate is valid for the host. Addresses match only addresses, never DNS or common names.
    private static func leaf(_ leaf: Certificate, names host: HostName) -> Bool {
        if let address = host.address {
            return gnutls_x509_crt_check_ip(leaf.handle, address, UInt32(address.count), 0) != 0
        }
        let flags = GNUTLS_VERIFY_DO_NOT_ALLOW_IP_MATCHES.rawValue
        return gnutls_x509_crt_check_hostname2(leaf.handle, host.text, flags) != 0
    }

    /// Asks with the anchors that the chain names first, then with those of directories, then with every one.
    private func chainProblems(
        _ chain: [[UInt8]], _ certificates: [Certificate], _ host: HostName
    ) -> Set<CertificateProblem> {
        var names: Set<TrustStore.NameHash> = []
        for der in chain {
            guard let found = CertificateNames.hashes(der) else { continue }
            names.insert(found.issuer)
            names.insert(found.subject)
        }
        var anchors = store.anchors(named: names, includingDirectories: false)
        var problems = judge(certificates, anchors: anchors)
        if !problems.isEmpty, store.hasDirectories {
            anchors = store.anchors(named: names, includingDirectories: true)
            problems = judge(certificates, anchors: anchors)
        }
        if !problems.isEmpty {
            anchors = store.everyAnchor()
            problems = judge(certificates, anchors: anchors)
        }
        if problems.isEmpty, !NameConstraints.allow(host, chain: chain, anchors: anchors) {
            problems = [.constraintViolated]
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
            // An anchor that GnuTLS cannot read is as good as absent. The list owns those that it takes.
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
    /// What would be found wrong with a chain, leaf first, if peers were verified for `host`: for who does without but wants
    /// to know. Reads the files of `trust`; one that cannot be used vouches for nobody.
    package func problems(of chain: [[UInt8]], host: String) -> Set<CertificateProblem> {
        do throws(TLSError) {
            let verification = TLSVerification(
                store: try TLSContext.store(trust),
                revocationLists: try TLSContext.revocationLists(revocationLists))
            try verification.verify(chain, host: HostName(host))
            return []
        } catch {
            if case .certificate(let reasons, _, _) = error { return reasons }
            return [.unknownIssuer]
        }
    }
}

/// The name or address that a certificate has to be valid for.
package struct HostName: Sendable, Hashable {
    /// As it is compared: lower case, no final dot, an address without brackets and zone.
    package let text: String
    /// The bytes of an address, 4 or 16; nil for a DNS name.
    package let address: [UInt8]?

    /// Takes a host as URLs and callers write it.
    package init(_ host: String) {
        var text = host.lowercased()
        if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
        if let address = Self.address(text) {
            self.text = text
            self.address = address
            return
        }
        if let zone = text.firstIndex(of: "%"), let address = Self.address(String(text[..<zone])) {
            self.text = String(text[..<zone])
            self.address = address
            return
        }
        if text.hasSuffix(".") { text.removeLast() }
        self.text = text
        address = nil
    }

    private static func address(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes.prefix(4)) }
        return inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }
}
