/// Ends the waits of one task: whoever cancels the task cancels the token, too.
///
/// A wait without a token registers a cancellation handler with the runtime and takes it back afterwards. That costs time in
/// each small request, and memory in each task that waits. One task at a time waits with a token. The tasks that it starts
/// do not hear of the token.
@LoopActor
public final class CancellationToken {
    /// True from `cancel` on.
    public private(set) var isCancelled = false
    /// What the task waits on, or waited on last; a wait that is over is told apart by its epoch.
    private var wait: (suspension: Suspension, epoch: UInt32)?

    /// One that is not cancelled.
    public nonisolated init() {}

    /// Ends the wait that is under way with this token, and every later one as it begins. Cancels no task.
    public func cancel() {
        isCancelled = true
        if let wait { wait.suspension.wake(.cancelled, ifEpoch: wait.epoch) }
    }

    /// To be called before each wait with the token.
    func willWait(on suspension: Suspension, epoch: UInt32) {
        wait = (suspension, epoch)
    }
}
