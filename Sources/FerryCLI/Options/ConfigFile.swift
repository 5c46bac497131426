import HTTPCore

/// Reads options from a config file.
///
/// One option a line: `name value`, `name = value` or `name: value` without dashes, or as on the command line with them.
/// A `#` starts a comment line. A value in double quotes may hold blanks and the escapes `\\ \" \t \n \r \v`.
package enum ConfigFile {
    /// The most config files inside one another.
    static let deepest = 8
    /// The most bytes of one line.
    static let longestLine = 10_000_000

    /// One line, taken apart.
    package struct Line: Equatable, Sendable {
        /// The option as written, its dashes included.
        package var name: String
        /// nil when the line has none; empty only when quoted.
        package var value: String?
        /// What should be said about the line; without prefix.
        package var warnings: [String] = []
    }

    /// From this many URLs or outputs on, plain lines are not turned into arguments before their turn comes.
    static let heldArguments = 1000

    /// Applies the options of the file that `-K` names.
    static func apply(path: String, to builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard builder.configDepth < deepest else {
            throw UsageError(flag: use.flag, problem: "more than \(deepest) config files inside one another")
        }
        try apply(try builder.load(path, use), name: path == "-" ? "standard input" : path, to: builder)
    }

    /// Applies the options of `bytes`, a whole file; errors and warnings name the place as `name:line`.
    static func apply(_ bytes: [UInt8], name: String, to builder: SettingsBuilder) throws(UsageError) {
        builder.configDepth += 1
        let outside = builder.place
        defer {
            builder.configDepth -= 1
            builder.place = outside
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var position = bytes.starts(with: mark) ? mark.count : 0
        var number = 0
        var isFirst = true
        let shown = Quoting.printable(name)
        while position < bytes.count {
            if max(builder.operation.urls.count, builder.operation.outputs.count) >= heldArguments {
                let run = ConfigRun(bytes, from: position)
                builder.operation.urls.append(run, count: run.urls)
                builder.operation.outputs.append(run, count: run.outputs)
                position = run.range.upperBound
                number += run.lines
                guard position < bytes.count else { return }
            }
            number += 1
            let place = "\(shown):\(number)"
            let line = position..<bytes.endOfLine(from: position)
            guard line.count <= longestLine else {
                var problem = UsageError(flag: "", problem: "the line has more than \(longestLine) bytes")
                problem.location = place
                throw problem
            }
            if try apply(bytes[line], at: place, isFirst: isFirst, to: builder) { isFirst = false }
            if builder.settings.task != .fetch { return }
            position = line.upperBound + 1
        }
    }

    /// - Returns: whether the line held an option.
    private static func apply(
        _ line: ArraySlice<UInt8>, at place: String, isFirst: Bool, to builder: SettingsBuilder
    ) throws(UsageError) -> Bool {
        builder.place = place + ": "
        do {
            guard let parsed = try parse(line) else { return false }
            parsed.warnings.forEach(builder.warn)
            // There is nothing yet that it could end.
            if isFirst, builder.operation.urls.isEmpty, ["next", "--next", "-:"].contains(parsed.name) {
                return true
            }
            try ArgumentParser.apply(name: parsed.name, value: parsed.value, to: builder)
            return true
        } catch {
            var error = error
            // The innermost file is the one to mend.
            if error.location == nil { error.location = place }
            throw error
        }
    }

    /// The option of a line without its line feed; nil for blank and comment lines.
    package static func parse(_ line: ArraySlice<UInt8>) throws(UsageError) -> Line? {
        let parts = line.span.withUnsafeBytes { ConfigLine($0, 0..<$0.count) }
        guard let parts else { return nil }
        func text(_ range: Range<Int>) -> String {
            let start = line.startIndex
            return CarriedText.text(of: line[start + range.lowerBound..<start + range.upperBound])
        }
        guard !parts.name.isEmpty else {
            throw UsageError(
                flag: "", value: text(0..<line.count),
                problem: "does not start with the name of an option")
        }
        var parsed = Line(name: text(parts.name))
        var shown: String { Quoting.printable(parsed.name) }
        switch parts.quotation {
        case .none: break
        case .single:
            parsed.warnings.append(
                "option \(shown): the value starts with a single quote, which does not quote here; double quotes do"
            )
        case .double: break
        case .unclosed: throw UsageError(flag: parsed.name, problem: "the value has no closing double quote")
        }
        if let value = parts.value {
            parsed.value = parts.hasEscapes ? unescaped(text(value)) : text(value)
        }
        if parts.isFollowed {
            parsed.warnings.append(
                parts.quotation == .double
                    ? "option \(shown): text after the closing quote is ignored"
                    : "option \(shown): text after a blank in a value without quotes is ignored")
        }
        return parsed
    }

    /// A value with the characters that its backslashes stand for.
    private static func unescaped(_ text: String) -> String {
        var value: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
                value.append(byte)
                continue
            }
            switch escaped {
            case UInt8(ascii: "t"): value.append(UInt8(ascii: "\t"))
            case UInt8(ascii: "n"): value.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "r"): value.append(UInt8(ascii: "\r"))
            case UInt8(ascii: "v"): value.append(0x0B)
            default: value.append(escaped)
            }
        }
        return String(decoding: value, as: UTF8.self)
    }
}
