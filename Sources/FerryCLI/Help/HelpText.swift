/// The texts of `--help`, made from the option table.
package enum HelpText {
    /// The columns to wrap to: `COLUMNS` within reason, else 80.
    package static func columns(_ environment: (String) -> String?) -> Int {
        guard let text = environment("COLUMNS"), let columns = OptionValue.integer(text), columns > 0 else {
            return 80
        }
        return min(max(columns, 50), 200)
    }

    /// The text for a topic: nil for the essential options, `category` for the list of categories, the name of one, `all`,
    /// or an option such as `--retry` or `-X`.
    ///
    /// - Throws: `UsageError` for any other topic.
    package static func text(topic: String?, columns: Int = 80) throws(UsageError) -> String {
        guard let topic else { return essentials(columns) }
        if topic.hasPrefix("-") {
            guard let id = option(named: topic) else { throw refusal(topic, "is no option of ferry") }
            return about(id, columns)
        }
        switch topic {
        case "category": return categories()
        case "all":
            return OptionCategory.allCases.filter { $0 != .hidden }
                .map { section($0, columns) }
                .joined(separator: "\n")
        default:
            guard let category = OptionCategory(rawValue: topic), category != .hidden else {
                throw refusal(topic, "is neither a category nor an option (see 'ferry --help category')")
            }
            return section(category, columns)
        }
    }

    /// The options of a category in the order of the table.
    static func options(in category: OptionCategory) -> [OptionID] {
        OptionID.allCases.filter { $0.row.category == category }
    }

    /// The letter, the long name and the placeholder: `-o, --output <file>`.
    static func label(of id: OptionID) -> String {
        let names = (id.letter.map { "-\($0), " } ?? "    ") + id.documentedName
        return id.row.kind.placeholder.map { "\(names) <\($0)>" } ?? names
    }

    /// What holds for an option beside its text: reach, repetition, other spellings.
    static func facts(of id: OptionID) -> [String] {
        let row = id.row
        var facts: [String] = []
        switch row.repeats {
        case .lastWins: break
        case .appends: facts.append("It may be given several times.")
        case .perURL: facts.append("It may be given several times: the Nth belongs to the Nth URL.")
        case .lastOfGroup(let names): facts.append("Of \(names) the last one given counts.")
        }
        if row.scope == .global, row.category != .tool {
            facts.append("It holds for the whole run; --next does not reset it.")
        }
        let others = id.otherNames.map { "--\($0)" }
        if !others.isEmpty { facts.append("Also spelled \(others.joined(separator: ", ")).") }
        if row.kind.isNegatable {
            facts.append("\(row.kind.isDocumentedNegated ? "--" : "--no-")\(id.rawValue) takes it back.")
        }
        return facts
    }

    private static func essentials(_ columns: Int) -> String {
        "Usage: ferry [options...] <url>...\n"
            + list(OptionID.allCases.filter { $0.row.isEssential }, columns) + "\n"
            + TextWrap.wrap(
                "These are the essential ones. 'ferry --help category' lists the categories, 'ferry --help tls' the "
                    + "options of one, 'ferry --help all' every option, and 'ferry --help --retry' tells all about one.",
                width: columns)
    }

    private static func section(_ category: OptionCategory, _ columns: Int) -> String {
        TextWrap.wrap(category.title + ":", width: columns) + list(options(in: category), columns)
    }

    private static func categories() -> String {
        var text = "Usage: ferry --help <category>\n"
        for category in OptionCategory.allCases where category != .hidden {
            text += "  " + padded(category.rawValue, to: 12) + category.title + "\n"
        }
        return text
    }

    /// One or more lines an option: label and help, side by side where they fit.
    private static func list(_ options: [OptionID], _ columns: Int) -> String {
        let labels = options.map { "  " + label(of: $0) }
        // One long placeholder must not push all texts to the right.
        let room = min(columns / 2, 34)
        let width = labels.map(\.count).filter { $0 + 2 <= room }.max().map { $0 + 2 } ?? room
        let indent = String(repeating: " ", count: width)
        var text = ""
        for (id, label) in zip(options, labels) {
            if label.count + 2 > width {
                text +=
                    label + "\n" + TextWrap.wrap(id.row.help, width: columns, first: indent, indent: indent)
            } else {
                text += TextWrap.wrap(
                    id.row.help, width: columns, first: padded(label, to: width), indent: indent)
            }
        }
        return text
    }

    /// All about one option.
    static func about(_ id: OptionID, _ columns: Int) -> String {
        let indent = "    "
        let row = id.row
        var text = label(of: id).drop { $0 == " " } + "\n"
        text += TextWrap.wrap(row.help, width: columns, first: indent, indent: indent)
        for paragraph in TextWrap.paragraphs(row.text) + [facts(of: id).joined(separator: " ")]
        where !paragraph.isEmpty {
            text += "\n" + TextWrap.wrap(paragraph, width: columns, first: indent, indent: indent)
        }
        guard !row.example.isEmpty else { return String(text) }
        return text + "\n\(indent)Example:\n\(indent)  ferry \(row.example)\n"
    }

    /// The option of a topic with its dashes; both the positive and the `--no-` spelling.
    private static func option(named topic: String) -> OptionID? {
        if topic.hasPrefix("--") {
            let name = String(topic.dropFirst(2))
            return OptionID.named(name)
                ?? (name.hasPrefix("no-") ? OptionID.named(String(name.dropFirst(3))) : nil)
        }
        let letters = topic.unicodeScalars.dropFirst()
        guard letters.count == 1, let letter = letters.first else { return nil }
        return OptionID(letter: letter)
    }

    private static func refusal(_ topic: String, _ problem: String) -> UsageError {
        UsageError(flag: "--help", value: topic, problem: problem)
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }
}
