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
        log.append { line in
            line.begin(.summary, microseconds: clock.microseconds(.now))
            line.add(.exitCode, Int(summary.status))
            if let signal = summary.signal { line.add(.signal, Int(signal)) }
            if let problem = summary.problem { line.add(.error, secrets.sentence(problem)) }
            line.add(.transfers, transfers)
            line.add(.failed, failed)
            line.add(.bytes, bytes)
            line.add(.started, started.formattedUTC("%Y-%m-%dT%H:%M:%S.%fZ"))
            line.add(.opened, summary.connectors.reduce(0) { $0 + $1.opened })
            line.add(.reusedCount, summary.connectors.reduce(0) { $0 + $1.reused })
            line.end()
        }
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

    func hear(_ event: TransferEvent) {
        switch event.kind {
        // Counted only: there may be very many.
        case .requestBody(let bytes): sent += bytes.count
        case .requestSpliced(let count): sent += count
        case .delivered, .requestHead, .trailers, .oddity, .cookieRefused, .resumed, .securedByHSTS: break
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
            write(.sent, event) { line in
                line.add(.isReused, isReused)
                line.add(.bytes, sent)
                allSent += sent
                sent = 0
            }
        case .interim(let head):
            write(.interim, event) { line in
                line.add(.status, head.status)
            }
        case .head(let head, let framing, let fate): tell(head, framing, fate, event)
        case .body(let bytes): count(bytes.count, event)
        case .bodySpliced(let bytes): count(bytes, event)
        case .redirected(let url, let dropped):
            write(.redirect, event) { line in
                line.add(.url, log.secrets.url(url))
                line.add(.status, status ?? 0)
                line.add(.dropped, dropped)
            }
        case .loginAsked(let byProxy):
            write(.login, event) { line in
                line.add(.isProxy, byProxy)
                line.add(.status, status ?? (byProxy ? 407 : 401))
            }
        case .retry(let reason, let pause, let left): tellRetry(reason, pause, left, event)
        case .scheduled(_, let waited):
            write(.pace, event) { line in
                line.add(.pauseTime, Self.microseconds(waited))
            }
        case .ended(let failure, let code): tellEnd(failure, code, event)
        case .attemptBegan:
            received = 0
            status = nil
        case .urlSettled, .securedByHSTS, .requestHead, .requestBody, .requestSpliced, .responseBegan,
            .cookieRefused, .resumed, .delivered, .trailers, .oddity, .connectionLeft, .expectationRefused:
            break
        }
    }

    // MARK: Lines

    /// A line with the ids of an event, and what `add` adds.
    private func write(_ name: EventName, _ event: TransferEvent, _ add: (inout EventLine) -> Void) {
        log.log.append { line in
            line.begin(name, microseconds: now)
            line.add(.transfer, event.transfer)
            line.add(.attempt, event.attempt)
            line.add(.hop, event.hop)
            if let connection = event.connection { line.add(.connection, max(0, connection)) }
            add(&line)
            line.end()
        }
    }

    private func begin(_ request: TransferEvent.Request, _ event: TransferEvent) {
        let quoted = JSONText.quoted(log.secrets.url(request.url))
        url = quoted
        place = request.url
        isDelivered = false
        received = 0
        sent = 0
        expected = nil
        write(.request, event) { line in
            line.add(.method, request.method)
            line.add(.url, quoted: quoted)
            line.add(.host, request.url.socketPath ?? request.url.host)
            line.add(.port, Int(request.url.effectivePort))
            if request.usesProxy { line.add(.isProxy, true) }
            if let bytes = request.bodyBytes { line.add(.bytes, Int(clamping: bytes)) }
        }
    }

    private func tellReuse(of connection: Connection, _ event: TransferEvent) {
        isReused = connection.isReused
        defer { reuse = nil }
        guard isReused else { return }
        write(.reuse, event) { line in
            line.add(.isReused, true)
            if let peer = connection.peerAddress { line.add(.address, peer.description) }
            if let reuse {
                line.add(.idleTime, Self.microseconds(reuse.idle))
                line.add(.uses, reuse.uses)
            }
        }
    }

    private func tell(
        _ head: ResponseHead, _ framing: BodyFraming, _ fate: TransferEvent.Fate, _ event: TransferEvent
    ) {
        status = head.status
        isDelivered = fate == .delivered
        lastProgress = now
        write(.head, event) { line in
            line.add(.status, head.status)
            line.add(.fate, fate.rawValue)
            if !head.reason.isEmpty { line.add(.reason, log.secrets.text(head.reason)) }
            if case .length(let length) = framing {
                expected = Int(clamping: length)
                line.add(.total, Int(clamping: length))
            }
        }
    }

    private func count(_ bytes: Int, _ event: TransferEvent) {
        received += bytes
        guard now - lastProgress >= 1_000_000 else { return }
        lastProgress = now
        write(.progress, event) { line in
            line.add(.bytes, received)
            if let expected { line.add(.total, expected) }
        }
    }

    private func tellRetry(_ reason: String, _ pause: Duration, _ left: Int, _ event: TransferEvent) {
        write(.retry, event) { line in
            line.add(.reason, log.secrets.sentence(reason))
            line.add(.pauseTime, Self.microseconds(pause))
            line.add(.left, max(0, left))
            if let status { line.add(.status, status) }
        }
        write(.pause, event) { line in
            line.add(.pauseTime, Self.microseconds(pause))
            line.add(.reason, "retry")
        }
    }

    private func tellEnd(_ failure: String?, _ code: CInt, _ event: TransferEvent) {
        _ = phases?.end(at: now)
        let bytes = isDelivered ? received : 0
        write(.end, event) { line in
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
        }
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
            write(.queue, event) { line in
                line.add(.position, max(1, position))
            }
        case .dequeued:
            write(.queue, event) { line in
                line.add(.queueTime, now - (queuedAt ?? now))
            }
        case .reused(let idle, let uses): reuse = (idle, uses)
        case .resolving(let host, let port): tellName(host, port, "resolver", event)
        case .resolved(let host, let port, let addresses):
            tellName(host, port, "resolver", addresses: addresses, event)
        case .dnsCacheHit(let host, let port): tellName(host, port, "cache", event)
        case .dnsLookupJoined(let host, let port): tellName(host, port, "shared", event)
        case .attemptStarted(let address):
            write(.attempt, event) { line in
                line.add(.address, address.description)
            }
        case .attemptFailed(let attempt):
            write(.attempt, event) { line in
                line.add(.address, attempt.address.description)
                line.add(.error, log.secrets.sentence(attempt.text))
            }
        case .socksRequested(let proxy, _):
            write(.proxy, event) { line in
                line.add(.host, proxy.host)
                line.add(.port, Int(proxy.port))
            }
        case .tunnelRequested:
            write(.proxy, event) { _ in }
        case .tunnelAnswered(let head):
            write(.proxy, event) { line in
                if let head = try? ResponseHead(parsing: String(decoding: head, as: UTF8.self)) {
                    line.add(.status, head.status)
                }
            }
        case .handshakeStarted(let name, let isProxy):
            write(.tls, event) { line in
                line.add(.host, name)
                line.add(.isProxy, isProxy)
            }
        case .created(let local, let peer, let tls): tellConnected(local, peer, tls, event)
        case .failed(let error):
            write(.connect, event) { line in
                line.add(.error, log.secrets.sentence("\(error)"))
            }
        case .creating, .dnsCacheMiss, .connected, .cancelled: break
        }
    }

    private func tellName(
        _ host: String, _ port: UInt16, _ source: String, addresses: [SocketAddress]? = nil,
        _ event: TransferEvent
    ) {
        write(.dns, event) { line in
            line.add(.host, host)
            line.add(.port, Int(port))
            line.add(.source, source)
            if let addresses { line.add(.addresses, addresses.map(\.host)) }
        }
    }

    private func tellConnected(
        _ local: SocketAddress?, _ peer: SocketAddress?, _ tls: TLSConnectionInfo?, _ event: TransferEvent
    ) {
        if let tls {
            write(.tls, event) { line in
                line.add(.tlsVersion, "\(tls.protocolVersion)")
                line.add(.cipher, tls.cipherSuite)
                line.add(.isResumed, tls.isResumed)
            }
        }
        write(.connect, event) { line in
            if let peer { line.add(.address, peer.description) }
            if let local { line.add(.local, local.description) }
        }
    }
}
