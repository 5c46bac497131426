import HTTPCore

/// Formats header blocks for people: colours for statuses, methods and names, `Location` as a link that can be
/// clicked.
///
/// Control characters of the server are escaped; all sequences come from here.
enum HeaderStyle {
    private static let plain = "\u{1B}[0m"
    private static let name = "\u{1B}[1;36m"
    private static let method = "\u{1B}[1m"

    /// The block with its line ends. `url` is whose answer it is, against which `Location` is resolved.
    static func styled(_ block: UnsafeRawBufferPointer, url: HTTPURL?) -> [UInt8] {
        let text = String(decoding: TerminalText.escaped(block), as: UTF8.self)
        var result = ""
        result.reserveCapacity(text.utf8.count * 2)
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if !result.isEmpty { result += "\n" }
            result += styled(line: Substring(line), url)
        }
        return Array(result.utf8)
    }

    private static func styled(line: Substring, _ url: HTTPURL?) -> String {
        if let line = styled(statusLine: line) ?? styled(requestLine: line) { return line }
        // Nor has a line a name that continues another.
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")),
            !line.utf8[..<colon].contains(where: { $0 == 0x20 || $0 == 0x09 }), colon > line.startIndex
        else { return String(line) }
        let rest = line[colon...].dropFirst()
        let key = line[..<colon]
        return name + key + plain + ":" + (key.lowercased() == "location" ? linked(rest, url) : String(rest))
    }

    /// The status and its reason in the colour of their class; nil for another line.
    private static func styled(statusLine line: Substring) -> String? {
        guard line.utf8.starts(with: "HTTP/".utf8), let blank = line.utf8.firstIndex(of: 0x20) else {
            return nil
        }
        let status = line[blank...].dropFirst()
        let end = status.utf8.last == 0x0D ? "\r" : ""
        let text = end.isEmpty ? status : Substring(status.utf8.dropLast())
        return line[...blank] + colour(ofStatus: text.utf8.first) + text + plain + end
    }

    private static func colour(ofStatus digit: UInt8?) -> String {
        switch digit {
        case UInt8(ascii: "2"): "\u{1B}[1;32m"
        case UInt8(ascii: "4"): "\u{1B}[1;33m"
        case UInt8(ascii: "5"): "\u{1B}[1;31m"
        default: "\u{1B}[1;34m"
        }
    }

    private static func styled(requestLine line: Substring) -> String? {
        guard let blank = line.utf8.firstIndex(of: 0x20), blank > line.startIndex,
            line.utf8[..<blank].allSatisfy({ (0x41...0x5A).contains($0) }), line.contains(" HTTP/1.")
        else { return nil }
        return method + line[..<blank] + plain + line[blank...]
    }

    /// The value between the marks of a link (OSC 8), when it leads to a web page.
    private static func linked(_ value: Substring, _ url: HTTPURL?) -> String {
        let blanks = value.prefix { $0 == " " || $0 == "\t" }
        var reference = value[blanks.endIndex...]
        // "\r" and what follows; a line that was cut at its line feed ends so.
        let end = reference.utf8.last == 0x0D ? "\r" : ""
        if !end.isEmpty { reference = Substring(reference.utf8.dropLast()) }
        guard let target = try? url?.resolve(reference: String(reference)).withoutUserinfo.description,
            target.utf8.allSatisfy({ (0x21..<0x7F).contains($0) })
        else { return String(value) }
        return blanks + "\u{1B}]8;;\(target)\u{1B}\\" + reference + "\u{1B}]8;;\u{1B}\\" + end
    }
}
