import HTTPCore

/// Takes secrets out of what is shown: the values of fields whose name says so (`SecretNames`), the user information of
/// URLs, and the values of their secret query parameters. Names, schemes and cookie attributes stay, as they explain what
/// was sent.
enum SecretRedactor {
    private static let mark = Array("[redacted]".utf8)

    /// A header block, or a line of one, with its line ends; lines that fold a secret value are hidden as a whole.
    static func redact(headers bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var foldsSecret = false
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
            let line = Array(bytes[start..<end])
            start = end
            let content = line.prefix { $0 != 0x0D && $0 != 0x0A }
            if let first = content.first, first == 0x20 || first == 0x09 {
                result += foldsSecret ? [first] + mark : Array(content)
            } else {
                let (shown, isSecret) = redact(line: content)
                result += shown
                foldsSecret = isSecret
            }
            result += line[content.endIndex...]
        }
        return result
    }

    /// The URL with `[redacted]` for the user and password, and for each secret value in its query.
    static func redact(url: String) -> String {
        String(decoding: redact(urlIn: Array(url.utf8)[...]), as: UTF8.self)
    }

    /// A text that shows a URL, with asterisks for the same, so that marks below it stay in place.
    static func masked(_ text: String) -> String {
        let bytes = Array(text.utf8)[...]
        let hidden = replacing(secrets(in: bytes), of: bytes) { secret in
            let places = String(decoding: secret, as: UTF8.self).unicodeScalars.count
            return [UInt8](repeating: UInt8(ascii: "*"), count: places)
        }
        return String(decoding: hidden, as: UTF8.self)
    }

    /// The URL without its user and password.
    static func withoutLogin(url: String) -> String {
        let bytes = Array(url.utf8)[...]
        guard let login = logins(in: bytes).first else { return url }
        return String(
            decoding: bytes[..<login.lowerBound] + bytes[login.upperBound...].dropFirst(), as: UTF8.self)
    }

    private static func redact(line: ArraySlice<UInt8>) -> (shown: [UInt8], isSecret: Bool) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return (redact(urlIn: line), false) }
        // Some servers pass over blanks before the colon.
        let typed = line[..<colon].reversed().drop(while: ASCII.isBlank).reversed()
        let name = String(decoding: typed, as: UTF8.self).lowercased()
        let value = line[(colon + 1)...].drop(while: ASCII.isBlank)
        let head = Array(line[..<value.startIndex])
        switch name {
        case "authorization", "proxy-authorization":
            // The scheme is no secret, but a value of one word may be.
            let scheme = value.firstIndex(of: 0x20).map { value[...$0] } ?? []
            return (head + scheme + mark, true)
        case "cookie":
            return (head + joined(value.split(separator: UInt8(ascii: ";")).map(redact(pair:))), true)
        case "set-cookie":
            var parts = value.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map {
                Array($0)
            }
            if let first = parts.first { parts[0] = redact(pair: first[...]) }
            return (head + joined(parts), true)
        default:
            // A name with a blank in it is no name: this is the request line, cut at the colon of its URL.
            let isSecret = !name.contains(" ") && SecretNames.contains(name)
            return isSecret ? (head + mark, true) : (redact(urlIn: line), false)
        }
    }

    private static func redact(pair: ArraySlice<UInt8>) -> [UInt8] {
        guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else {
            return Array(pair.prefix { $0 == 0x20 }) + mark
        }
        return pair[...equals] + mark
    }

    private static func joined(_ parts: [[UInt8]]) -> [UInt8] {
        Array(parts.joined(separator: [UInt8(ascii: ";")]))
    }

    private static func redact(urlIn text: ArraySlice<UInt8>) -> [UInt8] {
        replacing(secrets(in: text), of: text) { _ in mark }
    }

    private static func replacing(
        _ places: [Range<Int>], of text: ArraySlice<UInt8>, with mark: (ArraySlice<UInt8>) -> [UInt8]
    ) -> [UInt8] {
        var result: [UInt8] = []
        var start = text.startIndex
        for place in places {
            result += text[start..<place.lowerBound] + mark(text[place])
            start = place.upperBound
        }
        return result + text[start...]
    }

    /// Where secrets stand in a text with URLs, in order and apart.
    private static func secrets(in text: ArraySlice<UInt8>) -> [Range<Int>] {
        let values = SecretPairs.values(in: text)
        let logins = logins(in: text).filter { login in !values.contains { $0.overlaps(login) } }
        return (values + logins).sorted { $0.lowerBound < $1.lowerBound }
    }

    /// Where the user information of URLs stands, without its at sign.
    private static func logins(in text: ArraySlice<UInt8>) -> [Range<Int>] {
        var logins: [Range<Int>] = []
        for index in text.indices.dropLast(2)
        where text[index] == UInt8(ascii: ":") && text[index + 1] == UInt8(ascii: "/")
            && text[index + 2] == UInt8(ascii: "/") && index >= logins.last?.upperBound ?? index
        {
            let start = index + 3
            let authority = text[start...].prefix {
                $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") && $0 != 0x20
            }
            if let at = authority.lastIndex(of: UInt8(ascii: "@")), at > start { logins.append(start..<at) }
        }
        return logins
    }
}
