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

    /// Where a session is in its life.
    enum State {
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

    /// The most post-handshake messages in a row without data; an honest peer sends far fewer.
    static let messageLimit = 64

    let handle: gnutls_session_t
    /// Keeps the credentials and priorities alive that GnuTLS refers to.
    private let context: AnyObject
    let checks: PeerChecks
    let offeredProtocols: [String]
    let resumesSessions: Bool

    var state = State.handshaking
    /// The host that ``verifyPeer(host:)`` approved; nil as long as it has something to check.
    var verifiedHost: String?
    var writeFailure: TLSError?
    /// A record that GnuTLS took and the channel did not.
    var hasUnsentRecord = false
    /// Bytes of a write that were sent before another handshake could go on: the next write reports them.
    var sentForWriter = 0
    var hasSentCloseNotify = false
    var channel: ChannelState
    var rehandshake = Rehandshake()

    /// A client's session.
    ///
    /// - Parameters:
    ///   - context: shared by the sessions of one configuration.
    ///   - serverName: the host for SNI; addresses and nil send none. A final dot is dropped.
    ///   - channel: the transport; see ``TLSChannel``.
    ///   - resumption: what ``sessionData()`` of an earlier session to the same host returned. It comes from such a session
    ///     and nowhere else: GnuTLS crashes on damaged bytes. A session that the server does not want any more only
    ///     brings a full handshake.
    /// - Throws: ``TLSError/configuration(_:path:text:)`` when GnuTLS has no memory for a session.
    package convenience init(
        context: TLSContext, serverName: String?, channel: TLSChannel, resumption: [UInt8]? = nil
    ) throws(TLSError) {
        let configuration = context.configuration
        let checks = PeerChecks(context)
        var flags = GNUTLS_CLIENT.rawValue
        // A second key share would cost each handshake a key that hardly any server uses. A server that wants another
        // group asks for it.
        flags |= GNUTLS_KEY_SHARE_TOP.rawValue
        let mayResume = configuration.resumesSessions && !checks.requiresGoodStatus
        if !mayResume { flags |= GNUTLS_NO_TICKETS.rawValue }
        let hasIdentity = configuration.clientIdentity != nil
        if hasIdentity {
            // A certificate that was configured is sent, also to servers whose list of issuers leaves its issuer out,
            // and to those that ask for it only after they have read the request.
            flags |= GNUTLS_FORCE_CLIENT_CERT.rawValue | GNUTLS_POST_HANDSHAKE_AUTH.rawValue
        }
        let resumed = mayResume ? ResumptionData(resumption, for: configuration) : nil
        var priorities = context.priorities
        if let resumed, resumed.version < configuration.maximumVersion {
            priorities = try Priorities(
                minimum: configuration.minimumVersion, maximum: resumed.version,
                priority: configuration.priority)
        }
        self.init(
            handle: try Self.makeHandle(flags, priorities, context.credentials), context: context,
            checks: checks, channel: channel, offeredProtocols: configuration.applicationProtocols,
            resumesSessions: mayResume)
        rehandshake.isAllowed = hasIdentity
        if checks.requiresGoodStatus { gnutls_ocsp_status_request_enable_client(handle, nil, 0, nil) }
        offerProtocols(flags: 0)
        if let serverName {
            let host = CertificateHost(serverName)
            if host.address == nil, !host.text.isEmpty {
                _ = gnutls_server_name_set(handle, GNUTLS_NAME_DNS, host.text, host.text.utf8.count)
            }
        }
        if let resumed { _ = gnutls_session_set_data(handle, resumed.session, resumed.session.count) }
    }

    /// Takes a handle over and joins it to its channel.
    init(
        handle: gnutls_session_t, context: AnyObject, checks: PeerChecks, channel: TLSChannel,
        offeredProtocols: [String], resumesSessions: Bool
    ) {
        self.handle = handle
        self.context = context
        self.checks = checks
        self.offeredProtocols = offeredProtocols
        self.resumesSessions = resumesSessions
        self.channel = ChannelState(channel)
        attach()
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

    /// What to wait for; nil when the channel did not stop the call (GnuTLS then only wants to be called again).
    func blockedProgress(_ result: CInt) -> Progress? {
        guard result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED, let block = channel.block else {
            return nil
        }
        return block == .read ? .wantsRead : .wantsWrite
    }
}
