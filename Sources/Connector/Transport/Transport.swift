/// What one read from a transport brought.
public enum TransportRead: Hashable, Sendable {
    /// So many bytes, at least one, at the start of the buffer.
    case bytes(Int)
    /// Nothing yet: wait until readable.
    case wouldBlock
    /// The peer ended its side in order.
    case end
    /// The stream ended without the goodbye that TLS asks for: what came before may be cut short (RFC 8446 §6.1).
    case truncated
}

/// Why a read or write on a transport failed.
public enum TransportError: Error, Hashable, Sendable {
    /// The kernel's answer, for example a reset.
    case io(Errno)
    /// TLS failed after the handshake: an alert, a broken record.
    case tls(TLSError)
    /// The same in the TLS of an https proxy that the connection leads through.
    case proxyTLS(TLSError)
    /// The transport was closed on this side.
    case closed
}

extension TransportError: CustomStringConvertible {
    /// The cause in words, as it reads at the end of a sentence.
    public var description: String {
        switch self {
        case .io(let error): "\(error)"
        case .tls(let error): "\(error)"
        case .proxyTLS(let error): "TLS with the proxy failed: \(error)"
        case .closed: "the connection was closed on this side"
        }
    }
}

/// The byte stream under a connection: a socket, TLS over a socket, or whatever a connector of your own makes.
///
/// Reading and writing never block and never suspend: they say what happened now, and waiting is a call of its own.
/// So bytes can be parsed in a shared buffer before anybody else may touch it. One task may wait to read and one to
/// write at the same time.
@LoopActor
public protocol Transport: AnyObject, Sendable {
    /// Moves received bytes to the start of `buffer`.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> TransportRead

    /// Takes as many of `bytes` as it can now and returns their number; 0 = wait until writable.
    /// After 0 the next call must offer the same bytes first.
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int

    /// Sleeps until a read is worth a try; `deadline` nil = as long as it takes.
    func untilReadable(deadline: ContinuousClock.Instant?) async throws(WaitError)

    /// As `untilReadable(deadline: nil)`, which is what it does unless a transport knows a shorter way, by a task that
    /// hears of its cancellation in `scope`. To be called on the loop; it stays with its caller.
    nonisolated func untilReadable(in scope: CancellationScope) async throws(WaitError)

    /// Sleeps until a write is worth a try; `deadline` nil = as long as it takes.
    func untilWritable(deadline: ContinuousClock.Instant?) async throws(WaitError)

    /// False once closed on this side. Says nothing about the peer.
    var isOpen: Bool { get }

    /// True when an idle transport has neither bytes, nor an end, nor an error waiting: only then may it serve again.
    func isQuiet() -> Bool

    /// True when some bytes that were received are held back inside, so that a readiness of the socket says too little.
    var hasBufferedBytes: Bool { get }

    /// Tells the peer that this side is done (TLS: close_notify) and waits for its answer no longer than `deadline`.
    /// Does nothing where the protocol has no such thing. Never throws; `close` must still follow.
    func shutdown(until deadline: ContinuousClock.Instant) async

    /// Ends it at once and frees the descriptor; whoever waits gets `.closed`. Idempotent.
    func close(_ mode: CloseMode)

    /// This end's address; nil when there is none or it is closed.
    var localAddress: SocketAddress? { get }

    /// The other end's address; nil when there is none or it is closed.
    var peerAddress: SocketAddress? { get }

    /// What TLS agreed on; nil for a plain transport.
    var tls: TLSConnectionInfo? { get }

    /// The socket's number where bytes pass through it unchanged, so that the kernel may move them by itself; else nil.
    var plainDescriptor: CInt? { get }

    /// True when what passes through it is encrypted.
    var isEncrypted: Bool { get }

    /// For a caller who read from `plainDescriptor` himself and met EAGAIN: the next wait must be a real one.
    func noteReadDrained()

    /// As `noteReadDrained` for a caller who wrote.
    func noteWriteBlocked()

    /// Ends it with a reset where the protocol has one, else as `close(.default)`.
    func reset()

    /// A lease on it ended: a chance to keep what may help the next connection to the same place.
    func leaseEnded()
}

extension Transport {
    /// Asks with no deadline; the wait listens for a cancellation by itself.
    public nonisolated func untilReadable(in scope: CancellationScope) async throws(WaitError) {
        try await untilReadable(deadline: nil)
    }
    /// False.
    public var isEncrypted: Bool { false }
    /// nil.
    public var tls: TLSConnectionInfo? { nil }
    /// nil.
    public var plainDescriptor: CInt? { nil }
    /// False.
    public var hasBufferedBytes: Bool { false }
    /// Does nothing.
    public func noteReadDrained() {}
    /// Does nothing.
    public func noteWriteBlocked() {}
    /// Does nothing.
    public func leaseEnded() {}
    /// Does nothing.
    public func shutdown(until deadline: ContinuousClock.Instant) async {}
    /// Closes.
    public func reset() { close(.default) }
}

/// How to end a transport.
public enum CloseMode: Hashable, Sendable {
    /// In order: TLS says goodbye as far as that costs no waiting, then the socket is closed.
    case `default`
    /// Without a word: TLS sends no close_notify and the socket is reset. Plain sockets close as always.
    case abort
}

/// What TLS agreed on for one connection.
public struct TLSConnectionInfo: Sendable {
    /// For example `TLS1.3`.
    public var protocolVersion: String
    /// For example `AES-128-GCM`, as the TLS library names it.
    public var cipherSuite: String
    /// The protocol that ALPN chose; nil when the server answered nothing.
    public var applicationProtocol: String?
    /// True when an earlier session was resumed, so that no certificate was sent.
    public var isResumed: Bool
    /// The peer's chain, leaf first, each certificate in DER; empty when there is none.
    public var chain: [[UInt8]]
}
