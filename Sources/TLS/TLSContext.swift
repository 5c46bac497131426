internal import CGnuTLS
internal import Glibc

/// What the sessions of one configuration share: trust store, client identity, priorities; files are read once.
///
/// Invariant: nothing changes after `init`, hence any number of sessions on any threads may use it.
package final class TLSContext: @unchecked Sendable {
    // Unchecked: the GnuTLS objects are only read after `init`, which GnuTLS allows from several threads at once
    // (its manual, "Thread safety": credentials and priorities may be shared by sessions); all else is Sendable.

    /// What the context was made from.
    package let configuration: TLSConfiguration
    let credentials: Credentials
    let priorities: Priorities
    /// Nil when the chain is not verified.
    let verification: TLSVerification?

    /// Reads the files that the configuration names. Throws ``TLSError/configuration(_:path:text:)``.
    package init(_ configuration: TLSConfiguration) throws(TLSError) {
        GnuTLS.prepare()
        guard GnuTLS.status >= 0 else {
            throw .configuration(
                .library, path: nil, text: "GnuTLS cannot start: \(GnuTLS.text(GnuTLS.status))")
        }
        self.configuration = configuration
        priorities = try Priorities(
            minimum: configuration.minimumVersion, maximum: configuration.maximumVersion,
            priority: configuration.priority)
        credentials = try Credentials()
        if let identity = configuration.clientIdentity { try credentials.load(identity) }
        switch configuration.verification {
        case .none: verification = nil
        case .full:
            verification = TLSVerification(
                store: try Self.store(configuration.trust),
                revocationLists: try Self.revocationLists(configuration.revocationLists))
        }
    }

    /// The context of ``TLSMode/verified``, made on first use and shared by the whole process.
    package static func forSystem() throws(TLSError) -> TLSContext {
        try shared.get()
    }

    private static let shared = Result { () throws(TLSError) -> TLSContext in
        try TLSContext(TLSConfiguration())
    }

    private static func store(_ trust: TLSConfiguration.Trust) throws(TLSError) -> TrustStore {
        switch trust {
        case .system: try TrustStore.system.get()
        case .custom(let files, let directories, let pem):
            try TrustStore(files: files, directories: directories, pem: pem)
        }
    }

    private static func revocationLists(_ files: [String]) throws(TLSError) -> [[UInt8]] {
        var lists: [[UInt8]] = []
        for file in files {
            let text: [UInt8]
            do {
                text = try FileReader.read(file)
            } catch {
                throw .unreadable(.revocationList, "revocation lists", file, error.errno)
            }
            guard isRevocationList(text) else {
                throw .configuration(.revocationList, path: file, text: "no revocation list in '\(file)'")
            }
            lists.append(text)
        }
        return lists
    }

    private static func isRevocationList(_ pem: [UInt8]) -> Bool {
        var list: gnutls_x509_crl_t?
        guard gnutls_x509_crl_init(&list) >= 0, let list else { return false }
        defer { gnutls_x509_crl_deinit(list) }
        return pem.withDatum { gnutls_x509_crl_import(list, &$0, GNUTLS_X509_FMT_PEM) } >= 0
    }
}

/// A parsed priority string, owned.
final class Priorities {
    let handle: gnutls_priority_t

    /// AES-GCM comes first: with the processor's AES instructions it is several times as fast as ChaCha20.
    static let standard =
        "NORMAL:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-CBC:+AES-256-CBC"

    init(minimum: TLSVersion, maximum: TLSVersion, priority: String?) throws(TLSError) {
        guard minimum <= maximum else {
            throw .configuration(.versions, path: nil, text: "the minimum TLS version is above the maximum")
        }
        let text = Self.text(minimum: minimum, maximum: maximum, priority: priority)
        var handle: gnutls_priority_t?
        guard gnutls_priority_init(&handle, text, nil) >= 0, let handle else {
            throw .configuration(
                .priority, path: nil, text: "cipher list '\(priority ?? text)' is not understood")
        }
        self.handle = handle
    }

    deinit {
        gnutls_priority_deinit(handle)
    }

    /// The whole priority string.
    static func text(minimum: TLSVersion, maximum: TLSVersion, priority: String?) -> String {
        var text = standard
        if let priority, let first = priority.utf8.first {
            text = "+-!%".utf8.contains(first) ? standard + ":" + priority : priority
        }
        if let priority, priority.contains("VERS-") { return text }
        text += ":-VERS-ALL"
        for version in TLSVersion.allCases.reversed() where version >= minimum && version <= maximum {
            switch version {
            case .tls1_0: text += ":+VERS-TLS1.0"
            case .tls1_1: text += ":+VERS-TLS1.1"
            case .tls1_2: text += ":+VERS-TLS1.2"
            case .tls1_3: text += ":+VERS-TLS1.3"
            }
        }
        return text
    }
}

/// What a session shows its peer: nothing, or a certificate with its key. Owned.
final class Credentials {
    let handle: gnutls_certificate_credentials_t

    init() throws(TLSError) {
        var handle: gnutls_certificate_credentials_t?
        let result = gnutls_certificate_allocate_credentials(&handle)
        guard result >= 0, let handle else {
            throw .configuration(.library, path: nil, text: "GnuTLS cannot start: \(GnuTLS.text(result))")
        }
        self.handle = handle
    }

    deinit {
        gnutls_certificate_free_credentials(handle)
    }

    /// Reads a client's certificate and key.
    func load(_ identity: ClientIdentity) throws(TLSError) {
        if identity.certificate.hasPrefix("pkcs11:") { return try loadToken(identity) }
        let certificate = try Self.read(identity.certificate, .certificate, "the client certificate")
        switch identity.format {
        case .p12:
            let result = certificate.withDatum {
                gnutls_certificate_set_x509_simple_pkcs12_mem(
                    handle, &$0, GNUTLS_X509_FMT_DER, identity.password ?? "")
            }
            if result < 0 { throw Self.failure(result, identity, inKey: false) }
        case .pem, .der:
            let key = try identity.key.map { path throws(TLSError) in
                try Self.read(path, .key, "the private key")
            }
            try load(certificate: certificate, key: key ?? certificate, identity)
        }
    }

    /// Takes a certificate chain and its key as PEM text.
    func load(certificatePEM: [UInt8], keyPEM: [UInt8]) throws(TLSError) {
        try load(certificate: certificatePEM, key: keyPEM, ClientIdentity(certificate: "memory"))
    }

    private func load(certificate: [UInt8], key: [UInt8], _ identity: ClientIdentity) throws(TLSError) {
        let format = identity.format == .der ? GNUTLS_X509_FMT_DER : GNUTLS_X509_FMT_PEM
        guard Self.holdsCertificate(certificate, format) else {
            throw .configuration(
                .certificate, path: identity.certificate, text: "no certificate in '\(identity.certificate)'")
        }
        let result = certificate.withDatum { certificate in
            key.withDatum { key in
                gnutls_certificate_set_x509_key_mem2(handle, &certificate, &key, format, identity.password, 0)
            }
        }
        if result < 0 { throw Self.failure(result, identity, inKey: true) }
    }

    /// A key on a smart card or the like: GnuTLS finds both by their URIs.
    private func loadToken(_ identity: ClientIdentity) throws(TLSError) {
        let result = gnutls_certificate_set_x509_key_file2(
            handle, identity.certificate, identity.key ?? identity.certificate, GNUTLS_X509_FMT_PEM,
            identity.password,
            0)
        if result < 0 { throw Self.failure(result, identity, inKey: false) }
    }

    private static func holdsCertificate(_ bytes: [UInt8], _ format: gnutls_x509_crt_fmt_t) -> Bool {
        var certificate: gnutls_x509_crt_t?
        guard gnutls_x509_crt_init(&certificate) >= 0, let certificate else { return false }
        defer { gnutls_x509_crt_deinit(certificate) }
        return bytes.withDatum { gnutls_x509_crt_import(certificate, &$0, format) } >= 0
    }

    private static func read(
        _ path: String, _ problem: ConfigurationProblem, _ what: String
    ) throws(TLSError) -> [UInt8] {
        do {
            return try FileReader.read(path)
        } catch {
            throw .unreadable(problem, what, path, error.errno)
        }
    }

    private static func failure(_ code: CInt, _ identity: ClientIdentity, inKey: Bool) -> TLSError {
        let path = inKey ? identity.key ?? identity.certificate : identity.certificate
        switch code {
        case GNUTLS_E_CERTIFICATE_KEY_MISMATCH:
            return .configuration(
                .keyMismatch, path: path,
                text: "private key in '\(path)' does not belong to the certificate '\(identity.certificate)'")
        case GNUTLS_E_DECRYPTION_FAILED, GNUTLS_E_INVALID_PASSWORD, GNUTLS_E_INVALID_PASSWORD_STRING,
            GNUTLS_E_MAC_VERIFY_FAILED, GNUTLS_E_PKCS11_PIN_ERROR, GNUTLS_E_PKCS11_PIN_LOCKED:
            let isMissing = identity.password == nil
            return .configuration(
                .password, path: path,
                text: isMissing
                    ? "'\(path)' is encrypted and no password was given"
                    : "the password does not open '\(path)'")
        default:
            return .configuration(
                inKey ? .key : .certificate, path: path,
                text: "no \(inKey ? "private key" : "certificate") in '\(path)' (\(GnuTLS.text(code)))")
        }
    }
}

/// What a server needs: for tests and demonstrations.
package struct TLSServerConfiguration: Sendable {
    /// What the server wants of clients.
    package enum ClientCertificate: Sendable {
        /// None.
        case ignored
        /// One if they have it.
        case requested
        /// One; the handshake fails without.
        case required
    }

    /// The certificate chain, leaf first, as PEM text.
    package var certificatePEM: String
    /// The leaf's private key as PEM text, unencrypted.
    package var keyPEM: String
    /// Whether clients must show a certificate. Its issuer is not checked.
    package var clientCertificate: ClientCertificate = .ignored
    /// Chosen from by ALPN, most wanted first; empty: ALPN is not answered.
    package var applicationProtocols: [String] = []
    /// The oldest version that is accepted.
    package var minimumVersion: TLSVersion = .tls1_2
    /// The newest version that is accepted.
    package var maximumVersion: TLSVersion = .tls1_3
    /// Whether sessions can be resumed.
    package var issuesTickets: Bool = true
    /// Whether TLS 1.3 tickets follow the handshake at once; else ``TLSSession/sendTicket()`` sends them.
    package var sendsTicketsAtOnce: Bool = true
    /// A GnuTLS priority string, as in ``TLSConfiguration/priority``.
    package var priority: String?

    /// The two that have no default.
    package init(certificatePEM: String, keyPEM: String) {
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
    }
}

/// What a server's sessions share. Like ``TLSContext``, never changed after `init`.
package final class TLSServerContext: @unchecked Sendable {
    // Unchecked for the same reason as `TLSContext`; the ticket key is only read.

    let configuration: TLSServerConfiguration
    let credentials: Credentials
    let priorities: Priorities
    let ticketKey: [UInt8]

    /// Throws ``TLSError/configuration(_:path:text:)``.
    package init(_ configuration: TLSServerConfiguration) throws(TLSError) {
        GnuTLS.prepare()
        self.configuration = configuration
        priorities = try Priorities(
            minimum: configuration.minimumVersion, maximum: configuration.maximumVersion,
            priority: configuration.priority)
        credentials = try Credentials()
        try credentials.load(
            certificatePEM: Array(configuration.certificatePEM.utf8), keyPEM: Array(configuration.keyPEM.utf8)
        )
        var key = gnutls_datum_t()
        ticketKey = gnutls_session_ticket_key_generate(&key) >= 0 ? key.take() : []
    }
}
