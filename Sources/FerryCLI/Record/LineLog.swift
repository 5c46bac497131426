import Connector
import Glibc

/// A file, pipe or descriptor that takes lines while a run lasts. What waits to be written is bounded.
///
/// A file takes what it is given. A pipe, a terminal or a socket is asked before each write whether it has room, so that a
/// slow reader does not keep the loop from its other work: lines gather, and beyond `softLimit` no transfer begins
/// (`makeRoom`). Those that run may add more; beyond `hardLimit` the loop waits for the reader. No line is lost, and none
/// is written in part but by a disk that is full, from which the part is taken back.
@LoopActor
final class LineLog {
    /// What is gathered for one write to a file.
    static let writtenAtOnce = 64 * 1024
    /// Beyond it no transfer begins.
    static let softLimit = 64 * 1024
    /// Beyond it the loop waits.
    static let hardLimit = 1024 * 1024
    /// What POSIX lets a pipe that has room take whole.
    private static let pipeBytes = 4096
    /// How long a line waits for others to be written with it.
    private static let delay = Duration.milliseconds(50)
    /// How long a reader that has fallen behind is given before it is looked at again.
    private static let slowDelay = Duration.milliseconds(2)

    /// What is not written yet: whole lines.
    private var line = EventLine()
    /// As the user knows it.
    let path: String
    private let descriptor: CInt
    private let isOwned: Bool
    /// The kernel takes every write at once.
    private let isFile: Bool
    private let shouldStop: () -> Bool
    private let fail: (OutputError) -> Void
    private var hasFailed = false
    /// How much was left when the reader was looked at last.
    private var lookedAt = 0
    private var writer: Task<Void, Never>?
    private var waiting: [Suspension] = []

    /// Opens what `target` names. `fail` is told once when it takes no more; what follows is dropped then.
    init(
        _ target: RecordTarget, shouldStop: @escaping () -> Bool, fail: @escaping (OutputError) -> Void
    ) throws(OutputError) {
        self.shouldStop = shouldStop
        self.fail = fail
        path = target.name
        (descriptor, isOwned) = try target.open(shouldStop: shouldStop)
        var status = stat()
        isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// Adds a line.
    func append(_ write: (inout EventLine) -> Void) {
        write(&line)
        added()
    }

    private func added() {
        guard !hasFailed else { return line.remove(first: line.count) }
        let count = line.count
        if count >= (isFile ? Self.writtenAtOnce : Self.hardLimit) {
            writeAll()
        } else if !isFile, count >= lookedAt + Self.writtenAtOnce / 2 {
            writeWhatFits()
            lookedAt = line.count
        }
        if writer == nil, line.count > 0 {
            writer = EventLoop.shared.start { await self.writeInTime() }
        }
    }

    /// False where the reader is so far behind that no further transfer is to begin.
    var hasRoom: Bool { line.count <= Self.softLimit || hasFailed }

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

    /// The last line was added: writes what is left. A reader that has stalled is waited for, unless a signal ended the run.
    func finish() {
        writer?.cancel()
        guard !hasFailed else { return }
        if shouldStop(), !isFile {
            // What its buffer takes is all that can be done.
            writeWhatFits()
        } else {
            writeAll()
        }
    }

    // MARK: Writing

    private func writeInTime() async {
        repeat {
            let delay = line.count > Self.softLimit ? Self.slowDelay : Self.delay
            do { try await EventLoop.shared.sleep(until: .now + delay) } catch { return }
            if isFile { writeAll() } else { writeWhatFits() }
            lookedAt = line.count
            if line.count <= Self.softLimit { wakeAll() }
        } while line.count > 0 && !hasFailed
        writer = nil
    }

    private func wakeAll() {
        for suspension in exchange(&waiting, with: []) { suspension.wake() }
    }

    /// Waits for a reader that is slow.
    private func writeAll() {
        note(FerryCLI.writeAll(descriptor, line.bytes, shouldStop: shouldStop))
    }

    /// Whole lines, as many as a pipe that has room takes for sure.
    private func writeWhatFits() {
        var offset = 0
        var failure: OutputError.Cause?
        while offset < line.count, failure == nil, takesMore {
            let rest = line.bytes[offset...]
            // A line that is longer than a pipe takes for sure is waited for: its reader is there, as it takes the others.
            let end =
                rest.prefix(Self.pipeBytes).lastIndex(of: 0x0A) ?? rest.firstIndex(of: 0x0A) ?? rest.endIndex
                - 1
            let outcome = FerryCLI.writeAll(
                descriptor, UnsafeRawBufferPointer(rebasing: line.bytes[offset...end]),
                shouldStop: shouldStop)
            offset += outcome.written
            failure = outcome.failure
        }
        note(WriteOutcome(written: offset, failure: failure))
    }

    private var takesMore: Bool {
        var asked = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&asked, 1, 0) > 0
    }

    private func note(_ outcome: WriteOutcome) {
        if let cause = outcome.failure, cause != .interrupted {
            takeBackPart(of: outcome.written)
            hasFailed = true
            line.remove(first: line.count)
            wakeAll()
            fail(OutputError(.write, path, cause))
        } else {
            line.remove(first: outcome.written)
        }
    }

    /// A disk that became full in the middle of a line: what is there of it goes, so that the file has whole lines only.
    private func takeBackPart(of written: Int) {
        let part = line.bytes[..<written].reversed().prefix { $0 != 0x0A }.count
        guard isFile, part > 0 else { return }
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
