import HTTPCore

/// Dresses up header blocks for a terminal: names in bold, `Location` as a link that can be clicked.
///
/// Nothing that the server said gets through as a control character; the sequences are all from here.
enum HeaderStyle {
    private static let bold = "\u{1B}[1m"
    private static let plain = "\u{1B}[22m"

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
        // A status line has a blank before any colon, and so has a line that continues another.
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")),
            !line.utf8[..<colon].contains(where: { $0 == 0x20 || $0 == 0x09 }), colon > line.startIndex
        else { return String(line) }
        let name = line[..<colon]
        let rest = line[colon...].dropFirst()
        return bold + name + plain + ":"
            + (name.lowercased() == "location" ? linked(rest, url) : String(rest))
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
