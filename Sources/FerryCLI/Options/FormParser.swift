internal import HTTPCore

/// Takes one value of `-F` apart: `name=content` with its modifiers after semicolons. Linear in its length; opens nothing.
///
/// A word may stand in double quotes, in which `\"` and `\\` are the characters themselves; a quote that is not closed is
/// part of the word.
struct FormParser {
    private let bytes: [UInt8]
    private var index = 0
    /// What was accepted although it is wrong, for the warning voice.
    private(set) var warnings: [String] = []

    /// What follows the content.
    struct Modifiers {
        var type: String?
        var fileName: String?
        var encoder: String?
        /// Lines, and names of files that hold lines.
        var headers: [Header] = []

        enum Header: Equatable {
            case line(String)
            case file(String)
        }
    }

    /// The part before the first `=`; nil when there is none.
    let name: String?

    /// nil when there is no `=`.
    init?(_ text: String) {
        let all = CarriedText.bytes(of: text).bytes
        guard let mark = all.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        name = mark == 0 ? nil : CarriedText.text(of: all[..<mark])
        bytes = Array(all[(mark + 1)...])
    }

    /// Everything after the `=`, for `--form-string`.
    var rest: [UInt8] { Array(bytes[index...]) }

    /// True when nothing but `)` follows, so that a group ends.
    var isGroupEnd: Bool { name == nil && rest == [UInt8(ascii: ")")] }

    /// Passes `byte` over if it comes next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    /// The content and its modifiers, up to `separator` or the end.
    /// - Returns: nil when a type has no slash inside.
    mutating func content(endingAt separator: UInt8?) -> (content: [UInt8], modifiers: Modifiers)? {
        skipBlanks()
        let content = word(separator)
        var modifiers = Modifiers()
        var isAfterType = false
        while take(UInt8(ascii: ";")) {
            let start = index
            skipBlanks()
            if !isAfterType, takeKeyword("type=") {
                skipBlanks()
                let type = rawType(separator)
                guard Self.isType(type) else { return nil }
                modifiers.type = CarriedText.text(of: type)
                isAfterType = true
            } else if takeKeyword("filename=") {
                isAfterType = false
                skipBlanks()
                modifiers.fileName = CarriedText.text(of: word(separator))
            } else if takeKeyword("encoder=") {
                isAfterType = false
                skipBlanks()
                modifiers.encoder = CarriedText.text(of: word(separator))
            } else if takeKeyword("headers=") {
                isAfterType = false
                let isFile = take(UInt8(ascii: "@")) || take(UInt8(ascii: "<"))
                skipBlanks()
                let text = CarriedText.text(of: word(separator))
                modifiers.headers.append(isFile ? .file(text) : .line(text))
            } else if isAfterType {
                // A parameter of the type, such as a charset: kept as it is written.
                index = start
                modifiers.type? += ";" + CarriedText.text(of: rawType(separator))
            } else {
                let unknown = CarriedText.text(of: word(separator))
                if !unknown.isEmpty {
                    warnings.append("\(Quoting.quoted(unknown)) is no part of a form field and skipped")
                }
            }
        }
        return (content, modifiers)
    }

    /// Like `sscanf`'s idea of it: something without blank, a slash, something.
    private static func isType(_ type: ArraySlice<UInt8>) -> Bool {
        let major = type.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: " ") }
        let rest = type[major.endIndex...]
        guard !major.isEmpty, rest.first == UInt8(ascii: "/"), let next = rest.dropFirst().first else {
            return false
        }
        return ![UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "\n")].contains(next)
    }

    private mutating func skipBlanks() {
        while index < bytes.count, ConfigLine.isSpace(bytes[index]) { index += 1 }
    }

    private mutating func takeKeyword(_ keyword: StaticString) -> Bool {
        let end = index + keyword.utf8CodeUnitCount
        guard end <= bytes.count else { return false }
        let matches = keyword.withUTF8Buffer { key in
            zip(bytes[index..<end], key).allSatisfy { $0 == $1 || $0 | 0x20 == $1 && $1 != UInt8(ascii: "=") }
        }
        if matches { index = end }
        return matches
    }

    private func isEnd(_ byte: UInt8, _ separator: UInt8?) -> Bool {
        byte == UInt8(ascii: ";") || byte == separator
    }

    /// Up to the next semicolon, blanks at its end cut.
    private mutating func rawType(_ separator: UInt8?) -> ArraySlice<UInt8> {
        let start = index
        while index < bytes.count, !isEnd(bytes[index], separator) { index += 1 }
        var type = bytes[start..<index]
        while let last = type.last, ConfigLine.isSpace(last) { type = type.dropLast() }
        return type
    }

    private mutating func word(_ separator: UInt8?) -> [UInt8] {
        if let word = quotedWord(separator) { return word }
        return Array(rawType(separator))
    }

    private mutating func quotedWord(_ separator: UInt8?) -> [UInt8]? {
        let quote = UInt8(ascii: "\"")
        let backslash = UInt8(ascii: "\\")
        guard index < bytes.count, bytes[index] == quote else { return nil }
        var word: [UInt8] = []
        var place = index + 1
        while place < bytes.count, bytes[place] != quote {
            if bytes[place] == backslash, place + 1 < bytes.count,
                bytes[place + 1] == quote || bytes[place + 1] == backslash
            {
                place += 1
            }
            word.append(bytes[place])
            place += 1
        }
        guard place < bytes.count else { return nil }
        index = place + 1
        if !rawType(separator).allSatisfy(ConfigLine.isSpace) {
            warnings.append("what follows the quoted part of a form field is skipped")
        }
        return word
    }
}
