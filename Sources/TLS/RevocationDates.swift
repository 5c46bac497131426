internal import CGnuTLS
internal import Glibc

/// The validity of revocation lists. GnuTLS applies lists without checking their dates (RFC 5280 §5.1.2.4, §5.1.2.5),
/// but a list that is out of date does not have what was revoked since.
struct RevocationDates {
    /// Issuers of lists, and whether one of an issuer's lists holds now.
    private var holds: [TrustStore.NameHash: Bool] = [:]

    /// Reads the lists in PEM text.
    init(_ lists: [[UInt8]]) {
        for pem in lists { read(pem) }
    }

    private mutating func read(_ pem: [UInt8]) {
        // What GnuTLS cannot read fails the verification, which reads it, too.
        _ = Self.withLists(pem) { entry in
            var name = gnutls_datum_t()
            guard gnutls_x509_crl_get_raw_issuer_dn(entry, &name) >= 0 else { return }
            let issuer = name.take().withUnsafeBytes { TrustStore.hash($0[...]) }
            holds[issuer] = holds[issuer] ?? false || Self.holdsNow(entry)
        }
    }

    /// Whether one of the lists in PEM text revokes the certificate; nil when they cannot be read.
    static func revokes(_ pem: [UInt8], _ certificate: Certificate) -> Bool? {
        var isRevoked = false
        let isReadable = withLists(pem) { entry in
            var list: gnutls_x509_crl_t? = entry
            if gnutls_x509_crt_check_revocation(certificate.handle, &list, 1) != 0 { isRevoked = true }
        }
        return isReadable ? isRevoked : nil
    }

    /// Lends each list in PEM text to `body`; false when they cannot be read.
    private static func withLists(_ pem: [UInt8], _ body: (gnutls_x509_crl_t) -> Void) -> Bool {
        var list: UnsafeMutablePointer<gnutls_x509_crl_t?>?
        var count: UInt32 = 0
        let result = pem.withDatum {
            gnutls_x509_crl_list_import2(&list, &count, &$0, GNUTLS_X509_FMT_PEM, 0)
        }
        guard result >= 0, let list else { return false }
        defer { free(list) }
        for entry in UnsafeBufferPointer(start: list, count: Int(count)) {
            guard let entry else { continue }
            defer { gnutls_x509_crl_deinit(entry) }
            body(entry)
        }
        return true
    }

    private static func holdsNow(_ list: gnutls_x509_crl_t) -> Bool {
        let now = VerificationClock.now
        let end = gnutls_x509_crl_get_next_update(list)
        return gnutls_x509_crl_get_this_update(list) <= now && (end == -1 || now <= end)
    }

    /// Whether an issuer above the leaf has lists of which none holds now.
    func areOutdated(for chain: [[UInt8]]) -> Bool {
        var names = chain.compactMap(CertificateNames.hashes)
        guard holds.values.contains(false), !names.isEmpty else { return false }
        var issuers: Set = [names.removeFirst().issuer]
        while let next = names.firstIndex(where: { issuers.contains($0.subject) }) {
            issuers.insert(names.remove(at: next).issuer)
        }
        return issuers.contains { holds[$0] == false }
    }
}
