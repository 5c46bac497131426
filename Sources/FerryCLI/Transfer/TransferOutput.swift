import Connector
import HTTPClient
import HTTPCore

/// Where one transfer's bytes go: its share of standard output, its file, or both in turn.
///
/// A file is made at the first byte, or at the end for an empty answer. What goes to standard output waits its turn there.
@LoopActor
final class TransferOutput {
    /// The transfer's share of standard output; nil = it prints nothing there.
    let standardOutput: StdoutSink?
    private let plan: TransferPlan
    private let operation: Shared<OperationPlan>
    private var output: OutputPlan { operation.output }
    private let context: RunContext
    private(set) var file: FileSink?
    /// When the attempt under way is given up; nil = never.
    var deadline: ContinuousClock.Instant?
    /// The body of a transfer for the run itself, such as a file of checksums.
    private(set) var memory: [UInt8] = []
    /// Header blocks that wait for the name of the file.
    private var heldHeads: [UInt8] = []
    /// Header blocks that `-i` put into the file, where its checksum is wanted.
    private(set) var fileHeads: [UInt8] = []
    /// Header blocks that `-D -` and `-i` put on standard output. They stay there when a body is taken back.
    private var printedHeads: [UInt8] = []
    /// The beginning of the body is written: a header block that is shown beside it would stand within it.
    var isWithinBody = false
    private(set) var fileName: String?
    private var hasWarnedOfName = false
    /// Shows the body on standard output to people; nil = its bytes pass as they are.
    private var display: BodyDisplay?
    /// Which body is written; nil = a later run could not go on with it.
    private var identity: BodyIdentity?
    /// The notice that tells what was kept of a broken-off transfer; nil = nothing was.
    private(set) var keptNotice: String?
    /// An object, because it is large and most transfers have none.
    private var takenUp: TakenUp?
    /// True when nothing that is written is kept: there is no file, or it is the null device, which is not opened.
    let isDiscarding: Bool

    /// What an earlier run left of the file.
    private final class TakenUp {
        let result: Result<PartMeta?, OutputError>

        init(_ result: Result<PartMeta?, OutputError>) {
            self.result = result
        }
    }

    init(
        _ plan: TransferPlan, _ operation: Shared<OperationPlan>, _ context: RunContext,
        _ sink: StdoutSink?
    ) {
        self.plan = plan
        self.operation = operation
        self.context = context
        isDiscarding =
            switch plan.destination {
            case .nowhere: true
            case .file(let path): FileSink.isNullDevice(path) && operation.output.folder == nil
            case .standardOutput, .remoteName, .memory: false
            }
        standardOutput = sink
        sink?.mayBeTakenBack = operation.retry.limit > 0
    }

    /// True when the body goes to standard output and that is a terminal.
    var goesToTerminal: Bool {
        if case .standardOutput = plan.destination { context.standardOutput.isTerminal } else { false }
    }

    var isFile: Bool {
        switch plan.destination {
        case .standardOutput, .memory: false
        case .file, .remoteName, .nowhere: true
        }
    }

    private var waitsForServerName: Bool {
        plan.destination == .remoteName && output.usesServerName && file == nil
    }

    /// The file that holds the body, or would have held it; nil without one.
    var effectiveName: String? {
        file?.path ?? fileName ?? (try? plannedPath())
    }

    /// What sums files call the output: standard output goes by the name in the URL.
    var checksumName: String {
        let name = effectiveName ?? (try? FileNaming.remoteName(fromURL: plan.url).name) ?? plan.url
        return FilePath(name).name
    }

    /// Reads the first `count` bytes of the file.
    /// - Throws: `TransferFailure` when there are not so many.
    func readBack(_ count: Int64, into take: (UnsafeRawBufferPointer) -> Void) throws {
        guard let path = try file?.readablePath() ?? plannedPath() else {
            throw TransferFailure(
                .checksumDiffers, "the first \(count) bytes are not at hand, so there is no sum of the whole")
        }
        try FileSink.readBack(path, count: count, shouldStop: context.shouldStop, into: take)
    }

    /// The path of an existing file that has the name from the command line; nil = there is none.
    var existingFile: String? {
        guard let path = try? plannedPath(), FileSink.exists(path) else { return nil }
        return path
    }

    /// The byte at which a download goes on.
    func resumeOffset(_ continueAt: ContinueAt?) throws -> Int64 {
        switch continueAt {
        case nil: return 0
        case .offset(let offset): return offset
        case .outputSize:
            guard let path = try? plannedPath() else { return 0 }
            if let part = try takeUp(path) { return part.bytes }
            if mayWriteBeside { return 0 }
            let sink = file ?? makeSink(path, .append, isAtomic: false, isResumed: true)
            let end = try sink.goOnBehind()
            (fileName, file) = (path, sink)
            return end
        }
    }

    /// Opens what an earlier run left of the file; nil = there is nothing, or nothing that can be gone on with.
    private func takeUp(_ path: String) throws(OutputError) -> PartMeta? {
        if let takenUp { return try takenUp.result.get() }
        let result: Result<PartMeta?, OutputError>
        do throws(OutputError) {
            let sink = makeSink(path, .overwrite, isAtomic: output.mayBeAtomic, isResumed: true)
            let meta = try sink.takeUp(
                BodyIdentity(url: context.secrets.kept(plan.url)), warn: context.warnOfPart)
            if let meta, meta.validator == nil {
                context.warnOfPart(
                    "the server did not say which version the bytes in \(path).part are of: \(path) is fetched from its start"
                )
                try sink.truncateToStart()
            }
            if meta != nil || FileSink.isEmptyOrMissing(path) {
                (fileName, file) = (path, sink)
            }
            result = .success(meta?.validator == nil ? nil : meta)
        } catch {
            result = .failure(error)
        }
        takenUp = TakenUp(result)
        return try result.get()
    }

    /// What an earlier run left of the body, for the first caller only; nil = nothing.
    func heldByPart() -> ResumeRule? {
        guard case .success(let meta?)? = takenUp?.result else { return nil }
        takenUp = TakenUp(.success(nil))
        return ResumeRule(count: meta.bytes, validator: meta.validator, total: meta.length)
    }

    /// True when the file is written from its first byte: `-C -` does not append to what has its name.
    private var mayWriteBeside: Bool { file?.startsAtZero ?? false }

    private func plannedPath() throws -> String? {
        switch plan.destination {
        case .standardOutput, .nowhere, .memory: return nil
        case .file(let path): return FileNaming.join(folder: output.folder, path)
        case .remoteName:
            let name = try FileNaming.remoteName(fromURL: plan.url)
            if name.isFallback, !hasWarnedOfName {
                hasWarnedOfName = true
                context.diagnostics.warning("No remote file name, uses \"\(name.name)\"")
            }
            return FileNaming.join(folder: output.folder, name.name)
        }
    }

    /// The path of the written file; nil = there is none.
    var writtenPath: String? { file?.path }

    // MARK: Names of the run

    /// Takes the file name from the command line for this transfer, before the first request.
    /// - Throws: `TransferFailure` when another one of the run has it.
    func claimName() throws {
        guard !waitsForServerName, let path = (try? plannedPath()) ?? nil else { return }
        try claim(path)
    }

    private func claim(_ path: String) throws {
        if isDiscarding { return }
        try context.claims.checkReserved(path)
        guard output.clobbers != false else { return }
        let isFree = context.claims.claim(path, for: plan, isRepeated: context.plan.repetition != nil)
        guard isFree || output.clobbers == true else {
            throw TransferFailure(
                .writeFailed,
                "\(path) is the file of another URL of this run already; --clobber writes over it, --no-clobber takes another name"
            )
        }
    }

    // MARK: Writing

    /// A header block of the answer from `url`: to `dump`, and to the body where `-i` shows it there.
    func show(_ block: [UInt8], of url: HTTPURL?, dumping dump: HeaderDump?, withBody: Bool = true) throws {
        if let dump, isFile || !isWithinBody || dump.target != .standardOutput {
            try block.withUnsafeBytes {
                try dump.write($0, stdout: standardOutput ?? context.messages, stderr: context.messages)
            }
            if dump.target == .standardOutput { keep(block) }
        }
        if withBody, !isWithinBody { try writeHead(block, of: url) }
    }

    private func writeHead(_ block: [UInt8], of url: HTTPURL?) throws {
        guard output.showsHeaders, plan.destination != .nowhere else { return }
        if waitsForServerName {
            heldHeads += block
            return
        }
        guard case .standardOutput = plan.destination else { return try writeToFile(block) }
        let isTerminal = context.standardOutput.isTerminal
        let shown =
            if context.plan.presentation.styles(headsOnTerminal: isTerminal) {
                block.withUnsafeBytes { HeaderStyle.styled($0, url: url) }
            } else if isTerminal {
                block.withUnsafeBytes { TerminalText.escaped($0) }
            } else {
                block
            }
        keep(shown)
        try standardOutput?.write(shown)
    }

    private func writeToFile(_ block: [UInt8]) throws {
        if !operation.checksums.isEmpty { fileHeads += block }
        try block.withUnsafeBytes { try write($0) }
    }

    /// Remembers a header block on standard output, where there may be another attempt.
    private func keep(_ block: [UInt8]) {
        if operation.retry.limit > 0 { printedHeads += block }
    }

    /// Settles from `head` how the body is shown, unless that was settled for its beginning. `isWhole`: the body begins at
    /// its first byte.
    func present(_ head: ResponseHead, isWhole: Bool) {
        guard display == nil, case .standardOutput(let takesAll) = plan.destination else { return }
        let isTerminal = context.standardOutput.isTerminal
        let json =
            isWhole ? context.plan.presentation.json(onTerminal: isTerminal, isWhole: takesAll) : nil
        guard isTerminal || json != nil else { return }
        display = BodyDisplay(
            json, contentType: head.first("Content-Type"), isOnTerminal: isTerminal && !takesAll)
    }

    /// The body has ended, complete or not: writes what the display holds back. May be called again.
    func endBody() throws {
        guard let display, let standardOutput else { return }
        do throws(OutputError) {
            try display.finish(to: standardOutput)
        } catch {
            standardOutput.endColours()
            throw error
        }
    }

    /// Writes the part of the body that is gathered in memory; called when the next bytes have to be waited for.
    func flush() throws { try bodyStream?.flush() }

    /// The final head came: with `-J` it may name the file.
    func chooseName(_ head: ResponseHead, redirectedTo location: String?) throws {
        guard waitsForServerName else { return }
        var candidate: String?
        if (200..<400).contains(head.status) {
            candidate =
                head.first("Content-Disposition").flatMap { ContentDisposition($0).filename }
                .flatMap { FileNaming.serverName($0) }
                ?? location.flatMap { FileNaming.serverName(fromLocation: $0) }
        }
        if let candidate {
            try claim(FileNaming.join(folder: output.folder, candidate))
            open(FileNaming.join(folder: output.folder, candidate), output.placementOfServerName)
        } else {
            try openPlanned()
        }
        let held = heldHeads
        heldHeads = []
        if !held.isEmpty { try writeToFile(held) }
    }

    /// Writes bytes of the body, decoded.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        if isDiscarding { return }
        if plan.destination == .memory {
            memory += bytes
            return
        }
        guard isFile else {
            guard let standardOutput else { return }
            guard let display else { return try standardOutput.write(bytes) }
            return try display.write(bytes, to: standardOutput)
        }
        if file == nil { try openPlanned() }
        try file?.write(bytes)
        if !output.isBuffered { try file?.flush() }
    }

    private func openPlanned() throws {
        guard let path = try plannedPath() else { return }
        try claim(path)
        open(path, output.placement)
    }

    private func open(_ path: String, _ placement: FilePlacement) {
        fileName = path
        file = makeSink(path, placement, isAtomic: output.isAtomic, isResumed: placement == .append)
        // Each round writes the files of the one before, also where a server chose the name.
        if placement == .createNew, context.plan.repetition != nil {
            file?.isOwnFile = { [claims = context.claims] in claims.wasWritten($0) }
        }
        if let identity { file?.identify(identity, warn: context.warnOfPart) }
    }

    private func makeSink(
        _ path: String, _ placement: FilePlacement, isAtomic: Bool, isResumed: Bool
    ) -> FileSink {
        FileSink(
            path: path, placement: placement, isAtomic: isAtomic, createsFolders: output.createsFolders,
            isResumed: isResumed, isBuffered: output.isBuffered, temporaryFiles: context.temporaryFiles,
            shouldStop: context.shouldStop)
    }

    /// True when a part of the body may be kept if the transfer breaks off.
    var mayKeep: Bool { isFile && !isDiscarding && !output.showsHeaders && !output.removesOnError }

    /// Tells which body comes now, from its first byte, so that a later run may go on with the part that is received.
    func identify(_ validator: StrongValidator?, length: Int64?) {
        guard mayKeep else { return }
        let identity = BodyIdentity(url: context.secrets.kept(plan.url), validator: validator, length: length)
        self.identity = identity
        file?.identify(identity, warn: context.warnOfPart)
        if validator != nil { context.parts.watch(self) }
    }

    /// Called once a second: saves how far the file is.
    func savePart() { try? file?.savePart(isSecondOver: true) }

    // MARK: Waiting for a reader

    /// The share of standard output, or the pipe or terminal, that the body goes to; nil = a file, or nowhere.
    private var bodyStream: StdoutSink? { isFile ? file?.stream : standardOutput }

    /// Whether the body goes where a slow reader can hold it up.
    var mayBeFull: Bool {
        guard isFile else { return standardOutput?.mayBeFull ?? false }
        if let file { return file.mayBeFull }
        guard !isDiscarding, let path = (try? plannedPath()) ?? nil else { return false }
        return OutputStreams.isStream(path)
    }

    /// Whether a slow reader holds the body up now.
    var isFull: Bool { bodyStream?.isFull ?? false }

    /// The kernel found no room for the body. False when nothing will tell that there is room again.
    func noteFull() -> Bool { bodyStream?.noteFull() ?? false }

    /// What broke the output while the body went there.
    var broken: OutputError? { bodyStream?.broken }

    /// Calls `tell` when there is room again, when everything is written, or when it never will be.
    func onChange(_ tell: @escaping () -> Void) {
        standardOutput?.onChange = tell
        file?.stream?.onChange = tell
    }

    /// The descriptor to which the kernel may move body bytes; nil = it may not.
    func spliceDescriptor() throws -> CInt? {
        if isDiscarding { return nil }
        if plan.destination == .memory { return nil }
        guard isFile else { return display == nil ? try standardOutput?.descriptorForSplice() : nil }
        if file == nil { try openPlanned() }
        return try file?.descriptorForSplice()
    }

    func didSplice(_ count: Int) {
        if isFile { file?.didSplice(count) } else { standardOutput?.didSplice(count) }
    }

    // MARK: Ending

    /// Whether `takeBack` can forget everything that was written.
    var mayBeTakenBack: Bool { file?.canRewind ?? true && standardOutput?.mayDiscard ?? true }

    /// Whether a body can be begun again from its first byte.
    var mayStartOver: Bool { mayBeTakenBack && (file?.startsAtZero ?? !output.goesOnBehind) }

    /// Forgets what a failed attempt wrote, but not the heads on standard output, unless `withHeads`.
    /// - Throws: `TransferFailure` when some of it has been delivered already.
    func takeBack(withHeads: Bool = false) throws {
        (heldHeads, fileHeads, memory, display) = ([], [], [], nil)
        if withHeads { printedHeads = [] }
        if let file {
            guard file.canRewind else {
                throw TransferFailure(.writeFailed, "\(file.path) cannot be written again for a retry")
            }
            try file.truncateToStart()
        }
        guard standardOutput?.discardUndelivered() ?? true else {
            throw TransferFailure(
                .writeFailed, "part of the answer was delivered already, so it is not asked for again")
        }
        try printedHeads.withUnsafeBytes { try standardOutput?.write($0) ?? () }
    }

    /// Puts the file in its place, or removes what there is of it. An answer without a byte makes an empty file unless it
    /// was not wanted.
    func end(
        keeps: Bool, part: KeptPart = .nothing, removesWrong: Bool = false, notes: FileNotes? = nil,
        makesEmptyFile: Bool = true
    ) throws {
        try endBody()
        guard isFile else { return }
        if identity?.validator != nil { context.parts.forget(self) }
        if keeps, makesEmptyFile, file == nil, !isDiscarding, !waitsForServerName { try openPlanned() }
        guard keeps else {
            if let notice = file?.keep(part) {
                keptNotice = notice
                return
            }
            file?.abort(removesFile: output.removesOnError, isWrong: removesWrong)
            return
        }
        try file?.commit(notes: notes, makesEmptyFile: makesEmptyFile)
        if let file, file.isOwnFile != nil { context.claims.noteWritten(file.path) }
        if let problem = file?.noteProblem { context.diagnostics.warning(problem) }
    }

    /// Ends the transfer's share of standard output; the next one's begins.
    func close() throws {
        standardOutput?.deadline = deadline
        file?.stream?.deadline = deadline
        context.streams.noteEnd(deadline)
        try standardOutput?.finish()
    }
}
