import Connector

/// Has the files that grow note once a second how far they are, for a run that may be killed. Sleeps while none does.
@LoopActor
final class PartTicker {
    private var outputs: [ObjectIdentifier: TransferOutput] = [:]
    private var ticking: Task<Void, Never>?

    func watch(_ output: TransferOutput) {
        outputs[ObjectIdentifier(output)] = output
        guard ticking == nil else { return }
        ticking = EventLoop.shared.start {
            while await self.isWanted() {
                for output in self.outputs.values { output.savePart() }
            }
        }
    }

    func forget(_ output: TransferOutput) { outputs[ObjectIdentifier(output)] = nil }

    /// The run is over.
    func stop() { ticking?.cancel() }

    /// Waits for a second; false when nothing grows any more.
    private func isWanted() async -> Bool {
        let goesOn = (try? await EventLoop.shared.sleep(until: .now + .seconds(1))) != nil
        guard goesOn, !outputs.isEmpty else {
            ticking = nil
            return false
        }
        return true
    }
}
