/// The value of a `Content-Disposition` field (RFC 6266): its type and the file name a server proposes.
///
/// The name is what the server said and nothing more: path separators, `..`, control bytes and length are for
/// the caller to judge before it touches a file system.
public struct ContentDisposition: Hashable, Sendable {
    /// `attachment`, `inline` and the like in lower case; empty if the value begins with a parameter.
    public let type: String
    /// The proposed name: `filename*` (RFC 8187, UTF-8 or ISO-8859-1) if it is there and sound, else `filename`; nil if
    /// neither is there or the name is empty.
    public let filename: String?

    /// Reads a field value. Never fails: what is not understood is skipped, because many servers send malformed
    /// values. The first of several parameters of one name counts. A `filename` without double quotes reaches to the
    /// next semicolon, spaces included, and may stand in single quotes, as curl has it.
    public init(_ value: String) {
        var rest = Array(value.utf8)[...]
        let head = rest.prefix { $0 != ASCII.semicolon && $0 != ASCII.equals }
        if rest.dropFirst(head.count).first == ASCII.equals {
            type = ""
        } else {
            type = ASCII.text(head.trimmingBlanks().map(ASCII.lowercased))
            rest = rest.dropFirst(head.count)
        }
        var plain: String?
        var extended: String?
        while let parameter = nextParameter(&rest) {
            if plain == nil, ASCII.equalIgnoringCase(parameter.name, "filename".utf8) {
                plain = ASCII.text(parameter.value)
            } else if extended == nil, ASCII.equalIgnoringCase(parameter.name, "filename*".utf8) {
                extended = extendedText(parameter.value)
            }
        }
        let name = extended ?? plain
        filename = name?.isEmpty == true ? nil : name
    }
}

/// Takes `; name=value` off the front of `rest`; nil at its end. Pieces without `=` are skipped.
private func nextParameter(_ rest: inout ArraySlice<UInt8>) -> (name: ArraySlice<UInt8>, value: [UInt8])? {
    while true {
        rest = rest.drop { $0 == ASCII.semicolon || ASCII.isBlank($0) }
        guard !rest.isEmpty else { return nil }
        let name = rest.prefix { $0 != ASCII.equals && $0 != ASCII.semicolon }
        rest = rest.dropFirst(name.count)
        guard rest.first == ASCII.equals else { continue }
        rest = rest.dropFirst().drop(while: ASCII.isBlank)
        if rest.first == ASCII.quote {
            let value = quotedText(&rest)
            // What stands between the closing quote and the next semicolon is ignored.
            rest = rest.drop { $0 != ASCII.semicolon }
            return (name.trimmingBlanks(), value)
        }
        let value = rest.prefix { $0 != ASCII.semicolon }
        rest = rest.dropFirst(value.count)
        return (name.trimmingBlanks(), Array(withoutSingleQuotes(value.trimmingBlanks())))
    }
}

/// Takes a quoted-string off the front (RFC 9110 §5.6.4), to the end of the value if nothing closes it. A backslash is one,
/// unless a quote or another backslash follows: there are servers that send paths of Windows as they are.
private func quotedText(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    rest = rest.dropFirst()
    while let byte = rest.popFirst(), byte != ASCII.quote {
        if byte == ASCII.backslash, let next = rest.first, next == ASCII.quote || next == ASCII.backslash {
            text.append(next)
            rest.removeFirst()
        } else {
            text.append(byte)
        }
    }
    return text
}

private func withoutSingleQuotes(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let apostrophe: UInt8 = 0x27
    guard value.count >= 2, value.first == apostrophe, value.last == apostrophe else { return value }
    return value.dropFirst().dropLast()
}

/// `charset'language'percent-encoded` (RFC 8187 §3.2); nil if the charset is another, an escape is broken
/// or the bytes are no text of the charset.
private func extendedText(_ value: [UInt8]) -> String? {
    let parts = value.split(separator: 0x27, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    var bytes: [UInt8] = []
    var rest = parts[2]
    while let byte = rest.popFirst() {
        guard byte == 0x25 else {
            bytes.append(byte)
            continue
        }
        guard let high = rest.popFirst().flatMap(ASCII.hexValue),
            let low = rest.popFirst().flatMap(ASCII.hexValue)
        else { return nil }
        bytes.append(high << 4 | low)
    }
    if ASCII.equalIgnoringCase(parts[0], "UTF-8".utf8) { return String(validating: bytes, as: UTF8.self) }
    guard ASCII.equalIgnoringCase(parts[0], "ISO-8859-1".utf8) else { return nil }
    return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
}
