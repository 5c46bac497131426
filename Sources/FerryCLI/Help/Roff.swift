/// Writes man page source: escapes, bold options, lines that end where sentences do.
struct Roff {
    /// What has been written.
    private(set) var source = ""

    /// A request line such as `.SH NAME`; arguments are the caller's to escape.
    mutating func request(_ line: String) {
        source += line + "\n"
    }

    /// A paragraph's text, wrapped at blanks and after sentences; options in it are set in bold.
    mutating func text(_ text: String) {
        var line = ""
        for word in text.split(separator: " ") {
            let marked = Self.marked(String(word))
            if !line.isEmpty, line.utf8.count + 1 + marked.utf8.count > 78 { flush(&line) }
            line += line.isEmpty ? marked : " " + marked
            if let last = word.last, ".?!:".contains(last), word.count > 1 { flush(&line) }
        }
        flush(&line)
    }

    /// Lines to be shown as they are.
    mutating func code(_ lines: String) {
        request(".EX")
        for line in lines.split(separator: "\n") { request(Self.protected(Self.escaped(String(line)))) }
        request(".EE")
    }

    private mutating func flush(_ line: inout String) {
        if !line.isEmpty { request(Self.protected(line)) }
        line = ""
    }

    /// Text with the characters that roff reads as its own written out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "~": result += "\\(ti"
            case "^": result += "\\(ha"
            default: result.append(character)
            }
        }
        return result
    }

    /// A line that cannot be taken for a request.
    private static func protected(_ line: String) -> String {
        line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
    }

    /// A word, in bold when it is an option.
    private static func marked(_ word: String) -> String {
        let core = word.drop { "('".contains($0) }
        guard core.hasPrefix("-"), core.count > 1 else { return escaped(word) }
        let option = core.prefix { $0 == "-" || $0 == "." || $0.isLetter || $0.isNumber || $0 == "#" }
        let name = option.hasSuffix(".") ? option.dropLast() : option
        guard name.contains(where: { $0 != "-" }) else { return escaped(word) }
        let lead = word.prefix(word.count - core.count)
        return escaped(String(lead)) + "\\fB" + escaped(String(name)) + "\\fR"
            + escaped(String(core.dropFirst(name.count)))
    }
}
