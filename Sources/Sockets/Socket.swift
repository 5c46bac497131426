internal import CSystem
internal import Glibc

/// Why a wait for a socket ended without the socket being ready.
public enum WaitError: Error, Hashable, Sendable {
    /// The waiting task was cancelled.
    case cancelled
    /// The deadline passed.
    case timedOut
    /// The socket was closed by its owner while somebody waited.
    case closed
}

/// What one non-blocking read brought.
public enum ReadResult: Hashable, Sendable {
    /// So many bytes, at least one, at the start of the buffer.
    case bytes(Int)
    /// Nothing yet: wait until readable.
    case wouldBlock
    /// The peer has ended its side.
    case end
}

/// A non-blocking stream socket on the event loop: TCP or Unix. Owns its descriptor.
///
/// Reads and writes never block and never suspend; waiting is a call of its own. One task may wait to read and one to
/// write at the same time.
@LoopActor
package final class Socket {
    private var descriptor: FileDescriptor?
    private let readiness: Readiness
    private var isRegistered = false
    /// True for a Unix socket that connected somewhere.
    private var isUnix = false
    private var waitsSkipped = 0

    /// Takes over a descriptor that is non-blocking and close-on-exec.
    package init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = consume descriptor
        readiness = Readiness(generation: EventLoop.shared.nextGeneration())
    }

    /// Makes a socket for the family of `address`: close-on-exec, non-blocking, TCP_NODELAY.
    package convenience init(for address: SocketAddress) throws(Errno) {
        let descriptor = try SystemCall.socket(address.domain)
        if address.domain != AF_UNIX {
            try SystemCall.setOption(descriptor.rawValue, level: CInt(IPPROTO_TCP), name: TCP_NODELAY, to: 1)
        }
        self.init(descriptor)
    }

    isolated deinit {
        close()
    }

    /// The descriptor's number for calls that borrow it (TLS records, splice); nil once closed.
    package var rawDescriptor: CInt? { descriptor?.rawValue }

    /// True once `close` or `abort` was called.
    package var isClosed: Bool { descriptor == nil }

    /// Takes over a descriptor from a socket factory: makes it non-blocking and close-on-exec.
    package static func adopt(_ rawValue: CInt) throws(Errno) -> Socket {
        let descriptor = FileDescriptor(owning: rawValue)
        try SystemCall.prepare(descriptor.rawValue)
        return Socket(descriptor)
    }

    /// Binds the local end, before connecting. Port 0 lets the kernel choose, once it knows the destination: so sockets to
    /// different destinations may share a port.
    package func bind(to address: SocketAddress) throws(Errno) {
        if address.domain != AF_UNIX, address.port == 0 {
            let bindAddressNoPort: CInt = 24
            // A kernel without it chooses at once.
            try? SystemCall.setOption(try open(), level: CInt(IPPROTO_IP), name: bindAddressNoPort, to: 1)
        }
        try SystemCall.bind(try open(), to: address)
    }

    /// Starts connecting without waiting; true when the connection already stands.
    /// - Throws: EAGAIN for a Unix socket whose listener's queue is full; no edge follows, so try again later.
    package func startConnect(to address: SocketAddress) throws(Errno) -> Bool {
        let number = try open()
        isUnix = address.domain == AF_UNIX
        let isConnected: Bool
        switch SystemCall.connect(number, to: address) {
        case nil, .isConnected: isConnected = true
        case .inProgress, .interrupted, .alreadyConnecting:
            // On this machine the handshake ends within the call, which does not say so.
            isConnected = address.isLoopback && peerAddress != nil
        case .some(let error): throw error
        }
        if isConnected {
            if isConnectedToItself(as: address) { throw .connectionRefused }
        } else {
            readiness.noteWriteBlocked()
        }
        try register(number)
        return isConnected
    }

    /// Woken when the connection that `startConnect` began stands or has failed; for a task that waits for several
    /// sockets at once.
    package var wakesWhenDecided: Suspension? {
        get { readiness.observer }
        set { readiness.observer = newValue }
    }

    /// True when the connection stands or has failed: `finishConnect` tells which.
    package var isConnectDecided: Bool { readiness.mayWrite }

    /// After the socket became writable: how connecting went. Throws nothing when the connection stands.
    ///
    /// A connection to itself counts as refused: nobody listens there. `address` is what `startConnect` was given.
    package func finishConnect(to address: SocketAddress) throws(Errno) {
        let error = try SystemCall.intOption(try open(), level: SOL_SOCKET, name: SO_ERROR)
        if error != 0 { throw Errno(rawValue: error) }
        if isConnectedToItself(as: address) { throw .connectionRefused }
    }

    /// True when both ends are this very socket, which the kernel can do to a connect to one of its own ephemeral ports.
    private func isConnectedToItself(as address: SocketAddress) -> Bool {
        guard address.domain != AF_UNIX, let local = localAddress, local.port == address.port else {
            return false
        }
        return local == peerAddress
    }

    /// The local end; nil when closed.
    package var localAddress: SocketAddress? {
        name(getsockname)
    }

    /// The remote end; nil when closed or not connected.
    package var peerAddress: SocketAddress? {
        name(getpeername)
    }

    private func name(
        _ call: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) -> SocketAddress? {
        guard let number = descriptor?.rawValue else { return nil }
        return try? SystemCall.name(of: number, call)
    }

    // MARK: Bytes

    /// Reads what is there, at most `buffer.count` bytes; an empty buffer is a programming error.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> ReadResult {
        precondition(!buffer.isEmpty, "reading into no room looks like the end")
        let count: Int
        var isCutShort = false
        do {
            if isUnix {
                (count, isCutShort) = try SystemCall.receiveMessage(try open(), into: buffer)
            } else {
                count = try SystemCall.receive(try open(), into: buffer)
            }
        } catch .again {
            readiness.noteReadBlocked()
            return .wouldBlock
        }
        if count < buffer.count, !isCutShort { readiness.noteShortRead() }
        return count == 0 ? .end : .bytes(count)
    }

    /// Writes as much as the kernel takes now, and returns how much. Less than all: wait until writable.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        do {
            let count = try SystemCall.send(try open(), bytes)
            if count < bytes.count { readiness.noteWriteBlocked() }
            return count
        } catch .again {
            readiness.noteWriteBlocked()
            return 0
        }
    }

    /// For a reader other than `read(into:)` (TLS, splice) that met EAGAIN or a short read.
    package func noteReadDrained() { readiness.noteReadDrained() }

    /// For a writer other than `write(_:)` that met EAGAIN.
    package func noteWriteBlocked() { readiness.noteWriteBlocked() }

    /// True when a read may bring something: an edge came since the last read ran dry.
    package var mayRead: Bool { readiness.mayRead }

    /// Sleeps until a read may bring something. Returns at once when it already may.
    ///
    /// After `longestBurst` calls in a row that return at once, the caller waits for one turn of the loop, so that a
    /// fast peer does not starve timers, other tasks, the caller's deadline and its cancellation. The same holds for
    /// writing.
    package func untilReadable(deadline: ContinuousClock.Instant? = nil) async throws(WaitError) {
        if readiness.mayRead, !mustTakeTurns { return }
        readiness.reader.arm()
        try await wait(on: readiness.reader, deadline)
    }

    /// As `untilReadable(deadline:)` for a caller that waits by itself.
    /// - Returns: what to wait on; nil = read now.
    package func beginRead(until deadline: ContinuousClock.Instant? = nil) -> Suspension? {
        if readiness.mayRead, !mustTakeTurns { return nil }
        let reader = readiness.reader
        reader.arm(until: deadline)
        if descriptor == nil {
            reader.wake(.closed)
        } else if waitsSkipped > Self.longestBurst {
            EventLoop.shared.atEndOfTurn { reader.wake() }
        } else {
            assert(isRegistered, "nobody will wake a wait for a socket that the loop does not know")
        }
        waitsSkipped = 0
        return reader
    }

    /// Sleeps until a write may be taken. Returns at once when it already may.
    package func untilWritable(deadline: ContinuousClock.Instant? = nil) async throws(WaitError) {
        if readiness.mayWrite, !mustTakeTurns { return }
        readiness.writer.arm()
        try await wait(on: readiness.writer, deadline)
    }

    /// How many waits in a row may return at once. With full reads that is 4 MiB.
    package static let longestBurst = 16

    private var mustTakeTurns: Bool {
        waitsSkipped += 1
        return waitsSkipped > Self.longestBurst || descriptor == nil
    }

    private func wait(on suspension: Suspension, _ deadline: ContinuousClock.Instant?) async throws(WaitError)
    {
        guard descriptor != nil else { throw .closed }
        assert(isRegistered, "nobody will wake a wait for a socket that the loop does not know")
        let isTurn = waitsSkipped > Self.longestBurst
        waitsSkipped = 0
        let turn = isTurn ? ContinuousClock.now : nil
        let outcome = await suspension.wait(until: turn ?? deadline)
        if outcome == .timedOut, let turn, deadline.map({ $0 > turn }) ?? true { return }
        try outcome.get()
        // Events are handled before timers: a peer that always has something ready would never let the timer fire.
        if let deadline, deadline <= .now { throw .timedOut }
    }

    /// Whether an idle socket holds nothing; a byte, an end or an error means it cannot be used again.
    ///
    /// Asks the kernel, not the readiness seen last: an end that came since the loop last looked must not fail the
    /// next request.
    package func isQuiet() -> Bool {
        guard let number = descriptor?.rawValue else { return false }
        var byte: UInt8 = 0
        let count = recv(number, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT))
        guard count == -1, Errno.current == .again else { return false }
        readiness.noteReadBlocked()
        return true
    }

    // MARK: Ending

    /// Closes the descriptor and wakes whoever waits on it with `.closed`. Idempotent.
    package func close() {
        guard let descriptor = descriptor.take() else { return }
        if isRegistered { EventLoop.shared.remove(descriptor: descriptor.rawValue) }
        readiness.observer = nil
        readiness.reader.wake(.closed)
        readiness.writer.wake(.closed)
    }

    /// Closes with a reset instead of an orderly end.
    package func abort() {
        if let number = descriptor?.rawValue {
            var value = linger(l_onoff: 1, l_linger: 0)
            setsockopt(number, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
        }
        close()
    }

    private func open() throws(Errno) -> CInt {
        guard let number = descriptor?.rawValue else { throw .badDescriptor }
        return number
    }

    /// Lets the loop watch a socket that came connected; `startConnect` does it for the others.
    package func register() throws(Errno) {
        try register(try open())
    }

    private func register(_ number: CInt) throws(Errno) {
        guard !isRegistered else { return }
        try EventLoop.shared.add(readiness, descriptor: number, generation: readiness.generation)
        isRegistered = true
    }
}
