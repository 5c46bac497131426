/// Identifiers that nobody can guess and that never come twice.
package enum RandomIdentifier {
    /// A random UUID (RFC 9562 §5.4) in lower case. The bytes come from the system's generator; GnuTLS is not needed.
    package static func uuid() -> String {
        var generator = SystemRandomNumberGenerator()
        return uuid(using: &generator)
    }

    /// The same with another source of randomness, for tests.
    package static func uuid(using generator: inout some RandomNumberGenerator) -> String {
        let (high, low) = (generator.next(), generator.next())
        var bytes = [UInt8]((0..<8).map { UInt8(truncatingIfNeeded: high >> (8 * $0)) })
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: low >> (8 * $0)) }
        // Version 4, variant 10.
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
