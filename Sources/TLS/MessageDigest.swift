internal import CGnuTLS

/// Hash functions by way of GnuTLS, for who must hash what is not TLS: Digest authentication, signatures of requests.
package enum MessageDigest: Sendable {
    /// Broken as a hash, and what half of all Digest servers ask for.
    case md5
    /// FIPS 180-4.
    case sha256

    /// The digest of `bytes`; nil where the library does not make it (MD5 in FIPS mode, no library).
    package func digest(_ bytes: [UInt8]) -> [UInt8]? {
        guard GnuTLS.status >= 0 else { return nil }
        return Self.take(length) { output in
            bytes.withUnsafeBytes { gnutls_hash_fast(algorithm, $0.baseAddress, $0.count, output) }
        }
    }

    /// The HMAC of `bytes` under `key` (RFC 2104); nil where the library does not make it.
    package func authenticationCode(of bytes: [UInt8], key: [UInt8]) -> [UInt8]? {
        guard GnuTLS.status >= 0 else { return nil }
        return Self.take(length) { output in
            key.withUnsafeBytes { key in
                bytes.withUnsafeBytes {
                    gnutls_hmac_fast(
                        code, key.baseAddress, key.count, $0.baseAddress, $0.count, output)
                }
            }
        }
    }

    private var length: Int {
        switch self {
        case .md5: 16
        case .sha256: 32
        }
    }

    private var algorithm: gnutls_digest_algorithm_t {
        switch self {
        case .md5: GNUTLS_DIG_MD5
        case .sha256: GNUTLS_DIG_SHA256
        }
    }

    private var code: gnutls_mac_algorithm_t {
        switch self {
        case .md5: GNUTLS_MAC_MD5
        case .sha256: GNUTLS_MAC_SHA256
        }
    }

    private static func take(_ length: Int, _ fill: (UnsafeMutableRawPointer?) -> CInt) -> [UInt8]? {
        var result: CInt = -1
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            buffer.initialize(repeating: 0)
            result = fill(buffer.baseAddress)
            count = length
        }
        return result >= 0 ? bytes : nil
    }
}
