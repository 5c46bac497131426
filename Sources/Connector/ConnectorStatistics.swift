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

    init(_ counts: PoolStatistics, closing: Int) {
        idle = counts.idle
        inUse = counts.inUse
        pending = counts.pending
        waiting = counts.waiting
        self.closing = closing
    }
}
