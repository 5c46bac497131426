import Connector
package import HTTPCore

/// Counts the transfers of a run, each by its tally: it hears of requests under way and of what was waited for when that
/// happens, and of the rest at the end.
@LoopActor
package protocol TransferCounter: AnyObject {
    /// What is asked of the host of `url` is counted at the place that this returns.
    func place(of url: HTTPURL) -> Int
    /// A caller waited so many nanoseconds.
    func spent(_ nanoseconds: Int, on step: TransferTally.Step, at place: Int?)
    /// A request is under way.
    func begin(at place: Int, isReused: Bool)
    /// It no longer is.
    func end(at place: Int, isKept: Bool)
    /// More was answered by the host at `place`; the transfer goes on.
    func count(_ answers: TransferTally.Answers, at place: Int)
    /// The transfer is over, with what is not counted yet. `place` is nil where no host was to be asked.
    func count(
        _ tally: borrowing TransferTally, _ answers: TransferTally.Answers, at place: Int?, code: CInt,
        end: Moment)
}

/// What is to be counted of one transfer. It lies where its events are told: an object of its own that hears of each would
/// cost a small request more than the counting.
@LoopActor
package struct TransferTally: ~Copyable {
    /// What a caller waits for.
    package enum Step {
        /// A slot.
        case queue
        /// A connection to be made.
        case connect
    }

    /// What came of the requests to one host.
    package struct Answers {
        /// Bytes of their bodies.
        package internal(set) var received = 0
        /// Bytes of the requests' bodies.
        package internal(set) var sent = 0
        /// Of the last answer; nil = there was none.
        package internal(set) var status: Int?
    }

    /// When it began, or should have by the rate of the run; in nanoseconds, as the others.
    package private(set) var start: Int?
    /// When the first byte of the last answer came.
    package internal(set) var firstByte: Int?
    /// True when one of its connections was new.
    package private(set) var isCold = false
    /// True when it asked for nothing.
    package private(set) var isSkipped = false
    private var place: Int?
    /// What is not counted yet.
    var answers = Answers()
    private var isUnderWay = false
    private var stepStart = 0

    /// Nothing has happened yet. `start` is when it begins; nil = when its first attempt does.
    nonisolated init(start: Moment?) { self.start = start?.nanoseconds }

    /// It begins now, or was to begin before.
    mutating func begin(at now: Moment, late: Duration = .zero) {
        start = now.nanoseconds - Int(late / .nanoseconds(1))
    }

    /// The final head of an answer came.
    mutating func note(_ status: Int, _ counter: (any TransferCounter)?) {
        if answers.status != nil { countAnswers(counter) }
        answers.status = status
    }

    /// A step of getting a connection, at `moment`; nil = now.
    mutating func note(_ step: ConnectorEvent, _ moment: Moment?, _ counter: (any TransferCounter)?) {
        switch step {
        case .queued, .creating: stepStart = (moment ?? .now).nanoseconds
        case .dequeued: counter?.spent((moment ?? .now).nanoseconds - stepStart, on: .queue, at: place)
        case .created: counter?.spent((moment ?? .now).nanoseconds - stepStart, on: .connect, at: place)
        default: break
        }
    }

    /// Nothing is asked of `url`.
    mutating func skip(_ url: HTTPURL?, _ counter: (any TransferCounter)?) {
        if let url { move(to: url, counter) }
        isSkipped = true
    }

    /// The next request goes to `url`. What came of the others is another host's, unless it is the same.
    mutating func move(to url: HTTPURL, _ counter: (any TransferCounter)?) {
        guard let next = counter?.place(of: url) else { return }
        if place != nil, place != next {
            leave(isKept: true, counter)
            countAnswers(counter)
        }
        place = next
    }

    /// A request goes out, perhaps once more over another connection.
    mutating func beginRequest(isReused: Bool, _ counter: (any TransferCounter)?) {
        leave(isKept: true, counter)
        guard let place else { return }
        isUnderWay = true
        if !isReused { isCold = true }
        counter?.begin(at: place, isReused: isReused)
    }

    /// The connection under the request, if there is one, is left.
    mutating func leave(isKept: Bool, _ counter: (any TransferCounter)?) {
        guard isUnderWay, let place else { return }
        isUnderWay = false
        counter?.end(at: place, isKept: isKept)
    }

    private mutating func countAnswers(_ counter: (any TransferCounter)?) {
        guard let place else { return }
        counter?.count(answers, at: place)
        answers = Answers()
    }

    /// It is over.
    mutating func end(_ code: CInt, _ now: Moment, _ counter: (any TransferCounter)?) {
        leave(isKept: false, counter)
        counter?.count(self, answers, at: place, code: code, end: now)
    }
}
