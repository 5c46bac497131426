internal import Codecs
internal import Connector
internal import HTTPCore

/// One call of `HTTPClient.execute`: request after request, to where redirects and logins lead, and the body of the last
/// answer.
///
/// It runs in a task of its own, which ends with the last exchange. It ends when the task that waits for the head or
/// for a piece of the body is cancelled, or when the program drops the response.
@LoopActor
final class ClientTransfer {
    private enum Answer {
        case awaited
        case here(ClientResponse.Parts)
        case failed(any Error)
    }

    let session: ClientSession
    let composer: RequestComposer
    let events: TransferEvents?
    /// How many redirects were followed.
    private(set) var followed = 0
    let connector: BaseConnector
    private let limits: RequestLimits
    private var body: RequestBody
    /// What the request asks for that was made last.
    private var asked: (method: String, url: HTTPURL)
    private var answer = Answer.awaited
    private let arrival = Suspension()
    /// Set with the answer.
    private var buffer: BodyBuffer?
    private let cancellation = CancellationToken()
    private var task: Task<Void, Never>?

    /// Sends the request and returns the response as soon as its head is here.
    static func start(
        _ request: ClientRequest, in session: ClientSession, timeout: Duration?,
        _ listener: (any TransferListener)?
    ) async throws -> ClientResponse {
        let transfer: ClientTransfer
        do {
            transfer = try ClientTransfer(request, in: session, timeout: timeout, listener)
        } catch {
            throw RequestError(method: request.method, url: request.url, reason: error)
        }
        transfer.task = EventLoop.shared.start { await transfer.run() }
        if case .cancelled = await transfer.arrival.wait() {
            await transfer.stop()
            throw CancellationError()
        }
        switch transfer.answer {
        case .here(let parts): return ClientResponse(parts, BodyHandle(transfer))
        case .failed(let error): throw error
        case .awaited: preconditionFailure("a transfer told of an answer that it does not have")
        }
    }

    private init(
        _ request: ClientRequest, in session: ClientSession, timeout: Duration?,
        _ listener: (any TransferListener)?
    ) throws {
        self.session = session
        connector = try session.connector()
        guard request.method != "HEAD" || request.body.isNone else {
            throw HTTPClientError.source("a HEAD request cannot have a body")
        }
        let configuration = session.configuration
        limits = try configuration.timeouts.limits(total: timeout)
        body = try request.body.open()
        events = session.events(listener)
        events?.tell(.attemptBegan)
        events?.tell(.urlSettled(request.url, isTyped: true))
        var request = request
        if let secured = session.secured(request.url) {
            events?.tell(.securedByHSTS(host: request.url.host))
            request.url = secured
        }
        composer = RequestComposer(
            request: request, configuration: configuration, forceClose: connector.forceClose)
        asked = (request.method, request.url)
    }

    // MARK: The task

    private func run() async {
        var failure: (any Error)?
        do {
            try await send()
        } catch {
            failure =
                switch (body.source as? any FailingSource)?.failure {
                case .ofProgram(let error): error
                case .ofBody(let error): named(error)
                case nil: named(error)
                }
        }
        // A file is closed with its source.
        body = .none
        task = nil
        guard let failure else {
            if let buffer { buffer.tellEnd { self.tellEnd($0) } } else { tellEnd(nil) }
            return
        }
        tellEnd(failure)
        buffer?.fail(failure)
        if case .awaited = answer {
            answer = .failed(failure)
            arrival.wake()
        }
    }

    private func tellEnd(_ failure: (any Error)?) {
        // Events name the request elsewhere.
        let reason = (failure as? RequestError)?.reason ?? failure
        events?.tell(.ended(failure: reason.map { "\($0)" }, code: failure == nil ? 0 : 1))
    }

    /// The error with the name of the request that failed.
    private func named(_ error: any Error) -> any Error {
        if error is CancellationError || error is RequestError { return error }
        return RequestError(method: asked.method, url: asked.url, reason: error)
    }

    private func send() async throws {
        var hop = try hop(composer.first())
        while true {
            do {
                try await drive(try attempt(hop), cancelledBy: cancellation)
            } catch HTTPClientError.connector(.proxyRefused(let refusal)) {
                // A proxy that asks for a login before it opens a tunnel is answered; everything else is thrown.
                switch hop.login.verdict(on: refusal) {
                case .askedAgain: hop.followUp = .repeatWithLogin
                case .refused(let error): throw FollowUpError.login(error)
                case .satisfied: throw HTTPClientError.connector(.proxyRefused(refusal))
                }
            }
            guard let next = try next(after: hop) else { return }
            hop = next
        }
    }

    private func attempt(_ hop: ClientHop) throws -> RequestAttempt {
        var setting = RequestAttempt.Setting(handler: hop, limits: limits)
        setting.parserOptions.isViaProxy = hop.parts.isInAbsoluteForm
        setting.events = events
        setting.id = ConnectID(events?.transfer ?? 0)
        setting.mayRepeat = session.configuration.repeatsLostRequests
        var place = ConnectionRequest(hop.parts.url)
        place.proxy = hop.parts.proxy
        events?.tell(
            .hopBegan(
                TransferEvent.Request(
                    method: hop.message.method, url: hop.parts.url, referer: hop.message.referer,
                    usesProxy: place.proxy != nil, bodyBytes: hop.message.body.length)))
        let endpoint: Endpoint
        do throws(ConnectorError) {
            endpoint = try connector.endpoint(for: place)
        } catch {
            throw HTTPClientError.connector(error)
        }
        return RequestAttempt(hop.message, to: endpoint, over: connector, setting)
    }

    // MARK: Requests

    /// Writes the request that `parts` describe. `login` is that of the same request before; nil = it is sent first.
    private func hop(_ parts: RequestComposer.Hop, _ login: HopLogin? = nil) throws -> ClientHop {
        asked = (parts.method, parts.url)
        var parts = parts
        parts.proxy = session.configuration.proxy?(parts.url)
        parts.cookie = session.cookie(for: parts.url)
        if parts.kind == .post || parts.kind == .put { parts.body = body }
        let login =
            login
            ?? HopLogin(
                origin: originLogin(parts), proxy: parts.proxy?.authenticator?.object as? Login)
        parts.answer = try login.answer(
            method: parts.method, target: parts.url.requestTarget, hasBody: !parts.body.isNone,
            isTunnelled: !parts.isInAbsoluteForm)
        return ClientHop(parts, composer.message(parts), login, of: self)
    }

    private func originLogin(_ parts: RequestComposer.Hop) -> Login? {
        guard !composer.ownFields(parts).contains(where: { $0.isNamed("Authorization") }) else { return nil }
        let url = parts.url
        if composer.isOwnOrigin(url), let login = composer.request.login {
            return login.user.map {
                session.login(for: url, user: $0.name, password: $0.password, $0.schemes)
            }
        }
        // A redirect may name a user of its own; the user of the first URL holds for its whole origin.
        let first = composer.request.url
        let source = url.hasUserinfo ? url : composer.isOwnOrigin(url) && first.hasUserinfo ? first : nil
        return source.map {
            session.login(for: url, user: $0.user ?? "", password: $0.password ?? "", .basic)
        }
    }

    /// The request that the answer to `hop` leads to; nil = it was the last one.
    private func next(after hop: ClientHop) throws -> ClientHop? {
        switch hop.followUp {
        case nil: throw HTTPClientError.http(.emptyReply)
        case .some(.none): return nil
        case .fail(let error): throw error
        case .follow(let next):
            if next.kind == .post || next.kind == .put { try rewind() }
            followed += 1
            let url = secured(next.url)
            events?.tell(
                .redirected(to: url, dropped: composer.dropped(from: hop.parts.url, to: url)))
            return try self.hop(composer.next(next, at: url, after: hop.parts))
        case .repeatWithLogin:
            // A probe has not read the body.
            if !hop.login.isProbe { try rewind() }
            events?.tell(.loginAsked(byProxy: hop.status == 407 || hop.status == nil))
            return try self.hop(hop.parts, hop.login)
        case .repeatWithoutExpect:
            try rewind()
            events?.tell(.expectationRefused)
            var parts = hop.parts
            parts.mayExpect = false
            return try self.hop(parts, hop.login)
        }
    }

    private func rewind() throws {
        guard body.rewind() else { throw HTTPClientError.cannotRewind }
    }

    /// The URL over TLS if its host is known to want that (RFC 6797 §8.3), else as it is.
    private func secured(_ url: HTTPURL) -> HTTPURL {
        guard let secured = session.secured(url) else { return url }
        events?.tell(.securedByHSTS(host: url.host))
        return secured
    }

    // MARK: The answer

    /// The head of the last answer came: the program gets it, and the body goes to a buffer.
    func deliver(_ head: ResponseHead, _ framing: BodyFraming, of hop: ClientHop) throws -> BodyBuffer {
        var decoder: ResponseDecoder?
        if framing != .none, composer.decodes(hop.parts) {
            do {
                decoder = try ResponseDecoder(
                    head, content: true, transfer: false, limit: nil, scratch: session.scratch)
            } catch let error as ContentDecodingError {
                throw HTTPClientError.decoding("\(error)")
            }
        }
        let buffer = BodyBuffer(decoder, events: events)
        self.buffer = buffer
        let length: Int64? =
            switch framing {
            case .none: 0
            case .length(let length) where decoder == nil: length
            case .length, .chunked, .untilClose: nil
            }
        answer = .here(
            ClientResponse.Parts(head: head, url: hop.parts.url.withoutUserinfo, length: length))
        arrival.wake()
        return buffer
    }

    /// The next bytes of the body; nil at its end. An error or a cancellation ends the transfer.
    func nextPiece() async throws -> [UInt8]? {
        do {
            return try await buffer?.next()
        } catch let error as BodyInUse {
            throw error
        } catch let error as HTTPClientError {
            // Of the buffer, which cannot decode. All other failures have their names.
            await stop()
            throw named(error)
        } catch {
            await stop()
            throw error
        }
    }

    var trailers: [HeaderField] { buffer?.trailers ?? [] }
    /// How much of the body the program has.
    var takenBytes: Int64 { buffer?.takenBytes ?? 0 }

    // MARK: Ending

    /// Ends the request that is under way.
    func cancel() {
        cancellation.cancel()
        if let task { task.cancel() } else { buffer?.fail(CancellationError()) }
    }

    /// As `cancel`, and returns when the connection was given back.
    func stop() async {
        cancel()
        await task?.value
    }
}

/// One request of a transfer and what its answer leads to.
@LoopActor
final class ClientHop: ExchangeHandler {
    let parts: RequestComposer.Hop
    let message: RequestMessage
    let login: HopLogin
    /// What follows the answer; nil = it has not come.
    var followUp: FollowUp?
    private(set) var status: Int?
    private unowned let transfer: ClientTransfer
    private var buffer: BodyBuffer?

    init(
        _ parts: RequestComposer.Hop, _ message: RequestMessage, _ login: HopLogin,
        of transfer: ClientTransfer
    ) {
        self.parts = parts
        self.message = message
        self.login = login
        self.transfer = transfer
    }

    func responseInformational(_ head: ResponseHead) throws { transfer.events?.tell(.interim(head)) }

    func responseHead(_ head: ResponseHead, framing: BodyFraming) throws -> BodyRoute {
        status = head.status
        transfer.session.learn(
            head, from: parts.url, over: transfer.connector, events: transfer.events)
        let followUp = FollowUp(
            after: head,
            FollowUp.Facts(
                url: parts.url, kind: parts.kind, followed: transfer.followed,
                redirects: transfer.session.configuration.redirects, login: login.verdict(on: head),
                mayDropExpect: message.continueTimeout != nil && message.body.canRewind))
        self.followUp = followUp
        transfer.events?.tell(.head(head, framing, followUp.fate))
        switch followUp {
        case .none:
            let buffer = try transfer.deliver(head, framing, of: self)
            self.buffer = buffer
            return .deliver(buffer.gate)
        case .fail(let error): throw error
        case .follow, .repeatWithLogin, .repeatWithoutExpect: return .ignore(atMost: Self.ignoredBodyBytes)
        }
    }

    /// In bytes. A body that is not wanted is read to keep the connection, unless it is longer.
    private static let ignoredBodyBytes: Int64 = 64 * 1024

    func responseBody(_ bytes: UnsafeRawBufferPointer) throws { try buffer?.receive(bytes) }

    func responseEnd(trailers: [HeaderField]) throws {
        if !trailers.isEmpty {
            transfer.events?.tell(.trailers(Array(trailers.map { "\($0)\r\n" }.joined().utf8)))
        }
        try buffer?.receiveEnd(trailers: trailers)
    }
}

extension FollowUp {
    /// Its name in the events.
    fileprivate var fate: TransferEvent.Fate {
        switch self {
        case .none: .delivered
        case .follow: .followed
        case .repeatWithLogin: .repeatedWithLogin
        case .repeatWithoutExpect: .repeatedWithoutExpect
        case .fail: .refused
        }
    }
}

extension RequestLogin {
    /// User, password and schemes; nil for a token.
    fileprivate var user: (name: String, password: String, schemes: LoginSchemes)? {
        switch self {
        case .basic(let user, let password): (user, password, .basic)
        case .digest(let user, let password): (user, password, .digest)
        case .any(let user, let password): (user, password, [.basic, .digest])
        case .bearer: nil
        }
    }
}

extension RequestBody {
    fileprivate var source: (any BodySource)? {
        switch self {
        case .none, .bytes: nil
        case .sized(let source), .chunked(let source): source
        }
    }

    fileprivate var isNone: Bool {
        if case .none = self { true } else { false }
    }

    /// nil = not known, or there is none.
    @LoopActor
    fileprivate var length: Int64? {
        switch self {
        case .none, .chunked: nil
        case .bytes(let bytes): Int64(bytes.count)
        case .sized(let source): source.length
        }
    }
}
