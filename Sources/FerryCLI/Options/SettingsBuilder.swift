import HTTPCore

/// Collects `Settings` while options are applied one after another.
///
/// A class because the stores of the option table change it in place; it lives for one parse only.
package final class SettingsBuilder {
    /// The most bytes that an option loads from one file.
    static let largestFile = 1 << 30

    var settings = Settings()
    /// The operation that options apply to now; moved into `settings` by `nextOperation` and `finish`.
    var operation = OperationSettings()
    /// Config files that are being read, one inside another.
    var configDepth = 0
    /// The number of the token being parsed, over all sources.
    var token = 0
    let files: any FileSource
    /// The variables of the environment.
    let environment: (String) -> String?
    /// What `--variable` has set so far; they hold for the whole run.
    var variables = Variables()
    /// The token of the last `-v`, so that only letters of one token add up.
    private var verboseToken = -1
    /// The place of the option being applied, for warnings: empty on the command line, else `file:line: `.
    var place = ""

    init(files: any FileSource, environment: @escaping (String) -> String? = { _ in nil }) {
        self.files = files
        self.environment = environment
    }

    var global: GlobalSettings {
        get { settings.global }
        _modify { yield &settings.global }
    }

    /// Adds a text for the warning voice.
    func warn(_ text: String) {
        settings.warnings.append(place + text)
    }

    /// Adds a text for the note voice, unless it was said before.
    func note(_ text: String) {
        if !settings.notes.contains(place + text) { settings.notes.append(place + text) }
    }

    /// Stores one occurrence of an option, whose value has been checked for presence.
    func apply(_ option: Option, _ use: OptionUse) throws(UsageError) {
        if CarriedText.isCarried(use.value), option.inert == nil,
            option.kind.traits.isDisjoint(with: [.bytes, .file])
        {
            throw UsageError(flag: use.flag, problem: "the value is not UTF-8 text")
        }
        let traits = option.kind.traits
        if traits.contains(.file) || !traits.contains(.bytes) { try use.checkName(use.value) }
        if option.kind.needsValue { try checkText(traits, use) }
        switch option.kind {
        case .action(let apply), .optionalValue(let apply), .choice(_, let apply),
            .attachedValue(_, _, let apply), .value(_, _, let apply):
            try apply(self, use)
        case .toggle(_, let store):
            store(self, use.isOn)
        case .level(let store):
            store(self, use)
        case .text(_, _, let store):
            store(self, use.value)
        case .seconds(let store):
            guard let duration = OptionValue.seconds(use.value) else {
                throw use.refusal(
                    "is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)")
            }
            store(self, duration)
        case .size(let store):
            guard let bytes = OptionValue.size(use.value) else {
                throw use.refusal("is not a size (bytes, or with a unit: 100k, 1.5M, 2G)")
            }
            store(self, bytes)
        case .integer(let range, let note, let store):
            guard let number = OptionValue.integer(use.value), range.contains(number) else {
                throw use.refusal("is not a whole number (\(OptionValue.describe(range, note)))")
            }
            store(self, number)
        }
    }

    /// Adds a token that is no option.
    func addURL(_ text: String) throws(UsageError) {
        let use = OptionUse(flag: "--url", value: CarriedText.percentEncoded(text))
        try checkText([], use)
        try URLGroup.url(self, use)
    }

    /// Starts a new operation.
    func nextOperation(_ use: OptionUse) throws(UsageError) {
        guard !operation.urls.isEmpty else {
            throw UsageError(flag: use.flag, problem: "needs a URL before it")
        }
        finishOperation()
        settings.operations.append(OperationSettings())
    }

    /// The result, once all options have been applied.
    func finish() -> Settings {
        finishOperation()
        return settings
    }

    private func finishOperation() {
        settings.operations[settings.operations.count - 1] = operation
        operation = OperationSettings()
    }

    /// Notes a reader of standard input, of which there can be only one.
    func claimStandardInput(_ use: OptionUse) throws(UsageError) {
        if let reader = settings.standardInputReader {
            throw UsageError(
                flag: use.flag, problem: "standard input is read by \(Quoting.printable(reader)) already")
        }
        settings.standardInputReader = use.flag
    }

    /// The content of a file that an option names; `-` is standard input.
    func load(_ path: String, _ use: OptionUse) throws(UsageError) -> [UInt8] {
        try use.checkName(path)
        if path == "-" { try claimStandardInput(use) }
        do {
            return path == "-"
                ? try files.standardInput(limit: Self.largestFile)
                : try files.contents(of: path, limit: Self.largestFile)
        } catch {
            throw Self.unreadable(path, error, use)
        }
    }

    /// The error for a file that cannot be read; `-` is standard input.
    static func unreadable(_ path: String, _ error: FileReadError, _ use: OptionUse) -> UsageError {
        let name = path == "-" ? "standard input" : Quoting.quoted(path)
        return UsageError(
            flag: use.flag, problem: "cannot read \(name): \(error)",
            status: error == .timedOut ? .timedOut : .readFailed)
    }

    /// The text of a file that an option names; what is not UTF-8 is carried (`CarriedText`).
    func loadCarriedText(_ path: String, _ use: OptionUse) throws(UsageError) -> String {
        CarriedText.text(of: try load(path, use).withoutByteOrderMark)
    }

    /// The text of a file that an option names, which must be UTF-8.
    func loadText(_ path: String, _ use: OptionUse) throws(UsageError) -> String {
        guard let text = String(validating: try load(path, use), as: UTF8.self) else {
            throw UsageError(
                flag: use.flag, problem: "the content of \(Quoting.quoted(path)) is not UTF-8 text",
                status: .readFailed)
        }
        return text
    }

    /// `-v` counts within one token; a later token starts again at 1.
    func raiseVerbosity(_ use: OptionUse) {
        if use.isOn {
            global.verbosity = use.token == verboseToken ? min(global.verbosity + 1, 4) : 1
            if global.traceAscii != nil {
                global.traceAscii = nil
                warn("\(use.flag) overrides the \(global.traceIsHex ? "--trace" : "--trace-ascii") before it")
            }
        } else {
            global.verbosity = 0
        }
        verboseToken = use.token
    }

    private func checkText(_ traits: ValueTraits, _ use: OptionUse) throws(UsageError) {
        guard !use.value.isEmpty else {
            if traits.contains(.mayBeBlank) { return }
            throw UsageError(flag: use.flag, problem: "needs a value that is not empty")
        }
        var start = use.value.utf8.prefix(3).makeIterator()
        let first = start.next()
        let second = start.next()
        if first == 0xE2, second == 0x80, start.next() != nil, !traits.contains(.secret) {
            warn(
                "option \(use.flag): \(Quoting.quoted(use.value)) starts with a typographic quote or dash; "
                    + "was a plain one meant?")
        }
        if traits.contains(.file), first == UInt8(ascii: "-"), let second, second != UInt8(ascii: "-") {
            warn("option \(use.flag): the file name \(Quoting.quoted(use.value)) looks like an option")
        }
    }
}

extension OptionUse {
    /// Refuses what config files alone can hold: the kernel would read a name up to its NUL only.
    func checkName(_ name: String) throws(UsageError) {
        guard name.utf8.contains(0) else { return }
        throw UsageError(flag: flag, problem: "holds a NUL, which is in no name and no number")
    }

    /// The error for a value of the wrong form: `problem` follows the quoted value.
    func refusal(_ problem: String, status: ExitStatus = .usage) -> UsageError {
        UsageError(flag: flag, value: value, problem: problem, status: status)
    }
}
