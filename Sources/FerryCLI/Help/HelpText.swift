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
            guard let option = option(named: topic) else { throw refusal(topic, "is no option of ferry") }
            return about(option, columns)
        }
        switch topic {
        case "category": return categories()
        case "all":
            return OptionCategory.shown.filter { $0 != .curl }
                .map { section($0, columns) }
                .joined(separator: "\n") + "\n" + withoutEffect(columns)
        default:
            guard let category = OptionCategory(rawValue: topic), category != .hidden else {
                throw refusal(topic, "is neither a category nor an option (see 'ferry --help category')")
            }
            return section(category, columns)
        }
    }

    /// The options of a category in the order of the table.
    static func options(in category: OptionCategory) -> [Option] {
        OptionTable.all.filter { $0.category == category }
    }

    /// The letter, the long name and the name of the value: `-o, --output <file>`.
    static func label(of option: Option) -> String {
        let names = (option.letter.map { "-\($0), " } ?? "    ") + option.documentedName
        if let name = option.kind.attachedName { return "\(names)[=<\(name)>]" }
        return option.kind.valueName.map { "\(names) <\($0)>" } ?? names
    }

    /// What holds for an option beside its text: reach, repetition, other spellings.
    static func facts(of option: Option) -> [String] {
        var facts: [String] = []
        switch option.repeats {
        case .lastWins: break
        case .appends: facts.append("It may be given several times.")
        case .perURL: facts.append("It may be given several times: the Nth belongs to the Nth URL.")
        case .lastOfGroup(let names): facts.append("Of \(names) the last one given counts.")
        }
        if option.scope == .global, option.category != .tool {
            facts.append("It holds for the whole run; --next does not reset it.")
        }
        if let alias = option.alias { facts.append("Also spelled --\(alias).") }
        if option.kind.isNegatable {
            facts.append("\(option.kind.isOnByDefault ? "--" : "--no-")\(option.name) takes it back.")
        }
        return facts
    }

    private static func essentials(_ columns: Int) -> String {
        "Usage: ferry [options...] <url>...\n"
            + list(OptionTable.all.filter(\.isEssential), columns) + "\n"
            + TextWrap.wrap(
                "These are the essential ones. 'ferry --help category' lists the categories, 'ferry --help tls' the "
                    + "options of one, 'ferry --help all' every option, and 'ferry --help --retry' tells all about one.",
                width: columns)
    }

    private static func section(_ category: OptionCategory, _ columns: Int) -> String {
        TextWrap.wrap(category.title + ":", width: columns) + list(options(in: category), columns)
    }

    /// The options that do nothing here, by their names alone.
    private static func withoutEffect(_ columns: Int) -> String {
        let names = options(in: .curl).map(\.documentedName).sorted().joined(separator: " ")
        let title = OptionCategory.curl.title + " ('ferry --help curl' says why):"
        return TextWrap.wrap(title, width: columns)
            + TextWrap.wrap(names, width: columns, first: "  ", indent: "  ")
    }

    private static func categories() -> String {
        var text = "Usage: ferry --help <category>\n"
        for category in OptionCategory.shown {
            text += "  " + padded(category.rawValue, to: 12) + category.title + "\n"
        }
        return text
    }

    /// One or more lines an option: label and help, side by side where they fit.
    private static func list(_ options: [Option], _ columns: Int) -> String {
        let labels = options.map { "  " + label(of: $0) }
        // One long name of a value must not push all texts to the right.
        let room = min(columns / 2, 34)
        let width = labels.map(\.count).filter { $0 + 2 <= room }.max().map { $0 + 2 } ?? room
        let indent = String(repeating: " ", count: width)
        var text = ""
        for (option, label) in zip(options, labels) {
            if label.count + 2 > width {
                text +=
                    label + "\n"
                    + TextWrap.wrap(option.abstract, width: columns, first: indent, indent: indent)
            } else {
                text += TextWrap.wrap(
                    option.abstract, width: columns, first: padded(label, to: width), indent: indent)
            }
        }
        return text
    }

    /// All about one option.
    static func about(_ option: Option, _ columns: Int) -> String {
        let indent = "    "
        var text = label(of: option).drop { $0 == " " } + "\n"
        text += TextWrap.wrap(option.abstract, width: columns, first: indent, indent: indent)
        for paragraph in TextWrap.paragraphs(option.discussion) + [facts(of: option).joined(separator: " ")]
        where !paragraph.isEmpty {
            text += "\n" + TextWrap.wrap(paragraph, width: columns, first: indent, indent: indent)
        }
        guard !option.example.isEmpty else { return String(text) }
        return text + "\n\(indent)Example:\n\(indent)  ferry \(option.example)\n"
    }

    /// The option of a topic with its dashes; both the positive and the `--no-` spelling.
    private static func option(named topic: String) -> Option? {
        if topic.hasPrefix("--") {
            let name = String(topic.dropFirst(2))
            return OptionTable.named(name)
                ?? (name.hasPrefix("no-") ? OptionTable.named(String(name.dropFirst(3))) : nil)
        }
        let letters = topic.unicodeScalars.dropFirst()
        guard letters.count == 1, let letter = letters.first else { return nil }
        return OptionTable.option(letter: letter)
    }

    private static func refusal(_ topic: String, _ problem: String) -> UsageError {
        UsageError(flag: "--help", value: topic, problem: problem)
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }
}
