import TestSupport
import Testing

/// What people see while transfers run: the meter on a terminal, -v and traces, and text that cannot drive a terminal.
@Suite struct ProgressAndTraceTests {
    private func server(body: String = "hello") throws -> ScriptedServer {
        try ScriptedServer { request in
            [.respond(200, [("X-Path", request.path)], body: body)]
        }
    }

    private func ferry(_ arguments: [String], terminal: TerminalUse) throws -> ProcessResult {
        try RunningProcess(ferryBinary(), arguments, terminal: terminal).wait()
    }

    @Test func `-v tells which idle connection was closed, and why (CLOSE-13)`() throws {
        let servers = try [server(), server()]
        let arguments = ["-sS", "--limit", "1"] + servers.map { $0.url() }
        let told = "* Closed an idle connection to \(servers[0].authority): its slot was needed\n"
        #expect(try runFerry(["-v"] + arguments).errText.contains(told))
        #expect(try runFerry(arguments).errText.isEmpty)
    }

    // MARK: Meter

    @Test func `the meter is drawn on a terminal and ends with all of it`() throws {
        let server = try server()
        let result = try ferry(["--progress-meter", "-o", "/dev/null", server.url()], terminal: .error)
        #expect(
            result.terminalText.hasPrefix(
                "  % Total    % Received % Xferd  Average Speed  Time    Time    Time   Current\r\n"
                    + "                                 Dload  Upload  Total   Spent   Left   Speed\r\n"),
            "\(result.terminalText)")
        #expect(result.terminalText.contains("\r100      5 100      5   0      0 "))
        #expect(result.terminalText.hasSuffix("\r\n"))
    }

    @Test func `a resumed download says where it goes on`() throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .respond(206, [("Content-Range", "bytes 3-5/6")], body: "def"),
        ])
        let folder = try TemporaryDirectory()
        try folder.write("abc", to: "f")
        let result = try RunningProcess(
            ferryBinary(), ["--progress-meter", "-C", "-", "-o", "f", server.url()], directory: folder.path,
            terminal: .error
        ).wait()
        #expect(
            result.terminalText.hasPrefix("** Resuming transfer from byte position 3\r\n  % Total "),
            "\(result.terminalText)")
        #expect(folder.read("f").map { text($0) } == "abcdef")
    }

    @Test func `the bar fills the line`() throws {
        let server = try server()
        let result = try ferry(["-#", "-o", "/dev/null", server.url()], terminal: .error)
        #expect(
            result.terminalText.hasSuffix("\r" + String(repeating: "#", count: 72) + " 100.0%\r\n"),
            "\(result.terminalText)")
    }

    @Test func `many at once share one line`() throws {
        let server = try server()
        let result = try ferry(
            ["--progress-meter", "-Z", "-o", "/dev/null", server.url("/[1-5]")], terminal: .error)
        #expect(
            result.terminalText.hasPrefix(
                "DL% UL%  Dled  Uled  Xfers  Live Total     Current  Left    Speed\r\n"))
        #expect(result.terminalText.contains("\r100  --    25     0      5     0 "), "\(result.terminalText)")
    }

    @Test(arguments: [["-s"], ["--no-progress-meter"], ["-sS"], ["-sZ"]])
    func `the meter is silenced`(options: [String]) throws {
        let server = try server()
        let result = try ferry(options + ["-o", "/dev/null", server.url()], terminal: .error)
        #expect(result.terminal.isEmpty, "\(result.terminalText)")
    }

    @Test func `there is no meter unless it was asked for, nor when the body goes to a terminal`() throws {
        let server = try server()
        #expect(try runFerry(["-o", "/dev/null", server.url()]).stderr.isEmpty)
        let both = try ferry(["--progress-meter", server.url()], terminal: [.output, .error])
        #expect(both.terminalText == "hello")
    }

    @Test func `many at once show no meter when one of them prints on the terminal`() throws {
        let server = try server()
        for outputs in [["-o", "/dev/null", server.url(), server.url()], [server.url(), server.url()]] {
            let result = try ferry(
                ["--progress-meter", "-Z", "--limit", "1"] + outputs, terminal: [.output, .error])
            #expect(!result.terminalText.contains("DL%"), "\(result.terminalText)")
        }
    }

    @Test func `an error does not share the meter's line`() throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"), .close,
        ])
        let result = try ferry(["--progress-meter", "-o", "/dev/null", server.url()], terminal: .error)
        #expect(result.exitStatus == 18)
        let lines = result.terminalText.split(separator: "\r\n")
        #expect(
            lines.contains { $0.hasPrefix("ferry: (18) ") || $0.hasPrefix("\r\u{1B}[Kferry: (18) ") },
            "\(lines)")
    }

    // MARK: -v and traces

    @Test func `-v shows both heads on standard error`() throws {
        let server = try server()
        let result = try runFerry(["-sv", server.url("/a")])
        #expect(result.outText == "hello")
        #expect(
            result.errText.contains(
                "> GET /a HTTP/1.1\n> Host: \(server.authority)\n> User-Agent: ferry/0.1.0\n> Accept: */*\n> \n"
            )
                || result.errText.contains(
                    "> GET /a HTTP/1.1\r\n> Host: \(server.authority)\r\n> User-Agent: ferry/0.1.0\r\n"
                        + "> Accept: */*\r\n> \r\n"),
            "\(result)")
        #expect(result.errText.contains("< HTTP/1.1 200 OK"))
        #expect(result.errText.contains("< X-Path: /a"))
        #expect(result.errText.contains("*   Trying \(server.authority)..."))
        #expect(result.errText.contains("{ [5 bytes data]\n"))
        #expect(result.errText.contains("> \r\n* Request completely sent off\n< HTTP/1.1 200 OK"))
        #expect(result.errText.hasSuffix("* Connection #0 to host \(server.authority) left intact\n"))
    }

    @Test func `-v tells at the end of each exchange what became of its connection`() throws {
        let server = try ScriptedServer { request in
            switch request.path {
            case "/moved": [.respond(302, [("Location", "/there")])]
            case "/closing": [.respond(200, [("Connection", "close")], body: "x")]
            case "/cut": [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), .close]
            default: [.respond(body: "there")]
            }
        }
        let intact = "* Connection #0 to host \(server.authority) left intact"
        for (arguments, ends) in [
            (["-L", server.url("/moved")], [intact, intact]),
            ([server.url("/a"), server.url("/closing")], [intact, "* Closing connection #0"]),
            (["--force-close", server.url("/a")], ["* Closing connection #0"]),
            ([server.url("/cut")], ["* Closing connection #0"]),
        ] {
            let told = try runFerry(["-sv", "-o", "/dev/null", "-o", "/dev/null"] + arguments).errText
            let lines = told.replacing("\r\n", with: "\n").split(separator: "\n").map(String.init)
            #expect(lines.filter { $0.hasPrefix("* Clos") || $0.contains("intact") } == ends, "\(lines)")
            #expect(
                lines.count { $0 == "* Request completely sent off" }
                    == lines.count { $0.hasPrefix("> GET ") }, "\(lines)")
        }
    }

    @Test func `-v tells when the body of a request is out, too`() throws {
        let server = try server()
        let told = try runFerry(["-sv", "-d", "x=1", server.url("/a")]).errText
        #expect(told.contains("} [3 bytes data]\n* Request completely sent off\n"), "\(told)")
    }

    @Test func `-v shows the server's certificate in curl's words and order`() throws {
        let leaf = TestCertificates.leaf(
            addresses: ["127.0.0.1"], issuer: LocalCertificates.root, notBefore: 1_600_000_000,
            notAfter: 4_070_908_800)
        let server = try ScriptedServer(tls: ServerTLS(leaf)) { _ in [.respond()] }
        let lines = try runFerry(["-skv", server.url()]).errText.split(separator: "\n").map(String.init)
        let first = try #require(lines.firstIndex(of: "* Server certificate:"))
        let block = lines[(first + 1)...].prefix(5)
        #expect(block.first?.hasPrefix("*  subject: ") ?? false, "\(block)")
        #expect(
            block.dropFirst().prefix(2) == [
                "*  start date: Sep 13 12:26:40 2020 GMT", "*  expire date: Jan  1 00:00:00 2099 GMT",
            ], "\(block)")
        #expect(block.dropFirst(3).first?.hasPrefix("*  issuer: ") ?? false, "\(block)")
        #expect(block.last?.hasPrefix("*  sha256: ") ?? false, "\(block)")
    }

    @Test func `-v counts no data when that goes to a terminal`() throws {
        let server = try server()
        let result = try ferry(["-v", server.url("/a")], terminal: [.output, .error])
        #expect(result.terminalText.contains("hello"))
        #expect(!result.terminalText.contains("bytes data"))
    }

    @Test func `--trace-ascii writes every byte, and --stderr moves messages`() throws {
        let server = try server()
        let folder = try TemporaryDirectory()
        let result = try runFerry(
            [
                "-sS", "--trace-ascii", "trace", "--trace-time", "--stderr", "messages", "-d", "x=1",
                server.url("/a"), "http://127.0.0.1:1/",
            ], directory: folder.path)
        #expect(result.exitStatus == 7 && result.stderr.isEmpty, "\(result)")
        let trace = text(folder.read("trace") ?? [])
        #expect(trace.contains("=> Send header, "), "\(trace)")
        #expect(trace.contains("0000: POST /a HTTP/1.1\n"))
        #expect(trace.contains("=> Send data, 3 bytes (0x3)\n0000: x=1\n"))
        #expect(trace.contains("<= Recv header, 17 bytes (0x11)\n0000: HTTP/1.1 200 OK\n"))
        #expect(trace.contains("<= Recv data, 5 bytes (0x5)\n0000: hello\n"))
        let stamp = trace.prefix(16)
        #expect(stamp.count { $0 == ":" } == 2 && stamp.last == " ", "\(stamp)")
        #expect(text(folder.read("messages") ?? []).hasPrefix("ferry: (7) http://127.0.0.1:1/: "))
    }

    @Test func `--stderr - sends messages to standard output`() throws {
        let result = try runFerry(["-sS", "--stderr", "-", "http://127.0.0.1:1/"])
        #expect(result.outText.hasPrefix("ferry: (7) "), "\(result)")
        #expect(result.stderr.isEmpty)
    }

    @Test func `-vv stamps the time`() throws {
        let server = try server()
        let result = try runFerry(["-s", "-vv", server.url("/a")])
        let first = result.errText.split(separator: "\n").first ?? ""
        #expect(first.dropFirst(2).first == ":" && first.contains(" *   Trying "), "\(result)")
    }

    @Test func `secrets are hidden in traces and errors, and shown on demand`() throws {
        let server = try server()
        let arguments = [
            "-sS", "-u", "user:geheim", "-H", "Authorization: Bearer tok3n", "--trace-ascii", "-",
            server.url("/a"),
        ]
        let hidden = try runFerry(arguments)
        #expect(hidden.exitStatus == 0)
        #expect(!hidden.outText.contains("tok3n") && !hidden.outText.contains("geheim"), "\(hidden)")
        #expect(try runFerry(["--show-secrets"] + arguments).outText.contains("tok3n"))
        let failing = try runFerry(["-sS", "http://user:geheim@127.0.0.1:1/?a=b"])
        #expect(!failing.errText.contains("geheim"), "\(failing)")
        #expect(failing.errText.contains("127.0.0.1:1/?a=b"))
    }

    // MARK: Terminal safety

    @Test func `a server's headers cannot drive the terminal`() throws {
        let server = try ScriptedServer(script: [
            .expectRequest,
            .send(
                "HTTP/1.1 200 \u{1B}]0;owned\u{7}\r\nX-Evil: \u{1B}[2J\u{9B}31m\r\nContent-Length: 2\r\n\r\nhi"
            ),
            .hold,
        ])
        for options in [
            ["-i", "--no-styled-output"], ["-sv", "--no-styled-output"], ["-s", "-D", "-"], ["-D", "%"],
            ["-w", "%header{x-evil}"],
        ] {
            let result = try ferry(options + [server.url()], terminal: [.output, .error])
            #expect(!result.terminal.contains(0x1B), "\(options): \(result.terminalText)")
            #expect(!result.terminalText.unicodeScalars.contains("\u{9B}"), "\(options)")
            #expect(!result.terminal.contains(0x07))
            #expect(result.terminalText.contains("\\x1B"), "\(options): \(result.terminalText)")
        }
        // A file or pipe gets the bytes as they came.
        #expect(try runFerry(["-si", server.url()]).outText.contains("\u{1B}[2J"))
    }

    @Test func `an error message cannot drive the terminal`() throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 302 Found\r\nLocation: foo\u{1B}[2J://x/\r\n\r\n"), .close,
        ])
        let result = try ferry(["-sSL", server.url()], terminal: .error)
        #expect(result.exitStatus != 0)
        #expect(!result.terminal.contains(0x1B), "\(result.terminalText)")
    }

    @Test func `a binary answer is kept from the terminal unless -o - asks for it`() throws {
        let server = try server(body: "\u{0}\u{1}binary")
        let refused = try ferry(["-s", "-S", server.url()], terminal: [.output, .error])
        #expect(refused.exitStatus == 23)
        #expect(refused.terminalText.contains("-o -"), "\(refused.terminalText)")
        #expect(!refused.terminalText.contains("\u{1}binary"))
        let forced = try ferry(["-s", "-o", "-", server.url()], terminal: [.output, .error])
        #expect(forced.exitStatus == 0)
        #expect(forced.terminalText.contains("\u{1}binary"))
        #expect(try runFerry(["-s", server.url()]).outText == "\u{0}\u{1}binary")
    }
}
