import HTTPClient
import HTTPCore

// Whether a failed transfer is tried again. A request whose method may have had an effect is not repeated unless all
// errors are to be, and nothing is repeated of which standard output has already passed a byte on.
extension Transfer {
    /// Decides at the head of an answer whether it will be asked for again, so that its body is not delivered.
    func plansRetry(after head: ResponseHead) -> Bool {
        let policy = operation.plan.retry
        guard policy.limit > 0, head.status >= 400 else { return false }
        let isOtherFailure = isFailureStatus(head.status) && policy.includesAllErrors
        guard let pause = retryPause(after: isOtherFailure ? .otherError : .status(head.status)) else {
            return false
        }
        do {
            try output.takeBack()
        } catch {
            return false
        }
        plannedPause = pause
        return true
    }

    /// How long to wait before the next attempt; nil = the transfer has ended as it is.
    func pauseBeforeRetry(after failure: TransferFailure?) -> Duration? {
        guard operation.plan.retry.limit > 0, !Task.isCancelled else { return nil }
        if let plannedPause { return plannedPause }
        // A status was judged when it came, and its body may have been delivered since.
        guard let failure, failure.status != .httpError else { return nil }
        return retryPause(after: failure.outcome)
    }

    private func retryPause(after outcome: RetryPolicy.Outcome) -> Duration? {
        let policy = operation.plan.retry
        let pause = policy.pause(
            after: outcome, made: retries, elapsed: elapsed,
            retryAfter: lastHead?.first("Retry-After").flatMap {
                RetryAfter.parse($0, now: WallTime.second)
            }, dice: Double.random(in: 0..<1))
        guard pause != nil, let unsafeMethod, !policy.includesAllErrors else { return pause }
        context.diagnostics.warning(
            "\(unsafeMethod) is not repeated: it may have taken effect; --retry-all-errors repeats it")
        return nil
    }

    /// Whether the next attempt may go on behind what this one wrote: the bytes are those of the file as the server has it,
    /// and it serves parts.
    var mayResumeAfterFailure: Bool {
        guard operation.plan.output.continueAt == .outputSize, !operation.plan.output.showsHeaders,
            decoder == nil,
            hop?.kind == .get, let head = lastHead
        else { return false }
        return head.status == 206 || head.status == 200 && head.containsToken("bytes", in: "Accept-Ranges")
    }

    func announceRetry(_ failure: TransferFailure?, _ pause: Duration) {
        let left = operation.plan.retry.limit - retries
        let problem: String
        switch failure?.status {
        case nil, .httpError: problem = "HTTP error"
        case .timedOut: problem = "timeout"
        default: problem = failure?.text ?? "error"
        }
        context.diagnostics.warning(
            "Problem: \(problem). Retrying in \(ProgressText.seconds(pause)) seconds. \(left) \(left == 1 ? "retry" : "retries") left."
        )
    }
}

extension TransferReport {
    /// Forgets what an earlier attempt left behind.
    func beginAttempt() {
        redirectCount = 0
        responseCode = 0
        connectCount = 0
        headerBytes = 0
        requestBytes = 0
        beginHop()
    }

    /// Counts bodies from zero: what was read of a redirect's is no part of the answer.
    func beginHop() {
        downloadBytes = 0
        deliveredBytes = 0
        uploadBytes = 0
    }
}
