package import Sockets

/// What this package asks of a transport beyond `Transport`, for speed and for splicing. A connector of your own need not
/// know of it: `ForeignTransport` answers for its transports.
@LoopActor
package protocol InternalTransport: Transport {
    /// As `untilReadable(deadline:)` for a machine: what it waits for before it reads. nil = read now.
    func waitToRead(until deadline: ContinuousClock.Instant?) -> Wait?

    /// True when some bytes that were received are held back inside, so that a readiness of the socket says too little.
    var hasBufferedBytes: Bool { get }

    /// The socket's number where bytes pass through it unchanged, so that the kernel may move them by itself; else nil.
    var plainDescriptor: CInt? { get }

    /// For a caller that read from `plainDescriptor` itself and met EAGAIN: the next wait must wait for an edge.
    func noteReadDrained()

    /// As `noteReadDrained` for a caller that wrote.
    func noteWriteBlocked()

    /// A lease on it ended: it may keep what helps the next connection to the same endpoint.
    func leaseEnded()
}

extension InternalTransport {
    package func waitToRead(until deadline: ContinuousClock.Instant?) -> Wait? {
        callToRead(until: deadline)
    }

    /// The wait as a call, which every transport can make.
    func callToRead(until deadline: ContinuousClock.Instant?) -> Wait {
        .call {
            do throws(WaitError) {
                try await self.untilReadable(deadline: deadline)
                return .woken
            } catch {
                switch error {
                case .cancelled: return .cancelled
                case .timedOut: return .timedOut
                case .closed: return .closed
                }
            }
        }
    }

    package var hasBufferedBytes: Bool { false }
    package var plainDescriptor: CInt? { nil }
    package func noteReadDrained() {}
    package func noteWriteBlocked() {}
    package func leaseEnded() {}
}

/// A transport of somebody else's connector, with the answers that fit every transport.
@LoopActor
final class ForeignTransport: InternalTransport {
    private let transport: any Transport

    init(_ transport: any Transport) {
        self.transport = transport
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> TransportRead {
        try transport.read(into: buffer)
    }
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int { try transport.write(bytes) }
    func untilReadable(deadline: ContinuousClock.Instant?) async throws(WaitError) {
        try await transport.untilReadable(deadline: deadline)
    }
    func untilWritable(deadline: ContinuousClock.Instant?) async throws(WaitError) {
        try await transport.untilWritable(deadline: deadline)
    }
    var isOpen: Bool { transport.isOpen }
    func isQuiet() -> Bool { transport.isQuiet() }
    func shutdown(until deadline: ContinuousClock.Instant) async { await transport.shutdown(until: deadline) }
    func close(_ mode: CloseMode) { transport.close(mode) }
    var localAddress: SocketAddress? { transport.localAddress }
    var peerAddress: SocketAddress? { transport.peerAddress }
    var tls: TLSConnectionInfo? { transport.tls }
    var isEncrypted: Bool { transport.isEncrypted }
    func reset() { transport.reset() }
}

/// An open transport and its endpoint: what the pool keeps and what a lease holds.
@LoopActor
final class OpenTransport {
    /// As its connector made it.
    let transport: any Transport
    /// The same, for this package.
    let stream: any InternalTransport
    let endpoint: Endpoint
    /// See `Connection.label(by:)`.
    var label: (owner: AnyObject, number: Int)?

    init(_ transport: any Transport, to endpoint: Endpoint) {
        self.transport = transport
        self.endpoint = endpoint
        // The two known classes first: the first cast to a protocol scans all conformances (see <doc:Performance>,
        // generic types).
        if let socket = transport as? SocketTransport {
            stream = socket
        } else if let tls = transport as? TLSTransport {
            stream = tls
        } else if let known = transport as? any InternalTransport {
            stream = known
        } else {
            stream = ForeignTransport(transport)
        }
    }
}
