import Connector
import Glibc
import HTTPClient
import HTTPCore

/// One URL from its first request to its last byte, redirects and retries included.
///
/// `run` never throws: whatever goes wrong is told once, in one line, and is the result's exit status.
@LoopActor
final class Transfer {
    let plan: TransferPlan
    let operation: Operation
    let context: RunContext
    let started = ContinuousClock.now

    /// What `-w` reads; nil when nobody will.
    let report: TransferReport?
    /// nil without a report.
    let times: TransferTimes?
    var lastHead: ResponseHead?
    var retries = 0
    /// How it ended.
    private(set) var result = Result()
    private var retry: Retry?

    // The attempt under way.
    /// When its time (`-m`) is up.
    var deadline: ContinuousClock.Instant?
    var output: TransferOutput
    private var route: Route?
    /// Where the task that runs the hops hears of its cancellation; nil = at each wait.
    private var scope: CancellationScope?
    var hop: RequestBuilder.Hop?
    var hopURL: HTTPURL?
    /// Whose cookies are sent and taken.
    var cookieURL: HTTPURL?
    var followed = 0
    var headVerdict = HeadVerdict.deliver
    var decoder: ResponseDecoder?
    var rate: RateLimiter?
    /// A method that cannot be repeated without harm went out, or began to.
    var unsafeMethod: String?
    /// The same of a request that has no connection yet.
    var pendingUnsafeMethod: String?
    /// The answer that came will be asked for again after this pause.
    var plannedPause: Duration?
    /// The request under way waits for leave to send its body.
    var asksForLeave = false
    var resumeOffset: Int64 = 0
    var figures = ProgressFigures()
    var askedForTunnel = false
    /// nil where logins are fixed fields.
    var login: HopLogin?
    /// The number of the connection under the request, once one has been asked for its number.
    var connectionNumber: Int?
    /// The connection under the request, to be told of at its end; nil without a trace.
    var tracedConnection: Connection?
    var speedWatch: SpeedWatch?
    var hasBeenTooSlow = false

    /// What becomes of the body behind a final head.
    enum HeadVerdict {
        /// It is the answer.
        case deliver
        /// It is read and forgotten: a redirect, a failure, an answer that is asked for again.
        case ignore
        /// The same, for the condition of `-z` is not met.
        case unwanted
    }

    init(_ plan: TransferPlan, operation: Operation, context: RunContext) {
        self.plan = plan
        self.operation = operation
        self.context = context
        output = TransferOutput(plan, operation.plan, context)
        if let limit = operation.plan.limitRate { rate = RateLimiter(bytesPerSecond: limit, now: started) }
        report = operation.writeOut == nil ? nil : TransferReport()
        times = report == nil ? nil : TransferTimes()
        guard let report else { return }
        report.url = context.plan.showsSecrets ? plan.url : SecretRedactor.redact(url: plan.url)
        // Until a first hop makes it more precise, if the text is a URL at all.
        report.effectiveURL =
            context.plan.showsSecrets ? plan.url : SecretRedactor.withoutLogin(url: plan.url)
        report.showsSecrets = context.plan.showsSecrets
        report.urlIndex = plan.urlNumber
        report.transferID = plan.number
    }

    /// How a transfer ended.
    struct Result {
        var status = ExitStatus.success
        /// Nothing that is still to come can be written.
        var endsRun = false
    }

    /// Runs to the end, in a task that hears of its cancellation in `scope`; `result` tells of it. To be called on the
    /// loop; like `follow` it stays with its caller, who is there already. Ten thousand may wait here, so that the frame
    /// holds as little as can be.
    nonisolated func run(in scope: CancellationScope) async {
        switch begin(in: scope) {
        case .nothing: return
        case .watched: await runOn()
        case .plain:
            let isOver: Bool
            do {
                try await follow()
                isOver = endAttempt(nil)
            } catch {
                isOver = endAttempt(error)
            }
            if !isOver { await runOn() }
        }
    }

    /// Runs attempt after attempt, the first one where the pace is watched.
    @inline(never)
    private func runOn() async {
        while true {
            if retry != nil, await rest() { return }
            let isOver: Bool
            do {
                if operation.plan.speedFloor == nil { try await follow() } else { try await followWatched() }
                isOver = endAttempt(nil)
            } catch {
                isOver = endAttempt(error)
            }
            if isOver { return }
        }
    }

    private enum Kind {
        case nothing, plain, watched
    }

    @inline(never)
    private nonisolated func begin(in scope: CancellationScope) -> Kind {
        LoopActor.assumeIsolated {
            // Where the pace is watched, hops run in a task of their own, which is cancelled by itself.
            let isWatched = operation.plan.speedFloor != nil
            if !isWatched { self.scope = scope }
            return skipsExistingFile() ? .nothing : isWatched ? .watched : .plain
        }
    }

    /// The attempt that comes next.
    private final class Retry {
        /// Why; nil = the answer's status.
        let failure: TransferFailure?
        let pause: Duration

        init(after failure: TransferFailure?, _ pause: Duration) {
            self.failure = failure
            self.pause = pause
        }
    }

    /// Ends an attempt; false where another one follows, which is `retry` then.
    @inline(never)
    private nonisolated func endAttempt(_ problem: (any Error)?) -> Bool {
        LoopActor.assumeIsolated((self, problem)) { $0.0.isOver(after: $0.1) }
    }

    private func isOver(after problem: (any Error)?) -> Bool {
        let failure: TransferFailure?
        if let problem {
            failure = Task.isCancelled ? TransferFailure(CancellationError()) : TransferFailure(problem)
        } else {
            failure = statusFailure()
        }
        guard let pause = pauseBeforeRetry(after: failure) else {
            finish(failure)
            return true
        }
        guard route?.upload?.source.canRewind ?? true else {
            // What was read of a stream is gone, and a request without it would undo what it is to do.
            finish(failure ?? TransferFailure(HTTPClientError.cannotRewind))
            return true
        }
        retry = Retry(after: failure, pause)
        return false
    }

    /// Waits before the next attempt; true when there will be none.
    private func rest() async -> Bool {
        guard let retry else { return true }
        self.retry = nil
        do {
            try output.takeBack(keepsForResume: mayResumeAfterFailure)
            announceRetry(retry.failure, retry.pause)
            try await EventLoop.shared.sleep(until: .now + retry.pause)
        } catch {
            finish(retry.failure ?? TransferFailure(error))
            return true
        }
        retries += 1
        return false
    }

    /// Resets what belongs to one attempt.
    private func reset() {
        report?.beginAttempt()
        followed = 0
        figures = ProgressFigures()
        times?.restart()
        unsafeMethod = nil
        plannedPause = nil
    }

    // MARK: Hops

    /// What stays the same from hop to hop of one attempt.
    private final class Route {
        let builder: RequestBuilder
        let upload: UploadFile?
        let limits: HTTPClient.Limits

        init(builder: RequestBuilder, upload: UploadFile?, limits: HTTPClient.Limits) {
            self.builder = builder
            self.upload = upload
            self.limits = limits
        }
    }

    /// One attempt: request after request, to where redirects and logins lead.
    nonisolated func follow() async throws {
        var next = try firstDispatch()
        while let dispatch = next {
            let problem: (any Error)?
            do {
                try await dispatch.run()
                problem = nil
            } catch {
                problem = error
            }
            next = try nextDispatch(after: problem)
        }
    }

    @inline(never)
    private nonisolated func firstDispatch() throws -> Dispatch? {
        try LoopActor.assumeIsolated(self) { try $0.beginAttempt() }
    }

    @inline(never)
    private nonisolated func nextDispatch(after problem: (any Error)?) throws -> Dispatch? {
        try LoopActor.assumeIsolated((self, problem)) { transfer, problem in
            if let problem { try transfer.judge(problem) }
            return try transfer.goOn()
        }
    }

    /// The first request.
    private func beginAttempt() throws -> Dispatch {
        reset()
        let request = operation.plan.request
        let url = secured(try firstURL())
        let kind = plan.upload == nil || plan.upload == .some(.none) ? withoutUpload(request.kind) : .put
        let upload =
            kind == .put
            ? try UploadFile.open(plan.upload, resumingAt: operation.plan.output.continueAt)
            : kind == .post ? try request.form.map { try FormBody.open($0) } : nil
        resumeOffset = upload?.offset ?? output.resumeOffset(operation.plan.output.continueAt)
        deadline = operation.plan.maxTime.map { ContinuousClock.now + $0 }
        output.deadline = deadline
        let route = Route(
            builder: RequestBuilder(
                plan: request, forceClose: operation.client.connector.forceClose,
                trustsRedirects: operation.plan.trustsRedirects, firstURL: url),
            upload: upload,
            limits: deadline.map {
                HTTPClient.Limits(deadline: $0, connectTimeout: operation.plan.connectTimeout)
            } ?? operation.limits)
        self.route = route
        return try dispatch(RequestBuilder.Hop(url: url, kind: kind), on: route)
    }

    /// Writes the request of `hop`, but for what was set on it already.
    private func dispatch(_ hop: RequestBuilder.Hop, on route: Route) throws -> Dispatch {
        let request = operation.plan.request
        if operation.mayHaveProxy, let proxy = try operation.proxy(for: hop.url) { hop.proxy = proxy }
        hop.cookie = cookie(for: hop.url, route.builder)
        hop.range = resumeOffset > 0 && hop.kind != .put ? "\(resumeOffset)-" : request.range
        if let upload = route.upload {
            hop.upload = (upload.source, upload.length)
            hop.contentRange = upload.contentRange
            hop.contentType = upload.contentType
        }
        self.hop = hop
        hopURL = hop.url
        try prepareLogin(hop, route.builder)
        let site = try operation.site(of: hop)
        let message = try operation.request(for: hop, route.builder, site)
        begin(message, hop)
        return operation.client.dispatch(
            message, to: site.endpoint, handler: self,
            parserOptions: operation.plan.reply.parserOptions(isViaProxy: hop.hasProxy && !askedForTunnel),
            limits: route.limits, tracer: hearsConnector ? self : nil, id: ConnectID(plan.number), in: scope)
    }

    /// The request that follows the answer which came; nil when that was the last.
    private func goOn() throws -> Dispatch? {
        tellEndOfExchange()
        guard let route, let hop else { return nil }
        if try isRepeatedForLogin(route.upload) {
            return try dispatch(RequestBuilder.Hop(repeating: hop), on: route)
        }
        guard let head = lastHead else { throw TransferFailure(.emptyReply, "no response came") }
        if isLeaveRefused(head), rewound(route.upload) {
            let again = RequestBuilder.Hop(repeating: hop)
            again.mayExpect = false
            return try dispatch(again, on: route)
        }
        guard let next = try nextHop(head, hop.url, hop.kind) else { return nil }
        if next.kind == .put || next.kind == .post, !rewound(route.upload) {
            throw TransferFailure(HTTPClientError.cannotRewind)
        }
        times?.beginNextHop()
        followed += 1
        report?.redirectCount = followed
        let following = RequestBuilder.Hop(url: secured(next.url), kind: next.kind, previous: hop.url)
        following.mayExpect = hop.mayExpect
        following.usesOwnMethod = hop.usesOwnMethod && next.keepsMethod
        return try dispatch(following, on: route)
    }

    private func withoutUpload(_ kind: RedirectPolicy.RequestKind) -> RedirectPolicy.RequestKind {
        kind == .put ? .get : kind
    }

    /// The URL over TLS if its host is known to want that (RFC 6797 §8.3), else as it is.
    private func secured(_ url: HTTPURL) -> HTTPURL {
        guard let upgraded = operation.hsts?.upgrade(url) else { return url }
        context.trace?.info("\(url.host) wants https only (HSTS)")
        return upgraded
    }

    private func firstURL() throws -> HTTPURL {
        var url = try operation.urls.parse(plan.url)
        try operation.plan.urls.check(operation.hsts?.upgrade(url) ?? url, isRedirect: false)
        report?.urlParts = TransferReport.URLParts(url)
        if case .file(let path) = plan.upload, url.path.hasSuffix("/"), url.query == nil {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            url = try url.appendingPath(PercentCoding.encode(Array(name.utf8)))
            nameInReport(url)
        }
        if let query = operation.plan.request.query {
            url = try url.appendingQuery(String(decoding: query, as: UTF8.self))
            nameInReport(url)
        }
        return url
    }

    /// What options made of a URL is what was asked for.
    private func nameInReport(_ url: HTTPURL) {
        report?.url = reported(url)
    }

    /// A URL for the report, which holds a login only where secrets are shown.
    func reported(_ url: HTTPURL) -> String {
        (context.plan.showsSecrets ? url : url.withoutUserinfo).descriptionWithFragment
    }

    private func cookie(for url: HTTPURL, _ builder: RequestBuilder) -> String? {
        if operation.cookies == nil, operation.plan.cookies.pairs.isEmpty { return nil }
        var parts: [String] = []
        if let cookies = operation.cookies {
            let site = builder.cookieURL(for: url)
            cookieURL = site
            if let kept = cookies.header(for: site, now: WallTime.second) { parts.append(kept) }
        }
        if builder.isHome(url) { parts += operation.plan.cookies.pairs }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private func rewound(_ upload: UploadFile?) -> Bool {
        upload?.source.rewind() ?? true
    }

    /// Resets what belongs to one hop.
    private func begin(_ request: HTTPRequest, _ hop: RequestBuilder.Hop) {
        headVerdict = .deliver
        decoder = nil
        lastHead = nil
        connectionNumber = nil
        speedWatch?.rest()
        report?.beginHop()
        figures.toSend =
            hop.upload?.length ?? (hop.kind == .post ? Int64(operation.plan.request.body?.count ?? 0) : nil)
        figures.received = 0
        figures.sent = 0
        asksForLeave = request.continueTimeout != nil
        pendingUnsafeMethod = request.isIdempotent ? nil : request.method
        askedForTunnel = hop.hasProxy && hop.proxy?.tunnels(toTLS: hop.url.scheme.isTLS) ?? false
        guard report != nil else { return }
        report?.method = request.method
        report?.referer = request.fields.first { $0.isNamed("Referer") }?.value
        report?.effectiveURL = reported(hop.url)
        report?.effectiveURLParts = TransferReport.URLParts(hop.url)
        report?.usedProxy = hop.hasProxy
        report?.redirectURL = nil
    }

    /// An exchange that was ended early on purpose is no failure.
    @inline(never)
    private func judge(_ error: any Error) throws {
        tellEndOfExchange()
        switch error {
        case let stop as EarlyStop: if let failure = stop.failure { throw failure }
        case let error as HTTPClientError:
            if try asksForLogin(error) { return }
            throw failure(for: error, hop?.proxy)
        default: throw error
        }
    }

    /// A proxy's name that is unknown has a number of its own, and so has a name that is unknown on behalf of a proxy.
    private func failure(for error: HTTPClientError, _ proxy: Proxy?) -> TransferFailure {
        var failure = TransferFailure(error)
        if let proxy, case .connector(.dns(let cause)) = error {
            if let hop = [proxy.preproxy, proxy].compactMap(\.self).first(where: { $0.host == cause.host }) {
                failure.status = .proxyNotResolved
                failure.text = "cannot reach proxy \(hop): \(failure.text)"
            } else {
                failure.status = .proxyHandshakeFailed
            }
        }
        return failure
    }

    private func nextHop(
        _ head: ResponseHead, _ url: HTTPURL, _ kind: RedirectPolicy.RequestKind
    ) throws -> RedirectPolicy.Next? {
        guard let policy = operation.plan.redirects else { return nil }
        switch policy.decide(head, url: url, kind: kind, followed: followed) {
        case .done: return nil
        case .follow(let next):
            try operation.plan.urls.check(operation.hsts?.upgrade(next.url) ?? next.url, isRedirect: true)
            return next
        case .tooMany(let limit):
            throw TransferFailure(.tooManyRedirects, "more than \(limit) redirects (--max-redirs)")
        case .invalid(let error):
            var failure = TransferFailure(error)
            failure.namesURL = false
            failure.text = "cannot follow the redirect: \(failure.text)"
            throw failure
        }
    }

    /// With `-f` and `--fail-with-body` a status of 400 and above is a failure.
    private func statusFailure() -> TransferFailure? {
        guard let head = lastHead, isFailureStatus(head.status) else { return nil }
        return TransferFailure(
            .httpError, "the server answered \(head.status)\(head.reason.isEmpty ? "" : " \(head.reason)")",
            outcome: .status(head.status))
    }

    func isFailureStatus(_ status: Int) -> Bool {
        guard operation.plan.fail != .off, status >= 400 else { return false }
        // Asked for the rest of a file that is whole already.
        return !(status == 416 && resumeOffset > 0)
    }

    // MARK: End

    var elapsed: Duration { started.duration(to: .now) }

    private func finish(_ failure: TransferFailure?) {
        var failure = failure
        do {
            try output.end(
                keeps: failure == nil || isKeptFailure(failure), notes: fileNotes(),
                makesEmptyFile: headVerdict != .unwanted && lastHead?.status != 304)
        } catch {
            failure = failure ?? TransferFailure(error)
        }
        if let failure, !failure.isInterrupted {
            tell(failure)
        }
        do {
            complete(failure)
            if let writeOut = operation.writeOut, let report, let standardOutput = output.standardOutput {
                try writeOut.write(report, stdout: standardOutput, stderr: context.messages)
            }
            try output.close()
        } catch {
            let writing = TransferFailure(error)
            if failure == nil, !writing.isInterrupted {
                tell(writing)
            }
            failure = failure ?? writing
        }
        result = Result(
            status: failure?.status ?? .success,
            endsRun: failure.map { $0.isBrokenPipe || $0.isInterrupted } ?? false)
    }

    private func complete(_ failure: TransferFailure?) {
        guard let report else { return }
        report.exitCode = Int(failure?.status.rawValue ?? 0)
        report.errorMessage = failure?.text
        report.retryCount = retries
        report.fileName = output.effectiveName
        if let failure, failure.verifyResult != 0 { report.verifyResult = failure.verifyResult }
        report.proxyVerifyResult = failure?.proxyVerifyResult ?? 0
        times?.fill(report)
    }

    private func tell(_ failure: TransferFailure) {
        // One line for all of them is enough, and comes at the end.
        if failure.isStoppedSibling {
            context.stoppedTransfers += 1
            return
        }
        if failure.isBrokenPipe {
            guard !context.hasToldOfBrokenPipe else { return }
            context.hasToldOfBrokenPipe = true
        }
        let subject = failure.namesURL ? "" : "\(shownURL): "
        context.diagnostics.error(Int(failure.status.rawValue), subject + failure.text)
    }

    /// `--fail-with-body` keeps the body, and a resumed file keeps what it has.
    private func isKeptFailure(_ failure: TransferFailure?) -> Bool {
        failure?.status == .httpError && operation.plan.fail == .withBody
            && !operation.plan.output.removesOnError
    }

    private var shownURL: String {
        TerminalText.shortened(
            (hopURL ?? (try? operation.plan.urls.parse(plan.url)))?.redacted
                ?? SecretRedactor.redact(url: plan.url))
    }
}

/// Ends an exchange early on purpose: what is still to come is not wanted.
struct EarlyStop: Error {
    /// nil = the transfer goes on as if the response had ended.
    var failure: TransferFailure?
}

extension TransferReport.URLParts {
    init(_ url: HTTPURL) {
        self.init()
        scheme = url.scheme.rawValue
        user = url.user
        password = url.password
        host = url.host
        port = String(url.effectivePort)
        path = url.path
        query = url.query
        fragment = url.fragment
        zoneID = url.zone
    }
}
