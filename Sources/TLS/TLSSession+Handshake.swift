internal import CGnuTLS

// The handshake: how far it has come, and what ends it.
extension TLSSession {
    /// Goes on with the handshake as far as the channel lets it. Throws ``TLSError/handshake(code:alert:errno:text:)``.
    package func handshake() throws(TLSError) -> Progress {
        switch state {
        case .handshaking: break
        case .open, .ended, .truncated: return .done
        case .failed(let error): throw error
        }
        for _ in 0..<Self.messageLimit {
            channel.block = nil
            channel.mayFill = true
            let result = gnutls_handshake(handle)
            if result == GNUTLS_E_SUCCESS {
                try checkProtocol()
                state = .open
                channel.releaseIfEmpty()
                return .done
            }
            if let progress = blockedProgress(result) {
                channel.releaseIfEmpty()
                return progress
            }
            if gnutls_error_is_fatal(result) != 0 { throw failHandshake(result) }
        }
        throw failHandshake(GNUTLS_E_TOO_MANY_HANDSHAKE_PACKETS)
    }

    /// RFC 7301 §3.2: the server picks one of the names it was offered.
    private func checkProtocol() throws(TLSError) {
        let chosen = negotiatedProtocol
        guard !Self.isAcceptable(chosen, offered: offeredProtocols), let chosen else { return }
        let error = TLSError.handshake(
            code: GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER, alert: nil, errno: nil,
            text: "the server chose the protocol '\(chosen.prefix(32))', which was not offered")
        refuse(error, alert: GNUTLS_A_ILLEGAL_PARAMETER)
        throw error
    }

    /// Whether an answer to ALPN, or none, fits the offer.
    package static func isAcceptable(_ chosen: String?, offered: [String]) -> Bool {
        chosen.map(offered.contains) ?? true
    }

    func failHandshake(_ code: CInt) -> TLSError {
        var alert: UInt8?
        var number: CInt?
        let text: String
        if code == GNUTLS_E_FATAL_ALERT_RECEIVED {
            let received = UInt8(truncatingIfNeeded: gnutls_alert_get(handle).rawValue)
            alert = received
            text =
                Alert.refusesCertificate(received)
                ? "peer refused the client certificate: \(Alert.name(received))"
                : "peer refused: \(Alert.name(received))"
        } else if let failure = channel.failure {
            number = failure
            text = TLSError.systemText(failure)
        } else if channel.hasEnded {
            text = "peer closed the connection"
        } else if let first = channel.firstBytes.first, !(20...24).contains(first) {
            text =
                channel.firstBytes.starts(with: "HTTP/".utf8)
                ? "peer answered in plain HTTP" : "peer does not speak TLS"
        } else {
            text = GnuTLS.handshakeText(code)
        }
        let error = TLSError.handshake(code: code, alert: alert, errno: number, text: text)
        state = .failed(error)
        if alert == nil, number == nil, !channel.hasEnded {
            _ = gnutls_alert_send_appropriate(handle, code)
        }
        channel.release()
        return error
    }

    /// Fails the session from this side, and sends the alert if the channel takes it at once.
    func refuse(_ error: TLSError, alert: gnutls_alert_description_t) {
        state = .failed(error)
        _ = gnutls_alert_send(handle, GNUTLS_AL_FATAL, alert)
        channel.release()
    }
}
