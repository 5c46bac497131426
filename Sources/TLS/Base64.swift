/// Base64 as PEM bodies and pins use it (RFC 4648 §4). Decoding skips white space and is strict about the rest.
enum Base64 {
    private static let skip: UInt8 = 0xFE
    private static let bad: UInt8 = 0xFF
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: bad, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        for character in " \t\r\n".utf8 { table[Int(character)] = skip }
        return table
    }()

    /// Decodes `text`; nil when it holds a foreign character or its padding is wrong.
    ///
    /// With a `limit` decoding may stop once that many bytes are out, and what follows is not looked at.
    static func decode(_ text: UnsafeRawBufferPointer, limit: Int = .max) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(min(text.count / 4 * 3 + 3, limit == .max ? .max : limit + 3))
        var group: UInt32 = 0
        var digits = 0
        var padding = 0
        var isValid = true
        values.withUnsafeBufferPointer { values in
            for character in text {
                let value = values[Int(character)]
                if value < 64 {
                    guard padding == 0 else { return isValid = false }
                    group = group << 6 | UInt32(value)
                    digits += 1
                    if digits == 4 {
                        result.append(UInt8(truncatingIfNeeded: group >> 16))
                        result.append(UInt8(truncatingIfNeeded: group >> 8))
                        result.append(UInt8(truncatingIfNeeded: group))
                        digits = 0
                        if result.count >= limit { return }
                    }
                } else if character == UInt8(ascii: "=") {
                    padding += 1
                } else if value != skip {
                    return isValid = false
                }
            }
        }
        guard isValid else { return nil }
        switch (digits, padding) {
        case (0, 0): break
        case (2, 2): result.append(UInt8(truncatingIfNeeded: group >> 4))
        case (3, 1):
            result.append(UInt8(truncatingIfNeeded: group >> 10))
            result.append(UInt8(truncatingIfNeeded: group >> 2))
        default: return nil
        }
        return result
    }

    /// Encodes `bytes` with padding, on one line.
    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16 | (left > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[index + 2]) : 0)
            text.append(alphabet[Int(group >> 18 & 63)])
            text.append(alphabet[Int(group >> 12 & 63)])
            text.append(left > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            text.append(left > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }
}
