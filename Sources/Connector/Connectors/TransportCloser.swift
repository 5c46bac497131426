internal import Sockets

/// Closes transports that hold no slot any more. TLS that is to wait for its peer does so in the background.
@LoopActor
final class TransportCloser {
    /// How long a TLS shutdown waits for its peer; zero = not at all.
    private let patience: Duration
    /// True when a shutdown whose time is up ends with a reset.
    private let cutsOff: Bool
    private var closing: [ObjectIdentifier: any Transport] = [:]
    /// Work beside the shutdowns that a close of the connector has to wait for.
    private var holds = 0
    private var sleepers: [Suspension] = []

    nonisolated init(_ options: BaseConnector.Options) {
        cutsOff = options.enableCleanupClosed
        patience = cutsOff ? min(options.tlsShutdownTimeout, .seconds(2)) : options.tlsShutdownTimeout
    }

    /// How many shutdowns wait for their peer.
    var count: Int { closing.count }

    /// Closes `transport` in order.
    func close(_ transport: any Transport) {
        let name = ObjectIdentifier(transport)
        guard closing[name] == nil else { return }
        guard patience > .zero, transport.isOpen, transport.isEncrypted else {
            transport.close(.default)
            return
        }
        let deadline = ContinuousClock.now + patience
        closing[name] = transport
        EventLoop.shared.start {
            await transport.shutdown(until: deadline)
            let isOverdue = self.cutsOff && deadline <= .now
            transport.close(isOverdue ? .abort : .default)
            self.closing[name] = nil
            self.wakeSleepers()
        }
    }

    /// Cuts the shutdowns under way short.
    func abort() {
        for transport in closing.values { transport.close(.abort) }
    }

    /// Counts work of the connector as one more shutdown, until `end`.
    func begin() {
        holds += 1
    }

    /// Ends what `begin` began.
    func end() {
        holds -= 1
        wakeSleepers()
    }

    /// Returns when no shutdown is under way. A cancelled caller leaves at once; the work goes on.
    func untilAllGone() async {
        while holds > 0 || !closing.isEmpty {
            let sleeper = Suspension()
            sleepers.append(sleeper)
            guard case .woken = await sleeper.wait() else { return }
        }
    }

    private func wakeSleepers() {
        guard holds == 0, closing.isEmpty else { return }
        let woken = sleepers
        sleepers = []
        for sleeper in woken { sleeper.wake() }
    }
}
