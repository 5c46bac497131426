/// The four voices in which the tool speaks to people: note, warning, error and usage. Bytes of answers never go here.
///
/// | voice | looks like | heard |
/// |---|---|---|
/// | note | `Note: text` | with `-v` or a trace, unless `-s` |
/// | warning | `Warning: text` | unless `-s`, with or without `-S` |
/// | error | `ferry: (6) text` | unless `-s` without `-S` |
/// | usage | `ferry: text` and a hint | always |
final class Diagnostics {
    /// What the options say about hearing them.
    struct Policy: Equatable {
        var isSilent = false
        var showsErrors = false
        var isVerbose = false
    }

    let stream: TextStream
    var policy: Policy

    init(stream: TextStream, policy: Policy = Policy()) {
        self.stream = stream
        self.policy = policy
    }

    func note(_ text: String) {
        guard policy.isVerbose, !policy.isSilent else { return }
        say("Note: ", text)
    }

    func warning(_ text: String) {
        guard !policy.isSilent else { return }
        say("Warning: ", text)
    }

    /// `code` is the exit status that this failure stands for.
    func error(_ code: Int, _ text: String) {
        guard !policy.isSilent || policy.showsErrors else { return }
        say("ferry: ", "(\(code)) \(text)")
    }

    /// What is wrong with the command line.
    func usage(_ text: String) {
        say("ferry: ", text)
        say("ferry: ", "try 'ferry --help' for more information")
    }

    private func say(_ prefix: String, _ text: String) {
        // Whatever the stream is now, people read it on a terminal in the end.
        stream.print(Self.layOut(TerminalText.escaped(text), prefix: prefix, columns: stream.columns))
    }

    /// The message in lines. The text's first line is wrapped between words at `columns` (nil: not at all) and each
    /// piece gets the prefix; further lines of the text, as of a URL with a caret below it, stay as they are.
    static func layOut(_ text: String, prefix: String, columns: Int?) -> String {
        let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        var result = ""
        let room = columns.map { max(1, $0 - prefix.count) } ?? Int.max
        var line = ""
        for word in lines[0].split(separator: " ", omittingEmptySubsequences: false) {
            if !line.isEmpty, line.count + 1 + word.count > room {
                result += prefix + line + "\n"
                line = String(word)
            } else {
                line += line.isEmpty ? String(word) : " " + word
            }
        }
        result += prefix + line + "\n"
        if lines.count == 2 { result += lines[1] + "\n" }
        return result
    }
}
