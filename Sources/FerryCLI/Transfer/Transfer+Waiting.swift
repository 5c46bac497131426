import Connector
import HTTPClient
import HTTPCore

// Probes: attempts that ask whether the service is ready (`--wait-ready`).
extension Transfer {
    /// True while its attempts ask whether the service is ready. They are given up if it does not answer in time.
    var isProbing: Bool { waiting.map { !$0.isOver } ?? false }

    /// Makes the wait of a probe end when the time of the probe is up.
    func boundedByProbe(_ wait: Wait) -> Wait {
        if isProbing, case .sleep(let suspension) = wait { waiting?.sleeps(on: suspension) }
        return wait
    }

    /// How the wait of a probe ended: `.cancelled` once the time of the probe is up.
    func heardByProbe(_ outcome: Suspension.Outcome) -> Suspension.Outcome {
        guard isProbing, let waiting, outcome != .woken, waiting.probeEnd <= .now else { return outcome }
        waiting.hasGivenUp = true
        return .cancelled
    }

    /// How long an attempt may take to connect; nil = no limit.
    var connectTimeout: Duration? {
        let own = operation.plan.connectTimeout
        guard isProbing, let waiting else { return own }
        let left = max(.milliseconds(1), ContinuousClock.now.duration(to: waiting.probeEnd))
        return own.map { min($0, left) } ?? left
    }

    /// What becomes of the answer to a probe; nil = the decision stays.
    func reconsider(_ decision: HeadDecision, _ head: ResponseHead) -> HeadDecision? {
        waiting?.reconsider(decision, head, readsBody: watch?.judgesWhole ?? false) {
            watch?.headProblem(head, showsSecrets: context.plan.showsSecrets)?.text
        }
    }

    /// What follows a probe; nil = the same as after any other attempt.
    func order(after failure: TransferFailure?, _ attempt: Attempt) -> ReadinessWait.Order? {
        guard let waiting, !waiting.isOver, !cancellation.isCancelled else { return nil }
        // Expectations say more than -f does.
        let isAnswer = failure == nil || failure?.status == .httpError
        let problem = isAnswer ? judge(attempt)?.first?.text : nil
        let answered = waiting.answer(after: isAnswer ? nil : failure, problem, wasAsked: attempt.hop != nil)
        guard let answer = answered else { return nil }
        let order = waiting.hear(answer)
        if case .ask(let next) = order, let events {
            let reason =
                switch answer {
                case .good: waiting.progress
                case .notYet(let reason): reason
                }
            events.tell(.retry(reason: reason, pause: ContinuousClock.now.duration(to: next), left: 1))
        }
        return order
    }
}

extension ExpectationWatch {
    /// True when an expectation is about more than the head.
    var judgesWhole: Bool {
        expectations.contains { expectation in
            switch expectation.kind {
            case .body, .json, .time, .size: true
            case .status, .header, .noHeader, .certificateDays, .redirects, .reuse: false
            }
        }
    }

    /// The first expectation about the head that does not hold; nil = all do.
    func headProblem(_ head: ResponseHead, showsSecrets: Bool) -> ExpectationFailure? {
        var seen = seen
        seen.status = head.status
        seen.fields = head.fields.map { ($0.name, ByteString($0.valueBytes)) }
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
