/// How long a transfer may take, and how fast it may be.
enum LimitGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("connect-timeout") {
            Option(
                .connection, .seconds { $0.operation.connectTimeout = $1 },
                abstract: "longest time to get a connection",
                discussion: """
                    Covers the lookup of the name, the connection, the proxy and the TLS handshake, and \
                    the wait for certificates and keys that come from a pipe. The default is 300 seconds, \
                    also for 0. Reaching it is exit status 28.
                    """,
                example: "--connect-timeout 5 https://example.com/")
        }

        table.option("max-time", "m") {
            Option(
                .connection, .seconds { $0.operation.maxTime = $1 }, essential: true,
                abstract: "longest time for a whole transfer",
                discussion: """
                    Redirects included; with --retry it holds for each attempt. A number of seconds, or with \
                    a unit: 500ms, 30s, 2m, 1h. There is no limit by default, or with 0. Reaching it is exit \
                    status 28.
                    """,
                example: "-m 30 https://example.com/")
        }

        table.option("expect100-timeout") {
            Option(
                .connection, .seconds { $0.operation.expectTimeout = $1 },
                abstract: "wait this long for leave to send a body",
                discussion: """
                    Large bodies and those of unknown size ask with 'Expect: 100-continue' before they are \
                    sent. When no word comes within this time they are sent anyway. The default is one \
                    second.
                    """,
                example: "--expect100-timeout 5 -T image.iso https://example.com/images/")
        }

        table.option("limit-rate") {
            Option(
                .connection, .size { $0.operation.limitRate = $1 },
                abstract: "at most this many bytes a second (0 = no limit)",
                discussion: """
                    An average for each transfer, in both directions; several transfers at once each have \
                    it. Units: k, M, G, in 1024s.
                    """,
                example: "--limit-rate 500k -O https://example.com/image.iso")
        }

        table.option("speed-limit", "Y") {
            Option(
                .connection, .size { $0.operation.speedLimit = $1 },
                abstract: "fail when slower than this for --speed-time",
                discussion: """
                    In bytes a second, both directions together; k, M and G may follow. A transfer that \
                    stays below it for the time of --speed-time (30 seconds unless given) fails with exit \
                    status 28, which --retry repeats. Connecting does not count. 0 is no limit.
                    """,
                example: "-Y 1k -y 20 -O https://example.com/image.iso")
        }

        table.option("speed-time", "y") {
            Option(
                .connection, .seconds { $0.operation.speedTime = $1 },
                abstract: "how long to be slower than --speed-limit",
                discussion: "Without --speed-limit, a limit of 1 byte a second holds. 0 is no limit.",
                example: "-y 60 -O https://example.com/image.iso")
        }
    }
}
