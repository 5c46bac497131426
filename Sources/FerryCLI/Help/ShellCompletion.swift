/// Completion scripts for shells, made from the option table.
enum ShellCompletion {
    /// What a shell offers for an option's value.
    private enum Offer {
        /// The option has no value.
        case none
        case anything
        case files
        case folders
        case words([String])
    }

    private static var options: [Option] {
        OptionTable.all.filter { $0.category != .hidden && $0.category != .curl }
    }

    private static func offer(_ option: Option) -> Offer {
        if !option.suggestions.isEmpty { return .words(option.suggestions) }
        guard let name = option.kind.valueName else { return .none }
        if name == "folder" { return .folders }
        if option.kind.traits.contains(.file) || name.contains("file") { return .files }
        return .anything
    }

    /// All spellings of an option, the documented one first.
    private static func spellings(_ option: Option) -> [String] {
        let alias = option.alias.map { ["--\($0)"] } ?? []
        return (option.letter.map { ["-\($0)"] } ?? []) + [option.documentedName] + alias
    }

    // MARK: bash

    static var bash: String {
        var byOffer: [(pattern: [String], action: String)] = []
        for option in options {
            let action: String
            switch offer(option) {
            case .none: continue
            case .anything: action = ":"
            case .files: action = "_ferry_offer -f -- \"$word\""
            case .folders: action = "_ferry_offer -d -- \"$word\""
            case .words(let words): action = "_ferry_offer -W '\(words.joined(separator: " "))' -- \"$word\""
            }
            if let index = byOffer.firstIndex(where: { $0.action == action }) {
                byOffer[index].pattern += spellings(option)
            } else {
                byOffer.append((spellings(option), action))
            }
        }
        let cases = byOffer.map {
            "        \($0.pattern.joined(separator: " | ")))\n            \($0.action)\n            return\n            ;;\n"
        }
        let names = options.flatMap(spellings).joined(separator: " ")
        return """
            # bash completion for ferry, made from its option table by 'ferry --generate bash'

            _ferry_offer() {
                mapfile -t COMPREPLY < <(compgen "$@")
            }

            _ferry() {
                local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
                # In --name=value the shell makes a word of the equals sign.
                [[ $word == = ]] && word= || { [[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD - 2]}; }
                COMPREPLY=()
                case $before in
            \(cases.joined())    esac
                [[ $word == -* ]] && _ferry_offer -W '\(names)' -- "$word"
            }

            complete -o filenames -F _ferry ferry

            """
    }

    // MARK: zsh

    static var zsh: String {
        var specs = ""
        for option in options {
            let names = spellings(option)
            let value: String
            switch offer(option) {
            case .none: value = ""
            case .anything: value = ":\(zshEscaped(option.kind.valueName ?? "")):"
            case .files: value = ":\(zshEscaped(option.kind.valueName ?? "")):_files"
            case .folders: value = ":folder:_files -/"
            case .words(let words):
                value = ":\(zshEscaped(option.kind.valueName ?? "topic")):(\(words.joined(separator: " ")))"
            }
            let repeats = option.repeats == .appends || option.repeats == .perURL
            let text = "[\(zshEscaped(option.abstract))]\(value)"
            // A value may follow a letter at once and a long name after an equals sign.
            let specNames = names.map { name in
                let suffix = option.kind.valueName == nil ? "" : name.hasPrefix("--") ? "=" : "+"
                return zshEscaped(name) + suffix
            }
            let star = repeats ? "*" : ""
            if names.count == 1 {
                specs += "    '\(star)\(specNames[0])\(text)' \\\n"
            } else {
                // Spellings of one option exclude each other, unless it may be given again.
                let lead = repeats ? star : "(\(names.joined(separator: " ")))"
                specs += "    '\(lead)'{\(specNames.map { "'\($0)'" }.joined(separator: ","))}'\(text)' \\\n"
            }
        }
        return """
            #compdef ferry
            # zsh completion for ferry, made from its option table by 'ferry --generate zsh'

            _arguments -s -S \\
            \(specs)    '*:url:_urls'

            """
    }

    /// Text within a bracketed or colon-separated part of a single-quoted `_arguments` spec.
    private static func zshEscaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "[", "]", ":", "\\": result += "\\\(character)"
            case "'": result += "'\\''"
            default: result.append(character)
            }
        }
        return result
    }

    // MARK: fish

    static var fish: String {
        var text =
            "# fish completion for ferry, made from its option table by 'ferry --generate fish'\n\ncomplete -c ferry -f\n"
        for option in options {
            var line = "complete -c ferry"
            if let letter = option.letter { line += " -s '\(letter)'" }
            for name in spellings(option) where name.hasPrefix("--") { line += " -l \(name.dropFirst(2))" }
            switch offer(option) {
            case .none: break
            case .anything: line += " -x"
            case .files: line += " -r -F"
            case .folders: line += " -x -a '(__fish_complete_directories)'"
            case .words(let words): line += " -x -a '\(words.joined(separator: " "))'"
            }
            let help = option.abstract.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
            text += line + " -d '\(help)'\n"
        }
        return text
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
