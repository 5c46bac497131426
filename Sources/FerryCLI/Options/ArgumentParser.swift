/// Turns arguments into options: exact long names, clusters of letters, `--no-`, `--`.
///
/// Arguments are taken in order and applied at once, so that later ones see what earlier ones set.
struct ArgumentParser {
    private let builder: SettingsBuilder
    private let arguments: [String]
    /// The next argument to look at.
    private var position = 0

    private var optionsEnded = false

    /// Applies all arguments (the program's name not among them) until one asks for help and the like.
    /// `passesOverErrors`: goes on behind an option that is wrong.
    static func apply(
        _ arguments: [String], to builder: SettingsBuilder, passesOverErrors: Bool = false
    ) throws(UsageError) {
        var parser = ArgumentParser(builder: builder, arguments: arguments)
        while parser.position < arguments.count, builder.settings.task == .fetch {
            do throws(UsageError) { try parser.parseNext() } catch { if !passesOverErrors { throw error } }
        }
    }

    /// Applies one option of a config file, whose name may lack its dashes.
    static func apply(name: String, value: String?, to builder: SettingsBuilder) throws(UsageError) {
        let isDashed = name.utf8.first == UInt8(ascii: "-")
        var parser = ArgumentParser(
            builder: builder, arguments: [isDashed ? name : "--" + name] + (value.map { [$0] } ?? []),
            isConfigLine: true)
        guard name != "--" else { throw Self.unknown(name) }
        try parser.parseNext()
        guard parser.position >= parser.arguments.count || builder.settings.task != .fetch else {
            throw UsageError(
                flag: parser.arguments[0], value: value, problem: "is given, but the option takes no value")
        }
    }

    private let isConfigLine: Bool

    private init(builder: SettingsBuilder, arguments: [String], isConfigLine: Bool = false) {
        self.builder = builder
        self.arguments = arguments
        self.isConfigLine = isConfigLine
    }

    private mutating func parseNext() throws(UsageError) {
        let argument = arguments[position]
        position += 1
        builder.token += 1
        let bytes = argument.utf8
        guard !optionsEnded, bytes.first == UInt8(ascii: "-") else { return try builder.addURL(argument) }
        guard bytes.count > 1 else { throw Self.unknown(argument) }
        guard bytes.dropFirst().first == UInt8(ascii: "-") else { return try parseCluster(argument) }
        if bytes.count == 2 {
            optionsEnded = true
        } else {
            try parseLong(argument)
        }
    }

    // MARK: Long names

    private mutating func parseLong(_ argument: String) throws(UsageError) {
        let bytes = argument.utf8
        let equals = bytes.firstIndex(of: UInt8(ascii: "="))
        let flag = String(argument[..<(equals ?? argument.endIndex)])
        let attached = equals.map { argument[bytes.index(after: $0)...] }
        let expands = flag.hasPrefix("--expand-")
        let (option, isOn) =
            expands
            ? (try Self.expandable(named: flag.dropFirst(9), flag: flag), true)
            : try Self.option(named: flag.dropFirst(2), flag: flag)
        var use = OptionUse(flag: flag, isOn: isOn, token: builder.token)
        if option.kind.needsValue {
            if let attached {
                use.value = String(attached)
                if let equals {
                    noteSecret(option, at: bytes.distance(from: bytes.startIndex, to: equals) + 1)
                }
            } else {
                use.value = try nextValue(of: option, flag)
            }
            if expands { use.value = try ToolGroup.expanded(builder, use) }
        } else if case .optionalValue = option.kind {
            use.value = attached.map(String.init) ?? optionalValue()
        } else if case .attachedValue = option.kind {
            // A line of a config file says by itself what belongs to its option.
            use.value = attached.map(String.init) ?? (isConfigLine ? optionalValue() : "")
        } else if let attached {
            throw UsageError(
                flag: flag, value: String(attached), problem: "is given, but the option takes no value")
        }
        try builder.apply(option, use)
    }

    /// The option with this long name, or its negation.
    private static func option(named name: Substring, flag: String) throws(UsageError) -> (Option, Bool) {
        if let option = OptionTable.named(String(name)) { return (option, true) }
        guard name.hasPrefix("no-"), let option = OptionTable.named(String(name.dropFirst(3))) else {
            throw unknown(flag)
        }
        guard option.kind.isNegatable else {
            if OptionTable.others.contains(where: { name == $0.name.description }) { throw unknown(flag) }
            throw UsageError(flag: flag, problem: "cannot be reversed; only on/off options have a --no- form")
        }
        return (option, false)
    }

    /// The option whose value `--expand-` and this name put together.
    private static func expandable(named name: Substring, flag: String) throws(UsageError) -> Option {
        guard let option = OptionTable.named(String(name)) else { throw unknown(flag) }
        guard option.kind.needsValue else {
            throw UsageError(flag: flag, problem: "takes no value that could be expanded")
        }
        return option
    }

    // MARK: Letters

    private mutating func parseCluster(_ argument: String) throws(UsageError) {
        var letters = argument.unicodeScalars.dropFirst()
        while let letter = letters.popFirst() {
            let flag = "-\(letter)"
            guard let option = OptionTable.option(letter: letter) else { throw Self.unknown(flag) }
            var use = OptionUse(flag: flag, isOn: !option.kind.isOnByDefault, token: builder.token)
            if option.kind.needsValue {
                let attached = Substring(letters)
                letters = letters[letters.endIndex...]
                if attached.isEmpty {
                    use.value = try nextValue(of: option, flag)
                } else {
                    use.value = String(attached)
                    noteSecret(option, at: argument.utf8.count - attached.utf8.count)
                }
            } else if case .optionalValue = option.kind {
                use.value = optionalValue()
            }
            try builder.apply(option, use)
            if builder.settings.task != .fetch { return }
        }
    }

    // MARK: Values

    private mutating func nextValue(of option: Option, _ flag: String) throws(UsageError) -> String {
        guard position < arguments.count else {
            throw UsageError(flag: flag, problem: "needs a value: <\(option.kind.valueName ?? "")>")
        }
        position += 1
        noteSecret(option, at: 0)
        return arguments[position - 1]
    }

    /// The next argument if there is one, else empty.
    private mutating func optionalValue() -> String {
        guard position < arguments.count else { return "" }
        position += 1
        return arguments[position - 1]
    }

    /// Notes where in the argument vector the value of the option just taken stands, if it is a secret.
    private func noteSecret(_ option: Option, at offset: Int) {
        guard option.kind.traits.contains(.secret), !isConfigLine else { return }
        builder.settings.secrets.append(SecretArgument(index: position - 1, offset: offset))
    }

    // MARK: Errors

    private static func unknown(_ flag: String) -> UsageError {
        var problem = "is unknown"
        if flag.hasPrefix("--"), let suggestion = OptionTable.suggestion(for: String(flag.dropFirst(2))) {
            problem += "; \(suggestion)"
        }
        return UsageError(flag: flag, problem: problem)
    }
}
