import Connector
import Glibc
import HTTPClient
import TestSupport
import Testing

/// Bodies of requests: what is read when, by whom, and how often.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct RequestBodyTests {
    @Test func `what can be read once is sent once`() async throws {
        let rig = try ClientRig { [.respond(body: $0.bodyText)] }
        let (pieces, feed) = AsyncStream<[UInt8]>.makeStream()
        feed.yield(bytes("abc"))
        feed.finish()
        for length: Int64? in [nil, 3] {
            let (pieces, feed) = AsyncStream<[UInt8]>.makeStream()
            feed.yield(bytes("abc"))
            feed.finish()
            let request = try rig.request(method: "POST", body: .stream(pieces, length: length))
            #expect(try await rig.text(request) == "abc")
            let error = await #expect(throws: RequestError.self) { try await rig.client.execute(request) }
            guard case .cannotRewind = error?.reason as? HTTPClientError else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        // Also where two go out at the same time.
        let request = try rig.request(method: "POST", body: .stream(pieces))
        let tasks = (0..<2).map { _ in EventLoop.shared.startThrowing { try await rig.text(request) } }
        var texts: [String] = []
        for task in tasks {
            do { texts.append(try await task.value) } catch { texts.append("\(error)") }
        }
        #expect(
            Set(texts) == ["abc", "POST \(rig.server.url()): \(HTTPClientError.cannotRewind)"])
    }

    @Test func `a length that is none is refused, and one of nothing is held to`() async throws {
        let rig = try ClientRig { [.respond(body: $0.bodyText)] }
        func body(_ pieces: [String], _ length: Int64) -> ClientRequest.Body {
            .stream(
                AsyncStream { feed in
                    for piece in pieces { feed.yield(bytes(piece)) }
                    feed.finish()
                }, length: length)
        }
        #expect(
            await rig.failure(try rig.request(method: "POST", body: body([], -1)))
                == "a request body cannot have -1 bytes")
        #expect(
            await rig.failure(try rig.request(method: "POST", body: body(["x"], 0)))
                == "\(BodyTooLong(length: 0))")
        #expect(try await rig.text(rig.request(method: "POST", body: body([], 0))) == "")
    }

    /// Says where its pieces are asked for.
    private struct Place: AsyncSequence, AsyncIteratorProtocol {
        var wasAsked = false

        mutating func next() async -> [UInt8]? {
            guard !wasAsked else { return nil }
            wasAsked = true
            return Array((EventLoop.shared.isCurrent ? "loop" : "elsewhere").utf8)
        }

        func makeAsyncIterator() -> Place { self }
    }

    @Test func `pieces are made off the loop`() async throws {
        let rig = try ClientRig { [.respond(body: $0.bodyText)] }
        for body: ClientRequest.Body in [.stream(Place()), .stream { Place() }, .stream(Place(), length: 9)] {
            #expect(try await rig.text(rig.request(method: "POST", body: body)) == "elsewhere")
        }
    }

    /// Gives nothing for ever, and does not look at its task.
    private struct Nothing: AsyncSequence, AsyncIteratorProtocol {
        mutating func next() async -> [UInt8]? { [] }
        func makeAsyncIterator() -> Nothing { self }
    }

    @Test func `pieces of nothing keep no request from its end`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.expectThresholdBytes = nil
        let rig = try ClientRig(limit: 1, configuration, scripts: [.expectHead, .hold])
        let request = try rig.request(method: "POST", body: .stream(Nothing()))
        #expect(
            await rig.failure(request, timeout: .milliseconds(100)) == "timed out while sending the request")
        #expect(rig.isEmpty)
    }

    @Test func `a file is opened when its turn has come`() async throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write("from a file", to: "f")
        let gate = Gate()
        let rig = try ClientRig(
            limit: 1,
            scripts: [
                .expectRequest, .pause(until: gate), .respond(body: "first"), .expectRequest,
                .respond(body: "second"),
            ])
        let first = EventLoop.shared.startThrowing { try await rig.get().text(upTo: 10) }
        try await rig.until { rig.connector.statistics.inUse == 1 }
        let tasks = ["PUT", "POST"].map { method in
            EventLoop.shared.startThrowing {
                try await rig.text(rig.request(method: method, body: .file(file)))
            }
        }
        try await rig.until { rig.connector.statistics.waiting == 2 }
        try #require(unlink(file) == 0)
        gate.open()
        #expect(try await first.value == "first")
        for task in tasks {
            let error = await #expect(throws: RequestError.self) { try await task.value }
            let reason = error?.reason as? BodySourceError
            #expect(reason?.description == "cannot read \(file): no such file or directory")
        }
    }
}
