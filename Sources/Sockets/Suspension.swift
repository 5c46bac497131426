/// A place where one task at a time sleeps on the loop until it is woken, cancelled, or out of time.
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
    }

    private var continuation: UnsafeContinuation<Outcome, Never>?
    private var epoch: UInt32 = 0
    private var timer: TimerHeap<EventLoop.Timer>.ID?

    package nonisolated init() {}

    /// True while a task sleeps here.
    package var isOccupied: Bool { continuation != nil }

    /// Sleeps until `wake`, cancellation or `deadline` (nil = none), whichever is first.
    ///
    /// A task that is already cancelled does not sleep. Two waits at once are a programming error.
    package func wait(until deadline: ContinuousClock.Instant? = nil) async -> Outcome {
        if Task.isCancelled { return .cancelled }
        precondition(continuation == nil, "two tasks wait on one suspension")
        epoch &+= 1
        let epoch = epoch
        if let deadline { timer = EventLoop.shared.schedule(.suspension(self, epoch), at: deadline) }
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation = $0 }
        } onCancel: {
            // Any thread, and before or after the continuation is stored: the loop sorts it out.
            EventLoop.shared.post(.cancellation(self, epoch))
        }
    }

    /// Ends the wait that is under way, if one is; returns whether there was one.
    @discardableResult
    package func wake(_ outcome: Outcome = .woken) -> Bool {
        guard let sleeper = continuation else { return false }
        continuation = nil
        if let timer {
            EventLoop.shared.cancel(timer)
            self.timer = nil
        }
        sleeper.resume(returning: outcome)
        return true
    }

    func wake(_ outcome: Outcome, ifEpoch expected: UInt32) {
        guard epoch == expected else { return }
        if case .timedOut = outcome { timer = nil }
        wake(outcome)
    }
}
