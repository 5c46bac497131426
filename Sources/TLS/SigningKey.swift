internal import CGnuTLS

/// A private key of Ed25519 (RFC 8032) that signs by way of GnuTLS, for signatures outside of TLS.
package struct SigningKey: Sendable {
    /// What stands before the seed in the PKCS #8 form of such a key (RFC 8410 §7).
    private static let preamble: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]
    /// How many bytes a seed has.
    package static let seedLength = 32

    private let encoded: [UInt8]

    /// nil unless the seed has 32 bytes.
    package init?(ed25519Seed seed: [UInt8]) {
        guard seed.count == Self.seedLength else { return nil }
        encoded = Self.preamble + seed
    }

    /// The 64 bytes of the signature of `bytes`; nil where the library makes none.
    package func signature(of bytes: [UInt8]) -> [UInt8]? {
        guard GnuTLS.status >= 0 else { return nil }
        var handle: gnutls_privkey_t?
        guard gnutls_privkey_init(&handle) >= 0, let handle else { return nil }
        defer { gnutls_privkey_deinit(handle) }
        let imported = encoded.withDatum {
            gnutls_privkey_import_x509_raw(handle, &$0, GNUTLS_X509_FMT_DER, nil, 0)
        }
        guard imported >= 0 else { return nil }
        var signature = gnutls_datum_t()
        let result = bytes.withDatum {
            gnutls_privkey_sign_data2(handle, GNUTLS_SIGN_EDDSA_ED25519, 0, &$0, &signature)
        }
        return result >= 0 ? signature.take() : nil
    }
}
