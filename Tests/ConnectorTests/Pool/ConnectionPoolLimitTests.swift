import Testing

@testable import Connector

private let a = TestKey("a"), b = TestKey("b"), c = TestKey("c")

struct ConnectionPoolLimitTests {
    @Test func `LIMIT-01 one over the limit waits and gets the same item`() throws {
        var bench = PoolBench(limit: 1)
        let slot = try bench.open(a)
        let waiter = try bench.wait(a)
        let delivery = try #require(bench.release(slot, 1).first?.delivery)
        #expect(delivery.waiter == waiter && delivery.item == 1)
        #expect(bench.pool.statistics == PoolStatistics(inUse: 1))
        #expect(bench.pool.useCount(of: delivery.slot) == 1)
    }

    @Test func `LIMIT-02 two modes of one host share its allowance`() throws {
        var bench = PoolBench(perHost: 1)
        _ = try bench.open(TestKey("a", "verified"))
        _ = try bench.wait(TestKey("a", "insecure"))
        _ = try bench.open(b)
    }

    @Test func `LIMIT-03 what is available is the lesser of both limits`() throws {
        var bench = PoolBench(limit: 3, perHost: 2)
        #expect(bench.pool.available(for: "a") == 2)
        _ = try bench.open(a)
        #expect(bench.pool.available(for: "a") == 1)
        #expect(bench.pool.available(for: "b") == 2)
        _ = try bench.open(a)
        #expect(bench.pool.available(for: "a") == 0)
        #expect(bench.pool.available(for: "b") == 1)
        #expect(PoolBench().pool.available(for: "a") == nil)
        #expect(PoolBench(perHost: 2).pool.available(for: "a") == 2)
        #expect(PoolBench(limit: 0, perHost: 0).pool.available(for: "a") == nil)
    }

    @Test func `LIMIT-04 without limits nothing waits and nothing is left behind`() throws {
        var bench = PoolBench()
        let slots = try (0..<500).map { try bench.open(TestKey("h\($0)")) }
        #expect(bench.pool.statistics == PoolStatistics(inUse: 500))
        for slot in slots { #expect(bench.release(slot, nil).isEmpty) }
        #expect(bench.pool.knownGroups.isEmpty)
    }

    @Test func `LIMIT-05 taking an idle item needs a slot too`() throws {
        var bench = PoolBench(limit: 1)
        _ = bench.release(try bench.open(a), 1)
        #expect(bench.ask(b).orders == [.close(1)])
        _ = try bench.wait(a)
        #expect(bench.pool.statistics == PoolStatistics(pending: 1, waiting: 1))
    }

    @Test func `LIMIT-07 a failed creation serves the next waiter`() throws {
        var bench = PoolBench(limit: 1)
        let slot = try #require(bench.ask(a).created)
        let waiter = try bench.wait(b)
        let delivery = try #require(bench.pool.creationFailed(slot, now: bench.now).first?.delivery)
        #expect(delivery.waiter == waiter && delivery.item == nil)
    }

    @Test func `LIMIT-09 ten waiters of three hosts are served in order of arrival`() throws {
        var bench = PoolBench(limit: 1)
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
        var bench = PoolBench(limit: 2, perHost: 1)
        let (first, other) = (try bench.open(a), try bench.open(c))
        let line = [try bench.wait(a), try bench.wait(a), try bench.wait(b)]
        #expect(bench.release(other, nil).map { $0.delivery?.waiter } == [line[2]])
        let second = try #require(bench.release(first, nil).first?.delivery)
        #expect(second.waiter == line[0])
        #expect(bench.release(second.slot, nil).map { $0.delivery?.waiter } == [line[1]])
    }

    @Test func `LIMIT-11 a newcomer cannot slip in before a waiter`() throws {
        var bench = PoolBench(limit: 1)
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
        var bench = PoolBench(limit: 1)
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
        var bench = PoolBench(limit: 1)
        _ = try bench.open(a)
        let waiter = try bench.wait(b)
        #expect(bench.ask(c).outcome != .closed)
        #expect(Set(bench.pool.knownGroups) == ["a", "b", "c"])
        bench.pool.cancelWaiter(waiter)
        #expect(Set(bench.pool.knownGroups) == ["a", "c"])
    }

    @Test func `LIMIT-13 a waiter cancelled after the handover passes slot and item on`() throws {
        var bench = PoolBench(limit: 1)
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
        var bench = PoolBench(limit: 1)
        let slot = try bench.open(a)
        let line = [try bench.wait(b), try bench.wait(b)]
        let delivery = try #require(bench.release(slot, nil).first?.delivery)
        let next = bench.pool.returnDelivery(delivery.slot, item: nil, now: bench.now)
        #expect(next.map { $0.delivery?.waiter } == [line[1]])
    }

    @Test func `LIMIT-15 a release for one key serves a waiter of another, in the room it makes`() throws {
        var bench = PoolBench(limit: 1)
        let slot = try bench.open(a)
        let waiter = try bench.wait(b)
        let orders = bench.release(slot, 1)
        #expect(orders.first == .close(1))
        #expect(orders.last?.delivery?.waiter == waiter)
        #expect(orders.count == 2)
    }

    @Test func `LIMIT-16 an item that is dead on delivery leaves the waiter its slot`() throws {
        var bench = PoolBench(limit: 1)
        let slot = try bench.open(a)
        _ = try bench.wait(a)
        let delivery = try #require(bench.release(slot, 1).first?.delivery)
        #expect(bench.pool.reuseFailed(delivery.slot, now: bench.now).outcome == .create(delivery.slot))
        #expect(bench.pool.statistics == PoolStatistics(pending: 1))
    }

    @Test func `LIMIT-17 a slot is free as soon as its close begins`() throws {
        var bench = PoolBench(limit: 1)
        #expect(bench.release(try bench.open(a), nil).isEmpty)
        #expect(bench.pool.available(for: "a") == 1)
        _ = try bench.open(a)
    }

    @Test func `the place in line counts from one over all keys`() throws {
        var bench = PoolBench(limit: 1)
        _ = try bench.open(a)
        for (key, place) in [(a, 1), (b, 2), (a, 3)] {
            guard case .wait(_, place) = bench.ask(key).outcome else {
                Issue.record("not at place \(place)")
                return
            }
        }
    }
}
