import Connector
import Glibc
import HTTPClient
import HTTPCore

// What one exchange tells its transfer: heads are judged and shown, bytes decoded and written, figures kept.
extension Transfer: ExchangeHandler {
    func exchangeBegins(on connection: Connection) {
        times?.beganExchange()
        // From here on some of it may reach the server.
        if let method = pendingUnsafeMethod { unsafeMethod = method }
        if operation.writeOut != nil || context.trace != nil { describe(connection) }
        if context.trace != nil { tracedConnection = connection }
        if !connection.isReused { report?.connectCount += 1 }
        speedWatch?.begin(bytes: figures.received + figures.sent, now: .now)
    }

    private func describe(_ connection: Connection) {
        let number = context.number(of: connection)
        connectionNumber = number
        report?.connectionID = number
        if let local = connection.localAddress {
            report?.localIP = local.host
            report?.localPort = Int(local.port)
        }
        if let peer = connection.peerAddress {
            report?.remoteIP = peer.host
            report?.remotePort = Int(peer.port)
        }
        report?.verifyResult = 0
        guard let writeOut = operation.writeOut, let tls = connection.transport?.tls else { return }
        report?.certificateCount = tls.chain.count
        if writeOut.readsCertificates { report?.certificates = CertificateText.text(tls.chain) }
        let configuration = operation.plan.tls.configuration
        // A pin that holds is a verification of its own.
        if writeOut.readsVerifyResult, configuration.verification == .none,
            configuration.fingerprints.isEmpty, let host = hopURL?.host
        {
            let problems = configuration.problems(of: tls.chain, host: host)
            report?.verifyResult = problems.map(\.verifyResult).max() ?? 0
        }
    }

    // MARK: Request

    func requestHeadSent(_ head: [UInt8]) {
        report?.requestBytes += Int64(head.count)
        guard let trace else { return }
        head.withUnsafeBytes { trace.record(.headerSent, $0) }
    }

    func requestBodySent(_ bytes: UnsafeRawBufferPointer) {
        report?.uploadBytes += Int64(bytes.count)
        figures.sent += Int64(bytes.count)
        trace?.record(.dataSent, bytes)
    }

    var requestBodyMayPassUnseen: Bool { rate == nil && context.trace == nil }

    func requestSpliced(_ count: Int) {
        report?.uploadBytes += Int64(count)
        figures.sent += Int64(count)
    }

    func requestFinished() {
        times?.finishedRequest()
        trace?.info("Request completely sent off")
    }

    // MARK: Heads

    func responseBegins() {
        times?.receivedFirstByte()
    }

    func responseInformational(_ head: ResponseHead) throws {
        report?.headerBytes += Int64(head.raw.count)
        try show(head.raw)
    }

    func responseHead(_ head: ResponseHead, framing: BodyFraming) throws {
        lastHead = head
        note(head)
        if let hsts = operation.hsts, operation.plan.hsts?.mayLearn ?? false, let url = hopURL,
            url.scheme == .https
        {
            hsts.learn(head, from: url)
        }
        if let cookies = operation.cookies, let url = cookieURL {
            for case .rejected(let reason) in cookies.process(
                head, from: url, now: WallTime.second)
            {
                trace?.info("Cookie refused: \(reason)")
            }
        }
        if operation.etagFile != nil { try saveTag(of: head) }
        let isQuestion = asksForLogin(head)
        let isRetried = !isQuestion && plansRetry(after: head)
        let isIgnored =
            isQuestion || isRetried || willFollow(head) || isLeaveRefused(head)
            || isFailureStatus(head.status) && operation.plan.fail == .withoutBody
        let isUnwanted = !isIgnored && isUnwanted(head)
        if !isIgnored, !isUnwanted {
            try output.chooseName(
                head, redirectedTo: followed > 0 ? hopURL?.withoutUserinfo.description : nil)
        }
        try show(head.raw, withBody: !isRetried)
        if isUnwanted { report?.responseCode = 304 }
        if isIgnored || isUnwanted {
            headVerdict = isUnwanted ? .unwanted : .ignore
            if let problem = login?.problem { throw problem }
            switch framing {
            case .length(let length) where length > Self.ignoredBodyBytes: throw EarlyStop()
            // It costs the connection in any case.
            case .untilClose: throw EarlyStop()
            case .length, .chunked, .none: return
            }
        }
        // --head with a method of the user's: the answer has a body, and it may be a stream without end.
        if hop?.kind == .head, framing != .none, framing != .length(0) {
            headVerdict = .ignore
            throw EarlyStop()
        }
        try judgeResume(head, framing)
        guard headVerdict == .deliver else { return }
        if case .length(let length) = framing {
            figures.toReceive = length
            if let limit = operation.plan.maxFileSize, length > limit {
                throw TransferFailure(
                    .fileTooLarge, "the server announces \(length) bytes, more than --max-filesize \(limit)")
            }
        }
        let reply = operation.plan.reply
        if operation.plan.request.isCompressed || reply.undoesTransferCodings, framing != .none, !reply.isRaw
        {
            decoder = try ResponseDecoder(
                head, content: operation.plan.request.isCompressed, transfer: reply.undoesTransferCodings,
                limit: operation.plan.maxFileSize, scratch: context.scratch)
        }
    }

    /// A body that nobody wants is read to keep the connection, unless it is longer than this.
    private static let ignoredBodyBytes: Int64 = 64 * 1024

    /// True for the answer of a server that will not be asked before the body comes (RFC 9110 §15.5.18): the request is
    /// sent again without asking, unless what was read of its body cannot be read again.
    func isLeaveRefused(_ head: ResponseHead) -> Bool {
        guard head.status == 417, asksForLeave else { return false }
        guard let upload = hop?.upload else { return true }
        return upload.length != nil || upload.source.canRewind
    }

    private func note(_ head: ResponseHead) {
        // An answer without a head has no status either.
        report?.responseCode = head.version < .http10 ? 0 : head.status
        report?.headerBytes += Int64(head.raw.count)
        guard report != nil else { return }
        report?.httpVersion = head.version == .http11 ? "1.1" : head.version == .http10 ? "1" : "0"
        report?.contentType = head.firstField("Content-Type").map(TransferReport.Header.init)
        report?.headers = head.fields.map(TransferReport.Header.init)
        guard let url = hopURL else { return }
        switch RedirectPolicy.target(of: head, at: url) {
        case .success(let target)?: report?.redirectURL = reported(target)
        // Where only others can go, to an app with a scheme of its own, say.
        case .failure?:
            report?.redirectURL = head.first("Location").map {
                context.plan.showsSecrets ? $0 : SecretRedactor.withoutLogin(url: $0)
            }
        case nil: break
        }
    }

    private func willFollow(_ head: ResponseHead) -> Bool {
        guard let policy = operation.plan.redirects, let hop else { return false }
        switch policy.decide(head, url: hop.url, kind: hop.kind, followed: followed) {
        case .done: return false
        case .follow, .tooMany, .invalid: return true
        }
    }

    /// A download that was asked for from the middle: does the answer begin there?
    private func judgeResume(_ head: ResponseHead, _ framing: BodyFraming) throws {
        guard resumeOffset > 0, let hop, hop.kind == .get else { return }
        figures.resumedFrom = resumeOffset
        switch head.status {
        case 206:
            guard let problem = Self.problem(ofPart: head, from: resumeOffset) else { return }
            throw TransferFailure(
                .rangeRefused, "the server does not resume: the part that it sent \(problem)")
        case 416: headVerdict = .ignore
        case 200 where framing == .length(resumeOffset):
            headVerdict = .ignore
            throw EarlyStop()
        default:
            // Anything else behind what is there already would spoil the file.
            throw TransferFailure(
                .rangeRefused,
                "the server does not resume: it answered \(head.status) to a request from byte \(resumeOffset)"
            )
        }
    }

    /// What is wrong with a part that should begin at `offset`, by its `Content-Range: bytes 5-9/10` (RFC 9110 §14.4).
    /// One that does not say where it begins may be any: the file is not worth the guess. Servers also write `bytes=5-9/10`
    /// and `5-9/10`.
    private static func problem(ofPart head: ResponseHead, from offset: Int64) -> String? {
        guard let value = head.first("Content-Range") else { return "does not say where it begins" }
        let unit = value.prefix { $0.isLetter }
        let first = value[unit.endIndex...].drop { " =:".contains($0) }.prefix { $0.isASCII && $0.isNumber }
        guard ["", "bytes"].contains(unit.lowercased()), Int64(first) == offset else {
            return "does not begin at byte \(offset)"
        }
        return nil
    }

    /// A received block, to everybody who asked for header blocks; `-i` shows only those whose answer counts.
    func show(_ block: [UInt8], withBody: Bool = true) throws {
        if let trace { block.withUnsafeBytes { trace.record(.headerReceived, $0) } }
        if let dump = operation.headerDump {
            try block.withUnsafeBytes {
                try dump.write(
                    $0, stdout: output.standardOutput ?? context.messages, stderr: context.messages)
            }
        }
        if withBody { try output.writeHead(block, of: hopURL) }
    }

    // MARK: Body

    func responseBody(_ bytes: UnsafeRawBufferPointer) throws {
        figures.received += Int64(bytes.count)
        trace?.record(.dataReceived, bytes)
        guard headVerdict == .deliver else {
            if figures.received > Self.ignoredBodyBytes { throw EarlyStop() }
            return
        }
        report?.downloadBytes += Int64(bytes.count)
        if let limit = operation.plan.maxFileSize, figures.received > limit {
            throw TransferFailure(.fileTooLarge, "the answer is longer than --max-filesize \(limit)")
        }
        guard let decoder else {
            report?.deliveredBytes += Int64(bytes.count)
            return try output.write(bytes)
        }
        try decoder.decode(bytes) { piece in
            try stayInTime()
            report?.deliveredBytes += Int64(piece.count)
            try output.write(piece)
        }
    }

    /// A few bytes may decode to gigabytes, and neither a timer nor a signal's handler gets a turn before the last of them.
    private func stayInTime() throws {
        if let deadline, deadline <= .now {
            throw HTTPClientError.timedOut(.body, received: figures.received, expected: figures.toReceive)
        }
        if context.shouldStop() {
            throw OutputError(.write, output.fileName ?? "standard output", .interrupted)
        }
    }

    func responseEnd(trailers: [HeaderField]) throws {
        let delivers = headVerdict == .deliver
        if delivers { try decoder?.finish() }
        guard !trailers.isEmpty else { return }
        // Where heads go, behind the body as they came, without the blank line that ended them.
        try show(Array(trailers.map { "\($0)\r\n" }.joined().utf8), withBody: delivers)
    }

    /// True when body bytes need not pass through here: nothing decodes, slows, shows or counts them on the way.
    private var bodyMayPassUnseen: Bool {
        headVerdict == .deliver && decoder == nil && rate == nil && context.trace == nil
            && operation.plan.maxFileSize == nil
    }

    var spliceDescriptor: CInt? {
        bodyMayPassUnseen ? output.spliceDescriptor() : nil
    }

    var ignoresBody: Bool { headVerdict != .deliver }

    var discardsBody: Bool {
        bodyMayPassUnseen && output.isDiscarding
    }

    func responseSpliced(_ count: Int) throws {
        report?.downloadBytes += Int64(count)
        report?.deliveredBytes += Int64(count)
        figures.received += Int64(count)
        output.didSplice(count)
    }

    // MARK: Pace

    var readLimit: Int { rate?.pieceBytes ?? .max }
    var writeLimit: Int { rate?.pieceBytes ?? .max }

    func pauseAfterReceiving(_ count: Int) -> Duration? {
        rate?.delay(after: count, now: .now)
    }

    func pauseAfterSending(_ count: Int) -> Duration? {
        rate?.delay(after: count, now: .now)
    }
}

extension TransferReport.Header {
    init(_ field: ResponseHead.Field) {
        self.init(name: field.name, value: field.value, valueBytes: Array(field.valueBytes))
    }
}
