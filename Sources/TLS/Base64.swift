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
        let most = text.count / 4 * 3 + 3
        var isValid = false
        let result = [UInt8](unsafeUninitializedCapacity: limit < most ? limit + 3 : most) { bytes, count in
            isValid = values.withUnsafeBufferPointer { decode(text, into: bytes, &count, limit, $0) }
        }
        return isValid ? result : nil
    }

    private static func decode(
        _ text: UnsafeRawBufferPointer, into bytes: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int,
        _ limit: Int, _ values: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        func value(_ place: Int) -> UInt8 { values[Int(text[place])] }
        var group: UInt32 = 0
        var digits = 0
        var padding = 0
        var place = 0
        // What a caller counts with lies in memory, where every byte written might have changed it.
        var filled = 0
        defer { count = filled }
        func put(_ byte: UInt32) {
            bytes[filled] = UInt8(truncatingIfNeeded: byte)
            filled &+= 1
        }
        func putGroup() {
            put(group >> 16)
            put(group >> 8)
            put(group)
        }
        while place < text.count {
            if digits == 0, padding == 0 {
                // Most often four digits stand together: a bundle of roots has some hundred thousand of them.
                while text.count &- place >= 4 {
                    let (a, b) = (value(place), value(place &+ 1))
                    let (c, d) = (value(place &+ 2), value(place &+ 3))
                    guard a | b | c | d < 64 else { break }
                    group = UInt32(a) << 18 | UInt32(b) << 12 | UInt32(c) << 6 | UInt32(d)
                    putGroup()
                    place &+= 4
                    if filled >= limit { return true }
                }
                guard place < text.count else { break }
            }
            let digit = value(place)
            if digit < 64 {
                guard padding == 0 else { return false }
                group = group << 6 | UInt32(digit)
                digits += 1
                if digits == 4 {
                    putGroup()
                    digits = 0
                    if filled >= limit { return true }
                }
            } else if text[place] == UInt8(ascii: "=") {
                padding += 1
            } else if digit != skip {
                return false
            }
            place += 1
        }
        switch (digits, padding) {
        case (0, 0): break
        case (2, 2): put(group >> 4)
        case (3, 1):
            put(group >> 10)
            put(group >> 2)
        default: return false
        }
        return true
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
