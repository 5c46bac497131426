/// The links of any number of doubly linked lists over small integers: O(1) to append and to remove from the
/// middle, no node objects.
///
/// Invariant: at any time an index is in at most one list of one `LinkedIndices`. To be in several orders at once (by
/// age, by key) an index needs one `LinkedIndices` for each.
struct LinkedIndices {
    /// The ends of one list; the links between them live in the `LinkedIndices` that the list is used with.
    struct List {
        fileprivate(set) var first: Int?
        fileprivate(set) var last: Int?

        var isEmpty: Bool { first == nil }
    }

    private struct Links {
        var previous: Int?
        var next: Int?
    }

    private var links: [Links] = []

    /// The index after `index` in its list.
    func next(after index: Int) -> Int? { links[index].next }

    mutating func append(_ index: Int, to list: inout List) {
        while links.count <= index { links.append(Links()) }
        links[index] = Links(previous: list.last, next: nil)
        if let last = list.last { links[last].next = index } else { list.first = index }
        list.last = index
    }

    mutating func remove(_ index: Int, from list: inout List) {
        let (previous, next) = (links[index].previous, links[index].next)
        if let previous { links[previous].next = next } else { list.first = next }
        if let next { links[next].previous = previous } else { list.last = previous }
        links[index] = Links()
    }

    /// Forgets all links. Every list used with this value must be replaced by an empty one.
    mutating func removeAll() { links = [] }
}
