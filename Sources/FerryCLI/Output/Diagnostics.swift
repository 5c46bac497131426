/// The four voices in which the tool speaks to people: note, warning, error and usage. Bytes of answers never go here.
///
/// | voice | looks like | heard |
/// |---|---|---|
/// | note | `Note: text` | with `-v` or a trace, unless `-s` |
/// | the same as news | `Note: text` | unless `-s` |
/// | warning | `Warning: text` | unless `-s`, with or without `-S` |
/// | error | `ferry: (6) text` | unless `-s` without `-S` |
/// | usage | `ferry: text` and a hint | always |
final class Diagnostics {
    /// Which voices the options let through.
    struct Policy: Equatable {
        var isSilent = false
        var showsErrors = false
        var isVerbose = false
    }

    let stream: TextStream
    var policy: Policy
    /// What is hidden in all that is said; names were looked at where a text was made.
    var secrets = Secrets()

    init(stream: TextStream, policy: Policy = Policy()) {
        self.stream = stream
        self.policy = policy
    }

    func note(_ text: String) {
        guard policy.isVerbose, !policy.isSilent else { return }
        say("Note: ", text)
    }

    /// A note about something under way that people wait for: shown unless `-s`.
    func news(_ text: String) {
        guard !policy.isSilent else { return }
        say("Note: ", text)
    }

    func warning(_ text: String) {
        guard !policy.isSilent else { return }
        say("Warning: ", text)
    }

    /// `code` is the exit status that this failure stands for. The lines `below` follow as they are, without a prefix.
    func error(_ code: Int, _ text: String, below: [String] = []) {
        guard !policy.isSilent || policy.showsErrors else { return }
        say("ferry: ", "(\(code)) \(text)", below: below)
    }

    /// What is wrong with the command line.
    func usage(_ text: String) {
        say("ferry: ", text)
        say("ferry: ", "try 'ferry --help' for more information")
    }

    private func say(_ prefix: String, _ text: String, below: [String] = []) {
        // Whatever the stream is, the text may end up on a terminal.
        let message = Self.layOut(
            TerminalText.escapedLine(secrets.text(text)), prefix: prefix, columns: stream.columns)
        stream.print(below.reduce(message) { $0 + TerminalText.escapedLine(secrets.text($1)) + "\n" })
    }

    /// The message in lines: wrapped between words at `columns` (nil: not at all), each piece with the prefix.
    static func layOut(_ text: String, prefix: String, columns: Int?) -> String {
        let room = columns.map { max(1, $0 - prefix.count) } ?? Int.max
        var result = ""
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !line.isEmpty, line.count + 1 + word.count > room {
                result += prefix + line + "\n"
                line = String(word)
            } else {
                line += line.isEmpty ? String(word) : " " + word
            }
        }
        return result + prefix + line + "\n"
    }
}
