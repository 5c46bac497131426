/// A place where one task at a time sleeps on the loop until it is woken, cancelled, or out of time.
///
/// A wake is never lost between the moment when the sleeper decides to sleep and the moment when it does. There can be
/// other jobs in between: a task that does not prefer the loop as its executor is queued anew at every call of an
/// isolated function. So a new suspension, and one that was armed again, remembers the first wake until `wait` fetches it.
///
/// One object serves any number of waits one after another without allocating again. The epoch tells the waits apart:
/// a cancellation or timer that belonged to an earlier wait finds another number and does nothing.
@LoopActor
package final class Suspension {
    /// Why a wait ended.
    package enum Outcome: Sendable {
        /// `wake()` was called.
        case woken
        /// The deadline passed first.
        case timedOut
        /// The waiting task was cancelled.
        case cancelled
        /// What was waited for is closed and will not come.
        case closed

        /// Why the wait ended if not by a wake-up.
        package var error: WaitError? {
            switch self {
            case .woken: nil
            case .timedOut: .timedOut
            case .cancelled: .cancelled
            case .closed: .closed
            }
        }

        /// Returns when the wait ended by a wake-up.
        /// - Throws: why it ended otherwise.
        package func get() throws(WaitError) {
            if let error { throw error }
        }
    }

    private enum State {
        /// Nobody sleeps or is about to; wakes are ignored. Goes to `armed`.
        case idle
        /// A sleeper is on its way. Goes to `woken` or `asleep`.
        case armed
        /// Woken before the sleeper slept. Goes to `idle`, or to `armed` when the wake does not matter any more.
        case woken(Outcome)
        /// Goes to `idle`.
        case asleep(UnsafeContinuation<Outcome, Never>)
    }

    private var state = State.armed
    private var epoch: UInt32 = 0
    private var timer: TimerHeap<EventLoop.Timer>.ID?

    /// Makes one that is armed.
    package nonisolated init() {}

    /// True while a task sleeps here.
    package var isOccupied: Bool {
        if case .asleep = state { true } else { false }
    }

    /// Forgets a wake nobody fetched and remembers the next one until `wait`.
    ///
    /// To be called without a suspension point after the decision to wait, for one that has served a wait before.
    package func arm() {
        if case .asleep = state { preconditionFailure("two tasks wait on one suspension") }
        state = .armed
        epoch &+= 1
    }

    /// As `arm()` for a wait that is to end at `deadline`; nil = it ends when it is woken.
    package func arm(until deadline: ContinuousClock.Instant?) {
        arm()
        stopTimer()
        guard let deadline else { return }
        timer = EventLoop.shared.schedule(.suspension(self, epoch), at: deadline)
    }

    /// Sleeps until `wake` or cancellation, whichever is first.
    ///
    /// A wake that was remembered wins and is returned at once; else a task that is already cancelled does not sleep.
    /// Two waits at once are a programming error. To be called on the loop. It is not isolated, because each call of
    /// an isolated function asks the runtime for its executor twice (see the article Performance, thunks and
    /// isolation).
    package nonisolated func wait() async -> Outcome {
        switch LoopActor.assumeIsolated(self, { $0.begin() }) {
        case .over(let outcome): outcome
        case .sleep(let epoch): await sleep(epoch)
        }
    }

    /// As `wait()`, and no longer than `deadline`.
    package nonisolated func wait(until deadline: ContinuousClock.Instant?) async -> Outcome {
        guard let deadline else { return await wait() }
        switch LoopActor.assumeIsolated(self, { $0.begin() }) {
        case .over(let outcome): return outcome
        case .sleep(let epoch):
            LoopActor.assumeIsolated {
                timer = EventLoop.shared.schedule(.suspension(self, epoch), at: deadline)
            }
            return await sleep(epoch)
        }
    }

    /// As `wait()`, where `token` ends the wait in place of the cancellation of the task.
    package nonisolated func wait(cancelledBy token: CancellationToken) async -> Outcome {
        switch LoopActor.assumeIsolated((self, token), { $0.0.begin(cancelledBy: $0.1) }) {
        case .over(let outcome): outcome
        case .sleep:
            await withUnsafeContinuation { sleeper in
                LoopActor.assumeIsolated((self, sleeper)) { $0.0.park($0.1) }
            }
        }
    }

    private enum Beginning {
        case over(Outcome)
        case sleep(UInt32)
    }

    private func begin() -> Beginning {
        begin(isCancelled: Task.isCancelled)
    }

    private func begin(cancelledBy token: CancellationToken) -> Beginning {
        let beginning = begin(isCancelled: token.isCancelled)
        if case .sleep(let epoch) = beginning { token.willWait(on: self, epoch: epoch) }
        return beginning
    }

    private func begin(isCancelled: Bool) -> Beginning {
        switch state {
        case .woken(let outcome):
            state = .idle
            return .over(outcome)
        case .armed: break
        case .idle, .asleep: arm()
        }
        guard isCancelled else { return .sleep(epoch) }
        state = .idle
        stopTimer()
        return .over(.cancelled)
    }

    private func sleep(_ epoch: UInt32) async -> Outcome {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { park($0) }
        } onCancel: {
            // Any thread, and before or after the continuation is stored: the loop sorts it out.
            EventLoop.shared.post(.cancellation(self, epoch))
        }
    }

    private func park(_ sleeper: UnsafeContinuation<Outcome, Never>) {
        if case .woken(let outcome) = state {
            state = .idle
            sleeper.resume(returning: outcome)
        } else {
            state = .asleep(sleeper)
        }
    }

    /// Ends the wait that is under way or about to be, if one is; returns whether there was one. Only the first wake of
    /// a wait counts, and a sleeper that it was reported for gets its outcome even when it is cancelled meanwhile.
    @discardableResult
    package func wake(_ outcome: Outcome = .woken) -> Bool {
        switch state {
        case .idle, .woken: return false
        case .armed: state = .woken(outcome)
        case .asleep(let sleeper):
            state = .idle
            sleeper.resume(returning: outcome)
        }
        stopTimer()
        return true
    }

    private func stopTimer() {
        guard let timer = timer.take() else { return }
        EventLoop.shared.cancel(timer)
    }

    func wake(_ outcome: Outcome, ifEpoch expected: UInt32) {
        guard epoch == expected else { return }
        if case .timedOut = outcome { timer = nil }
        wake(outcome)
    }
}
