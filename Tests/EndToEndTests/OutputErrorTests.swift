import Glibc
import TestSupport
import Testing

/// Outputs that break: closed pipes, full devices, places where nobody may write.
@Suite struct OutputErrorTests {
    private func endless() throws -> ScriptedServer {
        try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n"),
            .sendRepeating(UInt8(ascii: "x"), count: 1 << 36), .hold,
        ])
    }

    /// Runs a shell line in which `$F` is the binary.
    private func shell(_ line: String) throws -> ProcessResult {
        try runProcess("bash", ["-c", line], environment: ["F": ferryBinary()])
    }

    @Test(arguments: ["", "-N", "-Z", "--max-filesize 99G"])
    func `a reader that went away ends the run with 23 and one line`(option: String) throws {
        let server = try endless()
        let result = try shell("$F -sS \(option) \(server.url()) | head -c 5; echo ${PIPESTATUS[0]}")
        #expect(result.outText == "xxxxx23\n", "\(result)")
        #expect(result.errText == Self.brokenPipe(server.url()))
    }

    private static func brokenPipe(_ url: String) -> String {
        "ferry: (23) \(url): cannot write to standard output: Broken pipe\n"
    }

    @Test func `-s alone says nothing of a reader that went away`() throws {
        let server = try endless()
        let result = try shell("$F -s \(server.url()) | head -c 5; echo ${PIPESTATUS[0]}")
        #expect(result.outText == "xxxxx23\n" && result.errText == "", "\(result)")
    }

    @Test func `a closed pipe stops the transfers behind it too`() throws {
        let server = try endless()
        let result = try shell("$F -sS -Z \(server.url("/[1-5]")) | head -c 1; echo ${PIPESTATUS[0]}")
        #expect(result.outText == "x23\n", "\(result)")
        #expect(result.errText == Self.brokenPipe(server.url("/1")))
        #expect(server.waitForEndings(server.acceptedCount))
    }

    @Test func `standard output that was closed from the start is an error`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "text")] }
        let result = try shell("$F -sS \(server.url()) >&-")
        #expect(result.exitStatus == 23, "\(result)")
    }

    @Test(arguments: ["2>&-", "<&- 2>&-", "<&- >&- 2>&-"])
    func `no message goes into the request or the file that got a closed stream's number`(closed: String)
        throws
    {
        let server = try ScriptedServer { _ in [.respond(body: "text")] }
        let folder = try TemporaryDirectory()
        let urls = server.url("/[1-3]")
        let result = try shell("$F -q -v -o '\(folder.file("f"))#1' '\(urls)' \(closed)")
        #expect(result.exitStatus == 0, "\(result)")
        #expect(server.requests.map(\.target) == ["/1", "/2", "/3"])
        for name in ["f1", "f2", "f3"] { #expect(folder.read(name) == bytes("text")) }
    }

    @Test func `a full device is named with what helps`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "text")] }
        let result = try shell("$F -sS \(server.url()) >/dev/full")
        #expect(result.exitStatus == 23)
        #expect(
            result.errText
                == "ferry: (23) \(server.url()): cannot write to standard output: No space left on device "
                + "(free some space or choose another folder)\n")
        let file = try runFerry(["-sS", "-o", "/dev/full", server.url()])
        #expect(file.exitStatus == 23)
        #expect(file.errText.contains("cannot write to /dev/full: No space left on device"))
    }

    @Test(arguments: [["-v"], ["-w", "%{stderr}%{http_code}"]])
    func `what --stderr names and does not take makes the run fail`(options: [String]) throws {
        let server = try ScriptedServer { _ in [.respond(body: "text")] }
        let arguments = ["-sS", "--stderr", "/dev/full"] + options
        let result = try runFerry(arguments + [server.url()])
        #expect(result.exitStatus == 23 && result.outText.hasPrefix("text"), "\(result)")
        #expect(
            result.errText.hasPrefix("ferry: (23) cannot write to /dev/full: No space left"), "\(result)")
        // Where nothing had to be written nothing is missing.
        #expect(try runFerry(["-sS", "--stderr", "/dev/full", server.url()]).exitStatus == 0)
    }

    @Test func `a large answer to a full device fails, too`() throws {
        let nginx = try Nginx()
        try nginx.addSparseFile("zeros", size: 50_000_000)
        #expect(try shell("$F -sS \(nginx.url("/zeros")) >/dev/full").exitStatus == 23)
        #expect(try runFerry(["-sS", "-o", "/dev/full", nginx.url("/zeros")]).exitStatus == 23)
    }

    @Test func `a full disk leaves neither a half file nor a temporary one`() throws {
        let folder = try TemporaryDirectory()
        let disk = folder.file("disk")
        try #require(mkdir(disk, 0o755) == 0)
        let mount = try runProcess("mount", ["-t", "tmpfs", "-o", "size=1m", "ferry-test", disk])
        // Only root can mount, and not in every container.
        guard mount.exitStatus == 0 else { return }
        defer { _ = try? runProcess("umount", [disk]) }
        try writeFile("\(disk)/f", bytes("old"))
        let nginx = try Nginx(files: ["big": patternBytes(3_000_000)])
        let result = try runFerry(["-sS", "-o", "\(disk)/f", nginx.url("/big")])
        #expect(result.exitStatus == 23, "\(result)")
        #expect(result.errText.contains("No space left on device"), "\(result)")
        #expect(readFile("\(disk)/f") == bytes("old"))
        #expect(try runProcess("ls", ["-A", disk]).outText == "f\n")
    }

    @Test func `a file-size limit is an error and not a death`() throws {
        let folder = try TemporaryDirectory()
        let nginx = try Nginx(files: ["big": patternBytes(3_000_000)])
        let result = try shell("ulimit -f 100; $F -sS -o \(folder.file("f")) \(nginx.url("/big"))")
        #expect(result.exitStatus == 23, "\(result)")
        #expect(result.errText.contains("File too large"), "\(result)")
        #expect(folder.names().isEmpty)
    }

    @Test func `a folder is no file to write to`() throws {
        let folder = try TemporaryDirectory()
        let server = try ScriptedServer { _ in [.respond(body: "text")] }
        let result = try runFerry(["-sS", "-o", folder.path, server.url()])
        #expect(result.exitStatus == 23)
        #expect(
            result.errText.contains(
                "cannot open \(folder.path): Is a directory (name a file in that folder)"),
            "\(result)")
    }

    @Test func `an unwritable folder is named`() throws {
        // Root may write everywhere but in /proc.
        let server = try ScriptedServer { _ in [.respond(body: "text")] }
        let result = try runFerry(["-sS", "-o", "/proc/nothing/f", server.url()])
        #expect(result.exitStatus == 23)
        #expect(result.errText.contains("/proc/nothing/f: "), "\(result)")
    }

    @Test func `an unwritable -D, --stderr or --trace-ascii is said once, before anything is fetched`() throws
    {
        let server = try ScriptedServer { _ in [.respond(body: "text")] }
        for option in ["--stderr", "--trace-ascii", "-D"] {
            let result = try runFerry(["-sS", option, "/nonexistent/f", server.url()])
            #expect(result.exitStatus == 23, "\(option): \(result)")
            #expect(result.errText.contains("/nonexistent/f"), "\(result)")
        }
        #expect(server.acceptedCount == 0)
        // What is there shows only when it is opened.
        let folder = try runFerry(["-sS", "-D", "/", server.url()])
        #expect(folder.exitStatus == 23)
        #expect(
            folder.errText.split(separator: "\n").count { $0.contains("Is a directory") } == 1, "\(folder)")
    }
}
