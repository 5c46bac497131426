import HTTPClient
import HTTPCore

// Whether there is another attempt, and what is said of it.
extension Transfer {
    /// The decision about an attempt that ended, with a failure or with an answer.
    func retryDecision(after failure: TransferFailure?, _ attempt: Attempt) -> RetryPolicy.Decision {
        guard operation.plan.retry.limit > 0, !cancellation.isCancelled else { return .stop }
        if let pause = attempt.askedPause { return .retry(after: pause) }
        // A status was judged when it came, and its body may have been delivered since.
        guard let failure, failure.status != .httpError, !failure.status.isOfThisSide else { return .stop }
        return decide(after: failure.outcome, attempt, nil)
    }

    /// The decision about an answer, made at its head: it is not delivered if it is asked for again.
    func retryDecision(
        onAnswer head: ResponseHead, _ facts: HeadDecision.Facts, in attempt: Attempt
    ) -> RetryPolicy.Decision {
        let policy = operation.plan.retry
        guard policy.limit > 0, head.status >= 400 || policy.conditions.items != nil,
            attempt.held != nil || output.mayBeTakenBack
        else { return .stop }
        let decision = decide(
            after: HeadDecision.isFailure(head.status, facts)
                ? .failedStatus(head.status) : .status(head.status), attempt, head)
        if case .windowEnds(let pause) = decision {
            context.diagnostics.warning(
                "\(shownURL(attempt)): \(HeadDecision.answered(head)); \(Self.beyondWindow(pause))")
        }
        return decision
    }

    /// The decision about an answer that is whole and not as expected; nil = nobody asks for another one (`--retry-on expect`).
    func retriedExpectation(_ attempt: Attempt) -> (failure: TransferFailure, decision: RetryPolicy.Decision)?
    {
        let policy = operation.plan.retry
        guard policy.limit > 0, watch != nil, !cancellation.isCancelled,
            policy.conditions.cover(.expectation),
            output.mayBeTakenBack, let wrong = judge(attempt)?.first
        else { return nil }
        let failure = TransferFailure(.notAsExpected, wrong.text, outcome: .expectation)
        return (failure, decide(after: .expectation, attempt, attempt.hop?.head))
    }

    private func decide(
        after outcome: RetryPolicy.Outcome, _ attempt: Attempt, _ head: ResponseHead?
    ) -> RetryPolicy.Decision {
        let decision = operation.plan.retry.decide(
            after: outcome, made: retries, elapsed: started.duration(to: .now),
            retryAfter: head?.first("Retry-After").flatMap { RetryAfter.parse($0, now: WallTime.second) },
            dice: Double.random(in: 0..<1))
        guard decision != .stop, let method = attempt.unsafeMethod, !mayRepeat(unsafe: head) else {
            return decision
        }
        context.diagnostics.warning(
            "\(method) is not repeated: it may have taken effect; --retry-all-errors or --idempotency-key repeats it"
        )
        return .stop
    }

    /// A request whose method may have had an effect is not repeated unless all errors are to be, the server can tell that
    /// it is the same one, or the answer says that it had none.
    private func mayRepeat(unsafe head: ResponseHead?) -> Bool {
        operation.plan.retry.conditions.includesAllErrors || idempotencyKey != nil
            || head?.saysNothingWasDone ?? false
    }

    /// What the next attempt goes on with: nil without anything by which the rest could be told from another version's.
    func heldBody(after failure: TransferFailure?, _ attempt: Attempt) -> HeldBody? {
        guard failure?.leavesGoodBytes ?? true, let body = attempt.hop?.progress ?? attempt.held,
            body.rule.validator != nil, body.rule.count > 0
        else { return nil }
        return body
    }

    /// True when `-m` or a signal ended a body that has no length, such as a radio stream: it has no other end.
    func hasEndedStream(_ failure: TransferFailure, _ attempt: Attempt?) -> Bool {
        guard let attempt, attempt.hop?.isWithoutLength ?? false, !(checks?.decidesName ?? false) else {
            return false
        }
        if context.shouldStop() { return failure.isInterrupted || failure.isStoppedSibling }
        guard failure.status == .timedOut, operation.plan.maxTime != nil,
            let deadline = attempt.limits.deadline
        else { return false }
        return deadline <= .now
    }

    /// When an attempt that begins now is given up: `-m` bounds each of them, and all but the first end with the time for
    /// retries.
    func deadline(of maxTime: Duration?) -> ContinuousClock.Instant? {
        let own = maxTime.map { ContinuousClock.now + $0 }
        guard let end = windowEnd else { return own }
        return own.map { min($0, end) } ?? end
    }

    /// The end of `--retry-max-time` where it bounds an attempt.
    private var windowEnd: ContinuousClock.Instant? {
        guard retries > 0, let window = operation.plan.retry.window, window > .zero else { return nil }
        return started + window
    }

    // MARK: Telling

    func announceRetry(_ failure: TransferFailure?, _ attempt: Attempt, _ pause: Duration) {
        let left = operation.plan.retry.limit - retries
        let reason = failure?.text ?? attempt.hop?.head.map(HeadDecision.answered) ?? "error"
        events?.tell(.retry(reason: reason, pause: pause, left: left))
        context.diagnostics.warning(
            "\(shownURL(attempt)): \(reason). Trying again in \(ProgressText.seconds(pause)) s; "
                + "\(left) \(left == 1 ? "attempt" : "attempts") left.")
    }

    static func beyondWindow(_ pause: Duration) -> String {
        "not tried again, as a pause of \(ProgressText.seconds(pause)) s goes beyond --retry-max-time"
    }

    /// The text of a last failure, which tells how many attempts there were.
    func withAttempts(_ text: String) -> String {
        guard retries > 0 else { return text }
        let now = ContinuousClock.now
        let isCut = windowEnd.map { $0 <= now } ?? false && !text.hasSuffix("--retry-max-time")
        let limit = isCut ? " (--retry-max-time)" : ""
        let tenths = Int((now - started) / .milliseconds(100))
        return "\(text)\(limit), after \(retries + 1) attempts in \(tenths / 10).\(tenths % 10) s"
    }
}

extension ResponseHead {
    /// True for an answer that turns a request away before anything of it was done: later is the time for it.
    fileprivate var saysNothingWasDone: Bool { status == 429 || status == 503 && contains("Retry-After") }
}

extension ExitStatus {
    /// Something is wrong on this side, or the peer is not who it should be: later is no better than now.
    fileprivate var isOfThisSide: Bool {
        switch self {
        case .usage, .malformedURL, .readFailed, .writeFailed, .badFunctionArgument, .peerNotVerified,
            .pinMismatch,
            .clientCertificate, .trustFile, .revocationList, .badCipher, .rewindFailed, .loginDenied:
            true
        default: false
        }
    }
}
