import Connector
import HTTPClient
import HTTPCore

/// `--events`: tells everything that happens to the transfers of a run, one JSON object a line.
@LoopActor
final class EventLog: QueuedListener {
    private let log: LineLog
    let secrets: Secrets
    let clock: RunClock
    private let started = WallTime.now()
    private var transfers = 0
    private var failed = 0
    private var skipped = 0
    private var bytes = 0

    init(_ log: LineLog, secrets: Secrets, clock: RunClock) {
        self.log = log
        self.secrets = secrets
        self.clock = clock
    }

    // MARK: Transfers

    private let seats = Seats()

    let interests = TransferEvent.Interests.all.subtracting(.details)

    func takeSeat(transfer: Int) -> Int { seats.take(transfer) }

    func hear(_ event: consuming QueuedEvent, _ stamp: EventStamp) { seats.hear(event, stamp, self) }

    func heardAll() { log.added() }

    // MARK: Lines

    /// What the last line says of the time.
    // Safe: it is read and changed in one place, which calls nothing.
    @exclusivity(unchecked) private var latest = 0

    /// What the line of an event says of the time. Most often when it happened; but a transfer begins when it is made, and others
    /// may have told of something before it says so.
    func time(_ microseconds: Int) -> Int {
        latest = max(latest, microseconds)
        return latest
    }

    /// Adds a line, which is written once all is heard.
    func append(_ write: (inout EventLine) -> Void) { log.gather(write) }

    /// A queue that lets its listeners hear in time for their lines to be written.
    func makeQueue() -> EventQueue {
        let queue = EventQueue(for: self) { [log] in log.expectLines() }
        log.willWrite = { queue.deliver() }
        return queue
    }

    /// False where no further transfer is to begin before there is room for its lines.
    var hasRoom: Bool { log.hasRoom }

    /// Waits until there is room for the lines of another transfer.
    /// - Returns: false when the run has ended meanwhile.
    func makeRoom() async -> Bool { await log.makeRoom() }

    // MARK: What lines have in common

    /// What the URLs of one server have in common. An empty piece is not known: it is too long to be kept, or holds what is to
    /// be hidden, or may be.
    private struct Place {
        private let sample: HTTPURL?
        /// `url` as far as the path, escaped.
        var start: EventLine.Piece
        /// `host` and `port`.
        var members: EventLine.Piece

        init() { (sample, start, members) = (nil, EventLine.Piece(), EventLine.Piece()) }

        init(_ url: HTTPURL, _ secrets: Secrets) {
            sample = url
            var line = EventLine()
            line.addHost(of: url, secrets)
            members = EventLine.Piece(line.bytes) ?? EventLine.Piece()
            let text = url.description
            let end = url.path + (url.query.map { "?\($0)" } ?? "")
            let isPlain = secrets.values.isEmpty && !url.hasUserinfo && text.hasSuffix(end)
            line = EventLine()
            line.add(.url, String(text.dropLast(end.count)))
            start = isPlain ? EventLine.Piece(line.bytes.dropLast()) ?? EventLine.Piece() : EventLine.Piece()
        }

        func isThat(of url: HTTPURL) -> Bool { sample?.isSibling(of: url) ?? false }
    }

    /// What a head says first.
    private struct Beginning {
        var status = 0
        var fate = TransferEvent.Fate.delivered
        var reason: [UInt8] = []
        /// `status`, `fate` and `reason`; empty = there was no head yet, or they are too long for a piece.
        var members = EventLine.Piece()

        func isThat(of head: ResponseHead, _ fate: TransferEvent.Fate) -> Bool {
            guard !members.isEmpty, status == head.status, self.fate == fate else { return false }
            return head.withReason { other in
                guard reason.count == other.count else { return false }
                for index in reason.indices where reason[index] != other[index] { return false }
                return true
            }
        }
    }

    /// The other end of a connection.
    private struct Address {
        var connection = -1
        var member = EventLine.Piece()
    }

    // Safe, all five: what reads or changes one of them calls nothing that comes back to the log.
    /// Most often the next request goes where the last one went.
    @exclusivity(unchecked) private var lastPlace = Place()
    /// Most often the next query has the names of the last one.
    @exclusivity(unchecked) private var plainQuery = PlainQuery("")
    /// Most often an answer begins as the last one with its status did; each in the place of the status's last bits.
    @exclusivity(unchecked) private var beginnings = [Beginning](repeating: Beginning(), count: 16)
    /// `method` of a plain request; empty = there was none yet.
    @exclusivity(unchecked) private var plainMethod = EventLine.Piece()
    /// Those of connections that serve again and again, each in the place of its number's last digits.
    @exclusivity(unchecked) private var addresses: [Address] = []

    /// Adds a URL.
    func add(_ url: HTTPURL, to line: inout EventLine) {
        if !lastPlace.isThat(of: url) { lastPlace = Place(url, secrets) }
        if !addParts(of: url, to: &line) { line.add(.url, secrets.url(url)) }
    }

    /// Adds a URL and the members that name its host and port. `member` becomes that of the URL, if it is no longer than a
    /// piece.
    func add(_ url: HTTPURL, to line: inout EventLine, noting member: inout EventLine.Piece) {
        let first = line.count
        add(url, to: &line)
        line.copy(from: first, to: &member)
        if lastPlace.members.isEmpty {
            line.addHost(of: url, secrets)
        } else {
            line.add(members: &lastPlace.members)
        }
    }

    /// Adds a URL whose place is the last one by what is known of it; false where that is not enough.
    private func addParts(of url: HTTPURL, to line: inout EventLine) -> Bool {
        let (path, query) = (url.path, url.query)
        guard !url.hasFragment, !lastPlace.start.isEmpty, !Secrets.mayHoldLogin(path: path) else {
            return false
        }
        if let query, !plainQuery.covers(query) {
            guard secrets.url(url) == url.description, !PlainQuery.hasSecretName(query) else { return false }
            plainQuery = PlainQuery(query)
        }
        line.add(&lastPlace.start, path, query: query)
        return true
    }

    /// Adds the method of a request.
    func addMethod(of request: TransferEvent.Request, to line: inout EventLine) {
        if request.isPlain, !plainMethod.isEmpty { return line.add(members: &plainMethod) }
        let first = line.count
        line.add(.method, secrets.text(request.method))
        if request.isPlain { line.copy(from: first, to: &plainMethod) }
    }

    /// Adds what a head says first, and what becomes of it.
    func add(_ head: ResponseHead, _ fate: TransferEvent.Fate, to line: inout EventLine) {
        let slot = head.status % beginnings.count
        if beginnings[slot].isThat(of: head, fate) { return line.add(members: &beginnings[slot].members) }
        let first = line.count
        line.add(.status, head.status)
        line.add(.fate, fate.rawValue)
        let reason = head.reason
        if !reason.isEmpty { line.add(.reason, secrets.sentence(reason)) }
        beginnings[slot] = Beginning(
            status: head.status, fate: fate, reason: head.withReason { Array($0) }, members: EventLine.Piece()
        )
        line.copy(from: first, to: &beginnings[slot].members)
    }

    /// Adds the address of a connection's other end, if it is known.
    func addAddress(of connection: Connection, _ number: Int, to line: inout EventLine) {
        let slot = number % Self.mostAddresses
        if slot < addresses.count, addresses[slot].connection == number {
            return line.add(members: &addresses[slot].member)
        }
        guard let peer = connection.lastPeerAddress else { return }
        let start = line.count
        line.add(.address, secrets.text(peer.description))
        guard let member = EventLine.Piece(line.bytes[start...]) else { return }
        while addresses.count <= slot { addresses.append(Address()) }
        addresses[slot] = Address(connection: number, member: member)
    }

    private static let mostAddresses = 1024

    func ended(failed hasFailed: Bool, skipped isSkipped: Bool, bytes count: Int) {
        transfers += 1
        if hasFailed { failed += 1 }
        if isSkipped { skipped += 1 }
        bytes += count
    }

    /// The last line.
    func finish(_ summary: RunSummary) {
        append { line in
            line.begin(.summary, microseconds: time(clock.microseconds(.now)))
            line.add(.exitCode, Int(summary.status))
            if let signal = summary.signal { line.add(.signal, Int(signal)) }
            if let problem = summary.problem { line.add(.error, secrets.sentence(problem)) }
            line.add(.transfers, transfers)
            line.add(.failed, failed)
            if skipped > 0 { line.add(.skipped, skipped) }
            line.add(.bytes, bytes)
            line.add(.started, started.formattedUTC("%Y-%m-%dT%H:%M:%S.%fZ"))
            line.add(.opened, summary.connectors.reduce(0) { $0 + $1.opened })
            line.add(.reusedCount, summary.connectors.reduce(0) { $0 + $1.reused })
            line.end()
        }
        log.finish()
    }
}

/// The transfers that are under way, each in the seat that it was given. Some hundred thousand times a second one of them is
/// changed, where it lies.
@LoopActor
private final class Seats {
    private struct Seat {
        /// The transfer that has it; negative = none.
        var owner: Int
        /// Those of the owner, or of the last one until something is heard of the owner.
        var lines: TransferLines
    }

    // Safe, all four: no method calls what comes back to these seats.
    @exclusivity(unchecked) private var memory = UnsafeMutablePointer<Seat>.allocate(capacity: 64)
    @exclusivity(unchecked) private var capacity = 64
    /// So many seats were taken once.
    @exclusivity(unchecked) private var count = 0
    @exclusivity(unchecked) private var free: [Int] = []

    isolated deinit {
        memory.deinitialize(count: count)
        memory.deallocate()
    }

    func take(_ transfer: Int) -> Int {
        if let seat = free.popLast() {
            memory[seat].owner = transfer
            return seat
        }
        if count == capacity { grow() }
        (memory + count).initialize(to: Seat(owner: transfer, lines: TransferLines(transfer: transfer)))
        count += 1
        return count - 1
    }

    func hear(_ event: consuming QueuedEvent, _ stamp: EventStamp, _ log: EventLog) {
        let seat = memory + stamp.seat
        // Nothing is to be told of a transfer that has ended, and its seat may be another's.
        guard seat.pointee.owner == stamp.transfer else { return }
        if seat.pointee.lines.isOver { seat.pointee.lines.restart(stamp.transfer) }
        seat.pointee.lines.hear(event, stamp.moment, stamp.place, log)
        guard seat.pointee.lines.isOver else { return }
        seat.pointee.owner = -1
        free.append(stamp.seat)
    }

    private func grow() {
        let larger = UnsafeMutablePointer<Seat>.allocate(capacity: 2 * capacity)
        larger.moveInitialize(from: memory, count: count)
        memory.deallocate()
        (memory, capacity) = (larger, 2 * capacity)
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

extension EventLine {
    fileprivate mutating func addHost(of url: HTTPURL, _ secrets: Secrets) {
        add(.host, secrets.text(url.socketPath ?? url.host))
        add(.port, Int(url.effectivePort))
    }
}
