import Connector
import Glibc
import HTTPClient
import HTTPCore

/// Runs the transfers of a plan, one after another or many at once, and answers with the process's exit status: that of
/// the first failure in the order of the command line, or 128 and the number of the signal that ended the run.
@LoopActor
final class Runner {
    private let plan: FetchPlan
    private let context: RunContext
    private var operations: [Operation] = []
    /// TLS sessions of earlier runs and for later ones.
    private var sessions: TLSSessionFile?
    private var sequence: TransferSequence
    /// The number of the next transfer: where an error in the sequence stands.
    private var number = 0
    private var workers: [Worker] = []
    private var runningWorkers = 0
    private let allDone = Suspension()
    private var failure: (number: Int, status: ExitStatus)?
    private var isStopping = false
    /// The cookies of all operations; nil until one keeps any.
    private var jar: CookieJar?
    private var signal: CInt?
    private let interruption: Interruption
    private var fingerprinting: Task<Void, Never>?
    private let trace: TraceWriter?
    /// `--rate` was given.
    private let isPaced: Bool
    /// When the last transfer began.
    private var lastStart = ContinuousClock.now

    static func run(_ plan: FetchPlan, warnings: [String], notes: [String]) async -> CInt {
        var plan = plan
        if !plan.operations.contains(where: { $0.hasReadableURL }) {
            plan.run.messages = nil
            plan.run.traceAscii = nil
        }
        let interruption = Interruption()
        let shouldStop = { interruption.isHeard || EventLoop.hasPendingSignals }
        let messages: TextStream
        do throws(OutputError) {
            messages = try stream(plan.run.messages, shouldStop) ?? TextStream(shouldStop: shouldStop)
        } catch {
            Diagnostics(stream: TextStream()).error(Int(ExitStatus.writeFailed.rawValue), "\(error)")
            return ExitStatus.writeFailed.rawValue
        }
        let diagnostics = Diagnostics(
            stream: messages,
            policy: Diagnostics.Policy(
                isSilent: plan.run.isSilent, showsErrors: plan.run.showsErrors,
                isVerbose: plan.run.verbosity > 0 || plan.run.traceAscii != nil))
        for warning in warnings { diagnostics.warning(warning) }
        for note in notes { diagnostics.note(note) }
        do {
            let runner = try Runner(plan, diagnostics, messages, interruption, shouldStop)
            return await runner.run()
        } catch {
            let failure = TransferFailure(error)
            diagnostics.error(Int(failure.status.rawValue), failure.text)
            return failure.status.rawValue
        }
    }

    private static func stream(
        _ target: TextTarget?, _ shouldStop: @escaping () -> Bool
    ) throws(OutputError) -> TextStream? {
        switch target {
        case nil: nil
        case .standardOutput: try TextStream.open("-", shouldStop: shouldStop)
        case .standardError: try TextStream.open("%", shouldStop: shouldStop)
        case .file(let path): try TextStream.open(path, shouldStop: shouldStop)
        }
    }

    private init(
        _ plan: FetchPlan, _ diagnostics: Diagnostics, _ messages: TextStream, _ interruption: Interruption,
        _ shouldStop: @escaping () -> Bool
    ) throws {
        self.plan = plan
        sequence = TransferSequence(plan.operations) { (path) throws(FileReadError) in try LineReader(path) }
        self.interruption = interruption
        isPaced = plan.run.startInterval != nil
        let run = plan.run
        let standardOutput = StdoutSequencer(isBuffered: run.buffersOutput, shouldStop: shouldStop)
        var trace: TraceWriter?
        if let stream = try Self.stream(run.traceAscii, shouldStop) {
            trace = TraceWriter(
                stream: stream, style: run.traceIsHex ? .hex : .ascii, showsTime: run.tracesTime,
                showsIDs: run.tracesIDs, showsSecrets: run.showsSecrets)
        } else if run.verbosity > 0 {
            trace = TraceWriter(
                stream: messages, style: run.verbosity > 2 ? .ascii : .verbose,
                showsTime: run.tracesTime || run.verbosity > 1, showsIDs: run.tracesIDs,
                showsSecrets: run.showsSecrets, showsDataRuns: !standardOutput.isTerminal)
        }
        let drawsProgress =
            run.showsProgress
            && ProgressDisplay.isWanted(
                stream: messages, bodyGoesToTerminal: false, isSilent: run.isSilent, isMeterOff: false)
        self.trace = trace
        context = RunContext(
            run, diagnostics: diagnostics, messages: messages, trace: trace,
            progress: drawsProgress ? ProgressDriver(run, messages) : nil, standardOutput: standardOutput,
            temporaryFiles: TemporaryFiles(), shouldStop: shouldStop)
        try makeOperations()
        try openFiles()
    }

    /// What stops the files that are finished after a signal, too: another one.
    private static let isInterrupted: () -> Bool = { EventLoop.hasPendingSignals }

    private func openFiles() throws {
        for operation in operations
        where operation.headerDump != nil || operation.plan.reply.etagFile != nil {
            guard operation.plan.hasReadableURL else { continue }
            try operation.headerDump?.prepare()
            guard let target = operation.plan.reply.etagFile else { continue }
            let file = EtagFile(
                target, createsFolders: operation.plan.output.createsFolders,
                temporaryFiles: context.temporaryFiles, shouldStop: Self.isInterrupted)
            try file.prepare()
            operation.etagFile = file
        }
    }

    private func makeOperations() throws {
        var tell: (@LoopActor @Sendable (String) -> Void)?
        if let trace { tell = { line in trace.info(line) } }
        sessions = try plan.run.sessionFile.map { (path) throws(TransferFailure) in try TLSSessionFile(path) }
        let clients = try plan.connectors.map {
            HTTPClient(connector: try ConnectorFactory.make($0, tlsSessions: sessions?.cache, tell: tell))
        }
        for operation in plan.operations {
            operations.append(
                Operation(
                    operation, client: clients[operation.connector],
                    cookies: operation.cookies.isOn ? sharedJar() : nil,
                    loadCookies: { [weak self] in self?.loadCookies(operation) },
                    headerDump: operation.dumpHeader.map {
                        HeaderDump(
                            HeaderDumpTarget($0), createsFolders: operation.output.createsFolders,
                            temporaryFiles: context.temporaryFiles, shouldStop: Self.isInterrupted)
                    },
                    writeOut: operation.writeOut.map {
                        WriteOutWriter(WriteOutTemplate($0), version: Ferry.userAgent)
                    },
                    logins: LoginKeeper.make(operation) { [context] in context.diagnostics.warning($0) }))
            if let hsts = operation.hsts { operations.last?.hsts = hostsOverTLS(hsts) }
        }
    }

    /// What servers said to one operation is said to them by the next ones.
    private func sharedJar() -> CookieJar {
        let shared = jar ?? CookieJar()
        jar = shared
        return shared
    }

    private func loadCookies(_ operation: Shared<OperationPlan>) {
        let files = PosixFileSource()
        // What a server once said in its header is said to it again, on every path and as the user's own word: over TLS.
        let site = operation.firstURL.flatMap { try? HTTPURL.parse("https://\($0.hostHeader)/") }
        for path in operation.cookies.files {
            let limit = 64 * 1024 * 1024
            // A file that is not there yet is how one starts; it is made at the end.
            let bytes =
                path == "-"
                ? try? files.standardInput(limit: limit) : try? files.contents(of: path, limit: limit)
            guard let bytes else { continue }
            jar?.load(
                bytes, for: site, now: WallTime.second, keepsSession: !operation.cookies.dropsSessionCookies)
        }
    }

    /// Operations that save their hosts in one place share what they learn.
    private func hostsOverTLS(_ plan: HSTSPlan) -> HSTSCache {
        let shared = operations.lazy.compactMap(\.hsts).first { $0.file == plan.saveFile }
        let cache = shared ?? HSTSCache(file: plan.saveFile)
        cache.load(plan.files)
        return cache
    }

    // MARK: Running

    private func run() async -> CInt {
        EventLoop.shared.handleSignals([SIGINT, SIGTERM, SIGHUP]) { number in self.stop(number) }
        if plan.run.printsFingerprint {
            let task = EventLoop.shared.start { await self.printFingerprints() }
            fingerprinting = task
            await task.value
        } else {
            await transferAll()
        }
        return await end()
    }

    private func transferAll() async {
        let window = plan.run.isParallel ? plan.run.window : 1
        // As many workers as may run at once, or as there is work for; each takes the next transfer when it is through.
        while workers.count < window, let transfer = nextTransfer() { startWorker(with: transfer) }
        while runningWorkers > 0 {
            allDone.arm()
            _ = await allDone.wait()
        }
        context.progress?.finish()
    }

    /// The next transfer in the order of the command line; what cannot be one is told and passed over.
    @inline(never)
    private func nextTransfer() -> TransferPlan? {
        while !isStopping {
            do throws(TransferSequenceError) {
                let transfer = try sequence.next()
                number = (transfer?.number ?? number - 1) + 1
                return transfer
            } catch {
                refuse(error, number)
                if plan.run.stopsAtFirstFailure { isStopping = true }
            }
        }
        return nil
    }

    private func startWorker(with first: TransferPlan) {
        // What a transfer prints has its place in line from the moment it is made: the first one is made here, in order.
        let worker = Worker()
        let transfer = make(first, worker)
        workers.append(worker)
        runningWorkers += 1
        worker.task = EventLoop.shared.start { await self.work(on: transfer, worker) }
    }

    private func work(on first: Transfer, _ worker: Worker) async {
        var current: Transfer? = first
        while let transfer = current {
            // It never throws: what goes wrong is in its result.
            try? await driveRequest(transfer, in: worker.scope)
            ended(transfer)
            current = isPaced ? await nextInTurn(worker) : next(worker)
        }
        ended(worker)
    }

    @inline(never)
    private func ended(_ worker: Worker) {
        worker.task = nil
        runningWorkers -= 1
        if runningWorkers == 0 { allDone.wake() }
    }

    @inline(never)
    private func next(_ worker: Worker) -> Transfer? { nextTransfer().map { make($0, worker) } }

    /// The same, when it is due.
    @inline(never)
    private func nextInTurn(_ worker: Worker) async -> Transfer? {
        guard let next = nextTransfer(), let interval = plan.run.startInterval, await waitForTurn(interval)
        else { return nil }
        return make(next, worker)
    }

    /// Keeps the starts of transfers as far apart as `--rate` asks; false when the run has ended meanwhile.
    private func waitForTurn(_ interval: Duration) async -> Bool {
        let due = lastStart + interval
        let now = ContinuousClock.now
        if due > now {
            context.diagnostics.note(
                "waits \(ProgressText.seconds(now.duration(to: due))) seconds for --rate")
            do { try await EventLoop.shared.sleep(until: due) } catch { return false }
        }
        lastStart = .now
        return true
    }

    @inline(never)
    private func make(_ plan: TransferPlan, _ worker: Worker) -> Transfer {
        Transfer(plan, operation: operations[plan.operation], context: context, scope: worker.scope)
    }

    @inline(never)
    private func ended(_ transfer: Transfer) {
        let (number, result) = (transfer.plan.number, transfer.result)
        if result.status != .success {
            // Those that are stopped because another failed must not hide why it did.
            note(result.status == .aborted ? .max : number, result.status)
            if result.endsRun {
                stopQuietly()
            } else if plan.run.stopsAtFirstFailure {
                stopAll()
            }
        }
    }

    private func note(_ number: Int, _ status: ExitStatus) {
        if let failure, failure.number <= number { return }
        failure = (number, status)
    }

    private func refuse(_ error: TransferSequenceError, _ number: Int) {
        let failure: TransferFailure
        switch error {
        case .glob(let error):
            failure = TransferFailure(error)
            context.diagnostics.error(
                Int(failure.status.rawValue), SecretRedactor.masked(failure.text),
                below: error.picture.map(SecretRedactor.masked))
            return note(number, failure.status)
        case .naming(let error, let url):
            failure = TransferFailure(error)
            context.diagnostics.error(
                Int(failure.status.rawValue), "\(SecretRedactor.redact(url: url)): \(failure.text)")
            return note(number, failure.status)
        case .list(let path, let error):
            failure = TransferFailure(.readFailed, "cannot read the list of URLs \(path): \(error)")
        }
        context.diagnostics.error(Int(failure.status.rawValue), failure.text)
        note(number, failure.status)
    }

    // MARK: Stopping

    private func stopAll() {
        isStopping = true
        fingerprinting?.cancel()
        for worker in workers { worker.cancel() }
    }

    /// Stops everything; what the transfers would say of that is of no interest.
    private func stopQuietly() {
        context.diagnostics.policy = Diagnostics.Policy(isSilent: true)
        stopAll()
    }

    private func stop(_ number: CInt) {
        signal = number
        interruption.isHeard = true
        stopQuietly()
    }

    private func end() async -> CInt {
        // A signal that ended a waiting write has not been heard by the loop yet.
        if EventLoop.hasPendingSignals { try? await EventLoop.shared.sleep(until: .now) }
        for operation in operations where operation.plan.hasReadableURL {
            report { try operation.headerDump?.finish() }
            report { try saveCookies(operation) }
        }
        saveHSTS()
        report { try sessions?.save(context.temporaryFiles, shouldStop: Self.isInterrupted) }
        context.temporaryFiles.abortAll()
        let stopped = context.stoppedTransfers
        if stopped > 0 {
            context.diagnostics.error(
                Int(ExitStatus.aborted.rawValue),
                "\(stopped) \(stopped == 1 ? "transfer was" : "transfers were") stopped because another failed (--fail-early)"
            )
        }
        if let signal {
            if !plan.run.isSilent || plan.run.showsErrors {
                context.messages.print(
                    "ferry: stopped by \(signal == SIGINT ? "an interrupt" : "signal \(signal)")\n")
            }
            return 128 + signal
        }
        return failure?.status.rawValue ?? 0
    }

    private func report(_ body: () throws -> Void) {
        do { try body() } catch {
            let failure = TransferFailure(error)
            context.diagnostics.error(Int(failure.status.rawValue), failure.text)
            note(.max, failure.status)
        }
    }

    private func saveHSTS() {
        var saved: Set<String> = []
        for operation in operations where operation.plan.hasReadableURL {
            guard let hsts = operation.hsts, let path = hsts.file, saved.insert(path).inserted else {
                continue
            }
            do throws(OutputError) {
                try FileSink.replace(
                    path, with: hsts.text, temporaryFiles: context.temporaryFiles,
                    shouldStop: Self.isInterrupted)
            } catch {
                context.diagnostics.warning("the hosts of --hsts were not saved: \(error)")
            }
        }
    }

    private func saveCookies(_ operation: Operation) throws {
        guard let jar = operation.plan.cookies.jar, let cookies = operation.cookiesToSave else { return }
        let text = cookies.text(now: WallTime.second)
        switch jar {
        case .standardOutput:
            let sink = context.standardOutput.makeSink(allowsBinary: true)
            try sink.write(text)
            try sink.finish()
        case .standardError: context.messages.print(text)
        case .file(let path):
            do throws(OutputError) {
                try FileSink.replace(
                    path, with: text, createsFolders: operation.plan.output.createsFolders,
                    temporaryFiles: context.temporaryFiles, shouldStop: Self.isInterrupted)
            } catch {
                context.diagnostics.warning("cookies were not saved: \(error)")
            }
        }
    }

    // MARK: Fingerprints

    /// Shows what a server's certificate hashes to, which is how one gets a pin. Trusts nobody and sends no request.
    private func printFingerprints() async {
        while let transfer = nextTransfer() { await printFingerprint(transfer) }
    }

    private func printFingerprint(_ plan: TransferPlan) async {
        let operation = operations[plan.operation]
        let sink = context.standardOutput.makeSink()
        do {
            let url = try operation.plan.urls.parse(plan.url)
            guard url.scheme.isTLS else {
                throw TransferFailure(.usage, "only https URLs have a certificate")
            }
            var request = operation.connectionRequest(for: url, proxy: try operation.proxy(for: url))
            request.tls = operation.plan.tls.trustingAnybody
            let timeouts = try ConnectTimeouts(connect: operation.plan.connectTimeout)
            let connection = try await operation.client.connector.connect(to: request, timeouts: timeouts)
            defer { connection.close() }
            guard let leaf = connection.transport?.tls?.chain.first else {
                throw TransferFailure(.peerNotVerified, "the server showed no certificate")
            }
            try sink.write("sha256 \(Fingerprint(ofDER: leaf))  \(url.connectAuthority)\n")
            try sink.finish()
        } catch {
            let failure = TransferFailure(error)
            context.diagnostics.error(
                Int(failure.status.rawValue), "\(SecretRedactor.redact(url: plan.url)): \(failure.text)")
            note(plan.number, failure.status)
            try? sink.finish()
        }
    }
}

/// Who runs transfers one after another.
@LoopActor
private final class Worker {
    /// nil when it is through.
    var task: Task<Void, Never>?
    let scope = CancellationScope()

    func cancel() {
        task?.cancel()
        scope.cancel()
    }
}

/// Whether a signal has ended the run, for those who write: nothing may wait for a slow reader from then on.
@LoopActor
private final class Interruption {
    var isHeard = false
}

extension HeaderDumpTarget {
    init(_ target: TextTarget) {
        switch target {
        case .file(let path): self = .file(path)
        case .standardOutput: self = .standardOutput
        case .standardError: self = .standardError
        }
    }
}
