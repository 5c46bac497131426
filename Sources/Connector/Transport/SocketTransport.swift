internal import Sockets

/// A plain socket as a transport: TCP or Unix.
@LoopActor
package final class SocketTransport: InternalTransport {
    private let socket: Socket
    package let peerAddress: SocketAddress?

    package init(_ socket: Socket, peerAddress: SocketAddress?) {
        self.socket = socket
        self.peerAddress = peerAddress
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> TransportRead {
        do {
            switch try socket.read(into: buffer) {
            case .bytes(let count): return .bytes(count)
            case .wouldBlock: return .wouldBlock
            case .end: return .end
            }
        } catch {
            throw socket.isClosed ? .closed : .io(error)
        }
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        do {
            return try socket.write(bytes)
        } catch {
            throw socket.isClosed ? .closed : .io(error)
        }
    }

    package func untilReadable(deadline: ContinuousClock.Instant?) async throws(WaitError) {
        try await socket.untilReadable(deadline: deadline)
    }

    package func waitToRead(until deadline: ContinuousClock.Instant?) -> Wait? {
        socket.beginRead(until: deadline).map { .sleep($0) }
    }

    package func untilWritable(deadline: ContinuousClock.Instant?) async throws(WaitError) {
        try await socket.untilWritable(deadline: deadline)
    }

    package var isOpen: Bool { !socket.isClosed }

    package func isQuiet() -> Bool { socket.isQuiet() }

    package func close(_ mode: CloseMode) { socket.close() }
    package var localAddress: SocketAddress? { socket.localAddress }
    package var plainDescriptor: CInt? { socket.rawDescriptor }
    package func noteReadDrained() { socket.noteReadDrained() }
    package func noteWriteBlocked() { socket.noteWriteBlocked() }
    package func reset() { socket.abort() }
}
