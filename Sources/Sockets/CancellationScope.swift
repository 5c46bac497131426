/// Where a task that waits again and again hears of its cancellation, once for all of its waits.
///
/// A wait that listens by itself tells the runtime so and takes that back afterwards, which a small request feels. A scope
/// does it once, around many requests. One task waits in it at a time; tasks that this one starts listen for themselves.
///
///     await CancellationScope().run { scope in … try await transport.untilReadable(in: scope) … }
@LoopActor
public final class CancellationScope {
    /// True from the moment when the loop heard that the task was cancelled.
    public private(set) var isCancelled = false
    /// What the task waits on, or waited on last; a wait that is over is told apart by its epoch.
    private var wait: (suspension: Suspension, epoch: UInt32)?

    /// A scope that is not cancelled.
    public nonisolated init() {}

    /// Runs `body`, whose waits in this scope end when the task is cancelled.
    public func run<Result>(_ body: @LoopActor (CancellationScope) async -> Result) async -> Result {
        if Task.isCancelled { isCancelled = true }
        return await withTaskCancellationHandler {
            await body(self)
        } onCancel: {
            // Any thread: the loop sorts it out.
            EventLoop.shared.post(.callback { self.cancel() })
        }
    }

    /// Names what the task is about to wait on.
    func willWait(on suspension: Suspension, epoch: UInt32) {
        wait = (suspension, epoch)
    }

    private func cancel() {
        isCancelled = true
        if let wait { wait.suspension.wake(.cancelled, ifEpoch: wait.epoch) }
    }
}
