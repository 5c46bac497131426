// bash. It makes words of its own at `=`, `@`, `:` and `<`, so that the script reads the line by itself and gives back what
// stands behind the last of them.
extension ShellCompletion {
    static var bash: String {
        var byOffer: [(patterns: [String], action: String)] = []
        for option in options {
            guard let action = bashAction(offer(option)) else { continue }
            if let index = byOffer.firstIndex(where: { $0.action == action }) {
                byOffer[index].patterns += spellings(option)
            } else {
                byOffer.append((spellings(option), action))
            }
        }
        let cases = byOffer.map {
            "        \($0.patterns.joined(separator: " | ")))\n            \($0.action)\n            ;;\n"
        }
        let names = options.flatMap(spellings).joined(separator: " ")
        let attached = options.filter { $0.kind.attachedName != nil }.map(\.documentedName).joined(
            separator: "|")
        return "# bash completion for ferry, made from its option table by 'ferry --generate bash'\n\n"
            + bashReader
                + """
                # What may stand where the cursor is: $before is the word before, $word what there is of this one.
                _ferry_propose() {
                    # Their value stands behind an equals sign only.
                    [[ ! $head && $before == @(\(attached)) ]] && before=
                    case $before in
                \(cases.joined())        *)
                            [[ $word == -* && ! $head ]] && _ferry_words '\(names)'
                            ;;
                    esac
                }

                complete -o filenames -F _ferry ferry

                """
    }

    private static func bashAction(_ offer: Offer) -> String? {
        switch offer {
        case .none: nil
        case .anything: ":"
        case .files: "_ferry_offer -f"
        case .folders: "_ferry_offer -d"
        case .words(let words): "_ferry_words '\(words.joined(separator: " "))'"
        case .filesBehind(let pattern): "_ferry_behind '\(pattern)'"
        }
    }

    private static let bashReader = #"""
        _ferry_offer() {
            mapfile -t COMPREPLY < <(compgen "$@" -- "$word")
        }

        # Files behind what the pattern matches.
        _ferry_behind() {
            [[ $word =~ $1 ]] || return 0
            head+=${BASH_REMATCH[0]}
            word=${word:${#BASH_REMATCH[0]}}
            _ferry_offer -f
            local i
            # Whatever stands before them, readline cannot see that these are folders.
            for i in "${!COMPREPLY[@]}"; do
                [[ -d ${COMPREPLY[i]} ]] && COMPREPLY[i]+=/
            done
            [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == */ ]] && compopt -o nospace 2>/dev/null
            return 0
        }

        # Words; behind one with = or : at its end stands a file.
        _ferry_words() {
            _ferry_offer -W "$1"
            if [[ ${COMPREPLY[0]-} ]]; then
                # They are no files, whose marks are escaped.
                compopt +o filenames 2>/dev/null
                [[ ${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace 2>/dev/null
            elif [[ " $1 " == *" ${word%%[=:]*}"[=:]* ]]; then
                _ferry_behind '^[^=:]*[=:]'
            fi
            return 0
        }

        _ferry() {
            local line=${COMP_LINE:0:COMP_POINT} quote='' word='' before='' head='' char i begun=''
            # Where in the word begins what readline completes: behind a mark, but at an at sign.
            local from=0
            local -a words=()
            for ((i = 0; i < ${#line}; i++)); do
                char=${line:i:1}
                if [[ $quote ]]; then
                    if [[ $char == "$quote" ]]; then quote=''; else word+=$char; fi
                elif [[ $char == [[:space:]] ]]; then
                    [[ $begun ]] && words+=("$word")
                    word='' begun='' from=0
                else
                    begun=1
                    case $char in
                        \\)
                            word+=${line:i + 1:1}
                            ((i++))
                            ;;
                        \' | \")
                            quote=$char
                            from=${#word}
                            ;;
                        @)
                            from=${#word}
                            word+=$char
                            ;;
                        [=:\<\>])
                            word+=$char
                            from=${#word}
                            ;;
                        *) word+=$char ;;
                    esac
                fi
            done
            before=${words[*]: -1}
            # The last letter of several takes the value.
            [[ $before == -[!-]?* ]] && before=-${before: -1}
            if [[ $word == --*=* ]]; then
                before=${word%%=*} head=${word%%=*}=
                word=${word#*=}
            fi
            COMPREPLY=()
            _ferry_propose
            for i in "${!COMPREPLY[@]}"; do
                char=$head${COMPREPLY[i]}
                COMPREPLY[i]=${char:from}
            done
        }


        """#
}
