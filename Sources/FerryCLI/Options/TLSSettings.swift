/// What was typed about TLS to one kind of peer: the server, or the proxy of an `https://` proxy URL.
package struct TLSSettings: Equatable, Sendable {
    /// `-k`, `--proxy-insecure`.
    package var insecure = false
    /// `--cacert`, `--proxy-cacert`.
    package var caFile: String?
    /// `--capath`, `--proxy-capath`: folders, with colons between them.
    package var caFolder: String?
    /// `--crlfile`, `--proxy-crlfile`.
    package var revocationList: String?
    /// `--cert`, `--proxy-cert`.
    package var certificate: ClientCertificate?
    /// `--cert-type`, `--proxy-cert-type`.
    package var certificateType: KeyFileType?
    /// `--key`, `--proxy-key`.
    package var keyFile: String?
    /// `--key-type`, `--proxy-key-type`.
    package var keyType: KeyFileType?
    /// `--pass`, `--proxy-pass`.
    package var password: String?
    /// `--pinnedpubkey`, `--proxy-pinnedpubkey`: SHA-256 digests of 32 bytes, any of which is right.
    package var publicKeyPins: [[UInt8]] = []
    /// The last given of `-1` and `--tlsv1.0` to `--tlsv1.3`; `--proxy-tlsv1`.
    package var minimumVersion: TLSVersionChoice?
    /// `--tls-max`; nil = the default.
    package var maximumVersion: TLSVersionChoice?
    /// `--ciphers`, `--proxy-ciphers`.
    package var ciphers: String?
    /// `--tls13-ciphers`, `--proxy-tls13-ciphers`.
    package var tls13Ciphers: String?
    /// `--curves`.
    package var curves: String?
    /// `--sigalgs`.
    package var signatures: String?
    /// `--alpn`; nil = default (on).
    package var alpn: Bool?
    /// `--sessionid`; nil = default (on).
    package var sessions: Bool?
    /// `--cert-status`.
    package var requiresStatus = false

    package init() {}
}

/// `--cert-type`, `--key-type`.
package enum KeyFileType: String, Equatable, Sendable {
    case pem = "PEM"
    case der = "DER"
    case p12 = "P12"
}

/// `--tlsv1.2`, `--tls-max` and their kin.
package enum TLSVersionChoice: String, CaseIterable, Equatable, Sendable {
    case v1_0 = "1.0"
    case v1_1 = "1.1"
    case v1_2 = "1.2"
    case v1_3 = "1.3"
}

/// `--cert`.
package struct ClientCertificate: Equatable, Sendable {
    package var path: String
    /// The part after the colon; nil when there is none.
    package var password: String?
}
