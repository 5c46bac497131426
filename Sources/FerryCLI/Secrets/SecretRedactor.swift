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
                result += foldsSecret ? [first] + mark : redact(content, isURL: false)
            } else {
                let (shown, isSecret) = redact(line: content)
                result += shown
                foldsSecret = isSecret
            }
            result += line[content.endIndex...]
        }
        return result
    }

    /// A text that is one URL, with `[redacted]` for the user and password, also where there is no scheme, and for each
    /// secret value in its query.
    static func redact(url: String) -> String {
        // Most URLs hold none.
        guard url.utf8.contains(where: mayHoldSecret) else { return url }
        return String(decoding: redact(Array(url.utf8)[...], isURL: true), as: UTF8.self)
    }

    private static func mayHoldSecret(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "@") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }

    /// A text in which URLs stand among words, with `[redacted]` for the same of each of them.
    static func redact(text: String) -> String {
        String(decoding: redact(Array(text.utf8)[...], isURL: false), as: UTF8.self)
    }

    /// The value of a field, hidden like the line that it comes from.
    static func redact(value: String, of name: String) -> String {
        let head = Array("\(name): ".utf8)
        return String(
            decoding: redact(line: (head + value.utf8)[...]).shown.dropFirst(head.count), as: UTF8.self)
    }

    /// A text that is a URL or shows one, with asterisks for the same, so that marks below it stay in place.
    static func masked(_ text: String, isURL: Bool = false) -> String {
        let bytes = Array(text.utf8)[...]
        let hidden = replacing(secrets(in: bytes, isURL: isURL), of: bytes) { secret in
            let places = String(decoding: secret, as: UTF8.self).unicodeScalars.count
            return [UInt8](repeating: UInt8(ascii: "*"), count: places)
        }
        return String(decoding: hidden, as: UTF8.self)
    }

    /// The URL without its user and password. One as it was typed may have no scheme; without one, a reference of a server's
    /// has no login either.
    static func withoutLogin(url: String, isTyped: Bool = true) -> String {
        let bytes = Array(url.utf8)[...]
        guard let login = logins(in: bytes, isURL: isTyped).first else { return url }
        return String(
            decoding: bytes[..<login.lowerBound] + bytes[login.upperBound...].dropFirst(), as: UTF8.self)
    }

    private static func redact(line: ArraySlice<UInt8>) -> (shown: [UInt8], isSecret: Bool) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return (redact(words: line), false) }
        // Some servers pass over blanks before the colon.
        let typed = line[..<colon].reversed().drop(while: ASCII.isBlank).reversed()
        let name = String(decoding: typed, as: UTF8.self).lowercased()
        let value = line[(colon + 1)...].drop(while: ASCII.isBlank)
        let head = Array(line[..<value.startIndex])
        switch name {
        case "authorization", "proxy-authorization":
            // The scheme is no secret, but a value of one word may be.
            let word = value.prefix(while: ASCII.isTokenByte)
            let rest = value[word.endIndex...]
            let hasScheme = rest.first == 0x20 && rest.contains { !ASCII.isBlank($0) }
            return (head + (hasScheme ? Array(word) + [0x20] : []) + mark, true)
        case "cookie":
            return (head + joined(value.split(separator: UInt8(ascii: ";")).map(redact(pair:))), true)
        case "set-cookie":
            var parts = value.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map {
                Array($0)
            }
            if let first = parts.first { parts[0] = redact(pair: first[...]) }
            return (head + joined(parts), true)
        case "location", "content-location", "referer":
            // `--secret` may have named it.
            if SecretNames.contains(name) { return (head + mark, true) }
            return (head + redact(value, isURL: true), false)
        default:
            // The first line of a message may have a colon, too: a request's that of its URL.
            let isFirst = urlOfRequestLine(line) != nil || name.hasPrefix("http/")
            let isSecret = !isFirst && SecretNames.contains(name)
            return isSecret ? (head + mark, true) : (redact(words: line), false)
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

    /// A line that is no field with a URL. That of a request has one between its first blank and its last, whatever else is
    /// in it.
    private static func redact(words line: ArraySlice<UInt8>) -> [UInt8] {
        guard let url = urlOfRequestLine(line) else { return redact(line, isURL: false) }
        return line[..<url.lowerBound] + redact(line[url], isURL: true) + line[url.upperBound...]
    }

    /// nil where it is no request line.
    private static func urlOfRequestLine(_ line: ArraySlice<UInt8>) -> Range<Int>? {
        guard let start = line.firstIndex(of: 0x20), let end = line.lastIndex(of: 0x20), start < end,
            line[end...].starts(with: " HTTP/".utf8)
        else { return nil }
        return (start + 1)..<end
    }

    private static func redact(_ text: ArraySlice<UInt8>, isURL: Bool) -> [UInt8] {
        replacing(secrets(in: text, isURL: isURL), of: text) { _ in mark }
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

    /// Where secrets stand in a text that is a URL, or has some, in order and apart.
    private static func secrets(in text: ArraySlice<UInt8>, isURL: Bool) -> [Range<Int>] {
        let values = SecretPairs.values(in: text, isURL: isURL)
        // What is asterisks was hidden before.
        let logins = logins(in: text, isURL: isURL).filter {
            !text[$0].allSatisfy { $0 == UInt8(ascii: "*") }
        }
        if logins.isEmpty { return values }
        var places: [Range<Int>] = []
        for place in (values + logins).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = places.last, place.lowerBound < last.upperBound {
                places[places.count - 1] = last.lowerBound..<max(last.upperBound, place.upperBound)
            } else {
                places.append(place)
            }
        }
        return places
    }

    // MARK: Logins

    /// Where the user information of URLs stands, without its at sign. With `isURL` the text is one URL and nothing else, with or
    /// without a scheme.
    static func logins(in text: ArraySlice<UInt8>, isURL: Bool) -> [Range<Int>] {
        guard text.contains(UInt8(ascii: "@")) else { return [] }
        var logins: [Range<Int>] = []
        var index = text.startIndex
        if isURL, let login = login(ofURL: text) {
            logins.append(login)
            index = login.upperBound
        }
        while index < text.endIndex {
            guard text[index] == UInt8(ascii: "/"), beginsAuthority(index, text) else {
                index += 1
                continue
            }
            let start = text[index...].firstIndex { !isSlash($0) } ?? text.endIndex
            let end = text[start...].firstIndex { endsAuthority($0) || $0 == 0x20 } ?? text.endIndex
            index = start
            if let at = text[start..<end].lastIndex(of: UInt8(ascii: "@")), at > start {
                logins.append(start..<at)
                index = at
            }
        }
        return logins
    }

    /// The login before the host of a text that is one URL, in which a blank ends nothing.
    private static func login(ofURL text: ArraySlice<UInt8>) -> Range<Int>? {
        var start = text.startIndex
        let scheme = text.firstIndex { !isSchemeByte($0) } ?? text.endIndex
        if scheme + 1 < text.endIndex, text[scheme] == UInt8(ascii: ":"), isSlash(text[scheme + 1]) {
            start = scheme + 1
        }
        let slashes = text[start...].prefix(while: isSlash).count
        // A path begins with the only slash of a text.
        if slashes == 1, start == text.startIndex { return nil }
        start += slashes
        let authority = text[start...].prefix { !endsAuthority($0) }
        var at = authority.lastIndex(of: UInt8(ascii: "@"))
        // A password with a raw slash ends the authority early, and looks like a port.
        if at == nil, authority.first != UInt8(ascii: "["),
            let colon = authority.lastIndex(of: UInt8(ascii: ":")),
            !authority[(colon + 1)...].allSatisfy(ASCII.isDigit)
        {
            at = text[start...].lastIndex(of: UInt8(ascii: "@"))
        }
        return at.flatMap { $0 > start ? start..<$0 : nil }
    }

    /// Whether the slash at `index` is the first of two that an authority follows, and not one of a path. JSON may have a
    /// backslash before each.
    private static func beginsAuthority(_ index: Int, _ text: ArraySlice<UInt8>) -> Bool {
        guard index + 1 < text.endIndex, isSlash(text[index + 1]) else { return false }
        var before = index - 1
        if before >= text.startIndex, text[before] == UInt8(ascii: "\\") { before -= 1 }
        guard before >= text.startIndex else { return true }
        let byte = text[before]
        return !ASCII.isUnreserved(byte) && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "%")
    }

    private static func isSlash(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\")
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }

    /// RFC 3986 §3.1.
    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
}
