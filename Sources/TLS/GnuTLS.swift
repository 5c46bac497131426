internal import CGnuTLS
internal import CLazyLibraries
internal import Glibc

/// The library as a whole: loaded and initialised once, when a thread first needs it.
///
/// Invariant: nothing in this module calls a GnuTLS function before ``prepare()`` has returned.
package enum GnuTLS {
    /// Initialises GnuTLS if that has not happened yet in this process. Cheap after the first call; any thread.
    package static func prepare() {
        _ = status
    }

    /// The result of `gnutls_global_init`; negative when the library cannot be loaded or cannot work (no random source,
    /// say).
    static let status: CInt = {
        guard ferry_library_load(FERRY_LIBRARY_GNUTLS) == 1 else {
            return GNUTLS_E_UNAVAILABLE_DURING_HANDSHAKE
        }
        // A test may move the clock for the certificates it verifies (see `VerificationClock`).
        let result = gnutls_global_init()
        gnutls_global_set_time_function { result in
            let now = VerificationClock.now
            if let result { result.pointee = now }
            return now
        }
        return result
    }()

    /// GnuTLS's own text for a code that has no text here.
    static func text(_ code: CInt) -> String {
        guard let text = gnutls_strerror(code) else { return "error \(code)" }
        var words = String(cString: text)
        if words.hasSuffix(".") { words.removeLast() }
        return words.prefix(1).lowercased() + words.dropFirst()
    }

    /// Words for what stops a handshake.
    static func handshakeText(_ code: CInt) -> String {
        switch code {
        case GNUTLS_E_UNSUPPORTED_VERSION_PACKET: "no TLS version in common"
        case GNUTLS_E_NO_CIPHER_SUITES: "no cipher suite in common"
        case GNUTLS_E_INSUFFICIENT_SECURITY: "peer's parameters are too weak"
        case GNUTLS_E_CERTIFICATE_REQUIRED, GNUTLS_E_NO_CERTIFICATE_FOUND: "peer showed no certificate"
        case GNUTLS_E_TOO_MANY_HANDSHAKE_PACKETS, GNUTLS_E_HANDSHAKE_TOO_LARGE: "peer sent too much"
        default: text(code)
        }
    }
}

/// The time that certificates are judged at: the system's, unless a test says otherwise for one call.
enum VerificationClock {
    /// Seconds since 1970 to be used instead of the system's time; nil outside tests.
    @TaskLocal static var override: Int?

    static var now: time_t {
        override ?? time(nil)
    }
}

extension gnutls_datum_t {
    /// The bytes as an array; the datum keeps its memory.
    var bytes: [UInt8] {
        guard let data, size > 0 else { return [] }
        return Array(UnsafeBufferPointer(start: data, count: Int(size)))
    }

    /// The bytes as an array, after which the memory that GnuTLS allocated for them is freed. (`gnutls_free` is
    /// a mutable C variable, out of reach in Swift 6; since GnuTLS 3.0 it is always `free`.)
    mutating func take() -> [UInt8] {
        let result = bytes
        free(data)
        data = nil
        size = 0
        return result
    }
}

extension Array where Element == UInt8 {
    /// Lends the bytes to a GnuTLS call, which must neither keep nor change them.
    func withDatum<Result, Failure: Error>(
        _ body: (inout gnutls_datum_t) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBufferPointer { buffer throws(Failure) -> Result in
            var datum = gnutls_datum_t(
                data: UnsafeMutablePointer(mutating: buffer.baseAddress), size: UInt32(buffer.count))
            return try body(&datum)
        }
    }
}
