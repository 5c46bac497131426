internal import Glibc

/// What can go wrong with TLS, each case told apart because callers act on it differently.
public enum TLSError: Error, Sendable, Hashable {
    /// The handshake failed for another reason than the certificate: GnuTLS's code, the alert that the peer sent if it
    /// sent one, the `errno` of the transport if that failed, and why in words.
    case handshake(code: CInt, alert: UInt8?, errno: CInt?, text: String)
    /// The peer's certificate was refused. `leaf` is its DER, if the peer showed one.
    case certificate(reasons: Set<CertificateProblem>, text: String, leaf: [UInt8]?)
    /// The peer's certificate is none of the pinned ones.
    case fingerprintMismatch(expected: [Fingerprint], got: Fingerprint)
    /// The peer's public key is none of the pinned ones.
    case publicKeyMismatch(got: PublicKeyPin)
    /// What the caller configured cannot be used; `path` is the file at fault.
    case configuration(ConfigurationProblem, path: String?, text: String)
    /// The transport failed after the handshake.
    case io(errno: CInt)
    /// The peer ended an established session with this alert (RFC 8446 §6).
    case alert(UInt8)
    /// The peer broke the protocol in an established session: GnuTLS's code and why in words.
    case record(code: CInt, text: String)
}

/// One thing that is wrong with a certificate or its chain.
public enum CertificateProblem: String, Sendable, Hashable, CaseIterable, Comparable {
    /// The certificate names other hosts.
    case nameMismatch
    /// It names no host at all: it has no DNS name and no address among its subject alternative names. Its common name does
    /// not count (RFC 9525).
    case namesMissing
    /// Its validity, or that of an issuer, is over.
    case expired
    /// Its validity, or that of an issuer, has not begun.
    case notYetValid
    /// It signed itself and is not trusted.
    case selfSigned
    /// Its issuer is not among the trusted ones.
    case unknownIssuer
    /// Its issuer may not issue certificates.
    case issuerNotAuthority
    /// A constraint of an issuer (names, path length) is violated.
    case constraintViolated
    /// A signature is wrong.
    case badSignature
    /// A signature algorithm or key is too weak.
    case insecureAlgorithm
    /// A certificate is meant for something else than TLS servers.
    case wrongPurpose
    /// Its issuer revoked it.
    case revoked
    /// The revocation list is too old or from the future.
    case revocationListOutdated
    /// A critical extension is not understood.
    case unknownCriticalExtension
    /// No OCSP answer was stapled to the handshake, though one was demanded.
    case statusMissing
    /// The stapled OCSP answer cannot be used: malformed, too old, not from the issuer, or for another certificate.
    case statusInvalid
    /// The stapled OCSP answer does not call the certificate good.
    case statusNotGood
    /// The peer sent more certificates than are looked at.
    case chainTooLong
    /// It cannot be parsed.
    case malformed
    /// The peer showed none.
    case missing
    /// Refused without a finer reason.
    case untrusted

    /// In the order of declaration, the most telling first.
    public static func < (left: CertificateProblem, right: CertificateProblem) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}

/// Which part of a configuration cannot be used.
public enum ConfigurationProblem: Sendable, Hashable {
    /// Trust anchors cannot be read, or there are none.
    case trust
    /// A revocation list cannot be read.
    case revocationList
    /// The certificate of the client (or server) cannot be read.
    case certificate
    /// Its private key cannot be read.
    case key
    /// The password does not open the key, or is missing.
    case password
    /// The private key belongs to another certificate.
    case keyMismatch
    /// The priority string is not understood.
    case priority
    /// No version lies between minimum and maximum.
    case versions
    /// GnuTLS itself cannot work.
    case library
}

extension TLSError: CustomStringConvertible {
    /// One line, lower-case start, no full stop; never holds a password or a key.
    public var description: String {
        switch self {
        case .handshake(_, _, _, let text): "TLS handshake failed: \(text)"
        case .certificate(_, let text, _): text
        case .fingerprintMismatch(let expected, let got):
            if expected.count == 1 {
                "certificate fingerprint \(got) is not the pinned \(expected[0])"
            } else {
                "certificate fingerprint \(got) is none of the pinned "
                    + expected.map(\.description).joined(separator: ", ")
            }
        case .publicKeyMismatch(let got): "public key \(got) is not pinned"
        case .configuration(_, _, let text): text
        case .io(let errno): "TLS connection failed: \(Self.systemText(errno))"
        case .alert(let alert) where Alert.refusesCertificate(alert):
            "peer refused the client certificate: \(Alert.name(alert))"
        case .alert(let alert): "peer ended the TLS session: \(Alert.name(alert))"
        case .record(_, let text): "TLS protocol error: \(text)"
        }
    }

    /// The transport's error number, where the transport is to blame.
    public var errno: CInt? {
        switch self {
        case .handshake(_, _, let errno, _): errno
        case .io(let errno): errno
        case .certificate, .fingerprintMismatch, .publicKeyMismatch, .configuration, .alert, .record: nil
        }
    }

    /// Whether the server refused because a (suitable) client certificate is missing (RFC 8446 §6.2).
    public var isClientCertificateRequired: Bool {
        switch self {
        case .handshake(_, let alert, _, _): alert == Alert.certificateRequired
        case .alert(let alert): alert == Alert.certificateRequired
        case .record(let code, _): code == TLSError.declinedRenegotiation
        case .certificate, .fingerprintMismatch, .publicKeyMismatch, .configuration, .io: false
        }
    }

    /// The system's words for an error number, lower-case start.
    static func systemText(_ number: CInt) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}

/// The alerts of RFC 8446 §6 and its predecessors.
enum Alert {
    static let certificateRequired: UInt8 = 116

    /// Whether it can only be about a certificate that was shown. What a client receives is about its own.
    static func refusesCertificate(_ alert: UInt8) -> Bool { (42...46).contains(alert) || alert == 48 }

    /// The alert's name in plain words.
    static func name(_ alert: UInt8) -> String {
        switch alert {
        case 0: "close notify"
        case 10: "unexpected message"
        case 20: "bad record"
        case 21: "decryption failed"
        case 22: "record too long"
        case 30: "decompression failed"
        case 40: "handshake failure"
        case 41: "no certificate"
        case 42: "bad certificate"
        case 43: "unsupported certificate"
        case 44: "certificate revoked"
        case 45: "certificate expired"
        case 46: "certificate unknown"
        case 47: "illegal parameter"
        case 48: "unknown authority"
        case 49: "access denied"
        case 50: "decode error"
        case 51: "decrypt error"
        case 70: "protocol version not supported"
        case 71: "insufficient security"
        case 80: "internal error"
        case 86: "inappropriate fallback"
        case 90: "cancelled by the peer"
        case 100: "no renegotiation"
        case 109: "missing extension"
        case 110: "unsupported extension"
        case 112: "unrecognized name"
        case 113: "bad certificate status"
        case 115: "unknown key identity"
        case 116: "client certificate required"
        case 120: "no application protocol in common"
        default: "alert \(alert)"
        }
    }
}
