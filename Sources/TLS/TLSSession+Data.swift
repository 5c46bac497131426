internal import CGnuTLS

// Data both ways, and the messages that come in between.
extension TLSSession {
    /// Decrypts into `target` until it is full or the channel has no more for now.
    ///
    /// An end or error that follows data is reported by the next call. Throws ``TLSError/alert(_:)``,
    /// ``TLSError/io(errno:)`` or ``TLSError/record(code:text:)``.
    package func read(into target: UnsafeMutableRawBufferPointer) throws(TLSError) -> ReadResult {
        guard let base = target.baseAddress, target.count > 0 else { return .bytes(0) }
        switch state {
        case .open: try checkVerified()
        case .ended: return .end
        case .truncated: return .truncated
        case .failed(let error): throw error
        case .handshaking:
            throw .record(code: GNUTLS_E_UNAVAILABLE_DURING_HANDSHAKE, text: "the handshake is not finished")
        }
        var total = 0
        var messagesLeft = Self.messageLimit
        channel.mayFill = true
        reading: while total < target.count {
            if rehandshake.pending != nil {
                // Data that was read comes first, and its error with the next call.
                if total > 0 { break }
                if let progress = try advanceRehandshake() {
                    channel.releaseIfEmpty()
                    return progress == .wantsRead ? .wantsRead : .wantsWrite
                }
            }
            channel.block = nil
            let result = gnutls_record_recv(handle, base + total, target.count - total)
            if result > 0 {
                total += result
                messagesLeft = Self.messageLimit
                // With bytes to hand out, a system call that most likely says "nothing" can wait for the next call.
                channel.mayFill = !channel.isDrained
                if !channel.mayFill, channel.buffered == 0, gnutls_record_check_pending(handle) == 0 { break }
                continue
            }
            if let progress = blockedProgress(CInt(result)) {
                if total > 0 { break reading }
                channel.releaseIfEmpty()
                return progress == .wantsRead ? .wantsRead : .wantsWrite
            }
            messagesLeft -= 1
            takeNonData(CInt(result), isLast: messagesLeft == 0)
            guard case .open = state else { break reading }
        }
        if channel.isDrained { channel.releaseIfEmpty() }
        if total > 0 { return .bytes(total) }
        return try read(into: target)
    }

    /// Without ``verifyPeer(host:)`` no data must pass.
    private func checkVerified() throws(TLSError) {
        guard verifiedHost == nil, !checks.isEmpty else { return }
        throw .record(code: GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR, text: "the peer was not verified")
    }

    /// Deals with what `gnutls_record_recv` returned instead of data; may leave the open state.
    private func takeNonData(_ result: CInt, isLast: Bool) {
        switch result {
        case 0:
            state = .ended
        case GNUTLS_E_REHANDSHAKE: answer(.renegotiation)
        case GNUTLS_E_REAUTH_REQUEST: answer(.authentication)
        case GNUTLS_E_FATAL_ALERT_RECEIVED:
            let alert = UInt8(truncatingIfNeeded: gnutls_alert_get(handle).rawValue)
            state = .failed(rehandshake.wasDeclined ? .renegotiationDeclined(alert) : .alert(alert))
        default:
            // A ticket or key update was absorbed, or a warning came that changes nothing.
            guard gnutls_error_is_fatal(result) != 0 else { break }
            if let number = channel.failure {
                state = .failed(.io(errno: number))
            } else if channel.hasEnded {
                // Between records or amid one: GnuTLS has another code for each.
                state = .truncated
            } else {
                state = .failed(.record(code: result, text: GnuTLS.text(result)))
                _ = gnutls_alert_send_appropriate(handle, result)
            }
        }
        if isLast, case .open = state {
            state = .failed(
                .record(code: GNUTLS_E_TOO_MANY_HANDSHAKE_PACKETS, text: "peer sends no data but messages"))
        }
    }

    /// Bytes that can be had without the channel becoming readable again: decrypted ones, and ciphertext read ahead.
    package var pendingBytes: Int {
        gnutls_record_check_pending(handle) + channel.buffered
    }

    /// The most bytes of data in one record (RFC 8446 §5.1).
    private static let largestRecord = 1 << 14

    /// Encrypts and sends `source` as far as the channel takes it.
    ///
    /// Throws ``TLSError/io(errno:)`` or ``TLSError/record(code:text:)``. A peer that refuses the session may have
    /// sent an alert: after an error here ``read(into:)`` still finds it.
    package func write(_ source: UnsafeRawBufferPointer) throws(TLSError) -> WriteResult {
        switch state {
        case .open, .ended, .truncated: try checkVerified()
        case .failed(let error): throw error
        case .handshaking:
            throw .record(code: GNUTLS_E_UNAVAILABLE_DURING_HANDSHAKE, text: "the handshake is not finished")
        }
        if let writeFailure { throw writeFailure }
        guard let base = source.baseAddress else { return .bytes(0) }
        defer { channel.moreFollows = false }
        var total = 0
        if rehandshake.pending != nil || sentForWriter > 0 {
            let progress = try advanceRehandshake()
            // `source` begins with the bytes of the record that was sent meanwhile.
            total = min(sentForWriter, source.count)
            sentForWriter = 0
            if rehandshake.pending != nil {
                if total > 0 { return .bytes(total) }
                return progress == .wantsWrite ? .wantsWrite : .wantsRead
            }
        }
        var messagesLeft = Self.messageLimit
        while total < source.count {
            channel.block = nil
            channel.moreFollows = source.count - total > Self.largestRecord
            // GnuTLS keeps the record that it could not send: null and 0 mean "that one", whose length it returns.
            let result =
                hasUnsentRecord
                ? gnutls_record_send(handle, nil, 0)
                : gnutls_record_send(handle, base + total, source.count - total)
            if result >= 0 {
                hasUnsentRecord = false
                total += result
                continue
            }
            if let progress = blockedProgress(CInt(result)) {
                hasUnsentRecord = true
                if total > 0 { return .bytes(total) }
                return progress == .wantsRead ? .wantsRead : .wantsWrite
            }
            messagesLeft -= 1
            guard messagesLeft == 0 || gnutls_error_is_fatal(CInt(result)) != 0 else { continue }
            let error: TLSError =
                channel.failure.map { .io(errno: $0) }
                ?? .record(code: CInt(result), text: GnuTLS.text(CInt(result)))
            writeFailure = error
            if total > 0 { return .bytes(total) }
            throw error
        }
        return .bytes(total)
    }
}
