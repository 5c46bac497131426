// Values of options about where bytes go and how they are shown.

/// One `-o`, `-O` or `--no-remote-name`.
package enum OutputArgument: Equatable, Sendable {
    /// `-o path`, with its `#1` references; `-` = standard output, even when that is a terminal.
    case file(String)
    /// `-O`.
    case remoteName
    /// `--no-remote-name`: standard output, as without an option.
    case none
    /// `--out-null`.
    case nowhere
}

/// Where text of the tool goes (headers, traces, cookies, messages).
package enum TextTarget: Equatable, Sendable {
    case file(String)
    case standardOutput
    case standardError

    /// `-` is standard output and `%` standard error.
    init(_ text: String) {
        switch text {
        case "-": self = .standardOutput
        case "%": self = .standardError
        default: self = .file(text)
        }
    }

    /// The text that names it.
    var argument: String {
        switch self {
        case .file(let path): path
        case .standardOutput: "-"
        case .standardError: "%"
        }
    }
}

/// `--pretty`.
package enum PrettyChoice: String, Sendable {
    case auto, all, none
}

/// The values of `--progress`.
package enum ProgressChoice: String, Equatable, Sendable, CaseIterable {
    case auto
    case bars
    case plain
    case json
    case none
}

/// `--remote-name-all`, or the word that ends it, where it stands among the URLs.
package struct RemoteNameSwitch: Equatable, Sendable {
    /// The first URL that it holds for.
    package var place: Int
    package var isOn: Bool
}

extension OperationSettings {
    /// From here on, URLs without an output of their own are saved under their names, or not. An output or an upload that
    /// stands before its URL has a place already.
    mutating func switchRemoteNames(_ isOn: Bool) {
        let place = max(urls.count, outputs.count, uploads.count)
        remoteNameSwitches.append(RemoteNameSwitch(place: place, isOn: isOn))
    }
}
