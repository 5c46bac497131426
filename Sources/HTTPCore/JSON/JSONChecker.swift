/// Checks that bytes, which may come in pieces of any size, are one JSON text (RFC 8259) in UTF-8.
///
/// It keeps a bit for each array and object that is open, and nothing of the text. A byte order mark at the beginning is
/// passed over.
package struct JSONChecker: Sendable {
    /// The most arrays and objects inside one another.
    package static let deepest = 10_000
    static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private enum State {
        /// A value begins; `mayEnd` right after `[`.
        case value(mayEnd: Bool)
        /// A name begins; `mayEnd` right after `{`.
        case name(mayEnd: Bool)
        case colon
        /// Behind a value: a comma, the end of what is open, or of the text.
        case behind
        case string(isName: Bool)
        case escape(isName: Bool)
        /// So many hexadecimal digits are still to come.
        case unicode(left: Int, isName: Bool)
        /// So many bytes of a character are still to come, the next one in these bounds.
        case character(left: Int, low: UInt8, high: UInt8, isName: Bool)
        /// The rest of `true`, `false` or `null`, from this byte on.
        case word(StaticString, Int)
        case minus, zero, digits, point, fraction, exponent, exponentSign, exponentDigits
    }

    /// How many bytes were taken.
    package private(set) var position = 0
    private var state = State.value(mayEnd: false)
    /// One bit for each open container, objects set.
    private var objects: [UInt64] = []
    private var depth = 0
    /// How many bytes of a byte order mark there were.
    private var marks = 0

    package init() {}

    /// Takes the next bytes.
    package mutating func take(_ bytes: UnsafeRawBufferPointer) throws(JSONError) {
        for byte in bytes { try take(byte) }
    }

    /// Takes one byte.
    package mutating func take(_ byte: UInt8) throws(JSONError) {
        try step(byte)
        position += 1
    }

    /// The text has ended.
    package mutating func finish() throws(JSONError) {
        switch state {
        case .zero, .digits, .fraction, .exponentDigits: state = .behind
        default: break
        }
        guard case .behind = state, depth == 0 else { throw error(.endsEarly) }
    }

    private func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason: reason, position: position)
    }

    private mutating func step(_ byte: UInt8) throws(JSONError) {
        if position < Self.mark.count, byte == Self.mark[position], position == marks {
            marks += 1
            return
        }
        // An incomplete byte order mark is an error.
        guard marks == 0 || marks == Self.mark.count else { throw error(.unexpected(byte)) }
        switch state {
        case .string(let isName): try stepInString(byte, isName)
        case .escape(let isName):
            switch byte {
            case UInt8(ascii: "u"): state = .unicode(left: 4, isName: isName)
            case ASCII.quote, ASCII.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                state = .string(isName: isName)
            default: throw error(.invalidEscape)
            }
        case .unicode(let left, let isName):
            guard ASCII.hexValue(byte) != nil else { throw error(.invalidEscape) }
            state = left == 1 ? .string(isName: isName) : .unicode(left: left - 1, isName: isName)
        case .character(let left, let low, let high, let isName):
            guard (low...high).contains(byte) else { throw error(.invalidUTF8) }
            state =
                left == 1
                ? .string(isName: isName) : .character(left: left - 1, low: 0x80, high: 0xBF, isName: isName)
        case .word(let word, let index):
            guard byte == word.utf8Start[index] else { throw error(.unexpected(byte)) }
            state = index + 1 == word.utf8CodeUnitCount ? .behind : .word(word, index + 1)
        default:
            if try stepInNumber(byte) { return }
            try stepBetween(byte)
        }
    }

    private mutating func stepInString(_ byte: UInt8, _ isName: Bool) throws(JSONError) {
        switch byte {
        case ASCII.quote: state = isName ? .colon : .behind
        case ASCII.backslash: state = .escape(isName: isName)
        case 0..<0x20: throw error(.control)
        case 0x20..<0x80: break
        // No overlong forms, no surrogates, nothing beyond U+10FFFF (RFC 3629 §4).
        case 0xC2...0xDF: state = .character(left: 1, low: 0x80, high: 0xBF, isName: isName)
        case 0xE0: state = .character(left: 2, low: 0xA0, high: 0xBF, isName: isName)
        case 0xED: state = .character(left: 2, low: 0x80, high: 0x9F, isName: isName)
        case 0xE1...0xEF: state = .character(left: 2, low: 0x80, high: 0xBF, isName: isName)
        case 0xF0: state = .character(left: 3, low: 0x90, high: 0xBF, isName: isName)
        case 0xF1...0xF3: state = .character(left: 3, low: 0x80, high: 0xBF, isName: isName)
        case 0xF4: state = .character(left: 3, low: 0x80, high: 0x8F, isName: isName)
        default: throw error(.invalidUTF8)
        }
    }

    /// True when the byte belongs to a number.
    private mutating func stepInNumber(_ byte: UInt8) throws(JSONError) -> Bool {
        let isDigit = ASCII.isDigit(byte)
        let isExponent = byte | 0x20 == UInt8(ascii: "e")
        switch state {
        case .minus:
            guard isDigit else { throw error(.unexpected(byte)) }
            state = byte == UInt8(ascii: "0") ? .zero : .digits
        case .zero, .digits:
            if case .digits = state, isDigit { return true }
            if byte == UInt8(ascii: ".") {
                state = .point
            } else if isExponent {
                state = .exponent
            } else {
                state = .behind
                return false
            }
        case .point:
            guard isDigit else { throw error(.unexpected(byte)) }
            state = .fraction
        case .fraction:
            if isDigit { return true }
            guard isExponent else {
                state = .behind
                return false
            }
            state = .exponent
        case .exponent:
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") {
                state = .exponentSign
                return true
            }
            guard isDigit else { throw error(.unexpected(byte)) }
            state = .exponentDigits
        case .exponentSign:
            guard isDigit else { throw error(.unexpected(byte)) }
            state = .exponentDigits
        case .exponentDigits:
            if isDigit { return true }
            state = .behind
            return false
        default: return false
        }
        return true
    }

    /// Outside of strings, numbers and words.
    private mutating func stepBetween(_ byte: UInt8) throws(JSONError) {
        switch byte {
        case ASCII.space, ASCII.tab, ASCII.lf, ASCII.cr: return
        default: break
        }
        switch state {
        case .value(let mayEnd):
            if byte == UInt8(ascii: "]"), mayEnd { return close() }
            try begin(byte)
        case .name(let mayEnd):
            if byte == UInt8(ascii: "}"), mayEnd { return close() }
            guard byte == ASCII.quote else { throw error(.unexpected(byte)) }
            state = .string(isName: true)
        case .colon:
            guard byte == ASCII.colon else { throw error(.unexpected(byte)) }
            state = .value(mayEnd: false)
        default:
            guard depth > 0 else { throw error(.secondValue) }
            switch byte {
            case ASCII.comma: state = isInObject ? .name(mayEnd: false) : .value(mayEnd: false)
            case UInt8(ascii: "}") where isInObject, UInt8(ascii: "]") where !isInObject: close()
            default: throw error(.unexpected(byte))
            }
        }
    }

    private mutating func begin(_ byte: UInt8) throws(JSONError) {
        switch byte {
        case UInt8(ascii: "{"):
            try open(isObject: true)
            state = .name(mayEnd: true)
        case UInt8(ascii: "["):
            try open(isObject: false)
            state = .value(mayEnd: true)
        case ASCII.quote: state = .string(isName: false)
        case UInt8(ascii: "-"): state = .minus
        case UInt8(ascii: "0"): state = .zero
        case UInt8(ascii: "1")...UInt8(ascii: "9"): state = .digits
        case UInt8(ascii: "t"): state = .word("true", 1)
        case UInt8(ascii: "f"): state = .word("false", 1)
        case UInt8(ascii: "n"): state = .word("null", 1)
        default: throw error(.unexpected(byte))
        }
    }

    private var isInObject: Bool {
        objects[(depth - 1) >> 6] >> UInt64((depth - 1) & 63) & 1 == 1
    }

    private mutating func open(isObject: Bool) throws(JSONError) {
        guard depth < Self.deepest else { throw error(.tooDeep) }
        if depth >> 6 == objects.count { objects.append(0) }
        let bit = UInt64(1) << UInt64(depth & 63)
        if isObject { objects[depth >> 6] |= bit } else { objects[depth >> 6] &= ~bit }
        depth += 1
    }

    private mutating func close() {
        depth -= 1
        state = .behind
    }
}
