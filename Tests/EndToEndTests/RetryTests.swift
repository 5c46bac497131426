import Glibc
import TestSupport
import Testing

/// What is tried again, and what must not be.
@Suite struct RetryTests {
    private static func answers(_ responses: ServerStep...) -> [ServerStep] {
        responses.flatMap { [.expectRequest, $0] }
    }

    private static func later(_ status: Int, body: String = "later") -> ServerStep {
        .respond(status, body: body)
    }

    /// What is said before the only retry of an answer with this status. A host that says 429 is left alone for a second.
    private static func warned(_ status: Int, _ path: String = "/") -> String {
        let phrase = [
            408: "Request Timeout", 429: "Too Many Requests", 500: "Internal Server Error",
            502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout", 404: "Not Found",
        ]
        return "Warning: {U}\(path): the server answered \(status) \(phrase[status] ?? "Status"). "
            + "Trying again in \(status == 429 ? "1.000" : "0.001") s; 1 attempt left.\n"
    }

    private static let warning = warned(503)

    @Test func `-w tells of the last attempt and of none before it`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("s.sock")
        let server = try ScriptedServer(
            on: .unix(path),
            handler: { _ in
                // The second attempt finds nobody.
                unlink(path)
                return [
                    .respond(503, [("Content-Type", "text/html"), ("Connection", "close")], body: "later")
                ]
            })
        let result = try runFerry([
            "-s", "--retry", "1", "--retry-delay", "0.001", "--unix-socket", path, "-o", "/dev/null", "-w",
            "%{http_code},%{content_type},%{http_version},%{remote_ip},%{remote_port},%{local_port},"
                + "%{unix_socket},%{conn_id},%{num_connects},%{num_retries},%{exitcode}",
            "http://a.test/",
        ])
        #expect(result.outText == "000,,0,,-1,-1,,-1,0,1,7", "\(result)")
        #expect(server.requests.count == 1)
    }

    @Test(arguments: cases) func `what is tried again (R-01, R-02, R-07, R-09)`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let cases =
        [408, 429, 500, 502, 503, 504, 522, 524].map { status in
            FetchCase(
                "status \(status)", ["--retry", "1", "--retry-delay", "0.001", "{U}/"],
                server: answers(later(status), .respond(body: "ok")),
                requests: [get("/"), get("/")], stdout: "ok", stderr: warned(status))
        } + [
            FetchCase(
                "not 404", ["--retry", "1", "--retry-delay", "0.001", "{U}/"], server: answers(later(404)),
                requests: [get("/")],
                stdout: "later"),
            FetchCase(
                "none left", ["--retry", "1", "--retry-delay", "0.001", "{U}/"],
                server: answers(later(503), later(503, body: "still")),
                requests: [get("/"), get("/")], stdout: "still", stderr: warning),
            FetchCase(
                "-f after the last", ["-f", "--retry", "1", "--retry-delay", "0.001", "{U}/"],
                server: answers(later(503), later(503)),
                stderr: warning
                    + "ferry: (22) {U}/: the server answered 503 Service Unavailable, after 2 attempts in {S} s\n",
                status: 22),
            FetchCase(
                "every head goes to -D and with -i to standard output",
                ["-i", "-D", "heads", "--retry", "1", "--retry-delay", "0.001", "{U}/"],
                server: answers(later(503), .respond(body: "ok")),
                stdout:
                    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                stderr: warning,
                filesAfter: [
                    "heads":
                        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
                ]),
            FetchCase(
                "a Retry-After beyond --retry-max-time",
                ["--retry", "1", "--retry-delay", "0.001", "--retry-max-time", "5", "{U}/"],
                server: answers(.respond(503, [("Retry-After", "60")], body: "later")), requests: [get("/")],
                stdout: "later",
                stderr:
                    "Warning: {U}/: the server answered 503 Service Unavailable; not tried again, as a pause of 60.000 s goes beyond --retry-max-time\n"
            ),
            FetchCase(
                "a POST that was sent is not repeated",
                ["--retry", "1", "--retry-delay", "0.001", "-d", "x", "{U}/"],
                server: answers(later(503)), requests: [post("/", "x")], stdout: "later",
                stderr:
                    "Warning: POST is not repeated: it may have taken effect; --retry-all-errors or --idempotency-key repeats it\n"
            ),
            FetchCase(
                "a body from a pipe that was read is not sent again, least of all without its bytes",
                ["--retry", "1", "--retry-delay", "0.001", "-T", "-", "{U}/"],
                server: [.expectRequest, later(503), .hold], stdin: "abc", stdout: "later",
                stderr:
                    "Warning: {U}/: not tried again, as the body was read from a pipe and cannot be sent twice\n"
            ),
            FetchCase(
                "nor is it with -f, and the failure is the answer's",
                ["-f", "--retry", "1", "--retry-delay", "0.001", "-T", "-", "{U}/"],
                server: [.expectRequest, later(503), .hold], stdin: "abc",
                stderr:
                    "Warning: {U}/: not tried again, as the body was read from a pipe and cannot be sent twice\n"
                    + "ferry: (22) {U}/: the server answered 503 Service Unavailable\n",
                status: 22),
            FetchCase(
                "with --retry-all-errors neither, and the failure is the first one's",
                ["--retry", "1", "--retry-delay", "0.001", "--retry-all-errors", "-T", ".", "{U}/"],
                server: [.expectRequest, .close], stdin: "abc",
                stderr:
                    "ferry: (52) {U}/: receiving the response failed: connection closed before any byte of a response\n",
                status: 52),
            FetchCase(
                "nor a part of a form",
                [
                    "--retry", "1", "--retry-delay", "0.001", "--retry-all-errors", "-F", "a=@/dev/stdin",
                    "{U}/",
                ], server: [.expectRequest, later(503), .hold], stdin: "abc", stdout: "later",
                stderr:
                    "Warning: {U}/: not tried again, as the body was read from a pipe and cannot be sent twice\n"
            ),
            FetchCase(
                "nor after a redirect made it a GET",
                ["-L", "--retry", "1", "--retry-delay", "0.001", "-d", "x", "{U}/"],
                server: answers(.respond(303, [("Location", "/new")]), later(503)),
                requests: [post("/", "x"), get("/new")], stdout: "later",
                stderr:
                    "Warning: POST is not repeated: it may have taken effect; --retry-all-errors or --idempotency-key repeats it\n"
            ),
            FetchCase(
                "--retry-all-errors repeats it",
                ["--retry", "1", "--retry-delay", "0.001", "--retry-all-errors", "-d", "x", "{U}/"],
                server: answers(later(503), .respond(body: "ok")),
                requests: [post("/", "x"), post("/", "x")],
                stdout: "ok", stderr: warning),
            FetchCase(
                "--retry-all-errors counts statuses with -f only",
                [
                    "--retry", "1", "--retry-delay", "0.001", "--retry-all-errors", "{U}/1", "--next", "-f",
                    "--retry", "1", "--retry-delay", "0.001",
                    "--retry-all-errors", "{U}/2",
                ],
                server: answers(later(404), later(404)) + [.close], answers(.respond(body: "ok")),
                requests: [get("/1"), get("/2"), get("/2")], stdout: "laterok", stderr: warned(404, "/2")),
            FetchCase(
                "a body cut short (R-01)",
                ["--retry", "1", "--retry-delay", "0.001", "-o", "f", "{U}/"],
                server: [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), .close],
                [.expectRequest, .respond(body: "whole")],
                stderr:
                    "Warning: {U}/: receiving the response failed: connection closed with 3 of 9 body bytes received. Trying again in 0.001 s; 1 attempt left.\n",
                filesAfter: ["f": "whole"]),
            FetchCase(
                "a reset (R-01)", ["--retry", "1", "--retry-delay", "0.001", "{U}/"],
                server: [.expectRequest, .reset], [.expectRequest, .respond(body: "whole")],
                requests: [get("/"), get("/")], stdout: "whole", stderr: nil),
            FetchCase(
                "no answer (R-01)", ["--retry", "1", "--retry-delay", "0.001", "-X", "DELETE", "{U}/"],
                server: [.expectRequest, .close], [.expectRequest, .respond(body: "gone")],
                stdout: "gone",
                stderr:
                    "Warning: {U}/: receiving the response failed: connection closed before any byte of a response. Trying again in 0.001 s; 1 attempt left.\n"
            ),
            FetchCase(
                "not a POST whose answer is cut (R-02)",
                ["--retry", "1", "--retry-delay", "0.001", "-d", "x", "{U}/"],
                server: [.expectRequest, .close], requests: [post("/", "x")],
                stderr:
                    "Warning: POST is not repeated: it may have taken effect; --retry-all-errors or --idempotency-key repeats it\n"
                    + "ferry: (52) {U}/: receiving the response failed: connection closed before any byte of a response\n",
                status: 52),
            FetchCase(
                "a POST that 429 turned away (R-02)",
                ["--retry", "1", "--retry-delay", "0.001", "-d", "x", "{U}/"],
                server: answers(later(429), .respond(body: "ok")),
                requests: [post("/", "x"), post("/", "x")], stdout: "ok", stderr: warned(429)),
            FetchCase(
                "a POST that 503 with Retry-After turned away (R-02)",
                ["-s", "--retry", "1", "-d", "x", "{U}/"],
                server: answers(.respond(503, [("Retry-After", "0")], body: "later"), .respond(body: "ok")),
                requests: [post("/", "x"), post("/", "x")], stdout: "ok"),
            FetchCase(
                "what is wrong here (R-01)", ["--retry", "1", "--retry-all-errors", "-T", "none", "{U}/"],
                requests: [], stderr: "ferry: (26) {U}/: cannot read none: no such file or directory\n",
                status: 26),
            FetchCase(
                "a POST with a key of its own (R-02)",
                ["--retry", "1", "--retry-delay", "0.001", "--idempotency-key=k 1", "-d", "x", "{U}/"],
                server: answers(later(500), .respond(body: "ok")),
                requests: [
                    post("/", "x", "Idempotency-Key: k 1"), post("/", "x", "Idempotency-Key: k 1"),
                ], stdout: "ok", stderr: warned(500)),
            FetchCase(
                "a field of the user's goes before the key's",
                ["--idempotency-key=k", "-H", "idempotency-key: mine", "{U}/"],
                requests: [get("/", "idempotency-key: mine")]),
            FetchCase(
                "--retry-on names what is retried, and nothing else (R-07)",
                ["--retry", "1", "--retry-delay", "0.001", "--retry-on", "404", "{U}/1", "{U}/2"],
                server: answers(later(404), .respond(body: "ok"), later(503)),
                requests: [get("/1"), get("/1"), get("/2")], stdout: "oklater", stderr: warned(404, "/1")),
            FetchCase(
                "--retry-on takes away from what is retried (R-07)",
                ["--retry", "1", "--retry-delay", "0.001", "--retry-on", "!503", "{U}/1", "{U}/2"],
                server: answers(later(503), later(502), .respond(body: "ok")),
                requests: [get("/1"), get("/2"), get("/2")], stdout: "laterok", stderr: warned(502, "/2")),
            FetchCase(
                "--retry-on without partial (R-07)",
                ["--retry", "1", "--retry-delay", "0.001", "--retry-on", "reset", "{U}/"],
                server: [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), .close],
                requests: [get("/")], stdout: "abc",
                stderr:
                    "ferry: (18) {U}/: receiving the response failed: connection closed with 3 of 9 body bytes received\n",
                status: 18),
            FetchCase(
                "a pause that is too long fails at once (R-08)",
                ["--retry", "1", "{U}/"],
                server: answers(.respond(503, [("Retry-After", "121")], body: "later")), requests: [get("/")],
                stderr:
                    "ferry: (22) {U}/: the server answered 503 Service Unavailable and asks to be left alone for 121 s, longer than --retry-after-max allows\n",
                status: 22),
            FetchCase(
                "--retry-after ignore (R-08)",
                ["--retry", "1", "--retry-after", "ignore", "--retry-max-delay", "0.001", "{U}/"],
                server: answers(
                    .respond(503, [("Retry-After", "3600")], body: "later"), .respond(body: "ok")),
                requests: [get("/"), get("/")], stdout: "ok", stderr: nil),
            FetchCase(
                "-sS: one line at the end (R-09)",
                ["-sSf", "--retry", "1", "--retry-delay", "0.001", "{U}/"],
                server: answers(later(503), later(503)),
                stderr:
                    "ferry: (22) {U}/: the server answered 503 Service Unavailable, after 2 attempts in {S} s\n",
                status: 22),
            FetchCase(
                "-w counts the last attempt",
                [
                    "--retry", "1", "--retry-delay", "0.001", "-w",
                    " %{num_retries} %{size_download} %{size_header} %{response_code}\n", "{U}/",
                ],
                server: answers(later(503), .respond(body: "ok")), stdout: "ok 1 2 38 200\n", stderr: warning),
            FetchCase(
                "redirects count anew",
                ["-L", "--max-redirs", "1", "--retry", "1", "--retry-delay", "0.001", "{U}/"],
                server: answers(
                    .respond(302, [("Location", "/b")]), later(503), .respond(302, [("Location", "/b")]),
                    .respond(body: "ok")), requests: [get("/"), get("/b"), get("/"), get("/b")], stdout: "ok",
                stderr: warned(503, "/b")),
            FetchCase(
                "an upload is sent whole again",
                ["--retry", "1", "--retry-delay", "0.001", "-T", "f", "{U}/x"],
                server: answers(later(503), .respond(201)), files: ["f": "abc"],
                requests: [put("/x", "abc"), put("/x", "abc")], stderr: warned(503, "/x")),
        ]

    @Test func `what was delivered is not fetched again`() throws {
        let part = String(repeating: "x", count: 1_000_000)
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + part), .close,
        ])
        let result = try runFerry([
            "--retry", "1", "--retry-all-errors", "--retry-delay", "0.001", server.url(),
        ])
        #expect(result.exitStatus == 18)
        #expect(result.outText == part)
        #expect(
            result.errText
                == "ferry: (18) \(server.url()): receiving the response failed: connection closed with 1000000 of 2000000 body bytes received\n"
        )
        #expect(server.requests.count == 1)
    }

    @Test func `a resumed file goes on from where it was`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("abc", to: "f")
        let server = try ScriptedServer(scripts: [
            [
                .expectRequest,
                .send(
                    "HTTP/1.1 206 P\r\nETag: \"a\"\r\nContent-Range: bytes 3-6/7\r\nContent-Length: 4\r\n\r\nde"
                ), .close,
            ],
            [
                .expectRequest,
                .respond(206, [("ETag", "\"a\""), ("Content-Range", "bytes 5-6/7")], body: "fg"),
            ],
        ])
        let result = try runFerry(
            [
                "-C", "-", "-o", "f", "--retry", "1", "--retry-all-errors", "--retry-delay", "0.001",
                server.url(),
            ],
            directory: folder.path)
        #expect(result.exitStatus == 0, "\(result)")
        #expect(server.requests.map { $0.header("Range") } == ["bytes=3-", "bytes=5-"])
        #expect(folder.read("f").map { text($0) } == "abcdefg")
    }

    @Test(arguments: [false, true]) func `refused connections`(_ asked: Bool) throws {
        let port = try RefusedPort()
        let result = try runFerry(
            ["--retry", "1", "--retry-delay", "0.001"] + (asked ? ["--retry-connrefused"] : []) + [
                "http://127.0.0.1:\(port.port)/"
            ])
        let url = "http://127.0.0.1:\(port.port)/"
        let failure = "\(url): cannot connect to 127.0.0.1:\(port.port): connection refused"
        #expect(result.exitStatus == 7)
        guard asked else { return #expect(result.errText == "ferry: (7) \(failure)\n") }
        let lines = result.errText.split(separator: "\n")
        #expect(lines.first == "Warning: \(failure). Trying again in 0.001 s; 1 attempt left.")
        #expect(lines.last?.hasPrefix("ferry: (7) \(failure), after 2 attempts in ") == true)
    }

    @Test func `a timeout is tried again, each attempt with its own time`() throws {
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .hold], [.expectRequest, .respond(body: "ok")],
        ])
        let result = try runFerry(
            ["-m", "0.5", "--retry", "1", "--retry-delay", "0.001", server.url()])
        #expect(result.outText == "ok", "\(result)")
        #expect(
            result.errText
                == "Warning: \(server.url()): timed out while waiting for the response. Trying again in 0.001 s; 1 attempt left.\n"
        )
    }

    @Test func `a POST that timed out is not tried again`() throws {
        let server = try ScriptedServer(script: [.expectRequest, .hold])
        let result = try runFerry([
            "-m", "0.3", "--retry", "1", "--retry-delay", "0.001", "-d", "x", server.url(),
        ])
        #expect(result.exitStatus == 28, "\(result)")
        #expect(server.requests.count == 1)
    }

    @Test func `each transfer has a key of its own, the same in each attempt (R-02)`() throws {
        let server = try ScriptedServer(
            script: Self.answers(
                Self.later(503), .respond(body: "1"), Self.later(503), .respond(body: "2")))
        let result = try runFerry([
            "-s", "--retry", "1", "--retry-delay", "0.001", "--idempotency-key", "-d", "x", server.url("/1"),
            server.url("/2"),
        ])
        #expect(result.outText == "12", "\(result)")
        let keys = server.requests.map { $0.header("Idempotency-Key") ?? "" }
        #expect(keys.count == 4 && keys[0] == keys[1] && keys[2] == keys[3] && keys[0] != keys[2])
        #expect(keys[0].utf8.count == 36)
    }

    @Test func `later attempts end with --retry-max-time, and say so (R-08)`() throws {
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .respond(503), .expectRequest, .hold]
        ])
        let result = try runFerry([
            "--retry", "5", "--retry-delay", "0.001", "--retry-max-time", "0.7", server.url(),
        ])
        #expect(result.exitStatus == 28, "\(result)")
        #expect(
            result.errText.contains(
                "timed out while waiting for the response; not tried again, as a pause of 0.001 s goes beyond --retry-max-time, after 2 attempts in "
            ), "\(result)")
        #expect(server.requests.count == 2)
    }
}
