import TestSupport
import Testing

/// Which connection a request goes over, and what happens when that one is gone.
@Suite struct RequestReuseTests {
    @Test(arguments: cases) func `a request goes where it should`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    private static func ok(_ body: String) -> [ServerStep] { [.expectRequest, .respond(body: body)] }

    static let cases = [
        FetchCase(
            "a reset connection is replaced", ["{U}/1", "{U}/2"], server: ok("a") + [.expectRequest, .reset],
            ok("b"), requests: [get("/1"), get("/2"), get("/2")], stdout: "ab"),
        FetchCase(
            "not once a byte of the answer came", ["{U}/1", "{U}/2"],
            server: ok("a") + [.expectRequest, .send("H"), .close], ok("b"),
            requests: [get("/1"), get("/2")],
            stdout: "a",
            stderr:
                "ferry: (18) {U}/2: receiving the response failed: connection closed before the response head was complete (1 bytes received)\n",
            status: 18),
        FetchCase(
            "not a fresh connection", ["{U}/1"], server: [.expectRequest, .close], ok("b"),
            requests: [get("/1")],
            stderr:
                "ferry: (52) {U}/1: receiving the response failed: connection closed before any byte of a response\n",
            status: 52),
        FetchCase(
            "an upload from a file is sent again", ["-T", "f", "{U}/1", "-T", "f", "{U}/2"],
            server: ok("a") + [.expectRequest, .close], ok("b"), files: ["f": "abc"],
            requests: [put("/1", "abc"), put("/2", "abc"), put("/2", "abc")], stdout: "ab"),
        FetchCase(
            "a user's Connection: close is meant", ["-H", "Connection: close", "{U}/1", "{U}/2"],
            server: ok("a") + [.hold], ok("b"),
            requests: [get("/1", "Connection: close"), get("/2", "Connection: close")], stdout: "ab"),
        FetchCase(
            "HTTP/1.0 closes unless it says otherwise", ["{U}/1", "{U}/2", "{U}/3"],
            server: [.expectRequest, .send("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na"), .hold],
            [
                .expectRequest,
                .send("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nb"),
                .expectRequest,
                .respond(body: "c"),
            ], stdout: "abc"),
        FetchCase(
            "an early refusal of a large upload is heard", ["-H", "Expect:", "-T", "f", "{U}/x"],
            server: [.expectHead, .respond(413, [("Connection", "close")], body: "too much"), .close],
            files: ["f": String(repeating: "x", count: 9_000_000)], stdout: "too much"),
        FetchCase(
            "an answer before the body was asked for", ["-T", "f", "{U}/1", "{U}/2"],
            server: [.expectHead, .respond(401, body: "no"), .close], ok("b"),
            files: ["f": String(repeating: "x", count: 2_000_000)], requests: [get("/2")], stdout: "nob"),
        FetchCase(
            "--connect-to: the first that matches, and its blanks mean keep",
            [
                "--connect-to", "other.test::127.0.0.1:1", "--connect-to", ":80:{A}", "--connect-to",
                "::127.0.0.1:1",
                "http://a.test/",
            ], server: ok("a"),
            requests: [request("GET /", ["Host: a.test", "User-Agent: {UA}", "Accept: */*"])], stdout: "a"),
        FetchCase(
            "URLs from standard input", ["--url", "@-"], server: [.forever(ok("x"))], stdin: "{U}/a\n{U}/b",
            requests: [get("/a"), get("/b")], filesAfter: ["a": "x", "b": "x"]),
        FetchCase(
            "options from standard input", ["-K", "-"], server: ok("a"),
            stdin: "user-agent = \"me\"\nurl {U}/\n",
            requests: [request("GET /", ["Host: {A}", "User-Agent: me", "Accept: */*"])], stdout: "a"),
        FetchCase(
            "a slow pace changes nothing", ["--limit-rate", "1M", "-T", "f", "{U}/x"],
            server: ok(String(repeating: "y", count: 100_000)),
            files: ["f": String(repeating: "x", count: 100_000)],
            requests: [put("/x", String(repeating: "x", count: 100_000))],
            stdout: String(repeating: "y", count: 100_000)),
        FetchCase(
            "a Host of the user's rules cookies",
            ["-b", "", "-H", "Host: shop.test", "{U}/1", "{U}/2"],
            server: [
                .expectRequest, .respond(200, [("Set-Cookie", "a=1; Domain=shop.test")], body: "a"),
            ] + ok("b"),
            requests: [
                request("GET /1", ["Host: shop.test", "User-Agent: {UA}", "Accept: */*"]),
                request("GET /2", ["Host: shop.test", "User-Agent: {UA}", "Accept: */*", "Cookie: a=1"]),
            ], stdout: "ab"),
    ]

    @Test(.enabled(if: hasIPv6Loopback())) func `the family that was asked for`() throws {
        let four = try ScriptedServer(handler: { _ in [.respond(body: "4")] })
        let named = try runFerry(["-4", "-w", " %{remote_ip}", "http://localhost:\(four.port)/"])
        #expect(named.outText == "4 127.0.0.1", "\(named)")
        let six = try ScriptedServer(on: .ipv6("::1"), handler: { _ in [.respond(body: "6")] })
        let literal = try runFerry(["-6", "-w", " %{remote_ip}", six.url()])
        #expect(literal.outText == "6 ::1", "\(literal)")
    }

    @Test func `--resolve leads addresses elsewhere, too`() throws {
        let server = try ScriptedServer(handler: { _ in [.respond(body: "ok")] })
        let port = server.port
        let url = "http://10.9.9.9:\(port)/"
        let lines: [[String]] = [
            ["--resolve", "10.9.9.9:\(port):127.0.0.9", "--resolve", "10.9.9.9:\(port):127.0.0.1", url],
            ["--resolve", "127.0.0.1:\(port):127.0.0.9", "--resolve", "-127.0.0.1:\(port)", server.url()],
            ["--resolve", "*:\(port):127.0.0.1", url],
            // Where one refuses, the next is tried.
            ["--resolve", "10.9.9.9:\(port):127.0.0.9,127.0.0.8,127.0.0.1", url],
            [
                "--resolve", "10.9.9.9:\(port):127.0.0.1", "--connect-to", "a.test:80:10.9.9.9:\(port)",
                "a.test",
            ],
            ["--resolve", "10.9.9.9:\(port):127.0.0.1", "-x", "127.0.0.1:1", "--noproxy", "10.9.9.9", url],
            ["--resolve", "[2001:db8:0::1]:\(port):127.0.0.1", "http://[2001:db8::1]:\(port)/"],
        ]
        for line in lines {
            let result = try runFerry(["-sS"] + line)
            #expect(result.outText == "ok", "\(line) \(result)")
        }
        let none = try runFerry(["-sS", "--resolve", "10.9.9.9:\(port):127.0.0.9,127.0.0.8", url])
        #expect(none.exitStatus == 7 && none.errText.contains("127.0.0.9: connection refused; 127.0.0.8: "))
    }

    @Test func `a name given by --resolve, for every host`() throws {
        let server = try ScriptedServer(handler: { _ in [.respond(body: "ok")] })
        let result = try runFerry([
            "--resolve", "*:\(server.port):127.0.0.1", "http://any.test:\(server.port)/",
            "http://other.test:\(server.port)/",
        ])
        #expect(result.outText == "okok", "\(result)")
        #expect(
            server.requests.map { $0.header("Host") } == [
                "any.test:\(server.port)", "other.test:\(server.port)",
            ])
    }
}
