/// Lets hosts take turns: of the transfers that are known, the next one is of the host with the fewest under way. Pure.
///
/// The transfers of one host keep their order. Choosing takes O(log hosts).
struct HostTurns<Item> {
    private struct Host {
        var waiting: [Item] = []
        var first = 0
        var running = 0
        /// When it had its last turn.
        var turn = 0
        /// Where it stands in the heap; nil where nothing of it waits.
        var place: Int?

        var isEmpty: Bool { first == waiting.count }
    }

    private var numbers: [String: Int] = [:]
    private var hosts: [Host] = []
    private var free: [Int] = []
    private var names: [String] = []
    /// The host that was added last: most often the next transfer is of it, too.
    private var last: Int?
    private var heap: [Int] = []
    private var turns = 0

    /// How many wait.
    private(set) var count = 0

    /// Another transfer, of the host with this name.
    mutating func add(_ item: Item, host name: String) {
        let number = number(of: name)
        hosts[number].waiting.append(item)
        count += 1
        if hosts[number].place == nil { push(number) }
    }

    /// The next one, and a number for its host, to be given to `end` when it is over.
    mutating func next() -> (item: Item, host: Int)? {
        guard let number = heap.first else { return nil }
        let item = hosts[number].waiting[hosts[number].first]
        hosts[number].first += 1
        if hosts[number].first > 32, hosts[number].first * 2 > hosts[number].waiting.count {
            hosts[number].waiting.removeFirst(hosts[number].first)
            hosts[number].first = 0
        }
        count -= 1
        turns += 1
        hosts[number].turn = turns
        hosts[number].running += 1
        if hosts[number].isEmpty { remove(number) } else { sink(number) }
        return (item, number)
    }

    /// A transfer of the host is over.
    mutating func end(_ number: Int) {
        hosts[number].running -= 1
        if hosts[number].place != nil { return rise(number) }
        guard hosts[number].running == 0 else { return }
        // Nothing is to be remembered of it.
        if last == number { last = nil }
        numbers[names[number]] = nil
        hosts[number] = Host()
        free.append(number)
    }

    private mutating func number(of name: String) -> Int {
        if let last, names[last] == name { return last }
        if let number = numbers[name] {
            last = number
            return number
        }
        let number = free.popLast() ?? hosts.count
        if number == hosts.count {
            hosts.append(Host())
            names.append(name)
        } else {
            names[number] = name
        }
        numbers[name] = number
        last = number
        return number
    }

    // MARK: Heap

    private func precedes(_ one: Int, _ other: Int) -> Bool {
        (hosts[one].running, hosts[one].turn) < (hosts[other].running, hosts[other].turn)
    }

    private mutating func put(_ number: Int, at place: Int) {
        heap[place] = number
        hosts[number].place = place
    }

    private mutating func push(_ number: Int) {
        heap.append(number)
        hosts[number].place = heap.count - 1
        rise(number)
    }

    private mutating func remove(_ number: Int) {
        guard let place = hosts[number].place, let last = heap.popLast() else { return }
        hosts[number].place = nil
        guard last != number else { return }
        put(last, at: place)
        rise(last)
        sink(last)
    }

    private mutating func rise(_ number: Int) {
        guard var place = hosts[number].place else { return }
        while place > 0, precedes(number, heap[(place - 1) / 2]) {
            put(heap[(place - 1) / 2], at: place)
            place = (place - 1) / 2
        }
        put(number, at: place)
    }

    private mutating func sink(_ number: Int) {
        guard var place = hosts[number].place else { return }
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, precedes(heap[child + 1], heap[child]) { child += 1 }
            guard precedes(heap[child], number) else { break }
            put(heap[child], at: place)
            place = child
        }
        put(number, at: place)
    }
}
