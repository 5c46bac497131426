/// How a connection is protected: a ready-made choice, or everything spelled out.
public enum TLSMode: Sendable, Hashable {
    /// System trust, and the certificate must name the host. The default everywhere.
    case verified
    /// Encrypted, but the peer is not authenticated.
    case insecure
    /// The peer must show exactly this certificate; neither its issuer nor its names nor its dates matter.
    case pinned(Fingerprint)
    /// As the configuration says.
    case custom(TLSConfiguration)

    /// The mode spelled out.
    public var configuration: TLSConfiguration {
        switch self {
        case .verified: TLSConfiguration()
        case .insecure: TLSConfiguration(verification: .none)
        case .pinned(let fingerprint): TLSConfiguration(verification: .none, fingerprints: [fingerprint])
        case .custom(let configuration): configuration
        }
    }
}

/// Versions of the protocol, oldest first.
public enum TLSVersion: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// TLS 1.0 (RFC 2246), obsolete.
    case tls1_0
    /// TLS 1.1 (RFC 4346), obsolete.
    case tls1_1
    /// TLS 1.2 (RFC 5246).
    case tls1_2
    /// TLS 1.3 (RFC 8446).
    case tls1_3

    /// Older versions come first.
    public static func < (left: TLSVersion, right: TLSVersion) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// The certificate a client shows when the server asks for one.
public struct ClientIdentity: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The format of the files.
    public enum Format: Sendable, Hashable {
        /// Text; certificate chain and key may share a file.
        case pem
        /// Binary, one certificate and one key.
        case der
        /// A PKCS #12 container with chain and key.
        case p12
    }

    /// The file of the certificate (chain), or a `pkcs11:` URI.
    public var certificate: String
    /// The file of the private key; nil when it is in the certificate's file.
    public var key: String?
    /// Opens an encrypted key or container, byte for byte; nil for none.
    public var passwordBytes: [UInt8]?
    /// The same as text.
    public var password: String? {
        get { passwordBytes.map { String(decoding: $0, as: UTF8.self) } }
        set { passwordBytes = newValue.map { Array($0.utf8) } }
    }
    /// The format of the certificate's file, and of the key's unless `keyFormat` says otherwise.
    public var format: Format
    /// The format of the key's file; nil: that of the certificate's. A container's key has none of its own.
    public var keyFormat: Format?

    /// Names the files; they are read when a context is made.
    public init(
        certificate: String, key: String? = nil, password: String? = nil, format: Format = .pem,
        keyFormat: Format? = nil
    ) {
        self.certificate = certificate
        self.key = key
        passwordBytes = password.map { Array($0.utf8) }
        self.format = format
        self.keyFormat = keyFormat
    }

    /// Equal when every part is, paths byte for byte: two that only look the same are two files.
    public static func == (left: ClientIdentity, right: ClientIdentity) -> Bool {
        areSame(left.certificate, right.certificate) && areSame(left.key, right.key)
            && left.passwordBytes == right.passwordBytes && left.format == right.format
            && left.keyFormat == right.keyFormat
    }

    /// The files, never the password.
    public var description: String {
        "client certificate \(certificate)" + (key.map { ", key \($0)" } ?? "")
    }

    /// Hides the password from debuggers' and tests' dumps as well.
    public var customMirror: Mirror {
        Mirror(self, children: ["certificate": certificate, "key": key as Any])
    }
}

/// Everything that decides how a TLS connection is made and whom it trusts.
///
/// A value: equal configurations may share connections, sessions and one `TLSContext`.
public struct TLSConfiguration: Sendable, Hashable {
    /// Whether the certificate chain, its dates and its names are checked.
    public enum Verification: Sendable, Hashable {
        /// All of it.
        case full
        /// None of it. Pins are still enforced.
        case none
    }

    /// Which anchors are trusted.
    public enum Trust: Sendable, Hashable {
        /// The bundle of the system.
        case system
        /// PEM files, directories of PEM files and PEM text, all together and instead of the system's bundle.
        /// Directories are read only when files and text do not suffice.
        case custom(files: [String], directories: [String], pem: [UInt8]?)

        /// Equal when every part is, paths byte for byte: two that only look the same are two files.
        public static func == (left: Trust, right: Trust) -> Bool {
            switch (left, right) {
            case (.system, .system): true
            case (.custom(let files, let folders, let pem), .custom(let files2, let folders2, let pem2)):
                files.elementsEqual(files2, by: areSame) && folders.elementsEqual(folders2, by: areSame)
                    && pem == pem2
            case (.system, .custom), (.custom, .system): false
            }
        }
    }

    /// What is checked. `.full` unless said otherwise.
    public var verification: Verification
    /// The anchors for `.full` verification.
    public var trust: Trust
    /// PEM files of revocation lists; a certificate that they revoke is refused, and one whose issuer's list
    /// is out of date.
    public var revocationLists: [String]
    /// The peer's certificate must have one of these fingerprints, with either verification. Empty: any.
    public var fingerprints: [Fingerprint]
    /// The peer's public key must have one of these pins, with either verification. Empty: any.
    public var publicKeyPins: [PublicKeyPin]
    /// Shown when the server asks for a certificate; nil: none.
    public var clientIdentity: ClientIdentity?
    /// The oldest version that is accepted.
    public var minimumVersion: TLSVersion
    /// The newest version that is offered.
    public var maximumVersion: TLSVersion
    /// Offered by ALPN (RFC 7301), most wanted first; empty: no offer. An answer that was not offered is an error.
    public var applicationProtocols: [String]
    /// A GnuTLS priority string; nil: the default. One that starts with `+`, `-`, `!` or `%` changes the default, another
    /// replaces it; the versions stay those above unless the string names versions itself.
    public var priority: String?
    /// Whether sessions may be resumed (tickets are accepted and offered).
    public var resumesSessions: Bool
    /// Whether the server has to staple an OCSP answer (RFC 6066 §8) by which its certificate is good. Such sessions are
    /// never resumed: only a full handshake brings the answer.
    public var requiresGoodStatus: Bool

    /// Everything has a default: verified against the system's bundle, TLS 1.2 or 1.3, `http/1.1` by ALPN.
    public init(
        verification: Verification = .full, trust: Trust = .system, revocationLists: [String] = [],
        fingerprints: [Fingerprint] = [], publicKeyPins: [PublicKeyPin] = [],
        clientIdentity: ClientIdentity? = nil,
        minimumVersion: TLSVersion = .tls1_2, maximumVersion: TLSVersion = .tls1_3,
        applicationProtocols: [String] = ["http/1.1"], priority: String? = nil, resumesSessions: Bool = true,
        requiresGoodStatus: Bool = false
    ) {
        self.verification = verification
        self.trust = trust
        self.revocationLists = revocationLists
        self.fingerprints = fingerprints
        self.publicKeyPins = publicKeyPins
        self.clientIdentity = clientIdentity
        self.minimumVersion = minimumVersion
        self.maximumVersion = maximumVersion
        self.applicationProtocols = applicationProtocols
        self.priority = priority
        self.resumesSessions = resumesSessions
        self.requiresGoodStatus = requiresGoodStatus
    }
}

/// Whether two paths are the same bytes.
private func areSame(_ left: String?, _ right: String?) -> Bool {
    guard let left, let right else { return left == nil && right == nil }
    return left.utf8.elementsEqual(right.utf8)
}
