/// A value of a JSON text that `JSONChecker` has found good: a view of its bytes, of which nothing is copied.
///
/// Nothing here recurses along the text, so its depth does not matter. The text has less than four gigabytes.
package struct JSONValue: Sendable {
    /// In the order in which jq sorts values.
    package enum Kind: Int, Sendable {
        case null, boolean, number, string, array, object
    }

    private let text: [UInt8]
    private let range: Range<Int>

    private init(_ text: [UInt8], _ range: Range<Int>) {
        self.text = text
        self.range = range
    }

    /// The value that is the whole of `text`.
    /// - Throws: `JSONError` where that is no JSON text.
    package init(_ text: [UInt8]) throws(JSONError) {
        var checker = JSONChecker()
        for byte in text { try checker.take(byte) }
        try checker.finish()
        self.init(checked: text)
    }

    /// The value of a text that a `JSONChecker` has been through.
    package init(checked text: [UInt8]) {
        let start = Self.skipBlanks(text, 0)
        self.init(text, start..<Self.end(of: text, from: start))
    }

    /// A whole number.
    package init(_ number: Int) {
        self.init(checked: Array("\(number)".utf8))
    }

    /// A string.
    package init(string content: some Sequence<UInt8>) {
        var text = [ASCII.quote]
        for byte in content {
            switch byte {
            case ASCII.quote, ASCII.backslash: text += [ASCII.backslash, byte]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                text += (digits.utf8.count < 2 ? "\\u000" : "\\u00").utf8
                text += digits.utf8
            default: text.append(byte)
            }
        }
        text.append(ASCII.quote)
        self.init(checked: text)
    }

    /// Its bytes as they came.
    package var raw: ArraySlice<UInt8> { text[range] }

    package var kind: Kind {
        switch text[range.lowerBound] {
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        case ASCII.quote: .string
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "{"): .object
        default: .number
        }
    }

    /// False for null and false, as jq has it.
    package var isTrue: Bool { kind != .null && text[range.lowerBound] != UInt8(ascii: "f") }

    /// The content of a string in UTF-8, escapes undone; half a surrogate pair is U+FFFD. Empty for other kinds.
    package var string: [UInt8] {
        guard kind == .string else { return [] }
        let content = text[(range.lowerBound + 1)..<(range.upperBound - 1)]
        guard content.contains(ASCII.backslash) else { return Array(content) }
        return Self.unescaped(content)
    }

    // MARK: Inside

    /// The elements of an array or the members of an object, in order, each with the name that an element does not have,
    /// until `body` returns false.
    package func forEach<Failure: Error>(
        _ body: (_ name: JSONValue?, _ value: JSONValue) throws(Failure) -> Bool
    ) throws(Failure) {
        let isObject = kind == .object
        guard isObject || kind == .array else { return }
        var index = Self.skipBlanks(text, range.lowerBound + 1)
        while index < range.upperBound - 1 {
            var name: JSONValue?
            if isObject {
                let end = Self.end(of: text, from: index)
                name = JSONValue(text, index..<end)
                index = Self.skipBlanks(text, Self.skipBlanks(text, end) + 1)
            }
            let end = Self.end(of: text, from: index)
            guard try body(name, JSONValue(text, index..<end)) else { return }
            index = Self.skipBlanks(text, end)
            if text[index] == ASCII.comma { index = Self.skipBlanks(text, index + 1) }
        }
    }

    /// The member of an object whose name begins at `place`.
    func member(at place: UInt32) -> (name: JSONValue, value: JSONValue) {
        let end = Self.end(of: text, from: Int(place))
        let start = Self.skipBlanks(text, Self.skipBlanks(text, end) + 1)
        return (
            JSONValue(text, Int(place)..<end), JSONValue(text, start..<Self.end(of: text, from: start))
        )
    }

    /// How many elements or members there are.
    package var count: Int {
        var count = 0
        forEach { (_, _) in
            count += 1
            return true
        }
        return count
    }

    // MARK: The text

    private static func skipBlanks(_ text: [UInt8], _ start: Int) -> Int {
        var index = start
        // A byte order mark stands at the beginning alone; it is checked to be one.
        if start == 0, text.starts(with: JSONChecker.mark) { index = 3 }
        while index < text.count {
            switch text[index] {
            case ASCII.space, ASCII.tab, ASCII.lf, ASCII.cr: index += 1
            default: return index
            }
        }
        return index
    }

    /// Where the value ends that begins at `start`.
    private static func end(of text: [UInt8], from start: Int) -> Int {
        var depth = 0
        var index = start
        repeat {
            switch text[index] {
            case ASCII.quote:
                index += 1
                while text[index] != ASCII.quote { index += text[index] == ASCII.backslash ? 2 : 1 }
                index += 1
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                index += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                index += 1
            case ASCII.comma, ASCII.colon, ASCII.space, ASCII.tab, ASCII.lf, ASCII.cr: index += 1
            default:
                while index < text.count, isPartOfWord(text[index]) { index += 1 }
            }
        } while depth > 0
        return index
    }

    private static func isPartOfWord(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: ".")
    }

    private static func unescaped(_ content: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(content.count)
        var index = content.startIndex
        while index < content.endIndex {
            let byte = content[index]
            guard byte == ASCII.backslash else {
                result.append(byte)
                index += 1
                continue
            }
            index += 2
            switch content[index - 1] {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(ASCII.lf)
            case UInt8(ascii: "r"): result.append(ASCII.cr)
            case UInt8(ascii: "t"): result.append(ASCII.tab)
            case UInt8(ascii: "u"):
                var code = unit(content, index)
                index += 4
                if (0xD800..<0xDC00).contains(code), index + 6 <= content.endIndex,
                    content[index] == ASCII.backslash, content[index + 1] == UInt8(ascii: "u")
                {
                    let low = unit(content, index + 2)
                    if (0xDC00..<0xE000).contains(low) {
                        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                        index += 6
                    }
                }
                result += String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8
            case let other: result.append(other)
            }
        }
        return result
    }

    /// The number that four hexadecimal digits stand for.
    private static func unit(_ content: ArraySlice<UInt8>, _ index: Int) -> UInt32 {
        content[index..<(index + 4)].reduce(0) { $0 << 4 | UInt32(ASCII.hexValue($1) ?? 0) }
    }
}
