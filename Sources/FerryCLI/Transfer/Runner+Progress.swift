import Connector
import Glibc

// How a run shows its progress.
extension Runner {
    func beginProgress() {
        guard plan.run.progress == .auto, context.progress == nil else { return }
        lateProgress = LateProgress(context.messages) { [unowned self] in runningTransfers }
        lateProgress?.start()
    }

    func endProgress() {
        lateProgress?.stop()
        context.progress?.finish()
    }

    /// The transfers that have begun and are not over, in order. Those that wait for a service have notices of their own.
    private var runningTransfers: [Transfer] {
        workers.compactMap(\.transfer).filter { !$0.isOver && $0.waiting?.isOver ?? true }
            .sorted { $0.plan.number < $1.plan.number }
    }

    /// The signals that stop and continue the process. The display is cleared before the shell comes back, and drawn anew
    /// after that.
    var pauses: [CInt] { context.progress == nil ? [] : [SIGTSTP, SIGCONT] }

    func hear(_ number: CInt) {
        switch number {
        case SIGTSTP:
            context.progress?.suspend()
            EventLoop.shared.stopProcess()
        case SIGCONT: context.progress?.resume()
        default: stop(number)
        }
    }
}
