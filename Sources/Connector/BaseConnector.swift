internal import Sockets

/// Opens connections, keeps them, and bounds their number. Every connector derives from it and overrides `makeTransport`.
///
/// The decisions are `ConnectionPool`'s; this class carries them out. A slot is taken before anything is awaited and
/// given back on every way out.
@LoopActor
open class BaseConnector {
    /// Most connections at once, idle ones included; nil = no limit.
    public let limit: Int?
    /// Most connections to one host, port and TLS state; nil = no limit.
    public let limitPerHost: Int?
    /// How long an idle connection may be reused.
    public let keepAliveTimeout: Duration
    /// True when each connection is closed after its first use. Whoever writes HTTP over it must send `Connection: close`.
    public let forceClose: Bool
    /// True when TLS shutdowns that wait for the peer are cut off after two seconds.
    public let enableCleanupClosed: Bool
    /// How long a TLS connection that is closed waits for the peer's close_notify.
    public let tlsShutdownTimeout: Duration
    /// TLS settings of requests that bring none.
    public let tls: TLSMode
    /// True from the first instant of `close()`.
    public private(set) var isClosed = false

    private var pool: ConnectionPool<Endpoint, any Transport>
    private var waiting: [WaiterID: Waiter] = [:]
    private var dialing: [ObjectIdentifier: DialContext] = [:]
    private var inUse: [ObjectIdentifier: any Transport] = [:]
    private var shutdowns = 0
    private var allGone: [Suspension] = []
    private var expiryTimer: TimerHeap<EventLoop.Timer>.ID?
    private let diagnostics: (@Sendable (ConnectorDiagnostic) -> Void)?

    /// One caller in line. The delivery is set in the same step that wakes it.
    private final class Waiter {
        let suspension = Suspension()
        var delivery: (slot: SlotID, transport: (any Transport)?)?
    }

    /// Options that every connector has.
    /// - Parameters:
    ///   - limit: most connections at once, idle ones included; nil or 0 = no limit.
    ///   - limitPerHost: most connections to one (host, port, TLS); nil or 0 = no limit.
    ///   - keepAliveTimeout: how long an idle connection may be reused; nil = 15 s, zero = never.
    ///   - forceClose: close each connection after its first use; excludes `keepAliveTimeout`.
    ///   - enableCleanupClosed: cut off TLS shutdowns after two seconds.
    ///   - tlsShutdownTimeout: how long to wait for the peer's close_notify; at most 30 s, zero = not at all.
    ///   - tls: for requests that bring no TLS settings of their own.
    ///   - diagnostics: hears of what no error can tell; any thread. nil = silent.
    /// - Throws: `ConnectorOptionError` that names the option.
    public init(
        limit: Int? = 100, limitPerHost: Int? = nil, keepAliveTimeout: Duration? = nil,
        forceClose: Bool = false,
        enableCleanupClosed: Bool = false, tlsShutdownTimeout: Duration = .zero, tls: TLSMode = .verified,
        diagnostics: (@Sendable (ConnectorDiagnostic) -> Void)? = nil
    ) throws(ConnectorOptionError) {
        for (name, value) in [("limit", limit), ("limitPerHost", limitPerHost)] {
            guard let value, value < 0 else { continue }
            throw .invalid(option: name, value: "\(value)", reason: "it must be 0 or more (0 = no limit)")
        }
        if let keepAliveTimeout {
            if forceClose { throw .conflicting("keepAliveTimeout", "forceClose") }
            if keepAliveTimeout < .zero {
                throw .invalid(
                    option: "keepAliveTimeout", value: "\(keepAliveTimeout)", reason: "it must be 0 or more")
            }
        }
        if tlsShutdownTimeout < .zero {
            throw .invalid(
                option: "tlsShutdownTimeout", value: "\(tlsShutdownTimeout)", reason: "it must be 0 or more")
        }
        self.limit = limit == 0 ? nil : limit
        self.limitPerHost = limitPerHost == 0 ? nil : limitPerHost
        self.keepAliveTimeout = keepAliveTimeout ?? .seconds(15)
        self.forceClose = forceClose
        self.enableCleanupClosed = enableCleanupClosed
        self.tlsShutdownTimeout = min(tlsShutdownTimeout, .seconds(30))
        self.tls = tls
        self.diagnostics = diagnostics
        pool = ConnectionPool(
            limit: limit, limitPerHost: limitPerHost,
            keepAliveTimeout: forceClose ? .zero : keepAliveTimeout ?? .seconds(15))
    }

    isolated deinit {
        guard !isClosed else { return }
        let (idle, _) = pool.closeAll()
        for transport in idle { transport.close(.default) }
        if let expiryTimer { EventLoop.shared.cancel(expiryTimer) }
        let open = idle.count + inUse.count
        if open > 0 { diagnostics?(.unclosedConnector(openConnections: open)) }
    }

    /// The loop that carries all connections.
    public final var loop: EventLoop { .shared }

    /// The schemes that `connect` takes; a connector of your own may add to them.
    open var supportedSchemes: Set<String> { ["http", "https"] }

    /// Makes a new transport for `endpoint`: the one method a connector must override.
    /// - Throws: `ConnectorError`, or `CancellationError` when the task was cancelled. Nothing may stay open on a throw.
    open func makeTransport(for endpoint: Endpoint, context: DialContext) async throws -> any Transport {
        throw ConnectorError.unsupportedScheme(endpoint.isTLS ? "https" : "http")
    }

    // MARK: Connecting

    /// Leases a connection: an idle one that fits, or a new one, as soon as the limits allow.
    /// - Parameters:
    ///   - request: where to and over what.
    ///   - timeouts: `connect` bounds line, names, sockets, proxy and TLS together.
    ///   - tracer: hears each step; nil costs nothing.
    ///   - id: comes back in each event.
    /// - Throws: `ConnectorError`; `CancellationError` when the task is cancelled.
    public final func connect(
        to request: ConnectionRequest, timeouts: ConnectTimeouts = .none,
        tracer: (any ConnectorTracer)? = nil,
        id: ConnectID = ConnectID(0)
    ) async throws -> Connection {
        try check()
        return try await connect(
            to: try endpoint(for: request), timeouts: timeouts, tracer: tracer, id: id)
    }

    /// As `connect(to:)` with an endpoint that `endpoint(for:)` made before, for callers who ask again and again.
    public final func connect(
        to endpoint: Endpoint, timeouts: ConnectTimeouts = .none, tracer: (any ConnectorTracer)? = nil,
        id: ConnectID = ConnectID(0)
    ) async throws -> Connection {
        do {
            try check()
            return try await lease(endpoint, timeouts, tracer, id)
        } catch let error as ConnectorError {
            tracer?.record(.failed(error), id: id)
            throw error
        } catch {
            tracer?.record(.cancelled, id: id)
            throw CancellationError()
        }
    }

    private func check() throws {
        if Task.isCancelled { throw CancellationError() }
        if isClosed { throw ConnectorError.closed }
    }

    private func lease(
        _ endpoint: Endpoint, _ timeouts: ConnectTimeouts, _ tracer: (any ConnectorTracer)?, _ id: ConnectID
    ) async throws -> Connection {
        var now = ContinuousClock.now
        var acquisition = pool.acquire(endpoint, now: now)
        // An idle connection of this endpoint that proves dead keeps the slot and makes way for the next.
        while true {
            carryOut(acquisition.orders)
            switch acquisition.outcome {
            case .reuse(let slot, let transport, let idleSince, let useCount):
                guard transport.isOpen, transport.isQuiet() else {
                    end(transport)
                    diagnostics?(.evicted(endpoint, reason: "its peer had ended it or spoken out of turn"))
                    acquisition = pool.reuseFailed(slot, now: now)
                    continue
                }
                tracer?.record(.reused(idleFor: now - idleSince, useCount: useCount), id: id)
                rearmExpiry()
                return hand(endpoint, slot, transport, useCount)
            case .create(let slot):
                let deadline = timeouts.connect.map { now + $0 }
                return try await create(endpoint, slot, deadline, timeouts, tracer, id)
            case .wait(let waiter, let position):
                tracer?.record(.queued(position: position), id: id)
                let deadline = timeouts.connect.map { now + $0 }
                let (slot, transport) = try await queue(waiter, endpoint, deadline, timeouts)
                now = .now
                tracer?.record(.dequeued, id: id)
                guard let transport else {
                    return try await create(endpoint, slot, deadline, timeouts, tracer, id)
                }
                acquisition.orders = []
                acquisition.outcome = .reuse(
                    slot, transport, idleSince: now, useCount: pool.useCount(of: slot))
            case .closed:
                throw ConnectorError.closed
            }
        }
    }

    private func queue(
        _ id: WaiterID, _ endpoint: Endpoint, _ deadline: ContinuousClock.Instant?,
        _ timeouts: ConnectTimeouts
    ) async throws -> (SlotID, (any Transport)?) {
        let waiter = Waiter()
        waiting[id] = waiter
        let outcome = await waiter.suspension.wait(until: deadline)
        waiting[id] = nil
        if let (slot, transport) = waiter.delivery {
            // Handed over, but the task was cancelled before it ran: the next in line gets it.
            if Task.isCancelled || isClosed {
                carryOut(pool.returnDelivery(slot, item: transport, now: .now))
                try check()
            }
            return (slot, transport)
        }
        pool.cancelWaiter(id)
        switch outcome {
        case .woken, .closed: throw ConnectorError.closed
        case .cancelled: throw CancellationError()
        case .timedOut:
            throw ConnectorError.timedOut(
                TimeoutFailure(phase: .queue, limit: timeouts.connect, endpoint: endpoint, attempts: []))
        }
    }

    private func create(
        _ endpoint: Endpoint, _ slot: SlotID, _ deadline: ContinuousClock.Instant?,
        _ timeouts: ConnectTimeouts,
        _ tracer: (any ConnectorTracer)?, _ id: ConnectID
    ) async throws -> Connection {
        let context = DialContext(deadline: deadline, timeouts: timeouts, tracer: tracer, id: id)
        dialing[ObjectIdentifier(context)] = context
        defer { dialing[ObjectIdentifier(context)] = nil }
        context.trace(.creating)
        let transport: any Transport
        do {
            transport = try await makeTransport(for: endpoint, context: context)
        } catch {
            carryOut(pool.creationFailed(slot, now: .now))
            // What is true at once: closed before cancelled before whatever else went wrong.
            if isClosed { throw ConnectorError.closed }
            if Task.isCancelled { throw CancellationError() }
            throw Self.wrapped(error, endpoint)
        }
        guard pool.created(slot) else {
            end(transport)
            throw ConnectorError.closed
        }
        context.trace(
            .created(local: transport.localAddress, peer: transport.peerAddress, tls: transport.tls))
        return hand(endpoint, slot, transport, 0)
    }

    /// A connector outside this module may throw anything; callers see `ConnectorError` only.
    private static func wrapped(_ error: any Error, _ endpoint: Endpoint) -> any Error {
        switch error {
        case let error as ConnectorError: error
        case let error as DNSFailure: ConnectorError.dns(error)
        default:
            ConnectorError.dns(
                DNSFailure(host: endpoint.host, port: endpoint.port, text: String(describing: error)))
        }
    }

    private func hand(
        _ endpoint: Endpoint, _ slot: SlotID, _ transport: any Transport, _ useCount: Int
    ) -> Connection {
        inUse[ObjectIdentifier(transport)] = transport
        return Connection(
            endpoint: endpoint, slot: slot, transport: transport, useCount: useCount, connector: self)
    }

    // MARK: Giving back

    final func giveBack(
        _ slot: SlotID, _ endpoint: Endpoint, _ transport: any Transport, isReusable: Bool
    ) {
        inUse[ObjectIdentifier(transport)] = nil
        transport.leaseEnded()
        let isKept = isReusable && !forceClose && !isClosed
        let orders = pool.release(slot, item: isKept ? transport : nil, now: .now)
        if !isKept { end(transport) }
        carryOut(orders)
        rearmExpiry()
    }

    final func connectionWasDropped(_ slot: SlotID, _ endpoint: Endpoint, _ transport: any Transport) {
        inUse[ObjectIdentifier(transport)] = nil
        diagnostics?(.unreleasedConnection(endpoint))
        carryOut(pool.release(slot, item: nil, now: .now))
    }

    private func carryOut(_ orders: [ConnectionPool<Endpoint, any Transport>.Order]) {
        for order in orders {
            switch order {
            case .close(let transport): end(transport)
            case .deliver(let id, let slot, let transport):
                guard let waiter = waiting[id] else {
                    // Nobody waits under that name any more; the slot must not be lost.
                    carryOut(pool.returnDelivery(slot, item: transport, now: .now))
                    continue
                }
                waiter.delivery = (slot, transport)
                waiter.suspension.wake()
            }
        }
    }

    /// Closes a transport whose slot is free already. TLS that is to wait for its peer does so in the background.
    private func end(_ transport: any Transport) {
        guard tlsShutdownTimeout > .zero, transport.isOpen, transport.isEncrypted else {
            transport.close(.default)
            return
        }
        let patience = enableCleanupClosed ? min(tlsShutdownTimeout, .seconds(2)) : tlsShutdownTimeout
        shutdowns += 1
        EventLoop.shared.start {
            await transport.shutdown(until: .now + patience)
            transport.close(.default)
            self.shutdownEnded()
        }
    }

    private func shutdownEnded() {
        shutdowns -= 1
        guard shutdowns == 0 else { return }
        let sleepers = allGone
        allGone = []
        for sleeper in sleepers { sleeper.wake() }
    }

    // MARK: Keeping

    /// Keeps one timer for the earliest idle deadline, and none while nothing is idle.
    private func rearmExpiry() {
        guard let deadline = pool.nextDeadline else {
            if let expiryTimer { EventLoop.shared.cancel(expiryTimer) }
            expiryTimer = nil
            return
        }
        guard expiryTimer == nil else { return }
        expiryTimer = EventLoop.shared.schedule(
            .callback { [weak self] in
                guard let self else { return }
                expiryTimer = nil
                carryOut(pool.expire(now: .now))
                rearmExpiry()
            }, at: deadline)
    }

    /// Closes the connection that was idle longest, to free a descriptor; false when nothing is idle.
    final func evictLongestIdle() -> Bool {
        guard let transport = pool.evictLongestIdle() else { return false }
        transport.close(.default)
        return true
    }

    /// Counts at this instant.
    public final var statistics: ConnectorStatistics {
        let counts = pool.statistics
        return ConnectorStatistics(
            idle: counts.idle, inUse: counts.inUse, pending: counts.pending, waiting: counts.waiting,
            closing: shutdowns)
    }

    /// How many more connections `group` may have in use now; nil = no limit.
    public final func available(for group: Endpoint.Group) -> Int? {
        let count = pool.available(for: group)
        return count == .max ? nil : count
    }

    // MARK: Closing

    /// Closes everything: idle connections, connections in use, those being made, and the line. Returns when all sockets
    /// are gone. Never throws; a second call waits for the first one's work.
    public final func close(_ mode: CloseMode = .default) async {
        if !isClosed {
            isClosed = true
            if let expiryTimer { EventLoop.shared.cancel(expiryTimer) }
            expiryTimer = nil
            let (idle, _) = pool.closeAll()
            for waiter in waiting.values { waiter.suspension.wake(.closed) }
            for context in dialing.values { context.close() }
            for transport in idle + Array(inUse.values) {
                if mode == .abort { transport.close(.abort) } else { end(transport) }
            }
            inUse = [:]
            await connectorDidClose()
        }
        while shutdowns > 0 {
            let sleeper = Suspension()
            allGone.append(sleeper)
            // A cancelled caller leaves; the work goes on.
            guard case .woken = await sleeper.wait() else { return }
        }
    }

    /// Called once by `close`, for what a derived connector holds beside its connections.
    open func connectorDidClose() async {}

    // MARK: Endpoints

    /// The pool's name for what `request` asks.
    /// - Throws: `.unsupportedScheme`, `.invalidHost`.
    open func endpoint(for request: ConnectionRequest) throws(ConnectorError) -> Endpoint {
        let scheme = request.scheme.lowercased()
        guard supportedSchemes.contains(scheme) else { throw .unsupportedScheme(request.scheme) }
        let isTLS = scheme == "https"
        let host = try HostName.normalised(request.host)
        let serverName = try request.serverName.map { (name) throws(ConnectorError) in
            try HostName.normalised(name)
        }
        return Endpoint(
            group: Endpoint.Group(host: host, port: request.port ?? (isTLS ? 443 : 80), isTLS: isTLS),
            tls: isTLS ? effectiveTLS(request.tls) : nil, serverName: isTLS ? serverName : nil,
            proxy: request.proxy, dial: request.dial)
    }

    /// The request's settings win over the connector's, but a pin of the connector is never lost.
    private func effectiveTLS(_ requested: TLSMode?) -> TLSConfiguration {
        guard let requested else { return tls.configuration }
        var configuration = requested.configuration
        if configuration.fingerprints.isEmpty { configuration.fingerprints = tls.configuration.fingerprints }
        return configuration
    }
}

/// Counts of a connector at one instant.
public struct ConnectorStatistics: Hashable, Sendable {
    /// Open and unused.
    public var idle: Int
    /// Leased to callers.
    public var inUse: Int
    /// Being made.
    public var pending: Int
    /// Callers in line.
    public var waiting: Int
    /// TLS shutdowns that wait for their peer; these hold no slot.
    public var closing: Int
}

/// Runs `body` with a connection that is released when it returns and closed when it throws or is cancelled.
extension BaseConnector {
    /// Leases a connection for `body`: released on return, closed on a throw.
    /// - Throws: what `connect` or `body` throws.
    public final func withConnection<Result>(
        to request: ConnectionRequest, timeouts: ConnectTimeouts = .none,
        _ body: @LoopActor (Connection) async throws -> Result
    ) async throws -> Result {
        let connection = try await connect(to: request, timeouts: timeouts)
        do {
            let result = try await body(connection)
            if Task.isCancelled { connection.close() } else { connection.release() }
            return result
        } catch {
            connection.close()
            throw error
        }
    }
}

/// Runs `body` and closes `connector` on every way out; the closing is not cut short by a cancelled task.
/// - Throws: what `body` throws.
@LoopActor
public func withConnector<Wrapped: BaseConnector, Result>(
    _ connector: Wrapped, _ body: @LoopActor (Wrapped) async throws -> Result
) async rethrows -> Result {
    do {
        let result = try await body(connector)
        await EventLoop.shared.start { await connector.close() }.value
        return result
    } catch {
        await EventLoop.shared.start { await connector.close() }.value
        throw error
    }
}
