internal import CGnuTLS

/// The library behind this module.
public enum TLSLibrary {
    /// The version that this was built with, for example `3.7.9`. Asking does not load it.
    public static var version: String { GNUTLS_VERSION }

    /// The version that runs, which it loads.
    package static var loadedVersion: String {
        guard GnuTLS.status >= 0, let version = gnutls_check_version(nil) else { return "" }
        return String(cString: version)
    }

    /// Where the system's bundle of CA certificates may be; the first file that exists counts.
    package static var systemBundles: [String] { TrustStore.systemFiles }
}
