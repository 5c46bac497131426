import Connector
import HTTPClient
import HTTPCore

/// What a transfer spent its time on, attempt by attempt and request by request.
struct Timeline {
    /// One request.
    struct Hop {
        var attempt: Int
        var hop: Int
        var method: String
        /// Secrets hidden.
        var url: String
        var start: Int
        /// nil = no answer came.
        var status: Int?
        var connection: Int?
        var isReused = false
    }

    var transfer = 0
    /// Microseconds since the run began.
    var start = 0
    var end = 0
    var hops: [Hop] = []
    /// In order, without gaps: they add up to the whole.
    var spans: [PhaseSpan] = []
    /// Bytes of the last answer's body.
    var bytes = 0
    var code: CInt = 0
    /// Why it failed, or asked for nothing.
    var error: String?

    var length: Int { end - start }
}

/// Makes the timeline of one transfer from what happens to it.
@LoopActor
final class TimelineRecorder: TransferListener {
    private let clock: RunClock
    private let secrets: Secrets
    private let done: @LoopActor (Timeline) -> Void
    private var timeline = Timeline()
    private var phases: PhaseClock?

    /// `done` gets the timeline once the transfer is over.
    init(_ clock: RunClock, secrets: Secrets, done: @escaping @LoopActor (Timeline) -> Void) {
        self.clock = clock
        self.secrets = secrets
        self.done = done
    }

    func hear(_ event: TransferEvent) {
        switch event.kind {
        case .body(let bytes): timeline.bytes += bytes.count
        case .bodySpliced(let count): timeline.bytes += count
        default: follow(event, at: clock.microseconds(event.moment))
        }
    }

    private func follow(_ event: TransferEvent, at now: Int) {
        if phases == nil {
            phases = PhaseClock(start: now)
            timeline.start = now
            timeline.transfer = event.transfer
        }
        switch event.kind {
        case .scheduled(_, let waited):
            for span in phases?.waited(waited.wholeMicroseconds, until: now) ?? [] { keep(span) }
        case .attemptBegan, .hopBegan: keep(phases?.enter(attempt: event.attempt, hop: event.hop, at: now))
        default:
            if let next = phases?.phase(after: event.kind) {
                keep(phases?.turn(to: next, at: now))
            }
        }
        note(event, now)
    }

    private func note(_ event: TransferEvent, _ now: Int) {
        switch event.kind {
        case .hopBegan(let request):
            timeline.bytes = 0
            timeline.hops.append(
                Timeline.Hop(
                    attempt: event.attempt, hop: event.hop, method: secrets.text(request.method),
                    url: secrets.url(request.url), start: now))
        case .exchangeBegan(let connection):
            withLastHop { hop in
                hop.connection = event.connection
                hop.isReused = connection.isReused
            }
        case .head(let head, _, _): withLastHop { $0.status = head.status }
        case .skipped(_, let reason): timeline.error = secrets.sentence(reason)
        case .ended(let failure, let code):
            keep(phases?.end(at: now))
            timeline.end = now
            timeline.code = code
            if let failure { timeline.error = secrets.sentence(failure) }
            done(timeline)
        default: break
        }
    }

    private func withLastHop(_ change: (inout Timeline.Hop) -> Void) {
        guard let last = timeline.hops.indices.last else { return }
        change(&timeline.hops[last])
    }

    private func keep(_ span: PhaseSpan?) {
        if let span { timeline.spans.append(span) }
    }
}

extension Phase {
    /// What people call it.
    var title: String {
        switch self {
        case .queue: "queue"
        case .dns: "dns"
        case .connect: "connect"
        case .proxy: "proxy"
        case .tls: "tls"
        case .send: "send"
        case .wait: "wait"
        case .receive: "receive"
        case .pause: "pause"
        case .other: "other"
        }
    }
}
