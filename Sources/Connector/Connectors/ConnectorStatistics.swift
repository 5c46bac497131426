/// Counts of a connector: at one instant, and in `totals` since it was made.
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
    /// What happened since the connector was made. Of the whole connector: in the statistics of one host all are zero.
    public var totals: Totals

    /// What happened since a connector was made.
    public struct Totals: Hashable, Sendable {
        /// Connections that were made.
        public var opened = 0
        /// Leases that got a connection which had served before.
        public var reused = 0
        /// Dials that failed or were given up.
        public var failed = 0
        /// Connections that were closed, by reason.
        public var closed = Closed()
        /// Leases that had to wait in line, and have left it.
        public var waited = 0
        /// The sum of those waits.
        public var waitingTime = Duration.zero

        /// Nothing happened yet.
        public init() {}
    }

    /// Connections that were closed, by reason.
    public struct Closed: Hashable, Sendable {
        /// Given back unfit for another caller: closed, dropped, or after an error or the end of the stream.
        public var afterUse = 0
        /// Idle for longer than the timeout.
        public var idleTimeout = 0
        /// Ended by the peer while idle, or received bytes that no request asked for.
        public var byPeer = 0
        /// Idle, and made room for another one under the limits.
        public var forSlot = 0
        /// Idle, and made room for another one in the process's table of descriptors.
        public var forDescriptor = 0
        /// Open when the connector was closed.
        public var withConnector = 0

        /// Nothing was closed yet.
        public init() {}

        /// All of them.
        public var total: Int {
            afterUse + idleTimeout + byPeer + forSlot + forDescriptor + withConnector
        }
    }

    init(_ counts: PoolStatistics, closing: Int, totals: Totals) {
        idle = counts.idle
        inUse = counts.inUse
        pending = counts.pending
        waiting = counts.waiting
        self.closing = closing
        self.totals = totals
    }
}

extension BaseConnector {
    /// Counts at this instant, and totals since the connector was made.
    public final var statistics: ConnectorStatistics {
        ConnectorStatistics(pool.statistics, closing: closer.count, totals: totals)
    }

    /// Counts of one host at this instant; shutdowns and totals are counted for the connector only.
    public final func statistics(for group: Endpoint.Group) -> ConnectorStatistics {
        ConnectorStatistics(pool.statistics(of: group), closing: 0, totals: ConnectorStatistics.Totals())
    }

    /// How many more connections `group` may have in use now; nil = no limit.
    public final func available(for group: Endpoint.Group) -> Int? {
        pool.available(for: group)
    }
}

/// Why the connector closes a connection, and where that is counted.
enum CloseReason {
    case afterUse
    case idleTimeout
    case byPeer
    case forSlot
    case forDescriptor
    case withConnector

    /// In words, for connections that were idle; nil = nobody has to be told.
    var text: String? {
        switch self {
        case .afterUse, .withConnector: nil
        case .idleTimeout: "it had been idle for too long"
        case .byPeer: "its peer had ended it or spoken out of turn"
        case .forSlot: "its slot was needed"
        case .forDescriptor: "its descriptor was needed"
        }
    }

    func count(in closed: inout ConnectorStatistics.Closed) {
        switch self {
        case .afterUse: closed.afterUse += 1
        case .idleTimeout: closed.idleTimeout += 1
        case .byPeer: closed.byPeer += 1
        case .forSlot: closed.forSlot += 1
        case .forDescriptor: closed.forDescriptor += 1
        case .withConnector: closed.withConnector += 1
        }
    }
}
