import Connector
import HTTPClient
import HTTPCore

/// One URL from its first request to its last byte, redirects and retries included: attempt after attempt, until one is
/// the last.
///
/// It never throws: an error is reported once, in one line, and gives the exit status of `result`.
@LoopActor
final class Transfer: Machine {
    let plan: TransferPlan
    let operation: Operation
    let context: RunContext
    let output: TransferOutput
    // Safe: it is changed in one place, once nothing is told any more.
    @exclusivity(unchecked) private var listeners: TransferListeners
    /// Counts what it comes to; nil = nobody asked, or it only probes on behalf of another transfer.
    private let statistics: StatisticsRecord?
    // Safe: who counts calls nothing that comes back to it.
    /// What is to be counted of it.
    @exclusivity(unchecked) private var tally = TransferTally()
    /// nil = as fast as it goes.
    let pace: RateLimiter?
    /// How it ended.
    private(set) var result = Result()
    /// The wait until its service is ready; nil = it does not wait.
    let waiting: Waiting?
    /// Cancelled when the transfer is to stop.
    let cancellation: CancellationToken
    /// What its attempts have in common.
    private(set) var tries: Tries
    /// Hashes the body; nil = no checksum was asked for.
    let checks: BodyChecks?
    private var state = State.begun

    private enum State {
        /// May wait for files that it needs → attempting, delivering, over.
        case begun
        /// → resting, pausing, holding, delivering, over.
        case attempting(Attempt)
        /// Waits before it asks again whether its service is ready → attempting, over.
        case pausing
        /// Its answer is complete. Waits until all others are ready → resting, delivering, over.
        case holding(Attempt, TransferFailure?)
        /// Ends before it began → delivering, over.
        case givenUp(TransferFailure?)
        case over
        /// Waits for a slow reader of its output. The failure is that of the transfer itself → over.
        case delivering(TransferFailure?)
        /// Waits before another attempt; the failure is why there is one, nil = the answer's status → attempting, over.
        case resting(TransferFailure?)
    }

    /// The attempts until now, and what the next one goes by.
    struct Tries {
        let started: ContinuousClock.Instant
        var retries = 0
        /// The beginning of the body that the next attempt goes on with; nil = it begins at the first byte.
        var held: HeldBody?
        /// The value of `Idempotency-Key`, the same for all attempts; nil = the field is not sent.
        let idempotencyKey: String?
    }

    /// How a transfer ended.
    struct Result {
        var status = ExitStatus.success
        /// Nothing that is still to come can be written.
        var endsRun = false
        /// The expectations that did not hold; nil = they were not judged.
        var failures: [ExpectationFailure]?
        /// How far the body was; nil = there was none.
        var figures: BodyFigures?
    }

    init(
        _ plan: TransferPlan, operation: Operation, context: RunContext,
        cancellation: CancellationToken,
        sink: StdoutSink?, waiting: Waiting? = nil
    ) {
        let now = Moment.now
        self.waiting = waiting
        self.plan = plan
        self.operation = operation
        self.context = context
        self.cancellation = cancellation
        output = TransferOutput(plan, operation.plan, context, sink)
        pace = operation.plan.limitRate.map { RateLimiter(bytesPerSecond: $0, now: .now) }
        let checksums = operation.plan.checksums
        checks =
            checksums.isEmpty
            ? nil : BodyChecks(checksums, sumsOfURLs: operation.sums, outputNumber: plan.outputNumber)
        tries = Tries(
            started: now.instant,
            idempotencyKey: operation.plan.request.idempotencyKey.map { $0.text ?? RandomIdentifier.uuid() })
        let isProbeOnly = waiting?.isProbeOnly ?? false
        let beginning = waiting == nil && operation.slowFiles == nil ? now : nil
        listeners = TransferListeners(
            plan, operation, context, output, isProbeOnly: isProbeOnly, beginning: beginning)
        statistics = isProbeOnly ? nil : context.statistics
        tally.start = beginning?.nanoseconds
    }

    var started: ContinuousClock.Instant { tries.started }
    var events: TransferEvents? { listeners.events }
    var watch: ExpectationWatch? { listeners.watch }
    var recorder: ReportRecorder? { listeners.recorder }
    var attempts: AttemptRecorder? { listeners.attempts }

    func advance(after outcome: Suspension.Outcome) -> Wait {
        var outcome = outcome
        while true {
            switch state {
            case .begun:
                if let wait = waitForFiles(outcome) { return wait }
                do {
                    try operation.begin()
                    if let reason = try reasonToSkip() { return skip(reason) }
                    try output.claimName()
                    try beginAttempt()
                } catch {
                    return finish(TransferFailure(error), nil)
                }
            case .resting(let failure):
                guard outcome == .timedOut else {
                    return finish(failure ?? TransferFailure(CancellationError()), nil)
                }
                tries.retries += 1
                do { try beginAttempt() } catch { return finish(TransferFailure(error), nil) }
            case .pausing:
                guard outcome == .timedOut else { return finish(TransferFailure(CancellationError()), nil) }
                do { try beginAttempt() } catch { return finish(TransferFailure(error), nil) }
            case .holding(let attempt, let failure):
                state = .over
                defer { attempt.end() }
                guard outcome == .woken else { return finish(TransferFailure(CancellationError()), attempt) }
                return conclude(attempt, failure)
            case .givenUp(let failure):
                state = .over
                return finish(failure, nil)
            case .attempting(let attempt):
                var problem: (any Error)?
                do {
                    let wait = try attempt.advance(after: waiting == nil ? outcome : heardByProbe(outcome))
                    guard case .done = wait else { return waiting == nil ? wait : boundedByProbe(wait) }
                } catch {
                    problem = error
                }
                state = .over
                let wait = end(attempt, problem)
                if case .holding = state { return wait }
                attempt.end()
                return wait
            case .delivering(let failure): return deliver(failure, outcome)
            case .over: preconditionFailure("a transfer that is over goes on")
            }
            outcome = .woken
        }
    }

    /// Waits for files that come from a pipe; nil = all are read.
    private func waitForFiles(_ outcome: Suspension.Outcome) -> Wait? {
        guard let reading = operation.slowFiles?.reading() else { return nil }
        switch outcome {
        case .woken: return .sleep(reading, until: operation.plan.maxTime.map { started + $0 })
        case .timedOut:
            return finish(
                TransferFailure(
                    .timedOut,
                    "timed out while reading what the transfer needs, from a pipe that nobody ended"),
                nil)
        case .cancelled, .closed: return finish(TransferFailure(CancellationError()), nil)
        }
    }

    /// It begins, to keep to a rate of starts: so much later than it should.
    func begin(late: Duration, waited: Duration) {
        statistics?.begin(&tally, late: late)
        events?.tell(.scheduled(late: late, waited: waited))
    }

    /// One of its requests waited for its turn. The first, where starts are not planned, begins the transfer.
    func waitedForTurn(_ waited: Duration, isFirst: Bool) {
        if isFirst, !(context.plan.pace?.plansStarts ?? false) { return begin(late: .zero, waited: waited) }
        events?.tell(.scheduled(late: .zero, waited: waited))
    }

    private func beginAttempt() throws {
        if let waiting, !waiting.isOver { waiting.beginProbe() }
        statistics?.beginAttempt(&tally)
        events?.attemptBegan()
        state = .attempting(try Attempt(self))
    }

    /// Ends an attempt: with the pause before the next one, or for good.
    private func end(_ attempt: Attempt, _ problem: (any Error)?) -> Wait {
        // A host that was not reached is told of all the same.
        if problem != nil { statistics?.move(&tally, to: attempt.url) }
        let failure =
            problem.map { TransferFailure(cancellation.isCancelled ? CancellationError() : $0) }
            ?? attempt.statusFailure
        if let waiting, let wait = goOnWaiting(waiting, after: failure, attempt) { return wait }
        return conclude(attempt, failure)
    }

    /// Decides what follows an attempt while its service or that of others is not ready; nil = all are, or it need not wait.
    private func goOnWaiting(
        _ waiting: Waiting, after failure: TransferFailure?, _ attempt: Attempt
    ) -> Wait? {
        switch order(after: failure, attempt) {
        case .giveUp(let problem): return finish(TransferFailure(.notReady, problem), attempt)
        case .ask(let next):
            do { try forgetProbe(attempt) } catch { return finish(TransferFailure(error), attempt) }
            state = .pausing
            return .sleep(Suspension(), until: next)
        case .done where waiting.isForEnd: return finish(nil, nil)
        case .done, nil:
            guard waiting.isOver, !waiting.isProbeOnly, !cancellation.isCancelled,
                let others = waiting.othersAreReady
            else { return nil }
            state = .holding(attempt, failure)
            return .sleep(others)
        }
    }

    /// Forgets what a probe wrote. What an earlier run left stays for the next one if nothing came behind it.
    private func forgetProbe(_ attempt: Attempt) throws {
        tries.held = attempt.delivers ? nil : attempt.held
        if tries.held == nil { try output.takeBack(withHeads: true) }
    }

    /// Ends an attempt that is no probe: with a retry, or with the end of the transfer.
    private func conclude(_ attempt: Attempt, _ failure: TransferFailure?) -> Wait {
        let wrong = failure == nil ? retriedExpectation(attempt) : nil
        let decision = wrong?.decision ?? retryDecision(after: failure, attempt)
        guard case .retry(let pause) = decision else {
            var failure = failure
            if case .windowEnds(let pause) = decision, let cause = failure {
                failure?.text = "\(cause.text); \(Self.beyondWindow(pause))"
            }
            return finish(failure, attempt)
        }
        do {
            guard attempt.upload?.source.canRewind ?? true else {
                // What was read of a stream is gone, and a request without it would send the wrong body.
                throw HTTPClientError.cannotRewind
            }
            tries.held = wrong == nil ? heldBody(after: failure, attempt) : nil
            if tries.held == nil { try output.takeBack() }
        } catch {
            return finish(failure ?? TransferFailure(error), attempt)
        }
        announceRetry(wrong?.failure ?? failure, attempt, pause)
        state = .resting(failure)
        return .sleep(Suspension(), until: .now + pause)
    }

    // MARK: What is counted

    var isCounted: Bool { statistics != nil }
    func count(_ times: ConnectionTimes, to url: HTTPURL) { statistics?.waited(times, for: url, &tally) }
    func countRequest(to url: HTTPURL, isReused: Bool) {
        statistics?.begin(&tally, to: url, isReused: isReused)
    }
    func count(_ figures: ExchangeFigures) { statistics?.end(&tally, figures) }

    // MARK: End

    /// Ends it before it began, with the failure of its probe, or without one where nothing is left to do. The next
    /// `advance` carries that out.
    func giveUp(_ failure: TransferFailure?) { state = .givenUp(failure) }

    var isOver: Bool { if case .over = state { true } else { false } }

    /// Whether its request under way waits for an answer.
    var awaitsAnswer: Bool {
        guard case .attempting(let attempt) = state else { return false }
        return attempt.awaitsAnswer
    }

    /// How far the body is; nil = there is none yet.
    var bodyFigures: BodyFigures? {
        guard case .attempting(let attempt) = state else { return result.figures }
        return attempt.hop?.figures
    }

    /// Puts the output in its place and reports the failure. `attempt` is the last one; nil = there was none.
    private func finish(_ failure: TransferFailure?, _ attempt: Attempt?) -> Wait {
        var failure = failure
        output.standardOutput?.mayBeTakenBack = false
        result.figures = attempt?.hop?.figures
        // Where it, or another one, is not ready in time, nothing is delivered.
        let mayDeliver = waiting?.mayDeliver ?? true
        if !mayDeliver, let attempt { try? forgetProbe(attempt) }
        let isLive = mayDeliver && failure.map { hasEndedStream($0, attempt) } ?? false
        do {
            try keepOutput(failure, attempt, isLive: isLive)
        } catch {
            failure = failure ?? TransferFailure(error)
        }
        if let plain = failure?.text { failure?.text = context.secrets.sentence(withAttempts(plain)) }
        if failure?.isStoppedSibling ?? false, context.shouldStop() { failure?.text = "stopped by a signal" }
        if let failure {
            if !failure.isInterrupted { tell(failure, attempt) }
        } else if !operation.expectations.isEmpty {
            result.failures = judge(attempt)
            let wrong = (result.failures ?? []).map { TransferFailure(.notAsExpected, $0.text) }
            for problem in wrong { tell(problem, attempt) }
            failure = wrong.first
            failure?.text = wrong.map(\.text).joined(separator: "; ")
        }
        if let notice = output.keptNotice { context.warnOfPart(notice) }
        if isLive, let name = output.fileName {
            context.warnOfPart("\(name) has what came until then: how long it is meant to be is not known")
        }
        if let progress = context.progress, failure == nil {
            progress.settle(plan.number, path: writtenFile, verdict: checks?.verdict)
        }
        if failure != nil, let events, !events.hasAsked, let url = attempt?.url ?? firstURL {
            events.gaveUp(on: url)
        }
        tellEnd(failure)
        // Even if a report fails, standard output has to be passed on to those who wait for it.
        if failure == nil {
            do { try printChecksum() } catch { failure = writing(error, failure, attempt) }
        }
        do { try writeReport(failure) } catch { failure = writing(error, failure, attempt) }
        do { try output.close() } catch { failure = writing(error, failure, attempt) }
        return deliver(failure, .woken)
    }

    /// What would have been asked for first; nil = what was typed is no URL.
    private var firstURL: HTTPURL? {
        (try? operation.firstURL(of: plan, nil)) ?? (try? operation.urls.parse(plan.url))
    }

    private func tellEnd(_ failure: TransferFailure?) {
        let code = failure?.status.rawValue ?? 0
        statistics?.end(tally, code: code)
        events?.ended(failure?.text, code: code)
    }

    /// Ends it without a request, because what it is for is there already.
    private func skip(_ reason: String) -> Wait {
        waiting?.skip()
        let url = try? operation.urls.parse(plan.url)
        statistics?.skip(&tally, url)
        events?.tell(.skipped(url, reason: reason))
        tellEnd(nil)
        var failure: TransferFailure?
        do { try printChecksum() } catch { failure = writing(error, failure, nil) }
        do { try writeReport(failure, skipped: reason) } catch { failure = writing(error, failure, nil) }
        do { try output.close() } catch { failure = writing(error, failure, nil) }
        return deliver(failure, .woken)
    }

    /// Waits until the readers of the output have taken everything, until the deadline at the longest.
    private func deliver(_ failure: TransferFailure?, _ outcome: Suspension.Outcome) -> Wait {
        var failure = failure
        if outcome != .woken {
            let late = OutputError(.write, output.delivering?.name ?? "standard output", .noReader)
            output.abandon()
            let reason = TransferFailure(outcome == .cancelled ? CancellationError() : late as any Error)
            if failure == nil { tell(reason, nil) }
            failure = failure ?? reason
        } else if output.delivering != nil {
            // Made anew for each wait, so that a late wake-up of an earlier one does not count.
            let change = Suspension()
            output.onChange { change.wake() }
            state = .delivering(failure)
            return .sleep(change, until: output.deadline)
        } else if failure == nil, case .delivering = state,
            let broken = output.deliveryFailure.map(TransferFailure.init)
        {
            if !broken.isInterrupted { tell(broken, nil) }
            failure = broken
        }
        state = .over
        listeners.end(context.records)
        result.status = failure?.status ?? .success
        result.endsRun = failure.map { $0.isBrokenPipe || $0.isInterrupted } ?? false
        return .done
    }

    /// The failure of a transfer whose last writes failed with `error`: its own, if it had one.
    private func writing(
        _ error: any Error, _ failure: TransferFailure?, _ attempt: Attempt?
    ) -> TransferFailure {
        if let failure { return failure }
        let writing = TransferFailure(error)
        if !writing.isInterrupted { tell(writing, attempt) }
        return writing
    }

    private func keepOutput(_ failure: TransferFailure?, _ attempt: Attempt?, isLive: Bool) throws {
        let hop = attempt?.hop
        let isErrorPage =
            failure?.status == .httpError && operation.plan.fail == .withBody && attempt?.statusFailure != nil
        // A checksum is of another body than that of an error.
        let isWrong = failure?.status == .checksumDiffers || isErrorPage && checks?.decidesName ?? false
        // `--fail-with-body` keeps the body, and a resumed file keeps what it has.
        let isKept =
            failure == nil || isLive
            || isErrorPage && !operation.plan.output.removesOnError && !isWrong
        var isUnmodified = hop?.head?.status == 304
        if case .discard(.end(.unmodified)) = hop?.decision { isUnmodified = true }
        try output.end(
            keeps: isKept, part: isWrong ? .nothing : failure?.keptPart ?? .nothing, removesWrong: isWrong,
            notes: hop.flatMap { fileNotes(of: $0) }, makesEmptyFile: !isUnmodified && attempt != nil)
        // A tag is kept only with the body that it belongs to.
        guard failure == nil, let file = operation.etagFile, let hop, let head = hop.head else { return }
        if case .discard(.end(.unmodified)) = hop.decision { return }
        guard (200..<300).contains(head.status) || head.status == 304,
            let tag = head.firstField("ETag")?.valueBytes, !tag.isEmpty
        else { return }
        try file.save(Array(tag), standardOutput: output.standardOutput)
    }

    private func tell(_ failure: TransferFailure, _ attempt: Attempt?) {
        if let waiting, waiting.isProbeOnly {
            waiting.failure = failure
            return
        }
        // The end of the run tells of all of them in one line.
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

    func shownURL(_ attempt: Attempt?) -> String {
        TerminalText.shortened(
            context.secrets.url(
                typed: (attempt?.url ?? (try? operation.plan.urls.parse(plan.url)))?.description ?? plan.url))
    }
}
