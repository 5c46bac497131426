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

    private typealias Pool = ConnectionPool<Endpoint, OpenTransport>

    private var pool: Pool
    private var waiting: [WaiterID: Waiter] = [:]
    private var dialing: [ObjectIdentifier: DialContext] = [:]
    /// What is leased, at the index of its slot.
    private var inUse: [OpenTransport?] = []
    /// TLS shutdowns that wait for their peer.
    private var closing: [ObjectIdentifier: any Transport] = [:]
    private var isClosingDown = false
    private var allGone: [Suspension] = []
    private var expiryTimer: TimerHeap<EventLoop.Timer>.ID?
    private var reviewsExpiry = false
    private let diagnostics: (@Sendable (ConnectorDiagnostic) -> Void)?

    /// One caller in line. The delivery is set in the same step that wakes it.
    fileprivate final class Waiter {
        let suspension = Suspension()
        var delivery: (slot: SlotID, parked: OpenTransport?)?
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
        for parked in idle { parked.transport.close(.default) }
        if let expiryTimer { EventLoop.shared.cancel(expiryTimer) }
        let open = idle.count + inUse.count { $0 != nil }
        if open > 0 { diagnostics?(.unclosedConnector(openConnections: open)) }
    }

    /// The loop that carries all connections.
    public final var loop: EventLoop { .shared }

    /// The schemes that `connect` takes; a connector of your own may add to them.
    open var supportedSchemes: Set<String> { ["http", "https"] }

    /// The same for one scheme, without the set where a connector knows its own: making its type costs a cold start more
    /// than the question.
    func supports(_ scheme: String) -> Bool { supportedSchemes.contains(scheme) }

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
    ///   - mayReuse: false for a new connection in any case, such as for a request that died with a reused one.
    ///   - tracer: hears each step; nil costs nothing.
    ///   - id: comes back in each event.
    /// - Returns: an open connection, the caller's to release or close.
    /// - Throws: `ConnectorError`; `CancellationError` when the task is cancelled.
    public final func connect(
        to request: ConnectionRequest, timeouts: ConnectTimeouts = .none, mayReuse: Bool = true,
        tracer: (any ConnectorTracer)? = nil, id: ConnectID = ConnectID(0)
    ) async throws -> Connection {
        switch try startLease(request, timeouts, tracer, id, mayReuse) {
        case .ready(let connection): return connection
        case .pending(let lease): return try await finish(lease)
        }
    }

    /// As `connect(to:)` with an endpoint that `endpoint(for:)` made before, for callers who ask again and again.
    public final func connect(
        to endpoint: Endpoint, timeouts: ConnectTimeouts = .none, mayReuse: Bool = true,
        tracer: (any ConnectorTracer)? = nil, id: ConnectID = ConnectID(0)
    ) async throws -> Connection {
        switch try startLease(endpoint, timeouts, tracer, id, mayReuse: mayReuse) {
        case .ready(let connection): return connection
        case .pending(let lease): return try await finish(lease)
        }
    }

    /// How far a lease came without waiting.
    package enum LeaseStart {
        /// An idle connection serves again.
        case ready(Connection)
        /// `finish` must follow.
        case pending(PendingLease)
    }

    /// A lease that has its slot or its place in line already. A class, for the frame of whoever waits holds it, and there
    /// may be thousands of them.
    @LoopActor
    package final class PendingLease {
        fileprivate var step: Step
        fileprivate let endpoint: Endpoint
        fileprivate let context: DialContext

        fileprivate init(_ step: Step, _ endpoint: Endpoint, _ context: DialContext) {
            self.step = step
            self.endpoint = endpoint
            self.context = context
        }
    }

    fileprivate enum Step {
        case ready(Connection)
        case create(SlotID)
        /// It was tried to create a transport at once.
        case dial(SlotID)
        case wait(Waiter, WaiterID)
    }

    /// Apart from the functions that wait, in whose frames a whole request would be kept.
    private func startLease(
        _ request: ConnectionRequest, _ timeouts: ConnectTimeouts, _ tracer: (any ConnectorTracer)?,
        _ id: ConnectID, _ mayReuse: Bool
    ) throws -> LeaseStart {
        let endpoint: Endpoint
        do {
            try check()
            endpoint = try self.endpoint(for: request)
        } catch {
            throw Self.told(error, tracer, id)
        }
        return try startLease(endpoint, timeouts, tracer, id, mayReuse: mayReuse)
    }

    /// The part of `connect` that needs no waiting: most often all of it.
    package final func startLease(
        _ endpoint: Endpoint, _ timeouts: ConnectTimeouts, _ tracer: (any ConnectorTracer)?, _ id: ConnectID,
        mayReuse: Bool = true
    ) throws -> LeaseStart {
        do {
            try check()
            let now = ContinuousClock.now
            carryOut(pool.expire(now: now), closingFor: "it had been idle for too long")
            let step = try advance(
                pool.acquire(endpoint, mayReuse: mayReuse, now: now), endpoint, now, tracer, id)
            if case .ready(let connection) = step { return .ready(connection) }
            let context = DialContext(
                deadline: timeouts.connect.map { now + $0 }, timeouts: timeouts, tracer: tracer, id: id)
            let lease = PendingLease(step, endpoint, context)
            if case .create(let slot) = step, let connection = try createAtOnce(lease, slot) {
                return .ready(connection)
            }
            return .pending(lease)
        } catch {
            throw Self.told(error, tracer, id)
        }
    }

    /// Waits for the slot and the transport that a lease still lacks. Must follow at once: the slot is taken.
    package final func finish(_ lease: PendingLease) async throws -> Connection {
        do {
            while true {
                switch lease.step {
                case .ready(let connection): return connection
                case .create(let slot):
                    if let connection = try createAtOnce(lease, slot) { return connection }
                case .dial(let slot): return try await create(lease, slot)
                case .wait(let waiter, let place):
                    let outcome = await untilServed(waiter, lease.context)
                    lease.step = try leaveLine(waiter, place, lease, outcome)
                }
            }
        } catch {
            throw Self.told(error, lease.context.tracer, lease.context.id)
        }
    }

    private func check() throws {
        if Task.isCancelled { throw CancellationError() }
        if isClosed { throw ConnectorError.closed }
    }

    private static func told(
        _ error: any Error, _ tracer: (any ConnectorTracer)?, _ id: ConnectID
    ) -> any Error {
        if let tracer {
            if let error = error as? ConnectorError {
                tracer.record(.failed(error), id: id)
            } else {
                tracer.record(.cancelled, id: id)
            }
        }
        return error
    }

    /// Acts on what the pool decided. An idle connection that proves dead keeps the slot and makes way for the next.
    private func advance(
        _ first: Pool.Acquisition, _ endpoint: Endpoint,
        _ now: ContinuousClock.Instant, _ tracer: (any ConnectorTracer)?, _ id: ConnectID
    ) throws -> Step {
        var acquisition = first
        while true {
            carryOut(acquisition.orders, closingFor: "its slot was needed")
            rearmExpiry()
            switch acquisition.outcome {
            case .reuse(let slot, let parked, let idleFor, let useCount):
                guard parked.transport.isOpen, parked.transport.isQuiet() else {
                    acquisition = pool.reuseFailed(slot, now: now)
                    end(parked.transport)
                    diagnostics?(.evicted(endpoint, reason: "its peer had ended it or spoken out of turn"))
                    continue
                }
                let connection = hand(parked, slot, useCount)
                tracer?.record(.reused(idleFor: idleFor, useCount: useCount), id: id)
                return .ready(connection)
            case .create(let slot):
                return .create(slot)
            case .wait(let place, let position):
                let waiter = Waiter()
                waiting[place] = waiter
                tracer?.record(.queued(position: position), id: id)
                return .wait(waiter, place)
            case .closed:
                throw ConnectorError.closed
            }
        }
    }

    private func untilServed(_ waiter: Waiter, _ context: DialContext) async -> Suspension.Outcome {
        // The tracer that heard of the queue may have freed a slot, or closed the connector, there and then.
        guard waiter.delivery == nil, !isClosed else { return .woken }
        return await waiter.suspension.wait(until: context.deadline)
    }

    /// What follows the wait: the next step with what was delivered, or an error. Never inlined, as are the other two that
    /// follow a wait: what they hold for a moment would be held during the wait.
    @inline(never)
    private func leaveLine(
        _ waiter: Waiter, _ place: WaiterID, _ lease: PendingLease, _ outcome: Suspension.Outcome
    ) throws -> Step {
        waiting[place] = nil
        guard let (slot, parked) = waiter.delivery, !isClosed, !Task.isCancelled else {
            throw turnedAway(waiter, place, lease, outcome)
        }
        lease.context.trace(.dequeued)
        guard let parked else { return .create(slot) }
        let delivery = Pool.Acquisition(
            outcome: .reuse(slot, parked, idleFor: .zero, useCount: pool.useCount(of: slot)), orders: [])
        return try advance(delivery, lease.endpoint, .now, lease.context.tracer, lease.context.id)
    }

    /// Puts the books straight for a waiter who goes with nothing, and says why he does.
    private func turnedAway(
        _ waiter: Waiter, _ place: WaiterID, _ lease: PendingLease, _ outcome: Suspension.Outcome
    ) -> any Error {
        if let (slot, parked) = waiter.delivery {
            // Handed over, but nobody is there to take it: the next in line gets it.
            carryOut(pool.returnDelivery(slot, item: parked, now: .now), closingFor: nil)
            rearmExpiry()
        } else {
            pool.cancelWaiter(place)
        }
        if isClosed { return ConnectorError.closed }
        guard outcome == .timedOut, !Task.isCancelled else { return CancellationError() }
        return ConnectorError.timedOut(
            TimeoutFailure(
                phase: .queue, limit: lease.context.timeouts.connect, endpoint: lease.endpoint, attempts: []))
    }

    /// A connection whose transport can be had without waiting; else nil, and `dial` is the next step.
    @inline(never)
    private func createAtOnce(_ lease: PendingLease, _ slot: SlotID) throws -> Connection? {
        lease.step = .dial(slot)
        lease.context.trace(.creating)
        let transport: (any Transport)?
        do {
            transport = try makeTransportAtOnce(for: lease.endpoint, context: lease.context)
        } catch {
            throw notCreated(lease, slot, error)
        }
        return try transport.map { try created(lease, slot, $0) }
    }

    /// A transport for `makeTransport` to save the wait, or nil. For connectors of this module only: a subclass's own
    /// `makeTransport` is always asked.
    func makeTransportAtOnce(for endpoint: Endpoint, context: DialContext) throws -> (any Transport)? { nil }

    private func create(_ lease: PendingLease, _ slot: SlotID) async throws -> Connection {
        let transport: any Transport
        do {
            transport = try await makeTransportApart(lease.endpoint, lease.context)
        } catch {
            throw notCreated(lease, slot, error)
        }
        return try created(lease, slot, transport)
    }

    @inline(never)
    private func notCreated(_ lease: PendingLease, _ slot: SlotID, _ error: any Error) -> any Error {
        dialing[ObjectIdentifier(lease.context)] = nil
        carryOut(pool.creationFailed(slot, now: .now), closingFor: "its slot was needed")
        // What is true at once: closed before cancelled before whatever else went wrong.
        if isClosed { return ConnectorError.closed }
        if Task.isCancelled { return CancellationError() }
        if let error = error as? ConnectorError { return error }
        return ConnectorError.custom(CustomFailure(endpoint: lease.endpoint, cause: error))
    }

    @inline(never)
    private func created(
        _ lease: PendingLease, _ slot: SlotID, _ transport: any Transport
    ) throws -> Connection {
        dialing[ObjectIdentifier(lease.context)] = nil
        guard pool.created(slot) else {
            end(transport)
            throw ConnectorError.closed
        }
        let connection = hand(OpenTransport(transport, to: lease.endpoint), slot, 0)
        lease.context.trace(
            .created(local: transport.localAddress, peer: transport.peerAddress, tls: transport.tls))
        return connection
    }

    /// In a task of its own where TLS or a proxy take part: a task keeps the memory of all frames it ever had, and such a
    /// dial needs several times as much as the wait for an answer, of which there may be thousands.
    private func makeTransportApart(
        _ endpoint: Endpoint, _ context: DialContext
    ) async throws -> any Transport {
        dialing[ObjectIdentifier(context)] = context
        guard endpoint.hasLayers else { return try await makeTransport(for: endpoint, context: context) }
        let task = EventLoop.shared.startThrowing {
            try await self.makeTransport(for: endpoint, context: context)
        }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func hand(_ open: OpenTransport, _ slot: SlotID, _ useCount: Int) -> Connection {
        while inUse.count <= slot.index { inUse.append(nil) }
        inUse[slot.index] = open
        return Connection(open, slot: slot, useCount: useCount, connector: self)
    }

    // MARK: Giving back

    /// True when the transport lives on, for another caller or idle.
    @discardableResult
    final func giveBack(_ slot: SlotID, _ open: OpenTransport, isReusable: Bool) -> Bool {
        if slot.index < inUse.count { inUse[slot.index] = nil }
        open.transport.leaseEnded()
        let isKept = isReusable && !forceClose && !isClosed && keepAliveTimeout > .zero
        let orders = pool.release(slot, item: isKept ? open : nil, now: .now)
        if !isKept { end(open.transport) }
        carryOut(orders, closingFor: "its slot was needed")
        rearmExpiry()
        return isKept
    }

    final func connectionWasDropped(_ slot: SlotID, _ open: OpenTransport) {
        giveBack(slot, open, isReusable: false)
        diagnostics?(.unreleasedConnection(open.endpoint))
    }

    /// Does what the pool says. `reason` is why idle connections among it are closed; nil when that is no news.
    private func carryOut(_ orders: [Pool.Order], closingFor reason: String?) {
        for order in orders {
            switch order {
            case .close(let parked):
                end(parked.transport)
                if let reason { diagnostics?(.evicted(parked.endpoint, reason: reason)) }
            case .deliver(let place, let slot, let parked):
                guard let waiter = waiting[place] else {
                    // Nobody waits under that name any more; the slot must not be lost.
                    carryOut(pool.returnDelivery(slot, item: parked, now: .now), closingFor: reason)
                    continue
                }
                waiter.delivery = (slot, parked)
                waiter.suspension.wake()
            }
        }
    }

    /// Closes a transport whose slot is free already. TLS that is to wait for its peer does so in the background.
    private func end(_ transport: any Transport) {
        let name = ObjectIdentifier(transport)
        guard closing[name] == nil else { return }
        guard tlsShutdownTimeout > .zero, transport.isOpen, transport.isEncrypted else {
            transport.close(.default)
            return
        }
        let patience = enableCleanupClosed ? min(tlsShutdownTimeout, .seconds(2)) : tlsShutdownTimeout
        let deadline = ContinuousClock.now + patience
        closing[name] = transport
        EventLoop.shared.start {
            await transport.shutdown(until: deadline)
            let isOverdue = self.enableCleanupClosed && deadline <= .now
            transport.close(isOverdue ? .abort : .default)
            self.closing[name] = nil
            self.wakeClosers()
        }
    }

    private func wakeClosers() {
        guard closing.isEmpty, !isClosingDown else { return }
        let sleepers = allGone
        allGone = []
        for sleeper in sleepers { sleeper.wake() }
    }

    // MARK: Keeping

    /// Keeps one timer no later than the earliest idle deadline, and none while nothing is idle. One that fires too early,
    /// because what was idle longest has been used since, is set anew there.
    ///
    /// Seen to at the end of the turn: of a busy connector one connection after another is idle for an instant.
    private func rearmExpiry() {
        guard !reviewsExpiry else { return }
        reviewsExpiry = true
        EventLoop.shared.atEndOfTurn { self.reviewExpiry() }
    }

    private func reviewExpiry() {
        reviewsExpiry = false
        guard let deadline = pool.nextDeadline else { return stopExpiry() }
        guard expiryTimer == nil else { return }
        expiryTimer = EventLoop.shared.schedule(
            .callback { [weak self] in
                guard let self else { return }
                expiryTimer = nil
                carryOut(pool.expire(now: .now), closingFor: "it had been idle for too long")
                rearmExpiry()
            }, at: deadline)
    }

    private func stopExpiry() {
        guard let timer = expiryTimer.take() else { return }
        EventLoop.shared.cancel(timer)
    }

    /// Closes the connection that was idle longest, to free a descriptor; false when nothing is idle.
    final func evictLongestIdle() -> Bool {
        guard let parked = pool.evictLongestIdle() else { return false }
        parked.transport.close(.default)
        rearmExpiry()
        diagnostics?(.evicted(parked.endpoint, reason: "its descriptor was needed"))
        return true
    }

    /// Counts at this instant.
    public final var statistics: ConnectorStatistics {
        ConnectorStatistics(pool.statistics, closing: closing.count)
    }

    /// Counts of one host at this instant; shutdowns are counted for the connector only.
    public final func statistics(for group: Endpoint.Group) -> ConnectorStatistics {
        ConnectorStatistics(pool.statistics(of: group), closing: 0)
    }

    /// How many more connections `group` may have in use now; nil = no limit.
    public final func available(for group: Endpoint.Group) -> Int? {
        pool.available(for: group)
    }

    // MARK: Closing

    /// Closes everything: idle connections, connections in use, those being made, and the line. Returns when all sockets
    /// are gone. Never throws; a second call waits for the first one's work, and with `.abort` cuts its shutdowns short.
    public final func close(_ mode: CloseMode = .default) async {
        if isClosed {
            guard mode == .abort else { return await untilAllGone() }
            for transport in closing.values { transport.close(.abort) }
        } else {
            isClosed = true
            isClosingDown = true
            closeAll(mode)
            await connectorDidClose()
            isClosingDown = false
            wakeClosers()
        }
        await untilAllGone()
    }

    private func closeAll(_ mode: CloseMode) {
        stopExpiry()
        // What was handed to a waiter that has not run yet is in neither book.
        let delivered = waiting.values.compactMap { $0.delivery?.parked?.transport }
        let open = pool.closeAll().items.map(\.transport) + delivered + inUse.compactMap { $0?.transport }
        inUse = []
        for waiter in waiting.values { waiter.suspension.wake(.closed) }
        for context in dialing.values { context.close() }
        if mode == .abort {
            for transport in open + Array(closing.values) { transport.close(.abort) }
        } else {
            for transport in open { end(transport) }
        }
    }

    /// A cancelled caller leaves at once; the work goes on.
    private func untilAllGone() async {
        while isClosingDown || !closing.isEmpty {
            let sleeper = Suspension()
            allGone.append(sleeper)
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
        guard supports(scheme) else { throw .unsupportedScheme(request.scheme) }
        let isTLS = scheme == "https"
        let host = try HostName.normalised(request.host)
        let serverName = try request.serverName.map { (name) throws(ConnectorError) in
            try HostName.normalised(name)
        }
        var proxy = request.proxy
        if let name = proxy?.host { proxy?.host = try HostName.normalised(name) }
        if let name = proxy?.preproxy?.host { proxy?.preproxy?.host = try HostName.normalised(name) }
        var dial = request.dial
        if case .peer(let host, let port) = dial {
            dial = .peer(host: try HostName.normalised(host), port: port)
        }
        return Endpoint(
            group: Endpoint.Group(host: host, port: request.port ?? (isTLS ? 443 : 80), isTLS: isTLS),
            tls: isTLS ? effectiveTLS(request.tls) : nil, serverName: isTLS ? serverName : nil,
            proxy: proxy, dial: dial, announcement: request.announcement)
    }

    /// The request's settings win over the connector's, but a pin of the connector is never lost.
    private func effectiveTLS(_ requested: TLSMode?) -> TLSConfiguration {
        guard let requested else { return tls.configuration }
        var configuration = requested.configuration
        let own = tls.configuration
        if configuration.fingerprints.isEmpty { configuration.fingerprints = own.fingerprints }
        if configuration.publicKeyPins.isEmpty { configuration.publicKeyPins = own.publicKeyPins }
        return configuration
    }
}
