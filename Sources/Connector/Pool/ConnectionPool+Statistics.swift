extension ConnectionPool {
    /// The whole pool's numbers.
    var statistics: PoolStatistics {
        var result = counts
        result.waiting = waiters.count
        return result
    }

    /// One group's numbers, all zero for a group that the pool does not know.
    func statistics(of group: Key.Group) -> PoolStatistics {
        guard let place = place(of: group) else { return PoolStatistics() }
        var result = groups.records[place].counts
        result.waiting = waiters.count(inLine: place)
        return result
    }

    /// The groups that the pool knows: those with a slot or a waiter.
    var knownGroups: [Key.Group] { groups.records.compactMap { $0.group } }

    /// How many more slots the group could get now, idle items making room; nil = no limit applies.
    func available(for group: Key.Group) -> Int? {
        let total = limit.map { $0 - counts.active }
        let perHost = limitPerHost.map { $0 - statistics(of: group).active }
        guard let total else { return perHost }
        return min(total, perHost ?? total)
    }

    /// How many leases the slot's item has served before this one; 0 for a new item or a stale slot.
    func useCount(of id: SlotID) -> Int {
        index(of: id).map { slots.records[$0].useCount } ?? 0
    }

    /// How long the item of a slot that was reused had been idle; zero for any other slot.
    func idleTime(of id: SlotID, now: Instant) -> Duration {
        guard let slot = index(of: id), slot < idleSince.count else { return .zero }
        return now - idleSince[slot]
    }
}

extension ConnectionPool: CustomStringConvertible {
    /// The totals, then one line per key. O(n), for reports.
    var description: String {
        var perKey: [Int: PoolStatistics] = [:]
        for slot in slots.records {
            guard case .vacant = slot.life else {
                Self.count(slot.life, by: 1, in: &perKey[slot.key, default: PoolStatistics()])
                continue
            }
        }
        for waiter in waiters.ids {
            perKey[waiter.tag.key, default: PoolStatistics()].waiting += 1
        }
        let lines = perKey.compactMap { index, counts in
            keys.records[index].key.map { "\($0): \(counts)" }
        }
        return (["\(isClosed ? "closed" : "open"): \(statistics)"] + lines.sorted()).joined(separator: "\n")
    }
}

extension PoolStatistics: CustomStringConvertible {
    var description: String {
        "\(pending) pending, \(inUse) in use, \(idle) idle, \(waiting) waiting"
    }
}
