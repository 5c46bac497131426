import HTTPCore

/// Completion scripts for shells, made from the option table. They offer options, choices and files; never hosts, which
/// would be those of `~/.ssh/known_hosts`.
enum ShellCompletion {
    /// What a shell offers for an option's value.
    enum Offer: Equatable {
        /// The option has no value.
        case none
        case anything
        case files
        case folders
        /// One that ends in `=` or `:` is followed by a file.
        case words([String])
        /// Files behind what this regular expression, which all shells know, matches at the beginning.
        case filesBehind(String)
    }

    /// All that is offered: what does nothing is not.
    static var options: [Option] {
        OptionTable.all.filter { $0.category != .hidden && $0.category != .curl }
    }

    static func offer(_ option: Option) -> Offer {
        if !option.suggestions.isEmpty { return .words(option.suggestions) }
        guard let name = option.kind.valueName else { return .none }
        if let choices = choices(name) { return .words(choices) }
        let traits = option.kind.traits
        if traits.contains(.fileBehindAt) { return .filesBehind("^@") }
        if traits.contains(.fileBehindName) {
            return .filesBehind(name == "name=content" ? "^[^=]*=[@<](.*,)?" : "^[^=@]*@")
        }
        if name == "folder" { return .folders }
        if name.hasSuffix("=path") { return .filesBehind("^[^=]*=") }
        return traits.contains(.file) || name.contains("file") ? .files : .anything
    }

    /// The choices that the name of a value lists: `none|text|all`.
    private static func choices(_ name: String) -> [String]? {
        let kinds: Set<String> = [
            "data", "date", "file", "format", "hex", "ms", "name", "number", "pairs", "seconds", "size",
        ]
        let words = name.split(separator: "|").map(String.init)
        let isList =
            words.count > 1
            && words.allSatisfy { word in
                !kinds.contains(word)
                    && word.utf8.allSatisfy { ASCII.isDigit($0) || (0x61...0x7A).contains($0) }
            }
        return isList ? words : nil
    }

    /// All spellings of an option, the documented one first among the long ones.
    static func spellings(_ option: Option) -> [String] {
        let alias = option.alias.map { ["--\($0)"] } ?? []
        return (option.letter.map { ["-\($0)"] } ?? []) + [option.documentedName] + alias
    }
}

extension GeneratedText {
    /// The text, ending with a line feed.
    package var content: String {
        switch self {
        case .man: ManPage.source
        case .bash: ShellCompletion.bash
        case .zsh: ShellCompletion.zsh
        case .fish: ShellCompletion.fish
        case .eventsSchema: EventSchema.jsonSchema
        }
    }
}
