import Glibc
import TestSupport
import Testing

/// Standard output of many transfers: in the order of the command line, never mixed, with bounded memory.
@Suite struct OutputOrderTests {
    /// Answers `/1` … `/count` in reverse: each waits until the one after it was answered.
    private func reversing(
        _ count: Int, body: @escaping @Sendable (Int) -> [UInt8]
    ) throws -> ScriptedServer {
        let gates = (0...count).map { _ in Gate() }
        return try ScriptedServer { request in
            let number = Int(request.path.dropFirst()) ?? 0
            let answer = ServerStep.sendBytes(ServerStep.response(200, body: body(number)))
            return (number < count ? [.pause(until: gates[number + 1])] : []) + [
                answer, .open(gates[number]),
            ]
        }
    }

    @Test func `reversed answers come out in command-line order`() throws {
        let server = try reversing(20) { bytes("answer \($0)\n") }
        let result = try runFerry(["-sS", "-Z", server.url("/[1-20]")])
        #expect(result.exitStatus == 0, "\(result)")
        #expect(result.outText == (1...20).map { "answer \($0)\n" }.joined())
    }

    @Test func `headers, dumps and reports stay with their body`() throws {
        let server = try reversing(5) { bytes("body \($0)\n") }
        let result = try runFerry([
            "-sS", "-Z", "-i", "-D", "-", "-w", "done %{urlnum} %{http_code}\\n", server.url("/[1-5]"),
        ])
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
        #expect(result.exitStatus == 0, "\(result)")
        #expect(result.outText == (1...5).map { "\(head)\(head)body \($0)\ndone 0 200\n" }.joined())
    }

    private func cut() throws -> ScriptedServer {
        try ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody"), .close] }
    }

    @Test func `with --stderr - everything stands where it was said`() throws {
        let server = try cut()
        let options = ["-sS", "--stderr", "-", "-w", "%{stdout}out%{stderr} err\n"]
        let result = try runFerry(options + [server.url("/1"), server.url("/2")])
        let lines = result.outText.split(separator: "\n").map(String.init)
        #expect(lines.count == 4 && result.stderr.isEmpty, "\(result)")
        for (number, line) in lines.enumerated() where number % 2 == 0 {
            #expect(line.hasPrefix("bodyferry: (18) \(server.url("/\(number / 2 + 1)")): "), "\(result)")
            #expect(lines[number + 1] == "out err", "\(result)")
        }
        let verbose = try runFerry(["-sv", "--stderr", "-", server.url()]).outText
        #expect(verbose.contains("\r\n< \r\n{ [4 bytes data]\nbody* Closing connection #0\n"), "\(verbose)")
        let traced = try runFerry(["-s", "--trace-ascii", "-", server.url()]).outText
        #expect(traced.contains("0000: body\nbody== Info: Closing connection #0\n"), "\(traced)")
    }

    @Test func `what is said does not deliver what a retry may take back`() throws {
        let server = try cut()
        let result = try runFerry([
            "-sv", "--stderr", "-", "--retry", "2", "--retry-delay", "1ms", server.url(),
        ])
        #expect(server.requests.count == 3 && result.exitStatus == 18, "\(result)")
        #expect(result.outText.split(separator: "body", omittingEmptySubsequences: false).count == 2)
    }

    @Test func `reports of transfers that print nothing else are in order, too`() throws {
        let server = try reversing(5) { bytes("body \($0)\n") }
        let result = try runFerry([
            "-sS", "-Z", "-o", "/dev/null", "-w", "%{url.path}\\n", server.url("/[1-5]"),
        ])
        #expect(result.outText == "/1\n/2\n/3\n/4\n/5\n", "\(result)")
    }

    @Test func `large answers out of turn are spilled and come out whole`() throws {
        let size = 1_500_000
        let server = try reversing(6) { patternBytes(size, seed: UInt64($0)) }
        let result = try runFerry(["-sS", "-Z", server.url("/[1-6]")])
        #expect(result.exitStatus == 0, "\(result.errText)")
        #expect(result.stdout == (1...6).flatMap { patternBytes(size, seed: UInt64($0)) })
    }

    @Test func `a failed transfer's place is taken by nothing, and its error names its URL`() throws {
        let server = try ScriptedServer { request in
            request.path == "/2" ? [.close] : [.respond(body: request.path)]
        }
        let result = try runFerry(["-sS", "-Z", server.url("/[1-3]")])
        #expect(result.outText == "/1/3")
        #expect(result.exitStatus == 52, "\(result)")
        #expect(result.errText.hasPrefix("ferry: (52) \(server.url("/2")): "), "\(result)")
    }

    @Test func `waiting answers do not grow the memory`() throws {
        // 64 answers of 2 MiB wait for the first one.
        let first = Gate()
        let nginx = try Nginx()
        try nginx.addSparseFile("zeros", size: 2 << 20)
        let slow = try ScriptedServer { _ in [.pause(until: first), .respond(body: "first")] }
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            "bash",
            [
                "-c",
                "exec $F -sS -Z -w '%{stderr}.' \(slow.url()) '\(nginx.url("/zeros?[1-64]"))' >\(folder.file("out"))",
            ], environment: ["F": ferryBinary()])
        #expect(process.waitForError(String(repeating: ".", count: 64)))
        #expect(peakMemoryBytes(of: process) < 50 << 20)
        first.open()
        #expect(process.wait().exitStatus == 0)
        #expect(folder.read("out")?.count == 5 + 64 * (2 << 20))
    }

    @Test func `-N passes on what came at once`() throws {
        let gate = Gate()
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf"), .pause(until: gate),
            .send("rest"), .hold,
        ])
        let process = try RunningProcess(ferryBinary(), ["-sSN", server.url()])
        #expect(process.waitForOutput("half"))
        gate.open()
        #expect(process.wait().outText == "halfrest")
    }

    @Test func `-N writes to a file at once`() throws {
        let folder = try TemporaryDirectory()
        let (sent, gate) = (Gate(), Gate())
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf"), .pause(until: gate),
            .send("rest"), .open(sent), .hold,
        ])
        #expect(mkfifo(folder.file("f"), 0o600) == 0)
        let reader = try RunningProcess("cat", [folder.file("f")])
        let process = try RunningProcess(ferryBinary(), ["-sSN", "-o", folder.file("f"), server.url()])
        #expect(reader.waitForOutput("half"))
        gate.open()
        #expect(process.wait().exitStatus == 0)
        #expect(reader.wait().outText == "halfrest")
    }
}
