import TestSupport
import Testing

/// Cookies between answers, requests and files, shared with curl.
@Suite struct CookieTests {
    private let folder: TemporaryDirectory
    private let server: ScriptedServer

    init() throws {
        folder = try TemporaryDirectory()
        server = try ScriptedServer { request in
            switch request.path {
            case "/set":
                [
                    .respond(
                        200,
                        [
                            ("Set-Cookie", "sid=s3cret; Path=/; HttpOnly"),
                            ("Set-Cookie", "keep=long; Max-Age=100000"),
                            ("Set-Cookie", "deep=down; Path=/deep"),
                        ])
                ]
            case "/redirect":
                [.respond(302, [("Location", "/seen"), ("Set-Cookie", "hop=1; Path=/")])]
            case "/clear": [.respond(200, [("Set-Cookie", "sid=; Max-Age=0; Path=/")])]
            default: [.respond(body: request.header("cookie") ?? "none")]
            }
        }
    }

    private func ferry(_ arguments: String...) throws -> ProcessResult {
        try runFerry(["-sS"] + arguments, directory: folder.path)
    }

    private func pairs(_ header: String) -> Set<String> {
        Set(header.split(separator: ";").map { $0.drop { $0 == " " } }.map(String.init))
    }

    @Test func `-b with a pair sends it as it is, joined with others`() throws {
        #expect(try ferry("-b", "a=1; b=2", "-b", "c=3", server.url("/")).outText == "a=1; b=2; c=3")
    }

    @Test(arguments: ["@jar", "@a=b", "@@at"])
    func `-b with an at sign reads a file, whatever its name is`(argument: String) throws {
        let line = "127.0.0.1\tFALSE\t/\tFALSE\t0\tfrom\tfile\n"
        try folder.write(line, to: String(argument.dropFirst()))
        #expect(try ferry("-b", argument, server.url("/")).outText == "from=file")
    }

    @Test func `without -b and -c cookies are forgotten at once`() throws {
        #expect(try ferry(server.url("/set"), server.url("/see")).outText == "none")
    }

    @Test func `an empty -b keeps cookies in memory`() throws {
        let result = try ferry("-b", "", server.url("/set"), server.url("/see"), server.url("/deep/x"))
        #expect(result.exitStatus == 0, "\(result)")
        #expect(server.requests[1].header("cookie").map(pairs) == ["sid=s3cret", "keep=long"])
        #expect(server.requests[2].header("cookie").map(pairs) == ["sid=s3cret", "keep=long", "deep=down"])
    }

    @Test(arguments: [
        (["-c", "o"], ["-b", "o", "-c", "o"]), (["-c", "o"], ["-b", "o"]), (["-b", ""], ["-b", ""]),
        (["-c", "o"], ["-c", "p"]),
    ])
    func `operations share what they keep`(first: [String], second: [String]) throws {
        let result = try runFerry(
            ["-sS"] + first + [server.url("/set"), "--next", "-s"] + second + [server.url("/")],
            directory: folder.path)
        #expect(pairs(result.outText).contains("keep=long"), "\(result)")
        for options in [first, second] where options.last != "" && options.contains("-c") {
            #expect(text(folder.read(options.last ?? "") ?? []).contains("keep\tlong"), "\(options)")
        }
    }

    @Test func `an operation without cookies takes no part, and files count from their operation on`() throws
    {
        try folder.write("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb\n", to: "in")
        let url = server.url("/")
        let result = try ferry(
            "-b", "", url, "--next", "-s", "-b", "in", url, "--next", "-s", url, "--next", "-s", "-b", "none",
            url)
        #expect(result.outText == "nonea=bnonea=b", "\(result)")
    }

    @Test func `-j forgets those of the operation's files alone`() throws {
        try folder.write("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb\n", to: "in")
        let result = try ferry(
            "-c", "o", server.url("/set"), "--next", "-s", "-j", "-b", "in", server.url("/"))
        #expect(pairs(result.outText).contains("sid=s3cret"), "\(result)")
        #expect(!result.outText.contains("a=b"))
    }

    @Test func `the jar of an operation that did not come to run stays as it was`() throws {
        try folder.write("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb\n", to: "o")
        let result = try ferry(
            "--fail-early", "ftp://h/", "--next", "-s", "-b", "o", "-c", "o", server.url("/"))
        #expect(result.exitStatus == 1, "\(result)")
        #expect(text(folder.read("o") ?? []) == "127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb\n")
    }

    @Test func `a redirect's cookie is sent on the next hop`() throws {
        #expect(try ferry("-L", "-b", "", server.url("/redirect")).outText == "hop=1")
    }

    @Test func `localhost's cookie that curl saved for its domain is sent to localhost`() throws {
        let cookies = try ScriptedServer { request in
            request.path == "/set"
                ? [.respond(200, [("Set-Cookie", "a=b; Domain=localhost")])]
                : [.respond(body: request.header("cookie") ?? "none")]
        }
        let url = "http://localhost:\(cookies.port)"
        let curl = try runProcess(
            "curl", ["-q", "-sS", "-4", "-c", "jar", url + "/set"], directory: folder.path)
        #expect(curl.exitStatus == 0, "\(curl)")
        #expect(text(folder.read("jar") ?? []).contains(".localhost\tTRUE\t/\tFALSE\t0\ta\tb\n"))
        #expect(try ferry("-4", "-b", "jar", url).outText == "a=b")
    }

    @Test func `what ferry saves curl sends, and the other way round`() throws {
        #expect(try ferry("-c", "jar", server.url("/set")).exitStatus == 0)
        let curl = try runProcess(
            "curl", ["-sS", "-q", "-b", "jar", server.url("/deep/")], directory: folder.path)
        #expect(pairs(curl.outText) == ["sid=s3cret", "keep=long", "deep=down"], "\(curl)")

        _ = try runProcess(
            "curl", ["-sS", "-q", "-c", "curls", server.url("/set")], directory: folder.path)
        let back = try ferry("-b", "curls", server.url("/deep/"))
        #expect(pairs(back.outText) == ["sid=s3cret", "keep=long", "deep=down"], "\(back)")
    }

    @Test func `a jar read and written in one run is brought up to date`() throws {
        #expect(try ferry("-c", "jar", server.url("/set")).exitStatus == 0)
        #expect(try ferry("-b", "jar", "-c", "jar", server.url("/clear")).exitStatus == 0)
        #expect(try ferry("-b", "jar", server.url("/")).outText == "keep=long")
    }

    @Test func `a jar is private to nobody's surprise and written even when empty`() throws {
        #expect(try ferry("-c", "jar", server.url("/")).exitStatus == 0)
        let jar = text(folder.read("jar") ?? [])
        #expect(jar.hasPrefix("# "), "\(jar)")
        #expect(folder.names() == ["jar"])
    }

    @Test func `-c - prints the jar after the answers`() throws {
        let result = try ferry("-c", "-", server.url("/set"), server.url("/see"))
        #expect(result.outText.contains("keep=long"))
        #expect(result.outText.contains("\tkeep\tlong\n"), "\(result)")
    }

    @Test func `a cookie file that is not there is no error`() throws {
        #expect(try ferry("-b", "nothing", server.url("/")).outText == "none")
    }

    @Test func `a jar that cannot be written is an error, and the answer is delivered all the same`() throws {
        let result = try runFerry(["-c", "/nonexistent/jar", server.url("/set")])
        #expect(result.exitStatus == 23, "\(result)")
        #expect(
            result.errText
                == "ferry: (23) cookies were not saved: cannot create /nonexistent/jar: No such file or directory "
                + "(the folder is missing: --create-dirs makes it)\n")
        let silent = try runFerry(["-s", "-c", "/nonexistent/jar", server.url("/set")])
        #expect(silent.exitStatus == 23 && silent.stderr.isEmpty, "\(silent)")
    }

    @Test func `a cookie for a public suffix is refused, one for a domain below it kept`() throws {
        let port = server.port
        let setting = try ScriptedServer { request in
            request.path == "/set"
                ? [
                    .respond(
                        200,
                        [
                            ("Set-Cookie", "evil=1; Domain=co.uk"),
                            ("Set-Cookie", "good=1; Domain=example.co.uk"),
                        ])
                ] : [.respond(body: request.header("cookie") ?? "none")]
        }
        let result = try ferry(
            "-b", "", "--connect-to", "::127.0.0.1:\(setting.port)", "http://www.example.co.uk:\(port)/set",
            "http://api.example.co.uk:\(port)/see", "http://other.co.uk:\(port)/see")
        #expect(result.outText == "good=1none", "\(result)")
    }

    @Test func `values stay out of -v unless secrets are to be shown`() throws {
        let hidden = try ferry("-v", "-b", "a=verysecret", server.url("/set"))
        #expect(!hidden.errText.contains("verysecret") && !hidden.errText.contains("s3cret"), "\(hidden)")
        #expect(hidden.errText.contains("> Cookie: a=[redacted]"))
        #expect(hidden.errText.contains("< Set-Cookie: sid=[redacted]; Path=/; HttpOnly"))
        let shown = try ferry("-v", "--show-secrets", "-b", "a=verysecret", server.url("/set"))
        #expect(shown.errText.contains("> Cookie: a=verysecret"))
        #expect(shown.errText.contains("sid=s3cret"))
    }

    @Test func `-j leaves out the session cookies of a file, not those of the run`() throws {
        let jar = """
            # Netscape HTTP Cookie File
            127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\t1
            127.0.0.1\tFALSE\t/\tFALSE\t9999999999\tkept\t1

            """
        try folder.write(jar, to: "jar")
        #expect(try ferry("-b", "jar", server.url("/")).outText == "session=1; kept=1")
        #expect(try ferry("-j", "-b", "jar", server.url("/")).outText == "kept=1")
        #expect(try ferry("--junk-session-cookies", "-b", "jar", server.url("/")).outText == "kept=1")
        #expect(
            try ferry("-j", "--no-junk-session-cookies", "-b", "jar", server.url("/")).outText.contains(
                "session"))
        let both = try ferry("-j", "-b", "jar", "-c", "out", server.url("/set"), server.url("/"))
        #expect(pairs(both.outText) == ["kept=1", "sid=s3cret", "keep=long"], "\(both)")
        #expect(!text(folder.read("out") ?? []).contains("session"))
        let curl = try runProcess(
            "curl", ["-q", "-s", "-j", "-b", "jar", server.url("/")], directory: folder.path)
        #expect(curl.outText == "kept=1")
    }

    @Test func `every kind of cookie survives the way through curl and back`() throws {
        let setting = try ScriptedServer { request in
            request.path == "/set"
                ? [
                    .respond(
                        200,
                        [
                            ("Set-Cookie", "plain=1"), ("Set-Cookie", "hidden=2; HttpOnly"),
                            ("Set-Cookie", "long=3; Max-Age=10000"),
                            ("Set-Cookie", "sub=4; Domain=example.com"),
                            ("Set-Cookie", "deep=5; Path=/a/b"), ("Set-Cookie", "empty="),
                            ("Set-Cookie", "quoted=\"6 7\""), ("Set-Cookie", "gone=8; Max-Age=0"),
                        ])
                ] : [.respond(body: request.header("cookie") ?? "none")]
        }
        let there = ["--connect-to", "::127.0.0.1:\(setting.port)"]
        let expected: Set = ["plain=1", "hidden=2", "long=3", "sub=4", "deep=5", "empty=", "quoted=\"6 7\""]
        for (writer, reader) in [("curl", ferryBinary()), (ferryBinary(), "curl")] {
            let set = try runProcess(
                writer, ["-q", "-s", "-c", "jar", "http://www.example.com/set"] + there,
                directory: folder.path)
            #expect(set.exitStatus == 0, "\(set)")
            // Read and written by the other one, then read again.
            let middle = try runProcess(
                reader, ["-q", "-s", "-b", "jar", "-c", "jar", "http://www.example.com/a/b/c"] + there,
                directory: folder.path)
            #expect(pairs(middle.outText) == expected, "\(reader): \(middle)")
            let end = try runProcess(
                writer, ["-q", "-s", "-b", "jar", "http://www.example.com/a/b/c"] + there,
                directory: folder.path)
            #expect(pairs(end.outText) == expected, "\(writer): \(end)")
            let below = try runProcess(
                reader, ["-q", "-s", "-b", "jar", "http://other.example.com/"] + there, directory: folder.path
            )
            #expect(below.outText == "sub=4")
            #expect(
                text(folder.read("jar") ?? []).contains(
                    "\n#HttpOnly_www.example.com\tFALSE\t/\tFALSE\t0\thidden\t2\n"))
        }
    }

    @Test(arguments: [
        ("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb", "a=b"),
        ("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb\r", "a=b"),
        ("#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb", "a=b"),
        ("#127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb", "none"),
        ("127.0.0.1\tFALSE\t/\tFALSE\t0\ta", "a="),
        ("127.0.0.1\tFALSE\tFALSE\t0\ta\tb", "a=b"),
        ("127.0.0.1\tFALSE\t/\tFALSE\t1\ta\tb", "none"),
        ("127.0.0.1\tFALSE\t/\tTRUE\t0\ta\tb", "a=b"),
        ("127.0.0.1\tFALSE\t/other\tFALSE\t0\ta\tb", "none"),
        ("127.0.0.1\tFALSE\t/\tFALSE\tsoon\ta\tb", "none"),
        ("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb\u{1}", "none"),
        ("127.0.0.1 FALSE / FALSE 0 a b", "none"),
        ("127.0.0.1\tFALSE\t/\tFALSE\t0\t__Host-a\tb", "none"),
        ("127.0.0.1\tFALSE\t/\tTRUE\t0\t__Host-a\tb", "__Host-a=b"),
        ("Set-Cookie: a=b; Domain=127.0.0.1", "a=b"),
        ("set-cookie: a=b; domain=127.0.0.1; Max-Age=0", "none"),
        ("127.0.0.1\tFALSE\t\tFALSE\t0\ta\tb", "a=b"),
        ("Set-Cookie: a=b", "a=b"),
        ("Set-Cookie: a=b; Path=/; Secure; HttpOnly", "a=b"),
        ("Set-Cookie: a=b; Path=/other", "none"),
        ("Set-Cookie: a=b; Domain=example.com", "none"),
        ("HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Domain=127.0.0.1\r\n\r\n", "a=b"),
    ])
    func `lines of a cookie file`(line: String, cookie: String) throws {
        try folder.write(line + "\n", to: "jar")
        #expect(try ferry("-b", "jar", server.url("/")).outText == cookie)
        #expect(try runFerry(["-s", "-b", "-", server.url("/")], stdin: bytes(line)).outText == cookie)
    }

    @Test func `the header of an answer is a cookie file, for the host of the first URL alone`() throws {
        #expect(try ferry("-D", "heads", server.url("/set")).exitStatus == 0)
        let again = try ferry("-b", "heads", server.url("/deep/seen"))
        #expect(pairs(again.outText) == ["sid=s3cret", "keep=long", "deep=down"], "\(again)")
        let result = try ferry(
            "-b", "heads", "--connect-to", "::127.0.0.1:\(server.port)", "http://a.test/", "http://b.test/")
        #expect(result.outText.hasSuffix("none"), "\(result)")
        #expect(pairs(String(result.outText.dropLast(4))) == ["sid=s3cret", "keep=long"])
    }

    @Test func `a secure cookie is not sent in the clear`() throws {
        let jar = """
            # Netscape HTTP Cookie File
            example.com\tFALSE\t/\tTRUE\t0\tsecure\t1
            example.com\tFALSE\t/\tFALSE\t0\tplain\t1

            """
        try folder.write(jar, to: "jar")
        let result = try ferry(
            "-b", "jar", "--connect-to", "::127.0.0.1:\(server.port)", "http://example.com/")
        #expect(result.outText == "plain=1", "\(result)")
    }
}
