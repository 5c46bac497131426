import HTTPCore

/// What heads and bodies look like to people: decided by options and environment, and by whether a terminal shows them.
struct Presentation: Equatable {
    private let choice: PrettyChoice
    /// `--styled-output`; nil = not given.
    private let styledOutput: Bool?
    private let coloursOnTerminal: Bool
    private let coloursElsewhere: Bool

    init(
        _ choice: PrettyChoice = .auto, styledOutput: Bool? = nil,
        environment: (String) -> String? = { _ in nil }
    ) {
        self.choice = choice
        self.styledOutput = styledOutput
        // https://no-color.org and https://bixense.com/clicolors
        let isRefused = environment("NO_COLOR") ?? "" != ""
        let isForced = !isRefused && !["", "0"].contains(environment("CLICOLOR_FORCE") ?? "")
        coloursOnTerminal = isForced || !isRefused && environment("TERM") != "dumb"
        coloursElsewhere = isForced
    }

    /// Whether header fields that are shown have colours.
    func styles(headsOnTerminal isTerminal: Bool) -> Bool {
        if styledOutput == false { return false }
        switch choice {
        case .all: return true
        case .none: return styledOutput ?? false && isTerminal
        case .auto: return isTerminal ? styledOutput ?? coloursOnTerminal : coloursElsewhere
        }
    }

    /// How JSON on standard output is shown; nil = as it is. `isWhole` where every byte was asked for (`-o -`).
    func json(onTerminal isTerminal: Bool, isWhole: Bool) -> JSONPrinter.Style? {
        switch choice {
        case .none: return nil
        case .all: return JSONPrinter.Style(isIndented: true, isColoured: true)
        case .auto:
            if isWhole { return nil }
            if isTerminal { return JSONPrinter.Style(isIndented: true, isColoured: coloursOnTerminal) }
            return coloursElsewhere ? JSONPrinter.Style(isIndented: false, isColoured: true) : nil
        }
    }
}
