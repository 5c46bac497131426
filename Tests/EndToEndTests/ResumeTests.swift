import TestSupport
import Testing

/// Downloads that go on where an earlier one stopped.
@Suite struct ResumeTests {
    private static func ranged(_ first: Int) -> String {
        request("GET /", ["Host: {A}", "Range: bytes=\(first)-", "User-Agent: {UA}", "Accept: */*"])
    }

    @Test(arguments: cases) func `a download goes on only where it may`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    private static let cut: [ServerStep] = [
        .expectRequest,
        .send("HTTP/1.1 200 OK\r\nAccept-Ranges: bytes\r\nContent-Length: 6\r\n\r\nabc"), .close,
    ]
    private static let retry = ["-s", "--retry", "1", "--retry-delay", "0.01", "--retry-all-errors"]

    private static let cutWithTag: [ServerStep] = [
        .expectRequest, .send("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 6\r\n\r\nabc"), .close,
    ]

    /// The request for the rest of a body whose tag is known.
    private static func restRequest(_ offset: Int) -> String {
        request(
            "GET /",
            ["Host: {A}", "Range: bytes=\(offset)-", "If-Range: \"a\"", "User-Agent: {UA}", "Accept: */*"])
    }

    static let cases = [
        FetchCase(
            "the rest of what was decoded is asked for without a coding",
            ["-C", "-", "--compressed", "-o", "f", "{U}/"],
            server: [.expectRequest, .respond(206, [("Content-Range", "bytes 3-5/6")], body: "def")],
            files: ["f": "abc"],
            requests: [
                request(
                    "GET /",
                    [
                        "Host: {A}", "Range: bytes=3-", "User-Agent: {UA}", "Accept: */*",
                        "Accept-Encoding: identity",
                    ])
            ], filesAfter: ["f": "abcdef"]),
        FetchCase(
            "a part of a coded body is none of it", ["-s", "-C", "-", "--compressed", "-o", "f", "{U}/"],
            server: [
                .expectRequest,
                .respond(206, [("Content-Encoding", "gzip"), ("Content-Range", "bytes 3-5/6")], body: "def"),
            ], files: ["f": "abc"], status: 33, filesAfter: ["f": "abc"]),
        FetchCase(
            "a coded body may be as long as what is there by chance",
            ["-s", "-C", "-", "--compressed", "-o", "f", "{U}/"],
            server: [.expectRequest, .respond(200, [("Content-Encoding", "gzip")], body: "xyz")],
            files: ["f": "abc"], status: 33, filesAfter: ["f": "abc"]),
        FetchCase(
            "--raw takes the rest as it is", ["-C", "-", "--compressed", "--raw", "-o", "f", "{U}/"],
            server: [
                .expectRequest,
                .respond(206, [("Content-Encoding", "gzip"), ("Content-Range", "bytes 3-5/6")], body: "def"),
            ], files: ["f": "abc"], filesAfter: ["f": "abcdef"]),
        FetchCase(
            "a retry goes on with -C -", retry + ["-C", "-", "-o", "f", "{U}/"], server: cutWithTag,
            [
                .expectRequest,
                .respond(206, [("ETag", "\"a\""), ("Content-Range", "bytes 3-5/6")], body: "def"),
            ],
            requests: [get("/"), restRequest(3)], filesAfter: ["f": "abcdef"]),
        FetchCase(
            "a second retry goes on, too",
            ["-s", "--retry", "2", "--retry-delay", "0.01", "--retry-all-errors"]
                + ["-C", "-", "-o", "f", "{U}/"], server: cutWithTag,
            [
                .expectRequest,
                .send(
                    "HTTP/1.1 206 Partial\r\nETag: \"a\"\r\nContent-Range: bytes 3-5/6\r\nContent-Length: 3\r\n\r\nd"
                ), .close,
            ],
            [
                .expectRequest,
                .respond(206, [("ETag", "\"a\""), ("Content-Range", "bytes 4-5/6")], body: "ef"),
            ],
            requests: [get("/"), restRequest(3), restRequest(4)], filesAfter: ["f": "abcdef"]),
        FetchCase(
            "a retry begins again without -C -", retry + ["-o", "f", "{U}/"], server: cut,
            [.expectRequest, .respond(body: "abcdef")], requests: [get("/"), get("/")],
            filesAfter: ["f": "abcdef"]),
        FetchCase(
            "a retry begins again where parts are not served", retry + ["-C", "-", "-o", "f", "{U}/"],
            server: [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc"), .close],
            [.expectRequest, .respond(body: "abcdef")], requests: [get("/"), get("/")],
            filesAfter: ["f": "abcdef"]),
        FetchCase(
            "206", ["-C", "-", "-o", "f", "{U}/"],
            server: [.expectRequest, .respond(206, [("Content-Range", "bytes 3-5/6")], body: "def")],
            files: ["f": "abc"], requests: [ranged(3)], filesAfter: ["f": "abcdef"]),
        FetchCase(
            "no file yet", ["-C", "-", "-o", "f", "{U}/"], server: [.expectRequest, .respond(body: "abc")],
            requests: [get("/")], filesAfter: ["f": "abc"]),
        FetchCase(
            "an offset", ["-C", "3", "{U}/"],
            server: [.expectRequest, .respond(206, [("Content-Range", "bytes 3-5/6")], body: "def")],
            requests: [ranged(3)], stdout: "def"),
        FetchCase(
            "-I of a part", ["-I", "-r", "0-2", "-w", "%{http_code}", "{U}/"],
            server: [
                .expectRequest,
                .send("HTTP/1.1 206 Part\r\nContent-Range: bytes 0-2/6\r\nContent-Length: 3\r\n\r\n"),
            ],
            stdout: "HTTP/1.1 206 Part\r\nContent-Range: bytes 0-2/6\r\nContent-Length: 3\r\n\r\n206"),
        FetchCase(
            "less than was asked for", ["-r", "3-5", "{U}/"],
            server: [.expectRequest, .respond(206, [("Content-Range", "bytes 3-4/6")], body: "de")],
            stdout: "de",
            stderr: "ferry: (18) {U}/: the server sent bytes 3 to 4 only of a file of 6 bytes\n", status: 18),
        FetchCase(
            "a Range of one's own, answered by another part",
            ["-H", "Range: bytes=5-9", "-o", "f", "{U}/"],
            server: [.expectRequest, .respond(206, [("Content-Range", "bytes 0-4/10")], body: "01234")],
            stderr: "ferry: (33) {U}/: bytes 5-9 were asked for, and it sent 0 to 4\n", status: 33,
            filesAfter: ["f": .none]),
        FetchCase(
            "a Range of one's own, answered by less",
            ["-r", "0-1", "-H", "range: Bytes=3-5", "{U}/"],
            server: [.expectRequest, .respond(206, [("Content-Range", "bytes 3-4/6")], body: "de")],
            stdout: "de",
            stderr: "ferry: (18) {U}/: the server sent bytes 3 to 4 only of a file of 6 bytes\n", status: 18),
        FetchCase(
            "a Range of one's own, answered as asked", ["-r", "0-1", "-H", "Range: bytes=3-5", "{U}/"],
            server: [.expectRequest, .respond(206, [("Content-Range", "bytes 3-5/6")], body: "def")],
            stdout: "def"),
        FetchCase(
            "Ranges of one's own that are no single part are taken as they are answered",
            [
                "-H", "Range: bytes=0-1,4-5", "{U}/", "--next", "-H", "Range: lines=7-8", "{U}/", "--next",
                "-H", "Range: bytes=0-1", "-H", "Range: bytes=3-4", "{U}/",
            ],
            server: [
                .forever([.expectRequest, .respond(206, [("Content-Range", "bytes 2-3/6")], body: "cd")])
            ], stdout: "cdcdcd"),
        FetchCase("an offset of 0", ["-C", "0", "{U}/"], requests: [get("/")]),
        FetchCase(
            "206 that is not spelt as it should be, twice",
            ["-C", "3", "-o", "f", "{U}/", "-o", "g", "{U}/"],
            server: [
                .expectRequest, .respond(206, [("Content-Range", "bytes=3-5/6")], body: "def"),
                .expectRequest, .respond(206, [("Content-Range", "3-5/6")], body: "def"),
            ],
            files: ["f": "abc", "g": "abc"], filesAfter: ["f": "abcdef", "g": "abcdef"]),
        FetchCase(
            "206 of another unit", ["-C", "-", "-o", "f", "{U}/"],
            server: [.expectRequest, .respond(206, [("Content-Range", "lines 3-5/6")], body: "def")],
            files: ["f": "abc"],
            stderr:
                "ferry: (33) {U}/: the server does not resume: the part that it sent does not begin at byte 3\n",
            status: 33, filesAfter: ["f": "abc"]),
        FetchCase(
            "206 of another part", ["-C", "-", "-o", "f", "{U}/"],
            server: [.expectRequest, .respond(206, [("Content-Range", "bytes 2-5/6")], body: "cdef")],
            files: ["f": "abc"],
            stderr:
                "ferry: (33) {U}/: the server does not resume: the part that it sent does not begin at byte 3\n",
            status: 33, filesAfter: ["f": "abc"]),
        FetchCase(
            "206 that does not say where it begins", ["-C", "-", "-o", "f", "{U}/"],
            server: [.expectRequest, .respond(206, body: "defg")], files: ["f": "abc"],
            stderr:
                "ferry: (33) {U}/: the server does not resume: the part that it sent does not say where it begins\n",
            status: 33, filesAfter: ["f": "abc"]),
        FetchCase(
            "200 with the length that is there", ["-C", "-", "-o", "f", "{U}/"],
            server: [.expectRequest, .respond(body: "abc")], files: ["f": "abc"], filesAfter: ["f": "abc"]),
        FetchCase(
            "200 with another", ["-C", "-", "-o", "f", "{U}/"],
            server: [.expectRequest, .respond(body: "abcdef")],
            files: ["f": "abc"],
            stderr:
                "ferry: (33) {U}/: the server does not resume: it answered 200 to a request from byte 3\n",
            status: 33, filesAfter: ["f": "abc"]),
        FetchCase(
            "416", ["-f", "-C", "-", "-o", "f", "{U}/"], server: [.expectRequest, .respond(416, body: "no")],
            files: ["f": "abc"], filesAfter: ["f": "abc"]),
        FetchCase(
            "404 does not spoil the file", ["-C", "-", "-o", "f", "{U}/"],
            server: [.expectRequest, .respond(404, body: "no")], files: ["f": "abc"],
            stderr:
                "ferry: (33) {U}/: the server does not resume: it answered 404 to a request from byte 3\n",
            status: 33, filesAfter: ["f": "abc"]),
        FetchCase(
            "404 with -f", ["-f", "-C", "-", "-o", "f", "{U}/"],
            server: [.expectRequest, .respond(404, body: "no")], files: ["f": "abc"],
            stderr: "ferry: (22) {U}/: the server answered 404 Not Found\n", status: 22,
            filesAfter: ["f": "abc"]),
        FetchCase(
            "a part that is cut short is kept", ["-C", "-", "-o", "f", "{U}/"],
            server: [
                .expectRequest,
                .send("HTTP/1.1 206 P\r\nContent-Range: bytes 3-9/10\r\nContent-Length: 7\r\n\r\nde"), .close,
            ], files: ["f": "abc"],
            stderr:
                "ferry: (18) {U}/: receiving the response failed: connection closed with 2 of 7 body bytes received\n",
            status: 18, filesAfter: ["f": "abcde"]),
        FetchCase(
            "through a redirect", ["-L", "-C", "-", "-o", "f", "{U}/"],
            server: [
                .expectRequest, .respond(302, [("Location", "/")], body: "moved"), .expectRequest,
                .respond(206, [("Content-Range", "bytes 3-5/6")], body: "def"),
            ], files: ["f": "abc"], requests: [ranged(3), ranged(3)], filesAfter: ["f": "abcdef"]),
        FetchCase(
            "-O", ["-C", "-", "-O", "{U}/dir/f"],
            server: [.expectRequest, .respond(206, [("Content-Range", "bytes 3-5/*")], body: "def")],
            files: ["f": "abc"], filesAfter: ["f": "abcdef"]),
        FetchCase(
            "an upload beyond its file", ["-T", "f", "-C", "9", "{U}/x"], files: ["f": "abc"], requests: [],
            stderr: "ferry: (36) {U}/x: f has only 3 bytes; it cannot be resumed at 9\n", status: 36),
        FetchCase(
            "an upload of what has no length", ["-T", "/dev/null", "-C", "9", "{U}/x"], requests: [],
            stderr: "ferry: (36) {U}/x: /dev/null cannot be resumed: how long it is is not known\n",
            status: 36),
    ]

    @Test func `nginx resumes`() throws {
        let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let nginx = try Nginx(files: ["big": content])
        let folder = try TemporaryDirectory()
        try folder.write(content[..<30_000], to: "big")
        #expect(try runFerry(["-C", "-", "-O", nginx.url("/big")], directory: folder.path).exitStatus == 0)
        #expect(folder.read("big") == content)
        // Whole already: nginx says 416, and that is no failure.
        let again = try runFerry(["-f", "-C", "-", "-O", nginx.url("/big")], directory: folder.path)
        #expect(again.exitStatus == 0, "\(again)")
        #expect(folder.read("big") == content)
    }

    private static let unknownParts: [(range: String, head: String)] = [
        ("5-9", "Content-Length: 4"), ("5-9", "Content-Length: 6"), ("5-9", "Transfer-Encoding: chunked"),
        ("5-9", "X: y"), ("5-", "Content-Length: 5"), ("0-1,5-9", "Content-Length: 7"),
        ("-5", "Content-Length: 4"), ("5-9", "Content-Length: 4\r\nContent-Range: lines 5-9/10"),
        ("0-", "Content-Length: 5\r\nContent-Range: bytes 0-9223372036854775807/*"),
    ]

    @Test(arguments: unknownParts)
    func `a part that does not say what it is, is none`(range: String, head: String) throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 206 P\r\n\(head)\r\n\r\n5678"),
        ])
        let folder = try TemporaryDirectory()
        let result = try runFerry(
            ["-q", "-sS", "-r", range, "-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 33, "\(result)")
        #expect(folder.names().isEmpty)
    }

    /// A server that sends bytes 5 to 9 of ten once the gate is open.
    private static func rest(after gate: Gate) throws -> ScriptedServer {
        try ScriptedServer(script: [
            .forever([
                .expectRequest, .pause(until: gate),
                .respond(206, [("Content-Range", "bytes 5-9/10")], body: "56789"),
            ])
        ])
    }

    @Test(arguments: ["-q", "-N"])
    func `a second run on a file that is gone on with says so and leaves it alone`(option: String) throws {
        let gate = Gate()
        let server = try Self.rest(after: gate)
        let folder = try TemporaryDirectory()
        try folder.write("01234", to: "f")
        let arguments = ["-q", "-sS", option, "-C", "-", "-o", "f", server.url()]
        let first = try RunningProcess(ferryBinary(), arguments, directory: folder.path)
        #expect(server.waitForRequests(1))
        let second = try runProcess(ferryBinary(), arguments, directory: folder.path)
        #expect(second.exitStatus == 23, "\(second)")
        #expect(
            second.errText
                == "ferry: (23) \(server.url()): cannot go on with f: another transfer is writing it (wait for its end, or choose another name)\n"
        )
        #expect(server.requests.count == 1 && folder.read("f") == Array("01234".utf8))
        gate.open()
        #expect(first.wait(timeoutSeconds: 30).exitStatus == 0)
        #expect(folder.read("f") == Array("0123456789".utf8))
    }

    @Test func `what another program adds meanwhile is not written behind`() throws {
        let gate = Gate()
        let server = try Self.rest(after: gate)
        let folder = try TemporaryDirectory()
        try folder.write("01234", to: "f")
        let process = try RunningProcess(
            ferryBinary(), ["-q", "-sS", "-C", "-", "-o", "f", server.url()], directory: folder.path)
        #expect(server.waitForRequests(1))
        try folder.write("01234xx", to: "f")
        gate.open()
        let result = process.wait(timeoutSeconds: 30)
        #expect(result.exitStatus == 23, "\(result)")
        #expect(
            result.errText.hasSuffix("cannot go on with f: another program has changed it meanwhile\n"))
        #expect(folder.read("f") == Array("01234xx".utf8))
    }
}
