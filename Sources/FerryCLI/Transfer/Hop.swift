import Codecs
import Connector
import HTTPClient
import HTTPCore

/// One request of an attempt and what comes of it: the head is judged and shown, the body decoded and written.
@LoopActor
final class Hop: ExchangeHandler, SpliceTarget {
    let request: HopRequest
    /// The logins at server and proxy; nil = credentials, if any, are fixed fields.
    let login: HopLogin?
    /// The URL whose cookies are sent, and which sets cookies; nil = cookies are not kept.
    let cookieURL: HTTPURL?
    /// The final head; nil = it has not come.
    private(set) var head: ResponseHead?
    /// What becomes of the answer; nil = it has not come.
    private(set) var decision: HeadDecision?
    /// Holds this hop, and drops it in `Attempt.end()`.
    private let attempt: Attempt
    private var body = HopBody()
    /// The request has `Expect: 100-continue`.
    private var expectsContinue = false
    /// Its method; nil = one that may be sent twice with the effect of once.
    private var unsafeMethod: String?
    /// Closed while the output takes no more; nil = it always does.
    private(set) var gate: BodyGate?
    /// The value of its `Referer` field; nil = it has none, or nobody needs it.
    private(set) var referer: String?
    /// How long its host wants to be left alone, from the head on.
    private(set) var hostPause = Duration.zero

    init(_ request: HopRequest, login: HopLogin?, cookieURL: HTTPURL?, of attempt: Attempt) {
        self.request = request
        self.login = login
        self.cookieURL = cookieURL
        self.attempt = attempt
    }

    private var transfer: Transfer { attempt.transfer }
    private var operation: Operation { attempt.transfer.operation }
    private var output: TransferOutput { attempt.transfer.output }
    private var events: TransferEvents? { attempt.transfer.events }

    /// `message` is sent next.
    func begin(_ message: RequestMessage, _ events: TransferEvents?) {
        expectsContinue = message.continueTimeout != nil
        unsafeMethod = message.isIdempotent ? nil : message.method
        if operation.plan.output.writesAttributes { referer = message.referer }
        events?.hopBegan(
            TransferEvent.Request(
                method: message.method, url: request.url, referer: message.referer,
                usesProxy: request.hasProxy,
                bodyBytes: request.upload?.length
                    ?? (request.kind == .post ? Int64(operation.plan.request.body?.count ?? 0) : nil)))
    }

    // MARK: The exchange

    func connectionTook(_ times: ConnectionTimes) { transfer.count(times, to: request.url) }

    func exchangeBegins(on connection: Connection) {
        if let unsafeMethod { attempt.noteSent(unsafeMethod) }
        transfer.countRequest(to: request.url, isReused: connection.isReused)
    }

    func exchangeEnded(_ figures: ExchangeFigures) { transfer.count(figures) }

    // MARK: Heads

    func responseInformational(_ head: ResponseHead) throws {
        events?.tell(.interim(head))
        try show(head.raw)
    }

    func responseHead(_ head: ResponseHead, framing: BodyFraming) throws -> BodyRoute {
        self.head = head
        learn(from: head)
        if !transfer.isProbing { hearPace(head) }
        var decision = decide(head, framing)
        if transfer.isProbing {
            if let other = transfer.reconsider(decision, head) { decision = other }
            // A probe asks whether the service is ready, and no is an answer to that.
            if !transfer.isProbing { hearPace(head) }
        }
        self.decision = decision
        var isShown = true
        switch decision {
        case .deliver(let start):
            isShown = try begin(start)
            try chooseName(head)
        case .stop: try chooseName(head)
        case .discard(.retry):
            // The bytes that are held stay for the next attempt.
            if attempt.held == nil { try output.takeBack() }
            // On standard output heads stay, while a file begins anew.
            isShown = !output.isFile && attempt.held == nil
        case .discard(.end(.complete)):
            try attempt.held?.decoder?.finish(events)
            body.start = attempt.resumeOffset
            if attempt.held != nil { transfer.watch?.goOn(from: body.start) }
            if try beginChecks(head) { try endChecks([]) }
            isShown = attempt.held == nil
        case .discard(.end(.unmodified)) where output.existingFile != nil:
            if try beginChecks(head) { try endChecks([]) }
            isShown = attempt.held == nil
        case .discard where attempt.held != nil: isShown = false
        case .discard: break
        }
        // A head that is shown without its body goes to the named file, too.
        if case .discard(.end) = decision, isShown, operation.plan.output.showsHeaders {
            try chooseName(head)
        }
        events?.headCame(head, framing, decision.fate)
        try show(head.raw, withBody: isShown)
        return try route(decision, head, framing)
    }

    private func chooseName(_ head: ResponseHead) throws {
        try output.chooseName(
            head, redirectedTo: attempt.followed > 0 ? request.url.withoutUserinfo.description : nil)
    }

    /// Settles where the body begins; false when the body goes on, so that its head was shown before.
    private func begin(_ start: HeadDecision.BodyStart) throws -> Bool {
        switch start {
        case .first:
            body.start = request.kind == .get ? attempt.resumeOffset : 0
            return true
        case .anew:
            try attempt.startOver()
            return true
        case .behind:
            body.start = attempt.resumeOffset
            body.countsStart = true
            transfer.watch?.goOn(from: body.start)
        case .dropping(let count): body.drop(first: count)
        }
        body.decoder = attempt.held?.decoder
        return false
    }

    /// Begins to hash the body; false when it is not hashed, such as that of a failure.
    private func beginChecks(_ head: ResponseHead) throws -> Bool {
        guard let checks = transfer.checks, statusFailure == nil, request.kind != .head else { return false }
        var isWhole = head.status != 206 || body.start > 0
        var count = body.firstMissing
        // Nothing new comes: it is the file that is there which has to be right.
        if isUnmodified, checks.decidesName, let path = output.existingFile {
            (isWhole, count) = (false, try FileSink.existingSize(of: path))
        }
        try checks.begin(head, name: output.checksumName, start: count, isWhole: isWhole) { take in
            try output.readBack(count, into: take)
        }
        if count == 0 { output.fileHeads.withUnsafeBytes { checks.take(written: $0) } }
        return true
    }

    /// The server, or `-z`, says that what is there already is the answer.
    private var isUnmodified: Bool {
        if case .discard(.end(.unmodified)) = decision { true } else { head?.status == 304 }
    }

    private func endChecks(_ trailers: [HeaderField]) throws {
        guard let checks = transfer.checks else { return }
        try checks.end(trailers: trailers)
        events?.tell(.checked(sum: checks.summary, verdict: checks.verdict))
    }

    /// Tells the pace of the run what the answer says of the host's limits.
    private func hearPace(_ head: ResponseHead) {
        let context = transfer.context
        guard context.pace != nil || head.status == 429 || head.status == 503 else { return }
        let pause = context.makePace().hear(head, from: request.url, attempt.turn, operation.plan.retry)
        guard let pause else { return }
        hostPause = pause
        events?.tell(.hostPaused(host: request.url.host, port: request.url.effectivePort, pause))
        context.diagnostics.note(
            "\(request.url.host) is left alone for \(ProgressText.seconds(pause)) seconds, as it asks")
    }

    private func learn(from head: ResponseHead) {
        if head.version < .http11 { transfer.context.oldServers.insert(Operation.SiteKey(request.url)) }
        if operation.plan.hsts?.mayLearn ?? false { operation.hsts?.learn(head, from: request.url) }
        guard let cookies = operation.cookies, let cookieURL else { return }
        for case .rejected(let reason) in cookies.process(head, from: cookieURL, now: WallTime.second) {
            events?.tell(.cookieRefused(reason: "\(reason)"))
        }
    }

    private func decide(_ head: ResponseHead, _ framing: BodyFraming) -> HeadDecision {
        var facts = facts(about: head)
        facts.login = login?.verdict(on: head) ?? .satisfied
        if case .satisfied = facts.login {
            facts.retry = transfer.retryDecision(onAnswer: head, facts, in: attempt)
        }
        return HeadDecision.decide(head, framing, facts) {
            try operation.check($0, redirectedFrom: request.url)
        }
    }

    /// Searches the user's fields only where the status makes them matter.
    private func facts(about head: ResponseHead) -> HeadDecision.Facts {
        let plan = operation.plan
        return HeadDecision.Facts(
            url: request.url, kind: request.kind,
            range: range(askedForBefore: head),
            asksForPart: head.status == 206 && attempt.builder.isGiven("Range", for: request.url),
            mayDropExpect: expectsContinue
                && request.upload.map { $0.length != nil || $0.source.canRewind } ?? true,
            sentProxyLogin: head.status == 407 && request.proxy?.user != nil,
            followed: attempt.followed, resumeOffset: attempt.resumeOffset, resume: attempt.held?.rule,
            mayStartOver: attempt.held == nil || output.mayStartOver, redirects: plan.redirects,
            decodes: plan.request.isCompressed && !plan.reply.isRaw && attempt.held?.decoder == nil,
            fail: plan.fail, timeCondition: plan.request.timeCondition, maxFileSize: plan.maxFileSize)
    }

    /// What the request that `head` answers asks for, as `5-9`; nil = the whole, or what cannot be told.
    private func range(askedForBefore head: ResponseHead) -> String? {
        if head.status == 206, attempt.builder.isGiven("Range", for: request.url) {
            return UserFields(operation.plan.request.headers).simpleRange
        }
        return request.kind == .get || request.kind == .head ? request.range : nil
    }

    /// The failure that `-f` makes of a delivered answer's status; nil = it is none.
    var statusFailure: TransferFailure? {
        guard operation.plan.fail != .off, let head else { return nil }
        return HeadDecision.failure(head, facts(about: head))
    }

    private func route(
        _ decision: HeadDecision, _ head: ResponseHead, _ framing: BodyFraming
    ) throws -> BodyRoute {
        switch decision {
        case .stop(let failure): throw failure
        case .discard(.end(.complete)) where head.status != 416, .discard(.end(.headOnly)):
            return .ignore(atMost: 0)
        case .discard: return .ignore(atMost: Self.ignoredBodyBytes)
        case .deliver: break
        }
        if body.firstMissing > 0 { events?.tell(.resumed(from: body.firstMissing)) }
        if case .length(let length) = framing { body.expected = length }
        if head.status == 206, framing != .none { body.part = ContentRange(of: head) }
        let rules = operation.plan.reply
        let isCompressed = operation.plan.request.isCompressed
        if body.decoder == nil, isCompressed || rules.undoesTransferCodings, framing != .none, !rules.isRaw {
            body.decoder = try ResponseDecoder(
                head, content: isCompressed, transfer: rules.undoesTransferCodings,
                limit: operation.plan.maxFileSize, isStrict: rules.isStrict, scratch: transfer.context.scratch
            )
        }
        if output.mayBeFull { gate = BodyGate() }
        // A part cannot be shown as JSON.
        output.present(head, isWhole: body.firstMissing == 0 && head.status != 206)
        if output.mayKeep || operation.plan.retry.limit > 0, isWholeOfGET(head) {
            let rule = rule(head, framing)
            body.rule = rule
            if body.decoder == nil { output.identify(rule.validator, length: rule.total) }
        }
        // The bytes may bypass this process only where nothing decodes, slows, drops, counts or reads them.
        body.isChecked = try beginChecks(head)
        let isWatched = body.isChecked || transfer.watch?.readsBody ?? false
        guard body.decoder == nil, body.toDrop == 0, transfer.pace == nil, operation.plan.maxFileSize == nil,
            !isWatched
        else {
            return .deliver(gate)
        }
        return output.isDiscarding && body.part == nil ? .discard : .splice(self)
    }

    /// In bytes. A body that is not wanted is read to keep the connection, unless it is longer.
    private static let ignoredBodyBytes: Int64 = 64 * 1024

    /// Writes a received block where `-D` and `-i` want it; `withBody` = `-i` shows it, too.
    private func show(_ block: [UInt8], withBody: Bool = true) throws {
        guard operation.headerDump != nil || withBody && operation.plan.output.showsHeaders else { return }
        try output.show(
            Unfolding.unfolded(block), of: request.url, dumping: operation.headerDump, withBody: withBody)
    }

    // MARK: Body

    func responseBody(_ bytes: UnsafeRawBufferPointer) throws {
        var bytes = bytes
        let dropped = body.take(bytes.count)
        if let limit = operation.plan.maxFileSize, body.counted > limit {
            throw TransferFailure(.fileTooLarge, "the answer is longer than --max-filesize \(limit)")
        }
        let isChecked = body.isChecked
        if isChecked { transfer.checks?.take(coded: bytes, dropped: dropped) }
        if dropped > 0 {
            bytes = UnsafeRawBufferPointer(rebasing: bytes[dropped...])
            guard !bytes.isEmpty else { return }
        }
        defer { if output.isFull { waitForRoom() } }
        guard let decoder = body.decoder else {
            events?.tell(.delivered(bytes.count))
            transfer.watch?.take(bytes)
            if isChecked { transfer.checks?.take(written: bytes) }
            return try output.write(bytes)
        }
        try decoder.decode(bytes) { piece in
            try stayInTime()
            events?.tell(.delivered(piece.count))
            if isChecked { transfer.checks?.take(written: piece) }
            transfer.watch?.take(piece)
            try output.write(piece)
        }
    }

    func responsePauses() throws {
        // Held back for a retry: once bytes are delivered, only an attempt that can ask for the rest may follow.
        if operation.plan.retry.limit > 0, body.expected != nil, body.rule?.validator == nil { return }
        try output.flush()
    }

    func spliceDescriptor() throws -> CInt? { try output.spliceDescriptor() }

    func didSplice(_ count: Int) {
        body.received += Int64(count)
        output.didSplice(count)
    }

    func descriptorIsFull() -> Bool {
        guard gate != nil, output.noteFull() else { return false }
        waitForRoom()
        return true
    }

    private func waitForRoom() {
        guard let gate else { return }
        gate.close()
        output.onChange { [output] in
            if let broken = output.broken { gate.fail(broken) } else { gate.open() }
        }
    }

    /// A few bytes may decode to gigabytes, and timers and signal handlers get no turn before the last of them.
    private func stayInTime() throws {
        if let deadline = attempt.limits.deadline, deadline <= .now {
            throw HTTPClientError.timedOut(.body, received: body.received, expected: body.expected)
        }
        if transfer.context.shouldStop() {
            throw OutputError(.write, output.fileName ?? "standard output", .interrupted)
        }
    }

    func responseEnd(trailers: [HeaderField]) throws {
        let isDelivered = if case .deliver = decision { true } else { false }
        if isDelivered {
            if let rule = attempt.held?.rule { try body.check(wholeBehind: rule) }
            try body.decoder?.finish(events)
            if let part = body.part {
                let asked = head.flatMap { range(askedForBefore: $0) }
                try body.check(
                    part, range: request.kind == .get ? asked : nil, total: attempt.held?.rule.total)
            }
            if body.isChecked { try endChecks(trailers) }
            try output.endBody()
            output.isWithinBody = false
        }
        guard !trailers.isEmpty else { return }
        // Shown where heads are shown, as they came, without the blank line at their end.
        let block = Array(trailers.map { "\($0)\r\n" }.joined().utf8)
        events?.tell(.trailers(block))
        try show(block, withBody: isDelivered)
    }
}

// What a later attempt may go on with.
extension Hop {
    /// How far its body is.
    var figures: BodyFigures { body.figures }

    /// The part of the body that is here, for a later attempt; nil = none could go on with it.
    var progress: HeldBody? {
        if case .deliver = decision { body.progress } else { nil }
    }

    /// True when bytes were delivered of a body that only the end of the stream ends.
    var isWithoutLength: Bool {
        guard case .deliver = decision, let head, (200..<300).contains(head.status) else { return false }
        return body.expected == nil && body.part == nil && body.received > 0
    }

    /// True when the body is the resource itself, from its first byte or from `start` on, so that a later attempt may ask
    /// for the rest.
    private func isWholeOfGET(_ head: ResponseHead) -> Bool {
        let plan = operation.plan
        return request.kind == .get && plan.request.method ?? "GET" == "GET" && plan.request.range == nil
            && !plan.reply.isRaw && !plan.reply.undoesTransferCodings
            && (head.status == 200 || head.status == 206 && body.start > 0)
            && !attempt.builder.isGiven("Range", for: request.url)
            // An expectation looks at the body of one attempt.
            && !(transfer.watch?.readsBody ?? false)
    }

    private func rule(_ head: ResponseHead, _ framing: BodyFraming) -> ResumeRule {
        let held = attempt.held?.rule
        var rule = ResumeRule(
            count: body.firstMissing, validator: held?.validator ?? StrongValidator(of: head),
            total: held?.total)
        switch framing {
        case .length(let length) where head.status == 200: rule.total = length
        default: if let total = body.part?.total { rule.total = total }
        }
        return rule
    }
}
