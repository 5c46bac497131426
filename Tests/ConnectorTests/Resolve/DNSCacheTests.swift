import Testing

@testable import Connector

/// Addresses are numbers whose hundreds are the family: 401 and 402 are of one, 601 of another.
private typealias Cache = DNSCache<String, Int>

private func makeCache(capacity: Int = 1000, timeToLive: Duration? = .seconds(10)) -> Cache {
    Cache(capacity: capacity, timeToLive: timeToLive) { $0 / 100 }
}

extension DNSCache {
    fileprivate mutating func started(_ key: Key, now: Instant) throws -> LookupID {
        guard case .start(let id) = lookup(key, now: now) else { throw Refusal("no new lookup of \(key)") }
        return id
    }

    fileprivate mutating func store(_ key: Key, _ addresses: [Address], now: Instant) throws {
        finished(try started(key, now: now), addresses: addresses, now: now)
    }

    fileprivate mutating func hit(_ key: Key, now: Instant) -> [Address]? {
        guard case .hit(let addresses) = lookup(key, now: now) else { return nil }
        return addresses
    }
}

struct DNSCacheTests {
    let start = ContinuousClock.now

    @Test func `DNS-04 a fresh entry answers without the resolver`() throws {
        var cache = makeCache()
        try cache.store("a", [401], now: start)
        #expect(cache.lookup("a", now: start + .seconds(9)) == .hit([401]))
    }

    @Test(
        arguments: [
            (nil, .seconds(1_000_000_000), true), (.seconds(10), .zero, true),
            (.seconds(10), .seconds(10), true),
            (.seconds(10), .seconds(10) + .nanoseconds(1), false), (.zero, .zero, true),
            (.zero, .nanoseconds(1), false),
        ] as [(Duration?, Duration, Bool)])
    func `DNS-05 an entry is fresh up to and including its time to live`(
        timeToLive: Duration?, age: Duration, isFresh: Bool
    ) throws {
        var cache = makeCache(timeToLive: timeToLive)
        try cache.store("a", [401], now: start)
        #expect(cache.freshEntries(now: start + age).isEmpty == !isFresh)
        #expect((cache.hit("a", now: start + age) != nil) == isFresh)
    }

    @Test func `DNS-05 resolving again replaces the entry`() throws {
        var cache = makeCache()
        try cache.store("a", [401], now: start)
        try cache.store("a", [402], now: start + .seconds(11))
        #expect(cache.hit("a", now: start + .seconds(21)) == [402])
        #expect(cache.count == 1)
    }

    @Test func `DNS-06 an entry that was used stays, the other goes`() throws {
        var cache = makeCache(capacity: 2)
        try cache.store("a", [401], now: start)
        try cache.store("b", [401], now: start)
        _ = cache.hit("a", now: start)
        try cache.store("c", [401], now: start)
        #expect(Set(cache.freshEntries(now: start).keys) == ["a", "c"])
    }

    @Test func `DNS-06 an entry that was stored again stays, the other goes`() throws {
        var cache = makeCache(capacity: 2)
        try cache.store("a", [401], now: start)
        try cache.store("b", [401], now: start + .seconds(5))
        try cache.store("a", [401], now: start + .seconds(11))
        try cache.store("c", [401], now: start + .seconds(11))
        #expect(Set(cache.freshEntries(now: start + .seconds(11)).keys) == ["a", "c"])
    }

    @Test func `DNS-06 without use the oldest goes`() throws {
        var cache = makeCache(capacity: 2)
        for key in ["a", "b", "c"] { try cache.store(key, [401], now: start) }
        #expect(Set(cache.freshEntries(now: start).keys) == ["b", "c"])
    }

    @Test func `DNS-07 each use begins one further on, the first being that of the lookup itself`() throws {
        var cache = makeCache()
        try cache.store("a", [401, 402, 403], now: start)
        #expect(cache.hit("a", now: start) == [402, 403, 401])
        #expect(cache.hit("a", now: start) == [403, 401, 402])
        #expect(cache.hit("a", now: start) == [401, 402, 403])
    }

    @Test(arguments: [
        ([601, 602, 401], 1, [602, 601, 401]),
        ([601, 602, 401], 2, [601, 602, 401]),
        ([401, 601, 402, 602, 403], 1, [402, 602, 403, 601, 401]),
        ([401], 7, [401]),
        ([401, 402, 403], 5, [403, 401, 402]),
        ([], 3, []),
    ])
    func `DNS-07 rotation stays inside each family`(list: [Int], count: Int, expected: [Int]) {
        #expect(Cache.rotate(list, by: count) { $0 / 100 } == expected)
    }

    @Test func `DNS-08 simultaneous lookups of one key share one call`() throws {
        var cache = makeCache()
        let id = try cache.started("a", now: start)
        for _ in 0..<19 { #expect(cache.lookup("a", now: start) == .join(id)) }
        #expect(cache.lookup("b", now: start) != .join(id))
    }

    @Test func `DNS-10 a failure is not remembered`() throws {
        var cache = makeCache()
        let id = try cache.started("a", now: start)
        cache.finished(id, addresses: nil, now: start)
        try cache.store("a", [401], now: start)
        #expect(cache.hit("a", now: start) == [401])
    }

    @Test func `DNS-12 clearing one key leaves the others`() throws {
        var cache = makeCache()
        for key in ["a", "b"] { try cache.store(key, [401], now: start) }
        cache.clear("a")
        cache.clear("absent")
        #expect(Set(cache.freshEntries(now: start).keys) == ["b"])
        cache.clear()
        cache.clear()
        #expect(cache.count == 0)
        try cache.store("a", [401], now: start)
        #expect(cache.hit("a", now: start) == [401])
    }

    @Test(arguments: [true, false])
    func `DNS-12 a lookup begun before the clear does not come back`(clearsAll: Bool) throws {
        var cache = makeCache()
        let old = try cache.started("a", now: start)
        if clearsAll { cache.clear() } else { cache.clear("a") }
        let new = try cache.started("a", now: start)
        cache.finished(old, addresses: [401], now: start)
        #expect(cache.count == 0)
        #expect(cache.lookup("a", now: start) == .join(new))
        cache.finished(new, addresses: [402], now: start)
        cache.finished(new, addresses: [403], now: start)
        #expect(cache.hit("a", now: start) == [402])
    }

    @Test func `DNS-16 an empty answer is a failure`() throws {
        var cache = makeCache()
        cache.finished(try cache.started("a", now: start), addresses: [], now: start)
        _ = try cache.started("a", now: start)
    }

    @Test func `DNS-26 a clear after a hit or a miss wedges nothing`() throws {
        var cache = makeCache()
        try cache.store("a", [401], now: start)
        _ = cache.hit("a", now: start)
        cache.clear()
        let id = try cache.started("a", now: start)
        cache.clear()
        cache.finished(id, addresses: [401], now: start)
        try cache.store("a", [402], now: start)
        #expect(cache.hit("a", now: start) == [402])
    }

    @Test func `MEM-07 looking at the entries is not a use`() throws {
        var cache = makeCache(capacity: 2)
        try cache.store("a", [401, 402], now: start)
        #expect(cache.freshEntries(now: start) == ["a": [401, 402]])
        #expect(cache.freshEntries(now: start) == ["a": [401, 402]])
        #expect(cache.hit("a", now: start) == [402, 401])
    }

    @Test func `random lookups, answers and clears match a plain list`() throws {
        for seed in seeds(100) {
            var random = SeededGenerator(seed: seed)
            let (capacity, lifetime) = (
                Int.random(in: 1...5, using: &random), Int.random(in: 0...5, using: &random)
            )
            var cache = makeCache(capacity: capacity, timeToLive: .seconds(lifetime))
            var now = start
            // From least to most recently used.
            var list: [(key: String, addresses: [Int], storedAt: ContinuousClock.Instant, uses: Int)] = []
            var underWay: [Cache.LookupID] = []
            var cleared: [Cache.LookupID] = []
            for step in 0..<500 {
                let key = "k\(Int.random(in: 0..<8, using: &random))"
                let fail = { (reason: String) in SequenceFailure(seed: seed, step: step, reason: reason) }
                switch Int.random(in: 0..<10, using: &random) {
                case ..<5:
                    let place = list.firstIndex { $0.key == key }
                    let old = place.map { list.remove(at: $0) }
                    switch cache.lookup(key, now: now) {
                    case .hit(let addresses):
                        guard var old, now - old.storedAt <= .seconds(lifetime) else {
                            throw fail("hit \(key)")
                        }
                        let turned = Cache.rotate(old.addresses, by: old.uses) { $0 / 100 }
                        guard addresses == turned else { throw fail("\(addresses), not \(turned)") }
                        old.uses += 1
                        list.append(old)
                    case .join(let id):
                        guard underWay.contains(id), id.key == key else { throw fail("joined \(id)") }
                    case .start(let id):
                        let isFresh = old.map { now - $0.storedAt <= .seconds(lifetime) } ?? false
                        guard !isFresh, !underWay.contains(where: { $0.key == key }) else {
                            throw fail("started \(id)")
                        }
                        underWay.append(id)
                    }
                case ..<7:
                    guard let place = underWay.indices.randomElement(using: &random) else { continue }
                    let id = underWay.remove(at: place)
                    let count = Int.random(in: 0...4, using: &random)
                    let addresses = (0..<count).map { _ in Int.random(in: 400..<402, using: &random) * 3 / 2 }
                    cache.finished(id, addresses: addresses, now: now)
                    guard count > 0 else { continue }
                    if list.count == capacity { list.removeFirst() }
                    list.append((id.key, addresses, now, 1))
                case 7 where Int.random(in: 0..<8, using: &random) == 0:
                    cleared += underWay
                    (underWay, list) = ([], [])
                    cache.clear()
                case 7:
                    cleared += underWay.filter { $0.key == key }
                    underWay.removeAll { $0.key == key }
                    list.removeAll { $0.key == key }
                    cache.clear(key)
                case 8:
                    if let id = cleared.randomElement(using: &random) {
                        cache.finished(id, addresses: [499], now: now)
                    }
                default: now += .milliseconds(Int.random(in: 0...1500, using: &random))
                }
                guard cache.count == list.count else {
                    throw fail("\(cache.count) entries, not \(list.count)")
                }
                let fresh = list.filter { now - $0.storedAt <= .seconds(lifetime) }
                guard
                    cache.freshEntries(now: now)
                        == Dictionary(uniqueKeysWithValues: fresh.map { ($0.key, $0.addresses) })
                else { throw fail("\(cache.freshEntries(now: now)) is not \(fresh)") }
            }
        }
    }
}
