/// Lets a body draw on a terminal, but not control it.
///
/// Colours, moves of the cursor and erasing pass, as people fetch pictures of text. Everything else that a terminal obeys
/// is shown as text, `\x1B` in place of ESC: titles, the clipboard and other strings for the terminal (OSC, DCS, APC, PM,
/// SOS), questions that it answers as if somebody typed, modes of keys and of the window, other character sets, and C1
/// controls, as bytes or as characters. A sequence may be spread over pieces: what is not decided yet is held back.
struct TerminalFilter {
    private enum State {
        case text
        /// The first byte of a character that may be a C1 control.
        case lead
        case escape
        /// ESC with a byte that wants a third one.
        case charset
        case control
        /// So many bytes of a character are to come, the next one in these bounds.
        case character(left: Int, low: UInt8, high: UInt8)
    }

    /// A longer control sequence does not only draw.
    private static let longestSequence = 64
    private var state = State.text
    /// Of a sequence, from ESC on.
    private var held: [UInt8] = []
    /// The last colours that passed are not the terminal's own.
    private var isColoured = false

    /// Takes the next bytes of the body, and adds what may be shown of them.
    mutating func take(_ bytes: UnsafeRawBufferPointer, into shown: inout [UInt8]) {
        var index = 0
        while index < bytes.count {
            if case .text = state {
                var end = index
                while end < bytes.count, Self.isPlain(bytes[end]) { end += 1 }
                shown.append(contentsOf: bytes[index..<end])
                index = end
                guard index < bytes.count else { return }
            }
            if step(bytes[index], &shown) { index += 1 }
        }
    }

    /// The body has ended: what is held was no sequence, and colours end with what they were for.
    mutating func finish(into shown: inout [UInt8]) {
        giveUp(&shown)
        if isColoured { shown += "\u{1B}[0m".utf8 }
        isColoured = false
    }

    @inline(__always) private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F || byte == 0x0A
    }

    /// False when the byte was not taken: it is to be looked at again in the new state.
    private mutating func step(_ byte: UInt8, _ shown: inout [UInt8]) -> Bool {
        switch state {
        case .text: stepInText(byte, &shown)
        case .lead:
            // U+0080 to U+009F are controls, U+00A0 to U+00BF are not.
            state = .text
            switch byte {
            case 0x80..<0xA0: shown += TerminalText.escaped(byte)
            case 0xA0...0xBF: shown += [0xC2, byte]
            default:
                shown.append(0xC2)
                return false
            }
        case .character(let left, let low, let high):
            guard (low...high).contains(byte) else {
                state = .text
                return false
            }
            shown.append(byte)
            state = left == 1 ? .text : .character(left: left - 1, low: 0x80, high: 0xBF)
        case .escape: return stepInEscape(byte, &shown)
        case .charset:
            // ASCII, which is what there is: part of terminfo's way back to plain text.
            guard byte == UInt8(ascii: "B") else {
                giveUp(&shown)
                return false
            }
            held.append(byte)
            pass(&shown)
        case .control: return stepInControl(byte, &shown)
        }
        return true
    }

    private mutating func stepInText(_ byte: UInt8, _ shown: inout [UInt8]) {
        switch byte {
        case 0x1B:
            held = [byte]
            state = .escape
        // NUL does nothing, and the sink refuses those at the beginning. The others move the cursor.
        case 0x00, 0x08...0x0D, 0x20..<0x7F: shown.append(byte)
        case 0..<0x20, 0x7F, 0x80..<0xA0: shown += TerminalText.escaped(byte)
        case 0xC2: state = .lead
        default:
            shown.append(byte)
            state = Self.character(byte)
        }
    }

    /// What must follow the first byte of a character (RFC 3629 section 4). A byte that begins none is no control either.
    private static func character(_ byte: UInt8) -> State {
        switch byte {
        case 0xC3...0xDF: .character(left: 1, low: 0x80, high: 0xBF)
        case 0xE0: .character(left: 2, low: 0xA0, high: 0xBF)
        case 0xED: .character(left: 2, low: 0x80, high: 0x9F)
        case 0xE1...0xEF: .character(left: 2, low: 0x80, high: 0xBF)
        case 0xF0: .character(left: 3, low: 0x90, high: 0xBF)
        case 0xF1...0xF3: .character(left: 3, low: 0x80, high: 0xBF)
        case 0xF4: .character(left: 3, low: 0x80, high: 0x8F)
        default: .text
        }
    }

    private mutating func stepInEscape(_ byte: UInt8, _ shown: inout [UInt8]) -> Bool {
        switch byte {
        case UInt8(ascii: "["): state = .control
        case UInt8(ascii: "("): state = .charset
        // Keep and restore the cursor; a line down, to the next, up.
        case UInt8(ascii: "7"), UInt8(ascii: "8"), UInt8(ascii: "D"), UInt8(ascii: "E"), UInt8(ascii: "M"):
            held.append(byte)
            pass(&shown)
            return true
        default:
            giveUp(&shown)
            return false
        }
        held.append(byte)
        return true
    }

    private mutating func stepInControl(_ byte: UInt8, _ shown: inout [UInt8]) -> Bool {
        switch byte {
        case 0x20..<0x40 where held.count < Self.longestSequence: held.append(byte)
        case 0x40..<0x7F:
            let parameters = held.dropFirst(2)
            held.append(byte)
            guard Self.paints(byte, parameters) else {
                giveUp(&shown)
                return true
            }
            if byte == UInt8(ascii: "m") {
                isColoured = !(parameters.isEmpty || parameters.last == 0x30 && parameters.count == 1)
            }
            pass(&shown)
        default:
            giveUp(&shown)
            return false
        }
        return true
    }

    /// Whether a control sequence only paints. Private ones (`?`, `>`, `<`, `=`) and those with intermediate bytes do not.
    private static func paints(_ final: UInt8, _ parameters: ArraySlice<UInt8>) -> Bool {
        guard parameters.allSatisfy({ (0x30...0x3B).contains($0) }) else { return false }
        switch final {
        // Moves: by lines and columns, to a place, by tabs.
        case UInt8(ascii: "A")...UInt8(ascii: "I"), UInt8(ascii: "Z"), UInt8(ascii: "`"), UInt8(ascii: "a"),
            UInt8(ascii: "d")...UInt8(ascii: "f"):
            return true
        // Erases, takes out and puts in: screen, lines, characters.
        case UInt8(ascii: "J"), UInt8(ascii: "K"), UInt8(ascii: "X"), UInt8(ascii: "@"), UInt8(ascii: "P"),
            UInt8(ascii: "L"), UInt8(ascii: "M"), UInt8(ascii: "S"):
            return true
        // Scrolls; with more numbers it follows the mouse.
        case UInt8(ascii: "T"): return !parameters.contains(0x3B)
        case UInt8(ascii: "m"): return true
        // Keep and restore the cursor; with numbers they set margins.
        case UInt8(ascii: "s"), UInt8(ascii: "u"): return parameters.isEmpty
        default: return false
        }
    }

    private mutating func pass(_ shown: inout [UInt8]) {
        shown += held
        held = []
        state = .text
    }

    /// What is held is shown as text.
    private mutating func giveUp(_ shown: inout [UInt8]) {
        if case .lead = state { shown.append(0xC2) }
        for byte in held { shown += byte == 0x1B ? TerminalText.escaped(byte) : [byte] }
        held = []
        state = .text
    }
}
