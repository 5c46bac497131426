import Connector
import Glibc
import HTTPClient
import HTTPCore

/// One try at a transfer: request after request, to where redirects and logins lead.
@LoopActor
final class Attempt {
    /// Holds this attempt in its state until it is over.
    let transfer: Transfer
    let builder: RequestBuilder
    let upload: UploadFile?
    private(set) var limits: RequestLimits
    /// The end of `-m`; nil = there is none.
    private var ownDeadline: ContinuousClock.Instant?
    /// The byte at which a download goes on.
    private(set) var resumeOffset: Int64
    /// The beginning of the body, from earlier attempts or an earlier run; nil = there is none.
    private(set) var held: HeldBody?
    /// How many redirects were followed.
    private(set) var followed = 0
    /// The method of a request that may not be repeated and was sent, at least in part; nil = there was none.
    private(set) var unsafeMethod: String?
    /// The URL of the request under way, or of the last one.
    private(set) var url: HTTPURL
    /// The request under way, or the last one.
    private(set) var hop: Hop?
    private var request: RequestAttempt?
    /// The request that waits for its turn, and its login; nil = none waits.
    private var queued: (request: HopRequest, login: HopLogin?)?
    /// The turn of the request that waits or is under way; nil where nothing keeps a pace.
    private(set) var turn: PaceKeeper.Turn?

    var operation: Operation { transfer.operation }

    /// A request is sent, or its connection dialled, and its answer has not come.
    var awaitsAnswer: Bool { queued == nil && hop?.head == nil }

    /// Parses the URL, opens the upload and begins the first request.
    init(_ transfer: Transfer) throws {
        self.transfer = transfer
        let operation = transfer.operation
        let plan = operation.plan
        let url = try operation.firstURL(of: transfer.plan, transfer.events)
        self.url = url
        let kind = operation.kind(of: transfer.plan)
        upload =
            kind == .put
            ? try UploadFile.open(transfer.plan.upload, plan.uploadPart)
            : kind == .post ? try plan.request.form.map { try FormBody.open($0) } : nil
        if let held = transfer.tries.held {
            resumeOffset = held.rule.count
            self.held = held
        } else {
            resumeOffset = upload == nil ? try transfer.output.resumeOffset(plan.output.continueAt) : 0
            if upload == nil { held = transfer.output.heldByPart().map { HeldBody(rule: $0) } }
        }
        transfer.output.isWithinBody = held != nil
        ownDeadline = plan.maxTime.map { .now + $0 }
        let deadline = transfer.deadline(within: ownDeadline)
        transfer.output.deadline = deadline
        limits =
            deadline == nil && transfer.waiting == nil
            ? operation.limits
            : RequestLimits(
                deadline: deadline, connectTimeout: transfer.connectTimeout, speedFloor: plan.speedFloor)
        builder = RequestBuilder(
            plan: plan.request, forceClose: operation.connector.forceClose,
            trustsRedirects: plan.trustsRedirects, firstURL: url,
            idempotencyKey: transfer.tries.idempotencyKey)
        try begin(HopRequest(url: url, kind: kind))
    }

    /// The pause before the next attempt that an answer asked for; nil when none did.
    var askedPause: Duration? {
        if case .discard(.retry(let pause)) = hop?.decision { pause } else { nil }
    }

    /// The body of an answer goes to the output.
    var delivers: Bool { if case .deliver = hop?.decision { true } else { false } }

    /// The failure that `-f` makes of the answer's status; nil = it is none.
    var statusFailure: TransferFailure? { delivers ? hop?.statusFailure : nil }

    /// Ends it. Drops the last hop, which refers back to it.
    func end() {
        hop = nil
        request = nil
        turn?.end(isGood: false)
    }

    /// Forgets the bytes that are held: the body begins at its first.
    func startOver() throws {
        try transfer.output.takeBack()
        transfer.output.isWithinBody = false
        held = nil
        resumeOffset = 0
    }

    func noteSent(_ unsafeMethod: String) { self.unsafeMethod = unsafeMethod }

    // MARK: The way

    /// Goes on until something has to be waited for.
    func advance(after outcome: Suspension.Outcome) throws -> Wait {
        var outcome = outcome
        if queued != nil, let wait = try waitForTurn(&outcome) { return wait }
        while let hop, let request {
            do {
                let wait = try request.advance(after: outcome)
                guard case .done = wait else { return wait }
                self.request = nil
                guard let decision = hop.decision else {
                    throw TransferFailure(.emptyReply, "no response came")
                }
                try follow(decision, of: hop)
            } catch let error as HTTPClientError {
                self.request = nil
                try judge(error, of: hop, wasLostOnReuse: request.wasLostOnReuse)
            }
            outcome = .woken
            if queued != nil, let wait = try waitForTurn(&outcome) { return wait }
        }
        return .done
    }

    /// Sends the queued request if its turn has come; nil = it was sent.
    private func waitForTurn(_ outcome: inout Suspension.Outcome) throws -> Wait? {
        guard let (request, login) = queued, let turn else { return nil }
        if case .timedOut = outcome, let end = transfer.windowEnd, end <= .now {
            throw TransferFailure(
                .timedOut, "timed out while waiting for the turn of \(request.url.host)", outcome: .timeout)
        }
        if outcome.error != nil { throw CancellationError() }
        outcome = .woken
        guard turn.isGranted else { return turn.sleep(until: transfer.windowEnd) }
        queued = nil
        // The wait for the turn does not count for `-m`, but for `--retry-max-time`.
        if let own = ownDeadline {
            ownDeadline = own + turn.waited
            limits = RequestLimits(
                deadline: transfer.deadline(within: ownDeadline), connectTimeout: transfer.connectTimeout,
                speedFloor: operation.plan.speedFloor)
            transfer.output.deadline = limits.deadline
        }
        transfer.waitedForTurn(turn.waited, isFirst: hop == nil && transfer.tries.retries == 0)
        try launch(request, login)
        return nil
    }

    /// Begins the request that the decision leads to, if it leads to one in this attempt.
    private func follow(_ decision: HeadDecision, of hop: Hop) throws {
        guard case .discard(let next) = decision else { return }
        switch next {
        case .follow(let next): try follow(next, from: hop)
        case .repeatWithLogin: try repeatWithLogin(hop, byProxy: hop.head?.status == 407)
        case .repeatWithoutExpect:
            guard rewindUpload() else { throw TransferFailure(HTTPClientError.cannotRewind) }
            transfer.events?.tell(.expectationRefused)
            let again = HopRequest(repeating: hop.request)
            again.mayExpect = false
            try begin(again, hop.login)
        case .askForWhole:
            try startOver()
            try begin(HopRequest(repeating: hop.request), hop.login)
        case .fail(let failure): throw failure
        case .retry, .end: break
        }
    }

    private func follow(_ next: RedirectPolicy.Next, from hop: Hop) throws {
        if next.kind == .put || next.kind == .post, !rewindUpload() {
            throw TransferFailure(HTTPClientError.cannotRewind)
        }
        followed += 1
        if let events = transfer.events {
            events.tell(
                .redirected(to: next.url, dropped: builder.dropped(from: hop.request.url, to: next.url)))
        }
        let request = HopRequest(
            url: operation.secured(next.url, transfer.events), kind: next.kind, previous: hop.request.url)
        request.mayExpect = hop.request.mayExpect
        request.usesOwnMethod = hop.request.usesOwnMethod && next.keepsMethod
        if Operation.SiteKey(request.url) != Operation.SiteKey(hop.request.url) {
            transfer.context.wentElsewhere?()
        }
        try begin(request)
    }

    private func repeatWithLogin(_ hop: Hop, byProxy: Bool) throws {
        // A probe has not read the body.
        if !(hop.login?.isProbe ?? false), upload != nil, !rewindUpload() {
            throw TransferFailure(HTTPClientError.cannotRewind)
        }
        transfer.events?.tell(.loginAsked(byProxy: byProxy))
        try begin(HopRequest(repeating: hop.request), hop.login)
    }

    private func rewindUpload() -> Bool { upload?.source.rewind() ?? true }

    /// Logs in at a proxy that asks for it before it opens a tunnel; throws every other error.
    private func judge(_ error: HTTPClientError, of hop: Hop, wasLostOnReuse: Bool) throws {
        if case .connector(.proxyRefused(let refusal)) = error, let login = hop.login {
            switch login.verdict(on: refusal) {
            case .askedAgain: return try repeatWithLogin(hop, byProxy: true)
            case .refused(let problem): throw problem
            case .satisfied: break
            }
        }
        var failure = Self.failure(for: error, hop.request.proxy)
        if wasLostOnReuse {
            failure.text += "; the connection had served before (--force-close makes one for each request)"
        }
        throw failure
    }

    /// An unknown name of a proxy has an exit status of its own, and a proxy that wants a login is answered with an option.
    private static func failure(for error: HTTPClientError, _ proxy: Proxy?) -> TransferFailure {
        var failure = TransferFailure(error)
        if let proxy, case .connector(.dns(let cause)) = error {
            if let hop = [proxy.preproxy, proxy].compactMap(\.self).first(where: { $0.host == cause.host }) {
                failure.status = .proxyNotResolved
                failure.text = "cannot reach proxy \(hop): \(failure.text)"
            }
        }
        if case .connector(.proxyRefused(let refusal)) = error, refusal.status == 407 {
            failure.text += HeadDecision.proxyLoginAdvice(afterLogin: refusal.sentCredentials)
        }
        return failure
    }

    // MARK: Requests

    /// Sends `request` at once, or queues it until its turn comes.
    private func begin(_ request: HopRequest, _ login: HopLogin? = nil) throws {
        url = request.url
        guard let pace = transfer.context.pace else { return try launch(request, login) }
        turn?.end(isGood: false)
        let isStart = hop == nil && transfer.tries.retries == 0
        let turn = pace.enter(
            request.url, isPlanned: isStart && transfer.context.plan.pace?.plansStarts ?? false)
        self.turn = turn
        if turn.isGranted { return try launch(request, login) }
        queued = (request, login)
        let pause = pace.nextPause ?? .zero
        transfer.context.diagnostics.note(
            "waits \(ProgressText.seconds(max(pause, .zero))) seconds or more for the turn of \(request.url.host)"
        )
    }

    private func launch(_ request: HopRequest, _ login: HopLogin?) throws {
        let plan = operation.plan
        if operation.mayHaveProxy, let proxy = try operation.proxy(for: request.url) { request.proxy = proxy }
        let cookieURL = operation.cookies == nil ? nil : builder.cookieURL(for: request.url)
        request.cookie = operation.cookie(for: request.url, cookieURL, builder)
        request.range = resumeOffset > 0 ? "\(resumeOffset)-" : plan.request.range
        // The part of a file that was sent is none of what a redirect leads to.
        if request.kind == .get, operation.kind(of: transfer.plan) == .put { request.range = nil }
        if request.kind == .get {
            request.ifRange = held?.rule.validator?.ifRange
            request.refusesCodings = resumeOffset > 0 && held?.decoder == nil && !plan.reply.isRaw
        }
        if let upload {
            request.upload = (upload.source, upload.length)
            request.contentRange = upload.contentRange
            request.contentType = upload.contentType
        }
        let login = try LoginPreparation(operation: operation, builder: builder).prepare(request, login)
        let site = try operation.site(of: request)
        let message = try operation.request(for: request, builder, site)
        if case .chunked = message.body, transfer.context.oldServers.contains(Operation.SiteKey(request.url))
        {
            throw TransferFailure(
                .uploadNotPossible,
                "a body whose length is not known cannot be sent to a server that answered with HTTP/1.0, which has no chunks"
            )
        }
        let hop = Hop(request, login: login, cookieURL: cookieURL, of: self)
        self.hop = hop
        let events = transfer.events
        hop.begin(message, events)
        self.request = RequestAttempt(
            message, to: site.endpoint, over: operation.connector, setting(of: hop, events))
    }

    private func setting(of hop: Hop, _ events: TransferEvents?) -> RequestAttempt.Setting {
        let asksForTunnel =
            hop.request.hasProxy && hop.request.proxy?.tunnels(toTLS: hop.request.url.scheme.isTLS) ?? false
        // The tool ignores SIGPIPE from its start, so that the kernel may send files.
        return RequestAttempt.Setting(
            handler: hop,
            parserOptions: operation.plan.reply.parserOptions(
                isViaProxy: hop.request.hasProxy && !asksForTunnel),
            limits: limits, pace: transfer.pace, events: events,
            id: ConnectID(transfer.plan.number), sendsFilesUnseen: true,
            isCounted: transfer.isCounted)
    }
}
