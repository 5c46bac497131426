import TestSupport
import Testing

/// Answers as servers really give them, broken ones above all: what comes out, and which exit status.
@Suite struct FramingTests {
    /// Sends these bytes to the first request, and closes.
    private static func raw(_ bytes: String) -> [ServerStep] { [.expectRequest, .send(bytes), .close] }

    private static func failure(_ status: Int32, _ text: String) -> String {
        "ferry: (\(status)) {U}/: receiving the response failed: \(text)\n"
    }

    @Test(arguments: goodCases) func `answers that are right`(_ fetch: FetchCase) throws { try fetch.check() }

    static let goodCases = [
        FetchCase(
            "a length", ["{U}/"], server: raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
            stdout: "abc"),
        FetchCase("to the end", ["{U}/"], server: raw("HTTP/1.1 200 OK\r\n\r\nabc"), stdout: "abc"),
        FetchCase("HTTP/1.0", ["{U}/"], server: raw("HTTP/1.0 200 OK\r\n\r\nabc"), stdout: "abc"),
        FetchCase(
            "no reason", ["{U}/"], server: raw("HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na"), stdout: "a"),
        FetchCase(
            "byte by byte", ["-i", "{U}/"],
            server: [
                .expectRequest,
                .sendByteByByte(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n"),
            ], stdout: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nabcT: 1\r\n"),
        FetchCase(
            "trailers go where heads go", ["-D", "heads", "{U}/"],
            server: raw(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: 1\r\nU: 2\r\n\r\n"),
            stdout: "a",
            filesAfter: [
                "heads": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nT: 1\r\nU: 2\r\n"
            ]),
        FetchCase(
            "--raw leaves trailers in the body", ["--raw", "-D", "heads", "{U}/"],
            server: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: 1\r\n\r\n"),
            stdout: "1\r\na\r\n0\r\nT: 1\r\n\r\n",
            filesAfter: ["heads": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]),
        FetchCase(
            "bare LF", ["-i", "{U}/"], server: raw("HTTP/1.1 200 OK\nContent-Length: 3\n\nabc"),
            stdout: "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc"),
        FetchCase(
            "an obsolete fold", ["-w", "%{header_json}", "-o", "/dev/null", "{U}/"],
            server: raw("HTTP/1.1 200 OK\r\nX: a\r\n  b\r\nContent-Length: 0\r\n\r\n"),
            stdout: "{\"x\":[\"a b\"],\n\"content-length\":[\"0\"]\n}"),
        FetchCase(
            "informational answers", ["-i", "{U}/"],
            server: raw("HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            stdout: "HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        FetchCase("204 has no body", ["{U}/"], server: raw("HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\n")),
        FetchCase(
            "304 keeps the connection", ["{U}/1", "{U}/2"],
            server: [
                .expectRequest, .send("HTTP/1.1 304 N\r\nContent-Length: 9\r\n\r\n"), .expectRequest,
                .respond(body: "ok"),
            ], stdout: "ok"),
        FetchCase(
            "equal lengths", ["{U}/"],
            server: raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), stdout: "abc"
        ),
        FetchCase(
            "bytes behind the answer go nowhere", ["{U}/1", "{U}/2"],
            server: raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL"
            ),
            [.expectRequest, .respond(body: "b")], requests: [get("/1"), get("/2")], stdout: "ab"),
        FetchCase(
            "Connection: close is obeyed", ["{U}/1", "{U}/2"],
            server: [.expectRequest, .respond(200, [("Connection", "close")], body: "a"), .hold],
            [.expectRequest, .respond(body: "b")], stdout: "ab"),
        FetchCase(
            "-X GET with an early error", ["-T", "f", "{U}/x"],
            server: [.expectHead, .respond(403, [("Connection", "close")], body: "no"), .close],
            files: ["f": "abc"],
            stdout: "no"),
        FetchCase(
            "-f drops the body", ["-f", "{U}/"],
            server: raw("HTTP/1.1 404 Gone Away\r\nContent-Length: 3\r\n\r\nabc"),
            stderr: "ferry: (22) {U}/: the server answered 404 Gone Away\n", status: 22),
        FetchCase(
            "-f -i shows the head", ["-fi", "{U}/"],
            server: raw("HTTP/1.1 404\r\nContent-Length: 3\r\n\r\nabc"),
            stdout: "HTTP/1.1 404\r\nContent-Length: 3\r\n\r\n",
            stderr: "ferry: (22) {U}/: the server answered 404\n", status: 22),
        FetchCase(
            "--fail-with-body", ["--fail-with-body", "-o", "f", "{U}/"],
            server: raw("HTTP/1.1 500 Oh\r\nContent-Length: 3\r\n\r\nabc"),
            stderr: "ferry: (22) {U}/: the server answered 500 Oh\n", status: 22, filesAfter: ["f": "abc"]),
        FetchCase(
            "--fail-early", ["--fail-early", "-f", "{U}/1", "{U}/2"],
            server: [.forever([.expectRequest, .respond(404)])], requests: [get("/1")],
            stderr: "ferry: (22) {U}/1: the server answered 404 Not Found\n", status: 22),
        FetchCase(
            "-s hides the message, -S brings it back", ["-sf", "{U}/1", "--next", "-S", "-f", "{U}/2"],
            server: [.forever([.expectRequest, .respond(404)])],
            stderr:
                "ferry: (22) {U}/1: the server answered 404 Not Found\nferry: (22) {U}/2: the server answered 404 Not Found\n",
            status: 22),
        FetchCase("-s", ["-sf", "{U}/"], server: [.expectRequest, .respond(404)], status: 22),
        FetchCase(
            "-w of a failure", ["-s", "-w", "%{exitcode} %{http_code} %{errormsg}", "{U}/"],
            server: [.expectRequest, .close],
            stdout: "52 000 receiving the response failed: connection closed before any byte of a response",
            status: 52),
    ]

    @Test(arguments: badCases) func `answers that are wrong`(_ fetch: FetchCase) throws { try fetch.check() }

    static let badCases = [
        FetchCase(
            "nothing", ["{U}/"], server: [.expectRequest, .close],
            stderr: failure(52, "connection closed before any byte of a response"), status: 52),
        FetchCase(
            "a reset", ["{U}/"], server: [.expectRequest, .reset],
            stderr: "ferry: (56) {U}/: receiving the response failed: connection reset by peer\n", status: 56),
        FetchCase(
            "HTTP/0.9", ["{U}/"], server: raw("hello"),
            stderr: failure(1, "the response does not begin with HTTP/ (HTTP/0.9 is not allowed)"), status: 1),
        FetchCase(
            "HTTP/2", ["{U}/"], server: raw("HTTP/2 200\r\n\r\n"),
            stderr: failure(1, "the response has version HTTP/2, and only HTTP/1.0 and HTTP/1.1 are spoken"),
            status: 1),
        FetchCase(
            "a head cut short", ["{U}/"], server: raw("HTTP/1.1 200 OK\r\nConte"),
            stderr: failure(
                18, "connection closed before the response head was complete (22 bytes received)"),
            status: 18),
        FetchCase(
            "a body cut short", ["-o", "f", "{U}/"],
            server: raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
            stderr: failure(18, "connection closed with 3 of 9 body bytes received")
                + "Warning: 3 bytes of 9 of f are kept in f.part, but the server does not say which version they are of, so that -C - starts over\n",
            status: 18, filesAfter: ["f": nil, "f.part": "abc"]),
        FetchCase(
            "no last chunk", ["{U}/"],
            server: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
            stdout: "abc",
            stderr: failure(18, "connection closed before the last chunk (3 body bytes received)"),
            status: 18),
        FetchCase(
            "a bad chunk size", ["{U}/"],
            server: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"),
            stderr: failure(56, "malformed chunk size: unexpected byte \\x78"), status: 56),
        FetchCase(
            "both framings", ["{U}/"],
            server: raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            stdout: ""),
        FetchCase(
            "an upgrade that was not asked for", ["-o", "f", "{U}/"],
            server: raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"),
            stderr: failure(8, "the response has status 101, and the request asked for no other protocol"),
            status: 8, filesAfter: ["f": nil]),
        FetchCase(
            "nothing after a 100", ["{U}/"], server: raw("HTTP/1.1 100 Continue\r\n\r\n"),
            stderr: failure(
                52, "connection closed after an informational response and before any byte of the final one"),
            status: 52),
        FetchCase(
            "chunks of an HTTP/1.0 server", ["{U}/"],
            server: raw("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nhi\n0\n\n"), stdout: "hi"),
        FetchCase(
            "two lengths", ["{U}/"],
            server: raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
            stderr: failure(8, "two different Content-Length values: '3' and '4'"), status: 8),
        FetchCase(
            "a negative length", ["{U}/"], server: raw("HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n"),
            stderr: failure(8, "malformed Content-Length '-3'"), status: 8),
        FetchCase(
            "a line without colon", ["{U}/"], server: raw("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"),
            stderr: failure(8, "header line without a colon: 'nonsense'"), status: 8),
        FetchCase(
            "a NUL", ["{U}/"], server: raw("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"),
            stderr: failure(8, "NUL byte in header field X"), status: 8),
        FetchCase(
            "a huge head", ["{U}/"],
            server: raw("HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: 400_000) + "\r\n\r\n"),
            stderr: failure(56, "the response head is longer than 307200 bytes"), status: 56),
        FetchCase(
            "an unknown transfer coding", ["{U}/"],
            server: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: lz\r\n\r\n"),
            stderr: failure(61, "Transfer-Encoding 'lz' has the unknown coding 'lz'"), status: 61),
        FetchCase(
            "two locations", ["-L", "{U}/"],
            server: raw("HTTP/1.1 302 F\r\nLocation: /a\r\nLocation: /b\r\n\r\n"),
            stderr: failure(8, "two different Location fields: '/a' and '/b'"), status: 8),
        FetchCase(
            "an unknown content coding", ["--compressed", "{U}/"],
            server: raw("HTTP/1.1 200 OK\r\nContent-Encoding: lz\r\nContent-Length: 1\r\n\r\na"),
            stderr:
                "ferry: (61) {U}/: decoding the response failed: the content coding 'lz' is not supported: it should be gzip, deflate, br or zstd\n",
            status: 61),
        FetchCase(
            "a content coding nobody asked to undo", ["{U}/"],
            server: raw("HTTP/1.1 200 OK\r\nContent-Encoding: lz\r\nContent-Length: 1\r\n\r\na"), stdout: "a"),
        FetchCase(
            "an empty coded body", ["--compressed", "{U}/"],
            server: raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n")),
        FetchCase(
            "too long by its own word", ["--max-filesize", "2", "-o", "f", "{U}/"],
            server: raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
            stderr: "ferry: (63) {U}/: the server announces 3 bytes, more than --max-filesize 2\n",
            status: 63,
            filesAfter: ["f": nil]),
        FetchCase(
            "too long without a word", ["--max-filesize", "2", "-o", "f", "{U}/"],
            server: raw("HTTP/1.1 200 OK\r\n\r\nabc"),
            stderr: "ferry: (63) {U}/: the answer is longer than --max-filesize 2\n", status: 63,
            filesAfter: ["f": nil]),
        FetchCase(
            "no answer in time", ["-m", "0.2", "{U}/"], server: [.expectRequest, .hold],
            stderr: "ferry: (28) {U}/: timed out while waiting for the response\n", status: 28),
        FetchCase(
            "no end in time", ["-m", "0.2", "{U}/"],
            server: [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), .hold],
            stdout: "abc",
            stderr: "ferry: (28) {U}/: timed out with 3 out of 9 bytes received\n", status: 28),
        FetchCase(
            "an upload that nobody takes", ["-m", "0.2", "-T", "f", "{U}/x"],
            server: [.expectHead, .pause(until: Gate())],
            files: ["f": String(repeating: "x", count: 9_000_000)],
            requests: [], stderr: "ferry: (28) {U}/x: timed out while waiting for the response\n", status: 28),
    ]

    @Test func `a connection that is not taken in time`() throws {
        let hole = try BlackHole()
        let url = "http://127.0.0.1:\(hole.port)/"
        let result = try runFerry(["--connect-timeout", "0.1", url])
        #expect(result.exitStatus == 28)
        #expect(
            result.errText
                == "ferry: (28) \(url): connecting to 127.0.0.1:\(hole.port) timed out after 0.1 s\n")
    }

    @Test func `a name without an address, and one of the wrong family`() throws {
        let unknown = try runFerry(["http://no-such-host.invalid/"])
        #expect(unknown.exitStatus == 6)
        #expect(
            unknown.errText.hasPrefix(
                "ferry: (6) http://no-such-host.invalid/: cannot resolve no-such-host.invalid: "))
        let family = try runFerry(["-6", "http://127.0.0.1:1/"])
        #expect(family.exitStatus == 6 || family.exitStatus == 7, "\(family)")
        #expect(family.errText.contains("http://127.0.0.1:1/: "))
    }

    @Test(arguments: ["gzip", "deflate", "br", "zstd"])
    func `--compressed undoes what nginx and others do`(_ coding: String) throws {
        // "ferry\n" as each coding has it, made with the reference tools.
        let bodies: [String: [UInt8]] = [
            "gzip": [
                31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 75, 45, 42, 170, 228, 2, 0, 81, 74, 214, 182, 6, 0, 0, 0,
            ],
            "deflate": [120, 156, 75, 75, 45, 42, 170, 228, 2, 0, 8, 125, 2, 51],
            "br": [0x8f, 2, 0x80, 0x66, 0x65, 0x72, 0x72, 0x79, 0x0a, 3],
            "zstd": [0x28, 0xb5, 0x2f, 0xfd, 0x20, 6, 0x31, 0, 0, 0x66, 0x65, 0x72, 0x72, 0x79, 0x0a],
        ]
        let body = try #require(bodies[coding])
        let server = try ScriptedServer(handler: { request in
            let cut = request.path == "/cut"
            return [
                .sendBytes(
                    ServerStep.response(
                        200, [("Content-Encoding", coding)], body: cut ? Array(body.dropLast(2)) : body))
            ]
        })
        let result = try runFerry(["--compressed", "-w", "%{size_download}", server.url()])
        #expect(result.exitStatus == 0 && result.outText == "ferry\n\(body.count)", "\(result)")
        let cut = try runFerry(["--compressed", server.url("/cut")])
        #expect(cut.exitStatus == 61, "\(cut)")
        #expect(
            cut.errText.hasPrefix(
                "ferry: (61) \(server.url("/cut")): decoding the response failed: the \(coding) body"))
    }

    @Test func `nginx compresses, keeps alive and redirects`() throws {
        let page = String(repeating: "all work and no play ", count: 500)
        let nginx = try Nginx(
            server: "location /old { return 301 /page.txt; }",
            http: "gzip on; gzip_types *; gzip_min_length 0;", files: ["page.txt": Array(page.utf8)])
        let result = try runFerry([
            "--compressed", "-L", "-w", "%{num_connects}\n", nginx.url("/old"), nginx.url("/page.txt"),
        ])
        #expect(result.outText == page + "1\n" + page + "0\n")
        let log = nginx.accessLog()
        #expect(log.count == 3 && Set(log.map { $0.prefix { $0 != " " } }).count == 1, "\(log)")
    }

    @Test func `a body that decodes to gigabytes does not outlast the time limit`() throws {
        // Zstandard blocks of four bytes that each stand for 128 KiB of the letter x (RFC 8878 §3.1.1.2): 73 GiB.
        let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]
        let block: [UInt8] = [0x02, 0x00, 0x10, UInt8(ascii: "x")]
        let body = magic + Array(repeatElement(block, count: 600_000).joined()) + [0x01, 0x00, 0x00]
        let server = try ScriptedServer { _ in
            [.sendBytes(ServerStep.response(200, [("Content-Encoding", "zstd")], body: body))]
        }
        let result = try runFerry(["-sS", "-m", "0.2", "--compressed", "-o", "/dev/null", server.url()])
        #expect(result.exitStatus == 28, "\(result)")
        #expect(result.errText.hasPrefix("ferry: (28) \(server.url()): timed out with "))
    }
}
