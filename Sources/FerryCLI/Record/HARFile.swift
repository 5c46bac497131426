import Codecs
import Connector
import HTTPClient
import HTTPCore

/// `--har`: each request with its answer and its timings, as an HTTP Archive 1.2. Entries are written as they end.
@LoopActor
final class HARFile {
    let secrets: Secrets
    let clock: RunClock
    let bodies: HARBodies
    let scratch = DecodingScratch()
    private let file: RecordFile
    private let started = WallTime.now()
    /// Stands before the first entry. It is written with that: a file that is made before the run hears signals would be
    /// left behind by one.
    private let start: String
    private var isFirst = true

    /// The longest part of a body that is kept.
    nonisolated static let keptBytes = 1024 * 1024

    init(_ file: RecordFile, bodies: HARBodies, secrets: Secrets, clock: RunClock, version: String) {
        self.file = file
        self.bodies = bodies
        self.secrets = secrets
        self.clock = clock
        start =
            #"{"log":{"version":"1.2","creator":{"name":"ferry","version":\#(jsonString(version))},"entries":["#
    }

    /// Hears of one transfer.
    func makeListener() -> any TransferListener { HARWriter(self) }

    func add(_ entry: HAREntry) {
        file.write((isFirst ? start + "\n" : ",\n") + entry.json(self))
        isFirst = false
    }

    func finish() {
        file.write((isFirst ? start : "") + "\n]}}\n")
        file.finish()
    }

    /// The moment of the calendar that is so many microseconds after the run began, in UTC.
    func date(at microseconds: Int) -> String {
        var time = started
        time.seconds += (time.microseconds + microseconds) / 1_000_000
        time.microseconds = (time.microseconds + microseconds) % 1_000_000
        return time.formattedUTC("%Y-%m-%dT%H:%M:%S.%fZ")
    }
}

/// Collects the entries of one transfer.
@LoopActor
private final class HARWriter: TransferListener {
    private let har: HARFile
    private var entry: HAREntry?
    private var phases: PhaseClock?

    init(_ har: HARFile) {
        self.har = har
    }

    var interests: TransferEvent.Interests { har.bodies == .none ? .all : [.all, .bodies] }

    func hear(_ event: TransferEvent) {
        switch event.kind {
        case .hopBegan(let request):
            end(at: event)
            let now = har.clock.microseconds(event.moment)
            entry = HAREntry(request, event, at: now)
            phases = PhaseClock(start: now)
        case .requestHead(let head): entry?.requestHead = head
        case .requestBody(let bytes):
            entry?.requestBodyBytes += bytes.count
            if har.bodies != .none { HAREntry.keep(bytes, in: &entry, \.requestBody) }
        case .requestSpliced(let count): entry?.requestBodyBytes += count
        case .head(let head, _, _): entry?.head = head
        case .body(let bytes):
            entry?.bodyBytes += bytes.count
            if har.bodies != .none { HAREntry.keep(bytes, in: &entry, \.body) }
        case .bodySpliced(let count): entry?.bodyBytes += count
        case .ended(let failure, _):
            if let failure { entry?.error = failure }
            end(at: event)
        case .retry(let reason, _, _):
            entry?.error = reason
            end(at: event)
        default: break
        }
        follow(event)
    }

    private func follow(_ event: TransferEvent) {
        guard let next = phases?.phase(after: event.kind) else { return }
        if case .exchangeBegan(let connection) = event.kind {
            // Sent again over a new connection, it begins anew.
            entry?.requestBodyBytes = 0
            entry?.requestBody = []
            entry?.connection = event.connection
            entry?.isReused = connection.isReused
            let peer = connection.peerAddress
            if case .unix? = peer { entry?.socket = peer?.host } else { entry?.address = peer?.host }
        }
        phases?.turn(to: next, at: har.clock.microseconds(event.moment))
    }

    /// The request is over, if one is under way.
    private func end(at event: TransferEvent) {
        guard var ended = entry else { return }
        entry = nil
        phases?.turn(to: .other, at: har.clock.microseconds(event.moment))
        ended.spent = phases?.totals ?? []
        har.add(ended)
    }
}
