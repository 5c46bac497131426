import Synchronization
import TestSupport
import Testing

/// `--rate` and the limits on slowness.
@Suite struct PaceTests {
    private static let stalled: [ServerStep] = [
        .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"), .hold,
    ]

    @Test(arguments: cases) func `slowness is a failure`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let cases = [
        FetchCase(
            "-Y and -y", ["-Y", "10", "-y", "0.2", "-o", "f", "{U}/"], server: stalled,
            stderr:
                "ferry: (28) {U}/: too slow: less than 10 bytes a second during 0.200 seconds (--speed-limit, --speed-time)\n"
                + "Warning: 3 bytes of 100 of f are kept in f.part, but the server does not say which version they are of, so that -C - starts over\n",
            status: 28, filesAfter: ["f": .none, "f.part": "abc"]),
        FetchCase(
            "-y alone means one byte", ["-s", "-y", "0.2", "-o", "f", "{U}/"], server: stalled, status: 28),
        FetchCase(
            "an answer that does not begin", ["-s", "--speed-limit", "1k", "--speed-time", "0.2", "{U}/"],
            server: [.expectRequest, .hold], status: 28),
        FetchCase(
            "a retry after it",
            ["-s", "-y", "0.2", "--retry", "1", "--retry-delay", "0.01", "-o", "f", "{U}/"],
            server: stalled, [.expectRequest, .respond(body: "second")], filesAfter: ["f": "second"]),
        FetchCase(
            "a second URL after it", ["-s", "-y", "0.2", "-o", "f", "{U}/", "{U}/"], server: stalled,
            [.expectRequest, .respond(body: "second")], stdout: "second", status: 28),
        FetchCase(
            "0 is no limit", ["-y", "0", "-Y", "0", "{U}/"], server: [.expectRequest, .respond(body: "x")],
            stdout: "x"),
        FetchCase(
            "fast enough", ["-y", "0.1", "-Y", "1", "-L", "{U}/"],
            server: [
                .expectRequest, .respond(302, [("Location", "/b")]), .expectRequest, .respond(body: "there"),
            ], requests: [get("/"), get("/b")], stdout: "there"),
        FetchCase(
            "no speed", ["-Y", "slow", "{U}/"], requests: [],
            stderr:
                "ferry: option -Y: 'slow' is not a size (bytes, or with a unit: 100k, 1.5M, 2G)\nferry: try 'ferry --help' for more information\n",
            status: 2),
        FetchCase(
            "no time", ["-y", "long", "{U}/"], requests: [],
            stderr:
                "ferry: option -y: 'long' is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)\nferry: try 'ferry --help' for more information\n",
            status: 2),
        FetchCase(
            "no rate", ["--rate", "often", "{U}/"], requests: [],
            stderr:
                "ferry: option --rate: 'often' is not a rate (a number of transfers, at least 1, with a time after a slash: 2/s, 10/m, 3/5h, 100/d)\nferry: try 'ferry --help' for more information\n",
            status: 2),
    ]

    /// The first one waits longer than a server without an answer is given before idle connections make way.
    @Test(arguments: [["--rate", "2/3s"], ["-Z", "--rate", "3/s"], ["-Z", "--rate-per-host", "3/s"]])
    func `what waited for its turn goes over the connection that is there`(pace: [String]) throws {
        let server = try ScriptedServer { _ in [.respond(body: "x")] }
        let result = try runFerry(["-sS"] + pace + [server.url("/[1-2]")])
        #expect(result.exitStatus == 0 && result.outText == "xx", "\(result)")
        #expect(server.acceptedCount == 1)
    }

    @Test func `connecting does not count as slow`() throws {
        let gate = Gate()
        let server = try ScriptedServer { request in
            request.path == "/held"
                ? [.pause(until: gate), .respond(body: "1")] : [.open(gate), .respond(body: "2")]
        }
        // The second transfer waits for the only connection, which the first one holds until it is too slow.
        let result = try runFerry(["-s", "-y", "0.3", "--limit", "1", server.url("/held"), server.url("/b")])
        #expect(result.outText == "2", "\(result)")
        #expect(result.exitStatus == 28)
    }

    private static func paced(_ log: String) -> Int {
        log.split(separator: "\n").count { $0.hasPrefix("Note: waits ") }
    }

    @Test func `--rate spaces all requests, of redirects and retries too, and those at once (P-01)`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "x")] }
        for options in [[], ["-Z"], ["--limit", "2"]] {
            let spaced = try runFerry(options + ["-v", "--rate", "5/s", server.url("/[1-4]")])
            #expect(spaced.outText == "xxxx")
            #expect(Self.paced(spaced.errText) == 3, "\(options) \(spaced)")
        }
        let single = try runFerry(["-v", "--rate", "1/d", server.url("/1")])
        #expect(single.outText == "x" && Self.paced(single.errText) == 0)
        let moved = try ScriptedServer(script: [
            .expectRequest, .respond(302, [("Location", "/b")]), .expectRequest, .respond(503),
            .expectRequest,
            .respond(302, [("Location", "/b")]), .expectRequest, .respond(body: "there"),
        ])
        let result = try runFerry([
            "-v", "-L", "--retry", "1", "--retry-delay", "0.001", "--rate", "5/s", moved.url(),
        ])
        #expect(result.outText == "there" && Self.paced(result.errText) == 3, "\(result)")
    }

    @Test(arguments: [[], ["-Z"], ["--limit", "1"]])
    func `--rate holds for redirects and retries of repeated transfers (P-01, O-05)`(options: [String]) throws
    {
        let server = try ScriptedServer { request in
            request.path == "/a" ? [.respond(302, [("Location", "/b")])] : [.respond(500)]
        }
        let result = try runFerry(
            options + [
                "-v", "-L", "--retry", "1", "--retry-delay", "0.001", "--rate", "5/s", "--repeat", "2",
                server.url("/a"),
            ])
        // Only the first of the eight finds its turn come.
        #expect(server.requests.count == 8 && Self.paced(result.errText) == 7, "\(result)")
    }

    @Test func `each host has a rate of its own (P-02)`() throws {
        let one = try ScriptedServer { _ in [.respond(body: "x")] }
        let two = try ScriptedServer { _ in [.respond(body: "y")] }
        let result = try runFerry([
            "-v", "-Z", "--rate-per-host", "5/s,3", one.url("/[1-5]"), two.url("/[1-3]"),
        ])
        #expect(result.outText == "xxxxxyyy", "\(result)")
        #expect(Self.paced(result.errText) == 2, "\(result)")
    }

    @Test(arguments: [429, 503]) func `a host that says later is left alone, others are not (P-03)`(
        _ status: Int
    ) throws {
        let first = Mutex(true)
        let busy = try ScriptedServer { _ in
            let isFirst = first.withLock { value in
                defer { value = false }
                return value
            }
            return isFirst ? [.respond(status, [("Retry-After", "1")], body: "later")] : [.respond(body: "x")]
        }
        let free = try ScriptedServer { _ in [.respond(body: "y")] }
        // Without --retry: the answer stands, and those that follow wait.
        let result = try runFerry(["-v", busy.url("/[1-3]"), free.url("/")])
        #expect(result.outText == "laterxxy", "\(result)")
        #expect(
            result.errText.contains("Note: 127.0.0.1 is left alone for 1.000 seconds, as it asks"),
            "\(result)")
        #expect(Self.paced(result.errText) >= 1)
    }

    @Test func `an announced limit is kept to (P-04)`() throws {
        for (fields, isHeld) in [
            ([("RateLimit", "\"default\";r=0;t=1")], true),
            ([("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1")], true),
            ([("RateLimit", "\"default\";r=9;t=1")], false),
        ] {
            let server = try ScriptedServer { _ in
                [.sendBytes(ServerStep.response(200, fields, body: [0x78]))]
            }
            let result = try runFerry(["-v", "--honor-ratelimit", server.url("/[1-2]")])
            #expect(result.outText == "xx" && (Self.paced(result.errText) == 1) == isHeld, "\(result)")
            let deaf = try runFerry(["-v", server.url("/[1-2]")])
            #expect(deaf.outText == "xx" && Self.paced(deaf.errText) == 0)
        }
    }

    @Test func `a slow host does not keep a fast one's transfers from starting (P-05)`() throws {
        let gate = Gate()
        let slow = try ScriptedServer { _ in [.pause(until: gate), .respond(body: "s")] }
        let count = Mutex(0)
        let fast = try ScriptedServer { _ in
            let number = count.withLock { value in
                value += 1
                return value
            }
            return (number == 5 ? [.open(gate)] : []) + [.respond(body: "f")]
        }
        // The slow ones end only when all of the fast ones were asked, and come first on the command line.
        let result = try runFerry(["-s", "--limit", "2", slow.url("/[1-20]"), fast.url("/[1-5]")])
        #expect(result.outText == String(repeating: "s", count: 20) + "fffff", "\(result)")
    }

    @Test func `twelve files from an nginx that limits its requests all arrive (P-06)`() throws {
        let files = Dictionary(uniqueKeysWithValues: (1...12).map { ("f\($0)", Array("file \($0)".utf8)) })
        let nginx = try Nginx(
            server: """
                location /limited/ {
                    alias www/;
                    limit_req zone=few burst=2 nodelay;
                    limit_req_status 429;
                    add_header Retry-After 1 always;
                }
                """, http: "limit_req_zone $server_name zone=few:1m rate=5r/s;", files: files)
        let folder = try TemporaryDirectory()
        let result = try runFerry(
            [
                "-sS", "--limit", "5", "--retry", "9", "-O", nginx.url("/limited/f[1-12]"),
                "--remote-name-all",
            ],
            directory: folder.path)
        #expect(result.exitStatus == 0, "\(result)")
        for (name, content) in files { #expect(folder.read(name) == content, "\(name)") }
        let refused = nginx.accessLog().count { $0.contains(" 429 ") }
        #expect(refused <= 3, "\(nginx.accessLog())")
    }

    @Test func `an interrupt ends the wait of --rate`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "x")] }
        let process = try RunningProcess(ferryBinary(), ["-v", "--rate", "1/d", server.url("/[1-3]")])
        #expect(process.waitForError("Note: waits "))
        process.send(2)
        #expect(process.wait().signal == 2)
        #expect(server.requests.count == 1)
    }

    @Test func `the pause of a host counts for --retry-max-time (R-08, R-09)`() throws {
        let server = try ScriptedServer { _ in [.respond(429, body: "later")] }
        let result = try runFerry([
            "-sS", "-f", "--retry", "9", "--retry-delay", "0.01", "--retry-max-time", "1.5", server.url(),
        ])
        #expect(result.exitStatus == 22 && server.requests.count == 2, "\(result)")
        let alone = try runFerry([
            "-f", "--retry", "9", "--retry-delay", "0.01", "--retry-max-time", "0.5", server.url(),
        ])
        #expect(alone.exitStatus == 22 && server.requests.count == 3, "\(alone)")
        #expect(!alone.errText.contains("Trying again"), "\(alone)")
        #expect(alone.errText.contains(" s goes beyond --retry-max-time"), "\(alone)")
    }

    @Test func `the turn of another attempt is not waited for beyond --retry-max-time (R-08)`() throws {
        let server = try ScriptedServer { request in
            request.path == "/a" ? [.respond(500)] : [.respond(503, [("Retry-After", "60")])]
        }
        let result = try runFerry([
            "-sS", "-Z", "--retry", "3", "--retry-delay", "0.1", "--retry-max-time", "0.3", server.url("/a"),
            "--next", server.url("/b"),
        ])
        #expect(server.requests.map(\.path).sorted() == ["/a", "/b"], "\(result)")
    }
}
