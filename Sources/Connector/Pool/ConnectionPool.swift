/// The pool of a connector: which slots exist, what each is doing, and who waits for one.
///
/// Events go in, with the time where it matters; outcomes and orders come out; the shell does what they say. No I/O,
/// no clock, no task. `Item` is an open connection that the pool never looks at.
///
///     acquire ──► connecting ──created──► leased ──release(item)──► idle ──► reused, evicted or expired
///                     │                     │
///                     └──creationFailed─────┴──release(nil)──► gone
///
/// Invariants, after every call:
/// - pending + in use + idle ≤ `limit`, and for each group ≤ `limitPerHost`. An idle item gives way to a caller: the
///   one idle longest is closed to make room.
/// - Nobody waits who could be served. Freed capacity goes to the first eligible waiter in the same call, so that a
///   newcomer cannot slip in between.
/// - A key or group is known only while a slot or a waiter uses it.
///
/// Each call costs O(1), or O(log hosts) when somebody waits. Taking and giving back an idle item hashes its key
/// once and allocates nothing.
struct ConnectionPool<Key: PoolKey, Item> {
    typealias Instant = ContinuousClock.Instant

    /// Most slots in all. nil = no limit.
    let limit: Int?
    /// Most slots of one group. nil = no limit.
    let limitPerHost: Int?
    /// How long an item may be idle and still be reused; exactly that long is still good. Zero = nothing is pooled.
    let keepAliveTimeout: Duration
    /// True from `closeAll` on. Then the pool stays empty: every call does nothing, and an item handed in comes
    /// straight back in a `close` order.
    private(set) var isClosed = false

    private(set) var slots = Slab<Slot<Item>>()
    private(set) var keys = Slab<KeyRecord<Key>>()
    private(set) var groups = Slab<GroupRecord<Key.Group>>()
    private var keyIndex = HashIndex()
    private var groupIndex = HashIndex()
    private(set) var waiters = WaiterQueue()
    private(set) var counts = PoolStatistics()

    /// When the slot of the same index was last given back. Not in the slots, because the size of an `Instant` is
    /// unknown to the compiler: a record with one would be copied through its value witnesses (see the article
    /// Performance, frames).
    private(set) var idleSince: [Instant] = []

    // Idle slots are in three lists, each in order of release. All items live equally long, so the order of release
    // is the order of expiry too.
    private var idle = LinkedIndices.List()
    private var byAge = LinkedIndices()
    private var byGroup = LinkedIndices()
    private var byKey = LinkedIndices()

    /// - Parameters:
    ///   - limit: most slots in all; nil or 0 = no limit.
    ///   - limitPerHost: most slots of one group; nil or 0 = no limit.
    ///   - keepAliveTimeout: how long an item may be idle; zero = nothing is pooled.
    init(limit: Int?, limitPerHost: Int?, keepAliveTimeout: Duration) {
        self.limit = limit == 0 ? nil : limit
        self.limitPerHost = limitPerHost == 0 ? nil : limitPerHost
        self.keepAliveTimeout = keepAliveTimeout
    }

    /// The first instant at which `expire` has something to close, nil while nothing is idle. One nanosecond past the
    /// timeout of the item idle longest, because an item exactly that old is still good.
    var nextDeadline: Instant? {
        idle.first.map { idleSince[$0] + keepAliveTimeout + .nanoseconds(1) }
    }

    // MARK: Taking a slot

    /// Asks for a slot, with the item of `key` that has been idle longest if there is one and `mayReuse`.
    mutating func acquire(_ key: Key, mayReuse: Bool = true, now: Instant) -> Acquisition {
        guard !isClosed else { return Acquisition(outcome: .closed, orders: []) }
        var orders = expire(now: now)
        let key = retain(key)
        guard hasCapacity(group: keys.records[key].group) else {
            let waiter = waiters.append(
                line: keys.records[key].group, tag: WaiterTag(key: key, mayReuse: mayReuse))
            return Acquisition(outcome: .wait(waiter, position: waiters.count), orders: orders)
        }
        let grant = grant(key: key, mayReuse: mayReuse, orders: &orders)
        return Acquisition(outcome: outcome(of: grant), orders: orders)
    }

    /// The item that came with the slot proved dead, and the caller closes it. The slot stays the caller's: with the
    /// next idle item of its key, or connecting.
    mutating func reuseFailed(_ id: SlotID, now: Instant) -> Acquisition {
        guard let slot = index(of: id) else { return Acquisition(outcome: .closed, orders: []) }
        let orders = expire(now: now)
        guard let idleSlot = keys.records[slots.records[slot].key].idle.first,
            case .idle(let item) = slots.records[idleSlot].life
        else {
            slots.records[slot].useCount = 0
            setLife(.connecting, of: slot)
            return Acquisition(outcome: .create(id), orders: orders)
        }
        slots.records[slot].useCount = slots.records[idleSlot].useCount
        setIdle(slot, since: idleSince[idleSlot])
        unlink(idleSlot)
        vacate(idleSlot)
        setLife(.leased, of: slot)
        let grant = Grant(slot: id, item: item, useCount: slots.records[slot].useCount)
        return Acquisition(outcome: outcome(of: grant), orders: orders)
    }

    /// The item is made: connecting → leased. False if the slot is not held any more because the pool was closed
    /// meanwhile; then the item is the caller's to close.
    @discardableResult
    mutating func created(_ id: SlotID) -> Bool {
        guard let slot = index(of: id) else { return false }
        setLife(.leased, of: slot)
        return true
    }

    /// No item could be made, or it is not wanted any more: the slot is free again.
    mutating func creationFailed(_ id: SlotID, now: Instant) -> [Order] {
        release(id, item: nil, now: now)
    }

    // MARK: Giving a slot back

    /// Ends a lease. With an item it goes to the next caller or into the pool; nil says that it is gone or about to
    /// close. A stale slot changes nothing, so an item is never pooled twice.
    mutating func release(_ id: SlotID, item: Item?, now: Instant) -> [Order] {
        giveBack(id, item: item, addedUses: 1, now: now)
    }

    /// A waiter turned away after its delivery and before it used it: the item, if it came with one, or the bare slot
    /// goes to the next in line. This does not count as a use of the item, though its idle time begins anew.
    mutating func returnDelivery(_ id: SlotID, item: Item?, now: Instant) -> [Order] {
        giveBack(id, item: item, addedUses: 0, now: now)
    }

    /// Takes a waiter out of the line. False if it is not in line any more: then a delivery to it is under way, which
    /// it answers with `returnDelivery`, or the pool is closed. Nobody else becomes eligible by this.
    @discardableResult
    mutating func cancelWaiter(_ id: WaiterID) -> Bool {
        guard let tag = waiters.remove(id) else { return false }
        drop(key: tag.key)
        return true
    }

    // MARK: Shrinking

    /// Closes every item that has been idle for longer than `keepAliveTimeout`.
    mutating func expire(now: Instant) -> [Order] {
        var orders: [Order] = []
        while let first = idle.first, now - idleSince[first] > keepAliveTimeout {
            if let item = evict(first) { orders.append(.close(item)) }
        }
        return orders
    }

    /// Gives up the item that has been idle longest, for the caller to close; nil if nothing is idle. For a process
    /// that has run out of descriptors.
    mutating func evictLongestIdle() -> Item? {
        idle.first.flatMap { evict($0) }
    }

    /// Closes the pool. Returns the idle items, longest idle first, to close, and the waiters in order of arrival, to
    /// turn away. Items in use are known to their holders only.
    mutating func closeAll() -> (items: [Item], waiters: [WaiterID]) {
        var items: [Item] = []
        while let item = evictLongestIdle() { items.append(item) }
        isClosed = true
        slots.removeAll()
        keys.removeAll()
        groups.removeAll()
        keyIndex.removeAll()
        groupIndex.removeAll()
        counts = PoolStatistics()
        return (items, waiters.removeAll())
    }

    // MARK: Decisions

    private func outcome(of grant: Grant<Item>) -> Outcome {
        guard let item = grant.item else { return .create(grant.slot) }
        return .reuse(grant.slot, item, useCount: grant.useCount)
    }

    private func hasCapacity(group: Int) -> Bool {
        counts.active < limit ?? .max && groups.records[group].counts.active < limitPerHost ?? .max
    }

    /// Gives a slot to a caller that has capacity. The caller's hold on the key passes to the slot.
    private mutating func grant(key: Int, mayReuse: Bool, orders: inout [Order]) -> Grant<Item> {
        if mayReuse, let slot = keys.records[key].idle.first,
            case .idle(let item) = slots.records[slot].life
        {
            unlink(slot)
            setLife(.leased, of: slot)
            drop(key: key)  // The slot has held it since it was made.
            return Grant(
                slot: SlotID(index: slot, generation: slots.records[slot].generation), item: item,
                useCount: slots.records[slot].useCount)
        }
        makeRoom(group: keys.records[key].group, orders: &orders)
        let next = slots.nextIndex
        let generation = next < slots.records.count ? slots.records[next].generation : 0
        let slot = slots.insert(
            Slot(life: .vacant, generation: generation, key: key, useCount: 0))
        setLife(.connecting, of: slot)
        return Grant(slot: SlotID(index: slot, generation: generation), item: nil, useCount: 0)
    }

    /// Closes idle items that stand in the way of one more open item. The group goes first: an item of it makes room
    /// under both limits.
    private mutating func makeRoom(group: Int, orders: inout [Order]) {
        if groups.records[group].counts.open >= limitPerHost ?? .max,
            let oldest = groups.records[group].idle.first, let item = evict(oldest)
        {
            orders.append(.close(item))
        }
        if counts.open >= limit ?? .max, let item = evictLongestIdle() {
            orders.append(.close(item))
        }
    }

    private mutating func giveBack(_ id: SlotID, item: Item?, addedUses: Int, now: Instant) -> [Order] {
        guard let slot = index(of: id) else {
            guard isClosed, let item else { return [] }
            return [.close(item)]
        }
        var orders: [Order] = []
        if let item, keepAliveTimeout > .zero {
            slots.records[slot].generation += 1
            slots.records[slot].useCount += addedUses
            setIdle(slot, since: now)
            link(slot)
            setLife(.idle(item), of: slot)
        } else {
            if let item { orders.append(.close(item)) }
            vacate(slot)
        }
        serveWaiters(orders: &orders)
        return orders
    }

    private mutating func serveWaiters(orders: inout [Order]) {
        while counts.active < limit ?? .max, let (waiter, tag) = waiters.popFirst() {
            let grant = grant(key: tag.key, mayReuse: tag.mayReuse, orders: &orders)
            orders.append(.deliver(waiter, grant.slot, grant.item))
        }
    }

    private mutating func evict(_ slot: Int) -> Item? {
        guard case .idle(let item) = slots.records[slot].life else { return nil }
        unlink(slot)
        vacate(slot)
        return item
    }

    // MARK: Bookkeeping

    /// The slot that `id` names, if its holder still has it.
    func index(of id: SlotID) -> Int? {
        guard id.index < slots.records.count, slots.records[id.index].generation == id.generation else {
            return nil
        }
        switch slots.records[id.index].life {
        case .connecting, .leased: return id.index
        case .vacant, .idle: return nil
        }
    }

    /// The one place where a slot changes state, hence where the counters and the waiting lines follow.
    private mutating func setLife(_ life: Life<Item>, of slot: Int) {
        let group = keys.records[slots.records[slot].key].group
        Self.count(slots.records[slot].life, by: -1, in: &counts)
        Self.count(slots.records[slot].life, by: -1, in: &groups.records[group].counts)
        Self.count(life, by: 1, in: &counts)
        Self.count(life, by: 1, in: &groups.records[group].counts)
        slots.records[slot].life = life
        if let limitPerHost {
            waiters.setOpen(groups.records[group].counts.active < limitPerHost, line: group)
        }
    }

    static func count(_ life: Life<Item>, by change: Int, in counts: inout PoolStatistics) {
        switch life {
        case .vacant: break
        case .connecting: counts.pending += change
        case .leased: counts.inUse += change
        case .idle: counts.idle += change
        }
    }

    private mutating func setIdle(_ slot: Int, since instant: Instant) {
        while idleSince.count <= slot { idleSince.append(instant) }
        idleSince[slot] = instant
    }

    private mutating func vacate(_ slot: Int) {
        let (key, generation) = (slots.records[slot].key, slots.records[slot].generation)
        setLife(.vacant, of: slot)
        slots.remove(
            slot,
            leaving: Slot(life: .vacant, generation: generation + 1, key: 0, useCount: 0))
        drop(key: key)
    }

    private mutating func link(_ slot: Int) {
        let key = slots.records[slot].key
        let group = keys.records[key].group
        byAge.append(slot, to: &idle)
        byGroup.append(slot, to: &groups.records[group].idle)
        byKey.append(slot, to: &keys.records[key].idle)
    }

    private mutating func unlink(_ slot: Int) {
        let key = slots.records[slot].key
        let group = keys.records[key].group
        byAge.remove(slot, from: &idle)
        byGroup.remove(slot, from: &groups.records[group].idle)
        byKey.remove(slot, from: &keys.records[key].idle)
    }

    /// The key's place, with one more user; new keys and groups are entered. Hashes once.
    private mutating func retain(_ key: Key) -> Int {
        let hash = key.hashValue
        if let place = keyIndex.find(hash, where: { keys.records[$0].key == key }) {
            keys.records[place].users += 1
            return place
        }
        let group = retain(group: key.group)
        let place = keys.insert(KeyRecord(key: key, group: group, users: 1))
        keyIndex.insert(place, hash: hash)
        return place
    }

    /// The group's place, with one more key.
    private mutating func retain(group: Key.Group) -> Int {
        if let place = place(of: group) {
            groups.records[place].keys += 1
            return place
        }
        let place = groups.insert(GroupRecord(group: group, keys: 1))
        groupIndex.insert(place, hash: group.hashValue)
        return place
    }

    /// Where the group is kept; nil = nothing is known of it.
    func place(of group: Key.Group) -> Int? {
        groupIndex.find(group.hashValue) { groups.records[$0].group == group }
    }

    /// One user of the key less; the last user removes the key, and the last key its group.
    private mutating func drop(key place: Int) {
        keys.records[place].users -= 1
        guard keys.records[place].users == 0, let key = keys.records[place].key else { return }
        let group = keys.records[place].group
        keyIndex.remove(place, hash: key.hashValue)
        keys.remove(place, leaving: KeyRecord(key: nil, group: 0, users: 0))
        groups.records[group].keys -= 1
        guard groups.records[group].keys == 0, let value = groups.records[group].group else { return }
        groupIndex.remove(group, hash: value.hashValue)
        groups.remove(group, leaving: GroupRecord(group: nil, keys: 0))
    }
}

// MARK: - Records

// Stands outside the pool, whose parameters are constrained: see the article Performance, generic types.

enum Life<Item> {
    /// → connecting.
    case vacant
    /// → leased, idle, vacant.
    case connecting
    /// → idle, connecting (its item proved dead and no other was idle), vacant.
    case leased
    /// → leased, vacant.
    case idle(Item)
}

struct Slot<Item> {
    var life: Life<Item>
    var generation: UInt64
    var key: Int
    var useCount: Int
}

struct KeyRecord<Key> {
    var key: Key?
    var group: Int
    /// Slots and waiters that name this key.
    var users: Int
    var idle = LinkedIndices.List()
}

struct GroupRecord<Group> {
    var group: Group?
    var keys: Int
    var counts = PoolStatistics()
    var idle = LinkedIndices.List()
}

private struct Grant<Item> {
    var slot: SlotID
    var item: Item?
    var useCount: Int
}
