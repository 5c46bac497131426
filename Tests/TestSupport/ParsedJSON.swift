/// A JSON text, read strictly: what is not exactly JSON (RFC 8259), or names a member twice, is refused.
public indirect enum ParsedJSON: Equatable, Sendable {
    case null
    case bool(Bool)
    /// As it is written.
    case number(String)
    case string(String)
    case array([ParsedJSON])
    case object([String: ParsedJSON])

    /// What is wrong, and at which byte.
    public struct Problem: Error, CustomStringConvertible {
        /// One sentence.
        public let description: String
    }

    /// Reads a whole text.
    public init(_ text: some StringProtocol) throws {
        var reader = JSONReader(Array(text.utf8))
        self = try reader.whole()
    }

    /// A member of an object; nil for all others.
    public subscript(_ name: String) -> ParsedJSON? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// An element of an array; nil for all others.
    public subscript(_ index: Int) -> ParsedJSON? {
        if case .array(let elements) = self, elements.indices.contains(index) { elements[index] } else { nil }
    }

    /// A text; nil for all others.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// A whole number; nil for all others.
    public var int: Int? { if case .number(let text) = self { Int(text) } else { nil } }
    /// A number; nil for all others.
    public var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }
    /// True or false; nil for all others.
    public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    /// The elements; nil for all others.
    public var array: [ParsedJSON]? { if case .array(let elements) = self { elements } else { nil } }
    /// The members; nil for all others.
    public var object: [String: ParsedJSON]? { if case .object(let members) = self { members } else { nil } }
}

private struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func whole() throws -> ParsedJSON {
        let value = try value(depth: 0)
        skipBlanks()
        guard position == bytes.count else { throw problem("more follows") }
        return value
    }

    private func problem(_ text: String) -> ParsedJSON.Problem {
        ParsedJSON.Problem(description: "\(text) at byte \(position)")
    }

    private mutating func skipBlanks() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ text: String) -> Bool {
        guard bytes[position...].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }

    private mutating func value(depth: Int) throws -> ParsedJSON {
        guard depth < 200 else { throw problem("too deep") }
        skipBlanks()
        guard position < bytes.count else { throw problem("a value is missing") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        default: break
        }
        if take("null") { return .null }
        if take("true") { return .bool(true) }
        if take("false") { return .bool(false) }
        return .number(try number())
    }

    private mutating func object(_ depth: Int) throws -> ParsedJSON {
        position += 1
        var members: [String: ParsedJSON] = [:]
        skipBlanks()
        if take("}") { return .object(members) }
        repeat {
            skipBlanks()
            let name = try string()
            skipBlanks()
            guard take(":") else { throw problem("a colon is missing") }
            guard members.updateValue(try value(depth: depth + 1), forKey: name) == nil else {
                throw problem("\(name) comes twice")
            }
            skipBlanks()
        } while take(",")
        guard take("}") else { throw problem("a brace is missing") }
        return .object(members)
    }

    private mutating func array(_ depth: Int) throws -> ParsedJSON {
        position += 1
        var elements: [ParsedJSON] = []
        skipBlanks()
        if take("]") { return .array(elements) }
        repeat {
            elements.append(try value(depth: depth + 1))
            skipBlanks()
        } while take(",")
        guard take("]") else { throw problem("a bracket is missing") }
        return .array(elements)
    }

    private mutating func number() throws -> String {
        let start = position
        func digits(_ reader: inout JSONReader) -> Int {
            let first = reader.position
            while reader.position < reader.bytes.count, (0x30...0x39).contains(reader.bytes[reader.position])
            {
                reader.position += 1
            }
            return reader.position - first
        }
        _ = take("-")
        let isZero = position < bytes.count && bytes[position] == 0x30
        let whole = digits(&self)
        guard whole > 0, !isZero || whole == 1 else { throw problem("no value") }
        if take("."), digits(&self) == 0 { throw problem("no digits behind the point") }
        if take("e") || take("E") {
            if !take("-") { _ = take("+") }
            guard digits(&self) > 0 else { throw problem("no exponent") }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func string() throws -> String {
        guard take("\"") else { throw problem("a text is missing") }
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let valid = String(validating: text, as: UTF8.self) else {
                    throw problem("a text that is no UTF-8")
                }
                return valid
            case UInt8(ascii: "\\"): try escape(&text)
            case ..<0x20: throw problem("a control character")
            default: text.append(byte)
            }
        }
        throw problem("a text without an end")
    }

    private mutating func escape(_ text: inout [UInt8]) throws {
        guard position < bytes.count else { throw problem("an escape without an end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"):
            var unit = try hex()
            if (0xD800..<0xDC00).contains(unit) {
                guard take("\\u") else { throw problem("half a pair") }
                let low = try hex()
                guard (0xDC00..<0xE000).contains(low) else { throw problem("half a pair") }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw problem("no character") }
            text += String(Character(scalar)).utf8
        default: throw problem("an unknown escape")
        }
    }

    private mutating func hex() throws -> UInt32 {
        let digits = String(decoding: bytes[position...].prefix(4), as: UTF8.self)
        guard digits.utf8.count == 4, let unit = UInt32(digits, radix: 16) else {
            throw problem("no four digits")
        }
        position += 4
        return unit
    }
}
