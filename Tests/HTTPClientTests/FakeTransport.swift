import Connector
import Testing

/// Hands out the transports it was given, one after the other.
@LoopActor
final class FakeConnector: BaseConnector {
    private var transports: [FakeTransport]

    init(_ transports: FakeTransport...) throws {
        self.transports = transports.reversed()
        try super.init()
    }

    override func makeTransport(for endpoint: Endpoint, context: DialContext) async throws -> any Transport {
        let transport = transports.popLast()
        return try #require(transport)
    }
}

/// A transport that does as it is told.
@LoopActor
final class FakeTransport: InternalTransport {
    typealias Write = Result<Int, TransportError>

    private var writes: [Write]
    private var answer: [UInt8]
    private let readFailure: TransportError?
    private let readable = Suspension()
    private(set) var isOpen = true
    var hasBufferedBytes = false
    /// Called at each write.
    var onWrite: () -> Void = {}

    /// After `writes` everything is taken; after `answer` nothing more comes, or reading fails.
    init(writes: [Write] = [], answer: [UInt8] = [], readFailure: TransportError? = nil) {
        self.writes = writes
        self.readFailure = readFailure
        self.answer = answer
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> TransportRead {
        guard isOpen else { throw .closed }
        guard !answer.isEmpty else {
            if let readFailure { throw readFailure }
            return .wouldBlock
        }
        buffer.copyBytes(from: answer)
        defer { answer = [] }
        return .bytes(answer.count)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        guard isOpen else { throw .closed }
        onWrite()
        return writes.isEmpty ? bytes.count : min(bytes.count, try writes.removeFirst().get())
    }

    func untilReadable(deadline: ContinuousClock.Instant?) async throws(WaitError) {
        guard isOpen else { throw .closed }
        if !answer.isEmpty || readFailure != nil {
            // The upload gets its turn before the answer is read.
            _ = await Suspension().wait(until: .now)
            return
        }
        switch await readable.wait(until: deadline) {
        case .woken: return
        case .timedOut: throw .timedOut
        case .cancelled: throw .cancelled
        case .closed: throw .closed
        }
    }

    func untilWritable(deadline: ContinuousClock.Instant?) async throws(WaitError) {}
    func isQuiet() -> Bool { true }

    func close(_ mode: CloseMode) {
        isOpen = false
        readable.wake(.closed)
    }

    var localAddress: SocketAddress? { nil }
    var peerAddress: SocketAddress? { nil }
}
