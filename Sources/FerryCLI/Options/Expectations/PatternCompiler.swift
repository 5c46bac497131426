import HTTPCore

/// Reads a regular expression and writes the program that `Pattern` runs.
struct PatternCompiler {
    /// The most instructions.
    private static let largest = 20_000
    private static let deepest = 100
    private static let mostRepeats = 1000

    private indirect enum Node {
        case empty
        case one(Pattern.Instruction)
        case sequence([Node])
        case choice([Node])
        /// nil = as often as it goes.
        case repeated(Node, Int, Int?)
    }

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0
    private var written = 0
    private var program: [Pattern.Instruction] = []
    private(set) var flags = Pattern.Flags()

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    mutating func compile() throws(Pattern.ParseError) -> [Pattern.Instruction] {
        try readFlags()
        let node = try choice()
        guard index == scalars.count else { throw failure("a parenthesis is closed that was not opened") }
        try emit(node)
        try append(.found)
        return program
    }

    private func failure(_ problem: String, at place: Int? = nil) -> Pattern.ParseError {
        let position = scalars.prefix(place ?? index).reduce(0) { $0 + UTF8.width($1) }
        return Pattern.ParseError(problem: problem, position: position)
    }

    private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        index += 1
        return true
    }

    // MARK: Reading

    /// `(?im)` at the beginning.
    private mutating func readFlags() throws(Pattern.ParseError) {
        guard scalars.starts(with: "(?".unicodeScalars), scalars.count > 2, scalars[2] != ":" else { return }
        index = 2
        while let flag = next, flag != ")" {
            switch flag {
            case "i": flags.ignoresCase = true
            case "s": flags.dotTakesLines = true
            case "m": flags.anchorsAtLines = true
            default: throw failure("only i, m and s belong behind (?")
            }
            index += 1
        }
        guard take(")") else { throw failure("a parenthesis is not closed", at: 0) }
    }

    private mutating func choice() throws(Pattern.ParseError) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw failure("it is nested too deeply") }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(Pattern.ParseError) -> Node {
        var nodes: [Node] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let node = try atom()
            nodes.append(try repeated(node))
        }
        return nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func atom() throws(Pattern.ParseError) -> Node {
        let start = index
        guard let scalar = next else { return .empty }
        index += 1
        switch scalar {
        case "(":
            if take("?"), !take(":") { throw failure("only (?: is known of what begins with (?", at: start) }
            let node = try choice()
            guard take(")") else { throw failure("a parenthesis is not closed", at: start) }
            return node
        case "[": return .one(try bracket(start))
        case ".": return .one(.any)
        case "^": return .one(.textStart)
        case "$": return .one(.textEnd)
        case "*", "+", "?": throw failure("there is nothing before it to repeat", at: start)
        case "\\": return .one(try escape(start))
        default: return .one(.character(scalar.value))
        }
    }

    private mutating func repeated(_ node: Node) throws(Pattern.ParseError) -> Node {
        var node = node
        while let scalar = next {
            let start = index
            switch scalar {
            case "*": node = .repeated(node, 0, nil)
            case "+": node = .repeated(node, 1, nil)
            case "?": node = .repeated(node, 0, 1)
            case "{":
                let (least, most) = try bounds()
                index -= 1
                node = .repeated(node, least, most)
            default: return node
            }
            index += 1
            // Whether it takes few or many makes no difference to whether it is found.
            if next == "?" { index += 1 }
            if next == "*" || next == "+" || next == "{" {
                throw failure("one repetition follows another", at: start + 1)
            }
        }
        return node
    }

    /// `{2}`, `{2,}`, `{2,5}` or `{,5}`.
    private mutating func bounds() throws(Pattern.ParseError) -> (Int, Int?) {
        let start = index
        index += 1
        let least = number()
        let hasComma = take(",")
        let most = hasComma ? number() : least
        guard least != nil || most != nil, take("}") else {
            throw failure("a brace that repeats nothing is written \\{", at: start)
        }
        if let most, most < least ?? 0 { throw failure("the bounds are the wrong way round", at: start) }
        guard (least ?? 0) <= Self.mostRepeats, (most ?? 0) <= Self.mostRepeats else {
            throw failure("it repeats more than \(Self.mostRepeats) times", at: start)
        }
        return (least ?? 0, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), 1_000_000)
            index += 1
        }
        return value
    }

    private static let classes: [Unicode.Scalar: [ClosedRange<UInt32>]] = [
        "d": [0x30...0x39], "w": [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A],
        "s": [0x09...0x0D, 0x20...0x20],
    ]

    private mutating func escape(_ start: Int) throws(Pattern.ParseError) -> Pattern.Instruction {
        switch next {
        case "b":
            index += 1
            return .wordEdge
        case "B":
            index += 1
            return .noWordEdge
        case let letter? where Self.classes[lowercased(letter)] != nil:
            index += 1
            return .oneOf(Self.classes[lowercased(letter)] ?? [], isNegated: letter != lowercased(letter))
        default: return .character(try escapedCharacter(start))
        }
    }

    private func lowercased(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        scalar.isASCII ? Unicode.Scalar(ASCII.lowercased(UInt8(scalar.value))) : scalar
    }

    private mutating func escapedCharacter(_ start: Int) throws(Pattern.ParseError) -> UInt32 {
        guard let scalar = next else { throw failure("a backslash ends it", at: start) }
        index += 1
        switch scalar {
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "x":
            let digits = scalars[index...].prefix(2).compactMap {
                $0.isASCII ? ASCII.hexValue(UInt8($0.value)) : nil
            }
            guard digits.count == 2 else {
                throw failure("two hexadecimal digits belong behind \\x", at: start)
            }
            index += 2
            return UInt32(digits[0]) << 4 | UInt32(digits[1])
        case _
        where scalar.isASCII && (ASCII.isLetter(UInt8(scalar.value)) || ASCII.isDigit(UInt8(scalar.value))):
            throw failure("the escape \\\(scalar) is not known", at: start)
        default: return scalar.value
        }
    }

    /// `[a-z_]`, `[^"]`, `[\d.]`.
    private mutating func bracket(_ start: Int) throws(Pattern.ParseError) -> Pattern.Instruction {
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let scalar = next, scalar != "]" || isFirst {
            isFirst = false
            let place = index
            index += 1
            var low = scalar.value
            if scalar == "\\" {
                if let letter = next, let members = Self.classes[letter] {
                    index += 1
                    ranges += members
                    continue
                }
                low = try escapedCharacter(place)
            }
            guard next == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
                ranges.append(low...low)
                continue
            }
            index += 1
            var high = scalars[index].value
            index += 1
            if high == UInt32(ASCII.backslash) { high = try escapedCharacter(index - 1) }
            guard low <= high else { throw failure("the range is the wrong way round", at: place) }
            ranges.append(low...high)
        }
        guard take("]") else { throw failure("the bracket is not closed", at: start) }
        return .oneOf(ranges, isNegated: isNegated)
    }

    // MARK: Writing

    private mutating func append(_ instruction: Pattern.Instruction) throws(Pattern.ParseError) {
        guard program.count < Self.largest else { throw failure("it is too large", at: 0) }
        program.append(instruction)
    }

    private mutating func emit(_ node: Node) throws(Pattern.ParseError) {
        // Nothing, repeated often enough, takes for ever, too.
        written += 1
        guard written < Self.largest * 10 else { throw failure("it is too large", at: 0) }
        switch node {
        case .empty: break
        case .one(let instruction): try append(instruction)
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .choice(let nodes):
            var ends: [Int] = []
            for node in nodes.dropLast() {
                let split = program.count
                try append(.jump(0))
                try emit(node)
                ends.append(program.count)
                try append(.jump(0))
                program[split] = .split(split + 1, program.count)
            }
            if let last = nodes.last { try emit(last) }
            for end in ends { program[end] = .jump(program.count) }
        case .repeated(let node, let least, let most):
            for _ in 0..<least { try emit(node) }
            guard let most else {
                let split = program.count
                try append(.jump(0))
                try emit(node)
                try append(.jump(split))
                program[split] = .split(split + 1, program.count)
                return
            }
            var splits: [Int] = []
            for _ in least..<max(least, most) {
                splits.append(program.count)
                try append(.jump(0))
                try emit(node)
            }
            for split in splits { program[split] = .split(split + 1, program.count) }
        }
    }
}
