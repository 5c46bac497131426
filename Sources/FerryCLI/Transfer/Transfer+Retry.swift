import HTTPClient
import HTTPCore

// Whether there is another attempt, and what is said of it.
extension Transfer {
    /// Decides about an attempt that ended with a failure or with an answer.
    func retryDecision(after failure: TransferFailure?, _ attempt: Attempt) -> RetryPolicy.Decision {
        guard operation.plan.retry.limit > 0, !cancellation.isCancelled else { return .stop }
        if let pause = attempt.askedPause { return .retry(after: pause) }
        // A status was judged with its head; its body may have been delivered since.
        guard let failure, failure.status != .httpError, !failure.status.isOfThisSide else { return .stop }
        return decide(after: failure.outcome, attempt, nil)
    }

    /// Decides about an answer when its head comes: the answer is not delivered if another attempt follows.
    func retryDecision(
        onAnswer head: ResponseHead, _ facts: HeadDecision.Facts, in attempt: Attempt
    ) -> RetryPolicy.Decision {
        let policy = operation.plan.retry
        guard policy.limit > 0, head.status >= 400 || policy.conditions.items != nil,
            attempt.held != nil || output.mayBeTakenBack
        else { return .stop }
        let decision = decide(
            after: HeadDecision.isFailure(head.status, facts)
                ? .failedStatus(head.status) : .status(head.status), attempt, head,
            hostPause: attempt.hop?.hostPause ?? .zero)
        if case .windowEnds(let pause) = decision {
            context.diagnostics.warning(
                "\(shownURL(attempt)): \(HeadDecision.answered(head)); \(Self.beyondWindow(pause))")
        }
        return decision
    }

    /// Decides about a complete answer that is not as expected; nil = it is, or no other attempt may follow.
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
        after outcome: RetryPolicy.Outcome, _ attempt: Attempt, _ head: ResponseHead?,
        hostPause: Duration = .zero
    ) -> RetryPolicy.Decision {
        let decision = operation.plan.retry.decide(
            after: outcome, made: tries.retries, elapsed: started.duration(to: .now),
            retryAfter: head?.first("Retry-After").flatMap { RetryAfter.parse($0, now: WallTime.second) },
            leastPause: max(hostPause, leastPause(after: attempt)),
            dice: Double.random(in: 0..<1))
        if case .retry = decision, head != nil, let source = attempt.upload?.source, !source.canRewind {
            // What was read of a stream is gone: this answer is the only one there is.
            context.diagnostics.warning(
                "\(shownURL(attempt)): not tried again, as the body was read from a pipe and cannot be sent twice"
            )
            return .stop
        }
        guard decision != .stop, let method = attempt.unsafeMethod, !mayRepeat(unsafe: head) else {
            return decision
        }
        context.diagnostics.warning(
            "\(method) is not repeated: it may have taken effect; --retry-all-errors or --idempotency-key repeats it"
        )
        return .stop
    }

    /// How long the hosts on the way of the next attempt are left alone at least, as far as the last one knows them.
    private func leastPause(after attempt: Attempt) -> Duration {
        guard let pace = context.pace else { return .zero }
        return max(pace.leastPause(of: attempt.builder.firstURL), pace.leastPause(of: attempt.url))
    }

    /// Whether a request that may have had an effect is repeated: if every error is to be retried, if the server can tell
    /// that it is the same request, or if the answer says that it had no effect.
    private func mayRepeat(unsafe head: ResponseHead?) -> Bool {
        operation.plan.retry.conditions.includesAllErrors || tries.idempotencyKey != nil
            || head?.saysNothingWasDone ?? false
    }

    /// What the next attempt goes on with; nil = it begins anew, as nothing shows whether the rest is of the same version.
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

    /// The deadline of an attempt whose own is `own`; nil = none. `-m` bounds each attempt, and `--retry-max-time` all but
    /// the first.
    func deadline(within own: ContinuousClock.Instant?) -> ContinuousClock.Instant? {
        guard let end = windowEnd else { return own }
        return own.map { min($0, end) } ?? end
    }

    /// The end of `--retry-max-time` where it bounds an attempt.
    var windowEnd: ContinuousClock.Instant? {
        guard tries.retries > 0, let window = operation.plan.retry.window, window > .zero else { return nil }
        return started + window
    }

    // MARK: Telling

    func announceRetry(_ failure: TransferFailure?, _ attempt: Attempt, _ pause: Duration) {
        let left = operation.plan.retry.limit - tries.retries
        let reason = context.secrets.sentence(
            failure?.text ?? attempt.hop?.head.map(HeadDecision.answered) ?? "error")
        events?.tell(.retry(reason: reason, pause: pause, left: left))
        context.diagnostics.warning(
            "\(shownURL(attempt)): \(reason). Trying again in \(ProgressText.seconds(pause)) s; "
                + "\(left) \(left == 1 ? "attempt" : "attempts") left.")
    }

    static func beyondWindow(_ pause: Duration) -> String {
        "not tried again, as a pause of \(ProgressText.seconds(pause)) s goes beyond --retry-max-time"
    }

    /// The text of the last failure, with the number of attempts if there were several.
    func withAttempts(_ text: String) -> String {
        guard tries.retries > 0 else { return text }
        let now = ContinuousClock.now
        let isCut = windowEnd.map { $0 <= now } ?? false && !text.hasSuffix("--retry-max-time")
        let limit = isCut ? " (--retry-max-time)" : ""
        let tenths = Int((now - started) / .milliseconds(100))
        return "\(text)\(limit), after \(tries.retries + 1) attempts in \(tenths / 10).\(tenths % 10) s"
    }
}

extension ResponseHead {
    /// True for an answer that refuses a request for now, before it had any effect.
    fileprivate var saysNothingWasDone: Bool { status == 429 || status == 503 && contains("Retry-After") }
}

extension ExitStatus {
    /// True when the fault is on this side, or the peer is the wrong one: a retry cannot help.
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
