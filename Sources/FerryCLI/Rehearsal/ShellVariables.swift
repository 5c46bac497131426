import HTTPCore

/// A stretch of an argument that nobody is to read, and what it is called.
struct SecretPlace: Equatable {
    var range: Range<Int>
    var name: String
}

/// The variables that stand for the secrets of a command: one for each value. Pure.
struct ShellVariables {
    /// In the order in which they were asked for.
    private(set) var names: [String] = []
    private var values: [(name: String, value: [UInt8])]
    /// How many of `values` were known before.
    private let knownCount: Int
    private let isShown: Bool
    private let isTaken: (String) -> Bool

    /// - Parameters:
    ///   - isShown: nothing is a secret.
    ///   - known: variables that are there already, and their values, which are secret wherever they stand.
    ///   - isTaken: whether a variable of the environment has a name, so that it means something else.
    init(isShown: Bool, known: [(String, [UInt8])], isTaken: @escaping (String) -> Bool) {
        self.isShown = isShown
        self.isTaken = isTaken
        values = known.filter { !$0.1.isEmpty }.map { (name: $0.0, value: $0.1) }
        knownCount = values.count
    }

    /// An argument with a variable in each of these places, which are in order and apart.
    mutating func word(_ bytes: [UInt8], hiding places: [SecretPlace] = []) -> ShellWord {
        guard !isShown else { return ShellWord([.bytes(bytes)]) }
        var pieces: [ShellWord.Piece] = []
        var start = 0
        for place in places where !place.range.isEmpty && place.range.lowerBound >= start {
            pieces += plain(bytes[start..<place.range.lowerBound])
            pieces.append(.variable(variable(for: Array(bytes[place.range]), place.name)))
            start = place.range.upperBound
        }
        return ShellWord(pieces + plain(bytes[start...]))
    }

    /// Bytes without a secret of their own, in which known values may stand.
    private mutating func plain(_ bytes: ArraySlice<UInt8>) -> [ShellWord.Piece] {
        guard !bytes.isEmpty else { return [] }
        for (name, value) in values.prefix(knownCount) {
            guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: value) }) else {
                continue
            }
            note(name)
            return plain(bytes[..<start]) + [.variable(name)] + plain(bytes[(start + value.count)...])
        }
        return [.bytes(Array(bytes))]
    }

    private mutating func variable(for value: [UInt8], _ name: String) -> String {
        if let known = values.first(where: { $0.value == value })?.name {
            note(known)
            return known
        }
        let plain = Self.name(from: name)
        var candidate = plain
        var number = 2
        while isTaken(candidate) || values.contains(where: { $0.name == candidate }) {
            candidate = "\(plain)_\(number)"
            number += 1
        }
        values.append((candidate, value))
        note(candidate)
        return candidate
    }

    private mutating func note(_ name: String) {
        if !names.contains(name) { names.append(name) }
    }

    /// Variables of shells, which a secret must not overwrite.
    private static let reserved: Set<String> = [
        "PATH", "HOME", "PWD", "OLDPWD", "IFS", "UID", "EUID", "PPID", "USER", "SHELL", "TERM", "PS1", "PS2",
        "ENV",
        "CDPATH", "LINENO", "OPTIND", "OPTARG", "RANDOM", "SECONDS", "LANG", "SECRET",
    ]

    /// `X-Api-Key` is `X_API_KEY`.
    private static func name(from text: String) -> String {
        let name = String(
            decoding: text.uppercased().utf8.prefix(60).map { byte in
                ASCII.isDigit(byte) || ASCII.isLetter(byte) ? byte : UInt8(ascii: "_")
            }, as: UTF8.self)
        let isUsable =
            name.utf8.contains { $0 != UInt8(ascii: "_") } && !(name.utf8.first.map(ASCII.isDigit) ?? true)
        return isUsable && !reserved.contains(name) ? name : "SECRET_\(name)"
    }
}
