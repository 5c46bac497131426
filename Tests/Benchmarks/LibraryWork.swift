import Connector
import Glibc
import TestSupport

/// Work with the connector alone, in a process of its own that prints one figure: `rate: N` or `each: N`.
struct LibraryWork {
    private let name: String
    private let count: Int

    /// What tells this program to do such work in place of a benchmark.
    private static let flag = "--library-work"

    /// The arguments of a process that does it.
    static func arguments(_ name: String, _ count: Int) -> [String] { [flag, name, "\(count)"] }

    /// Nil when the arguments ask for something else.
    init?(_ arguments: ArraySlice<String>) {
        let words = Array(arguments)
        guard words.count == 3, words[0] == Self.flag, let count = Int(words[2]), count > 0 else {
            return nil
        }
        name = words[1]
        self.count = count
    }

    /// Does it on this thread, and returns the exit status.
    func run() -> CInt {
        let (name, count) = (name, count)
        return EventLoop.shared.runMain {
            do {
                switch name {
                case "hosts": print("rate: \(try await Self.hosts(count))")
                case "waiters": print("rate: \(try await Self.waiters(count))")
                case "line": print("rate: \(try await Self.line(count))")
                case "idle": print("each: \(try await Self.idle(count))")
                case "waiting": print("each: \(try await Self.waiting(count))")
                default: return 2
                }
                return 0
            } catch {
                print("error: \(error)")
                return 1
            }
        }
    }

    /// Pairs of connect and release in a second, going round `count` hosts that have one idle connection each.
    @LoopActor
    private static func hosts(_ count: Int) async throws -> Double {
        let connector = try IdleConnector {
            $0.limit = nil
            $0.keepAliveTimeout = .seconds(3600)
        }
        var endpoints: [Endpoint] = []
        for index in 0..<count {
            let request = ConnectionRequest(scheme: "http", host: "h\(index).test")
            endpoints.append(try connector.endpoint(for: request))
            try await connector.connect(to: endpoints[index]).release()
        }
        let pairs = 300_000
        let started = now()
        for index in 0..<pairs { try await connector.connect(to: endpoints[index % count]).release() }
        let rate = Double(pairs) / (now() - started)
        await connector.close()
        return rate
    }

    /// Pairs of connect and release in a second, while `count` callers are in line for another host.
    @LoopActor
    private static func waiters(_ count: Int) async throws -> Double {
        let connector = try IdleConnector {
            $0.limit = nil
            $0.limitPerHost = 1
            $0.keepAliveTimeout = .seconds(3600)
        }
        let busy = try connector.endpoint(for: ConnectionRequest(scheme: "http", host: "busy.test"))
        let free = try connector.endpoint(for: ConnectionRequest(scheme: "http", host: "free.test"))
        let holder = try await connector.connect(to: busy)
        let tasks = (0..<count).map { _ in
            EventLoop.shared.startThrowing { try await connector.connect(to: busy).release() }
        }
        while connector.statistics.waiting < count { await Task.yield() }
        try await connector.connect(to: free).release()
        let pairs = 300_000
        let started = now()
        for _ in 0..<pairs { try await connector.connect(to: free).release() }
        let rate = Double(pairs) / (now() - started)
        holder.release()
        for task in tasks { try await task.value }
        await connector.close()
        return rate
    }

    /// Hand-overs in a second of one connection along a line of `count` callers, who release it at once.
    @LoopActor
    private static func line(_ count: Int) async throws -> Double {
        let connector = try IdleConnector {
            $0.limit = 1
            $0.keepAliveTimeout = .seconds(3600)
        }
        let endpoint = try connector.endpoint(for: ConnectionRequest(scheme: "http", host: "h.test"))
        var (served, seconds) = (0, 0.0)
        while served < 300_000 {
            let holder = try await connector.connect(to: endpoint)
            let tasks = (0..<count).map { _ in
                EventLoop.shared.startThrowing { try await connector.connect(to: endpoint).release() }
            }
            while connector.statistics.waiting < count { await Task.yield() }
            let started = now()
            holder.release()
            while connector.statistics.waiting > 0 { await Task.yield() }
            seconds += now() - started
            served += count
            for task in tasks { try await task.value }
        }
        await connector.close()
        return Double(served) / seconds
    }

    /// Bytes of resident memory for each of `count` idle connections to a server in this process, which keeps nothing
    /// but their numbers.
    @LoopActor
    private static func idle(_ count: Int) async throws -> Double {
        let server = try KeepingServer()
        let connector = try TCPConnector {
            $0.limit = nil
            $0.keepAliveTimeout = .seconds(3600)
        }
        let request = ConnectionRequest(scheme: "http", host: "127.0.0.1", port: server.port)
        // What exists once does not count.
        try await connector.connect(to: request).release()
        let before = residentBytes()
        var held: [Connection] = []
        while held.count < count {
            let batch = (0..<min(50, count - held.count)).map { _ in
                EventLoop.shared.startThrowing { try await connector.connect(to: request, mayReuse: false) }
            }
            for task in batch { held.append(try await task.value) }
        }
        for connection in held { connection.release() }
        held = []
        guard connector.statistics.idle >= count else { throw SystemFailure("not all connections are idle") }
        let bytes = Double(residentBytes() - before) / Double(count)
        await connector.close()
        return bytes
    }

    /// The same for `count` connections on each of which a task of its own, that also opened it, waits for a byte that
    /// the server never sends.
    @LoopActor
    private static func waiting(_ count: Int) async throws -> Double {
        let server = try KeepingServer()
        let connector = try TCPConnector {
            $0.limit = nil
            $0.keepAliveTimeout = .seconds(3600)
        }
        let request = ConnectionRequest(scheme: "http", host: "127.0.0.1", port: server.port)
        try await connector.connect(to: request).release()
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 1)
        defer { room.deallocate() }
        let before = residentBytes()
        var tasks: [Task<Void, any Error>] = []
        while tasks.count < count {
            // A few at a time: the server's line of callers is short.
            for _ in 0..<min(50, count - tasks.count) {
                tasks.append(
                    EventLoop.shared.startThrowing {
                        let connection = try await connector.connect(to: request, mayReuse: false)
                        // Nothing is ever written to it, so that all may share it.
                        _ = try await connection.read(into: room)
                    })
            }
            while connector.statistics.inUse < tasks.count { await Task.yield() }
        }
        let bytes = Double(residentBytes() - before) / Double(count)
        for task in tasks { task.cancel() }
        for task in tasks { _ = await task.result }
        await connector.close()
        return bytes
    }

    private static func residentBytes() -> Int {
        let fields = text(readFile("/proc/self/statm") ?? []).split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// Makes connections to nowhere, that are always fit.
private final class IdleConnector: BaseConnector {
    override func makeTransport(for endpoint: Endpoint, context: DialContext) async throws -> any Transport {
        IdleTransport()
    }
}

private final class IdleTransport: Transport {
    private(set) var isOpen = true
    let localAddress: SocketAddress? = nil
    let peerAddress: SocketAddress? = nil
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> TransportRead { .end }
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int { bytes.count }
    func untilReadable(deadline: ContinuousClock.Instant?) async throws(WaitError) {}
    func untilWritable(deadline: ContinuousClock.Instant?) async throws(WaitError) {}
    func isQuiet() -> Bool { true }
    func close(_ mode: CloseMode) { isOpen = false }
}
