import Glibc
import TestSupport
import Testing

/// Servers that mean harm, each with the guard that stands against it.
@Suite struct HostileResponseTests {
    // MARK: Redirects and cookies

    static let cases: [FetchCase] = [
        FetchCase(
            "escaped line ends of a redirect stay escaped", ["-L", "{U}/"],
            server: redirecting(to: "/x%0d%0aInjected:%20yes?q=%0D%0AX:y"),
            requests: [get("/"), get("/x%0d%0aInjected:%20yes?q=%0D%0AX:y")], stdout: "there"),
        FetchCase(
            "a redirect with a bare CR is no answer", ["-L", "{U}/"],
            server: redirecting(to: "/x\rInjected: yes"),
            requests: [get("/")],
            stderr:
                "ferry: (8) {U}/: receiving the response failed: CR without LF in header field Location\n",
            status: 8),
        FetchCase(
            "a redirect with a NUL is no answer", ["-L", "{U}/"], server: redirecting(to: "/x\0y"),
            requests: [get("/")],
            stderr: "ferry: (8) {U}/: receiving the response failed: NUL byte in header field Location\n",
            status: 8),
        FetchCase(
            "a folded redirect is one line", ["-L", "{U}/"], server: redirecting(to: "/x\r\n Injected:yes"),
            requests: [get("/"), get("/x%20Injected:yes")], stdout: "there"),
        FetchCase(
            "a redirect to itself ends", ["-sS", "-L", "--max-redirs", "3", "{U}/"],
            server: [.forever([.expectRequest, .respond(302, [("Location", "/")])])],
            requests: [get("/"), get("/"), get("/"), get("/")],
            stderr: "ferry: (47) {U}/: more than 3 redirects (--max-redirs)\n", status: 47),
        FetchCase(
            "cookies with control characters are not kept", ["-L", "-b", "", "{U}/"],
            server: redirecting(
                to: "/x",
                cookies: ["a=1\u{1}2", "b\u{2}=1", "c=1; Path=/\u{7}", "tab=1\t2", "good=1"]),
            requests: [
                get("/"),
                request("GET /x", ["Host: {A}", "User-Agent: {UA}", "Accept: */*", "Cookie: good=1"]),
            ],
            stdout: "there"),
    ]

    private static func redirecting(to location: String, cookies: [String] = []) -> [ServerStep] {
        let fields = cookies.map { "Set-Cookie: \($0)\r\n" }.joined()
        return [
            .expectRequest,
            .send("HTTP/1.1 302 Found\r\nLocation: \(location)\r\n\(fields)Content-Length: 0\r\n\r\n"),
            .expectRequest, .respond(body: "there"),
        ]
    }

    @Test(arguments: cases) func `what comes of it`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    // MARK: Names of files

    static let locations: [(location: String, name: String)] = [
        ("/a/../../../etc/passwd", "passwd"), ("/a/..%2f..%2fup", "%2f..%2fup"), ("/x/%2e%2e", "start"),
        ("/d/a\\..\\win.ini", "win.ini"), ("/.bashrc", "bashrc"), ("/-rf", "rf"),
        ("/--option?x=/y", "option"),
        ("/x/", "x"), ("/", "start"), ("/?/evil", "start"), ("/#/evil", "start"),
    ]

    @Test(arguments: locations)
    func `a redirect's name is made harmless`(_ location: String, _ name: String) throws {
        let folder = try TemporaryDirectory()
        let inner = folder.file("in")
        #expect(mkdir(inner, 0o755) == 0)
        let server = try ScriptedServer(script: Self.redirecting(to: location))
        let result = try runFerry(["-sS", "-L", "-OJ", server.url("/start")], directory: inner)
        #expect(result.exitStatus == 0, "\(result)")
        #expect(folder.names() == ["in"])
        #expect(folder.read("in/\(name)").map { text($0) } == "there")
    }

    @Test(arguments: [[], ["--clobber"], ["--no-clobber"], ["--no-atomic"], ["--clobber", "--no-atomic"]])
    func `a redirect's name never leads through a link, nor to where a file is`(_ options: [String]) throws {
        let folder = try TemporaryDirectory()
        try folder.write("mine", to: "target")
        try folder.write("mine", to: "file")
        #expect(symlink("target", folder.file("s")) == 0)
        #expect(symlink("nowhere", folder.file("dangling")) == 0)
        for name in ["s", "dangling", "file"] {
            let server = try ScriptedServer(script: Self.redirecting(to: "/\(name)"))
            _ = try runFerry(["-sS", "-L", "-OJ"] + options + [server.url("/start")], directory: folder.path)
        }
        #expect(folder.read("target").map { text($0) } == "mine")
        #expect(!folder.names().contains("nowhere"))
        let isReplaced = options.contains("--clobber")
        #expect(folder.read("file").map { text($0) } == (isReplaced ? "there" : "mine"))
    }

    // MARK: Floods

    /// A gzip body of `count` zero bytes.
    private func bomb(_ count: Int) throws -> [UInt8] {
        let folder = try TemporaryDirectory()
        let result = try runProcess(
            "/bin/sh", ["-c", "head -c \(count) /dev/zero | gzip -9 > bomb"], directory: folder.path)
        try #require(result.exitStatus == 0, "\(result)")
        return try #require(folder.read("bomb"))
    }

    @Test func `a small body that decodes to much stops at --max-filesize`() throws {
        let body = try bomb(50_000_000)
        try #require(body.count < 60_000)
        let folder = try TemporaryDirectory()
        let server = try ScriptedServer { _ in
            [
                .send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n"),
                .sendBytes(body),
            ]
        }
        let result = try runFerry(
            ["-sS", "--compressed", "--max-filesize", "100000", "-o", "f", server.url("/")],
            directory: folder.path)
        #expect(result.exitStatus == 63, "\(result)")
        #expect(folder.names().isEmpty)
        // What came over the wire fits the limit; what it decodes to does not, and never reaches the reader.
        let printed = try runFerry(["-sS", "--compressed", "--max-filesize", "100000", server.url("/")])
        #expect(printed.exitStatus == 63 && printed.stdout.count <= 100_000, "\(printed.errText)")
        let encoded = try runFerry(["-sS", "--max-filesize", "100000", server.url("/")])
        #expect(encoded.exitStatus == 0 && encoded.stdout == body)
    }

    @Test func `a bomb in the coding of the transfer stops, too`() throws {
        let body = try bomb(50_000_000)
        let server = try ScriptedServer { _ in
            let size = String(body.count, radix: 16)
            return [
                .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n\(size)\r\n"),
                .sendBytes(body),
                .send("\r\n0\r\n\r\n"),
            ]
        }
        let result = try runFerry(["-sS", "--tr-encoding", "--max-filesize", "100000", server.url("/")])
        #expect(result.exitStatus == 63 && result.stdout.count <= 100_000, "\(result.errText)")
    }

    static let floods: [(what: String, head: String, unit: String, text: String)] = [
        ("fields", "HTTP/1.1 200 OK\r\n", "A: b\r\n", "the response has more than 5000 header fields"),
        ("one field", "HTTP/1.1 200 OK\r\nA: ", "b", "the response head is longer than 307200 bytes"),
        ("a status line", "HTTP/1.1 200 ", "O", "the response head is longer than 307200 bytes"),
        (
            "folded lines", "HTTP/1.1 200 OK\r\nA: b\r\n", " c\r\n",
            "the response head is longer than 307200 bytes"
        ),
        ("informational heads", "", "HTTP/1.1 103 X\r\n\r\n", "more than 1000 informational responses"),
        (
            "trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n",
            "the response has more than 5000 header fields"
        ),
    ]

    @Test(arguments: floods)
    func `heads without end are cut off`(_ what: String, _ head: String, _ unit: String, _ text: String)
        throws
    {
        let server = try ScriptedServer(script: [
            .expectRequest, .send(head), .send(String(repeating: unit, count: 1_000_000 / unit.utf8.count)),
            .hold,
        ])
        let result = try runFerry(["-sS", server.url("/")], timeoutSeconds: 30)
        #expect(result.exitStatus == (text.contains("more than") ? 100 : 56), "\(result)")
        #expect(result.errText.hasSuffix("receiving the response failed: \(text)\n"), "\(result)")
    }
}
