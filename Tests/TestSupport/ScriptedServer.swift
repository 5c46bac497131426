import Glibc

/// A server that does exactly what a test says, byte for byte, faults included, and records what clients do.
///
/// Each connection has a thread of its own. The server runs from `init` until `stop()` or the last reference goes.
public final class ScriptedServer: Sendable {
    /// What the connections do.
    private enum Plan: Sendable {
        case scripts([[ServerStep]])
        case handler(Handler)
    }

    /// Answers one request with steps. After them the connection stays open for the next request, unless a step
    /// closed it, the request was HTTP/1.0, or it said `Connection: close`.
    public typealias Handler = @Sendable (RecordedRequest) -> [ServerStep]

    private let core: Core

    /// Runs the same script on every connection. A script that ends without closing closes the connection.
    public convenience init(
        on address: ListenAddress = .loopback, tls: ServerTLS? = nil, script: [ServerStep]
    ) throws {
        try self.init(on: address, tls: tls, scripts: [script])
    }

    /// Runs the first script on the first connection accepted, the second on the second, and so on; the last one
    /// also on all further connections.
    public init(on address: ListenAddress = .loopback, tls: ServerTLS? = nil, scripts: [[ServerStep]]) throws
    {
        core = try Core(address, tls: tls, plan: .scripts(scripts.isEmpty ? [[]] : scripts))
    }

    /// Asks `handler` for the answer to each request. Sends `100 Continue` by itself to who expects it.
    public init(on address: ListenAddress = .loopback, tls: ServerTLS? = nil, handler: @escaping Handler)
        throws
    {
        core = try Core(address, tls: tls, plan: .handler(handler))
    }

    deinit { core.stop() }

    /// Closes everything and waits until the threads are gone. Harmless when called again.
    public func stop() { core.stop() }

    // MARK: Where it is

    /// The port; 0 for Unix sockets.
    public var port: UInt16 { core.listener.port }

    /// `127.0.0.1:4711`, `[::1]:4711`; for Unix sockets `localhost`.
    public var authority: String {
        switch core.listener.address {
        case .ipv4(let host, _): "\(host):\(port)"
        case .ipv6(let host, _): "[\(host)]:\(port)"
        case .unix, .abstractBytes: "localhost"
        }
    }

    /// The URL of a path, `http` or `https` as the server speaks it.
    public func url(_ path: String = "/") -> String {
        "\(core.context == nil ? "http" : "https")://\(authority)\(path)"
    }

    // MARK: What happened

    /// How many connections were accepted so far.
    public var acceptedCount: Int { core.records.withLock { $0.connections.count } }

    /// How many connections are open now, those whose client has already gone not counted.
    public var openCount: Int { core.openCount() }

    /// The most connections that were open at once.
    public var peakOpenCount: Int { core.records.withLock { $0.peak } }

    /// All requests, in the order in which they were read.
    public var requests: [RecordedRequest] { core.records.withLock { $0.requests } }

    /// Every connection, in the order of accepting.
    public var connections: [ConnectionRecord] { core.records.withLock { $0.connections } }

    // MARK: Waiting for it

    /// Blocks until this many requests were read; false after `timeoutSeconds`.
    @discardableResult
    public func waitForRequests(_ count: Int, timeoutSeconds: Double = 10) -> Bool {
        core.records.wait(timeoutSeconds: timeoutSeconds) { $0.requests.count >= count }
    }

    /// Blocks until this many connections were accepted; false after `timeoutSeconds`.
    @discardableResult
    public func waitForConnections(_ count: Int, timeoutSeconds: Double = 10) -> Bool {
        core.records.wait(timeoutSeconds: timeoutSeconds) { $0.connections.count >= count }
    }

    /// Blocks until this many connections came to their end; false after `timeoutSeconds`.
    @discardableResult
    public func waitForEndings(_ count: Int, timeoutSeconds: Double = 10) -> Bool {
        core.records.wait(timeoutSeconds: timeoutSeconds) { records in
            records.connections.count { $0.ending != nil } >= count
        }
    }

    /// As `waitForRequests`, suspending instead of blocking.
    @discardableResult
    public func receivedRequests(_ count: Int, timeoutSeconds: Double = 10) async -> Bool {
        await onThread { self.waitForRequests(count, timeoutSeconds: timeoutSeconds) }
    }

    /// As `waitForConnections`, suspending instead of blocking.
    @discardableResult
    public func acceptedConnections(_ count: Int, timeoutSeconds: Double = 10) async -> Bool {
        await onThread { self.waitForConnections(count, timeoutSeconds: timeoutSeconds) }
    }

    /// As `waitForEndings`, suspending instead of blocking.
    @discardableResult
    public func endedConnections(_ count: Int, timeoutSeconds: Double = 10) async -> Bool {
        await onThread { self.waitForEndings(count, timeoutSeconds: timeoutSeconds) }
    }

    private func onThread(_ body: @escaping @Sendable () -> Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            startThread { continuation.resume(returning: body()) }
        }
    }

    // MARK: The threads' side

    /// What the threads share; they hold it, not the server, so that dropping the server ends them.
    private final class Core: Sendable {
        let listener: ListeningSocket
        let context: ServerTLSContext?
        let plan: Plan
        let stopGate = Gate()
        let records = Monitor(Records())

        init(_ address: ListenAddress, tls: ServerTLS?, plan: Plan) throws {
            context = try tls.map { options throws(SystemFailure) in try ServerTLSContext(options) }
            listener = try ListeningSocket(address)
            self.plan = plan
            records.withLock { $0.threads = 1 }
            startThread { self.acceptLoop() }
        }

        func stop() {
            stopGate.open()
            _ = records.wait(timeoutSeconds: 10) { $0.threads == 0 }
        }

        func openCount() -> Int {
            records.withLock { records in records.descriptors.values.count { !hasPeerGone($0) } }
        }

        private func acceptLoop() {
            while true {
                let events = waitForEvents([
                    (listener.descriptor, POLLIN), (stopGate.descriptor, POLLIN),
                ])
                if events?[1] ?? 0 != 0 { break }
                while let descriptor = acceptConnection(listener.descriptor) { admit(descriptor) }
            }
            listener.close()
            records.withLock { $0.threads -= 1 }
        }

        private func admit(_ descriptor: Int32) {
            let index = records.withLock { records in
                let index = records.connections.count
                records.connections.append(ConnectionRecord(index: index))
                // A client that closed one connection before it opened this one never had both, even if the
                // first one's thread has yet to notice.
                let others = records.descriptors.values.count { !hasPeerGone($0) }
                records.descriptors[index] = descriptor
                records.peak = max(records.peak, others + 1)
                records.threads += 1
                return index
            }
            startThread {
                let runner = ConnectionRunner(
                    index: index, channel: ServerChannel(descriptor: descriptor, stop: self.stopGate),
                    records: self.records)
                let ending = runner.run(context: self.context, plan: self.steps(index))
                // The ending is told only once the descriptor is closed: who waits for it may count descriptors.
                self.records.withLock { records in
                    records.descriptors[index] = nil
                    Glibc.close(descriptor)
                    records.connections[index].ending = ending
                    records.threads -= 1
                }
            }
        }

        private func steps(_ index: Int) -> ConnectionRunner.Plan {
            switch plan {
            case .scripts(let scripts): .script(scripts[min(index, scripts.count - 1)])
            case .handler(let handler): .handler(handler)
            }
        }
    }

    /// What was seen so far.
    struct Records: Sendable {
        var connections: [ConnectionRecord] = []
        var requests: [RecordedRequest] = []
        /// The descriptors of the open connections by index.
        var descriptors: [Int: Int32] = [:]
        var peak = 0
        var threads = 0
    }
}
