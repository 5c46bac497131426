internal import Sockets

/// Keeps one timer no later than the earliest idle deadline of a connector, and none while nothing is idle. One that fires
/// too early, because what was idle longest has been used since, is set anew.
@LoopActor
final class ExpiryTimer {
    private var timer: TimerHeap<EventLoop.Timer>.ID?
    private var isUnderReview = false

    nonisolated init() {}

    /// Looks at the connector's deadline at the end of the turn: in a busy connector, connections are idle for an
    /// instant again and again.
    func review(of connector: BaseConnector) {
        guard !isUnderReview else { return }
        isUnderReview = true
        EventLoop.shared.atEndOfTurn {
            self.isUnderReview = false
            self.set(for: connector)
        }
    }

    private func set(for connector: BaseConnector) {
        guard let deadline = connector.nextExpiry else { return stop() }
        guard timer == nil else { return }
        timer = EventLoop.shared.schedule(
            .callback { [weak self, weak connector] in
                self?.timer = nil
                connector?.closeExpired()
            }, at: deadline)
    }

    func stop() {
        guard let timer = timer.take() else { return }
        EventLoop.shared.cancel(timer)
    }
}
