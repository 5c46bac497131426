import Glibc
import TestSupport
import Testing

/// SIGINT, SIGTERM and SIGHUP wherever a transfer may stand: a word, death by that signal, nothing left behind.
@Suite struct SignalTests {
    /// Starts ferry in a folder, sends the signal once `isThere` says that the phase is reached, and checks what is left.
    private func interrupt(
        _ arguments: [String], with signal: Int32 = SIGINT, in folder: TemporaryDirectory,
        once isThere: (RunningProcess) -> Bool
    ) throws -> ProcessResult {
        let process = try RunningProcess(ferryBinary(), ["-sS"] + arguments, directory: folder.path)
        #expect(isThere(process))
        process.send(signal)
        let result = process.wait(timeoutSeconds: 10)
        #expect(!result.timedOut && result.signal == signal, "\(result)")
        return result
    }

    private static let interrupted = "ferry: stopped by an interrupt\n"

    @Test func `while it connects`() throws {
        let hole = try BlackHole()
        let folder = try TemporaryDirectory()
        let result = try interrupt(["-v", "-o", "f", "http://127.0.0.1:\(hole.port)/"], in: folder) {
            $0.waitForError("Trying 127.0.0.1:\(hole.port)")
        }
        #expect(result.errText.hasSuffix("stopped by an interrupt\n"), "\(result)")
        #expect(folder.names().isEmpty)
    }

    @Test func `while it shakes hands`() throws {
        let server = try ScriptedServer(script: [.hold])
        let folder = try TemporaryDirectory()
        _ = try interrupt(["-o", "f", "https://\(server.authority)/"], in: folder) { _ in
            server.waitForConnections(1)
        }
        #expect(folder.names().isEmpty)
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `while it waits for the head`(signal: Int32) throws {
        let server = try ScriptedServer(script: [.expectRequest, .hold])
        let folder = try TemporaryDirectory()
        let result = try interrupt(["-o", "f", server.url()], with: signal, in: folder) { _ in
            server.waitForRequests(1)
        }
        #expect(
            result.errText
                == (signal == SIGINT ? Self.interrupted : "ferry: stopped by signal \(signal)\n"))
        #expect(folder.names().isEmpty)
        #expect(server.waitForEndings(1))
    }

    @Test(arguments: [[], ["-Z"], ["--limit-rate", "1k"], ["--compressed"]] as [[String]])
    func `while the body comes`(options: [String]) throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
            .sendRepeating(1, count: 500_000), .hold,
        ])
        let folder = try TemporaryDirectory()
        try folder.write("old", to: "f")
        let result = try interrupt(options + ["-o", "f", server.url()], in: folder) { process in
            waitUntil { folder.names().count == 2 }
        }
        #expect(result.errText == Self.interrupted)
        // What came is kept beside it.
        #expect(folder.names() == ["f", "f.part", "f.part.meta"])
        #expect(folder.read("f") == bytes("old"))
    }

    @Test func `while it sleeps before a retry`() throws {
        let refused = try RefusedPort()
        let folder = try TemporaryDirectory()
        let result = try interrupt(
            [
                "--retry", "3", "--retry-connrefused", "--retry-delay", "60", "-o", "f",
                "http://127.0.0.1:\(refused.port)/",
            ], in: folder
        ) { process in waitUntil { processSleeps(process.pid) } }
        #expect(result.errText == Self.interrupted, "\(result)")
        #expect(folder.names().isEmpty)
    }

    @Test func `while standard output takes no more`() throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"),
            .sendRepeating(1, count: 100_000_000), .hold,
        ])
        let folder = try TemporaryDirectory()
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        let script = "exec 3<>pipe; exec $F -sS \(server.url()) >&3"
        let process = try RunningProcess(
            "bash", ["-c", script], environment: ["F": ferryBinary()], directory: folder.path)
        #expect(server.waitForRequests(1))
        #expect(waitUntil { processSleeps(process.pid, in: "pipe_w") || processSleeps(process.pid) })
        process.send(SIGINT)
        let result = process.wait(timeoutSeconds: 10)
        #expect(result.signal == SIGINT, "\(result)")
        #expect(result.errText == Self.interrupted)
    }

    @Test func `while a named pipe has no reader`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "x")] }
        let folder = try TemporaryDirectory()
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        let result = try interrupt(["-o", "pipe", server.url()], in: folder) { process in
            server.waitForRequests(1) && waitUntil { processSleeps(process.pid) }
        }
        #expect(result.errText == Self.interrupted)
        #expect(folder.names() == ["pipe"])
    }

    @Test func `while it uploads standard input`() throws {
        let server = try ScriptedServer(script: [.expectHead, .send("HTTP/1.1 100 Continue\r\n\r\n"), .hold])
        let process = try RunningProcess(ferryBinary(), ["-sS", "-T", "-", server.url("/up")], stdin: .open)
        process.write(bytes("some"))
        #expect(waitUntil { server.connections.first.map { text($0.received).contains("some") } ?? false })
        process.send(SIGTERM)
        let result = process.wait(timeoutSeconds: 10)
        #expect(result.signal == SIGTERM, "\(result)")
    }

    @Test func `many transfers at once all end, and what was whole stays`() throws {
        let server = try ScriptedServer { request in
            request.path == "/1"
                ? [.respond(body: "whole")]
                : [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), .hold]
        }
        let folder = try TemporaryDirectory()
        let result = try interrupt(["-Z", "-o", "f#1", server.url("/[1-20]")], in: folder) { _ in
            waitUntil { folder.names().count == 20 && fileExists(folder.file("f1")) }
        }
        #expect(result.errText == Self.interrupted)
        #expect(folder.names().filter { !$0.contains(".part") } == ["f1"])
        #expect(folder.read("f1") == bytes("whole"))
        #expect(server.waitForEndings(20))
    }

    @Test func `header and cookie files hold what came until then`() throws {
        let server = try ScriptedServer { request in
            request.path == "/1"
                ? [.respond(200, [("Set-Cookie", "a=1; Max-Age=1000")], body: "one")] : [.hold]
        }
        let folder = try TemporaryDirectory()
        let result = try interrupt(
            ["-D", "heads", "-c", "jar", "--clobber", "-o", "f", server.url("/[1-2]")], in: folder
        ) { _ in server.waitForRequests(2) }
        #expect(result.stdout.isEmpty)
        #expect(folder.names() == ["f", "heads", "jar"])
        #expect(
            text(folder.read("heads") ?? [])
                == "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Max-Age=1000\r\nContent-Length: 3\r\n\r\n")
        #expect(text(folder.read("jar") ?? []).contains("\ta\t1\n"))
    }

    @Test func `-s alone says nothing of it`() throws {
        let server = try ScriptedServer(script: [.expectRequest, .hold])
        let process = try RunningProcess(ferryBinary(), ["-s", server.url()])
        #expect(server.waitForRequests(1))
        process.send(SIGINT)
        let result = process.wait(timeoutSeconds: 10)
        #expect(result.signal == SIGINT)
        #expect(result.stderr.isEmpty)
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `what was ignored from the start, as with nohup, stops nothing`(signal: Int32) throws {
        let gate = Gate()
        let server = try ScriptedServer(script: [.expectRequest, .pause(until: gate), .respond(body: "all")])
        let process = try RunningProcess(
            "bash", ["-c", "trap '' INT TERM HUP; exec $F -sS \(server.url())"],
            environment: ["F": ferryBinary()])
        #expect(server.waitForRequests(1))
        process.send(signal)
        gate.open()
        let result = process.wait(timeoutSeconds: 10)
        #expect(result.exitStatus == 0 && result.outText == "all", "\(result)")
    }

    @Test(arguments: [(SIGTERM, 143), (SIGHUP, 129)])
    func `a shell sees 128 and the number`(signal: Int32, status: Int) throws {
        let server = try ScriptedServer(script: [.expectRequest, .hold])
        let script = "$F -sS \(server.url()) & echo $!; wait $!; echo $?"
        let shell = try RunningProcess("bash", ["-c", script], environment: ["F": ferryBinary()])
        #expect(server.waitForRequests(1) && waitUntil { shell.stdout.last == 0x0A })
        let pid = try #require(Int32(text(shell.stdout).dropLast()))
        kill(pid, signal)
        #expect(shell.wait(timeoutSeconds: 10).outText == "\(pid)\n\(status)\n")
    }

    @Test func `an interrupt on the terminal ends a shell's loop`() throws {
        let server = try ScriptedServer(script: [.expectRequest, .hold])
        let script = "for i in 1 2 3; do $F -sS \(server.url()); done; echo after"
        let shell = try RunningProcess(
            "bash", ["-c", script], environment: ["F": ferryBinary()], terminal: [.input, .output, .error])
        #expect(server.waitForRequests(1))
        shell.write([0x03])
        let result = shell.wait(timeoutSeconds: 10)
        #expect(result.signal == SIGINT, "\(result)")
        #expect(result.terminalText.contains("stopped by an interrupt"))
        #expect(!result.terminalText.contains("after"))
        #expect(server.requests.count == 1)
    }

    @Test func `while it asks for a fingerprint`() throws {
        let server = try ScriptedServer(script: [.hold])
        let folder = try TemporaryDirectory()
        let result = try interrupt(["--print-fingerprint", "https://\(server.authority)/"], in: folder) { _ in
            server.waitForConnections(1)
        }
        #expect(result.errText == Self.interrupted)
    }
}
