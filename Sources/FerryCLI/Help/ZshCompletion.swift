// zsh. URLs are completed by their schemes alone: its own `_urls` offers hosts.
extension ShellCompletion {
    static var zsh: String {
        let specs = options.map(zshSpec).joined()
        return """
            #compdef ferry
            # zsh completion for ferry, made from its option table by 'ferry --generate zsh'

            # Files behind what the pattern matches.
            _ferry_behind() {
                [[ $PREFIX =~ $1 ]] || return 1
                compset -p ${#MATCH}
                _files
            }

            # Words; behind one with = or : at its end stands a file.
            _ferry_words() {
                if compset -P '*[=:]'; then
                    _files
                else
                    compadd -S '' -- ${(M)@:#*[=:]}
                    compadd -- ${@:#*[=:]}
                fi
            }

            _ferry_urls() {
                compadd -S '' -- http:// https:// unix:
            }

            _ferry() {
                _arguments -s -S \\
            \(specs)        '*:url:_ferry_urls'
            }

            if [[ $funcstack[1] == _ferry ]]; then
                _ferry "$@"
            else
                compdef _ferry ferry
            fi

            """
    }

    private static func zshSpec(_ option: Option) -> String {
        let names = spellings(option)
        let text = "[\(zshEscaped(option.abstract))]\(zshValue(option))"
        // A value may follow a letter at once and a long name after an equals sign.
        let specNames = names.map { name in
            let suffix =
                if option.kind.attachedName != nil { name.hasPrefix("--") ? "=-" : "" } else {
                    option.kind.valueName == nil ? "" : name.hasPrefix("--") ? "=" : "+"
                }
            return zshEscaped(name) + suffix
        }
        let repeats = option.repeats == .appends || option.repeats == .perURL
        let star = repeats ? "*" : ""
        if names.count == 1 { return "        '\(star)\(specNames[0])\(text)' \\\n" }
        // Spellings of one option exclude each other, unless it may be given again.
        let lead = repeats ? star : "(\(names.joined(separator: " ")))"
        return "        '\(lead)'{\(specNames.map { "'\($0)'" }.joined(separator: ","))}'\(text)' \\\n"
    }

    private static func zshValue(_ option: Option) -> String {
        let name = zshEscaped(option.kind.valueName ?? option.kind.attachedName ?? "topic")
        let mark = option.kind.attachedName == nil && option.kind.needsValue ? ":" : "::"
        switch offer(option) {
        case .none: return option.kind.attachedName == nil ? "" : "::\(name):"
        case .anything: return "\(mark)\(name):"
        case .files: return "\(mark)\(name):_files"
        case .folders: return "\(mark)folder:_files -/"
        case .words(let words) where words.contains { $0.hasSuffix("=") || $0.hasSuffix(":") }:
            let list = words.map { $0.replacing(":", with: "\\:") }.joined(separator: " ")
            return "\(mark)\(name):{_ferry_words \(list)}"
        case .words(let words):
            let list = words.map { $0.replacing(":", with: "\\:") }.joined(separator: " ")
            return "\(mark)\(name):(\(list))"
        case .filesBehind(let pattern):
            // Within single quotes, in braces that are code.
            return "\(mark)\(name):{_ferry_behind \"\(pattern)\"}"
        }
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
}
