import Connector
import Glibc

/// A file, pipe or descriptor that takes lines while a run lasts. What waits to be written is bounded.
///
/// A file takes what it is given. What goes to a pipe, a terminal or a socket waits while that is full, so that a
/// slow reader does not keep the loop from its other work: lines gather, and beyond `softLimit` no transfer begins
/// (`makeRoom`). Those that run may add more; beyond `hardLimit` it waits on disk. No line is lost, and none
/// is written in part but by a disk that is full, from which the part is taken back.
@LoopActor
final class LineLog {
    /// What is gathered for one write to a file. Of each write the first and the last page are written in part, which takes
    /// the kernel as long as many whole ones.
    static let writtenAtOnce = 256 * 1024
    /// Beyond it no transfer begins.
    static let softLimit = 64 * 1024
    /// Beyond it lines do not wait in memory.
    static let hardLimit = 1024 * 1024
    /// What POSIX lets a pipe that has room take whole.
    private static let pipeBytes = 4096
    /// How long a line waits for others to be written with it.
    private static let delay = Duration.milliseconds(50)
    /// How long a reader that has fallen behind is given before it is looked at again.
    private static let slowDelay = Duration.milliseconds(2)

    /// What is not written yet: whole lines.
    // Safe: what adds to it, and what takes it, reaches no other method of the log.
    @exclusivity(unchecked) private var line = EventLine()
    /// As the user knows it.
    let path: String
    private let target: Target
    /// What is to be closed; negative = nothing.
    private let ownDescriptor: CInt
    private let shouldStop: () -> Bool
    private let fail: (OutputError) -> Void
    private var hasFailed = false
    /// How much was left when the reader was looked at last.
    private var lookedAt = 0
    private var writer: Task<Void, Never>?
    private var waiting: [Suspension] = []
    /// Called before lines are written because their time has come, to add more; nil = all come by `append` in time.
    var willWrite: (() -> Void)?

    private enum Target {
        /// The kernel takes every write at once.
        case file(CInt)
        case stream(StdoutSink)
    }

    private var isFile: Bool { if case .file = target { true } else { false } }

    /// Opens what `target` names. `fail` is told once when it takes no more; what follows is dropped then.
    init(
        _ target: RecordTarget, streams: OutputStreams, shouldStop: @escaping () -> Bool,
        fail: @escaping (OutputError) -> Void
    ) throws(OutputError) {
        self.shouldStop = shouldStop
        self.fail = fail
        path = target.name
        if case .file(let path) = target, OutputStreams.isStream(path) {
            let sink = streams.open(path)
            if let error = sink.broken { throw OutputError(.openLog, path, error.cause) }
            self.target = .stream(sink)
            ownDescriptor = -1
            return
        }
        let (descriptor, isOwned) = try target.open(shouldStop: shouldStop)
        var status = stat()
        let isFile = isOwned || fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        self.target =
            isFile
            ? .file(descriptor) : .stream(streams.use(descriptor, name: target.name))
        ownDescriptor = isOwned ? descriptor : -1
    }

    deinit {
        if ownDescriptor >= 0 { close(ownDescriptor) }
    }

    /// Adds a line. `added` is to be called behind the last one of a few.
    func gather(_ write: (inout EventLine) -> Void) {
        write(&line)
        if line.count >= Self.writtenAtOnce { added() }
    }

    /// Writes lines that were gathered, if there are many, and sees to it that others are written in time.
    func added() {
        guard !hasFailed else { return line.remove(first: line.count) }
        let count = line.count
        if count >= (isFile ? Self.writtenAtOnce : Self.hardLimit) {
            writeAll()
        } else if !isFile, count >= lookedAt + Self.softLimit / 2 {
            writeWhatFits()
            lookedAt = line.count
        }
        if line.count > 0 { expectLines() }
    }

    /// There will be lines, which are due in a while.
    func expectLines() {
        if writer == nil { writer = EventLoop.shared.start { await self.writeInTime() } }
    }

    /// False where the reader is so far behind that no further transfer is to begin.
    var hasRoom: Bool { !isBehind || hasFailed }

    /// The reader has fallen behind.
    private var isBehind: Bool { !isFile && line.count > Self.softLimit }

    /// Waits until there is room for the lines of another transfer.
    /// - Returns: false when the run has ended meanwhile.
    func makeRoom() async -> Bool {
        while !hasRoom {
            let suspension = Suspension()
            suspension.arm()
            waiting.append(suspension)
            if case .cancelled = await suspension.wait() { return false }
        }
        return true
    }

    /// The last line was added: writes what is left. What its reader does not take now, the run waits for in its end.
    func finish() {
        writer?.cancel()
        willWrite = nil
        guard !hasFailed else { return }
        writeAll()
        guard !hasFailed, case .stream(let sink) = target else { return }
        do throws(OutputError) { try sink.finish() } catch { failed(error) }
    }

    // MARK: Writing

    private func writeInTime() async {
        repeat {
            let delay = isBehind ? Self.slowDelay : Self.delay
            do { try await EventLoop.shared.sleep(until: .now + delay) } catch { return }
            willWrite?()
            if isFile { writeAll() } else { writeWhatFits() }
            lookedAt = line.count
            if !isBehind { wakeAll() }
        } while line.count > 0 && !hasFailed
        writer = nil
    }

    private func wakeAll() {
        for suspension in exchange(&waiting, with: []) { suspension.wake() }
    }

    private func writeAll() {
        switch target {
        case .file(let descriptor):
            let outcome = FerryCLI.writeAll(descriptor, line.bytes, shouldStop: shouldStop)
            if let cause = outcome.failure, cause != .interrupted {
                takeBackPart(of: outcome.written, descriptor)
                failed(OutputError(.write, path, cause))
            } else {
                line.remove(first: outcome.written)
            }
        case .stream(let sink): hand(to: sink) { true }
        }
    }

    private func writeWhatFits() {
        guard case .stream(let sink) = target else { return }
        hand(to: sink) { !sink.isFull }
    }

    /// Whole lines, as many as a pipe that has room takes at once or not at all, or one that is longer.
    private func hand(to sink: StdoutSink, while goesOn: () -> Bool) {
        var offset = 0
        while offset < line.count, goesOn() {
            let rest = line.bytes[offset...]
            let end =
                rest.prefix(Self.pipeBytes).lastIndex(of: 0x0A) ?? rest.firstIndex(of: 0x0A) ?? rest.endIndex
                - 1
            let piece = UnsafeRawBufferPointer(rebasing: line.bytes[offset...end])
            do throws(OutputError) { try sink.write(piece) } catch { return failed(error) }
            offset = end + 1
        }
        line.remove(first: offset)
    }

    private func failed(_ error: OutputError) {
        hasFailed = true
        line.remove(first: line.count)
        wakeAll()
        fail(error)
    }

    /// A disk that became full in the middle of a line: what is there of it goes, so that the file has whole lines only.
    private func takeBackPart(of written: Int, _ descriptor: CInt) {
        let part = line.bytes[..<written].reversed().prefix { $0 != 0x0A }.count
        guard part > 0 else { return }
        let end = lseek(descriptor, 0, SEEK_CUR)
        if end >= part { _ = ftruncate(descriptor, end - off_t(part)) }
    }
}

extension RecordTarget {
    /// As the user knows it.
    var name: String {
        switch self {
        case .standardOutput: "standard output"
        case .file(let path): path
        case .descriptor(let number): "descriptor \(number)"
        }
    }

    /// A descriptor to write to, and whether it is to be closed in the end. A file is emptied.
    func open(shouldStop: @escaping () -> Bool) throws(OutputError) -> (CInt, isOwned: Bool) {
        switch self {
        case .standardOutput: return (STDOUT_FILENO, false)
        case .descriptor(let number): return (number, false)
        case .file(let path):
            let target = FileTarget(
                path: path, placement: .overwrite, isAtomic: false, createsFolders: false,
                shouldStop: shouldStop)
            do throws(OutputError) {
                return (try target.open().descriptor, true)
            } catch {
                throw OutputError(.openLog, error.path, error.cause)
            }
        }
    }
}
