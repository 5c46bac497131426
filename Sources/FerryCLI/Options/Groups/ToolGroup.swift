import HTTPCore

/// Help, config files and variables.
enum ToolGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("help", "h") {
            Option(
                .tool,
                .optionalValue { (builder, use) in
                    builder.settings.task = .help(topic: use.value.isEmpty ? nil : use.value)
                },
                scope: .global, essential: true,
                abstract: "help on a category, an option, or all",
                discussion: """
                    Without a topic it shows the essential options. 'category' lists the categories, 'all' \
                    shows every option and the name of an option, with its dashes, all about that one.
                    """,
                example: "--help --retry",
                suggestions: ["all", "category"] + OptionCategory.shown.map(\.rawValue))
        }

        table.option("manual", "M") {
            Option(
                .tool,
                .action { (builder, _) in builder.settings.task = .manual },
                scope: .global,
                abstract: "show the whole manual",
                discussion: "Prints what the man page says, as plain text.",
                example: "--manual")
        }

        table.option("version", "V") {
            Option(
                .tool, .action { (builder, _) in builder.settings.task = .version }, scope: .global,
                essential: true,
                abstract: "show the version and what is built in",
                discussion:
                    "Prints the versions of ferry and its libraries, the protocols and the features, and ends.",
                example: "-V")
        }

        table.option("config", "K") {
            Option(
                .tool, .value("file", .file, config), repeats: .appends,
                abstract: "read options from this file",
                discussion: """
                    - is standard input. The section CONFIG FILE tells what such a file looks like. A file \
                    that cannot be read is exit status 26, a line that is wrong 2. Config files may name \
                    further ones, 8 deep.
                    """,
                example: "-K job.conf")
        }

        table.option("disable", "q") {
            Option(
                .tool, .action { (_, _) in }, scope: .global,
                abstract: "as the first argument: no default config file",
                discussion: "It has no effect anywhere else. Letters may follow it in the same argument.",
                example: "-q https://example.com/")
        }

        table.option("variable") {
            Option(
                .tool, .value("name=text|name@file", [.bytes, .fileBehindName], variable), scope: .global,
                repeats: .appends,
                abstract: "set a variable for --expand- options",
                discussion: """
                    name=text or name@file (- for standard input) sets it; %name takes it from the \
                    environment, %name=text and %name@file too, unless it is not set there. Without a value \
                    that is exit status 2. A name consists of letters, digits and underscores. A range of \
                    bytes after the name, counted from 0, such as [0-99] or [100-], keeps those of the \
                    value.

                    Every option with a value takes expand- before its long name, and then {{name}} in the \
                    value stands for the variable, and for nothing if there is none; \\{{ are two braces. \
                    {{name:trim:url}} sends the value through functions: trim cuts blanks at both ends, json \
                    escapes what a JSON string may not hold, url encodes for URLs, b64 encodes and 64dec \
                    decodes Base64. The order counts: a variable is set before the option that names it. A \
                    result with a NUL or of more than 10 MB is exit status 2.
                    """,
                example: "--variable name=page --expand-output '{{name}}.html' https://example.com/")
        }

        table.option("generate") {
            Option(
                .hidden, .value("man|bash|zsh|fish|events-schema", [], generate), scope: .global,
                abstract: "print the man page, completions or a schema",
                discussion:
                    "Made from the same tables as the parser and the lines of --events, for installing ferry.",
                example: "--generate man")
        }
    }

    /// `--variable`: `name=text` or `name@file`, with a byte range after the name; `%name`, alone or before either, takes
    /// the variable of the environment.
    private static func variable(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        var rest = use.bytes[...]
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
            value = CarriedText.bytes(of: text).bytes
        } else {
            switch rest.first {
            case UInt8(ascii: "="):
                value = part(range, of: Array(rest.dropFirst()))
            case UInt8(ascii: "@"):
                let path = CarriedText.text(of: rest.dropFirst())
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

    /// `-K`.
    private static func config(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        try ConfigFile.apply(path: use.value, to: builder, use)
    }

    /// `--generate`.
    private static func generate(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let text = GeneratedText(rawValue: use.value) else {
            throw use.refusal("cannot be generated (man, bash, zsh, fish or events-schema)")
        }
        builder.settings.task = .generate(text)
    }
}
