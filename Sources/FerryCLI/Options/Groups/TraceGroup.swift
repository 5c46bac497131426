/// Traces.
enum TraceGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("trace-ascii") {
            Option(
                .messages,
                .value("file", .file) { (builder, use) throws(UsageError) in
                    trace(builder, use, isHex: false)
                },
                scope: .global,
                abstract: "write all that is sent and received to a file",
                discussion: """
                    Each piece with its size and offsets, 64 characters a line. - is standard output, % \
                    standard error. Of it and -v the last given counts. Logins, cookies and tokens are \
                    hidden unless --show-secrets is given.
                    """,
                example: "--trace-ascii trace.txt https://example.com/")
        }

        table.option("trace") {
            Option(
                .messages,
                .value("file", .file) { (builder, use) throws(UsageError) in
                    trace(builder, use, isHex: true)
                },
                scope: .global,
                abstract: "the same with the bytes in hexadecimal",
                discussion: """
                    As --trace-ascii, with 16 bytes a line in hexadecimal and as characters. Of --trace, \
                    --trace-ascii and -v the last given counts. A login or cookie that is hidden changes the \
                    bytes shown, but not the count.
                    """,
                example: "--trace trace.txt https://example.com/")
        }

        table.option("trace-time") {
            Option(
                .messages, .flag { $0.global.traceTime = $1 }, scope: .global,
                abstract: "put the time before lines of -v and traces",
                discussion: "Local time with microseconds.",
                example: "-v --trace-time https://example.com/")
        }

        table.option("trace-ids") {
            Option(
                .messages, .flag { $0.global.traceIDs = $1 }, scope: .global,
                abstract: "number transfer and connection in -v and traces",
                discussion: """
                    Each line begins with [transfer-connection], both counted from 0, and x as long as there \
                    is no connection. -vv implies it.
                    """,
                example: "-v --trace-ids -Z 'https://example.com/[1-9]'")
        }

        table.option("trace-config") {
            Option(
                .messages, .value("components", [], components), scope: .global,
                abstract: "which details -v and traces show",
                discussion: """
                    A list of names, each with - before it to leave it out: ids (see --trace-ids), time (see \
                    --trace-time), network (each step of looking up and connecting) and all. The names of \
                    other components that curl knows are taken and change nothing; one that nobody knows is \
                    warned of. It does not switch a trace on by itself.
                    """,
                example: "-v --trace-config ids,time https://example.com/",
                suggestions: ["all", "ids", "time", "network"])
        }
    }

    /// `--trace` and `--trace-ascii`.
    private static func trace(_ builder: SettingsBuilder, _ use: OptionUse, isHex: Bool) {
        if builder.global.verbosity > 0 {
            builder.global.verbosity = 0
            builder.warn("\(use.flag) overrides the -v before it")
        } else if builder.global.traceAscii != nil, builder.global.traceIsHex != isHex {
            builder.warn("\(use.flag) overrides the \(isHex ? "--trace-ascii" : "--trace") before it")
        }
        builder.global.traceAscii = TextTarget(use.value)
        builder.global.traceIsHex = isHex
    }

    /// `--trace-config`: names of components with an optional sign, separated by commas or blanks.
    private static func components(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let words = use.value.split { $0 == "," || $0 == " " }
        guard !words.isEmpty else { throw use.refusal("names no component (all, ids, time, network)") }
        for word in words {
            let isOn = word.first != "-"
            let name = (word.first == "-" || word.first == "+" ? word.dropFirst() : word).lowercased()
            switch name {
            case "all":
                builder.global.traceIDs = isOn
                builder.global.traceTime = isOn
                builder.global.traceNetwork = isOn
            case "ids": builder.global.traceIDs = isOn
            case "time": builder.global.traceTime = isOn
            case "network", "dns", "tcp": builder.global.traceNetwork = isOn
            case _ where namesOfCurl.contains(name):
                // What ferry knows of these is in every trace.
                builder.note("\(use.flag): \(name) has no details of its own here")
            default:
                // Curl has other components from release to release, and says nothing of those that it has not.
                builder.warn(
                    "option \(use.flag): the component \(Quoting.quoted(name)) is none of all, ids, time, network; it is left out"
                )
            }
        }
    }

    /// Other components that curl knows, and words for groups of them.
    private static let namesOfCurl: Set<String> = [
        "protocol", "content", "read", "write", "ssl", "proxy", "lib-ids", "multi", "timer", "doh", "ftp",
        "smtp", "ssls",
        "ws", "udp", "unix", "tcp-accept", "ssl-proxy", "h1-proxy", "h2-proxy", "http-proxy", "haproxy",
        "socks",
        "http/1.1", "http/2", "http/3", "https-connect", "happy-eyeballs", "setup",
    ]
}
