/// Makes text that a server chose safe to show on a terminal, which obeys control characters.
enum TerminalText {
    /// Control characters as `\xNN`; line feeds, tabs and CR LF stay.
    static func escaped(_ text: String) -> String {
        guard
            text.utf8.contains(where: {
                $0 < 0x20 && $0 != 0x0A || $0 == 0x7F || $0 == 0xC2 || $0 == 0xF4
            })
        else { return text }
        var result = ""
        var scalars = text.unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            switch scalar.value {
            case 0x09, 0x0A: result.unicodeScalars.append(scalar)
            case 0x0D where scalars.first == "\n": result.unicodeScalars.append(scalar)
            case 0..<0x20, 0x7F..<0xA0: result += hex(UInt8(scalar.value))
            // A byte of an argument that is no UTF-8.
            case 0x10FF80...0x10FFFF: result += hex(UInt8(truncatingIfNeeded: scalar.value))
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// One line of a message: line ends and the marks that reorder text are escaped, too, so that a name from outside can
    /// neither begin a line of its own nor change what the rest of the line says.
    static func escapedLine(_ text: String) -> String {
        var result = ""
        for scalar in escaped(text).unicodeScalars {
            switch scalar.value {
            case 0x0A, 0x0D: result += hex(UInt8(scalar.value))
            case 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
                result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The start of a text that may have megabytes, such as a URL, and how many bytes it has.
    static func shortened(_ text: String) -> String {
        let count = text.utf8.count
        guard count > 1000 else { return text }
        var start = String(text.unicodeScalars.prefix(800))
        while start.utf8.count > 1000 { start.unicodeScalars.removeLast() }
        return "\(start)… (\(count) bytes)"
    }

    /// The same as `escaped` for bytes. Where they are no UTF-8, every byte above 0x7F is escaped: some of them are
    /// control characters to a terminal in an 8-bit mode.
    static func escaped(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        if let text = String(validating: bytes, as: UTF8.self) { return Array(escaped(text).utf8) }
        var result: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            let isLineEnd = byte == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
            if byte == 0x09 || byte == 0x0A || isLineEnd || (0x20..<0x7F).contains(byte) {
                result.append(byte)
            } else {
                result += hex(byte).utf8
            }
        }
        return result
    }

    /// Only the control characters of ASCII as `\xNN`, for files: line feeds, tabs and CR LF stay, and all other bytes.
    static func escapedASCIIControls(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            let isLineEnd = byte == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
            if byte >= 0x20 && byte != 0x7F || byte == 0x09 || byte == 0x0A || isLineEnd {
                result.append(byte)
            } else {
                result += hex(byte).utf8
            }
        }
        return result
    }

    private static func hex(_ byte: UInt8) -> String { String(decoding: escaped(byte), as: UTF8.self) }

    /// A byte as `\xNN`.
    static func escaped(_ byte: UInt8) -> [UInt8] {
        let digits = "0123456789ABCDEF".utf8
        func digit(_ value: UInt8) -> UInt8 { digits[digits.index(digits.startIndex, offsetBy: Int(value))] }
        return [UInt8(ascii: "\\"), UInt8(ascii: "x"), digit(byte >> 4), digit(byte & 15)]
    }
}
