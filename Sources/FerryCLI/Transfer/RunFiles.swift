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
    private let states = StateFiles()

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
            try ConnectorFactory.make(
                $0, resolver: context.resolver, tlsSessions: sessions?.cache, tell: tell)
        }
        var operations: [Operation] = []
        for plan in plan.operations {
            var hosts: HSTSCache?
            var problem: TransferFailure?
            if let hsts = plan.hsts {
                do throws(TransferFailure) { hosts = try hostsOverTLS(hsts, sharedBy: operations) } catch {
                    problem = error
                }
            }
            let operation = make(plan, connectors[plan.connector], hosts)
            operation.problem = problem
            operations.append(operation)
        }
        for operation in operations where operation.plan.hasReadableURL && operation.problem == nil {
            do { try open(operation) } catch { operation.problem = TransferFailure(error) }
        }
        return operations
    }

    /// An operation of the run's own, beside one of the user's.
    func makeOperation(_ plan: Shared<OperationPlan>, like other: Operation) -> Operation {
        make(plan, other.connector, other.hsts)
    }

    private func make(
        _ plan: Shared<OperationPlan>, _ connector: BaseConnector, _ hosts: HSTSCache?
    ) -> Operation {
        let slow = SlowFiles.among(
            (plan.cookies.isOn ? plan.cookies.files : []) + (plan.request.login.netrc.map { [$0.path] } ?? [])
                + (plan.hsts?.files ?? []))
        let operation = Operation(
            plan, connector: connector, cookies: plan.cookies.isOn ? sharedJar() : nil, slowFiles: slow,
            loadFiles: { [weak self] () throws(TransferFailure) in
                if plan.cookies.isOn { try self?.loadCookies(plan, slow) }
                try self?.loadSlowHosts(plan, hosts, slow)
            },
            headerDump: plan.dumpHeader.map {
                HeaderDump(
                    HeaderDumpTarget($0), createsFolders: plan.output.createsFolders,
                    temporaryFiles: context.temporaryFiles, shouldStop: Self.isInterrupted)
            },
            writeOut: plan.writeOut.map { WriteOutWriter(WriteOutTemplate($0), version: Ferry.userAgent) },
            logins: LoginKeeper.make(plan, slow) { [context] in context.diagnostics.warning($0) })
        operation.hsts = hosts
        return operation
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
        let shared = jar ?? CookieJar(limit: .max, limitPerDomain: .max)
        jar = shared
        return shared
    }

    private func loadCookies(
        _ operation: Shared<OperationPlan>, _ slow: SlowFiles?
    ) throws(TransferFailure) {
        // What a server once said in its header is said to it again, on every path and as the user's own word: over TLS.
        let site = operation.firstURL.flatMap { try? HTTPURL.parse("https://\($0.hostHeader)/") }
        for path in operation.cookies.files {
            guard let bytes = try states.read(path, content: "cookies", slow), let jar else { continue }
            let before = jar.count
            let skipped = jar.load(
                bytes, for: site, now: WallTime.second, keepsSession: !operation.cookies.dropsSessionCookies)
            guard skipped > 0 else { continue }
            context.diagnostics.note("\(skipped) lines of \(path) are no cookies")
            if jar.count == before { states.keep(path, "no line of it is a cookie") }
        }
    }

    /// Operations that save their hosts in one place share what they learn.
    private func hostsOverTLS(
        _ plan: HSTSPlan, sharedBy operations: [Operation]
    ) throws(TransferFailure) -> HSTSCache {
        let shared = operations.lazy.compactMap(\.hsts).first { $0.file == plan.saveFile }
        let cache = shared ?? HSTSCache(file: plan.saveFile)
        try cache.load(plan.files.filter { !SlowFiles.mayWait($0) }, states)
        return cache
    }

    /// Those of pipes, once they are read.
    private func loadSlowHosts(
        _ operation: Shared<OperationPlan>, _ hosts: HSTSCache?, _ slow: SlowFiles?
    ) throws(TransferFailure) {
        guard let slow, let hosts, let plan = operation.hsts else { return }
        try hosts.load(plan.files.filter(SlowFiles.mayWait), states, slow)
    }

    // MARK: Ending

    /// Writes the reports. After a signal, too: what it ended is told in them.
    func write(_ reports: RunReports?, note: (TransferFailure) -> Void) {
        reports?.finish { destination, text in
            do {
                switch destination {
                case .standardError: context.messages.print(text)
                case .standardOutput:
                    let sink = context.standardOutput.makeSink(allowsBinary: true)
                    try sink.write(Array(text.utf8))
                    try sink.finish()
                case .file(let path):
                    try FileSink.replace(
                        path, with: text, temporaryFiles: context.temporaryFiles,
                        shouldStop: Self.isInterrupted)
                }
            } catch {
                let cause = TransferFailure((error as? OutputError)?.ofRecord ?? error)
                let failure = TransferFailure(cause.status, "a report was not written: \(cause.text)")
                context.diagnostics.error(Int(failure.status.rawValue), failure.text)
                note(failure)
            }
        }
    }

    /// Writes everything back. What cannot be written is told, and handed to `note` for the exit status.
    func save(_ operations: [Operation], note: (TransferFailure) -> Void) {
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch {
                let failure = TransferFailure(error)
                context.diagnostics.error(Int(failure.status.rawValue), failure.text)
                note(failure)
            }
        }
        let used = operations.filter { $0.plan.hasReadableURL }
        for operation in used {
            if operation.problem == nil { attempt { try operation.headerDump?.finish() } }
            attempt { try saveCookies(operation) }
        }
        for hosts in hostsToSave(used) { attempt { try save(hosts.cache, to: hosts.path) } }
        attempt { try sessions?.save(context.temporaryFiles, shouldStop: Self.isInterrupted) }
    }

    private func hostsToSave(_ operations: [Operation]) -> [(cache: HSTSCache, path: String)] {
        var saved: Set<String> = []
        return operations.compactMap { operation in
            guard let hsts = operation.hsts, let path = hsts.file, saved.insert(path).inserted else {
                return nil
            }
            return (hsts, path)
        }
    }

    private func save(_ hosts: HSTSCache, to path: String) throws {
        do {
            try states.checkMayReplace(path)
            try FileSink.replace(
                path, with: hosts.text, temporaryFiles: context.temporaryFiles,
                shouldStop: Self.isInterrupted)
        } catch {
            throw TransferFailure(
                .writeFailed, "the hosts of --hsts were not saved: \(TransferFailure(error).text)")
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
            do {
                try states.checkMayReplace(path)
                try FileSink.replace(
                    path, with: file, createsFolders: operation.plan.output.createsFolders,
                    temporaryFiles: context.temporaryFiles, shouldStop: Self.isInterrupted)
            } catch {
                throw TransferFailure(.writeFailed, "cookies were not saved: \(TransferFailure(error).text)")
            }
        }
    }
}
