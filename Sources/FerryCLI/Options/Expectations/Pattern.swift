import HTTPCore

/// A regular expression that is only ever asked whether it is found in a text. The time for that is the text's length
/// times the expression's, whatever either of them is: all ways through the expression are gone at once.
///
/// It knows `. [] [^] () (?:) | * + ? {n,m} ^ $ \b \B \d \s \w` and their opposites, `\xHH`, and `(?i)`, `(?s)`, `(?m)` at
/// its beginning; no references back and no looking around.
package struct Pattern: Equatable, Sendable {
    /// What is wrong with an expression, and behind how many bytes.
    package struct ParseError: Error, Equatable, Sendable {
        package let problem: String
        package let position: Int
    }

    enum Instruction: Equatable, Sendable {
        case character(UInt32)
        /// Any but a line feed; with `(?s)` that, too.
        case any
        /// One of the ranges, or none of them.
        case oneOf([ClosedRange<UInt32>], isNegated: Bool)
        case split(Int, Int)
        case jump(Int)
        case textStart, textEnd, wordEdge, noWordEdge
        case found
    }

    /// What `(?i)` and its like say.
    struct Flags: Equatable, Sendable {
        var ignoresCase = false
        var dotTakesLines = false
        var anchorsAtLines = false
    }

    private let program: [Instruction]
    private let flags: Flags

    package init(_ text: String) throws(ParseError) {
        var compiler = PatternCompiler(text)
        program = try compiler.compile()
        flags = compiler.flags
    }

    /// Whether it is found anywhere in the UTF-8 text. Bytes that are no UTF-8 count as U+FFFD.
    package func isFound(in text: some Collection<UInt8>) -> Bool {
        var threads = Threads(program.count)
        var decoder = UTF8()
        var bytes = text.makeIterator()
        var previous: UInt32?
        var current = Self.next(&decoder, &bytes)
        while true {
            let following = current == nil ? nil : Self.next(&decoder, &bytes)
            let place = Place(previous: previous, next: current, isBeforeLast: following == nil)
            if add(0, at: place, to: &threads) { return true }
            guard let scalar = current else { return false }
            threads.beginRound()
            previous = scalar
            let behind = Place(
                previous: scalar, next: following, isBeforeLast: following == 0x0A && isLast(bytes, decoder))
            for index in threads.ready where accepts(program[index], scalar) {
                if add(index + 1, at: behind, to: &threads) { return true }
            }
            current = following
        }
    }

    private func isLast(_ bytes: some IteratorProtocol<UInt8>, _ decoder: UTF8) -> Bool {
        var (bytes, decoder) = (bytes, decoder)
        return Self.next(&decoder, &bytes) == nil
    }

    private static func next(_ decoder: inout UTF8, _ bytes: inout some IteratorProtocol<UInt8>) -> UInt32? {
        switch decoder.decode(&bytes) {
        case .scalarValue(let scalar): scalar.value
        case .emptyInput: nil
        case .error: 0xFFFD
        }
    }

    // MARK: One step

    /// What stands around the place between two characters.
    private struct Place {
        var previous: UInt32?
        var next: UInt32?
        /// `next` is the last character of the text.
        var isBeforeLast: Bool
    }

    /// The ways that are open: instructions that wait for a character, each once.
    private struct Threads {
        private var waiting: [Int] = []
        /// Those that waited in the round before.
        private(set) var ready: [Int] = []
        /// The round in which an instruction was last reached.
        private var reached: [Int]
        private var round = 0
        var stack: [Int] = []

        init(_ count: Int) {
            reached = Array(repeating: -1, count: count)
        }

        mutating func reach(_ index: Int) -> Bool {
            guard reached[index] != round else { return false }
            reached[index] = round
            return true
        }

        mutating func wait(at index: Int) { waiting.append(index) }

        mutating func beginRound() {
            round += 1
            swap(&ready, &waiting)
            waiting.removeAll(keepingCapacity: true)
        }
    }

    /// Follows everything that takes no character; true when that ends in `found`.
    private func add(_ start: Int, at place: Place, to threads: inout Threads) -> Bool {
        threads.stack.append(start)
        while let index = threads.stack.popLast() {
            guard threads.reach(index) else { continue }
            switch program[index] {
            case .found: return true
            case .jump(let target): threads.stack.append(target)
            case .split(let one, let other):
                threads.stack.append(other)
                threads.stack.append(one)
            case .textStart, .textEnd, .wordEdge, .noWordEdge:
                if holds(program[index], place) { threads.stack.append(index + 1) }
            case .character, .any, .oneOf: threads.wait(at: index)
            }
        }
        return false
    }

    private func holds(_ assertion: Instruction, _ place: Place) -> Bool {
        switch assertion {
        case .textStart: place.previous == nil || flags.anchorsAtLines && place.previous == 0x0A
        case .textEnd:
            place.next == nil || place.next == 0x0A && (place.isBeforeLast || flags.anchorsAtLines)
        case .wordEdge: Self.isWord(place.previous) != Self.isWord(place.next)
        default: Self.isWord(place.previous) == Self.isWord(place.next)
        }
    }

    private static func isWord(_ scalar: UInt32?) -> Bool {
        guard let scalar, let letter = Unicode.Scalar(scalar) else { return false }
        return letter.properties.isAlphabetic || letter.properties.numericType != nil || letter == "_"
    }

    private func accepts(_ instruction: Instruction, _ scalar: UInt32) -> Bool {
        switch instruction {
        case .any: return flags.dotTakesLines || scalar != 0x0A
        case .character(let wanted):
            return wanted == scalar || flags.ignoresCase && Self.folded(wanted) == Self.folded(scalar)
        case .oneOf(let ranges, let isNegated):
            var isIn = ranges.contains { $0.contains(scalar) }
            if !isIn, flags.ignoresCase {
                isIn = Self.variants(of: scalar).contains { variant in
                    ranges.contains { $0.contains(variant) }
                }
            }
            return isIn != isNegated
        default: return false
        }
    }

    private static func folded(_ scalar: UInt32) -> UInt32 { variants(of: scalar).first ?? scalar }

    /// The small and the capital form, where each is one character.
    private static func variants(of scalar: UInt32) -> [UInt32] {
        guard let letter = Unicode.Scalar(scalar) else { return [] }
        let forms = [letter.properties.lowercaseMapping, letter.properties.uppercaseMapping]
        return forms.compactMap { $0.unicodeScalars.count == 1 ? $0.unicodeScalars.first?.value : nil }
    }
}
