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
            status: 28, filesAfter: ["f": .none]),
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

    @Test func `--rate spaces the starts, but not those of retries or parallel transfers`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "x")] }
        let spaced = try runFerry(["-v", "--rate", "20/s", server.url("/[1-4]")])
        #expect(spaced.outText == "xxxx")
        #expect(
            spaced.errText.split(separator: "\n").count { $0.hasPrefix("Note: waits 0.0") } == 3, "\(spaced)")
        let free = try runFerry(["-v", "-Z", "--rate", "1/d", server.url("/[1-3]")])
        #expect(free.outText == "xxx" && !free.errText.contains("waits"), "\(free)")
        let single = try runFerry(["-v", "--rate", "1/d", server.url("/1")])
        #expect(single.outText == "x" && !single.errText.contains("waits"))
    }

    @Test func `an interrupt ends the wait of --rate`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "x")] }
        let process = try RunningProcess(ferryBinary(), ["-v", "--rate", "1/d", server.url("/[1-3]")])
        #expect(process.waitForError("Note: waits "))
        process.send(2)
        #expect(process.wait().signal == 2)
        #expect(server.requests.count == 1)
    }
}
