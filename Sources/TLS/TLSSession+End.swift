internal import CGnuTLS

// The ways a session ends, and whether an idle one has ended.
extension TLSSession {
    /// Tells the peer that nothing more will be sent, if the channel takes it at once; not after an error.
    package func sendCloseNotify() {
        guard !hasSentCloseNotify, writeFailure == nil else { return }
        switch state {
        case .open, .ended:
            hasSentCloseNotify = true
            _ = gnutls_bye(handle, GNUTLS_SHUT_WR)
        case .handshaking, .truncated, .failed: break
        }
    }

    /// Sends close_notify and waits for the peer's. Data that still arrive are dropped, a bounded number of records
    /// at each call, so that an endless sender does not hold up the caller. Done at once after an error.
    package func shutdown() -> Progress {
        channel.fillsLeft = Self.messageLimit
        defer { channel.fillsLeft = nil }
        for _ in 0..<Self.messageLimit {
            switch state {
            case .open: break
            case .ended:
                sendCloseNotify()
                return .done
            case .handshaking, .truncated, .failed: return .done
            }
            guard writeFailure == nil else { return .done }
            channel.block = nil
            channel.mayFill = true
            hasSentCloseNotify = true
            let result = gnutls_bye(handle, GNUTLS_SHUT_RDWR)
            if let progress = blockedProgress(result) {
                channel.releaseIfEmpty()
                return progress
            }
            if result == GNUTLS_E_SUCCESS || gnutls_error_is_fatal(result) != 0 {
                state = .ended
                channel.release()
                return .done
            }
        }
        return .done
    }

    /// Whether the last read from below took all that was there: only then does another edge come.
    package var isDrained: Bool { channel.isDrained }

    /// Looks whether an idle connection is fit for another request, absorbing late tickets and key updates.
    ///
    /// After ``IdleState/data`` a byte is lost: the session can only be closed.
    package func idleCheck() -> IdleState {
        var byte: UInt8 = 0
        do throws(TLSError) {
            let result = try withUnsafeMutableBytes(of: &byte) { buffer throws(TLSError) in
                try read(into: buffer)
            }
            switch result {
            case .wantsRead: return writeFailure == nil ? .quiet : .ended
            case .bytes: return .data
            case .wantsWrite, .end, .truncated: return .ended
            }
        } catch {
            return .ended
        }
    }
}
