import Glibc
import TestSupport
import Testing

/// Answers in files: names, folders, replacement, and what stays when a transfer fails.
@Suite struct OutputFileTests {
    private let folder: TemporaryDirectory
    private let server: ScriptedServer

    init() throws {
        folder = try TemporaryDirectory()
        server = try ScriptedServer { request in
            switch request.path {
            case "/cut": [.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"), .close]
            case "/empty": [.respond(200)]
            case "/named":
                [
                    .respond(
                        200, [("Content-Disposition", "attachment; filename=\"served.txt\"")], body: "served")
                ]
            case "/evil":
                [
                    .respond(
                        200, [("Content-Disposition", "attachment; filename=\"../../evil\"")], body: "evil")
                ]
            case "/missing": [.respond(404, body: "no such thing")]
            default: [.respond(200, body: "body of \(request.target)")]
            }
        }
    }

    private func ferry(_ arguments: String...) throws -> ProcessResult {
        try runFerry(["-sS"] + arguments, directory: folder.path)
    }

    private func content(_ name: String) -> String? {
        folder.read(name).map { text($0) }
    }

    @Test func `-o names the file and says nothing`() throws {
        let result = try runFerry(["-o", "a.txt", server.url("/a")], directory: folder.path)
        #expect(result.exitStatus == 0 && result.stdout.isEmpty && result.stderr.isEmpty, "\(result)")
        #expect(content("a.txt") == "body of /a")
        #expect(folder.names() == ["a.txt"])
    }

    @Test func `an empty answer makes an empty file`() throws {
        #expect(try ferry("-o", "e", server.url("/empty")).exitStatus == 0)
        #expect(content("e") == "")
    }

    @Test func `each -o belongs to the URL at its place, and the rest goes to stdout`() throws {
        let result = try ferry(
            "-o", "1", server.url("/one"), "-o", "2", server.url("/two"), server.url("/three"))
        #expect(result.outText == "body of /three")
        #expect(content("1") == "body of /one")
        #expect(content("2") == "body of /two")
    }

    @Test func `glob parts name the files`() throws {
        let result = try ferry("-o", "f_#1_#2", server.url("/{a,b}[1-2]"))
        #expect(result.exitStatus == 0, "\(result)")
        #expect(folder.names() == ["f_a_1", "f_a_2", "f_b_1", "f_b_2"])
        #expect(content("f_b_2") == "body of /b2")
    }

    @Test func `-O takes the last part of the path and --output-dir its folder`() throws {
        let result = try ferry(
            "--create-dirs", "--output-dir", "x/y", "-O", server.url("/p/file.bin?q=1"))
        #expect(result.exitStatus == 0, "\(result)")
        #expect(content("x/y/file.bin") == "body of /p/file.bin?q=1")
        #expect(fileMode(folder.file("x"))! & 0o777 == 0o750)
    }

    @Test func `a missing folder is an error that says what helps`() throws {
        let result = try ferry("--output-dir", "none", "-o", "f", server.url("/a"))
        #expect(result.exitStatus == 23)
        #expect(
            result.errText
                == "ferry: (23) \(server.url("/a")): cannot create none/f: No such file or directory "
                + "(the folder is missing: --create-dirs makes it)\n")
        #expect(folder.names().isEmpty)
    }

    @Test func `a file for messages or traces in a missing folder is an error that says what helps`() throws {
        for option in ["--stderr", "--trace-ascii"] {
            let result = try ferry(option, "none/log", server.url("/a"))
            #expect(result.exitStatus == 23)
            #expect(
                result.errText
                    == "ferry: (23) cannot open the log none/log: No such file or directory "
                    + "(the folder is missing: make it first)\n")
        }
        #expect(folder.names().isEmpty)
    }

    @Test(arguments: [
        ["--har", "none/r"], ["--stats=json:none/r"], ["--timing=html:none/r"], ["--report", "tap=none/r"],
    ]) func `a record in a missing folder is no case for --create-dirs`(option: [String]) throws {
        let result = try runFerry(
            option + ["--create-dirs", "-sS", "-o", "/dev/null", server.url("/a")], directory: folder.path)
        #expect(result.exitStatus == 23)
        #expect(
            result.errText.hasSuffix(
                "cannot create the record none/r: No such file or directory "
                    + "(the folder is missing: make it first)\n"), "\(result)")
        let name = String(repeating: "n", count: 300)
        let long = try runFerry(
            option.map { $0.replacing("none/r", with: name) } + ["-sS", "-o", "/dev/null", server.url("/a")],
            directory: folder.path)
        #expect(
            long.exitStatus == 23 && long.errText.hasSuffix(": File name too long (choose a shorter name)\n"))
        #expect(folder.names().isEmpty)
    }

    @Test(arguments: [("http://a b/", 3), ("http://h/[3-1]", 3), ("htp://h/", 1)])
    func `no file is made for a URL that cannot be read`(url: String, status: Int32) throws {
        let files = ["-D", "head", "-c", "jar", "--trace-ascii", "trace", "--stderr", "log", "-o", "body"]
        let result = try runFerry(files + [url], directory: folder.path)
        #expect(result.exitStatus == status)
        #expect(result.errText.hasPrefix("ferry: (\(status)) "), "\(result)")
        #expect(folder.names().isEmpty)
        // Another operation's files are made all the same.
        let both = try runFerry(
            ["-D", "first", server.url("/a"), "--next", "-D", "second", url], directory: folder.path)
        #expect(both.outText == "body of /a")
        #expect(folder.names() == ["first"])
    }

    @Test func `-J takes the server's name, without its folders, and never replaces a file`() throws {
        #expect(try ferry("-OJ", server.url("/named")).exitStatus == 0)
        #expect(content("served.txt") == "served")
        #expect(try ferry("-OJ", server.url("/evil")).exitStatus == 0)
        #expect(content("evil") == "evil")

        try folder.write("mine", to: "served.txt")
        let result = try ferry("-OJ", server.url("/named"))
        #expect(result.exitStatus == 23, "\(result)")
        #expect(result.errText.contains("served.txt"))
        #expect(content("served.txt") == "mine")
        #expect(folder.names() == ["evil", "served.txt"])
    }

    @Test func `-J with -i puts the headers in front of the body in the named file`() throws {
        #expect(try ferry("-OJi", server.url("/named")).exitStatus == 0)
        let file = content("served.txt") ?? ""
        #expect(file.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(file.hasSuffix("\r\n\r\nserved"))
    }

    @Test func `a file is replaced as a whole, and keeps its mode`() throws {
        try folder.write("old", to: "f", mode: 0o640)
        #expect(try ferry("-o", "f", server.url("/new")).exitStatus == 0)
        #expect(content("f") == "body of /new")
        #expect(fileMode(folder.file("f")) == 0o640)
    }

    @Test func `a link stays, and what it leads to is replaced`() throws {
        try folder.write("old", to: "target")
        #expect(symlink("target", folder.file("link")) == 0)
        #expect(try ferry("-o", "link", server.url("/new")).exitStatus == 0)
        #expect(content("target") == "body of /new")
        var status = stat()
        #expect(lstat(folder.file("link"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    }

    @Test func `a failed transfer leaves the old file as it was`() throws {
        try folder.write("old", to: "f")
        let result = try ferry("-o", "f", server.url("/cut"))
        #expect(result.exitStatus == 18, "\(result)")
        #expect(content("f") == "old")
        #expect(folder.names() == ["f", "f.part", "f.part.meta"])
        #expect(try ferry("--remove-on-error", "-o", "fresh", server.url("/cut")).exitStatus == 18)
        #expect(try ferry("-f", "-o", "f", server.url("/missing")).exitStatus == 22)
        #expect(content("f") == "old")
        #expect(folder.names() == ["f", "f.part", "f.part.meta"])
    }

    @Test func `--fail-with-body keeps the body of a failure`() throws {
        let result = try ferry("--fail-with-body", "-o", "f", server.url("/missing"))
        #expect(result.exitStatus == 22)
        #expect(content("f") == "no such thing")
    }

    @Test(arguments: ["--no-atomic", "-N"])
    func `writing in place leaves what came before the failure`(option: String) throws {
        try folder.write("old and longer than the answer", to: "f", mode: 0o600)
        #expect(try ferry(option, "-o", "f", server.url("/cut")).exitStatus == 18)
        #expect(content("f") == "only this")
        #expect(fileMode(folder.file("f")) == 0o600)
    }

    @Test func `-o - is standard output`() throws {
        #expect(try ferry("-o", "-", server.url("/a")).outText == "body of /a")
    }

    @Test func `a named pipe gets the answer as it is`() throws {
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        let reader = try RunningProcess("cat", [folder.file("pipe")])
        #expect(try ferry("-o", "pipe", server.url("/a")).exitStatus == 0)
        #expect(reader.wait().outText == "body of /a")
        #expect(folder.names() == ["pipe"])
    }

    @Test func `-m ends the wait for somebody who reads a named pipe`() throws {
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        let result = try runFerry(
            ["-sS", "-m", "0.3", "-o", "pipe", server.url("/x")], directory: folder.path)
        #expect(result.exitStatus == 28, "\(result)")
        #expect(
            result.errText
                == "ferry: (28) \(server.url("/x")): cannot write to pipe: nobody read the pipe before the time limit (--max-time)\n"
        )
        #expect(folder.names() == ["pipe"])
    }

    @Test func `a named pipe is written to when its reader comes late`() throws {
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        let process = try RunningProcess(
            ferryBinary(), ["-sS", "-o", "pipe", server.url("/late")], directory: folder.path)
        #expect(server.waitForRequests(1) && waitUntil { processSleeps(process.pid) })
        let reader = try runProcess("/bin/cat", ["pipe"], directory: folder.path)
        #expect(process.wait(timeoutSeconds: 10).exitStatus == 0)
        #expect(reader.outText == "body of /late", "\(reader)")
    }

    @Test func `-C - goes on where the file ends`() throws {
        let nginx = try Nginx(files: ["data": patternBytes(300_000)])
        try folder.write(patternBytes(300_000).prefix(100_000), to: "data")
        #expect(try ferry("-C", "-", "-O", nginx.url("/data")).exitStatus == 0)
        #expect(folder.read("data") == patternBytes(300_000))
        // Whole already: nothing to do, and no failure.
        #expect(try ferry("-C", "-", "-O", nginx.url("/data")).exitStatus == 0)
        #expect(folder.read("data") == patternBytes(300_000))
    }

    @Test func `an interrupted -C keeps what it has for the next try`() throws {
        try folder.write("0123456789", to: "f")
        let cut = try ScriptedServer(script: [
            .expectRequest,
            .send(
                "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 10-109/110\r\nContent-Length: 100\r\n\r\nabc"
            ), .close,
        ])
        #expect(try ferry("-C", "-", "-o", "f", cut.url("/f")).exitStatus == 18)
        #expect(content("f") == "0123456789abc")
        #expect(cut.requests[0].header("range") == "bytes=10-")
    }

    @Test func `--max-filesize stops before the body, or in it`() throws {
        let announced = try ferry("--max-filesize", "5", "-o", "f", server.url("/a"))
        #expect(announced.exitStatus == 63, "\(announced)")
        let unknown = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\n\r\nfar too long"), .close,
        ])
        #expect(try ferry("--max-filesize", "5", "-o", "f", unknown.url("/")).exitStatus == 63)
        #expect(folder.names().isEmpty)
    }
}
