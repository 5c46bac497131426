import Connector
import Glibc

// What a run does for those who watch it.
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

    /// Those that have begun and are not over, in order. What waits until a service is ready has notices of its own.
    private var runningTransfers: [Transfer] {
        workers.compactMap(\.transfer).filter { !$0.isOver && $0.waiting?.isOver ?? true }
            .sorted { $0.plan.number < $1.plan.number }
    }

    /// Signals that stop the process and let it go on. What is drawn has to go before the shell comes back, and where it was is
    /// not known after that.
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
