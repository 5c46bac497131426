import TestSupport
import Testing

/// The bytes of requests, by the options that shape them.
@Suite struct RequestTests {
    @Test(arguments: fieldsCases) func `each option makes the fields it should`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let fieldsCases = [
        FetchCase("a plain GET", ["{U}/a/../b?x=1#f"], requests: [get("/b?x=1")]),
        FetchCase("no path", ["{U}"], requests: [get("/")]),
        FetchCase("a URL without scheme", ["{A}/p"], requests: [get("/p")]),
        FetchCase(
            "HEAD", ["-I", "{U}/"],
            requests: [request("HEAD /", ["Host: {A}", "User-Agent: {UA}", "Accept: */*"])],
            stdout: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        FetchCase(
            "HEAD with a length", ["-I", "{U}/", "{U}/2"],
            server: [.forever([.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")])],
            stdout: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
        ),
        FetchCase(
            "HEAD by another method takes no body", ["-sI", "-X", "GET", "{U}/1", "-o", "f", "{U}/2"],
            server: [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbo"), .hold],
            [.expectRequest, .send("HTTP/1.1 200 OK\r\n\r\nbody"), .hold],
            requests: [get("/1"), get("/2")], stdout: "HTTP/1.1 200 OK\r\n\r\n",
            filesAfter: ["f": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]),
        FetchCase(
            "HEAD by another method, through a redirect", ["-sIL", "-X", "GET", "{U}/1"],
            server: [.expectRequest, .respond(302, [("Location", "/2")], body: "moved")]
                + [.expectRequest, .respond(body: "ok")],
            [.expectRequest, .respond(body: "ok")],
            requests: [get("/1"), get("/2")],
            stdout:
                "HTTP/1.1 302 Found\r\nLocation: /2\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
        ),
        FetchCase(
            "-X word", ["-X", "PROPFIND", "{U}/"],
            requests: [request("PROPFIND /", ["Host: {A}", "User-Agent: {UA}", "Accept: */*"])]),
        FetchCase(
            "-X HEAD warns", ["-X", "HEAD", "{U}/"],
            server: [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")],
            stderr:
                "Warning: Setting custom HTTP method to HEAD with -X/--request may not work the way you want. Consider using -I/--head instead.\n"
        ),
        FetchCase(
            "-i", ["-i", "{U}/"], server: [.expectRequest, .respond(body: "hi")],
            stdout: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
        FetchCase(
            "own fields follow in their order", ["-H", "B: 2", "-H", "A:   1 ", "{U}/"],
            requests: [get("/", "B: 2", "A:   1 ")]),
        FetchCase(
            "a replaced field keeps the user's place", ["-H", "accept: text/x", "{U}/"],
            requests: [request("GET /", ["Host: {A}", "User-Agent: {UA}", "accept: text/x"])]),
        FetchCase(
            "removed fields", ["-H", "Accept:", "-H", "User-Agent:", "-H", "Host:", "{U}/"],
            requests: [request("GET /", [])]),
        FetchCase("a blank field", ["-H", "X-Blank;", "{U}/"], requests: [get("/", "X-Blank:")]),
        FetchCase(
            "own Host", ["-H", "Host: example.org", "{U}/"],
            requests: [request("GET /", ["Host: example.org", "User-Agent: {UA}", "Accept: */*"])]),
        FetchCase(
            "a blank Host", ["-H", "Host;", "{U}/"],
            requests: [request("GET /", ["Host:", "User-Agent: {UA}", "Accept: */*"])]),
        FetchCase(
            "fields from a file", ["-H", "@fields", "{U}/"],
            files: ["fields": "# not this\nA: 1\n\nB: 2\r\n"],
            requests: [get("/", "A: 1", "B: 2")]),
        FetchCase(
            "fields from a file with a mark before them", ["-H", "@fields", "{U}/"],
            files: ["fields": "\u{FEFF}A: 1\n"], requests: [get("/", "A: 1")]),
        FetchCase(
            "-A", ["-A", "me/1", "{U}/"],
            requests: [request("GET /", ["Host: {A}", "User-Agent: me/1", "Accept: */*"])]),
        FetchCase(
            "-A empty", ["-A", "", "{U}/"], requests: [request("GET /", ["Host: {A}", "Accept: */*"])]),
        FetchCase("-e", ["-e", "http://from/", "{U}/"], requests: [get("/", "Referer: http://from/")]),
        FetchCase(
            "-u", ["-u", "me:pa:ss", "{U}/"],
            requests: [
                request(
                    "GET /",
                    ["Host: {A}", "Authorization: Basic bWU6cGE6c3M=", "User-Agent: {UA}", "Accept: */*"])
            ]),
        FetchCase(
            "userinfo of the URL", ["http://m%65:p%40s@{A}/"],
            requests: [
                request(
                    "GET /",
                    ["Host: {A}", "Authorization: Basic bWU6cEBz", "User-Agent: {UA}", "Accept: */*"])
            ]),
        FetchCase(
            "-u wins over userinfo", ["-u", "me:x", "http://you:y@{A}/"],
            requests: [
                request(
                    "GET /",
                    ["Host: {A}", "Authorization: Basic bWU6eA==", "User-Agent: {UA}", "Accept: */*"])
            ]),
        FetchCase(
            "own Authorization wins over -u", ["-u", "me:x", "-H", "Authorization: Bearer t", "{U}/"],
            requests: [get("/", "Authorization: Bearer t")]),
        FetchCase(
            "-r", ["-r", "5-9", "{U}/"],
            requests: [
                request("GET /", ["Host: {A}", "Range: bytes=5-9", "User-Agent: {UA}", "Accept: */*"])
            ]),
        FetchCase(
            "--compressed", ["--compressed", "{U}/"],
            requests: [get("/", "Accept-Encoding: deflate, gzip, br, zstd")]),
        FetchCase(
            "-b", ["-b", "a=1; b=2", "-b", "c=3", "{U}/"], requests: [get("/", "Cookie: a=1; b=2; c=3")]),
        FetchCase(
            "own Cookie wins over -b", ["-b", "a=1", "-H", "Cookie: z=9", "{U}/"],
            requests: [get("/", "Cookie: z=9")]),
        FetchCase(
            "every field in its place",
            [
                "-u", "a:b", "-r", "0-1", "--compressed", "-e", "http://r/", "-b", "c=1", "-H", "X: y", "-d",
                "d",
                "{U}/",
            ],
            requests: [
                request(
                    "POST /",
                    [
                        "Host: {A}", "Authorization: Basic YTpi", "Content-Range: bytes 0-1/1",
                        "User-Agent: {UA}",
                        "Accept: */*", "Accept-Encoding: deflate, gzip, br, zstd", "Referer: http://r/",
                        "Cookie: c=1", "X: y", "Content-Length: 1",
                        "Content-Type: application/x-www-form-urlencoded",
                    ], body: "d")
            ]),
        FetchCase(
            "--force-close", ["--force-close", "{U}/1", "{U}/2"], server: [.expectRequest, .respond()],
            requests: [get("/1", "Connection: close"), get("/2", "Connection: close")]),
        FetchCase(
            "--location-trusted keeps Host at home", ["--resolve", "other.test:80:127.0.0.1", "{U}/"],
            requests: [get("/")]),
        FetchCase(
            "--resolve", ["--noproxy", "*", "--connect-to", "a.test:80:{A}", "http://a.test/x"],
            requests: [request("GET /x", ["Host: a.test", "User-Agent: {UA}", "Accept: */*"])]),
    ]

    @Test(arguments: bodiesCases) func `each option makes the body it should`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let bodiesCases = [
        FetchCase("-d", ["-d", "a=1", "-d", "b=2", "{U}/"], requests: [post("/", "a=1&b=2")]),
        FetchCase("-d with nothing", ["-d", "", "{U}/"], requests: [post("/", "")]),
        FetchCase(
            "-d @file loses its line ends", ["-d", "@f", "{U}/"], files: ["f": "a\r\nb\n"],
            requests: [post("/", "ab")]),
        FetchCase("-d @-", ["-d", "@-", "{U}/"], stdin: "in", requests: [post("/", "in")]),
        FetchCase("--data-raw", ["--data-raw", "@f", "{U}/"], requests: [post("/", "@f")]),
        FetchCase(
            "--data-binary", ["--data-binary", "@f", "{U}/"], files: ["f": "a\r\nb\n"],
            requests: [post("/", "a\r\nb\n")]),
        FetchCase(
            "--data-urlencode",
            [
                "--data-urlencode", "a b&", "--data-urlencode", "=x=", "--data-urlencode", "n=a/b",
                "--data-urlencode", "@f", "--data-urlencode", "m@f", "{U}/",
            ], files: ["f": "é\n"], requests: [post("/", "a+b%26&x%3D&n=a%2Fb&%C3%A9%0A&m=%C3%A9%0A")]),
        FetchCase(
            "--json", ["--json", "{\"a\":", "--json", "1}", "{U}/"],
            requests: [
                request(
                    "POST /",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Content-Type: application/json",
                        "Accept: application/json", "Content-Length: 7",
                    ], body: "{\"a\":1}")
            ]),
        FetchCase(
            "--json with own fields",
            ["--json", "1", "-H", "Accept: a/b", "-H", "Content-Type: c/d", "{U}/"],
            requests: [
                request(
                    "POST /",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Accept: a/b", "Content-Type: c/d",
                        "Content-Length: 1",
                    ],
                    body: "1")
            ]),
        FetchCase("-G", ["-G", "-d", "a=1", "-d", "b=2", "{U}/?q"], requests: [get("/?q&a=1&b=2")]),
        FetchCase(
            "-G -I", ["-G", "-I", "-d", "a=1", "{U}/"],
            requests: [request("HEAD /?a=1", ["Host: {A}", "User-Agent: {UA}", "Accept: */*"])],
            stdout: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        FetchCase(
            "--url-query", ["--url-query", "a=b c", "--url-query", "+x=%20", "{U}/?q=1"],
            requests: [get("/?q=1&a=b+c&x=%20")]),
        FetchCase(
            "--url-query with -d", ["--url-query", "a=1", "-d", "x", "{U}/"], requests: [post("/?a=1", "x")]),
        FetchCase(
            "own Content-Type", ["-d", "x", "-H", "Content-Type: text/plain", "{U}/"],
            requests: [
                request(
                    "POST /",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Accept: */*", "Content-Type: text/plain",
                        "Content-Length: 1",
                    ], body: "x")
            ]),
        FetchCase(
            "-X with -d", ["-X", "PATCH", "-d", "x", "{U}/"],
            requests: [
                request(
                    "PATCH /",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Accept: */*", "Content-Length: 1",
                        "Content-Type: application/x-www-form-urlencoded",
                    ], body: "x")
            ]),
        FetchCase(
            "chunked data", ["-d", "abc", "-H", "Transfer-Encoding: chunked", "{U}/"],
            requests: [
                request(
                    "POST /",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Accept: */*", "Transfer-Encoding: chunked",
                        "Content-Type: application/x-www-form-urlencoded",
                    ], body: "3\r\nabc\r\n0\r\n\r\n")
            ]),
        FetchCase(
            "chunked data is not given a length too",
            ["-d", "abc", "-H", "Transfer-Encoding: chunked", "-H", "Content-Length: 3", "{U}/"],
            requests: [
                request(
                    "POST /",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Accept: */*", "Transfer-Encoding: chunked",
                        "Content-Type: application/x-www-form-urlencoded",
                    ], body: "3\r\nabc\r\n0\r\n\r\n")
            ]),
        FetchCase(
            "a request without a body is not chunked", ["-H", "Transfer-Encoding: chunked", "{U}/"],
            requests: [get("/")]),
        FetchCase(
            "own Content-Length", ["-X", "POST", "-H", "Content-Length: 0", "{U}/"],
            requests: [
                request("POST /", ["Host: {A}", "User-Agent: {UA}", "Accept: */*", "Content-Length: 0"])
            ]),
        FetchCase(
            "Expect on demand", ["-d", "x", "-H", "Expect: 100-continue", "{U}/"],
            server: [.expectHead, .send("HTTP/1.1 100 Continue\r\n\r\n"), .expectBody, .respond(body: "ok")],
            requests: [
                request(
                    "POST /",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Accept: */*", "Expect: 100-continue",
                        "Content-Length: 1", "Content-Type: application/x-www-form-urlencoded",
                    ], body: "x")
            ], stdout: "ok"),
        FetchCase(
            "Expect taken away", ["-T", "-", "-H", "Expect:", "{U}/x"], stdin: "in",
            requests: [
                request(
                    "PUT /x",
                    ["Host: {A}", "User-Agent: {UA}", "Accept: */*", "Transfer-Encoding: chunked"],
                    body: "2\r\nin\r\n0\r\n\r\n")
            ]),
    ]

    @Test(arguments: uploadsCases) func `uploads are sent as they should`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let uploadsCases = [
        FetchCase("-T", ["-T", "f", "{U}/x"], files: ["f": "abc"], requests: [put("/x", "abc")]),
        FetchCase("-T of an empty file", ["-T", "f", "{U}/x"], files: ["f": ""], requests: [put("/x", "")]),
        FetchCase(
            "-T to a folder takes the file's name", ["-T", "{D}/a b#?.txt", "{U}/in/"],
            files: ["a b#?.txt": "abc"], requests: [put("/in/a%20b%23%3F.txt", "abc")]),
        FetchCase("-T to a bare host", ["-T", "f", "{U}"], files: ["f": "1"], requests: [put("/f", "1")]),
        FetchCase(
            "-T to a folder with a query", ["-T", "f", "{U}/in/?q"], files: ["f": "1"],
            requests: [put("/in/?q", "1")]),
        FetchCase(
            "-T - is chunked and asks first", ["-T", "-", "{U}/x"],
            server: [.expectHead, .send("HTTP/1.1 100 Continue\r\n\r\n"), .expectBody, .respond(201)],
            stdin: "in",
            requests: [
                request(
                    "PUT /x",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Accept: */*", "Transfer-Encoding: chunked",
                        "Expect: 100-continue",
                    ], body: "2\r\nin\r\n0\r\n\r\n")
            ]),
        FetchCase(
            "-T by URL", ["-T", "f", "-T", "", "-T", "g", "{U}/1", "{U}/2", "{U}/3"],
            files: ["f": "1", "g": "3"], requests: [put("/1", "1"), get("/2"), put("/3", "3")]),
        FetchCase(
            "-T with a pattern", ["-T", "{f,g}", "{U}/[1-2]"], files: ["f": "1", "g": "3"],
            requests: [put("/1", "1"), put("/2", "1"), put("/1", "3"), put("/2", "3")]),
        FetchCase(
            "-T -C", ["-T", "f", "-C", "2", "{U}/x"], files: ["f": "abcdef"],
            requests: [
                request(
                    "PUT /x",
                    [
                        "Host: {A}", "Content-Range: bytes 2-5/6", "User-Agent: {UA}", "Accept: */*",
                        "Content-Length: 4",
                    ], body: "cdef")
            ]),
        FetchCase(
            "-T of no file", ["-T", "nope", "{U}/x", "{U}/y"], requests: [get("/y")],
            stderr: "ferry: (26) {U}/x: cannot read nope: no such file or directory\n", status: 26),
        FetchCase(
            "-T of a folder", ["-T", "{D}", "{U}/x"], requests: [],
            stderr: "ferry: (26) {U}/x: cannot read {D}: is a directory\n", status: 26),
        FetchCase(
            "417 sends again without asking", ["-T", "-", "-i", "{U}/x"],
            server: [.expectHead, .respond(417, body: "no"), .close],
            [.expectRequest, .respond(201, body: "made")], stdin: "in",
            requests: [
                request(
                    "PUT /x",
                    ["Host: {A}", "User-Agent: {UA}", "Accept: */*", "Transfer-Encoding: chunked"],
                    body: "2\r\nin\r\n0\r\n\r\n")
            ],
            stdout:
                "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nmade"
        ),
        FetchCase(
            "417 to a request that asked for nothing", ["{U}/"],
            server: [.expectRequest, .respond(417, body: "no")],
            requests: [get("/")], stdout: "no"),
        FetchCase(
            "417 takes the user's own Expect away", ["-d", "x", "-H", "Expect: 100-continue", "{U}/"],
            server: [.expectHead, .respond(417), .close], [.expectRequest, .respond(body: "ok")],
            requests: [post("/", "x")], stdout: "ok"),
    ]

    @Test(arguments: [["-T"], ["-F", "f=@"]])
    func `a file of size 0 that cannot be read is not taken for an empty one`(options: [String]) throws {
        let server = try ScriptedServer { _ in [.respond(body: "ok")] }
        let file = "/proc/self/mem"
        let arguments = options.count == 1 ? options + [file] : [options[0], options[1] + file]
        let result = try runFerry(["-q", "-sS"] + arguments + [server.url()])
        #expect(result.exitStatus == 26, "\(result)")
        #expect(result.errText.hasSuffix("cannot read /proc/self/mem: input/output error\n"), "\(result)")
    }
}
