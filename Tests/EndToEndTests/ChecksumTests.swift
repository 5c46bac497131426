import Glibc
import TestSupport
import Testing

/// Files that are what they should be, or are not there.
@Suite struct ChecksumTests {
    private static let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 8) }

    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try folder.write(Self.content, to: "reference")
    }

    private func sum(_ algorithm: String = "sha256", of name: String = "reference") throws -> String {
        String(
            try runProcess("\(algorithm)sum", [folder.file(name)]).outText.prefix { $0 != " " })
    }

    private func ferry(_ arguments: String...) throws -> ProcessResult {
        try runFerry(arguments, directory: folder.path)
    }

    private static func server(_ fields: [(String, String)] = []) throws -> ScriptedServer {
        try ScriptedServer { request in
            [.sendBytes(ServerStep.response(200, [("ETag", "\"v1\"")] + fields, body: content))]
        }
    }

    @Test(arguments: [304, 200])
    func `a file that has not changed is checked as it is there (V-04)`(_ status: Int) throws {
        let server = try ScriptedServer { _ in
            [.respond(status, [("Last-Modified", "Sat, 01 Jan 2022 00:00:00 GMT"), ("ETag", "\"v1\"")])]
        }
        let right = "sha256:\(try sum())"
        try folder.write(Self.content, to: "f")
        let arguments = [
            "-sS", "-z", "Sun, 02 Jan 2022 00:00:00 GMT", "--checksum", right, "-o", "f", server.url(),
        ]
        let same = try runFerry(arguments, directory: folder.path)
        #expect(same.exitStatus == 0 && folder.read("f") == Self.content, "\(same)")
        try folder.write("other", to: "f")
        let other = try runFerry(arguments, directory: folder.path)
        #expect(other.exitStatus == 111 && folder.read("f").map { text($0) } == "other", "\(other)")
        #expect(folder.names() == ["f", "reference"])
    }

    @Test func `a file that --skip-existing leaves alone is checked, too (V-04)`() throws {
        let server = try Self.server()
        try folder.write("\(try sum())  f\n", to: "sums")
        try folder.write(Self.content, to: "f")
        let arguments = ["--skip-existing", "--checksum", "@sums", "-o", "f", server.url()]
        let same = try runFerry(["-sS", "-Z"] + arguments, directory: folder.path)
        #expect(same.exitStatus == 0 && same.errText.isEmpty, "\(same)")
        try folder.write("other", to: "f")
        let other = try runFerry(["-sS"] + arguments, directory: folder.path)
        #expect(other.exitStatus == 111 && folder.read("f").map { text($0) } == "other", "\(other)")
        #expect(other.errText.contains(try sum()), "\(other)")
        #expect(server.requests.isEmpty)
    }

    @Test(arguments: ["sha256", "sha384", "sha512", "sha1", "md5"])
    func `the right sum gives the name, another one does not (V-01, V-04)`(_ algorithm: String) throws {
        let server = try Self.server()
        let hex = try sum(algorithm)
        let right = try ferry("--checksum", "\(algorithm):\(hex)", "-o", "f", server.url())
        #expect(right.exitStatus == 0 && folder.read("f") == Self.content, "\(right)")
        let isWeak = ["sha1", "md5"].contains(algorithm)
        #expect(right.errText.contains("catches accidents only") == isWeak, "\(right)")
        try folder.write("old", to: "f")
        let wrong = String(hex.reversed())
        let result = try ferry("-sS", "--checksum", "\(algorithm):\(wrong)", "-o", "f", server.url())
        #expect(result.exitStatus == 111, "\(result)")
        #expect(
            result.errText.hasSuffix(
                "ferry: (111) \(server.url()): the \(algorithm) checksum is \(hex), and --checksum says \(wrong)\n"
            ),
            "\(result)")
        #expect(folder.names() == ["f", "reference"] && folder.read("f").map { text($0) } == "old")
    }

    @Test func `the n-th belongs to the n-th output, and standard output is checked at its end (V-01, V-04)`()
        throws
    {
        let server = try ScriptedServer { request in [.respond(body: request.path)] }
        try folder.write("/a", to: "ra")
        try folder.write("/b", to: "rb")
        let (a, b) = (try sum(of: "ra"), try sum(of: "rb"))
        let right = try ferry(
            "--checksum", "sha256:\(a)", "-o", "a", server.url("/a"), "--checksum", "sha256:\(b)",
            server.url("/b"), server.url("/c"))
        #expect(right.exitStatus == 0 && right.outText == "/b/c", "\(right)")
        let swapped = try ferry(
            "-Z", "--checksum", "sha256:\(a)", "--checksum", "sha256:\(a)", server.url("/a"), server.url("/b")
        )
        #expect(swapped.exitStatus == 111 && swapped.outText == "/a/b", "\(swapped)")
        #expect(swapped.errText.contains("the sha256 checksum is \(b), and --checksum says \(a)"))
    }

    @Test func `files of sums, of disk and of the network (V-02)`() throws {
        let hex = try sum()
        let sums =
            "# all of them\r\n\(hex)  some/dir/f\r\nSHA256 (g) = \(hex)\r\n\(String(repeating: "0", count: 64)) *bad\r\n"
        let server = try ScriptedServer { request in
            request.path == "/SUMS"
                ? [.respond(body: sums)] : [.sendBytes(ServerStep.response(200, body: Self.content))]
        }
        try folder.write(sums, to: "SUMS")
        for source in [["--checksum", "@SUMS"], ["--checksum-url", server.url("/SUMS")]] {
            let right = try runFerry(
                source + ["-O", server.url("/f"), "-o", "g", server.url("/x")], directory: folder.path)
            #expect(right.exitStatus == 0, "\(right)")
            #expect(folder.read("f") == Self.content && folder.read("g") == Self.content)
            let missing = try runFerry(source + ["-O", server.url("/none")], directory: folder.path)
            let name = source[1].hasPrefix("@") ? "SUMS" : source[1]
            #expect(missing.exitStatus == 111 && !folder.names().contains("none"))
            #expect(
                missing.errText
                    == "ferry: (111) \(server.url("/none")): there is no checksum for none in \(name)\n")
            let bad = try runFerry(source + ["-O", server.url("/bad")], directory: folder.path)
            #expect(bad.exitStatus == 111 && !folder.names().contains { $0.hasPrefix("bad") }, "\(bad)")
        }
        try folder.write("\(hex)  f\n\(String(hex.reversed()))  f\n\(hex)0  g\n", to: "TWO")
        let two = try ferry("--checksum", "@TWO", "-o", "f", server.url("/f"), "-o", "g", server.url("/g"))
        #expect(two.exitStatus == 111, "\(two)")
        #expect(two.errText.contains("TWO has lines for f that say different things"))
        #expect(two.errText.contains("the line for g in TWO has 65 hex digits, which is no checksum"))
    }

    @Test func `without the sums nothing is fetched (V-02)`() throws {
        let server = try ScriptedServer { request in
            request.path == "/empty" ? [.respond(body: "hello")] : [.respond(404, body: "no")]
        }
        let missing = try ferry("--checksum-url", server.url("/S"), "-O", server.url("/f"))
        #expect(missing.exitStatus == 22, "\(missing)")
        #expect(server.requests.map(\.path) == ["/S"])
        let empty = try ferry("--checksum-url", server.url("/empty"), "-O", server.url("/f"))
        #expect(empty.exitStatus == 111, "\(empty)")
        #expect(empty.errText.contains("/empty holds no line with a checksum and a name"))
        #expect(folder.names() == ["reference"])
        try folder.write("hello", to: "none")
        let file = try ferry("--checksum", "@none", "-O", server.url("/f"))
        #expect(file.exitStatus == 2, "\(file)")
    }

    private static func digest(_ bytes: [UInt8], _ folder: TemporaryDirectory) throws -> String {
        try folder.write(bytes, to: "digested")
        let raw = try runProcess("openssl", ["dgst", "-sha256", "-binary", folder.file("digested")])
        return try runProcess("base64", ["-w0"], stdin: raw.stdout).outText
    }

    @Test func `digest fields are of the bytes as coded (V-03)`() throws {
        let zipped = try runProcess("gzip", ["-c"], stdin: Self.content).stdout
        let digest = try Self.digest(zipped, folder)
        let wrong = try Self.digest(Self.content, folder)
        for name in ["Repr-Digest", "Content-Digest"] {
            for (value, status) in [(digest, Int32(0)), (wrong, 111)] {
                let server = try ScriptedServer { _ in
                    [
                        .sendBytes(
                            ServerStep.response(
                                200,
                                [("Content-Encoding", "gzip"), (name, "md5=:AAAB:, sha-256=:\(value):")],
                                body: zipped))
                    ]
                }
                let result = try ferry(
                    "--compressed", "--verify-digest=require", "--checksum", "sha256:\(try sum())", "-o", "f",
                    server.url())
                #expect(result.exitStatus == status, "\(name) \(result)")
                #expect((folder.read("f") == Self.content) == (status == 0))
                try folder.write("", to: "f")
            }
        }
    }

    @Test func `one wrong digest among several, none at all, and nonsense (V-03)`() throws {
        let digest = try Self.digest(Self.content, folder)
        let wrong = try Self.digest([1], folder)
        let cases: [([(String, String)], String, Int32)] = [
            (
                [("Repr-Digest", "sha-256=:\(digest):"), ("Content-Digest", "sha-256=:\(wrong):")],
                "--verify-digest", 111
            ),
            ([("Repr-Digest", "sha-256=:AAAA:")], "--verify-digest", 111), ([], "--verify-digest", 0),
            ([], "--verify-digest=require", 111),
            ([("Content-Digest", "md5=:AAAB:")], "--verify-digest=require", 111),
            ([("Content-Digest", "sha-256=:\(digest):")], "--verify-digest=require", 0),
            // Nobody asked.
            ([("Repr-Digest", "sha-256=:\(wrong):")], "--no-progress-meter", 0),
        ]
        for (fields, option, status) in cases {
            let server = try Self.server(fields)
            let result = try ferry(option, "-o", "f", server.url())
            #expect(result.exitStatus == status, "\(fields) \(result)")
        }
    }

    @Test(arguments: ["Repr-Digest", "Content-Digest"])
    func `a digest that comes behind the body (V-03)`(name: String) throws {
        let right = "sha-256=:\(try Self.digest(Array("abc".utf8), folder)):"
        let wrong = "sha-256=:\(try Self.digest([1], folder)):"
        let cases: [(announced: Bool, trailer: String?, option: String, status: Int32)] = [
            (true, right, "--verify-digest=require", 0), (true, wrong, "--verify-digest", 111),
            (true, nil, "--verify-digest", 0), (true, nil, "--verify-digest=require", 111),
            // What was not announced could not be hashed, and is no digest.
            (false, right, "--verify-digest=require", 111), (false, wrong, "--verify-digest", 0),
        ]
        for (announced, trailer, option, status) in cases {
            let fields = announced ? "Trailer: \(name)\r\n" : ""
            let server = try ScriptedServer { _ in
                [
                    .send(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\(fields)\r\n3\r\nabc\r\n0\r\n"
                            + (trailer.map { "\(name.lowercased()): \($0)\r\n" } ?? "") + "\r\n")
                ]
            }
            let result = try ferry("-sS", option, "-o", "t", server.url())
            #expect(result.exitStatus == status, "\(announced) \(trailer ?? "-") \(option) \(result)")
            #expect((folder.read("t") == nil) == (status != 0))
            unlink("\(folder.path)/t")
        }
    }

    @Test func `a retry goes on with the sums (V-04)`() throws {
        let digest = try Self.digest(Self.content, folder)
        let server = try ScriptedServer { request in
            let first = request.header("Range").flatMap { Int($0.dropFirst(6).dropLast()) } ?? 0
            var fields = [("ETag", "\"v1\""), ("Repr-Digest", "sha-256=:\(digest):")]
            if first > 0 {
                fields.append(
                    ("Content-Range", "bytes \(first)-\(Self.content.count - 1)/\(Self.content.count)"))
            }
            fields.append(("Content-Length", "\(Self.content.count - first)"))
            let head = ServerStep.response(first > 0 ? 206 : 200, fields, body: [])
            let rest = Self.content[first...]
            return rest.count > 100_000
                ? [.sendBytes(head + rest.prefix(90_000)), .close] : [.sendBytes(head + rest)]
        }
        let result = try ferry(
            "-sS", "--retry", "9", "--retry-delay", "0.001", "--verify-digest", "--checksum",
            "sha256:\(try sum())", "-o", "f", "-w", "%{checksum} %{resumed_from} %{retries}", server.url())
        #expect(result.exitStatus == 0 && folder.read("f") == Self.content, "\(result)")
        #expect(try result.outText == "sha256:\(sum()) 270000 3")
        // A part of an earlier run is read once.
        _ = try ferry("-sS", "-o", "g", server.url())
        #expect(folder.names().contains("g.part"))
        let taken = try ferry(
            "-sS", "--retry", "9", "--retry-delay", "0.001", "--verify-digest", "-C", "-", "--checksum",
            "sha256:\(try sum())", "-o", "g", server.url())
        #expect(taken.exitStatus == 0 && folder.read("g") == Self.content, "\(taken)")
        // And so is what stands under the name.
        try folder.write(Self.content[..<250_000], to: "h")
        let behind = try ferry(
            "-sS", "-C", "-", "--checksum", "sha256:\(try sum())", "-o", "h", server.url())
        #expect(behind.exitStatus == 0 && folder.read("h") == Self.content, "\(behind)")
    }

    @Test func `a part that is wrong ends in nothing (V-04)`() throws {
        let server = try ScriptedServer(scripts: [
            [
                .expectRequest,
                .sendBytes(
                    ServerStep.response(200, [("ETag", "\"v1\""), ("Content-Length", "6")], body: []) + [
                        1, 2, 3,
                    ]),
                .close,
            ],
            [
                .expectRequest,
                .respond(206, [("ETag", "\"v1\""), ("Content-Range", "bytes 3-5/6")], body: "def"),
            ],
        ])
        _ = try ferry("-sS", "-o", "f", server.url())
        let result = try ferry("-sS", "-C", "-", "--checksum", "sha256:\(try sum())", "-o", "f", server.url())
        #expect(result.exitStatus == 111 && folder.names() == ["reference"], "\(result)")
    }

    @Test(arguments: [["-C", "-"], ["-C", "5"]])
    func `what was gone on with is as before when the whole is wrong (V-04)`(_ option: [String]) throws {
        let server = try ScriptedServer { request in
            [.respond(206, [("Content-Range", "bytes 5-9/10")], body: "56789")]
        }
        try folder.write("wrong", to: "f")
        let result = try runFerry(
            option + ["-sS", "--checksum", "sha256:\(try sum())", "-o", "f", server.url()],
            directory: folder.path)
        #expect(result.exitStatus == 111, "\(result)")
        #expect(folder.read("f").map { text($0) } == "wrong" && folder.names() == ["f", "reference"])
    }

    @Test func `the page of an error does not take the name of what has a checksum (V-04)`() throws {
        let server = try ScriptedServer { request in [.respond(404, body: "no such file")] }
        try folder.write("old", to: "f")
        for option in ["--atomic", "--no-atomic"] {
            let name = option == "--atomic" ? "f" : "g"
            let result = try ferry(
                "-sS", option, "--fail-with-body", "--checksum", "sha256:\(try sum())", "-o", name,
                server.url())
            #expect(result.exitStatus == 22, "\(result)")
            #expect(folder.read("f").map { text($0) } == "old" && folder.names() == ["f", "reference"])
        }
        // Nobody can say of it that it is wrong.
        let kept = try ferry("-sS", "--fail-with-body", "-o", "f", server.url())
        #expect(kept.exitStatus == 22 && folder.read("f").map { text($0) } == "no such file", "\(kept)")
    }

    @Test func `an answer that is not waited for does not give a part its name (R-05)`() throws {
        let server = try ScriptedServer { request in
            request.header("Range") == nil
                ? [
                    .sendBytes(
                        ServerStep.response(200, [("ETag", "\"v1\""), ("Content-Length", "9")], body: [])
                            + Array("abc".utf8)), .close,
                ] : [.respond(503, [("Retry-After", "500")], body: "later")]
        }
        _ = try ferry("-sS", "-o", "f", server.url())
        let result = try ferry("-sS", "-C", "-", "--retry", "1", "--fail-with-body", "-o", "f", server.url())
        #expect(result.exitStatus == 22, "\(result)")
        #expect(folder.names() == ["f.part", "f.part.meta", "reference"], "\(result)")
    }

    @Test func `each file of a pattern has its own checksum where there are several (V-01)`() throws {
        let server = try ScriptedServer { request in [.respond(body: request.path)] }
        try folder.write("/a", to: "ra")
        try folder.write("/b", to: "rb")
        let (a, b) = ("sha256:\(try sum(of: "ra"))", "sha256:\(try sum(of: "rb"))")
        let two = try ferry("--checksum", a, "--checksum", b, "-O", server.url("/{a,b}"))
        #expect(two.exitStatus == 0 && folder.read("b").map { text($0) } == "/b", "\(two)")
        let one = try ferry("--checksum", a, "-o", "x#1", server.url("/{a,b}"))
        #expect(one.exitStatus == 111 && folder.names().filter { $0.hasPrefix("x") } == ["xa"], "\(one)")
        let each = try ferry(
            "--checksum", a, "-o", "y", server.url("/{a,a}"), "--clobber", "--checksum", b, "-o", "z",
            server.url("/b"))
        #expect(each.exitStatus == 0, "\(each)")
    }

    @Test func `sums are printed in order, for locking (V-05)`() throws {
        let server = try ScriptedServer { request in
            (request.path == "/slow" ? [.delay(milliseconds: 100)] : []) + [.respond(body: request.path)]
        }
        let result = try ferry(
            "-Z", "--print-checksum", "-O", server.url("/slow"), "-o", "b c", server.url("/b"), "-o",
            "missing/f", server.url("/c"))
        #expect(result.exitStatus == 23, "\(result)")
        #expect(try result.outText == "\(sum(of: "slow"))  slow\n\(sum(of: "b c"))  b c\n")
        try folder.write(result.outText, to: "LOCK")
        #expect(try runProcess("sha256sum", ["-c", "LOCK"], directory: folder.path).exitStatus == 0)
        let locked = try ferry(
            "--checksum", "@LOCK", "-O", server.url("/slow"), "-o", "b c", server.url("/b"))
        #expect(locked.exitStatus == 0, "\(locked)")
        let long = try ferry("--print-checksum=sha512", "-o", "l", server.url("/l"))
        #expect(try long.outText == "\(sum("sha512", of: "l"))  l\n")
        // What is printed holds for the file, whatever is in it.
        for options in [["-i", "-L"], ["-i", "-O", "-J"], ["--compressed"]] {
            let shown = try runFerry(
                ["-sS", "--print-checksum"] + options + (options.contains("-J") ? [] : ["-o", "i"])
                    + [server.url("/i")], directory: folder.path)
            #expect(try shown.outText == "\(sum(of: "i"))  i\n", "\(shown)")
        }
        let out = try ferry("--print-checksum=md5", server.url("/l"))
        #expect(try out.outText == "/l" && out.errText == "\(sum("md5", of: "l"))  -\n", "\(out)")
    }
}
