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
///
/// While standard output is full, the current sink stores what it gets as the others do. `onFull` has somebody wait for room
/// who then calls `resume()`; what a sink is to do about it, it is asked by `isFull` and tells by `onChange`.
///
/// Another pipe or terminal that a run writes to has a sequencer of its own, with one sink (`OutputStreams`).
final class StdoutSequencer {
    fileprivate let limits: Limits
    fileprivate var writer: DescriptorWriter
    fileprivate let spill: SpillFile
    /// Whether standard output is a terminal.
    private(set) var isTerminal: Bool
    fileprivate var memoryHeld = 0
    /// Unfinished sinks and finished ones that still wait, as a chain; the oldest is current.
    private var oldest: StdoutSink?
    private var newest: StdoutSink?
    /// What broke standard output, whoever wrote; every later write of the share whose turn it is throws it.
    fileprivate(set) var failure: OutputError?
    /// Standard output takes no more for now.
    fileprivate private(set) var isFull = false
    /// Somebody waits for room.
    private var isWatched = false
    /// Has somebody wait until standard output may take more, and then call `resume()`.
    var onFull: (() -> Void)?
    /// Called when the last sink is through.
    var onEmpty: (() -> Void)?
    /// Lines below everything that is printed, where standard output is their terminal; nil = there are none.
    var pinned: (any PinnedLines)?

    /// How much waits in memory before the temporary file is used.
    struct Limits {
        var bytesPerSink = 256 * 1024
        var bytesInAll = 4 * 1024 * 1024
    }

    /// `isBuffered` is false for `-N`; a terminal is never buffered. `shouldStop` is asked when a signal
    /// interrupts a waiting write; true makes it throw `.interrupted`.
    init(
        _ output: OutputDescriptor = OutputDescriptor(STDOUT_FILENO), name: String = "standard output",
        isBuffered: Bool = true, limits: Limits = Limits(), shouldStop: @escaping () -> Bool = { false }
    ) {
        self.limits = limits
        isTerminal = isatty(output.number) == 1
        writer = DescriptorWriter(
            output, path: name, isBuffered: isBuffered && !isTerminal, shouldStop: shouldStop)
        spill = SpillFile(shouldStop: shouldStop)
    }

    /// What nobody reads yet is full until `begin`.
    init(unopened name: String, isBuffered: Bool, shouldStop: @escaping () -> Bool) {
        limits = Limits()
        isTerminal = false
        writer = DescriptorWriter(
            OutputDescriptor(-1, .returns, takesSplice: true), path: name, isBuffered: isBuffered,
            shouldStop: shouldStop)
        spill = SpillFile(shouldStop: shouldStop)
        isFull = true
        isWatched = true
    }

    /// It is open now: `resume` goes on with what waits.
    func begin(_ output: OutputDescriptor) {
        writer.output = output
        isTerminal = isatty(output.number) == 1
    }

    /// It cannot be opened.
    func fail(_ error: OutputError) {
        failure = error
        _ = resume()
    }

    /// The next transfer's place in the order: call it in command-line order, and `finish()` each sink once.
    /// `allowsBinary` is true after an explicit `-o -`; otherwise NULs near the start are refused on a terminal.
    func makeSink(allowsBinary: Bool = false) -> StdoutSink {
        let sink = StdoutSink(sequencer: self, guardsTerminal: isTerminal && !allowsBinary)
        sink.previous = newest
        newest?.next = sink
        newest = sink
        if oldest == nil {
            oldest = sink
            sink.becomeCurrent(flushedBefore: writer.flushedBytes)
        }
        return sink
    }

    /// The descriptor, for who waits for room in it.
    var descriptor: Int32 { writer.descriptor }

    /// Whether it may ever be full.
    var mayBeFull: Bool { writer.output.mayBeFull }

    /// The oldest sink whose bytes are not all written, finished or not; nil = there is nothing left to write.
    var undelivered: StdoutSink? { oldest }

    /// Standard output may have room again: goes on with what waits.
    /// - Returns: true = it is full again, and is to be waited for once more.
    func resume() -> Bool {
        isFull = false
        pump()
        isWatched = isFull
        return isFull
    }

    /// How many sinks are unfinished or wait; finished ones that were melted into one count once.
    var waitingCount: Int { sequence(first: oldest) { $0?.next }.prefix { $0 != nil }.count }

    fileprivate func mustSpill(holding held: Int, adding count: Int) -> Bool {
        held + count > limits.bytesPerSink || memoryHeld + count > limits.bytesInAll
    }

    /// - Returns: how many bytes were taken.
    fileprivate func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) -> Int {
        if let failure { throw failure }
        guard !isFull else { return 0 }
        pinned?.makeRoom()
        do throws(OutputError) {
            let taken = try writer.write(bytes)
            if let pinned, taken > 0 { pinned.hasPrinted(endsLine: bytes[taken - 1] == 0x0A) }
            if taken < bytes.count { noteFull() }
            return taken
        } catch {
            failure = error
            throw error
        }
    }

    fileprivate func flush() throws(OutputError) {
        if let failure { throw failure }
        guard !isFull else { return }
        do throws(OutputError) {
            try writer.flush()
            if writer.hasPending { noteFull() }
        } catch {
            failure = error
            throw error
        }
    }

    /// Takes colours off a terminal that nothing more is written to, if it has room.
    fileprivate func endColours() {
        guard isTerminal, writer.output.mayBeFull else { return }
        _ = Array("\u{1B}[0m".utf8).withUnsafeBytes { writer.output.write($0) { false } }
    }

    fileprivate func noteFull() {
        isFull = true
        guard !isWatched else { return }
        isWatched = true
        onFull?()
    }

    /// Writes what waits in its order, and passes the turn on, until standard output is full or the oldest sink is not finished.
    fileprivate func pump() {
        while let sink = oldest, !isFull {
            do throws(OutputError) {
                try flush()
                try sink.drain()
                if sink.isFinished { try flush() }
            } catch {
                sink.dropStored()
            }
            guard !isFull else { return }
            guard sink.isFinished else { return sink.tellChange() }
            passTurn(from: sink)
        }
    }

    /// The sink is through, whether everything was written or not.
    fileprivate func passTurn(from sink: StdoutSink) {
        let next = sink.next
        unlink(sink)
        oldest = next
        next?.becomeCurrent(flushedBefore: writer.flushedBytes)
        sink.endTurn(failure)
        if next == nil { onEmpty?() }
    }

    /// Melts a sink that has just finished out of turn into its finished neighbours.
    fileprivate func meltWaiting(_ sink: StdoutSink) {
        if let next = sink.next, next.isFinished, sink.absorb(next) { unlink(next) }
        if let previous = sink.previous, previous.isFinished, !previous.isCurrent, previous.absorb(sink) {
            unlink(sink)
        }
    }

    private func unlink(_ sink: StdoutSink) {
        sink.previous?.next = sink.next
        sink.next?.previous = sink.previous
        if newest === sink { newest = sink.previous }
        sink.previous = nil
        sink.next = nil
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
    /// What happened to its bytes when it was its turn.
    private(set) var failure: OutputError?
    /// When what is finished need not be written any more; nil = it is written however long that takes.
    var deadline: ContinuousClock.Instant?
    /// Called once when there is room again, when its bytes are written, and when they never will be.
    var onChange: (() -> Void)?
    /// Bytes taken since the start or the last successful `discardUndelivered()`.
    private(set) var bytesWritten: Int64 = 0
    fileprivate var next: StdoutSink?
    // The chain from the oldest on keeps it alive.
    fileprivate unowned var previous: StdoutSink?

    /// Whether standard output is a terminal.
    var isTerminal: Bool { sequencer.isTerminal }

    /// What errors call the output.
    var name: String { sequencer.writer.path }

    /// Where the bytes go; negative while that is not open.
    var descriptor: Int32 { sequencer.descriptor }

    fileprivate init(sequencer: StdoutSequencer, guardsTerminal: Bool) {
        self.sequencer = sequencer
        self.guardsTerminal = guardsTerminal
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        if let failure = sequencer.failure {
            // Who stands behind hears of it when his turn comes: it was not his bytes that broke it.
            guard !isCurrent else { throw failure }
            bytesWritten += Int64(bytes.count)
            return
        }
        if guardsTerminal, bytesWritten < Self.guardedBytes, bytes.contains(0) {
            throw OutputError(.write, "standard output", .binaryToTerminal)
        }
        bytesWritten += Int64(bytes.count)
        var rest = bytes
        if isCurrent, !hasStored {
            rest = UnsafeRawBufferPointer(rebasing: bytes[try sequencer.write(bytes)...])
        }
        if !rest.isEmpty { try store(rest) }
    }

    /// A retry may forget its bytes: nothing is said behind them that would deliver them.
    var mayBeTakenBack = false
    var holdsBack: Bool { mayBeTakenBack && mayDiscard && (hasStored || sequencer.writer.hasPending) }

    /// Puts in what is none of its bytes. It is not taken back with them.
    func insert(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        if let failure = sequencer.failure { throw failure }
        let isFirst = mayDiscard && !hasStored && !sequencer.writer.hasPending
        var rest = bytes
        if !hasStored { rest = UnsafeRawBufferPointer(rebasing: bytes[try sequencer.write(bytes)...]) }
        guard rest.isEmpty else { return try store(rest) }
        try sequencer.flush()
        if isFirst, !sequencer.isFull { flushedBefore = sequencer.writer.flushedBytes }
    }

    private var hasStored: Bool { !stored.isEmpty || !spilled.isEmpty }

    /// It is its turn, and standard output takes no more for now.
    var isFull: Bool { isCurrent && sequencer.isFull }

    /// Somebody found standard output full. False when nobody would tell of room.
    func noteFull() -> Bool {
        guard isCurrent, sequencer.mayBeFull else { return false }
        sequencer.noteFull()
        return true
    }

    /// Whether standard output may ever be full.
    var mayBeFull: Bool { sequencer.mayBeFull }

    /// Hands gathered bytes to the kernel if it is this sink's turn.
    func flush() throws(OutputError) {
        if isCurrent { try sequencer.flush() }
    }

    /// A signal ended the run in the middle of what has colours: a terminal must not keep them.
    func endColours() { if isCurrent { sequencer.endColours() } }

    /// The descriptor for splice(2) with all earlier bytes flushed; nil when it is not this sink's turn, or when
    /// a terminal has to be guarded: then use `write`.
    func descriptorForSplice() throws(OutputError) -> Int32? {
        guard isCurrent, !guardsTerminal, !hasStored, !sequencer.isFull, sequencer.writer.output.takesSplice
        else { return nil }
        try sequencer.flush()
        return sequencer.isFull ? nil : sequencer.writer.descriptor
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

    /// Ends this transfer's output, whether it succeeded or not, and passes the turn on once all of it is written. Throws what
    /// happened to these bytes; what happens to later ones is thrown by their sinks and kept in `StdoutSequencer.failure`.
    func finish() throws(OutputError) {
        guard !isFinished else { return }
        isFinished = true
        guard isCurrent else { return sequencer.meltWaiting(self) }
        sequencer.pump()
        if let failure { throw failure }
    }

    /// What broke standard output in its turn.
    var broken: OutputError? { isCurrent ? sequencer.failure : failure }

    /// Its bytes are not all written although it is its turn.
    var isDelivering: Bool { isFinished && isCurrent }

    /// Forgets what of a finished share is not written yet.
    func abandon() {
        guard isDelivering else { return }
        sequencer.writer.dropPending()
        dropStored()
        sequencer.passTurn(from: self)
    }

    fileprivate func endTurn(_ failure: OutputError?) {
        isCurrent = false
        self.failure = failure
        tellChange()
    }

    fileprivate func tellChange() {
        onChange.take()?()
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
        deadline = deadline.flatMap { own in other.deadline.map { max(own, $0) } }
        stored += other.stored
        other.stored = []
        other.spilled = []
        return true
    }

    fileprivate func becomeCurrent(flushedBefore: Int64) {
        self.flushedBefore = flushedBefore
        isCurrent = true
    }

    /// Hands over what is stored, as far as there is room.
    fileprivate func drain() throws(OutputError) {
        if !spilled.isEmpty {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 16)
            defer { buffer.deallocate() }
            while !spilled.isEmpty {
                guard spilled[0].count > 0 else {
                    spilled.removeFirst()
                    continue
                }
                var rest = spilled[0]
                let count = try sequencer.spill.read(from: &rest, into: buffer)
                let taken = try sequencer.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                spilled[0].skip(taken)
                guard taken == count else { return }
            }
        }
        guard !stored.isEmpty else { return }
        let waiting = stored
        let taken = try write(stored: waiting)
        sequencer.memoryHeld -= taken
        stored = taken == waiting.count ? [] : Array(waiting[taken...])
    }

    private func write(stored: [UInt8]) throws(OutputError) -> Int {
        let outcome = stored.withUnsafeBytes { raw -> Result<Int, OutputError> in
            do throws(OutputError) { return .success(try sequencer.write(raw)) } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    fileprivate func dropStored() {
        sequencer.memoryHeld -= stored.count
        stored = []
        spilled = []
    }
}
