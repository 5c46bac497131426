import Connector
import Testing

@LoopActor
struct ConnectionTurnTests {
    @Test(.timeLimit(.minutes(1)))
    func `a peer that is always ready does not keep others from their turn (CONN-15)`() async throws {
        let connector = try EndlessConnector()
        let connection = try await connector.connect(
            to: ConnectionRequest(scheme: "http", host: "localhost", port: 1))
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
        defer { room.deallocate() }
        let reader = EventLoop.shared.startThrowing {
            while true { _ = try await connection.read(into: room) }
        }
        let writer = EventLoop.shared.startThrowing {
            while true { try await connection.write([1]) }
        }
        try await EventLoop.shared.sleep(until: .now + .milliseconds(1))
        reader.cancel()
        writer.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
        await #expect(throws: CancellationError.self) { try await writer.value }
        await #expect(throws: ConnectorError.self) {
            while true { _ = try await connection.read(into: room, deadline: .now) }
        }
        connection.close()
        await connector.close()
    }
}

/// Makes transports whose peer always has a byte and takes every byte.
private final class EndlessConnector: BaseConnector {
    override func makeTransport(for endpoint: Endpoint, context: DialContext) async throws -> any Transport {
        EndlessTransport()
    }
}

private final class EndlessTransport: Transport {
    private(set) var isOpen = true
    let localAddress: SocketAddress? = nil
    let peerAddress: SocketAddress? = nil
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> TransportRead {
        .bytes(1)
    }
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int { bytes.count }
    func untilReadable(deadline: ContinuousClock.Instant?) async throws(WaitError) {}
    func untilWritable(deadline: ContinuousClock.Instant?) async throws(WaitError) {}
    func isQuiet() -> Bool { true }
    func close(_ mode: CloseMode) { isOpen = false }
}
