internal import CGnuTLS

/// A handshake that the server asks for in the middle of a session, most often to see the client's certificate for one of
/// its paths: authentication after the handshake (TLS 1.3, RFC 8446 §4.6.2) or renegotiation (TLS 1.2, RFC 5746).
///
/// Reads and writes carry it on, whichever comes first.
struct Rehandshake {
    enum Kind {
        case authentication
        case renegotiation
    }

    /// The most that are answered in one session: each costs a signature.
    private static let most = 8

    /// Whether the client has a certificate to show. Without one a renegotiation is useless, and it could change the
    /// peer.
    var isAllowed = false
    /// The one under way.
    var pending: Kind?
    /// Whether the server was told that there is no renegotiation.
    var wasDeclined = false
    /// The server's certificate before.
    private(set) var leaf: [UInt8]?
    private var count = 0

    /// Whether another one begins, with a server that has shown that certificate.
    mutating func begin(_ kind: Kind, leaf: [UInt8]?) -> Bool {
        guard isAllowed, count < Self.most else { return false }
        count += 1
        self.leaf = leaf
        pending = kind
        return true
    }
}

extension TLSSession {
    /// Takes the server's request for another handshake, or declines it.
    func answer(_ kind: Rehandshake.Kind) {
        if rehandshake.begin(kind, leaf: peerChain.first) { return }
        switch kind {
        case .renegotiation:
            // RFC 5246 §7.2.2 lets a client decline.
            rehandshake.wasDeclined = true
            _ = gnutls_alert_send(handle, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION)
        case .authentication:
            refuse(
                .record(code: GNUTLS_E_REAUTH_REQUEST, text: "peer asks for the certificate again and again"),
                alert: GNUTLS_A_UNEXPECTED_MESSAGE)
        }
    }

    /// Carries a pending handshake on. What to wait for; nil when none is pending, or data has to be read first.
    ///
    /// Throws ``TLSError/handshake(code:alert:errno:text:)`` and what ``verifyPeer(host:)`` throws: the peer is checked
    /// again after a renegotiation.
    func advanceRehandshake() throws(TLSError) -> Progress? {
        for _ in 0..<Self.messageLimit {
            guard let kind = rehandshake.pending else { return nil }
            channel.block = nil
            channel.mayFill = true
            if hasUnsentRecord {
                // The record comes first; the next write reports its bytes.
                let sent = gnutls_record_send(handle, nil, 0)
                if sent >= 0 {
                    hasUnsentRecord = false
                    sentForWriter += sent
                } else if let progress = blockedProgress(CInt(sent)) {
                    return progress
                } else if gnutls_error_is_fatal(CInt(sent)) != 0 {
                    throw failHandshake(CInt(sent))
                }
                continue
            }
            let result =
                switch kind {
                case .authentication: gnutls_reauth(handle, 0)
                case .renegotiation: gnutls_handshake(handle)
                }
            if result == GNUTLS_E_SUCCESS {
                rehandshake.pending = nil
                if kind == .renegotiation { try checkAgain() }
                return nil
            }
            // The server sent data before it took up our answer.
            if result == GNUTLS_E_GOT_APPLICATION_DATA { return nil }
            if let progress = blockedProgress(result) { return progress }
            if gnutls_error_is_fatal(result) != 0 { throw failHandshake(result) }
        }
        throw failHandshake(GNUTLS_E_TOO_MANY_HANDSHAKE_PACKETS)
    }

    /// After a renegotiation the server is the same, and verified as before.
    private func checkAgain() throws(TLSError) {
        guard peerChain.first == rehandshake.leaf else {
            let error = TLSError.record(
                code: GNUTLS_E_SESSION_USER_ID_CHANGED,
                text: "peer changed its certificate in a renegotiation")
            refuse(error, alert: GNUTLS_A_BAD_CERTIFICATE)
            throw error
        }
        guard let host = verifiedHost else { return }
        verifiedHost = nil
        try verifyPeer(host: host)
    }
}

extension TLSError {
    /// The code of ``renegotiationDeclined(_:)``.
    static let declinedRenegotiation: CInt = GNUTLS_E_REHANDSHAKE

    /// The server gave up with that alert after its renegotiation was declined. Servers ask for one to see a client
    /// certificate.
    static func renegotiationDeclined(_ alert: UInt8) -> TLSError {
        .record(
            code: declinedRenegotiation,
            text: "peer wants to renegotiate to see a client certificate (\(Alert.name(alert)))")
    }
}
