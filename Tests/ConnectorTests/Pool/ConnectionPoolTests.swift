import Testing

@testable import Connector

private let a = TestKey("a"), b = TestKey("b"), c = TestKey("c")

struct ConnectionPoolTests {
    // MARK: Pool

    @Test func `POOL-05 the item idle longest goes out first`() throws {
        var bench = PoolBench()
        let (first, second) = (try bench.open(a), try bench.open(a))
        _ = bench.release(second, 2)
        _ = bench.release(first, 1)
        #expect(bench.ask(a).reused?.item == 2)
        #expect(bench.ask(a).reused?.item == 1)
    }

    @Test func `POOL-06 an item exactly as old as the timeout is still good`() throws {
        var bench = PoolBench(timeout: .seconds(4))
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
        var bench = PoolBench(timeout: .seconds(4))
        let slots = try (1...3).map { _ in try bench.open(a) }
        for (item, slot) in slots.enumerated() { _ = bench.release(slot, item) }
        bench.now += .seconds(4) + .nanoseconds(1)
        let got = bench.ask(a)
        #expect(got.created != nil)
        #expect(got.orders == [.close(0), .close(1), .close(2)])
        #expect(bench.pool.statistics == PoolStatistics(pending: 1))
    }

    @Test func `POOL-06 age counts from the last release`() throws {
        var bench = PoolBench(timeout: .seconds(4))
        _ = bench.release(try bench.open(a), 1)
        bench.now += .seconds(3)
        _ = bench.release(try #require(bench.ask(a).reused?.slot), 1)
        bench.now += .seconds(3)
        #expect(bench.ask(a).reused?.item == 1)
    }

    @Test func `POOL-06 a key left empty is forgotten`() throws {
        var bench = PoolBench(timeout: .seconds(4))
        _ = bench.release(try bench.open(a), 1)
        #expect(bench.pool.knownGroups == ["a"])
        bench.now += .seconds(5)
        #expect(bench.pool.expire(now: bench.now) == [.close(1)])
        #expect(bench.pool.knownGroups.isEmpty)
        #expect(bench.pool.description == "open: 0 pending, 0 in use, 0 idle, 0 waiting")
    }

    @Test func `POOL-07 a dead item gives way to the next one in the same slot`() throws {
        var bench = PoolBench(limit: 2)
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
        var bench = PoolBench(timeout: .milliseconds(400))
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
        var bench = PoolBench(limit: 1, timeout: .zero)
        let slot = try bench.open(a)
        let waiter = try bench.wait(a)
        let orders = bench.release(slot, 1)
        #expect(orders.first == .close(1))
        let delivery = try #require(orders.last?.delivery)
        #expect(delivery.waiter == waiter && delivery.item == nil)
        #expect(bench.pool.statistics == PoolStatistics(pending: 1))
    }

    @Test func `POOL-13 closing one connection leaves the others of its key alone`() throws {
        var bench = PoolBench()
        let slots = [try bench.open(a), try bench.open(a)]
        _ = bench.release(slots[0], 0)
        #expect(bench.release(slots[1], nil).isEmpty)
        #expect(bench.ask(a).reused?.item == 0)
    }

    @Test func `POOL-14 after a jump of the clock everything idle is stale`() throws {
        var bench = PoolBench()
        _ = bench.release(try bench.open(a), 0)
        _ = bench.release(try bench.open(b), 1)
        bench.now += .seconds(86_400)
        #expect(bench.ask(c).orders == [.close(0), .close(1)])
    }

    @Test func `POOL-16 the use count says how often an item was leased before`() throws {
        var bench = PoolBench()
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
        var bench = PoolBench(limit: 2)
        let slots = [try bench.open(a), try bench.open(b)]
        _ = bench.release(slots[0], 0)
        _ = bench.release(slots[1], 1)
        let got = bench.ask(c)
        #expect(got.created != nil)
        #expect(got.orders == [.close(0)])
        #expect(bench.pool.statistics.open == 2)
    }

    @Test func `POOL-17 over the limit per host the victim is of that host`() throws {
        var bench = PoolBench(limit: 3, perHost: 1)
        let slots = [try bench.open(b), try bench.open(TestKey("a", "verified"))]
        _ = bench.release(slots[0], 0)
        _ = bench.release(slots[1], 1)
        #expect(bench.ask(TestKey("a", "insecure")).orders == [.close(1)])
        #expect(bench.pool.statistics(of: "b") == PoolStatistics(idle: 1))
    }

    @Test func `SOCK-07 the item idle longest can be given up for its descriptor`() throws {
        var bench = PoolBench()
        let slots = [try bench.open(a), try bench.open(b)]
        _ = bench.release(slots[1], 1)
        _ = bench.release(slots[0], 0)
        #expect(bench.pool.evictLongestIdle() == 1)
        #expect(bench.pool.evictLongestIdle() == 0)
        #expect(bench.pool.evictLongestIdle() == nil)
    }

    // MARK: Closing

    @Test func `CONN-08 giving a slot back twice frees it once`() throws {
        var bench = PoolBench(limit: 2)
        let slot = try bench.open(a)
        _ = bench.release(slot, 1)
        let other = try #require(bench.ask(a).reused?.slot)
        #expect(bench.release(slot, 1).isEmpty)
        #expect(bench.pool.creationFailed(slot, now: bench.now).isEmpty)
        #expect(bench.pool.statistics == PoolStatistics(inUse: 1))
        #expect(bench.release(other, 1).isEmpty)
    }

    @Test func `CLOSE-01 closing turns the waiters away in order and empties the books`() throws {
        var bench = PoolBench(limit: 2)
        _ = (try bench.open(a), bench.ask(b))
        let waiters = [try bench.wait(c), try bench.wait(a)]
        #expect(bench.pool.closeAll().waiters == waiters)
        #expect(bench.pool.statistics == PoolStatistics())
        #expect(bench.pool.knownGroups.isEmpty)
        #expect(bench.pool.closeAll().waiters.isEmpty)
    }

    @Test func `CLOSE-01 idle items come out longest idle first`() throws {
        var bench = PoolBench()
        let slots = [try bench.open(a), try bench.open(b)]
        _ = bench.release(slots[1], 1)
        _ = bench.release(slots[0], 0)
        #expect(bench.pool.closeAll().items == [1, 0])
        #expect(bench.pool.nextDeadline == nil)
    }

    @Test func `CONN-14 after closing every call leaves the books empty`() throws {
        var bench = PoolBench(limit: 2)
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
        var bench = PoolBench(limit: 3)
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
