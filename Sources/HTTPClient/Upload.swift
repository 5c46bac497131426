internal import Connector
internal import HTTPCore

/// Sends the body of a request in a task of its own, while the exchange reads what the server says to it.
@LoopActor
final class Upload {
    private enum State {
        /// → sending, finished (a final response came first).
        case awaitingContinue
        /// → finished, failed.
        case sending
        case finished
        case failed(any Error)
    }

    private let body: RequestBody
    private let transport: any Transport
    private let handler: any ExchangeHandler
    private let deadline: ContinuousClock.Instant?
    private let continueTimeout: Duration?
    private let permission = Suspension()
    private var state: State
    private var isRefused = false
    private var task: Task<Void, Never>?

    init(
        _ body: RequestBody, over transport: any Transport, handler: any ExchangeHandler,
        deadline: ContinuousClock.Instant?, continueTimeout: Duration?
    ) {
        self.body = body
        self.transport = transport
        self.handler = handler
        self.deadline = deadline
        self.continueTimeout = continueTimeout
        state = continueTimeout == nil ? .sending : .awaitingContinue
    }

    /// True when every byte is out: only then may the connection serve again.
    var isFinished: Bool {
        if case .finished = state { !isRefused } else { false }
    }

    /// Why the body stopped, if it did.
    var failure: (any Error)? {
        if case .failed(let error) = state { error } else { nil }
    }

    func start() {
        task = EventLoop.shared.start { await self.run() }
    }

    /// The server asked for the body.
    func proceed() {
        permission.wake()
    }

    /// The server gave its final answer. A body that was not begun is not wanted any more.
    func finalResponseCame(status: Int) {
        if case .awaitingContinue = state { isRefused = true }
        permission.wake()
    }

    func stop() {
        task?.cancel()
        task = nil
    }

    private func run() async {
        if let continueTimeout {
            let outcome = await permission.wait(until: .now + continueTimeout)
            if case .cancelled = outcome { return }
            guard !isRefused else {
                state = .finished
                return
            }
            state = .sending
        }
        do {
            switch body {
            case .none: break
            case .bytes(let bytes): try await send(bytes)
            case .sized(let source): try await send(source)
            case .chunked(let source): try await sendChunked(source)
            }
            state = .finished
            handler.requestFinished()
        } catch {
            fail(error)
        }
    }

    private func fail(_ error: any Error) {
        switch error {
        case is CancellationError, WaitError.cancelled, WaitError.closed: return
        case let error as TransportError:
            // The reader decides: an answer that the server gave before it hung up counts more.
            state = .failed(HTTPClientError.send(error))
        case WaitError.timedOut:
            state = .failed(HTTPClientError.timedOut(.send, received: 0, expected: nil))
        default:
            // Our own input failed: nothing that the server says can mend that.
            state = .failed(HTTPClientError.source(String(describing: error)))
            transport.close(.default)
        }
    }

    private func send(_ bytes: [UInt8]) async throws {
        var start = 0
        while start < bytes.count {
            let end = start + min(bytes.count - start, handler.writeLimit, Self.bufferBytes)
            var sent = start
            while sent < end {
                let count = try bytes.withUnsafeBytes { buffer throws(TransportError) in
                    try transport.write(UnsafeRawBufferPointer(rebasing: buffer[sent..<end]))
                }
                sent += count
                if count == 0 { try await transport.untilWritable(deadline: deadline) }
            }
            bytes.withUnsafeBytes {
                handler.requestBodySent(UnsafeRawBufferPointer(rebasing: $0[start..<end]))
            }
            try await rest(end - start)
            start = end
        }
    }

    private func send(_ source: any BodySource) async throws {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 4096)
        defer { room.deallocate() }
        while true {
            let target = UnsafeMutableRawBufferPointer(
                rebasing: room[..<min(room.count, max(1, handler.writeLimit))])
            let count = try await source.read(into: target)
            guard count > 0 else { return }
            let piece = UnsafeRawBufferPointer(rebasing: room[..<count])
            try await write(piece)
            handler.requestBodySent(piece)
            try await rest(count)
        }
    }

    /// Chunk by chunk: size line, data and line end leave in one write from one buffer.
    private func sendChunked(_ source: any BodySource) async throws {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 4096)
        defer { room.deallocate() }
        let (margin, lineEnd) = (16, 2)
        while true {
            let most = min(room.count - margin - lineEnd, max(1, handler.writeLimit))
            let target = UnsafeMutableRawBufferPointer(rebasing: room[margin..<margin + most])
            let count = try await source.read(into: target)
            guard count > 0 else { break }
            var line: [UInt8] = []
            ChunkedEncoder.appendSizeLine(count, to: &line)
            let start = margin - line.count
            UnsafeMutableRawBufferPointer(rebasing: room[start..<margin]).copyBytes(from: line)
            room[margin + count] = 0x0d
            room[margin + count + 1] = 0x0a
            try await write(UnsafeRawBufferPointer(rebasing: room[start..<margin + count + lineEnd]))
            handler.requestBodySent(UnsafeRawBufferPointer(rebasing: room[margin..<margin + count]))
            try await rest(count)
        }
        var last: [UInt8] = []
        try ChunkedEncoder.appendLastChunk(to: &last)
        try await transport.writeAll(last, deadline: deadline)
    }

    private static let bufferBytes = 128 * 1024

    private func write(_ bytes: UnsafeRawBufferPointer) async throws {
        var sent = 0
        while sent < bytes.count {
            let count = try transport.write(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
            sent += count
            if count == 0 { try await transport.untilWritable(deadline: deadline) }
        }
    }

    private func rest(_ count: Int) async throws {
        guard let pause = handler.pauseAfterSending(count), pause > .zero else { return }
        try await EventLoop.shared.sleep(until: .now + pause)
    }
}
