import HTTPClient
import HTTPCore

// What is said of a transfer in the end: verdicts, `-w`, `--report`.
extension Transfer {
    /// Notes what `-w` and `--report` tell; nil = neither was given.
    static func recorder(
        _ plan: TransferPlan, _ operation: Operation, _ context: RunContext
    ) -> ReportRecorder? {
        guard operation.writeOut != nil || context.reports != nil else { return nil }
        var details = operation.writeOut?.details ?? ReportRecorder.Details()
        if context.reports?.readsAll ?? false {
            (details.readsCertificates, details.readsVerifyResult) = (true, true)
            details.readsLocalAddress = true
        }
        let method = operation.plan.request.method ?? RequestBuilder.method(operation.kind(of: plan))
        return ReportRecorder(
            plan, method: method, details, tls: operation.plan.tls, secrets: context.secrets)
    }

    /// The expectations that the answer does not meet; nil = there is none to judge, or no answer.
    func judge(_ attempt: Attempt?) -> [ExpectationFailure]? {
        guard let watch, attempt?.hop?.head != nil else { return nil }
        return watch.judge(now: .now, showsSecrets: context.plan.showsSecrets)
    }

    func printChecksum() throws {
        guard let checks, let sink = output.standardOutput else { return }
        if let name = output.effectiveName {
            if let line = checks.line(for: name) { try sink.write(CarriedText.bytes(of: line).bytes) }
        } else if let line = checks.line(for: "-") {
            context.messages.print(line)
        }
    }

    /// `skipped` says why nothing was asked for.
    func writeReport(_ failure: TransferFailure?, skipped: String? = nil) throws {
        guard let recorder else { return }
        let report = recorder.complete(retries: tries.retries, fileName: output.effectiveName)
        report.note(failure)
        report.checksum = checks?.summary
        // A transfer of the run's own, such as that of checksums, is no entry of a report.
        defer {
            if plan.destination != .memory {
                context.reports?.add(entry(failure, skipped), operation.firstMethod, report)
            }
        }
        guard let writeOut = operation.writeOut, let sink = output.standardOutput else { return }
        try writeOut.write(
            report, stdout: sink, stderr: context.messages, openStream: context.temporaryFiles.openStream)
    }

    private func entry(_ failure: TransferFailure?, _ skipped: String?) -> ReportEntry {
        var entry = ReportEntry(number: plan.number, status: Int(failure?.status.rawValue ?? 0))
        entry.failure = failure?.text ?? skipped
        entry.isSkipped = failure == nil && skipped != nil
        entry.time = started.duration(to: recorder?.end ?? .now)
        entry.attempts = attempts?.attempts ?? []
        entry.checks = operation.expectations.filter { !$0.isOfRun }.map { expectation in
            let wrong = result.failures?.first { $0.expectation == expectation.text }
            return ReportEntry.Check(
                text: expectation.text, holds: result.failures.map { _ in wrong == nil }, seen: wrong?.seen)
        }
        return entry
    }
}

extension TransferReport {
    /// Notes how the transfer ended; nil = well.
    fileprivate func note(_ failure: TransferFailure?) {
        exitCode = Int(failure?.status.rawValue ?? 0)
        errorMessage = failure?.text
        if let failure, failure.verifyResult != 0 { verifyResult = failure.verifyResult }
        proxyVerifyResult = failure?.proxyVerifyResult ?? 0
    }
}
