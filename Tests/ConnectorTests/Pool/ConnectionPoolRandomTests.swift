import Testing

@testable import Connector

/// Random events against the model. A failure names its seed; `SEED=n swift test --filter …` replays it alone.
struct ConnectionPoolRandomTests {
    @Test func `INV-01, INV-02, INV-03 and INV-04 hold over random events, and every order is the model's`()
        throws
    {
        for seed in seeds(200) {
            var run = RandomRun(seed: seed)
            do {
                for _ in 0..<500 { try run.step() }
                try run.drain()
            } catch {
                throw SequenceFailure(seed: seed, step: run.steps, reason: "\(error)\n\(run.pool)")
            }
        }
    }

    private struct RandomRun {
        var random: SeededGenerator
        var pool: TestPool
        var model: PoolModel
        var now = ContinuousClock.now
        var steps = 0
        var nextItem = 1
        var keys: [TestKey] = []
        var stale: [SlotID] = []
        var left: [WaiterID] = []

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            let limit = [nil, 1, 2, 3, 7, 20].randomElement(using: &random) ?? nil
            let limitPerHost = [nil, 1, 2, 3, 30].randomElement(using: &random) ?? nil
            let timeout = Duration.seconds([0, 3, 50].randomElement(using: &random) ?? 0)
            pool = TestPool(limit: limit, limitPerHost: limitPerHost, keepAliveTimeout: timeout)
            model = PoolModel(limit: limit, limitPerHost: limitPerHost, keepAliveTimeout: timeout)
            for host in 0..<Int.random(in: 1...5, using: &random) {
                for mode in 0..<Int.random(in: 1...3, using: &random) {
                    keys.append(TestKey("h\(host)", "\(mode)"))
                }
            }
        }

        mutating func step() throws {
            steps += 1
            switch Int.random(in: 0..<100, using: &random) {
            case ..<35: try acquire()
            case ..<65: try giveBack()
            case ..<75: try reuseFailed()
            case ..<82: try cancel()
            case ..<85: try model.evicted(pool.evictLongestIdle())
            case ..<90: try model.expired(now: now, pool.expire(now: now))
            case ..<94: try touchStale()
            default: now += .milliseconds(Int.random(in: 0...2000, using: &random))
            }
            try model.check(pool)
        }

        /// Everybody goes home: then nothing is held, nobody waits and no wake-up was lost.
        mutating func drain() throws {
            while !model.held.isEmpty {
                try giveBack()
                try model.check(pool)
            }
            let end = pool.statistics
            guard end.active == 0, end.waiting == 0 else { throw Refusal("left over: \(end)") }
            now += .seconds(100)
            try model.expired(now: now, pool.expire(now: now))
            try model.check(pool)
            guard pool.knownGroups.isEmpty else { throw Refusal("groups left over: \(pool.knownGroups)") }
        }

        mutating func acquire() throws {
            guard let key = keys.randomElement(using: &random) else { return }
            let mayReuse = Int.random(in: 0..<5, using: &random) > 0
            let got = pool.acquire(key, mayReuse: mayReuse, now: now)
            try model.acquired(key, mayReuse: mayReuse, now: now, got, of: pool)
            if case .create(let slot) = got.outcome, Bool.random(using: &random) { create(slot) }
        }

        mutating func create(_ slot: SlotID) {
            pool.created(slot)
            model.created(slot, item: nextItem)
            nextItem += 1
        }

        func anyHeld(using random: inout SeededGenerator) -> (SlotID, PoolModel.Held)? {
            // Set order differs from process to process; sorted, a seed replays exactly.
            model.held.sorted { ($0.key.index, $0.key.generation) < ($1.key.index, $1.key.generation) }
                .randomElement(using: &random).map { ($0.key, $0.value) }
        }

        mutating func giveBack() throws {
            guard let (slot, held) = anyHeld(using: &random) else { return }
            if held.state == .connecting {
                if Int.random(in: 0..<4, using: &random) > 0 {
                    model.waiterRan(slot)
                    return create(slot)
                }
                let orders = pool.creationFailed(slot, now: now)
                try model.gaveBack(slot, item: nil, countsAsUse: true, now: now, orders)
            } else if model.delivered.contains(slot), Bool.random(using: &random) {
                let orders = pool.returnDelivery(slot, item: held.item, now: now)
                try model.gaveBack(slot, item: held.item, countsAsUse: false, now: now, orders)
            } else {
                let item = Int.random(in: 0..<4, using: &random) > 0 ? held.item : nil
                let orders = pool.release(slot, item: item, now: now)
                try model.gaveBack(slot, item: item, countsAsUse: true, now: now, orders)
            }
            stale.append(slot)
        }

        mutating func reuseFailed() throws {
            guard let (slot, held) = anyHeld(using: &random), held.state == .leased else { return }
            let got = pool.reuseFailed(slot, now: now)
            try model.reuseFailed(slot, now: now, got, of: pool)
        }

        mutating func cancel() throws {
            let waiters = model.line.map(\.id) + left.suffix(3)
            guard let waiter = waiters.randomElement(using: &random) else { return }
            try model.cancelled(waiter, pool.cancelWaiter(waiter))
            left.append(waiter)
        }

        /// INV-04: a second release, close or failure of a slot is nobody's.
        mutating func touchStale() throws {
            guard let slot = stale.randomElement(using: &random) else { return }
            var orders = pool.release(slot, item: -1, now: now)
            orders += pool.creationFailed(slot, now: now)
            orders += pool.returnDelivery(slot, item: nil, now: now)
            guard orders.isEmpty, !pool.created(slot), pool.reuseFailed(slot, now: now).outcome == .closed
            else {
                throw Refusal("a stale slot had effects: \(orders)")
            }
        }
    }
}
