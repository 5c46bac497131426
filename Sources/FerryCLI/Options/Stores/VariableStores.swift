/// What `--variable` and the `--expand-` forms do with their values.
enum VariableStores {
    /// `--variable`: `name=text` or `name@file`, with a byte range after the name; `%name`, alone or before either, takes
    /// the variable of the environment.
    static func variable(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        var rest = Array(use.value.utf8)[...]
        let isImported = rest.first == UInt8(ascii: "%")
        if isImported { rest = rest.dropFirst() }
        let name = rest.prefix { !"[=@".utf8.contains($0) }
        guard Variables.isName(name) else {
            throw use.refusal(
                "does not begin with the name of a variable (1 to \(Variables.longestName) letters, digits and underscores)"
            )
        }
        rest = rest[name.endIndex...]
        let range = try byteRange(&rest, use)
        let key = String(decoding: name, as: UTF8.self)
        let value: [UInt8]
        if isImported, let text = builder.environment(key) {
            value = Array(text.utf8)
        } else {
            switch rest.first {
            case UInt8(ascii: "="):
                value = part(range, of: Array(rest.dropFirst()))
            case UInt8(ascii: "@"):
                let path = String(decoding: rest.dropFirst(), as: UTF8.self)
                guard !path.isEmpty else { throw use.refusal("names no file after the @") }
                value = part(range, of: try builder.load(path, use))
            case nil where isImported:
                throw UsageError(
                    flag: use.flag,
                    problem:
                        "the environment has no variable \(key), and no other value is given (%\(key)=text)")
            default:
                throw use.refusal("is not of the form name=text, name@file or %name")
            }
        }
        if builder.variables.set(key, to: value) { builder.note("the variable \(key) is set again") }
    }

    /// The value of an `--expand-` option with its variables put in.
    static func expanded(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) -> String {
        do throws(Variables.Failure) {
            return try builder.variables.expand(use.value) { builder.warn("option \(use.flag): \($0)") }
        } catch {
            throw use.refusal(error.problem)
        }
    }

    /// `[first-last]` or `[first-]`, both counted from 0 and included; nil without one.
    private static func byteRange(
        _ rest: inout ArraySlice<UInt8>, _ use: OptionUse
    ) throws(UsageError) -> ClosedRange<Int>? {
        guard rest.first == UInt8(ascii: "[") else { return nil }
        let inner = rest.dropFirst().prefix { $0 != UInt8(ascii: "]") }
        let numbers = inner.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard inner.endIndex < rest.endIndex, numbers.count == 2, let first = OptionValue.integer(numbers[0]),
            let last = numbers[1].isEmpty ? .max : OptionValue.integer(numbers[1]), first <= last
        else { throw use.refusal("has no range of bytes in its brackets ([0-99] or [100-])") }
        rest = rest[inner.endIndex...].dropFirst()
        return first...last
    }

    private static func part(_ range: ClosedRange<Int>?, of bytes: [UInt8]) -> [UInt8] {
        guard let range else { return bytes }
        guard range.lowerBound < bytes.count else { return [] }
        return Array(bytes[range.lowerBound...min(range.upperBound, bytes.count - 1)])
    }
}
