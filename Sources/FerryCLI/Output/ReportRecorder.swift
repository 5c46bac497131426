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
    /// The body that comes is the answer.
    private var isDelivered = false
    private var url: HTTPURL?

    /// What is costly to find out, and done only where an output needs it.
    struct Details {
        var readsCertificates = false
        var readsVerifyResult = false
        var readsEarlierHeaders = false
    }

    init(_ plan: TransferPlan, _ details: Details, tls: TLSMode, secrets: Secrets) {
        self.details = details
        self.tls = tls
        times = TransferTimes(start: .now)
        report.url = secrets.isShown ? plan.url : SecretRedactor.redact(url: plan.url)
        // Until a first request makes it more precise, if the text is a URL at all.
        report.effectiveURL = secrets.isShown ? plan.url : SecretRedactor.withoutLogin(url: plan.url)
        report.secrets = secrets
        report.urlIndex = plan.urlNumber
        report.transferID = plan.number
    }

    /// The report of a transfer that is over, but for why it failed.
    func complete(_ plan: TransferPlan, retries: Int, fileName: String?) -> TransferReport {
        if report.urlParts.scheme == nil, let parts = TransferReport.URLParts(otherScheme: plan.url) {
            (report.urlParts, report.effectiveURLParts) = (parts, parts)
        }
        report.retryCount = retries
        report.fileName = fileName
        times.fill(report, now: .now)
        return report
    }

    func hear(_ event: TransferEvent) {
        switch event.kind {
        case .attemptBegan:
            if event.attempt > 1 { report = TransferReport(ofAttemptAfter: report) }
            times = TransferTimes(start: event.instant)
        case .urlSettled(let url, let isTyped):
            if isTyped { report.urlParts = TransferReport.URLParts(url) } else { report.url = shown(url) }
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
            .expectationRefused, .hostPaused, .checked, .ended:
            break
        }
    }

    private func begin(_ request: TransferEvent.Request) {
        url = request.url
        isDelivered = false
        // What was read of a redirect's body is no part of the answer.
        report.downloadBytes = 0
        report.deliveredBytes = 0
        report.uploadBytes = 0
        report.method = request.method
        report.referer = request.referer
        report.effectiveURL = shown(request.url)
        report.effectiveURLParts = TransferReport.URLParts(request.url)
        report.usedProxy = request.usesProxy
        report.redirectURL = nil
    }

    private func note(_ step: ConnectorEvent) {
        switch step {
        case .tunnelRequested(let head): report.requestBytes += Int64(head.count)
        case .tunnelAnswered(let head):
            report.headerBytes += Int64(head.count)
            report.connectCode =
                (try? ResponseHead(parsing: String(decoding: head, as: UTF8.self)))?.status ?? 0
        default: break
        }
    }

    private func describe(_ connection: Connection) {
        if !connection.isReused { report.connectCount += 1 }
        if let local = connection.localAddress {
            report.localIP = local.host
            report.localPort = Int(local.port)
        }
        report.unixSocket = ""
        if let peer = connection.peerAddress {
            report.remoteIP = peer.host
            if case .unix(let path) = peer {
                report.unixSocket =
                    path.first == 0
                    ? "@" + CarriedText.text(of: path.dropFirst()) : CarriedText.text(of: path)
                report.remoteIP = report.unixSocket
            }
            report.remotePort = Int(peer.port)
        }
        report.verifyResult = 0
        guard let info = connection.transport?.tls else { return }
        report.certificateCount = info.chain.count
        if details.readsCertificates { report.certificates = CertificateText.text(info.chain) }
        let configuration = tls.configuration
        // A pin that holds is a verification of its own.
        if details.readsVerifyResult, configuration.verification == .none,
            configuration.fingerprints.isEmpty, let host = url?.host
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
        report.contentType = head.firstField("Content-Type").map(TransferReport.Header.init)
        if details.readsEarlierHeaders { report.earlierHeaders += report.headers }
        report.headers = head.fields.map(TransferReport.Header.init)
        guard let url else { return }
        switch RedirectPolicy.target(of: head, at: url) {
        case .success(let target)?: report.redirectURL = shown(target)
        // A target that only other programs can open, such as an app with a scheme of its own.
        case .failure?:
            report.redirectURL = head.first("Location").map {
                report.showsSecrets ? $0 : SecretRedactor.withoutLogin(url: $0, isTyped: false)
            }
        case nil: break
        }
    }

    /// A URL for the report, which holds a login only where secrets are shown.
    private func shown(_ url: HTTPURL) -> String {
        (report.showsSecrets ? url : url.withoutUserinfo).descriptionWithFragment
    }
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

    /// The parts of a URL whose scheme is none of ours; nil for any other text. Its default port is not known.
    init?(otherScheme text: String) {
        let scheme = text.prefix { $0 != ":" }
        let rest = text.dropFirst(scheme.count)
        guard HTTPURL.Scheme(rawValue: scheme.lowercased()) == nil, rest.hasPrefix("://"),
            let url = try? HTTPURL.parse("http\(rest)")
        else { return nil }
        self.init(url)
        self.scheme = scheme.lowercased()
        // 80 is left out as the default of the one, and not of the other.
        port = (url.port ?? (try? HTTPURL.parse("https\(rest)"))?.port).map { String($0) }
    }
}

extension TransferReport.Header {
    init(_ field: ResponseHead.Field) {
        self.init(name: field.name, value: field.value, valueBytes: Array(field.valueBytes))
    }
}
