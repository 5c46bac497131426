import Testing

@testable import Connector

struct WaiterQueueTests {
    @Test func `open lines are served in order of arrival`() {
        var queue = WaiterQueue()
        for tag in 0..<9 { _ = queue.append(line: [4, 0, 2][tag % 3], tag: WaiterTag(key: tag)) }
        #expect((0..<9).map { _ in queue.popFirst()?.tag.key } == Array(0..<9))
        #expect(queue.popFirst() == nil)
    }

    @Test func `a waiter behind a shut line keeps its place`() {
        var queue = WaiterQueue()
        for (tag, line) in [0, 0, 1].enumerated() { _ = queue.append(line: line, tag: WaiterTag(key: tag)) }
        queue.setOpen(false, line: 0)
        #expect(queue.popFirst()?.tag.key == 2)
        #expect(queue.popFirst() == nil)
        _ = queue.append(line: 1, tag: WaiterTag(key: 3))
        queue.setOpen(true, line: 0)
        #expect((0..<3).map { _ in queue.popFirst()?.tag.key } == [0, 1, 3])
    }

    @Test func `a name is good for one waiter only`() {
        var queue = WaiterQueue()
        let first = queue.append(line: 0, tag: WaiterTag(key: 1, mayReuse: false))
        #expect(queue.remove(first) == WaiterTag(key: 1, mayReuse: false))
        let second = queue.append(line: 0, tag: WaiterTag(key: 2))
        #expect(queue.remove(first) == nil)
        #expect(queue.removeAll() == [second])
        #expect(queue.remove(second) == nil)
        #expect(queue.count == 0)
    }

    @Test func `random joining, leaving, opening and shutting match a plain list`() throws {
        for seed in seeds(100) {
            var random = SeededGenerator(seed: seed)
            var queue = WaiterQueue()
            var list: [(id: WaiterID, line: Int, tag: WaiterTag)] = []
            var shut: Set<Int> = []
            for step in 0..<500 {
                let line = Int.random(in: 0..<8, using: &random)
                switch Int.random(in: 0..<10, using: &random) {
                case ..<4:
                    let tag = WaiterTag(key: step)
                    list.append((queue.append(line: line, tag: tag), line, tag))
                case ..<6:
                    guard let place = list.indices.randomElement(using: &random) else { continue }
                    let gone = list.remove(at: place)
                    guard queue.remove(gone.id) == gone.tag else {
                        throw SequenceFailure(seed: seed, step: step, reason: "lost \(gone)")
                    }
                case ..<8:
                    let opens = shut.remove(line) != nil
                    if !opens { shut.insert(line) }
                    queue.setOpen(opens, line: line)
                default:
                    let place = list.firstIndex { !shut.contains($0.line) }
                    let expected = place.map { list.remove(at: $0) }
                    guard queue.popFirst()?.id == expected?.id else {
                        throw SequenceFailure(seed: seed, step: step, reason: "expected \(expected as Any)")
                    }
                }
                guard queue.count == list.count, queue.ids.map(\.tag) == list.map(\.tag) else {
                    throw SequenceFailure(seed: seed, step: step, reason: "\(queue.ids) is not \(list)")
                }
            }
        }
    }
}
