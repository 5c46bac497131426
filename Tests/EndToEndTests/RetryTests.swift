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

    private static let warning = "Warning: Problem: HTTP error. Retrying in 0.001 seconds. 1 retry left.\n"

    @Test(arguments: cases) func `what is tried again`(_ fetch: FetchCase) throws { try fetch.check() }

    static let cases =
        [408, 429, 500, 502, 503, 504, 522, 524].map { status in
            FetchCase(
                "status \(status)", ["--retry", "1", "--retry-delay", "0.001", "{U}/"],
                server: answers(later(status), .respond(body: "ok")),
                requests: [get("/"), get("/")], stdout: "ok", stderr: warning)
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
                stderr: warning + "ferry: (22) {U}/: the server answered 503 Service Unavailable\n",
                status: 22),
            FetchCase(
                "every head goes to -D, the last to -i",
                ["-i", "-D", "heads", "--retry", "1", "--retry-delay", "0.001", "{U}/"],
                server: answers(later(503), .respond(body: "ok")),
                stdout: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", stderr: warning,
                filesAfter: [
                    "heads":
                        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
                ]),
            FetchCase(
                "a Retry-After beyond --retry-max-time",
                ["--retry", "1", "--retry-delay", "0.001", "--retry-max-time", "5", "{U}/"],
                server: answers(.respond(503, [("Retry-After", "60")], body: "later")), requests: [get("/")],
                stdout: "later"),
            FetchCase(
                "a POST that was sent is not repeated",
                ["--retry", "1", "--retry-delay", "0.001", "-d", "x", "{U}/"],
                server: answers(later(503)), requests: [post("/", "x")], stdout: "later",
                stderr:
                    "Warning: POST is not repeated: it may have taken effect; --retry-all-errors repeats it\n"
            ),
            FetchCase(
                "a body from a pipe that was read is not sent again, least of all without its bytes",
                ["--retry", "1", "--retry-delay", "0.001", "-T", "-", "{U}/"],
                server: [.expectRequest, later(503), .hold], stdin: "abc",
                stderr:
                    "ferry: (65) {U}/: the request body must be sent again, but its input cannot be read again\n",
                status: 65),
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
                ], server: [.expectRequest, later(503), .hold], stdin: "abc", stderr: nil, status: 65),
            FetchCase(
                "nor after a redirect made it a GET",
                ["-L", "--retry", "1", "--retry-delay", "0.001", "-d", "x", "{U}/"],
                server: answers(.respond(303, [("Location", "/new")]), later(503)),
                requests: [post("/", "x"), get("/new")], stdout: "later",
                stderr:
                    "Warning: POST is not repeated: it may have taken effect; --retry-all-errors repeats it\n"
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
                requests: [get("/1"), get("/2"), get("/2")], stdout: "laterok", stderr: warning),
            FetchCase(
                "a broken answer with --retry-all-errors",
                ["--retry", "1", "--retry-delay", "0.001", "--retry-all-errors", "-o", "f", "{U}/"],
                server: [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), .close],
                [.expectRequest, .respond(body: "whole")],
                stderr:
                    "Warning: Problem: receiving the response failed: connection closed with 3 of 9 body bytes received. Retrying in 0.001 seconds. 1 retry left.\n",
                filesAfter: ["f": "whole"]),
            FetchCase(
                "not without", ["--retry", "1", "--retry-delay", "0.001", "-o", "f", "{U}/"],
                server: [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), .close],
                requests: [get("/")],
                stderr:
                    "ferry: (18) {U}/: receiving the response failed: connection closed with 3 of 9 body bytes received\n",
                status: 18, filesAfter: ["f": nil]),
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
                stderr: warning),
            FetchCase(
                "an upload is sent whole again",
                ["--retry", "1", "--retry-delay", "0.001", "-T", "f", "{U}/x"],
                server: answers(later(503), .respond(201)), files: ["f": "abc"],
                requests: [put("/x", "abc"), put("/x", "abc")], stderr: warning),
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
                .send("HTTP/1.1 206 P\r\nContent-Range: bytes 3-6/7\r\nContent-Length: 4\r\n\r\nde"), .close,
            ], [.expectRequest, .respond(206, [("Content-Range", "bytes 5-6/7")], body: "fg")],
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
        let failure = "cannot connect to 127.0.0.1:\(port.port): connection refused"
        let error = "ferry: (7) http://127.0.0.1:\(port.port)/: \(failure)\n"
        #expect(result.exitStatus == 7)
        #expect(
            result.errText
                == (asked ? "Warning: Problem: \(failure). Retrying in 0.001 seconds. 1 retry left.\n" : "")
                + error)
    }

    @Test func `a timeout is tried again, each attempt with its own time`() throws {
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .hold], [.expectRequest, .respond(body: "ok")],
        ])
        let result = try runFerry(
            ["-m", "0.5", "--retry", "1", "--retry-delay", "0.001", server.url()])
        #expect(result.outText == "ok", "\(result)")
        #expect(result.errText == "Warning: Problem: timeout. Retrying in 0.001 seconds. 1 retry left.\n")
    }

    @Test func `a POST that timed out is not tried again`() throws {
        let server = try ScriptedServer(script: [.expectRequest, .hold])
        let result = try runFerry([
            "-m", "0.3", "--retry", "1", "--retry-delay", "0.001", "-d", "x", server.url(),
        ])
        #expect(result.exitStatus == 28, "\(result)")
        #expect(server.requests.count == 1)
    }
}
