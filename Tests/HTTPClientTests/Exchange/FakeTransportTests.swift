import Connector
import HTTPClient
import HTTPCore
import TestSupport
import Testing

/// What no server can be made to do: failures of this side's own transport.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct FakeTransportTests {
    private func failure(_ transport: FakeTransport, _ request: RequestMessage) async throws -> String {
        let connector = try FakeConnector(transport)
        let endpoint = try connector.endpoint(for: ConnectionRequest(scheme: "http", host: "h"))
        do {
            try await HTTPClient(connector: connector).send(request, to: endpoint, handler: Recorder())
            return "no error"
        } catch {
            #expect(!transport.isOpen)
            #expect(connector.statistics.inUse == 0)
            return "\(error)"
        }
    }

    @Test func `a head that cannot be written ends the exchange at once`() async throws {
        let transport = FakeTransport(writes: [.failure(.io(.timedOut))])
        #expect(
            try await failure(transport, .get()) == "sending the request failed: connection timed out")
    }

    @Test func `a body that cannot be written ends the reader's wait`() async throws {
        let transport = FakeTransport(writes: [.success(.max), .failure(.io(.timedOut))])
        let request = RequestMessage.upload(.chunked(TestSource([.bytes(bytes("abc"))])))
        #expect(try await failure(transport, request) == "sending the request failed: connection timed out")
    }

    @Test func `a peer that hung up may still be read`() async throws {
        let answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"
        for writes in [
            [FakeTransport.Write.failure(.io(.brokenPipe))],
            [.success(.max), .failure(.io(.connectionReset))],
        ] {
            let connector = try FakeConnector(FakeTransport(writes: writes, answer: bytes(answer)))
            let endpoint = try connector.endpoint(for: ConnectionRequest(scheme: "http", host: "h"))
            let handler = Recorder()
            let request = RequestMessage.upload(.chunked(TestSource([.bytes(bytes("abc"))])))
            try await HTTPClient(connector: connector).send(request, to: endpoint, handler: handler)
            #expect(handler.status == 413)
            #expect(handler.bodyText == "no")
            #expect(connector.statistics.idle == 0)
        }
    }

    @Test func `once an answer has begun its end counts more than what the peer did to the request`()
        async throws
    {
        let answer = bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
        for writes in [
            [FakeTransport.Write.failure(.io(.brokenPipe))], [.success(.max), .failure(.io(.brokenPipe))],
        ] {
            let request = RequestMessage.upload(.chunked(TestSource([.bytes(bytes("abc"))])))
            let begun = FakeTransport(writes: writes, answer: answer, readFailure: .io(.connectionReset))
            #expect(
                try await failure(begun, request)
                    == "receiving failed after 3 bytes: connection reset by peer")
            let silent = FakeTransport(writes: writes, readFailure: .io(.connectionReset))
            #expect(try await failure(silent, request) == "sending the request failed: broken pipe")
        }
    }

    @Test func `bytes held back inside the transport forbid its reuse`() async throws {
        let transport = FakeTransport(answer: bytes("HTTP/1.1 204 No Content\r\n\r\n"))
        transport.hasBufferedBytes = true
        let connector = try FakeConnector(transport)
        let endpoint = try connector.endpoint(for: ConnectionRequest(scheme: "http", host: "h"))
        try await HTTPClient(connector: connector).send(.get(), to: endpoint, handler: Recorder())
        #expect(!transport.isOpen)
    }

    @Test func `an exchange leaves nothing of itself behind`() async throws {
        weak var source: TestSource?
        weak var recorder: Recorder?
        do {
            let connector = try FakeConnector(
                FakeTransport(answer: bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")))
            let endpoint = try connector.endpoint(for: ConnectionRequest(scheme: "http", host: "h"))
            let (body, handler) = (TestSource([.bytes(bytes("abc"))]), Recorder())
            (source, recorder) = (body, handler)
            try await HTTPClient(connector: connector).send(
                .upload(.chunked(body)), to: endpoint, handler: handler)
        }
        #expect(source == nil)
        #expect(recorder == nil)
    }
}
