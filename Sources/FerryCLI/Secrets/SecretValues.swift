import HTTPCore

/// Values that are hidden wherever they stand, in each form that the wire and our own outputs give them: each byte as it
/// is, percent-encoded, as a plus for a blank, or escaped as in JSON. Pure.
struct SecretValues: Sendable {
    /// The longest first, so that a value within another one leaves nothing of it.
    private let values: [[UInt8]]
    /// Whether a value may begin with a byte.
    private let mayBegin: [Bool]

    /// None.
    init() { self.init([]) }

    /// Those that are not empty.
    init(_ values: [String]) {
        let named = Set(values.map { CarriedText.bytes(of: $0).bytes }).filter { !$0.isEmpty }
        self.values = named.sorted { $0.count > $1.count }
        var mayBegin = [Bool](repeating: false, count: values.isEmpty ? 0 : 256)
        for first in self.values.compactMap(\.first) {
            for byte in [first, UInt8(ascii: "%"), UInt8(ascii: "\\")] { mayBegin[Int(byte)] = true }
            if first == 0x20 { mayBegin[0x2B] = true }
        }
        self.mayBegin = mayBegin
    }

    var isEmpty: Bool { values.isEmpty }

    /// Those in which names hide something: once that is hidden, they are no longer found.
    var withNames: SecretValues {
        SecretValues(
            values.map { String(decoding: $0, as: UTF8.self) }.filter { value in
                var bytes = Array(value.utf8)
                var members = SecretMembers(.form)
                members.hide(&bytes)
                return bytes != Array(value.utf8) || SecretRedactor.redact(url: value) != value
                    || SecretRedactor.redact(text: "?" + value) != "?" + value
            })
    }

    /// The text with `[redacted]` for each of them.
    func hidden(_ text: String) -> String {
        guard !isEmpty else { return text }
        let bytes = Array(text.utf8)
        let places = places(in: bytes)
        guard !places.isEmpty else { return text }
        return String(decoding: Self.replace(places, in: bytes), as: UTF8.self)
    }

    /// The bytes with `[redacted]` for each of them.
    func hidden(_ bytes: [UInt8]) -> [UInt8] {
        guard !isEmpty else { return bytes }
        let places = places(in: bytes)
        return places.isEmpty ? bytes : Self.replace(places, in: bytes)
    }

    /// The bytes with an asterisk for each of theirs.
    func masked(_ bytes: [UInt8]) -> [UInt8] {
        guard !isEmpty else { return bytes }
        var result = bytes
        for index in places(in: bytes).joined() { result[index] = UInt8(ascii: "*") }
        return result
    }

    /// Puts asterisks for the end of a text that was cut within one of them. A few bytes tell nothing of it.
    func maskOpenEnd(of bytes: inout [UInt8]) {
        let count = openEnd(of: bytes)
        guard count >= 4 else { return }
        for index in (bytes.count - count)..<bytes.count { bytes[index] = UInt8(ascii: "*") }
    }

    /// How many bytes at the end may be the beginning of one.
    func openEnd(of bytes: [UInt8]) -> Int {
        guard let longest = values.first?.count else { return 0 }
        // No form of a byte is longer than the two escapes of a pair.
        for index in max(0, bytes.count - longest * 12)..<bytes.count where mayBegin[Int(bytes[index])] {
            for value in values {
                if case .partial = Self.match(value, in: bytes, at: index) { return bytes.count - index }
            }
        }
        return 0
    }

    private static func replace(_ places: [Range<Int>], in bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var start = 0
        for place in places {
            result += bytes[start..<place.lowerBound] + "[redacted]".utf8
            start = place.upperBound
        }
        return result + bytes[start...]
    }

    /// Where they stand, in order and apart.
    private func places(in bytes: [UInt8]) -> [Range<Int>] {
        var places: [Range<Int>] = []
        var index = 0
        search: while index < bytes.count {
            if mayBegin[Int(bytes[index])] {
                for value in values {
                    guard case .whole(let end) = Self.match(value, in: bytes, at: index) else { continue }
                    places.append(index..<end)
                    index = end
                    continue search
                }
            }
            index += 1
        }
        return places
    }

    private enum Match {
        case none
        /// The text ends before the value does.
        case partial
        /// It ends before this place.
        case whole(end: Int)
    }

    private static func match(_ value: [UInt8], in bytes: [UInt8], at start: Int) -> Match {
        var position = start
        var rest = value[...]
        while let byte = rest.first {
            guard position < bytes.count else { return .partial }
            if bytes[position] == byte || byte == 0x20 && bytes[position] == 0x2B {
                position += 1
                rest = rest.dropFirst()
                continue
            }
            guard let step = escape(of: rest, in: bytes[position...]) else { return .none }
            guard step.length <= bytes.count - position else { return .partial }
            position += step.length
            rest = rest.dropFirst(step.meant)
        }
        return .whole(end: position)
    }

    /// An escape at the beginning of `text` that stands for the first bytes of `value`: its length, which may be more than
    /// there is, and how many bytes it stands for; nil = there is none.
    private static func escape(
        of value: ArraySlice<UInt8>, in text: ArraySlice<UInt8>
    ) -> (length: Int, meant: Int)? {
        guard let mark = text.first, let byte = value.first else { return nil }
        let rest = text.dropFirst()
        if mark == UInt8(ascii: "%") {
            let digits = hexDigits(byte, count: 2)
            return begins(rest, with: digits) ? (3, 1) : nil
        }
        guard mark == UInt8(ascii: "\\") else { return nil }
        guard let letter = rest.first else { return (2, 1) }
        if letter == UInt8(ascii: "u") { return unicodeEscape(of: value, in: rest.dropFirst()) }
        let meant: [UInt8: UInt8] = [
            0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12,
            UInt8(ascii: "n"): 10,
            UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
        ]
        return meant[letter] == byte ? (2, 1) : nil
    }

    /// `\uXXXX`, or two of them, for the character that `value` begins with.
    private static func unicodeEscape(
        of value: ArraySlice<UInt8>, in text: ArraySlice<UInt8>
    ) -> (length: Int, meant: Int)? {
        guard let character = String(decoding: value.prefix(4), as: UTF8.self).unicodeScalars.first else {
            return nil
        }
        var escape: [UInt8] = []
        for unit in String(character).utf16 {
            if !escape.isEmpty { escape += "\\u".utf8 }
            escape += hexDigits(unit, count: 4)
        }
        return begins(text, with: escape) ? (escape.count + 2, String(character).utf8.count) : nil
    }

    private static func hexDigits(_ number: some FixedWidthInteger, count: Int) -> [UInt8] {
        Array(padded(String(number, radix: 16), count, with: "0").utf8)
    }

    /// Whether a text, or what there is of it, begins with these digits in either case.
    private static func begins(_ text: ArraySlice<UInt8>, with digits: [UInt8]) -> Bool {
        zip(text, digits).allSatisfy { $0 == $1 || $0 | 0x20 == $1 && $1 >= 0x61 }
    }
}
