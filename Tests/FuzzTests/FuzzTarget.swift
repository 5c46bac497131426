/// One group of parsers, and what holds whatever they are given.
struct FuzzTarget: Sendable {
    /// For `make fuzz`.
    var name: String
    /// Inputs that reach the parsers' corners; fuzzing grows from them.
    var seeds: [[UInt8]]
    /// Feeds an input. What is wrong with the outcome, or nil; a trap is wrong, too.
    var run: @Sendable ([UInt8]) -> String?

    init(_ name: String, seeds: [String], _ run: @escaping @Sendable ([UInt8]) -> String?) {
        self.name = name
        self.seeds = seeds.map { Array($0.utf8) }
        self.run = run
    }

    /// All of them.
    static let all = messages + addresses + stores + commandLine + terminal
}

/// A text of the input, malformed UTF-8 replaced.
func words(_ input: [UInt8]) -> String { String(decoding: input, as: UTF8.self) }
