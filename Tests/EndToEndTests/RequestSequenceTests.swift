import TestSupport
import Testing

/// Several URLs, where they come from, and where they lead.
@Suite struct RequestSequenceTests {
    @Test(arguments: cases) func `what is asked, in which order`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let cases = [
        FetchCase(
            "--next starts afresh", ["-d", "x", "-A", "one", "{U}/1", "--next", "-b", "c=1", "{U}/2"],
            requests: [
                request(
                    "POST /1",
                    [
                        "Host: {A}", "User-Agent: one", "Accept: */*", "Content-Length: 1",
                        "Content-Type: application/x-www-form-urlencoded",
                    ], body: "x"), get("/2", "Cookie: c=1"),
            ]),
        FetchCase(
            "globs", ["{U}/{a,b}[1-2]", "-o", "#1-#2"],
            server: [.forever([.expectRequest, .respond(body: "x")])],
            requests: [get("/a1"), get("/a2"), get("/b1"), get("/b2")],
            filesAfter: ["a-1": "x", "a-2": "x", "b-1": "x", "b-2": "x"]),
        FetchCase("-g", ["-g", "{U}/{a}[1]"], requests: [get("/{a}[1]")]),
        FetchCase(
            "--url @file", ["--url", "@list"], server: [.forever([.expectRequest, .respond(body: "x")])],
            files: ["list": "# two\n{U}/dir/one\n\n  {U}/two{a}  \r\n"],
            requests: [get("/dir/one"), get("/two{a}")],
            filesAfter: ["one": "x", "two{a}": "x"]),
        FetchCase(
            "--url @ of a folder", ["--url", "@{D}"], requests: [],
            stderr: "ferry: (26) cannot read the list of URLs {D}: Is a directory\n", status: 26),
        FetchCase(
            "the first failure counts", ["-f", "http://", "{U}/2", "{U}/3"],
            server: [.expectRequest, .respond(404), .expectRequest, .respond(body: "x")],
            requests: [get("/2"), get("/3")], stdout: "x",
            stderr:
                "ferry: (3) bad URL 'http://': no host\nferry: (22) {U}/2: the server answered 404 Not Found\n",
            status: 3),
        FetchCase(
            "a connection serves again",
            ["-w", "%{num_connects} %{response_code}\n", "{U}/1", "{U}/2"],
            server: [.expectRequest, .respond(), .expectRequest, .respond(404)], [.hold],
            requests: [get("/1"), get("/2")], stdout: "1 200\n0 404\n"),
        FetchCase(
            "a stale connection is replaced", ["{U}/1", "{U}/2"],
            server: [.expectRequest, .respond(body: "a"), .expectRequest, .close],
            [.expectRequest, .respond(body: "b")],
            requests: [get("/1"), get("/2"), get("/2")], stdout: "ab"),
        FetchCase(
            "a POST is not repeated on another connection", ["-d", "x", "{U}/1", "{U}/2"],
            server: [.expectRequest, .respond(body: "a"), .expectRequest, .close],
            [.expectRequest, .respond(body: "b")],
            requests: [post("/1", "x"), post("/2", "x")], stdout: "a",
            stderr:
                "ferry: (52) {U}/2: receiving the response failed: connection closed before any byte of a response; the connection had served before (--force-close makes one for each request)\n",
            status: 52),
        FetchCase(
            "a config file", ["-K", "c", "-q"],
            files: ["c": "url = \"{U}/c\"\nuser-agent: me\n# no\nhead\nno-head\n"],
            requests: [request("GET /c", ["Host: {A}", "User-Agent: me", "Accept: */*"])]),
        FetchCase(
            "the default config file", ["{U}/"], environment: ["HOME": "{D}"], files: [".ferryrc": "-A me\n"],
            requests: [request("GET /", ["Host: {A}", "User-Agent: me", "Accept: */*"])]),
        FetchCase(
            "-q skips it", ["-q", "{U}/"], environment: ["HOME": "{D}"], files: [".ferryrc": "-A me\n"],
            requests: [get("/")]),
    ]

    @Test(arguments: ["unix-socket", "abstract-unix-socket", "url"])
    func `Unix sockets`(_ way: String) throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("s")
        let server = try ScriptedServer(
            on: way == "abstract-unix-socket" ? .abstract(path) : .unix(path),
            script: [.expectRequest, .respond(body: "ok")])
        let encoded = path.split(separator: "/").map { "%2F\($0)" }.joined()
        let arguments =
            way == "url" ? ["http+unix://\(encoded)/a?b"] : ["--\(way)", path, "http://example.test/a?b"]
        let result = try runFerry(arguments)
        #expect(result.outText == "ok" && result.exitStatus == 0, "\(result)")
        let host = way == "url" ? "localhost" : "example.test"
        #expect(
            server.requests.map(\.head) == [
                request("GET /a?b", ["Host: \(host)", "User-Agent: ferry/0.1.0", "Accept: */*"])
            ])
    }

    @Test(.enabled(if: hasIPv6Loopback())) func `an IPv6 literal`() throws {
        let server = try ScriptedServer(on: .ipv6("::1"), script: [.expectRequest, .respond(body: "ok")])
        let result = try runFerry(["http://[::1]:\(server.port)/"])
        #expect(result.outText == "ok", "\(result)")
        #expect(server.requests.first?.header("Host") == "[::1]:\(server.port)")
    }
}
