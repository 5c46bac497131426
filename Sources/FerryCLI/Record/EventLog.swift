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

    // MARK: What lines have in common

    /// What the URLs of one server have in common.
    fileprivate struct Place {
        let sample: HTTPURL
        /// What stands before the path, escaped, no quotes around it; nil where it is looked at anew for each URL.
        let start: [UInt8]?
        /// `host` and `port`.
        let members: [UInt8]
    }

    /// Most often the next request goes where the last one went.
    private var lastPlace: Place?
    /// The addresses of connections that serve again and again, quoted, each in the place of its number's last digits.
    private var addresses = [(connection: Int, quoted: [UInt8])?](repeating: nil, count: 1024)

    fileprivate func place(of url: HTTPURL) -> Place {
        if let lastPlace, lastPlace.sample.isSibling(of: url) { return lastPlace }
        var line = EventLine()
        line.add(.host, url.socketPath ?? url.host)
        line.add(.port, Int(url.effectivePort))
        let members = Array(line.bytes)
        let text = url.descriptionWithFragment
        var start: [UInt8]?
        if isPlain(url), text.hasSuffix(url.path) {
            start = EventLine.escaped(String(text.dropLast(url.path.count)))
        }
        let place = Place(sample: url, start: start, members: members)
        lastPlace = place
        return place
    }

    /// Nothing of it is hidden, and its path is its end.
    private func isPlain(_ url: HTTPURL) -> Bool {
        url.query == nil && url.fragment == nil && !url.hasUserinfo && secrets.values.isEmpty
    }

    fileprivate func add(_ url: HTTPURL, to line: inout EventLine) {
        if isPlain(url), let start = place(of: url).start {
            line.add(.url, quoted: start, url.path)
        } else {
            line.add(.url, secrets.url(url))
        }
    }

    /// The address of a connection's other end, quoted; nil when it is not known.
    fileprivate func address(of connection: Connection, _ number: Int?) -> [UInt8]? {
        let number = max(0, number ?? 0)
        let slot = number % addresses.count
        if let known = addresses[slot], known.connection == number { return known.quoted }
        guard let peer = connection.peerAddress else { return nil }
        let quoted = Array(jsonString(peer.description).utf8)
        addresses[slot] = (number, quoted)
        return quoted
    }

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
    /// What is asked for, or was asked for last.
    private var place: HTTPURL?
    private var hasBegun = false
    /// Members that name the transfer, the attempt, the request and the connection, and whose they are.
    private var ids: (members: [UInt8], attempt: Int, hop: Int, connection: Int?)?
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

    var hearsDetails: Bool { false }

    func hear(_ event: TransferEvent) {
        switch event.kind {
        case .attemptBegan:
            turn(to: .other, event)
            received = 0
            status = nil
        case .urlSettled(let url, _): if !hasBegun { place = url }
        case .hopBegan(let request):
            turn(to: .other, event)
            begin(request, event)
        case .connector(let step):
            if let next = PhaseClock.phase(after: step) { turn(to: next, event) }
            tell(step, event)
        case .exchangeBegan(let connection):
            turn(to: .send, event)
            tellReuse(of: connection, event)
        // Counted only: there may be very many.
        case .requestBody(let bytes): sent += bytes.count
        case .requestSpliced(let count): sent += count
        case .requestEnded:
            // A server may answer before it has heard all.
            turn(to: phases?.phase == .receive ? .receive : .wait, event)
            tellSent(event)
        case .responseBegan: turn(to: .receive, event)
        case .interim(let head):
            write(.interim, event) { line in
                line.add(.status, head.status)
            }
        case .head(let head, let framing, let fate): tell(head, framing, fate, event)
        case .body(let bytes): count(bytes.count, event)
        case .bodySpliced(let bytes): count(bytes, event)
        case .connectionLeft: turn(to: .other, event)
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
        case .retry(let reason, let pause, let left):
            turn(to: .pause, event)
            tellRetry(reason, pause, left, event)
        case .scheduled(_, let waited):
            write(.pace, event) { line in
                line.add(.pauseTime, Self.microseconds(waited))
            }
        case .ended(let failure, let code):
            turn(to: .other, event)
            tellEnd(failure, code, event)
        case .securedByHSTS, .requestHead, .cookieRefused, .resumed, .delivered, .trailers, .oddity,
            .expectationRefused:
            break
        }
    }

    /// From now on the transfer spends its time on `phase`.
    private func turn(to phase: Phase, _ event: TransferEvent) {
        now = log.clock.microseconds(event)
        if phases == nil { phases = PhaseClock(start: now) }
        phases?.turn(to: phase, at: now)
    }

    // MARK: Lines

    /// A line with the ids of an event, and what `add` adds.
    private func write(_ name: EventName, _ event: TransferEvent, _ add: (inout EventLine) -> Void) {
        now = log.clock.microseconds(event)
        let ids = ids(of: event)
        log.log.append { line in
            line.begin(name, microseconds: now)
            line.add(members: ids)
            add(&line)
            line.end()
        }
    }

    private func ids(of event: TransferEvent) -> [UInt8] {
        let (attempt, hop, connection) = (event.attempt, event.hop, event.connection)
        if let ids, ids.hop == hop, ids.connection == connection, ids.attempt == attempt {
            return ids.members
        }
        let members = log.log.members { line in
            line.add(.transfer, event.transfer)
            line.add(.attempt, attempt)
            line.add(.hop, hop)
            if let connection { line.add(.connection, max(0, connection)) }
        }
        ids = (members, attempt, hop, connection)
        return members
    }

    private func begin(_ request: TransferEvent.Request, _ event: TransferEvent) {
        place = request.url
        hasBegun = true
        isDelivered = false
        received = 0
        sent = 0
        expected = nil
        write(.request, event) { line in
            line.add(.method, request.method)
            log.add(request.url, to: &line)
            line.add(members: log.place(of: request.url).members)
            if request.usesProxy { line.add(.isProxy, true) }
            if let bytes = request.bodyBytes { line.add(.bytes, Int(clamping: bytes)) }
        }
    }

    private func tellSent(_ event: TransferEvent) {
        write(.sent, event) { line in
            line.add(.isReused, isReused)
            line.add(.bytes, sent)
        }
        allSent += sent
        sent = 0
    }

    private func tellReuse(of connection: Connection, _ event: TransferEvent) {
        isReused = connection.isReused
        defer { reuse = nil }
        guard isReused else { return }
        write(.reuse, event) { line in
            line.add(.isReused, true)
            if let address = log.address(of: connection, event.connection) {
                line.add(.address, quoted: address)
            }
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
        write(.head, event) { line in
            lastProgress = now
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
        // The clock is not read for the only part of a short body.
        guard bytes != expected else { return }
        now = log.clock.microseconds(event)
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
            if let place { log.add(place, to: &line) }
            if let status { line.add(.status, status) }
            line.add(.bytes, bytes)
            line.add(.sentBytes, allSent + sent)
            if let phases {
                for (phase, member) in zip(Phase.allCases, EventMember.phases) {
                    let spent = phases.spent(on: phase)
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
