import TestSupport
import Testing

/// What is sent after a redirect, and what is kept back.
@Suite struct RedirectTests {
    /// One answer with a Location, then one without, on the same connection.
    private static func redirect(_ status: Int, _ location: String = "/new") -> [ServerStep] {
        [
            .expectRequest, .respond(status, [("Location", location)], body: "moved"), .expectRequest,
            .respond(body: "ok"),
        ]
    }

    @Test(arguments: [
        (["-d", "x"], "POST", 301, "GET"), (["-d", "x"], "POST", 302, "GET"),
        (["-d", "x"], "POST", 303, "GET"),
        (["-d", "x"], "POST", 307, "POST"), (["-d", "x"], "POST", 308, "POST"),
        (["-d", "x"], "POST", 300, "POST"),
        (["-T", "f"], "PUT", 301, "PUT"), (["-T", "f"], "PUT", 302, "PUT"), (["-T", "f"], "PUT", 303, "GET"),
        (["-T", "f"], "PUT", 307, "PUT"), (["-T", "f"], "PUT", 308, "PUT"),
        (["-X", "DELETE"], "DELETE", 302, "DELETE"), (["-X", "DELETE"], "DELETE", 303, "DELETE"),
        (["-X", "PATCH", "-d", "x"], "PATCH", 307, "PATCH"), (["-I"], "HEAD", 303, "HEAD"),
        ([], "GET", 307, "GET"),
    ])
    func `the method that follows`(_ options: [String], _ first: String, _ status: Int, _ second: String)
        throws
    {
        try check(["-L"] + options, first, status, second)
    }

    private static let keptPosts: [(options: [String], first: String, status: Int, second: String)] = [
        (["--post301"], "POST", 301, "POST"), (["--post301"], "POST", 302, "GET"),
        (["--post302"], "POST", 302, "POST"), (["--post302"], "POST", 301, "GET"),
        (["--post303"], "POST", 303, "POST"), (["--post303"], "POST", 302, "GET"),
        (["--post301", "--no-post301"], "POST", 301, "GET"),
        (["--post301", "--follow", "-X", "PATCH"], "PATCH", 301, "PATCH"),
    ]

    @Test(arguments: keptPosts)
    func `a POST stays one where that is asked for`(
        _ options: [String], _ first: String, _ status: Int, _ second: String
    ) throws {
        try check(["-L", "-d", "x"] + options, first, status, second)
    }

    private static let obeyed: [(options: [String], first: String, status: Int, second: String)] = [
        (["-X", "PUT", "-d", "x"], "PUT", 301, "GET"), (["-X", "PUT", "-d", "x"], "PUT", 302, "GET"),
        (["-X", "PUT", "-d", "x"], "PUT", 303, "GET"), (["-X", "PUT", "-d", "x"], "PUT", 307, "PUT"),
        (["-X", "PUT", "-d", "x"], "PUT", 308, "PUT"), (["-X", "DELETE"], "DELETE", 301, "DELETE"),
        (["-X", "DELETE"], "DELETE", 302, "DELETE"), (["-X", "DELETE"], "DELETE", 303, "GET"),
        (["-X", "DELETE"], "DELETE", 307, "DELETE"), (["-X", "DELETE"], "DELETE", 308, "DELETE"),
        (["-T", "f"], "PUT", 302, "PUT"), (["-T", "f"], "PUT", 303, "GET"),
        (["-T", "f", "-X", "PATCH"], "PATCH", 303, "GET"),
        (["-T", "f", "-X", "PATCH"], "PATCH", 302, "PATCH"),
        (["-d", "x"], "POST", 302, "GET"), (["-d", "x"], "POST", 307, "POST"), (["-I"], "HEAD", 303, "HEAD"),
        ([], "GET", 302, "GET"),
    ]

    @Test(arguments: obeyed)
    func `with --follow the answer decides`(
        _ options: [String], _ first: String, _ status: Int, _ second: String
    ) throws {
        try check(["--follow"] + options, first, status, second)
    }

    private func check(_ options: [String], _ first: String, _ status: Int, _ second: String) throws {
        let folder = try TemporaryDirectory()
        try folder.write("x", to: "f")
        let server = try ScriptedServer(handler: {
            $0.path == "/old" ? [.respond(status, [("Location", "/new")])] : [.respond()]
        })
        let result = try runFerry(options + [server.url("/old")], directory: folder.path)
        #expect(result.exitStatus == 0, "\(result)")
        #expect(server.requests.map(\.line) == ["\(first) /old HTTP/1.1", "\(second) /new HTTP/1.1"])
        let sendsBody = ["POST", "PUT", "PATCH"].contains(second)
        #expect(server.requests.last?.bodyText == (sendsBody ? "x" : ""))
        #expect(server.requests.last?.header("Content-Length") == (sendsBody ? "1" : nil))
        #expect(
            server.requests.last?.header("Content-Type")
                == (sendsBody && !options.contains("-T") ? "application/x-www-form-urlencoded" : nil))
    }

    /// What -C and -r say of a file that is sent is not asked of the answer that a 303 leads to.
    @Test(arguments: [["-C", "2"], ["-r", "2-3"]])
    func `the part that was sent is no part of what follows`(_ options: [String]) throws {
        let folder = try TemporaryDirectory()
        try folder.write("abcd", to: "f")
        let server = try ScriptedServer(handler: {
            $0.path == "/old" ? [.respond(303, [("Location", "/new")])] : [.respond(body: "whole")]
        })
        let result = try runFerry(
            options + ["-sSL", "-T", "f", server.url("/old")], directory: folder.path)
        #expect(result.exitStatus == 0 && result.stdout == Array("whole".utf8), "\(result)")
        #expect(server.requests.map(\.bodyText) == ["cd", ""])
        #expect(server.requests.first?.header("Content-Range") == "bytes 2-3/4")
        #expect(server.requests.last?.header("Range") == nil)
    }

    @Test(arguments: cases) func `redirects are followed as they should`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let cases = [
        FetchCase(
            "not without -L", ["{U}/"], server: redirect(302), requests: [get("/")], stdout: "moved"),
        FetchCase(
            "the body of a redirect is not delivered", ["-L", "{U}/a"], server: redirect(302),
            requests: [get("/a"), get("/new")], stdout: "ok"),
        FetchCase(
            "-i shows every head", ["-iL", "{U}/a"], server: redirect(301),
            stdout:
                "HTTP/1.1 301 Moved Permanently\r\nLocation: /new\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        ),
        FetchCase(
            "-D keeps every head", ["-L", "-D", "heads", "{U}/a"], server: redirect(301), stdout: "ok",
            filesAfter: [
                "heads":
                    "HTTP/1.1 301 Moved Permanently\r\nLocation: /new\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
            ]),
        FetchCase(
            "304 is none", ["-L", "{U}/"], server: [.expectRequest, .respond(304, [("Location", "/x")])]),
        FetchCase(
            "relative to the URL", ["-L", "{U}/a/b?q"], server: redirect(302, "../c?d#e"),
            requests: [get("/a/b?q"), get("/c?d")], stdout: "ok"),
        FetchCase(
            "query only", ["-L", "{U}/a/b?q"], server: redirect(302, "?z"),
            requests: [get("/a/b?q"), get("/a/b?z")], stdout: "ok"),
        FetchCase(
            "what was read does not count for -w",
            ["-L", "-w", "%{num_redirects} %{size_download} %{response_code} %{url_effective}\n", "{U}/a"],
            server: redirect(302), stdout: "ok1 2 200 {U}/new\n"),
        FetchCase(
            "--max-filesize does not count bodies of redirects", ["-L", "--max-filesize", "2", "{U}/a"],
            server: redirect(302), stdout: "ok"),
        FetchCase(
            "-u and the URL's userinfo hold for the whole origin", ["-L", "http://a:b@{A}/"],
            server: redirect(302),
            requests: [
                request(
                    "GET /", ["Host: {A}", "Authorization: Basic YTpi", "User-Agent: {UA}", "Accept: */*"]),
                request(
                    "GET /new", ["Host: {A}", "Authorization: Basic YTpi", "User-Agent: {UA}", "Accept: */*"]),
            ], stdout: "ok"),
        FetchCase(
            "-e ;auto", ["-L", "-e", "http://from/;auto", "http://u:p@{A}/a"], server: redirect(302),
            requests: [
                request(
                    "GET /a",
                    [
                        "Host: {A}", "Authorization: Basic dTpw", "User-Agent: {UA}", "Accept: */*",
                        "Referer: http://from/",
                    ]),
                request(
                    "GET /new",
                    [
                        "Host: {A}", "Authorization: Basic dTpw", "User-Agent: {UA}", "Accept: */*",
                        "Referer: http://{A}/a",
                    ]),
            ], stdout: "ok"),
        FetchCase(
            "the length of a dropped body is dropped, its type stays",
            [
                "-L", "-d", "x", "-H", "Content-Type: a/b", "-H", "Content-Length: 1", "{U}/",
            ], server: redirect(303),
            requests: [
                request(
                    "POST /",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Accept: */*", "Content-Type: a/b",
                        "Content-Length: 1",
                    ],
                    body: "x"), get("/new", "Content-Type: a/b"),
            ], stdout: "ok"),
        FetchCase(
            "chunks are dropped with their body",
            ["-L", "-d", "x", "-H", "Transfer-Encoding: chunked", "{U}/"],
            server: redirect(303),
            requests: [
                request(
                    "POST /",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Accept: */*", "Transfer-Encoding: chunked",
                        "Content-Type: application/x-www-form-urlencoded",
                    ], body: "1\r\nx\r\n0\r\n\r\n"), get("/new"),
            ], stdout: "ok"),
        FetchCase(
            "--max-redirs 0", ["-L", "--max-redirs", "0", "{U}/"], server: redirect(302),
            requests: [get("/")],
            stderr: "ferry: (47) {U}/: more than 0 redirects (--max-redirs)\n", status: 47),
        FetchCase(
            "a circle ends", ["-L", "{U}/"],
            server: [.forever([.expectRequest, .respond(302, [("Location", "/")])])],
            requests: Array(repeating: get("/"), count: 51),
            stderr: "ferry: (47) {U}/: more than 50 redirects (--max-redirs)\n", status: 47),
        FetchCase(
            "to an empty Location: no redirect", ["-L", "{U}/"], server: redirect(302, ""),
            requests: [get("/")],
            stdout: "moved"),
        FetchCase(
            "spaces and bytes beyond ASCII", ["-L", "{U}/"], server: redirect(302, "/a b/\u{e9}"),
            requests: [get("/"), get("/a%20b/%C3%A9")], stdout: "ok"),
        FetchCase(
            "to another scheme", ["-L", "{U}/"], server: redirect(302, "ftp://h/x"), requests: [get("/")],
            stderr:
                "ferry: (1) {U}/: cannot follow the redirect: bad URL 'ftp://h/x': the scheme 'ftp' is not supported\n",
            status: 1),
        FetchCase(
            "to a file", ["-L", "{U}/"], server: redirect(302, "file:///etc/passwd"), requests: [get("/")],
            stderr:
                "ferry: (1) {U}/: cannot follow the redirect: bad URL 'file:///etc/passwd': the scheme 'file' is not supported\n",
            status: 1),
        FetchCase(
            "to a Unix socket", ["-L", "{U}/"], server: redirect(302, "http+unix://%2Frun%2Fa/"),
            requests: [get("/")],
            stderr:
                "ferry: (1) {U}/: cannot follow the redirect: bad URL 'http+unix://%2Frun%2Fa/': a reference may lead neither to another Unix socket nor from one to the network\n",
            status: 1),
        FetchCase(
            "to nowhere", ["-L", "{U}/"], server: redirect(302, "http://"), requests: [get("/")],
            stderr: "ferry: (3) {U}/: cannot follow the redirect: bad URL 'http://': no host\n", status: 3),
        FetchCase(
            "standard input cannot be sent twice", ["-L", "-H", "Expect:", "-T", "-", "{U}/"],
            server: redirect(307),
            stdin: "in",
            stderr:
                "ferry: (65) {U}/: the request body must be sent again, but its input cannot be read again\n",
            status: 65),
        FetchCase(
            "an endless body of a redirect is not read", ["-L", "{U}/"],
            server: [
                .expectRequest,
                .send("HTTP/1.1 302 F\r\nLocation: /new\r\nTransfer-Encoding: chunked\r\n\r\n"),
                .forever([.send("400\r\n" + String(repeating: "x", count: 1024) + "\r\n")]),
            ], [.expectRequest, .respond(body: "ok")], requests: [get("/"), get("/new")], stdout: "ok"),
        FetchCase(
            "a method that was given up does not come back", ["--follow", "-X", "DELETE", "{U}/"],
            server: [
                .expectRequest, .respond(303, [("Location", "/2")]), .expectRequest,
                .respond(307, [("Location", "/3")]), .expectRequest, .respond(body: "ok"),
            ],
            requests: [
                request("DELETE /", ["Host: {A}", "User-Agent: {UA}", "Accept: */*"]), get("/2"), get("/3"),
            ], stdout: "ok"),
        FetchCase(
            "the last of -L and --follow counts", ["--follow", "-L", "-X", "DELETE", "{U}/"],
            server: redirect(303),
            requests: [
                request("DELETE /", ["Host: {A}", "User-Agent: {UA}", "Accept: */*"]),
                request("DELETE /new", ["Host: {A}", "User-Agent: {UA}", "Accept: */*"]),
            ], stdout: "ok", stderr: "Warning: --location overrides the --follow before it\n"),
        FetchCase(
            "--request-target on every hop", ["-L", "--request-target", "/t", "{U}/"], server: redirect(302),
            requests: [get("/t"), get("/t")], stdout: "ok"),
        FetchCase(
            "--proto-redir", ["-L", "--proto-redir", "=https", "{U}/"], server: redirect(302),
            requests: [get("/")],
            stderr: "ferry: (1) {U}/: a redirect leads to http, which --proto-redir does not allow\n",
            status: 1),
        FetchCase(
            "--proto holds for redirects too", ["-L", "--proto", "=http", "{U}/"],
            server: redirect(302, "https://b.test/"), requests: [get("/")],
            stderr: "ferry: (1) {U}/: a redirect leads to https, which --proto does not allow\n", status: 1),
        FetchCase(
            "-f on the way", ["-fL", "{U}/"],
            server: [
                .expectRequest, .respond(302, [("Location", "/new")]), .expectRequest,
                .respond(404, body: "no"),
            ], stderr: "ferry: (22) {U}/new: the server answered 404 Not Found\n", status: 22),
    ]

    static let secrets = [
        "-u", "me:pw", "-H", "X-Api-Key: k", "-H", "Cookie: a=1", "-H", "My-Session: s", "-H", "Plain: p",
        "-H",
        "Host: first.test",
    ]

    @Test(arguments: [false, true]) func `credentials stay with their origin`(_ trusts: Bool) throws {
        let other = try ScriptedServer(handler: { _ in [.respond(body: "ok")] })
        let home = try ScriptedServer(handler: { [url = other.url("/x")] _ in
            [.respond(302, [("Location", url)])]
        })
        let result = try runFerry([trusts ? "--location-trusted" : "-L"] + Self.secrets + [home.url()])
        #expect(result.outText == "ok", "\(result)")
        let request = try #require(other.requests.first)
        #expect(request.header("Plain") == "p")
        #expect(request.header("Authorization") == (trusts ? "Basic bWU6cHc=" : nil))
        #expect(request.header("X-Api-Key") == (trusts ? "k" : nil))
        #expect(request.header("Cookie") == (trusts ? "a=1" : nil))
        #expect(request.header("My-Session") == (trusts ? "s" : nil))
        // Another port of the same host is the same name.
        #expect(request.header("Host") == "first.test")
    }

    @Test func `a foreign host gets its own name, and back home everything is sent again`() throws {
        let server = try ScriptedServer(handler: { request in
            switch request.path {
            case "/": [.respond(302, [("Location", "http://b.test/2")])]
            case "/2": [.respond(302, [("Location", "http://a.test/3")])]
            default: [.respond(body: "ok")]
            }
        })
        let result = try runFerry(
            [
                "--location-trusted", "--no-location-trusted", "-L", "-b", "c=1", "--connect-to",
                "::\(server.authority)",
            ]
                + ["-u", "me:pw", "-H", "Host: first.test", "http://a.test/"])
        #expect(result.outText == "ok", "\(result)")
        #expect(server.requests.map { $0.header("Host") } == ["first.test", "b.test", "first.test"])
        #expect(server.requests.map { $0.header("Cookie") } == ["c=1", nil, "c=1"])
        #expect(
            server.requests.map { $0.header("Authorization") } == ["Basic bWU6cHc=", nil, "Basic bWU6cHc="])
    }
}
