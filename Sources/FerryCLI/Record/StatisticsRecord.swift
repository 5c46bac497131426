import Connector
import HTTPClient
import HTTPCore

/// `--stats`: counts what happens to the transfers of a run, and tells it in the end.
@LoopActor
final class StatisticsRecord {
    fileprivate var statistics = Statistics()
    let clock: RunClock
    /// Most often the next request goes where the last one went.
    private var lastHost: (url: HTTPURL, place: Int)?

    init(_ clock: RunClock) {
        self.clock = clock
    }

    /// Hears of one transfer.
    func makeListener() -> any TransferListener { StatisticsWriter(self) }

    fileprivate func place(of url: HTTPURL) -> Int {
        if let lastHost, lastHost.url.isSibling(of: url) { return lastHost.place }
        let host = url.socketPath ?? "\(url.host):\(url.effectivePort)"
        let place = statistics.place(of: host)
        lastHost = (url, place)
        return place
    }

    /// What was counted until now.
    func report(_ connectors: [ConnectorStatistics.Totals]) -> StatisticsReport {
        StatisticsReport(
            statistics: statistics, microseconds: clock.microseconds(.now), connectors: connectors)
    }
}

/// Counts one transfer.
@LoopActor
private final class StatisticsWriter: TransferListener {
    private let record: StatisticsRecord
    private var start: Int?
    private var place: Int?
    private var dialStart = 0
    private var queueStart = 0
    private var firstByte: Int?
    private var received = 0
    private var sent = 0
    private var isCold = false
    private var isUnderWay = false

    init(_ record: StatisticsRecord) {
        self.record = record
    }

    var hearsSteps: Bool { false }
    var hearsDetails: Bool { false }

    func hear(_ event: TransferEvent) {
        switch event.kind {
        // First those that come most often.
        case .body(let bytes): received += bytes.count
        case .bodySpliced(let count): received += count
        case .requestBody(let bytes): sent += bytes.count
        case .requestSpliced(let count): sent += count
        case .scheduled(let late, _): start = now(event) - Int(late / .microseconds(1))
        case .attemptBegan: if start == nil { start = now(event) }
        case .hopBegan(let request): place = record.place(of: request.url)
        case .connector(let step): hear(step, event)
        case .exchangeBegan(let connection):
            let isReused = connection.isReused
            if !isReused { isCold = true }
            leave(isKept: true)
            isUnderWay = true
            count { counts in
                if isReused { counts.reused += 1 } else { counts.opened += 1 }
                counts.begin()
            }
        case .responseBegan: firstByte = now(event)
        case .head(let head, _, _): count { $0.answers[head.status, default: 0] += 1 }
        case .connectionLeft(_, let isKept): leave(isKept: isKept)
        case .ended(_, let code): end(code, now(event))
        case .urlSettled, .securedByHSTS, .requestHead, .requestEnded, .interim, .cookieRefused, .resumed,
            .delivered, .trailers, .oddity, .headRefused, .redirected, .loginAsked, .expectationRefused,
            .hostPaused,
            .checked, .retry:
            break
        }
    }

    private func now(_ event: TransferEvent) -> Int { record.clock.microseconds(event) }

    private func hear(_ step: ConnectorEvent, _ event: TransferEvent) {
        switch step {
        case .queued: queueStart = now(event)
        case .dequeued:
            let spent = now(event) - queueStart
            count { $0.queue.record(spent) }
        case .creating: dialStart = now(event)
        case .created:
            let spent = now(event) - dialStart
            count { $0.connect.record(spent) }
        default: break
        }
    }

    private func leave(isKept: Bool) {
        guard isUnderWay else { return }
        isUnderWay = false
        count { counts in
            counts.end()
            if !isKept { counts.closed += 1 }
        }
    }

    private func count(_ change: (inout Statistics.Counts) -> Void) {
        guard let place else { return }
        record.statistics.count(at: place, change)
    }

    private func end(_ code: CInt, _ now: Int) {
        leave(isKept: false)
        // One whose URL could not even be read belongs to no host.
        let place = place ?? record.statistics.place(of: "(none)")
        let total = now - (start ?? now)
        let first = firstByte.map { $0 - (start ?? $0) }
        let (received, sent, isCold) = (received, sent, isCold)
        record.statistics.count(at: place) { counts in
            counts.transfers += 1
            counts.receivedBytes += received
            counts.sentBytes += sent
            if code != 0 { counts.failures[code, default: 0] += 1 }
            guard let first else { return }
            counts.firstByte.record(first)
            counts.total.record(total)
            if isCold { counts.cold.record(total) } else { counts.warm.record(total) }
        }
    }
}
