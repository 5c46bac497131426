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
        let options = OptionID.allCases.sorted { $0.rawValue < $1.rawValue }
        for id in options where id.row.category != .hidden && id.row.category != .curl {
            write(id, to: &roff)
        }
        roff.request(".SH OPTIONS OF CURL WITHOUT EFFECT")
        roff.text(ManPageSections.aboutInertOptions)
        for id in options where id.row.category == .curl { write(id, to: &roff) }
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

    private static func write(_ id: OptionID, to roff: inout Roff) {
        let row = id.row
        var tag = id.letter.map { "\\fB\(Roff.escaped("-\($0)"))\\fR, " } ?? ""
        tag += "\\fB\(Roff.escaped(id.documentedName))\\fR"
        if let placeholder = row.kind.placeholder { tag += " \\fI\(Roff.escaped(placeholder))\\fR" }
        roff.request(".TP")
        roff.request(tag)
        roff.text(capitalized(row.help) + ".")
        for (index, paragraph) in TextWrap.paragraphs(row.text).enumerated() {
            if index > 0 { roff.request(".IP") }
            roff.text(paragraph)
        }
        roff.text(HelpText.facts(of: id).joined(separator: " "))
        guard !row.example.isEmpty else { return }
        roff.request(".IP")
        roff.code("ferry \(row.example)")
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
