import Glibc
import TestSupport
import Testing

/// Traces in all forms, levels of -v, styled headers, and what must not come through in any of them.
@Suite struct TraceOptionTests {
    private func server(body: String = "hello") throws -> ScriptedServer {
        try ScriptedServer { request in
            request.path == "/moved"
                ? [.respond(302, [("Location", "/there")])]
                : [.respond(200, [("X-Path", request.path)], body: body)]
        }
    }

    private func onTerminal(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> ProcessResult {
        try RunningProcess(
            ferryBinary(), arguments, environment: environment, terminal: [.output, .error]
        ).wait()
    }

    // MARK: Traces

    @Test func `--trace shows the bytes in hexadecimal`() throws {
        let server = try server()
        let result = try runFerry(["-s", "--trace", "%", "-d", "x=1", server.url("/a")])
        #expect(result.outText == "hello")
        #expect(result.errText.contains("=> Send data, 3 bytes (0x3)\n0000: 78 3d 31"), "\(result)")
        #expect(
            result.errText.contains(
                "<= Recv header, 17 bytes (0x11)\n0000: 48 54 54 50 2f 31 2e 31 20 32 30 30 20 4f 4b 0d HTTP/1.1 200 OK.\n0010: 0a"
            ), "\(result)")
        #expect(result.errText.contains("<= Recv data, 5 bytes (0x5)\n0000: 68 65 6c 6c 6f"))
    }

    @Test func `--trace writes a file, or to standard output`() throws {
        let server = try server()
        let folder = try TemporaryDirectory()
        #expect(
            try runFerry(["-s", "--trace", "t", server.url("/a")], directory: folder.path).outText == "hello")
        #expect(text(folder.read("t") ?? []).contains("=> Send header, "))
        #expect(
            try runFerry(["-s", "--trace", "-", "-o", "/dev/null", server.url("/a")]).outText.contains(
                "=> Send header, "))
        let refused = try runFerry(["-sS", "--trace", "none/t", server.url("/a")], directory: folder.path)
        #expect(refused.exitStatus == 23)
    }

    @Test func `a trace hides secrets but not their size`() throws {
        let server = try server()
        for option in ["--trace", "--trace-ascii"] {
            let hidden = try runFerry(["-s", option, "%", "-b", "a=verysecret", server.url("/a")])
            #expect(!hidden.errText.contains("verysecret") && !hidden.errText.contains("very"), "\(hidden)")
            let size = server.requests.last.map { $0.head.utf8.count } ?? 0
            #expect(hidden.errText.contains("=> Send header, \(size) bytes"), "\(hidden)")
        }
    }

    @Test func `--trace-ids numbers transfers and connections`() throws {
        let server = try server()
        let result = try runFerry(["-s", "-v", "--trace-ids", server.url("/[1-2]")])
        #expect(result.errText.contains("[0-x] *   Trying "), "\(result)")
        #expect(result.errText.contains("\n[0-0] > GET /1 HTTP/1.1\r\n[0-0] > Host: "), "\(result)")
        #expect(result.errText.contains("\n[1-0] > GET /2 HTTP/1.1\r\n"), "\(result)")
        #expect(result.errText.contains("[1-0] < HTTP/1.1 200 OK\r\n"), "\(result)")
        #expect(try !runFerry(["-s", "-v", "--no-trace-ids", server.url()]).errText.contains("[0-"))
    }

    @Test func `--trace-config switches details on`() throws {
        let server = try server()
        let ids = try runFerry(["-s", "-v", "--trace-config", "ids", server.url()])
        #expect(ids.errText.hasPrefix("[0-x] * "), "\(ids)")
        let network = try runFerry(["-s", "-v", "--trace-config", "network", server.url()])
        #expect(network.errText.contains("* Opening a connection\n"), "\(network)")
        #expect(network.errText.contains("* The socket is connected\n"))
        let alone = try runFerry(["-s", "--trace-config", "all", server.url()])
        #expect(alone.stderr.isEmpty && alone.exitStatus == 0, "\(alone)")
        let unknown = try runFerry(["--no-progress-meter", "--trace-config", "bogus", server.url()])
        #expect(unknown.exitStatus == 0, "\(unknown)")
        #expect(
            unknown.errText
                == "Warning: option --trace-config: the component 'bogus' is none of all, ids, time, network; it is left out\n"
        )
    }

    @Test func `each v tells more`() throws {
        let server = try server()
        let one = try runFerry(["-s", "-v", server.url()]).errText
        #expect(one.hasPrefix("*   Trying "), "\(one)")
        let two = try runFerry(["-s", "-vv", server.url()]).errText
        let words = two.split(separator: "\n")[0].split(separator: " ")
        #expect(words[0].count == 15 && words[1] == "[0-x]", "\(two)")
        #expect(two.contains("{ [5 bytes data]"))
        let three = try runFerry(["-s", "-vvv", server.url()]).errText
        #expect(three.contains("<= Recv data, 5 bytes (0x5)\n0000: hello\n"), "\(three)")
        #expect(!three.contains("Opening a connection"))
        let four = try runFerry(["-s", "-vvvv", server.url()]).errText
        #expect(four.contains("== Info: Opening a connection\n"), "\(four)")
        // A later -v begins again, and --no-verbose ends it.
        #expect(try runFerry(["-s", "-vvvv", "-v", server.url()]).errText.hasPrefix("*   Trying "))
        #expect(try runFerry(["-s", "-vvvv", "--no-verbose", server.url()]).stderr.isEmpty)
    }

    // MARK: Styled headers

    @Test func `headers on a terminal have colours and a link (T-02)`() throws {
        let server = try server()
        let result = try onTerminal(["-s", "-i", server.url("/moved")])
        #expect(
            result.terminalText.hasPrefix(
                "HTTP/1.1 \u{1B}[1;34m302 Found\u{1B}[0m\r\n\u{1B}[1;36mLocation\u{1B}[0m: \u{1B}]8;;\(server.url("/there"))\u{1B}\\/there\u{1B}]8;;\u{1B}\\\r\n"
            )
                || result.terminalText.hasPrefix(
                    "HTTP/1.1 \u{1B}[1;34m302 Found\u{1B}[0m\r\r\n\u{1B}[1;36mLocation\u{1B}[0m: \u{1B}]8;;\(server.url("/there"))\u{1B}\\/there\u{1B}]8;;\u{1B}\\\r\r\n"
                ), "\(result.terminalText.debugDescription)")
        #expect(
            try onTerminal(["-s", "-I", server.url("/a")]).terminalText.contains(
                "\u{1B}[1;36mX-Path\u{1B}[0m: /a"))
    }

    @Test func `headers are plain when asked for, in files, and with NO_COLOR`() throws {
        let server = try server()
        #expect(
            try !onTerminal(["-s", "-i", "--no-styled-output", server.url("/moved")]).terminal.contains(0x1B))
        for variable in ["NO_COLOR": "1", "TERM": "dumb"] {
            let plain = try onTerminal(
                ["-s", "-i", server.url("/moved")], environment: [variable.key: variable.value])
            #expect(!plain.terminal.contains(0x1B), "\(variable)")
            let forced = try onTerminal(
                ["-s", "-i", "--styled-output", server.url("/moved")],
                environment: [variable.key: variable.value])
            #expect(forced.terminal.contains(0x1B), "\(variable)")
        }
        #expect(try !runFerry(["-s", "-i", "--styled-output", server.url("/moved")]).stdout.contains(0x1B))
        #expect(
            try !onTerminal(["-s", "-o", "/dev/null", "-D", "-", server.url("/moved")]).terminal.contains(
                0x1B))
    }

    // MARK: Harmless

    private static let evil: [ServerStep] = [
        .expectRequest,
        .send(
            "HTTP/1.1 200 \u{1B}]0;owned\u{7}\r\nX-Evil: \u{1B}[2J\r\nSet-Cookie: x=1; Domain=\u{1B}[31m\r\nContent-Length: 2\r\n\r\nhi"
        ), .hold,
    ]

    @Test func `-v and traces never hold a raw escape, wherever they go`() throws {
        let server = try ScriptedServer(script: Self.evil)
        for options in [
            ["-v"], ["-vv"], ["-vvv"], ["--trace", "%"], ["--trace-ascii", "%"], ["-v", "--stderr", "-"],
        ] {
            let result = try runFerry(["-s", "-o", "/dev/null", "-b", ""] + options + [server.url()])
            #expect(!result.stderr.contains(0x1B) && !result.stdout.contains(0x1B), "\(options)")
            #expect(!result.stderr.contains(0x07), "\(options)")
        }
        #expect(
            try runFerry(["-sv", "-o", "/dev/null", server.url()]).errText.contains("< X-Evil: \\x1B[2J\r\n"))
    }

    @Test func `errors and warnings never hold a raw escape`() throws {
        let folder = try TemporaryDirectory()
        let location = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 302 Found\r\nLocation: foo\u{1B}[2J://x/\r\n\r\n"), .close,
        ])
        let status = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 404 \u{1B}[2Jgone\r\nContent-Length: 0\r\n\r\n"), .close,
        ])
        let runs: [([String], Int32)] = [
            (["-L", location.url()], 3), (["-f", status.url()], 22), (["http://h\u{1B}[2J/"], 3),
            (["http://h/[\u{1B}"], 3), (["-H", "x\u{1B}", status.url()], 0), (["--\u{1B}[2J"], 2),
            (["-o", "no\u{1B}/f", status.url()], 23), (["-m", "\u{1B}", status.url()], 2),
            (["--retry", "1", "--retry-delay", "0.01", "-f", "--retry-all-errors", status.url()], 22),
        ]
        for (arguments, exit) in runs {
            let result = try runFerry(arguments, directory: folder.path)
            #expect(!result.stderr.contains(0x1B), "\(arguments): \(result)")
            #expect(result.exitStatus == exit, "\(arguments): \(result)")
            #expect(!result.stderr.isEmpty, "\(arguments)")
        }
    }

    @Test func `logins stay out of every message`() throws {
        let folder = try TemporaryDirectory()
        let moved = try ScriptedServer { request in
            request.path == "/"
                ? [.respond(302, [("Location", "http://bob:hop3@127.0.0.1:1/")])] : [.respond(404)]
        }
        let login = "http://alice:s3cret@\(moved.authority)"
        let runs: [[String]] = [
            ["-v", login + "/x"], ["-f", login + "/x"], ["-L", login + "/"], ["-v", "-L", login + "/"],
            ["-o", "none/f", login + "/x"], ["--trace-ascii", "%", "-u", "alice:s3cret", moved.url("/x")],
            ["-v", "-x", "http://alice:s3cret@\(moved.authority)", "http://example.com/x"],
            ["-x", "http://alice:s3cret@127.0.0.1:1", "http://example.com/x"],
            ["-v", "-H", "Authorization: Bearer s3cret", moved.url("/x")],
            ["-v", "-H", "Proxy-Authorization: Basic s3cret", moved.url("/x")],
            ["-v", "-b", "a=s3cret", moved.url("/x")],
            ["--limit-rate", "x", "-u", "alice:s3cret", moved.url()],
            [
                "-u", "alice:s3cret", "-w", "%{stderr}%{json} %{url} %{url_effective} %{redirect_url}",
                login + "/",
            ],
            ["http://alice:s3cret@bad host/"], ["http://alice:s3cret@h/[1"],
        ]
        for arguments in runs {
            let result = try runFerry(arguments, directory: folder.path)
            #expect(
                !result.errText.contains("s3cret") && !result.errText.contains("hop3"),
                "\(arguments): \(result)")
        }
    }
}
