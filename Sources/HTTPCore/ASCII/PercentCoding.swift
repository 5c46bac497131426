/// Percent-encoding of bytes (RFC 3986 §2.1). Escapes are written with upper-case digits.
public enum PercentCoding {
    /// The bytes that stay as they are; all others become `%XX`.
    public enum Kept: Hashable, Sendable {
        /// Letters, digits, `-`, `.`, `_` and `~` only.
        case unreserved
        /// What a path may hold unescaped: unreserved, sub-delimiters, `:`, `@` and `/`.
        case path
    }

    /// `bytes` with all but the `kept` ones escaped.
    public static func encode(_ bytes: some Sequence<UInt8>, keeping kept: Kept = .unreserved) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.underestimatedCount)
        for byte in bytes {
            if ASCII.isUnreserved(byte) || (kept == .path && isExtraPathByte(byte)) {
                result.append(byte)
            } else {
                appendEscape(of: byte, to: &result)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The bytes that `text` stands for, or nil when a `%` is not followed by two hexadecimal digits.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        decode(text, lenient: false)
    }

    /// The bytes that `text` stands for, or nil when a `%` is not followed by two hexadecimal digits.
    public static func decode(_ text: String) -> [UInt8]? {
        decode(text.utf8, lenient: false)
    }

    /// Like `decode`, but a `%` without two hexadecimal digits stands for itself.
    public static func decodeLeniently(_ text: some Collection<UInt8>) -> [UInt8] {
        decode(text, lenient: true) ?? []
    }

    private static func decode(_ text: some Collection<UInt8>, lenient: Bool) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            index = text.index(after: index)
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            var digits = text[index...].prefix(2).makeIterator()
            if let high = digits.next().flatMap(ASCII.hexValue),
                let low = digits.next().flatMap(ASCII.hexValue)
            {
                result.append(high << 4 | low)
                index = text.index(index, offsetBy: 2)
            } else if lenient {
                result.append(byte)
            } else {
                return nil
            }
        }
        return result
    }

    /// Two upper-case hexadecimal digits.
    static func hexDigits(_ byte: UInt8) -> String {
        String(decoding: [hexDigit(byte >> 4), hexDigit(byte & 15)], as: UTF8.self)
    }

    static func appendEscape(of byte: UInt8, to result: inout [UInt8]) {
        result.append(UInt8(ascii: "%"))
        result.append(hexDigit(byte >> 4))
        result.append(hexDigit(byte & 15))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x37 + value
    }

    private static func isExtraPathByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "/"):
            true
        default:
            false
        }
    }
}
