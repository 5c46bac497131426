import Connector
import HTTPClient
import HTTPCore

/// A transfer's wait for its service: probes, one after another, each an attempt of the transfer.
@LoopActor
final class Waiting {
    /// The service, for people: `unix:/run/x.sock`, `localhost:8080`.
    let subject: String
    /// It asks for another transfer, which keeps what comes of it to itself until then.
    let isProbeOnly: Bool
    private let room: WaitingRoom
    private var machine: ReadinessWait
    /// When the probe under way counts as unanswered.
    private(set) var probeEnd: ContinuousClock.Instant
    /// What the head of an answer said already.
    private var noted: ReadinessWait.Answer?
    /// The service is ready, or gone.
    private(set) var isOver = false
    /// The time of the probe under way was up.
    var hasGivenUp = false
    /// Where the probe under way sleeps, and what wakes it when its time is up.
    private var sleeper: Suspension?
    private var alarm: Task<Void, Never>?
    /// Of a probe for another transfer.
    var failure: TransferFailure?

    /// The time that it may wait began at `start`.
    init(
        _ settings: ReadinessWait.Settings, since start: ContinuousClock.Instant, for subject: String,
        isProbeOnly: Bool, room: WaitingRoom
    ) {
        machine = ReadinessWait(settings, now: start)
        probeEnd = start
        self.subject = subject
        self.isProbeOnly = isProbeOnly
        self.room = room
    }

    var isForEnd: Bool { machine.settings.isForEnd }
    /// How many good answers came, for people.
    var progress: String { machine.progress }

    /// All services are ready.
    var mayDeliver: Bool { isOver && room.isOpen }

    /// Wakes who waits for the others; nil = nobody has to wait.
    var othersAreReady: Suspension? { room.isOpen ? nil : room.suspension() }

    /// There is nothing to ask for.
    func skip() {
        isOver = true
        room.oneIsReady()
    }

    func beginProbe() {
        noted = nil
        hasGivenUp = false
        sleeper = nil
        probeEnd = machine.ask(now: .now)
        let (end, number) = (probeEnd, machine.tries)
        alarm?.cancel()
        alarm = EventLoop.shared.start { [weak self] in
            try? await EventLoop.shared.sleep(until: end)
            self?.ring(number)
        }
    }

    /// The probe under way sleeps there.
    func sleeps(on suspension: Suspension) { sleeper = suspension }

    private func ring(_ number: Int) {
        guard !isOver, number == machine.tries, probeEnd <= .now else { return }
        sleeper?.wake(.timedOut)
    }

    /// Looks at the head of an answer: what becomes of it while the service is not ready; nil = what would become of it anyway.
    /// `judge` says what is not as expected as far as a head tells; nil = all is well. `readsBody`: there is more to judge.
    func reconsider(
        _ decision: HeadDecision, _ head: ResponseHead, readsBody: Bool, judge: () -> String?
    ) -> HeadDecision? {
        guard !isOver else { return nil }
        let again = HeadDecision.discard(then: .retry(after: .zero))
        let status = "HTTP \(head.status)\(head.reason.isEmpty ? "" : " \(head.reason)")"
        if isForEnd {
            noted = .notYet("it still answers (\(status))")
            return again
        }
        switch decision {
        case .discard(.follow), .discard(.repeatWithLogin), .discard(.repeatWithoutExpect): return nil
        case .deliver, .stop, .discard: break
        }
        if (502...504).contains(head.status) {
            noted = .notYet(status)
            return again
        }
        if let problem = judge() {
            noted = .notYet(problem)
            return again
        }
        if readsBody, case .deliver = decision { return nil }
        noted = .good
        guard machine.isLast else { return again }
        _ = hear(.good)
        return isProbeOnly ? .discard(then: .end(.headOnly)) : nil
    }

    /// What came of a probe: by its head, or else by `failure`, or else by `problem` of the whole answer. nil = no waiting
    /// helps. `wasAsked`: its turn had come.
    func answer(after failure: TransferFailure?, _ problem: String?, wasAsked: Bool) -> ReadinessWait.Answer?
    {
        if let noted { return noted }
        guard let failure else { return problem.map { .notYet($0) } ?? .good }
        // Given up by who waits, or by the connector, whose limit is the same.
        let isUnanswered = hasGivenUp || probeEnd <= .now && failure.status == .timedOut
        if isUnanswered, !wasAsked {
            machine.takeBack()
            return .notYet("its turn has not come yet")
        }
        guard let reason = isUnanswered ? machine.unanswered : failure.waitingReason
        else { return nil }
        return isForEnd ? .good : .notYet(reason)
    }

    /// Takes the answer, tells what is new, and says what follows.
    func hear(_ answer: ReadinessWait.Answer) -> ReadinessWait.Order {
        sleeper = nil
        alarm?.cancel()
        let (order, news) = machine.hear(answer, now: .now, dice: .random(in: 0..<1))
        if case .done = order {
            isOver = true
            room.oneIsReady()
            guard room.tellsEnd else { return order }
            room.tell(room.hasOne ? news ?? "" : "\(subject): \(news ?? "")")
        } else if let news {
            room.tell("waiting for \(subject): \(news)")
        }
        return order
    }
}

/// Where those that are ready wait for those that are not yet.
@LoopActor
final class WaitingRoom {
    private let missing: Int
    private var ready = 0
    private var waiting: [Suspension] = []
    private let opened: () -> Void
    let tell: (String) -> Void
    /// False where more is waited for behind it.
    let tellsEnd: Bool

    /// `count` are waited for; `opened` is called when all of them are ready.
    init(
        for count: Int, tellsEnd: Bool = true, tell: @escaping (String) -> Void,
        opened: @escaping () -> Void
    ) {
        missing = count
        self.tellsEnd = tellsEnd
        self.tell = tell
        self.opened = opened
    }

    var isOpen: Bool { ready >= missing }
    /// A single one is waited for.
    var hasOne: Bool { missing == 1 }

    func suspension() -> Suspension {
        let suspension = Suspension()
        suspension.arm()
        waiting.append(suspension)
        return suspension
    }

    func oneIsReady() {
        ready += 1
        guard isOpen else { return }
        opened()
        for suspension in waiting { suspension.wake() }
        waiting = []
    }
}

extension TransferFailure {
    /// Why it is worth asking again, in a few words; nil where time does not heal it.
    fileprivate var waitingReason: String? {
        if self.isStoppedSibling || self.isInterrupted || self.isBrokenPipe { return nil }
        switch self.status {
        case .hostNotResolved, .proxyNotResolved, .connectFailed, .timedOut, .tlsHandshakeFailed, .emptyReply,
            .sendFailed,
            .receiveFailed, .partialFile, .proxyHandshakeFailed:
            break
        default: return nil
        }
        guard !self.isForGood else { return nil }
        return self.cause ?? self.text
    }
}
