import Testing

@testable import Connector

@Suite struct HashIndexTests {
    @Test func `an empty index finds nothing and forgets nothing`() {
        var index = HashIndex()
        #expect(index.find(7) { _ in true } == nil)
        index.remove(3, hash: 7)
        index.insert(3, hash: 7)
        index.removeAll()
        #expect(index.find(7) { _ in true } == nil)
    }

    @Test func `places of one hash are told apart by what stands there`() {
        var index = HashIndex()
        for place in 0..<5 { index.insert(place, hash: 42) }
        for place in 0..<5 { #expect(index.find(42) { $0 == place } == place) }
        #expect(index.find(42) { $0 == 9 } == nil)
        #expect(index.find(43) { _ in true } == nil)
        index.remove(2, hash: 42)
        #expect(index.find(42) { $0 == 2 } == nil)
        for place in [0, 1, 3, 4] { #expect(index.find(42) { $0 == place } == place) }
    }

    /// Few hashes and many removals: long runs of cells that wrap around the end.
    @Test(arguments: [3, 17, 1_000, Int.max])
    func `it agrees with a dictionary whatever comes and goes`(hashes: Int) throws {
        var random = SeededGenerator(seed: UInt64(truncatingIfNeeded: hashes))
        var index = HashIndex()
        var model: [Int: Int] = [:]
        for step in 0..<20_000 {
            let place = Int.random(in: 0..<200, using: &random)
            if let hash = model.removeValue(forKey: place) {
                index.remove(place, hash: hash)
                #expect(index.find(hash) { $0 == place } == nil)
            } else {
                let hash = Int.random(in: -hashes...hashes - 1, using: &random)
                model[place] = hash
                index.insert(place, hash: hash)
            }
            guard step % 100 == 0 else { continue }
            for (place, hash) in model { try #require(index.find(hash) { $0 == place } == place) }
        }
    }
}
