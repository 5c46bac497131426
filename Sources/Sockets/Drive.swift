/// What a machine waits for before its next step.
package enum Wait {
    /// Nothing: there is no next step, and the machine holds its result.
    case done
    /// A wake-up, the instant that `Suspension.arm(until:)` set, or the caller's cancellation.
    case sleep(Suspension)
    /// A call that suspends by itself. What it returns is how the wait ended.
    case call(@LoopActor () async -> Suspension.Outcome)

    /// A wake-up of `suspension`, which is armed for it, and no longer than `deadline`; nil = as long as it takes.
    @LoopActor
    package static func sleep(_ suspension: Suspension, until deadline: ContinuousClock.Instant?) -> Wait {
        suspension.arm(until: deadline)
        return .sleep(suspension)
    }

    /// The end of a task. A cancellation does not end this wait.
    package static func end(of task: Task<Void, Never>) -> Wait {
        .call {
            await task.value
            return .woken
        }
    }
}

/// Something that takes its steps on the loop and says after each what it waits for.
///
/// A machine holds its state in properties, so nothing of it is in the frame of the task that waits. Machines nest: an
/// outer one hands the `Wait` of an inner one on until that is `.done`.
package protocol Machine: AnyObject, Sendable {
    /// Takes the next step. `outcome` is how the last wait ended; the first step is told `.woken`.
    /// - Throws: what ends the machine; it is not asked again.
    @LoopActor func advance(after outcome: Suspension.Outcome) throws -> Wait
}

/// Runs `machine` until it is done. To be called on the loop, where it stays with its caller.
///
/// This is the one async frame of all that waits. It is not isolated, and each step enters the isolation without a switch
/// (see the article Performance, thunks and isolation).
/// - Parameters:
///   - machine: starts with its first step.
///   - token: ends the waits when it is cancelled; nil = the cancellation of the task ends them.
/// - Throws: what a step throws.
package nonisolated func drive(
    _ machine: any Machine, cancelledBy token: CancellationToken? = nil
) async throws {
    var outcome = Suspension.Outcome.woken
    while true {
        switch try step(machine, outcome) {
        case .done: return
        case .sleep(let suspension):
            if let token {
                outcome = await suspension.wait(cancelledBy: token)
            } else {
                outcome = await suspension.wait()
            }
        case .call(let body): outcome = await body()
        }
    }
}

/// One step. Never inlined, so that its variables are no part of the frame of `drive` (see the article Performance, frames).
@inline(never)
private nonisolated func step(_ machine: any Machine, _ outcome: Suspension.Outcome) throws -> Wait {
    try LoopActor.assumeIsolated((machine, outcome)) { (step) throws in try step.0.advance(after: step.1) }
}
