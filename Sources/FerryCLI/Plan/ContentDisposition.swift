/// Reads the file name out of a Content-Disposition field (RFC 6266), as leniently as servers need.
enum ContentDisposition {
    /// The name as the server wrote it, which is not safe to use: see `FileNaming.serverName`. `filename*` (RFC 8187) wins
    /// over `filename`; nil when neither is there or readable.
    static func fileName(in value: String) -> String? {
        var plain: String?
        var extended: String?
        var rest = value.unicodeScalars.drop { $0 != ";" }
        while rest.first == ";" {
            rest = rest.dropFirst()
            let name = String(rest.prefix { $0 != "=" && $0 != ";" }).trimmedLowercased()
            rest = rest.drop { $0 != "=" && $0 != ";" }
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            let text = takeValue(&rest)
            if name == "filename", plain == nil { plain = text }
            if name == "filename*", extended == nil { extended = decodeExtended(text) }
        }
        return extended ?? plain
    }

    /// A value in double or single quotes, or up to the next semicolon; leaves `rest` at the semicolon.
    private static func takeValue(_ rest: inout Substring.UnicodeScalarView) -> String {
        var value = String.UnicodeScalarView()
        if let quote = rest.first, quote == "\"" || quote == "'" {
            rest = rest.dropFirst()
            while let scalar = rest.first, scalar != quote {
                rest = rest.dropFirst()
                // Only an escaped quote is unescaped: other backslashes are usually those of a Windows path.
                if scalar == "\\", rest.first == quote {
                    value.append(quote)
                    rest = rest.dropFirst()
                } else {
                    value.append(scalar)
                }
            }
            rest = rest.drop { $0 != ";" }
        } else {
            let end = rest.firstIndex(of: ";") ?? rest.endIndex
            value.append(contentsOf: rest[..<end])
            rest = rest[end...]
            while let last = value.last, last == " " || last == "\t" { value.removeLast() }
        }
        return String(value)
    }

    /// `charset'language'percent-encoded`, in UTF-8 or ISO-8859-1; nil for anything else.
    private static func decodeExtended(_ text: String) -> String? {
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        var bytes: [UInt8] = []
        var rest = parts[2].utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.first != UInt8(ascii: "+"),
                let decoded = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(decoded)
            rest = rest.dropFirst(2)
        }
        switch parts[0].lowercased() {
        case "utf-8": return String(validating: bytes, as: UTF8.self)
        case "iso-8859-1": return String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) }))
        default: return nil
        }
    }
}

extension String {
    fileprivate func trimmedLowercased() -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var text = drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text.lowercased()
    }
}
