import Testing

@testable import Connector

/// A pool with a clock in hand and short words for the common steps.
private struct Bench {
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
    fileprivate var created: SlotID? {
        guard case .create(let slot) = outcome else { return nil }
        return slot
    }
    fileprivate var reused: (slot: SlotID, item: Item)? {
        guard case .reuse(let slot, let item, _) = outcome else { return nil }
        return (slot, item)
    }
    fileprivate var waiter: WaiterID? {
        guard case .wait(let waiter, _) = outcome else { return nil }
        return waiter
    }
}

extension PoolOrder {
    fileprivate var delivery: (waiter: WaiterID, slot: SlotID, item: Item?)? {
        guard case .deliver(let waiter, let slot, let item) = self else { return nil }
        return (waiter, slot, item)
    }
}

private let a = TestKey("a"), b = TestKey("b"), c = TestKey("c")

struct ConnectionPoolTests {
    // MARK: Pool

    @Test func `POOL-05 the item idle longest goes out first`() throws {
        var bench = Bench()
        let (first, second) = (try bench.open(a), try bench.open(a))
        _ = bench.release(second, 2)
        _ = bench.release(first, 1)
        #expect(bench.ask(a).reused?.item == 2)
        #expect(bench.ask(a).reused?.item == 1)
    }

    @Test func `POOL-06 an item exactly as old as the timeout is still good`() throws {
        var bench = Bench(timeout: .seconds(4))
        _ = bench.release(try bench.open(a), 1)
        bench.now += .seconds(4)
        #expect(bench.pool.expire(now: bench.now).isEmpty)
        let got = bench.ask(a)
        #expect(got.orders.isEmpty)
        let slot = try #require(got.reused?.slot)
        #expect(got.outcome == .reuse(slot, 1, useCount: 1))
        #expect(bench.pool.idleTime(of: slot, now: bench.now) == .seconds(4))
    }

    @Test func `POOL-06 checkout closes every item that is a nanosecond too old and makes one new`() throws {
        var bench = Bench(timeout: .seconds(4))
        let slots = try (1...3).map { _ in try bench.open(a) }
        for (item, slot) in slots.enumerated() { _ = bench.release(slot, item) }
        bench.now += .seconds(4) + .nanoseconds(1)
        let got = bench.ask(a)
        #expect(got.created != nil)
        #expect(got.orders == [.close(0), .close(1), .close(2)])
        #expect(bench.pool.statistics == PoolStatistics(pending: 1))
    }

    @Test func `POOL-06 age counts from the last release`() throws {
        var bench = Bench(timeout: .seconds(4))
        _ = bench.release(try bench.open(a), 1)
        bench.now += .seconds(3)
        _ = bench.release(try #require(bench.ask(a).reused?.slot), 1)
        bench.now += .seconds(3)
        #expect(bench.ask(a).reused?.item == 1)
    }

    @Test func `POOL-06 a key left empty is forgotten`() throws {
        var bench = Bench(timeout: .seconds(4))
        _ = bench.release(try bench.open(a), 1)
        #expect(bench.pool.knownGroups == ["a"])
        bench.now += .seconds(5)
        #expect(bench.pool.expire(now: bench.now) == [.close(1)])
        #expect(bench.pool.knownGroups.isEmpty)
        #expect(bench.pool.description == "open: 0 pending, 0 in use, 0 idle, 0 waiting")
    }

    @Test func `POOL-07 a dead item gives way to the next one in the same slot`() throws {
        var bench = Bench(limit: 2)
        let slots = [try bench.open(a), try bench.open(a)]
        for (item, slot) in slots.enumerated() { _ = bench.release(slot, item) }
        let slot = try #require(bench.ask(a).reused?.slot)
        #expect(
            bench.pool.reuseFailed(slot, now: bench.now).outcome
                == .reuse(slot, 1, useCount: 1))
        #expect(bench.pool.statistics == PoolStatistics(inUse: 1))
        #expect(bench.pool.reuseFailed(slot, now: bench.now).outcome == .create(slot))
        #expect(bench.pool.statistics == PoolStatistics(pending: 1))
        #expect(bench.pool.useCount(of: slot) == 0)
    }

    @Test func `POOL-10 the next deadline is that of the item idle longest, and none with nothing idle`()
        throws
    {
        var bench = Bench(timeout: .milliseconds(400))
        let slots = [try bench.open(a), try bench.open(b)]
        #expect(bench.pool.nextDeadline == nil)
        let start = bench.now
        _ = bench.release(slots[1], 1)
        bench.now += .milliseconds(300)
        _ = bench.release(slots[0], 0)

        let first = try #require(bench.pool.nextDeadline)
        #expect(first == start + .milliseconds(400) + .nanoseconds(1))
        #expect(bench.pool.expire(now: first - .nanoseconds(1)).isEmpty)
        #expect(bench.pool.expire(now: first) == [.close(1)])

        let second = try #require(bench.pool.nextDeadline)
        #expect(second == start + .milliseconds(700) + .nanoseconds(1))
        #expect(bench.pool.expire(now: second) == [.close(0)])
        #expect(bench.pool.nextDeadline == nil)
    }

    @Test func `POOL-11 with a timeout of zero nothing is pooled`() throws {
        var bench = Bench(limit: 1, timeout: .zero)
        let slot = try bench.open(a)
        let waiter = try bench.wait(a)
        let orders = bench.release(slot, 1)
        #expect(orders.first == .close(1))
        let delivery = try #require(orders.last?.delivery)
        #expect(delivery.waiter == waiter && delivery.item == nil)
        #expect(bench.pool.statistics == PoolStatistics(pending: 1))
    }

    @Test func `POOL-13 closing one connection leaves the others of its key alone`() throws {
        var bench = Bench()
        let slots = [try bench.open(a), try bench.open(a)]
        _ = bench.release(slots[0], 0)
        #expect(bench.release(slots[1], nil).isEmpty)
        #expect(bench.ask(a).reused?.item == 0)
    }

    @Test func `POOL-14 after a jump of the clock everything idle is stale`() throws {
        var bench = Bench()
        _ = bench.release(try bench.open(a), 0)
        _ = bench.release(try bench.open(b), 1)
        bench.now += .seconds(86_400)
        #expect(bench.ask(c).orders == [.close(0), .close(1)])
    }

    @Test func `POOL-16 the use count says how often an item was leased before`() throws {
        var bench = Bench()
        let slot = try bench.open(a)
        #expect(bench.pool.useCount(of: slot) == 0)
        _ = bench.release(slot, 1)
        for uses in 1...3 {
            let slot = try #require(bench.ask(a).reused?.slot)
            #expect(bench.pool.useCount(of: slot) == uses)
            _ = bench.release(slot, 1)
        }
    }

    @Test func `POOL-17 opening over the limit closes the item idle longest first`() throws {
        var bench = Bench(limit: 2)
        let slots = [try bench.open(a), try bench.open(b)]
        _ = bench.release(slots[0], 0)
        _ = bench.release(slots[1], 1)
        let got = bench.ask(c)
        #expect(got.created != nil)
        #expect(got.orders == [.close(0)])
        #expect(bench.pool.statistics.open == 2)
    }

    @Test func `POOL-17 over the limit per host the victim is of that host`() throws {
        var bench = Bench(limit: 3, perHost: 1)
        let slots = [try bench.open(b), try bench.open(TestKey("a", "verified"))]
        _ = bench.release(slots[0], 0)
        _ = bench.release(slots[1], 1)
        #expect(bench.ask(TestKey("a", "insecure")).orders == [.close(1)])
        #expect(bench.pool.statistics(of: "b") == PoolStatistics(idle: 1))
    }

    @Test func `SOCK-07 the item idle longest can be given up for its descriptor`() throws {
        var bench = Bench()
        let slots = [try bench.open(a), try bench.open(b)]
        _ = bench.release(slots[1], 1)
        _ = bench.release(slots[0], 0)
        #expect(bench.pool.evictLongestIdle() == 1)
        #expect(bench.pool.evictLongestIdle() == 0)
        #expect(bench.pool.evictLongestIdle() == nil)
    }

    // MARK: Limits

    @Test func `LIMIT-01 one over the limit waits and gets the same item`() throws {
        var bench = Bench(limit: 1)
        let slot = try bench.open(a)
        let waiter = try bench.wait(a)
        let delivery = try #require(bench.release(slot, 1).first?.delivery)
        #expect(delivery.waiter == waiter && delivery.item == 1)
        #expect(bench.pool.statistics == PoolStatistics(inUse: 1))
        #expect(bench.pool.useCount(of: delivery.slot) == 1)
    }

    @Test func `LIMIT-02 two modes of one host share its allowance`() throws {
        var bench = Bench(perHost: 1)
        _ = try bench.open(TestKey("a", "verified"))
        _ = try bench.wait(TestKey("a", "insecure"))
        _ = try bench.open(b)
    }

    @Test func `LIMIT-03 what is available is the lesser of both limits`() throws {
        var bench = Bench(limit: 3, perHost: 2)
        #expect(bench.pool.available(for: "a") == 2)
        _ = try bench.open(a)
        #expect(bench.pool.available(for: "a") == 1)
        #expect(bench.pool.available(for: "b") == 2)
        _ = try bench.open(a)
        #expect(bench.pool.available(for: "a") == 0)
        #expect(bench.pool.available(for: "b") == 1)
        #expect(Bench().pool.available(for: "a") == nil)
        #expect(Bench(perHost: 2).pool.available(for: "a") == 2)
        #expect(Bench(limit: 0, perHost: 0).pool.available(for: "a") == nil)
    }

    @Test func `LIMIT-04 without limits nothing waits and nothing is left behind`() throws {
        var bench = Bench()
        let slots = try (0..<500).map { try bench.open(TestKey("h\($0)")) }
        #expect(bench.pool.statistics == PoolStatistics(inUse: 500))
        for slot in slots { #expect(bench.release(slot, nil).isEmpty) }
        #expect(bench.pool.knownGroups.isEmpty)
    }

    @Test func `LIMIT-05 taking an idle item needs a slot too`() throws {
        var bench = Bench(limit: 1)
        _ = bench.release(try bench.open(a), 1)
        #expect(bench.ask(b).orders == [.close(1)])
        _ = try bench.wait(a)
        #expect(bench.pool.statistics == PoolStatistics(pending: 1, waiting: 1))
    }

    @Test func `LIMIT-07 a failed creation serves the next waiter`() throws {
        var bench = Bench(limit: 1)
        let slot = try #require(bench.ask(a).created)
        let waiter = try bench.wait(b)
        let delivery = try #require(bench.pool.creationFailed(slot, now: bench.now).first?.delivery)
        #expect(delivery.waiter == waiter && delivery.item == nil)
    }

    @Test func `LIMIT-09 ten waiters of three hosts are served in order of arrival`() throws {
        var bench = Bench(limit: 1)
        var slot = try bench.open(a)
        let waiters = try (0..<10).map { try bench.wait([a, b, c][$0 * 7 % 3]) }
        for waiter in waiters {
            let delivery = try #require(bench.release(slot, nil).last?.delivery)
            #expect(delivery.waiter == waiter)
            slot = delivery.slot
        }
        #expect(bench.pool.statistics.waiting == 0)
    }

    @Test func `LIMIT-10 a waiter whose host is full is passed over and keeps its place`() throws {
        var bench = Bench(limit: 2, perHost: 1)
        let (first, other) = (try bench.open(a), try bench.open(c))
        let line = [try bench.wait(a), try bench.wait(a), try bench.wait(b)]
        #expect(bench.release(other, nil).map { $0.delivery?.waiter } == [line[2]])
        let second = try #require(bench.release(first, nil).first?.delivery)
        #expect(second.waiter == line[0])
        #expect(bench.release(second.slot, nil).map { $0.delivery?.waiter } == [line[1]])
    }

    @Test func `LIMIT-11 a newcomer cannot slip in before a waiter`() throws {
        var bench = Bench(limit: 1)
        var slot = try bench.open(a)
        for _ in 0..<100 {
            let waiter = try bench.wait(a)
            let delivery = try #require(bench.release(slot, 1).first?.delivery)
            #expect(delivery.waiter == waiter)
            slot = delivery.slot
            #expect(bench.pool.cancelWaiter(try bench.wait(a)) == true)
        }
    }

    @Test func `LIMIT-12 a cancelled waiter leaves the line at once and the order stays`() throws {
        var bench = Bench(limit: 1)
        let slot = try bench.open(a)
        let line = [try bench.wait(a), try bench.wait(b), try bench.wait(a)]
        #expect(bench.pool.cancelWaiter(line[0]) == true)
        #expect(bench.pool.cancelWaiter(line[0]) == false)
        #expect(bench.pool.statistics.waiting == 2)
        let next = try #require(bench.release(slot, nil).first?.delivery)
        #expect(next.waiter == line[1])
        #expect(bench.release(next.slot, nil).first?.delivery?.waiter == line[2])
    }

    @Test func `LIMIT-12 the last waiter of a host leaves no trace`() throws {
        var bench = Bench(limit: 1)
        _ = try bench.open(a)
        let waiter = try bench.wait(b)
        #expect(bench.ask(c).outcome != .closed)
        #expect(Set(bench.pool.knownGroups) == ["a", "b", "c"])
        bench.pool.cancelWaiter(waiter)
        #expect(Set(bench.pool.knownGroups) == ["a", "c"])
    }

    @Test func `LIMIT-13 a waiter cancelled after the handover passes slot and item on`() throws {
        var bench = Bench(limit: 1)
        var slot = try bench.open(a)
        for _ in 0..<100 {
            let (quitter, stayer) = (try bench.wait(a), try bench.wait(a))
            let delivery = try #require(bench.release(slot, 1).first?.delivery)
            #expect(delivery.waiter == quitter)
            #expect(bench.pool.cancelWaiter(quitter) == false)
            let uses = bench.pool.useCount(of: delivery.slot)
            let next = bench.pool.returnDelivery(delivery.slot, item: delivery.item, now: bench.now)
            let passed = try #require(next.first?.delivery)
            #expect(passed.waiter == stayer && passed.item == 1)
            #expect(bench.pool.useCount(of: passed.slot) == uses)
            slot = passed.slot
        }
    }

    @Test func `LIMIT-13 a bare slot that is returned goes to the next as well`() throws {
        var bench = Bench(limit: 1)
        let slot = try bench.open(a)
        let line = [try bench.wait(b), try bench.wait(b)]
        let delivery = try #require(bench.release(slot, nil).first?.delivery)
        let next = bench.pool.returnDelivery(delivery.slot, item: nil, now: bench.now)
        #expect(next.map { $0.delivery?.waiter } == [line[1]])
    }

    @Test func `LIMIT-15 a release for one key serves a waiter of another, in the room it makes`() throws {
        var bench = Bench(limit: 1)
        let slot = try bench.open(a)
        let waiter = try bench.wait(b)
        let orders = bench.release(slot, 1)
        #expect(orders.first == .close(1))
        #expect(orders.last?.delivery?.waiter == waiter)
        #expect(orders.count == 2)
    }

    @Test func `LIMIT-16 an item that is dead on delivery leaves the waiter its slot`() throws {
        var bench = Bench(limit: 1)
        let slot = try bench.open(a)
        _ = try bench.wait(a)
        let delivery = try #require(bench.release(slot, 1).first?.delivery)
        #expect(bench.pool.reuseFailed(delivery.slot, now: bench.now).outcome == .create(delivery.slot))
        #expect(bench.pool.statistics == PoolStatistics(pending: 1))
    }

    @Test func `LIMIT-17 a slot is free as soon as its close begins`() throws {
        var bench = Bench(limit: 1)
        #expect(bench.release(try bench.open(a), nil).isEmpty)
        #expect(bench.pool.available(for: "a") == 1)
        _ = try bench.open(a)
    }

    @Test func `the place in line counts from one over all keys`() throws {
        var bench = Bench(limit: 1)
        _ = try bench.open(a)
        for (key, place) in [(a, 1), (b, 2), (a, 3)] {
            guard case .wait(_, place) = bench.ask(key).outcome else {
                Issue.record("not at place \(place)")
                return
            }
        }
    }

    // MARK: Closing

    @Test func `CONN-08 giving a slot back twice frees it once`() throws {
        var bench = Bench(limit: 2)
        let slot = try bench.open(a)
        _ = bench.release(slot, 1)
        let other = try #require(bench.ask(a).reused?.slot)
        #expect(bench.release(slot, 1).isEmpty)
        #expect(bench.pool.creationFailed(slot, now: bench.now).isEmpty)
        #expect(bench.pool.statistics == PoolStatistics(inUse: 1))
        #expect(bench.release(other, 1).isEmpty)
    }

    @Test func `CLOSE-01 closing turns the waiters away in order and empties the books`() throws {
        var bench = Bench(limit: 2)
        _ = (try bench.open(a), bench.ask(b))
        let waiters = [try bench.wait(c), try bench.wait(a)]
        #expect(bench.pool.closeAll().waiters == waiters)
        #expect(bench.pool.statistics == PoolStatistics())
        #expect(bench.pool.knownGroups.isEmpty)
        #expect(bench.pool.closeAll().waiters.isEmpty)
    }

    @Test func `CLOSE-01 idle items come out longest idle first`() throws {
        var bench = Bench()
        let slots = [try bench.open(a), try bench.open(b)]
        _ = bench.release(slots[1], 1)
        _ = bench.release(slots[0], 0)
        #expect(bench.pool.closeAll().items == [1, 0])
        #expect(bench.pool.nextDeadline == nil)
    }

    @Test func `CONN-14 after closing every call leaves the books empty`() throws {
        var bench = Bench(limit: 2)
        let (leased, pending) = (try bench.open(a), try #require(bench.ask(b).created))
        let waiter = try bench.wait(a)
        _ = bench.pool.closeAll()
        #expect(bench.pool.isClosed)
        #expect(bench.pool.created(pending) == false)
        #expect(bench.pool.creationFailed(pending, now: bench.now).isEmpty)
        #expect(bench.release(leased, 1) == [.close(1)])
        #expect(bench.release(leased, nil).isEmpty)
        #expect(bench.pool.returnDelivery(leased, item: 2, now: bench.now) == [.close(2)])
        #expect(bench.pool.reuseFailed(leased, now: bench.now).outcome == .closed)
        #expect(bench.pool.cancelWaiter(waiter) == false)
        #expect(bench.ask(a).outcome == .closed)
        #expect(bench.pool.expire(now: bench.now).isEmpty)
        #expect(bench.pool.evictLongestIdle() == nil)
        #expect(bench.pool.statistics == PoolStatistics())
    }

    @Test func `the description shows each key in use`() throws {
        var bench = Bench(limit: 3)
        _ = bench.release(try bench.open(a), 0)
        _ = try bench.open(b)
        _ = bench.ask(b)
        _ = bench.ask(b)
        _ = bench.ask(a)
        #expect(
            bench.pool.description == """
                open: 2 pending, 1 in use, 0 idle, 1 waiting
                \(a): 0 pending, 0 in use, 0 idle, 1 waiting
                \(b): 2 pending, 1 in use, 0 idle, 0 waiting
                """)
    }
}
