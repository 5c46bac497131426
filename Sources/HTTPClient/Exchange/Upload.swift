internal import Connector
internal import HTTPCore

/// Sends the rest of a request after its first write, in a task of its own, while the exchange reads the response.
///
/// Invariant: once the task that `stop()` returns has ended, nothing here touches the transport or the source any more.
@LoopActor
final class Upload {
    private enum State {
        /// → awaitingContinue, refused, finished, failed.
        case sending
        /// The head is sent, and the body waits for `100 Continue` → sending, refused.
        case awaitingContinue
        /// The final response came before the body was begun, which is not sent.
        case refused
        case finished
        case failed(HTTPClientError)
    }

    private let opening: RequestOpening
    private var written: Int
    private let body: RequestBody
    private let transport: any InternalTransport
    private let setting: RequestAttempt.Setting
    /// How long to wait for `100 Continue`; nil = the body need not wait, or no longer.
    private var continueTimeout: Duration?
    private let continueSignal = Suspension()
    /// Woken when the sending has ended, well or not.
    let ending = Suspension()
    private var state = State.sending
    private var task: Task<Void, Never>?
    private var sentThisTurn = 0
    /// Bytes of the body that were sent.
    private(set) var sentBytes: Int64 = 0
    /// True while bytes are waited for that the program itself is to make.
    private(set) var waitsForProgram = false
    /// True once the kernel refused to send from the file by itself.
    private var spliceIsRefused = false

    /// Sends what follows the first `written` bytes of `opening`.
    init(
        _ opening: RequestOpening, written: Int, of attempt: RequestAttempt,
        over transport: any InternalTransport
    ) {
        self.opening = opening
        self.written = written
        self.transport = transport
        setting = attempt.setting
        body = opening.isWholeRequest ? .none : attempt.request.body
        continueTimeout = opening.isWholeRequest ? nil : attempt.request.continueTimeout
    }

    private var deadline: ContinuousClock.Instant? { setting.limits.deadline }
    private var pieceBytes: Int { max(1, setting.pace?.writePieceBytes ?? .max) }

    /// True when every byte was sent: only then may the connection serve again.
    var isFinished: Bool {
        if case .finished = state { true } else { false }
    }

    /// True while bytes are sent, not while the body waits for `100 Continue`.
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

    /// `100 Continue` came.
    func proceed() {
        continueTimeout = nil
        continueSignal.wake()
    }

    /// The final response came. A body that still waits for `100 Continue` is not sent.
    func finalResponseCame() {
        guard continueTimeout != nil else { return }
        switch state {
        case .sending, .awaitingContinue: state = .refused
        case .refused, .finished, .failed: return
        }
        continueSignal.wake()
    }

    /// Ends the sending at any point.
    /// - Returns: the task to wait for, after which nothing here is used any more; nil from the second call on.
    func stop() -> Task<Void, Never>? {
        guard let task else { return nil }
        self.task = nil
        task.cancel()
        return task
    }

    // MARK: The task

    private func run() async {
        do {
            try await sendOpening()
            if try await mayBegin() {
                continueTimeout = nil
                try await sendBody()
                state = .finished
                setting.events?.requestEnded()
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
            // The exchange's deadline is the same. It reports the timeout, and tells the phase by the state here.
            break
        case let error as TransportError where error.isFromPeer:
            // The exchange decides: a response that the server sent before it hung up counts more.
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

    /// An error on this side, which no response can undo. To close the transport wakes the exchange.
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
        sentBytes += Int64(opening.bodyCount)
        if let events = setting.events { opening.tell(events) }
    }

    /// Waits for `100 Continue` where the request asks for it; false when a final response came in its place.
    private func mayBegin() async throws -> Bool {
        if case .refused = state { return false }
        guard let continueTimeout else { return true }
        state = .awaitingContinue
        if case .cancelled = await continueSignal.wait(until: .now + continueTimeout) {
            throw CancellationError()
        }
        if case .refused = state { return false }
        state = .sending
        return true
    }

    private func sendBody() async throws {
        switch body {
        case .none: break
        case .bytes(let bytes): try await send(bytes)
        case .sized(let source): try await send(source, isChunked: false)
        case .chunked(let source): try await send(source, isChunked: true)
        }
    }

    /// True when neither a pace nor a listener has to see the bytes of the body.
    private var mayPassUnseen: Bool {
        setting.sendsFilesUnseen && setting.pace == nil
            && !(setting.events?.interests.contains(.bodies) ?? false)
    }

    /// Through the kernel alone where that is possible, else piece by piece from one buffer.
    private func send(_ source: any BodySource, isChunked: Bool) async throws {
        let buffer = PieceBuffer()
        var left = isChunked ? nil : source.length
        // Says when it is not as empty as it was said to be.
        if left == 0 { _ = try await read(source, into: buffer.room(1)) }
        while left != 0 {
            let count: Int
            if let left, let spliced = try await splice(source, atMost: left) {
                count = spliced
            } else {
                count = try await sendPiece(of: source, left: left, through: buffer)
                guard count > 0 else { break }
            }
            if left != nil { left? -= Int64(count) }
            if left != 0 { try await rest(after: count) }
        }
        guard isChunked else { return }
        var last: [UInt8] = []
        try ChunkedEncoder.appendLastChunk(to: &last)
        try await transport.writeAll(last, deadline: deadline)
    }

    /// Sends bytes in memory, without a copy.
    private func send(_ bytes: [UInt8]) async throws {
        var sent = 0
        while sent < bytes.count {
            let end = min(bytes.count, sent + min(Self.turnBytes, pieceBytes))
            let count = try bytes[sent..<end].withUnsafeBytes { (piece) throws(TransportError) in
                let count = try transport.write(piece)
                if count > 0 { note(UnsafeRawBufferPointer(rebasing: piece[..<count])) }
                return count
            }
            sent += count
            if count == 0 {
                try await transport.untilWritable(deadline: deadline)
            } else if sent < bytes.count {
                try await rest(after: count)
            }
        }
    }

    /// Keeps the pace, and yields to other tasks.
    private func rest(after count: Int) async throws {
        if let pause = setting.pace?.pause(afterSending: count), pause > .zero {
            try await EventLoop.shared.sleep(until: .now + pause)
        }
        sentThisTurn += count
        guard sentThisTurn >= Self.turnBytes else { return }
        sentThisTurn = 0
        try await EventLoop.shared.sleep(until: .now)
    }

    /// After so many bytes other tasks get their turn, among them the exchange that reads the response.
    private static let turnBytes = 4 << 20

    /// Lets the kernel send the next bytes of a file, where no listener has to see them.
    /// - Returns: how many it sent; nil = the bytes have to be read, as after a refusal of the kernel, whose reason the
    ///   read tells.
    private func splice(_ source: any BodySource, atMost left: Int64) async throws -> Int? {
        while !spliceIsRefused, mayPassUnseen, let target = transport.plainDescriptor,
            let stretch = source.fileStretch
        {
            let most = Int(min(left, stretch.count, Int64(Self.turnBytes)))
            do throws(Errno) {
                let count = try FileInput.send(
                    stretch.descriptor, at: stretch.offset, count: most, to: target)
                source.skip(count)
                sentBytes += Int64(count)
                setting.events?.tell(.requestSpliced(count))
                if count > 0 { return count }
                spliceIsRefused = true
            } catch .again {
                transport.noteWriteBlocked()
                try await transport.untilWritable(deadline: deadline)
            } catch {
                guard error.mayBeOfFile else { throw TransportError.io(error) }
                spliceIsRefused = true
            }
        }
        return nil
    }

    /// Sends what one read brings. With chunks, size line, data and line end leave in one write.
    /// - Returns: the number of bytes of the body; 0 at its end.
    private func sendPiece(
        of source: any BodySource, left: Int64?, through buffer: PieceBuffer
    ) async throws -> Int {
        let most = Int(min(Int64(min(PieceBuffer.capacity, pieceBytes)), left ?? .max))
        let count = try await read(source, into: buffer.room(most))
        guard count > 0 else {
            // The server would take the next request for the bytes that Content-Length announced and that are missing.
            if let left { throw HTTPClientError.source("the request body ended \(left) bytes too early") }
            return 0
        }
        try await write(left == nil ? buffer.chunk(count) : buffer.data(count))
        note(buffer.data(count))
        return count
    }

    /// These bytes of the body were sent.
    private func note(_ bytes: UnsafeRawBufferPointer) {
        sentBytes += Int64(bytes.count)
        setting.events?.tell(.requestBody(bytes))
    }

    /// Every error of the source is its failure, a `CancellationError` of its own included.
    private func read(
        _ source: any BodySource, into buffer: UnsafeMutableRawBufferPointer
    ) async throws -> Int {
        waitsForProgram = source.isOfProgram
        defer { waitsForProgram = false }
        do {
            return try await source.read(into: buffer)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw HTTPClientError.source(String(describing: error))
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) async throws {
        try await transport.writeAll(bytes, deadline: deadline)
    }
}

/// The one buffer that the pieces of a body pass through, with a margin around them for a chunk's frame.
private final class PieceBuffer {
    static let capacity = 128 * 1024
    private static let margin = 16
    private static let lineEnd = 2
    private var bytes: UnsafeMutableRawBufferPointer?

    deinit {
        bytes?.deallocate()
    }

    private var whole: UnsafeMutableRawBufferPointer {
        if let bytes { return bytes }
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.margin + Self.capacity + Self.lineEnd, alignment: 4096)
        self.bytes = bytes
        return bytes
    }

    /// Where `count` bytes of data go.
    func room(_ count: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: whole[Self.margin..<Self.margin + count])
    }

    /// The first `count` bytes of data.
    func data(_ count: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(room(count)) }

    /// The same with a size line before and a line end after them.
    func chunk(_ count: Int) -> UnsafeRawBufferPointer {
        var line: [UInt8] = []
        ChunkedEncoder.appendSizeLine(count, to: &line)
        let (start, end) = (Self.margin - line.count, Self.margin + count)
        UnsafeMutableRawBufferPointer(rebasing: whole[start..<Self.margin]).copyBytes(from: line)
        (whole[end], whole[end + 1]) = (0x0d, 0x0a)
        return UnsafeRawBufferPointer(rebasing: whole[start..<end + Self.lineEnd])
    }
}

extension Errno {
    /// True when an error of `sendfile` may be about the file, not about the socket.
    fileprivate var mayBeOfFile: Bool {
        switch self {
        case .badDescriptor, .invalidArgument, .inputOutput, .notImplemented, .overflow: true
        default: false
        }
    }
}

extension TransportError {
    /// True when the peer has hung up; bytes that it sent before may still be there to read.
    var isFromPeer: Bool {
        switch self {
        case .io(.brokenPipe), .io(.connectionReset): true
        case .io, .tls, .proxyTLS, .closed: false
        }
    }
}
