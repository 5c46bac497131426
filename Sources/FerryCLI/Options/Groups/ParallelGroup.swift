/// Many transfers at once.
enum ParallelGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("parallel", "Z") {
            Option(
                .parallel, .flag { $0.global.parallel = $1 }, scope: .global, essential: true,
                abstract: "fetch the URLs at once",
                discussion: """
                    The connections are bounded by --limit and --limit-per-host. What goes to standard \
                    output still comes in the order of the command line, one answer after another.
                    """,
                example: "-Z -O 'https://example.com/part[1-20].bin'")
        }

        table.option("limit") {
            Option(
                .parallel,
                .integer(0...Int.max, "0 = no limit") {
                    $0.global.limit = $1
                    $0.global.limitImpliesParallel = true
                },
                scope: .global, essential: true,
                abstract: "open at most this many connections (implies -Z)",
                discussion: """
                    Idle connections count too. Transfers beyond the limit wait their turn, first come first \
                    served for each host. The default is 100.
                    """,
                example: "--limit 20 -O 'https://example.com/[1-500].png'")
        }

        table.option("limit-per-host") {
            Option(
                .parallel,
                .integer(0...Int.max, "0 = no limit") {
                    $0.global.limitPerHost = $1
                    $0.global.limitImpliesParallel = true
                },
                scope: .global, essential: true,
                abstract: "open at most this many to one host (implies -Z)",
                discussion: """
                    A host is a host name with its port and its use of TLS. There is no such limit by \
                    default. It adds to --limit.
                    """,
                example: "--limit-per-host 4 -O 'https://example.com/[1-500].png'")
        }

        table.option("parallel-max") {
            Option(
                .parallel,
                .integer(0...Int.max, "0 = 50") { $0.global.limit = $1 == 0 ? 50 : min($1, 65_535) },
                scope: .global,
                abstract: "as --limit, for use with -Z",
                discussion:
                    "Sets what --limit sets but leaves -Z to be given; 0 is 50 and more than 65535 is 65535.",
                example: "-Z --parallel-max 8 -O 'https://example.com/[1-50].png'")
        }

        table.option("parallel-max-host") {
            Option(
                .parallel, .integer(0...Int.max, "0 = no limit") { $0.global.limitPerHost = min($1, 65_535) },
                scope: .global,
                abstract: "as --limit-per-host, for use with -Z",
                discussion:
                    "Sets what --limit-per-host sets but leaves -Z to be given; more than 65535 is 65535.",
                example: "-Z --parallel-max-host 2 -O 'https://example.com/[1-50].png'")
        }

        table.option("fail-early") {
            Option(
                .parallel, .flag { $0.global.failEarly = $1 }, scope: .global,
                abstract: "stop at the first transfer that fails",
                discussion: """
                    The exit status is that of the failure. Transfers that run at the same time are stopped \
                    and count as failed with 42. Without it all URLs are tried and the exit status is that \
                    of the first failure in the order of the command line.
                    """,
                example: "--fail-early -f -O https://example.com/a -O https://example.com/b")
        }

        table.option("rate") {
            Option(
                .parallel, .value("N/unit", [], rate), scope: .global,
                abstract: "make at most so many requests in that time",
                discussion: """
                    Spaces the requests evenly: 2/s begins one each half second. The unit is s, m, h or d, with a \
                    number before it if wanted (3/5m), and h when there is none. It holds for all requests of the run, \
                    those of redirects and retries among them, one after another or at once. More than 1000 a second is \
                    exit status 2.
                    """,
                example: "--rate 10/m -O 'https://example.com/[1-100].html'")
        }

        table.option("rate-per-host") {
            Option(
                .parallel, .value("N/unit[,burst]", [], hostRate), scope: .global,
                abstract: "make at most so many requests to each host",
                discussion: """
                    Each host and port earns a request each time that the rate says, as for --rate, and may save up as \
                    many as the burst, which is 1 unless it is given: with 5/s,10 the first ten go at once. Redirects and \
                    retries count. What waits for one host does not keep those of another from starting when transfers \
                    run at once.
                    """,
                example: "--limit 20 --rate-per-host 5/s,10 -O 'https://{a,b}.example.com/[1-500].png'")
        }

        table.option("honor-ratelimit") {
            Option(
                .parallel, .flag { $0.global.honorsRateLimits = $1 }, scope: .global,
                abstract: "slow down when a server says how much it takes",
                discussion: """
                    The fields RateLimit, RateLimit-Remaining and -Reset, and X-RateLimit-Remaining and -Reset tell how \
                    many more requests a server takes, and until when. Where more than those wait for it, they are \
                    spread over the time, and when none is left its host is left alone until then. Without the option a \
                    host is only left alone when it says so with a status (429, or 503 with Retry-After).
                    """,
                example: "--honor-ratelimit --limit 10 -O 'https://api.example.com/item/[1-500]'")
        }
    }

    private static let rateWords =
        "(a number of transfers, at least 1, with a time after a slash: 2/s, 10/m, 3/5h, 100/d)"

    /// `--rate`: `N`, `N/unit` or `N/Munit` with s, m, h or d, and an hour when no unit is given.
    private static func rate(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let interval = interval(use.value) else { throw use.refusal("is not a rate \(rateWords)") }
        guard interval >= .milliseconds(1) else { throw use.refusal("is more than 1000 transfers a second") }
        builder.global.rate = interval
    }

    /// The same with a comma and the burst behind it.
    private static func hostRate(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let parts = use.value.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        guard let interval = interval(String(parts[0])) else {
            throw use.refusal("is not a rate \(rateWords) and, after a comma, how many may go at once")
        }
        var burst = 1
        if parts.count > 1 {
            guard let number = OptionValue.integer(String(parts[1])), (1...1_000_000).contains(number) else {
                throw use.refusal("does not end in a number of requests that may go at once (1 to 1000000)")
            }
            burst = number
        }
        guard interval >= .microseconds(10) else {
            throw use.refusal("is more than 100000 requests a second")
        }
        builder.global.hostRate = HostRate(interval: interval, burst: burst)
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
