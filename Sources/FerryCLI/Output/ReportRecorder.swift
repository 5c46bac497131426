import Connector
import HTTPClient
import HTTPCore

/// Makes the report of a transfer, which `-w` reads, from what happens to it.
@LoopActor
final class ReportRecorder: TransferListener {
    private var report = TransferReport()
    private let details: Details
    private let tls: TLSMode
    private var times: TransferTimes
    /// When it was over: what others make of its end after that is no time of the transfer. nil = it is not over.
    private(set) var end: ContinuousClock.Instant?
    /// The body that comes is the answer.
    private var isDelivered = false
    /// Of the sockets that are made for one connection, to one address after another, only the first counts.
    private var isConnectCounted = false

    /// What is costly to find out, and done only where an output needs it.
    struct Details {
        var readsCertificates = false
        var readsVerifyResult = false
        var readsLocalAddress = false
        var readsEarlierHeaders = false
    }

    /// `method` is that of the first request, of which there may be none.
    init(_ plan: TransferPlan, method: String, _ details: Details, tls: TLSMode, secrets: Secrets) {
        self.details = details
        self.tls = tls
        times = TransferTimes(start: .now)
        report.typed = plan.url
        report.method = method
        report.secrets = secrets
        report.urlIndex = plan.urlNumber
        report.transferID = plan.number
    }

    /// The report of a transfer that is over, but for why it failed.
    func complete(retries: Int, fileName: String?) -> TransferReport {
        report.retryCount = retries
        report.fileName = fileName
        times.fill(report, now: end ?? .now)
        return report
    }

    func hear(_ event: TransferEvent) {
        switch event.kind {
        case .attemptBegan:
            if event.attempt > 1 { report = TransferReport(ofAttemptAfter: report) }
            times = TransferTimes(start: event.instant)
        case .urlSettled(let url, let isTyped):
            if isTyped { report.typedURL = url } else { report.settledURL = url }
        case .hopBegan(let request): begin(request)
        case .connector(let step):
            times.note(step, at: event.instant)
            note(step)
        case .exchangeBegan(let connection):
            times.preTransfer = event.instant
            report.connectionID = event.connection ?? -1
            describe(connection)
        case .requestHead(let head): report.requestBytes += Int64(head.count)
        case .requestBody(let bytes): report.uploadBytes += Int64(bytes.count)
        case .requestSpliced(let count): report.uploadBytes += Int64(count)
        case .requestEnded: times.postTransfer = event.instant
        case .responseBegan: times.startTransfer = event.instant
        case .interim(let head): report.headerBytes += Int64(head.raw.count)
        case .head(let head, _, let fate): note(head, fate)
        case .body(let bytes): if isDelivered { report.downloadBytes += Int64(bytes.count) }
        case .bodySpliced(let count):
            report.downloadBytes += Int64(count)
            report.deliveredBytes += Int64(count)
        case .delivered(let count): report.deliveredBytes += Int64(count)
        case .redirected:
            report.redirectCount += 1
            times.beginNextHop(at: event.instant)
        case .resumed(let offset): report.resumedFrom = offset
        case .retry(let reason, let pause, _):
            report.retryReason = reason
            report.retryPause += pause
        case .scheduled, .securedByHSTS, .cookieRefused, .trailers, .oddity, .headRefused, .connectionLeft,
            .loginAsked,
            .expectationRefused, .hostPaused, .checked, .skipped:
            break
        case .ended: end = event.instant
        }
    }

    private func begin(_ request: TransferEvent.Request) {
        isDelivered = false
        // What was read of a redirect's body is no part of the answer.
        report.downloadBytes = 0
        report.deliveredBytes = 0
        report.uploadBytes = 0
        report.method = request.method
        report.referer = request.referer
        report.requestURL = request.url
        report.usedProxy = request.usesProxy
        report.answer = nil
    }

    private func note(_ step: ConnectorEvent) {
        switch step {
        case .creating: isConnectCounted = false
        // Also where no request follows: a certificate that is refused, say, is that of this address.
        case .connected(let local, let peer):
            if !isConnectCounted { report.connectCount += 1 }
            isConnectCounted = true
            (report.local, report.remote) = (local ?? report.local, peer)
        case .tunnelRequested(let head): report.requestBytes += Int64(head.count)
        case .tunnelAnswered(let head):
            report.headerBytes += Int64(head.count)
            report.connectCode =
                (try? ResponseHead(parsing: String(decoding: head, as: UTF8.self)))?.status ?? 0
        default: break
        }
    }

    private func describe(_ connection: Connection) {
        report.remote = connection.peerAddress ?? report.remote
        if details.readsLocalAddress { report.local = connection.localAddress ?? report.local }
        report.verifyResult = 0
        guard let info = connection.transport?.tls else { return }
        report.certificateCount = info.chain.count
        if details.readsCertificates { report.certificates = CertificateText.text(info.chain) }
        let configuration = tls.configuration
        // A pin that holds is a verification of its own.
        if details.readsVerifyResult, configuration.verification == .none,
            configuration.fingerprints.isEmpty, let host = report.requestURL?.host
        {
            let problems = configuration.problems(of: info.chain, host: host)
            report.verifyResult = problems.map(\.verifyResult).max() ?? 0
        }
    }

    private func note(_ head: ResponseHead, _ fate: TransferEvent.Fate) {
        isDelivered = fate == .delivered
        // An answer without a head has no status either.
        report.responseCode = fate == .unmodified ? 304 : head.version < .http10 ? 0 : head.status
        report.headerBytes += Int64(head.raw.count)
        report.httpVersion = head.version == .http11 ? "1.1" : head.version == .http10 ? "1" : "0"
        if details.readsEarlierHeaders, let earlier = report.head { report.earlierHeads.append(earlier) }
        (report.head, report.answer) = (head, head)
    }
}
