import Connector

extension Runner {
    /// How long transfers may be without an answer before idle connections make way for them.
    private static let patience = Duration.seconds(1)

    /// Begins to close idle connections when nothing moves: a server may have few slots, and one of the connections may
    /// have its slot under another name of the server.
    func watchIdle() {
        guard idleWatch == nil else { return }
        idleWatch = EventLoop.shared.start {
            while true {
                do { try await EventLoop.shared.sleep(until: .now + Self.patience) } catch { return }
                if self.isStuck(now: .now) { self.closeIdle() }
            }
        }
    }

    /// True when every transfer that runs has been without an answer for long.
    private func isStuck(now: ContinuousClock.Instant) -> Bool {
        let running = workers.compactMap(\.transfer)
        return !running.isEmpty
            && running.allSatisfy { $0.awaitsAnswer && now - $0.started >= Self.patience }
    }

    /// Closes all connections that are idle.
    func closeIdle() {
        for operation in operations { operation.connector.closeIdle() }
    }
}
