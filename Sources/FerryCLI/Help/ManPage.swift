/// The manual page, made from the option table, the exit statuses and the sections in `ManPageSections`.
///
/// man/ferry.1 holds it; a test fails when the two differ.
package enum ManPage {
    /// The date that the page shows; to be changed when its texts change much.
    private static let date = "2026-11-22"

    /// The page as roff source.
    package static var source: String {
        var roff = Roff()
        roff.request(
            #".\" Made from the option table by 'ferry --generate man'; edit the table, not this file."#)
        roff.request(".TH FERRY 1 \"\(date)\" \"ferry\" \"User Commands\"")
        for section in ManPageSections.beforeOptions { write(section, to: &roff) }
        roff.request(".SH OPTIONS")
        roff.text(ManPageSections.aboutOptions)
        let options = OptionTable.all.sorted { $0.name < $1.name }
        for option in options where option.category != .hidden && option.category != .curl {
            write(option, to: &roff)
        }
        roff.request(".SH OPTIONS OF CURL WITHOUT EFFECT")
        roff.text(ManPageSections.aboutInertOptions)
        for option in options where option.category == .curl { write(option, to: &roff) }
        write(ManPageSections.configFile, to: &roff)
        roff.request(".SH EXIT STATUS")
        roff.text(ManPageSections.aboutExitStatus)
        for status in ExitStatus.allCases {
            roff.request(".TP")
            roff.request("\\fB\(status.rawValue)\\fR")
            roff.text(capitalized(status.meaning) + ".")
        }
        for section in ManPageSections.afterExitStatus { write(section, to: &roff) }
        return roff.source
    }

    private static func write(_ option: Option, to roff: inout Roff) {
        var tag = option.letter.map { "\\fB\(Roff.escaped("-\($0)"))\\fR, " } ?? ""
        tag += "\\fB\(Roff.escaped(option.documentedName))\\fR"
        if let name = option.kind.valueName { tag += " \\fI\(Roff.escaped(name))\\fR" }
        if let name = option.kind.attachedName { tag += "[=\\fI\(Roff.escaped(name))\\fR]" }
        roff.request(".TP")
        roff.request(tag)
        roff.text(capitalized(option.abstract) + ".")
        for (index, paragraph) in TextWrap.paragraphs(option.discussion).enumerated() {
            if index > 0 { roff.request(".IP") }
            roff.text(paragraph)
        }
        roff.text(HelpText.facts(of: option).joined(separator: " "))
        guard !option.example.isEmpty else { return }
        roff.request(".IP")
        roff.code("ferry \(option.example)")
    }

    private static func write(_ section: ManPageSections.Section, to roff: inout Roff) {
        roff.request(".SH \(section.title)")
        var follows = false
        for block in section.blocks {
            switch block {
            case .text(let text):
                for paragraph in TextWrap.paragraphs(text) {
                    if follows { roff.request(".PP") }
                    roff.text(paragraph)
                    follows = true
                }
            case .raw(let line):
                roff.request(line)
            case .item(let tag, let text):
                roff.request(".TP")
                roff.request("\\fB\(Roff.escaped(tag))\\fR")
                roff.text(text)
            case .code(let lines):
                if follows { roff.request(".PP") }
                roff.code(lines)
            }
            follows = true
        }
    }

    private static func capitalized(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }
}
