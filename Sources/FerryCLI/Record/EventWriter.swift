import Connector
import HTTPClient
import HTTPCore

/// Makes the lines of one transfer. What every request has is noted, see `EventNote`; the rest is written at once.
@LoopActor
final class EventWriter: TransferListener {
    // Safe: `hear` alone touches it, and nothing that it calls tells of an event.
    @exclusivity(unchecked) private var lines: TransferLines

    init(_ log: EventLog) {
        lines = TransferLines(log)
    }

    var hearsDetails: Bool { false }

    func hear(_ event: TransferEvent) { lines.hear(event) }
}

/// What `--events` says of one transfer.
@LoopActor
private struct TransferLines {
    private let log: EventLog
    private var phases: PhaseClock?
    /// When the last event happened, in microseconds since the run began.
    private var now = 0
    /// What is asked for, or was asked for last.
    private var place: HTTPURL?
    private var hasBegun = false
    private var status: Int?
    private var isDelivered = false
    /// Bytes of the answer's body, and of the request's.
    private var received = 0
    private var sent = 0
    private var allSent = 0
    private var expected: Int?
    private var resumedFrom: Int?
    /// What came of the checks of the body.
    private var sum: String?
    private var verdict: String?
    private var lastProgress = 0
    /// An idle connection was given out; told with the connection's number.
    private var reuse: EventNote.Pooled?
    private var isReused = false
    private var queuedAt: Int?

    init(_ log: EventLog) {
        self.log = log
    }

    mutating func hear(_ event: TransferEvent) {
        now = log.clock.microseconds(event)
        let ids = EventIDs(event, time: now)
        switch event.kind {
        case .attemptBegan:
            turn(to: .other)
            received = 0
            status = nil
            forgetBody()
        case .urlSettled(let url, _): if !hasBegun { place = url }
        case .hopBegan(let request):
            turn(to: .other)
            begin(request, ids)
        case .connector(let step):
            if let next = PhaseClock.phase(after: step) { turn(to: next) }
            tell(step, ids)
        case .exchangeBegan(let connection):
            turn(to: .send)
            tellReuse(of: connection, ids)
        // Counted only: there may be very many.
        case .requestBody(let bytes): sent += bytes.count
        case .requestSpliced(let count): sent += count
        case .requestEnded:
            // A server may answer before it has heard all.
            turn(to: phases?.phase == .receive ? .receive : .wait)
            tellSent(ids)
        case .responseBegan: turn(to: .receive)
        case .interim(let head): write(.interim, ids) { $0.add(.status, head.status) }
        case .head(let head, let framing, let fate): tell(head, framing, fate, ids)
        case .resumed(let offset): resumedFrom = Int(clamping: offset)
        case .body(let bytes): count(bytes.count, ids)
        case .bodySpliced(let bytes): count(bytes, ids)
        case .checked(let sum, let verdict): (self.sum, self.verdict) = (sum, verdict)
        case .connectionLeft: turn(to: .other)
        case .redirected(let url, let dropped):
            write(.redirect, ids) { line in
                line.add(.url, log.secrets.url(url))
                line.add(.status, status ?? 0)
                line.add(.dropped, dropped)
            }
        case .loginAsked(let byProxy):
            write(.login, ids) { line in
                line.add(.isProxy, byProxy)
                line.add(.status, status ?? (byProxy ? 407 : 401))
            }
        case .hostPaused(let host, let port, let pause):
            write(.pause, ids) { line in
                line.add(.pauseTime, Self.microseconds(pause))
                line.add(.reason, "host")
                line.add(.host, host)
                line.add(.port, Int(port))
            }
        case .retry(let reason, let pause, let left):
            turn(to: .pause)
            tellRetry(reason, pause, left, ids)
        case .scheduled(_, let waited):
            write(.pace, ids) { $0.add(.pauseTime, Self.microseconds(waited)) }
        case .ended(let failure, let code):
            turn(to: .other)
            tellEnd(failure, code, ids)
        case .securedByHSTS, .requestHead, .cookieRefused, .delivered, .trailers, .oddity, .headRefused,
            .expectationRefused:
            break
        }
    }

    /// From now on the transfer spends its time on `phase`.
    private mutating func turn(to phase: Phase) {
        if phases == nil { phases = PhaseClock(start: now) }
        phases?.turn(to: phase, at: now)
    }

    private mutating func forgetBody() { (resumedFrom, sum, verdict) = (nil, nil, nil) }

    // MARK: Lines

    /// A line with these ids, and what `add` adds.
    private func write(_ name: EventName, _ ids: EventIDs, _ add: (inout EventLine) -> Void) {
        log.append { line in
            line.begin(name, ids)
            add(&line)
            line.end()
        }
    }

    private func note(_ kind: consuming EventNote.Kind, _ ids: EventIDs) {
        log.note(EventNote(ids: ids, kind: kind))
    }

    private mutating func begin(_ request: TransferEvent.Request, _ ids: EventIDs) {
        place = request.url
        hasBegun = true
        isDelivered = false
        received = 0
        sent = 0
        expected = nil
        forgetBody()
        note(
            .request(
                method: request.method, request.url, usesProxy: request.usesProxy,
                bytes: request.bodyBytes.map { Int(clamping: $0) }), ids)
    }

    private mutating func tellSent(_ ids: EventIDs) {
        note(.sent(isReused: isReused, bytes: sent), ids)
        allSent += sent
        sent = 0
    }

    private mutating func tellReuse(of connection: Connection, _ ids: EventIDs) {
        isReused = connection.isReused
        defer { reuse = nil }
        guard isReused else { return }
        note(.reuse(address: log.address(of: connection, ids.connection), pooled: reuse), ids)
    }

    private mutating func tell(
        _ head: ResponseHead, _ framing: BodyFraming, _ fate: TransferEvent.Fate, _ ids: EventIDs
    ) {
        status = head.status
        isDelivered = fate == .delivered
        lastProgress = now
        if case .length(let length) = framing { expected = Int(clamping: length) }
        note(.head(status: head.status, fate, reason: head.reason, total: expected), ids)
    }

    private mutating func count(_ bytes: Int, _ ids: EventIDs) {
        received += bytes
        guard now - lastProgress >= 1_000_000 else { return }
        lastProgress = now
        write(.progress, ids) { line in
            line.add(.bytes, received)
            if let expected { line.add(.total, expected) }
            if let resumedFrom { line.add(.resumedFrom, resumedFrom) }
        }
    }

    private func tellRetry(_ reason: String, _ pause: Duration, _ left: Int, _ ids: EventIDs) {
        write(.retry, ids) { line in
            line.add(.reason, log.secrets.sentence(reason))
            line.add(.pauseTime, Self.microseconds(pause))
            line.add(.left, max(0, left))
            if let status { line.add(.status, status) }
        }
        write(.pause, ids) { line in
            line.add(.pauseTime, Self.microseconds(pause))
            line.add(.reason, "retry")
        }
    }

    private mutating func tellEnd(_ failure: String?, _ code: CInt, _ ids: EventIDs) {
        _ = phases?.end(at: now)
        let bytes = isDelivered ? received : 0
        let isPlain = failure == nil && resumedFrom == nil && sum == nil && verdict == nil
        let rarities =
            isPlain
            ? nil
            : EventNote.Rarities(failure: failure, resumedFrom: resumedFrom, sum: sum, verdict: verdict)
        note(
            .end(
                EventNote.End(
                    code: Int(code), url: place, status: status, received: bytes, sent: allSent + sent,
                    phases: phases, rarities: rarities)), ids)
        log.ended(failed: code != 0, bytes: bytes)
    }

    private static func microseconds(_ duration: Duration) -> Int {
        Int(clamping: max(.zero, duration).attoseconds / 1_000_000_000_000)
    }
}

// MARK: - Connecting

extension TransferLines {
    private mutating func tell(_ step: ConnectorEvent, _ ids: EventIDs) {
        switch step {
        case .queued(let position):
            queuedAt = now
            write(.queue, ids) { line in
                line.add(.position, max(1, position))
            }
        case .dequeued:
            write(.queue, ids) { line in
                line.add(.queueTime, now - (queuedAt ?? now))
            }
        case .reused(let idle, let uses):
            reuse = EventNote.Pooled(idle: Self.microseconds(idle), uses: uses)
        case .resolving(let host, let port): tellName(host, port, "resolver", ids)
        case .resolved(let host, let port, let addresses):
            tellName(host, port, "resolver", addresses: addresses, ids)
        case .dnsCacheHit(let host, let port): tellName(host, port, "cache", ids)
        case .dnsLookupJoined(let host, let port): tellName(host, port, "shared", ids)
        case .attemptStarted(let address):
            write(.attempt, ids) { line in
                line.add(.address, address.description)
            }
        case .attemptFailed(let attempt):
            write(.attempt, ids) { line in
                line.add(.address, attempt.address.description)
                line.add(.error, log.secrets.sentence(attempt.text))
            }
        case .socksRequested(let proxy, _):
            write(.proxy, ids) { line in
                line.add(.host, proxy.host)
                line.add(.port, Int(proxy.port))
            }
        case .tunnelRequested:
            write(.proxy, ids) { _ in }
        case .tunnelAnswered(let head):
            write(.proxy, ids) { line in
                if let head = try? ResponseHead(parsing: String(decoding: head, as: UTF8.self)) {
                    line.add(.status, head.status)
                }
            }
        case .handshakeStarted(let name, let isProxy):
            write(.tls, ids) { line in
                line.add(.host, name)
                line.add(.isProxy, isProxy)
            }
        case .created(let local, let peer, let tls): tellConnected(local, peer, tls, ids)
        case .failed(let error):
            write(.connect, ids) { line in
                line.add(.error, log.secrets.sentence("\(error)"))
            }
        case .creating, .dnsCacheMiss, .connected, .cancelled: break
        }
    }

    private func tellName(
        _ host: String, _ port: UInt16, _ source: String, addresses: [SocketAddress]? = nil,
        _ ids: EventIDs
    ) {
        write(.dns, ids) { line in
            line.add(.host, host)
            line.add(.port, Int(port))
            line.add(.source, source)
            if let addresses { line.add(.addresses, addresses.map(\.host)) }
        }
    }

    private func tellConnected(
        _ local: SocketAddress?, _ peer: SocketAddress?, _ tls: TLSConnectionInfo?, _ ids: EventIDs
    ) {
        if let tls {
            write(.tls, ids) { line in
                line.add(.tlsVersion, "\(tls.protocolVersion)")
                line.add(.cipher, tls.cipherSuite)
                line.add(.isResumed, tls.isResumed)
            }
        }
        write(.connect, ids) { line in
            if let peer { line.add(.address, peer.description) }
            if let local { line.add(.local, local.description) }
        }
    }
}
