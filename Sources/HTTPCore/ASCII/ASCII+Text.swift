extension ASCII {
    /// Text of bytes from a peer: UTF-8 where they are valid UTF-8, else ISO-8859-1, so that each byte shows.
    package static func text(_ bytes: some Collection<UInt8>) -> String {
        // Nearly always ASCII, of which nothing has to be validated.
        let plain = bytes.withContiguousStorageIfAvailable { bytes in
            bytes.allSatisfy { $0 < 0x80 } ? String(decoding: bytes, as: UTF8.self) : nil
        }
        if let plain, let plain { return plain }
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var text = ""
        for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
        return text
    }

    /// A short printable form of bytes for an error sentence: at most 60 bytes, control and non-ASCII bytes escaped.
    package static func excerpt(_ bytes: some Collection<UInt8>) -> String {
        var text = ""
        for byte in bytes.prefix(60) {
            if byte >= 0x20, byte < 0x7F {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += escaped(byte)
            }
        }
        return bytes.count > 60 ? text + "..." : text
    }

    /// Two lower-case digits for each byte.
    package static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// `\x` and two hexadecimal digits.
    package static func escaped(_ byte: UInt8) -> String { "\\x" + hexadecimal([byte]) }
}
