import Connector
import Glibc
import HTTPClient

// The end of a run: the files that are written, and the slow readers that are waited for.
extension Runner {
    /// Waits until standard output has taken the rest of the ended transfers, until their deadlines at the longest.
    private func deliverRest() async {
        let output = context.standardOutput
        while signal == nil, let sink = output.undelivered {
            if await !Self.deliver(sink, rest) {
                tell(TransferFailure(OutputError(.write, "standard output", .noReader)))
            }
        }
        guard signal == nil, failure == nil, let broken = output.failure else { return }
        tell(TransferFailure(broken))
    }

    /// Waits the same way for other pipes and terminals.
    private func deliverStreams() async {
        while signal == nil, let sink = context.streams.undelivered {
            if await !Self.deliver(sink, rest) {
                tell(TransferFailure(OutputError(.write, sink.name, .noReader)))
            } else if !sink.isDelivering, let broken = sink.failure {
                tell(TransferFailure(broken))
            }
        }
    }

    /// Waits until `sink` has changed, until its deadline at the longest.
    /// - Returns: false = the deadline passed, and the rest was given up.
    static func deliver(_ sink: StdoutSink, _ rest: Suspension) async -> Bool {
        rest.arm()
        sink.onChange = { rest.wake() }
        guard case .timedOut = await rest.wait(until: sink.deadline) else {
            await hearPendingSignals()
            return true
        }
        sink.abandon()
        return false
    }

    /// A signal that ended a waiting write may not have reached its handler yet.
    private static func hearPendingSignals() async {
        if EventLoop.hasPendingSignals { try? await EventLoop.shared.sleep(until: .now) }
    }

    private func tell(_ failure: TransferFailure) {
        context.diagnostics.error(Int(failure.status.rawValue), failure.text)
        note(.max, failure.status, failure.text)
    }

    func end() async -> CInt {
        await Self.hearPendingSignals()
        context.parts.stop()
        if signal == nil, !isStopping { judgeReuse() }
        files.save(operations) { note(.max, $0.status, $0.text) }
        reportRest()
        files.write(context.reports) { note(.max, $0.status, $0.text) }
        await deliverRest()
        endRecords()
        if plan.run.traceAscii != nil {
            context.trace?.finish()
            // Only a trace in a file was asked to be kept, not the notes of -v.
            if let failure = context.trace?.failure, failure.cause != .interrupted {
                tell(TransferFailure(.writeFailed, "the trace is not whole: \(failure)"))
            }
        }
        await deliverStreams()
        context.temporaryFiles.abortAll()
        let stopped = context.stoppedTransfers
        if stopped > 0 {
            context.diagnostics.error(
                Int(ExitStatus.aborted.rawValue),
                "\(stopped) \(stopped == 1 ? "transfer was" : "transfers were") stopped because \(context.stopReason)"
            )
        }
        if let signal, !plan.run.isSilent || plan.run.showsErrors {
            context.messages.print(
                "ferry: stopped by \(signal == SIGINT ? "an interrupt" : "signal \(signal)")\n")
        }
        context.messages.finish()
        while signal == nil, let sink = context.streams.undelivered ?? context.standardOutput.undelivered {
            _ = await Self.deliver(sink, rest)
        }
        if signal == nil, case .file = plan.run.messages, let failure = context.messages.failure {
            // The file that `--stderr` names lacks something; standard error itself is free.
            TextStream().print("ferry: (\(ExitStatus.writeFailed.rawValue)) \(failure)\n")
            note(.max, .writeFailed)
        }
        let status = signal.map { 128 + $0 } ?? failure?.status.rawValue ?? 0
        await sayGoodbye()
        return status
    }

    /// Ends the TLS sessions that are left, and waits for the servers' answers as long as the user wants. Plain connections
    /// end with the process.
    private func sayGoodbye() async {
        let owing = connectors.filter(\.owesGoodbyes)
        guard signal == nil, !owing.isEmpty else { return }
        let task = EventLoop.shared.start { for connector in owing { await connector.close() } }
        goodbyes = task
        await task.value
    }

    private var connectors: [BaseConnector] {
        var connectors: [BaseConnector] = []
        for operation in operations where !connectors.contains(where: { $0 === operation.connector }) {
            connectors.append(operation.connector)
        }
        return connectors
    }

    /// What a connector counted. What it still has open ends with the run.
    private static func totals(_ connector: BaseConnector) -> ConnectorStatistics.Totals {
        let statistics = connector.statistics
        var totals = statistics.totals
        totals.closed.withConnector += statistics.idle + statistics.inUse
        return totals
    }

    private func endRecords() {
        guard let records = context.records else { return }
        let summary = RunSummary(
            status: signal.map { 128 + $0 } ?? failure?.status.rawValue ?? 0, signal: signal,
            problem: problem, connectors: connectors.map(Self.totals))
        if !records.finish(summary) { note(.max, .writeFailed) }
    }
}
