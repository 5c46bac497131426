import Testing

/// That every fuzz target holds for its seeds and for a few thousand inputs near them: what `make fuzz` looks for in depth.
@Suite struct FuzzTargetTests {
    @Test(arguments: FuzzTarget.all.map(\.name))
    func `a parser takes its seeds and what is near them`(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        var random = Dice(seed: 1)
        for seed in target.seeds {
            #expect(target.run(seed) == nil)
            for _ in 0..<100 {
                let input = mutated(seed, of: target.seeds, &random)
                let fault = target.run(input)
                #expect(fault == nil, "\(input)")
            }
        }
    }

    @Test func `every target has a name of its own and seeds that differ`() {
        #expect(Set(FuzzTarget.all.map(\.name)).count == FuzzTarget.all.count)
        for target in FuzzTarget.all {
            #expect(Set(target.seeds).count == target.seeds.count, "\(target.name)")
        }
    }
}

/// One to four changes: a bit, a byte, a piece lost or doubled, the tail of another seed.
private func mutated(_ seed: [UInt8], of seeds: [[UInt8]], _ random: inout Dice) -> [UInt8] {
    var input = seed
    for _ in 0...random.next(3) {
        let place = random.next(input.count)
        switch random.next(5) {
        case 0 where place < input.count: input[place] ^= 1 << UInt8(random.next(7))
        case 1: input.insert(UInt8(random.next(255)), at: place)
        case 2: input.removeSubrange(place..<min(input.count, place + 1 + random.next(8)))
        case 3:
            input.insert(contentsOf: input[place..<min(input.count, place + 1 + random.next(20))], at: place)
        default: input = input[..<place] + seeds[random.next(seeds.count - 1)].suffix(random.next(40))
        }
    }
    return input
}

/// Numbers that look random and are the same in every run.
private struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// From 0 to `most`.
    mutating func next(_ most: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % (most + 1)
    }
}
