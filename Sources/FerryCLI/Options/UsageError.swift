/// What is wrong with the command line or a config file, found before anything is opened or written.
///
/// `description` is one sentence without prefix and trailing period; the caller puts the name of the tool before it and
/// prints `hint` on the next line.
package struct UsageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The option as it was typed (`-m`, `--no-limit`); empty when no option is concerned.
    package let flag: String
    /// The refused value, whole and as given; nil when no value is concerned or it is a secret.
    package let value: String?
    /// What is wrong and what would be right, written to follow the value: `is not a whole number (0 or more)`.
    package let problem: String
    /// The process's exit status for this error.
    package let status: ExitStatus
    /// `file:line` when the option stands in a config file.
    package var location: String?
    /// What `--stderr` named before it.
    package var messages: TextTarget?
    /// What `--secret-value-env` named before it.
    package var secretVariables: [String] = []

    /// An error of `flag`; a `value` is quoted, shortened and stripped of control characters when it is printed.
    package init(flag: String, value: String? = nil, problem: String, status: ExitStatus = .usage) {
        self.flag = flag
        self.value = value
        self.problem = problem
        self.status = status
    }

    /// The sentence: place, option, value, problem.
    package var description: String {
        var text = ""
        if let location { text += "\(location): " }
        if !flag.isEmpty { text += "option \(Quoting.printable(flag)): " }
        if let value { text += "\(Quoting.quoted(Quoting.withoutLogin(value))) " }
        return text + problem
    }

    /// The same with what `hide` leaves of its value and its problem, before either is shortened.
    package func hiding(_ hide: (String) -> String) -> UsageError {
        var error = UsageError(
            flag: flag, value: value.map(hide), problem: hide(problem), status: status)
        (error.location, error.messages) = (location, messages)
        return error
    }

    /// The line that follows the error: where help is.
    package static let hint = "try 'ferry --help' for more information"
}

/// Puts text that came from outside into messages: control characters escaped, length bounded.
package enum Quoting {
    /// The most Unicode scalars of a value that a message shows.
    private static let longest = 80

    /// `text` in single quotes, fit for a terminal.
    package static func quoted(_ text: String) -> String {
        "'\(printable(text))'"
    }

    /// `text` with every control character as `\xNN` or `\u{…}`, cut at 80 characters.
    package static func printable(_ text: String) -> String {
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            count += 1
            if count > longest { return result + "..." }
            switch scalar.value {
            case 0x00..<0x20, 0x7F: result += "\\x" + hex(scalar.value)
            // C1 controls, line separators and the marks that reorder text.
            case 0x80..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
                result += "\\u{\(hex(scalar.value))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A URL with asterisks in place of its user and password.
    static func withoutLogin(_ text: String) -> String {
        let bytes = text.utf8
        guard let mark = text.index(behind: "://") else { return text }
        let authority = bytes[mark...].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { return text }
        return text[..<mark] + "***" + text[at...]
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return digits.utf8.count < 2 ? "0" + digits : digits
    }
}

extension String {
    /// The index behind the first `mark`; nil without one.
    fileprivate func index(behind mark: String) -> String.Index? {
        var rest = utf8[...]
        while !rest.isEmpty {
            if rest.starts(with: mark.utf8) { return utf8.index(rest.startIndex, offsetBy: mark.utf8.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
