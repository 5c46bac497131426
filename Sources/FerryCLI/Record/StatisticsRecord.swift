import Connector
import HTTPClient
import HTTPCore

/// `--stats`: counts what happens to the transfers of a run, and tells it in the end.
@LoopActor
final class StatisticsRecord: TransferCounter {
    // Safe: its methods count, and call nothing that comes back to it.
    @exclusivity(unchecked) private var statistics = Statistics()
    private let clock: RunClock
    private let secrets: Secrets
    /// Most often the next request goes where the last one went.
    private var lastHost: (url: HTTPURL, place: Int)?

    init(_ clock: RunClock, _ secrets: Secrets) {
        self.clock = clock
        self.secrets = secrets
    }

    /// What was counted until now.
    func report(_ connectors: [ConnectorStatistics.Totals]) -> StatisticsReport {
        StatisticsReport(
            statistics: statistics, microseconds: clock.microseconds(.now), connectors: connectors)
    }

    // MARK: Counting

    func place(of url: HTTPURL) -> Int {
        if let lastHost, lastHost.url.isSibling(of: url) { return lastHost.place }
        let host = url.socketPath ?? "\(url.host):\(url.effectivePort)"
        let place = statistics.place(of: secrets.text(host))
        lastHost = (url, place)
        return place
    }

    func spent(_ nanoseconds: Int, on step: TransferTally.Step, at place: Int?) {
        guard let place else { return }
        statistics.count(at: place) { counts in
            switch step {
            case .queue: counts.queue.record(nanoseconds / 1000)
            case .connect: counts.connect.record(nanoseconds / 1000)
            }
        }
    }

    func begin(at place: Int, isReused: Bool) { statistics.begin(at: place, isReused: isReused) }

    func end(at place: Int, isKept: Bool) { statistics.end(at: place, isKept: isKept) }

    func count(_ answers: TransferTally.Answers, at place: Int) {
        statistics.count(at: place) { $0.add(answers) }
    }

    func count(
        _ tally: borrowing TransferTally, _ answers: TransferTally.Answers, at place: Int?, code: CInt,
        end: Moment
    ) {
        // One whose URL could not even be read belongs to no host.
        let place = place ?? statistics.place(of: "(none)")
        let start = tally.start ?? end.nanoseconds
        let total = (end.nanoseconds - start) / 1000
        let first = tally.firstByte.map { ($0 - start) / 1000 }
        let (isCold, isSkipped) = (tally.isCold, tally.isSkipped)
        statistics.count(at: place) { counts in
            counts.add(answers)
            counts.transfers += 1
            if isSkipped { counts.skipped += 1 }
            if code != 0 { counts.failures[code, default: 0] += 1 }
            guard let first else { return }
            counts.firstByte.record(first)
            if isCold { counts.cold.record(total) } else { counts.warm.record(total) }
        }
    }
}

extension Statistics.Counts {
    fileprivate mutating func add(_ answers: TransferTally.Answers) {
        receivedBytes += answers.received
        sentBytes += answers.sent
        if let status = answers.status { answered(status) }
    }
}
