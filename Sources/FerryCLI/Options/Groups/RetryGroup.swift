internal import HTTPClient

/// Trying again.
enum RetryGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("retry") {
            Option(
                .retry, .integer(0...Int(Int32.max), "0 = never") { $0.operation.retry.count = $1 },
                essential: true,
                abstract: "try again this often after a passing failure",
                discussion: """
                    Passing failures are time limits, names that do not resolve, connections that break, bodies that \
                    are cut short, and the statuses 408, 429, 500, 502, 503, 504, 522 and 524; --retry-on names others. \
                    The pause is a random part of one second, which doubles each time to ten minutes; a Retry-After \
                    field overrides it.

                    A request whose method is not safe to repeat, such as POST, is repeated only when nothing of it was \
                    sent, when the answer says that nothing was done (429, or 503 with Retry-After), with \
                    --idempotency-key or with --retry-all-errors. What is wrong on this side, such as a file that cannot \
                    be written or a certificate that is not trusted, is never tried again.
                    """,
                example: "--retry 5 -f -O https://example.com/release.tar.gz")
        }

        table.option("retry-on") {
            Option(
                .retry, .value("list", [], conditions),
                abstract: "say what is tried again",
                discussion: """
                    A list with commas in place of the passing failures of --retry: connect (no connection came about), \
                    dns (the name was not resolved), timeout, reset (the connection broke), partial (the body was cut \
                    short), empty (no answer), expect (an expectation does not hold, which no other word covers), a \
                    status such as 404, a class of them such as 5xx, or all. An \
                    exclamation mark before a word takes it away; a list of nothing but such words takes them from what \
                    --retry covers by itself.
                    """,
                example: "--retry 5 --retry-on 5xx,!501,connect -f -O https://example.com/tool.gz",
                suggestions: [
                    "connect", "dns", "timeout", "reset", "partial", "empty", "expect", "all", "4xx", "5xx",
                ])
        }

        table.option("retry-delay") {
            Option(
                .retry, .seconds { $0.operation.retry.delay = $1 },
                abstract: "pause this long between attempts",
                discussion: "A fixed pause instead of one that doubles; 0 is the same as not giving it.",
                example: "--retry 3 --retry-delay 2 https://example.com/")
        }

        table.option("retry-max-delay") {
            Option(
                .retry, .seconds { $0.operation.retry.maxDelay = $1 },
                abstract: "pause no longer than this between attempts",
                discussion: """
                    Bounds the pause that doubles, and that of --retry-delay; not the one that a server asks for, see \
                    --retry-after-max. 0 is no bound.
                    """,
                example: "--retry 20 --retry-max-delay 30 -O https://example.com/image.iso")
        }

        table.option("retry-max-time") {
            Option(
                .retry, .seconds { $0.operation.retry.maxTime = $1 },
                abstract: "try no longer than this",
                discussion: """
                    Counted from the first attempt; 0 is no limit. No pause goes beyond it, and attempts after the first \
                    are ended by it. The first one is not, see -m for that, which bounds each attempt.
                    """,
                example: "--retry 10 --retry-max-time 60 https://example.com/")
        }

        table.option("retry-after") {
            Option(
                .retry, .value("honor|ignore", [], retryAfter),
                abstract: "whether a server's Retry-After is obeyed",
                discussion: """
                    With honor, the default, the pause before the next attempt is the one that the server asks for. With \
                    ignore it is ferry's own.
                    """,
                example: "--retry 3 --retry-after ignore https://example.com/",
                suggestions: ["honor", "ignore"])
        }

        table.option("retry-after-max") {
            Option(
                .retry, .seconds { $0.operation.retry.maxRetryAfter = $1 },
                abstract: "give up when a server asks for a longer pause",
                discussion: """
                    A transfer whose server asks in Retry-After for more than this fails at once with exit status 22, \
                    with or without -f, and a line that says what was asked. The default is 120; 0 is no limit.
                    """,
                example: "--retry 3 --retry-after-max 600 -O https://example.com/image.iso")
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

        table.option("idempotency-key") {
            Option(
                .retry, .attachedValue("value", .bytes, idempotencyKey),
                abstract: "let the server tell repeated requests apart",
                discussion: """
                    Sends the field Idempotency-Key with this value, or without one with a random UUID for each URL. It \
                    stays the same when the request is repeated, so that a server that knows the field does once what \
                    it is asked several times. Hence --retry repeats a POST, too.
                    """,
                example: "--retry 3 --idempotency-key --json '{}' https://example.com/orders")
        }
    }

    private static func retryAfter(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        switch use.value {
        case "honor": builder.operation.retry.ignoresRetryAfter = false
        case "ignore": builder.operation.retry.ignoresRetryAfter = true
        default: throw use.refusal("is neither 'honor' nor 'ignore'")
        }
    }

    private static func idempotencyKey(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.idempotencyKey = use.value.isEmpty ? .fresh : .text(use.value)
    }

    // MARK: Conditions

    private static func conditions(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        var conditions = RetryConditions()
        for word in use.value.split(separator: ",", omittingEmptySubsequences: false) {
            let isException = word.first == "!"
            guard let item = item(String(isException ? word.dropFirst() : word)) else {
                throw use.refusal(
                    "holds \(Quoting.quoted(String(word))), which is none of connect, dns, timeout, reset, "
                        + "partial, empty, expect, all, a status such as 404 or a class such as 5xx, each with or without '!'"
                )
            }
            if isException {
                conditions.exceptions.insert(item)
            } else {
                conditions.items = (conditions.items ?? []).union([item])
            }
        }
        builder.operation.retry.conditions = conditions
    }

    private static func item(_ word: String) -> RetryConditions.Item? {
        switch word {
        case "connect": return .connect
        case "dns": return .dns
        case "timeout": return .timeout
        case "reset": return .reset
        case "partial": return .partial
        case "empty": return .empty
        case "expect": return .expectation
        case "all": return .all
        default: break
        }
        guard word.utf8.count == 3, let first = word.utf8.first, (0x31...0x35).contains(first) else {
            return nil
        }
        if word.dropFirst().lowercased() == "xx" { return .statusClass(Int(first) - 0x30) }
        return OptionValue.integer(word).map { .status($0) }
    }
}
