/// Where a task that waits again and again hears of its cancellation: from whoever cancels it, who says so here as well.
///
/// A wait that listens by itself tells the runtime so and takes that back afterwards, which a small request feels, and
/// the listening takes memory in every task that waits. One task waits in a scope at a time; tasks that it starts listen
/// for themselves, and so does every other wait.
@LoopActor
public final class CancellationScope {
    /// True from `cancel` on.
    public private(set) var isCancelled = false
    /// What the task waits on, or waited on last; a wait that is over is told apart by its epoch.
    private var wait: (suspension: Suspension, epoch: UInt32)?

    /// A scope that is not cancelled.
    public nonisolated init() {}

    /// Ends the wait that is under way in this scope, and every later one as it begins. Cancels no task.
    public func cancel() {
        isCancelled = true
        if let wait { wait.suspension.wake(.cancelled, ifEpoch: wait.epoch) }
    }

    /// Names what the task is about to wait on.
    func willWait(on suspension: Suspension, epoch: UInt32) {
        wait = (suspension, epoch)
    }
}
