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

    /// From this many URLs or outputs on, plain lines are not held but read again when their turn comes.
    static let heldArguments = 1000

    /// Applies the options of the file that `-K` names.
    static func apply(path: String, to builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard builder.configDepth < deepest else {
            throw UsageError(flag: use.flag, problem: "more than \(deepest) config files inside one another")
        }
        try apply(
            try builder.loadConfig(path, use), name: path == "-" ? "standard input" : path, to: builder, use)
    }

    /// Applies the options of `source`, which `use` named; errors and warnings name the place as `name:line`.
    static func apply(
        _ source: ConfigSource, name: String, to builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) {
        builder.configDepth += 1
        let outside = builder.place
        defer {
            builder.configDepth -= 1
            builder.place = outside
        }
        var position = 0
        let lines = LineSplitter(longest: longestLine) { (room) throws(FileReadError) in
            let got = try source.read(at: position, into: room)
            position += got
            return got
        }
        var number = 0
        while true {
            let range: Range<Int>?
            do throws(FileReadError) {
                number += try takeRun(of: source, lines, for: builder)
                range = try lines.next()
            } catch {
                throw unreadable(name, line: number + 1, error, use)
            }
            guard let range else { return }
            number += 1
            var line = lines.withBytes(range) { Array($0) }
            if number == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
            try apply(line, at: "\(Quoting.printable(name)):\(number)", to: builder)
            if builder.settings.task != .fetch { return }
        }
    }

    private static func unreadable(
        _ name: String, line: Int, _ error: FileReadError, _ use: OptionUse
    ) -> UsageError {
        guard error == .tooLarge(limit: longestLine) else {
            return SettingsBuilder.unreadable(name, error, use)
        }
        var problem = UsageError(flag: "", problem: "the line has more than \(longestLine) bytes")
        problem.location = "\(Quoting.printable(name)):\(line)"
        return problem
    }

    /// The plain lines that come next, once so many arguments are held that no more should be.
    ///
    /// - Returns: how many lines that were.
    private static func takeRun(
        of source: ConfigSource, _ lines: LineSplitter, for builder: SettingsBuilder
    ) throws(FileReadError) -> Int {
        guard max(builder.operation.urls.count, builder.operation.outputs.count) >= heldArguments else {
            return 0
        }
        var run = ConfigRun(source, offset: lines.offset)
        var count = 0
        var isWhole = true
        while isWhole {
            let isAny = try lines.take { bytes in
                let taken = run.take(bytes)
                count += taken.lines
                isWhole = taken.bytes == bytes.count
                return taken.bytes
            }
            guard isAny else { break }
        }
        builder.operation.urls.append(run, count: run.urls)
        builder.operation.outputs.append(run, count: run.outputs)
        return count
    }

    private static func apply(
        _ line: [UInt8], at place: String, to builder: SettingsBuilder
    ) throws(UsageError) {
        builder.place = place + ": "
        do {
            guard let parsed = try parse(line) else { return }
            parsed.warnings.forEach(builder.warn)
            try ArgumentParser.apply(name: parsed.name, value: parsed.value, to: builder)
        } catch {
            var error = error
            // The innermost file is the one to mend.
            if error.location == nil { error.location = place }
            throw error
        }
    }

    /// The option of a line without its line feed; nil for blank and comment lines.
    package static func parse(_ line: some Collection<UInt8>) throws(UsageError) -> Line? {
        guard let text = String(validating: line, as: UTF8.self) else {
            throw UsageError(flag: "", problem: "the line is not UTF-8 text")
        }
        var rest = text.utf8[...]
        while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
        rest = rest.drop(while: isSpace)
        guard let first = rest.first, first != UInt8(ascii: "#") else { return nil }
        let isDashed = first == UInt8(ascii: "-")
        let isSeparator = { (byte: UInt8) in
            isSpace(byte) || !isDashed && (byte == UInt8(ascii: "=") || byte == UInt8(ascii: ":"))
        }
        let name = rest.prefix { !isSeparator($0) }
        guard !name.isEmpty else {
            throw UsageError(flag: "", value: text, problem: "does not start with the name of an option")
        }
        rest = rest[name.endIndex...].drop(while: isSeparator)
        var parsed = Line(name: String(Substring(name)))
        if rest.first == UInt8(ascii: "\"") {
            parsed.value = try quoted(&rest, flag: parsed.name)
            noteRest(rest, of: &parsed, saying: "text after the closing quote")
        } else if let first = rest.first {
            let value = rest.prefix { !isSpace($0) }
            parsed.value = String(Substring(value))
            if first == UInt8(ascii: "'") {
                parsed.warnings.append(
                    "option \(Quoting.printable(parsed.name)): the value starts with a single quote, which does not "
                        + "quote here; double quotes do")
            }
            noteRest(
                rest[value.endIndex...], of: &parsed, saying: "text after a blank in a value without quotes")
        }
        return parsed
    }

    /// The value in double quotes at the start of `rest`, which is left behind the closing quote.
    private static func quoted(_ rest: inout Substring.UTF8View, flag: String) throws(UsageError) -> String {
        rest = rest.dropFirst()
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                return String(decoding: value, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { continue }
                switch escaped {
                case UInt8(ascii: "t"): value.append(UInt8(ascii: "\t"))
                case UInt8(ascii: "n"): value.append(UInt8(ascii: "\n"))
                case UInt8(ascii: "r"): value.append(UInt8(ascii: "\r"))
                case UInt8(ascii: "v"): value.append(0x0B)
                default: value.append(escaped)
                }
            default:
                value.append(byte)
            }
        }
        throw UsageError(flag: flag, problem: "the value has no closing double quote")
    }

    private static func noteRest(_ rest: Substring.UTF8View, of line: inout Line, saying text: String) {
        guard let first = rest.drop(while: isSpace).first, first != UInt8(ascii: "#") else { return }
        line.warnings.append("option \(Quoting.printable(line.name)): \(text) is ignored")
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte)
    }
}
