/// Answers of the resolver, and which lookups are under way: one lookup serves all who ask for the same key.
///
/// Callers ask with `lookup` and are told to use an answer, to share a lookup or to start one. The shell holds them
/// by `LookupID` and gives each the result when it comes. A failure is never remembered.
///
/// Invariants: at most `capacity` entries; a key never has both an entry and a lookup under way; a lookup that began
/// before its key was cleared does not come back into the cache.
struct DNSCache<Key: Hashable & Sendable, Address> {
    typealias Instant = ContinuousClock.Instant

    /// One lookup, from `start` to `finished`.
    struct LookupID: Hashable, Sendable {
        let key: Key
        fileprivate let number: UInt64
    }

    /// What a caller does to get addresses.
    enum Lookup {
        /// Use these. Each use begins one address further on, inside each family.
        case hit([Address])
        /// Wait for the lookup that somebody started.
        case join(LookupID)
        /// Ask the resolver, then say `finished`, also if every caller has left by then.
        case start(LookupID)
    }

    private struct Entry {
        var key: Key?
        var addresses: [Address]
        var storedAt: Instant?
        /// How often the list was given out.
        var uses: Int
    }

    /// Most entries; at least 1.
    let capacity: Int
    /// How long an answer is fresh; exactly that long still is. nil = for ever; zero = until time moves.
    let timeToLive: Duration?

    private let family: @Sendable (Address) -> Int
    private var entries = Slab<Entry>()
    private var indices: [Key: Int] = [:]
    /// From least to most recently used or stored.
    private var byUse = LinkedIndices.List()
    private var links = LinkedIndices()
    private var underWay: [Key: UInt64] = [:]
    private var lastNumber: UInt64 = 0

    /// - Parameters:
    ///   - capacity: most entries; less than 1 counts as 1.
    ///   - timeToLive: nil = for ever.
    ///   - family: a number for the address family; addresses rotate among those with the same.
    init(capacity: Int, timeToLive: Duration?, family: @escaping @Sendable (Address) -> Int) {
        self.capacity = max(1, capacity)
        self.timeToLive = timeToLive
        self.family = family
    }

    /// Entries, fresh or not.
    var count: Int { indices.count }

    // MARK: Events

    /// How the caller gets the addresses of `key`.
    mutating func lookup(_ key: Key, now: Instant) -> Lookup {
        if let index = indices[key] {
            if isFresh(entries.records[index], now: now) { return .hit(use(index)) }
            remove(index)
        }
        if let number = underWay[key] { return .join(LookupID(key: key, number: number)) }
        lastNumber += 1
        underWay[key] = lastNumber
        return .start(LookupID(key: key, number: lastNumber))
    }

    /// The lookup is over. Addresses are kept, and count as used once by those who shared the lookup; nil or none is a
    /// failure, and the next caller starts anew. A lookup that was cleared meanwhile changes nothing.
    mutating func finished(_ id: LookupID, addresses: [Address]?, now: Instant) {
        guard underWay[id.key] == id.number else { return }
        underWay[id.key] = nil
        guard let addresses, !addresses.isEmpty else { return }
        if indices.count >= capacity, let oldest = byUse.first { remove(oldest) }
        let index = entries.insert(Entry(key: id.key, addresses: addresses, storedAt: now, uses: 1))
        indices[id.key] = index
        links.append(index, to: &byUse)
    }

    /// Forgets one key. A lookup of it under way still answers its callers, but nobody joins it any more.
    mutating func clear(_ key: Key) {
        underWay[key] = nil
        if let index = indices[key] { remove(index) }
    }

    /// Forgets everything, lookups under way included.
    mutating func clear() {
        underWay = [:]
        entries.removeAll()
        indices = [:]
        links.removeAll()
        byUse = LinkedIndices.List()
    }

    /// The fresh entries, each in the resolver's order. Looking is not a use.
    func freshEntries(now: Instant) -> [Key: [Address]] {
        indices.compactMapValues { index in
            let entry = entries.records[index]
            return isFresh(entry, now: now) ? entry.addresses : nil
        }
    }

    // MARK: Rules

    private func isFresh(_ entry: Entry, now: Instant) -> Bool {
        guard let timeToLive, let storedAt = entry.storedAt else { return true }
        return now - storedAt <= timeToLive
    }

    private mutating func use(_ index: Int) -> [Address] {
        links.remove(index, from: &byUse)
        links.append(index, to: &byUse)
        let uses = entries.records[index].uses
        entries.records[index].uses = uses &+ 1
        return Self.rotate(entries.records[index].addresses, by: uses, family: family)
    }

    private mutating func remove(_ index: Int) {
        if let key = entries.records[index].key { indices[key] = nil }
        links.remove(index, from: &byUse)
        entries.remove(index, leaving: Entry(key: nil, addresses: [], storedAt: nil, uses: 0))
    }

    /// The list turned left by `count` places inside each family. Which family stands where does not change, so the
    /// order of preference between families (RFC 6724) stays the resolver's.
    static func rotate(_ addresses: [Address], by count: Int, family: (Address) -> Int) -> [Address] {
        guard addresses.count > 1, count > 0 else { return addresses }
        var members: [Int: [Address]] = [:]
        for address in addresses { members[family(address), default: []].append(address) }
        if members.count == 1 {
            let start = count % addresses.count
            return Array(addresses[start...] + addresses[..<start])
        }
        var taken: [Int: Int] = [:]
        return addresses.map { address in
            let family = family(address)
            let place = taken[family, default: 0]
            taken[family] = place + 1
            guard let relatives = members[family] else { return address }
            return relatives[(place + count % relatives.count) % relatives.count]
        }
    }
}

extension DNSCache.Lookup: Equatable where Address: Equatable {}
extension DNSCache.Lookup: Sendable where Address: Sendable {}
