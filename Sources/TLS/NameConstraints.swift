internal import CGnuTLS

/// Holds the host itself, not only the certificate's names, against the constraints of its issuers (RFC 5280 §4.2.1.10).
///
/// GnuTLS compares a wildcard with an excluded subtree as if it were an ordinary name: `*.example.com` passes although
/// `secret.example.com` is excluded, and then matches that host.
struct NameConstraints {
    /// The DER of the extension's identifier. Few certificates hold it, and only those are parsed.
    private static let identifier: [UInt8] = [0x06, 0x03, 0x55, 0x1D, 0x1E]

    /// Whether every certificate that the leaf may hang on lets it speak for the host.
    static func allow(_ host: HostName, chain: [[UInt8]], anchors: [[UInt8]]) -> Bool {
        guard host.address == nil, let leaf = chain.first else { return true }
        var candidates = Array(chain.dropFirst()) + anchors
        guard candidates.contains(where: mentionsConstraints) else { return true }
        var issuers: Set<TrustStore.NameHash> = []
        if let names = CertificateNames.hashes(leaf) { issuers.insert(names.issuer) }
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for (index, candidate) in candidates.enumerated().reversed() {
                guard let names = CertificateNames.hashes(candidate), issuers.contains(names.subject) else {
                    continue
                }
                guard allows(candidate, host) else { return false }
                issuers.insert(names.issuer)
                candidates.remove(at: index)
                isGrowing = true
            }
        }
        return true
    }

    private static func mentionsConstraints(_ der: [UInt8]) -> Bool {
        var rest = der[...]
        while let start = rest.firstIndex(of: identifier[0]) {
            rest = rest[start...]
            if rest.starts(with: identifier) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    private static func allows(_ der: [UInt8], _ host: HostName) -> Bool {
        guard mentionsConstraints(der), let certificate = Certificate(der: der) else { return true }
        var constraints: gnutls_x509_name_constraints_t?
        guard gnutls_x509_name_constraints_init(&constraints) >= 0, let constraints else { return false }
        defer { gnutls_x509_name_constraints_deinit(constraints) }
        let result = gnutls_x509_crt_get_name_constraints(certificate.handle, constraints, 0, nil)
        if result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE { return true }
        guard result >= 0 else { return false }
        return Array(host.text.utf8).withDatum {
            gnutls_x509_name_constraints_check(constraints, GNUTLS_SAN_DNSNAME, &$0) != 0
        }
    }
}
