import Glibc
import TestSupport
import Testing

/// Files that a run reads and writes back, and logs that it writes: what is lost is told, and nothing is written over that
/// could not be read.
@Suite struct StateFileTests {
    private let folder: TemporaryDirectory
    private let server: ScriptedServer

    init() throws {
        folder = try TemporaryDirectory()
        server = try ScriptedServer { _ in [.respond(200, [("Set-Cookie", "new=1; Path=/")])] }
    }

    private func ferry(_ arguments: String...) throws -> ProcessResult {
        try runFerry(["-sS"] + arguments, directory: folder.path)
    }

    /// A file that is longer than any such file may be, without taking up room.
    private func makeLongFile(_ name: String) throws -> Int {
        try folder.writeSparse(name, size: 65 << 20)
        return 65 << 20
    }

    private func size(_ name: String) -> Int {
        var status = stat()
        return stat(folder.file(name), &status) == 0 ? Int(status.st_size) : -1
    }

    @Test(arguments: [["-b", "jar", "-c", "jar"], ["-b", "jar", "-c", "./jar"]])
    func `cookies that cannot be read are told and stay, and nothing is asked without them`(options: [String])
        throws
    {
        let length = try makeLongFile("jar")
        let result = try runFerry(["-sS"] + options + [server.url("/")], directory: folder.path)
        #expect(result.exitStatus == 26, "\(result)")
        #expect(result.errText.contains("cannot read the cookies in jar: it has more than 67108864 bytes"))
        #expect(result.errText.contains("cookies were not saved"))
        #expect(size("jar") == length)
        #expect(server.acceptedCount == 0)
    }

    @Test func `cookies are not saved over a file that another operation could not read`() throws {
        let length = try makeLongFile("jar")
        let result = try ferry("-b", "jar", server.url("/"), "--next", "-sS", "-c", "jar", server.url("/"))
        #expect(result.exitStatus == 26, "\(result)")
        #expect(size("jar") == length)
    }

    @Test func `a folder is no cookie file and a missing one is made`() throws {
        #expect(try ferry("-b", ".", server.url("/")).exitStatus == 26)
        #expect(try ferry("-b", "fresh", "-c", "fresh", server.url("/")).exitStatus == 0)
        #expect(text(folder.read("fresh") ?? []).contains("new\t1"))
    }

    @Test func `a file without a cookie in it is not written over`() throws {
        try folder.write("photo\nof a cat\n", to: "cat.jpg")
        let result = try ferry("-b", "cat.jpg", "-c", "cat.jpg", server.url("/"))
        #expect(result.exitStatus == 23, "\(result)")
        #expect(
            result.errText.contains(
                "cookies were not saved: cat.jpg is left as it is: no line of it is a cookie"))
        #expect(folder.read("cat.jpg") == Array("photo\nof a cat\n".utf8))
    }

    @Test func `hosts that cannot be read are told and stay`() throws {
        let length = try makeLongFile("hosts")
        let result = try ferry("--hsts", "hosts", server.url("/"))
        #expect(result.exitStatus == 26, "\(result)")
        #expect(result.errText.contains("cannot read the hosts of --hsts in hosts"))
        #expect(size("hosts") == length)
        #expect(server.acceptedCount == 0)
    }

    @Test func `a file without a host in it is not written over`() throws {
        try folder.write("just text\n", to: "hosts")
        let result = try ferry("--hsts", "hosts", server.url("/"))
        #expect(result.exitStatus == 23, "\(result)")
        #expect(folder.read("hosts") == Array("just text\n".utf8))
    }

    @Test(arguments: [
        (["--trace-ascii", "/dev/full"], "the trace is not whole: cannot write to /dev/full"),
        (["-w", "%output{/dev/full}x"], "cannot write to /dev/full"),
        (["-w", "%output{/nonexistent/x}x"], "cannot open the log /nonexistent/x"),
        (["--hsts", "/nonexistent/x"], "the hosts of --hsts were not saved"),
        (["-c", "/dev/full"], "cookies were not saved"),
    ])
    func `what was asked for and cannot be written is told and the run fails`(options: [String], text: String)
        throws
    {
        let result = try runFerry(
            ["-sS", "-o", "body"] + options + [server.url("/")], directory: folder.path)
        #expect(result.exitStatus == 23, "\(result)")
        #expect(result.errText.contains(text), "\(result)")
        #expect(server.requests.count == 1)
    }

    @Test func `a report that fails does not keep the next answers from standard output`() throws {
        let server = try ScriptedServer { request in [.respond(body: request.path)] }
        let result = try ferry("-Z", "-w", "%output{/dev/full}x", server.url("/a"), server.url("/b"))
        #expect(result.outText == "/a/b" && result.exitStatus == 23, "\(result)")
    }
}
