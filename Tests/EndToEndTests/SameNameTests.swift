import Glibc
import TestSupport
import Testing

/// Two URLs of a run that would be saved under one name.
@Suite struct SameNameTests {
    private static let server: [ServerStep] = [.forever([.expectRequest, .respond(body: "x")])]
    /// The server says how to call the file.
    private static let named: [ServerStep] = [
        .forever([
            .expectRequest, .respond(200, [("Content-Disposition", "attachment; filename=f")], body: "x"),
        ])
    ]
    private static func taken(_ url: String, _ name: String) -> String {
        "ferry: (23) {U}\(url): \(name) is the file of another URL of this run already; --clobber writes over it, "
            + "--no-clobber takes another name\n"
    }

    @Test(arguments: cases) func `none is written over silently (T-10)`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let cases = [
        FetchCase(
            "-O twice", ["-O", "{U}/a/f", "-O", "{U}/b/f"], server: server, requests: [get("/a/f")],
            stderr: taken("/b/f", "f"), status: 23, filesAfter: ["f": "x"]),
        FetchCase(
            "-o twice, in two spellings", ["-o", "f", "{U}/1", "-o", "./f", "{U}/2"], server: server,
            requests: [get("/1")], stderr: taken("/2", "./f"), status: 23, filesAfter: ["f": "x"]),
        FetchCase(
            "a glob under one name", ["-o", "f", "{U}/[1-2]"], server: server, requests: [get("/1")],
            stderr: taken("/2", "f"), status: 23),
        FetchCase(
            "over --next", ["-o", "f", "{U}/1", "--next", "-o", "f", "{U}/2"], server: server,
            requests: [get("/1")], stderr: taken("/2", "f"), status: 23),
        FetchCase(
            "the others are fetched all the same", ["-O", "{U}/a/f", "-O", "{U}/b/f", "-O", "{U}/g"],
            server: server, requests: [get("/a/f"), get("/g")], stderr: taken("/b/f", "f"), status: 23,
            filesAfter: ["f": "x", "g": "x"]),
        FetchCase(
            "--clobber", ["--clobber", "-O", "{U}/a/f", "-O", "{U}/b/f"], server: server,
            requests: [get("/a/f"), get("/b/f")], filesAfter: ["f": "x"]),
        FetchCase(
            "--no-clobber", ["--no-clobber", "-O", "{U}/a/f", "-O", "{U}/b/f"], server: server,
            requests: [get("/a/f"), get("/b/f")], filesAfter: ["f": "x", "f.1": "x"]),
        FetchCase(
            "a file of an earlier run is none of this one's", ["-O", "{U}/a/f"], server: server,
            files: ["f": "old"], filesAfter: ["f": "x"]),
        FetchCase(
            "folders tell names apart", ["--create-dirs", "-o", "a/f", "{U}/1", "-o", "b/f", "{U}/2"],
            server: server, filesAfter: ["a/f": "x", "b/f": "x"]),
        FetchCase(
            "devices are written to as often as one likes",
            ["-o", "/dev/null", "{U}/[1-2]", "-o", "/dev/../dev/null", "{U}/3"], server: server,
            requests: [get("/1"), get("/2"), get("/3")]),
        FetchCase(
            "rounds write the same file", ["--repeat", "2", "-o", "f", "{U}/1"], server: server,
            requests: [get("/1"), get("/1")], filesAfter: ["f": "x"]),
        FetchCase(
            "a retry writes the same file", ["--retry", "1", "--retry-delay", "1ms", "-sS", "-O", "{U}/f"],
            server: [.expectRequest, .respond(503), .expectRequest, .respond(body: "x"), .hold],
            requests: [get("/f"), get("/f")], filesAfter: ["f": "x"]),
        FetchCase(
            "a name that the server gives", ["-J", "-O", "{U}/1", "-O", "{U}/2"],
            server: named, requests: [get("/1"), get("/2")], stderr: taken("/2", "f"), status: 23,
            filesAfter: ["f": "x"]),
        FetchCase(
            "rounds write the same file under the server's name", ["--repeat", "3", "-J", "-O", "{U}/1"],
            server: named, requests: [get("/1"), get("/1"), get("/1")], filesAfter: ["f": "x"]),
        FetchCase(
            "and side by side", ["-Z", "--repeat", "3", "-J", "-O", "{U}/1"], server: named,
            filesAfter: ["f": "x"]),
        FetchCase(
            "and not at once", ["-N", "--repeat", "2", "-J", "-O", "{U}/1"], server: named,
            filesAfter: ["f": "x"]),
        FetchCase(
            "but never that of another run", ["-s", "--repeat", "2", "-J", "-O", "{U}/1"], server: named,
            files: ["f": "old"], status: 23, filesAfter: ["f": "old"]),
        FetchCase(
            "nor that of another URL", ["-s", "--repeat", "2", "-J", "-O", "{U}/[1-2]"], server: named,
            status: 23, filesAfter: ["f": "x"]),
        FetchCase(
            "-O without a name says which one it took", ["-O", "{U}/"], server: server,
            stderr: "Warning: No remote file name, uses \"curl_response\"\n",
            filesAfter: ["curl_response": "x"]),
    ]

    @Test func `many at once neither (T-10)`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "x")] }
        let folder = try TemporaryDirectory()
        let result = try runFerry(
            ["-Z", "-O", server.url("/{a,b,c,d}/f")], directory: folder.path)
        #expect(result.exitStatus == 23)
        #expect(
            result.errText.split(separator: "\n").count { $0.contains("another URL of this run") } == 3,
            "\(result)")
        #expect(server.requests.count == 1)
        #expect(folder.read("f") == Array("x".utf8))
    }

    // MARK: Files of two options

    private static let tagged: [ServerStep] = [
        .forever([.expectRequest, .respond(200, [("ETag", "\"t\"")], body: "x")])
    ]
    private static func refused(_ option: String, _ name: String, _ other: String, _ way: String = "")
        -> String
    {
        "ferry: option \(option): '\(name)' is the file of \(other), too: one would destroy what the other writes"
            + "\(way)\nferry: try 'ferry --help' for more information\n"
    }

    @Test(arguments: filesOfTwo) func `no option destroys what another wrote`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let filesOfTwo =
        [
            ("-c", ["-c", "f"]), ("--etag-save", ["--etag-save", "f"]), ("--hsts", ["--hsts", "f"]),
            ("--trace", ["--trace", "f"]), ("--trace-ascii", ["--trace-ascii", "f"]),
            ("--har", ["--har", "f"]), ("--events", ["--events=f"]), ("--report", ["--report", "json=f"]),
            ("--timing", ["--timing=html:f"]), ("--stats", ["--stats=json:f"]),
            ("-w", ["-w", "%output{f}w"]),
            ("--ssl-sessions", ["--ssl-sessions", "f"]),
        ].map { option, arguments in
            FetchCase(
                "\(option) and -o", arguments + ["-o", "./f", "{U}/"], files: ["f": "old"], requests: [],
                stderr: refused("-o", "./f", option), status: 2, filesAfter: ["f": "old"])
        } + [
            FetchCase(
                "two records on one descriptor", ["--events", "fd:1", "--stats=json:-", "{U}/"],
                requests: [],
                stderr: "ferry: option --stats: '-' is where --events writes, too: nobody could tell one "
                    + "from the other\nferry: try 'ferry --help' for more information\n", status: 2),
            FetchCase(
                "-D and -o", ["-D", "f", "-C", "-", "-o", "f", "{U}/"], requests: [],
                stderr: refused("-o", "f", "-D", " (-i puts heads before the body)"), status: 2,
                filesAfter: ["f": .none]),
            FetchCase(
                "--stderr and -o: the message goes where all messages do",
                ["--stderr", "f", "-o", "f", "{U}/"], requests: [], stderr: "", status: 2,
                filesAfter: ["f": refused("-o", "f", "--stderr")]),
            FetchCase(
                "--events and -T: what is sent would be gone", ["--events", "./f", "-T", "f", "{U}/"],
                files: ["f": "old"], requests: [],
                stderr: "ferry: option --events: './f' is the file that -T sends: it would be destroyed\n"
                    + "ferry: try 'ferry --help' for more information\n", status: 2, filesAfter: ["f": "old"]),
            FetchCase(
                "-D and -F", ["-D", "f", "-F", "a=@f", "{U}/"], files: ["f": "old"], requests: [],
                stderr: "ferry: option -D: 'f' is the file that -F sends: it would be destroyed\n"
                    + "ferry: try 'ferry --help' for more information\n", status: 2, filesAfter: ["f": "old"]),
            FetchCase(
                "a file that is kept from run to run may be sent", ["-c", "f", "-b", "f", "-T", "f", "{U}/"],
                server: [.forever([.expectRequest, .respond(200, body: "x")])],
                files: ["f": "# Netscape HTTP Cookie File\n"], stdout: "x"),
            FetchCase(
                "-D and -c", ["-D", "f", "-c", "f", "{U}/"], requests: [], stderr: refused("-c", "f", "-D"),
                status: 2),
            FetchCase(
                "what is added to a file that is written at the end",
                ["-D", "f", "-w", "%output{>>f}w", "{U}/"], requests: [], stderr: refused("-w", "f", "-D"),
                status: 2),
            FetchCase(
                "over --next, within a folder",
                ["-c", "d/f", "{U}/", "--next", "--output-dir", "d", "-o", "f", "{U}/"],
                requests: [], stderr: refused("-o", "d/f", "-c"), status: 2),
            FetchCase(
                "-O", ["-D", "f", "-O", "{U}/f"], server: tagged, requests: [],
                stderr:
                    "ferry: (23) {U}/f: f is the file of -D, too: one would destroy what the other writes\n",
                status: 23),
            FetchCase(
                "a name made of the URL's", ["-c", "f1", "-o", "f#1", "{U}/[1-2]"], server: tagged,
                requests: [get("/2")],
                stderr:
                    "ferry: (23) {U}/1: f1 is the file of -c, too: one would destroy what the other writes\n",
                status: 23, filesAfter: ["f2": "x"]),
            FetchCase(
                "what is added behind the body", ["-o", "f", "-w", "%output{>>f}w", "{U}/"], server: tagged,
                filesAfter: ["f": "xw"]),
            FetchCase(
                "one file for all operations",
                ["-c", "c", "-o", "f", "{U}/", "--next", "-c", "c", "-o", "g", "{U}/"], server: tagged,
                filesAfter: ["f": "x", "g": "x"]),
            FetchCase(
                "devices", ["-D", "/dev/null", "-c", "/dev/null", "-o", "/dev/null", "{U}/"], server: tagged,
                requests: [get("/")]),
        ]

    @Test func `two names of one file are told apart from two files`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "x")] }
        let folder = try TemporaryDirectory()
        _ = try folder.write("old", to: "f")
        try #require(symlink("f", folder.path + "/g") == 0)
        let clash = try runFerry(["-c", "f", "-o", "g", server.url("/")], directory: folder.path)
        #expect(clash.exitStatus == 2 && clash.errText.contains("'g' is the file of -c, too"), "\(clash)")
        #expect(folder.read("f").map { text($0) } == "old" && server.requests.isEmpty)
    }

    @Test(arguments: [[], ["-Z"]])
    func `a file is the same however it is spelled (T-10)`(_ options: [String]) throws {
        let server = try ScriptedServer { request in [.respond(body: request.path)] }
        let folder = try TemporaryDirectory()
        mkdir(folder.file("d"), 0o755)
        try #require(symlink(".", folder.file("same")) == 0)
        try #require(symlink("o", folder.file("link")) == 0)
        for second in [["-o", folder.file("o")], ["-o", "d/../o"], ["-o", "same/o"], ["-o", "link"]] {
            let result = try runFerry(
                options + ["-sS", "-o", "o", server.url("/1")] + second + [server.url("/2")],
                directory: folder.path)
            #expect(result.exitStatus == 23 && folder.read("o").map { text($0) } == "/1", "\(result)")
            unlink(folder.file("o"))
        }
        for record in [["--har", folder.file("o")], ["--events", "link"], ["--stats=json:same/o"]] {
            let result = try runFerry(
                options + record + ["-o", "o", server.url("/1")], directory: folder.path)
            #expect(result.exitStatus == 2 && folder.read("o") == nil, "\(result)")
            let named = try runFerry(
                options + record + ["-O", server.url("/o")], directory: folder.path)
            #expect(named.exitStatus == 23, "\(named)")
            unlink(folder.file("o"))
        }
    }

    @Test func `messages and trace share a file`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "x")] }
        let folder = try TemporaryDirectory()
        let result = try runFerry(
            ["--stderr", "f", "--trace-ascii", "f", "-w", "%{stderr}the end", server.url("/")],
            directory: folder.path)
        let log = text(folder.read("f") ?? [])
        #expect(result.exitStatus == 0 && result.outText == "x", "\(result)")
        #expect(
            log.contains("=> Send header") && log.contains("0000: x") && log.hasSuffix("the end"), "\(log)")
    }
}
