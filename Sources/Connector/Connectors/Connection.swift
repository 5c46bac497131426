/// A lease on a transport, held by one caller until `release` or `close`.
///
/// The first of the two wins and later calls do nothing. After it the transport may serve somebody else, so every read
/// or write through this handle throws `.released`. A handle that is dropped closes its transport and gives its slot back.
///
///     let connection = try await connector.connect(to: request)
///     defer { connection.close() }
@LoopActor
public final class Connection {
    /// What it is connected to.
    public let endpoint: Endpoint
    /// True when another lease used this transport before: a failure before the first byte of an answer may then only
    /// mean that the peer closed an idle connection.
    public var isReused: Bool { useCount > 0 }
    /// How many leases this transport has served before.
    public let useCount: Int
    /// The byte stream; nil after release or close.
    public var transport: (any Transport)? { isEnded ? nil : open.transport }
    /// The byte stream for this package; nil after release or close.
    package var stream: (any InternalTransport)? { isEnded ? nil : open.stream }

    /// The number that `owner` put on the transport, where it stays from lease to lease; nil = it did not, or somebody
    /// else did after it.
    package func label(by owner: AnyObject) -> Int? {
        guard let label = open.label, label.owner === owner else { return nil }
        return label.number
    }

    /// Puts a number on the transport.
    package func setLabel(_ number: Int, by owner: AnyObject) { open.label = (owner, number) }

    /// True once the transport was given back open, to another caller or to the pool.
    package private(set) var isKept = false

    private let open: OpenTransport
    private var isEnded = false
    private let slot: SlotID
    private weak var connector: BaseConnector?
    private var callbacks: [@Sendable () throws -> Void] = []
    private var isReading = false
    private var isWriting = false
    /// How many reads and writes in a row were served at once.
    private var servedAtOnce: UInt8 = 0
    /// True once a read or write through this handle met the end or an error.
    private var isDown = false

    init(
        _ open: OpenTransport, slot: SlotID, to endpoint: Endpoint, useCount: Int, connector: BaseConnector
    ) {
        self.open = open
        self.endpoint = endpoint
        self.slot = slot
        self.useCount = useCount
        self.connector = connector
    }

    isolated deinit {
        guard !isEnded else { return }
        runCallbacks()
        if let connector {
            connector.connectionWasDropped(slot, open)
        } else {
            open.transport.close(.default)
        }
    }

    /// The loop that carries it.
    public var loop: EventLoop { .shared }

    /// True once released or closed, or when a read or write has found the transport down.
    public var isClosed: Bool { isDown || !(transport?.isOpen ?? false) }

    /// This end's address; nil when closed.
    public var localAddress: SocketAddress? { transport?.localAddress }

    /// The other end's address; nil when closed.
    public var peerAddress: SocketAddress? { transport?.peerAddress }
    /// The same, after release or close as well.
    package var lastPeerAddress: SocketAddress? { open.transport.peerAddress }

    // MARK: Giving back

    /// Gives the transport back alive: the next caller may have it. Only when the exchange on it is complete.
    public func release() {
        end(isReusable: !isDown)
    }

    /// Gives the slot back and closes the transport.
    public func close() {
        end(isReusable: false)
    }

    private func end(isReusable: Bool) {
        guard !isEnded else { return }
        isEnded = true
        runCallbacks()
        if let connector {
            isKept = connector.giveBack(slot, open, isReusable: isReusable && open.transport.isOpen)
        } else {
            open.transport.close(.default)
        }
    }

    /// Adds `callback`, which runs once when the connection is released, closed or dropped, before its slot is free, in
    /// the order of adding. One that throws does not stop the rest. After the end it runs at once.
    public func onRelease(_ callback: @escaping @Sendable () throws -> Void) {
        guard !isEnded else {
            try? callback()
            return
        }
        callbacks.append(callback)
    }

    private func runCallbacks() {
        guard !callbacks.isEmpty else { return }
        let callbacks = self.callbacks
        self.callbacks = []
        for callback in callbacks { try? callback() }
    }

    // MARK: Bytes

    /// Reads at least one byte into `buffer`, waiting as long as `deadline` allows (nil = no limit).
    /// - Returns: the number of bytes; 0 at the end of the stream.
    /// - Throws: `ConnectorError`; `CancellationError`.
    public func read(
        into buffer: UnsafeMutableRawBufferPointer, deadline: ContinuousClock.Instant? = nil
    ) async throws -> Int {
        guard !isReading else { throw ConnectorError.busy(endpoint) }
        isReading = true
        defer { isReading = false }
        while true {
            if servedAtOnce >= Socket.longestBurst { try await takeTurn(deadline) }
            let transport = try current()
            switch try attempt("read", { () throws(TransportError) in try transport.read(into: buffer) }) {
            case .bytes(let count):
                servedAtOnce += 1
                return count
            case .end:
                isDown = true
                return 0
            case .truncated:
                isDown = true
                throw truncated()
            case .wouldBlock:
                servedAtOnce = 0
                do { try await transport.untilReadable(deadline: deadline) } catch { throw translate(error) }
            }
        }
    }

    /// Reads what is there, at least one byte and at most `limit`, waiting as long as `deadline` allows (nil = no limit).
    /// - Returns: the bytes; none at the end of the stream.
    /// - Throws: `ConnectorError`; `CancellationError`.
    public func read(upTo limit: Int, deadline: ContinuousClock.Instant? = nil) async throws -> [UInt8] {
        precondition(limit > 0, "reading no bytes looks like the end")
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit, alignment: 1)
        defer { buffer.deallocate() }
        let count = try await read(into: buffer, deadline: deadline)
        return Array(buffer[..<count])
    }

    /// Writes all of `bytes`, waiting as long as `deadline` allows (nil = no limit).
    /// - Throws: `ConnectorError`; `CancellationError`.
    public func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant? = nil) async throws {
        guard !isWriting else { throw ConnectorError.busy(endpoint) }
        isWriting = true
        defer { isWriting = false }
        var sent = 0
        while sent < bytes.count {
            if servedAtOnce >= Socket.longestBurst { try await takeTurn(deadline) }
            let transport = try current()
            let count = try bytes.withUnsafeBytes { buffer in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[sent...])
                return try attempt("write") { () throws(TransportError) in try transport.write(rest) }
            }
            sent += count
            servedAtOnce += 1
            if count == 0 {
                servedAtOnce = 0
                do { try await transport.untilWritable(deadline: deadline) } catch { throw translate(error) }
            }
        }
    }

    /// With a peer that is always ready nothing would ever wait, and timers, other tasks and cancellation would be
    /// starved.
    private func takeTurn(_ deadline: ContinuousClock.Instant?) async throws {
        servedAtOnce = 0
        do { try await EventLoop.shared.sleep(until: .now) } catch { throw translate(.cancelled) }
        if let deadline, deadline <= .now { throw translate(.timedOut) }
    }

    @inline(never)
    private func truncated() -> ConnectorError {
        .io(
            TransportFailure(
                endpoint: endpoint, operation: "read",
                cause: .tls(.record(code: 0, text: "the stream ended without close_notify"))))
    }

    private func current() throws(ConnectorError) -> any Transport {
        guard let transport else { throw .released }
        return transport
    }

    /// Never inlined, as `translate` and `truncated`: the parts of an error would be in the frame of every reader that waits (see
    /// <doc:Performance>, frames).
    @inline(never)
    private func attempt<Result>(
        _ operation: String, _ body: () throws(TransportError) -> Result
    ) throws(ConnectorError) -> Result {
        do {
            return try body()
        } catch .closed {
            throw connector?.isClosed ?? true ? .closed : .released
        } catch {
            isDown = true
            throw .io(TransportFailure(endpoint: endpoint, operation: operation, cause: error))
        }
    }

    @inline(never)
    private func translate(_ error: WaitError) -> any Error {
        // When more than one is true: closed before cancelled before timed out.
        if connector?.isClosed ?? false { return ConnectorError.closed }
        switch error {
        case .cancelled: return CancellationError()
        case .closed: return connector == nil ? ConnectorError.closed : ConnectorError.released
        case .timedOut:
            if Task.isCancelled { return CancellationError() }
            return ConnectorError.io(
                TransportFailure(
                    endpoint: endpoint, operation: isReading ? "read" : "write", cause: .io(.timedOut)))
        }
    }
}
