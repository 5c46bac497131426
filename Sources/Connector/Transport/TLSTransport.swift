internal import Sockets
internal import TLS

/// TLS over another transport: a socket, or the tunnel through a proxy that itself speaks TLS.
@LoopActor
final class TLSTransport: InternalTransport {
    private let lower: any InternalTransport
    private let session: TLSSession
    private let sessions: SessionStore?
    private let endpoint: Endpoint
    private var readWaitsForRoom = false
    private var writeWaitsForBytes = false
    private var isDry = false
    private var hasKeptTicket = false
    /// From the beginning of `shutdown` on: only it may touch the session now.
    private var isShuttingDown = false
    private var waiting: Directions = []

    /// What waits on the lower transport are for.
    private struct Directions: OptionSet {
        let rawValue: UInt8
        static let bytes = Directions(rawValue: 1)
        static let room = Directions(rawValue: 2)
    }

    init(
        over lower: any InternalTransport, context: TLSContext, serverName: String, endpoint: Endpoint,
        sessions: SessionStore?
    ) throws(TLSError) {
        self.lower = lower
        self.sessions = sessions
        self.endpoint = endpoint
        let channel: TLSChannel
        if let descriptor = lower.plainDescriptor {
            channel = .descriptor(descriptor)
        } else {
            channel = .callbacks(
                read: { buffer in LoopActor.assumeIsolated { Self.read(lower, buffer) } },
                write: { bytes in LoopActor.assumeIsolated { Self.write(lower, bytes) } })
        }
        session = try TLSSession(
            context: context, serverName: serverName, channel: channel,
            resumption: sessions?.take(for: endpoint))
    }

    // A session must not outlive its channel: closing the lower transport comes first in `close`, and deinit follows.

    private static func read(_ lower: any Transport, _ buffer: UnsafeMutableRawBufferPointer) -> IOResult {
        do {
            switch try lower.read(into: buffer) {
            case .bytes(let count): return .bytes(count)
            case .wouldBlock: return .wouldBlock
            case .end, .truncated: return .end
            }
        } catch {
            return .failed(errno: error.errno)
        }
    }

    private static func write(_ lower: any Transport, _ bytes: UnsafeRawBufferPointer) -> IOResult {
        do {
            let count = try lower.write(bytes)
            return count == 0 ? .wouldBlock : .bytes(count)
        } catch {
            return .failed(errno: error.errno)
        }
    }

    /// Shakes hands and checks the peer.
    /// - Throws: `TLSError`, or `WaitError` from waiting.
    func handshake(checking host: String, deadline: ContinuousClock.Instant?) async throws {
        while true {
            switch try session.handshake() {
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
            throw Self.translate(error)
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
            throw Self.translate(error)
        }
    }

    private static func translate(_ error: TLSError) -> TransportError {
        if case .io(let errno) = error { return .io(Errno(rawValue: errno)) }
        return .tls(error)
    }

    func untilReadable(deadline: ContinuousClock.Instant?) async throws(WaitError) {
        if !readWaitsForRoom, !isDry, session.pendingBytes > 0 { return }
        try await wait(for: readWaitsForRoom ? .room : .bytes, deadline)
    }

    nonisolated func untilReadable(in scope: CancellationScope) async throws(WaitError) {
        guard LoopActor.assumeIsolated({ beginPlainRead() }) else {
            return try await untilReadable(deadline: nil)
        }
        defer { LoopActor.assumeIsolated { _ = waiting.remove(.bytes) } }
        try await lower.untilReadable(in: scope)
    }

    /// True when nothing but bytes from below is to be waited for, by nobody else; then it counts as a waiter.
    private func beginPlainRead() -> Bool {
        isOpen && !readWaitsForRoom && (isDry || session.pendingBytes == 0) && waiting.insert(.bytes).inserted
    }

    func waitToRead(until deadline: ContinuousClock.Instant?) -> Wait? {
        guard deadline == nil, isOpen, !readWaitsForRoom, isDry || session.pendingBytes == 0 else {
            return callToRead(until: deadline)
        }
        return lower.waitToRead(until: nil)
    }

    func untilWritable(deadline: ContinuousClock.Instant?) async throws(WaitError) {
        try await wait(for: writeWaitsForBytes ? .bytes : .room, deadline)
    }

    private func wait(
        for direction: Directions, _ deadline: ContinuousClock.Instant?
    ) async throws(WaitError) {
        guard isOpen else { throw .closed }
        guard waiting.insert(direction).inserted else {
            // A reader that must first write waits where the writer waits already, or the other way round. TLS 1.3
            // does not bring that about with an honest peer; a short nap is enough, and no trap.
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
        guard !hasKeptTicket, let sessions, isOpen, let data = session.sessionData() else { return }
        hasKeptTicket = true
        sessions.keep(data, for: endpoint)
    }

    func shutdown(until deadline: ContinuousClock.Instant) async {
        // Somebody in the middle of an exchange must hear of the end now, which `close` tells him.
        guard isOpen, waiting.isEmpty else { return }
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
        case .tls(let error): error.errno ?? Errno.connectionReset.rawValue
        case .closed: Errno.badDescriptor.rawValue
        }
    }
}
