import Connector
import HTTPClient
import HTTPCore

/// `--stats`: counts what becomes of the transfers of a run, and tells it in the end. Each transfer has a tally, with which
/// it comes here.
@LoopActor
final class StatisticsRecord {
    // Safe: its methods count, and call nothing that comes back to it.
    @exclusivity(unchecked) private var statistics = Statistics()
    private let clock: RunClock
    private let secrets: Secrets
    /// Most often the next request goes where the last one went.
    private var lastURL: HTTPURL?
    private var lastPlace = 0

    init(_ clock: RunClock, _ secrets: Secrets) {
        self.clock = clock
        self.secrets = secrets
    }

    /// What was counted until now.
    func report(_ connectors: [ConnectorStatistics.Totals]) -> StatisticsReport {
        StatisticsReport(
            statistics: statistics, microseconds: clock.microseconds(.now), connectors: connectors)
    }

    // MARK: Transfers

    /// A transfer begins, so much later than it should by the rate of the run.
    func begin(_ tally: inout TransferTally, late: Duration) {
        tally.start = Moment.now.nanoseconds - Int(late / .nanoseconds(1))
    }

    /// An attempt begins.
    func beginAttempt(_ tally: inout TransferTally) {
        if tally.start == nil { tally.start = Moment.now.nanoseconds }
    }

    /// What follows is counted where `url` is.
    func move(_ tally: inout TransferTally, to url: HTTPURL) { tally.place = place(of: url) }

    /// Nothing is asked of `url`; nil = it could not even be read.
    func skip(_ tally: inout TransferTally, _ url: HTTPURL?) {
        if let url { move(&tally, to: url) }
        tally.isSkipped = true
    }

    /// A transfer is over, with this exit status.
    func end(_ tally: TransferTally, code: CInt) {
        // One whose URL could not even be read belongs to no host.
        statistics.end(
            tally, at: tally.place ?? statistics.place(of: "(none)"), code: code, Moment.now.nanoseconds)
    }

    // MARK: Requests

    /// A connection for `url` was waited for.
    func waited(_ times: ConnectionTimes, for url: HTTPURL, _ tally: inout TransferTally) {
        let place = place(of: url)
        tally.place = place
        statistics.waited(at: place, times)
    }

    /// A request goes out to `url`.
    func begin(_ tally: inout TransferTally, to url: HTTPURL, isReused: Bool) {
        let place = place(of: url)
        tally.place = place
        tally.isUnderWay = true
        if !isReused { tally.isCold = true }
        statistics.begin(at: place, isReused: isReused)
    }

    /// A request is over.
    func end(_ tally: inout TransferTally, _ figures: ExchangeFigures) {
        guard tally.isUnderWay, let place = tally.place else { return }
        tally.isUnderWay = false
        if let moment = figures.firstByte { tally.firstByte = moment.nanoseconds }
        statistics.end(at: place, figures)
    }

    private func place(of url: HTTPURL) -> Int {
        if lastURL?.isSibling(of: url) ?? false { return lastPlace }
        let host = url.socketPath ?? "\(url.host):\(url.effectivePort)"
        lastPlace = statistics.place(of: secrets.text(host))
        lastURL = url
        return lastPlace
    }
}
