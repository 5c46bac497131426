import TestSupport
import Testing

/// What HTTP proxies are told, and which of their answers are shown.
@Suite struct ProxyOptionTests {
    /// A proxy that opens a tunnel and is the server behind it.
    private static let tunnel: [ServerStep] = [
        .expectRequest, .send("HTTP/1.1 200 Yes\r\nVia: x\r\n\r\n"), .expectRequest, .respond(body: "in"),
    ]

    private static func connect(_ version: String = "1.1", _ fields: String...) -> String {
        (["CONNECT far.test:80 HTTP/\(version)"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
    }

    private static let usual = ["User-Agent: {UA}", "Proxy-Connection: Keep-Alive"]
    private static let inner = request(
        "GET /x", ["Host: far.test", "User-Agent: {UA}", "Accept: */*"])

    static let cases: [FetchCase] = [
        FetchCase(
            "-p tunnels http, and a HEAD", ["-p", "-I", "-x", "{A}", "http://far.test/x"],
            server: [
                .expectRequest, .send("HTTP/1.1 200 Yes\r\n\r\n"), .expectRequest,
                .send("HTTP/1.1 204 No\r\n\r\n"),
            ],
            requests: [
                connect("1.1", "Host: far.test:80", usual[0], usual[1]),
                request("HEAD /x", ["Host: far.test", "User-Agent: {UA}", "Accept: */*"]),
            ], stdout: "HTTP/1.1 200 Yes\r\n\r\nHTTP/1.1 204 No\r\n\r\n"),
        FetchCase(
            "-p without a proxy changes nothing", ["-p", "{U}/x"], requests: [get("/x")]),
        FetchCase(
            "--no-proxytunnel takes -p back", ["-p", "--no-proxytunnel", "-x", "{A}", "http://far.test/x"],
            server: [.expectRequest, .respond(body: "out")],
            requests: [
                request(
                    "GET http://far.test/x",
                    ["Host: far.test", "User-Agent: {UA}", "Accept: */*", "Proxy-Connection: Keep-Alive"])
            ], stdout: "out"),
        FetchCase(
            "--proxy1.0 asks for tunnels in HTTP/1.0", ["--proxy1.0", "{A}", "-p", "http://far.test/x"],
            server: tunnel, requests: [connect("1.0", "Host: far.test:80", usual[0], usual[1]), inner],
            stdout: "in"),
        FetchCase(
            "--proxy1.0 asks for pages as any proxy", ["--proxy1.0", "{A}", "http://far.test/x"],
            server: [.expectRequest, .respond(body: "out")],
            requests: [
                request(
                    "GET http://far.test/x",
                    ["Host: far.test", "User-Agent: {UA}", "Accept: */*", "Proxy-Connection: Keep-Alive"])
            ], stdout: "out"),
        FetchCase(
            "--proxy-header goes with CONNECT, -H with what is inside",
            [
                "-p", "-x", "{A}", "--proxy-header", "X-P: 1", "--proxy-header", "X-Q;", "-H", "X-H: 2",
                "http://far.test/x",
            ],
            server: tunnel,
            requests: [
                connect("1.1", "Host: far.test:80", usual[0], usual[1], "X-P: 1", "X-Q:"),
                request("GET /x", ["Host: far.test", "User-Agent: {UA}", "Accept: */*", "X-H: 2"]),
            ], stdout: "in"),
        FetchCase(
            "--proxy-header replaces and removes fields of CONNECT",
            [
                "-p", "-x", "u:p@{A}", "--proxy-header", "User-Agent: px", "--proxy-header",
                "Proxy-Connection:",
                "--proxy-header", "Host: other", "--proxy-header", "Proxy-Authorization: Token t",
                "http://far.test/x",
            ],
            server: tunnel,
            requests: [
                connect("1.1", "User-Agent: px", "Host: other", "Proxy-Authorization: Token t"), inner,
            ], stdout: "in"),
        FetchCase(
            "--proxy-header can leave the login out",
            ["-p", "-x", "u:p@{A}", "--proxy-header", "Proxy-Authorization:", "http://far.test/x"],
            server: tunnel,
            requests: [connect("1.1", "Host: far.test:80", usual[0], usual[1]), inner], stdout: "in"),
        FetchCase(
            "--proxy-header goes with requests in absolute form, after -H",
            [
                "-x", "{A}", "--proxy-header", "X-P: 1", "--proxy-header", "Host: other", "--proxy-header",
                "Proxy-Connection:", "-H", "X-H: 2", "http://far.test/x",
            ],
            server: [.expectRequest, .respond(body: "out")],
            requests: [
                request(
                    "GET http://far.test/x",
                    ["Host: far.test", "User-Agent: {UA}", "Accept: */*", "X-H: 2", "X-P: 1"])
            ], stdout: "out"),
        FetchCase(
            "--proxy-header is not sent without a proxy", ["--proxy-header", "X-P: 1", "{U}/x"],
            requests: [get("/x")]),
        FetchCase(
            "--proxy-header reads a file", ["-p", "-x", "{A}", "--proxy-header", "@f", "http://far.test/x"],
            server: tunnel, files: ["f": "# who\nX-P: 1\n\nX-Q: 2\n"],
            requests: [
                connect("1.1", "Host: far.test:80", usual[0], usual[1], "X-P: 1", "X-Q: 2"), inner,
            ], stdout: "in"),
        FetchCase(
            "--proxy-header with a name that is none",
            ["-p", "-x", "{A}", "--proxy-header", "X P: 1", "http://far.test/x"],
            server: tunnel,
            requests: [connect("1.1", "Host: far.test:80", usual[0], usual[1], "X P: 1"), inner],
            stdout: "in",
            stderr:
                "Warning: option --proxy-header: 'X P' is not the name of a header field; it is sent as it is\n"
        ),
        FetchCase(
            "--suppress-connect-headers with -i and -D",
            ["-p", "-i", "-D", "heads", "--suppress-connect-headers", "-x", "{A}", "http://far.test/x"],
            server: tunnel,
            stdout: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nin",
            filesAfter: ["heads": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"]),
        FetchCase(
            "--no-suppress-connect-headers shows them",
            [
                "-p", "-i", "-D", "heads", "--suppress-connect-headers", "--no-suppress-connect-headers",
                "-x", "{A}", "http://far.test/x",
            ],
            server: tunnel,
            stdout: "HTTP/1.1 200 Yes\r\nVia: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nin",
            filesAfter: [
                "heads": "HTTP/1.1 200 Yes\r\nVia: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
            ]),
        FetchCase(
            "--suppress-connect-headers hides a refusal too, and -w knows it",
            [
                "-sp", "-i", "--suppress-connect-headers", "-x", "{A}", "-w", "%{http_connect}",
                "http://far.test/x",
            ],
            server: [.expectRequest, .send("HTTP/1.1 403 No\r\n\r\n"), .close], stdout: "403", status: 7),
        FetchCase(
            "--connect-to with an HTTP proxy forces a tunnel",
            ["--connect-to", "far.test:80:near.test:81", "-x", "{A}", "http://far.test/x"],
            server: tunnel,
            requests: [
                request(
                    "CONNECT near.test:81",
                    ["Host: near.test:81", "User-Agent: {UA}", "Proxy-Connection: Keep-Alive"]), inner,
            ], stdout: "in"),
        FetchCase(
            "--connect-to for another host forces none",
            ["--connect-to", "else.test::near.test:81", "-x", "{A}", "http://far.test/x"],
            server: [.expectRequest, .respond(body: "out")],
            requests: [
                request(
                    "GET http://far.test/x",
                    ["Host: far.test", "User-Agent: {UA}", "Accept: */*", "Proxy-Connection: Keep-Alive"])
            ], stdout: "out"),
    ]

    @Test(arguments: cases) func `what a proxy gets and shows`(it: FetchCase) throws { try it.check() }

    @Test func `--suppress-connect-headers leaves -v alone`() throws {
        let proxy = try ScriptedServer(script: Self.tunnel)
        let result = try runFerry([
            "-sSvp", "--suppress-connect-headers", "-x", proxy.authority, "http://far.test/x",
        ])
        #expect(result.outText == "in" && result.errText.contains("< HTTP/1.1 200 Yes"), "\(result)")
    }

    @Test func `each request on one connection to the proxy names who asks (PROXY-01)`() throws {
        let proxy = try ScriptedServer { [.respond(body: $0.path)] }
        let result = try runFerry([
            "-sS", "-x", "http://u:p@\(proxy.authority)", "http://far.test/1", "http://far.test/2",
        ])
        #expect(result.exitStatus == 0, "\(result)")
        #expect(proxy.acceptedCount == 1)
        #expect(proxy.requests.map { $0.header("proxy-authorization") } == ["Basic dTpw", "Basic dTpw"])
    }

    // MARK: The PROXY line

    @Test func `--haproxy-protocol begins a connection with both ends, once`() throws {
        let server = try ScriptedServer(script: [
            .expectBytes(12),
            .forever([.expectRequest, .respond(body: "ok")]),
        ])
        let result = try runFerry([
            "-sS", "--haproxy-protocol", "-w", "%{local_port}\n", server.url("/a"), server.url("/b"),
        ])
        let port = result.outText.split(separator: "\n").first?.dropFirst(2) ?? ""
        #expect(result.exitStatus == 0, "\(result)")
        #expect(
            text(server.connections[0].received).hasPrefix(
                "PROXY TCP4 127.0.0.1 127.0.0.1 \(port) \(server.port)\r\nGET /a HTTP/1.1\r\n"),
            "\(text(server.connections[0].received))")
        #expect(server.acceptedCount == 1)
        #expect(text(server.connections[0].received).split(separator: "PROXY").count == 1)
    }

    @Test func `--haproxy-clientip names another client, in the family of both`() throws {
        for (address, start) in [
            ("192.0.2.7", "PROXY TCP4 192.0.2.7 127.0.0.1 "),
            ("2001:db8::7", "PROXY TCP6 2001:db8::7 ::ffff:127.0.0.1 "),
        ] {
            let server = try ScriptedServer(script: [.expectBytes(12), .expectRequest, .respond(body: "ok")])
            let result = try runFerry(["-sS", "--haproxy-clientip", address, server.url()])
            #expect(result.outText == "ok", "\(result)")
            #expect(text(server.connections[0].received).hasPrefix(start))
        }
        let bad = try runFerry(["-sS", "--haproxy-clientip", "host", "http://127.0.0.1:1/"])
        #expect(bad.exitStatus == 2 && bad.errText.contains("'host' is not an IP address"), "\(bad)")
    }

    @Test func `the PROXY line comes before TLS, inside a tunnel, and on a Unix socket`() throws {
        let secure = try ScriptedServer(script: [.expectBytes(60), .close])
        let broken = try runFerry(["-sSk", "--haproxy-protocol", "https://\(secure.authority)/"])
        #expect(broken.exitStatus == 35, "\(broken)")
        let bytes = secure.connections[0].received
        #expect(text(bytes.prefix { $0 != 0x0A }).hasPrefix("PROXY TCP4 127.0.0.1 127.0.0.1 "))
        #expect(bytes.drop { $0 != 0x0A }.dropFirst().first == 0x16)

        let tunnel = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 Yes\r\n\r\n"), .expectBytes(12), .expectRequest,
            .respond(body: "in"),
        ])
        let result = try runFerry(["-sSp", "--haproxy-protocol", "-x", tunnel.authority, "http://far.test/x"])
        #expect(result.outText == "in", "\(result)")
        let sent = text(tunnel.connections[0].received)
        #expect(sent.contains("\r\n\r\nPROXY TCP4 127.0.0.1 127.0.0.1 "), "\(sent)")
        let folder = try TemporaryDirectory()
        let unix = try ScriptedServer(
            on: .unix(folder.file("s")), script: [.expectBytes(15), .expectRequest, .respond(body: "ok")])
        let local = try runFerry([
            "-sS", "--haproxy-protocol", "--unix-socket", folder.file("s"), "http://x/",
        ])
        #expect(local.outText == "ok", "\(local)")
        #expect(text(unix.connections[0].received).hasPrefix("PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n"))
    }

    @Test func `nginx understands the PROXY line and wants it`() throws {
        let folder = try TemporaryDirectory()
        let nginx = try Nginx(
            http:
                "server { listen unix:\(folder.file("s")) proxy_protocol; location / { return 200 heard; } }")
        let url = ["--unix-socket", folder.file("s"), "http://x/"]
        #expect(try runFerry(["-sS", "--haproxy-protocol"] + url).outText == "heard")
        #expect(try runFerry(["-sS"] + url).exitStatus != 0)
        withExtendedLifetime(nginx) {}
    }
}
