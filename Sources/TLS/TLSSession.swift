internal import CGnuTLS
internal import Glibc

/// One TLS connection over a non-blocking channel. Not `Sendable`: one loop owns it and makes every call.
///
/// A client first calls ``handshake()`` until it is done, then ``verifyPeer(host:)``, and only then moves data.
/// Invariant: after a fatal error nothing more is sent, and every later call repeats the error.
package final class TLSSession {
    /// How far a call that may have to wait has come.
    package enum Progress: Sendable, Hashable {
        /// Finished.
        case done
        /// Call again when the channel can be read.
        case wantsRead
        /// Call again when the channel can be written.
        case wantsWrite
    }

    /// What a read brought.
    package enum ReadResult: Sendable, Hashable {
        /// So many bytes are in the buffer; never 0. There may be more: only ``wantsRead`` says that there is not.
        case bytes(Int)
        /// Nothing now; call again when the channel can be read.
        case wantsRead
        /// Nothing now; call again when the channel can be written.
        case wantsWrite
        /// The peer said that it will send no more (close_notify).
        case end
        /// The channel ended without the peer saying so: what was read may be incomplete.
        case truncated
    }

    /// What became of a write.
    package enum WriteResult: Sendable, Hashable {
        /// So many bytes from the start of the buffer were taken and sent.
        case bytes(Int)
        /// None were; call again when the channel can be read, with a buffer that starts with the same bytes.
        case wantsRead
        /// None were; call again when the channel can be written, with a buffer that starts with the same bytes.
        case wantsWrite
    }

    /// What an idle connection turned out to hold.
    package enum IdleState: Sendable, Hashable {
        /// Nothing, or only tickets and key updates, which have been absorbed: the connection can be used again.
        case quiet
        /// Data that nobody asked for: close it.
        case data
        /// It ended or failed: close it.
        case ended
    }

    private enum State {
        /// Goes to `open` or `failed`.
        case handshaking
        /// Goes to `ended`, `truncated` or `failed`.
        case open
        /// Final for reads: close_notify was received.
        case ended
        /// Final for reads.
        case truncated
        /// Final.
        case failed(TLSError)
    }

    /// Post-handshake messages in a row without data, which no honest peer comes near.
    private static let patience = 64

    let handle: gnutls_session_t
    let isServer: Bool
    /// Keeps the credentials and priorities alive that GnuTLS refers to.
    private let context: AnyObject
    let verification: TLSVerification?
    let fingerprints: [Fingerprint]
    let publicKeyPins: [PublicKeyPin]
    let offeredProtocols: [String]
    let resumesSessions: Bool
    let requiresGoodStatus: Bool

    private var state = State.handshaking
    /// Whether ``verifyPeer(host:)`` still has something to check.
    var awaitsVerification: Bool
    private var writeFailure: TLSError?
    private var hasUnsentRecord = false
    private var hasSentCloseNotify = false
    var channel: ChannelState

    /// A client's session.
    ///
    /// - Parameters:
    ///   - context: shared by the sessions of one configuration.
    ///   - serverName: the host for SNI; addresses and nil send none. A final dot is dropped.
    ///   - channel: the transport; see ``TLSChannel``.
    ///   - resumption: what ``sessionData()`` of an earlier session to the same host returned. Whatever is wrong with it,
    ///     the only consequence is a full handshake.
    /// - Throws: ``TLSError/configuration(_:path:text:)`` when GnuTLS has no memory for a session.
    package init(context: TLSContext, serverName: String?, channel: TLSChannel, resumption: [UInt8]? = nil)
        throws(TLSError)
    {
        let configuration = context.configuration
        var flags = GNUTLS_CLIENT.rawValue | GNUTLS_NONBLOCK.rawValue | GNUTLS_NO_SIGNAL.rawValue
        let mayResume = configuration.resumesSessions && !configuration.requiresGoodStatus
        if !mayResume { flags |= GNUTLS_NO_TICKETS.rawValue }
        // Whoever names a certificate wants it sent, also to servers whose list of issuers leaves its issuer out.
        if configuration.clientIdentity != nil { flags |= GNUTLS_FORCE_CLIENT_CERT.rawValue }
        let resumed = mayResume ? ResumptionData(resumption, for: configuration) : nil
        var priorities = context.priorities
        if let resumed, resumed.version < configuration.maximumVersion {
            priorities = try Priorities(
                minimum: configuration.minimumVersion, maximum: resumed.version,
                priority: configuration.priority)
        }
        handle = try Self.makeHandle(flags, priorities, context.credentials)
        isServer = false
        self.context = context
        verification = context.verification
        fingerprints = configuration.fingerprints
        publicKeyPins = configuration.publicKeyPins
        offeredProtocols = configuration.applicationProtocols
        resumesSessions = mayResume
        requiresGoodStatus = configuration.requiresGoodStatus
        awaitsVerification =
            verification != nil || !fingerprints.isEmpty || !publicKeyPins.isEmpty || requiresGoodStatus
        self.channel = ChannelState(channel)
        attach()
        if requiresGoodStatus { gnutls_ocsp_status_request_enable_client(handle, nil, 0, nil) }
        offerProtocols(flags: 0)
        if let serverName {
            let host = HostName(serverName)
            if host.address == nil, !host.text.isEmpty {
                _ = gnutls_server_name_set(handle, GNUTLS_NAME_DNS, host.text, host.text.utf8.count)
            }
        }
        if let resumed { _ = gnutls_session_set_data(handle, resumed.session, resumed.session.count) }
    }

    /// A server's session.
    package init(server context: TLSServerContext, channel: TLSChannel) throws(TLSError) {
        let configuration = context.configuration
        var flags = GNUTLS_SERVER.rawValue | GNUTLS_NONBLOCK.rawValue | GNUTLS_NO_SIGNAL.rawValue
        if !configuration.issuesTickets { flags |= GNUTLS_NO_TICKETS.rawValue }
        if !configuration.sendsTicketsAtOnce { flags |= GNUTLS_NO_AUTO_SEND_TICKET.rawValue }
        handle = try Self.makeHandle(flags, context.priorities, context.credentials)
        isServer = true
        self.context = context
        verification = nil
        fingerprints = []
        publicKeyPins = []
        offeredProtocols = configuration.applicationProtocols
        resumesSessions = configuration.issuesTickets
        requiresGoodStatus = false
        awaitsVerification = false
        self.channel = ChannelState(channel)
        attach()
        offerProtocols(flags: GNUTLS_ALPN_SERVER_PRECEDENCE.rawValue)
        switch configuration.clientCertificate {
        case .ignored: gnutls_certificate_server_set_request(handle, GNUTLS_CERT_IGNORE)
        case .requested: gnutls_certificate_server_set_request(handle, GNUTLS_CERT_REQUEST)
        case .required: gnutls_certificate_server_set_request(handle, GNUTLS_CERT_REQUIRE)
        }
        if configuration.issuesTickets, !context.ticketKey.isEmpty {
            _ = context.ticketKey.withDatum { gnutls_session_ticket_enable_server(handle, &$0) }
        }
    }

    deinit {
        gnutls_deinit(handle)
        channel.release()
    }

    /// What ended the session before its time; nil when nothing did.
    var failure: TLSError? {
        if case .failed(let error) = state { error } else { nil }
    }

    /// Whether the handshake is done and nothing has failed since.
    var isOpen: Bool {
        switch state {
        case .open, .ended: true
        case .handshaking, .truncated, .failed: false
        }
    }

    // MARK: Handshake

    /// Goes on with the handshake as far as the channel lets it. Throws ``TLSError/handshake(code:alert:errno:text:)``.
    package func handshake() throws(TLSError) -> Progress {
        switch state {
        case .handshaking: break
        case .open, .ended, .truncated: return .done
        case .failed(let error): throw error
        }
        for _ in 0..<Self.patience {
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
        guard !isServer, !Self.isAcceptable(chosen, offered: offeredProtocols), let chosen else { return }
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

    private func failHandshake(_ code: CInt) -> TLSError {
        var alert: UInt8?
        var number: CInt?
        let text: String
        if code == GNUTLS_E_FATAL_ALERT_RECEIVED {
            let received = UInt8(truncatingIfNeeded: gnutls_alert_get(handle).rawValue)
            alert = received
            text = "peer refused: \(Alert.name(received))"
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

    /// Ends the session for a reason of ours and tells the peer, if the channel takes the alert at once.
    func refuse(_ error: TLSError, alert: gnutls_alert_description_t) {
        state = .failed(error)
        _ = gnutls_alert_send(handle, GNUTLS_AL_FATAL, alert)
        channel.release()
    }

    // MARK: Data

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
        var patience = Self.patience
        channel.mayFill = true
        reading: while total < target.count {
            channel.block = nil
            let result = gnutls_record_recv(handle, base + total, target.count - total)
            if result > 0 {
                total += result
                patience = Self.patience
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
            patience -= 1
            takeNonData(CInt(result), isLast: patience == 0)
            guard case .open = state else { break reading }
        }
        if channel.isDrained { channel.releaseIfEmpty() }
        if total > 0 { return .bytes(total) }
        return try read(into: target)
    }

    /// A forgotten ``verifyPeer(host:)`` must not hand data to a stranger.
    private func checkVerified() throws(TLSError) {
        guard awaitsVerification else { return }
        throw .record(code: GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR, text: "the peer was not verified")
    }

    /// Deals with what `gnutls_record_recv` returned instead of data; may leave the open state.
    private func takeNonData(_ result: CInt, isLast: Bool) {
        switch result {
        case 0:
            state = .ended
        case GNUTLS_E_REHANDSHAKE:
            // Renegotiation (TLS 1.2) could change who the peer is after it was verified; RFC 5246 §7.2.2 lets us decline.
            _ = gnutls_alert_send(handle, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION)
        case GNUTLS_E_FATAL_ALERT_RECEIVED:
            state = .failed(.alert(UInt8(truncatingIfNeeded: gnutls_alert_get(handle).rawValue)))
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

    /// Encrypts and sends `source` as far as the channel takes it.
    ///
    /// Throws ``TLSError/io(errno:)`` or ``TLSError/record(code:text:)``. A peer that refuses us may have said why: an
    /// error here does not keep ``read(into:)`` from finding its alert.
    package func write(_ source: UnsafeRawBufferPointer) throws(TLSError) -> WriteResult {
        switch state {
        case .open, .ended, .truncated: try checkVerified()
        case .failed(let error): throw error
        case .handshaking:
            throw .record(code: GNUTLS_E_UNAVAILABLE_DURING_HANDSHAKE, text: "the handshake is not finished")
        }
        if let writeFailure { throw writeFailure }
        guard let base = source.baseAddress else { return .bytes(0) }
        var total = 0
        var patience = Self.patience
        while total < source.count {
            channel.block = nil
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
            patience -= 1
            guard patience == 0 || gnutls_error_is_fatal(CInt(result)) != 0 else { continue }
            let error: TLSError =
                channel.failure.map { .io(errno: $0) }
                ?? .record(code: CInt(result), text: GnuTLS.text(CInt(result)))
            writeFailure = error
            if total > 0 { return .bytes(total) }
            throw error
        }
        return .bytes(total)
    }

    /// What to wait for; nil when the channel did not stop the call (GnuTLS then only wants to be called again).
    private func blockedProgress(_ result: CInt) -> Progress? {
        guard result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED, let block = channel.block else {
            return nil
        }
        return block == .read ? .wantsRead : .wantsWrite
    }

    // MARK: End

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

    /// Says goodbye and waits for the peer's. Data that still arrive are thrown away; after an error, done at once.
    package func shutdown() -> Progress {
        for _ in 0..<Self.patience {
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
