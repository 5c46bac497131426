import Connector
import Glibc
import HTTPClient
import HTTPCore

/// Runs the transfers of a plan, one after another or many at once, and returns the process's exit status: that of the
/// first failure in the order of the command line, or 128 plus the number of the signal that ended the run.
@LoopActor
final class Runner {
    let plan: FetchPlan
    let context: RunContext
    let files: RunFiles
    let operations: [Operation]
    var rounds: TransferRounds
    /// The number of the next transfer, under which an error in the sequence is noted.
    var number = 0
    private(set) var workers: [Worker] = []
    /// How many transfers run at once. Those that wait for their turn in a pace do not count.
    private var window = 1
    /// The next transfers, by host; empty where hosts do not take turns.
    var turns = HostTurns<Entry>()
    /// True for parallel transfers to several hosts, except repeated ones, which measure speed.
    let hostsTakeTurns: Bool
    /// `--rate` of transfers that are repeated.
    private let plansStarts: Bool
    var lastHost = ""
    /// Transfers that had not begun when the run was stopped.
    var notBegun: [TransferPlan] = []
    var runningWorkers = 0
    /// Waits for the next line of a list of URLs; nil = no line is waited for.
    var listWait: Task<Void, Never>?
    let allDone = Suspension()
    var connectorUse: ConnectorUse?
    /// Where the end of the run waits for a slow reader of standard output.
    let rest = Suspension()
    private(set) var failure: (number: Int, status: ExitStatus)?
    /// What went wrong first beside the transfers.
    private(set) var problem: String?
    var isStopping = false
    var signal: CInt?
    let interruption: Interruption
    var fingerprinting: Task<Void, Never>?
    /// Ends the TLS sessions that are left; nil = the run is not so far.
    var goodbyes: Task<Void, Never>?
    /// Shows progress once a run takes long; nil = progress was asked for, or refused.
    var lateProgress: LateProgress?
    /// Closes idle connections that are in the way; nil = only one place was asked for yet, or transfers run side by side.
    var idleWatch: Task<Void, Never>?
    /// When `--wait-ready` began to wait.
    private(set) var waitBegan = ContinuousClock.now

    /// Runs a plan. `listeners` hear of every transfer; `resolver` knows names in place of the system.
    static func run(
        _ plan: FetchPlan, warnings: [String], notes: [String], listeners: [any TransferListener] = [],
        resolver: (any Resolver)? = nil
    ) async -> CInt {
        var plan = plan
        if !plan.operations.contains(where: { $0.hasReadableURL }) {
            plan.run.messages = nil
            plan.run.traceAscii = nil
        }
        let interruption = Interruption()
        let shouldStop = { interruption.isHeard || EventLoop.hasPendingSignals }
        let streams = OutputStreams()
        let messages: TextStream
        do throws(OutputError) {
            messages =
                try TextStream.open(plan.run.messages, on: streams, shouldStop: shouldStop)
                ?? TextStream.onStandardError(streams, shouldStop)
        } catch {
            Diagnostics(stream: TextStream()).error(Int(ExitStatus.writeFailed.rawValue), "\(error)")
            return ExitStatus.writeFailed.rawValue
        }
        let diagnostics = Diagnostics(
            stream: messages,
            policy: Diagnostics.Policy(
                isSilent: plan.run.isSilent, showsErrors: plan.run.showsErrors,
                isVerbose: plan.run.verbosity > 0 || plan.run.traceAscii != nil))
        diagnostics.secrets = plan.run.secrets
        for warning in warnings { diagnostics.warning(warning) }
        for note in notes { diagnostics.note(note) }
        var records: RunRecords?
        do {
            let context = try RunContext(
                plan.run, diagnostics: diagnostics, messages: messages, streams: streams,
                listeners: listeners, resolver: resolver, shouldStop: shouldStop)
            records = context.records
            let runner = try Runner(plan, context, interruption)
            return await runner.run()
        } catch {
            let failure = TransferFailure(error)
            diagnostics.error(Int(failure.status.rawValue), failure.text)
            _ = records?.finish(RunSummary(status: failure.status.rawValue, problem: failure.text))
            messages.finish()
            while let sink = streams.undelivered { _ = await deliver(sink, Suspension()) }
            return failure.status.rawValue
        }
    }

    private init(_ plan: FetchPlan, _ context: RunContext, _ interruption: Interruption) throws {
        self.plan = plan
        self.context = context
        self.interruption = interruption
        connectorUse = ConnectorUse(plan)
        // These need all URLs before the first transfer begins, and so wait for the lists.
        let waits = plan.run.printsFingerprint || plan.operations.contains { $0.wait != nil }
        // Behind those that fetch checksums.
        number = plan.operations.reduce(0) { $0 + ($1.sums == nil ? 0 : $1.checksums.urls.count) }
        rounds = TransferRounds(plan.operations, plan.run.repetition, startingAt: number) {
            (path) throws(FileReadError) in
            try LineReader(path, waits: waits)
        }
        plansStarts = plan.run.pace?.plansStarts ?? false
        hostsTakeTurns =
            plan.run.isParallel && plan.run.repetition == nil
            && !(plan.operations.count == 1 && plan.operations[0].targets.namesOneHost)
        context.claims.reserve(NamedFiles(plan).reserved)
        files = try RunFiles(context)
        operations = try files.makeOperations(plan)
    }

    // MARK: Running

    private func run() async -> CInt {
        EventLoop.shared.handleSignals([SIGINT, SIGTERM, SIGHUP] + pauses) { number in self.hear(number) }
        if plan.run.printsFingerprint {
            let task = EventLoop.shared.start {
                let printer = FingerprintPrinter(context: self.context)
                while let transfer = self.nextTransfer() {
                    let failure = await printer.print(transfer, self.operations[transfer.operation])
                    if let failure { self.note(transfer.number, failure) }
                }
            }
            fingerprinting = task
            await task.value
        } else {
            await transferAll()
        }
        return await end()
    }

    /// For how many transfers at once there are enough descriptors: each needs a connection, a file to write and perhaps one
    /// to read.
    static var mostTransfers: Int {
        let (reserved, each) = (32, 3)
        return max(1, (DescriptorTable.raiseLimit() - reserved) / each)
    }

    private func transferAll() async {
        waitBegan = .now
        beginProgress()
        context.wentElsewhere = { [weak self] in self?.watchIdle() }
        defer {
            endProgress()
            idleWatch?.cancel()
        }
        if plan.operations.contains(where: { $0.sums != nil }) {
            await fetchSums()
            watchIdle()
        }
        if operations.contains(where: { $0.plan.wait != nil }) {
            await transferAllWhenReady()
            return
        }
        window = plan.run.isParallel ? min(plan.run.window, Self.mostTransfers) : 1
        context.paceChanged = { [weak self] in self?.fillWindow() }
        fillWindow()
        while runningWorkers > 0 || listWait != nil {
            allDone.arm()
            _ = await allDone.wait()
        }
        context.pace?.stop()
    }

    /// Starts as many workers as may run at once, or as there are transfers. Each takes the next transfer when its own is
    /// over. A worker whose transfer waits for its turn in a pace does not count.
    func fillWindow() {
        while hasRoom, let entry = nextEntry() { startWorker(with: entry) }
    }

    private var hasRoom: Bool { runningWorkers - held < window }

    private var held: Int {
        plan.run.isParallel && !plansStarts ? min(context.pace?.heldCount ?? 0, Self.mostHeld) : 0
    }

    /// The most transfers that wait for their turn while others begin.
    private static let mostHeld = 1000

    private func startWorker(with first: Entry) {
        let worker = Worker()
        add(worker)
        runningWorkers += 1
        guard plansStarts else {
            let transfer = make(first, worker)
            worker.task = EventLoop.shared.start { await self.work(on: transfer, worker) }
            return
        }
        worker.task = EventLoop.shared.start {
            guard let transfer = await self.makeInTurn(first, worker) else { return self.ended(worker) }
            await self.work(on: transfer, worker)
        }
    }

    /// Waits until the start that `--rate` gives a transfer. Returns how much later than planned that is, and how long it
    /// waited; nil = the run ended meanwhile, or its time did.
    private func start() async -> (late: Duration, waited: Duration)? {
        let pace = context.makePace()
        let turn = pace.enterStart()
        defer { turn.end(isGood: true) }
        if !turn.isGranted {
            let pause = ProgressText.seconds(max(.zero, pace.nextPause ?? .zero))
            context.diagnostics.note("waits \(pause) seconds or more for --rate")
        }
        guard await turn.wait(until: rounds.end) else { return nil }
        let now = ContinuousClock.now
        return ((turn.planned ?? now).duration(to: now), turn.waited)
    }

    /// One transfer after another, in one task. What it calls between two waits is never inlined, so that its frame stays
    /// small while thousands of workers wait (see the article Performance, frames).
    private func work(on first: Transfer, _ worker: Worker) async {
        var current: Transfer? = first
        while let transfer = current {
            // It never throws: what goes wrong is in its result.
            try? await drive(transfer, cancelledBy: worker.cancellation)
            if let host = worker.host { turns.end(host) }
            ended(transfer)
            if let records = context.records, !records.hasRoom, await !records.makeRoom() { break }
            current = plansStarts ? await nextInTurn(worker) : next(worker)
        }
        ended(worker)
    }

    func ended(_ worker: Worker) {
        worker.transfer = nil
        remove(worker)
        runningWorkers -= 1
        if runningWorkers == 0 { allDone.wake() } else { closeIdleAtTheEnd() }
    }

    /// Nothing is left to begin: idle connections would only keep a server of few slots from what still runs.
    private func closeIdleAtTheEnd() {
        guard listWait == nil, turns.count == 0, plan.run.repetition == nil else { return }
        // A request that waits for its turn in a pace goes over one of them.
        if let pace = context.pace, pace.heldCount > 0 { return }
        closeIdle()
    }

    /// Adds a worker to those that `stopAll` stops.
    func add(_ worker: Worker) {
        worker.place = workers.count
        workers.append(worker)
    }

    func remove(_ worker: Worker) {
        worker.task = nil
        let moved = workers.removeLast()
        guard moved !== worker else { return }
        moved.place = worker.place
        workers[worker.place] = moved
    }

    /// The next transfer of a worker; nil = there is none, or too many run. Never inlined, see `work`.
    @inline(never)
    private func next(_ worker: Worker) -> Transfer? {
        // This worker is one of `runningWorkers`, hence `<=`.
        guard runningWorkers - held <= window, let entry = nextEntry() else { return nil }
        if !plan.run.isParallel { watchIdle() }
        return make(entry, worker)
    }

    /// The next transfer of a worker, at the time that `--rate` gives it; nil = there is none. Never inlined, see
    /// `work`.
    @inline(never)
    private func nextInTurn(_ worker: Worker) async -> Transfer? {
        guard let next = nextEntry() else { return nil }
        return await makeInTurn(next, worker)
    }

    /// The transfer of an entry, once `--rate` lets it start; nil = it is not to start any more.
    private func makeInTurn(_ entry: Entry, _ worker: Worker) async -> Transfer? {
        guard let start = await start() else {
            // Who waits for standard output to be written does not wait for this one.
            try? entry.sink?.finish()
            return nil
        }
        let transfer = make(entry, worker)
        transfer.begin(late: start.late, waited: start.waited)
        return transfer
    }

    /// Makes a transfer that does not run yet, for `--wait-ready`.
    func make(_ plan: TransferPlan, _ worker: Worker) -> Transfer {
        defer { worker.transfer = nil }
        return make(entry(plan), worker)
    }

    private func make(_ entry: consuming Entry, _ worker: Worker) -> Transfer {
        worker.host = entry.host
        let transfer = Transfer(
            entry.plan, operation: operations[entry.plan.operation], context: context,
            cancellation: worker.cancellation, sink: entry.sink)
        worker.transfer = transfer
        return transfer
    }

    /// Notes how a transfer ended, and stops the run where that asks for it. Never inlined, see `work`.
    @inline(never)
    func ended(_ transfer: Transfer) {
        let (number, result) = (transfer.plan.number, transfer.result)
        lateProgress?.ended(transfer)
        if let connector = connectorUse?.end(operation: transfer.plan.operation) { closeIdle([connector]) }
        if result.status != .success {
            // The status of transfers that were stopped for another's failure must not hide that failure.
            note(result.status == .aborted ? .max : number, result.status)
            if result.endsRun {
                stopQuietly()
            } else if plan.run.stopsAtFirstFailure {
                stopAll()
            }
        }
    }

    /// Something went wrong that is no transfer's failure.
    func note(_ number: Int, _ status: ExitStatus, _ text: String) {
        if problem == nil { problem = text }
        note(number, status)
    }

    func note(_ number: Int, _ status: ExitStatus) {
        if let failure, failure.number <= number { return }
        failure = (number, status)
    }
}

/// Whether a signal has ended the run. From then on no write waits for a slow reader.
@LoopActor
final class Interruption {
    var isHeard = false
}
