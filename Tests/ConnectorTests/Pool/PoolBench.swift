import Testing

@testable import Connector

/// A pool with a clock in hand and short words for the common steps.
struct PoolBench {
    var pool: TestPool
    var now = ContinuousClock.now

    init(limit: Int? = nil, perHost: Int? = nil, timeout: Duration = .seconds(15)) {
        pool = TestPool(limit: limit, limitPerHost: perHost, keepAliveTimeout: timeout)
    }

    mutating func ask(_ key: TestKey) -> TestPool.Acquisition { pool.acquire(key, now: now) }

    /// A slot that must be there at once, with a new item.
    mutating func open(_ key: TestKey) throws -> SlotID {
        let slot = try #require(ask(key).created)
        pool.created(slot)
        return slot
    }

    mutating func wait(_ key: TestKey) throws -> WaiterID { try #require(ask(key).waiter) }

    mutating func release(_ slot: SlotID, _ item: Int?) -> [TestPool.Order] {
        pool.release(slot, item: item, now: now)
    }
}

extension PoolAcquisition {
    var created: SlotID? {
        guard case .create(let slot) = outcome else { return nil }
        return slot
    }
    var reused: (slot: SlotID, item: Item)? {
        guard case .reuse(let slot, let item, _) = outcome else { return nil }
        return (slot, item)
    }
    var waiter: WaiterID? {
        guard case .wait(let waiter, _) = outcome else { return nil }
        return waiter
    }
}

extension PoolOrder {
    var delivery: (waiter: WaiterID, slot: SlotID, item: Item?)? {
        guard case .deliver(let waiter, let slot, let item) = self else { return nil }
        return (waiter, slot, item)
    }
}
