import TestSupport
import Testing

/// `--expect-…` on the command line: the answer is delivered, every difference is told, the status is 110.
@Suite struct ExpectationTests {
    private static func json(_ body: String, _ fields: (String, String)...) -> [ServerStep] {
        [
            .forever([
                .expectRequest, .respond(200, [("Content-Type", "application/json")] + fields, body: body),
            ])
        ]
    }

    static let cases = [
        FetchCase(
            "what holds says nothing",
            [
                "--expect-status", "200", "--expect-json", ".status == up", "--expect-header", "content-type",
                "{U}/",
            ],
            server: json(#"{"status":"up"}"#), stdout: #"{"status":"up"}"#),
        FetchCase(
            "each that fails is told, and the answer is delivered",
            ["-sS", "--expect-status", "404", "--expect-json", ".n > 4", "--expect-size", "3", "{U}/"],
            server: json(#"{"n":4}"#), stdout: #"{"n":4}"#,
            stderr: """
                ferry: (110) {U}/: expected --expect-status '404', but the status is 200
                ferry: (110) {U}/: expected --expect-json '.n > 4', but it is 4
                ferry: (110) {U}/: expected --expect-size '3', but the body has 7 bytes

                """, status: 110),
        FetchCase(
            "under -s alone nobody is told, and a file is kept",
            ["-s", "--expect-status", "404", "-o", "out", "{U}/"],
            server: json("{}"), status: 110, filesAfter: ["out": "{}"]),
        FetchCase(
            "the first failure of the command line decides",
            ["-sS", "--expect-status", "404", "{U}/", "--next", "-sS", "-f", "{U}/"],
            server: [.expectRequest, .respond(200, body: "a"), .expectRequest, .respond(500)],
            stdout: "a",
            stderr: """
                ferry: (110) {U}/: expected --expect-status '404', but the status is 200
                ferry: (22) {U}/: the server answered 500 Internal Server Error

                """, status: 110),
        FetchCase(
            "a transfer that failed is not judged", ["-sS", "-f", "--expect-status", "200", "{U}/"],
            server: [.expectRequest, .respond(500)],
            stderr: "ferry: (22) {U}/: the server answered 500 Internal Server Error\n",
            status: 22),
        FetchCase(
            "the answer behind redirects is judged",
            ["-sSL", "--expect-redirects", "1", "--expect-status", "200", "--expect-body", "== end", "{U}/"],
            server: [
                .expectRequest, .respond(302, [("Location", "/x")], body: "no"), .expectRequest,
                .respond(200, body: "end\n"),
            ],
            stdout: "end\n"),
        FetchCase(
            "what is beyond the limit fits nothing and is delivered all the same",
            ["-sS", "--expect-limit", "4", "--expect-body", "!= x", "{U}/"],
            server: json("12345"), stdout: "12345",
            stderr:
                "ferry: (110) {U}/: expected --expect-body '!= x', but the body is longer than the 4 bytes that "
                + "--expect-limit allows to be looked at\n", status: 110),
        FetchCase(
            "an expression that is wrong opens nothing", ["--expect-json", ".a ==", "-o", "out", "{U}/"],
            requests: [],
            stderr: """
                ferry: option --expect-json: '.a ==' is wrong at character 6: a value belongs behind ==; an empty text is ""
                ferry: try 'ferry --help' for more information

                """, status: 2, filesAfter: ["out": nil]),
        FetchCase(
            "-w knows of it", ["-s", "--expect-status", "404", "-w", "%{exitcode} %{errormsg}", "{U}/"],
            server: json("x"), stdout: "x110 expected --expect-status '404', but the status is 200",
            status: 110),
        FetchCase(
            "a share of connections that served before, of the whole run",
            ["-sS", "--expect-reuse", "60", "{U}/[1-3]"], server: json("x"), stdout: "xxx"),
        FetchCase(
            "too small a share", ["-sS", "--expect-reuse", "70", "{U}/[1-3]"], server: json("x"),
            stdout: "xxx",
            stderr:
                "ferry: (110) expected --expect-reuse '70', but 2 of 3 requests went over a connection that had "
                + "served before\n", status: 110),
        FetchCase(
            "-I has no body", ["-sSI", "--expect-json", ".a", "-o", "/dev/null", "{U}/"],
            server: [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")],
            stderr: "ferry: (110) {U}/: expected --expect-json '.a', but the body is empty\n", status: 110),
    ]

    @Test(arguments: cases)
    func `expectations (E-01, E-03)`(test: FetchCase) throws { try test.check() }

    @Test func `the coding of a body is undone before it is looked at (E-01)`() throws {
        let packed = try runProcess("gzip", ["-c"], stdin: Array(#"{"a":[1,2]}"#.utf8)).stdout
        let server = try ScriptedServer(script: [
            .expectRequest,
            .sendBytes(ServerStep.response(200, [("Content-Encoding", "gzip")], body: packed)),
        ])
        let result = try runFerry(["-sS", "--compressed", "--expect-json", ".a | length == 2", server.url()])
        #expect(result.exitStatus == 0 && result.outText == #"{"a":[1,2]}"#, "\(result)")
    }

    @Test func `answers in parallel, to files, are judged each by itself (E-03)`() throws {
        let server = try ScriptedServer { request in
            [.respond(200, body: "{\"n\":\(request.path.dropFirst())}")]
        }
        let folder = try TemporaryDirectory()
        let result = try runFerry(
            ["-sSZ", "--expect-json", ".n < 3", "-o", "#1", "\(server.url())[1-4]"], directory: folder.path)
        #expect(result.exitStatus == 110)
        #expect(result.errText.split(separator: "\n").count == 2 && result.errText.contains("/3: expected"))
        #expect((1...4).allSatisfy { folder.read("\($0)").map { text($0) } == "{\"n\":\($0)}" })
    }

    @Test func `the days that a certificate has left (E-01)`() throws {
        let certificate = TestCertificates.leaf(names: ["localhost"], addresses: ["127.0.0.1"])
        let server = try ScriptedServer(tls: ServerTLS(certificate), script: FetchCase.answer)
        let result = try runFerry(["-sSk", "--expect-cert-days", "0", server.url()])
        #expect(result.exitStatus == 0, "\(result)")
        let strict = try runFerry(["-sSk", "--expect-cert-days", "1000000", server.url()])
        #expect(
            strict.exitStatus == 110 && strict.errText.contains("but the certificate ends in "), "\(strict)")
    }

    @Test func `a failed expectation is retried for --retry-on expect only (E-03)`() throws {
        func script() -> [ServerStep] {
            ["a", "b", "c"].flatMap { [.expectRequest, .respond(body: $0)] }
        }
        let options = ["-s", "--retry", "5", "--retry-delay", "0.01", "--expect-body", "== c"]
        let server = try ScriptedServer(script: script())
        let result = try runFerry(options + ["--retry-on", "expect", "-w", "|%{num_retries}", server.url()])
        #expect(result.exitStatus == 0 && result.outText == "c|2", "\(result)")
        for words in [["--retry-on", "all"], ["--retry-all-errors"], []] {
            let server = try ScriptedServer(script: script())
            let result = try runFerry(options + words + [server.url()])
            #expect(result.exitStatus == 110 && result.outText == "a", "\(words): \(result)")
        }
    }

    @Test func `an endless body is delivered, and not kept beyond the limit (E-03)`() throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"),
            .sendRepeating(UInt8(ascii: "["), count: 100_000_000),
        ])
        let result = try runFerry([
            "-sS", "--expect-limit", "1M", "--expect-json", ".a", "-o", "/dev/null", "-w", "%{size_download}",
            server.url(),
        ])
        #expect(result.exitStatus == 110 && result.outText == "100000000", "\(result)")
        #expect(result.errText.contains("longer than the 1048576 bytes"))
    }
}
