internal import Connector
internal import HTTPCore

/// One request and its response on one connection.
///
/// The response is read while the request still goes out, so that a refusal is heard at once. At the end the connection
/// is released when both sides are through and nothing is left over, and closed in every other case; nothing of
/// the exchange is under way any more when `run()` returns or throws.
@LoopActor
final class Exchange {
    let connection: Connection
    private let dispatch: Dispatch
    private let transport: any Transport
    /// Where the caller's cancellation is heard of; nil = each wait listens by itself, as those with a deadline do.
    private let scope: CancellationScope?
    private var parser: ResponseParser
    private var upload: Upload?
    /// What the peer did to the first write; an answer that came all the same counts more.
    private var sendFailure: HTTPClientError?
    private var status: Int?
    private var framing: BodyFraming?
    private var spliceIsRefused = false
    /// How long a body that nobody wants is waited for; nil = it is wanted, or not known yet.
    private var drainEnd: ContinuousClock.Instant?

    /// True once a byte of the response was seen: from then on a failure is the server's answer, not a stale connection.
    private(set) var hasReceived = false

    init?(_ dispatch: Dispatch, on connection: Connection) {
        guard let transport = connection.transport else { return nil }
        self.dispatch = dispatch
        self.connection = connection
        self.transport = transport
        scope = dispatch.limits.hasDeadline ? nil : dispatch.scope
        parser = ResponseParser(method: dispatch.request.method, options: dispatch.parserOptions)
    }

    private var handler: any ExchangeHandler { dispatch.handler }
    private var deadline: ContinuousClock.Instant? { dispatch.limits.deadline }

    /// Runs to the end of the response. To be called on the loop; it stays with its caller.
    /// - Throws: `HTTPClientError`, `CancellationError`, or what the handler threw. The connection is closed then.
    nonisolated func run() async throws {
        do {
            try begin()
            running: while true {
                // Right after sending there is nothing to read: waiting first saves a system call on each request. The
                // wait also gives other tasks their turn, the deadline and a cancellation theirs, however fast the
                // peer is.
                if let scope = waitScope {
                    try await transport.untilReadable(in: scope)
                } else {
                    try await untilReadable()
                }
                switch try next() {
                case .wait: continue
                case .ended: break running
                case .detour(let detour): if try await take(detour) { break running }
                }
            }
        } catch {
            return try await fail(error)
        }
        if hasUpload { await stopUpload() }
    }

    // What `run` does between its waits. No part of it, lest its frame, which is there as often as somebody waits, has
    // room for all of that.

    @inline(never)
    private nonisolated func begin() throws {
        try LoopActor.assumeIsolated(self) { try $0.send() }
    }

    @inline(never)
    private nonisolated func next() throws -> Next {
        try LoopActor.assumeIsolated(self) { try $0.advance() }
    }

    private nonisolated var waitScope: CancellationScope? {
        @inline(never) get { LoopActor.assumeIsolated(self) { $0.drainEnd == nil ? $0.scope : nil } }
    }

    private nonisolated var hasUpload: Bool {
        @inline(never) get { LoopActor.assumeIsolated(self) { $0.upload != nil } }
    }

    @inline(never)
    private func untilReadable() async throws(WaitError) {
        try await transport.untilReadable(deadline: waitEnd)
    }

    private var waitEnd: ContinuousClock.Instant? {
        guard let drainEnd else { return deadline }
        return deadline.map { min($0, drainEnd) } ?? drainEnd
    }

    /// What `run` has to do next.
    private enum Next {
        case wait
        case detour(Detour)
        case ended
    }

    /// What a wait for bytes is preceded by now and then.
    private final class Detour {
        enum Purpose {
            /// Not to be faster than the user wants.
            case rest(Duration)
            /// The response is complete, and the request may not be.
            case settle(Upload, Step)
        }

        let purpose: Purpose

        init(_ purpose: Purpose) {
            self.purpose = purpose
        }
    }

    /// True when all is over.
    @inline(never)
    private func take(_ detour: Detour) async throws -> Bool {
        switch detour.purpose {
        case .rest(let pause):
            try await rest(pause)
            return false
        case .settle(let upload, let step):
            try await settle(upload)
            return try end(step)
        }
    }

    /// Takes what has come.
    private func advance() throws -> Next {
        let step = try step()
        switch step {
        case .progress(_) where drainEnd != nil: return .wait
        case .progress(let count):
            guard count > 0, let pause = handler.pauseAfterReceiving(count), pause > .zero else {
                return .wait
            }
            return .detour(Detour(.rest(pause)))
        case .complete:
            if let upload { return .detour(Detour(.settle(upload, step))) }
            return try end(step) ? .ended : .wait
        case .wouldBlock, .end:
            return try end(step) ? .ended : .wait
        }
    }

    /// Closes the connection and throws what the caller shall hear; nothing where only the rest of a body that nobody
    /// wants was lost.
    @inline(never)
    private func fail(_ error: any Error) async throws {
        // Said before the connection is closed, which would be the reason then.
        let reason = (error as? WaitError).map { translate($0) } ?? error
        connection.close()
        await stopUpload()
        if !isEndOfDrain(reason) { throw reason }
    }

    @inline(never)
    private func stopUpload() async {
        await upload?.stop()
    }

    /// Whether nothing but the rest of a body that nobody wants was lost: the response counts as complete.
    private func isEndOfDrain(_ reason: any Error) -> Bool {
        guard drainEnd != nil, let error = reason as? HTTPClientError else { return false }
        switch error {
        case .http, .receive, .timedOut: return true
        case .connector, .send, .source, .cannotRewind: return false
        }
    }

    /// Hands the end over and gives the connection back, if `step` was the last one.
    @inline(never)
    private func end(_ step: Step) throws -> Bool {
        switch step {
        case .progress, .wouldBlock:
            return false
        case .end(let isTruncated):
            try handler.responseEnd(trailers: try finish(isTruncated: isTruncated))
            connection.close()
        case .complete(let trailers, let isClean):
            try handler.responseEnd(trailers: trailers)
            if isClean && mayServeAgain { connection.release() } else { connection.close() }
        }
        return true
    }

    // MARK: Sending

    /// Writes what the transport takes at once, most often the whole request. The rest is left to an `Upload`.
    @inline(never)
    private func send() throws {
        let opening: RequestOpening
        do {
            opening = try RequestOpening.make(dispatch, writeLimit: handler.writeLimit)
        } catch {
            throw HTTPClientError.http(error)
        }
        handler.exchangeBegins(on: connection)
        let written: Int
        do {
            written = try opening.write(to: transport, from: 0)
        } catch {
            sendFailure = .send(error)
            guard error.isFromPeer else { throw HTTPClientError.send(error) }
            return
        }
        guard written < opening.bytes.count || !opening.isWholeRequest else {
            opening.announce(to: handler)
            handler.requestFinished()
            return
        }
        let upload = Upload(
            opening, written: written, request: dispatch.request, over: transport, handler: handler,
            deadline: deadline)
        self.upload = upload
        upload.start()
    }

    // MARK: Receiving

    /// What one step brought.
    private enum Step {
        /// So many bytes were taken; more are to come.
        case progress(Int)
        case wouldBlock
        /// The peer ended its side, in order or not.
        case end(isTruncated: Bool)
        /// The response is complete; `isClean` when nothing came after it.
        case complete(trailers: [HeaderField], isClean: Bool)
    }

    /// Whether the connection may carry another exchange after this one.
    private var mayServeAgain: Bool {
        parser.connectionIsReusable && !dispatch.endsConnection && sendFailure == nil
            && upload?.isFinished ?? true && !transport.hasBufferedBytes
    }

    private func step() throws -> Step {
        if let source = discardSource { return try discard(from: source) }
        if let route = spliceRoute { return try splice(route) }
        return try read()
    }

    private func read() throws -> Step {
        let room = EventLoop.shared.readBuffer
        let buffer = UnsafeMutableRawBufferPointer(
            rebasing: room[..<min(room.count, max(1, handler.readLimit))])
        let result: TransportRead
        do {
            result = try transport.read(into: buffer)
        } catch {
            throw translate(error)
        }
        switch result {
        case .wouldBlock: return .wouldBlock
        case .end: return .end(isTruncated: false)
        case .truncated: return .end(isTruncated: true)
        case .bytes(let count):
            if !hasReceived {
                hasReceived = true
                handler.responseBegins()
            }
            let isInBody = status != nil
            let step = try consume(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            if isInBody { noteBulk(count, step) }
            return step
        }
    }

    /// Tells the loop of a read in the middle of a long body that comes through here: the peer waits for nothing then.
    private func noteBulk(_ count: Int, _ step: Step) {
        guard case .progress = step, EventLoop.isBulk(count, remaining: parser.bodyBytesRemaining),
            discardSource == nil, spliceRoute == nil
        else { return }
        EventLoop.shared.noteBulk(count)
    }

    private func consume(_ input: UnsafeRawBufferPointer) throws -> Step {
        var offset = 0
        while true {
            let event: ResponseParser.Event
            do {
                event = try parser.next(input, &offset)
            } catch {
                throw HTTPClientError.http(error)
            }
            switch event {
            case .needsMore:
                return .progress(input.count)
            case .informational(let head):
                if head.status == 100 { upload?.proceed() }
                try handler.responseInformational(head)
            case .head(let head, let framing):
                upload?.finalResponseCame()
                try begin(head, framing)
            case .body(let range):
                try handler.responseBody(UnsafeRawBufferPointer(rebasing: input[range]))
            case .earlierBody(let bytes):
                try bytes.withUnsafeBytes { try handler.responseBody($0) }
            case .end(let trailers):
                return .complete(trailers: trailers, isClean: offset == input.count)
            }
        }
    }

    private func begin(_ head: ResponseHead, _ framing: BodyFraming) throws {
        status = head.status
        self.framing = framing
        try handler.responseHead(head, framing: framing)
        if handler.ignoresBody { drainEnd = .now + Self.drainTime }
    }

    /// What a server sends along with a head is mostly here within that; a new connection takes less time than more.
    private static let drainTime = Duration.milliseconds(500)

    /// The peer hung up: what the parser still holds, and whether the response may end here.
    ///
    /// Where the end of the stream is the end of the body, an end without TLS's goodbye may be anybody's doing
    /// (RFC 9112 §9.8); a body with its own length is judged by that.
    /// - Returns: the trailers, which are none.
    private func finish(isTruncated: Bool) throws -> [HeaderField] {
        while true {
            let event: ResponseParser.Event
            do {
                event = try parser.finish()
            } catch {
                if case .emptyReply = error, let failure = sendFailure ?? upload?.failure { throw failure }
                throw HTTPClientError.http(error)
            }
            switch event {
            case .head(let head, let framing): try begin(head, framing)
            case .earlierBody(let bytes): try bytes.withUnsafeBytes { try handler.responseBody($0) }
            case .end(let trailers):
                if isTruncated, framing == .untilClose {
                    throw HTTPClientError.http(
                        .unconfirmedEnd(received: parser.bodyBytesReceived))
                }
                return trailers
            case .needsMore, .informational, .body:
                preconditionFailure("\(event) at the end of the stream")
            }
        }
    }

    /// The response is complete and the request may not be. A server that said yes and keeps the connection wants the
    /// rest of the body; after any other answer the rest is wasted (RFC 9112 §9.3, §9.5).
    private func settle(_ upload: Upload) async throws {
        if parser.connectionIsReusable, let status, (200..<300).contains(status) {
            do {
                try await upload.untilEnded(deadline: deadline)
            } catch {
                throw translate(error)
            }
        }
        if case .source = upload.failure { throw upload.failure ?? .cannotRewind }
    }

    // MARK: Discarding and splicing

    /// Below this it is cheaper to read and write.
    private static let leastToSplice: Int64 = 128 * 1024

    /// True when the parser need not see the bytes that come, and there are enough of them.
    private var bodyMayPassUnseen: Bool {
        switch framing {
        case .length: parser.bodyBytesRemaining ?? 0 >= Self.leastToSplice
        case .untilClose: true
        case .chunked, .some(.none), nil: false
        }
    }

    /// The socket whose bytes may be dropped in the kernel. Only TCP can do that.
    private var discardSource: CInt? {
        guard bodyMayPassUnseen, handler.discardsBody, let source = transport.plainDescriptor else {
            return nil
        }
        switch transport.peerAddress {
        case .ipv4, .ipv6: return source
        case .unix, nil: return nil
        }
    }

    private func discard(from source: CInt) throws -> Step {
        let most = min(
            parser.bodyBytesRemaining ?? .max, Int64(min(Self.mostToDiscard, max(1, handler.readLimit))))
        let count: Int
        do {
            count = try SplicePipe.discard(from: source, atMost: Int(most))
        } catch .again {
            transport.noteReadDrained()
            return .wouldBlock
        } catch {
            throw translate(.io(error))
        }
        guard count > 0 else { return .end(isTruncated: false) }
        parser.skipBody(Int64(count))
        try handler.responseSpliced(count)
        guard parser.bodyBytesRemaining == 0 else { return .progress(count) }
        return try consume(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// At once, so that other tasks get their share.
    private static let mostToDiscard = 16 * 1024 * 1024

    /// Where the kernel may move body bytes from and to, if that is possible and worth it now.
    private var spliceRoute: (source: CInt, target: CInt)? {
        guard bodyMayPassUnseen, !spliceIsRefused, let source = transport.plainDescriptor,
            let target = handler.spliceDescriptor
        else { return nil }
        return (source, target)
    }

    private func splice(_ route: (source: CInt, target: CInt)) throws -> Step {
        guard let pipe = SplicePipe.empty() else {
            spliceIsRefused = true
            return .progress(0)
        }
        let most = min(
            parser.bodyBytesRemaining ?? .max, Int64(min(pipe.capacity, max(1, handler.readLimit))))
        let count: Int
        do {
            count = try pipe.fill(from: route.source, atMost: Int(most))
        } catch .again {
            transport.noteReadDrained()
            return .wouldBlock
        } catch .invalidArgument {
            spliceIsRefused = true
            return .progress(0)
        } catch {
            throw translate(.io(error))
        }
        guard count > 0 else { return .end(isTruncated: false) }
        parser.skipBody(Int64(count))
        let (moved, refusal) = pipe.empty(into: route.target)
        if moved > 0 { try handler.responseSpliced(moved) }
        if let refusal { try handOver(pipe, refusal) }
        guard parser.bodyBytesRemaining == 0 else { return .progress(count) }
        return try consume(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// The target took no more of what is in `pipe`. The handler gets it the ordinary way: it waits where the target is
    /// another pipe that is full, and it meets and names whatever else is wrong.
    private func handOver(_ pipe: SplicePipe, _ refusal: Errno) throws {
        if refusal != .again { spliceIsRefused = true }
        let room = EventLoop.shared.readBuffer
        while pipe.held > 0 {
            let count: Int
            do {
                count = try pipe.read(into: room)
            } catch {
                throw translate(.io(error))
            }
            try handler.responseBody(UnsafeRawBufferPointer(rebasing: room[..<count]))
        }
    }

    // MARK: Time and errors

    /// Sleeps for `pause`, but not beyond the deadline.
    private func rest(_ pause: Duration) async throws {
        let end = ContinuousClock.now + pause
        if let deadline, deadline <= end {
            try await EventLoop.shared.sleep(until: deadline)
            throw translate(.timedOut)
        }
        try await EventLoop.shared.sleep(until: end)
    }

    private func translate(_ error: WaitError) -> any Error {
        switch error {
        case .cancelled: return CancellationError()
        case .closed: return closedHere
        case .timedOut:
            let expected = parser.bodyBytesRemaining.map { $0 + parser.bodyBytesReceived }
            return HTTPClientError.timedOut(
                phase, received: parser.bodyBytesReceived, expected: expected)
        }
    }

    private func translate(_ error: TransportError) -> any Error {
        switch error {
        case .closed: return closedHere
        case .io: if !hasReceived, let failure = sendFailure ?? upload?.failure { return failure }
        // An alert tells more than the broken pipe that it left behind.
        case .tls: break
        }
        return HTTPClientError.receive(error, received: parser.bodyBytesReceived)
    }

    /// The transport was closed on this side: by the upload, which has its reason, or by the connector's end.
    private var closedHere: HTTPClientError { upload?.failure ?? .connector(.closed) }

    private var phase: TimeoutPhase {
        if upload?.isSending ?? false, status == nil || parser.bodyBytesRemaining == 0 { return .send }
        return status == nil ? .response : .body
    }
}

extension HTTPRequest {
    /// True when this side has announced that no request will follow on the connection.
    var endsConnection: Bool {
        let options = block?.connectionOptions ?? ConnectionOptions(of: fields)
        return options.closes || version < .http11 && !options.keepsAlive
    }
}
