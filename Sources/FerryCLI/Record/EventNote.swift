import HTTPClient
import HTTPCore

/// What a line of `--events` will say: those of a plain request, which come by the hundred thousand.
///
/// They are noted as they happen and made into lines many at a time: between two requests the code for it would be in no
/// cache, and making the line would take longer than what it tells of.
struct EventNote {
    var ids: EventIDs
    var kind: Kind

    enum Kind {
        /// What a request asks for; its body's length where it is known.
        case request(method: String, HTTPURL, usesProxy: Bool, bytes: Int?)
        /// A connection serves again. The address comes quoted; what the pool knew of it is nil where it was not asked.
        case reuse(address: [UInt8]?, pooled: Pooled?)
        case sent(isReused: Bool, bytes: Int)
        case head(status: Int, TransferEvent.Fate, reason: String, total: Int?)
        case end(End)
    }

    /// How long a connection was idle, in microseconds, and how often it had served.
    struct Pooled {
        var idle: Int
        var uses: Int
    }

    /// How a transfer ended.
    struct End {
        var code: Int
        var url: HTTPURL?
        var status: Int?
        var received: Int
        var sent: Int
        var phases: PhaseClock?
        /// What few transfers have; nil = none of it.
        var rarities: Rarities?
    }

    /// What is said of a transfer that failed, went on, or was checked.
    final class Rarities {
        let failure: String?
        let resumedFrom: Int?
        let sum: String?
        let verdict: String?

        init(failure: String?, resumedFrom: Int?, sum: String?, verdict: String?) {
            self.failure = failure
            self.resumedFrom = resumedFrom
            self.sum = sum
            self.verdict = verdict
        }
    }
}

/// Notes in the order of their making, each taken out once. Memory of its own, so that they are moved and never copied.
final class EventNotes {
    private let memory = UnsafeMutablePointer<EventNote>.allocate(capacity: capacity)
    private var taken = 0
    private(set) var count = 0
    /// So many notes are made into lines at once: as many as a first cache holds beside what makes them.
    private static let capacity = 64

    var isFull: Bool { count == Self.capacity }

    deinit {
        (memory + taken).deinitialize(count: count - taken)
        memory.deallocate()
    }

    /// Adds one, for which there has to be room.
    func append(_ note: consuming EventNote) {
        precondition(!isFull, "notes are made into lines as soon as there are many")
        (memory + count).initialize(to: note)
        count += 1
    }

    /// Takes the oldest out; nil when none is left.
    func next() -> EventNote? {
        guard taken < count else {
            (taken, count) = (0, 0)
            return nil
        }
        defer { taken += 1 }
        return (memory + taken).move()
    }
}

/// When something happened, and to what.
struct EventIDs {
    /// Microseconds since the run began.
    var time: Int
    var transfer: Int
    var attempt: Int
    var hop: Int
    /// Negative = none.
    var connection: Int

    init(_ event: TransferEvent, time: Int) {
        self.time = time
        transfer = event.transfer
        attempt = event.attempt
        hop = event.hop
        // One that was given back already counts as the first.
        connection = event.connection.map { max(0, $0) } ?? -1
    }
}

extension EventLog {
    /// Adds the line of a note.
    func add(_ note: consuming EventNote, to line: inout EventLine) {
        let ids = note.ids
        switch note.kind {
        case .request(let method, let url, let usesProxy, let bytes):
            line.begin(.request, ids)
            line.add(.method, method)
            add(url, to: &line)
            line.add(members: place(of: url).members)
            if usesProxy { line.add(.isProxy, true) }
            if let bytes { line.add(.bytes, bytes) }
        case .reuse(let address, let pooled):
            line.begin(.reuse, ids)
            line.add(.isReused, true)
            if let address { line.add(.address, quoted: address) }
            if let pooled {
                line.add(.idleTime, pooled.idle)
                line.add(.uses, pooled.uses)
            }
        case .sent(let isReused, let bytes):
            line.begin(.sent, ids)
            line.add(.isReused, isReused)
            line.add(.bytes, bytes)
        case .head(let status, let fate, let reason, let total):
            line.begin(.head, ids)
            line.add(.status, status)
            line.add(.fate, fate.rawValue)
            if !reason.isEmpty { line.add(.reason, secrets.text(reason)) }
            if let total { line.add(.total, total) }
        case .end(let end):
            line.begin(.end, ids)
            add(end, endedAt: ids.time, to: &line)
        }
        line.end()
    }

    private func add(_ end: EventNote.End, endedAt now: Int, to line: inout EventLine) {
        line.add(.exitCode, end.code)
        if let failure = end.rarities?.failure { line.add(.error, secrets.sentence(failure)) }
        if let url = end.url { add(url, to: &line) }
        if let status = end.status { line.add(.status, status) }
        line.add(.bytes, end.received)
        line.add(.sentBytes, end.sent)
        if let rarities = end.rarities {
            if let offset = rarities.resumedFrom { line.add(.resumedFrom, offset) }
            if let sum = rarities.sum { line.add(.checksum, sum) }
            if let verdict = rarities.verdict { line.add(.verdict, verdict) }
        }
        guard let phases = end.phases else { return }
        for index in 0..<EventMember.phases.count {
            let spent = phases.spent(at: index)
            if spent > 0 { line.add(EventMember.phases[index], spent) }
        }
        line.add(.totalTime, now - phases.start)
    }
}

extension EventLine {
    /// Begins a line about a transfer.
    mutating func begin(_ name: EventName, _ ids: EventIDs) {
        begin(name, microseconds: ids.time)
        add(.transfer, ids.transfer)
        add(.attempt, ids.attempt)
        add(.hop, ids.hop)
        if ids.connection >= 0 { add(.connection, ids.connection) }
    }
}
