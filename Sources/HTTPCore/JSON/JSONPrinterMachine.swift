/// The states of a `JSONPrinter`, a byte at a time where it must and eight where it can.
///
/// The pointers are the printer's, which outlives it. Invariant: in each turn of `run` less than `slack` bytes come out, so
/// that it checks for room once.
struct JSONPrinterMachine {
    enum State: UInt8 {
        /// Between the values of a text.
        case top
        /// A value begins; the second, right after `[`, where it may end, too.
        case value, firstValue
        /// A name begins; the second right after `{`.
        case name, firstName
        case colon
        /// Behind a value in an array or object.
        case behind
        // Inside of what has a colour, from here on.
        case string, escape, unicode, character
        case word
        case minus, zero, digits, point, fraction, exponent, exponentSign, exponentDigits
        /// It is no JSON any more.
        case raw
    }

    private static let slack = 512
    /// Lines deeper than this are indented no further: a few bytes of text must not become many of blanks.
    private static let deepestIndentation = 64

    let style: JSONPrinter.Style
    let output: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    /// One bit for each open container, objects set.
    private let objects: UnsafeMutablePointer<UInt64>
    /// How many bytes of `output` are filled.
    var used = 0
    var state = State.top
    var depth = 0
    /// The string is a member's name.
    var isName = false
    /// At the top: nothing but white space may follow the value.
    var needsBlank = false
    /// Bytes that a character, an escape or a word is still to have; the next one of a character in these bounds.
    var left: UInt8 = 0
    var low: UInt8 = 0
    var high: UInt8 = 0
    /// The rest of a word, its next byte lowest.
    var rest: UInt32 = 0
    /// How many bytes of a byte order mark there were; negative once there can be none.
    private var marks = 0

    init(
        _ style: JSONPrinter.Style, output: UnsafeMutablePointer<UInt8>, capacity: Int,
        objects: UnsafeMutablePointer<UInt64>
    ) {
        self.style = style
        self.output = output
        self.capacity = capacity
        self.objects = objects
    }

    var isRaw: Bool { state == .raw }

    /// Works until the input or the room is at its end, or the text is no JSON.
    /// - Returns: where it stopped.
    mutating func run(_ base: UnsafeRawPointer, from start: Int, to end: Int) -> Int {
        var index = start
        let limit = capacity - Self.slack
        while index < end, used < limit {
            switch state {
            case .string: index = runString(base, index, end, limit)
            case .digits, .fraction, .exponentDigits: index = runDigits(base, index, end, limit)
            case .raw: return index
            case .top where marks >= 0:
                if stepAtStart(base.load(fromByteOffset: index, as: UInt8.self)) { index += 1 }
            case .top, .value, .firstValue, .name, .firstName, .colon, .behind:
                index = skipBlanks(base, index, end, limit)
                guard index < end, used < limit else { return index }
                if stepBetween(base.load(fromByteOffset: index, as: UInt8.self)) { index += 1 }
            case .escape, .unicode, .character, .word, .minus, .zero, .point, .exponent, .exponentSign:
                if stepInside(base.load(fromByteOffset: index, as: UInt8.self)) { index += 1 }
            }
        }
        return index
    }

    /// Ends a number that only the end of the text ends, and the colour of what is cut short.
    mutating func finish() {
        if depth == 0, endsNumber { endScalar() }
        endColour()
        if needsBlank { newLine() }
        needsBlank = false
    }

    // MARK: Output

    @inline(__always) mutating func put(_ byte: UInt8) {
        output[used] = byte
        used &+= 1
    }

    /// A line's end, and the blanks that the next line begins with.
    @inline(__always) mutating func newLine() {
        guard style.isIndented else { return }
        put(ASCII.lf)
        let blanks = 2 &* min(depth, Self.deepestIndentation)
        (output + used).initialize(repeating: ASCII.space, count: blanks)
        used &+= blanks
    }

    private enum Colour {
        case name, string, number, boolean, null

        /// ESC [ … m, its first byte lowest, and its length.
        var sequence: (UInt64, Int) {
            switch self {
            case .name: (0x6D_34_33_3B_31_5B_1B, 7)
            case .string: (0x6D_32_33_5B_1B, 5)
            case .number: (0x6D_36_33_5B_1B, 5)
            case .boolean: (0x6D_33_33_5B_1B, 5)
            case .null: (0x6D_35_33_5B_1B, 5)
            }
        }
    }

    @inline(__always) private mutating func begin(_ colour: Colour) {
        guard style.isColoured else { return }
        let (bytes, count) = colour.sequence
        UnsafeMutableRawPointer(output + used).storeBytes(of: bytes.littleEndian, as: UInt64.self)
        used &+= count
    }

    @inline(__always) mutating func endColour() {
        guard style.isColoured, state.rawValue >= State.string.rawValue, state != .raw else { return }
        let reset: UInt32 = 0x6D_30_5B_1B
        UnsafeMutableRawPointer(output + used).storeBytes(of: reset.littleEndian, as: UInt32.self)
        used &+= 4
    }

    /// It is no JSON from here on; what was begun of a byte order mark was passed on, too.
    mutating func stop() {
        endColour()
        needsBlank = false
        state = .raw
    }

    // MARK: Between tokens

    private mutating func skipBlanks(
        _ base: UnsafeRawPointer, _ start: Int, _ end: Int, _ limit: Int
    ) -> Int {
        guard style.isIndented else { return copyBlanks(base, start, end, limit) }
        var index = start
        while index &+ 8 <= end,
            base.loadUnaligned(fromByteOffset: index, as: UInt64.self) == 0x2020_2020_2020_2020
        {
            index &+= 8
        }
        while index < end, Self.isBlank(base.load(fromByteOffset: index, as: UInt8.self)) { index &+= 1 }
        if needsBlank, index > start {
            needsBlank = false
            newLine()
        }
        return index
    }

    private mutating func copyBlanks(
        _ base: UnsafeRawPointer, _ start: Int, _ end: Int, _ limit: Int
    ) -> Int {
        var index = start
        while index < end, used < limit {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            guard Self.isBlank(byte) else { break }
            put(byte)
            index &+= 1
        }
        if index > start { needsBlank = false }
        return index
    }

    @inline(__always) private static func isBlank(_ byte: UInt8) -> Bool {
        byte == ASCII.space || byte == ASCII.lf || byte == ASCII.cr || byte == ASCII.tab
    }

    /// False when the byte was not taken.
    private mutating func stepBetween(_ byte: UInt8) -> Bool {
        switch state {
        case .behind:
            if byte == ASCII.comma {
                put(byte)
                newLine()
                state = isInObject ? .name : .value
                return true
            }
            if byte == (isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                depth &-= 1
                newLine()
                return close(byte)
            }
        case .firstName, .name:
            if byte == ASCII.quote {
                if state == .firstName { newLine() }
                begin(.name)
                put(byte)
                isName = true
                state = .string
                return true
            }
            if state == .firstName, byte == UInt8(ascii: "}") {
                depth &-= 1
                return close(byte)
            }
        case .colon:
            if byte == ASCII.colon {
                put(byte)
                if style.isIndented { put(ASCII.space) }
                state = .value
                return true
            }
        case .firstValue:
            if byte == UInt8(ascii: "]") {
                depth &-= 1
                return close(byte)
            }
            return beginValue(byte)
        case .value: return beginValue(byte)
        case .top where !needsBlank: return beginValue(byte)
        default: break
        }
        stop()
        return false
    }

    /// The first bytes of all may be a byte order mark.
    private mutating func stepAtStart(_ byte: UInt8) -> Bool {
        guard marks == JSONChecker.mark.count || byte != JSONChecker.mark[marks] else {
            put(byte)
            marks += 1
            return true
        }
        // An incomplete byte order mark is no JSON.
        if marks != 0, marks != JSONChecker.mark.count { stop() }
        marks = -1
        return false
    }

    private mutating func beginValue(_ byte: UInt8) -> Bool {
        let begun: State
        switch byte {
        case ASCII.quote: begun = .string
        case UInt8(ascii: "{"), UInt8(ascii: "["): return open(byte)
        case UInt8(ascii: "1")...UInt8(ascii: "9"): begun = .digits
        case UInt8(ascii: "0"): begun = .zero
        case UInt8(ascii: "-"): begun = .minus
        case UInt8(ascii: "t"): (begun, left, rest) = (.word, 3, 0x65_75_72)
        case UInt8(ascii: "f"): (begun, left, rest) = (.word, 4, 0x65_73_6C_61)
        case UInt8(ascii: "n"): (begun, left, rest) = (.word, 3, 0x6C_6C_75)
        default:
            stop()
            return false
        }
        if state == .firstValue { newLine() }
        switch begun {
        case .string:
            begin(.string)
            isName = false
        case .word: begin(byte == UInt8(ascii: "n") ? .null : .boolean)
        default: begin(.number)
        }
        put(byte)
        state = begun
        return true
    }

    private var isInObject: Bool {
        objects[(depth &- 1) >> 6] >> UInt64(truncatingIfNeeded: (depth &- 1) & 63) & 1 == 1
    }

    private mutating func open(_ byte: UInt8) -> Bool {
        guard depth < JSONChecker.deepest else {
            stop()
            return false
        }
        if state == .firstValue { newLine() }
        put(byte)
        let bit = UInt64(1) << UInt64(truncatingIfNeeded: depth & 63)
        let isObject = byte == UInt8(ascii: "{")
        if isObject { objects[depth >> 6] |= bit } else { objects[depth >> 6] &= ~bit }
        depth &+= 1
        state = isObject ? .firstName : .firstValue
        return true
    }

    private mutating func close(_ byte: UInt8) -> Bool {
        put(byte)
        endValue()
        return true
    }

    mutating func endValue() {
        guard depth == 0 else {
            state = .behind
            return
        }
        state = .top
        newLine()
    }
}
