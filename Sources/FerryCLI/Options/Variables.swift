internal import HTTPCore

/// The variables of `--variable`, and what an `--expand-` option makes of a text that names some. Pure.
///
/// Values are bytes: only a value that is put into an option has to be text.
struct Variables {
    /// The most bytes that one value may grow to.
    static let largestExpansion = 10_000_000
    /// The most bytes of a name.
    static let longestName = 127

    private var values: [String: [UInt8]] = [:]

    /// Sets or replaces a variable; true when it was set before.
    mutating func set(_ name: String, to value: [UInt8]) -> Bool {
        values.updateValue(value, forKey: name) != nil
    }

    /// What is wrong with a text to expand, as part of a sentence.
    struct Failure: Error, Equatable {
        var problem: String
    }

    /// `text` with the value of `name`, sent through functions, in the place of each `{{name:function:…}}`.
    ///
    /// A name that is not set stands for nothing, `\{{` for two braces. Braces without an end or around what is no name
    /// stay as they are, which `warn` is told.
    /// - Throws: `Failure` for an unknown function, a NUL in a value, bytes that are not UTF-8 and too long a result.
    func expand(_ text: String, warn: (String) -> Void) throws(Failure) -> String {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let opening = Self.index(of: "{{", in: rest) {
            if opening > rest.startIndex, rest[opening - 1] == UInt8(ascii: "\\") {
                result += rest[..<(opening - 1)] + [UInt8(ascii: "{"), UInt8(ascii: "{")]
                rest = rest[(opening + 2)...]
                continue
            }
            guard let closing = Self.index(of: "}}", in: rest[(opening + 2)...]) else {
                warn("\(Quoting.quoted(text)) lacks the }} of a variable; it stays as it is")
                break
            }
            let inner = rest[(opening + 2)..<closing]
            let name = inner.prefix { $0 != UInt8(ascii: ":") }
            result += rest[..<opening]
            if Self.isName(name) {
                result += try value(of: name, functions: inner[name.endIndex...])
            } else {
                warn("\(Quoting.quoted(Self.string(name))) is not the name of a variable; it stays as it is")
                result += rest[opening..<(closing + 2)]
            }
            rest = rest[(closing + 2)...]
            try Self.refuseLong(result)
        }
        result += rest
        try Self.refuseLong(result)
        return CarriedText.text(of: result)
    }

    /// Letters, digits and underscores of ASCII, at least one.
    static func isName(_ name: some Collection<UInt8>) -> Bool {
        (1...longestName).contains(name.count)
            && name.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private func value(of name: ArraySlice<UInt8>, functions: ArraySlice<UInt8>) throws(Failure) -> [UInt8] {
        var value = values[Self.string(name)] ?? []
        for function in functions.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            .dropFirst()
        {
            switch Self.string(function) {
            case "trim": value = Self.trimmed(value)
            case "json": value = Self.jsonEscaped(value)
            case "url": value = Array(PercentCoding.encode(value).utf8)
            case "b64": value = Array(Base64.encode(value).utf8)
            case "64dec": value = Base64.decode(Self.string(value[...])) ?? Array("[64dec-fail]".utf8)
            default:
                throw Failure(
                    problem:
                        "names the function \(Quoting.quoted(Self.string(function))), which is none of trim, "
                        + "json, url, b64 and 64dec")
            }
            try Self.refuseLong(value)
        }
        guard !value.contains(0) else {
            throw Failure(problem: "holds a variable with a NUL, which no option takes (b64 encodes it)")
        }
        return value
    }

    private static func refuseLong(_ bytes: [UInt8]) throws(Failure) {
        if bytes.count > largestExpansion {
            throw Failure(problem: "expands to more than \(largestExpansion) bytes")
        }
    }

    // MARK: Functions

    private static func trimmed(_ value: [UInt8]) -> [UInt8] {
        var rest = value.drop(while: ConfigLine.isSpace)
        while let last = rest.last, ConfigLine.isSpace(last) { rest.removeLast() }
        return Array(rest)
    }

    /// What stands between the quotation marks of a JSON string.
    private static func jsonEscaped(_ value: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(value.count)
        for byte in value {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += [UInt8(ascii: "\\"), byte]
            case 0x08: result += "\\b".utf8
            case 0x09: result += "\\t".utf8
            case 0x0A: result += "\\n".utf8
            case 0x0C: result += "\\f".utf8
            case 0x0D: result += "\\r".utf8
            case 0..<0x20: result += ("\\u00" + padded(String(byte, radix: 16), 2, with: "0")).utf8
            default: result.append(byte)
            }
        }
        return result
    }

    // MARK: Bytes

    private static func index(of mark: StaticString, in bytes: ArraySlice<UInt8>) -> Int? {
        let byte = mark.utf8Start[0]
        var index = bytes.startIndex
        while index + 1 < bytes.endIndex {
            if bytes[index] == byte, bytes[index + 1] == byte { return index }
            index += 1
        }
        return nil
    }

    private static func string(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
