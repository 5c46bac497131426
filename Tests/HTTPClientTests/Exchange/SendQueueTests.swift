import Connector
import HTTPClient
import TestSupport
import Testing

/// When requests are written.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct SendQueueTests {
    /// What so many requests do that begin in one turn: `b` where one begins, `w` where one is written.
    private func order(of count: Int) async throws -> String {
        var order = ""
        var tasks: [Task<Void, any Error>] = []
        for _ in 0..<count {
            let transport = FakeTransport(answer: bytes("HTTP/1.1 204 No Content\r\n\r\n"))
            transport.onWrite = { order += "w" }
            let connector = try FakeConnector(transport)
            let endpoint = try connector.endpoint(for: ConnectionRequest(scheme: "http", host: "h"))
            let handler = Recorder()
            handler.onEvent = { if $0 == "begin" { order += "b" } }
            var setting = RequestAttempt.Setting(handler: handler, limits: RequestLimits())
            setting.events = handler.teller
            tasks.append(
                EventLoop.shared.startThrowing { [setting] in
                    try await drive(RequestAttempt(.get(), to: endpoint, over: connector, setting))
                    #expect(handler.status == 204)
                })
        }
        for task in tasks { try await task.value }
        return order
    }

    @Test func `requests of one turn are written together`() async throws {
        #expect(try await order(of: 1) == "bw")
        #expect(try await order(of: 5) == "bbbbbwwwww")
    }

    @Test func `the first of very many does not wait for the last`() async throws {
        let run = String(repeating: "b", count: 32) + String(repeating: "w", count: 32)
        #expect(try await order(of: 70) == run + run + "bbbbbbwwwwww")
    }

    @Test func `what is closed before it could be written was closed, and not refused`() async throws {
        let transport = FakeTransport()
        transport.onWrite = { Issue.record("it was written") }
        let connector = try FakeConnector(transport)
        let endpoint = try connector.endpoint(for: ConnectionRequest(scheme: "http", host: "h"))
        let handler = Recorder()
        handler.onEvent = { if $0 == "begin" { EventLoop.shared.atEndOfTurn { transport.close(.default) } } }
        var setting = RequestAttempt.Setting(handler: handler, limits: RequestLimits())
        setting.events = handler.teller
        let failure = await #expect(throws: HTTPClientError.self) {
            try await drive(RequestAttempt(.get(), to: endpoint, over: connector, setting))
        }
        #expect(failure.map { "\($0)" } == "\(HTTPClientError.connector(.closed))")
        #expect(!handler.events.contains("finished"))
        #expect(connector.statistics.inUse == 0)
    }
}
