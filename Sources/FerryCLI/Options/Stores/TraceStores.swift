/// What the options about traces do with their values.
enum TraceStores {
    /// `--trace` and `--trace-ascii`.
    static func trace(_ builder: SettingsBuilder, _ use: OptionUse, isHex: Bool) {
        if builder.global.verbosity > 0 {
            builder.global.verbosity = 0
            builder.warn("\(use.flag) overrides the -v before it")
        } else if builder.global.traceAscii != nil, builder.global.traceIsHex != isHex {
            builder.warn("\(use.flag) overrides the \(isHex ? "--trace-ascii" : "--trace") before it")
        }
        builder.global.traceAscii = OptionStores.target(use.value)
        builder.global.traceIsHex = isHex
    }

    /// `--trace-config`: names of components with an optional sign, separated by commas or blanks.
    static func components(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
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

    /// `--rate`: `N`, `N/unit` or `N/Munit` with s, m, h or d, and an hour when no unit is given.
    static func rate(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let interval = interval(use.value) else {
            throw use.refusal(
                "is not a rate (a number of transfers, at least 1, with a time after a slash: 2/s, 10/m, 3/5h, 100/d)"
            )
        }
        guard interval >= .milliseconds(1) else { throw use.refusal("is more than 1000 transfers a second") }
        builder.global.rate = interval
    }

    private static func interval(_ text: String) -> Duration? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let count = OptionValue.integer(String(parts[0])), count > 0 else { return nil }
        guard parts.count == 2 else { return .seconds(3600) / count }
        let unit: Int
        switch parts[1].last {
        case "s": unit = 1
        case "m": unit = 60
        case "h": unit = 3600
        case "d": unit = 86_400
        default: return nil
        }
        let factorText = parts[1].dropLast()
        guard let factor = factorText.isEmpty ? 1 : OptionValue.integer(String(factorText)),
            (1...1_000_000).contains(factor)
        else { return nil }
        return .seconds(unit * factor) / count
    }
}
