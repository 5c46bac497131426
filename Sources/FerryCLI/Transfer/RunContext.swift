import Codecs
import Connector
import Glibc
import HTTPClient

/// What all transfers of a run share.
@LoopActor
final class RunContext {
    let plan: RunPlan
    let diagnostics: Diagnostics
    let messages: TextStream
    /// nil without `-v` or a trace.
    let trace: TraceWriter?
    /// nil where nothing is recorded.
    let records: RunRecords?
    /// Counts what transfers come to; nil without `--stats`.
    let statistics: StatisticsRecord?
    /// nil without `--report`.
    let reports: RunReports?
    let secrets: Secrets
    /// Those who hear of every transfer.
    let listeners: [any TransferListener]
    /// nil where no progress is shown, or none yet.
    let progress: (any ProgressListener)?
    /// Who is asked for names in place of the system; nil = the system.
    let resolver: (any Resolver)?
    let standardOutput: StdoutSequencer
    private let roomForOutput: WritabilityWatch
    let temporaryFiles = TemporaryFiles()
    /// What else the run writes to that may keep its writer waiting.
    let streams: OutputStreams
    private(set) lazy var claims = FileClaims()
    let shouldStop: () -> Bool
    let scratch = DecodingScratch()
    let parts = PartTicker()
    /// nil until there is a pace to keep: an option's, or that of a server which said "later".
    private(set) var pace: PaceKeeper?
    /// Called when more or fewer requests wait for their turn.
    var paceChanged: (() -> Void)?
    /// Called when a redirect leads to another server, or to another name of the same.
    var wentElsewhere: (() -> Void)?
    /// How many transfers ended because another failed, and why they did.
    var stoppedTransfers = 0
    var stopReason = "another failed (--fail-early)"
    /// One word of a reader that went away is enough, however many transfers write to it.
    var hasToldOfBrokenPipe = false
    private(set) lazy var connectionNumbers = ConnectionNumbers()
    /// Where a server answered with HTTP/1.0, which has no chunks.
    var oldServers: Set<Operation.SiteKey> = []

    init(
        _ plan: RunPlan, diagnostics: Diagnostics, messages: TextStream, streams: OutputStreams,
        listeners: [any TransferListener], resolver: (any Resolver)? = nil, shouldStop: @escaping () -> Bool
    ) throws(OutputError) {
        self.plan = plan
        self.resolver = resolver
        self.diagnostics = diagnostics
        self.messages = messages
        self.streams = streams
        temporaryFiles.openStream = { streams.open($0) }
        self.shouldStop = shouldStop
        standardOutput = StdoutSequencer(
            OutputDescriptor(withoutWaiting: STDOUT_FILENO), isBuffered: plan.buffersOutput,
            shouldStop: shouldStop)
        roomForOutput = WritabilityWatch(standardOutput.descriptor)
        if plan.messages == .standardOutput { messages.standardOutput = standardOutput }
        let secrets = plan.secrets
        diagnostics.secrets = secrets
        self.secrets = secrets
        trace = try Self.trace(plan, secrets, messages, streams, standardOutput, shouldStop)
        records =
            plan.records.isEmpty
            ? nil
            : try RunRecords(
                plan.records, secrets: secrets, temporaryFiles: temporaryFiles, streams: streams,
                shouldStop: shouldStop, columns: messages.columns ?? 79,
                say: { if !plan.isSilent { messages.print($0) } }
            ) { error in
                diagnostics.error(Int(ExitStatus.writeFailed.rawValue), "\(error)")
            }
        statistics = records?.statistics
        reports = plan.reports.isEmpty ? nil : RunReports(plan.reports, secrets: secrets)
        var listeners = listeners
        if let trace {
            listeners.append(TraceListener(trace, showsNetwork: plan.tracesNetwork, secrets: secrets))
        }
        self.listeners = listeners
        defer { if plan.pace != nil { _ = makePace() } }
        switch plan.progressForm(isTerminal: messages.isTerminal) {
        case .none, .auto: progress = nil
        case .meter(let isBar):
            progress = MeterDriver(usesBar: isBar, isParallel: plan.isParallel, messages)
        case .plain: progress = ProgressDriver(PlainView(messages), secrets)
        case .json: progress = ProgressDriver(JSONProgressView(messages), secrets)
        case .bars:
            let screen = ProgressScreen(messages, environment: Self.variable)
            let view = BarsView(
                screen, isOnTerminal: messages.isTerminal, tellsEnds: plan.repetition == nil)
            progress = ProgressDriver(view, secrets)
            messages.pinned = screen
            if standardOutput.isTerminal { standardOutput.pinned = screen }
            trace?.pin(screen)
        }
        standardOutput.onFull = { [unowned self] in waitForRoom() }
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private func waitForRoom() {
        EventLoop.shared.start {
            repeat { await self.roomForOutput.untilWritable() } while self.standardOutput.resume()
        }
    }

    func makePace() -> PaceKeeper {
        if let pace { return pace }
        let rules = RequestPace<PaceKeeper.Host>.Rules(
            interval: plan.pace?.interval, catchesUp: plan.pace?.plansStarts ?? false,
            hostInterval: plan.pace?.perHost?.interval,
            burst: plan.pace?.perHost?.burst ?? 1)
        let keeper = PaceKeeper(rules, honorsLimits: plan.pace?.honorsLimits ?? false)
        keeper.heldChanged = { [weak self] in self?.paceChanged?() }
        pace = keeper
        return keeper
    }

    /// Tells what becomes of a half-made file: also when a signal has silenced everything else.
    func warnOfPart(_ text: String) {
        let diagnostics = Diagnostics(stream: messages, policy: Diagnostics.Policy(isSilent: plan.isSilent))
        diagnostics.secrets = secrets
        diagnostics.warning(text)
    }

    private static func trace(
        _ plan: RunPlan, _ secrets: Secrets, _ messages: TextStream, _ streams: OutputStreams,
        _ standardOutput: StdoutSequencer, _ shouldStop: @escaping () -> Bool
    ) throws(OutputError) -> TraceWriter? {
        // Two descriptors of one file would write over each other.
        let stream =
            plan.traceAscii != nil && plan.traceAscii == plan.messages
            ? messages
            : try TextStream.open(plan.traceAscii, on: streams, standardOutput, shouldStop: shouldStop)
        if let stream {
            return TraceWriter(
                stream: stream, style: plan.traceIsHex ? .hex : .ascii, showsTime: plan.tracesTime,
                showsIDs: plan.tracesIDs, secrets: secrets)
        }
        guard plan.verbosity > 0 else { return nil }
        return TraceWriter(
            stream: messages, style: plan.verbosity > 2 ? .ascii : .verbose,
            showsTime: plan.tracesTime || plan.verbosity > 1, showsIDs: plan.tracesIDs,
            secrets: secrets, showsDataRuns: !standardOutput.isTerminal,
            stylesHeaders: plan.presentation.styles(headsOnTerminal: messages.isTerminal))
    }
}

extension RunPlan {
    /// What is shown from the beginning, with what is known of the terminal; `auto` = nothing yet.
    fileprivate func progressForm(isTerminal: Bool) -> ProgressForm {
        progress == .auto && isTerminal && !isDumbTerminal ? .bars : progress
    }
}
