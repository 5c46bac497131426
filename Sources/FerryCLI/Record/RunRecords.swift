import Connector
import HTTPClient

/// The records of a run: those who listen to its transfers, and what they write in the end. Exists only where one was
/// asked for.
@LoopActor
final class RunRecords {
    private let events: EventLog?
    private let har: HARFile?
    /// Counts what transfers come to; nil = nobody asked.
    let statistics: StatisticsRecord?
    /// By which events are heard of: of many transfers at once there is much to hear.
    private let queue: EventQueue?
    /// What told the queue, and nobody else, of transfers that are over. It serves the next ones.
    // Safe: it is changed in two places, which call nothing meanwhile.
    @exclusivity(unchecked) private var idle: [TransferEvents] = []
    private let statisticsFile: RecordFile?
    private let showsStatistics: Bool
    private let showsTiming: Bool
    private let timingPage: TimingPage?
    private let clock: RunClock
    private let secrets: Secrets
    private let columns: Int
    private let say: (String) -> Void
    private let failures: Failures

    private final class Failures {
        var hasAny = false
    }

    /// Opens what is written while the run lasts. `say` prints what is for people, in so many columns; `tell` is called for
    /// each record that can no longer be written.
    init(
        _ settings: RecordSettings, secrets: Secrets, temporaryFiles: TemporaryFiles, streams: OutputStreams,
        shouldStop: @escaping () -> Bool, columns: Int, say: @escaping (String) -> Void,
        tell: @escaping (OutputError) -> Void
    ) throws(OutputError) {
        let clock = RunClock(start: .now)
        (self.clock, self.secrets, self.columns, self.say) = (clock, secrets, columns, say)
        let failures = Failures()
        self.failures = failures
        func fail(_ error: OutputError) {
            failures.hasAny = true
            tell(error)
        }
        func file(_ target: RecordTarget) -> RecordFile {
            RecordFile(target, temporaryFiles: temporaryFiles, streams: streams, fail: fail)
        }
        events = try settings.events.map { (target) throws(OutputError) in
            EventLog(
                try LineLog(target, streams: streams, shouldStop: shouldStop, fail: fail), secrets: secrets,
                clock: clock)
        }
        har = settings.har.map { target in
            HARFile(
                file(target), bodies: settings.harBodies ?? .none, secrets: secrets, clock: clock,
                version: Ferry.version)
        }
        let counts = settings.showsStatistics || settings.statistics != nil
        statistics = counts ? StatisticsRecord(clock, secrets) : nil
        queue = events?.makeQueue()
        statisticsFile = settings.statistics.map(file)
        showsStatistics = settings.showsStatistics
        showsTiming = settings.showsTiming
        timingPage = settings.timing.map { TimingPage(file($0)) }
        hasListeners = queue != nil || har != nil || showsTiming || timingPage != nil
    }

    /// False where nobody hears of a transfer, but it is counted at most.
    let hasListeners: Bool

    /// Adds those who hear of one more transfer.
    func addListeners(to listeners: inout ListenerList, transfer: Int) {
        if let queue { listeners.append(queue, transfer: transfer) }
        if let har { listeners.append(har.makeListener()) }
        if let timeline = makeTimeline() { listeners.append(timeline) }
    }

    /// What tells the records of a transfer of which nobody else hears.
    func makeEvents(
        transfer: Int, numbers: @autoclosure () -> ConnectionNumbers, beginning: Moment?
    ) -> TransferEvents? {
        guard hasListeners else { return nil }
        if let events = idle.popLast() {
            events.begin(transfer: transfer, beginning: beginning)
            return events
        }
        var listeners = ListenerList([])
        addListeners(to: &listeners, transfer: transfer)
        return TransferEvents(
            transfer: transfer, listeners: listeners, numbers: numbers(), beginning: beginning)
    }

    /// Takes `events`, which `makeEvents` made for a transfer that is over, to serve another one.
    func keep(_ events: inout TransferEvents?) {
        // Others than the queue hear of one transfer only. Something that was left behind may still tell of this one.
        guard har == nil, !showsTiming, timingPage == nil, isKnownUniquelyReferenced(&events),
            let kept = exchange(&events, with: nil)
        else { return }
        idle.append(kept)
    }

    private func makeTimeline() -> (any TransferListener)? {
        guard showsTiming || timingPage != nil else { return nil }
        return TimelineRecorder(clock, secrets: secrets) { timeline in
            self.timingPage?.add(timeline)
            if self.showsTiming { self.say(TimelineText(columns: self.columns).text(of: timeline)) }
        }
    }

    /// False where no further transfer is to begin before there is room for its lines.
    var hasRoom: Bool { events?.hasRoom ?? true }

    /// Waits until there is room for the lines of another transfer.
    /// - Returns: false when the run has ended meanwhile.
    func makeRoom() async -> Bool { await events?.makeRoom() ?? true }

    /// Ends all records.
    /// - Returns: false when one could not be written.
    func finish(_ summary: RunSummary) -> Bool {
        queue?.deliver()
        events?.finish(summary)
        har?.finish()
        timingPage?.finish()
        if let statistics {
            let report = statistics.report(summary.connectors)
            if showsStatistics { say(report.text) }
            statisticsFile?.write(report.json)
            statisticsFile?.finish()
        }
        return !failures.hasAny
    }
}
