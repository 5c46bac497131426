/// A binary heap of payloads ordered by deadline, earliest first; equal deadlines leave in the order they came.
///
/// Pure: time comes in as an argument. Inserting, cancelling and popping cost O(log n). The place of each timer in the
/// heap is kept in a table of slots, so that a cancelled timer is gone at once and holds nothing alive.
package struct TimerHeap<Payload> {
    /// Names one timer. A number is never used for a second timer while the first is pending; the generation tells
    /// a stale name from a live one.
    package struct ID: Hashable, Sendable {
        fileprivate let slot: Int32
        fileprivate let generation: UInt32
    }

    private struct Node {
        let deadline: ContinuousClock.Instant
        let order: UInt64
        let slot: Int32
        let payload: Payload
    }

    private struct Slot {
        var position: Int32
        var generation: UInt32
    }

    private var nodes: [Node] = []
    private var slots: [Slot] = []
    private var freeSlots: [Int32] = []
    private var inserted: UInt64 = 0

    /// Makes an empty heap.
    package init() {}

    /// True when nothing is pending.
    package var isEmpty: Bool { nodes.isEmpty }
    /// Timers that are pending.
    package var count: Int { nodes.count }

    /// The earliest deadline; nil when nothing is pending.
    package var nextDeadline: ContinuousClock.Instant? { nodes.first?.deadline }

    /// Plans `payload`; a deadline in the past is due at once.
    @discardableResult
    package mutating func insert(_ payload: Payload, at deadline: ContinuousClock.Instant) -> ID {
        let slot: Int32
        if let free = freeSlots.popLast() {
            slot = free
        } else {
            slot = Int32(slots.count)
            slots.append(Slot(position: -1, generation: 0))
        }
        inserted += 1
        nodes.append(Node(deadline: deadline, order: inserted, slot: slot, payload: payload))
        slots[Int(slot)].position = Int32(nodes.count - 1)
        siftUp(from: nodes.count - 1)
        return ID(slot: slot, generation: slots[Int(slot)].generation)
    }

    /// Removes a pending timer and returns its payload; nil when it has fired or was cancelled before.
    @discardableResult
    package mutating func cancel(_ id: ID) -> Payload? {
        let slot = Int(id.slot)
        guard slot < slots.count, slots[slot].generation == id.generation, slots[slot].position >= 0 else {
            return nil
        }
        return remove(at: Int(slots[slot].position))
    }

    /// Removes and returns the earliest timer whose deadline is not after `now`; nil when none is due.
    package mutating func popDue(now: ContinuousClock.Instant) -> Payload? {
        guard let first = nodes.first, first.deadline <= now else { return nil }
        return remove(at: 0)
    }

    private mutating func remove(at position: Int) -> Payload {
        let last = nodes.count - 1
        nodes.swapAt(position, last)
        let node = nodes.removeLast()
        slots[Int(node.slot)].position = -1
        slots[Int(node.slot)].generation &+= 1
        freeSlots.append(node.slot)
        if position < last {
            slots[Int(nodes[position].slot)].position = Int32(position)
            siftDown(from: position)
            siftUp(from: position)
        }
        return node.payload
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        // Field by field: a copy of a whole node would retain and release its payload.
        let (first, second) = (nodes[left].deadline, nodes[right].deadline)
        return first < second || (first == second && nodes[left].order < nodes[right].order)
    }

    private mutating func exchange(_ left: Int, _ right: Int) {
        nodes.swapAt(left, right)
        slots[Int(nodes[left].slot)].position = Int32(left)
        slots[Int(nodes[right].slot)].position = Int32(right)
    }

    private mutating func siftUp(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { return }
            exchange(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(from start: Int) {
        var parent = start
        while true {
            var smallest = parent
            for child in (2 * parent + 1)...(2 * parent + 2)
            where child < nodes.count && isBefore(child, smallest) {
                smallest = child
            }
            guard smallest != parent else { return }
            exchange(parent, smallest)
            parent = smallest
        }
    }
}
