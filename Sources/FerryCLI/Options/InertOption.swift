internal import HTTPCore

/// An option of curl that ferry knows and that changes nothing here, or that it refuses.
///
/// They stand in people's scripts and config files, so all of them parse as curl parses them. Refused is what would change
/// who can see or forge the traffic, or which protocol was promised, if it were silently ignored.
package struct InertOption: Sendable {
    /// What stands after the name.
    enum Form: Sendable {
        /// Nothing, and there is no way back.
        case action
        /// Nothing; on or off.
        case toggle
        /// Nothing; on by default and documented as `--no-…`.
        case toggleOnByDefault
        case value(StaticString, ValueTraits = [], InertGrammar = .anything)

        fileprivate var isOnByDefault: Bool {
            if case .toggleOnByDefault = self { true } else { false }
        }
    }

    /// What giving it does.
    enum Effect: Equatable, Sendable {
        /// Nothing at all.
        case ignored
        /// A warning.
        case warned
        /// The end of the run with exit status 2.
        case refused
        /// A note: it belongs to other protocols.
        case foreign
        /// Printing this text, and the end of the run.
        case prints(StaticString)

        static func == (one: Effect, other: Effect) -> Bool {
            switch (one, other) {
            case (.ignored, .ignored), (.warned, .warned), (.refused, .refused), (.foreign, .foreign): true
            case (.prints(let text), .prints(let other)): text.description == other.description
            default: false
            }
        }
    }

    var form: Form
    var effect: Effect
    /// Why nothing happens; for options of other protocols their names.
    var reason: StaticString
    /// Values that have another effect.
    var exceptions: [(value: StaticString, effect: Effect)] = []

    static func ignored(_ form: Form, _ reason: StaticString) -> InertOption {
        InertOption(form: form, effect: .ignored, reason: reason)
    }

    static func warned(_ form: Form, _ reason: StaticString) -> InertOption {
        InertOption(form: form, effect: .warned, reason: reason)
    }

    static func refused(
        _ form: Form, _ reason: StaticString, but exceptions: [(value: StaticString, effect: Effect)] = []
    ) -> InertOption {
        InertOption(form: form, effect: .refused, reason: reason, exceptions: exceptions)
    }

    static func foreign(_ form: Form, _ protocols: StaticString) -> InertOption {
        InertOption(form: form, effect: .foreign, reason: protocols)
    }

    /// What this use of the option does.
    func effect(of use: OptionUse) -> Effect {
        // What is not wanted is not there anyway.
        if effect == .refused, !use.isOn { return .ignored }
        for exception in exceptions where use.value == exception.value.description { return exception.effect }
        return effect
    }
}

/// What values of options without effect must look like, so that a slip is found here as curl finds it.
enum InertGrammar: Sendable {
    case anything
    /// Octal digits, at most 777.
    case fileMode
    /// 32 hexadecimal digits.
    case md5
    /// A whole number that is not negative.
    case number

    /// What is wrong with `value`, to follow it; nil when it is right.
    func problem(of value: String) -> String? {
        switch self {
        case .anything: return nil
        case .fileMode:
            let isMode = !value.isEmpty && Int(value, radix: 8).map { (0...0o777).contains($0) } ?? false
            return isMode && value.utf8.allSatisfy(ASCII.isDigit)
                ? nil : "is not a file mode (octal, 0 to 0777)"
        case .md5:
            return value.utf8.count == 32 && OptionValue.hexadecimal(value)?.count == 16
                ? nil : "is not an MD5 sum (32 hex digits)"
        case .number:
            return OptionValue.integer(value).map { $0 >= 0 } ?? false
                ? nil : "is not a whole number (0 or more)"
        }
    }
}

extension Option {
    /// An option that has no effect.
    convenience init(inert: InertOption, name: String, scope: OptionScope) {
        let documentedName = (inert.form.isOnByDefault ? "--no-" : "--") + name
        let apply: OptionKind.Apply = { (builder, use) throws(UsageError) in
            try builder.applyInert(inert, documentedName, use)
        }
        let kind: OptionKind =
            switch inert.form {
            case .action: .action(apply)
            case .toggle: .choice(default: false, apply)
            case .toggleOnByDefault: .choice(default: true, apply)
            case .value(let name, let traits, _): .value(name, traits, apply)
            }
        self.init(
            .curl, kind, scope: scope, abstract: inert.abstract, discussion: inert.discussion, example: "",
            inert: inert)
    }
}

extension InertOption {
    /// The line of `--help`.
    var abstract: String {
        switch effect {
        case .ignored: "ignored: \(reason)"
        case .warned: "no effect: \(reason)"
        case .refused: "refused: \(reason)"
        case .foreign: "for \(reason)"
        case .prints: "\(reason)"
        }
    }

    /// The paragraph of the manual.
    var discussion: String {
        switch effect {
        case .ignored: return "It has no effect here."
        case .warned: return "It has no effect here, as a warning says."
        case .refused:
            var text = "It ends the run with exit status 2."
            for (value, effect) in exceptions {
                let value = value.description.isEmpty ? "an empty value" : "'\(value)'"
                switch effect {
                case .ignored: text += " With \(value) it is ignored."
                case .warned: text += " With \(value) it has no effect, as a warning says."
                case .prints: text += " With \(value) it prints that there are none."
                case .refused, .foreign: break
                }
            }
            return text
        case .foreign: return "It has no effect on HTTP, as a note says with --verbose."
        case .prints: return "The run ends with exit status 0."
        }
    }
}

extension SettingsBuilder {
    /// Checks the value of an option without effect, and warns, notes or refuses.
    func applyInert(_ option: InertOption, _ name: String, _ use: OptionUse) throws(UsageError) {
        if case .value(_, _, let grammar) = option.form, let problem = grammar.problem(of: use.value) {
            throw use.refusal(problem)
        }
        switch option.effect(of: use) {
        case .ignored: break
        case .warned: warn("\(name) has no effect: \(option.reason)")
        case .refused: throw UsageError(flag: use.flag, problem: "is refused: \(option.reason)")
        case .foreign: note("\(name) has no effect on HTTP")
        case .prints(let text): settings.task = .print(text.description)
        }
    }
}
