import HTTPCore

/// The beginning of a JSON value for a message, with the members hidden whose names are those of secrets, and the secrets of
/// URLs.
enum JSONGlimpse {
    /// How many bytes are shown, about.
    private static let length = 120

    static func text(_ value: JSONValue, showsSecrets: Bool) -> String {
        var shown: [UInt8] = []
        let isWhole = write(value, to: &shown, showsSecrets)
        let text = String(decoding: shown, as: UTF8.self)
        return isWhole ? text : text + "…"
    }

    /// False when there was no room for all of it. It goes no deeper than there is room for brackets.
    private static func write(_ value: JSONValue, to shown: inout [UInt8], _ showsSecrets: Bool) -> Bool {
        guard value.kind == .array || value.kind == .object else {
            guard value.kind == .string, !showsSecrets else { return append(value.raw, to: &shown) }
            let text = SecretRedactor.redact(text: String(decoding: value.raw, as: UTF8.self))
            return append(Array(text.utf8)[...], to: &shown)
        }
        let isObject = value.kind == .object
        shown.append(UInt8(ascii: isObject ? "{" : "["))
        var (isFirst, isWhole) = (true, true)
        value.forEach { (name, element) in
            if !isFirst { shown.append(ASCII.comma) }
            isFirst = false
            if let name {
                isWhole = append(name.raw, to: &shown)
                shown.append(ASCII.colon)
                if isWhole, !showsSecrets, SecretNames.contains(String(decoding: name.string, as: UTF8.self))
                {
                    shown += "\"[redacted]\"".utf8
                    return shown.count < length
                }
            }
            isWhole = isWhole && shown.count < length && write(element, to: &shown, showsSecrets)
            return isWhole
        }
        guard isWhole else { return false }
        shown.append(UInt8(ascii: isObject ? "}" : "]"))
        return true
    }

    private static func append(_ raw: ArraySlice<UInt8>, to shown: inout [UInt8]) -> Bool {
        let room = max(0, length - shown.count)
        guard raw.count > room else {
            shown += raw
            return true
        }
        // Not in the middle of a character.
        var end = raw.startIndex + room
        while end > raw.startIndex, raw[end] & 0xC0 == 0x80 { end -= 1 }
        shown += raw[..<end]
        return false
    }
}
