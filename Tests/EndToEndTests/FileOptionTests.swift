import Glibc
import TestSupport
import Testing

/// How output files are named, kept, skipped and removed, beside `-o` and `-O`.
@Suite struct FileOptionTests {
    private static func named(_ disposition: String, body: String = "served") -> [ServerStep] {
        [.expectRequest, .respond(200, [("Content-Disposition", disposition)], body: body)]
    }
    private static let namedHead =
        "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=s\r\nContent-Length: 6\r\n\r\n"
    private static let oldHead =
        "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=s\r\n"
        + "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: 3\r\n\r\n"
    private static let old: [ServerStep] = [.expectRequest, .send(oldHead + "old")]
    private static let cut: [ServerStep] = [
        .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"), .close,
    ]
    private static let body: [ServerStep] = [.forever([.expectRequest, .respond(body: "new")])]
    private static let cutShort =
        "receiving the response failed: the connection closed after 9 of 100 body bytes"

    @Test(arguments: cases) func `files are treated as asked`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let cases: [FetchCase] = [
        // Overwriting
        FetchCase(
            "--no-clobber takes the next number", ["--no-clobber", "-o", "f", "{U}/"], server: body,
            files: ["f": "old", "f.1": "older"], filesAfter: ["f": "old", "f.1": "older", "f.2": "new"]),
        FetchCase(
            "--no-clobber with a free name", ["--no-clobber", "-o", "f", "{U}/"], server: body,
            filesAfter: ["f": "new", "f.1": .none]),
        FetchCase(
            "--no-clobber tells the name",
            ["--no-clobber", "-O", "-w", "%{filename_effective}", "{U}/a.txt"],
            server: body, files: ["a.txt": "old"], stdout: "a.txt.1", filesAfter: ["a.txt.1": "new"]),
        FetchCase(
            "--no-clobber in place",
            ["--no-clobber", "-N", "-o", "f", "-w", "%{filename_effective}", "{U}/"],
            server: body, files: ["f": "old"], stdout: "f.1", filesAfter: ["f": "old", "f.1": "new"]),
        FetchCase(
            "--no-clobber numbers the server's name", ["--no-clobber", "-OJ", "{U}/x"],
            server: named("attachment; filename=s"), files: ["s": "old"],
            filesAfter: ["s": "old", "s.1": "served"]),
        FetchCase(
            "--no-clobber leaves nothing of a failure", ["-s", "--no-clobber", "-o", "f", "{U}/"],
            server: cut,
            files: ["f": "old"], status: 18, filesAfter: ["f": "old", "f.1": .none]),
        FetchCase(
            "--no-clobber writes to a device", ["--no-clobber", "-o", "/dev/null", "{U}/"], server: body),
        FetchCase(
            "--clobber lets the server overwrite", ["--clobber", "-OJ", "{U}/x"],
            server: named("attachment; filename=s"), files: ["s": "old"], filesAfter: ["s": "served"]),
        FetchCase(
            "--clobber after --no-clobber", ["--no-clobber", "--clobber", "-o", "f", "{U}/"], server: body,
            files: ["f": "old"], filesAfter: ["f": "new", "f.1": .none]),
        FetchCase(
            "the server's name never overwrites by itself", ["-OJ", "{U}/x"],
            server: named("attachment; filename=s"), files: ["s": "old"],
            stderr:
                "ferry: (23) {U}/x: cannot create s: File exists (a name chosen by the server never overwrites a file: name it with -o)\n",
            status: 23, filesAfter: ["s": "old"]),
        // Without a body
        FetchCase(
            "-J names the file of a head whose body is not wanted", ["-OJ", "-I", "-X", "GET", "{U}/x"],
            server: named("attachment; filename=s"), stderr: nil,
            filesAfter: ["s": namedHead, "x": nil]),
        FetchCase(
            "-J names the file of a head whose body is old", ["-OJi", "-z", "2 Jan 2024", "{U}/x"],
            server: old, filesAfter: ["s": oldHead, "x": nil]),
        FetchCase(
            "-J makes no file for an old body", ["-OJ", "-z", "2 Jan 2024", "{U}/x"], server: old,
            filesAfter: ["s": nil, "x": nil]),
        FetchCase(
            "-J makes no file for 304", ["-OJ", "-z", "2 Jan 2024", "{U}/x"],
            server: [.expectRequest, .respond(304, [("Content-Disposition", "attachment; filename=s")])],
            filesAfter: ["s": nil, "x": nil]),
        FetchCase(
            "-J makes no file where nothing is left to come", ["-OJ", "-C", "5", "{U}/x"],
            server: [.expectRequest, .respond(416, [("Content-Disposition", "attachment; filename=s")])],
            filesAfter: ["s": nil, "x": nil]),
        FetchCase(
            "-J makes a file for an empty body", ["-OJ", "{U}/x"],
            server: named("attachment; filename=s", body: ""), filesAfter: ["s": "", "x": nil]),
        FetchCase(
            "-C and --no-clobber", ["-C", "-", "--no-clobber", "-o", "f", "{U}/"], requests: [],
            stderr:
                "ferry: option --continue-at: cannot be used with --no-clobber\nferry: try 'ferry --help' for more information\n",
            status: 2),
        FetchCase(
            "-C and --remove-on-error", ["-C", "-", "--remove-on-error", "-o", "f", "{U}/"], requests: [],
            stderr:
                "ferry: option --continue-at: cannot be used with --remove-on-error\nferry: try 'ferry --help' for more information\n",
            status: 2),
        FetchCase(
            "-C 0 begins the file again", ["-C", "0", "-o", "f", "{U}/"], server: body,
            files: ["f": "something old"], requests: [get("/")], filesAfter: ["f": "new"]),

        // Skipping
        FetchCase(
            "--skip-existing", ["--skip-existing", "-o", "f", "{U}/a", "-o", "g", "{U}/b"], server: body,
            files: ["f": "old"], requests: [get("/b")], filesAfter: ["f": "old", "g": "new"]),
        FetchCase(
            "--skip-existing says so with -v", ["--skip-existing", "-v", "-O", "{U}/f"], files: ["f": "old"],
            requests: [], stderr: "Note: f exists: the transfer is skipped\n"),
        FetchCase(
            "--skip-existing in a folder", ["--skip-existing", "--output-dir", "{D}", "-O", "{U}/f"],
            files: ["f": "old"], requests: []),
        FetchCase(
            "--skip-existing and standard output", ["--skip-existing", "{U}/f"], server: body,
            files: ["f": "old"], requests: [get("/f")], stdout: "new"),

        // Failing
        FetchCase(
            "--remove-on-error removes what was begun in place",
            ["-s", "--remove-on-error", "--no-atomic", "-o", "f", "{U}/"], server: cut, files: ["f": "old"],
            status: 18, filesAfter: ["f": .none]),
        FetchCase(
            "without it a part stays", ["-s", "--no-atomic", "-o", "f", "{U}/"], server: cut,
            files: ["f": "old"], status: 18, filesAfter: ["f": "only this"]),
        FetchCase(
            "--remove-on-error has nothing to remove by default",
            ["-s", "--remove-on-error", "-o", "f", "{U}/"],
            server: cut, files: ["f": "old"], status: 18, filesAfter: ["f": "old"]),
        FetchCase(
            "--remove-on-error and --fail-with-body",
            ["-s", "--remove-on-error", "--fail-with-body", "-o", "f", "{U}/"],
            server: [.expectRequest, .respond(404, body: "no")], status: 22, filesAfter: ["f": .none]),

        // Naming
        FetchCase(
            "--remote-name-all", ["--remote-name-all", "{U}/a", "-o", "x", "{U}/b", "{U}/c"], server: body,
            filesAfter: ["a": .none, "x": "new", "b": "new", "c": "new"]),
        FetchCase(
            "--remote-name-all holds from where it stands on",
            ["{U}/a", "--remote-name-all", "{U}/b", "--no-remote-name-all", "{U}/c"], server: body,
            stdout: "newnew", filesAfter: ["a": nil, "b": "new", "c": nil]),
        FetchCase(
            "--no-remote-name opts out", ["--remote-name-all", "--no-remote-name", "{U}/a", "{U}/b"],
            server: body, stdout: "new", filesAfter: ["a": .none, "b": "new"]),
        FetchCase(
            "--remote-name-all and -o -", ["--remote-name-all", "-o", "-", "{U}/a"], server: body,
            stdout: "new", filesAfter: ["a": .none]),
        FetchCase(
            "--next forgets --remote-name-all", ["--remote-name-all", "{U}/a", "--next", "{U}/b"],
            server: body, stdout: "new", filesAfter: ["a": "new", "b": .none]),
        FetchCase(
            "--out-null",
            [
                "-i", "--out-null", "-w", "%{http_code} %{size_download}|%{filename_effective}|", "{U}/a",
                "{U}/b",
            ],
            server: [.forever([.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew")])],
            stdout: "200 3||HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew200 3||"),
        FetchCase(
            "-O without a name", ["-O", "{U}/"], server: body,
            stderr: "Warning: No remote file name, uses \"curl_response\"\n",
            filesAfter: ["curl_response": "new"]),
        FetchCase(
            "-O cuts the query, and trailing slashes", ["-O", "{U}/d/name//?q=/other", "-O", "{U}/p\\q"],
            server: body, filesAfter: ["name": "new", "q": "new"]),
    ]

    /// What a server may ask for, and the name that comes of it.
    static let dispositions: [(field: String, name: String)] = [
        ("attachment; filename=plain.txt", "plain.txt"),
        ("attachment; filename=\"a b.txt\"", "a b.txt"),
        ("attachment; filename='single'", "single"),
        ("attachment; filename=\"q\\\"uote\"", "q\"uote"),
        ("inline; filename=\"../../etc/passwd\"", "passwd"),
        ("attachment; filename=/etc/passwd", "passwd"),
        ("attachment; filename=\"..\\\\..\\\\win.ini\"", "win.ini"),
        ("attachment; filename=\"C:\\dir\\w.txt\"", "w.txt"),
        ("attachment; filename=C:\\dir\\w.txt", "w.txt"),
        ("attachment; filename=..", "url"),
        ("attachment; filename=.", "url"),
        ("attachment; filename=\"dir/\"", "url"),
        ("attachment; filename=\"\"", "url"),
        ("attachment; filename=.bashrc", "bashrc"),
        ("attachment; filename=\"...hidden\"", "hidden"),
        ("attachment; filename=-rf", "rf"),
        ("attachment; filename=\"--option\"", "option"),
        ("attachment; filename=\"a\u{7F}b\"", "ab"),
        ("attachment; filename=\"a\tb\"", "ab"),
        ("attachment; filename=\"a\u{202E}gpj.exe\"", "agpj.exe"),
        ("attachment; filename*=UTF-8''na%C3%AFve.txt", "na\u{EF}ve.txt"),
        ("attachment; filename=ascii; filename*=UTF-8''better", "better"),
        ("attachment; filename*=UTF-8''..%2F..%2Fup", "up"),
        ("attachment; filename*=UTF-8''a%0D%0Ab", "a"),
        ("attachment; filename*=UTF-8''%1B%5B2Jx", "[2Jx"),
        ("attachment; filename*=KOI8-R''x; filename=fallback", "fallback"),
        ("attachment; filename*=ISO-8859-1''%E9", "\u{E9}"),
        (
            "attachment; filename=\"" + String(repeating: "n", count: 300) + "\"",
            String(repeating: "n", count: 255)
        ),
        ("attachment", "url"),
    ]

    @Test(arguments: dispositions)
    func `a server's name is made harmless`(field: String, name: String) throws {
        let folder = try TemporaryDirectory()
        let inner = folder.file("in")
        #expect(mkdir(inner, 0o755) == 0)
        let server = try ScriptedServer(script: Self.named(field))
        let result = try runFerry(["-sS", "-OJ", server.url("/url")], directory: inner)
        #expect(result.exitStatus == 0, "\(result)")
        #expect(folder.names() == ["in"])
        #expect(folder.read("in/\(name)").map { text($0) } == "served")
    }

    @Test(arguments: [[], ["--clobber"], ["--no-clobber"], ["--no-atomic"], ["--clobber", "--no-atomic"]])
    func `a server's name never leads through a link`(options: [String]) throws {
        let folder = try TemporaryDirectory()
        try folder.write("mine", to: "target")
        #expect(symlink("target", folder.file("s")) == 0)
        let server = try ScriptedServer(script: Self.named("attachment; filename=s"))
        _ = try runFerry(["-sS", "-OJ"] + options + [server.url("/url")], directory: folder.path)
        #expect(folder.read("target").map { text($0) } == "mine")
    }

    @Test func `no meter is drawn for what is skipped`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("", to: "f")
        let result = try RunningProcess(
            ferryBinary(), ["--skip-existing", "-O", "http://127.0.0.1:1/f"], directory: folder.path,
            terminal: .error
        ).wait()
        #expect(result.exitStatus == 0 && result.terminal.isEmpty, "\(result.terminalText)")
    }

    @Test(arguments: [[], ["-Z"]])
    func `what is skipped is counted everywhere, and said to be skipped`(options: [String]) throws {
        let folder = try TemporaryDirectory()
        try folder.write("old", to: "f")
        let server = try ScriptedServer(script: Self.body)
        let arguments = [
            "-sS", "--skip-existing", "--events", "events", "--stats=json:stats", "--report", "json=json",
            "--report", "junit=junit", "--report", "tap=tap", "--har", "har", "--print-checksum",
            "-w", "%{exitcode} %{response_code} %{filename_effective}\n",
        ]
        let result = try runFerry(
            options + arguments + ["-o", "f", server.url("/a"), "-o", "g", server.url("/b")],
            directory: folder.path)
        #expect(result.exitStatus == 0 && server.requests.count == 1, "\(result)")
        let lines = result.outText.split(separator: "\n")
        #expect(lines.count == 4 && lines[0].hasSuffix("  f") && lines[1] == "0 000 f", "\(result)")
        #expect(lines.count == 4 && lines[2].hasSuffix("  g") && lines[3] == "0 200 g", "\(result)")
        func record(_ name: String) -> String { text(folder.read(name) ?? []) }
        let reason = "f exists (--skip-existing)"
        let events = try record("events").split(separator: "\n").map { try ParsedJSON(String($0)) }
        let ends = events.filter { $0["event"]?.string == "end" }
        #expect(ends.count == 2 && ends.compactMap { $0["reason"]?.string } == [reason])
        #expect(ends.first { $0["reason"] != nil }?["url"]?.string == server.url("/a"))
        let summary = try #require(events.last)
        #expect(summary["transfers"]?.int == 2 && summary["skipped"]?.int == 1 && summary["failed"]?.int == 0)
        let stats = try ParsedJSON(record("stats"))
        for counts in [stats["run"], stats["hosts"]?[server.authority]] {
            #expect(counts?["transfers"]?.int == 2 && counts?["skipped"]?.int == 1)
            #expect(counts?["answers"] == .object(["200": .number("1")]))
        }
        let rows = try ParsedJSON(record("json"))
        #expect(rows[0]?["skipped"]?.string == reason && rows[0]?["exitcode"]?.int == 0)
        #expect(rows[1]?["skipped"] == nil && rows[1]?["response_code"]?.int == 200)
        #expect(record("junit").contains("tests=\"2\" failures=\"0\" errors=\"0\""))
        #expect(record("junit").contains("><skipped message=\"\(reason)\"/></testcase>"))
        #expect(record("tap").contains("\nok 1 - GET \(server.url("/a")) # SKIP \(reason)\nok 2 - "))
        #expect(try ParsedJSON(record("har"))["log"]?["entries"]?[1] == nil)
    }

    @Test func `the name of the last hop is the server's choice, too`() throws {
        let folder = try TemporaryDirectory()
        let server = try ScriptedServer(script: [
            .expectRequest, .respond(302, [("Location", "/x/.-final?token=1")]), .expectRequest,
            .respond(body: "there"),
        ])
        #expect(try runFerry(["-sSLOJ", server.url("/start")], directory: folder.path).exitStatus == 0)
        #expect(folder.names() == ["final"])
    }

    @Test func `--no-clobber gives up after a hundred names`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("", to: "f")
        for number in 1...99 { try folder.write("", to: "f.\(number)") }
        let server = try ScriptedServer(script: Self.body)
        let result = try runFerry(["--no-clobber", "-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 23)
        #expect(
            result.errText
                == "ferry: (23) \(server.url()): cannot find a free name for f: File exists "
                + "(it and its copies up to .99 are there: remove some)\n")
        #expect(folder.names().count == 100)
    }

    // MARK: Times and attributes

    @Test(arguments: [["-R"], ["-R", "--no-atomic"], ["-RN"], ["--remote-time", "-C", "-"]])
    func `-R sets the time of the remote file`(options: [String]) throws {
        let folder = try TemporaryDirectory()
        let server = try ScriptedServer(script: [
            .forever([
                .expectRequest,
                .respond(200, [("Last-Modified", "Sun, 09 Sep 2001 01:46:40 GMT")], body: "x"),
            ])
        ])
        let result = try runFerry(["-sS"] + options + ["-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 0, "\(result)")
        var status = stat()
        #expect(stat(folder.file("f"), &status) == 0 && status.st_mtim.tv_sec == 1_000_000_000)
    }

    @Test func `without -R, or a date, the time is that of writing`() throws {
        let folder = try TemporaryDirectory()
        let server = try ScriptedServer { request in
            [
                .respond(
                    200,
                    [
                        (
                            "Last-Modified",
                            request.path == "/bad" ? "a while ago" : "Sun, 09 Sep 2001 01:46:40 GMT"
                        )
                    ])
            ]
        }
        for arguments in [["-o", "f", server.url()], ["-R", "-o", "f", server.url("/bad")]] {
            #expect(try runFerry(["-sS"] + arguments, directory: folder.path).exitStatus == 0)
            var status = stat()
            #expect(stat(folder.file("f"), &status) == 0 && status.st_mtim.tv_sec > 1_700_000_000)
        }
    }

    @Test func `--xattr keeps where a file came from, without its login, or warns`() throws {
        let folder = try TemporaryDirectory()
        let server = try ScriptedServer(script: [
            .expectRequest, .respond(200, [("Content-Type", "text/plain")], body: "x"),
        ])
        let result = try runFerry(
            [
                "-sS", "--xattr", "-e", "http://a:b@from/", "-o", "f",
                "http://me:geheim@\(server.authority)/x?y=1",
            ], directory: folder.path)
        #expect(result.exitStatus == 0, "\(result)")
        let names = ["user.creator", "user.mime_type", "user.xdg.origin.url", "user.xdg.referrer.url"]
        let values = names.map { attribute($0, of: folder.file("f")) }
        // Not every file system has them.
        if values[0] != nil {
            #expect(values == ["ferry", "text/plain", "http://\(server.authority)/x?y=1", "http://from/"])
        }
        #expect(folder.read("f").map { text($0) } == "x")
    }

    /// The bytes of an extended attribute, read by Python as Swift's Glibc module has no call for it.
    private func attribute(_ name: String, of path: String) -> String? {
        let result = try? runProcess(
            "python3",
            [
                "-c", "import os,sys; sys.stdout.write(os.getxattr(sys.argv[1], sys.argv[2]).decode())", path,
                name,
            ])
        return result?.exitStatus == 0 ? result?.outText : nil
    }

    // MARK: Folders

    @Test func `--create-dirs makes the folders of header, cookie and tag files`() throws {
        let folder = try TemporaryDirectory()
        let server = try ScriptedServer(script: [
            .expectRequest, .respond(200, [("ETag", "\"v1\"")], body: "x"),
        ])
        let result = try runFerry(
            [
                "-sS", "--create-dirs", "-D", "h/d/head", "-c", "c/d/jar", "--etag-save", "e/d/tag", "-o",
                "o/d/body", server.url(),
            ], directory: folder.path)
        #expect(result.exitStatus == 0 && result.stderr.isEmpty, "\(result)")
        for name in ["h/d/head", "c/d/jar", "e/d/tag", "o/d/body"] {
            #expect(folder.read(name) != nil, "\(name)")
        }
    }
}
