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
    var times = TransferTimes()
    var lastHead: ResponseHead?
    var retries = 0

    // The attempt under way.
    /// When its time (`-m`) is up.
    var deadline: ContinuousClock.Instant?
    var output: TransferOutput
    var hop: RequestBuilder.Hop?
    var hopURL: URL?
    /// Whose cookies are sent and taken.
    var cookieURL: URL?
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
        guard let report else { return }
        report.url = context.plan.showsSecrets ? plan.url : SecretRedactor.redact(url: plan.url)
        report.showsSecrets = context.plan.showsSecrets
        report.urlIndex = plan.urlNumber
        report.transferID = plan.number
    }

    /// How a transfer ended.
    struct Result {
        var status = ExitStatus.success
        var isBrokenPipe = false
    }

    func run() async -> Result {
        if skipsExistingFile() { return Result() }
        var failure: TransferFailure?
        while true {
            beginAttempt()
            do {
                if let floor = operation.plan.speedFloor {
                    try await followWatched(floor)
                } else {
                    try await follow()
                }
                failure = statusFailure()
            } catch {
                failure = Task.isCancelled ? TransferFailure(CancellationError()) : TransferFailure(error)
            }
            guard let pause = pauseBeforeRetry(after: failure) else { break }
            do {
                try output.takeBack(keepsForResume: mayResumeAfterFailure)
                announceRetry(failure, pause)
                try await EventLoop.shared.sleep(until: .now + pause)
            } catch {
                failure = failure ?? TransferFailure(error)
                break
            }
            retries += 1
        }
        return finish(failure)
    }

    /// Resets what belongs to one attempt.
    private func beginAttempt() {
        report?.beginAttempt()
        followed = 0
        figures = ProgressFigures()
        times = TransferTimes()
        unsafeMethod = nil
        plannedPause = nil
    }

    // MARK: Hops

    func follow() async throws {
        let request = operation.plan.request
        let first = secured(try firstURL())
        var url = first
        var kind = plan.upload == nil || plan.upload == .some(.none) ? withoutUpload(request.kind) : .put
        let upload =
            kind == .put
            ? try UploadFile.open(plan.upload, resumingAt: operation.plan.output.continueAt)
            : kind == .post ? try request.form.map { try FormBody.open($0) } : nil
        let builder = RequestBuilder(
            plan: request, forceClose: operation.client.connector.forceClose,
            trustsRedirects: operation.plan.trustsRedirects, firstURL: first)
        resumeOffset = upload?.offset ?? output.resumeOffset(operation.plan.output.continueAt)
        let deadline = operation.plan.maxTime.map { ContinuousClock.now + $0 }
        self.deadline = deadline
        var previous: URL?
        var mayExpect = true
        var usesOwnMethod = true
        while true {
            let hop = RequestBuilder.Hop(url: url, kind: kind, previous: previous)
            if let proxy = operation.proxy(for: url) { hop.proxy = proxy }
            hop.cookie = cookie(for: url, builder)
            hop.range = resumeOffset > 0 && kind != .put ? "\(resumeOffset)-" : request.range
            hop.upload = upload.map { ($0.source, $0.length) }
            hop.contentRange = upload?.contentRange
            hop.contentType = upload?.contentType
            hop.mayExpect = mayExpect
            hop.usesOwnMethod = usesOwnMethod
            self.hop = hop
            hopURL = url
            try prepareLogin(hop, builder)
            let site = try operation.site(of: url, proxy: hop.hasProxy ? hop.proxy : nil)
            let message = try operation.request(for: hop, builder, site)
            begin(message, hop)
            do {
                try await operation.client.send(
                    message, to: site.endpoint, handler: self,
                    parserOptions: operation.plan.reply.parserOptions(
                        isViaProxy: hop.hasProxy && !askedForTunnel),
                    limits: HTTPClient.Limits(
                        deadline: deadline, connectTimeout: operation.plan.connectTimeout),
                    tracer: self, id: ConnectID(plan.number))
            } catch {
                try judge(error, hop.proxy)
            }
            if try isRepeatedForLogin(upload) { continue }
            guard let head = lastHead else { throw TransferFailure(.emptyReply, "no response came") }
            if isLeaveRefused(head), rewound(upload) {
                mayExpect = false
                continue
            }
            guard let next = try nextHop(head, url, kind) else { return }
            if next.kind == .put || next.kind == .post, !rewound(upload) {
                throw TransferFailure(HTTPClientError.cannotRewind)
            }
            times.beginNextHop()
            followed += 1
            report?.redirectCount = followed
            previous = url
            (url, kind) = (secured(next.url), next.kind)
            usesOwnMethod = usesOwnMethod && next.keepsMethod
        }
    }

    private func withoutUpload(_ kind: RedirectPolicy.RequestKind) -> RedirectPolicy.RequestKind {
        kind == .put ? .get : kind
    }

    /// The URL over TLS if its host is known to want that (RFC 6797 §8.3), else as it is.
    private func secured(_ url: URL) -> URL {
        guard let upgraded = operation.hsts?.upgrade(url) else { return url }
        context.trace?.info("\(url.host) wants https only (HSTS)")
        return upgraded
    }

    private func firstURL() throws -> URL {
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
    private func nameInReport(_ url: URL) {
        report?.url = url.withoutUserinfo.descriptionWithFragment
    }

    private func cookie(for url: URL, _ builder: RequestBuilder) -> String? {
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
        report?.effectiveURL = hop.url.withoutUserinfo.descriptionWithFragment
        report?.effectiveURLParts = TransferReport.URLParts(hop.url)
        report?.usedProxy = hop.hasProxy
        report?.redirectURL = nil
    }

    /// An exchange that was ended early on purpose is no failure.
    private func judge(_ error: any Error, _ proxy: Proxy?) throws {
        switch error {
        case let stop as EarlyStop: if let failure = stop.failure { throw failure }
        case let error as HTTPClientError:
            if try asksForLogin(error) { return }
            throw failure(for: error, proxy)
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
        _ head: ResponseHead, _ url: URL, _ kind: RedirectPolicy.RequestKind
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

    private func finish(_ failure: TransferFailure?) -> Result {
        var failure = failure
        do {
            try output.end(
                keeps: failure == nil || isKeptFailure(failure), notes: fileNotes(),
                makesEmptyFile: headVerdict != .unwanted && lastHead?.status != 304)
        } catch {
            failure = failure ?? TransferFailure(error)
        }
        if let failure, !failure.isBrokenPipe {
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
            if failure == nil, !writing.isBrokenPipe {
                tell(writing)
            }
            failure = failure ?? writing
        }
        return Result(status: failure?.status ?? .success, isBrokenPipe: failure?.isBrokenPipe ?? false)
    }

    private func complete(_ failure: TransferFailure?) {
        guard report != nil else { return }
        times.total = times.now
        report?.exitCode = Int(failure?.status.rawValue ?? 0)
        report?.errorMessage = failure?.text
        report?.retryCount = retries
        report?.fileName = output.effectiveName
        report?.verifyResult = failure?.verifyResult ?? 0
        if let report { times.fill(report) }
    }

    private func tell(_ failure: TransferFailure) {
        // One line for all of them is enough, and comes at the end.
        if failure.isStoppedSibling {
            context.stoppedTransfers += 1
            return
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
        let text =
            (hopURL ?? (try? operation.plan.urls.parse(plan.url)))?.redacted
            ?? SecretRedactor.redact(url: plan.url)
        // A message is for reading; a URL may have megabytes.
        return text.utf8.count <= 1000 ? text : String(text.prefix(1000)) + "..."
    }
}

/// Ends an exchange early on purpose: what is still to come is not wanted.
struct EarlyStop: Error {
    /// nil = the transfer goes on as if the response had ended.
    var failure: TransferFailure?
}

extension TransferReport.URLParts {
    init(_ url: URL) {
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
