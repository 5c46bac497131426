/// The manual as plain text, for `--manual`: the sections of the man page and every option.
package enum ManualText {
    private static let indent = "    "

    /// The text, wrapped to `columns`.
    package static func text(columns: Int = 80) -> String {
        var text = ""
        for section in ManPageSections.beforeOptions { write(section, columns, to: &text) }
        text += "OPTIONS\n" + paragraphs(ManPageSections.aboutOptions, columns) + "\n"
        for option in OptionTable.all.filter({ $0.category != .hidden }).sorted(by: { $0.name < $1.name }) {
            let about = HelpText.about(option, columns - indent.utf8.count)
            for line in about.split(separator: "\n", omittingEmptySubsequences: false) {
                text += line.isEmpty ? "\n" : indent + line + "\n"
            }
        }
        write(ManPageSections.configFile, columns, to: &text)
        text += "EXIT STATUS\n" + paragraphs(ManPageSections.aboutExitStatus, columns) + "\n"
        for status in ExitStatus.allCases {
            let tag = padded("\(status.rawValue)", 7) + "  "
            text += TextWrap.wrap(status.meaning, width: columns, first: tag, indent: indent + "     ")
        }
        text += "\n"
        for section in ManPageSections.afterExitStatus { write(section, columns, to: &text) }
        return text
    }

    private static func write(_ section: ManPageSections.Section, _ columns: Int, to text: inout String) {
        text += section.title + "\n"
        for block in section.blocks {
            switch block {
            case .text(let content): text += paragraphs(content, columns)
            case .raw(let line): text += indent + unformatted(line) + "\n"
            case .item(let tag, let content):
                text += indent + tag + "\n"
                text += TextWrap.wrap(
                    content, width: columns, first: indent + indent, indent: indent + indent)
            case .code(let lines):
                for line in lines.split(separator: "\n", omittingEmptySubsequences: false) {
                    text += indent + indent + line + "\n"
                }
            }
        }
        text += "\n"
    }

    private static func paragraphs(_ text: String, _ columns: Int) -> String {
        TextWrap.paragraphs(text).map { TextWrap.wrap($0, width: columns, first: indent, indent: indent) }
            .joined(separator: "\n")
    }

    /// A line of roff without its requests for a font.
    private static func unformatted(_ line: String) -> String {
        var text = ""
        var rest = Substring(line.hasPrefix(".B ") ? String(line.dropFirst(3)) : line)
        while let character = rest.popFirst() {
            guard character == "\\" else {
                text.append(character)
                continue
            }
            if rest.first == "f" { rest = rest.dropFirst(2) }
        }
        return text
    }
}
