import Connector
import HTTPClient
import HTTPCore

/// One URL from its first request to its last byte, redirects and retries included: attempt after attempt, until one is
/// the last.
///
/// It never throws: whatever goes wrong is told once, in one line, and is the result's exit status.
@LoopActor
final class Transfer: RequestMachine {
    let plan: TransferPlan
    let operation: Operation
    let context: RunContext
    let output: TransferOutput
    /// Tells what happens; nil where nobody listens.
    let events: TransferEvents?
    /// nil = as fast as it goes.
    let pace: RateLimiter?
    /// How it ended.
    private(set) var result = Result()
    /// Judges the answer in the end; nil where nothing is expected of it.
    let watch: ExpectationWatch?
    /// What `-w` reads; nil when nobody will.
    let recorder: ReportRecorder?
    /// What `--report` says of the attempts; nil without one.
    let attempts: AttemptRecorder?
    /// What came of the expectations; nil where they could not be judged.
    private(set) var failures: [ExpectationFailure]?
    /// Cancelled when the transfer is to stop.
    private let scope: CancellationScope
    let started = ContinuousClock.now
    private(set) var retries = 0
    private var state = State.begun

    private enum State {
        /// → attempting, over.
        case begun
        /// → resting, over.
        case attempting(Attempt)
        case over
        /// Waits before another attempt; the failure is why there is one, nil = the answer's status → attempting, over.
        case resting(TransferFailure?)
    }

    /// How a transfer ended.
    struct Result {
        var status = ExitStatus.success
        /// Nothing that is still to come can be written.
        var endsRun = false
    }

    init(
        _ plan: consuming TransferPlan, operation: Operation, context: RunContext, scope: CancellationScope
    ) {
        let plan = plan
        self.plan = plan
        self.operation = operation
        self.context = context
        self.scope = scope
        output = TransferOutput(plan, operation.plan, context)
        pace = operation.plan.limitRate.map { RateLimiter(bytesPerSecond: $0, now: .now) }
        recorder = Self.recorder(plan, operation, context)
        attempts = context.reports.map { _ in AttemptRecorder() }
        watch =
            operation.expectations.isEmpty
            ? nil
            : ExpectationWatch(
                operation.expectations, limit: operation.plan.expectationLimit, reuse: operation.reuse)
        var listeners = context.listeners
        if let watch { listeners.append(watch) }
        if let recorder { listeners.append(recorder) }
        if let attempts { listeners.append(attempts) }
        if let records = context.records { listeners += records.makeListeners() }
        if let progress = context.progress, Self.skippedFile(operation.plan, output) == nil,
            progress.begin(
                plan.number, bodyGoesToTerminal: output.goesToTerminal,
                resumingFrom: (try? output.resumeOffset(operation.plan.output.continueAt)) ?? 0)
        {
            listeners.append(progress)
        }
        if operation.mayHaveProxy, !operation.plan.proxy.hidesConnectAnswers,
            operation.headerDump != nil || operation.plan.output.showsHeaders
        {
            listeners.append(TunnelHeads(operation, output))
        }
        events =
            listeners.isEmpty
            ? nil
            : TransferEvents(transfer: plan.number, listeners: listeners, numbers: context.connectionNumbers)
    }

    func advance(_ outcome: WaitOutcome) -> RequestWait {
        var outcome = outcome
        while true {
            switch state {
            case .begun:
                do throws(TransferFailure) { try operation.begin() } catch {
                    finish(error, nil)
                    return .over
                }
                if skipsExistingFile() { return .over }
                guard beginAttempt() else { return .over }
            case .resting(let failure):
                if case .failed(let error) = outcome {
                    finish(failure ?? TransferFailure(error), nil)
                    return .over
                }
                retries += 1
                guard beginAttempt() else { return .over }
            case .attempting(let attempt):
                var problem: (any Error)?
                do {
                    let wait = try attempt.advance(outcome)
                    guard case .over = wait else { return wait }
                } catch {
                    problem = error
                }
                defer { attempt.end() }
                state = .over
                return end(attempt, problem)
            case .over: preconditionFailure("a transfer that is over goes on")
            }
            outcome = .ready
        }
    }

    /// False when it could not even begin, and is over.
    private func beginAttempt() -> Bool {
        events?.tell(.attemptBegan)
        do {
            state = .attempting(try Attempt(self))
            return true
        } catch {
            finish(TransferFailure(error), nil)
            return false
        }
    }

    /// Ends an attempt: with the pause before the next one, or for good.
    private func end(_ attempt: Attempt, _ problem: (any Error)?) -> RequestWait {
        let failure =
            problem.map { TransferFailure(scope.isCancelled ? CancellationError() : $0) }
            ?? attempt.statusFailure
        guard let pause = pauseBeforeRetry(after: failure, attempt) else {
            finish(failure, attempt)
            return .over
        }
        do {
            guard attempt.upload?.source.canRewind ?? true else {
                // What was read of a stream is gone, and a request without it would undo what it is to do.
                throw HTTPClientError.cannotRewind
            }
            try output.takeBack(keepsForResume: attempt.hop?.mayBeResumed ?? false)
        } catch {
            finish(failure ?? TransferFailure(error), attempt)
            return .over
        }
        announceRetry(failure, pause)
        state = .resting(failure)
        return .sleep(until: .now + pause)
    }

    // MARK: Retries

    /// How long to wait before the next attempt; nil = the transfer has ended as it is.
    private func pauseBeforeRetry(after failure: TransferFailure?, _ attempt: Attempt) -> Duration? {
        guard operation.plan.retry.limit > 0, !scope.isCancelled else { return nil }
        if let pause = attempt.askedPause { return pause }
        // A status was judged when it came, and its body may have been delivered since.
        guard let failure, failure.status != .httpError, !failure.status.isOfThisSide else { return nil }
        return retryPause(after: failure.outcome, attempt, attempt.hop?.head)
    }

    /// The same at the head of an answer, which is not delivered then; nil = it is not asked for again.
    func pauseBeforeRetry(
        ofAnswer head: ResponseHead, _ facts: HeadDecision.Facts, in attempt: Attempt
    ) -> Duration? {
        let policy = operation.plan.retry
        guard policy.limit > 0, head.status >= 400, output.mayBeTakenBack else { return nil }
        let isOtherFailure = policy.includesAllErrors && HeadDecision.isFailure(head.status, facts)
        return retryPause(after: isOtherFailure ? .otherError : .status(head.status), attempt, head)
    }

    private func retryPause(
        after outcome: RetryPolicy.Outcome, _ attempt: Attempt, _ head: ResponseHead?
    ) -> Duration? {
        let policy = operation.plan.retry
        let pause = policy.pause(
            after: outcome, made: retries, elapsed: started.duration(to: .now),
            retryAfter: head?.first("Retry-After").flatMap { RetryAfter.parse($0, now: WallTime.second) },
            dice: Double.random(in: 0..<1))
        // A request whose method may have had an effect is not repeated unless all errors are to be, or the answer says
        // that it had none.
        guard pause != nil, let method = attempt.unsafeMethod, !policy.includesAllErrors,
            !(head?.saysNothingWasDone ?? false)
        else { return pause }
        context.diagnostics.warning(
            "\(method) is not repeated: it may have taken effect; --retry-all-errors repeats it")
        return nil
    }

    private func announceRetry(_ failure: TransferFailure?, _ pause: Duration) {
        let left = operation.plan.retry.limit - retries
        let problem =
            switch failure?.status {
            case nil, .httpError: "HTTP error"
            case .timedOut: "timeout"
            default: failure?.text ?? "error"
            }
        events?.tell(.retry(reason: problem, pause: pause, left: left))
        context.diagnostics.warning(
            "Problem: \(problem). Retrying in \(ProgressText.seconds(pause)) seconds. \(left) \(left == 1 ? "retry" : "retries") left."
        )
    }

    // MARK: End

    /// Puts the output in its place and tells what went wrong. `attempt` is the last one; nil when none came about.
    private func finish(_ failure: TransferFailure?, _ attempt: Attempt?) {
        var failure = failure
        do {
            try keepOutput(failure, attempt?.hop)
        } catch {
            failure = failure ?? TransferFailure(error)
        }
        if let failure {
            if !failure.isInterrupted { tell(failure, attempt) }
        } else {
            failures = judge(attempt)
            let wrong = (failures ?? []).map { TransferFailure(.notAsExpected, $0.text) }
            for problem in wrong { tell(problem, attempt) }
            failure = wrong.first
            failure?.text = wrong.map(\.text).joined(separator: "; ")
        }
        events?.tell(.ended(failure: failure?.text, code: failure?.status.rawValue ?? 0))
        // A report that fails must not keep the turn on standard output from those who wait for it.
        for step in [{ try self.writeReport(failure) }, { try self.output.close() }] {
            do { try step() } catch {
                let writing = TransferFailure(error)
                if failure == nil, !writing.isInterrupted { tell(writing, attempt) }
                failure = failure ?? writing
            }
        }
        result = Result(
            status: failure?.status ?? .success,
            endsRun: failure.map { $0.isBrokenPipe || $0.isInterrupted } ?? false)
    }

    private func keepOutput(_ failure: TransferFailure?, _ hop: Hop?) throws {
        // `--fail-with-body` keeps the body, and a resumed file keeps what it has.
        let isKept =
            failure == nil
            || failure?.status == .httpError && operation.plan.fail == .withBody
                && !operation.plan.output.removesOnError
        var isUnmodified = hop?.head?.status == 304
        if case .discard(.end(.unmodified)) = hop?.decision { isUnmodified = true }
        try output.end(
            keeps: isKept, notes: hop.flatMap { fileNotes(of: $0) }, makesEmptyFile: !isUnmodified)
        // A tag is kept only with the body that it belongs to.
        guard failure == nil, let file = operation.etagFile, let hop, let head = hop.head else { return }
        if case .discard(.end(.unmodified)) = hop.decision { return }
        guard (200..<400).contains(head.status), let tag = head.first("ETag"), !tag.isEmpty else { return }
        try file.save(tag, standardOutput: output.standardOutput)
    }

    private func tell(_ failure: TransferFailure, _ attempt: Attempt?) {
        // One line for all of them is enough, and comes at the end.
        if failure.isStoppedSibling {
            context.stoppedTransfers += 1
            return
        }
        if failure.isBrokenPipe {
            guard !context.hasToldOfBrokenPipe else { return }
            context.hasToldOfBrokenPipe = true
        }
        let subject = failure.namesURL ? "" : "\(shownURL(attempt)): "
        context.diagnostics.error(Int(failure.status.rawValue), subject + failure.text)
    }

    private func shownURL(_ attempt: Attempt?) -> String {
        TerminalText.shortened(
            (attempt?.url ?? (try? operation.plan.urls.parse(plan.url)))?.redacted
                ?? SecretRedactor.redact(url: plan.url))
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

/// Shows a proxy's answers to CONNECT where heads go.
@LoopActor
private final class TunnelHeads: TransferListener {
    private let operation: Operation
    private let output: TransferOutput
    private var url: HTTPURL?

    init(_ operation: Operation, _ output: TransferOutput) {
        self.operation = operation
        self.output = output
    }

    func hear(_ event: TransferEvent) {
        switch event.kind {
        case .hopBegan(let request): url = request.url
        case .connector(.tunnelAnswered(let head)):
            // A sink that cannot take it says so again with the next block.
            try? output.show(head, of: url, dumping: operation.headerDump)
        default: break
        }
    }
}
