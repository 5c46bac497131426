import Connector
import Glibc
import HTTPClient
import HTTPCore
import Synchronization
import TestSupport
import Testing

/// Bodies that the kernel moves by itself: the same bytes, whatever their size, framing and target.
@Suite(.serialized, .timeLimit(.minutes(1))) @LoopActor struct SpliceTests {
    private func server(_ body: [UInt8], _ framing: BodyFraming) throws -> Rig {
        switch framing {
        case .length: try Rig { _ in [.sendBytes(ServerStep.response(200, body: body))] }
        case .chunked:
            try Rig { _ in
                [
                    .send(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(String(body.count, radix: 16))\r\n"
                    ), .sendBytes(body), .send("\r\n0\r\n\r\n"),
                ]
            }
        case .untilClose, .none:
            try Rig(scripts: [.expectRequest, .send("HTTP/1.1 200 OK\r\n\r\n"), .sendBytes(body)])
        }
    }

    /// A handler whose two ways of writing meet in one file.
    private func fileHandler(_ path: String, flags: CInt = 0) -> Recorder {
        let handler = Recorder()
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | flags, 0o600)
        handler.target = descriptor
        handler.onBody = { bytes in _ = write(descriptor, bytes.baseAddress, bytes.count) }
        return handler
    }

    @Test(arguments: [0, 1, 128 * 1024 - 1, 128 * 1024, 128 * 1024 + 1, 1_000_000, 5_000_019])
    func `a file holds what was sent`(_ count: Int) async throws {
        let directory = try TemporaryDirectory()
        let body = content(count)
        for framing in [BodyFraming.length(0), .untilClose, .chunked] where framing != .chunked || count > 0 {
            let rig = try server(body, framing)
            let handler = fileHandler(directory.file("out"))
            defer { close(handler.target ?? -1) }
            try await rig.send(handler: handler)
            #expect(same(directory.read("out"), body))
            #expect(handler.spliced + handler.body.count == count)
            if count >= 1_000_000 { #expect((handler.spliced > 0) == (framing != .chunked)) }
            if count < 128 * 1024, framing != .untilClose { #expect(handler.spliced == 0) }
            #expect(handler.events.last == "end")
            #expect(rig.keepsOne == (framing != .untilClose))
        }
    }

    @Test(arguments: [128 * 1024 - 1, 1_000_000, 20_000_019])
    func `a body that nobody wants is counted and not copied`(_ count: Int) async throws {
        for framing in [BodyFraming.length(0), .untilClose, .chunked] {
            let rig = try server(content(count), framing)
            let handler = Recorder()
            handler.discardsBody = true
            try await rig.send(handler: handler)
            #expect(handler.spliced + handler.body.count == count)
            if count >= 1_000_000 { #expect((handler.spliced > 0) == (framing != .chunked)) }
            #expect(handler.events.last == "end")
            #expect(rig.keepsOne == (framing != .untilClose))
        }
    }

    @Test func `a discarded body that is cut short is told with its exact count`() async throws {
        let rig = try Rig(scripts: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n"),
            .sendBytes(content(4_000_000)),
        ])
        let handler = Recorder()
        handler.discardsBody = true
        await #expect(throws: HTTPClientError.self) { try await rig.send(handler: handler) }
        #expect(handler.spliced + handler.body.count == 4_000_000)
    }

    @Test func `the null device takes everything`() async throws {
        let rig = try server(content(5_000_000), .length(0))
        let handler = Recorder()
        let descriptor = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(descriptor) }
        handler.target = descriptor
        try await rig.send(handler: handler)
        #expect(handler.spliced + handler.body.count == 5_000_000)
        #expect(handler.spliced > 4_000_000)
    }

    @Test(arguments: [true, false])
    func `a pipe with a slow reader gets every byte in order`(_ isBlocking: Bool) async throws {
        let body = content(5_000_000)
        let rig = try server(body, .length(0))
        var ends: [CInt] = [0, 0]
        pipe(&ends)
        let (reading, writing) = (ends[0], ends[1])
        if !isBlocking { _ = fcntl(writing, F_SETFL, O_NONBLOCK) }
        let received = PipeReader(reading)
        let handler = Recorder()
        handler.target = writing
        handler.onBody = { bytes in
            var rest = bytes
            while !rest.isEmpty {
                let count = write(writing, rest.baseAddress, rest.count)
                if count > 0 { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
                if count < 0 {
                    var waiting = pollfd(fd: writing, events: Int16(POLLOUT), revents: 0)
                    poll(&waiting, 1, -1)
                }
            }
        }
        try await rig.send(handler: handler)
        close(writing)
        let all = await received.all()
        #expect(same(all, body))
        #expect(handler.spliced > 0)
    }

    @Test func `a pipe that proves too small is made larger, and nothing is copied`() async throws {
        let rig = try server(content(400_000), .length(0))
        var ends: [CInt] = [0, 0]
        pipe(&ends)
        defer { for end in ends { close(end) } }
        let handler = Recorder()
        handler.target = ends[1]
        try await rig.send(handler: handler)
        // Nobody reads: without more room 64 KiB would be all that went in.
        #expect(handler.spliced > 128 * 1024)
        #expect(handler.spliced + handler.body.count == 400_000)
    }

    @Test func `a target that cannot be spliced to gets its bytes all the same`() async throws {
        let directory = try TemporaryDirectory()
        let body = content(3_000_000)
        for framing in [BodyFraming.length(0), .untilClose] {
            let rig = try server(body, framing)
            // The kernel refuses to splice to a file that is only appended to.
            let handler = fileHandler(directory.file("out"), flags: O_APPEND)
            defer { close(handler.target ?? -1) }
            try await rig.send(handler: handler)
            #expect(same(directory.read("out"), body))
            #expect(handler.spliced == 0)
        }
    }

    @Test func `a full disk is met by the handler, not by the client`() async throws {
        let rig = try server(content(3_000_000), .length(0))
        let handler = Recorder()
        let descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(descriptor) }
        handler.target = descriptor
        handler.refuses = "body"
        await #expect(throws: Recorder.Refusal()) { try await rig.send(handler: handler) }
        #expect(handler.spliced == 0)
        #expect(rig.isEmpty)
    }

    @Test func `bytes that a failed exchange left behind reach nobody else`() async throws {
        let directory = try TemporaryDirectory()
        let first = try server(content(3_000_000), .length(0))
        let failing = Recorder()
        failing.refuses = "spliced"
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(null) }
        failing.target = null
        await #expect(throws: Recorder.Refusal()) { try await first.send(handler: failing) }
        let refusing = fileHandler(directory.file("a"), flags: O_APPEND)
        refusing.refuses = "body"
        await #expect(throws: Recorder.Refusal()) { try await first.send(handler: refusing) }
        close(refusing.target ?? -1)
        let body = Array(content(2_000_007).suffix(2_000_000))
        let second = try server(body, .length(0))
        let handler = fileHandler(directory.file("b"))
        defer { close(handler.target ?? -1) }
        try await second.send(handler: handler)
        #expect(same(directory.read("b"), body))
    }

    @Test func `a truncated body is told with its exact count`() async throws {
        let rig = try Rig(scripts: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n"),
            .sendRepeating(65, count: 1_234_567),
        ])
        let directory = try TemporaryDirectory()
        let handler = fileHandler(directory.file("out"))
        defer { close(handler.target ?? -1) }
        #expect(
            await rig.failure(handler: handler)
                == "connection closed with 1234567 of 3000000 body bytes received")
        #expect(directory.read("out")?.count == 1_234_567)
        #expect(rig.isEmpty)
    }

    @Test func `a reset is no end of a body, also where a pipe takes it`() async throws {
        let hasCome = Gate()
        let rig = try Rig(scripts: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\n\r\n"), .sendBytes(content(1000)),
            .pause(until: hasCome), .reset,
        ])
        var ends: [CInt] = [0, 0]
        pipe(&ends)
        defer { for end in ends { close(end) } }
        let handler = Recorder()
        handler.target = ends[1]
        handler.onEvent = { event in if event == "body" || event == "spliced" { hasCome.open() } }
        #expect(
            await rig.failure(handler: handler)
                == "receiving failed after 1000 bytes: connection reset by peer")
        #expect(handler.spliced + handler.body.count == 1000)
        #expect(rig.isEmpty)
    }

    @Test func `pauses, read limits, deadlines and cancellations are kept`() async throws {
        let directory = try TemporaryDirectory()
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n"
        // One connection, opened before the deadline is set.
        let rig = try Rig(
            scripts: [
                .expectRequest, .respond(), .expectRequest, .send(head), .sendRepeating(65, count: 1_000_000),
                .hold,
            ])
        try await rig.send()
        let handler = fileHandler(directory.file("out"))
        defer { close(handler.target ?? -1) }
        handler.readPieceBytes = 100_000
        var largest = 0
        handler.receivePause = { count in
            largest = max(largest, count)
            return .milliseconds(1)
        }
        #expect(
            await rig.failure(handler: handler, deadline: .now + .seconds(1))
                == "timed out with 1000000 out of 3000000 bytes received")
        #expect(largest <= 100_000)
        #expect(handler.spliced > 0)
        #expect(rig.isEmpty)

        let other = try Rig(scripts: [
            .expectRequest, .send(head), .sendRepeating(65, count: 1_000_000), .hold,
        ])
        let cancelled = fileHandler(directory.file("out"))
        defer { close(cancelled.target ?? -1) }
        let arrived = Suspension()
        cancelled.onEvent = { if $0 == "spliced" { arrived.wake() } }
        let exchange = EventLoop.shared.startThrowing { try await other.send(handler: cancelled) }
        _ = await arrived.wait()
        exchange.cancel()
        await #expect(throws: CancellationError.self) { try await exchange.value }
        #expect(other.isEmpty)
    }

    @Test func `under TLS the bytes pass the handler`() async throws {
        let body = content(1_000_000)
        let rig = try Rig(
            ScriptedServer(tls: ServerTLS(TestCertificates.leaf())) { _ in
                [.sendBytes(ServerStep.response(200, body: body))]
            }, tls: .insecure)
        let directory = try TemporaryDirectory()
        let handler = fileHandler(directory.file("out"))
        defer { close(handler.target ?? -1) }
        try await rig.send(handler: handler)
        #expect(same(directory.read("out"), body))
        #expect(handler.spliced == 0)
    }

    @Test func `two at once share the pipe and mix nothing`() async throws {
        let directory = try TemporaryDirectory()
        let bodies = [content(4_000_000), Array(content(4_000_007).suffix(4_000_000))]
        let rig = try Rig { [.sendBytes(ServerStep.response(200, body: bodies[$0.target == "/0" ? 0 : 1]))] }
        let handlers = (0..<2).map { fileHandler(directory.file("\($0)")) }
        defer { for handler in handlers { close(handler.target ?? -1) } }
        async let first = rig.send(.get("/0"), handler: handlers[0])
        async let second = rig.send(.get("/1"), handler: handlers[1])
        _ = try await (first, second)
        for index in 0..<2 {
            #expect(same(directory.read("\(index)"), bodies[index]))
            #expect(handlers[index].spliced > 0)
        }
    }
}

/// Drains the reading end of a pipe on a thread of its own, slowly at first.
private final class PipeReader: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    private let ended = Gate()

    init(_ descriptor: CInt) {
        let thread = Thread { [self] in
            var buffer = [UInt8](repeating: 0, count: 30_000)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { break }
                bytes.withLock { $0 += buffer[..<count] }
            }
            close(descriptor)
            ended.open()
        }
        thread.start()
    }

    func all() async -> [UInt8] {
        await ended.opened()
        return bytes.withLock { $0 }
    }
}

/// A thread that runs a closure.
private struct Thread {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    func start() {
        let box = Unmanaged.passRetained(Box(body)).toOpaque()
        var handle = pthread_t()
        pthread_create(
            &handle, nil,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, box)
        pthread_detach(handle)
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
