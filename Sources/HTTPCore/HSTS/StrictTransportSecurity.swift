/// What a `Strict-Transport-Security` field says (RFC 6797 §6.1).
public struct StrictTransportSecurity: Hashable, Sendable {
    /// For so many seconds the host is to be asked over TLS only; 0 takes that back.
    public var maximumAge: Int64
    /// Whether all hosts below it are meant, too.
    public var includesSubdomains: Bool

    /// No age that a field names is longer: a thousand years.
    static let longestAge: Int64 = 1000 * 365 * 86_400

    /// Reads a field's value; nil when it breaks the grammar, lacks `max-age`, names a directive twice or gives
    /// `includeSubDomains` a value. Unknown directives are passed over.
    public init?(_ value: some Sequence<UInt8>) {
        var reader = Reader(bytes: Array(value))
        var names: Set<String> = []
        maximumAge = -1
        includesSubdomains = false
        while true {
            guard let directive = reader.next() else { return nil }
            if let name = directive.name {
                guard names.insert(name).inserted else { return nil }
                switch name {
                case "max-age":
                    guard let text = directive.value, let age = Self.age(text) else { return nil }
                    maximumAge = age
                case "includesubdomains":
                    guard directive.value == nil else { return nil }
                    includesSubdomains = true
                default: break
                }
            }
            if reader.isAtEnd { break }
        }
        guard maximumAge >= 0 else { return nil }
    }

    private static func age(_ digits: [UInt8]) -> Int64? {
        guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return nil }
        return min(Int64(String(decoding: digits, as: UTF8.self)) ?? longestAge, longestAge)
    }

    /// Takes directives off the front.
    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position >= bytes.count }

        private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

        /// One directive and the semicolon behind it; its name is nil when there is nothing between two semicolons.
        mutating func next() -> (name: String?, value: [UInt8]?)? {
            skipBlanks()
            let name = takeToken()
            skipBlanks()
            var value: [UInt8]?
            if byte == UInt8(ascii: "=") {
                guard !name.isEmpty else { return nil }
                position += 1
                skipBlanks()
                guard let taken = takeValue() else { return nil }
                value = taken
                skipBlanks()
            }
            guard isAtEnd || byte == UInt8(ascii: ";") else { return nil }
            position += 1
            return (name.isEmpty ? nil : ASCII.lowercased(String(decoding: name, as: UTF8.self)), value)
        }

        private mutating func skipBlanks() {
            while let byte, ASCII.isBlank(byte) { position += 1 }
        }

        private mutating func takeToken() -> ArraySlice<UInt8> {
            let start = position
            while let byte, ASCII.isTokenByte(byte) { position += 1 }
            return bytes[start..<position]
        }

        /// A token or a quoted string (RFC 9110 §5.6.4); nil for neither.
        private mutating func takeValue() -> [UInt8]? {
            guard byte == UInt8(ascii: "\"") else {
                let token = takeToken()
                return token.isEmpty ? nil : Array(token)
            }
            position += 1
            var value: [UInt8] = []
            while let current = byte {
                position += 1
                if current == UInt8(ascii: "\"") { return value }
                if current == UInt8(ascii: "\\") {
                    guard let escaped = byte else { return nil }
                    value.append(escaped)
                    position += 1
                } else {
                    value.append(current)
                }
            }
            return nil
        }
    }
}
