import Connector
import HTTPClient
import HTTPCore
import TestSupport
import Testing

/// Deadlines and cancellations, in each phase of an exchange.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct DeadlineTests {
    /// A connection that is open already, so that the deadline falls into the exchange and not into connecting.
    private func warmRig(_ steps: [ServerStep]) async throws -> Rig {
        let rig = try Rig(narrow: [.expectRequest, .respond()] + steps)
        try await rig.send()
        return rig
    }

    private var soon: ContinuousClock.Instant { .now + .seconds(1) }

    private func endless() -> RequestBody {
        .sized(TestSource(Array(repeating: .bytes(content(100_000)), count: 1000), length: 100_000_000))
    }

    @Test func `a deadline that is past sends nothing`() async throws {
        let rig = try await warmRig([.hold])
        #expect(await rig.failure(deadline: .now - .seconds(1)) == "timed out while sending the request")
        #expect(rig.keepsOne)
    }

    @Test func `a deadline passes while the request is sent`() async throws {
        let rig = try await warmRig([.pause(until: Gate())])
        #expect(
            await rig.failure(.upload(endless()), deadline: soon) == "timed out while sending the request")
        #expect(rig.isEmpty)
    }

    @Test func `a deadline passes while the response is awaited`() async throws {
        let rig = try await warmRig([.expectRequest, .hold])
        #expect(await rig.failure(deadline: soon) == "timed out while waiting for the response")
        #expect(rig.isEmpty)
        #expect(await rig.server.endedConnections(1))
    }

    @Test func `a deadline passes while permission for the body is awaited`() async throws {
        let rig = try await warmRig([.expectHead, .hold])
        #expect(
            await rig.failure(.upload(.bytes(bytes("abc")), expecting: .seconds(60)), deadline: soon)
                == "timed out while waiting for the response")
        #expect(rig.isEmpty)
    }

    @Test(arguments: [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
            "timed out with 3 out of 10 bytes received"
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            "timed out with 3 out of an unknown number of bytes received"
        ),
        ("HTTP/1.1 200 OK\r\n\r\n", "timed out with 0 out of an unknown number of bytes received"),
    ])
    func `a deadline passes in the body`(_ answer: String, _ reason: String) async throws {
        let rig = try await warmRig([.expectRequest, .send(answer), .hold])
        #expect(await rig.failure(deadline: soon) == reason)
        #expect(rig.isEmpty)
    }

    @Test func `a deadline cuts a pause short`() async throws {
        let rig = try await warmRig([
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), .hold,
        ])
        let handler = Recorder()
        handler.receivePause = { _ in .seconds(3600) }
        #expect(
            await rig.failure(handler: handler, deadline: soon) == "timed out with 3 out of 10 bytes received"
        )
    }

    @Test func `a deadline is kept against a peer that never lets up`() async throws {
        let rig = try await warmRig([
            .expectRequest, .send("HTTP/1.1 200 OK\r\n\r\n"),
            .forever([.sendRepeating(65, count: 1 << 20)]),
        ])
        let error = await #expect(throws: HTTPClientError.self) {
            try await rig.client.send(
                .get(), to: rig.endpoint, handler: ExchangeTests.Sink(),
                limits: RequestLimits(deadline: soon))
        }
        guard case .timedOut(.body, let received, nil) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(received > 0)
        #expect(rig.isEmpty)
    }

    @Test func `a deadline passes while a server that said yes takes the rest`() async throws {
        let rig = try await warmRig([.expectHead, .respond(200, body: "fine"), .hold])
        let source = TestSource([.bytes(bytes("abc")), .wait])
        #expect(
            await rig.failure(.upload(.chunked(source)), deadline: soon)
                == "timed out while sending the request")
        #expect(!source.isReading)
        #expect(rig.isEmpty)
    }

    @Test func `connecting has the time that is left`() async throws {
        let hole = try BlackHole()
        let connector = try TCPConnector()
        let client = HTTPClient(connector: connector)
        let endpoint = try connector.endpoint(
            for: ConnectionRequest(scheme: "http", host: hole.host, port: hole.port))
        let error = await #expect(throws: HTTPClientError.self) {
            try await client.send(
                .get(), to: endpoint, handler: Recorder(),
                limits: RequestLimits(deadline: soon, connectTimeout: .seconds(3600)))
        }
        guard case .connector(.timedOut(let failure)) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(failure.phase == .tcp)
        #expect(connector.statistics.pending == 0)
    }

    // MARK: Cancellation

    /// Starts an exchange, waits for `event`, cancels.
    private func cancelled(
        _ steps: [ServerStep], _ request: RequestMessage = .get(), at event: String, opening gate: Gate? = nil
    ) async throws {
        let rig = try Rig(narrow: steps)
        let handler = Recorder()
        let arrived = Suspension()
        handler.onEvent = { if $0 == event { arrived.wake() } }
        let exchange = EventLoop.shared.startThrowing { try await rig.send(request, handler: handler) }
        _ = await arrived.wait()
        exchange.cancel()
        await #expect(throws: CancellationError.self) { try await exchange.value }
        #expect(rig.isEmpty)
        gate?.open()
        #expect(await rig.server.endedConnections(1))
    }

    @Test func `cancelling while the request is sent closes the connection`() async throws {
        let gate = Gate()
        try await cancelled(
            [.pause(until: gate), .hold], .upload(endless()), at: "body sent", opening: gate)
    }

    @Test func `cancelling while a source is read closes the connection`() async throws {
        let source = TestSource([.bytes(bytes("abc")), .wait])
        try await cancelled([.expectHead, .hold], .upload(.chunked(source)), at: "body sent")
        #expect(!source.isReading)
    }

    @Test func `cancelling while permission is awaited closes the connection`() async throws {
        try await cancelled(
            [.expectHead, .hold], .upload(.bytes(bytes("abc")), expecting: .seconds(3600)), at: "head sent")
    }

    @Test func `cancelling while the response is awaited closes the connection`() async throws {
        try await cancelled([.expectRequest, .hold], at: "finished")
    }

    @Test func `cancelling in the body closes the connection`() async throws {
        try await cancelled(
            [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), .hold], at: "body")
    }

    @Test func `closing the connector ends an exchange that is under way`() async throws {
        let rig = try Rig(scripts: [.expectRequest, .hold])
        let handler = Recorder()
        let exchange = EventLoop.shared.start { await rig.failure(handler: handler) }
        #expect(await rig.server.receivedRequests(1))
        await rig.connector.close()
        #expect(await exchange.value == "the connector is closed")
        #expect(rig.isEmpty)
    }
}
