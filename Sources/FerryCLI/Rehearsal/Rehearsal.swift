import Connector
import Glibc
import HTTPClient
import HTTPCore

/// Says what a run would do and does nothing of it: `--dry-run` and `--print-curl`. Opens no socket, and no file but those
/// that say what is sent.
@LoopActor
struct Rehearsal {
    private let plan: FetchPlan
    private let settings: Settings
    private let context: RunContext
    private let operations: [Operation]
    private let environment: (String) -> String?
    private let output = TextStream(descriptor: STDOUT_FILENO, path: "standard output")
    private var failure: ExitStatus?
    private var isFirst = true

    /// Goes through the transfers of a plan and answers with the exit status: that of the first one that could not begin.
    static func run(
        _ plan: FetchPlan, of settings: Settings, warnings: [String],
        environment: @escaping (String) -> String?
    ) -> CInt {
        let diagnostics = Diagnostics(
            stream: TextStream(),
            policy: Diagnostics.Policy(isSilent: plan.run.isSilent, showsErrors: plan.run.showsErrors))
        diagnostics.secrets = plan.run.secrets
        for warning in warnings { diagnostics.warning(warning) }
        do {
            var rehearsal = try Rehearsal(plan, settings, diagnostics, environment)
            try rehearsal.run()
            return rehearsal.failure?.rawValue ?? 0
        } catch {
            let failure = TransferFailure(error)
            if !failure.isBrokenPipe { diagnostics.error(Int(failure.status.rawValue), failure.text) }
            return failure.status.rawValue
        }
    }

    private init(
        _ plan: FetchPlan, _ settings: Settings, _ diagnostics: Diagnostics,
        _ environment: @escaping (String) -> String?
    ) throws {
        self.settings = settings
        self.environment = environment
        self.plan = Self.withoutFiles(plan)
        context = try RunContext(
            self.plan.run, diagnostics: diagnostics, messages: diagnostics.stream,
            streams: OutputStreams(), listeners: [],
            shouldStop: { false })
        operations = try RunFiles(context).makeOperations(self.plan)
    }

    /// The plan without what is written, or read for its own sake.
    private static func withoutFiles(_ plan: FetchPlan) -> FetchPlan {
        var plan = plan
        (plan.run.records, plan.run.reports) = (RecordSettings(), [])
        (plan.run.traceAscii, plan.run.messages, plan.run.sessionFile) = (nil, nil, nil)
        (plan.run.progress, plan.run.verbosity, plan.run.pace) = (.none, 0, nil)
        plan.operations = plan.operations.map { operation in
            var operation = operation.copy
            (operation.dumpHeader, operation.reply.etagFile, operation.writeOut) = (nil, nil, nil)
            return Shared(operation)
        }
        return plan
    }

    private mutating func run() throws {
        var sequence = TransferSequence(plan.operations) { (path) throws(FileReadError) in
            try LineReader(path)
        }
        while failure == nil || !plan.run.stopsAtFirstFailure {
            let transfer: TransferPlan
            do {
                guard let next = try sequence.next() else { return }
                transfer = next
            } catch {
                let (failure, text, picture) = error.told
                tell(failure.status, text, picture)
                continue
            }
            let rehearsed: RehearsedTransfer
            do {
                let connector = plan.connectors[operations[transfer.operation].plan.connector]
                rehearsed = try RehearsedTransfer(
                    transfer, operations[transfer.operation], connector, context.secrets)
            } catch {
                let failure = TransferFailure(error)
                let text = context.secrets.sentence(failure.text)
                tell(
                    failure.status,
                    failure.namesURL ? text : "\(context.secrets.url(typed: transfer.url)): \(text)")
                continue
            }
            try show(rehearsed)
        }
    }

    private mutating func tell(_ status: ExitStatus, _ text: String, _ picture: [String] = []) {
        context.diagnostics.error(Int(status.rawValue), text, below: picture)
        if failure == nil { failure = status }
    }

    private mutating func show(_ transfer: RehearsedTransfer) throws {
        if settings.global.rehearsal.showsPlan {
            if !isFirst { try output.write("\n") }
            let text = RehearsalText(transfer, run: plan.run, secrets: context.secrets)
            let bytes = try text.bytes
            let shown = output.isTerminal ? bytes.withUnsafeBytes { TerminalText.escaped($0) } : bytes
            try shown.withUnsafeBytes { try output.write($0) }
        }
        if settings.global.rehearsal.printsCurl {
            let environment = self.environment
            var variables = ShellVariables(
                isShown: plan.run.showsSecrets,
                known: settings.global.secretVariables.compactMap { name in
                    environment(name).map { (name, Array($0.utf8)) }
                }, isTaken: { environment($0) != nil })
            let command = CurlCommand(
                transfer, settings.operations[transfer.plan.operation], global: settings.global)
            let (line, omitted) = command.line(&variables)
            try line.withUnsafeBytes { try output.write($0) }
            if !omitted.isEmpty {
                context.diagnostics.warning("curl cannot do what \(omitted.joined(separator: ", ")) asks for")
            }
            if !variables.names.isEmpty {
                context.diagnostics.warning(
                    "the command takes secrets from the environment: \(variables.names.joined(separator: ", "))"
                )
            }
        }
        isFirst = false
    }
}
