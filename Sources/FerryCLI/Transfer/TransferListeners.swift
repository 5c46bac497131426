import Connector
import HTTPClient
import HTTPCore

/// Who hears of a transfer, from its beginning on.
@LoopActor
struct TransferListeners {
    /// Tells what happens; nil where nobody listens, or once the transfer is over.
    private(set) var events: TransferEvents?
    /// Nobody but the records of the run hears of it, so that its events may serve another transfer.
    private let isRecordedOnly: Bool
    /// Judges the answer at the end; nil = nothing is expected of it.
    let watch: ExpectationWatch?
    /// Notes what `-w` and `--report` tell; nil = neither was given.
    let recorder: ReportRecorder?
    /// Notes what `--report` tells of the attempts; nil without `--report`.
    let attempts: AttemptRecorder?

    /// A probe on behalf of another transfer (`isProbeOnly`) is not recorded, and shows no progress. `beginning` is when the
    /// first attempt begins; nil = not now.
    init(
        _ plan: TransferPlan, _ operation: Operation, _ context: RunContext, _ output: TransferOutput,
        isProbeOnly: Bool, beginning: Moment?
    ) {
        recorder = isProbeOnly ? nil : Transfer.recorder(plan, operation, context)
        attempts = context.reports.map { _ in AttemptRecorder() }
        watch =
            operation.expectations.isEmpty
            ? nil
            : ExpectationWatch(
                operation.expectations, limit: operation.plan.expectationLimit, reuse: operation.reuse)
        let showsTunnels =
            operation.mayHaveProxy && !operation.plan.proxy.hidesConnectAnswers
            && (operation.headerDump != nil || operation.plan.output.showsHeaders)
        let recorded = isProbeOnly ? nil : context.records
        // Most runs have none of those that are added below, and make no list.
        guard
            watch != nil || recorder != nil || attempts != nil || context.progress != nil || showsTunnels
                || !context.listeners.isEmpty
        else {
            isRecordedOnly = true
            events = recorded?.makeEvents(
                transfer: plan.number, numbers: context.connectionNumbers, beginning: beginning)
            return
        }
        isRecordedOnly = false
        var listeners = ListenerList(context.listeners)
        if let watch { listeners.append(watch) }
        if let recorder { listeners.append(recorder) }
        if let attempts { listeners.append(attempts) }
        recorded?.addListeners(to: &listeners, transfer: plan.number)
        if let progress = context.progress, !isProbeOnly,
            Transfer.skippedFile(operation.plan, output) == nil,
            progress.begin(Transfer.start(plan, operation, output, context))
        {
            listeners.append(progress)
        }
        if showsTunnels { listeners.append(TunnelHeads(operation, output)) }
        events =
            listeners.isEmpty
            ? nil
            : TransferEvents(
                transfer: plan.number, listeners: listeners, numbers: context.connectionNumbers,
                beginning: beginning)
    }

    /// The transfer is over, and nothing is told of it any more.
    mutating func end(_ records: RunRecords?) {
        if isRecordedOnly { records?.keep(&events) }
    }
}

/// Shows a proxy's answers to CONNECT where heads go.
@LoopActor
private final class TunnelHeads: TransferListener {
    private let operation: Operation
    private let output: TransferOutput
    private var url: HTTPURL?

    init(_ operation: Operation, _ output: TransferOutput) {
        self.operation = operation
        self.output = output
    }

    func hear(_ event: TransferEvent) {
        switch event.kind {
        case .hopBegan(let request): url = request.url
        case .connector(.tunnelAnswered(let head)):
            // A sink that cannot take it says so again with the next block.
            try? output.show(head, of: url, dumping: operation.headerDump)
        default: break
        }
    }
}
