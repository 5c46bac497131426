import TestSupport
import Testing

/// Bodies that nobody wants: of a redirect, of a challenge, of a failure under `-f`. They are waited for a moment, to keep
/// the connection, and whatever is wrong with them counts for nothing.
@Suite struct UnwantedBodyTests {
    /// Ways to answer with a body that never comes whole, by what follows the head.
    private static let broken: [(name: String, fields: String, rest: [ServerStep])] = [
        ("cut short", "Content-Length: 300\r\n", [.send("abc"), .close]),
        ("reset", "Content-Length: 300\r\n", [.send("abc"), .reset]),
        ("no chunks", "Transfer-Encoding: chunked\r\n", [.send("zz\r\n"), .hold]),
        ("held back", "Content-Length: 300\r\n", [.send("abc"), .hold]),
        ("without end", "", [.send("abc"), .hold]),
        (
            "dripping", "Transfer-Encoding: chunked\r\n",
            [.forever([.send("1\r\na\r\n"), .delay(milliseconds: 5)])]
        ),
        ("large", "Content-Length: 5000000000\r\n", [.send("abc"), .hold]),
    ]

    private static func answer(_ head: String, _ fields: String, _ rest: [ServerStep]) -> [ServerStep] {
        [.expectRequest, .send("HTTP/1.1 \(head)\r\n\(fields)\r\n")] + rest
    }

    @Test(arguments: broken.indices) func `of a redirect`(index: Int) throws {
        let body = Self.broken[index]
        try FetchCase(
            body.name, ["-L", "{U}/"],
            server: Self.answer("302 Found\r\nLocation: /n", body.fields, body.rest),
            [.expectRequest, .respond(body: "page")], requests: [get("/"), get("/n")], stdout: "page"
        ).check()
    }

    @Test(arguments: broken.indices) func `of a failure`(index: Int) throws {
        let body = Self.broken[index]
        for option in [[], ["--max-filesize", "6"], ["-o", "out"]] {
            try FetchCase(
                body.name, ["-f"] + option + ["{U}/"],
                server: Self.answer("404 Not Found", body.fields, body.rest),
                stderr: "ferry: (22) {U}/: the server answered 404 Not Found\n", status: 22,
                filesAfter: ["out": nil]
            ).check()
        }
    }

    @Test(arguments: broken.indices) func `of a challenge`(index: Int) throws {
        let body = Self.broken[index]
        let head = "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\""
        try FetchCase(
            body.name, ["--anyauth", "-u", "a:b", "{U}/"], server: Self.answer(head, body.fields, body.rest),
            [.expectRequest, .respond(body: "in")],
            requests: [
                get("/"),
                request(
                    "GET /", ["Host: {A}", "Authorization: Basic YTpi", "User-Agent: {UA}", "Accept: */*"]),
            ],
            stdout: "in"
        ).check()
    }

    @Test(arguments: broken.indices) func `of an answer that is asked for again`(index: Int) throws {
        let body = Self.broken[index]
        try FetchCase(
            body.name, ["-s", "--retry", "1", "--retry-delay", "0.001", "{U}/"],
            server: Self.answer("503 Busy", body.fields, body.rest), [.expectRequest, .respond(body: "ok")],
            requests: [get("/"), get("/")], stdout: "ok"
        ).check()
    }

    @Test func `a whole one keeps the connection, also when it comes late`() throws {
        for pause in [0, 50] {
            let server = try ScriptedServer(scripts: [
                [
                    .expectRequest, .send("HTTP/1.1 302 Found\r\nLocation: /n\r\nContent-Length: 3\r\n\r\n"),
                    .delay(milliseconds: pause), .send("abc"), .expectRequest, .respond(body: "page"), .hold,
                ]
            ])
            let result = try runFerry(["-sS", "-L", server.url()])
            #expect(result.exitStatus == 0 && result.outText == "page", "\(result)")
            #expect(server.acceptedCount == 1)
        }
    }

    @Test func `after a 101 comes what the other protocol says`() throws {
        try FetchCase(
            "an upgrade", ["-N", "-X", "POST", "-H", "Connection: Upgrade", "-H", "Upgrade: tcp", "{U}/"],
            server: [
                .expectRequest,
                .send("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nstream "),
                .delay(milliseconds: 5), .send("more"), .close,
            ], stdout: "stream more"
        ).check()
    }

    @Test func `the answer itself is not so treated`() throws {
        try FetchCase(
            "--fail-with-body", ["--fail-with-body", "{U}/"],
            server: Self.answer("404 Not Found", "Content-Length: 300\r\n", [.send("abc"), .close]),
            stdout: "abc",
            stderr: nil, status: 18
        ).check()
    }
}
