internal import Sockets
internal import TLS

/// TLS over another transport: a socket, or the tunnel through a proxy that itself speaks TLS.
@LoopActor
final class TLSTransport: InternalTransport {
    private let lower: any InternalTransport
    private let session: TLSSession
    private let context: TLSContext
    private let sessions: SessionStore?
    private let endpoint: Endpoint
    private let isProxy: Bool
    private let below: LowerFailure
    private var readWaitsForRoom = false
    private var writeWaitsForBytes = false
    private var isDry = false
    private var hasKeptSession = false
    /// From the beginning of `shutdown` on: only it may touch the session now.
    private var isShuttingDown = false
    private var waiting: Directions = []
    /// Where a machine sleeps, or slept last, that waits for bytes from below by itself.
    private var reader: Suspension?

    /// What waits on the lower transport are for.
    private struct Directions: OptionSet {
        let rawValue: UInt8
        static let bytes = Directions(rawValue: 1)
        static let room = Directions(rawValue: 2)
    }

    /// The error of the transport below, of which GnuTLS knows only the number.
    private final class LowerFailure {
        var error: TransportError?
    }

    /// With `isProxy` the peer is an https proxy, and what `endpoint` names lies behind it.
    init(
        over lower: any InternalTransport, context: TLSContext, serverName: String, endpoint: Endpoint,
        isProxy: Bool,
        sessions: SessionStore?
    ) throws(TLSError) {
        self.lower = lower
        self.context = context
        self.sessions = sessions
        self.endpoint = endpoint
        self.isProxy = isProxy
        let below = LowerFailure()
        self.below = below
        let channel: TLSChannel
        if let descriptor = lower.plainDescriptor {
            channel = .descriptor(descriptor)
        } else {
            // Called back by GnuTLS, and only while this transport calls it, on the loop.
            channel = .callbacks(
                read: { buffer in LoopActor.assumeIsolated { Self.read(lower, buffer, below) } },
                write: { bytes in LoopActor.assumeIsolated { Self.write(lower, bytes, below) } })
        }
        session = try TLSSession(
            context: context, serverName: serverName, channel: channel,
            resumption: sessions?.take(for: endpoint, context))
    }

    // A session must not outlive its channel: closing the lower transport comes first in `close`, and deinit follows.

    private static func read(
        _ lower: any Transport, _ buffer: UnsafeMutableRawBufferPointer, _ below: LowerFailure
    ) -> IOResult {
        do {
            switch try lower.read(into: buffer) {
            case .bytes(let count): return .bytes(count)
            case .wouldBlock: return .wouldBlock
            case .end, .truncated: return .end
            }
        } catch {
            below.error = error
            return .failed(errno: error.errno)
        }
    }

    private static func write(
        _ lower: any Transport, _ bytes: UnsafeRawBufferPointer, _ below: LowerFailure
    ) -> IOResult {
        do {
            let count = try lower.write(bytes)
            return count == 0 ? .wouldBlock : .bytes(count)
        } catch {
            below.error = error
            return .failed(errno: error.errno)
        }
    }

    /// Shakes hands and checks the peer.
    /// - Throws: `TLSError`, `TransportError.proxyTLS`, or `WaitError` from waiting.
    func handshake(checking host: String, deadline: ContinuousClock.Instant?) async throws {
        while true {
            switch try shakeHands() {
            case .done:
                try session.verifyPeer(host: host)
                return
            case .wantsRead:
                lower.noteReadDrained()
                try await lower.untilReadable(deadline: deadline)
            case .wantsWrite:
                lower.noteWriteBlocked()
                try await lower.untilWritable(deadline: deadline)
            }
            // Closed between the wake-up and now: the descriptor's number may be another socket's already.
            guard lower.isOpen else { throw WaitError.closed }
        }
    }

    private func shakeHands() throws -> TLSSession.Progress {
        do {
            return try session.handshake()
        } catch {
            // The proxy's TLS failed, not the handshake inside it.
            if case .proxyTLS? = below.error { throw translate(error) }
            throw error
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> TransportRead {
        guard isOpen else { throw .closed }
        readWaitsForRoom = false
        do {
            switch try session.read(into: buffer) {
            case .bytes(let count):
                isDry = false
                return .bytes(count)
            case .wantsRead:
                isDry = true
                lower.noteReadDrained()
                return .wouldBlock
            case .wantsWrite:
                readWaitsForRoom = true
                lower.noteWriteBlocked()
                return .wouldBlock
            case .end: return .end
            case .truncated: return .truncated
            }
        } catch {
            throw translate(error)
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        guard isOpen else { throw .closed }
        writeWaitsForBytes = false
        do {
            switch try session.write(bytes) {
            case .bytes(let count): return count
            case .wantsWrite:
                lower.noteWriteBlocked()
                return 0
            case .wantsRead:
                writeWaitsForBytes = true
                lower.noteReadDrained()
                return 0
            }
        } catch {
            throw translate(error)
        }
    }

    private func translate(_ error: TLSError) -> TransportError {
        if error.errno != nil, case .proxyTLS(let cause)? = below.error { return .proxyTLS(cause) }
        if case .io(let errno) = error { return .io(Errno(rawValue: errno)) }
        return isProxy ? .proxyTLS(error) : .tls(error)
    }

    func untilReadable(deadline: ContinuousClock.Instant?) async throws(WaitError) {
        if !readWaitsForRoom, !isDry, session.pendingBytes > 0 { return }
        try await wait(for: readWaitsForRoom ? .room : .bytes, deadline)
    }

    func waitToRead(until deadline: ContinuousClock.Instant?) -> Wait? {
        guard isOpen, !readWaitsForRoom, !waiting.contains(.bytes) else { return callToRead(until: deadline) }
        guard isDry || session.pendingBytes == 0, let wait = lower.waitToRead(until: deadline) else {
            return nil
        }
        guard case .sleep(let reader) = wait else { return callToRead(until: deadline) }
        self.reader = reader
        return wait
    }

    private var isBeingRead: Bool { reader?.isOccupied ?? false }

    func untilWritable(deadline: ContinuousClock.Instant?) async throws(WaitError) {
        try await wait(for: writeWaitsForBytes ? .bytes : .room, deadline)
    }

    private func wait(
        for direction: Directions, _ deadline: ContinuousClock.Instant?
    ) async throws(WaitError) {
        guard isOpen else { throw .closed }
        guard !(direction == .bytes && isBeingRead), waiting.insert(direction).inserted else {
            // A reader that must first write waits where the writer waits already, or the other way round. That does
            // not happen with TLS 1.3 and an honest peer; a short sleep is enough.
            let nap = ContinuousClock.now + .milliseconds(1)
            if let deadline, deadline <= nap { throw .timedOut }
            do { try await EventLoop.shared.sleep(until: nap) } catch { throw .cancelled }
            return
        }
        defer { waiting.remove(direction) }
        if direction == .bytes {
            try await lower.untilReadable(deadline: deadline)
        } else {
            try await lower.untilWritable(deadline: deadline)
        }
    }

    var isOpen: Bool { lower.isOpen && !isShuttingDown }

    func isQuiet() -> Bool {
        guard isOpen else { return false }
        if session.pendingBytes == 0 && lower.isQuiet() { return true }
        // Something came: session tickets and key updates are fine, and TLS absorbs them here.
        guard session.idleCheck() == .quiet else { return false }
        lower.noteReadDrained()
        isDry = true
        return true
    }

    var hasBufferedBytes: Bool {
        !isDry && session.pendingBytes > 0 && session.idleCheck() != .quiet
    }

    func leaseEnded() {
        guard !hasKeptSession, let sessions, isOpen, let data = session.sessionData() else { return }
        hasKeptSession = true
        sessions.keep(data, for: endpoint, context)
    }

    func shutdown(until deadline: ContinuousClock.Instant) async {
        // A task in the middle of an exchange must learn of the end now: `close` wakes it.
        guard isOpen, waiting.isEmpty, !isBeingRead else { return }
        isShuttingDown = true
        while lower.isOpen {
            do throws(WaitError) {
                switch session.shutdown() {
                case .done: return
                case .wantsRead:
                    if session.isDrained { lower.noteReadDrained() }
                    try await lower.untilReadable(deadline: deadline)
                case .wantsWrite:
                    lower.noteWriteBlocked()
                    try await lower.untilWritable(deadline: deadline)
                }
            } catch {
                return
            }
        }
    }

    func close(_ mode: CloseMode) {
        guard lower.isOpen else { return }
        switch mode {
        case .default:
            session.sendCloseNotify()
            lower.close(.default)
        case .abort:
            lower.reset()
        }
    }

    func reset() { lower.reset() }

    var localAddress: SocketAddress? { lower.localAddress }
    var peerAddress: SocketAddress? { lower.peerAddress }
    var plainDescriptor: CInt? { nil }
    func noteReadDrained() { lower.noteReadDrained() }
    func noteWriteBlocked() { lower.noteWriteBlocked() }

    var tls: TLSConnectionInfo? {
        let info = session.info
        return TLSConnectionInfo(
            protocolVersion: info.version, cipherSuite: info.cipherSuite,
            applicationProtocol: session.negotiatedProtocol, isResumed: session.isResumed,
            chain: session.peerChain)
    }

    var isEncrypted: Bool { true }
}

extension TransportError {
    fileprivate var errno: CInt {
        switch self {
        case .io(let errno): errno.rawValue
        case .tls(let error), .proxyTLS(let error): error.errno ?? Errno.connectionReset.rawValue
        case .closed: Errno.badDescriptor.rawValue
        }
    }
}
