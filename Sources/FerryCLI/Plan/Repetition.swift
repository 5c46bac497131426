import HTTPCore

/// `--repeat` and `--for`: how often the transfers of the command line are made.
struct Repetition: Equatable {
    /// Rounds in all; nil = as many as there is time for.
    var rounds: Int?
    /// After so long no further transfer begins; nil = it does not matter.
    var duration: Duration?
}

/// The transfers of a plan, round after round where more than one is asked for.
struct TransferRounds {
    private let operations: [Shared<OperationPlan>]
    private let repetition: Repetition?
    private let openList: (String) throws(FileReadError) -> LineReader
    private var sequence: TransferSequence
    private var round = 1
    private var nextNumber: Int
    private var firstOfRound: Int
    /// From when on no transfer begins; nil = time does not end the run, or no transfer was asked for yet.
    private(set) var end: ContinuousClock.Instant?

    /// The first transfer gets the number `first`.
    init(
        _ operations: [Shared<OperationPlan>], _ repetition: Repetition?, startingAt first: Int = 0,
        openList: @escaping (String) throws(FileReadError) -> LineReader
    ) {
        self.operations = operations
        self.repetition = repetition
        self.openList = openList
        (nextNumber, firstOfRound) = (first, first)
        sequence = TransferSequence(operations, startingAt: first, openList: openList)
    }

    /// The next transfer; nil at the end. After a throw it goes on with the next URL argument. The clock is read only where
    /// time ends the run.
    mutating func next(
        now: @autoclosure () -> ContinuousClock.Instant
    ) throws(TransferSequenceError) -> TransferPlan? {
        if let duration = repetition?.duration {
            let now = now()
            let end = self.end ?? now + duration
            self.end = end
            if now >= end { return nil }
        }
        while true {
            if let transfer = try sequence.next() {
                nextNumber = transfer.number + 1
                return transfer
            }
            guard beginAgain() else { return nil }
        }
    }

    /// False when this was the last round. One that brought nothing will bring nothing again.
    private mutating func beginAgain() -> Bool {
        guard let repetition, nextNumber > firstOfRound, round < repetition.rounds ?? .max else {
            return false
        }
        round += 1
        firstOfRound = nextNumber
        sequence = TransferSequence(operations, startingAt: nextNumber, openList: openList)
        return true
    }
}

/// When transfers are to start that `--rate` keeps apart.
struct StartSchedule {
    let interval: Duration
    /// A start that came late does not put off those behind it. A load is measured so; a server is spared otherwise.
    let catchesUp: Bool
    private var last: ContinuousClock.Instant?

    init(interval: Duration, catchesUp: Bool) {
        self.interval = interval
        self.catchesUp = catchesUp
    }

    /// When there is to be another start at the earliest; nil = at any time.
    var following: ContinuousClock.Instant? { last.map { $0 + interval } }

    /// When the next transfer is to start; the first one at once.
    mutating func next(now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        var start = last.map { $0 + interval } ?? now
        if !catchesUp { start = max(start, now) }
        last = start
        return start
    }
}
