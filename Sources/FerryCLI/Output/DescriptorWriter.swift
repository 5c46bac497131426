import Glibc

/// Writes to a descriptor it does not own: small pieces are gathered, large ones go straight to write(2).
///
/// Invariant: bytes reach the descriptor in the order of the calls, each once. What it has taken and a full descriptor has
/// not stays gathered, and nothing more is taken until that is gone.
struct DescriptorWriter {
    /// A piece at least this long is never copied.
    static let directBytes = 16 * 1024
    private static let bufferBytes = 64 * 1024

    var output: OutputDescriptor
    var descriptor: Int32 { output.number }
    /// What errors call the output.
    let path: String
    /// False for `-N` and terminals: every piece is written at once.
    let isBuffered: Bool
    /// Asked before each write, and when a signal interrupts a write that waits; true gives up.
    let shouldStop: () -> Bool
    /// Bytes that the kernel has taken.
    private(set) var flushedBytes: Int64 = 0
    private var buffer: [UInt8] = []

    init(_ output: OutputDescriptor, path: String, isBuffered: Bool, shouldStop: @escaping () -> Bool) {
        self.output = output
        self.path = path
        self.isBuffered = isBuffered
        self.shouldStop = shouldStop
    }

    /// Whether something is gathered.
    var hasPending: Bool { !buffer.isEmpty }

    /// Takes bytes.
    /// - Returns: how many: less than there are where the descriptor is full.
    @discardableResult
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) -> Int {
        let isGathered = isBuffered && bytes.count < Self.directBytes
        if !isGathered || buffer.count + bytes.count > Self.bufferBytes {
            try flush()
            guard buffer.isEmpty else { return 0 }
        }
        guard !isGathered else {
            buffer.append(contentsOf: bytes)
            return bytes.count
        }
        try refuseWhenStopped()
        return try note(output.write(bytes, shouldStop: shouldStop))
    }

    /// Hands what was gathered to the kernel, as far as that takes it; after a failure it is dropped.
    mutating func flush() throws(OutputError) {
        guard !buffer.isEmpty else { return }
        do throws(OutputError) {
            try refuseWhenStopped()
            let written = try note(buffer.withUnsafeBytes { output.write($0, shouldStop: shouldStop) })
            buffer.removeSubrange(..<written)
        } catch {
            dropPending()
            throw error
        }
    }

    /// The same for a file, which keeps nobody waiting: also after a signal.
    mutating func finish() throws(OutputError) {
        guard !buffer.isEmpty else { return }
        defer { buffer.removeAll(keepingCapacity: true) }
        let outcome = buffer.withUnsafeBytes { writeAll(descriptor, $0) { false } }
        _ = try note(outcome)
    }

    /// Forgets what was gathered and not flushed.
    mutating func dropPending() {
        buffer.removeAll(keepingCapacity: true)
    }

    /// A signal that came before the call does not interrupt it, so a full pipe could block the end of the run for
    /// ever.
    private func refuseWhenStopped() throws(OutputError) {
        if shouldStop() { throw OutputError(.write, path, .interrupted) }
    }

    private mutating func note(_ outcome: WriteOutcome) throws(OutputError) -> Int {
        flushedBytes += Int64(outcome.written)
        if let cause = outcome.failure { throw OutputError(.write, path, cause) }
        return outcome.written
    }
}

/// How far a write came, and what stopped it.
struct WriteOutcome {
    var written: Int
    var failure: OutputError.Cause?
}

/// Calls write(2) until everything is written, whatever is interrupted or partial. A descriptor that somebody
/// made non-blocking (terminals and pipes are shared with the shell) is waited for.
func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, shouldStop: () -> Bool) -> WriteOutcome {
    guard let base = bytes.baseAddress else { return WriteOutcome(written: 0) }
    var written = 0
    while written < bytes.count {
        let count = Glibc.write(descriptor, base + written, bytes.count - written)
        if count > 0 {
            written += count
            // A signal that ends a partial write is not reported by EINTR.
            if written < bytes.count, shouldStop() {
                return WriteOutcome(written: written, failure: .interrupted)
            }
            continue
        }
        let code = count == 0 ? EIO : errno
        switch code {
        case EINTR:
            if shouldStop() { return WriteOutcome(written: written, failure: .interrupted) }
        case EAGAIN:
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&waiting, 1, -1) < 0, errno == EINTR, shouldStop() {
                return WriteOutcome(written: written, failure: .interrupted)
            }
        default:
            return WriteOutcome(written: written, failure: .system(code))
        }
    }
    return WriteOutcome(written: written)
}
