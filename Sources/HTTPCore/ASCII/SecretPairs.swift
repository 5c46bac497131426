/// Finds the values of secrets in the query and the fragment of URLs.
public enum SecretPairs {
    /// A URL with `mark` for each value of a secret pair (`token=…`) behind the first `?` or `#`.
    public static func hidden(_ text: String, mark: String) -> String {
        let bytes = Array(text.utf8)
        let values = values(in: bytes[...], isURL: true)
        guard !values.isEmpty else { return text }
        var result = ""
        var start = 0
        for value in values {
            result += String(decoding: bytes[start..<value.lowerBound], as: UTF8.self) + mark
            start = value.upperBound
        }
        return result + String(decoding: bytes[start...], as: UTF8.self)
    }

    /// Where the values of secret pairs stand behind the first `?` or `#`, in order; empty ones are left out. A value ends where the next
    /// pair, the fragment or the URL ends. With `isURL` the text is one URL, which ends where the text does; otherwise it stands
    /// among words, so that a blank, an angle bracket or a quotation mark ends it.
    public static func values(in text: ArraySlice<UInt8>, isURL: Bool) -> [Range<Int>] {
        guard var index = text.firstIndex(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") })
        else { return [] }
        var values: [Range<Int>] = []
        while index < text.endIndex {
            // At the mark before a pair.
            let nameStart = index + 1
            index = text[nameStart...].firstIndex { isEnd($0) || $0 == UInt8(ascii: "=") } ?? text.endIndex
            guard index < text.endIndex, text[index] == UInt8(ascii: "=") else { continue }
            let valueStart = index + 1
            let name = String(
                decoding: PercentCoding.decodeLeniently(text[nameStart..<index]), as: UTF8.self)
            guard SecretNames.contains(name) else {
                index = text[valueStart...].firstIndex(where: isEnd) ?? text.endIndex
                continue
            }
            let rest = text[valueStart...]
            index = rest.indices.first { endsSecret(at: $0, in: rest, isURL: isURL) } ?? text.endIndex
            if valueStart < index { values.append(valueStart..<index) }
        }
        return values
    }

    /// Whether a pair may end here, or another URL's query begin.
    private static func isEnd(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "#"), UInt8(ascii: ";"), UInt8(ascii: "?"): true
        case UInt8(ascii: "\""), UInt8(ascii: ">"), 0x00...0x20: true
        default: false
        }
    }

    /// Whether the value of a secret, which begins where `text` does, ends here for certain.
    private static func endsSecret(at index: Int, in text: ArraySlice<UInt8>, isURL: Bool) -> Bool {
        switch text[index] {
        case UInt8(ascii: "&"), UInt8(ascii: "#"): true
        case UInt8(ascii: ">"), 0x00...0x20: !isURL
        case UInt8(ascii: "\""): !isURL && closes(index, text)
        default: false
        }
    }

    /// Whether a quotation mark is the closing one: what follows is no part of a value.
    private static func closes(_ index: Int, _ text: ArraySlice<UInt8>) -> Bool {
        guard index > text.startIndex, index + 1 < text.endIndex else { return index > text.startIndex }
        return !ASCII.isUnreserved(text[index + 1]) && text[index + 1] != UInt8(ascii: "%")
    }
}
