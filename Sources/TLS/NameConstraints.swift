internal import CGnuTLS

/// Holds the host itself, not only the certificate's names, against the constraints of its issuers (RFC 5280 §4.2.1.10).
///
/// GnuTLS compares a wildcard with an excluded subtree as if it were an ordinary name: `*.example.com` passes although
/// `secret.example.com` is excluded, and then matches that host.
struct NameConstraints {
    /// The DER of the extension's identifier. Few certificates hold it, and only those are parsed.
    private static let identifier: [UInt8] = [0x06, 0x03, 0x55, 0x1D, 0x1E]

    /// Whether each of the certificates allows the certificates below it to name the host. Constraints on DNS names
    /// say nothing about addresses.
    static func allow(_ host: CertificateHost, issuers: ArraySlice<[UInt8]>) -> Bool {
        host.address != nil || issuers.allSatisfy { allows($0, host) }
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

    private static func allows(_ der: [UInt8], _ host: CertificateHost) -> Bool {
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
