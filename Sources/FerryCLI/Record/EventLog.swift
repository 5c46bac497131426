import Connector
import HTTPClient
import HTTPCore

/// `--events`: tells everything that happens to the transfers of a run, one JSON object a line.
@LoopActor
final class EventLog {
    let log: LineLog
    let secrets: Secrets
    let clock: RunClock
    private let started = WallTime.now()
    private var transfers = 0
    private var failed = 0
    private var bytes = 0

    init(_ log: LineLog, secrets: Secrets, clock: RunClock) {
        self.log = log
        self.secrets = secrets
        self.clock = clock
    }

    /// Hears of one transfer.
    func makeListener() -> any TransferListener { EventWriter(self) }

    fileprivate func ended(failed hasFailed: Bool, bytes count: Int) {
        transfers += 1
        if hasFailed { failed += 1 }
        bytes += count
    }

    /// The last line.
    func finish(_ summary: RunSummary) {
        log.line.begin(.summary, microseconds: clock.microseconds(.now))
        log.line.add(.exitCode, Int(summary.status))
        if let signal = summary.signal { log.line.add(.signal, Int(signal)) }
        if let problem = summary.problem { log.line.add(.error, secrets.sentence(problem)) }
        log.line.add(.transfers, transfers)
        log.line.add(.failed, failed)
        log.line.add(.bytes, bytes)
        log.line.add(.started, started.formattedUTC("%Y-%m-%dT%H:%M:%S.%fZ"))
        log.line.add(.opened, summary.connectors.reduce(0) { $0 + $1.opened })
        log.line.add(.reusedCount, summary.connectors.reduce(0) { $0 + $1.reused })
        log.line.end()
        log.added()
        log.finish()
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

/// Writes the lines of one transfer.
@LoopActor
private final class EventWriter: TransferListener {
    private let log: EventLog
    private var phases: PhaseClock?
    private var now = 0
    /// Of the request under way, quoted.
    private var url: [UInt8]?
    private var place: HTTPURL?
    private var status: Int?
    private var isDelivered = false
    /// Bytes of the answer's body, and of the request's.
    private var received = 0
    private var sent = 0
    private var allSent = 0
    private var expected: Int?
    private var lastProgress = 0
    /// An idle connection was given out; told with the connection's number.
    private var reuse: (idle: Duration, uses: Int)?
    private var isReused = false
    private var queuedAt: Int?

    init(_ log: EventLog) {
        self.log = log
    }

    private var line: EventLine {
        get { log.log.line }
        _modify { yield &log.log.line }
    }

    func hear(_ event: TransferEvent) {
        switch event.kind {
        // Counted only: there may be very many.
        case .requestBody(let bytes): sent += bytes.count
        case .requestSpliced(let count): sent += count
        case .delivered, .requestHead, .trailers, .cookieRefused, .resumed, .securedByHSTS: break
        case .urlSettled(let url, _): if self.url == nil { place = url }
        default:
            now = log.clock.microseconds(event.instant)
            follow(event)
            tell(event)
        }
    }

    private func follow(_ event: TransferEvent) {
        guard phases != nil else {
            phases = PhaseClock(start: now)
            return
        }
        if let next = PhaseClock.phase(after: event.kind, in: phases?.phase ?? .other) {
            _ = phases?.turn(to: next, at: now)
        }
    }

    private func tell(_ event: TransferEvent) {
        switch event.kind {
        case .hopBegan(let request): begin(request, event)
        case .connector(let step): tell(step, event)
        case .exchangeBegan(let connection): tellReuse(of: connection, event)
        case .requestEnded:
            begin(.sent, event)
            line.add(.isReused, isReused)
            line.add(.bytes, sent)
            allSent += sent
            sent = 0
            end()
        case .interim(let head):
            begin(.interim, event)
            line.add(.status, head.status)
            end()
        case .head(let head, let framing, let fate): tell(head, framing, fate, event)
        case .body(let bytes): count(bytes.count, event)
        case .bodySpliced(let bytes): count(bytes, event)
        case .redirected(let url, let dropped):
            begin(.redirect, event)
            line.add(.url, log.secrets.url(url))
            line.add(.status, status ?? 0)
            line.add(.dropped, dropped)
            end()
        case .loginAsked(let byProxy):
            begin(.login, event)
            line.add(.isProxy, byProxy)
            line.add(.status, status ?? (byProxy ? 407 : 401))
            end()
        case .retry(let reason, let pause, let left): tellRetry(reason, pause, left, event)
        case .scheduled(_, let waited):
            begin(.pace, event)
            line.add(.pauseTime, Self.microseconds(waited))
            end()
        case .ended(let failure, let code): tellEnd(failure, code, event)
        case .attemptBegan:
            received = 0
            status = nil
        case .urlSettled, .securedByHSTS, .requestHead, .requestBody, .requestSpliced, .responseBegan,
            .cookieRefused, .resumed, .delivered, .trailers, .connectionLeft, .expectationRefused:
            break
        }
    }

    // MARK: Lines

    private func begin(_ name: EventName, _ event: TransferEvent) {
        line.begin(name, microseconds: now)
        line.add(.transfer, event.transfer)
        line.add(.attempt, event.attempt)
        line.add(.hop, event.hop)
        if let connection = event.connection { line.add(.connection, max(0, connection)) }
    }

    private func end() {
        line.end()
        log.log.added()
    }

    private func begin(_ request: TransferEvent.Request, _ event: TransferEvent) {
        let quoted = JSONText.quoted(log.secrets.url(request.url))
        url = quoted
        place = request.url
        isDelivered = false
        received = 0
        sent = 0
        expected = nil
        begin(.request, event)
        line.add(.method, request.method)
        line.add(.url, quoted: quoted)
        line.add(.host, request.url.socketPath ?? request.url.host)
        line.add(.port, Int(request.url.effectivePort))
        if request.usesProxy { line.add(.isProxy, true) }
        if let bytes = request.bodyBytes { line.add(.bytes, Int(clamping: bytes)) }
        end()
    }

    private func tellReuse(of connection: Connection, _ event: TransferEvent) {
        isReused = connection.isReused
        defer { reuse = nil }
        guard isReused else { return }
        begin(.reuse, event)
        line.add(.isReused, true)
        if let peer = connection.peerAddress { line.add(.address, peer.description) }
        if let reuse {
            line.add(.idleTime, Self.microseconds(reuse.idle))
            line.add(.uses, reuse.uses)
        }
        end()
    }

    private func tell(
        _ head: ResponseHead, _ framing: BodyFraming, _ fate: TransferEvent.Fate, _ event: TransferEvent
    ) {
        status = head.status
        isDelivered = fate == .delivered
        lastProgress = now
        begin(.head, event)
        line.add(.status, head.status)
        line.add(.fate, fate.rawValue)
        if !head.reason.isEmpty { line.add(.reason, log.secrets.text(head.reason)) }
        if case .length(let length) = framing {
            expected = Int(clamping: length)
            line.add(.total, Int(clamping: length))
        }
        end()
    }

    private func count(_ bytes: Int, _ event: TransferEvent) {
        received += bytes
        guard now - lastProgress >= 1_000_000 else { return }
        lastProgress = now
        begin(.progress, event)
        line.add(.bytes, received)
        if let expected { line.add(.total, expected) }
        end()
    }

    private func tellRetry(_ reason: String, _ pause: Duration, _ left: Int, _ event: TransferEvent) {
        begin(.retry, event)
        line.add(.reason, log.secrets.sentence(reason))
        line.add(.pauseTime, Self.microseconds(pause))
        line.add(.left, max(0, left))
        if let status { line.add(.status, status) }
        end()
        begin(.pause, event)
        line.add(.pauseTime, Self.microseconds(pause))
        line.add(.reason, "retry")
        end()
    }

    private func tellEnd(_ failure: String?, _ code: CInt, _ event: TransferEvent) {
        _ = phases?.end(at: now)
        let bytes = isDelivered ? received : 0
        begin(.end, event)
        line.add(.exitCode, Int(code))
        if let failure { line.add(.error, log.secrets.sentence(failure)) }
        if let url {
            line.add(.url, quoted: url)
        } else if let place {
            line.add(.url, log.secrets.url(place))
        }
        if let status { line.add(.status, status) }
        line.add(.bytes, bytes)
        line.add(.sentBytes, allSent + sent)
        if let phases {
            for (phase, member) in zip(Phase.allCases, EventMember.phases) {
                let spent = phases.totals[phase.rawValue]
                if spent > 0 { line.add(member, spent) }
            }
            line.add(.totalTime, now - phases.start)
        }
        end()
        log.ended(failed: code != 0, bytes: bytes)
    }

    private static func microseconds(_ duration: Duration) -> Int {
        Int(clamping: max(.zero, duration).attoseconds / 1_000_000_000_000)
    }
}

// MARK: - Connecting

extension EventWriter {
    private func tell(_ step: ConnectorEvent, _ event: TransferEvent) {
        switch step {
        case .queued(let position):
            queuedAt = now
            begin(.queue, event)
            line.add(.position, max(1, position))
            end()
        case .dequeued:
            begin(.queue, event)
            line.add(.queueTime, now - (queuedAt ?? now))
            end()
        case .reused(let idle, let uses): reuse = (idle, uses)
        case .resolving(let host, let port): tellName(host, port, "resolver", event)
        case .resolved(let host, let port, let addresses):
            tellName(host, port, "resolver", addresses: addresses, event)
        case .dnsCacheHit(let host, let port): tellName(host, port, "cache", event)
        case .dnsLookupJoined(let host, let port): tellName(host, port, "shared", event)
        case .attemptStarted(let address):
            begin(.attempt, event)
            line.add(.address, address.description)
            end()
        case .attemptFailed(let attempt):
            begin(.attempt, event)
            line.add(.address, attempt.address.description)
            line.add(.error, log.secrets.sentence(attempt.text))
            end()
        case .socksRequested(let proxy, _):
            begin(.proxy, event)
            line.add(.host, proxy.host)
            line.add(.port, Int(proxy.port))
            end()
        case .tunnelRequested:
            begin(.proxy, event)
            end()
        case .tunnelAnswered(let head):
            begin(.proxy, event)
            if let head = try? ResponseHead(parsing: String(decoding: head, as: UTF8.self)) {
                line.add(.status, head.status)
            }
            end()
        case .handshakeStarted(let name, let isProxy):
            begin(.tls, event)
            line.add(.host, name)
            line.add(.isProxy, isProxy)
            end()
        case .created(let local, let peer, let tls): tellConnected(local, peer, tls, event)
        case .failed(let error):
            begin(.connect, event)
            line.add(.error, log.secrets.sentence("\(error)"))
            end()
        case .creating, .dnsCacheMiss, .connected, .cancelled: break
        }
    }

    private func tellName(
        _ host: String, _ port: UInt16, _ source: String, addresses: [SocketAddress]? = nil,
        _ event: TransferEvent
    ) {
        begin(.dns, event)
        line.add(.host, host)
        line.add(.port, Int(port))
        line.add(.source, source)
        if let addresses { line.add(.addresses, addresses.map(\.host)) }
        end()
    }

    private func tellConnected(
        _ local: SocketAddress?, _ peer: SocketAddress?, _ tls: TLSConnectionInfo?, _ event: TransferEvent
    ) {
        if let tls {
            begin(.tls, event)
            line.add(.tlsVersion, "\(tls.protocolVersion)")
            line.add(.cipher, tls.cipherSuite)
            line.add(.isResumed, tls.isResumed)
            end()
        }
        begin(.connect, event)
        if let peer { line.add(.address, peer.description) }
        if let local { line.add(.local, local.description) }
        end()
    }
}
