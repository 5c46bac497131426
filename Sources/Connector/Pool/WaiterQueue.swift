/// Names one waiter: a later waiter in the same place has another ticket.
struct WaiterID: Hashable, Sendable {
    fileprivate let index: Int
    /// Rises by one with each arrival, so tickets compare in arrival order.
    fileprivate let ticket: UInt64
}

/// What a waiter asked for.
struct WaiterTag: Hashable, Sendable {
    /// The place of the key in the pool's books.
    var key: Int
    /// An idle item of the key serves as well as a new one.
    var mayReuse = true
}

/// The waiting line: one order of arrival over all waiters, in which those whose line is shut are passed over
/// without losing their place.
///
/// A "line" is a small number that the owner chooses (one per host). Each line is first come, first served, so only
/// the heads of open lines compete; a heap by ticket keeps the oldest head on top. Joining, leaving and serving cost
/// O(log lines), however many waiters stand behind shut lines.
///
/// Invariant: a line is in the heap exactly when it is open and not empty.
struct WaiterQueue {
    private struct Waiter {
        var ticket: UInt64
        var line: Int
        var tag: WaiterTag

        /// Tickets start at 1, so no `WaiterID` matches a vacant place.
        static let vacant = Waiter(ticket: 0, line: 0, tag: WaiterTag(key: 0))
    }

    private struct Line {
        var waiters = LinkedIndices.List()
        var count = 0
        var isOpen = true
        var heapPosition: Int?
    }

    private var waiters = Slab<Waiter>()
    private var links = LinkedIndices()
    private var lines: [Line] = []
    private var heap: [Int] = []
    private var lastTicket: UInt64 = 0

    /// Waiters over all lines.
    private(set) var count = 0

    /// Waiters in one line.
    func count(inLine line: Int) -> Int { line < lines.count ? lines[line].count : 0 }

    /// Puts a waiter at the end of the line. `tag` comes back when the waiter leaves.
    mutating func append(line: Int, tag: WaiterTag) -> WaiterID {
        reserve(line)
        lastTicket += 1
        let index = waiters.insert(Waiter(ticket: lastTicket, line: line, tag: tag))
        links.append(index, to: &lines[line].waiters)
        lines[line].count += 1
        count += 1
        if lines[line].isOpen && lines[line].heapPosition == nil { push(line) }
        return WaiterID(index: index, ticket: lastTicket)
    }

    /// Takes a waiter out of the line, wherever it stands. Returns its tag, or nil if it no longer waits.
    mutating func remove(_ id: WaiterID) -> WaiterTag? {
        guard id.index < waiters.records.count, waiters.records[id.index].ticket == id.ticket else {
            return nil
        }
        return take(id.index).tag
    }

    /// Takes out the waiter that came first of all whose line is open.
    mutating func popFirst() -> (id: WaiterID, tag: WaiterTag)? {
        guard let line = heap.first, let index = lines[line].waiters.first else { return nil }
        let waiter = take(index)
        return (WaiterID(index: index, ticket: waiter.ticket), waiter.tag)
    }

    /// Opens or shuts a line. Lines start open.
    mutating func setOpen(_ isOpen: Bool, line: Int) {
        reserve(line)
        guard lines[line].isOpen != isOpen else { return }
        lines[line].isOpen = isOpen
        if isOpen {
            if !lines[line].waiters.isEmpty { push(line) }
        } else if let position = lines[line].heapPosition {
            removeFromHeap(at: position)
        }
    }

    /// Empties the queue and returns all waiters in order of arrival. Earlier `WaiterID`s stay invalid.
    mutating func removeAll() -> [WaiterID] {
        let left = ids.map(\.id)
        waiters.removeAll()
        links.removeAll()
        lines = []
        heap = []
        count = 0
        return left
    }

    /// All waiters and their tags in order of arrival. O(n log n), for reports.
    var ids: [(id: WaiterID, tag: WaiterTag)] {
        waiters.records.enumerated()
            .filter { $0.element.ticket != 0 }
            .sorted { $0.element.ticket < $1.element.ticket }
            .map { (WaiterID(index: $0.offset, ticket: $0.element.ticket), $0.element.tag) }
    }

    private mutating func reserve(_ line: Int) {
        while lines.count <= line { lines.append(Line()) }
    }

    private mutating func take(_ index: Int) -> Waiter {
        let waiter = waiters.records[index]
        let wasFirst = lines[waiter.line].waiters.first == index
        links.remove(index, from: &lines[waiter.line].waiters)
        waiters.remove(index, leaving: .vacant)
        lines[waiter.line].count -= 1
        count -= 1
        if wasFirst, let position = lines[waiter.line].heapPosition {
            if lines[waiter.line].waiters.isEmpty {
                removeFromHeap(at: position)
            } else {
                siftDown(from: position)
            }
        }
        return waiter
    }

    // MARK: Heap of open lines, smallest head ticket first

    private func headTicket(at position: Int) -> UInt64 {
        guard let first = lines[heap[position]].waiters.first else { return .max }
        return waiters.records[first].ticket
    }

    private mutating func push(_ line: Int) {
        heap.append(line)
        lines[line].heapPosition = heap.count - 1
        siftUp(from: heap.count - 1)
    }

    private mutating func removeFromHeap(at position: Int) {
        let last = heap.count - 1
        swapInHeap(position, last)
        lines[heap.removeLast()].heapPosition = nil
        guard position < last else { return }
        siftDown(from: position)
        siftUp(from: position)
    }

    private mutating func siftUp(from start: Int) {
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            guard headTicket(at: position) < headTicket(at: parent) else { return }
            swapInHeap(position, parent)
            position = parent
        }
    }

    private mutating func siftDown(from start: Int) {
        var position = start
        while true {
            var smallest = position
            for child in 2 * position + 1..<2 * position + 3 where child < heap.count {
                if headTicket(at: child) < headTicket(at: smallest) { smallest = child }
            }
            guard smallest != position else { return }
            swapInHeap(position, smallest)
            position = smallest
        }
    }

    private mutating func swapInHeap(_ a: Int, _ b: Int) {
        heap.swapAt(a, b)
        lines[heap[a]].heapPosition = a
        lines[heap[b]].heapPosition = b
    }
}
