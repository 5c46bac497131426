import TestSupport
import Testing

/// The shape of requests, how answers are read, and which URLs may be fetched.
@Suite struct ShapeTests {
    private static let plain = ["Host: {A}", "User-Agent: {UA}", "Accept: */*"]

    private static func old(_ line: String, _ fields: String..., body: String = "") -> String {
        ([line + " HTTP/1.0"] + plain + fields).joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    /// The upload of a part.
    private static func part(_ place: String, _ body: String) -> String {
        request(
            "PUT /x",
            [
                "Host: {A}", "Content-Range: bytes \(place)", "User-Agent: {UA}", "Accept: */*",
                "Content-Length: \(body.utf8.count)",
            ], body: body)
    }

    @Test(arguments: requests) func `the request looks as it should`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let requests = [
        FetchCase("-0", ["-0", "{U}/1", "{U}/2"], requests: [old("GET /1"), old("GET /2")]),
        FetchCase(
            "-0 asks for no leave", ["-0", "-T", "f", "{U}/x"],
            files: ["f": String(repeating: "x", count: 1_100_000)],
            requests: [
                old("PUT /x", "Content-Length: 1100000", body: String(repeating: "x", count: 1_100_000))
            ]),
        FetchCase(
            "-0 has no chunks", ["-0", "-T", "-", "{U}/x"], stdin: "in", requests: [],
            stderr:
                "ferry: (25) {U}/x: a body whose length is not known cannot be sent with HTTP/1.0, which has no chunks\n",
            status: 25),
        FetchCase(
            "nor has a server that answered with HTTP/1.0", ["{U}/a", "--next", "-T", "-", "{U}/b"],
            server: [
                .expectRequest,
                .send("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na"), .hold,
            ], stdin: "in", requests: [get("/a")], stdout: "a",
            stderr:
                "ferry: (25) {U}/b: a body whose length is not known cannot be sent to a server that answered with HTTP/1.0, which has no chunks\n",
            status: 25),
        FetchCase("--http1.1 takes -0 back", ["-0", "--http1.1", "{U}/"], requests: [get("/")]),
        FetchCase(
            "--request-target", ["--request-target", "*", "-X", "OPTIONS", "{U}/path"],
            requests: [request("OPTIONS *", plain)]),
        FetchCase(
            "--request-target with a blank", ["--request-target", "/ HTTP/1.1\r\nEvil:", "{U}/"],
            requests: [],
            stderr:
                "ferry: option --request-target: '/ HTTP/1.1\\x0D\\x0AEvil:' holds a blank or control character, which no request line may\nferry: try 'ferry --help' for more information\n",
            status: 2),
        FetchCase(
            "--path-as-is", ["--path-as-is", "{U}/a/../b/./%2e/c"], requests: [get("/a/../b/./%2e/c")]),
        FetchCase("without it", ["{U}/a/../b/./%2e/c"], requests: [get("/b/c")]),
        FetchCase(
            "--tr-encoding", ["--tr-encoding", "--compressed", "{U}/"],
            requests: [
                get("/", "Connection: TE", "TE: gzip", "Accept-Encoding: deflate, gzip, br, zstd")
            ]),
        FetchCase(
            "--tr-encoding with a Connection of one's own",
            ["--tr-encoding", "-H", "Connection: foo", "{U}/"],
            requests: [get("/", "Connection: foo, TE", "TE: gzip")]),
        FetchCase(
            "--tr-encoding --force-close", ["--tr-encoding", "--force-close", "{U}/"],
            requests: [get("/", "Connection: close, TE", "TE: gzip")]),
        FetchCase(
            "--expect100-timeout", ["--expect100-timeout", "10ms", "-T", "-", "{U}/x"],
            server: [.expectRequest, .respond(201)], stdin: "in",
            requests: [
                request(
                    "PUT /x", plain + ["Transfer-Encoding: chunked", "Expect: 100-continue"],
                    body: "2\r\nin\r\n0\r\n\r\n")
            ]),
        FetchCase(
            "--expect100-timeout is a time", ["--expect100-timeout", "x", "{U}/"], requests: [],
            stderr:
                "ferry: option --expect100-timeout: 'x' is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)\nferry: try 'ferry --help' for more information\n",
            status: 2),
        FetchCase(
            "-G --json says what it is", ["-G", "--json", "1", "{U}/"],
            requests: [
                request(
                    "GET /?1",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Content-Type: application/json",
                        "Accept: application/json",
                    ])
            ]),
        FetchCase(
            "-r of what is sent", ["-r", "2-5", "-T", "f", "{U}/x"], files: ["f": "abcdefghij"],
            requests: [part("2-5/10", "cdef")]),
        FetchCase(
            "-r from the end of what is sent", ["-r", "-2", "-T", "f", "{U}/x"], files: ["f": "abc"],
            requests: [part("1-2/3", "bc")]),
        FetchCase(
            "-r of more than is there to send", ["-r", "1-9", "-T", "f", "{U}/x"], files: ["f": "abc"],
            requests: [part("1-2/3", "bc")]),
        FetchCase(
            "-r with a retry of what is sent",
            ["-sS", "--retry", "1", "--retry-delay", "1ms", "-r", "1-", "-T", "f", "{U}/x"],
            server: [.expectRequest, .respond(503), .expectRequest, .respond(), .hold], files: ["f": "abc"],
            requests: [part("1-2/3", "bc"), part("1-2/3", "bc")]),
        FetchCase(
            "-r beyond what there is to send", ["-r", "5-7", "-T", "f", "{U}/x"], files: ["f": "abc"],
            requests: [],
            stderr: "ferry: (36) {U}/x: f has only 3 bytes; those of --range 5-7 cannot be sent\n", status: 36
        ),
        FetchCase(
            "-r of a device", ["-r", "5-7", "-T", "/dev/null", "{U}/x"], requests: [],
            stderr:
                "ferry: (36) {U}/x: --range 5-7 cannot be sent of /dev/null: how long it is is not known\n",
            status: 36),
        FetchCase(
            "several parts with -T", ["-r", "0-1,3-4", "-T", "f", "{U}/x"], files: ["f": "abc"], requests: [],
            stderr:
                "ferry: option --range: '0-1,3-4' cannot be used with -T: it is not one part, as in 0-1023\nferry: try 'ferry --help' for more information\n",
            status: 2),
        FetchCase(
            "-r with standard input that is sent", ["-r", "0-1", "-T", "-", "{U}/x"], requests: [],
            stderr:
                "ferry: option --range: cannot be used with -T of standard input: how long that is is not known\nferry: try 'ferry --help' for more information\n",
            status: 2),
        FetchCase(
            "-C - of an upload begins at the start", ["-C", "-", "-T", "f", "{U}/x"], files: ["f": "abc"],
            requests: [
                request(
                    "PUT /x",
                    [
                        "Host: {A}", "Content-Range: bytes 0-2/3", "User-Agent: {UA}", "Accept: */*",
                        "Content-Length: 3",
                    ], body: "abc")
            ]),
        FetchCase(
            "-C of an upload that is complete", ["-C", "3", "-T", "f", "{U}/x"], files: ["f": "abc"],
            requests: [],
            stderr: "ferry: (18) {U}/x: f has 3 bytes: all of it was uploaded already\n", status: 18),
        FetchCase(
            "-T with a broken pattern", ["-T", "{a,b", "{U}/x"], requests: [],
            stderr:
                "ferry: (3) a { without its } in URL position 1:\n{a,b\n^\n", status: 3),
        FetchCase(
            "-g takes the braces of -T as they are", ["-g", "-T", "{a,b}", "{U}/in/"],
            files: ["{a,b}": "1"], requests: [put("/in/%7Ba%2Cb%7D", "1")]),
        FetchCase(
            "-T to a folder from standard input", ["-T", "-", "-H", "Expect:", "{U}/in/"], stdin: "in",
            requests: [
                request(
                    "PUT /in/", plain + ["Transfer-Encoding: chunked"], body: "2\r\nin\r\n0\r\n\r\n")
            ]),
        FetchCase(
            "-T to a folder with --url-query", ["-T", "f", "--url-query", "a=b", "{U}/in/"],
            files: ["f": "1"],
            requests: [put("/in/f?a=b", "1")]),
        FetchCase(
            "-T . is standard input", ["-T", ".", "-H", "Expect:", "{U}/x"], stdin: "in",
            requests: [
                request("PUT /x", plain + ["Transfer-Encoding: chunked"], body: "2\r\nin\r\n0\r\n\r\n")
            ]),
        FetchCase(
            "-T with -G and -d", ["-T", "f", "-G", "-d", "x", "{U}/x"], files: ["f": "1"], requests: [],
            stderr:
                "ferry: option -T: cannot be used with -d: each asks for another request method\nferry: try 'ferry --help' for more information\n",
            status: 2),
    ]

    @Test(arguments: answers) func `the answer is read as it should`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    private static let gzip: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 75, 45, 42, 170, 228, 2, 0, 81, 74, 214, 182, 6, 0, 0, 0,
    ]

    static let answers = [
        FetchCase(
            "--http0.9", ["--http0.9", "-i", "-w", " %{http_version}", "{U}/"],
            server: [.expectRequest, .send("<html>old</html>"), .close], stdout: "<html>old</html> 0"),
        FetchCase(
            "-I --http0.9", ["-I", "--http0.9", "{U}/"],
            server: [.expectRequest, .send("<html>old</html>"), .close],
            stderr:
                "ferry: (8) {U}/: receiving the response failed: the response to HEAD does not begin with HTTP/, and HTTP/0.9 has no heads\n",
            status: 8),
        FetchCase(
            "no --http0.9", ["{U}/"], server: [.expectRequest, .send("<html>"), .close],
            stderr:
                "ferry: (1) {U}/: receiving the response failed: the response does not begin with HTTP/ (HTTP/0.9 is not allowed)\n",
            status: 1),
        FetchCase(
            "--raw keeps chunks", ["--raw", "{U}/1", "{U}/2"],
            server: [
                .expectRequest,
                .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nA: b\r\n\r\n"),
                .expectRequest, .respond(body: "+"),
            ], stdout: "2\r\nhi\r\n0\r\nA: b\r\n\r\n+"),
        FetchCase(
            "--raw keeps content codings", ["--raw", "--compressed", "{U}/"],
            server: [.expectRequest, .respond(200, [("Content-Encoding", "gzip")], body: "not gzip")],
            stdout: "not gzip"),
        FetchCase(
            "--raw keeps transfer codings", ["--raw", "{U}/"],
            server: [
                .expectRequest, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nnot gzip"), .close,
            ], stdout: "not gzip"),
        FetchCase(
            "--tr-encoding undoes them", ["--tr-encoding", "{U}/"],
            server: [
                .expectRequest,
                .sendBytes(
                    Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1A\r\n".utf8) + gzip
                        + Array("\r\n0\r\n\r\n".utf8)),
            ], stdout: "ferry\n"),
        FetchCase(
            "--tr-encoding of broken data", ["--tr-encoding", "{U}/"],
            server: [
                .expectRequest,
                .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n"),
            ],
            stderr:
                "ferry: (61) {U}/: decoding the response failed: the gzip body is corrupt: incorrect header check\n",
            status: 61),
        FetchCase(
            "--ignore-content-length", ["--ignore-content-length", "{U}/"],
            server: [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello"), .close],
            stdout: "hello"),
    ]

    @Test(arguments: protocols) func `only the protocols that may are spoken`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    private static func usage(_ option: String, _ value: String) -> String {
        "ferry: option \(option): '\(value)' leaves no protocol (a list such as =https or -all,https is expected)\nferry: try 'ferry --help' for more information\n"
    }

    static let protocols = [
        FetchCase("--proto", ["--proto", "=https,http", "{U}/"], requests: [get("/")]),
        FetchCase(
            "--proto refuses", ["--proto", "=https", "{U}/"], requests: [],
            stderr: "ferry: (1) {U}/: http is used, which --proto does not allow\n", status: 1),
        FetchCase(
            "--proto with what only curl speaks", ["--proto", "=ftp", "{U}/"], requests: [],
            stderr: "ferry: (1) {U}/: http is used, which --proto does not allow\n", status: 1),
        FetchCase(
            "--proto with an unknown name", ["--proto", "http,foo", "{U}/"], requests: [get("/")],
            stderr: "Warning: option --proto: unrecognized protocol 'foo'\n"),
        FetchCase(
            "--proto that allows nothing", ["--proto", "-all", "{U}/"], requests: [],
            stderr: usage("--proto", "-all"), status: 2),
        FetchCase(
            "--proto-redir that allows nothing", ["--proto-redir", "=", "{U}/"], requests: [],
            stderr: usage("--proto-redir", "="), status: 2),
        FetchCase("--proto-default", ["--proto-default", "HTTP", "{A}/"], requests: [get("/")]),
        FetchCase(
            "--proto-default is used", ["--proto-default", "https", "--proto", "=http", "{A}/"], requests: [],
            stderr: "ferry: (1) https://{A}/: https is used, which --proto does not allow\n", status: 1),
        FetchCase(
            "--proto-default of an unknown one", ["--proto-default", "ftp", "{A}/"], requests: [],
            stderr:
                "ferry: option --proto-default: 'ftp' is no protocol that ferry speaks (http or https)\nferry: try 'ferry --help' for more information\n",
            status: 1),
        FetchCase(
            "--url @file", ["--url", "@list"],
            files: ["list": "# these\n{U}/a\n\n  {U}/{b}\r\n"], requests: [get("/a"), get("/{b}")],
            filesAfter: ["a": "", "{b}": ""]),
        FetchCase(
            "--url @ no file", ["--url", "@nope"], requests: [],
            stderr: "ferry: (26) cannot read the list of URLs nope: No such file or directory\n", status: 26),
    ]
}
