internal import CGnuTLS

/// Hash functions by way of GnuTLS, which uses the processor's instructions: for Digest authentication, signatures of
/// requests and checksums of files.
package enum MessageDigest: String, Sendable, CaseIterable {
    /// Broken as a hash; many Digest servers ask for nothing else.
    case md5
    /// Broken as a hash; old lists of checksums have it.
    case sha1
    /// FIPS 180-4, as the two that follow.
    case sha256
    case sha384
    case sha512

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

    /// How many bytes a digest has.
    package var length: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    fileprivate var algorithm: gnutls_digest_algorithm_t {
        switch self {
        case .md5: GNUTLS_DIG_MD5
        case .sha1: GNUTLS_DIG_SHA1
        case .sha256: GNUTLS_DIG_SHA256
        case .sha384: GNUTLS_DIG_SHA384
        case .sha512: GNUTLS_DIG_SHA512
        }
    }

    private var code: gnutls_mac_algorithm_t {
        switch self {
        case .md5: GNUTLS_MAC_MD5
        case .sha1: GNUTLS_MAC_SHA1
        case .sha256: GNUTLS_MAC_SHA256
        case .sha384: GNUTLS_MAC_SHA384
        case .sha512: GNUTLS_MAC_SHA512
        }
    }

    fileprivate static func take(_ length: Int, _ fill: (UnsafeMutableRawPointer?) -> CInt) -> [UInt8]? {
        var result: CInt = -1
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            buffer.initialize(repeating: 0)
            result = fill(buffer.baseAddress)
            count = length
        }
        return result >= 0 ? bytes : nil
    }
}

/// The digest of bytes that come piece by piece. GnuTLS is loaded when one is made.
package final class StreamingDigest {
    /// Which digest it is.
    package let algorithm: MessageDigest
    private let handle: gnutls_hash_hd_t
    private var hasFailed = false

    /// nil where the library does not make it (MD5 in FIPS mode, no library).
    package init?(_ algorithm: MessageDigest) {
        guard GnuTLS.status >= 0 else { return nil }
        var handle: gnutls_hash_hd_t?
        guard gnutls_hash_init(&handle, algorithm.algorithm) >= 0, let handle else { return nil }
        self.algorithm = algorithm
        self.handle = handle
    }

    deinit {
        gnutls_hash_deinit(handle, nil)
    }

    /// Takes the next bytes.
    package func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        if gnutls_hash(handle, base, bytes.count) < 0 { hasFailed = true }
    }

    /// Takes the next bytes.
    package func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest of all bytes since the last call; nil when the library failed on the way. What follows starts anew.
    package func finish() -> [UInt8]? {
        let digest = MessageDigest.take(algorithm.length) { output in
            gnutls_hash_output(handle, output)
            return hasFailed ? -1 : 0
        }
        hasFailed = false
        return digest
    }
}
