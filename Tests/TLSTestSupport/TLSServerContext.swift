internal import CGnuTLS

@testable package import TLS

/// What a server needs.
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
    /// Whether a TLS 1.3 client may be asked for its certificate later.
    package var mayAskLater: Bool = false
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

    /// Staples an OCSP answer to the handshakes of sessions that are made from now on; whether GnuTLS took it.
    package func staple(_ answer: [UInt8]) -> Bool {
        answer.withDatum {
            gnutls_certificate_set_ocsp_status_request_mem(credentials.handle, &$0, 0, GNUTLS_X509_FMT_DER)
                >= 0
        }
    }
}

extension TLSSession {
    /// A server's session.
    package convenience init(server context: TLSServerContext, channel: TLSChannel) throws(TLSError) {
        let configuration = context.configuration
        var flags = GNUTLS_SERVER.rawValue
        if !configuration.issuesTickets { flags |= GNUTLS_NO_TICKETS.rawValue }
        if !configuration.sendsTicketsAtOnce { flags |= GNUTLS_NO_AUTO_SEND_TICKET.rawValue }
        if configuration.mayAskLater { flags |= GNUTLS_POST_HANDSHAKE_AUTH.rawValue }
        self.init(
            handle: try Self.makeHandle(flags, context.priorities, context.credentials), context: context,
            checks: PeerChecks(), channel: channel, offeredProtocols: configuration.applicationProtocols,
            resumesSessions: false)
        offerProtocols(flags: GNUTLS_ALPN_SERVER_PRECEDENCE.rawValue)
        request(configuration.clientCertificate)
        if configuration.issuesTickets, !context.ticketKey.isEmpty {
            _ = context.ticketKey.withDatum { gnutls_session_ticket_enable_server(handle, &$0) }
        }
    }

    /// Changes what the next handshake wants of the client.
    package func request(_ certificate: TLSServerConfiguration.ClientCertificate) {
        switch certificate {
        case .ignored: gnutls_certificate_server_set_request(handle, GNUTLS_CERT_IGNORE)
        case .requested: gnutls_certificate_server_set_request(handle, GNUTLS_CERT_REQUEST)
        case .required: gnutls_certificate_server_set_request(handle, GNUTLS_CERT_REQUIRE)
        }
    }

    /// The host that a client named by SNI; nil when it named none.
    package var receivedServerName: String? {
        var buffer = [UInt8](repeating: 0, count: 256)
        var size = buffer.count
        var type: UInt32 = 0
        guard gnutls_server_name_get(handle, &buffer, &size, &type, 0) >= 0 else { return nil }
        return String(decoding: buffer.prefix(size).prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Sends a client one more TLS 1.3 ticket; whether the channel took it.
    package func sendTicket() -> Bool {
        gnutls_session_ticket_send(handle, 1, 0) >= 0
    }

    /// Changes the TLS 1.3 keys and asks the peer to do so too; whether the channel took it.
    package func updateKeys() -> Bool {
        gnutls_session_key_update(handle, UInt32(GNUTLS_KU_PEER)) >= 0
    }

    /// Asks a TLS 1.2 client to renegotiate; whether the channel took it.
    package func requestRenegotiation() -> Bool {
        gnutls_rehandshake(handle) >= 0
    }

    /// Goes on with the handshake that ``requestRenegotiation()`` began; GnuTLS's code, 0 at its end.
    package func renegotiate() -> CInt {
        channel.mayFill = true
        return gnutls_handshake(handle)
    }

    /// Asks a TLS 1.3 client for its certificate (RFC 8446 §4.6.2), and goes on with that; GnuTLS's code, 0 at its end.
    package func reauthenticate() -> CInt {
        channel.mayFill = true
        return gnutls_reauth(handle, 0)
    }

    /// The next record of data, and nothing of what follows it; empty when there is none.
    package func receiveRecord() -> [UInt8] {
        channel.mayFill = true
        return [UInt8](unsafeUninitializedCapacity: 1 << 14) { buffer, count in
            count = max(0, gnutls_record_recv(handle, buffer.baseAddress, buffer.count))
        }
    }

    /// Shows another certificate from the next handshake on.
    package func show(_ context: TLSServerContext) {
        gnutls_credentials_set(
            handle, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(context.credentials.handle))
    }

    /// Ends the session with a fatal alert; whether the channel took it.
    package func sendFatalAlert(_ alert: UInt8) -> Bool {
        gnutls_alert_send(handle, GNUTLS_AL_FATAL, gnutls_alert_description_t(UInt32(alert))) >= 0
    }
}
