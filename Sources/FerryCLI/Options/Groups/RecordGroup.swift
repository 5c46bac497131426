internal import Glibc

/// Records of what happened.
enum RecordGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("events") {
            Option(
                .messages,
                .value(
                    "file|-|fd:N", [.file],
                    { (builder, use) throws(UsageError) in
                        builder.global.records.events = try target(use)
                    }),
                scope: .global,
                abstract: "tell all that happens, one JSON object a line",
                discussion: """
                    Each step of each transfer, while it happens: names, addresses, connections, requests, heads, \
                    redirects, retries and the end, with the time, and a summary as the last line. The section EVENTS \
                    says what the lines hold. - is standard output, and fd:N a descriptor that the command was started \
                    with. Secrets are hidden unless --show-secrets is given.

                    A reader that is slow slows the run down: beyond 64 KB that wait for it no further transfer begins. \
                    No line is lost. A file that cannot be written to is exit status 23 in the end; the transfers go on.
                    """,
                example: "--events run.jsonl -Z -O 'https://example.com/[1-9]'")
        }

        table.option("har") {
            Option(
                .messages,
                .value(
                    "file|-|fd:N", [.file],
                    { (builder, use) throws(UsageError) in
                        builder.global.records.har = try target(use)
                    }),
                scope: .global,
                abstract: "record requests and answers as an HTTP Archive",
                discussion: """
                    HAR 1.2, as browsers and many tools read it: an entry for each request, those of redirects, logins and \
                    retries too, with the header fields and the timings; blocked is the time in line for a connection. \
                    _transfer, _attempt, _hop, connection and _reused tell what belongs together; _error says why there \
                    is no whole answer, or why another attempt followed, and _socket names a Unix socket. Bodies are left \
                    out unless --har-bodies asks for them. Secrets are hidden unless --show-secrets is given. The file \
                    has its name when it is whole, also after a signal.
                    """,
                example: "--har run.har -L https://example.com/")
        }

        table.option("har-bodies") {
            Option(
                .messages, .value("none|text|all", [], harBodies), scope: .global,
                abstract: "which bodies an HTTP Archive holds",
                discussion: """
                    text is those whose type says that people can read them, all the others in Base64, too. At most the \
                    first megabyte of each is kept. Members of JSON and forms with the name of a secret are hidden.
                    """,
                example: "--har run.har --har-bodies text --json '{}' https://example.com/",
                suggestions: ["none", "text", "all"])
        }

        table.option("stats") {
            Option(
                .messages, .attachedValue("json:file", .bytes, statistics), scope: .global,
                abstract: "tell counts and percentiles at the end",
                discussion: """
                    For the run and each host: answers by status, failures by exit status, bytes, connections, and the \
                    median, 90th and 99th percentile and maximum of the time in line, of connecting, to the first byte and \
                    in total, those over new connections and over connections that had served before apart. The error of \
                    a percentile is under one percent. A transfer that was led from host to host counts for the last one, \
                    what each of them answered and took for that one. One that got no answer is in none of the times. \
                    Bytes are those of all bodies, also of redirects and of attempts that failed. It goes to standard \
                    error, unless -s is given, or with =json:FILE as JSON to a file. \
                    With --rate the times count from the planned start of a transfer, not from when there was room for it.
                    """,
                example: "--stats --repeat 1000 --limit 50 -o /dev/null http://localhost:8080/",
                suggestions: ["json:"])
        }

        table.option("timing") {
            Option(
                .messages, .attachedValue("html:file", .bytes, timing), scope: .global,
                abstract: "show where the time of each transfer goes",
                discussion: """
                    At the end of each transfer a bar for each stretch of its time goes to standard error, unless -s is \
                    given: the line for a connection, name, connecting, proxy, TLS, sending, waiting for the first byte, receiving, and pauses \
                    before another attempt; redirects and attempts have their own. They add up to the whole.

                    With =html:FILE a page for the whole run is written: all transfers on one axis, or the connections as \
                    lanes, to filter and to sort. It needs nothing from anywhere else.
                    """,
                example: "--timing=html:run.html -Z -O 'https://example.com/[1-9]'",
                suggestions: ["html:"])
        }

        table.option("repeat") {
            Option(
                .parallel, .integer(1...Int.max, "") { $0.global.rounds = $1 }, scope: .global,
                abstract: "make each transfer so many times in all",
                discussion: """
                    The command line's transfers are made round after round. With --stats and --limit it measures a server; \
                    a file that is written is written each time, under a name of -J, too, if the run made it. \
                    What reads standard input cannot be repeated.
                    """,
                example: "--repeat 1000 --limit 50 --stats -o /dev/null http://localhost:8080/")
        }

        table.option("for") {
            Option(
                .parallel, .seconds { $0.global.duration = $1 }, scope: .global,
                abstract: "repeat the transfers for so long",
                discussion: """
                    As --repeat, until the time is over: then no further transfer begins, and those that run are finished.
                    """,
                example: "--for 10s --rate 500/s --limit 50 --stats -o /dev/null http://localhost:8080/")
        }
    }

    private static func harBodies(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let bodies = HARBodies(rawValue: use.value) else {
            throw use.refusal("is none of none, text and all")
        }
        builder.global.records.harBodies = bodies
    }

    private static func timing(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard !use.value.isEmpty else {
            builder.global.records.showsTiming = true
            return
        }
        builder.global.records.timing = try target(use, behind: "html:")
    }

    private static func statistics(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard !use.value.isEmpty else {
            builder.global.records.showsStatistics = true
            return
        }
        builder.global.records.statistics = try target(use, behind: "json:")
    }

    /// The place behind the name of a format.
    private static func target(
        _ use: OptionUse, behind format: String
    ) throws(UsageError) -> RecordTarget {
        let place = use.value.dropFirst(format.count)
        guard use.value.hasPrefix(format), !place.isEmpty else {
            throw use.refusal("is not of the form \(format)FILE")
        }
        return try target(use, place)
    }

    /// Where a record goes.
    static func target(_ use: OptionUse, _ value: Substring? = nil) throws(UsageError) -> RecordTarget {
        try use.checkName(use.value)
        let text = value ?? use.value[...]
        if text == "-" { return .standardOutput }
        guard text.hasPrefix("fd:") else { return .file(String(text)) }
        guard let number = OptionValue.integer(String(text.dropFirst(3))),
            let descriptor = CInt(exactly: number),
            descriptor >= 0
        else { throw use.refusal("names no descriptor (fd:3, say)") }
        // Those that the run itself opens are closed for other programs; the ones it was started with cannot be.
        let flags = fcntl(descriptor, F_GETFD)
        guard flags >= 0, flags & FD_CLOEXEC == 0, fcntl(descriptor, F_GETFL) & O_ACCMODE != O_RDONLY else {
            throw use.refusal("names a descriptor that is not open for writing")
        }
        return .descriptor(descriptor)
    }
}

/// `--events` and its kin.
package struct RecordSettings: Equatable, Sendable {
    package var events: RecordTarget?
    package var har: RecordTarget?
    /// nil = not given: none.
    package var harBodies: HARBodies?
    /// `--stats`.
    package var showsStatistics = false
    /// `--timing`.
    package var showsTiming = false
    /// `--timing=html:FILE`.
    package var timing: RecordTarget?
    /// `--stats=json:FILE`.
    package var statistics: RecordTarget?

    package init() {}

    /// Nothing is recorded.
    package var isEmpty: Bool {
        events == nil && har == nil && !showsStatistics && statistics == nil && !showsTiming && timing == nil
    }
}

/// `--har-bodies`.
package enum HARBodies: String, Sendable {
    case none, text, all
}

/// Where records of a run go.
package enum RecordTarget: Equatable, Sendable {
    case standardOutput
    case file(String)
    /// A descriptor that the run was started with.
    case descriptor(CInt)
}
