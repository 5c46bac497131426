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

extension ConnectionPool {
    /// Work that the pool leaves to its shell. Carry orders out in the given order: what is closed makes room for
    /// what a delivery opens.
    enum Order {
        /// Close this item now. Its slot is free already: teardown time holds nobody up.
        case close(Item)
        /// The waiter has a slot. With an item the slot is leased, else it is connecting and the waiter makes one.
        /// A waiter that no longer wants it answers with `returnDelivery`.
        case deliver(WaiterID, SlotID, Item?)
    }

    /// What `acquire` and `reuseFailed` say to the caller.
    typealias Outcome = PoolOutcome<Item>

    /// An outcome with the orders to carry out before acting on it.
    struct Acquisition {
        var outcome: Outcome
        var orders: [Order]
    }
}

/// What the pool's `acquire` and `reuseFailed` say to the caller. Stands outside the pool: see Performance, generics.
enum PoolOutcome<Item> {
    /// The slot is leased with this item. It was idle for `idleFor` and has served `useCount` leases (at
    /// least one). If it proves dead, close it and say `reuseFailed`.
    case reuse(SlotID, Item, idleFor: Duration, useCount: Int)
    /// The slot is connecting: make an item, then say `created` or `creationFailed`.
    case create(SlotID)
    /// In line at this place over all keys, 1 = first. A `deliver` order will name the waiter.
    case wait(WaiterID, position: Int)
    /// The pool is closed, or the slot is not the caller's any more.
    case closed
}

extension ConnectionPool.Order: Equatable where Item: Equatable {}
extension PoolOutcome: Equatable where Item: Equatable {}
extension ConnectionPool.Order: Sendable where Item: Sendable {}
extension PoolOutcome: Sendable where Item: Sendable {}
extension ConnectionPool.Acquisition: Sendable where Item: Sendable {}
