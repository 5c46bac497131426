import CGnuTLS
import Glibc
import TLS

/// How a `ScriptedServer` speaks TLS. It calls GnuTLS itself rather than the module under test.
public struct ServerTLS: Sendable {
    /// The server's certificate and the issuers it sends along, PEM.
    public var certificatePEM: String
    /// The private key, PEM, unencrypted.
    public var keyPEM: String
    /// When set, a client certificate signed by one of these authorities (PEM) is asked for.
    public var clientAuthorityPEM: String?
    /// Whether a handshake without a client certificate fails; only with `clientAuthorityPEM`.
    public var requiresClientCertificate: Bool
    /// Protocols offered through ALPN, best first; empty: no ALPN.
    public var alpn: [String]
    /// A GnuTLS priority string, for instance `NORMAL:-VERS-ALL:+VERS-TLS1.2`.
    public var priority: String
    /// Whether session tickets are given out, so that sessions can be resumed.
    public var resumes: Bool

    /// Options with the given certificate and key.
    public init(
        certificatePEM: String, keyPEM: String, clientAuthorityPEM: String? = nil,
        requiresClientCertificate: Bool = false, alpn: [String] = [], priority: String = "NORMAL",
        resumes: Bool = true
    ) {
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
        self.clientAuthorityPEM = clientAuthorityPEM
        self.requiresClientCertificate = requiresClientCertificate
        self.alpn = alpn
        self.priority = priority
        self.resumes = resumes
    }

    /// Options with a certificate made for the test, sent with the intermediate ones that signed it.
    public init(
        _ certificate: TestCertificate, intermediates: [TestCertificate] = [],
        clientAuthority: TestCertificate? = nil, requiresClientCertificate: Bool = false, alpn: [String] = [],
        priority: String = "NORMAL", resumes: Bool = true
    ) {
        self.init(
            certificatePEM: ([certificate] + intermediates).map(\.certificatePEM).joined(),
            keyPEM: certificate.keyPEM, clientAuthorityPEM: clientAuthority?.certificatePEM,
            requiresClientCertificate: requiresClientCertificate, alpn: alpn, priority: priority,
            resumes: resumes)
    }
}

/// What a handshake settled, as the server saw it.
public struct TLSRecord: Sendable, Equatable {
    /// The SNI name the client sent, or nil.
    public var serverName: String?
    /// The protocol ALPN settled on, or nil.
    public var alpn: String?
    /// `TLS1.3` or `TLS1.2`.
    public var version: String
    /// Whether an earlier session was resumed.
    public var isResumed: Bool
    /// The client's leaf certificate, DER, or nil.
    public var clientCertificate: [UInt8]?
}

/// The credentials and ticket key of one server, shared by its sessions.
///
/// Unchecked, because GnuTLS allows credentials to be used from many threads once they are set up, and nothing
/// changes them after `init`.
final class ServerTLSContext: @unchecked Sendable {
    let options: ServerTLS
    fileprivate let credentials: gnutls_certificate_credentials_t?
    fileprivate var ticketKey = gnutls_datum_t()

    init(_ options: ServerTLS) throws(SystemFailure) {
        self.options = options
        GnuTLS.prepare()
        var credentials: gnutls_certificate_credentials_t?
        try checkTLS("credentials", gnutls_certificate_allocate_credentials(&credentials))
        self.credentials = credentials
        let loaded = withDatum(options.certificatePEM) { certificate in
            withDatum(options.keyPEM) { key in
                gnutls_certificate_set_x509_key_mem(credentials, certificate, key, GNUTLS_X509_FMT_PEM)
            }
        }
        try checkTLS("server certificate", loaded)
        if let authority = options.clientAuthorityPEM {
            try checkTLS(
                "client authority",
                withDatum(authority) {
                    gnutls_certificate_set_x509_trust_mem(credentials, $0, GNUTLS_X509_FMT_PEM)
                })
        }
        try checkTLS("ticket key", gnutls_session_ticket_key_generate(&ticketKey))
    }

    deinit {
        gnutls_certificate_free_credentials(credentials)
        free(ticketKey.data)
    }
}

/// One server-side session over a non-blocking socket. Used by the one thread that serves the connection.
final class ServerTLSSession {
    enum Outcome: Equatable {
        case done(Int)
        /// The socket must become readable, or writable, first.
        case wait(forReading: Bool)
        case closeNotify
        case transportEnded
        case failed(String)
    }

    private let context: ServerTLSContext
    private let session: gnutls_session_t?

    init(_ context: ServerTLSContext, descriptor: Int32) throws(SystemFailure) {
        self.context = context
        var session: gnutls_session_t?
        try checkTLS(
            "session", gnutls_init(&session, UInt32(GNUTLS_SERVER) | UInt32(1 << 6 /* GNUTLS_NO_SIGNAL */)))
        self.session = session
        try checkTLS(
            "priority \(context.options.priority)",
            gnutls_priority_set_direct(session, context.options.priority, nil))
        gnutls_credentials_set(
            session, GNUTLS_CRD_CERTIFICATE, context.credentials.map { UnsafeMutableRawPointer($0) })
        if context.options.clientAuthorityPEM != nil {
            let request =
                context.options.requiresClientCertificate ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST
            gnutls_certificate_server_set_request(session, request)
        }
        if context.options.resumes { gnutls_session_ticket_enable_server(session, &context.ticketKey) }
        offerALPN(context.options.alpn)
        gnutls_transport_set_int2(session, descriptor, descriptor)
        gnutls_handshake_set_timeout(session, 0)
    }

    deinit { gnutls_deinit(session) }

    /// One attempt at the handshake; after `.done` the client's certificate, if any, was verified too.
    func handshake() -> Outcome {
        let code = gnutls_handshake(session)
        guard code == GNUTLS_E_SUCCESS else {
            if gnutls_error_is_fatal(code) == 0 { return outcome(Int(code)) }
            gnutls_alert_send_appropriate(session, code)
            return outcome(Int(code))
        }
        if context.options.clientAuthorityPEM != nil, clientCertificate() != nil {
            var status: UInt32 = 0
            let verified = gnutls_certificate_verify_peers2(session, &status)
            if verified < 0 || status != 0 {
                gnutls_alert_send(session, GNUTLS_AL_FATAL, GNUTLS_A_UNKNOWN_CA)
                return .failed("client certificate refused")
            }
        }
        return .done(0)
    }

    func read(_ buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        let count = gnutls_record_recv(session, buffer.baseAddress, buffer.count)
        return count == 0 ? .closeNotify : outcome(count)
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        outcome(gnutls_record_send(session, bytes.baseAddress, bytes.count))
    }

    func sendCloseNotify() {
        gnutls_bye(session, GNUTLS_SHUT_WR)
    }

    func updateKeys() {
        gnutls_session_key_update(session, 0)
    }

    var record: TLSRecord {
        TLSRecord(
            serverName: serverName(), alpn: selectedALPN(),
            version: String(cString: gnutls_protocol_get_name(gnutls_protocol_get_version(session))),
            isResumed: gnutls_session_is_resumed(session) != 0, clientCertificate: clientCertificate())
    }

    private func outcome(_ code: Int) -> Outcome {
        switch Int32(clamping: code) {
        case 0...: return .done(code)
        case GNUTLS_E_AGAIN, GNUTLS_E_INTERRUPTED:
            return .wait(forReading: gnutls_record_get_direction(session) == 0)
        case GNUTLS_E_PREMATURE_TERMINATION, GNUTLS_E_PULL_ERROR, GNUTLS_E_PUSH_ERROR:
            return .transportEnded
        case GNUTLS_E_FATAL_ALERT_RECEIVED, GNUTLS_E_WARNING_ALERT_RECEIVED:
            let alert = gnutls_alert_get(session)
            return .failed(
                "alert: " + (gnutls_alert_get_name(alert).map { String(cString: $0) } ?? "\(alert)"))
        default:
            return .failed(String(cString: gnutls_strerror(Int32(clamping: code))))
        }
    }

    private func offerALPN(_ protocols: [String]) {
        guard !protocols.isEmpty else { return }
        let names = protocols.map { Array($0.utf8) }
        let storage = names.map { name in
            let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(name.count, 1))
            copy.initialize(from: name, count: name.count)
            return gnutls_datum_t(data: copy, size: UInt32(name.count))
        }
        // GnuTLS copies the names.
        gnutls_alpn_set_protocols(
            session, storage, UInt32(storage.count), GNUTLS_ALPN_SERVER_PRECEDENCE.rawValue)
        for datum in storage { datum.data.deallocate() }
    }

    private func selectedALPN() -> String? {
        var datum = gnutls_datum_t()
        guard gnutls_alpn_get_selected_protocol(session, &datum) == 0 else { return nil }
        return String(
            decoding: UnsafeBufferPointer(start: datum.data, count: Int(datum.size)), as: UTF8.self)
    }

    private func serverName() -> String? {
        var name = [UInt8](repeating: 0, count: 256)
        var length = name.count
        var kind: UInt32 = 0
        guard gnutls_server_name_get(session, &name, &length, &kind, 0) == 0 else { return nil }
        return String(decoding: name[..<length].prefix { $0 != 0 }, as: UTF8.self)
    }

    private func clientCertificate() -> [UInt8]? {
        var count: UInt32 = 0
        guard let list = gnutls_certificate_get_peers(session, &count), count > 0 else { return nil }
        return Array(UnsafeBufferPointer(start: list[0].data, count: Int(list[0].size)))
    }
}

private func checkTLS(_ operation: String, _ code: Int32) throws(SystemFailure) {
    guard code >= 0 else {
        throw SystemFailure("TLS \(operation): \(String(cString: gnutls_strerror(code)))", code: 0)
    }
}

private func withDatum<Result>(_ text: String, _ body: (UnsafePointer<gnutls_datum_t>) -> Result) -> Result {
    var bytes = Array(text.utf8)
    return bytes.withUnsafeMutableBufferPointer {
        var datum = gnutls_datum_t(data: $0.baseAddress, size: UInt32($0.count))
        return body(&datum)
    }
}
