import HTTPCore

/// Messages and progress.
enum MessageGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("silent", "s") {
            Option(
                .messages, .flag { $0.global.silent = $1 }, scope: .global, essential: true,
                abstract: "no progress, notes, warnings or errors",
                discussion:
                    "The exit status still tells what happened. With -S errors are printed all the same.",
                example: "-s https://example.com/")
        }

        table.option("show-error", "S") {
            Option(
                .messages, .flag { $0.global.showError = $1 }, scope: .global, essential: true,
                abstract: "print errors even with -s",
                discussion: "Brings back error messages, but neither warnings nor progress.",
                example: "-sS -f -o data.json https://example.com/data.json")
        }

        table.option("verbose", "v") {
            Option(
                .messages, .level { $0.raiseVerbosity($1) }, scope: .global, essential: true,
                abstract: "tell what happens; -vv and more tell more",
                discussion: """
                    Lines on standard error that start with > were sent, those with < received; * tells what \
                    ferry does. -vv adds the time and numbers of transfer and connection, -vvv the contents \
                    and TLS, -vvvv the network. Only letters within one argument add up; a later -v starts \
                    at one again and --no-verbose ends it.

                    Logins, cookies and tokens are hidden; --show-secrets shows them.
                    """,
                example: "-v https://example.com/")
        }

        table.option("progress-bar", "#") {
            Option(
                .messages,
                .flag { (builder, isOn) in
                    builder.global.progressBar = isOn
                    builder.global.progress = nil
                }, scope: .global,
                abstract: "show curl's bar",
                discussion: """
                    A line of # signs and a percentage, in pipes and files too. It has no effect on parallel transfers, \
                    which share one line of curl's meter. See --progress for ferry's own forms.
                    """,
                example: "-# -O https://example.com/image.iso")
        }

        table.option("progress-meter") {
            Option(
                .messages,
                .flag(default: true) { (builder, isOn) in
                    builder.global.progressMeter = isOn
                    builder.global.progress = nil
                }, scope: .global,
                abstract: "no progress, but warnings and errors",
                discussion: """
                    --progress-meter shows curl's meter, in pipes and files too, unless the body goes to a terminal. See \
                    --progress for ferry's own forms.
                    """,
                example: "--no-progress-meter -O https://example.com/image.iso")
        }

        table.option("pretty") {
            Option(
                .messages, .value("auto|all|none", [], pretty), scope: .global,
                abstract: "lay out and colour JSON and headers",
                discussion: """
                    With auto, the default, JSON on a terminal is indented and coloured while it comes, one value or \
                    several (NDJSON), and so are the headers of -i and -v. all does so everywhere, in pipes too, and none \
                    nowhere. Names, digits, strings and their order stay as they are, and what is no JSON passes as it is \
                    from the place where it stops being JSON. Files of -o and -O are never changed, and -o - gets every \
                    byte unless all is given.

                    NO_COLOR in the environment and TERM=dumb take the colours of auto away, CLICOLOR_FORCE gives them in \
                    pipes, too.
                    """,
                example: "--pretty all https://example.com/data.json")
        }

        table.option("progress") {
            Option(
                .messages, .value("auto|bars|plain|json|none", [], progress), scope: .global,
                abstract: "how to show what transfers are doing",
                discussion: """
                    bars is a line for each transfer that runs, the longest-running first, and one for all of them, in \
                    the width and height of the terminal; what has ended scrolls up. plain is whole lines, one each ten \
                    seconds and one at each end, for screen readers, logs and CI. json is an object a line for programs, \
                    also with -s. auto, the default, is bars on a terminal, and elsewhere plain once a transfer lasts longer \
                    than ten seconds. The section AT THE TERMINAL says more.

                    -# and --progress-meter show curl's own forms. Of all these the last one given counts.
                    """,
                example: "--progress plain -Z --remote-name-all 'https://example.com/[1-9].iso'")
        }

        table.option("styled-output") {
            Option(
                .messages, .flag(default: true) { $0.global.styledOutput = $1 }, scope: .global,
                abstract: "no colours or links in headers on a terminal",
                discussion: """
                    On a terminal -i, -I and -v show the status, the method and the names of fields in colours, and \
                    -i shows Location as a link. With this option, with NO_COLOR in the environment or TERM=dumb, \
                    they are plain. See also --pretty.
                    """,
                example: "--no-styled-output -I https://example.com/")
        }

        table.option("stderr") {
            Option(
                .messages,
                .text("file", .file) { $0.global.messages = $1 == "-" ? .standardOutput : .file($1) },
                scope: .global,
                abstract: "write messages to this file",
                discussion: "All that would go to standard error; - is standard output.",
                example: "--stderr log.txt -v https://example.com/")
        }

        table.option("show-secrets") {
            Option(
                .messages, .flag { $0.global.showSecrets = $1 }, scope: .global,
                abstract: "show logins, cookies and tokens in messages",
                discussion: """
                    By default the values of header fields and query parameters whose names tell of a secret, \
                    and logins in URLs, are hidden in messages, -v and traces. Such a name contains \
                    \(SecretNames.parts.joined(separator: ", ")), or it is \
                    \(SecretNames.names.sorted().joined(separator: ", ")); case, -, _ and . do not count.
                    """,
                example: "-v --show-secrets -u alice:secret https://example.com/")
        }

        table.option("secret") {
            Option(
                .messages, .text("name", .bytes) { $0.global.secretNames.append($1) }, scope: .global,
                repeats: .appends,
                abstract: "hide what has this name, too",
                discussion: """
                    Adds to the names of --show-secrets: header fields, query parameters, and members of forms and JSON \
                    that have it are hidden in all that is shown and recorded, and such fields stay behind when a \
                    redirect leads to another origin.
                    """,
                example: "-v --secret X-Tenant -H 'X-Tenant: 42' https://example.com/")
        }

        table.option("secret-value-env") {
            Option(
                .messages, .text("variable", .bytes) { $0.global.secretVariables.append($1) }, scope: .global,
                repeats: .appends,
                abstract: "hide the value of this environment variable",
                discussion: """
                    Wherever it stands: in messages, -v and traces, records and the JSON of --write-out, also \
                    percent-encoded or escaped as in JSON. What is fetched itself is not changed.
                    """,
                example: "-v --secret-value-env HOME https://example.com/")
        }
    }

    /// `--pretty`.
    private static func pretty(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let choice = PrettyChoice(rawValue: use.value) else {
            throw UsageError(flag: use.flag, value: use.value, problem: "is not auto, all or none")
        }
        builder.global.pretty = choice
    }

    private static func progress(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let choice = ProgressChoice(rawValue: use.value) else {
            throw use.refusal("is none of auto, bars, plain, json and none")
        }
        builder.global.progress = choice
        builder.global.progressMeter = nil
        builder.global.progressBar = false
    }
}
