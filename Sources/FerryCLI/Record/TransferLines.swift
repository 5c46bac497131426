import Connector
import HTTPClient
import HTTPCore

/// What `--events` says of one transfer, and what it has to know of it for that.
@LoopActor
struct TransferLines {
    /// Those of the last event that was heard.
    private var ids: EventLine.IDs
    /// Its end was heard of.
    private(set) var isOver = false
    /// Nothing before `isTimed`.
    private var phases = PhaseClock(start: 0)
    /// Something happened that begins a phase.
    private var isTimed = false
    /// When the last event happened, in microseconds since the run began.
    private var now = 0
    /// What is asked for, or was asked for last, where `member` does not tell it.
    private var url: HTTPURL?
    /// The same as it stands in lines, from the first request on.
    private var member = EventLine.Piece()
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
    /// Why nothing was asked; nil = something was, or was to be.
    private var skipReason: String?
    private var lastProgress = 0
    private var isReused = false
    private var queuedAt: Int?

    init(transfer: Int) {
        ids = EventLine.IDs(transfer: transfer)
    }

    /// The number of the transfer.
    var transfer: Int { ids.transfer }

    /// Begins anew for another transfer. Only what nothing else makes anew is touched: to put a fresh value in this one's
    /// place takes longer than to write a line.
    mutating func restart(_ transfer: Int) {
        ids.restart(transfer)
        member.forget()
        if url != nil { url = nil }
        (isOver, isTimed, hasBegun, isDelivered, isReused) = (false, false, false, false, false)
        (status, expected, queuedAt) = (nil, nil, nil)
        (received, sent, allSent) = (0, 0, 0)
        forgetBody()
        if skipReason != nil { skipReason = nil }
    }

    mutating func hear(
        _ event: consuming QueuedEvent, _ moment: Moment, _ place: TransferEvent.Place, _ log: EventLog
    ) {
        now = log.clock.microseconds(moment)
        ids.move(to: place)
        switch event {
        case .hopBegan(let request): begin(request, log)
        case .exchangeBegan(let connection, let reuse): beginExchange(over: connection, place, reuse, log)
        case .requestBegan(let request, let connection, let reuse):
            begin(request, log)
            beginExchange(over: connection, place, reuse, log)
        case .requestEnded:
            // A server may answer before it has heard all.
            if phases.phase != .receive { turn(to: .wait) }
            tellSent(log)
        case .head(let head):
            turn(to: .receive)
            tell(head, log)
        case .connectionLeft: turn(to: .other)
        case .finished(let bytes, let left): finish(nil, bytes, left, log)
        case .answered(let head, let bytes, let left): finish(head, bytes, left, log)
        case .ended(let failure, let code): end(failure, code, log)
        case .other(let kind): hear(kind, place, log)
        }
    }

    private mutating func hear(_ kind: TransferEvent.Kind, _ place: TransferEvent.Place, _ log: EventLog) {
        switch kind {
        case .attemptBegan:
            turn(to: .other)
            if place.attempt > 1 {
                received = 0
                status = nil
                forgetBody()
            }
        case .urlSettled(let url, _): if !hasBegun { self.url = url }
        case .connector(let step):
            if let next = PhaseClock.phase(after: step) { turn(to: next) }
            tell(step, log)
        // Counted only: there may be very many.
        case .requestSpliced(let count): sent += count
        case .responseBegan: turn(to: .receive)
        case .interim(let head):
            if let next = phases.phase(after: kind) { turn(to: next) }
            log.write(.interim, &ids, now) { $0.add(.status, head.status) }
        case .resumed(let offset): resumedFrom = Int(clamping: offset)
        case .bodySpliced(let bytes): count(bytes, log)
        case .checked(let sum, let verdict): (self.sum, self.verdict) = (sum, verdict)
        case .skipped(let url, let reason): (self.url, skipReason) = (url, reason)
        case .redirected(let url, let dropped):
            log.write(.redirect, &ids, now) { line in
                line.add(.url, log.secrets.url(url))
                line.add(.status, status ?? 0)
                line.add(.dropped, dropped)
            }
        case .loginAsked(let byProxy):
            log.write(.login, &ids, now) { line in
                line.add(.isProxy, byProxy)
                line.add(.status, status ?? (byProxy ? 407 : 401))
            }
        case .hostPaused(let host, let port, let pause):
            log.write(.pause, &ids, now) { line in
                line.add(.pauseTime, pause.wholeMicroseconds)
                line.add(.reason, "host")
                line.add(.host, log.secrets.text(host))
                line.add(.port, Int(port))
            }
        case .retry(let reason, let pause, let left):
            turn(to: .pause)
            tellRetry(reason, pause, left, log)
        case .scheduled(_, let waited):
            if isTimed { phases.waited(waited.wholeMicroseconds, until: now) }
            log.write(.pace, &ids, now) { $0.add(.pauseTime, waited.wholeMicroseconds) }
        // There is no line of these.
        case .securedByHSTS, .requestHead, .cookieRefused, .delivered, .trailers, .oddity, .headRefused,
            .expectationRefused:
            break
        // The queue has cases of its own for these.
        case .hopBegan, .exchangeBegan, .requestBody, .requestEnded, .head, .body, .connectionLeft, .ended:
            break
        }
    }

    /// From now on the transfer spends its time on `phase`.
    private mutating func turn(to phase: Phase) {
        if !isTimed { (phases, isTimed) = (PhaseClock(start: now), true) }
        phases.pass(to: phase, at: now)
    }

    private mutating func forgetBody() {
        resumedFrom = nil
        if sum != nil { sum = nil }
        if verdict != nil { verdict = nil }
    }

    // MARK: Lines

    private mutating func begin(_ request: TransferEvent.Request, _ log: EventLog) {
        turn(to: .other)
        if hasBegun {
            isDelivered = false
            status = nil
            received = 0
            sent = 0
            expected = nil
            forgetBody()
        }
        hasBegun = true
        // It began before it had a connection.
        log.write(.request, &ids, now, hasConnection: false) { line in
            log.addMethod(of: request, to: &line)
            log.add(request.url, to: &line, noting: &member)
            if request.isPlain { return }
            if request.usesProxy { line.add(.isProxy, true) }
            if let bytes = request.bodyBytes { line.add(.bytes, Int(clamping: bytes)) }
        }
        url = member.isEmpty ? request.url : nil
    }

    private mutating func tellSent(_ log: EventLog) {
        log.write(.sent, &ids, now) { line in
            line.add(.isReused, isReused)
            line.add(.bytes, sent)
        }
        allSent += sent
        sent = 0
    }

    /// `reuse` is how a connection serves again; nil = not known.
    private mutating func beginExchange(
        over connection: Connection, _ place: TransferEvent.Place, _ reuse: QueuedEvent.Reuse?,
        _ log: EventLog
    ) {
        turn(to: .send)
        isReused = connection.isReused
        guard isReused else { return }
        log.write(.reuse, &ids, now) { line in
            line.add(.isReused, true)
            log.addAddress(of: connection, place.connection, to: &line)
            guard let reuse else { return }
            line.add(.idleTime, reuse.idle)
            line.add(.uses, reuse.uses)
        }
    }

    private mutating func tell(_ answer: QueuedEvent.Head, _ log: EventLog) {
        status = answer.head.status
        isDelivered = answer.fate == .delivered
        lastProgress = now
        if case .length(let length) = answer.framing { expected = Int(clamping: length) }
        log.write(.head, &ids, now) { line in
            log.add(answer.head, answer.fate, to: &line)
            if let expected { line.add(.total, expected) }
        }
    }

    /// The last bytes came when the connection was left, and with them the head, if it is not told of yet.
    private mutating func finish(_ head: QueuedEvent.Head?, _ bytes: Int, _ left: Moment, _ log: EventLog) {
        let end = now
        now = log.clock.microseconds(left)
        turn(to: .other)
        if let head { tell(head, log) }
        count(bytes, log)
        now = end
        self.end(nil, 0, log)
    }

    private mutating func count(_ bytes: Int, _ log: EventLog) {
        received += bytes
        guard now - lastProgress >= 1_000_000 else { return }
        lastProgress = now
        log.write(.progress, &ids, now) { line in
            line.add(.bytes, received)
            if let expected { line.add(.total, expected) }
            if let resumedFrom { line.add(.resumedFrom, resumedFrom) }
        }
    }

    private mutating func tellRetry(_ reason: String, _ pause: Duration, _ left: Int, _ log: EventLog) {
        log.write(.retry, &ids, now) { line in
            line.add(.reason, log.secrets.sentence(reason))
            line.add(.pauseTime, pause.wholeMicroseconds)
            line.add(.left, max(0, left))
            if let status { line.add(.status, status) }
        }
        log.write(.pause, &ids, now) { line in
            line.add(.pauseTime, pause.wholeMicroseconds)
            line.add(.reason, "retry")
        }
    }

    private mutating func end(_ failure: String?, _ code: CInt, _ log: EventLog) {
        turn(to: .other)
        isOver = true
        let bytes = isDelivered ? received : 0
        log.ended(failed: code != 0, skipped: skipReason != nil, bytes: bytes)
        log.write(.end, &ids, now) { line in
            line.add(.exitCode, Int(code))
            if let skipReason { line.add(.reason, log.secrets.sentence(skipReason)) }
            if let failure { line.add(.error, log.secrets.sentence(failure)) }
            if let url { log.add(url, to: &line) } else { line.add(members: &member) }
            if let status { line.add(.status, status) }
            line.add(.bytes, bytes)
            line.add(.sentBytes, allSent + sent)
            if let resumedFrom { line.add(.resumedFrom, resumedFrom) }
            if let sum { line.add(.checksum, sum) }
            if let verdict { line.add(.verdict, verdict) }
            for index in 0..<EventMember.phases.count {
                let spent = phases.spent(at: index)
                if spent > 0 { line.add(EventMember.phases[index], spent) }
            }
            line.add(.totalTime, now - phases.start)
        }
    }
}

// MARK: - Connecting

extension TransferLines {
    private mutating func tell(_ step: ConnectorEvent, _ log: EventLog) {
        switch step {
        case .queued(let position):
            queuedAt = now
            log.write(.queue, &ids, now) { line in
                line.add(.position, max(1, position))
            }
        case .dequeued:
            log.write(.queue, &ids, now) { line in
                line.add(.queueTime, now - (queuedAt ?? now))
            }
        case .resolving(let host, let port): tellName(host, port, "resolver", log)
        case .resolved(let host, let port, let addresses):
            tellName(host, port, "resolver", addresses: addresses, log)
        case .dnsCacheHit(let host, let port): tellName(host, port, "cache", log)
        case .dnsLookupJoined(let host, let port): tellName(host, port, "shared", log)
        case .attemptStarted(let address):
            log.write(.attempt, &ids, now) { line in
                line.add(.address, log.secrets.text(address.description))
            }
        case .attemptFailed(let attempt):
            log.write(.attempt, &ids, now) { line in
                line.add(.address, log.secrets.text(attempt.address.description))
                line.add(.error, log.secrets.sentence(attempt.text))
            }
        case .socksRequested(let proxy, _):
            log.write(.proxy, &ids, now) { line in
                line.add(.host, log.secrets.text(proxy.host))
                line.add(.port, Int(proxy.port))
            }
        case .tunnelRequested:
            log.write(.proxy, &ids, now) { _ in }
        case .tunnelAnswered(let head):
            log.write(.proxy, &ids, now) { line in
                if let head = try? ResponseHead(parsing: String(decoding: head, as: UTF8.self)) {
                    line.add(.status, head.status)
                }
            }
        case .handshakeStarted(let name, let isProxy):
            log.write(.tls, &ids, now) { line in
                line.add(.host, log.secrets.text(name))
                line.add(.isProxy, isProxy)
            }
        case .created(let local, let peer, let tls): tellConnected(local, peer, tls, log)
        case .failed(let error):
            log.write(.connect, &ids, now) { line in
                line.add(.error, log.secrets.sentence("\(error)"))
            }
        // A connection that is used again is told of with the connection's number.
        case .creating, .dnsCacheMiss, .connected, .cancelled, .reused: break
        }
    }

    private mutating func tellName(
        _ host: String, _ port: UInt16, _ source: String, addresses: [SocketAddress]? = nil,
        _ log: EventLog
    ) {
        log.write(.dns, &ids, now) { line in
            line.add(.host, log.secrets.text(host))
            line.add(.port, Int(port))
            line.add(.source, source)
            if let addresses { line.add(.addresses, addresses.map { log.secrets.text($0.host) }) }
        }
    }

    private mutating func tellConnected(
        _ local: SocketAddress?, _ peer: SocketAddress?, _ tls: TLSConnectionInfo?, _ log: EventLog
    ) {
        if let tls {
            log.write(.tls, &ids, now) { line in
                line.add(.tlsVersion, "\(tls.protocolVersion)")
                line.add(.cipher, tls.cipherSuite)
                line.add(.isResumed, tls.isResumed)
            }
        }
        log.write(.connect, &ids, now) { line in
            if let peer { line.add(.address, log.secrets.text(peer.description)) }
            // A Unix socket that connects has no name.
            if let local = local?.description, !local.isEmpty { line.add(.local, log.secrets.text(local)) }
        }
    }
}

extension EventLog {
    /// A line about an event with these ids, so many microseconds after the run began, and what `add` adds. Not one of
    /// `TransferLines`, all of which would be copied for it.
    fileprivate func write(
        _ name: EventName, _ ids: inout EventLine.IDs, _ microseconds: Int, hasConnection: Bool = true,
        _ add: (inout EventLine) -> Void
    ) {
        append { line in
            line.begin(name, microseconds: time(microseconds))
            line.add(&ids, hasConnection: hasConnection)
            add(&line)
            line.end()
        }
    }
}
