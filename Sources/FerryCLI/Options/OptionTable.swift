/// All options, in the order in which help shows them.
package enum OptionTable {
    /// The option with this long name or another long spelling of it; no abbreviations.
    package static func named(_ name: String) -> Option? {
        var search = OptionSearch(name: name)
        visit(&search)
        return search.found
    }

    /// The option with this letter.
    package static func option(letter: Unicode.Scalar) -> Option? {
        var search = OptionSearch(letter: letter)
        visit(&search)
        return search.found
    }

    /// Every option, for help and the like.
    package static var all: [Option] {
        var search = OptionSearch()
        visit(&search)
        return search.all
    }

    private static func visit(_ search: inout OptionSearch) {
        URLGroup.options(&search)
        RequestGroup.options(&search)
        LoginGroup.options(&search)
        CookieGroup.options(&search)
        ConditionGroup.options(&search)
        DataGroup.options(&search)
        FormGroup.options(&search)
        RedirectGroup.options(&search)
        ResponseGroup.options(&search)
        OutputGroup.options(&search)
        ChecksumGroup.options(&search)
        ReportGroup.options(&search)
        RetryGroup.options(&search)
        ExpectGroup.options(&search)
        ReportFileGroup.options(&search)
        WaitGroup.options(&search)
        ParallelGroup.options(&search)
        LimitGroup.options(&search)
        ConnectionGroup.options(&search)
        SocketGroup.options(&search)
        TrustGroup.options(&search)
        CertificateGroup.options(&search)
        HandshakeGroup.options(&search)
        ProxyGroup.options(&search)
        ProxyTLSGroup.options(&search)
        MessageGroup.options(&search)
        TraceGroup.options(&search)
        RecordGroup.options(&search)
        RehearsalGroup.options(&search)
        ToolGroup.options(&search)
        // A third of all, of which few runs use one.
        guard search.found == nil else { return }
        InertGroup.options(&search)
    }
}

/// Goes through the blocks of the table, for one option or for all.
///
/// A block is the closure of a call of `option`, and only that of the option that is looked for is run: start-up must not
/// pay for options that are not used.
struct OptionSearch {
    private enum Goal {
        case name, letter, all
    }

    private let goal: Goal
    private let name: String
    private let length: Int
    private let letter: Unicode.Scalar
    private(set) var found: Option?
    private(set) var all: [Option] = []

    init(name: String) {
        goal = .name
        self.name = name
        length = name.utf8.count
        letter = "\0"
    }

    init(letter: Unicode.Scalar) {
        goal = .letter
        name = ""
        length = 0
        self.letter = letter
    }

    init() {
        goal = .all
        name = ""
        length = 0
        letter = "\0"
    }

    /// One option: its long name in the positive spelling, its letter, another long name, and what else there is to know.
    mutating func option(
        _ name: String, _ letter: Unicode.Scalar? = nil, alias: String? = nil, _ block: () -> Option
    ) {
        guard isWanted(name, letter, alias) else { return }
        take(block().named(name, letter, alias))
    }

    /// An option that does nothing here.
    mutating func inert(
        _ name: String, _ letter: Unicode.Scalar? = nil, alias: String? = nil,
        scope: OptionScope = .operation, is block: @autoclosure () -> InertOption
    ) {
        guard isWanted(name, letter, alias) else { return }
        take(Option(inert: block(), name: name, scope: scope).named(name, letter, alias))
    }

    private func isWanted(_ name: String, _ letter: Unicode.Scalar?, _ alias: String?) -> Bool {
        switch goal {
        case .letter: return letter == self.letter
        case .name:
            if isName(name) { return true }
            guard let alias else { return false }
            return isName(alias)
        case .all: return true
        }
    }

    private func isName(_ other: String) -> Bool {
        // Most names differ in length, and strings of different length take longer to compare.
        other.utf8.count == length && other == name
    }

    private mutating func take(_ option: Option) {
        if goal == .all {
            all.append(option)
        } else {
            found = option
        }
    }
}
