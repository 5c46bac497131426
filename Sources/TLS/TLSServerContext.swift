internal import CGnuTLS

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
