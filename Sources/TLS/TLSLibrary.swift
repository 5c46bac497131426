internal import CGnuTLS

/// The library behind this module.
public enum TLSLibrary {
    /// The version that this was built with, for example `3.7.9`. Asking does not load it.
    public static var version: String { GNUTLS_VERSION }

    /// Where the system's bundle of CA certificates may be; the first file that exists counts.
    package static var systemBundles: [String] { TrustStore.systemFiles }
}
