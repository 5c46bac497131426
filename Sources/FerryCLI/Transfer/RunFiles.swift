import Connector
import HTTPClient
import HTTPCore

/// What the operations of a run share in files: cookies, hosts over TLS, TLS sessions, headers and tags. Read when a run
/// begins or first asks for them, written when it ends.
@LoopActor
final class RunFiles {
    private let context: RunContext
    /// TLS sessions of earlier runs and for later ones; nil = none are kept.
    private let sessions: TLSSessionFile?
    /// The cookies of all operations; nil until one keeps any.
    private var jar: CookieJar?

    /// What stops the files that are finished after a signal, too: another one.
    private static let isInterrupted: () -> Bool = { EventLoop.hasPendingSignals }

    init(_ context: RunContext) throws {
        self.context = context
        sessions = try context.plan.sessionFile.map { (path) throws(TransferFailure) in
            try TLSSessionFile(path) { context.diagnostics.note($0) }
        }
    }

    // MARK: Beginning

    /// Makes the operations of a plan, each with its connector and its files.
    func makeOperations(_ plan: FetchPlan) throws -> [Operation] {
        var tell: (@LoopActor @Sendable (String) -> Void)?
        if let trace = context.trace { tell = { line in trace.info(line) } }
        let connectors = try plan.connectors.map {
            try ConnectorFactory.make($0, tlsSessions: sessions?.cache, tell: tell)
        }
        var operations: [Operation] = []
        for plan in plan.operations {
            let operation = make(plan, connectors[plan.connector])
            if let hsts = plan.hsts { operation.hsts = hostsOverTLS(hsts, sharedBy: operations) }
            operations.append(operation)
        }
        for operation in operations where operation.plan.hasReadableURL {
            do { try open(operation) } catch { operation.problem = TransferFailure(error) }
        }
        return operations
    }

    private func make(_ plan: Shared<OperationPlan>, _ connector: BaseConnector) -> Operation {
        Operation(
            plan, connector: connector, cookies: plan.cookies.isOn ? sharedJar() : nil,
            loadCookies: { [weak self] in self?.loadCookies(plan) },
            headerDump: plan.dumpHeader.map {
                HeaderDump(
                    HeaderDumpTarget($0), createsFolders: plan.output.createsFolders,
                    temporaryFiles: context.temporaryFiles, shouldStop: Self.isInterrupted)
            },
            writeOut: plan.writeOut.map { WriteOutWriter(WriteOutTemplate($0), version: Ferry.userAgent) },
            logins: LoginKeeper.make(plan) { [context] in context.diagnostics.warning($0) })
    }

    private func open(_ operation: Operation) throws {
        try operation.headerDump?.prepare()
        guard let target = operation.plan.reply.etagFile else { return }
        let file = EtagFile(
            target, createsFolders: operation.plan.output.createsFolders,
            temporaryFiles: context.temporaryFiles, shouldStop: Self.isInterrupted)
        try file.prepare()
        operation.etagFile = file
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
    private func hostsOverTLS(_ plan: HSTSPlan, sharedBy operations: [Operation]) -> HSTSCache {
        let shared = operations.lazy.compactMap(\.hsts).first { $0.file == plan.saveFile }
        let cache = shared ?? HSTSCache(file: plan.saveFile)
        cache.load(plan.files)
        return cache
    }

    // MARK: Ending

    /// Writes everything back. What cannot be written is told, and handed to `note` for the exit status.
    func save(_ operations: [Operation], note: (ExitStatus) -> Void) {
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch {
                let failure = TransferFailure(error)
                context.diagnostics.error(Int(failure.status.rawValue), failure.text)
                note(failure.status)
            }
        }
        let used = operations.filter { $0.plan.hasReadableURL }
        for operation in used {
            if operation.problem == nil { attempt { try operation.headerDump?.finish() } }
            attempt { try saveCookies(operation) }
        }
        attempt { try saveHSTS(used) }
        attempt { try sessions?.save(context.temporaryFiles, shouldStop: Self.isInterrupted) }
    }

    private func saveHSTS(_ operations: [Operation]) throws {
        var saved: Set<String> = []
        for operation in operations {
            guard let hsts = operation.hsts, let path = hsts.file, saved.insert(path).inserted else {
                continue
            }
            do throws(OutputError) {
                try FileSink.replace(
                    path, with: hsts.text, temporaryFiles: context.temporaryFiles,
                    shouldStop: Self.isInterrupted)
            } catch {
                throw TransferFailure(.writeFailed, "the hosts of --hsts were not saved: \(error)")
            }
        }
    }

    private func saveCookies(_ operation: Operation) throws {
        guard let jar = operation.plan.cookies.jar, let cookies = operation.cookiesToSave else { return }
        let file = cookies.file(now: WallTime.second)
        switch jar {
        case .standardOutput:
            let sink = context.standardOutput.makeSink(allowsBinary: true)
            try sink.write(file)
            try sink.finish()
        case .standardError: try context.messages.write(file)
        case .file(let path):
            do throws(OutputError) {
                try FileSink.replace(
                    path, with: file, createsFolders: operation.plan.output.createsFolders,
                    temporaryFiles: context.temporaryFiles, shouldStop: Self.isInterrupted)
            } catch {
                throw TransferFailure(.writeFailed, "cookies were not saved: \(error)")
            }
        }
    }
}
