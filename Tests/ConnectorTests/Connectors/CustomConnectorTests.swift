import Connector
import TestSupport
import Testing

/// A connector as somebody outside the library writes it: with the public interface alone.
private final class PipeConnector: BaseConnector {
    var failure: (any Error)?
    private(set) var made = 0

    override var supportedSchemes: Set<String> { ["pipe", "http"] }

    override func makeTransport(for endpoint: Endpoint, context: DialContext) async throws -> any Transport {
        if endpoint.host == "slow.test" {
            let stopped = Flag()
            try context.beginInterruptible { stopped.isSet = true }
            defer { context.endInterruptible() }
            while !stopped.isSet { try await EventLoop.shared.sleep(until: .now + .milliseconds(1)) }
            throw CancellationError()
        }
        if endpoint.host == "late.test" {
            try await Task.sleep(for: .seconds(600))
        }
        if let failure { throw failure }
        made += 1
        return EchoTransport()
    }
}

/// Counts what it makes, and lets the library make it.
private final class CountingConnector: TCPConnector {
    private(set) var made = 0

    override var supportedSchemes: Set<String> { ["http", "counted"] }

    override func makeTransport(for endpoint: Endpoint, context: DialContext) async throws -> any Transport {
        made += 1
        return try await super.makeTransport(for: endpoint, context: context)
    }
}

@LoopActor
private final class Flag { var isSet = false }

/// Gives back what is written to it.
private final class EchoTransport: Transport {
    private var bytes: [UInt8] = []
    private(set) var isOpen = true
    let localAddress: SocketAddress? = nil
    let peerAddress: SocketAddress? = nil

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> TransportRead {
        guard isOpen else { throw .closed }
        guard !bytes.isEmpty else { return .end }
        let count = min(bytes.count, buffer.count)
        buffer.copyBytes(from: bytes[..<count])
        bytes.removeFirst(count)
        return .bytes(count)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        guard isOpen else { throw .closed }
        self.bytes += bytes
        return bytes.count
    }

    func untilReadable(deadline: ContinuousClock.Instant?) async throws(WaitError) {}
    func untilWritable(deadline: ContinuousClock.Instant?) async throws(WaitError) {}
    func isQuiet() -> Bool { bytes.isEmpty }
    func close(_ mode: CloseMode) { isOpen = false }
}

@LoopActor @Suite(.timeLimit(.minutes(1))) struct CustomConnectorTests {
    private static let request = ConnectionRequest(scheme: "pipe", host: "a.test")

    @Test func `a connector that heeds no deadline is held to it (CONN-06)`() async throws {
        let connector = try PipeConnector()
        let request = ConnectionRequest(scheme: "pipe", host: "late.test")
        let error = await #expect(throws: ConnectorError.self) {
            try await connector.connect(to: request, timeouts: ConnectTimeouts(dial: .milliseconds(50)))
        }
        guard case .timedOut(let failure) = error else { throw try #require(error) }
        #expect(failure.limit == .milliseconds(50))
        #expect(connector.statistics.pending == 0)
    }

    @Test func `a subclass is always asked, also where a connection stands at once (MEM-05)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try CountingConnector()
        for _ in 0..<2 {
            let connection = try await connector.connect(to: server.request(), mayReuse: false)
            #expect(try await connection.exchange() == "/")
            connection.release()
        }
        #expect(connector.made == 2)
        await connector.close()
    }

    @Test func `one method makes a connector with pool, limits and close (MEM-05)`() async throws {
        let connector = try PipeConnector { $0.limit = 1 }
        for round in 0..<3 {
            let connection = try await connector.connect(to: Self.request)
            #expect(connection.isReused == (round > 0))
            try await connection.write([1, 2, 3])
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 1)
            defer { buffer.deallocate() }
            #expect(try await connection.read(into: buffer) == 3)
            connection.release()
        }
        #expect(connector.made == 1)
        let unread = try await connector.connect(to: Self.request)
        try await unread.write([1])
        unread.release()
        let fresh = try await connector.connect(to: Self.request)
        #expect(!fresh.isReused)
        await connector.close()
        #expect(fresh.isClosed)
    }

    @Test
    func `what it throws is wrapped, its slot comes back, and a cancel is never made up (ERR-04, MEM-05)`()
        async throws
    {
        struct Odd: Error {}
        let connector = try PipeConnector { $0.limit = 1 }
        for failure in [Odd() as any Error, CancellationError()] {
            connector.failure = failure
            do {
                _ = try await connector.connect(to: Self.request)
                Issue.record("nothing was thrown")
            } catch ConnectorError.custom(let custom) {
                #expect(custom.endpoint.host == "a.test")
                #expect("\(custom.cause)" == "\(failure)")
            }
            #expect(connector.statistics.pending == 0)
        }
        connector.failure = nil
        try await connector.connect(to: Self.request).release()
        await connector.close()
    }

    @Test func `closing reaches a transport that is being made (CONN-04, MEM-05)`() async throws {
        let connector = try PipeConnector()
        let task = EventLoop.shared.startThrowing {
            try await connector.connect(to: ConnectionRequest(scheme: "http", host: "slow.test"))
        }
        while connector.statistics.pending == 0 { await Task.yield() }
        await connector.close()
        do {
            _ = try await task.value
            Issue.record("nothing was thrown")
        } catch ConnectorError.closed {
        }
    }

    @Test func `what a connector says of its schemes holds, also in place of TCPConnector's own (MEM-09)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let connector = try CountingConnector()
        for scheme in ["https", "tcp"] {
            do {
                _ = try await connector.connect(to: server.request(scheme))
                Issue.record("\(scheme) was taken")
            } catch ConnectorError.unsupportedScheme(scheme) {
            }
        }
        #expect(connector.made == 0)
        for scheme in ["http", "counted"] {
            try await connector.connect(to: server.request(scheme), mayReuse: false).close()
        }
        #expect(connector.made == 2)
        await connector.close()
    }

    @Test func `the base itself serves no scheme`() async throws {
        let connector = try BaseConnector()
        do {
            _ = try await connector.connect(to: ConnectionRequest(scheme: "http", host: "a.test"))
            Issue.record("nothing was thrown")
        } catch ConnectorError.unsupportedScheme(let scheme) {
            #expect(scheme == "http")
        }
        await connector.close()
    }
}
