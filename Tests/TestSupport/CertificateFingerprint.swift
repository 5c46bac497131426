import CGnuTLS
import Glibc
import TLS

extension TestCertificate {
    /// The SHA-256 of its DER bytes, 64 lower-case hexadecimal digits, computed without the module under test.
    public var sha256: String {
        GnuTLS.prepare()
        var digest = [UInt8](repeating: 0, count: 32)
        gnutls_hash_fast(GNUTLS_DIG_SHA256, der, der.count, &digest)
        let digits = Array("0123456789abcdef")
        return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
