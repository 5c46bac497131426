import HTTPCore

/// Everything there is to know about one option: how it is called, how it parses, what it sets and how it is documented.
///
/// Each option stands in one block of a file in `Groups`. Parser, `--help`, the man page and the shell completions are all
/// made from these blocks.
///
/// A class, because the runtime would have to make the type of an optional struct before the first use of one.
package final class Option: CustomStringConvertible {
    /// The long name without dashes, in its positive spelling: `buffer`, also where `--no-buffer` is documented.
    package private(set) var name = ""
    package private(set) var letter: Unicode.Scalar?
    /// Another long name.
    package private(set) var alias: String?
    package let kind: OptionKind
    package let category: OptionCategory
    package let scope: OptionScope
    package let repeats: OptionRepeat
    /// Whether plain `--help` shows it.
    package let isEssential: Bool
    /// What it does, in at most 60 columns.
    package let abstract: String
    /// The man page's text: meaning, default, interplay, exit status. Paragraphs are separated by an empty line.
    package let discussion: String
    /// Arguments of a sensible command that uses it, without the name of the tool; empty when there is none.
    package let example: String
    /// Values that shells offer, where the name of the value does not list them already.
    package let suggestions: [String]
    /// For options that do nothing here: why.
    package let inert: InertOption?

    init(
        _ category: OptionCategory, _ kind: OptionKind, scope: OptionScope = .operation,
        repeats: OptionRepeat = .lastWins, essential: Bool = false, abstract: String, discussion: String,
        example: String, suggestions: [String] = [], inert: InertOption? = nil
    ) {
        self.kind = kind
        self.category = category
        self.scope = scope
        self.repeats = repeats
        isEssential = essential
        self.abstract = abstract
        self.discussion = discussion
        self.example = example
        self.suggestions = suggestions
        self.inert = inert
    }

    /// The long spelling that help shows, with its dashes: the one that changes the default.
    package var documentedName: String {
        (kind.isOnByDefault ? "--no-" : "--") + name
    }

    package var description: String { documentedName }

    /// Gives a new option its names.
    func named(_ name: String, _ letter: Unicode.Scalar?, _ alias: String?) -> Option {
        self.name = name
        self.letter = letter
        self.alias = alias
        return self
    }
}

/// The topics of `--help`, in the order in which they are shown.
package enum OptionCategory: String, CaseIterable, Sendable {
    case url
    case request
    case data
    case http
    case output
    case retry
    case expect
    case parallel
    case connection
    case tls
    case proxy
    case messages
    case tool
    /// Options of curl that do nothing here or are refused.
    case curl
    /// Options for building ferry itself, shown nowhere.
    case hidden

    /// Those that help tells of.
    package static var shown: [OptionCategory] { allCases.filter { $0 != .hidden } }

    package var title: String {
        switch self {
        case .url: "URLs and operations"
        case .request: "the request: method, header fields, logins, cookies"
        case .data: "what is sent: forms, JSON, uploads"
        case .http: "redirects and what counts as failure"
        case .output: "where the answer goes"
        case .retry: "trying again"
        case .expect: "what answers have to be like"
        case .parallel: "many transfers at once"
        case .connection: "connections, time limits and names"
        case .tls: "certificates and trust"
        case .proxy: "proxies"
        case .messages: "messages, traces and progress"
        case .tool: "help and config files"
        case .curl: "options of curl that do nothing here, or are refused"
        case .hidden: "for building ferry"
        }
    }
}

/// How far an option reaches.
package enum OptionScope: Sendable {
    /// The whole run; `--next` does not reset it.
    case global
    /// The URLs up to the next `--next`.
    case operation
}

/// What giving an option twice does.
package enum OptionRepeat: Equatable, Sendable {
    case lastWins
    case appends
    /// The Nth use belongs to the Nth URL.
    case perURL
    /// The last option given of the named group wins.
    case lastOfGroup(StaticString)

    package static func == (one: OptionRepeat, other: OptionRepeat) -> Bool {
        switch (one, other) {
        case (.lastWins, .lastWins), (.appends, .appends), (.perURL, .perURL): true
        case (.lastOfGroup(let a), .lastOfGroup(let b)): a.description == b.description
        default: false
        }
    }
}

/// What kind of argument an option takes, with the function that stores it.
package enum OptionKind: Sendable {
    package typealias Store<Value> = @Sendable (SettingsBuilder, Value) -> Void
    package typealias Apply = @Sendable (SettingsBuilder, OptionUse) throws(UsageError) -> Void

    /// No value, and no way to take it back.
    case action(Apply)
    /// No way to take it back, and a value that may be missing; only an argument of its own can be one.
    case optionalValue(Apply)
    /// No way to take it back, and a value that may be missing; in an argument it can only stand behind an equals sign.
    case attachedValue(StaticString, ValueTraits = [], Apply)
    /// On or off. One that is on by default is documented as `--no-…`, and its letter switches it off.
    case toggle(default: Bool, Store<Bool>)
    /// On or off, one of which may be refused; `default` as for `toggle`.
    case choice(default: Bool, Apply)
    /// On or off, stronger when its letter is doubled within one token.
    case level(Store<OptionUse>)
    case seconds(Store<Duration>)
    /// A whole number in the range; the note says what special numbers mean.
    case integer(ClosedRange<Int>, StaticString, Store<Int>)
    case size(Store<Int64>)
    case text(StaticString, ValueTraits = [], Store<String>)
    /// A value with a grammar of its own.
    case value(StaticString, ValueTraits = [], Apply)

    /// On or off.
    static func flag(default isOn: Bool = false, _ store: @escaping Store<Bool>) -> OptionKind {
        .toggle(default: isOn, store)
    }

    /// The name of the value in help texts, without brackets; nil for options that need none.
    package var valueName: String? {
        switch self {
        case .action, .optionalValue, .attachedValue, .toggle, .choice, .level: nil
        case .seconds: "seconds"
        case .integer: "number"
        case .size: "size"
        case .text(let name, _, _), .value(let name, _, _): name.description
        }
    }

    /// What may follow the name and an equals sign; nil for options whose value is none, or must be there.
    package var attachedName: String? {
        if case .attachedValue(let name, _, _) = self { name.description } else { nil }
    }

    /// Whether a value must follow.
    var needsValue: Bool {
        switch self {
        case .action, .optionalValue, .attachedValue, .toggle, .choice, .level: false
        case .seconds, .integer, .size, .text, .value: true
        }
    }

    package var traits: ValueTraits {
        switch self {
        case .text(_, let traits, _), .value(_, let traits, _), .attachedValue(_, let traits, _): traits
        default: []
        }
    }

    /// Whether `--no-…` is a spelling of it.
    package var isNegatable: Bool {
        switch self {
        case .toggle, .choice, .level: true
        default: false
        }
    }

    /// Whether it is on by default, so that help and manual show the spelling with `--no-`.
    package var isOnByDefault: Bool {
        switch self {
        case .toggle(default: let isOn, _), .choice(default: let isOn, _): isOn
        default: false
        }
    }
}

/// What holds for the text of a value whatever its grammar.
package struct ValueTraits: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// An empty value has a meaning.
    static let mayBeBlank = ValueTraits(rawValue: 1)
    /// A file name: one that starts with a dash was probably meant as an option.
    static let file = ValueTraits(rawValue: 2)
    /// Overwritten in the argument vector and never shown in messages.
    static let secret = ValueTraits(rawValue: 4)
    /// Bytes, which need not be UTF-8: see `CarriedText`.
    static let bytes = ValueTraits(rawValue: 8)
    /// Behind an at sign at its beginning stands the name of a file.
    static let fileBehindAt = ValueTraits(rawValue: 16)
    /// The same behind a name: `name@file`, and in forms `name=@file` and `name=<file`.
    static let fileBehindName = ValueTraits(rawValue: 32)
}

/// One occurrence of an option.
package struct OptionUse: Sendable {
    /// As typed: `-m`, `--max-time`, `--no-buffer`.
    package var flag: String
    /// Empty for options without one.
    package var value = ""
    /// False for the negated spelling.
    package var isOn = true
    /// The number of the token it stands in, which tells `-vv` from `-v -v`.
    package var token = 0
}

extension OptionUse {
    /// The value, byte for byte.
    var bytes: [UInt8] { CarriedText.bytes(of: value).bytes }

    /// The name after a leading `@` of the value; nil without one.
    var fileName: String? {
        value.utf8.first == UInt8(ascii: "@") ? String(Substring(value.utf8.dropFirst())) : nil
    }
}
