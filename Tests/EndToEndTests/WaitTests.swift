import Glibc
import TestSupport
import Testing

/// `--wait-ready` against services that come up late, in every way that they do.
@Suite struct WaitTests {
    private let folder: TemporaryDirectory
    private let path: String

    init() throws {
        folder = try TemporaryDirectory()
        path = folder.file("s.sock")
    }

    /// Waits until the command says so, then goes on.
    private func ferry(_ arguments: [String], when line: String, _ then: () throws -> Void) throws
        -> ProcessResult
    {
        let process = try RunningProcess(ferryBinary(), ["-q"] + arguments, directory: folder.path)
        try #require(process.waitForError(line), "\(process.wait(timeoutSeconds: 1))")
        try then()
        return process.wait(timeoutSeconds: 30)
    }

    @Test func `a socket that appears, and the answer of the last question is delivered (W-01, W-03)`() throws
    {
        var server: ScriptedServer?
        let result = try ferry(
            ["--wait-ready", "20", "unix:\(path):/health", "-w", "|%{num_connects}|%{num_retries}"],
            when: "Note: waiting for unix:\(path): no such file\n"
        ) { server = try ScriptedServer(on: .unix(path), handler: { _ in [.respond(body: "up")] }) }
        #expect(result.exitStatus == 0 && result.outText == "up|1|0", "\(result)")
        let lines = result.errText.split(separator: "\n")
        #expect(lines.count == 2 && lines.last?.hasPrefix("Note: ready after ") == true, "\(result)")
        #expect(server?.requests.map(\.line) == ["GET /health HTTP/1.1"])
    }

    @Test func `checksums are waited for as well (W-01)`() throws {
        let sum = try runProcess("sha256sum", [folder.write("x", to: "x")]).outText.prefix(64)
        var server: ScriptedServer?
        let result = try ferry(
            ["--wait-ready", "20", "--checksum-url", "unix:\(path):/S", "unix:\(path):/f", "-o", "f"],
            when: "Note: waiting for unix:\(path): no such file\n"
        ) {
            server = try ScriptedServer(on: .unix(path)) { request in
                [.respond(body: request.path == "/S" ? "\(sum)  f\n" : "x")]
            }
        }
        #expect(result.exitStatus == 0 && folder.read("f").map { text($0) } == "x", "\(result)")
        #expect(result.errText.split(separator: "\n").count { $0.contains("ready after") } == 1, "\(result)")
        #expect(server?.requests.map(\.path) == ["/S", "/f"])
        let gone = try runFerry([
            "-sS", "--wait-ready", "20", "--wait-gone", "--checksum-url", "unix:\(path)2:/S",
            "unix:\(path)2:/f",
        ])
        #expect(gone.exitStatus == 0, "\(gone)")
    }

    @Test func `accepted and closed, a reset, 502, then an answer, as behind a proxy of ports (W-02)`() throws
    {
        let server = try ScriptedServer(scripts: [
            [.close], [.expectRequest, .reset], [.expectRequest, .respond(502, body: "bad")],
            [.expectRequest, .respond(503)], [.expectRequest, .respond(504)],
            [.expectRequest, .respond(body: "fine")],
        ])
        let result = try runFerry(
            ["--wait-ready", "20", "--wait-interval", "0.02", "-o", "out", server.url()],
            directory: folder.path)
        #expect(result.exitStatus == 0 && folder.read("out").map { text($0) } == "fine", "\(result)")
        for status in ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"] {
            #expect(result.errText.contains(": HTTP \(status)\n"), "\(result)")
        }
        #expect(result.errText.hasSuffix("s, 6 tries\n"))
    }

    @Test func `503 with Retry-After is asked again each interval, too (W-02)`() throws {
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .respond(503, [("Retry-After", "60")]), .expectRequest, .respond(body: "x")]
        ])
        let result = try runFerry(["--wait-ready", "20", "--wait-interval", "0.02", server.url()])
        #expect(result.exitStatus == 0 && result.outText == "x", "\(result)")
        #expect(
            result.errText.hasSuffix("s, 2 tries\n") && !result.errText.contains("no answer"), "\(result)")
        let busy = try ScriptedServer { _ in [.respond(503, [("Retry-After", "60")])] }
        let late = try runFerry(["--wait-ready", "0.1", "--wait-interval", "0.02", busy.url()])
        #expect(late.exitStatus == 112, "\(late)")
        #expect(
            late.errText.hasSuffix(", \(busy.requests.count) tries: HTTP 503 Service Unavailable\n"),
            "\(late)")
    }

    @Test func `a question whose turn does not come was not asked (W-03)`() throws {
        let server = try ScriptedServer { _ in [.respond(502)] }
        let result = try runFerry([
            "--rate", "1/m", "--wait-ready", "0.1", "--wait-interval", "0.02", server.url(),
        ])
        #expect(result.exitStatus == 112 && server.requests.count == 1, "\(result)")
        #expect(result.errText.hasSuffix(" s, 1 try: its turn has not come yet\n"), "\(result)")
    }

    @Test func `who accepts and says nothing is not ready (W-02)`() throws {
        let server = try ScriptedServer(scripts: [[.hold], [.expectRequest, .respond(body: "x")]])
        let result = try runFerry(["--wait-ready", "20", server.url()])
        #expect(result.exitStatus == 0 && result.outText == "x", "\(result)")
        #expect(result.errText.contains(": no answer in 1.0 s\n"))
    }

    @Test func `TLS that comes up late (W-02)`() throws {
        let port = try probeFreePort()
        let plain = try ScriptedServer(
            on: .ipv4("127.0.0.1", port: port), script: [.send("not yet\n"), .close])
        var server: ScriptedServer?
        let result = try ferry(
            ["-k", "--wait-ready", "20", "https://127.0.0.1:\(port)/"],
            when: "waiting for 127.0.0.1:\(port): TLS "
        ) {
            plain.stop()
            let tls = ServerTLS(TestCertificates.leaf(names: ["localhost"], addresses: ["127.0.0.1"]))
            server = try ScriptedServer(
                on: .ipv4("127.0.0.1", port: port), tls: tls, handler: { _ in [.respond(body: "x")] })
        }
        #expect(result.exitStatus == 0 && result.outText == "x", "\(result)")
        _ = server
    }

    @Test func `an expectation that does not hold yet (W-02)`() throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .respond(404, body: "{}"), .expectRequest,
            .respond(body: #"{"status":"starting"}"#),
            .expectRequest, .respond(body: #"{"status":"up"}"#),
        ])
        let result = try runFerry([
            "--wait-ready", "20", "--wait-interval", "0.02", "--expect-status", "200", "--expect-json",
            ".status == up",
            server.url(),
        ])
        #expect(result.exitStatus == 0 && result.outText == #"{"status":"up"}"#, "\(result)")
        #expect(result.errText.contains("expected --expect-status '200', but the status is 404\n"))
        #expect(result.errText.contains("expected --expect-json '.status == up', but it is \"starting\"\n"))
        #expect(server.requests.count == 3 && server.acceptedCount == 1)
    }

    @Test func `what an earlier run left is gone on with once the service is ready (R-05)`() throws {
        let server = try ScriptedServer(scripts: [
            [
                .expectRequest,
                .sendBytes(
                    ServerStep.response(200, [("ETag", "\"v1\""), ("Content-Length", "6")], body: [])
                        + Array("abc".utf8)), .close,
            ], [.expectRequest, .respond(503), .close],
            [
                .expectRequest, .respond(503), .expectRequest,
                .respond(206, [("ETag", "\"v1\""), ("Content-Range", "bytes 3-5/6")], body: "def"),
            ],
        ])
        let options = ["-sS", "-o", "f", server.url()]
        _ = try runFerry(options, directory: folder.path)
        let late = try runFerry(["-C", "-", "--wait-ready", "0.00001"] + options, directory: folder.path)
        #expect(late.exitStatus == 112 && folder.names() == ["f.part", "f.part.meta"], "\(late)")
        let result = try runFerry(
            ["-C", "-", "--wait-ready", "20", "--wait-interval", "0.02"] + options, directory: folder.path)
        #expect(result.exitStatus == 0 && folder.read("f").map { text($0) } == "abcdef", "\(result)")
    }

    @Test func `a pipe gets nothing that is not as expected (W-02, W-04)`() throws {
        let server = try ScriptedServer(scripts: [
            [
                .expectRequest, .respond(body: "no"), .expectRequest, .respond(body: "no"), .expectRequest,
                .respond(body: "yes!"),
            ]
        ])
        mkfifo(folder.file("p"), 0o600)
        let reader = try RunningProcess("cat", ["p"], directory: folder.path)
        let result = try runFerry(
            [
                "-sS", "--wait-ready", "20", "--wait-interval", "0.02", "--expect-body", "== yes!", "-o", "p",
                server.url(),
            ], directory: folder.path)
        #expect(result.exitStatus == 0 && server.requests.count == 3, "\(result)")
        #expect(reader.wait(timeoutSeconds: 20).outText == "yes!")
    }

    @Test(arguments: [[], ["-o", "/dev/stdout"], ["-o", "-"], ["-i", "--retry", "1"]])
    func `the answer of a service that does not get ready is not delivered (W-04)`(_ output: [String]) throws
    {
        let server = try ScriptedServer { _ in [.respond(body: "no")] }
        let result = try runFerry(
            output + [
                "-sS", "--wait-ready", "0.1", "--wait-interval", "0.02", "--expect-body", "^= ye",
                server.url(),
            ])
        #expect(result.exitStatus == 112 && result.outText == "", "\(result)")
    }

    @Test func `so many good answers in a row, and the last one is delivered (W-01)`() throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .respond(body: "1"), .expectRequest, .respond(503), .expectRequest,
            .respond(body: "2"),
            .expectRequest, .respond(body: "3"), .expectRequest, .respond(body: "4"),
        ])
        let result = try runFerry([
            "-s", "--wait-ready", "20", "--wait-interval", "0.02", "--wait-times", "3", server.url(),
        ])
        #expect(result.exitStatus == 0 && result.outText == "4" && result.errText == "", "\(result)")
        #expect(server.requests.count == 5)
    }

    @Test func `a POST is never a question: HEAD asks, on the connection that then carries it (W-04)`() throws
    {
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 503 X\r\nContent-Length: 9\r\n\r\n"), .expectRequest,
            .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), .expectRequest,
            .respond(201, body: "made"),
        ])
        let result = try runFerry([
            "-s", "--wait-ready", "20", "--wait-interval", "0.02", "-d", "a=1", server.url("/jobs"),
        ])
        #expect(result.exitStatus == 0 && result.outText == "made", "\(result)")
        #expect(server.requests.map(\.method) == ["HEAD", "HEAD", "POST"] && server.acceptedCount == 1)
        #expect(server.requests.map(\.target) == ["/jobs", "/jobs", "/jobs"])
        #expect(server.requests.last?.bodyText == "a=1" && server.requests.first?.bodyText == "")
    }

    @Test func `another URL can say whether it is ready (W-04)`() throws {
        let server = try ScriptedServer { request in
            request.path == "/health" ? [.respond(body: "never shown")] : [.respond(body: request.method)]
        }
        let result = try runFerry([
            "-s", "--wait-ready", "20", "--wait-url", server.url("/health"), "-X", "PUT", "-d", "x",
            server.url("/a"),
        ])
        #expect(result.exitStatus == 0 && result.outText == "PUT", "\(result)")
        #expect(server.requests.map { $0.method + $0.path } == ["GET/health", "PUT/a"])
    }

    @Test(arguments: [[], ["-Z"]])
    func `several wait side by side, and nothing is delivered or sent before all are ready (W-04)`(
        mode: [String]
    ) throws {
        let first = try ScriptedServer { request in [.respond(body: "first \(request.method)\n")] }
        var second: ScriptedServer?
        let process = try RunningProcess(
            ferryBinary(),
            ["-q"] + mode + [
                "--wait-ready", "20", first.url(), "unix:\(path):/", "--next", "-d", "x", first.url("/post"),
            ])
        try #require(process.waitForError("ready after"))
        try #require(process.waitForError("waiting for unix:\(path)"))
        #expect(first.requests.map(\.method) == ["GET"])
        second = try ScriptedServer(on: .unix(path), handler: { _ in [.respond(body: "second\n")] })
        let result = process.wait(timeoutSeconds: 30)
        #expect(result.exitStatus == 0 && result.outText == "first GET\nsecond\nfirst POST\n", "\(result)")
        #expect(first.requests.map(\.method) == ["GET", "POST"] && second?.requests.count == 1)
    }

    @Test func `not ready in time is 112, with the last reason, and nothing of the others (W-03, W-04)`()
        throws
    {
        let server = try ScriptedServer { _ in [.respond(body: "first")] }
        let late = "--wait-ready", limit = "0.3"
        let result = try runFerry([
            "-sS", late, limit, server.url(), "unix:\(path):/", "--next", "-d", "x", server.url("/post"),
        ])
        #expect(result.exitStatus == 112 && result.outText == "", "\(result)")
        let lines = result.errText.split(separator: "\n").map(String.init)
        try #require(lines.count == 2, "\(result)")
        #expect(lines[0].hasPrefix("ferry: (112) http+unix://") && lines[0].hasSuffix(": no such file"))
        #expect(
            lines[1] == "ferry: (42) 2 transfers were stopped because another URL is not ready (--wait-ready)"
        )
        #expect(server.requests.map(\.method) == ["GET"])
        let silent = try runFerry(["-s", late, limit, "unix:\(path):/"])
        #expect(silent.exitStatus == 112 && silent.errText == "")
    }

    @Test func `what time does not heal ends it at once with its own status (W-02)`() throws {
        let server = try ScriptedServer(
            tls: ServerTLS(TestCertificates.leaf(names: ["localhost"], addresses: ["127.0.0.1"])),
            script: FetchCase.answer)
        let pin = String(repeating: "ab", count: 32)
        for (arguments, status) in [
            ([server.url()], 60), (["--fingerprint", pin, server.url()], 90), (["http://a b/"], 3),
            (["ftp://a/"], 1),
            (["http+unix://\(String(repeating: "x", count: 120))/"], 6),
        ] as [([String], Int32)] {
            let result = try runFerry(["-sS", "--wait-ready", "600"] + arguments, timeoutSeconds: 20)
            #expect(result.exitStatus == status && !result.timedOut, "\(arguments): \(result)")
        }
    }

    @Test func `an end is waited for, and no request follows (W-01)`() throws {
        let server = try ScriptedServer(on: .unix(path), handler: { _ in [.respond(body: "still here")] })
        let result = try ferry(
            ["--wait-ready", "20", "--wait-gone", "-o", "out", "unix:\(path):/"],
            when: "waiting for unix:\(path): it still answers (HTTP 200 OK)\n"
        ) { server.stop() }
        #expect(
            result.exitStatus == 0 && result.outText == "" && result.errText.contains("Note: gone after "),
            "\(result)")
        #expect(folder.read("out") == nil)
    }

    @Test func `a signal ends the wait (W-03)`() throws {
        let process = try RunningProcess(ferryBinary(), ["-q", "--wait-ready", "600", "unix:\(path):/"])
        try #require(process.waitForError("no such file"))
        process.send(SIGTERM)
        let result = process.wait(timeoutSeconds: 20)
        #expect(result.signal == SIGTERM || result.exitStatus == 143, "\(result)")
        #expect(result.errText.hasSuffix("ferry: stopped by signal 15\n"))
    }

    @Test func `a stream flows as soon as it is ready (W-01)`() throws {
        let more = Gate()
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfirst\n"), .pause(until: more),
            .send("second\n"), .close,
        ])
        let process = try RunningProcess(ferryBinary(), ["-q", "-sN", "--wait-ready", "20", server.url()])
        #expect(process.waitForOutput("first\n"))
        more.open()
        #expect(process.wait(timeoutSeconds: 20).outText == "first\nsecond\n")
    }

    @Test(arguments: [["--repeat", "2"], ["--for", "1"], ["--print-fingerprint"]])
    func `a wait goes with no measurement and no look at a certificate (W-01)`(arguments: [String]) throws {
        let result = try runFerry(["--wait-ready", "1"] + arguments + ["http://127.0.0.1:1/"])
        #expect(result.exitStatus == 2)
        #expect(
            result.errText.hasPrefix("ferry: option --wait-ready: cannot be used with \(arguments[0])"),
            "\(result)")
    }

    @Test(arguments: [
        ["--wait-times", "2"], ["--wait-interval", "1"], ["--wait-gone"], ["--wait-url", "http://a/"],
    ])
    func `what belongs to a wait needs one (W-01)`(arguments: [String]) throws {
        let result = try runFerry(arguments + ["http://127.0.0.1:1/"])
        #expect(result.exitStatus == 2)
        #expect(
            result.errText.hasPrefix(
                "ferry: option \(arguments[0]): needs --wait-ready, which says how long\n"), "\(result)")
    }
}
