import Glibc
import TestSupport
import Testing

/// `--progress` at a pseudo-terminal, in pipes and files.
@Suite struct ProgressRunTests {
    private static let half = String(repeating: "x", count: 6_000_000)

    /// Serves 12 MB: one half at once, the other when `gate` is open.
    private func server(_ gate: Gate) throws -> ScriptedServer {
        try ScriptedServer { request in
            if request.path == "/bad" { return [.respond(404)] }
            if request.path == "/small" { return [.respond(body: "hello")] }
            return [
                .send("HTTP/1.1 200 OK\r\nContent-Length: 12000000\r\n\r\n"), .send(Self.half),
                .pause(until: gate), .send(Self.half),
            ]
        }
    }

    /// A pattern for a running line of half a transfer; the bar is where the columns allow it.
    private func isHalf(_ line: String?, _ name: String) -> Bool {
        guard let line, line.hasPrefix(name) else { return false }
        return line.contains(" 50%") && line.contains("6.0 MB") && line.contains("/s")
    }

    @Test(arguments: [40, 80, 200], [5, 50])
    func `bars on a terminal of any size, and what has ended scrolls up (T-01)`(columns: UInt16, rows: UInt16)
        throws
    {
        let gate = Gate()
        let server = try server(gate)
        let folder = try TemporaryDirectory()
        let terminal = try PseudoTerminal(
            [
                "-Z", "-O", server.url("/one.tar.gz"), "-O", server.url("/two.tar.gz"), "-O",
                server.url("/small"),
                "-O", server.url("/three"), "-O", server.url("/four"), "-O", server.url("/five"),
            ], rows: rows, columns: columns, directory: folder.path)
        func screen() -> ScreenModel { ScreenModel(columns: Int(columns), rows: Int(rows), terminal.bytes) }
        let isThere = terminal.read { bytes in
            let lines = ScreenModel(columns: Int(columns), rows: Int(rows), bytes).lines
            return lines.count { $0.contains(" 50%") } >= min(6, Int(rows) - 1)
        }
        #expect(isThere, "\(screen().lines)")
        let lines = screen().lines
        #expect(screen().allLines.first == "saved small  5 B in 0.0 s" || rows == 50, "\(screen().allLines)")
        let bars = lines.drop { $0.hasPrefix("saved") }
        #expect(bars.count == min(6, Int(rows) - 1), "\(lines)")
        #expect(bars.first?.hasPrefix("one.tar.gz") ?? false, "\(lines)")
        #expect(bars.last?.hasPrefix(columns > 40 ? "1 done, 5 running" : "1 of 6") ?? false, "\(lines)")
        #expect(bars.allSatisfy { $0.contains("[=") == (columns > 40) }, "\(lines)")
        #expect(lines.allSatisfy { $0.count < Int(columns) })
        gate.open()
        let result = terminal.finish()
        let end = ScreenModel(columns: Int(columns), rows: Int(rows), result.terminal)
        #expect(result.exitStatus == 0)
        #expect(
            end.allLines.count == 6 && end.allLines.allSatisfy { $0.hasPrefix("saved ") }, "\(end.allLines)")
        #expect(end.allLines.contains { $0.hasPrefix("saved two.tar.gz  12 MB in ") })
        #expect(end.showsCursor && end.unknown.isEmpty && end.cursor.column == 0)
        #expect(folder.read("five")?.count == 12_000_000)
    }

    @Test func `the picture follows the window (T-01)`() throws {
        let gate = Gate()
        let server = try server(gate)
        let folder = try TemporaryDirectory()
        let terminal = try PseudoTerminal(
            ["-Z", "-O", server.url("/one"), "-O", server.url("/two")], rows: 10, columns: 100,
            directory: folder.path)
        #expect(terminal.read { text($0).components(" 50%") >= 3 })
        let before = terminal.bytes.count
        try terminal.resize(rows: 6, columns: 40)
        let isNarrow = terminal.read { bytes in
            text(bytes.dropFirst(before)).contains("6.0M ")
        }
        #expect(isNarrow, "\(terminal.text)")
        let seen = terminal.bytes.count
        try terminal.resize(rows: 30, columns: 120)
        #expect(terminal.read { text($0.dropFirst(seen)).contains("6.0 MB of 12.0 MB") })
        try terminal.resize(rows: 0, columns: 0)
        let last = terminal.bytes.count
        #expect(terminal.read { text($0.dropFirst(last)).contains("6.0 MB ") })
        gate.open()
        let result = terminal.finish()
        #expect(result.exitStatus == 0)
        #expect(result.terminalText.hasSuffix(" s\r\n"), "\(result.terminalText.suffix(200))")
    }

    @Test func `messages, -v, -w and failures stand above the bars (T-01)`() throws {
        let gate = Gate()
        let server = try server(gate)
        let folder = try TemporaryDirectory()
        let terminal = try PseudoTerminal(
            [
                "-Z", "-v", "--limit-per-host", "1", "-f", "-w", "%{stderr}code %{http_code} ", "-O",
                server.url("/one"), "-O", server.url("/bad"),
                "-O", server.url("/small"), "-w", "out %{http_code}\\n",
            ], rows: 30, columns: 100, directory: folder.path)
        #expect(terminal.read(until: " 50%"))
        gate.open()
        let result = terminal.finish()
        let screen = ScreenModel(columns: 100, rows: 30, result.terminal)
        let lines = screen.allLines
        #expect(result.exitStatus == 22)
        #expect(lines.contains { $0.hasPrefix("saved one  12 MB in ") }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("ferry: (22) ") }, "\(lines)")
        #expect(lines.contains("> GET /small HTTP/1.1"), "\(lines)")
        #expect(lines.contains("out 200"), "\(lines)")
        // No line is half a bar and half something else.
        #expect(lines.allSatisfy { !$0.contains("%") && !$0.contains("[=") }, "\(lines)")
        #expect(screen.unknown.isEmpty && screen.showsCursor)
    }

    @Test func `a text without a line end keeps its line (T-01)`() throws {
        let gate = Gate()
        let server = try server(gate)
        let folder = try TemporaryDirectory()
        let terminal = try PseudoTerminal(
            ["-w", "code %{http_code}", "-O", server.url("/small"), "-O", server.url("/one")], rows: 30,
            columns: 100,
            directory: folder.path)
        #expect(terminal.read(until: " 50%"))
        let screen = ScreenModel(columns: 100, rows: 30, terminal.bytes)
        #expect(screen.lines.contains("code 200"), "\(screen.lines)")
        gate.open()
        let lines = ScreenModel(columns: 100, rows: 30, terminal.finish().terminal).allLines
        #expect(lines.first == "saved small  5 B in 0.0 s", "\(lines)")
        #expect(lines.last == "code 200" || lines.last?.hasSuffix("code 200") ?? false, "\(lines)")
    }

    @Test func `retries and checksums can be seen (T-01)`() throws {
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .respond(503), .close], [.expectRequest, .respond(body: "hello"), .hold],
        ])
        let folder = try TemporaryDirectory()
        let sum = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        let result = try PseudoTerminal.run(
            [
                "--retry", "1", "--retry-delay", "500ms", "--checksum", "sha256:\(sum)", "-O",
                server.url("/f"),
            ], columns: 100,
            directory: folder.path)
        let lines = ScreenModel(columns: 100, rows: 24, result.terminal).allLines
        #expect(result.exitStatus == 0)
        #expect(lines.first?.hasPrefix("Warning: \(server.url("/f")): ") ?? false, "\(lines)")
        #expect(result.terminalText.contains("attempt 2 in 0:00"), "\(result.terminalText)")
        #expect(lines.last?.hasPrefix("saved f  5 B in ") ?? false, "\(lines)")
        #expect(lines.last?.hasSuffix(" s, sha256 verified, 2 attempts") ?? false, "\(lines)")
    }

    @Test func `a name cannot drive the terminal (T-01)`() throws {
        let gate = Gate()
        let server = try server(gate)
        let folder = try TemporaryDirectory()
        let name = "文件\u{1B}[2J\n\u{7}\u{202E}é.zip"
        let terminal = try PseudoTerminal(
            ["-o", name, server.url("/one")], columns: 80, directory: folder.path)
        #expect(terminal.read(until: " 50%"))
        let screen = ScreenModel(columns: 80, rows: 24, terminal.bytes)
        #expect(screen.unknown.isEmpty)
        #expect(screen.lines.count == 1 && screen.lines[0].hasPrefix("文件\\x1B[2J"), "\(screen.lines)")
        gate.open()
        #expect(terminal.finish().terminalText.contains("saved 文件\\x1B[2J\\x0A\\x07\\u{202E}é.zip  12 MB"))
        #expect(folder.read(name)?.count == 12_000_000)
    }

    @Test func `a body on the terminal is not drawn over (T-01)`() throws {
        let gate = Gate()
        let server = try server(gate)
        let folder = try TemporaryDirectory()
        let terminal = try PseudoTerminal(
            ["-Z", "-O", server.url("/one"), server.url("/small")], directory: folder.path)
        #expect(terminal.read(until: " 50%"))
        gate.open()
        let lines = ScreenModel(columns: 80, rows: 24, terminal.finish().terminal).allLines
        #expect(lines.filter { $0 == "hello" } == ["hello"], "\(lines)")
        #expect(lines.contains { $0.hasPrefix("saved one  12 MB") })
        let alone = try PseudoTerminal.run([server.url("/small")])
        #expect(alone.terminalText == "hello")
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `after a signal the terminal is as it was (T-01)`(signal: Int32) throws {
        let server = try server(Gate())
        let folder = try TemporaryDirectory()
        let terminal = try PseudoTerminal(
            ["-Z", "-O", server.url("/one"), "-O", server.url("/two")], directory: folder.path)
        #expect(terminal.read(until: " 50%"))
        terminal.process.send(signal)
        let result = terminal.finish()
        #expect(result.signal == signal)
        let screen = ScreenModel(columns: 80, rows: 24, result.terminal)
        #expect(screen.showsCursor && screen.cursor.column == 0)
        #expect(!screen.lines.contains { $0.contains(" 50%") }, "\(screen.lines)")
        #expect(screen.lines.last?.hasPrefix("ferry: stopped by ") ?? false, "\(screen.lines)")
    }

    @Test func `Ctrl-Z takes the bars away, and they come back with fg (T-01)`() throws {
        let gate = Gate()
        let server = try server(gate)
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            "bash",
            [
                "-c", "set -m; \"$0\" -O \"$1\"; echo \"left $?\"; fg; echo \"back $?\"", ferryBinary(),
                server.url("/one"),
            ], environment: ["TERM": "xterm"], directory: folder.path, terminal: .all, rows: 24, columns: 80)
        #expect(process.waitForTerminal(" 50%"))
        process.write([26])
        let isBack = process.waitForTerminal { bytes in
            let parts = text(bytes).split(separator: "left 148", maxSplits: 1)
            return parts.count == 2 && parts[1].contains(" 50%")
        }
        #expect(isBack, "\(text(process.terminal))")
        gate.open()
        let result = process.wait()
        let lines = ScreenModel(columns: 80, rows: 24, result.terminal).allLines
        #expect(!lines.contains { $0.contains(" 50%") }, "\(lines)")
        #expect(lines.contains("left 148") && lines.contains("back 0"), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("saved one  12 MB in ") }, "\(lines)")
    }

    @Test func `a window that goes away harms no file (T-01)`() throws {
        let gate = Gate()
        let server = try server(gate)
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            "nohup", [ferryBinary(), "-O", server.url("/one")], environment: ["TERM": "xterm"],
            directory: folder.path, terminal: [.error, .output], rows: 24, columns: 80)
        #expect(process.waitForTerminal(" 50%") || folder.names().contains("nohup.out"))
        process.hangUpTerminal()
        gate.open()
        let result = process.wait()
        #expect(result.exitStatus == 0, "\(result)")
        #expect(folder.read("one")?.count == 12_000_000)
        // Without nohup it is the end, and what came is kept as after any signal.
        let closed = Gate()
        let held = try self.server(closed)
        let other = try PseudoTerminal(["-O", held.url("/two")], directory: folder.path)
        #expect(other.read(until: " 50%"))
        other.hangUp()
        #expect(other.finish().signal == SIGHUP)
        #expect(!folder.names().contains("two"))
    }

    @Test func `a body for another command and rounds leave no lines behind (T-01)`() throws {
        let server = try server(Gate())
        let passed = try PseudoTerminal.run([server.url("/small")], streams: .error)
        #expect(passed.outText == "hello" && passed.terminal.isEmpty, "\(passed.terminalText)")
        let rounds = try PseudoTerminal.run(["--repeat", "20", "-o", "/dev/null", server.url("/small")])
        let screen = ScreenModel(columns: 80, rows: 24, rounds.terminal)
        #expect(screen.allLines.isEmpty, "\(screen.allLines)")
    }

    // MARK: Other forms

    @Test func `plain tells of each end in whole lines (T-01)`() throws {
        let server = try server(Gate())
        let folder = try TemporaryDirectory()
        let arguments = [
            "--progress", "plain", "-O", server.url("/small"), "-o", "/dev/null", server.url("/small"),
        ]
        let result = try runFerry(arguments, directory: folder.path)
        #expect(result.errText == "saved small  5 B in 0.0 s\nfetched small  5 B in 0.0 s\n")
        let shown = try PseudoTerminal.run(arguments, directory: folder.path)
        #expect(shown.terminalText == "saved small  5 B in 0.0 s\r\nfetched small  5 B in 0.0 s\r\n")
    }

    @Test func `json is an object a line, also with -s (T-01)`() throws {
        let gate = Gate()
        let server = try server(gate)
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            ferryBinary(),
            [
                "-s", "-Z", "-f", "--progress", "json", "-O", server.url("/one?token=geheim"), "-O",
                server.url("/bad"),
            ],
            directory: folder.path)
        #expect(process.waitForError("\"received\":6000000,"))
        gate.open()
        let result = process.wait()
        let lines = try result.errText.split(separator: "\n").map { try ParsedJSON($0) }
        #expect(!result.errText.contains("geheim"), "\(result)")
        let running = try #require(
            lines.first { $0["progress"]?.string == "running" && $0["name"]?.string == "one" })
        for name in [
            "transfer", "url", "state", "attempt", "received", "sent", "bytes_per_second", "elapsed_ms",
        ] {
            #expect(running[name] != nil, "\(name) in \(result.errText)")
        }
        let ended = lines.filter { $0["progress"]?.string == "ended" }
        #expect(ended.count == 2)
        let good = try #require(ended.first { $0["name"]?.string == "one" })
        #expect(good["file"]?.string == "one" && good["exit_code"]?.int == 0)
        #expect(good["received"]?.int == 12_000_000 && good["to_receive"]?.int == 12_000_000)
        let bad = try #require(ended.first { $0["name"]?.string == "bad" })
        #expect(bad["exit_code"]?.int == 22 && bad["error"]?.string?.contains("404") ?? false)
    }

    @Test func `auto is silent in pipes until a transfer lasts long (T-01)`() throws {
        let gate = Gate()
        let server = try server(gate)
        let folder = try TemporaryDirectory()
        #expect(try runFerry(["-O", server.url("/small")], directory: folder.path).stderr.isEmpty)
        let process = try RunningProcess(
            ferryBinary(), ["-O", server.url("/small"), "-O", server.url("/one"), "--clobber"],
            directory: folder.path)
        #expect(process.waitForError("one: 50%, 6 MB of 12 MB, "), "\(text(process.stderr))")
        gate.open()
        let lines = process.wait().errText.split(separator: "\n")
        #expect(lines.count == 2 && lines[1].hasPrefix("saved one  12 MB in 1"), "\(lines)")
    }

    @Test func `a terminal that cannot move its cursor gets no bars (T-01)`() throws {
        let gate = Gate()
        let server = try server(gate)
        gate.open()
        let folder = try TemporaryDirectory()
        for term in ["dumb", ""] {
            let result = try PseudoTerminal.run(
                ["--clobber", "-O", server.url("/one"), "-O", server.url("/small")],
                environment: ["TERM": term],
                directory: folder.path)
            #expect(result.terminalText == "", "\(result.terminalText)")
        }
    }

    @Test(arguments: [
        ["-s"], ["--no-progress-meter"], ["--progress", "none"], ["-#", "--progress", "none"],
        ["--progress", "bars", "--no-progress-meter"], ["-s", "--progress", "plain"], ["-s", "-#"],
    ])
    func `progress is silenced (T-01)`(options: [String]) throws {
        let server = try server(Gate())
        let folder = try TemporaryDirectory()
        let result = try PseudoTerminal.run(options + ["-O", server.url("/small")], directory: folder.path)
        #expect(result.terminal.isEmpty, "\(result.terminalText)")
    }

    @Test func `curl's forms by name are shown in pipes, too, and the last one given counts (T-01)`() throws {
        let server = try server(Gate())
        func told(_ options: String...) throws -> String {
            try runFerry(options + ["-o", "/dev/null", server.url("/small")]).errText
        }
        #expect(try told("-#").hasSuffix("\r" + String(repeating: "#", count: 71) + " 100.0%\n"))
        let narrow = try runFerry(
            ["-#", "-o", "/dev/null", server.url("/small")], environment: ["COLUMNS": "40"])
        #expect(narrow.errText.hasSuffix("\r" + String(repeating: "#", count: 32) + " 100.0%\n"))
        #expect(try told("--progress-meter").hasPrefix("  % Total    % Received"))
        #expect(try told("-Z", "-#").hasPrefix("DL% UL%"))
        #expect(try told("--progress", "plain", "-#").hasSuffix(" 100.0%\n"))
        #expect(try told("-#", "--progress", "plain") == "fetched small  5 B in 0.0 s\n")
        #expect(try told("--no-progress-meter", "--progress", "plain") == "fetched small  5 B in 0.0 s\n")
        let wrong = try runFerry(["--progress", "fancy", server.url("/small")])
        #expect(wrong.exitStatus == 2)
        #expect(
            wrong.errText.hasPrefix(
                "ferry: option --progress: 'fancy' is none of auto, bars, plain, json and none\n"),
            "\(wrong)")
    }
}

extension String {
    /// How often `part` is in it.
    fileprivate func components(_ part: String) -> Int {
        split(separator: part, omittingEmptySubsequences: false).count - 1
    }
}
