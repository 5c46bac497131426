import Connector

extension Runner {
    /// How long a transfer may be without an answer before idle connections make way for it.
    private static let patience = Duration.seconds(1)

    /// Closes idle connections when a transfer of a serial run gets no answer: its server may have few slots, and one of the
    /// connections may have its slot under another name of the server.
    func watchIdle() -> Task<Void, Never> {
        EventLoop.shared.start {
            while true {
                do { try await EventLoop.shared.sleep(until: .now + Self.patience) } catch { return }
                self.makeWay(now: .now)
            }
        }
    }

    private func makeWay(now: ContinuousClock.Instant) {
        guard let transfer = workers.first?.transfer, transfer.awaitsAnswer,
            now - transfer.started >= Self.patience
        else { return }
        closeIdle()
    }

    /// Closes all connections that are idle.
    func closeIdle() {
        for operation in operations { operation.connector.closeIdle() }
    }
}
