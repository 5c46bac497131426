import Glibc
import TestSupport
import Testing

/// `--events`: every line by the schema, whole whatever ends the run, and in step with the reader.
@Suite struct EventLogTests {
    private static let schema = Result {
        try JSONSchema(try runFerry(["--generate", "events-schema"]).outText)
    }

    /// The lines, each checked against the schema and the rules that no schema can say.
    static func lines(_ text: String) throws -> [ParsedJSON] {
        let schema = try Self.schema.get()
        #expect(text.isEmpty || text.hasSuffix("\n"), "the last line has no end")
        let lines = try text.split(separator: "\n").map { try ParsedJSON($0) }
        for line in lines { #expect(schema.problems(of: line) == [], "\(line)") }
        let times = lines.compactMap { $0["t_us"]?.int }
        #expect(times.count == lines.count && times == times.sorted())
        for line in lines where line["event"]?.string == "end" {
            let parts = [
                "queue_us", "dns_us", "connect_us", "proxy_us", "tls_us", "send_us", "wait_us", "receive_us",
                "pause_us",
                "other_us",
            ]
            #expect(parts.reduce(0) { $0 + (line[$1]?.int ?? 0) } == line["total_us"]?.int, "\(line)")
        }
        #expect(lines.dropLast().allSatisfy { $0["event"]?.string != "summary" })
        return lines
    }

    static func names(_ lines: [ParsedJSON]) -> [String] { lines.map { $0["event"]?.string ?? "" } }

    private func run(
        _ arguments: [String], status: Int32 = 0, in folder: TemporaryDirectory? = nil
    ) throws -> [ParsedJSON] {
        let folder = try folder ?? TemporaryDirectory()
        let result = try runFerry(
            ["-sS", "--events", "events", "-o", "/dev/null"] + arguments, directory: folder.path)
        #expect(result.exitStatus == status, "\(result)")
        return try Self.lines(text(folder.read("events") ?? []))
    }

    @Test func `a plain request and one on the same connection (O-01)`() throws {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let lines = try run([server.url("/x"), "-o", "/dev/null", server.url("/y")])
        #expect(
            Self.names(lines) == [
                "request", "try", "connect", "sent", "head", "end", "request", "reuse", "sent", "head", "end",
                "summary",
            ])
        #expect(lines[0]["url"]?.string == server.url("/x") && lines[0]["port"]?.int == Int(server.port))
        #expect(lines[3]["connection"]?.int == 0 && lines[3]["reused"]?.bool == false)
        #expect(lines[7]["connection"]?.int == 0 && lines[7]["reused"]?.bool == true)
        #expect(lines[5]["bytes"]?.int == 3 && lines[5]["exit_code"]?.int == 0)
        #expect(lines[10]["transfer"]?.int == 1)
        let summary = try #require(lines.last)
        #expect(summary["transfers"]?.int == 2 && summary["failed"]?.int == 0 && summary["bytes"]?.int == 6)
        #expect(summary["connections_opened"]?.int == 1 && summary["connections_reused"]?.int == 1)
    }

    @Test func `of many transfers at once each has its own lines (O-01)`() throws {
        // The first one is under way as long as all others together, which come to more than run at once.
        let server = try ScriptedServer { request in
            let answer = ServerStep.respond(body: String(repeating: "x", count: request.path.utf8.count))
            return request.path == "/1" ? [.delay(milliseconds: 300), answer] : [answer]
        }
        let lines = try run(["-Z", "--limit", "100", server.url("/[1-400]")])
        for number in 0..<400 {
            let own = lines.filter { $0["transfer"]?.int == number }
            let names = Self.names(own).filter { !["try", "connect", "reuse", "queue"].contains($0) }
            #expect(names == ["request", "sent", "head", "end"], "\(own)")
            let urls = own.compactMap { $0["url"]?.string }
            #expect(urls == Array(repeating: server.url("/\(number + 1)"), count: 2))
            #expect(own.last?["bytes"]?.int == "/\(number + 1)".utf8.count)
        }
    }

    @Test func `all records agree on how long a transfer took, whatever it takes to write them (O-07)`()
        throws
    {
        let body = String(repeating: "a", count: 500_000)
        let server = try ScriptedServer(script: [
            .forever([.expectRequest, .respond(200, [("Content-Type", "text/plain")], body: body)])
        ])
        let folder = try TemporaryDirectory()
        let lines = try run(
            [
                "--har", "har", "--har-bodies", "all", "--report", "json=report", "-w",
                "%output{times}%{time_total}", server.url(),
            ], in: folder)
        let total = try #require(lines.first { $0["event"]?.string == "end" }?["total_us"]?.int)
        let report = try ParsedJSON(text(folder.read("report") ?? []))
        for seconds in [Double(text(folder.read("times") ?? [])), report[0]?["time_total"]?.double] {
            #expect(abs(Double(total) - (seconds ?? 0) * 1e6) < 3, "\(total) \(seconds as Any)")
        }
    }

    @Test func `lines of transfers that begin together stand in order of time (O-01)`() throws {
        let servers = try (0..<2).map { _ in
            try ScriptedServer(script: [
                .forever([.expectRequest, .delay(milliseconds: 5), .respond(body: "abc")])
            ])
        }
        let urls = (0..<30).flatMap { ["-o", "/dev/null", servers[$0 % 2].url()] }
        let lines = try run(["-Z", "--limit", "20", "--limit-per-host", "2"] + urls.dropFirst(2))
        #expect(lines.count { $0["event"]?.string == "end" } == 30)
        #expect(lines.contains { $0["queue_us"] != nil })
    }

    @Test func `redirects, retries, logins and failures (O-01)`() throws {
        let other = try ScriptedServer(script: [.forever([.expectRequest, .respond(200, body: "there")])])
        let server = try ScriptedServer { request in
            switch request.path {
            case "/moved": [.respond(302, [("Location", other.url("/b"))])]
            case "/login":
                request.header("Authorization") == nil
                    ? [.respond(401, [("WWW-Authenticate", #"Digest realm="r", nonce="n", qop="auth""#)])]
                    : [.respond(200)]
            default: [.respond(503)]
            }
        }
        let moved = try run(["-L", "-H", "X-Api-Key: verysecret", server.url("/moved")])
        let redirect = try #require(moved.first { $0["event"]?.string == "redirect" })
        #expect(redirect["dropped"] == .array([.string("X-Api-Key")]))
        #expect(redirect["status"]?.int == 302)
        #expect(Set(moved.compactMap { $0["hop"]?.int }) == [1, 2])
        let login = try run(["--digest", "-u", "a:verysecret", server.url("/login")])
        #expect(Self.names(login).contains("login"))
        let retried = try run(
            ["-f", "--retry", "1", "--retry-delay", "0.01", server.url("/busy")], status: 22)
        let retry = try #require(retried.first { $0["event"]?.string == "retry" })
        #expect(retry["status"]?.int == 503 && retry["left"]?.int == 1)
        #expect(Self.names(retried).contains("pause"))
        #expect(Set(retried.compactMap { $0["attempt"]?.int }) == [1, 2])
        let refused = try RefusedPort()
        let failed = try run(["http://127.0.0.1:\(refused.port)/"], status: 7)
        #expect(Self.names(failed) == ["request", "try", "try", "connect", "end", "summary"])
        #expect(failed[2]["error"] != nil && failed[4]["exit_code"]?.int == 7 && failed[4]["error"] != nil)
        #expect(failed[5]["failed"]?.int == 1 && failed[5]["exit_code"]?.int == 7)
        let all = moved + login + retried + failed
        #expect(!"\(all)".contains("verysecret"))
    }

    @Test func `where a download goes on, and what its bytes agree with (O-01, R-03, V-04)`() throws {
        let server = try ScriptedServer(scripts: [
            [
                .expectRequest,
                .sendBytes(
                    ServerStep.response(
                        200, [("ETag", "\"v1\""), ("Content-Length", "6")], body: Array("abc".utf8))),
                .close,
            ],
            [
                .expectRequest,
                .respond(206, [("ETag", "\"v1\""), ("Content-Range", "bytes 3-5/6")], body: "def"),
            ],
        ])
        // printf abcdef | sha256sum
        let sum = "sha256:bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721"
        let lines = try run(["--retry", "1", "--retry-delay", "0", "--checksum", sum, server.url("/f")])
        let end = try #require(lines.first { $0["event"]?.string == "end" })
        #expect(end["resumed_from"]?.int == 3 && end["checksum"]?.string == sum)
        #expect(end["checked"]?.string == "sha256 verified")
    }

    @Test func `a host that is left alone (O-01, P-03)`() throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .respond(429, [("Retry-After", "1")]), .expectRequest, .respond(body: "abc"),
        ])
        let lines = try run(["--retry", "1", server.url("/")])
        let pause = try #require(
            lines.first { $0["event"]?.string == "pause" && $0["reason"]?.string == "host" })
        #expect(pause["pause_us"]?.int == 1_000_000 && pause["host"]?.string == "127.0.0.1")
        #expect(pause["port"]?.int == Int(server.port))
    }

    @Test func `the wait for a turn is a rest, in the lines and in the time of the transfer (O-01, O-07)`()
        throws
    {
        let server = try ScriptedServer { request in
            request.path == "/moved" ? [.respond(302, [("Location", "/")])] : [.respond(body: "abc")]
        }
        let lines = try run([
            "-L", "--rate", "100/s", server.url("/moved"), "-o", "/dev/null", server.url("/"),
        ])
        for transfer in 0..<2 {
            let own = lines.filter { $0["transfer"]?.int == transfer }
            let waited = own.filter { $0["event"]?.string == "pace" }.compactMap { $0["pause_us"]?.int }
            let rest = own.last?["pause_us"]?.int ?? 0
            // The clock is read once more for the line.
            #expect(waited.count == 1 && waited.allSatisfy { (0...1000).contains($0 - rest) }, "\(own)")
        }
    }

    @Test func `the end tells of the last request, and of a URL that was not asked for (O-01)`() throws {
        let refused = try RefusedPort()
        let elsewhere = "http://127.0.0.1:\(refused.port)/"
        let server = try ScriptedServer(script: [
            .forever([.expectRequest, .respond(302, [("Location", elsewhere)])])
        ])
        let lines = try run(["-L", server.url()], status: 7)
        let end = try #require(lines.first { $0["event"]?.string == "end" })
        #expect(end["url"]?.string == elsewhere && end["status"] == nil)
        let folder = try TemporaryDirectory()
        let saved = ["-o", "a", server.url("/1"), "-o", "a", server.url("/2")]
        let twice = try run([server.url("/0")] + saved, status: 23, in: folder)
        let ends = twice.filter { $0["event"]?.string == "end" }
        #expect(ends.compactMap { $0["url"]?.string } == (0...2).map { server.url("/\($0)") })
    }

    @Test func `a question that has to be answered well once more is followed by a retry (O-01)`() throws {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let lines = try run([
            "--wait-ready", "20", "--wait-interval", "0.02", "--wait-times", "3", server.url(),
        ])
        let retries = lines.filter { $0["event"]?.string == "retry" }
        #expect(
            retries.compactMap { $0["reason"]?.string } == [
                "1 of 3 good answers in a row came", "2 of 3 good answers in a row came",
            ])
        #expect(Set(lines.compactMap { $0["attempt"]?.int }) == [1, 2, 3])
        #expect(lines.first { $0["event"]?.string == "end" }?["pause_us"] != nil)
    }

    @Test func `names, TLS, a proxy and the line for a connection (O-01)`() throws {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let named = try run([
            "http://localhost:\(server.port)/", "--resolve", "localhost:\(server.port):127.0.0.1",
        ])
        let name = try #require(named.first { $0["event"]?.string == "dns" })
        #expect(name["host"]?.string == "localhost" && name["port"]?.int == Int(server.port))
        let waiting = try run([
            "--limit-per-host", "1", server.url("/1"), "-o", "/dev/null", server.url("/2"),
        ])
        #expect(Self.names(waiting).filter { $0 == "queue" }.count == 2, "\(waiting)")
        #expect(waiting.contains { $0["event"]?.string == "queue" && $0["queue_us"] != nil })
    }

    @Test func `standard output and a descriptor take the lines too (O-01)`() throws {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let result = try runFerry(["-sS", "--events", "-", "-o", "/dev/null", server.url()])
        #expect(try Self.names(Self.lines(result.outText)).last == "summary")
        let one = try runFerry(["-sS", "--events", "fd:1", "-o", "/dev/null", server.url()])
        #expect(try Self.names(Self.lines(one.outText)).last == "summary")
        let none = try runFerry(["-sS", "--events", "fd:77", server.url()])
        #expect(
            none.exitStatus == 2
                && none.errText.contains("--events: 'fd:77' names a descriptor that is not open"))
    }

    @Test func `a place that cannot be opened ends the run before it begins (O-01)`() throws {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let result = try runFerry(["-sS", "--events", "/none/there", server.url()])
        #expect(result.exitStatus == 23 && server.requests.isEmpty)
        #expect(
            result.errText
                == "ferry: (23) cannot open the log /none/there: No such file or directory (the folder is missing: make it first)\n"
        )
    }

    @Test func `a full disk is told once, and the transfers go on (O-01)`() throws {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let result = try runFerry([
            "-sS", "--events", "/dev/full", server.url("/[1-300]"),
        ])
        #expect(result.exitStatus == 23)
        #expect(result.outText == String(repeating: "abc", count: 300))
        #expect(
            result.errText
                == "ferry: (23) cannot write to /dev/full: No space left on device (free some space or choose another folder)\n"
        )
    }

    @Test func `a file at its limit keeps whole lines only (O-01)`() throws {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let folder = try TemporaryDirectory()
        // 40 blocks of 512 bytes in bash, of 1024 in others: less than the lines of 300 transfers either way.
        let result = try runProcess(
            "/bin/bash",
            [
                "-c",
                "ulimit -f 40; exec \(ferryBinary()) -sS --events events -o /dev/null '\(server.url("/[1-300]"))'",
            ], directory: folder.path)
        #expect(result.exitStatus == 23, "\(result)")
        let lines = try Self.lines(text(folder.read("events") ?? []))
        #expect(lines.count > 10)
        #expect(server.requests.count == 300)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a signal leaves whole lines, the end of each transfer and the summary (O-01)`(signal: Int32) throws
    {
        let server = try ScriptedServer(script: [.expectRequest, .hold])
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            ferryBinary(), ["-sS", "--events", "events", server.url()], directory: folder.path)
        #expect(server.waitForRequests(1))
        process.send(signal)
        let result = process.wait(timeoutSeconds: 10)
        #expect(result.signal == signal, "\(result)")
        let lines = try Self.lines(text(folder.read("events") ?? []))
        #expect(Self.names(lines).suffix(2) == ["end", "summary"])
        #expect(
            lines.last?["signal"]?.int == Int(signal) && lines.last?["exit_code"]?.int == Int(128 + signal))
    }

    @Test func `all records say that a signal stopped it (O-01, O-04)`() throws {
        let server = try ScriptedServer { _ in [.hold] }
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            ferryBinary(), ["-Z", "--events", "events", "--stats", server.url("/[1-2]")],
            directory: folder.path)
        #expect(server.waitForRequests(2))
        process.send(SIGTERM)
        let result = process.wait(timeoutSeconds: 10)
        let ends = try Self.lines(text(folder.read("events") ?? [])).filter { $0["event"]?.string == "end" }
        #expect(ends.compactMap { $0["error"]?.string } == ["stopped by a signal", "stopped by a signal"])
        #expect(result.errText.contains("2 × 42 (stopped before the end)\n"), "\(result)")
    }

    @Test func `the summary says what went wrong beside the transfers (O-01)`() throws {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        for (arguments, status, part) in [
            (["http://h/[3-1]"], 3, "range"),
            (["-c", "/none/jar", server.url()], 23, "cookies were not saved"),
            (["--report", "tap=/none/tap", server.url()], 23, "a report was not written"),
            (["--expect-reuse", "90", server.url()], 110, "--expect-reuse"),
        ] {
            let summary = try #require(try run(arguments, status: Int32(status)).last)
            #expect(summary["failed"]?.int == 0 && summary["exit_code"]?.int == status)
            #expect(summary["error"]?.string?.contains(part) == true, "\(summary)")
        }
        #expect(try run([server.url()]).last?["error"] == nil)
    }

    @Test func `a file of checksums is a transfer of its own (O-01)`() throws {
        let folder = try TemporaryDirectory()
        let sum = try runProcess("sha256sum", [folder.write("x", to: "s")]).outText.prefix(64)
        let server = try ScriptedServer { request in
            [.respond(body: request.path == "/S" ? "\(sum)  x\n\(sum)  y\n" : "x")]
        }
        let result = try runFerry(
            [
                "--checksum-url", server.url("/S"), "--events", "events", "--repeat", "2", "-O",
                server.url("/{x,y}"),
            ], directory: folder.path)
        #expect(result.exitStatus == 0, "\(result)")
        let lines = try Self.lines(text(folder.read("events") ?? []))
        let ends = lines.filter { $0["event"]?.string == "end" }
        #expect(ends.compactMap { $0["transfer"]?.int } == Array(0..<5))
    }

    @Test func `a reader that is slow loses no line (O-01)`() throws {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let folder = try TemporaryDirectory()
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        let process = try RunningProcess(
            ferryBinary(),
            ["-sS", "--events", "pipe", "-Z", "--limit", "4", "-o", "/dev/null", server.url("/[1-800]")],
            directory: folder.path)
        let pipe = open(folder.file("pipe"), O_RDONLY)
        defer { close(pipe) }
        // The pipe and the buffer fill up: not all requests can have been made before anything is read.
        #expect(waitUntil { server.requests.count > 50 })
        #expect(waitUntil { processSleeps(process.pid) })
        #expect(server.requests.count < 800)
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(pipe, &buffer, buffer.count)
            guard count > 0 else { break }
            content += buffer[..<count]
        }
        #expect(process.wait(timeoutSeconds: 30).exitStatus == 0)
        let lines = try Self.lines(text(content))
        #expect(Self.names(lines).count { $0 == "end" } == 800)
        #expect(lines.last?["transfers"]?.int == 800)
    }

    @Test func `a reader that goes away is told once, and the transfers go on (O-01)`() throws {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let folder = try TemporaryDirectory()
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        let process = try RunningProcess(
            ferryBinary(), ["-sS", "--events", "pipe", "-o", "/dev/null", server.url("/[1-300]")],
            directory: folder.path)
        close(open(folder.file("pipe"), O_RDONLY))
        let result = process.wait(timeoutSeconds: 30)
        #expect(result.exitStatus == 23 && server.requests.count == 300, "\(result)")
        #expect(result.errText == "ferry: (23) cannot write to pipe: Broken pipe\n")
    }

    @Test func `progress is told once a second (O-01)`() throws {
        let gate = Gate()
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc"),
            .delay(milliseconds: 1100),
            .send("d"), .send("ef"), .open(gate),
        ])
        let lines = try run([server.url()])
        let progress = lines.filter { $0["event"]?.string == "progress" }
        #expect(progress.count == 1 && progress[0]["total"]?.int == 6)
        #expect((4...6).contains(progress.first?["bytes"]?.int ?? 0))
    }
}
