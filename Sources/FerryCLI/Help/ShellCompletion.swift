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

    private static var options: [OptionID] {
        OptionID.allCases.filter { $0.row.category != .hidden }
    }

    private static func offer(_ id: OptionID) -> Offer {
        let kind = id.row.kind
        guard let placeholder = kind.placeholder else { return id == .help ? .words(topics) : .none }
        switch id {
        case .addressFamily: return .words(["any", "ipv4", "ipv6"])
        case .request: return .words(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
        default: break
        }
        if placeholder == "folder" { return .folders }
        return kind.traits.contains(.file) || placeholder.contains("file") ? .files : .anything
    }

    private static var topics: [String] {
        ["all", "category"] + OptionCategory.allCases.filter { $0 != .hidden }.map(\.rawValue)
    }

    /// All spellings of an option, the documented one first.
    private static func spellings(_ id: OptionID) -> [String] {
        let others = id.otherNames.map { "--\($0)" }
        return (id.letter.map { ["-\($0)"] } ?? []) + [id.documentedName] + others
    }

    // MARK: bash

    static var bash: String {
        var byOffer: [(pattern: [String], action: String)] = []
        for id in options {
            let action: String
            switch offer(id) {
            case .none: continue
            case .anything: action = ":"
            case .files: action = "_ferry_offer -f -- \"$word\""
            case .folders: action = "_ferry_offer -d -- \"$word\""
            case .words(let words): action = "_ferry_offer -W '\(words.joined(separator: " "))' -- \"$word\""
            }
            if let index = byOffer.firstIndex(where: { $0.action == action }) {
                byOffer[index].pattern += spellings(id)
            } else {
                byOffer.append((spellings(id), action))
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
        for id in options {
            let row = id.row
            let names = spellings(id)
            let value: String
            switch offer(id) {
            case .none: value = ""
            case .anything: value = ":\(zshEscaped(row.kind.placeholder ?? "")):"
            case .files: value = ":\(zshEscaped(row.kind.placeholder ?? "")):_files"
            case .folders: value = ":folder:_files -/"
            case .words(let words):
                value = ":\(zshEscaped(row.kind.placeholder ?? "topic")):(\(words.joined(separator: " ")))"
            }
            let repeats = row.repeats == .appends || row.repeats == .perURL
            let text = "[\(zshEscaped(row.help))]\(value)"
            // A value may follow a letter at once and a long name after an equals sign.
            let specNames = names.map { name in
                let suffix = row.kind.placeholder == nil ? "" : name.hasPrefix("--") ? "=" : "+"
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
        for id in options {
            var line = "complete -c ferry"
            if let letter = id.letter { line += " -s '\(letter)'" }
            for name in [String(id.documentedName.dropFirst(2))] + id.otherNames { line += " -l \(name)" }
            switch offer(id) {
            case .none: break
            case .anything: line += " -x"
            case .files: line += " -r -F"
            case .folders: line += " -x -a '(__fish_complete_directories)'"
            case .words(let words): line += " -x -a '\(words.joined(separator: " "))'"
            }
            let help = id.row.help.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
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
        }
    }
}
