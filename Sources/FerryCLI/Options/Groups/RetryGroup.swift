/// Trying again.
enum RetryGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("retry") {
            Option(
                .retry, .integer(0...Int(Int32.max), "0 = never") { $0.operation.retry.count = $1 },
                essential: true,
                abstract: "try again this often after a passing failure",
                discussion: """
                    Passing failures are time limits, names that do not resolve and the statuses 408, 429, \
                    500, 502, 503, 504, 522 and 524. The pause is one second and doubles, with some jitter, \
                    to ten minutes; a Retry-After field overrides it. A request whose method is not safe to \
                    repeat is not repeated once its bytes were sent, and nothing is repeated whose body was \
                    already passed on to standard output; see --retry-all-errors.
                    """,
                example: "--retry 5 -f -O https://example.com/release.tar.gz")
        }

        table.option("retry-delay") {
            Option(
                .retry, .seconds { $0.operation.retry.delay = $1 },
                abstract: "pause this long between attempts",
                discussion: "A fixed pause instead of one that doubles; 0 is the same as not giving it.",
                example: "--retry 3 --retry-delay 2 https://example.com/")
        }

        table.option("retry-max-time") {
            Option(
                .retry, .seconds { $0.operation.retry.maxTime = $1 },
                abstract: "start no attempt after this time",
                discussion: """
                    Counted from the first attempt; 0 is no limit. A running attempt is not stopped by it, \
                    see -m for that. A Retry-After that leads beyond it ends the attempts.
                    """,
                example: "--retry 10 --retry-max-time 60 https://example.com/")
        }

        table.option("retry-connrefused") {
            Option(
                .retry, .flag { $0.operation.retry.connectionRefused = $1 },
                abstract: "count a refused connection as passing",
                discussion: "For servers that are only just starting.",
                example: "--retry 10 --retry-connrefused http://localhost:8080/health")
        }

        table.option("retry-all-errors") {
            Option(
                .retry, .flag { $0.operation.retry.allErrors = $1 },
                abstract: "try again after any failure",
                discussion: """
                    Every failed transfer is repeated, also those with methods that are not safe to repeat. \
                    HTTP statuses count as failures only with -f or --fail-with-body.
                    """,
                example: "--retry 3 --retry-all-errors -f https://example.com/")
        }
    }
}
