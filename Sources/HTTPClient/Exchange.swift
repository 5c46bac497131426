internal import Connector
internal import HTTPCore

/// One request and its response on one connection.
///
/// The response is read while the body still goes out, so that a refusal is heard at once. At the end the connection is
/// released when both sides are through and nothing is left over, and closed in every other case.
@LoopActor
final class Exchange {
    private let request: HTTPRequest
    private let connection: Connection
    private let transport: any Transport
    private let handler: any ExchangeHandler
    private let deadline: ContinuousClock.Instant?
    private var parser: ResponseParser
    private var upload: Upload?
    private var phase = TimeoutPhase.send
    private var expected: Int64?

    /// True once a byte of the response was seen: from then on a failure is the server's answer, not a stale connection.
    private(set) var hasReceived = false

    init?(
        _ request: HTTPRequest, on connection: Connection, handler: any ExchangeHandler,
        parserOptions: ResponseParser.Options, deadline: ContinuousClock.Instant?
    ) {
        guard let transport = connection.transport else { return nil }
        self.request = request
        self.connection = connection
        self.transport = transport
        self.handler = handler
        self.deadline = deadline
        parser = ResponseParser(method: request.method, options: parserOptions)
    }

    /// Runs to the end of the response.
    /// - Throws: `HTTPClientError`, `CancellationError`, or what the handler threw. The connection is closed then.
    func run() async throws {
        var isReusable = false
        defer {
            upload?.stop()
            if isReusable { connection.release() } else { connection.close() }
        }
        do {
            try await send()
            phase = .response
            isReusable = try await receive()
        } catch let error as WaitError {
            throw translate(error)
        }
    }

    // MARK: Sending

    private func send() async throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        let head = RequestHead(
            method: request.method, target: request.target, version: request.version, fields: request.fields)
        do { try head.serialize(into: &bytes) } catch { throw HTTPClientError.http(error) }
        handler.exchangeBegins(on: connection)
        let headCount = bytes.count
        // A small body travels with the head: one system call, one packet.
        if case .bytes(let body) = request.body, request.continueTimeout == nil, body.count <= 16 * 1024,
            handler.writeLimit == .max
        {
            bytes += body
        }
        do {
            try await transport.writeAll(bytes, deadline: deadline)
        } catch let error as TransportError {
            throw HTTPClientError.send(error)
        }
        handler.requestHeadSent(bytes.count == headCount ? bytes : Array(bytes[..<headCount]))
        switch request.body {
        case .none: handler.requestFinished()
        case .bytes(let body) where bytes.count > headCount || body.isEmpty:
            body.withUnsafeBytes { handler.requestBodySent($0) }
            handler.requestFinished()
        case .bytes, .sized, .chunked:
            let upload = Upload(
                request.body, over: transport, handler: handler, deadline: deadline,
                continueTimeout: request.continueTimeout)
            self.upload = upload
            upload.start()
        }
    }

    // MARK: Receiving

    /// Reads until the response is complete; true when the connection may serve again.
    private func receive() async throws -> Bool {
        let room = EventLoop.shared.readBuffer
        while true {
            // Right after sending there is nothing to read: waiting first saves a system call on each request.
            try await transport.untilReadable(deadline: deadline)
            let buffer = UnsafeMutableRawBufferPointer(
                rebasing: room[..<min(room.count, max(1, handler.readLimit))])
            let result: TransportRead
            do {
                result = try transport.read(into: buffer)
            } catch {
                if let failure = upload?.failure, !hasReceived { throw failure }
                throw HTTPClientError.receive(error, received: parser.bodyBytesReceived)
            }
            switch result {
            case .wouldBlock:
                continue
            case .bytes(let count):
                if !hasReceived {
                    hasReceived = true
                    handler.responseBegins()
                }
                if let isReusable = try consume(UnsafeRawBufferPointer(rebasing: buffer[..<count])) {
                    return isReusable
                }
                if let pause = handler.pauseAfterReceiving(count), pause > .zero {
                    try await rest(pause)
                }
            case .end:
                try finish()
                return false
            case .truncated:
                try finishTruncated()
                return false
            }
        }
    }

    /// Feeds the parser; nil = more is to come, otherwise whether the connection may serve again.
    private func consume(_ input: UnsafeRawBufferPointer) throws -> Bool? {
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
                return nil
            case .informational(let head):
                if head.status == 100 { upload?.proceed() }
                try handler.responseInformational(head)
            case .head(let head, let framing):
                upload?.finalResponseCame(status: head.status)
                phase = .body
                if case .length(let length) = framing { expected = length }
                try handler.responseHead(head, framing: framing)
            case .body(let range):
                try handler.responseBody(UnsafeRawBufferPointer(rebasing: input[range]))
            case .earlierBody(let bytes):
                try bytes.withUnsafeBytes { try handler.responseBody($0) }
            case .end(let trailers):
                try handler.responseEnd(trailers: trailers)
                let isWhole = upload?.isFinished ?? true
                return isWhole && parser.connectionIsReusable && offset == input.count
                    && !transport.hasBufferedBytes
            }
        }
    }

    private func finish() throws {
        let event: ResponseParser.Event
        do {
            event = try parser.finish()
        } catch {
            if let failure = upload?.failure, !hasReceived { throw failure }
            throw HTTPClientError.http(error)
        }
        try deliverLast(event)
    }

    private func deliverLast(_ event: ResponseParser.Event) throws {
        switch event {
        case .end(let trailers): try handler.responseEnd(trailers: trailers)
        case .earlierBody(let bytes):
            try bytes.withUnsafeBytes { try handler.responseBody($0) }
            try finish()
        case .head(let head, let framing):
            try handler.responseHead(head, framing: framing)
            try finish()
        case .needsMore, .informational, .body: break
        }
    }

    /// The peer hung up without TLS's goodbye. Where the end of the stream is the end of the body, anybody could have
    /// cut it (RFC 9112 §9.8); a body with its own length is judged by that.
    private func finishTruncated() throws {
        if hasReceived, parser.bodyBytesRemaining == nil, phase == .body {
            throw HTTPClientError.http(.truncatedBody(received: parser.bodyBytesReceived, expected: nil))
        }
        try finish()
    }

    private func rest(_ pause: Duration) async throws {
        let end = ContinuousClock.now + pause
        let stop = deadline.map { min($0, end) } ?? end
        try await EventLoop.shared.sleep(until: stop)
        if let deadline, deadline < end { throw WaitError.timedOut }
    }

    private func translate(_ error: WaitError) -> any Error {
        switch error {
        case .cancelled: CancellationError()
        case .timedOut:
            HTTPClientError.timedOut(phase, received: parser.bodyBytesReceived, expected: expected)
        case .closed:
            upload?.failure ?? HTTPClientError.connector(.closed)
        }
    }
}

extension Transport {
    /// Writes all of `bytes`, waiting where it must.
    func writeAll(_ bytes: [UInt8], deadline: ContinuousClock.Instant?) async throws {
        var sent = 0
        while true {
            let rest = sent
            sent += try bytes.withUnsafeBytes { (buffer) throws(TransportError) in
                try write(UnsafeRawBufferPointer(rebasing: buffer[rest...]))
            }
            if sent == bytes.count { return }
            try await untilWritable(deadline: deadline)
        }
    }
}
