import Connector
import HTTPClient
import HTTPCore
import TestSupport
import Testing

/// Responses over real sockets: what reaches the handler, and what becomes of the connection.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct ExchangeTests {
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var method = "GET"
        var fields: [HeaderField] = []
        var answer: String
        var body: String
        var isKept: Bool
    }

    nonisolated static let cases: [Case] = [
        Case(
            testDescription: "Content-Length", answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            body: "hello", isKept: true),
        Case(
            testDescription: "empty body", answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", body: "",
            isKept: true),
        Case(
            testDescription: "HEAD", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            body: "", isKept: true),
        Case(testDescription: "204", answer: "HTTP/1.1 204 No Content\r\n\r\n", body: "", isKept: true),
        Case(
            testDescription: "304", answer: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
            body: "",
            isKept: true),
        Case(
            testDescription: "chunks with trailers",
            answer:
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n",
            body: "abcde", isKept: true),
        Case(
            testDescription: "Connection: close",
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi", body: "hi",
            isKept: false),
        Case(
            testDescription: "HTTP/1.0", answer: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", body: "hi",
            isKept: false),
        Case(
            testDescription: "HTTP/1.0 that keeps alive",
            answer: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", body: "hi",
            isKept: true),
        Case(
            testDescription: "informational heads first",
            answer:
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            body: "hi", isKept: true),
        Case(
            testDescription: "bytes after the response",
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n\r\n", body: "hi",
            isKept: false),
        Case(
            testDescription: "our own Connection: close",
            fields: [HeaderField(name: "connection", value: "x, Close")],
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", body: "hi", isKept: false),
    ]

    @Test(arguments: cases)
    func `a response is delivered and the connection kept or closed (POOL-11)`(_ example: Case) async throws {
        // Also byte by byte, where a response with bytes after it ends before they come.
        for isSlow in [false, true] where !isSlow || !example.testDescription.contains("after") {
            let answer: ServerStep = isSlow ? .sendByteByByte(example.answer) : .send(example.answer)
            let rig = try Rig(scripts: [.expectRequest, answer, .hold])
            let seen = try await rig.send(.get(method: example.method, fields: example.fields))
            #expect(seen.bodyText == example.body)
            #expect(seen.events.last == "end")
            #expect(seen.events.filter { $0 == "answer" }.count == 1)
            #expect(rig.keepsOne == example.isKept)
            #expect(rig.isEmpty != example.isKept)
            await rig.connector.close()
            #expect(await rig.server.endedConnections(1))
        }
    }

    @Test(arguments: [(nil, false), ("keep-alive", true), ("close", false)])
    func `a request of HTTP/1.0 ends its connection unless it says otherwise (POOL-11)`(
        _ option: String?, _ isKept: Bool
    ) async throws {
        let rig = try Rig(scripts: [.expectRequest, .respond(body: "hi"), .hold])
        var request = RequestMessage.get(
            fields: option.map { [HeaderField(name: "Connection", value: $0)] } ?? [])
        request.version = .http10
        #expect(try await rig.send(request).bodyText == "hi")
        #expect(rig.keepsOne == isKept)
    }

    @Test func `a body until the close is delivered when the server closes`() async throws {
        for version in ["1.0", "1.1"] {
            let rig = try Rig(scripts: [.expectRequest, .send("HTTP/\(version) 200 OK\r\n\r\nhello")])
            let seen = try await rig.send()
            #expect(seen.bodyText == "hello")
            #expect(seen.framing == .untilClose)
            #expect(rig.isEmpty)
        }
    }

    @Test func `the events of a small exchange come in order`() async throws {
        let rig = try Rig { _ in [.respond(body: "hi")] }
        let seen = try await rig.send(.upload(.bytes(bytes("abc"))))
        #expect(
            seen.events == [
                "begin", "head sent", "body sent", "finished", "answer", "head 200", "body", "end",
            ])
        #expect(seen.sentHead == "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n")
        #expect(seen.sentBody == bytes("abc"))
        #expect(rig.server.requests.map(\.text) == [seen.sentHead + "abc"])
    }

    @Test func `a handler is told what its exchange came to`() async throws {
        let rig = try Rig { _ in [.respond(body: "abc")] }
        let handler = Recorder()
        for _ in 0..<2 {
            try await rig.client.send(.upload(.bytes(bytes("hello"))), to: rig.endpoint, handler: handler)
        }
        #expect(
            handler.figures.map(\.status) == [200, 200] && handler.figures.allSatisfy(\.isConnectionKept))
        #expect(
            handler.figures.map(\.receivedBytes) == [3, 3] && handler.figures.map(\.sentBytes) == [5, 5])
        #expect(handler.figures.allSatisfy { $0.firstByteInstant != nil })
        // The second one found an idle connection.
        #expect(handler.times.count == 1 && handler.times.first?.connect != nil)
        #expect(handler.times.first?.queue == nil)
    }

    @Test func `trailers are told apart from the head`() async throws {
        let answer =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: 1\r\nU: 2\r\n\r\n"
        let rig = try Rig(scripts: [.expectRequest, .send(answer), .hold])
        let seen = try await rig.send()
        #expect(seen.trailers.map(\.description) == ["T: 1", "U: 2"])
        #expect(seen.heads.last?.contains("T") == false)
    }

    @Test func `a connection that was kept serves the next request`() async throws {
        let rig = try Rig { [.respond(body: $0.target)] }
        for target in ["/1", "/2", "/3"] {
            let seen = try await rig.send(.get(target))
            #expect(seen.bodyText == target)
        }
        await rig.server.acceptedConnections(1)
        #expect(rig.server.acceptedCount == 1)
        #expect(rig.keepsOne)
    }

    @Test func `a response cut at any place is the same`() async throws {
        let answer =
            "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\n"
        let size = answer.utf8.count
        let rig = try Rig { request in
            guard let cut = request.query("cut").flatMap({ Int($0) }) else { return [] }
            let all = bytes(answer)
            return [
                .sendBytes(Array(all[..<cut])), .delay(milliseconds: 1), .sendBytes(Array(all[cut...])),
            ]
        }
        for cut in 1..<size {
            let seen = try await rig.send(.get("/?cut=\(cut)"))
            #expect(seen.bodyText == "hello!")
            #expect(seen.heads.map(\.status) == [103, 200])
            #expect(seen.trailers.count == 1)
        }
        await rig.server.acceptedConnections(1)
        #expect(rig.server.acceptedCount == 1)
    }

    @Test func `a large body comes whole, also in small reads`() async throws {
        let body = content(3_000_000)
        let rig = try Rig { _ in [.sendBytes(ServerStep.response(200, body: body))] }
        for limit in [Int.max, 10_000, 1 << 16] {
            let handler = Recorder()
            handler.readPieceBytes = limit
            try await rig.send(handler: handler)
            #expect(same(handler.body, body))
        }
        await rig.server.acceptedConnections(1)
        #expect(rig.server.acceptedCount == 1)
    }

    @Test(arguments: [
        ("", "connection closed before any byte of a response"),
        ("HTTP/1.1 200", "connection closed before the response head was complete (12 bytes received)"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
            "connection closed with 3 of 10 body bytes received"
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            "connection closed before the last chunk (3 body bytes received)"
        ),
        ("SSH-2.0-x\r\n", "the response does not begin with HTTP/ (HTTP/0.9 is not allowed)"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "two different Content-Length values: '1' and '2'"
        ),
    ])
    func `a broken answer ends with the reason`(_ answer: String, _ reason: String) async throws {
        let rig = try Rig(scripts: [.expectRequest, .send(answer)])
        #expect(await rig.failure() == reason)
        #expect(rig.isEmpty)
        // A fresh connection that brings nothing is not tried again.
        await rig.server.acceptedConnections(1)
        #expect(rig.server.acceptedCount == 1)
    }

    @Test func `a reset is told with what had come`() async throws {
        let arrived = Gate()
        let rig = try Rig(scripts: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), .pause(until: arrived),
            .reset,
        ])
        let handler = Recorder()
        handler.onEvent = { if $0 == "body" { arrived.open() } }
        #expect(
            await rig.failure(handler: handler)
                == "receiving failed after 3 bytes: connection reset by peer")
        #expect(rig.isEmpty)
    }

    @Test func `HTTP/0.9 is taken where it is allowed`() async throws {
        let options = ResponseParser.Options(allowsHTTP09: true)
        for answer in ["HTT", "hello there"] {
            let rig = try Rig(scripts: [.expectRequest, .send(answer)])
            let seen = try await rig.send(parserOptions: options)
            #expect(seen.bodyText == answer)
            #expect(seen.status == 200)
        }
    }

    @Test(arguments: ["103", "head 200", "body", "end"])
    func `what a handler throws ends the exchange and is thrown on`(_ event: String) async throws {
        let answer =
            "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
        let rig = try Rig(scripts: [.expectRequest, .send(answer), .hold])
        let handler = Recorder()
        handler.refuses = event
        await #expect(throws: Recorder.Refusal()) { try await rig.send(handler: handler) }
        #expect(handler.events.last == event)
        #expect(rig.isEmpty)
        #expect(await rig.server.endedConnections(1))
    }

    @Test func `two exchanges at once do not mix their bytes`() async throws {
        let rig = try Rig { request in
            let body = content(2_000_007)
            let part = request.target == "/a" ? body.prefix(2_000_000) : body.suffix(2_000_000)
            return [.sendBytes(ServerStep.response(200, body: Array(part)))]
        }
        async let first = rig.send(.get("/a"))
        async let second = rig.send(.get("/b"))
        let (one, other) = try await (first, second)
        #expect(same(one.body, Array(content(2_000_007).prefix(2_000_000))))
        #expect(same(other.body, Array(content(2_000_007).suffix(2_000_000))))
        #expect(rig.connector.statistics.idle == 2)
    }

    @Test func `a fast peer does not keep other tasks from their turn`() async throws {
        let rig = try Rig(scripts: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\n\r\n"),
            .forever([.sendRepeating(65, count: 1 << 20)]),
        ])
        let (endpoint, client) = (rig.endpoint, rig.client)
        let exchange = EventLoop.shared.startThrowing {
            try await client.send(.get(), to: endpoint, handler: Sink())
        }
        // Without turns this task would not run again before the end.
        #expect(await rig.server.receivedRequests(1))
        exchange.cancel()
        await #expect(throws: CancellationError.self) { try await exchange.value }
        #expect(rig.isEmpty)
    }

    /// Drops everything.
    final class Sink: ExchangeHandler {
        nonisolated init() {}
        func responseHead(_ head: ResponseHead, framing: BodyFraming) throws -> BodyRoute { .deliver(nil) }
        func responseBody(_ bytes: UnsafeRawBufferPointer) throws {}
        func responseEnd(trailers: [HeaderField]) throws {}
    }

    @Test func `a request that cannot be written is refused before it is sent`() async throws {
        let rig = try Rig(scripts: [.hold])
        var request = RequestMessage.get()
        request.fields.append(HeaderField(name: "X", value: "a\r\nB: c"))
        #expect(await rig.failure(request) == "the value of header field X holds a CR, LF or NUL byte")
        #expect(rig.isEmpty)
    }

    @Test func `a pause after a read is kept, and the response comes whole`() async throws {
        let rig = try Rig { _ in [.respond(body: String(repeating: "x", count: 50))] }
        let handler = Recorder()
        var pauses = 0
        handler.readPieceBytes = 16
        handler.receivePause = { _ in
            pauses += 1
            return .milliseconds(1)
        }
        try await rig.send(handler: handler)
        #expect(handler.body.count == 50)
        #expect(pauses >= 5)
        #expect(rig.keepsOne)
    }
}
