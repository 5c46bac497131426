import Connector
import HTTPClient

/// What a transfer spends its time on.
enum Phase: Int, CaseIterable, Sendable {
    /// In line for a connection.
    case queue
    case dns
    case connect
    /// What a proxy is told and says before there is a way to the server.
    case proxy
    case tls
    case send
    /// For the first byte of the answer.
    case wait
    case receive
    /// Between two attempts.
    case pause
    /// What the tool does itself: files, decisions, reports.
    case other
}

/// A stretch of a transfer's time.
struct PhaseSpan: Equatable, Sendable {
    var phase: Phase
    var attempt: Int
    var hop: Int
    /// Microseconds since the run began.
    var start: Int
    var end: Int

    var length: Int { end - start }
}

/// Divides the time of a transfer among phases: at each moment exactly one is under way, so that they add up to the whole.
/// Pure.
struct PhaseClock {
    /// What the time since `since` is spent on.
    private(set) var phase = Phase.other
    /// When the phase under way began, in microseconds.
    private(set) var since: Int
    /// When the transfer began.
    let start: Int
    /// Microseconds spent on each phase that is over, by its raw value.
    var totals: [Int] { Phase.allCases.map { spent(on: $0) } }
    /// What it was when the answer began to come: send, where a server answers before it has heard all, or wait.
    private var beforeReceive = Phase.wait
    private var sums = InlineArray<10, Int>(repeating: 0)
    private var attempt = 0
    private var hop = 0

    /// Microseconds spent on a phase so far, the one under way left out.
    func spent(on phase: Phase) -> Int { sums[phase.rawValue] }

    /// The same by a phase's raw value.
    func spent(at index: Int) -> Int { sums[index] }

    /// Begins at `start` microseconds.
    init(start: Int) {
        self.start = start
        since = start
    }

    /// From `now` on it is `next`. Returns the stretch that is over, unless it is empty or goes on.
    @discardableResult
    mutating func turn(to next: Phase, at now: Int) -> PhaseSpan? {
        guard next != phase else { return nil }
        return cut(at: now, next)
    }

    /// The same for who does not ask for the stretch.
    mutating func pass(to next: Phase, at now: Int) {
        if next == .receive, phase != .receive { beforeReceive = phase == .send ? .send : .wait }
        let now = max(now, since)
        sums[phase.rawValue] += now - since
        (phase, since) = (next, now)
    }

    /// The last so many microseconds of the phase under way were a wait for its turn, to keep to a rate. Returns the
    /// stretches that are over.
    @discardableResult
    mutating func waited(_ microseconds: Int, until now: Int) -> [PhaseSpan] {
        let current = phase
        return [turn(to: .pause, at: now - microseconds), turn(to: current, at: now)].compactMap(\.self)
    }

    /// The attempt and the hop that the time belongs to from `now` on.
    mutating func enter(attempt: Int, hop: Int, at now: Int) -> PhaseSpan? {
        let span = cut(at: now, .other)
        (self.attempt, self.hop) = (attempt, hop)
        return span
    }

    /// It is over.
    mutating func end(at now: Int) -> PhaseSpan? { cut(at: now, .other) }

    private mutating func cut(at now: Int, _ next: Phase) -> PhaseSpan? {
        let (last, start) = (phase, since)
        pass(to: next, at: now)
        guard since > start else { return nil }
        return PhaseSpan(phase: last, attempt: attempt, hop: hop, start: start, end: since)
    }

    /// The phase that begins with an event; nil = it changes nothing.
    func phase(after kind: TransferEvent.Kind) -> Phase? {
        switch kind {
        case .connector(let step): Self.phase(after: step)
        case .exchangeBegan: .send
        // A server may answer before it has heard all.
        case .requestEnded: phase == .receive ? nil : .wait
        case .responseBegan, .head: .receive
        // The answer itself is still to come.
        case .interim: beforeReceive
        case .connectionLeft, .ended, .attemptBegan, .hopBegan: .other
        case .retry: .pause
        case .urlSettled, .securedByHSTS, .requestHead, .requestBody, .requestSpliced, .cookieRefused,
            .resumed, .body, .bodySpliced, .delivered, .trailers, .oddity, .headRefused, .redirected,
            .loginAsked,
            .expectationRefused, .hostPaused, .checked, .scheduled, .skipped:
            nil
        }
    }

    /// The same for a step of getting a connection.
    static func phase(after step: ConnectorEvent) -> Phase? {
        switch step {
        case .queued: .queue
        case .resolving, .dnsCacheMiss, .dnsLookupJoined: .dns
        case .resolved, .dnsCacheHit, .attemptStarted: .connect
        case .socksRequested, .tunnelRequested: .proxy
        case .handshakeStarted: .tls
        // Before the first address is tried what TLS needs is made ready.
        case .creating, .dequeued, .created, .reused, .failed, .cancelled: .other
        // A proxy's answer leads on at once; an address that fails while another is tried changes nothing.
        case .connected, .attemptFailed, .tunnelAnswered: nil
        }
    }
}

/// Instants as whole microseconds since a run began, so that differences add up.
struct RunClock: Sendable {
    /// When the run began.
    let start: Moment

    func microseconds(_ moment: Moment) -> Int { (moment.nanoseconds - start.nanoseconds) / 1000 }
}
