/// Help and config files.
extension OptionRow {
    static var help: OptionRow {
        OptionRow(
            .tool,
            .action { (builder, use) in
                builder.settings.task = .help(topic: use.value.isEmpty ? nil : use.value)
            },
            scope: .global, essential: true,
            help: "help on a category, an option, or all",
            text: """
                Without a topic it shows the essential options. 'category' lists the categories, 'all' shows every option \
                and the name of an option, with its dashes, all about that one.
                """,
            example: "--help --retry")
    }

    static var version: OptionRow {
        OptionRow(
            .tool, .action { (builder, _) in builder.settings.task = .version }, scope: .global,
            essential: true,
            help: "show the version and what is built in",
            text: "Prints the versions of ferry and its libraries, the protocols and the features, and ends.",
            example: "-V")
    }

    static var config: OptionRow {
        OptionRow(
            .tool, .value("file", .file, OptionStores.config), repeats: .appends,
            help: "read options from this file",
            text: """
                - is standard input. The section CONFIG FILE tells what such a file looks like. A file that cannot be \
                read is exit status 26, a line that is wrong 2. Config files may name further ones, 8 deep.
                """,
            example: "-K job.conf")
    }

    static var disable: OptionRow {
        OptionRow(
            .tool, .action { (_, _) in }, scope: .global,
            help: "as the first argument: no default config file",
            text: "It has no effect anywhere else. Letters may follow it in the same argument.",
            example: "-q https://example.com/")
    }

    static var generate: OptionRow {
        OptionRow(
            .hidden, .value("man|bash|zsh|fish", [], OptionStores.generate), scope: .global,
            help: "print the man page or a shell's completions",
            text: "Made from the same table as the parser, for installing ferry.",
            example: "--generate man")
    }
}
