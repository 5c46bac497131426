/// Traces, the pace of a run and how headers look.
extension OptionRow {
    static var trace: OptionRow {
        OptionRow(
            .messages,
            .value("file", .file) { (builder, use) throws(UsageError) in
                TraceStores.trace(builder, use, isHex: true)
            },
            scope: .global,
            help: "the same with the bytes in hexadecimal",
            text: """
                As --trace-ascii, with 16 bytes a line in hexadecimal and as characters. Of --trace, --trace-ascii and -v \
                the last given counts. A login or cookie that is hidden changes the bytes shown, but not the count.
                """,
            example: "--trace trace.txt https://example.com/")
    }

    static var traceIds: OptionRow {
        OptionRow(
            .messages, .toggle { $0.global.traceIDs = $1 }, scope: .global,
            help: "number transfer and connection in -v and traces",
            text: """
                Each line begins with [transfer-connection], both counted from 0, and x as long as there is no \
                connection. -vv implies it.
                """,
            example: "-v --trace-ids -Z 'https://example.com/[1-9]'")
    }

    static var traceConfig: OptionRow {
        OptionRow(
            .messages, .value("components", [], TraceStores.components), scope: .global,
            help: "which details -v and traces show",
            text: """
                A list of names, each with - before it to leave it out: ids (see --trace-ids), time (see --trace-time), \
                network (each step of looking up and connecting) and all. The names of other components that curl knows \
                are taken and change nothing; one that nobody knows is warned of. It does not switch a trace on by itself.
                """,
            example: "-v --trace-config ids,time https://example.com/")
    }

    static var styledOutput: OptionRow {
        OptionRow(
            .messages, .toggle(documented: false) { $0.global.styledOutput = $1 }, scope: .global,
            help: "no bold or links in headers on a terminal",
            text: """
                On a terminal -i and -I show the names of fields in bold and Location as a link. With this option, with \
                NO_COLOR in the environment or TERM=dumb, they are plain.
                """,
            example: "--no-styled-output -I https://example.com/")
    }

    static var rate: OptionRow {
        OptionRow(
            .parallel, .value("N/unit", [], TraceStores.rate), scope: .global,
            help: "start at most so many transfers in that time",
            text: """
                Spaces the starts of transfers evenly: 2/s starts one each half second. The unit is s, m, h or d, with a \
                number before it if wanted (3/5m), and h when there is none. Retries are not slowed down, and neither \
                are parallel transfers. More than 1000 a second is exit status 2.
                """,
            example: "--rate 10/m -O 'https://example.com/[1-100].html'")
    }

    static var manual: OptionRow {
        OptionRow(
            .tool,
            .action { (builder, _) in
                builder.settings.task = .print(
                    ManualText.text(columns: HelpText.columns(builder.environment)))
            },
            scope: .global,
            help: "show the whole manual",
            text: "Prints what the man page says, as plain text.",
            example: "--manual")
    }

    static var variable: OptionRow {
        OptionRow(
            .tool, .value("name=text|name@file", [], VariableStores.variable), scope: .global,
            repeats: .appends,
            help: "set a variable for --expand- options",
            text: """
                name=text or name@file (- for standard input) sets it; %name takes it from the environment, %name=text \
                and %name@file too, unless it is not set there. Without a value that is exit status 2. A name consists of \
                letters, digits and underscores. A range of bytes after the name, counted from 0, such as [0-99] or [100-], keeps those of the value.

                Every option with a value takes expand- before its long name, and then {{name}} in the value stands for the \
                variable, and for nothing if there is none; \\{{ are two braces. {{name:trim:url}} sends the value through functions: trim \
                cuts blanks at both ends, json escapes what a JSON string may not hold, url encodes for URLs, b64 encodes \
                and 64dec decodes Base64. The order counts: a variable is set before the option that names it. A result \
                with a NUL or of more than 10 MB is exit status 2.
                """,
            example: "--variable name=page --expand-output '{{name}}.html' https://example.com/")
    }
}
