/// What one read from a transport brought.
public enum TransportRead: Hashable, Sendable {
    /// So many bytes, at least one, at the start of the buffer.
    case bytes(Int)
    /// Nothing yet: wait until readable.
    case wouldBlock
    /// The peer ended its side in order.
    case end
    /// The stream ended without the close_notify that TLS asks for: what came before may be cut short (RFC 8446
    /// §6.1).
    case truncated
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

    /// Sleeps until a read may bring something; `deadline` nil = as long as it takes.
    func untilReadable(deadline: ContinuousClock.Instant?) async throws(WaitError)

    /// Sleeps until a write may be taken; `deadline` nil = as long as it takes.
    func untilWritable(deadline: ContinuousClock.Instant?) async throws(WaitError)

    /// False once closed on this side. Says nothing about the peer.
    var isOpen: Bool { get }

    /// True when an idle transport has neither bytes, nor an end, nor an error waiting: only then may it serve again.
    func isQuiet() -> Bool

    /// Tells the peer that this side is done (TLS: close_notify) and waits for its answer no longer than `deadline`.
    /// Does nothing where the protocol has no such thing. Never throws; `close` must still follow.
    func shutdown(until deadline: ContinuousClock.Instant) async

    /// Closes at once and frees the descriptor; tasks that wait get `.closed`. Idempotent.
    func close(_ mode: CloseMode)

    /// This end's address; nil when there is none or it is closed.
    var localAddress: SocketAddress? { get }

    /// The other end's address; nil when there is none or it is closed.
    var peerAddress: SocketAddress? { get }

    /// What TLS agreed on; nil for a plain transport.
    var tls: TLSConnectionInfo? { get }

    /// True when what passes through it is encrypted.
    var isEncrypted: Bool { get }

    /// Ends it with a reset where the protocol has one, else as `close(.default)`.
    func reset()
}

extension Transport {
    /// False.
    public var isEncrypted: Bool { false }
    /// nil.
    public var tls: TLSConnectionInfo? { nil }
    /// Does nothing.
    public func shutdown(until deadline: ContinuousClock.Instant) async {}
    /// Closes.
    public func reset() { close(.default) }

    /// Writes all of `bytes`, waiting as often as that takes and no longer than `deadline` (nil = no limit).
    /// - Throws: `TransportError`, `WaitError`.
    package func writeAll(_ bytes: [UInt8], deadline: ContinuousClock.Instant?) async throws {
        try await writeAll(bytes.count, deadline: deadline) { sent in
            try bytes.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
        }
    }

    /// The same with bytes that stay where they are until it returns.
    package func writeAll(_ bytes: UnsafeRawBufferPointer, deadline: ContinuousClock.Instant?) async throws {
        try await writeAll(bytes.count, deadline: deadline) { sent in
            try write(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
        }
    }

    /// `offer` offers what follows so many bytes, and returns how many were taken.
    private func writeAll(
        _ count: Int, deadline: ContinuousClock.Instant?, _ offer: (Int) throws -> Int
    ) async throws {
        var sent = 0
        while sent < count {
            let taken = try offer(sent)
            sent += taken
            if taken == 0 { try await untilWritable(deadline: deadline) }
        }
    }
}

/// How to end a transport.
public enum CloseMode: Hashable, Sendable {
    /// In order: TLS sends close_notify if that needs no waiting, then the socket is closed.
    case `default`
    /// At once: TLS sends no close_notify and the socket is reset. Plain sockets are closed as usual.
    case abort
}
