import HTTPClient
import HTTPCore

// What the progress display is told of a transfer.
extension Transfer {
    /// What is known before it begins.
    static func start(
        _ plan: TransferPlan, _ operation: Operation, _ output: TransferOutput, _ context: RunContext
    ) -> TransferBoard.Start {
        TransferBoard.Start(
            number: plan.number, name: name(plan, operation, context), url: url(plan, operation, context),
            purpose: purpose(plan, output), bodyGoesToTerminal: output.goesToTerminal,
            resumingFrom: (try? output.resumeOffset(operation.plan.output.continueAt)) ?? 0)
    }

    /// The file that was written under its final name; nil without one.
    var writtenFile: String? {
        Self.purpose(plan, output) == .saved ? output.writtenPath : nil
    }

    /// How far it is, for a display that begins in the middle of it.
    func boardEntry() -> TransferBoard.Entry {
        var entry = TransferBoard.Entry(
            TransferBoard.Start(
                number: plan.number, name: Self.name(plan, operation, context),
                url: Self.url(plan, operation, context), purpose: Self.purpose(plan, output)),
            began: started)
        entry.attempt = tries.retries + 1
        guard let figures = bodyFigures else { return entry }
        entry.state = .receiving
        (entry.resumedFrom, entry.received) = (figures.start, figures.received)
        entry.toReceive = figures.expected
        return entry
    }

    private static func purpose(_ plan: TransferPlan, _ output: TransferOutput) -> TransferBoard.Purpose {
        switch plan.upload {
        case nil, .some(.none): break
        case .some: return .sent
        }
        switch plan.destination {
        case .file, .remoteName: return output.isDiscarding ? .fetched : .saved
        case .nowhere: return .fetched
        case .standardOutput, .memory: return .passedOn
        }
    }

    /// The name of the file that is written or sent, or else the last part of the URL.
    private static func name(_ plan: TransferPlan, _ operation: Operation, _ context: RunContext) -> String {
        var name: String?
        if case .file(let path) = plan.upload, path != "-" {
            name = FilePath(path).name
        } else if case .file(let path) = plan.destination, !FileSink.isNullDevice(path) {
            name = FilePath(path).name
        } else if let remote = try? FileNaming.remoteName(fromURL: plan.url), !remote.isFallback {
            name = remote.name
        }
        return TerminalText.escapedLine(
            TerminalText.shortened(name.map(context.secrets.text) ?? url(plan, operation, context)))
    }

    private static func url(_ plan: TransferPlan, _ operation: Operation, _ context: RunContext) -> String {
        if let url = try? operation.plan.urls.parse(plan.url) { return context.secrets.url(url) }
        return context.secrets.url(typed: plan.url)
    }
}
