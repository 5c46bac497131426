/// How far the transfers of a run have come: what bars, plain lines and JSON progress are made from.
///
/// Pure: it is told what happens and when. Invariant: a transfer is in it from `begin` to `end`.
struct TransferBoard {
    typealias Instant = ContinuousClock.Instant

    /// What a transfer is doing.
    enum State: Equatable {
        /// It waits for its turn, a connection or an answer → any.
        case waiting
        /// Its body goes out → any.
        case sending
        /// The answer's body comes → waiting, pausing.
        case receiving
        /// The next attempt follows then → waiting.
        case pausing(until: Instant)
    }

    /// What becomes of the body, which decides how its end is told.
    enum Purpose: Equatable {
        case saved
        /// It is read and forgotten.
        case fetched
        /// It goes to standard output: its reader shows it.
        case passedOn
        /// A file is sent.
        case sent
    }

    /// What is known of a transfer from its beginning.
    struct Start {
        var number: Int
        /// What it is called, safe to show.
        var name: String
        /// Its URL, secrets hidden.
        var url: String
        var purpose: Purpose
        /// Its body goes to the terminal that progress would be shown on.
        var bodyGoesToTerminal = false
        /// What a resumed download starts at.
        var resumingFrom: Int64 = 0
    }

    /// One transfer.
    struct Entry {
        let start: Start
        let began: Instant
        var state = State.waiting
        /// From 1 for the first attempt.
        var attempt = 0
        /// Bytes of the body as they come; what was there before not counted.
        var received: Int64 = 0
        /// nil while unknown.
        var toReceive: Int64?
        var sent: Int64 = 0
        var toSend: Int64?
        var resumedFrom: Int64 = 0
        /// The file that was written; nil before the end, and without one.
        var path: String?
        /// What a check of the body came to.
        var verdict: String?
        private var window = SpeedWindow()

        init(_ start: Start, began: Instant) {
            self.start = start
            self.began = began
        }

        /// Bytes that are there and bytes there are to be, of the direction that matters; nil while that is unknown.
        var share: (done: Int64, of: Int64)? {
            if let toReceive {
                return (resumedFrom.addingSaturated(received), resumedFrom.addingSaturated(toReceive))
            }
            guard state == .sending || received == 0, let toSend, toSend > 0 else { return nil }
            return (sent, toSend)
        }

        /// Bytes that moved, what was there before counted.
        var moved: Int64 {
            state == .sending || received == 0 && sent > 0
                ? sent : resumedFrom.addingSaturated(received)
        }

        fileprivate mutating func speed(now: Instant) -> Int64 {
            window.speed(total: received.addingSaturated(sent), since: began, now: now)
        }

        /// Changes it, and says by how much that changes the sums over all.
        fileprivate mutating func change(_ body: (inout Entry) -> Void) -> (Int64, Int64, Int) {
            let (movedBefore, before) = (moved, share?.of)
            body(&self)
            let after = share?.of
            let unknown = (after == nil ? 1 : 0) - (before == nil ? 1 : 0)
            return (moved &- movedBefore, (after ?? 0) &- (before ?? 0), unknown)
        }

        /// Seconds that the rest takes at this speed; nil while that cannot be said.
        func left(at speed: Int64) -> Int? {
            guard let share, speed > 0, share.of > share.done else { return nil }
            return Int((share.of - share.done) / speed)
        }
    }

    /// A transfer that is over.
    struct Ended {
        var entry: Entry
        var elapsed: Duration
        /// nil = all is well.
        var failure: String?
        var code: Int
    }

    /// Sums over the transfers of the run.
    struct Totals: Equatable {
        var begun = 0
        var ended = 0
        var failed = 0
        var running: Int { begun - ended }
        var moved: Int64 = 0
        /// nil as soon as one is unknown.
        var toMove: Int64? = 0
    }

    private(set) var entries: [Int: Entry] = [:]
    /// Numbers in the order of beginning; those of ended ones stay until there are too many of them.
    private var order: [Int] = []
    /// When the first transfer began.
    private var start: Instant?
    private var begun = 0
    private var ended = 0
    private var failed = 0
    private var endedBytes: Int64 = 0
    /// What those that run have moved and will have moved, as far as that is known, and of how many it is not. Kept up to date
    /// with each event: a picture of a thousand transfers looks at those it shows.
    private var moved: Int64 = 0
    private var toMove: Int64 = 0
    private var unknown = 0
    private var window = SpeedWindow()

    var isEmpty: Bool { entries.isEmpty }

    // MARK: What happens

    mutating func begin(_ start: Start, now: Instant) {
        begun += 1
        self.start = self.start ?? now
        var entry = Entry(start, began: now)
        entry.resumedFrom = start.resumingFrom
        if let old = entries.updateValue(entry, forKey: start.number) {
            forget(old)
        } else {
            order.append(start.number)
        }
        count(entry)
    }

    mutating func beginAttempt(_ number: Int) {
        change(number) { entry in
            entry.attempt += 1
            entry.state = .waiting
        }
    }

    mutating func beginRequest(_ number: Int, toSend: Int64?) {
        change(number) { entry in
            (entry.received, entry.toReceive) = (0, nil)
            (entry.sent, entry.toSend) = (0, toSend)
            entry.state = .waiting
        }
    }

    mutating func send(_ count: Int, of number: Int) {
        change(number) { entry in
            entry.sent = entry.sent.addingSaturated(Int64(count))
            entry.state = .sending
        }
    }

    /// The answer's head is here: its body is what is wanted. `length` is nil where it is unknown.
    mutating func beginBody(_ number: Int, length: Int64?) {
        change(number) { entry in
            entry.toReceive = length
            entry.resumedFrom = 0
            entry.state = .receiving
        }
    }

    /// The body goes on behind so many bytes.
    mutating func resume(_ number: Int, from offset: Int64) {
        change(number) { $0.resumedFrom = offset }
    }

    mutating func receive(_ count: Int, of number: Int) {
        change(number) { $0.received = $0.received.addingSaturated(Int64(count)) }
    }

    /// Another attempt follows later.
    mutating func pause(_ number: Int, until next: Instant) {
        change(number) { $0.state = .pausing(until: next) }
    }

    /// What the end will tell.
    mutating func settle(_ number: Int, path: String?, verdict: String?) {
        change(number) { ($0.path, $0.verdict) = (path, verdict) }
    }

    /// Takes a transfer out; nil when it was not in it.
    mutating func end(_ number: Int, failure: String?, code: Int, now: Instant) -> Ended? {
        guard let entry = entries.removeValue(forKey: number) else { return nil }
        ended += 1
        if code != 0 { failed += 1 }
        forget(entry)
        endedBytes = endedBytes.addingSaturated(entry.moved)
        if order.count > 2 * entries.count + 16 {
            order.removeAll { entries[$0] == nil }
        }
        return Ended(entry: entry, elapsed: now - entry.began, failure: failure, code: code)
    }

    private mutating func change(_ number: Int, _ body: (inout Entry) -> Void) {
        guard let index = entries.index(forKey: number) else { return }
        let (moved, toMove, unknown) = entries.values[index].change(body)
        self.moved &+= moved
        self.toMove &+= toMove
        self.unknown += unknown
    }

    private mutating func count(_ entry: Entry) {
        moved &+= entry.moved
        if let share = entry.share { toMove &+= share.of } else { unknown += 1 }
    }

    private mutating func forget(_ entry: Entry) {
        moved &-= entry.moved
        if let share = entry.share { toMove &-= share.of } else { unknown -= 1 }
    }

    // MARK: What is shown

    /// The transfers that run the longest, at most so many.
    func longestRunning(_ count: Int) -> [Entry] {
        var result: [Entry] = []
        result.reserveCapacity(max(0, min(count, entries.count)))
        for number in order where result.count < count {
            if let entry = entries[number] { result.append(entry) }
        }
        return result
    }

    /// Bytes a second of a transfer during the last five seconds, or since its beginning where it was not asked before.
    mutating func speed(of number: Int, now: Instant) -> Int64 {
        guard let index = entries.index(forKey: number) else { return 0 }
        // In its place: a copy would mean one of its window, too.
        return entries.values[index].speed(now: now)
    }

    /// The same for all of them.
    mutating func speed(of totals: Totals, now: Instant) -> Int64 {
        window.speed(total: totals.moved, since: start ?? now, now: now)
    }

    var totals: Totals {
        Totals(
            begun: begun, ended: ended, failed: failed, moved: endedBytes.addingSaturated(max(0, moved)),
            toMove: unknown > 0 ? nil : endedBytes.addingSaturated(max(0, toMove)))
    }
}

extension SpeedWindow {
    /// As `speed(total:now:)`; the first time the mean since `start`.
    mutating func speed(
        total: Int64, since start: ContinuousClock.Instant, now: ContinuousClock.Instant
    ) -> Int64 {
        if isEmpty { _ = speed(total: 0, now: start) }
        return speed(total: total, now: now)
    }
}
