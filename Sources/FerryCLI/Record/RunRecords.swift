import Connector
import HTTPClient

/// The records of a run: those who listen to its transfers, and what they write in the end. Exists only where one was
/// asked for.
@LoopActor
final class RunRecords {
    private let events: EventLog?
    private let failures: Failures

    private final class Failures {
        var hasAny = false
    }

    /// Opens what is written while the run lasts. `tell` is called for each record that can no longer be written.
    init(
        _ settings: RecordSettings, secrets: Secrets, shouldStop: @escaping () -> Bool,
        tell: @escaping (OutputError) -> Void
    ) throws(OutputError) {
        let clock = RunClock(start: .now)
        let failures = Failures()
        events = try settings.events.map { (target) throws(OutputError) in
            EventLog(
                try LineLog(target, shouldStop: shouldStop) { error in
                    failures.hasAny = true
                    tell(error)
                }, secrets: secrets, clock: clock)
        }
        self.failures = failures
    }

    /// Those who hear of one more transfer.
    func makeListeners() -> [any TransferListener] {
        [events?.makeListener()].compactMap(\.self)
    }

    /// Waits until there is room for the lines of another transfer.
    /// - Returns: false when the run has ended meanwhile.
    func makeRoom() async -> Bool { await events?.log.makeRoom() ?? true }

    /// Ends all records.
    /// - Returns: false when one could not be written.
    func finish(_ summary: RunSummary) -> Bool {
        events?.finish(summary)
        return !failures.hasAny
    }
}
