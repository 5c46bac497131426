/// Messages, traces and progress.
extension OptionRow {
    static var silent: OptionRow {
        OptionRow(
            .messages, .toggle { $0.global.silent = $1 }, scope: .global, essential: true,
            help: "no progress, notes, warnings or errors",
            text: "The exit status still tells what happened. With -S errors are printed all the same.",
            example: "-s https://example.com/")
    }

    static var showError: OptionRow {
        OptionRow(
            .messages, .toggle { $0.global.showError = $1 }, scope: .global, essential: true,
            help: "print errors even with -s",
            text: "Brings back error messages, but neither warnings nor progress.",
            example: "-sS -f -o data.json https://example.com/data.json")
    }

    static var verbose: OptionRow {
        OptionRow(
            .messages, .level { $0.raiseVerbosity($1) }, scope: .global, essential: true,
            help: "tell what happens; -vv and more tell more",
            text: """
                Lines on standard error that start with > were sent, those with < received; * tells what ferry does. -vv \
                adds the time and numbers of transfer and connection, -vvv the contents and TLS, -vvvv the network. \
                Only letters within one argument add up; a later -v starts at one again and --no-verbose ends it.

                Logins, cookies and tokens are hidden; --show-secrets shows them.
                """,
            example: "-v https://example.com/")
    }

    static var progressBar: OptionRow {
        OptionRow(
            .messages, .toggle { $0.global.progressBar = $1 }, scope: .global,
            help: "show progress as a bar",
            text:
                "A line of # signs and a percentage in place of the meter. It has no effect on parallel transfers.",
            example: "-# -O https://example.com/image.iso")
    }

    static var progressMeter: OptionRow {
        OptionRow(
            .messages, .untoggle { $0.global.progressMeter = $1 }, scope: .global,
            help: "no progress, but warnings and errors",
            text:
                "The meter is shown only when standard error is a terminal and the body does not go to one.",
            example: "--no-progress-meter -O https://example.com/image.iso")
    }

    static var traceAscii: OptionRow {
        OptionRow(
            .messages,
            .value("file", .file) { (builder, use) throws(UsageError) in
                TraceStores.trace(builder, use, isHex: false)
            },
            scope: .global,
            help: "write all that is sent and received to a file",
            text: """
                Each piece with its size and offsets, 64 characters a line. - is standard output, % standard error. Of \
                it and -v the last given counts. Logins, cookies and tokens are hidden unless --show-secrets is given.
                """,
            example: "--trace-ascii trace.txt https://example.com/")
    }

    static var traceTime: OptionRow {
        OptionRow(
            .messages, .toggle { $0.global.traceTime = $1 }, scope: .global,
            help: "put the time before lines of -v and traces",
            text: "Local time with microseconds.",
            example: "-v --trace-time https://example.com/")
    }

    static var stderr: OptionRow {
        OptionRow(
            .messages, .text("file", .file) { $0.global.messages = $1 == "-" ? .standardOutput : .file($1) },
            scope: .global,
            help: "write messages to this file",
            text: "All that would go to standard error; - is standard output.",
            example: "--stderr log.txt -v https://example.com/")
    }

    static var showSecrets: OptionRow {
        OptionRow(
            .messages, .toggle { $0.global.showSecrets = $1 }, scope: .global,
            help: "show logins, cookies and tokens in messages",
            text: """
                By default the values of Authorization, Proxy-Authorization, Cookie and Set-Cookie and logins in URLs are \
                hidden in -v, traces and reports.
                """,
            example: "-v --show-secrets -u alice:secret https://example.com/")
    }
}
