import HTTPClient
import HTTPClientJSON
import TestSupport
import Testing

/// What a request of a program becomes on the wire, and what comes back.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct ClientTests {
    @Test func `a request is written as it says, and its answer comes whole`() async throws {
        let rig = try ClientRig(scripts: [
            .expectRequest,
            .send(
                "HTTP/1.1 404 Nope\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n"
            ),
        ])
        var request = try rig.request("/p?q")
        request.fields = [HeaderField(name: "X", value: "y")]
        let response = try await rig.client.execute(request)
        #expect(response.status == 404)
        #expect(response.head.reason == "Nope")
        #expect(response[field: "a"] == "b")
        #expect("\(response.url)" == rig.server.url("/p?q"))
        #expect(response.body.length == nil)
        #expect(try await response.text(upTo: 3) == "abc")
        #expect(await response.body.trailers.map(\.description) == ["T: 1"])
        #expect(try await response.collect(upTo: 0).isEmpty)
        #expect(
            rig.server.requests.map(\.text) == [
                "GET /p?q HTTP/1.1\r\nHost: \(rig.server.authority)\r\nAccept: */*\r\n"
                    + "Accept-Encoding: deflate, gzip, br, zstd\r\nX: y\r\n\r\n"
            ])
        #expect(rig.keepsOne)
    }

    @Test func `a field of the program's takes the place of another, but never of the framing`() async throws
    {
        let rig = try ClientRig { _ in [.respond()] }
        var request = try rig.request(method: "POST", body: .text("hi"))
        request[field: "Accept"] = "text/plain"
        request[field: "Content-Length"] = "1000"
        request[field: "Transfer-Encoding"] = "chunked"
        request[field: "Host"] = "other.test"
        #expect(request[field: "accept"] == "text/plain")
        #expect(try await rig.text(request) == "")
        let sent = try #require(rig.server.requests.first)
        #expect(sent.headers("accept") == ["text/plain"])
        #expect(sent.headers("content-length") == ["2"])
        #expect(sent.header("transfer-encoding") == nil)
        #expect(sent.headers("host") == ["other.test"])
        #expect(sent.bodyText == "hi")
    }

    @Test func `fields of the configuration go with every request that has none of the name`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.fields = [HeaderField(name: "User-Agent", value: "test/1")]
        let rig = try ClientRig(configuration) { _ in [.respond()] }
        _ = try await rig.text(rig.request())
        var request = try rig.request()
        request[field: "user-agent"] = "other"
        _ = try await rig.text(request)
        #expect(rig.server.requests.map { $0.headers("user-agent") } == [["test/1"], ["other"]])
    }

    @Test func `what cannot be sent is not sent`() async throws {
        let rig = try ClientRig { _ in [.respond()] }
        var request = try rig.request()
        request.fields = [HeaderField(name: "X", value: "a\r\nY: b")]
        #expect(await rig.failure(request) != "no error")
        #expect(
            await rig.failure(try rig.request(method: "HEAD", body: .text("x")))
                == "a HEAD request cannot have a body")
        request = try rig.request(method: "GE T")
        #expect(await rig.failure(request) != "no error")
        #expect(throws: HTTPURLError.self) { try ClientRequest("http://a b/") }
        #expect(rig.server.requests.isEmpty)
        #expect(rig.connector.statistics.inUse == 0)
    }

    @Test(arguments: [("GET", nil), ("DELETE", nil), ("POST", "0"), ("PUT", "0"), ("PATCH", "0")])
    func `a body that is not there is said to be empty where one is usual`(
        _ method: String, _ length: String?
    ) async throws {
        let rig = try ClientRig { _ in [.respond()] }
        _ = try await rig.text(rig.request(method: method))
        #expect(rig.server.requests.first?.header("content-length") == length)
    }

    // MARK: Bodies

    struct Pieces: AsyncSequence, Sendable {
        struct Broken: Error, Equatable {}
        var pieces: [String]
        var fails = false

        struct AsyncIterator: AsyncIteratorProtocol {
            var pieces: [String]
            var fails: Bool
            mutating func next() async throws -> [UInt8]? {
                if !pieces.isEmpty { return bytes(pieces.removeFirst()) }
                if fails { throw Broken() }
                return nil
            }
        }
        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: pieces, fails: fails) }
    }

    @Test func `bodies of every kind are sent and framed`() async throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write("from a file", to: "f")
        let rig = try ClientRig { [.respond(body: $0.bodyText)] }
        let long = String(repeating: "long ", count: 60_000)
        let pieces = Pieces(pieces: ["one ", "", "two"])
        for (body, text, length) in [
            (ClientRequest.Body.bytes([104, 105]), "hi", "2"), (.text("é"), "é", "2"), (.text(""), "", "0"),
            (.file(file), "from a file", "11"), (.stream(pieces), "one two", nil),
            (.stream(pieces, length: 7), "one two", "7"), (.stream { pieces }, "one two", nil),
            (.stream(Pieces(pieces: [long, long])), long + long, nil),
        ] {
            #expect(try await rig.text(rig.request(method: "POST", body: body)) == text)
            let sent = try #require(rig.server.requests.last)
            #expect(sent.header("content-length") == length)
            #expect(sent.header("transfer-encoding") == (length == nil ? "chunked" : nil))
        }
        #expect(rig.keepsOne)
    }

    @Test func `a file that cannot be read fails the request before it begins`() async throws {
        let folder = try TemporaryDirectory()
        let rig = try ClientRig { _ in [.respond()] }
        #expect(
            await rig.failure(try rig.request(method: "PUT", body: .file(folder.file("none"))))
                == "cannot read \(folder.file("none")): no such file or directory")
        #expect(
            await rig.failure(try rig.request(method: "PUT", body: .file(folder.path)))
                == "cannot read \(folder.path): is a directory")
        #expect(rig.server.acceptedCount == 0)
    }

    @Test func `what a body throws is thrown to the caller and ends this request only`() async throws {
        let rig = try ClientRig(limit: 1) { [.respond(body: $0.bodyText)] }
        await #expect(throws: Pieces.Broken()) {
            try await rig.client.execute(
                rig.request(method: "POST", body: .stream(Pieces(pieces: ["a"], fails: true))))
        }
        for length: Int64 in 2...3 {
            let error = await #expect(throws: RequestError.self) {
                try await rig.client.execute(
                    rig.request(method: "POST", body: .stream(Pieces(pieces: ["ab", "cd"]), length: length)))
            }
            #expect(error?.reason as? BodyTooLong == BodyTooLong(length: length))
        }
        #expect(
            await rig.failure(
                try rig.request(method: "POST", body: .stream(Pieces(pieces: ["ab"]), length: 3)))
                == "the request body ended 1 bytes too early")
        #expect(rig.isEmpty)
        #expect(try await rig.text(rig.request(method: "POST", body: .text("fine"))) == "fine")
    }

    @Test func `what a body throws behind the head of the answer is thrown as it is, too`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.expectThresholdBytes = nil
        let rig = try ClientRig(configuration, scripts: [.expectHead, .respond(body: "early"), .hold])
        let (pieces, feed) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let response = try await rig.client.execute(
            rig.request(method: "POST", body: .stream { pieces }))
        feed.finish(throwing: Pieces.Broken())
        await #expect(throws: Pieces.Broken()) { try await response.collect(upTo: 10) }
        #expect(rig.isEmpty)
    }

    @Test func `a long body asks for leave first, and is sent without asking where that is refused`()
        async throws
    {
        var configuration = HTTPClient.Configuration()
        configuration.expectThresholdBytes = 2
        configuration.continueTimeout = .seconds(600)
        let rig = try ClientRig(
            ScriptedServer(scripts: [
                [.expectHead, .respond(417)], [.expectRequest, .respond(body: "taken")],
            ]), configuration)
        #expect(try await rig.text(rig.request(method: "POST", body: .text("abc"))) == "taken")
        await rig.server.receivedRequests(1)
        let last = try #require(rig.server.requests.last)
        #expect(last.header("expect") == nil)
        #expect(last.bodyText == "abc")
    }

    // MARK: JSON

    private struct Item: Codable, Equatable {
        var name: String
        var count: Int
    }

    @Test func `JSON goes there and back`() async throws {
        let rig = try ClientRig { [.respond(body: $0.bodyText)] }
        let item = Item(name: "bolt", count: 3)
        let response = try await rig.client.execute(ClientRequest(rig.server.url(), json: item))
        #expect(try await response.decode(Item.self) == item)
        let sent = try #require(rig.server.requests.first)
        #expect(sent.method == "POST")
        #expect(sent.header("content-type") == "application/json")
        await #expect(throws: DecodingError.self) {
            let text = try await rig.client.execute(rig.request(method: "PUT", body: .text("{")))
            let _: Item = try await text.decode()
        }
    }

    // MARK: Life

    @Test func `a client with a connector of its own closes it`() async throws {
        let server = try ScriptedServer { [.respond(body: $0.target)] }
        let text = try await withClient { client in
            try await client.get(server.url("/a")).text(upTo: 10)
        }
        #expect(text == "/a")
        await server.endedConnections(1)
        #expect(server.openCount == 0)

        let client = HTTPClient()
        await client.close()
        await #expect(throws: RequestError.self) { try await client.get(server.url()) }
        // A connector that was given stays, and so does what goes on over it.
        let rig = try ClientRig { _ in [.respond(body: "x")] }
        let response = try await rig.get()
        await rig.client.close()
        #expect(try await response.text(upTo: 1) == "x")
        await #expect(throws: RequestError.self) { try await rig.get() }
        #expect(try await HTTPClient(connector: rig.connector).get(rig.server.url()).text(upTo: 1) == "x")
        let failing = HTTPClient { try TCPConnector { $0.limit = -1 } }
        let error = await #expect(throws: RequestError.self) { try await failing.get(server.url()) }
        #expect(error?.reason is ConnectorOptionError)
    }

    /// Takes its time to close.
    private final class SlowConnector: TCPConnector {
        let gate = Gate()
        private(set) var isDone = false

        override func connectorDidClose() async {
            _ = await gate.opened()
            isDone = true
        }
    }

    @Test func `whoever closes a client returns when it is closed`() async throws {
        let rig = try ClientRig { _ in [.respond(body: "x")] }
        let connector = try SlowConnector()
        let client = HTTPClient { connector }
        #expect(try await client.get(rig.server.url()).text(upTo: 1) == "x")
        let tasks = (0..<2).map { _ in
            EventLoop.shared.startThrowing {
                await client.close()
                return connector.isDone
            }
        }
        try await rig.until { connector.isClosed }
        try await EventLoop.shared.sleep(until: .now + .milliseconds(20))
        connector.gate.open()
        for task in tasks { #expect(try await task.value) }
    }

    @Test nonisolated func `a client is used from anywhere, by many at once`() async throws {
        let server = try ScriptedServer { [.respond(body: $0.target)] }
        let texts = try await withClient(makeConnector: { try TCPConnector { $0.limit = 3 } }) { client in
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<20 {
                    group.addTask { try await client.get(server.url("/\(number)")).text(upTo: 10) }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
        }
        #expect(texts == Set((0..<20).map { "/\($0)" }))
        #expect(server.peakOpenCount <= 3)
    }

    @Test func `a listener hears what happens to a request`() async throws {
        let rig = try ClientRig {
            $0.path == "/" ? [.respond(302, [("Location", "/b")])] : [.respond(body: "x")]
        }
        let listener = Listener()
        let response = try await rig.client.execute(rig.request(), listener: listener)
        _ = try await response.collect(upTo: 10)
        try await rig.until { listener.kinds.last == "ended" }
        #expect(
            listener.kinds == [
                "began", "hop /", "head 302 followed", "redirected /b", "hop /b", "head 200 delivered",
                "delivered 1", "ended",
            ])
    }

    @Test func `the end is told of once the body is decoded, or cannot be`() async throws {
        let bomb = ServerStep.response(
            200, [("Content-Encoding", "zstd")], body: zstdBlocks(count: 8, endsEarly: true))
        let rig = try ClientRig { _ in [.sendBytes(bomb)] }
        let listener = Listener()
        let response = try await rig.client.execute(rig.request(), listener: listener)
        try await rig.until { rig.keepsOne }
        #expect(!listener.kinds.contains { $0.hasPrefix("ended") })
        await #expect(throws: RequestError.self) { try await response.collect(upTo: 1 << 30) }
        #expect(listener.kinds.last == "ended: the zstd body ends too early")

        let dropped = Listener()
        _ = try await rig.client.execute(rig.request(), listener: dropped)
        try await rig.until { dropped.kinds.last?.hasPrefix("ended: ") ?? false }
    }

    private final class Listener: TransferListener {
        var kinds: [String] = []
        let interests = TransferEvent.Interests.all.subtracting(.connecting)

        func hear(_ event: TransferEvent) {
            switch event.kind {
            case .attemptBegan: kinds.append("began")
            case .hopBegan(let request): kinds.append("hop \(request.url.path)")
            case .head(let head, _, let fate): kinds.append("head \(head.status) \(fate)")
            case .redirected(let url, _): kinds.append("redirected \(url.path)")
            case .delivered(let count): kinds.append("delivered \(count)")
            case .ended(nil, 0): kinds.append("ended")
            case .ended(let failure?, _): kinds.append("ended: \(failure)")
            default: break
            }
        }
    }
}
