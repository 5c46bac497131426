import Connector
import Glibc
import HTTPClient
import HTTPCore
import TestSupport
import Testing

/// Bodies on their way out, and answers that come before they are through.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct UploadTests {
    @Test(arguments: [0, 1, 16 * 1024, 16 * 1024 + 1, 1_000_000])
    func `a body in memory goes out as it is`(_ count: Int) async throws {
        let rig = try Rig { _ in [.respond()] }
        let body = content(count)
        let seen = try await rig.send(.upload(.bytes(body)))
        #expect(same(rig.server.requests.first?.rawBody, body))
        #expect(same(seen.sentBody, body))
        #expect(seen.events.contains("body sent") == (count > 0))
        #expect(rig.keepsOne)
    }

    @Test func `a file goes out from its offset`() async throws {
        let directory = try TemporaryDirectory()
        let whole = content(700_000)
        let path = try directory.write(whole, to: "f")
        let rig = try Rig { _ in [.respond()] }
        let source = FileBodySource(
            name: path, descriptor: open(path, O_RDONLY | O_CLOEXEC), start: 1000, length: 699_000)
        try await rig.send(.upload(.sized(source)))
        #expect(rig.server.requests.first?.header("Content-Length") == "699000")
        #expect(same(rig.server.requests.first?.rawBody, Array(whole[1000...])))
        #expect(rig.keepsOne)
    }

    @Test func `a file that became shorter ends the exchange with that reason`() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(patternBytes(10), to: "f")
        let rig = try Rig(scripts: [.expectRequest, .hold])
        let source = FileBodySource(
            name: "f", descriptor: open(path, O_RDONLY | O_CLOEXEC), start: 0, length: 20)
        #expect(
            await rig.failure(.upload(.sized(source))) == "cannot read f: it became shorter while it was sent"
        )
        #expect(rig.isEmpty)
        #expect(await rig.server.endedConnections(1))
    }

    @Test func `a stream goes out in chunks, exactly framed`() async throws {
        let rig = try Rig { _ in [.respond()] }
        let source = TestSource([
            .bytes(bytes("hello")), .bytes(bytes("sixteen bytes...")), .bytes(bytes("!")),
        ])
        try await rig.send(.upload(.chunked(source), method: "POST"))
        #expect(
            rig.server.requests.map(\.text) == [
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5\r\nhello\r\n10\r\nsixteen bytes...\r\n1\r\n!\r\n0\r\n\r\n"
            ])
        #expect(rig.keepsOne)
    }

    @Test func `an empty stream is one last chunk`() async throws {
        let rig = try Rig { _ in [.respond()] }
        try await rig.send(.upload(.chunked(TestSource([]))))
        #expect(rig.server.requests.map { text($0.rawBody) } == ["0\r\n\r\n"])
    }

    @Test func `standard input or another pipe is read to its end`() async throws {
        var ends: [CInt] = [0, 0]
        pipe(&ends)
        defer { close(ends[0]) }
        _ = bytes("from a pipe").withUnsafeBytes { write(ends[1], $0.baseAddress, $0.count) }
        close(ends[1])
        let rig = try Rig { _ in [.respond()] }
        let source = StreamBodySource(name: "standard input", descriptor: ends[0])
        #expect(source.rewind())
        try await rig.send(.upload(.chunked(source)))
        #expect(rig.server.requests.map(\.bodyText) == ["from a pipe"])
        #expect(!source.rewind())
    }

    @Test func `a stream that has nothing yet is waited for`() async throws {
        var ends: [CInt] = [0, 0]
        pipe(&ends)
        defer { close(ends[0]) }
        let rig = try Rig(scripts: [.expectRequest, .respond(), .hold])
        let handler = Recorder()
        let writer = ends[1]
        handler.onEvent = { event in
            guard event == "head sent" || event == "body sent", handler.sentBody.count < 5 else { return }
            let word = event == "head sent" ? "abc" : "de"
            // Later, when the reader has found nothing.
            EventLoop.shared.start {
                try? await EventLoop.shared.sleep(until: .now + .milliseconds(10))
                _ = bytes(word).withUnsafeBytes { write(writer, $0.baseAddress, $0.count) }
                if word == "de" { close(writer) }
            }
        }
        try await rig.send(
            .upload(.chunked(StreamBodySource(name: "standard input", descriptor: ends[0]))), handler: handler
        )
        #expect(rig.server.requests.map(\.bodyText) == ["abcde"])
    }

    @Test func `a stream that cannot be read ends the exchange with that reason`() async throws {
        let rig = try Rig(scripts: [.expectHead, .hold])
        let source = StreamBodySource(name: "standard input", descriptor: -1)
        #expect(
            await rig.failure(.upload(.chunked(source))) == "cannot read standard input: bad file descriptor")
        #expect(rig.isEmpty)
    }

    @Test func `a source never gives more or less than its length`() async throws {
        let rig = try Rig { _ in [.respond()] }
        let long = TestSource(
            [.bytes(bytes("abc")), .bytes(bytes("d")), .failure(Recorder.Refusal())], length: 4)
        try await rig.send(.upload(.sized(long)))
        #expect(rig.server.requests.map(\.bodyText) == ["abcd"])
        #expect(
            await rig.failure(.upload(.sized(TestSource([.bytes(bytes("abc"))], length: 4))))
                == "the request body ended 1 bytes too early")
        #expect(rig.isEmpty)
    }

    @Test func `a source that fails wins over whatever the server does`() async throws {
        let rig = try Rig(scripts: [.expectHead, .hold])
        struct Broken: Error, CustomStringConvertible { let description = "the tape tore" }
        #expect(
            await rig.failure(.upload(.chunked(TestSource([.bytes(bytes("abc")), .failure(Broken())]))))
                == "the tape tore")
        // An error that looks like a cancellation is still the source's own.
        #expect(
            await rig.failure(.upload(.chunked(TestSource([.failure(CancellationError())]))))
                == "CancellationError()")
        #expect(rig.isEmpty)
        #expect(await rig.server.endedConnections(2))
    }

    @Test func `pauses and limits of writing are kept`() async throws {
        let rig = try Rig { _ in [.respond()] }
        let handler = Recorder()
        var pieces: [Int] = []
        handler.writePieceBytes = 10
        handler.sendPause = { count in
            pieces.append(count)
            return .milliseconds(1)
        }
        try await rig.send(.upload(.bytes(patternBytes(25))), handler: handler)
        #expect(pieces == [10, 10])
        #expect(rig.server.requests.map(\.body) == [patternBytes(25)])
        #expect(rig.keepsOne)
    }

    // MARK: Answers that come early

    @Test(arguments: [false, true])
    func `a refusal during the upload is delivered, not our broken pipe`(_ isTLS: Bool) async throws {
        let rig = try Rig(
            tls: .insecure, serverTLS: isTLS ? ServerTLS(TestCertificates.leaf()) : nil,
            scripts: [.expectHead, .respond(413, body: "too large"), .closeAbruptly])
        let big = TestSource(Array(repeating: .bytes(content(100_000)), count: 1000), length: 100_000_000)
        let seen = try await rig.send(.upload(.sized(big)))
        #expect(seen.status == 413)
        #expect(seen.bodyText == "too large")
        #expect(!seen.events.contains("finished"))
        #expect(rig.isEmpty)
    }

    @Test func `an answer to a head that does not go out whole is heard`() async throws {
        let gate = Gate()
        defer { gate.open() }
        let rig = try Rig(narrow: [
            .expectBytes(10), .respond(431, body: "shorter please"), .pause(until: gate), .hold,
        ])
        let fields = (0..<50).map {
            HeaderField(name: "X-\($0)", value: String(repeating: "x", count: 40_000))
        }
        let seen = try await rig.send(.get(fields: fields))
        #expect(seen.status == 431)
        #expect(seen.bodyText == "shorter please")
        #expect(rig.isEmpty)
    }

    @Test func `a head larger than the socket's buffer goes out whole`() async throws {
        let go = Gate()
        let rig = try Rig(narrow: [.pause(until: go), .expectRequest, .respond(body: "ok"), .hold])
        let fields = (0..<50).map {
            HeaderField(name: "X-\($0)", value: String(repeating: "x", count: 40_000))
        }
        var request = RequestMessage.upload(.bytes(bytes("abc")))
        request.fields += fields
        let handler = Recorder()
        handler.onEvent = { if $0 == "begin" { go.open() } }
        let seen = try await rig.send(request, handler: handler)
        #expect(seen.bodyText == "ok")
        #expect(rig.server.requests.map(\.head.utf8.count) == [seen.sentHead.utf8.count])
        #expect(seen.events.prefix(4) == ["begin", "head sent", "body sent", "finished"])
        #expect(rig.server.requests.map(\.bodyText) == ["abc"])
        #expect(rig.keepsOne)
    }

    @Test func `a server that says yes early gets the rest of the body`() async throws {
        let rig = try Rig(scripts: [
            .expectHead, .respond(200, body: "fine"), .expectBody, .expectRequest, .respond(), .hold,
        ])
        let source = TestSource([.bytes(bytes("abc")), .wait, .bytes(bytes("def"))])
        let handler = Recorder()
        handler.onEvent = { if $0 == "body" { source.suspension.wake() } }
        try await rig.send(.upload(.chunked(source)), handler: handler)
        #expect(handler.events.suffix(2) == ["finished", "end"])
        #expect(rig.keepsOne)
        try await rig.send()
        #expect(rig.server.requests.map(\.bodyText) == ["abcdef", ""])
    }

    @Test func `a source that fails after an early yes is told all the same`() async throws {
        struct Broken: Error, CustomStringConvertible { let description = "the tape tore" }
        let rig = try Rig(scripts: [.expectHead, .respond(200, body: "fine"), .hold])
        let source = TestSource([.bytes(bytes("abc")), .wait, .failure(Broken())])
        let handler = Recorder()
        handler.onEvent = { if $0 == "body" { source.suspension.wake() } }
        #expect(await rig.failure(.upload(.chunked(source)), handler: handler) == "the tape tore")
        #expect(rig.isEmpty)
    }

    @Test(arguments: [(403, "keep-alive"), (200, "close")])
    func `after an early no, or a yes on a connection that ends, the rest of the body stays here`(
        _ status: Int, _ connection: String
    ) async throws {
        let rig = try Rig(scripts: [
            .expectHead, .respond(status, [("Connection", connection)], body: "no"), .hold,
        ])
        let source = TestSource([.bytes(bytes("abc")), .wait, .bytes(bytes("def"))])
        let seen = try await rig.send(.upload(.chunked(source)))
        #expect(seen.status == status)
        #expect(!source.isReading)
        #expect(rig.isEmpty)
        #expect(await rig.server.endedConnections(1))
        #expect(!text(rig.server.connections[0].received).contains("def"))
    }

    @Test func `a server that goes without an answer is a failure to send`() async throws {
        let rig = try Rig(scripts: [.expectHead, .reset])
        let source = TestSource(Array(repeating: .bytes(content(100_000)), count: 1000), length: 100_000_000)
        let reason = await rig.failure(.upload(.sized(source)))
        #expect(
            ["connection reset by peer", "broken pipe"].contains { reason.hasSuffix($0) }, "\(reason)")
        #expect(rig.isEmpty)
        await rig.server.acceptedConnections(1)
        #expect(rig.server.acceptedCount == 1)
    }

    // MARK: Expect: 100-continue

    @Test func `the body goes out when the server says continue`() async throws {
        let rig = try Rig(scripts: [
            .expectHead, .send("HTTP/1.1 100 Continue\r\n\r\n"), .expectBody, .respond(body: "ok"), .hold,
        ])
        let seen = try await rig.send(.upload(.bytes(bytes("abc")), expecting: .seconds(60)))
        #expect(
            seen.events == [
                "begin", "head sent", "answer", "100", "body sent", "finished", "head 200", "body", "end",
            ])
        #expect(rig.server.requests.map(\.bodyText) == ["abc"])
        #expect(rig.keepsOne)
    }

    @Test func `a continue that comes before the head is read is not lost`() async throws {
        let rig = try Rig(narrow: [
            .send("HTTP/1.1 100 Continue\r\n\r\n"), .expectHead, .expectBody, .respond(body: "ok"), .hold,
        ])
        var request = RequestMessage.upload(.bytes(bytes("abc")), expecting: .seconds(3600))
        request.fields += (0..<50).map {
            HeaderField(name: "X-\($0)", value: String(repeating: "x", count: 40_000))
        }
        #expect(try await rig.send(request).bodyText == "ok")
        #expect(rig.keepsOne)
    }

    @Test func `the body goes out when the server says nothing for long enough`() async throws {
        let rig = try Rig(scripts: [.expectHead, .expectBody, .respond(body: "ok"), .hold])
        let seen = try await rig.send(.upload(.bytes(bytes("abc")), expecting: .milliseconds(20)))
        #expect(seen.bodyText == "ok")
        #expect(rig.keepsOne)
    }

    @Test(arguments: [417, 200, 302])
    func `a final answer in place of continue keeps the body here`(_ status: Int) async throws {
        let rig = try Rig(scripts: [.expectHead, .respond(status, body: "no"), .hold])
        let seen = try await rig.send(.upload(.bytes(bytes("abc")), expecting: .seconds(60)))
        #expect(seen.status == status)
        #expect(seen.bodyText == "no")
        #expect(!seen.events.contains("body sent"))
        #expect(!seen.events.contains("finished"))
        // The server may still wait for the body, so nothing else may be sent to it.
        #expect(rig.isEmpty)
        #expect(await rig.server.endedConnections(1))
        #expect(!text(rig.server.connections[0].received).hasSuffix("abc"))
    }

    /// Opens the gate some turns after the event, so that the sending side has had its own before the server hears of it.
    private static func opening(_ gate: Gate, after awaited: String) -> (String) -> Void {
        { event in
            guard event == awaited else { return }
            EventLoop.shared.start {
                for _ in 0..<10 { try? await EventLoop.shared.sleep(until: .now) }
                gate.open()
            }
        }
    }

    @Test func `only 100 asks for the body, no other interim answer does`() async throws {
        let go = Gate()
        let rig = try Rig(scripts: [
            .expectHead, .send("HTTP/1.1 103 Early Hints\r\n\r\n"), .pause(until: go), .respond(417), .hold,
        ])
        let handler = Recorder()
        handler.onEvent = Self.opening(go, after: "103")
        try await rig.send(.upload(.bytes(bytes("abc")), expecting: .seconds(60)), handler: handler)
        #expect(handler.status == 417)
        #expect(!handler.events.contains("body sent"))
        #expect(await rig.server.endedConnections(1))
        #expect(!text(rig.server.connections[0].received).hasSuffix("abc"))
    }

    @Test func `once a final answer has begun the body stays here, however long the rest takes`() async throws
    {
        let rig = try Rig(scripts: [
            .expectHead, .send("HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nn"), .delay(milliseconds: 300),
            .send("o"), .hold,
        ])
        let seen = try await rig.send(.upload(.bytes(bytes("abc")), expecting: .milliseconds(100)))
        #expect(seen.bodyText == "no")
        let head = try #require(seen.events.firstIndex(of: "head 417"))
        #expect(!seen.events[head...].contains("body sent"))
        #expect(rig.isEmpty)
    }

    @Test func `a final answer that begins before the head is out keeps the body here`() async throws {
        let go = Gate()
        let rig = try Rig(narrow: [
            .expectBytes(10), .send("HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nn"), .expectBytes(2_000_000),
            .pause(until: go), .send("o"), .hold,
        ])
        var request = RequestMessage.upload(.bytes(bytes("abc")), expecting: .seconds(3600))
        request.fields += (0..<50).map {
            HeaderField(name: "X-\($0)", value: String(repeating: "x", count: 40_000))
        }
        let handler = Recorder()
        handler.onEvent = Self.opening(go, after: "head sent")
        try await rig.send(request, handler: handler)
        #expect(handler.bodyText == "no")
        #expect(!handler.events.contains("body sent"))
        #expect(rig.isEmpty)
    }

    @Test func `an empty body waits for nothing`() async throws {
        let rig = try Rig(scripts: [.expectRequest, .respond(), .hold])
        let seen = try await rig.send(.upload(.bytes([]), expecting: .seconds(60)))
        #expect(seen.events.contains("finished"))
        #expect(rig.keepsOne)
    }
}
