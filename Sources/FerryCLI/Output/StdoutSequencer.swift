import Glibc

/// Puts the answers of several transfers on standard output in command-line order, never interleaved.
///
/// The oldest unfinished sink is current and writes through; the others store what they get (memory first, then
/// an unnamed temporary file) and are drained when their turn comes. Nothing ever waits for a turn, so that no limit, retry
/// or slow server can make a deadlock of it. Finished neighbours that wait are melted into one. Invariants: memory held is
/// at most `Limits.bytesInAll` over all sinks, and there are at most twice as many sinks as unfinished ones, so that
/// one slow answer does not make a million quick ones behind it pile up.
///
/// Everything a transfer prints on standard output (`-i`, `-D -`, body, `-w`) has to go through its own sink.
final class StdoutSequencer {
    fileprivate let limits: Limits
    fileprivate var writer: DescriptorWriter
    fileprivate let spill: SpillFile
    /// Whether standard output is a terminal.
    let isTerminal: Bool
    fileprivate var memoryHeld = 0
    /// Unfinished sinks and finished ones that still wait, as a chain; the oldest is current.
    private var oldest: StdoutSink?
    private var newest: StdoutSink?
    /// What broke standard output, whoever wrote; every later write throws it.
    fileprivate(set) var failure: OutputError?

    /// How much waits in memory before the temporary file is used.
    struct Limits {
        var bytesPerSink = 256 * 1024
        var bytesInAll = 4 * 1024 * 1024
    }

    /// `isBuffered` is false for `-N`; a terminal is never buffered. `shouldStop` is asked when a signal
    /// interrupts a waiting write; true makes it throw `.interrupted`.
    init(
        descriptor: Int32 = STDOUT_FILENO, isBuffered: Bool = true, limits: Limits = Limits(),
        shouldStop: @escaping () -> Bool = { false }
    ) {
        self.limits = limits
        isTerminal = isatty(descriptor) == 1
        writer = DescriptorWriter(
            descriptor: descriptor, path: "standard output", isBuffered: isBuffered && !isTerminal,
            shouldStop: shouldStop)
        spill = SpillFile(shouldStop: shouldStop)
    }

    /// The next transfer's place in the order: call it in command-line order, and `finish()` each sink once.
    /// `allowsBinary` is true after an explicit `-o -`; otherwise NULs near the start are refused on a terminal.
    func makeSink(allowsBinary: Bool = false) -> StdoutSink {
        let sink = StdoutSink(sequencer: self, guardsTerminal: isTerminal && !allowsBinary)
        sink.previous = newest
        newest?.next = sink
        newest = sink
        if oldest == nil { makeCurrent(sink) }
        return sink
    }

    /// How many sinks are unfinished or wait; finished ones that were melted into one count once.
    var waitingCount: Int { sequence(first: oldest) { $0?.next }.prefix { $0 != nil }.count }

    fileprivate func mustSpill(holding held: Int, adding count: Int) -> Bool {
        held + count > limits.bytesPerSink || memoryHeld + count > limits.bytesInAll
    }

    fileprivate func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        if let failure { throw failure }
        do throws(OutputError) {
            try writer.write(bytes)
        } catch {
            failure = error
            throw error
        }
    }

    fileprivate func flush() throws(OutputError) {
        if let failure { throw failure }
        do throws(OutputError) {
            try writer.flush()
        } catch {
            failure = error
            throw error
        }
    }

    /// Passes the turn on, through all sinks that are finished already.
    fileprivate func advance() {
        while let first = oldest, first.isFinished {
            let next = first.next
            unlink(first)
            oldest = nil
            if let next { makeCurrent(next) }
        }
    }

    /// Melts a sink that has just finished out of turn into its finished neighbours.
    fileprivate func meltWaiting(_ sink: StdoutSink) {
        if let next = sink.next, next.isFinished, sink.absorb(next) { unlink(next) }
        if let previous = sink.previous, previous.isFinished, previous.absorb(sink) { unlink(sink) }
    }

    private func unlink(_ sink: StdoutSink) {
        sink.previous?.next = sink.next
        sink.next?.previous = sink.previous
        if newest === sink { newest = sink.previous }
        sink.previous = nil
        sink.next = nil
    }

    private func makeCurrent(_ sink: StdoutSink) {
        oldest = sink
        sink.becomeCurrent(flushedBefore: writer.flushedBytes)
        do throws(OutputError) {
            try sink.drain()
            if sink.isFinished { try flush() }
        } catch {
            failure = failure ?? error
        }
    }
}

/// One transfer's share of standard output.
final class StdoutSink: ByteSink {
    /// How far into an answer a NUL makes it binary.
    private static let guardedBytes: Int64 = 2000

    private let sequencer: StdoutSequencer
    private let guardsTerminal: Bool
    private var stored: [UInt8] = []
    /// What was stored before `stored`, oldest first.
    private var spilled: [SpillFile.Extent] = []
    private var flushedBefore: Int64 = 0
    private(set) var isFinished = false
    /// Whether writes go through to standard output now.
    private(set) var isCurrent = false
    /// Bytes taken since the start or the last successful `discardUndelivered()`.
    private(set) var bytesWritten: Int64 = 0
    fileprivate var next: StdoutSink?
    // The chain from the oldest on keeps it alive.
    fileprivate unowned var previous: StdoutSink?

    /// Whether standard output is a terminal.
    var isTerminal: Bool { sequencer.isTerminal }

    fileprivate init(sequencer: StdoutSequencer, guardsTerminal: Bool) {
        self.sequencer = sequencer
        self.guardsTerminal = guardsTerminal
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        if let failure = sequencer.failure { throw failure }
        if guardsTerminal, bytesWritten < Self.guardedBytes, bytes.contains(0) {
            throw OutputError(.write, "standard output", .binaryToTerminal)
        }
        bytesWritten += Int64(bytes.count)
        if isCurrent {
            try sequencer.write(bytes)
        } else {
            try store(bytes)
        }
    }

    /// Hands gathered bytes to the kernel if it is this sink's turn.
    func flush() throws(OutputError) {
        if isCurrent { try sequencer.flush() }
    }

    /// The descriptor for splice(2) with all earlier bytes flushed; nil when it is not this sink's turn, or when
    /// a terminal has to be guarded: then use `write`.
    func descriptorForSplice() throws(OutputError) -> Int32? {
        guard isCurrent, !guardsTerminal else { return nil }
        try sequencer.flush()
        return sequencer.writer.descriptor
    }

    /// Counts bytes that reached `descriptorForSplice()` without `write`. They are delivered: they cannot be discarded.
    func didSplice(_ count: Int) {
        bytesWritten += Int64(count)
        flushedBefore -= Int64(count)
    }

    /// True while no byte has been delivered, so that all of them can be forgotten.
    var mayDiscard: Bool { !isFinished && (!isCurrent || sequencer.writer.flushedBytes == flushedBefore) }

    /// Forgets what was written, for a retry. False, and nothing forgotten, once any byte has been delivered.
    func discardUndelivered() -> Bool {
        guard mayDiscard else { return false }
        if isCurrent { sequencer.writer.dropPending() }
        dropStored()
        bytesWritten = 0
        return true
    }

    /// Ends this transfer's output, whether it succeeded or not, and passes the turn on. Throws what happened to
    /// these bytes; what happens to later ones is thrown by their sinks and kept in `StdoutSequencer.failure`.
    func finish() throws(OutputError) {
        guard !isFinished else { return }
        isFinished = true
        guard isCurrent else { return sequencer.meltWaiting(self) }
        var failure: OutputError?
        do throws(OutputError) { try sequencer.flush() } catch { failure = error }
        isCurrent = false
        sequencer.advance()
        if let failure { throw failure }
    }

    // MARK: Waiting

    private func store(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        guard sequencer.mustSpill(holding: stored.count, adding: bytes.count) else {
            stored.append(contentsOf: bytes)
            sequencer.memoryHeld += bytes.count
            return
        }
        try spillStored()
        if !bytes.isEmpty { append(try sequencer.spill.append(bytes)) }
    }

    private func spillStored() throws(OutputError) {
        guard !stored.isEmpty else { return }
        let outcome = stored.withUnsafeBytes { raw -> Result<SpillFile.Extent, OutputError> in
            do throws(OutputError) {
                return .success(try sequencer.spill.append(raw))
            } catch {
                return .failure(error)
            }
        }
        append(try outcome.get())
        sequencer.memoryHeld -= stored.count
        stored = []
    }

    private func append(_ extent: SpillFile.Extent) {
        if let last = spilled.indices.last, spilled[last].join(extent) { return }
        spilled.append(extent)
    }

    /// Takes over what the next sink stored; false, and nothing changed but where bytes wait, when they cannot be moved.
    fileprivate func absorb(_ other: StdoutSink) -> Bool {
        if !other.spilled.isEmpty || stored.count + other.stored.count > sequencer.limits.bytesPerSink {
            do throws(OutputError) { try spillStored() } catch { return false }
        }
        for extent in other.spilled { append(extent) }
        stored += other.stored
        other.stored = []
        other.spilled = []
        return true
    }

    fileprivate func becomeCurrent(flushedBefore: Int64) {
        self.flushedBefore = flushedBefore
        isCurrent = true
    }

    fileprivate func drain() throws(OutputError) {
        defer { dropStored() }
        if !spilled.isEmpty {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 16)
            defer { buffer.deallocate() }
            for index in spilled.indices {
                while spilled[index].count > 0 {
                    let count = try sequencer.spill.read(from: &spilled[index], into: buffer)
                    try sequencer.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                }
            }
        }
        let waiting = stored
        try write(stored: waiting)
    }

    private func write(stored: [UInt8]) throws(OutputError) {
        let failure = stored.withUnsafeBytes { raw -> OutputError? in
            do throws(OutputError) {
                try sequencer.write(raw)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private func dropStored() {
        sequencer.memoryHeld -= stored.count
        stored = []
        spilled = []
    }
}
