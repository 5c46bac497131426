/// Says when each request of a run may begin: not before its turn in the pace of the run and in that of its host. Pure.
///
/// A request enters and is told to go at once or to wait; those that wait are let go by `next(now:)`, hosts in turn. What a
/// host says slows it down: after a refusal it is left alone, then asked one at a time, then more and more again. All of it
/// takes O(log hosts), however many requests wait, and hosts that nothing is to be remembered of are forgotten.
struct RequestPace<Host: Hashable> {
    typealias Instant = ContinuousClock.Instant

    /// What the options ask for.
    struct Rules: Equatable {
        /// The least time between any two requests; nil = none.
        var interval: Duration?
        /// A request that came late does not put off those behind it.
        var catchesUp = false
        /// For each host: the time in which a request is earned, and how many can be saved up; nil = none.
        var hostInterval: Duration?
        var burst = 1
    }

    private struct State {
        var waiting: [Int] = []
        var firstWaiting = 0
        /// Requests that were let go and whose answer has not come.
        var running = 0
        /// How many may run; nil = any number.
        var allowance: Int?
        /// How often it said no since it last said yes.
        var refusals = 0
        /// It is left alone until then.
        var pausedUntil: Instant?
        /// The bucket is full at this instant; nil = it is full.
        var fullAt: Instant?
        /// The time between two requests after a refusal; zero = none.
        var spacing = Duration.zero
        var spacedUntil: Instant?
        /// When its first waiting request may go; nil where none waits, or only an answer lets it go.
        var place: Instant?
        var isInLine = false

        var waitingCount: Int { waiting.count - firstWaiting }
    }

    let rules: Rules
    private var hosts: [Host: State] = [:]
    /// Hosts whose time is still to come.
    private var sleeping = InstantHeap<Host>()
    /// Hosts whose first request may go now, in turn.
    private var line: [Host] = []
    private var firstInLine = 0
    private var schedule: StartSchedule?
    /// When the request that began last was to begin.
    private(set) var lastStart: Instant?
    private var sweepAt = 64

    init(_ rules: Rules) {
        self.rules = rules
        schedule = rules.interval.map { StartSchedule(interval: $0, catchesUp: rules.catchesUp) }
    }

    /// When the run may begin another request; nil = at any time.
    private var runFreeAt: Instant? { schedule?.following }

    /// How many hosts are remembered.
    var hostCount: Int { hosts.count }

    /// How many requests wait.
    private(set) var waitingCount = 0

    // MARK: Requests

    /// A request wants to begin. One that is planned had its turn in the pace of the run as another one: only its host may
    /// keep it waiting.
    /// - Returns: true when it may, and counts as begun; false when it waits until `next` hands its ticket out.
    mutating func enter(_ ticket: Int, _ host: Host, isPlanned: Bool = false, now: Instant) -> Bool {
        sweep(now)
        var state = hosts[host] ?? State()
        defer { hosts[host] = state }
        // Those of the host that wait may do so for the run's sake.
        let isItsTurn =
            isPlanned || state.waitingCount == 0 && line.isEmpty && runFreeAt.map { $0 <= now } ?? true
        if isItsTurn, isFree(state, now) {
            begin(&state, isPlanned: isPlanned, now)
            return true
        }
        state.waiting.append(ticket)
        waitingCount += 1
        if state.waitingCount == 1 { place(host, &state, now) }
        return false
    }

    /// A request that waited does not want to any more.
    mutating func leave(_ ticket: Int, _ host: Host, now: Instant) {
        guard var state = hosts[host],
            let index = state.waiting[state.firstWaiting...].firstIndex(of: ticket)
        else { return }
        state.waiting.remove(at: index)
        waitingCount -= 1
        hosts[host] = state
    }

    /// The answer to a request came, or it failed without one.
    mutating func end(_ host: Host, isGood: Bool, now: Instant) {
        guard var state = hosts[host] else { return }
        state.running = max(0, state.running - 1)
        // What was under way when it said no says nothing of what it takes now.
        if isGood, state.pausedUntil.map({ $0 <= now }) ?? true {
            state.refusals = 0
            state.allowance = state.allowance.flatMap { $0 < Self.mostAllowance ? $0 + 1 : nil }
            state.spacing = state.spacing * 4 / 5
            if state.spacing < Self.leastSpacing { (state.spacing, state.spacedUntil) = (.zero, nil) }
        }
        if state.waitingCount > 0, state.place == nil, !state.isInLine { place(host, &state, now) }
        hosts[host] = state
    }

    private static var mostAllowance: Int { 64 }
    private static var leastSpacing: Duration { .milliseconds(5) }

    /// The next request that may begin now; it counts as begun. nil = none may.
    mutating func next(now: Instant) -> Int? {
        if let runFreeAt, runFreeAt > now { return nil }
        while let host = sleeping.pop(notAfter: now) {
            guard var state = hosts[host], state.place.map({ $0 <= now }) ?? false else { continue }
            state.place = nil
            if state.waitingCount > 0 {
                state.isInLine = true
                line.append(host)
            }
            hosts[host] = state
        }
        while firstInLine < line.count {
            let host = line[firstInLine]
            firstInLine += 1
            if firstInLine == line.count || firstInLine > 64 && firstInLine * 2 > line.count {
                line.removeFirst(firstInLine)
                firstInLine = 0
            }
            guard var state = hosts[host] else { continue }
            state.isInLine = false
            // It may have been refused since.
            guard state.waitingCount > 0, isFree(state, now) else {
                if state.waitingCount > 0 { place(host, &state, now) }
                hosts[host] = state
                continue
            }
            let ticket = state.waiting[state.firstWaiting]
            state.firstWaiting += 1
            if state.firstWaiting > 32, state.firstWaiting * 2 > state.waiting.count {
                state.waiting.removeFirst(state.firstWaiting)
                state.firstWaiting = 0
            }
            waitingCount -= 1
            begin(&state, isPlanned: false, now)
            if state.waitingCount > 0 { place(host, &state, now) }
            hosts[host] = state
            return ticket
        }
        return nil
    }

    /// When `next` is to be asked again, if nothing happens before; nil = nothing waits for time to pass.
    func nextTime(now: Instant) -> Instant? {
        guard waitingCount > 0 else { return nil }
        guard let host = firstInLine < line.count ? now : sleeping.first else { return nil }
        return max(host, runFreeAt ?? host)
    }

    /// Before this no request to the host may begin, even if none waits; nil = there is no such time.
    func freeTime(of host: Host) -> Instant? { hosts[host].flatMap { freeAt($0) } }

    // MARK: What hosts say

    /// A host says that it wants to be left alone for so long; nil = it does not say for how long: one second, and twice as
    /// long each time until it says yes again.
    /// - Returns: how long that is from now.
    mutating func refuse(_ host: Host, pause: Duration?, now: Instant) -> Duration {
        var state = hosts[host] ?? State()
        defer { hosts[host] = state }
        // Answers to requests that were under way together are one refusal.
        if state.pausedUntil.map({ $0 <= now }) ?? true { state.refusals = min(state.refusals + 1, 7) }
        let pause = pause ?? min(.seconds(1 << (state.refusals - 1)), .seconds(60))
        let until = max(state.pausedUntil ?? now, now + pause)
        state.pausedUntil = until
        state.allowance = 1
        state.spacing = min(max(pause, .milliseconds(100)), .seconds(1))
        return now.duration(to: until)
    }

    /// A host says how many requests it will take until when. It is slowed down when more than those wait for it.
    mutating func note(_ host: Host, remaining: Int, reset: Duration, now: Instant) {
        guard reset > .zero else { return }
        var state = hosts[host] ?? State()
        if remaining <= 0 {
            state.pausedUntil = max(state.pausedUntil ?? now, now + reset)
        } else if state.waitingCount + state.running > remaining {
            state.spacing = reset / remaining
            state.spacedUntil = now + state.spacing
        }
        hosts[host] = state
    }

    // MARK: Rules

    private func isFree(_ state: State, _ now: Instant) -> Bool {
        if let allowance = state.allowance, state.running >= allowance { return false }
        return freeAt(state).map { $0 <= now } ?? true
    }

    /// When it may be asked as far as time goes; nil = at any time.
    private func freeAt(_ state: State) -> Instant? {
        var free = state.pausedUntil
        if let spaced = state.spacedUntil { free = max(free ?? spaced, spaced) }
        if let interval = rules.hostInterval, let full = state.fullAt {
            let earned = full - interval * (rules.burst - 1)
            free = max(free ?? earned, earned)
        }
        return free
    }

    private mutating func begin(_ state: inout State, isPlanned: Bool, _ now: Instant) {
        state.running += 1
        if !isPlanned { lastStart = schedule?.next(now: now) }
        if let interval = rules.hostInterval { state.fullAt = max(state.fullAt ?? now, now) + interval }
        if let paused = state.pausedUntil, paused <= now { state.pausedUntil = nil }
        if state.spacing > .zero { state.spacedUntil = now + state.spacing }
    }

    /// Puts a host with waiting requests where its turn will be found.
    private mutating func place(_ host: Host, _ state: inout State, _ now: Instant) {
        if let allowance = state.allowance, state.running >= allowance {
            state.place = nil
            return
        }
        let time = max(freeAt(state) ?? now, now)
        state.place = time
        sleeping.push(host, at: time)
    }

    /// Forgets the hosts of which nothing is to be remembered, each time that there are twice as many.
    private mutating func sweep(_ now: Instant) {
        guard hosts.count >= sweepAt else { return }
        hosts = hosts.filter { _, state in
            state.waitingCount > 0 || state.running > 0 || state.allowance != nil || state.isInLine
                || freeAt(state).map { $0 > now } ?? false || state.fullAt.map { $0 > now } ?? false
        }
        sweepAt = max(64, hosts.count * 2)
    }
}

/// Values by the instant at which their time comes; those of the same instant in the order of their coming.
private struct InstantHeap<Value> {
    private var nodes: [(time: ContinuousClock.Instant, number: Int, value: Value)] = []
    private var count = 0

    var first: ContinuousClock.Instant? { nodes.first?.time }

    mutating func push(_ value: Value, at time: ContinuousClock.Instant) {
        count += 1
        nodes.append((time, count, value))
        var child = nodes.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            nodes.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop(notAfter now: ContinuousClock.Instant) -> Value? {
        guard let top = nodes.first, top.time <= now else { return nil }
        let last = nodes.removeLast()
        guard !nodes.isEmpty else { return top.value }
        nodes[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < nodes.count else { break }
            if child + 1 < nodes.count, precedes(child + 1, child) { child += 1 }
            guard precedes(child, parent) else { break }
            nodes.swapAt(child, parent)
            parent = child
        }
        return top.value
    }

    private func precedes(_ one: Int, _ other: Int) -> Bool {
        (nodes[one].time, nodes[one].number) < (nodes[other].time, nodes[other].number)
    }
}
