import HTTPClient
import TestSupport
import Testing

/// Bodies that are read slowly, not at all, or not to their end: each ends its own exchange and holds up no other.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct ResponseBodyTests {
    private static let endless: [ServerStep] = [
        .expectRequest, .send("HTTP/1.1 200 OK\r\n\r\n"), .forever([.sendRepeating(65, count: 1 << 16)]),
    ]
    private static let long: [ServerStep] = [
        .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n"),
        .sendRepeating(66, count: 20_000_000), .hold,
    ]

    @Test func `a body comes in pieces as it is read`() async throws {
        let (first, second) = (Gate(), Gate())
        let rig = try ClientRig(scripts: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc"), .pause(until: first),
            .send("def"), .pause(until: second),
        ])
        let response = try await rig.get()
        #expect(response.body.length == 6)
        var pieces = response.body.makeAsyncIterator()
        #expect(try await pieces.next() == bytes("abc"))
        first.open()
        var again = response.body.makeAsyncIterator()
        #expect(try await again.next() == bytes("def"))
        #expect(try await pieces.next() == nil)
        #expect(try await pieces.next() == nil)
        #expect(rig.keepsOne)
        second.open()
    }

    @Test func `a reader that stops holds its server up, and nobody else`() async throws {
        let rig = try ClientRig(scripts: Self.long, [.expectRequest, .respond(body: "other")])
        let slow = try await rig.get("/slow")
        var pieces = slow.body.makeAsyncIterator()
        var count = try #require(try await pieces.next()).count
        // The exchange of another goes through meanwhile.
        #expect(try await rig.get("/other").text(upTo: 10) == "other")
        var largest = 0
        while let piece = try await pieces.next() {
            largest = max(largest, piece.count)
            count += piece.count
        }
        #expect(count == 20_000_000)
        #expect(largest <= 2 * 256 * 1024)
        #expect(rig.connector.statistics.inUse == 0)
    }

    @Test func `what little becomes much is decoded no faster than it is read`() async throws {
        let answer = ServerStep.response(
            200, [("Content-Encoding", "zstd")], body: zstdBlocks(count: 1000))
        let rig = try ClientRig { _ in [.sendBytes(answer)] }
        var count = 0
        for try await piece in try await rig.get().body {
            #expect(piece.count <= 512 * 1024)
            count += piece.count
        }
        #expect(count == 1000 << 17)
        #expect(rig.keepsOne)

        await #expect(throws: ResponseTooLarge(limit: 1000)) { try await rig.get().collect(upTo: 1000) }
    }

    @Test func `a coding that is broken is an error behind what was right`() async throws {
        let stored: [UInt8] = [0x78, 0x01, 0x00, 0x02, 0x00, 0xfd, 0xff, 0x68, 0x69, 0xff]
        let answer = ServerStep.response(200, [("Content-Encoding", "deflate")], body: stored)
        let rig = try ClientRig { _ in [.sendBytes(answer)] }
        var pieces = try await rig.get().body.makeAsyncIterator()
        #expect(try await pieces.next() == bytes("hi"))
        do {
            _ = try await pieces.next()
            Issue.record("no error")
        } catch {
            #expect("\(error)".contains("deflate"))
        }
        #expect(rig.connector.statistics.inUse == 0)
    }

    @Test func `a body that asked for no coding comes as it is`() async throws {
        let answer = ServerStep.response(200, [("Content-Encoding", "gzip")], body: bytes("raw"))
        let rig = try ClientRig { _ in [.sendBytes(answer)] }
        var request = try rig.request()
        request[field: "Accept-Encoding"] = "gzip"
        #expect(try await rig.text(request) == "raw")
        var configuration = HTTPClient.Configuration()
        configuration.decodesContent = false
        let plain = try ClientRig(rig.server, configuration)
        #expect(try await plain.text(plain.request()) == "raw")
        #expect(rig.server.requests.last?.header("accept-encoding") == nil)
    }

    // MARK: Early ends

    @Test func `a response that is dropped gives its slot back`() async throws {
        let rig = try ClientRig(limit: 1, scripts: Self.endless, [.expectRequest, .respond(body: "next")])
        do {
            let response = try await rig.get()
            #expect(response.status == 200)
            #expect(rig.connector.statistics.inUse == 1)
        }
        // It waits for the one slot there is.
        #expect(try await rig.get().text(upTo: 10) == "next")
        #expect(rig.keepsOne)
    }

    @Test func `a loop over the body that is left early ends it with the response`() async throws {
        let rig = try ClientRig(limit: 1, scripts: Self.endless, [.expectRequest, .respond(body: "next")])
        for try await _ in try await rig.get().body { break }
        #expect(try await rig.get().text(upTo: 10) == "next")
    }

    @Test func `cancel ends it there and then`() async throws {
        let rig = try ClientRig(limit: 1, scripts: Self.endless)
        let response = try await rig.get()
        await response.body.cancel()
        #expect(rig.isEmpty)
        await #expect(throws: CancellationError.self) { try await response.collect(upTo: 1 << 30) }
        await response.body.cancel()
    }

    @Test func `a small body that nobody read leaves its connection fit for use`() async throws {
        let rig = try ClientRig { _ in [.respond(body: "small")] }
        do {
            let response = try await rig.get()
            try await rig.until { rig.connector.statistics.inUse == 0 }
            #expect(response.status == 200)
        }
        _ = try await rig.get().collect(upTo: 10)
        #expect(rig.server.acceptedCount == 1)
    }

    @Test func `more than the limit ends it`() async throws {
        let rig = try ClientRig(limit: 1, scripts: Self.endless, Self.long)
        for _ in 0..<2 {
            let response = try await rig.get()
            await #expect(throws: ResponseTooLarge(limit: 1000)) { try await response.collect(upTo: 1000) }
            #expect(rig.isEmpty)
        }
    }

    @Test func `the limit is for what is left of a body that was begun`() async throws {
        let gate = Gate()
        let rig = try ClientRig(scripts: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcdefgh"),
            .pause(until: gate), .send("ij"), .hold,
        ])
        let response = try await rig.get()
        var pieces = response.body.makeAsyncIterator()
        #expect(try await pieces.next() == bytes("abcdefgh"))
        gate.open()
        #expect(try await response.text(upTo: 2) == "ij")
        // Nothing is left.
        #expect(try await response.text(upTo: 0) == "")
        #expect(rig.keepsOne)
    }

    @Test func `what a reader throws ends its transfer only`() async throws {
        struct Enough: Error {}
        let rig = try ClientRig(limit: 1, scripts: Self.endless, [.expectRequest, .respond(body: "next")])
        await #expect(throws: Enough.self) {
            for try await _ in try await rig.get().body { throw Enough() }
        }
        #expect(try await rig.get().text(upTo: 10) == "next")
    }

    @Test func `two readers of one body are told apart`() async throws {
        let gate = Gate()
        let rig = try ClientRig(scripts: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"), .pause(until: gate),
            .send("x"), .hold,
        ])
        let response = try await rig.get()
        let readers = (0..<2).map { _ in
            EventLoop.shared.startThrowing { try await response.collect(upTo: 10) }
        }
        await #expect(throws: BodyInUse.self) { try await readers[1].value }
        gate.open()
        #expect(try await readers[0].value == bytes("x"))
        #expect(rig.keepsOne)
    }

    // MARK: Cancellation

    @Test(arguments: [
        [ServerStep.expectRequest, .hold],
        [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), .hold],
    ])
    func `a task that is cancelled leaves nothing behind`(_ script: [ServerStep]) async throws {
        let rig = try ClientRig(limit: 1, scripts: script, [.expectRequest, .respond(body: "next")])
        let task = Task { try await rig.client.get(rig.server.url()).text(upTo: 10) }
        #expect(await rig.server.receivedRequests(1))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(rig.isEmpty)
        #expect(try await rig.get().text(upTo: 10) == "next")
    }

    @Test func `a reader that is cancelled gets no more of what is held`() async throws {
        let rig = try ClientRig(limit: 1, scripts: Self.endless)
        let held = Gate()
        let task = EventLoop.shared.startThrowing {
            var pieces = try await rig.get().body.makeAsyncIterator()
            _ = try await pieces.next()
            #expect(await held.opened())
            // The loop has read on meanwhile.
            return try await pieces.next()
        }
        try await EventLoop.shared.sleep(until: .now + .milliseconds(50))
        task.cancel()
        held.open()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await rig.until { rig.isEmpty }
    }

    @Test func `a task that is cancelled in the line for a slot leaves it`() async throws {
        let rig = try ClientRig(limit: 1, scripts: Self.endless)
        let first = try await rig.get()
        let task = Task { try await rig.client.get(rig.server.url()).text(upTo: 10) }
        try await rig.until { rig.connector.statistics.waiting == 1 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(rig.connector.statistics.waiting == 0)
        #expect(rig.connector.statistics.inUse == 1)
        await first.body.cancel()
        #expect(rig.isEmpty)
    }

    @Test func `a task that was cancelled before sends nothing`() async throws {
        let rig = try ClientRig { _ in [.respond()] }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await rig.client.get(rig.server.url())
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(rig.connector.statistics.inUse + rig.connector.statistics.pending == 0)
    }

    @Test func `an upload that is cancelled lets go of its sequence`() async throws {
        let arrived = Gate()
        // The first piece is a chunk of eight bytes.
        let rig = try ClientRig(limit: 1, scripts: [.expectHead, .expectBytes(8), .open(arrived), .hold])
        let (pieces, feed) = AsyncStream<[UInt8]>.makeStream()
        feed.yield(bytes("abc"))
        let request = try rig.request(method: "POST", body: .stream(pieces))
        let task = Task { try await rig.client.execute(request) }
        #expect(await arrived.opened())
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(rig.isEmpty)
        try await rig.until { if case .terminated = feed.yield(bytes("more")) { true } else { false } }
    }
}

/// Blocks of four bytes, each of which stands for 128 KiB (RFC 8878 §3.1.1.2); `endsEarly` leaves the last one out.
func zstdBlocks(count: Int, endsEarly: Bool = false) -> [UInt8] {
    var frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]
    for index in 0..<(endsEarly ? count - 1 : count) {
        let header: UInt32 = (index == count - 1 ? 1 : 0) | (1 << 1) | (1 << 20)
        frame += [UInt8(header & 0xff), UInt8((header >> 8) & 0xff), UInt8((header >> 16) & 0xff), 0]
    }
    return frame
}
