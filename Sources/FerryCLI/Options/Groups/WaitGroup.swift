import HTTPCore

/// Waiting for services.
enum WaitGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("wait-ready") {
            Option(
                .expect, .seconds { $0.operation.wait.limit = $1 }, essential: true,
                abstract: "wait at most so long until it is ready",
                discussion: """
                    Asks until the service answers as it should. Not ready is a socket file that is missing, a \
                    refused connection, a full backlog, an unknown name, no route, a reset, an end before a \
                    byte, no answer within a second (or --wait-interval, if that is longer), TLS that is not \
                    up, the statuses 502, 503 and 504, and an expectation that does not hold. What time does not \
                    heal ends the waiting at once with its own status: a bad URL, a socket that one may not \
                    use, a certificate that is not trusted.

                    A GET or HEAD asks with the request itself, and the last answer is what is delivered. \
                    Anything else asks with HEAD for the same URL, or GETs --wait-url, and then goes out once, \
                    on the same connection where that stays open. Several URLs wait side by side, and nothing \
                    is delivered or sent before all of them are ready. One line says what is waited for, and \
                    another when the reason changes. Not ready in time is exit status 112.
                    """,
                example: "--wait-ready 30 http://localhost:8080/health")
        }

        table.option("wait-interval") {
            Option(
                .expect, .seconds { $0.operation.wait.interval = $1 },
                abstract: "ask this often while waiting",
                discussion: "A quarter of a second unless given; each pause is up to a quarter shorter.",
                example: "--wait-ready 2m --wait-interval 2 https://example.com/health")
        }

        table.option("wait-times") {
            Option(
                .expect, .integer(1...1_000_000, "") { $0.operation.wait.times = $1 },
                abstract: "wait for so many good answers in a row",
                discussion: "One unless given. The last of them is what is delivered.",
                example: "--wait-ready 30 --wait-times 3 http://localhost:8080/health")
        }

        table.option("wait-gone") {
            Option(
                .expect, .flag { $0.operation.wait.isForEnd = $1 },
                abstract: "wait until nobody answers instead",
                discussion: """
                    Beside --wait-ready, which says how long. As long as somebody answers, whatever it is, it \
                    waits on. No request follows, and nothing is delivered.
                    """,
                example: "--wait-ready 20 --wait-gone http://localhost:8080/")
        }

        table.option("wait-url") {
            Option(
                .expect, .text("url", .bytes) { $0.operation.wait.url = CarriedText.percentEncoded($1) },
                abstract: "ask this URL whether it is ready",
                discussion: """
                    Beside --wait-ready: GET of this URL says whether the service is ready, and the requests of \
                    the operation follow. Expectations are about their answers, not about this one.
                    """,
                example:
                    "--wait-ready 30 --wait-url http://localhost:8080/health -d @job.json http://localhost:8080/jobs"
            )
        }
    }
}

/// `--wait-ready` and its kin.
package struct WaitSettings: Equatable, Sendable {
    /// nil = it does not wait.
    package var limit: Duration?
    package var interval: Duration?
    package var times: Int?
    package var isForEnd = false
    package var url: String?

    package init() {}
}
