/// Everything that must match for two callers to share a socket.
protocol PoolKey: Hashable, Sendable {
    associatedtype Group: Hashable, Sendable

    /// What `limitPerHost` counts by: coarser than the key, so that two TLS modes or proxies of one host share one
    /// allowance. Equal keys have equal groups.
    var group: Group { get }
}

/// Names one tenancy of a slot: from `acquire` or a delivery until the slot is given back. Afterwards the value is
/// stale for ever, also when the same place serves the next caller.
struct SlotID: Hashable, Sendable {
    let index: Int
    let generation: UInt64
}

/// How many slots are in which state, of a pool or of one group.
struct PoolStatistics: Hashable, Sendable {
    /// Items in the pool.
    var idle = 0
    /// Slots whose item a caller holds.
    var inUse = 0
    /// Slots whose item is being made.
    var pending = 0
    /// Callers in line for a slot.
    var waiting = 0

    /// What the limits compare with: idle items give way to callers.
    var active: Int { pending + inUse }
    /// Items that are open or about to be, which the limits bound too.
    var open: Int { pending + inUse + idle }
}

// What the pool says stands outside it, whose parameters are constrained: see the article Performance, generic types.

extension ConnectionPool {
    typealias Order = PoolOrder<Item>
    typealias Outcome = PoolOutcome<Item>
    typealias Acquisition = PoolAcquisition<Item>
}

/// Work that the pool leaves to its shell. Carry orders out in the given order: what is closed makes room for what a
/// delivery opens.
enum PoolOrder<Item> {
    /// Close this item now. Its slot is free already: closing holds no caller up.
    case close(Item)
    /// The waiter has a slot. With an item the slot is leased, else it is connecting and the waiter makes one.
    /// A waiter that no longer wants it answers with `returnDelivery`.
    case deliver(WaiterID, SlotID, Item?)
}

/// What the pool's `acquire` and `reuseFailed` say to the caller.
enum PoolOutcome<Item> {
    /// The slot is leased with this item, which has served `useCount` leases (at least one); `idleTime(of:now:)` says
    /// how long it was idle. If it proves dead, close it and say `reuseFailed`.
    case reuse(SlotID, Item, useCount: Int)
    /// The slot is connecting: make an item, then say `created` or `creationFailed`.
    case create(SlotID)
    /// In line at this place over all keys, 1 = first. A `deliver` order will name the waiter.
    case wait(WaiterID, position: Int)
    /// The pool is closed, or the slot is not the caller's any more.
    case closed
}

/// An outcome with the orders to carry out before acting on it.
struct PoolAcquisition<Item> {
    var outcome: PoolOutcome<Item>
    var orders: [PoolOrder<Item>]
}

extension PoolOrder: Equatable where Item: Equatable {}
extension PoolOutcome: Equatable where Item: Equatable {}
extension PoolOrder: Sendable where Item: Sendable {}
extension PoolOutcome: Sendable where Item: Sendable {}
extension PoolAcquisition: Sendable where Item: Sendable {}
