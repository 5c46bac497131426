internal import Connector
internal import HTTPCore

/// Sends what the first write of a request left over, in a task of its own, while the exchange reads what the server
/// says to it.
///
/// Invariant: once `stop()` has returned, nothing here touches the transport, the source or the handler any more.
@LoopActor
final class Upload {
    private enum State {
        /// → awaitingContinue, refused, finished, failed.
        case sending
        /// The head is out and the body waits for the server's word → sending, refused.
        case awaitingContinue
        /// The final response came before the body was begun.
        case refused
        case finished
        case failed(HTTPClientError)
    }

    private let opening: RequestOpening
    private var written: Int
    private let body: RequestBody
    private let transport: any Transport
    private let handler: any ExchangeHandler
    private let deadline: ContinuousClock.Instant?
    /// How long to wait for `100 Continue`; nil once there is nothing to wait for.
    private var patience: Duration?
    private let permission = Suspension()
    private let ending = Suspension()
    private var state = State.sending
    private var task: Task<Void, Never>?

    /// For what follows the first `written` bytes of `opening`.
    init(
        _ opening: RequestOpening, written: Int, request: HTTPRequest, over transport: any Transport,
        handler: any ExchangeHandler, deadline: ContinuousClock.Instant?
    ) {
        self.opening = opening
        self.written = written
        self.transport = transport
        self.handler = handler
        self.deadline = deadline
        body = opening.isWholeRequest ? .none : request.body
        patience = opening.isWholeRequest ? nil : request.continueTimeout
    }

    /// True when every byte is out: only then may the connection serve again.
    var isFinished: Bool {
        if case .finished = state { true } else { false }
    }

    /// True while bytes are on their way, not while the body waits for permission.
    var isSending: Bool {
        if case .sending = state { true } else { false }
    }

    /// Why it stopped, if it failed.
    var failure: HTTPClientError? {
        if case .failed(let error) = state { error } else { nil }
    }

    func start() {
        task = EventLoop.shared.start { await self.run() }
    }

    /// The server asked for the body.
    func proceed() {
        patience = nil
        permission.wake()
    }

    /// The server gave its final answer. A body that was to wait for permission is not wanted any more.
    func finalResponseCame() {
        guard patience != nil else { return }
        switch state {
        case .sending, .awaitingContinue: state = .refused
        case .refused, .finished, .failed: return
        }
        permission.wake()
    }

    /// Sleeps until the sending is over, one way or the other; throws when the time is.
    func untilEnded(deadline: ContinuousClock.Instant?) async throws(WaitError) {
        guard isSending else { return }
        switch await ending.wait(until: deadline) {
        case .woken: if isSending { throw .timedOut }
        case .timedOut: throw .timedOut
        case .cancelled: throw .cancelled
        case .closed: throw .closed
        }
    }

    /// Ends the sending, wherever it stands, and waits for it to let go of everything.
    func stop() async {
        guard let task else { return }
        self.task = nil
        task.cancel()
        await task.value
    }

    // MARK: The task

    private func run() async {
        do {
            try await sendOpening()
            if try await mayBegin() {
                patience = nil
                try await sendBody()
                state = .finished
                handler.requestFinished()
            }
        } catch {
            note(error)
        }
        ending.wake()
    }

    private func note(_ error: any Error) {
        switch error {
        case is WaitError where Task.isCancelled, is CancellationError where Task.isCancelled:
            break
        case WaitError.timedOut:
            // The reader's time is up at the same instant, and it tells the phase by the state.
            break
        case let error as TransportError where error.isFromPeer:
            // The reader decides: an answer that the server gave before it hung up counts more.
            state = .failed(.send(error))
        case TransportError.closed, is WaitError:
            state = .failed(.connector(.closed))
        case let error as TransportError:
            giveUp(.send(error))
        case let error as HTTPClientError:
            giveUp(error)
        default:
            giveUp(.source(String(describing: error)))
        }
    }

    /// Nothing that the server says can mend what went wrong on this side. Closing wakes the reader.
    private func giveUp(_ error: HTTPClientError) {
        state = .failed(error)
        transport.close(.default)
    }

    private func sendOpening() async throws {
        while written < opening.bytes.count {
            let count = try opening.write(to: transport, from: written)
            written += count
            if count == 0 { try await transport.untilWritable(deadline: deadline) }
        }
        opening.announce(to: handler)
    }

    /// Waits for `100 Continue` where the request asks for it; false when a final response came in its place.
    private func mayBegin() async throws -> Bool {
        if case .refused = state { return false }
        guard let patience else { return true }
        state = .awaitingContinue
        if case .cancelled = await permission.wait(until: .now + patience) { throw CancellationError() }
        if case .refused = state { return false }
        state = .sending
        return true
    }

    private func sendBody() async throws {
        switch body {
        case .none: break
        case .bytes(let bytes): try await send(MemoryBodySource(bytes), isChunked: false)
        case .sized(let source): try await send(source, isChunked: false)
        case .chunked(let source): try await send(source, isChunked: true)
        }
    }

    /// Piece by piece from one buffer. With chunks, size line, data and line end leave in one write.
    private func send(_ source: any BodySource, isChunked: Bool) async throws {
        let (margin, lineEnd) = (16, 2)
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: margin + Self.pieceBytes + lineEnd, alignment: 4096)
        defer { room.deallocate() }
        var left = isChunked ? nil : source.length
        var sinceYield = 0
        while left != 0 {
            let most = Int(min(Int64(min(Self.pieceBytes, max(1, handler.writeLimit))), left ?? .max))
            let count = try await read(
                source, into: UnsafeMutableRawBufferPointer(rebasing: room[margin..<margin + most]))
            guard count > 0 else {
                // What Content-Length announced must come, or the server takes the next request for the rest.
                if let left { throw HTTPClientError.source("the request body ended \(left) bytes too early") }
                break
            }
            if left != nil { left? -= Int64(count) }
            var framed = margin..<margin + count
            if isChunked {
                var line: [UInt8] = []
                ChunkedEncoder.appendSizeLine(count, to: &line)
                framed = margin - line.count..<framed.upperBound + lineEnd
                UnsafeMutableRawBufferPointer(rebasing: room[framed]).copyBytes(from: line)
                (room[margin + count], room[margin + count + 1]) = (0x0d, 0x0a)
            }
            try await write(UnsafeRawBufferPointer(rebasing: room[framed]))
            handler.requestBodySent(UnsafeRawBufferPointer(rebasing: room[margin..<margin + count]))
            guard left != 0 else { break }
            if let pause = handler.pauseAfterSending(count), pause > .zero {
                try await EventLoop.shared.sleep(until: .now + pause)
            }
            sinceYield += count
            if sinceYield >= Self.turnBytes {
                sinceYield = 0
                try await EventLoop.shared.sleep(until: .now)
            }
        }
        guard isChunked else { return }
        var last: [UInt8] = []
        try ChunkedEncoder.appendLastChunk(to: &last)
        var sent = 0
        while sent < last.count {
            let count = try last[sent...].withUnsafeBytes { (bytes) throws(TransportError) in
                try transport.write(bytes)
            }
            sent += count
            if count == 0 { try await transport.untilWritable(deadline: deadline) }
        }
    }

    private static let pieceBytes = 128 * 1024
    /// After so many bytes other tasks get their turn, the one that reads the answer among them.
    private static let turnBytes = 1 << 20

    /// Whatever the source throws, a cancellation of its own included, is the source's failure.
    private func read(
        _ source: any BodySource, into buffer: UnsafeMutableRawBufferPointer
    ) async throws -> Int {
        do {
            return try await source.read(into: buffer)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw HTTPClientError.source(String(describing: error))
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) async throws {
        var sent = 0
        while sent < bytes.count {
            let count = try transport.write(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
            sent += count
            if count == 0 { try await transport.untilWritable(deadline: deadline) }
        }
    }
}

extension TransportError {
    /// True when the peer has hung up, so that what it said before may still be there to read.
    var isFromPeer: Bool {
        switch self {
        case .io(.brokenPipe), .io(.connectionReset): true
        case .io, .tls, .closed: false
        }
    }
}
