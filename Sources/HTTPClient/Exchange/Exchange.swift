internal import Connector
internal import HTTPCore

/// One request and its response on one connection.
///
/// The response is read while the request still goes out, so a refusal is seen at once. At the end the connection is
/// released if both messages are complete and no byte is left over; in every other case it is closed. Once `advance`
/// throws or returns `.done`, the exchange uses neither the connection nor the body's source any more.
@LoopActor
final class Exchange: Machine {
    enum State {
        /// Nothing is sent yet → receiving.
        case begun
        /// Waits for bytes → resting, held, settling, stopping, done.
        case receiving
        /// Sleeps to keep its pace → receiving, held. `isLast`: the deadline ends the sleep, and with it the exchange.
        case resting(isLast: Bool)
        /// Waits for its gate to open → receiving.
        case held
        /// The response is complete. Waits until the request is, too → stopping.
        case settling(Upload, Step)
        /// Waits for the upload's task to end; then throws the failure, if there is one → done.
        case stopping((any Error)?)
    }

    /// What one step brought.
    enum Step {
        /// So many bytes were taken; more are to come.
        case progress(Int)
        case wouldBlock
        /// The peer ended the stream; `isTruncated` when TLS was not ended before.
        case end(isTruncated: Bool)
        /// The response is complete.
        case complete(trailers: [HeaderField])
        /// The rest of an ignored body is too long to be read.
        case abandoned
    }

    let connection: Connection
    let attempt: RequestAttempt
    let events: TransferEvents?
    let transport: any InternalTransport
    // Safe: it is a value that calls nothing.
    @exclusivity(unchecked) var parser: ResponseParser
    /// Of the final head; nil = none came.
    var status: Int?
    /// Set with the final head.
    var answer: Answer?
    private var state = State.begun
    /// What the request begins with; nil = it was written, or never will be.
    private var opening: RequestOpening?
    // Safe: set once, before the upload begins.
    @exclusivity(unchecked) private(set) var upload: Upload?
    /// Bytes of the body that were sent with the head, where there is no upload.
    private var sentWithHead = 0
    /// Why the request could not be written. Where the peer had hung up, a response that it sent before counts more.
    private(set) var sendFailure: HTTPClientError?
    /// Judges the speed; nil = there is no lower limit.
    private var watch: SpeedWatch?
    /// When to stop waiting for a body that is ignored; nil = the body is not ignored.
    var drain: Drain?

    /// Where it sleeps to keep its pace.
    private lazy var rest = Suspension()

    /// True once a byte of the response came: from then on a failure cannot be that of a stale connection.
    private(set) var hasReceived = false
    /// When it came, or the first behind an interim response; nil = it has not, or nothing is counted.
    var firstByte: Moment?

    /// What the final head settled.
    struct Answer {
        let framing: BodyFraming
        let route: BodyRoute
        var spliceIsRefused = false
        /// nil = the target of the splice was not looked at yet.
        var targetIsPipe: Bool?
    }

    /// An object, because each look at an optional instant copies it (see the article Performance, frames).
    final class Drain {
        let end: ContinuousClock.Instant = .now + .milliseconds(500)
    }

    init?(_ attempt: RequestAttempt, on connection: Connection) {
        guard let transport = connection.stream else { return nil }
        self.attempt = attempt
        events = attempt.setting.events
        self.connection = connection
        self.transport = transport
        parser = ResponseParser(
            method: attempt.request.method,
            options: attempt.setting.parserOptions.answering(
                attempt.request, isConnectionReused: connection.isReused))
    }

    var handler: any ExchangeHandler { attempt.setting.handler }
    var readPieceBytes: Int { max(1, attempt.setting.pace?.readPieceBytes ?? .max) }
    private var deadline: ContinuousClock.Instant? { attempt.setting.limits.deadline }

    func advance(after outcome: Suspension.Outcome) throws -> Wait {
        if case .stopping(let failure) = state {
            tellEnd()
            if let failure { throw failure }
            return .done
        }
        do {
            if let error = outcome.error { try take(error) }
            while true { if let wait = try goOn() { return wait } }
        } catch {
            return try fail(error)
        }
    }

    /// Takes one step; nil = the next step needs no wait.
    private func goOn() throws -> Wait? {
        switch state {
        case .begun:
            try begin()
            if let wait = try untilReadable() {
                SendQueue.shared.add(self)
                return wait
            }
            send()
            return nil
        case .resting(let isLast):
            if isLast { throw translate(.timedOut) }
            return try untilReadable()
        case .held:
            if let failure = answer?.route.gate?.failure { throw failure }
            // This side was slow meanwhile, not the peer.
            watch?.restart(bytes: movedBytes, now: .now)
            return try untilReadable()
        case .receiving:
            // `untilReadable` came before: right after sending there is nothing to read, so to wait first saves a system
            // call for each request. The wait also lets other tasks, the deadline and a cancellation have their turn,
            // however fast the peer is.
            return try act(on: try step())
        case .settling(let upload, let step):
            if upload.isSending { return settle(upload, step) }
            if case .source = upload.failure { throw upload.failure ?? .cannotRewind }
            return try end(step) ? over() : untilReadable()
        case .stopping: preconditionFailure("an exchange that stops goes on")
        }
    }

    // MARK: Waiting

    /// Waits for the gate, if it is closed, or else for bytes; nil = both are there.
    private func untilReadable() throws -> Wait? {
        events?.waits()
        if let gate = answer?.route.gate, !gate.isOpen {
            state = .held
            return .sleep(gate.suspension, until: deadline)
        }
        state = .receiving
        let isUnbounded = attempt.setting.limits.isUnbounded && drain == nil
        let wait = transport.waitToRead(until: isUnbounded ? nil : waitEnd)
        if wait != nil, answer != nil { try handler.responsePauses() }
        return wait
    }

    private var waitEnd: ContinuousClock.Instant? {
        var end = deadline
        if let drain { end = min(end ?? drain.end, drain.end) }
        if let watch {
            let look = ContinuousClock.now + watch.interval
            end = min(end ?? look, look)
        }
        return end
    }

    /// A wait ended without a wake-up: returns where it was a pause or only time to judge the speed, else throws.
    private func take(_ error: WaitError) throws {
        if error == .timedOut, case .resting = state { return }
        guard error == .timedOut, watch != nil else { throw error }
        let now = ContinuousClock.now
        if let deadline, deadline <= now { throw error }
        if let drain, drain.end <= now { throw error }
        try checkSpeed(now)
    }

    /// Waits for the end of the request, the whole response being here.
    private func settle(_ upload: Upload, _ step: Step) -> Wait {
        state = .settling(upload, step)
        events?.waits()
        return .sleep(upload.ending, until: waitEnd)
    }

    private func checkSpeed(_ now: ContinuousClock.Instant) throws {
        // The program that sends is slow, and not the peer.
        if upload?.waitsForProgram ?? false { watch?.restart(bytes: movedBytes, now: now) }
        guard watch?.isTooSlow(bytes: movedBytes, now: now) ?? false, let floor = watch?.floor else { return }
        throw HTTPClientError.tooSlow(floor)
    }

    private var movedBytes: Int64 { parser.bodyBytesReceived + sentBytes }
    private var sentBytes: Int64 { upload?.sentBytes ?? Int64(sentWithHead) }

    /// Decides what follows a step.
    private func act(on step: Step) throws -> Wait? {
        if watch != nil { try checkSpeed(.now) }
        switch step {
        case .progress(let count):
            guard count > 0, drain == nil, let pace = attempt.setting.pace,
                let pause = pace.pause(afterReceiving: count), pause > .zero
            else { return try untilReadable() }
            let end = ContinuousClock.now + pause
            let isLast = deadline.map { $0 <= end } ?? false
            events?.waits()
            state = .resting(isLast: isLast)
            return .sleep(rest, until: isLast ? deadline ?? end : end)
        case .complete:
            if let upload, mayWantRest, upload.isSending {
                return settle(upload, step)
            }
            if case .source = upload?.failure { throw upload?.failure ?? .cannotRewind }
            return try end(step) ? over() : untilReadable()
        case .wouldBlock, .end, .abandoned:
            return try end(step) ? over() : untilReadable()
        }
    }

    /// Whether the rest of the request's body is still sent after the response. A server that answered 2xx and keeps the
    /// connection reads it; after any other response it is wasted (RFC 9112 §9.3, §9.5).
    private var mayWantRest: Bool {
        guard parser.connectionIsReusable, let status else { return false }
        return (200..<300).contains(status)
    }

    // MARK: Ending

    /// If `step` is the last one, tells the handler, and releases or closes the connection.
    /// - Returns: whether it is the last one.
    private func end(_ step: Step) throws -> Bool {
        switch step {
        case .progress, .wouldBlock:
            return false
        case .end(let isTruncated):
            try handler.responseEnd(trailers: try finish(isTruncated: isTruncated))
            connection.close()
        case .complete(let trailers):
            try handler.responseEnd(trailers: trailers)
            if mayServeAgain { connection.release() } else { connection.close() }
        case .abandoned:
            connection.close()
        }
        tellConnectionLeft()
        return true
    }

    private func tellConnectionLeft() {
        for oddity in parser.oddities { events?.tell(.oddity(oddity)) }
        events?.left(connection, isKept: connection.isKept)
    }

    /// Whether the connection may carry another exchange after this one.
    private var mayServeAgain: Bool {
        parser.connectionIsReusable && !attempt.endsConnection && sendFailure == nil
            && upload?.isFinished ?? true && !transport.hasBufferedBytes
    }

    private func over() -> Wait {
        if let wait = stop(nil) { return wait }
        tellEnd()
        return .done
    }

    private func tellEnd() {
        guard attempt.setting.isCounted else { return }
        handler.exchangeEnded(
            ExchangeFigures(
                status: status, firstByte: firstByte, receivedBytes: parser.bodyBytesReceived,
                sentBytes: sentBytes, isConnectionKept: connection.isKept))
    }

    /// Ends the upload; nil = there is none, or it has been ended.
    private func stop(_ failure: (any Error)?) -> Wait? {
        guard let task = upload?.stop() else { return nil }
        events?.waits()
        state = .stopping(failure)
        return .end(of: task)
    }

    /// Closes the connection and throws the error that the caller gets; none if only the rest of an ignored body was lost.
    private func fail(_ error: any Error) throws -> Wait {
        // Translated first: once the connection is closed, that would be the reason.
        let reason = (error as? WaitError).map { translate($0) } ?? error
        connection.close()
        opening = nil
        tellConnectionLeft()
        let failure = isEndOfDrain(reason) ? nil : reason
        if let wait = stop(failure) { return wait }
        tellEnd()
        if let failure { throw failure }
        return .done
    }

    /// Whether only the rest of an ignored body was lost: then the response counts as complete.
    private func isEndOfDrain(_ reason: any Error) -> Bool {
        guard drain != nil, let error = reason as? HTTPClientError else { return false }
        switch error {
        case .http, .receive, .timedOut, .tooSlow: return true
        case .connector, .send, .source, .cannotRewind, .decoding: return false
        }
    }

    // MARK: Sending

    private func begin() throws {
        do {
            opening = try RequestOpening.make(
                attempt, mayHoldBody: attempt.setting.pace?.writePieceBytes ?? .max == .max)
        } catch {
            throw HTTPClientError.http(error)
        }
        events?.exchangeBegan(over: connection)
        handler.exchangeBegins(on: connection)
        if let floor = attempt.setting.limits.speedFloor { watch = SpeedWatch(floor, now: .now) }
    }

    /// Writes as much as the transport takes at once, most often the whole request. An `Upload` sends the rest.
    func send() {
        guard let opening = exchange(&opening, with: nil) else { return }
        let written: Int
        do {
            written = try opening.write(to: transport, from: 0)
        } catch .closed {
            // Whoever waits for the answer hears of it.
            return
        } catch {
            sendFailure = .send(error)
            // Wakes whoever waits for the answer.
            if !error.isFromPeer { connection.close() }
            return
        }
        guard written < opening.bytes.count || !opening.isWholeRequest else {
            sentWithHead = opening.bodyCount
            if let events {
                opening.tell(events)
                events.requestEnded()
            }
            return
        }
        let upload = Upload(opening, written: written, of: attempt, over: transport)
        self.upload = upload
        upload.start()
    }

    // MARK: Receiving

    private func step() throws -> Step {
        guard let answer, bodyMayPassUnseen(answer), !(events?.interests.contains(.bodies) ?? false) else {
            return try read()
        }
        switch answer.route {
        case .deliver, .ignore: return try read()
        case .discard: return try discardSource.map { try discard(from: $0) } ?? read()
        case .splice(let target): return try splice(to: target) ?? read()
        }
    }

    private func read() throws -> Step {
        let room = EventLoop.shared.readBuffer
        let buffer = UnsafeMutableRawBufferPointer(rebasing: room[..<min(room.count, readPieceBytes)])
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
            events?.bytesCame(areFirst: !hasReceived)
            if !hasReceived {
                hasReceived = true
                if attempt.setting.isCounted { firstByte = .now }
            }
            let isInBody = answer != nil
            let step = try consume(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            if isInBody { noteBulk(count, step) }
            return step
        }
    }
}
