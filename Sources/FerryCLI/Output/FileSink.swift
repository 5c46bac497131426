import Glibc
import HTTPCore

/// The file that an answer goes to. It is opened at the first byte (or at `commit()` for an empty answer), so that
/// a transfer which fails before leaves an old file alone.
///
/// Invariant in atomic mode: the asked name holds either what it held before or the whole answer, never a part. No
/// fsync is done: this protects from failed transfers, not from power cuts.
final class FileSink: ByteSink {
    private enum State {
        case waiting
        case open(OpenedFile, DescriptorWriter)
        /// A pipe or terminal, which keeps nobody waiting: what finds no room waits in `stream`.
        case streaming(StdoutSink)
        /// Nothing is kept: the path is /dev/null, which needs no system calls.
        case discarding
        /// Committed, aborted or failed.
        case finished
    }

    /// The name that was asked for; after opening or `commit()` the one that was free.
    private(set) var path: String
    /// Whether what has a new name when it is taken is the run's own, which may be written over; nil = it never is.
    var isOwnFile: ((_ path: String) -> Bool)?
    private var target: FileTarget
    private let isBuffered: Bool
    private let temporaryFiles: TemporaryFiles
    private var state: State = .waiting
    /// Bytes taken since the start or the last `truncateToStart()`.
    private(set) var bytesWritten: Int64 = 0
    /// What keeps the bytes when the transfer breaks off; nil = nothing does.
    private var part: PartFile?
    /// Makes it once the file is open.
    private var partFor: ((OpenedFile) -> PartFile?)?
    /// Why something of the notes given to `commit` could not be noted.
    private(set) var noteProblem: String?

    /// Touches nothing yet. `isAtomic` is false for `-N` and `--no-atomic`: the bytes go to the name itself;
    /// `isBuffered` is false for `-N`. `shouldStop` is asked when a signal interrupts a waiting call; true makes
    /// the call throw `.interrupted`.
    init(
        path: String, placement: FilePlacement = .overwrite, isAtomic: Bool = true,
        createsFolders: Bool = false, isResumed: Bool = false,
        isBuffered: Bool = true, temporaryFiles: TemporaryFiles, shouldStop: @escaping () -> Bool = { false }
    ) {
        self.path = path
        self.isBuffered = isBuffered
        self.temporaryFiles = temporaryFiles
        target = FileTarget(
            path: path, placement: placement, isAtomic: isAtomic, createsFolders: createsFolders,
            isResumed: isResumed, shouldStop: shouldStop)
        if Self.isNullDevice(path) { state = .discarding }
    }

    deinit {
        abort()
    }

    /// Whether the first byte of the body is the first one of the file.
    var startsAtZero: Bool {
        switch state {
        case .waiting: target.placement != .append
        case .open(let file, _): file.startOffset == 0
        case .streaming: false
        case .discarding, .finished: true
        }
    }

    /// Whether bytes are thrown away, so that the caller may skip handing them over.
    var isDiscarding: Bool {
        if case .discarding = state { true } else { false }
    }

    /// Whether `truncateToStart()` can work now.
    var canRewind: Bool {
        switch state {
        case .waiting, .discarding: true
        case .open(let file, _): file.startOffset != nil || bytesWritten == 0
        case .streaming(let stream): stream.mayDiscard
        case .finished: false
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        if bytesWritten == 0 { try checkEnd() }
        bytesWritten += Int64(bytes.count)
        if isDiscarding { return }
        if let stream = openedStream() { return try stream.write(bytes) }
        try withOpenFile { (_, writer) throws(OutputError) in try writer.write(bytes) }
        if part != nil { try savePart() }
    }

    /// Hands gathered bytes to the kernel.
    func flush() throws(OutputError) {
        if case .streaming(let stream) = state { return try stream.flush() }
        guard case .open = state else { return }
        try withOpenFile { (_, writer) throws(OutputError) in try writer.flush() }
    }

    /// The descriptor for splice(2), with all earlier bytes flushed; it stays the sink's. Nil when bytes are discarded.
    func descriptorForSplice() throws(OutputError) -> Int32? {
        if isDiscarding { return nil }
        if let stream = openedStream() { return try stream.descriptorForSplice() }
        if bytesWritten == 0 { try checkEnd() }
        var descriptor: Int32?
        try withOpenFile { (file, writer) throws(OutputError) in
            try writer.flush()
            descriptor = file.descriptor
        }
        return descriptor
    }

    /// Counts bytes that reached `descriptorForSplice()` without `write`.
    func didSplice(_ count: Int) {
        bytesWritten += Int64(count)
        stream?.didSplice(count)
        // The bytes are in the file already: what cannot be noted of them is no failure.
        if part != nil { try? savePart() }
    }

    /// Forgets everything written, for a retry. Throws ESPIPE when bytes already went down a pipe.
    func truncateToStart() throws(OutputError) {
        part?.withdraw()
        if case .open(let file, var writer) = state {
            writer.dropPending()
            if let start = file.startOffset {
                guard ftruncate(file.descriptor, off_t(start)) == 0,
                    lseek(file.descriptor, off_t(start), SEEK_SET) >= 0
                else { throw OutputError(.rewind, path, errno: errno) }
            } else if bytesWritten > 0 {
                throw OutputError(.rewind, path, errno: ESPIPE)
            }
            state = .open(file, writer)
        } else if case .streaming(let stream) = state, !stream.discardUndelivered() {
            throw OutputError(.rewind, path, errno: ESPIPE)
        }
        bytesWritten = 0
    }

    /// Ends the file: afterwards the name holds the whole answer. `makesEmptyFile`: also where nothing was written.
    /// `notes` go on a regular file.
    func commit(notes: FileNotes? = nil, makesEmptyFile: Bool = true) throws(OutputError) {
        if isDiscarding { return }
        if !makesEmptyFile, case .waiting = state { return }
        if let stream = openedStream() {
            state = .finished
            return try stream.finish()
        }
        do throws(OutputError) {
            try withOpenFile { (file, writer) throws(OutputError) in
                try file.temporaryPath == nil ? writer.flush() : writer.finish()
            }
            try checkEnd()
        } catch {
            abort()
            throw error
        }
        guard case .open(let file, _) = state else { return }
        state = .finished
        if let part, let gone = part.name(ofLost: file) {
            forget(file, part)
            throw OutputError(.replace, path, .partIsLost(gone))
        }
        part?.withdraw()
        if let notes, file.startOffset != nil { noteProblem = notes.apply(to: file.descriptor, path: path) }
        // NFS and quotas report late writes here.
        let closed = close(file.descriptor) == 0 || errno == EINTR
        let closeError = errno
        guard let temporary = file.temporaryPath else {
            if !closed { throw OutputError(.write, path, errno: closeError) }
            return
        }
        guard closed else {
            discard(temporary)
            throw OutputError(.write, path, errno: closeError)
        }
        let hasStalePart = part?.isPublished == false
        if let failure = moveIntoPlace(temporary, file) {
            // The one whole copy that there is stays.
            if case .leftBeside = failure.cause { didMove(temporary) } else { discard(temporary) }
            throw failure
        }
        didMove(temporary)
        if hasStalePart { part?.removeStale() }
    }

    /// Gives up: removes the half-made file. What was written in place stays, so that `-C` can go on from it, unless
    /// `removesFile`. Bytes that are wrong go: the file is left as it was before them.
    func abort(removesFile: Bool = false, isWrong: Bool = false) {
        guard case .open(let file, var writer) = state else {
            if case .streaming(let stream) = state { try? stream.finish() }
            if !isDiscarding { state = .finished }
            return
        }
        state = .finished
        if let temporary = file.temporaryPath {
            discard(temporary)
        } else if isWrong, let start = file.startOffset {
            writer.dropPending()
            // Also where the file goes: there may be another name for it, or a folder that keeps it.
            _ = ftruncate(file.descriptor, off_t(start))
            if start == 0 { unlink(file.finalPath.onDisk) }
        } else if removesFile, file.startOffset != nil {
            unlink(file.finalPath.onDisk)
        } else {
            try? writer.flush()
        }
        close(file.descriptor)
    }

    private func discard(_ temporary: String) {
        if let part { part.discard(temporary) } else { unlink(temporary.onDisk) }
        temporaryFiles.remove(temporary)
    }

    private func didMove(_ temporary: String) {
        part?.remove()
        temporaryFiles.remove(temporary)
    }

    // MARK: Keeping what came

    /// Which body is written, from its first byte on. What came of it is kept when the transfer breaks off, if the file is
    /// one that takes its name at the end.
    func identify(_ identity: BodyIdentity, warn: @escaping (String) -> Void) {
        if let part { return part.identify(identity) }
        func make(_ file: OpenedFile) -> PartFile? {
            guard file.temporaryPath != nil else { return nil }
            return PartFile(beside: file.finalPath, identity, warn: warn)
        }
        switch state {
        case .waiting: partFor = make
        case .open(let file, _): part = make(file)
        case .streaming, .discarding, .finished: break
        }
    }

    /// Takes up what an earlier run left of this file.
    /// - Returns: what its meta says; nil when there is nothing to go on with, told through `warn` where that is not
    ///   because there is nothing.
    func takeUp(_ identity: BodyIdentity, warn: @escaping (String) -> Void) throws(OutputError) -> PartMeta? {
        guard case .waiting = state, let final = try target.finalPath() else { return nil }
        switch try PartFile.takeUp(final, identity, warn: warn) {
        case .none: return nil
        case .unusable(let problem):
            warn("\(problem): \(path) is fetched from its start")
            return nil
        case .taken(let file, let meta, let part):
            self.part = part
            bytesWritten = meta.bytes
            state = .open(file, makeWriter(file))
            return meta
        }
    }

    /// Opens a file to go on behind its end, and keeps other runs from it.
    /// - Returns: where that is.
    func goOnBehind() throws(OutputError) -> Int64 {
        var end: Int64 = 0
        try withOpenFile { (file, _) throws(OutputError) in end = file.startOffset ?? 0 }
        return end
    }

    /// The end of what is gone on with is where this run has left it.
    private func checkEnd() throws(OutputError) {
        guard target.isResumed, case .open(let file, _) = state, file.temporaryPath == nil,
            let start = file.startOffset
        else { return }
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { throw OutputError(.takeUp, path, errno: errno) }
        if Int64(status.st_size) != start + bytesWritten { throw OutputError(.takeUp, path, .changed) }
    }

    /// Notes how many bytes are in the file, if it is time.
    func savePart(isSecondOver: Bool = false) throws(OutputError) {
        guard case .open = state, let part, part.isDue(bytes: bytesWritten, isSecondOver: isSecondOver) else {
            return
        }
        try withOpenFile { (file, writer) throws(OutputError) in
            try writer.flush()
            publish(part, &file)
        }
    }

    /// The name under which everything that was written can be read now.
    func readablePath() throws(OutputError) -> String {
        guard case .open = state else { return path }
        var readable = path
        try withOpenFile { (file, writer) throws(OutputError) in
            try writer.flush()
            readable = file.temporaryPath ?? file.finalPath
        }
        return readable
    }

    private func publish(_ part: PartFile, _ file: inout OpenedFile) {
        let before = file.temporaryPath
        _ = part.save(&file, bytes: bytesWritten)
        // An ending run leaves it where it is now.
        if let before, before != file.temporaryPath { temporaryFiles.remove(before) }
    }

    /// Gives up, and keeps what is there for a later run to go on with.
    /// - Returns: what is to be said of that; nil when nothing is kept, and the half-made file is to be removed.
    func keep(_ kept: KeptPart) -> String? {
        guard kept != .nothing, bytesWritten > 0, let part, case .open = state else { return nil }
        if kept == .saved { return keepSaved(part) }
        do throws(OutputError) {
            try withOpenFile { (file, writer) throws(OutputError) in
                try writer.finish()
                publish(part, &file)
            }
        } catch {
            return keepSaved(part)
        }
        guard part.isPublished, case .open(let file, _) = state else { return nil }
        state = .finished
        if let gone = part.name(ofLost: file) {
            forget(file, part)
            return "nothing of \(path) is kept, as \(gone) was removed or replaced meanwhile"
        }
        close(file.descriptor)
        return part.notice(bytes: bytesWritten, path: path)
    }

    /// The half-made file has lost its name: what has it now is not ours to move or to remove.
    private func forget(_ file: OpenedFile, _ part: PartFile) {
        close(file.descriptor)
        part.remove()
    }

    private func keepSaved(_ part: PartFile) -> String? {
        guard case .open(let file, _) = state, let bytes = part.fallBack(file) else { return nil }
        state = .finished
        close(file.descriptor)
        return part.notice(bytes: bytes, path: path)
    }

    // MARK: Pipes and terminals

    /// What takes the bytes of a pipe or terminal, also when they have ended; nil for all else.
    private(set) var stream: StdoutSink?

    /// Whether the bytes go, or will go, where a slow reader can hold them up.
    var mayBeFull: Bool {
        if case .waiting = state { target.isStream } else { stream?.mayBeFull ?? false }
    }

    /// Opens it with the first byte; nil for all else.
    private func openedStream() -> StdoutSink? {
        if case .waiting = state, let open = temporaryFiles.openStream, target.isStream {
            let sink = open(path)
            stream = sink
            state = .streaming(sink)
        }
        guard case .streaming(let stream) = state else { return nil }
        return stream
    }

    // MARK: Helpers

    private func withOpenFile(
        _ body: (inout OpenedFile, inout DescriptorWriter) throws(OutputError) -> Void
    ) throws(OutputError) {
        if case .waiting = state {
            checkOwnFile()
            let file = try target.open()
            if let partFor { part = partFor(file) }
            partFor = nil
            if let temporary = file.temporaryPath { temporaryFiles.add(temporary) }
            if target.placement == .numbered, file.temporaryPath == nil { path = file.finalPath }
            state = .open(file, makeWriter(file))
        }
        guard case .open(var file, var writer) = state else {
            throw OutputError(.write, path, errno: EBADF)
        }
        // Moved out while it is used, so that the buffer inside is never copied.
        state = .finished
        defer { state = .open(file, writer) }
        try body(&file, &writer)
    }

    /// A signal does not stop what goes to a disk: what was counted would not be there.
    private func makeWriter(_ file: OpenedFile) -> DescriptorWriter {
        DescriptorWriter(
            OutputDescriptor(file.descriptor), path: path, isBuffered: isBuffered,
            shouldStop: file.startOffset == nil ? target.shouldStop : { false })
    }

    private func checkOwnFile() {
        if target.placement == .createNew, isOwnFile?(path) ?? false { target.placement = .replaceName }
    }

    private func moveIntoPlace(_ temporary: String, _ file: OpenedFile) -> OutputError? {
        checkOwnFile()
        if target.placement == .createNew { return moveToNewName(temporary, file.finalPath) }
        if target.placement == .numbered { return moveToFreeName(temporary) }
        if rename(temporary.onDisk, file.finalPath.onDisk) == 0 { return nil }
        let code = errno
        // A file that is itself a mount (containers), or another's file in a sticky folder, can be written, not renamed.
        guard file.replacesExisting, [EBUSY, EPERM, EACCES].contains(code) else {
            return OutputError(.replace, path, errno: code)
        }
        switch FileCopy(of: temporary, over: file.finalPath).run(shouldStop: target.shouldStop) {
        case .done:
            unlink(temporary.onDisk)
            return nil
        case .untouched(let cause): return OutputError(.replace, path, errno: cause ?? code)
        case .broken(let cause): return OutputError(.replace, path, .leftBeside(temporary, cause))
        }
    }

    /// link(2) never overwrites. Where the file system has no links, an empty file takes the name first.
    private func moveToNewName(_ temporary: String, _ final: String) -> OutputError? {
        if link(temporary.onDisk, final.onDisk) == 0 {
            unlink(temporary.onDisk)
            return nil
        }
        if errno == EEXIST { return OutputError(.create, path, errno: EEXIST) }
        let placeholder = open(final.onDisk, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard placeholder >= 0 else { return OutputError(.create, path, errno: errno) }
        close(placeholder)
        guard rename(temporary.onDisk, final.onDisk) == 0 else {
            let code = errno
            unlink(final.onDisk)
            return OutputError(.create, path, errno: code)
        }
        return nil
    }

    private func moveToFreeName(_ temporary: String) -> OutputError? {
        for name in target.numberedNames {
            guard let failure = moveToNewName(temporary, name) else {
                path = name
                return nil
            }
            if failure.cause != .system(EEXIST) { return failure }
        }
        return OutputError(.number, path, errno: EEXIST)
    }
}

/// What of a half-made file is kept for a later run.
enum KeptPart {
    case nothing
    /// Bytes could not be written: those that were saved before.
    case saved
    case all
}
