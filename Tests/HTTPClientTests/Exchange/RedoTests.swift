import Connector
import HTTPClient
import HTTPCore
import TestSupport
import Testing

/// Requests that die on a connection which was kept from before.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct RedoTests {
    /// The first connection serves one request and ends on the second; the next one serves.
    private func rig(_ end: ServerStep = .close, serverTLS: ServerTLS? = nil) throws -> Rig {
        try Rig(
            tls: .insecure, serverTLS: serverTLS,
            scripts: [.expectRequest, .respond(body: "1"), .expectHead, end],
            [.expectRequest, .respond(body: "2"), .hold])
    }

    @Test(arguments: [false, true], [false, true])
    func `a GET is sent again over a fresh connection`(_ isReset: Bool, _ isTLS: Bool) async throws {
        let rig = try rig(
            isReset ? .reset : .closeAbruptly, serverTLS: isTLS ? ServerTLS(TestCertificates.leaf()) : nil)
        try await rig.send()
        let seen = try await rig.send()
        #expect(seen.bodyText == "2")
        #expect(
            seen.events == [
                "begin", "head sent", "finished", "begin", "head sent", "finished", "answer", "head 200",
                "body",
                "end",
            ])
        await rig.server.acceptedConnections(2)
        #expect(rig.server.acceptedCount == 2)
        #expect(rig.keepsOne)
    }

    @Test func `with many dead connections one new one is enough (POOL-16, ERR-06)`() async throws {
        let go = Gate()
        let served: [ServerStep] = [
            .expectRequest, .pause(until: go), .respond(body: "1"), .expectHead, .close,
        ]
        let server = try ScriptedServer(
            scripts: Array(repeating: served, count: 8) + [[.expectRequest, .respond(body: "2"), .hold]])
        let rig = try Rig(server)
        let tasks = (0..<8).map { _ in EventLoop.shared.startThrowing { _ = try await rig.send() } }
        #expect(await server.receivedRequests(8))
        go.open()
        for task in tasks { try await task.value }
        #expect(rig.connector.statistics.idle == 8)
        let seen = try await rig.send()
        #expect(seen.bodyText == "2")
        #expect(seen.connections.count == 2)
        #expect(server.acceptedCount == 9)
    }

    @Test func `a POST is not`() async throws {
        let rig = try rig()
        try await rig.send()
        #expect(
            await rig.failure(.upload(.bytes(bytes("x")), method: "POST"))
                == "connection closed before any byte of a response")
        await rig.server.acceptedConnections(1)
        #expect(rig.server.acceptedCount == 1)
        #expect(rig.isEmpty)
    }

    @Test func `nor is one whose answer had begun`() async throws {
        let rig = try Rig(scripts: [
            .expectRequest, .respond(), .expectRequest, .send("HTTP"),
        ])
        try await rig.send()
        #expect(
            await rig.failure()
                == "connection closed before the response head was complete (4 bytes received)")
        await rig.server.acceptedConnections(1)
        #expect(rig.server.acceptedCount == 1)
    }

    @Test func `nor is one that was reset when its answer had begun`() async throws {
        let go = Gate()
        let rig = try Rig(
            scripts: [.expectRequest, .respond(), .expectRequest, .send("HTTP"), .pause(until: go), .reset],
            [.expectRequest, .respond(), .hold])
        try await rig.send()
        let handler = Recorder()
        handler.onEvent = { if $0 == "answer" { go.open() } }
        #expect(
            await rig.failure(handler: handler)
                == "receiving the response failed: connection reset by peer")
        await rig.server.acceptedConnections(1)
        #expect(rig.server.acceptedCount == 1)
        #expect(rig.isEmpty)
    }

    @Test(arguments: [true, false])
    func `a body is read again from its start, if it can be`(_ isRewindable: Bool) async throws {
        let rig = try rig()
        try await rig.send()
        let source = TestSource(
            [.bytes(bytes("abc")), .bytes(bytes("def"))], length: 6, isRewindable: isRewindable)
        let request = RequestMessage.upload(.sized(source))
        if isRewindable {
            try await rig.send(request)
            #expect(rig.server.requests.last?.bodyText == "abcdef")
            #expect(source.rewinds == 1)
        } else {
            #expect(
                await rig.failure(request)
                    == "the request body must be sent again, but its input cannot be read again")
            #expect(rig.isEmpty)
        }
    }

    @Test func `a source is never read by the old and the new request at once`() async throws {
        let rig = try Rig(
            scripts: [.expectRequest, .respond(), .expectHead, .closeAbruptly],
            [.expectHead, .expectBody, .respond(), .hold])
        try await rig.send()
        // The first reading is stuck when the connection dies; the source traps on a second reader.
        let source = TestSource([.wait, .bytes(bytes("abc"))])
        let handler = Recorder()
        let exchange = EventLoop.shared.startThrowing {
            try await rig.send(.upload(.chunked(source)), handler: handler)
        }
        #expect(await rig.server.acceptedConnections(2))
        while !source.isReading { try await EventLoop.shared.sleep(until: .now) }
        source.suspension.wake()
        _ = try await exchange.value
        #expect(rig.server.requests.last?.bodyText == "abc")
        #expect(source.rewinds == 1)
    }

    @Test func `a server that always hangs up on a kept connection is given up on`() async throws {
        let rig = try Rig(scripts: [.expectRequest, .respond(), .expectRequest])
        for _ in 0..<3 {
            try await rig.send()
            #expect(rig.keepsOne)
            let seen = try await rig.send()
            #expect(seen.connections.count == 2)
        }
    }
}
