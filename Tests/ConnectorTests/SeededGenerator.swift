import Glibc

/// SplitMix64: the same seed gives the same events on every run and machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The seeds of a random test: the first `count`, or the one named by the environment variable `SEED`, to replay a
/// failure that named it.
func seeds(_ count: UInt64) -> [UInt64] {
    guard let text = getenv("SEED"), let seed = UInt64(String(cString: text)) else { return Array(0..<count) }
    return [seed]
}

/// Why a random run stopped: what was wrong, and how to see it again.
struct SequenceFailure: Error, CustomStringConvertible {
    var seed: UInt64
    var step: Int
    var reason: String

    var description: String { "seed \(seed), step \(step): \(reason)" }
}
