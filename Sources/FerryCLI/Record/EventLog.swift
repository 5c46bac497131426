import Connector
import HTTPClient
import HTTPCore

/// `--events`: tells everything that happens to the transfers of a run, one JSON object a line.
@LoopActor
final class EventLog {
    private let log: LineLog
    let secrets: Secrets
    let clock: RunClock
    private let started = WallTime.now()
    /// Where ids are made.
    // Safe: what changes it reaches no other method of the log.
    @exclusivity(unchecked) private var scratch = EventLine()
    private var transfers = 0
    private var failed = 0
    private var bytes = 0

    init(_ log: LineLog, secrets: Secrets, clock: RunClock) {
        self.log = log
        self.secrets = secrets
        self.clock = clock
    }

    /// Hears of one transfer.
    func makeListener() -> EventWriter { EventWriter(self) }

    // MARK: Lines

    /// Adds a line.
    func append(_ write: (inout EventLine) -> Void) { log.append(write) }

    /// Makes `ids` those of `event`.
    func note(_ event: TransferEvent, in ids: inout EventLine.IDs) { scratch.note(event, in: &ids) }

    /// A queue that lets its listeners hear in time for their lines to be written.
    func makeQueue() -> EventQueue {
        let queue = EventQueue { [log] in log.expectLines() }
        log.willWrite = { queue.deliver() }
        return queue
    }

    /// False where no further transfer is to begin before there is room for its lines.
    var hasRoom: Bool { log.hasRoom }

    /// Waits until there is room for the lines of another transfer.
    /// - Returns: false when the run has ended meanwhile.
    func makeRoom() async -> Bool { await log.makeRoom() }

    // MARK: What lines have in common

    /// What the URLs of one server have in common.
    final class Place {
        let sample: HTTPURL
        /// What stands before the path, escaped, no quotes around it; nil where something of it is to be hidden, or may be.
        let start: [UInt8]?
        /// `host` and `port`.
        let members: [UInt8]

        init(_ url: HTTPURL, hidesNothing: Bool) {
            sample = url
            var line = EventLine()
            line.add(.host, url.socketPath ?? url.host)
            line.add(.port, Int(url.effectivePort))
            members = Array(line.bytes)
            let text = url.description
            let end = url.path + (url.query.map { "?\($0)" } ?? "")
            let isPlain = hidesNothing && !url.hasUserinfo && text.hasSuffix(end)
            start = isPlain ? EventLine.escaped(String(text.dropLast(end.count))) : nil
        }
    }

    /// Most often the next request goes where the last one went.
    private var lastPlace: Place?
    /// Most often the next query has the names of the last one.
    private var plainQuery = PlainQuery("")
    /// The addresses of connections that serve again and again, quoted, each in the place of its number's last digits.
    private var addresses = [(connection: Int, quoted: [UInt8])?](repeating: nil, count: 1024)

    private func place(of url: HTTPURL) -> Place {
        if let lastPlace, lastPlace.sample.isSibling(of: url) { return lastPlace }
        let place = Place(url, hidesNothing: secrets.values.isEmpty)
        lastPlace = place
        return place
    }

    /// Adds a URL, and if asked to the members that name its host and port.
    func add(_ url: HTTPURL, to line: inout EventLine, namingHost: Bool = false) {
        let place = place(of: url)
        add(url, at: place, to: &line)
        if namingHost { line.add(members: place.members) }
    }

    private func add(_ url: HTTPURL, at place: Place, to line: inout EventLine) {
        guard !url.hasFragment, let start = place.start else {
            return line.add(.url, secrets.url(url))
        }
        guard let query = url.query else { return line.add(.url, quoted: start, url.path) }
        if !plainQuery.covers(query) {
            let shown = secrets.url(url)
            guard shown == url.description else { return line.add(.url, shown) }
            plainQuery = PlainQuery(query)
        }
        line.add(.url, quoted: start, url.path, query: query)
    }

    /// The address of a connection's other end, quoted; nil when it is not known.
    func address(of connection: Connection, _ number: Int) -> [UInt8]? {
        let slot = number % addresses.count
        if let known = addresses[slot], known.connection == number { return known.quoted }
        guard let peer = connection.lastPeerAddress else { return nil }
        let quoted = Array(jsonString(peer.description).utf8)
        addresses[slot] = (number, quoted)
        return quoted
    }

    func ended(failed hasFailed: Bool, bytes count: Int) {
        transfers += 1
        if hasFailed { failed += 1 }
        bytes += count
    }

    /// The last line.
    func finish(_ summary: RunSummary) {
        append { line in
            line.begin(.summary, microseconds: clock.microseconds(.now))
            line.add(.exitCode, Int(summary.status))
            if let signal = summary.signal { line.add(.signal, Int(signal)) }
            if let problem = summary.problem { line.add(.error, secrets.sentence(problem)) }
            line.add(.transfers, transfers)
            line.add(.failed, failed)
            line.add(.bytes, bytes)
            line.add(.started, started.formattedUTC("%Y-%m-%dT%H:%M:%S.%fZ"))
            line.add(.opened, summary.connectors.reduce(0) { $0 + $1.opened })
            line.add(.reusedCount, summary.connectors.reduce(0) { $0 + $1.reused })
            line.end()
        }
        log.finish()
    }
}

/// How a run ended.
struct RunSummary {
    /// The exit status, or what a shell makes of the signal.
    var status: CInt
    var signal: CInt?
    /// What went wrong beside the transfers; nil = nothing.
    var problem: String?
    /// What each connector counted.
    var connectors: [ConnectorStatistics.Totals] = []
}
