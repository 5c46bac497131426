/// The standard Base64 alphabet with padding (RFC 4648 §4), as Basic authentication and fingerprints use it.
public enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The text of `bytes`, padded, without line breaks.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var group: UInt32 = 0
        var held = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            held += 1
            guard held == 3 else { continue }
            append(group, sextets: 4, to: &text)
            (group, held) = (0, 0)
        }
        if held > 0 {
            append(group << UInt32(8 * (3 - held)), sextets: held + 1, to: &text)
            text.append(contentsOf: repeatElement(ASCII.equals, count: 3 - held))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of `text`; nil if it is not padded to a multiple of four, holds another byte (whitespace too),
    /// or has bits set beyond its last byte.
    public static func decode(_ text: String) -> [UInt8]? {
        let input = Array(text.utf8)
        guard input.count % 4 == 0 else { return nil }
        let padding = input.suffix(2).reversed().prefix { $0 == ASCII.equals }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(input.count / 4 * 3)
        var group: UInt32 = 0
        var bits: UInt32 = 0
        for byte in input.dropLast(padding) {
            guard let sextet = value(of: byte) else { return nil }
            group = (group << 6 | sextet) & 0xFFFF
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: group >> bits))
        }
        return group & ((1 << bits) - 1) == 0 ? bytes : nil
    }

    private static func append(_ group: UInt32, sextets: Int, to text: inout [UInt8]) {
        for index in 0..<sextets {
            text.append(alphabet[Int(group >> UInt32(18 - 6 * index) & 63)])
        }
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: UInt32(byte - 0x41)
        case 0x61...0x7A: UInt32(byte - 0x61 + 26)
        case 0x30...0x39: UInt32(byte - 0x30 + 52)
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}
