@testable import Connector

/// A pool key of tests: `group` is what `limitPerHost` counts by.
struct TestKey: PoolKey {
    var group: String
    var mode = ""

    init(_ group: String, _ mode: String = "") {
        self.group = group
        self.mode = mode
    }
}

typealias TestPool = ConnectionPool<TestKey, Int>

/// What the model says when the pool did something else than the rules allow.
struct Refusal: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// The rules of the pool written a second time, with plain arrays and linear searches. It obeys what `ConnectionPool`
/// orders, or refuses.
struct PoolModel {
    enum State { case connecting, leased }
    struct Held {
        var key: TestKey
        var state: State
        var item: Int?
        var useCount: Int
    }
    struct Idle: Equatable {
        var item: Int
        var key: TestKey
        var since: ContinuousClock.Instant
        var useCount: Int
    }

    let limit: Int
    let limitPerHost: Int
    let keepAliveTimeout: Duration
    /// Slots in callers' hands.
    private(set) var held: [SlotID: Held] = [:]
    /// In order of release.
    private(set) var idle: [Idle] = []
    /// In order of arrival.
    private(set) var line: [(id: WaiterID, key: TestKey, mayReuse: Bool)] = []
    /// Slots that a delivery gave away and whose waiter has not run yet.
    private(set) var delivered: Set<SlotID> = []
    private var seen: Set<SlotID> = []

    init(limit: Int?, limitPerHost: Int?, keepAliveTimeout: Duration) {
        self.limit = limit ?? .max
        self.limitPerHost = limitPerHost ?? .max
        self.keepAliveTimeout = keepAliveTimeout
    }

    // MARK: Events

    mutating func acquired(
        _ key: TestKey, mayReuse: Bool, now: ContinuousClock.Instant, _ got: TestPool.Acquisition,
        of pool: TestPool
    ) throws {
        var expected = expireIdle(now: now)
        guard isEligible(key) else {
            try match(expected, got.orders)
            guard case .wait(let id, let position) = got.outcome else {
                throw Refusal("expected .wait, got \(got.outcome)")
            }
            line.append((id, key, mayReuse))
            guard position == line.count else { throw Refusal("position \(position), not \(line.count)") }
            return
        }
        let reused = mayReuse ? takeIdle(key) : nil
        if reused == nil { expected += makeRoom(key) }
        try match(expected, got.orders)
        try grant(key, reused, got.outcome, of: pool, now: now)
    }

    mutating func reuseFailed(
        _ id: SlotID, now: ContinuousClock.Instant, _ got: TestPool.Acquisition, of pool: TestPool
    ) throws {
        guard let slot = held.removeValue(forKey: id) else { throw Refusal("model: slot \(id) is not held") }
        seen.remove(id)
        try match(expireIdle(now: now), got.orders)
        try grant(slot.key, takeIdle(slot.key), got.outcome, of: pool, now: now)
    }

    mutating func created(_ id: SlotID, item: Int) {
        held[id]?.state = .leased
        held[id]?.item = item
    }

    mutating func gaveBack(
        _ id: SlotID, item: Int?, countsAsUse: Bool, now: ContinuousClock.Instant, _ orders: [TestPool.Order]
    ) throws {
        guard let slot = held.removeValue(forKey: id) else { throw Refusal("model: slot \(id) is not held") }
        delivered.remove(id)
        var expected: [TestPool.Order] = []
        if let item {
            if keepAliveTimeout > .zero {
                let useCount = slot.useCount + (countsAsUse ? 1 : 0)
                idle.append(Idle(item: item, key: slot.key, since: now, useCount: useCount))
            } else {
                expected = [.close(item)]
            }
        }
        var rest = orders[...]
        try match(expected, Array(rest.prefix(expected.count)))
        rest = rest.dropFirst(expected.count)
        while let next = line.firstIndex(where: { isEligible($0.key) }) {
            let waiter = line.remove(at: next)
            let reused = waiter.mayReuse ? takeIdle(waiter.key) : nil
            let closed = reused == nil ? makeRoom(waiter.key) : []
            try match(closed, Array(rest.prefix(closed.count)))
            rest = rest.dropFirst(closed.count)
            guard case .deliver(waiter.id, let slot, let item)? = rest.popFirst() else {
                throw Refusal("expected a delivery to \(waiter), got \(orders)")
            }
            guard item == reused?.item else {
                throw Refusal("delivered \(item as Int?), not \(reused as Idle?)")
            }
            try hold(
                slot,
                Held(
                    key: waiter.key, state: item == nil ? .connecting : .leased, item: item,
                    useCount: reused?.useCount ?? 0))
            delivered.insert(slot)
        }
        guard rest.isEmpty else { throw Refusal("more orders than expected: \(rest)") }
    }

    mutating func waiterRan(_ id: SlotID) { delivered.remove(id) }

    mutating func cancelled(_ id: WaiterID, _ wasWaiting: Bool) throws {
        let place = line.firstIndex { $0.id == id }
        guard wasWaiting == (place != nil) else {
            throw Refusal("cancel said \(wasWaiting), line has \(place as Int?)")
        }
        if let place { line.remove(at: place) }
    }

    mutating func expired(now: ContinuousClock.Instant, _ orders: [TestPool.Order]) throws {
        try match(expireIdle(now: now), orders)
    }

    mutating func evicted(_ item: Int?) throws {
        let expected = idle.isEmpty ? nil : idle.removeFirst().item
        guard item == expected else { throw Refusal("evicted \(item as Int?), not \(expected as Int?)") }
    }

    // MARK: Invariants

    /// INV-01 to INV-04 and POOL-10 against the pool's own numbers.
    func check(_ pool: TestPool) throws {
        var total = PoolStatistics()
        var groups: [String: PoolStatistics] = [:]
        func count(_ key: TestKey, _ number: WritableKeyPath<PoolStatistics, Int>) {
            total[keyPath: number] += 1
            groups[key.group, default: PoolStatistics()][keyPath: number] += 1
        }
        for slot in held.values { count(slot.key, slot.state == .leased ? \.inUse : \.pending) }
        for entry in idle { count(entry.key, \.idle) }
        for waiter in line { count(waiter.key, \.waiting) }
        guard total.open <= limit else { throw Refusal("INV-02: \(total) over limit \(limit)") }
        guard pool.statistics == total else { throw Refusal("\(pool.statistics) is not \(total)") }
        guard pool.knownGroups.count == groups.count else {
            throw Refusal("pool knows \(pool.knownGroups), not \(groups.keys)")
        }
        for (group, expected) in groups {
            guard expected.open <= limitPerHost else { throw Refusal("INV-01: \(group) has \(expected)") }
            guard pool.statistics(of: group) == expected else {
                throw Refusal("\(group): \(pool.statistics(of: group)) is not \(expected)")
            }
        }
        if let waiter = line.first(where: { isEligible($0.key) }) {
            throw Refusal("INV-03: \(waiter) waits while capacity is free")
        }
        let deadline = idle.first.map { $0.since + keepAliveTimeout + .nanoseconds(1) }
        guard pool.nextDeadline == deadline else { throw Refusal("next deadline is wrong") }
        for (id, slot) in held where pool.useCount(of: id) != slot.useCount {
            throw Refusal("use count \(pool.useCount(of: id)), not \(slot.useCount)")
        }
    }

    // MARK: Rules

    private func isEligible(_ key: TestKey) -> Bool {
        guard held.count < limit, limitPerHost < .max else { return held.count < limit }
        return held.values.count { $0.key.group == key.group } < limitPerHost
    }

    private mutating func expireIdle(now: ContinuousClock.Instant) -> [TestPool.Order] {
        let stale = idle.filter { now - $0.since > keepAliveTimeout }
        idle.removeAll { now - $0.since > keepAliveTimeout }
        return stale.map { .close($0.item) }
    }

    private mutating func takeIdle(_ key: TestKey) -> Idle? {
        idle.firstIndex { $0.key == key }.map { idle.remove(at: $0) }
    }

    private mutating func makeRoom(_ key: TestKey) -> [TestPool.Order] {
        var closed: [TestPool.Order] = []
        func inGroup(_ other: TestKey) -> Bool { other.group == key.group }
        let group = idle.count { inGroup($0.key) } + held.values.count { inGroup($0.key) }
        if group >= limitPerHost, let oldest = idle.firstIndex(where: { inGroup($0.key) }) {
            closed.append(.close(idle.remove(at: oldest).item))
        }
        if idle.count + held.count >= limit, !idle.isEmpty {
            closed.append(.close(idle.removeFirst().item))
        }
        return closed
    }

    private mutating func grant(
        _ key: TestKey, _ reused: Idle?, _ outcome: TestPool.Outcome, of pool: TestPool,
        now: ContinuousClock.Instant
    ) throws {
        switch (outcome, reused) {
        case (.create(let id), nil):
            try hold(id, Held(key: key, state: .connecting, item: nil, useCount: 0))
        case (.reuse(let id, let item, let uses), .some(let reused)):
            let since = now - pool.idleTime(of: id, now: now)
            guard Idle(item: item, key: key, since: since, useCount: uses) == reused else {
                throw Refusal("reuses \(outcome), not \(reused)")
            }
            try hold(id, Held(key: key, state: .leased, item: item, useCount: uses))
        default:
            throw Refusal("\(outcome) where the model has \(reused as Idle?)")
        }
    }

    private mutating func hold(_ id: SlotID, _ slot: Held) throws {
        guard seen.insert(id).inserted else { throw Refusal("\(id) was given out twice") }
        held[id] = slot
    }

    private func match(_ expected: [TestPool.Order], _ got: [TestPool.Order]) throws {
        guard expected == got else { throw Refusal("orders \(got), not \(expected)") }
    }
}
