internal import Sockets

/// Opens connections, keeps them, and bounds their number. Every connector derives from it and overrides `makeTransport`.
///
/// The decisions are `ConnectionPool`'s; this class carries them out, and `Lease` is the way of one caller. A slot is taken
/// before anything is awaited and given back on every way out.
@LoopActor
open class BaseConnector {
    /// The options in force: what was given, with defaults and bounds applied.
    public let options: Options
    /// True from the first instant of `close()`.
    public private(set) var isClosed = false

    typealias Pool = ConnectionPool<Endpoint, OpenTransport>

    /// What a slot that is not idle is for.
    private enum Use {
        /// It is idle, or nobody has it.
        case none
        /// Its transport is being made.
        case dialing(DialContext)
        /// A caller has its transport, or is about to fetch it.
        case leased(OpenTransport)
    }

    private(set) var pool: Pool
    /// Who is in line.
    private var line: [WaiterID: Lease] = [:]
    /// By the index of the slot.
    private var uses: [Use] = []
    private(set) var totals = ConnectorStatistics.Totals()
    let closer: TransportCloser
    private let diagnostics: (@Sendable (ConnectorDiagnostic) -> Void)?
    private let expiry = ExpiryTimer()

    /// A connector of its own pool.
    /// - Parameters:
    ///   - options: what is not set is as `Options` says.
    ///   - diagnostics: called for what no error can report, on any thread. nil = silent.
    /// - Throws: `ConnectorOptionError` that names the option.
    public init(
        _ options: Options = Options(), diagnostics: (@Sendable (ConnectorDiagnostic) -> Void)? = nil
    ) throws(ConnectorOptionError) {
        self.options = try options.resolved()
        self.diagnostics = diagnostics
        closer = TransportCloser(self.options)
        pool = ConnectionPool(
            limit: self.options.limit, limitPerHost: self.options.limitPerHost,
            keepAliveTimeout: self.options.idleTimeout)
    }

    /// As `init(_:diagnostics:)` with the defaults that `configure` changes.
    /// - Throws: `ConnectorOptionError` that names the option.
    public convenience init(
        diagnostics: (@Sendable (ConnectorDiagnostic) -> Void)? = nil, _ configure: (inout Options) -> Void
    ) throws(ConnectorOptionError) {
        var options = Options()
        configure(&options)
        try self.init(options, diagnostics: diagnostics)
    }

    isolated deinit {
        guard !isClosed else { return }
        let (idle, _) = pool.closeAll()
        for parked in idle { parked.transport.close(.default) }
        expiry.stop()
        let open = idle.count + uses.count { if case .none = $0 { false } else { true } }
        if open > 0 { diagnostics?(.unclosedConnector(openConnections: open)) }
    }

    /// The loop that carries all connections.
    public final var loop: EventLoop { .shared }
    /// `options.limit`: most connections at once; nil = no limit.
    public final var limit: Int? { options.limit }
    /// `options.limitPerHost`: most connections to one host, port and TLS state; nil = no limit.
    public final var limitPerHost: Int? { options.limitPerHost }
    /// `options.forceClose`: each connection is closed after its first use.
    public final var forceClose: Bool { options.forceClose }

    /// The schemes that `connect` takes; a connector of your own may name others.
    open var supportedSchemes: Set<String> { ["http", "https"] }

    /// Makes a new transport for `endpoint`: the one method a connector must override.
    /// - Throws: `ConnectorError`, or `CancellationError` when the task was cancelled. Nothing may stay open on a throw.
    open func makeTransport(for endpoint: Endpoint, context: DialContext) async throws -> any Transport {
        throw ConnectorError.unsupportedScheme(endpoint.isTLS ? "https" : "http")
    }

    /// The pool's name for what `request` asks.
    /// - Throws: `.unsupportedScheme`, `.invalidHost`.
    open func endpoint(for request: ConnectionRequest) throws(ConnectorError) -> Endpoint {
        guard supports(request.scheme.lowercased()) else {
            throw .unsupportedScheme(request.scheme)
        }
        return try Endpoint(request, tls: options.tls)
    }

    /// Whether `supportedSchemes` has `scheme`. The connectors of this package look into an array: the first set of
    /// strings in a process makes the runtime scan all conformances, a twentieth of a cold start (see
    /// <doc:Performance>).
    func supports(_ scheme: String) -> Bool { supportedSchemes.contains(scheme) }

    /// Called once by `close`, for what a derived connector holds besides its connections.
    open func connectorDidClose() async {}

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
        let endpoint: Endpoint
        do {
            if Task.isCancelled { throw CancellationError() }
            if isClosed { throw ConnectorError.closed }
            endpoint = try self.endpoint(for: request)
        } catch {
            throw Lease.report(error, to: tracer, id)
        }
        return try await connect(to: endpoint, timeouts: timeouts, mayReuse: mayReuse, tracer: tracer, id: id)
    }

    /// As `connect(to:)` with an endpoint that `endpoint(for:)` made before, for callers who ask again and again.
    public final func connect(
        to endpoint: Endpoint, timeouts: ConnectTimeouts = .none, mayReuse: Bool = true,
        tracer: (any ConnectorTracer)? = nil, id: ConnectID = ConnectID(0)
    ) async throws -> Connection {
        let lease = Lease(
            of: self, to: endpoint, timeouts: timeouts, tracer: tracer, id: id, mayReuse: mayReuse)
        try await drive(lease)
        return try lease.take()
    }

    // MARK: What a lease asks for

    /// A slot with an idle transport, a slot to make one for, or a place in line.
    final func acquire(
        _ endpoint: Endpoint, mayReuse: Bool, now: ContinuousClock.Instant
    ) -> Pool.Outcome {
        carryOut(pool.expire(now: now), closingFor: .idleTimeout)
        return settle(pool.acquire(endpoint, mayReuse: mayReuse, now: now), for: endpoint, now: now)
    }

    /// As `acquire` for a caller to which an idle transport was delivered.
    final func reuse(
        _ slot: SlotID, _ parked: OpenTransport, for endpoint: Endpoint, now: ContinuousClock.Instant
    ) -> Pool.Outcome {
        let outcome = Pool.Outcome.reuse(slot, parked, useCount: pool.useCount(of: slot))
        return settle(Pool.Acquisition(outcome: outcome, orders: []), for: endpoint, now: now)
    }

    /// Acts on what the pool decided. An idle connection that proves dead keeps the slot and makes way for the next.
    private func settle(
        _ first: Pool.Acquisition, for endpoint: Endpoint, now: ContinuousClock.Instant
    ) -> Pool.Outcome {
        var acquisition = first
        while true {
            carryOut(acquisition.orders, closingFor: .forSlot)
            rearmExpiry()
            guard case .reuse(let slot, let parked, _) = acquisition.outcome,
                !parked.transport.isOpen || !parked.transport.isQuiet()
            else { return acquisition.outcome }
            acquisition = pool.reuseFailed(slot, now: now)
            end(parked, for: .byPeer)
        }
    }

    final func enterLine(_ lease: Lease, _ place: WaiterID) {
        line[place] = lease
    }

    final func leaveLine(_ place: WaiterID, after time: Duration) {
        guard line.removeValue(forKey: place) != nil else { return }
        totals.waited += 1
        totals.waitingTime += time
    }

    /// For a caller that leaves the line before anything was delivered to it.
    final func cancelWaiter(_ place: WaiterID) {
        pool.cancelWaiter(place)
    }

    /// For a caller that does not take what was delivered to it: the next in line gets it.
    final func returnDelivery(_ slot: SlotID, _ parked: OpenTransport?, now: ContinuousClock.Instant) {
        // `close` has taken what was delivered.
        guard !isClosed else { return }
        setUse(.none, of: slot)
        carryOut(pool.returnDelivery(slot, item: parked, now: now), closingFor: .afterUse)
        rearmExpiry()
    }

    final func beginDial(_ slot: SlotID, _ context: DialContext) {
        setUse(.dialing(context), of: slot)
    }

    final func dialFailed(_ slot: SlotID) {
        totals.failed += 1
        setUse(.none, of: slot)
        carryOut(pool.creationFailed(slot, now: .now), closingFor: .forSlot)
    }

    /// A connection over a transport that was made; nil when the connector was closed meanwhile.
    final func opened(_ slot: SlotID, _ open: OpenTransport) -> Connection? {
        totals.opened += 1
        guard pool.created(slot) else {
            end(open, for: .withConnector)
            return nil
        }
        return makeConnection(open, slot, for: open.endpoint, useCount: 0)
    }

    final func makeConnection(
        _ open: OpenTransport, _ slot: SlotID, for endpoint: Endpoint, useCount: Int
    ) -> Connection {
        if useCount > 0 { totals.reused += 1 }
        setUse(.leased(open), of: slot)
        return Connection(open, slot: slot, to: endpoint, useCount: useCount, connector: self)
    }

    private func setUse(_ use: Use, of slot: SlotID) {
        while uses.count <= slot.index { uses.append(.none) }
        uses[slot.index] = use
    }

    // MARK: Giving back

    /// True when the transport lives on, for another caller or idle.
    @discardableResult
    final func giveBack(_ slot: SlotID, _ open: OpenTransport, isReusable: Bool) -> Bool {
        open.stream.leaseEnded()
        guard !isClosed else {
            closer.close(open.transport)
            return false
        }
        let isKept = isReusable && options.idleTimeout > .zero
        setUse(.none, of: slot)
        let orders = pool.release(slot, item: isKept ? open : nil, now: .now)
        if !isKept { end(open, for: .afterUse) }
        carryOut(orders, closingFor: .forSlot)
        rearmExpiry()
        return isKept
    }

    final func connectionWasDropped(_ slot: SlotID, _ open: OpenTransport) {
        giveBack(slot, open, isReusable: false)
        diagnostics?(.unreleasedConnection(open.endpoint))
    }

    /// Does what the pool says. `reason` is why it closes idle connections.
    private func carryOut(_ orders: [Pool.Order], closingFor reason: CloseReason) {
        for order in orders {
            switch order {
            case .close(let parked): end(parked, for: reason)
            case .deliver(let place, let slot, let parked):
                guard let lease = line[place] else {
                    // No caller waits under that name any more, and the slot must not be lost.
                    carryOut(pool.returnDelivery(slot, item: parked, now: .now), closingFor: reason)
                    continue
                }
                // From here on `close` finds the transport here, also before its new holder has run.
                setUse(parked.map { .leased($0) } ?? .none, of: slot)
                lease.deliver(slot, parked)
            }
        }
    }

    /// Closes a transport that holds no slot any more.
    private func end(_ open: OpenTransport, for reason: CloseReason) {
        reason.count(in: &totals.closed)
        switch reason {
        case .forDescriptor: open.transport.close(.default)  // Without a shutdown that would hold on to it.
        case .afterUse, .idleTimeout, .byPeer, .forSlot, .withConnector: closer.close(open.transport)
        }
        if let text = reason.text { diagnostics?(.evicted(open.endpoint, reason: text)) }
    }

    // MARK: Keeping

    private func rearmExpiry() {
        expiry.review(of: self)
    }

    /// The first instant at which an idle connection is too old; nil = nothing is idle.
    final var nextExpiry: ContinuousClock.Instant? { pool.nextDeadline }

    final func closeExpired() {
        carryOut(pool.expire(now: .now), closingFor: .idleTimeout)
        rearmExpiry()
    }

    /// Closes the connections that are idle now, such as when no more requests will come for a while.
    public final func closeIdle() {
        while let parked = pool.evictLongestIdle() { end(parked, for: .forSlot) }
        rearmExpiry()
    }

    /// True while a peer has to hear that nothing more comes, or is to say so itself: an idle connection speaks TLS, or a
    /// shutdown is under way.
    package final var owesGoodbyes: Bool {
        closer.count > 0
            || pool.slots.records.contains { slot in
                if case .idle(let parked) = slot.life { parked.transport.isEncrypted } else { false }
            }
    }

    /// Closes the connection that was idle longest, to free a descriptor; false when nothing is idle.
    final func evictLongestIdle() -> Bool {
        guard let parked = pool.evictLongestIdle() else { return false }
        end(parked, for: .forDescriptor)
        rearmExpiry()
        return true
    }

    // MARK: Closing

    /// Closes everything: idle connections, connections in use, those being made, and the line. Returns when all sockets
    /// are gone. Never throws; a second call waits for the first one's work, and with `.abort` cuts its shutdowns short.
    public final func close(_ mode: CloseMode = .default) async {
        if !isClosed {
            isClosed = true
            closer.begin()
            closeAll(mode)
            await connectorDidClose()
            closer.end()
        } else if mode == .abort {
            closer.abort()
        }
        await closer.untilAllGone()
    }

    private func closeAll(_ mode: CloseMode) {
        expiry.stop()
        var open = pool.closeAll().items
        for use in exchange(&uses, with: []) {
            switch use {
            case .leased(let transport): open.append(transport)
            case .dialing(let context): context.close()
            case .none: break
            }
        }
        for lease in line.values { lease.connectorDidClose() }
        if mode == .abort {
            for transport in open { transport.transport.close(.abort) }
            closer.abort()
        }
        for transport in open { end(transport, for: .withConnector) }
    }
}

extension Endpoint: PoolKey {}
