internal import HTTPCore

/// What answers have to be like.
enum ExpectGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("expect-status") {
            Option(
                .expect, .value("list", [], reader(Expectation.status)), repeats: .appends, essential: true,
                abstract: "fail unless the status is one of these",
                discussion: """
                    Statuses and classes with commas between them; ! takes one out: 200,204,3xx,!304. A list \
                    of exceptions only allows all others. The answer is delivered as ever, and the exit \
                    status is 110 when it is not as expected; see IN CI.
                    """,
                example: "--expect-status 2xx,!204 https://example.com/health")
        }

        table.option("expect-header") {
            Option(
                .expect, .value("test", .bytes, reader(Expectation.header)), repeats: .appends,
                abstract: "fail unless a field of the answer fits",
                discussion: """
                    'NAME OP VALUE', NAME alone for a field that has to be there, or !NAME for one that must \
                    not. OP is one of == != < <= > >=, ~ and !~ for a regular expression that is found in it \
                    or not, ^= for how it begins, $= for how it ends, and *= for what is in it. Numbers are \
                    compared by value. Of several fields of the name one has to fit; for != and !~ all of \
                    them. Exit status 110.
                    """,
                example: "--expect-header 'Content-Type ^= application/json' https://example.com/api")
        }

        table.option("expect-body") {
            Option(
                .expect, .value("test", .bytes, reader(Expectation.body)), repeats: .appends,
                abstract: "fail unless the body fits",
                discussion: """
                    'OP VALUE' with the operators of --expect-header. VALUE is taken as it is, or as a JSON \
                    string when it is in quotation marks. A line end at the body's end does not count, unless \
                    VALUE ends with one. Codings that are undone, as with --compressed, are undone first. \
                    Exit status 110.
                    """,
                example: "--expect-body '*= ready' https://example.com/health")
        }

        table.option("expect-json") {
            Option(
                .expect, .value("test", .bytes, reader(Expectation.json)), repeats: .appends, essential: true,
                abstract: "fail unless the body's JSON fits",
                discussion: """
                    'PATH OP VALUE', or PATH alone for what has to be there and be neither null nor false. \
                    PATH is jq's: .a.b, .a[0], .a[-1], ."odd name", .[] for any element that fits, and \
                    | length or | type at its end. What is not there is null. OP is one of those of \
                    --expect-header. VALUE is JSON, or a bare word, which is a string. Values compare as in \
                    jq, but numbers keep all their digits, and a name that an object gives twice on the way \
                    fits nothing, for readers differ on which one counts. A body that is no JSON fits \
                    nothing. Exit status 110.
                    """,
                example: "--expect-json '.status == up' https://example.com/health")
        }

        table.option("expect-time") {
            Option(
                .expect,
                .value("seconds", []) { (builder, use) throws(UsageError) in
                    guard let limit = OptionValue.seconds(use.value) else {
                        throw use.refusal(
                            "is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)")
                    }
                    builder.operation.expectations.append(.time(limit, use.value))
                }, repeats: .appends,
                abstract: "fail when a transfer takes longer",
                discussion: """
                    Compared with %{time_total} at the end; nothing is stopped, see --max-time for that. Exit \
                    status 110.
                    """,
                example: "--expect-time 500ms https://example.com/")
        }

        table.option("expect-size") {
            Option(
                .expect, .value("test", [], reader(Expectation.size)), repeats: .appends,
                abstract: "fail unless the body has this size",
                discussion: """
                    'OP BYTES' with one of == != < <= > >=, or a number of bytes, which may have a unit: \
                    100k, 1.5M. The bytes are those of %{size_download}. Exit status 110.
                    """,
                example: "--expect-size '> 1M' -O https://example.com/tool.tar.gz")
        }

        table.option("expect-cert-days") {
            Option(
                .expect,
                .integer(0...1_000_000, "") { $0.operation.expectations.append(.certificateDays($1)) },
                repeats: .appends,
                abstract: "fail when the certificate ends earlier",
                discussion: """
                    The server's certificate must be good for so many days from now. An answer without TLS \
                    has none. Exit status 110.
                    """,
                example: "--expect-cert-days 14 https://example.com/")
        }

        table.option("expect-redirects") {
            Option(
                .expect,
                .integer(0...1_000_000, "") { $0.operation.expectations.append(.redirects($1)) },
                repeats: .appends,
                abstract: "fail unless so many redirects were followed",
                discussion: "Exactly so many; without -L it is 0. Exit status 110.",
                example: "-L --expect-redirects 1 http://example.com/")
        }

        table.option("expect-reuse") {
            Option(
                .expect, .value("percent", [], reader(Expectation.reuse)), repeats: .appends,
                abstract: "fail when fewer requests share connections",
                discussion: """
                    Of all requests of the operation, at least so many in a hundred must have gone over a \
                    connection that had served before. Judged when everything has ended. Exit status 110.
                    """,
                example: "--expect-reuse 90 'https://example.com/[1-100].png'")
        }

        table.option("expect-limit") {
            Option(
                .expect, .size { $0.operation.expectationLimit = $1 },
                abstract: "look at bodies of at most this size",
                discussion: """
                    A body that is longer is delivered as ever and fits no --expect-body and no \
                    --expect-json. 16M unless given, and 2G at the most; memory of that size is used when the \
                    body is looked at.
                    """,
                example: "--expect-limit 64M --expect-json '.items | length > 0' https://example.com/list")
        }
    }

    /// Reads a value with `read`, and names the place of what is wrong with it.
    private static func reader(
        _ read: @escaping @Sendable (String) throws(ExpectationError) -> Expectation
    ) -> OptionKind.Apply {
        { (builder, use) throws(UsageError) in
            do throws(ExpectationError) {
                builder.operation.expectations.append(try read(use.value))
            } catch {
                throw use.refusal("is wrong at character \(error.character(in: use.value)): \(error.problem)")
            }
        }
    }
}

extension ExpectationError {
    /// The number of the character at its position, from 1.
    fileprivate func character(in text: String) -> Int {
        text.utf8.prefix(position).count { $0 & 0xC0 != 0x80 } + 1
    }
}
