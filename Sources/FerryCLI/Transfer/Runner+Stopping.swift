import Connector
import HTTPClient

extension Runner {
    /// The most transfers that reports tell of although they never began.
    private static let mostReported = 10_000

    /// Reports also tell of transfers that never began, because a missing test would hide a failure. Lists of URLs are not
    /// read to their end for that.
    func reportRest() {
        guard isStopping, let reports = context.reports, plan.run.repetition == nil else { return }
        let readsLists = plan.operations.contains { $0.targets.namesList }
        while !readsLists, notBegun.count < Self.mostReported, let next = try? rounds.next(now: .now) {
            notBegun.append(next)
        }
        let reason = signal == nil ? context.stopReason : "a signal ended the run"
        for plan in notBegun {
            reports.addSkipped(
                operations[plan.operation].firstMethod, plan.url, number: plan.number, reason: reason)
        }
    }

    func stopAll() {
        isStopping = true
        fingerprinting?.cancel()
        listWait?.cancel()
        for worker in workers { worker.cancel() }
        // A transfer that never begins must not keep standard output from those after it.
        while let (entry, _) = turns.next() {
            try? entry.sink?.finish()
            notBegun.append(entry.plan)
        }
    }

    /// Stops everything. The transfers do not report that they were stopped.
    func stopQuietly() {
        context.diagnostics.policy = Diagnostics.Policy(isSilent: true)
        stopAll()
    }

    func stop(_ number: CInt) {
        signal = number
        rest.wake()
        goodbyes?.cancel()
        interruption.isHeard = true
        stopQuietly()
    }
}
