internal import CGnuTLS

/// The library behind this module.
public enum TLSLibrary {
    /// Its version as it is loaded now, for example `3.7.9`. Asking does not initialise it.
    public static var version: String {
        gnutls_check_version(nil).map { String(cString: $0) } ?? "unknown"
    }
}
