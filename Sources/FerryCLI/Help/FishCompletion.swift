// fish.
extension ShellCompletion {
    static var fish: String {
        var text =
            "# fish completion for ferry, made from its option table by 'ferry --generate fish'\n"
            + fishReader
            + "complete -c ferry -f\n"
        for option in options {
            var line = "complete -c ferry"
            if let letter = option.letter { line += " -s '\(letter)'" }
            for name in spellings(option) where name.hasPrefix("--") { line += " -l \(name.dropFirst(2))" }
            switch offer(option) {
            case .none: break
            case .anything: line += " -x"
            case .files: line += " -r -F"
            case .folders: line += " -x -a '(__fish_complete_directories)'"
            case .words(let words):
                let files = words.filter { $0.hasSuffix("=") || $0.hasSuffix(":") }
                line += option.kind.needsValue ? " -x" : " -f"
                line += " -a '\(words.joined(separator: " "))"
                line += files.isEmpty ? "'" : " (__ferry_behind \"^[^=:]*[=:]\")'"
            case .filesBehind(let pattern): line += " -x -a '(__ferry_behind \"\(pattern)\")'"
            }
            let help = option.abstract.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
            text += line + " -d '\(help)'\n"
        }
        return text
    }

    private static let fishReader = #"""

        # Files behind what the pattern matches.
        function __ferry_behind
            set -l word (string replace -r -- '^--[^=]*=' '' (commandline -ct))
            set -l head (string match -r -- $argv[1] $word)[1]
            test -n "$head"; or return
            set -l rest (string sub -s (math (string length -- $head) + 1) -- $word)
            for path in $rest*
                if test -d $path
                    echo $head$path/
                else
                    echo $head$path
                end
            end
        end


        """#
}
