import Connector
import HTTPClient
import HTTPCore

/// Makes requests wait for their turn in the pace of the run and of their hosts, and hears what answers say of the pace.
@LoopActor
final class PaceKeeper {
    /// A place that keeps a pace of its own.
    struct Host: Hashable {
        let name: String
        let port: UInt16
        let socket: ByteString?

        init(_ url: HTTPURL) {
            name = url.host
            port = url.effectivePort
            socket = url.socketPath.map { ByteString($0) }
        }

        /// In place of a host: the planned starts.
        fileprivate init() { (name, port, socket) = ("", 0, nil) }
    }

    /// The turn of one request.
    @LoopActor
    final class Turn {
        fileprivate let keeper: PaceKeeper
        fileprivate let host: Host
        fileprivate let ticket: Int
        private let suspension = Suspension()
        private var isWaitedFor = false
        fileprivate(set) var isGranted = false
        private let began = ContinuousClock.now
        fileprivate(set) var waited = Duration.zero
        /// When it was to be granted by the pace of the run; nil = at once.
        fileprivate(set) var planned: ContinuousClock.Instant?
        private var isOver = false

        fileprivate init(_ keeper: PaceKeeper, _ host: Host, _ ticket: Int) {
            self.keeper = keeper
            self.host = host
            self.ticket = ticket
        }

        fileprivate func grant(planned: ContinuousClock.Instant?) {
            isGranted = true
            self.planned = planned
            waited = began.duration(to: .now)
            if isWaitedFor { suspension.wake() }
        }

        /// Waits until the turn is granted, until `end` at the longest; nil = as long as it takes.
        func sleep(until end: ContinuousClock.Instant?) -> Wait {
            isWaitedFor = true
            return .sleep(suspension, until: end)
        }

        /// Waits until the turn is granted, until `end` at the longest; nil = as long as it takes. False = it was not, for
        /// that time came or the run ended.
        func wait(until end: ContinuousClock.Instant?) async -> Bool {
            guard !isGranted else { return true }
            isWaitedFor = true
            suspension.arm()
            return await suspension.wait(until: end).error == nil && isGranted
        }

        /// Its answer came, or it ended without one. Only the first call counts.
        func end(isGood: Bool) {
            guard !isOver else { return }
            isOver = true
            keeper.end(self, isGood: isGood)
        }
    }

    /// Called when more or fewer requests wait.
    var heldChanged: (() -> Void)?
    private var pace: RequestPace<Host>
    private let honorsLimits: Bool
    private var turns: [Int: Turn] = [:]
    private var tickets = 0
    private var timer: Task<Void, Never>?
    private var armedFor: ContinuousClock.Instant?

    init(_ rules: RequestPace<Host>.Rules, honorsLimits: Bool) {
        pace = RequestPace(rules)
        self.honorsLimits = honorsLimits
    }

    /// How many requests wait.
    var heldCount: Int { turns.count }

    /// How long the next request has to wait at least; nil = none waits.
    var nextPause: Duration? {
        let now = ContinuousClock.now
        return pace.nextTime(now: now).map { now.duration(to: $0) }
    }

    /// How long the host of `url` is left alone from now on at least.
    func leastPause(of url: HTTPURL) -> Duration {
        let now = ContinuousClock.now
        return pace.freeTime(of: Host(url)).map { max(.zero, now.duration(to: $0)) } ?? .zero
    }

    /// A request to `url` wants to begin; `isPlanned` where it is the start that `enterStart` gave a turn.
    func enter(_ url: HTTPURL, isPlanned: Bool) -> Turn { enter(Host(url), isPlanned: isPlanned) }

    /// A transfer wants to begin whose start is planned.
    func enterStart() -> Turn { enter(Host(), isPlanned: false) }

    private func enter(_ host: Host, isPlanned: Bool) -> Turn {
        tickets += 1
        let turn = Turn(self, host, tickets)
        if pace.enter(turn.ticket, host, isPlanned: isPlanned, now: .now) {
            turn.grant(planned: pace.lastStart)
        } else {
            turns[turn.ticket] = turn
            arm()
            heldChanged?()
        }
        return turn
    }

    /// What an answer says about the pace of its host. `turn` is that of its request, if it had one.
    /// - Returns: how long the host wants to be left alone; nil = it does not.
    func hear(_ head: ResponseHead, from url: HTTPURL, _ turn: Turn?, _ policy: RetryPolicy) -> Duration? {
        let host = Host(url)
        var pause: Duration?
        if let refusal = Refusal(head, policy, now: WallTime.second) {
            pause = pace.refuse(host, pause: refusal.pause, now: .now)
        } else if honorsLimits, let limit = RateLimit.read(head, now: WallTime.second) {
            pace.note(host, remaining: limit.remaining, reset: limit.reset, now: .now)
        }
        turn?.end(isGood: pause == nil)
        advance()
        return pause
    }

    private func end(_ turn: Turn, isGood: Bool) {
        if turn.isGranted {
            pace.end(turn.host, isGood: isGood, now: .now)
        } else {
            turns[turn.ticket] = nil
            pace.leave(turn.ticket, turn.host, now: .now)
        }
        advance()
    }

    private func advance() {
        let now = ContinuousClock.now
        var hasGranted = false
        while let ticket = pace.next(now: now) {
            turns.removeValue(forKey: ticket)?.grant(planned: pace.lastStart)
            hasGranted = true
        }
        if hasGranted { heldChanged?() }
        arm()
    }

    private func arm() {
        guard let time = pace.nextTime(now: .now) else { return }
        if let armedFor, armedFor <= time { return }
        timer?.cancel()
        armedFor = time
        timer = EventLoop.shared.start {
            guard (try? await EventLoop.shared.sleep(until: time)) != nil else { return }
            self.armedFor = nil
            self.advance()
        }
    }

    /// The run is over.
    func stop() { timer?.cancel() }

    /// An answer that says "later".
    struct Refusal {
        /// nil = it does not say when.
        var pause: Duration?

        init?(_ head: ResponseHead, _ policy: RetryPolicy, now: Int64) {
            guard head.status == 429 || head.status == 503 && head.contains("Retry-After") else { return nil }
            guard policy.honorsRetryAfter else { return nil }
            pause = head.first("Retry-After").flatMap { RetryAfter.parse($0, now: now) }
            if pause == .zero { pause = nil }
            if head.status == 503, pause == nil { return nil }
            // The request fails after such an answer, so the host's others need not wait.
            if let pause, let longest = policy.longestRetryAfter, longest > .zero, pause > longest {
                return nil
            }
        }
    }
}
