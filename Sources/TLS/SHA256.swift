internal import CGnuTLS

/// SHA-256 by way of GnuTLS, which uses the processor's instructions for it.
package enum SHA256 {
    /// The 32 bytes of the digest.
    package static func digest(_ bytes: [UInt8]) -> [UInt8] {
        GnuTLS.prepare()
        return [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            // Fails only for an unknown digest; all-zero bytes then match no certificate.
            buffer.initialize(repeating: 0)
            bytes.withUnsafeBytes {
                _ = gnutls_hash_fast(GNUTLS_DIG_SHA256, $0.baseAddress, $0.count, buffer.baseAddress)
            }
            count = 32
        }
    }
}

/// Public keys as files hold them.
enum PublicKeyFile {
    /// The DER of the SubjectPublicKeyInfo in a PEM or DER file; nil when there is none.
    static func subjectPublicKeyInfo(_ file: [UInt8]) -> [UInt8]? {
        GnuTLS.prepare()
        var key: gnutls_pubkey_t?
        guard gnutls_pubkey_init(&key) >= 0, let key else { return nil }
        defer { gnutls_pubkey_deinit(key) }
        let result = file.withDatum { datum in
            let asPEM = gnutls_pubkey_import(key, &datum, GNUTLS_X509_FMT_PEM)
            return asPEM >= 0 ? asPEM : gnutls_pubkey_import(key, &datum, GNUTLS_X509_FMT_DER)
        }
        var output = gnutls_datum_t()
        guard result >= 0, gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &output) >= 0 else { return nil }
        return output.take()
    }
}
