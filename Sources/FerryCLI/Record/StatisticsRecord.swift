import Connector
import HTTPClient
import HTTPCore

/// `--stats`: counts what happens to the transfers of a run, and tells it in the end.
@LoopActor
final class StatisticsRecord {
    // Safe: its methods count, and call nothing that comes back to it.
    @exclusivity(unchecked) fileprivate var statistics = Statistics()
    let clock: RunClock
    private let secrets: Secrets
    /// Most often the next request goes where the last one went.
    private var lastHost: (url: HTTPURL, place: Int)?

    init(_ clock: RunClock, _ secrets: Secrets) {
        self.clock = clock
        self.secrets = secrets
    }

    /// Hears of one transfer.
    func makeListener() -> any TransferListener { StatisticsWriter(self) }

    fileprivate func place(of url: HTTPURL) -> Int {
        if let lastHost, lastHost.url.isSibling(of: url) { return lastHost.place }
        let host = url.socketPath ?? "\(url.host):\(url.effectivePort)"
        let place = statistics.place(of: secrets.text(host))
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
    /// Bytes that are not counted yet, as they are all of one host.
    private var received = 0
    private var sent = 0
    /// Of the last answer; counted when another one comes, or none any more.
    private var status: Int?
    private var isCold = false
    private var isUnderWay = false
    private var isSkipped = false

    init(_ record: StatisticsRecord) {
        self.record = record
    }

    var interests: TransferEvent.Interests { .connecting }

    func hear(_ event: TransferEvent) {
        hear(event.kind, at: record.clock.microseconds(event.moment))
    }

    /// The kind by itself, so that it is not copied.
    private func hear(_ kind: TransferEvent.Kind, at now: Int) {
        switch kind {
        // First those that come most often.
        case .body(let bytes): received += bytes.count
        case .bodySpliced(let count): received += count
        case .requestBody(let bytes): sent += bytes.count
        case .requestSpliced(let count): sent += count
        case .scheduled(let late, _): start = now - Int(late / .microseconds(1))
        case .attemptBegan: if start == nil { start = now }
        case .hopBegan(let request): move(to: record.place(of: request.url))
        case .connector(let step): hear(step, now)
        case .exchangeBegan(let connection):
            leave(isKept: true)
            guard let place else { return }
            isUnderWay = true
            let isReused = connection.isReused
            if !isReused { isCold = true }
            record.statistics.begin(at: place, isReused: isReused)
        case .responseBegan: firstByte = now
        case .head(let head, _, _):
            if let status { count { $0.answered(status) } }
            status = head.status
        case .connectionLeft(_, let isKept): leave(isKept: isKept)
        case .skipped(let url, _):
            place = url.map(record.place)
            start = start ?? now
            isSkipped = true
        case .ended(_, let code): end(code, now)
        case .urlSettled, .securedByHSTS, .requestHead, .requestEnded, .interim,
            .cookieRefused, .resumed,
            .delivered, .trailers, .oddity, .headRefused, .redirected, .loginAsked, .expectationRefused,
            .hostPaused, .checked, .retry:
            break
        }
    }

    private func hear(_ step: ConnectorEvent, _ now: Int) {
        switch step {
        case .queued: queueStart = now
        case .dequeued:
            let spent = now - queueStart
            count { $0.queue.record(spent) }
        case .creating: dialStart = now
        case .created:
            let spent = now - dialStart
            count { $0.connect.record(spent) }
        default: break
        }
    }

    /// The next request goes to the host at `next`. What came of the others is another host's, unless it is the same.
    private func move(to next: Int) {
        if let place, place != next {
            leave(isKept: true)
            countAnswer(at: place)
        }
        place = next
    }

    private func countAnswer(at place: Int) {
        let (received, sent, status) = (received, sent, status)
        record.statistics.count(at: place) { counts in
            counts.receivedBytes += received
            counts.sentBytes += sent
            if let status { counts.answered(status) }
        }
        (self.received, self.sent, self.status) = (0, 0, nil)
    }

    private func leave(isKept: Bool) {
        guard isUnderWay, let place else { return }
        isUnderWay = false
        record.statistics.end(at: place, isKept: isKept)
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
        countAnswer(at: place)
        let (isCold, isSkipped) = (isCold, isSkipped)
        record.statistics.count(at: place) { counts in
            counts.transfers += 1
            if isSkipped { counts.skipped += 1 }
            if code != 0 { counts.failures[code, default: 0] += 1 }
            guard let first else { return }
            counts.firstByte.record(first)
            if isCold { counts.cold.record(total) } else { counts.warm.record(total) }
        }
    }
}
