// Strings, words and numbers.
extension JSONPrinterMachine {
    // MARK: Strings

    /// Copies what is plain ASCII, eight bytes at once, and takes a step at what is not.
    mutating func runString(
        _ base: UnsafeRawPointer, _ start: Int, _ end: Int, _ limit: Int
    ) -> Int {
        var index = start
        while index &+ 8 <= end, used < limit {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            UnsafeMutableRawPointer(output + used).storeBytes(of: word.littleEndian, as: UInt64.self)
            let special = Self.special(word)
            let plain = special == 0 ? 8 : special.trailingZeroBitCount >> 3
            index &+= plain
            used &+= plain
            if special != 0 { break }
        }
        guard index < end, used < limit else { return index }
        let byte = base.load(fromByteOffset: index, as: UInt8.self)
        switch byte {
        case ASCII.quote:
            put(byte)
            endColour()
            if isName { state = .colon } else { endValue() }
        case ASCII.backslash:
            put(byte)
            state = .escape
        case 0x20..<0x80: put(byte)
        case 0..<0x20:
            stop()
            return index
        default:
            guard beginCharacter(byte) else {
                stop()
                return index
            }
            put(byte)
            state = .character
        }
        return index &+ 1
    }

    /// The highest bit of each byte that ends a run of plain characters; above the lowest such bit there may be false ones.
    @inline(__always) private static func special(_ word: UInt64) -> UInt64 {
        ASCII.escapedInJSON(word) | word & 0x8080_8080_8080_8080
    }

    /// The first byte of a character beyond ASCII; false for what is none (RFC 3629 section 4).
    private mutating func beginCharacter(_ byte: UInt8) -> Bool {
        (low, high) = (0x80, 0xBF)
        switch byte {
        case 0xC2...0xDF: left = 1
        case 0xE0: (left, low) = (2, 0xA0)
        case 0xED: (left, high) = (2, 0x9F)
        case 0xE1...0xEF: left = 2
        case 0xF0: (left, low) = (3, 0x90)
        case 0xF1...0xF3: left = 3
        case 0xF4: (left, high) = (3, 0x8F)
        default: return false
        }
        return true
    }

    // MARK: Inside tokens

    /// False when the byte was not taken.
    mutating func stepInside(_ byte: UInt8) -> Bool {
        let isRight: Bool
        switch state {
        case .character:
            isRight = (low...high).contains(byte)
            (low, high) = (0x80, 0xBF)
            count(down: .string)
        case .unicode:
            isRight = ASCII.hexValue(byte) != nil
            count(down: .string)
        case .escape:
            isRight = beginEscape(byte)
        case .word:
            isRight = UInt32(byte) == rest & 0xFF
            rest >>= 8
            left &-= 1
            if isRight, left == 0 {
                put(byte)
                endScalar()
                return true
            }
        default: return stepInNumber(byte)
        }
        guard isRight else {
            // The colour ends with what has one.
            state = .string
            stop()
            return false
        }
        put(byte)
        return true
    }

    private mutating func count(down next: State) {
        left &-= 1
        if left == 0 { state = next }
    }

    private mutating func beginEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "u"): (state, left) = (.unicode, 4)
        case ASCII.quote, ASCII.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            state = .string
        default: return false
        }
        return true
    }

    // MARK: Numbers

    mutating func runDigits(
        _ base: UnsafeRawPointer, _ start: Int, _ end: Int, _ limit: Int
    ) -> Int {
        var index = start
        while index < end, used < limit {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            guard ASCII.isDigit(byte) else { return stepInNumber(byte) ? index &+ 1 : index }
            put(byte)
            index &+= 1
        }
        return index
    }

    var endsNumber: Bool {
        switch state {
        case .zero, .digits, .fraction, .exponentDigits: true
        default: false
        }
    }

    /// A byte that is no further digit of a row of them; false when it was not taken.
    private mutating func stepInNumber(_ byte: UInt8) -> Bool {
        let isDigit = ASCII.isDigit(byte)
        let next: State?
        switch state {
        case .minus: next = isDigit ? (byte == UInt8(ascii: "0") ? .zero : .digits) : nil
        case .zero, .digits: next = byte == UInt8(ascii: ".") ? .point : exponent(byte)
        case .fraction: next = exponent(byte)
        case .point: next = isDigit ? .fraction : nil
        case .exponent:
            let isSign = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            next = isSign ? .exponentSign : isDigit ? .exponentDigits : nil
        case .exponentSign: next = isDigit ? .exponentDigits : nil
        default: next = nil
        }
        if let next {
            put(byte)
            state = next
            return true
        }
        // What follows has not been looked at; at the top it must be a blank: 1.2.3 is no number.
        if endsNumber { endScalar() } else { stop() }
        return false
    }

    private func exponent(_ byte: UInt8) -> State? { byte | 0x20 == UInt8(ascii: "e") ? .exponent : nil }

    mutating func endScalar() {
        endColour()
        needsBlank = depth == 0
        if depth == 0 { state = .top } else { state = .behind }
    }
}
