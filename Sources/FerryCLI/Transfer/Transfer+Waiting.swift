import Connector
import HTTPClient
import HTTPCore

// Attempts that ask whether the service is ready (`--wait-ready`).
extension Transfer {
    /// True while an attempt may be given up because the service does not answer in time.
    private var boundsProbe: Bool { waiting.map { !$0.isOver } ?? false }

    /// A wait of a probe, which ends when the probe counts as unanswered.
    func boundedByProbe(_ wait: Wait) -> Wait {
        if boundsProbe, case .sleep(let suspension) = wait { waiting?.sleeps(on: suspension) }
        return wait
    }

    /// What an attempt is told of how its wait ended: a probe whose time is up is given up.
    func heardByProbe(_ outcome: Suspension.Outcome) -> Suspension.Outcome {
        guard boundsProbe, let waiting, outcome != .woken, waiting.probeEnd <= .now else { return outcome }
        waiting.hasGivenUp = true
        return .cancelled
    }

    /// How long an attempt may take to connect.
    var connectTimeout: Duration? {
        let own = operation.plan.connectTimeout
        guard boundsProbe, let waiting else { return own }
        let left = max(.milliseconds(1), ContinuousClock.now.duration(to: waiting.probeEnd))
        return own.map { min($0, left) } ?? left
    }

    /// What becomes of an answer while the service is not ready; nil = what would become of it anyway.
    func reconsider(_ decision: HeadDecision, _ head: ResponseHead) -> HeadDecision? {
        waiting?.reconsider(decision, head, readsBody: watch?.judgesWhole ?? false) {
            watch?.headProblem(head, showsSecrets: context.plan.showsSecrets)?.text
        }
    }

    /// What follows a probe; nil = the transfer ends, or goes on, as one without a wait.
    func order(after failure: TransferFailure?, _ attempt: Attempt) -> ReadinessWait.Order? {
        guard let waiting, !waiting.isOver, !cancellation.isCancelled else { return nil }
        // What is expected of an answer says more than -f does.
        let isAnswer = failure == nil || failure?.status == .httpError
        let problem = isAnswer ? judge(attempt)?.first?.text : nil
        guard let answer = waiting.answer(after: isAnswer ? nil : failure, problem) else { return nil }
        let order = waiting.hear(answer)
        if case .ask(let next) = order, case .notYet(let reason) = answer {
            events?.tell(.retry(reason: reason, pause: ContinuousClock.now.duration(to: next), left: 0))
        }
        return order
    }
}

extension ExpectationWatch {
    /// There is something to judge that a head does not tell.
    var judgesWhole: Bool {
        expectations.contains { expectation in
            switch expectation.kind {
            case .body, .json, .time, .size: true
            case .status, .header, .noHeader, .certificateDays, .redirects, .reuse: false
            }
        }
    }

    /// The first thing that is not as expected, as far as a head tells.
    func headProblem(_ head: ResponseHead, showsSecrets: Bool) -> ExpectationFailure? {
        var seen = seen
        seen.status = head.status
        seen.fields = head.fields.map { ($0.name, $0.value) }
        seen.now = Int(WallTime.second)
        for expectation in expectations {
            switch expectation.kind {
            case .body, .json, .time, .size, .reuse: break
            case .status, .header, .noHeader, .certificateDays, .redirects:
                if let failure = expectation.judge(seen, showsSecrets: showsSecrets) { return failure }
            }
        }
        return nil
    }
}
