import Synchronization
import TestSupport
import Testing

/// Retries that go on where a body stopped, into files and pipes, and never with bytes of two versions.
@Suite struct ContinuationTests {
    private static let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }
    private static let tag = "\"v1\""

    /// Answers as a good server does, and hangs up after so many bytes of each of the first bodies.
    static func flaky(
        _ content: [UInt8], cuts: [Int], tag: String? = tag, ranges: Bool = true
    ) throws -> ScriptedServer {
        let bodies = Mutex(0)
        return try ScriptedServer { request in
            let number = bodies.withLock {
                $0 += 1
                return $0
            }
            var fields = tag.map { [("ETag", $0)] } ?? []
            var status = 200
            var body = content[...]
            if ranges, let range = request.header("Range"),
                request.header("If-Range").map({ $0 == tag }) ?? true,
                let first = Int(range.dropFirst("bytes=".count).dropLast())
            {
                status = 206
                body = content[first...]
                fields.append(("Content-Range", "bytes \(first)-\(content.count - 1)/\(content.count)"))
            }
            fields.append(("Content-Length", "\(body.count)"))
            let head = ServerStep.response(status, fields, body: [])
            guard number <= cuts.count else { return [.sendBytes(head + body)] }
            return [.sendBytes(head + body.prefix(cuts[number - 1])), .close]
        }
    }

    private static let patient = ["-sS", "--retry", "9", "--retry-delay", "0.001"]

    @Test func `a file goes on after three cuts (R-03)`() throws {
        let server = try Self.flaky(Self.content, cuts: [100_000, 50_000, 1])
        let folder = try TemporaryDirectory()
        let result = try runFerry(Self.patient + ["-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 0, "\(result)")
        #expect(folder.read("f") == Self.content)
        #expect(
            server.requests.map { $0.header("Range") }
                == [nil, "bytes=100000-", "bytes=150000-", "bytes=150001-"])
        #expect(server.requests.dropFirst().allSatisfy { $0.header("If-Range") == Self.tag })
        #expect(folder.names() == ["f"])
    }

    @Test(arguments: [true, false]) func `so does a pipe, byte for byte (R-04)`(_ ranges: Bool) throws {
        let server = try Self.flaky(Self.content, cuts: [200_000, 70_000, 250_000], ranges: ranges)
        let result = try runFerry(Self.patient + [server.url()])
        #expect(result.exitStatus == 0, "\(result)")
        #expect(result.stdout == Self.content)
    }

    /// What comes on a second connection before the rest, and what that may be shown as beside the body.
    @Test(arguments: [false, true]) func `no head stands within a body that goes on`(_ isTunnelled: Bool)
        throws
    {
        let head = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 6\r\n\r\n"
        let rest =
            "HTTP/1.1 206 P\r\nETag: \"1\"\r\nContent-Range: bytes 3-5/6\r\nContent-Length: 3\r\n\r\n"
        let tunnel = isTunnelled ? "HTTP/1.1 200 Made\r\n\r\n" : ""
        let hint = "HTTP/1.1 103 Early\r\n\r\n"
        let open: [ServerStep] = isTunnelled ? [.expectRequest, .send(tunnel)] : []
        for (options, printed, file) in [
            (["-i"], tunnel + head + "abcdef", nil), (["-D", "-"], tunnel + head + "abcdef", nil),
            (["-i", "-o", "f"], "", tunnel + head + "abcdef"),
            (["-D", "-", "-o", "f"], tunnel + head + tunnel + hint + rest, "abcdef"),
        ] as [([String], String, String?)] {
            let server = try ScriptedServer(scripts: [
                open + [.expectRequest, .send(head + "abc"), .close],
                open + [.expectRequest, .send(hint + rest + "def"), .close],
            ])
            let folder = try TemporaryDirectory()
            let way = isTunnelled ? ["-p", "-x", server.authority, "http://far.test/"] : [server.url()]
            let result = try runFerry(Self.patient + options + way, directory: folder.path)
            #expect(result.exitStatus == 0 && result.outText == printed, "\(options): \(result)")
            #expect(folder.read("f") == file.map { Array($0.utf8) }, "\(options)")
        }
    }

    @Test(arguments: [[], ["-o", "f"]]) func `expectations are about the whole of a body that goes on`(
        output: [String]
    ) throws {
        let server = try Self.flaky(Self.content, cuts: [100_000, 50_000])
        let folder = try TemporaryDirectory()
        let expected = ["--expect-status", "200", "--expect-size", "300000"]
        let result = try runFerry(
            Self.patient + expected + output + [server.url()], directory: folder.path)
        #expect(result.exitStatus == 0 && server.requests.count == 3, "\(result.errText)")
    }

    @Test func `so is a limit`() throws {
        let server = try ScriptedServer(scripts: [
            [
                .expectRequest,
                .send("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
                .close,
            ],
            [
                .expectRequest,
                .respond(206, [("ETag", "\"1\""), ("Content-Range", "bytes 3-5/6")], body: "def"),
            ],
        ])
        let folder = try TemporaryDirectory()
        let result = try runFerry(
            Self.patient + ["--max-filesize", "5", "-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 63 && folder.read("f") == nil, "\(result)")
        #expect(result.errText.contains("announces 6 bytes, more than --max-filesize 5"), "\(result)")
    }

    @Test func `without a validator a file starts over, and a pipe fails (R-03, R-04)`() throws {
        let folder = try TemporaryDirectory()
        let first = try Self.flaky(Self.content, cuts: [100_000], tag: nil)
        let file = try runFerry(Self.patient + ["-o", "f", first.url()], directory: folder.path)
        #expect(file.exitStatus == 0 && folder.read("f") == Self.content, "\(file)")
        #expect(first.requests.map { $0.header("Range") } == [nil, nil])
        let second = try Self.flaky(Self.content, cuts: [200_000], tag: nil)
        let pipe = try runFerry(Self.patient + [second.url()])
        #expect(pipe.exitStatus == 18 && pipe.stdout == Array(Self.content[..<200_000]), "\(pipe)")
    }

    /// First `old` with a cut, then whatever comes.
    private static func changing(_ old: [UInt8], _ steps: [[ServerStep]]) throws -> ScriptedServer {
        let first: [ServerStep] = [
            .expectRequest,
            .sendBytes(
                ServerStep.response(200, [("ETag", tag), ("Content-Length", "\(old.count)")], body: [])
                    + old.prefix(old.count / 2)), .close,
        ]
        return try ScriptedServer(scripts: [first] + steps.map { [.expectRequest] + $0 })
    }

    private static let old = [UInt8](repeating: 1, count: 200_000)
    private static let new = [UInt8](repeating: 2, count: 150_000)

    private static func whole(_ tag: String) -> ServerStep {
        .sendBytes(ServerStep.response(200, [("ETag", tag)], body: new))
    }

    /// A part of another version, of another place, or of nothing that is named.
    private static let liars: [[(String, String)]] = [
        [("ETag", "\"v2\""), ("Content-Range", "bytes 100000-199999/200000")],
        [("ETag", tag), ("Content-Range", "bytes 99999-199998/200000")],
        [("ETag", tag), ("Content-Range", "bytes 100000-199999/200001")], [("ETag", tag)],
        [("Content-Range", "bytes 100000-199999/200000")],
    ]

    @Test func `a file that has changed starts over (R-03)`() throws {
        let server = try Self.changing(Self.old, [[Self.whole("\"v2\"")]])
        let folder = try TemporaryDirectory()
        let result = try runFerry(Self.patient + ["-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 0 && folder.read("f") == Self.new, "\(result)")
    }

    @Test(arguments: 0..<liars.count) func `a server that lies about a part is asked for the whole (R-03)`(
        _ liar: Int
    ) throws {
        let part = ServerStep.sendBytes(
            ServerStep.response(206, Self.liars[liar], body: [UInt8](repeating: 3, count: 100_000)))
        let server = try Self.changing(
            Self.old, [[part, .expectRequest, Self.whole("\"v2\"")], [Self.whole("\"v2\"")]])
        let folder = try TemporaryDirectory()
        let result = try runFerry(Self.patient + ["-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 0 && folder.read("f") == Self.new, "\(result)")
        #expect(server.requests.map { $0.header("Range") } == [nil, "bytes=100000-", nil])
    }

    @Test func `a pipe that had bytes of the old one fails (R-04)`() throws {
        for step in [
            Self.whole("\"v2\""),
            .sendBytes(ServerStep.response(206, Self.liars[0], body: [UInt8](repeating: 3, count: 100_000))),
        ] {
            let server = try Self.changing(Self.old, [[step]])
            let result = try runFerry(Self.patient + [server.url()])
            #expect(result.exitStatus == 18 && result.stdout == Array(Self.old[..<100_000]), "\(result)")
            #expect(result.errText.contains("has changed since its first 100000 bytes came"), "\(result)")
        }
    }

    /// The whole in chunks, shorter than what is had or than the file was: only its end tells.
    @Test(arguments: [50_000, 150_000, 250_000])
    func `a whole of another length than before starts over, or fails in a pipe (R-03, R-04)`(
        _ count: Int
    ) throws {
        let body = [UInt8](repeating: 2, count: count)
        let steps: [ServerStep] = [
            .send(
                "HTTP/1.1 200 OK\r\nETag: \(Self.tag)\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "\(String(count, radix: 16))\r\n"), .sendBytes(body), .send("\r\n0\r\n\r\n"),
        ]
        let server = try Self.changing(Self.old, [steps + [.close], [Self.whole("\"v2\"")]])
        let folder = try TemporaryDirectory()
        let file = try runFerry(Self.patient + ["-o", "f", server.url()], directory: folder.path)
        #expect(file.exitStatus == 0 && folder.read("f") == Self.new, "\(file)")
        #expect(server.requests.map { $0.header("Range") } == [nil, "bytes=100000-", nil])
        let other = try Self.changing(Self.old, [steps])
        let last = try runFerry(
            ["-sS", "--retry", "1", "--retry-delay", "0.001", "-o", "g", other.url()], directory: folder.path)
        #expect(last.exitStatus == 18 && folder.names() == ["f"], "\(last)")
        #expect(last.errText.contains("its first 100000 bytes came: it has \(count) bytes now"), "\(last)")
        let third = try Self.changing(Self.old, [steps])
        let pipe = try runFerry(Self.patient + [third.url()])
        #expect(pipe.exitStatus == 18 && pipe.stdout.starts(with: Self.old[..<100_000]), "\(pipe)")
    }

    @Test func `416 with the length that is had is the end (R-03)`() throws {
        let server = try ScriptedServer(scripts: [
            [
                .expectRequest,
                .send("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
                .close,
            ], [.expectRequest, .respond(416, [("Content-Range", "bytes */3")], body: "no")],
        ])
        let folder = try TemporaryDirectory()
        let result = try runFerry(Self.patient + ["-f", "-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 0 && folder.read("f").map { text($0) } == "abc", "\(result)")
    }

    @Test func `a refusal in between does not forget what is had (R-03)`() throws {
        let server = try Self.changing(
            Array("abcdef".utf8),
            [
                [
                    .respond(503, body: "busy"), .expectRequest,
                    .respond(206, [("ETag", Self.tag), ("Content-Range", "bytes 3-5/6")], body: "def"),
                ]
            ])
        let folder = try TemporaryDirectory()
        let result = try runFerry(Self.patient + ["-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 0 && folder.read("f").map { text($0) } == "abcdef", "\(result)")
    }

    @Test func `an answer about something else is not put behind it (R-03)`() throws {
        let server = try Self.changing(Array("abcdef".utf8), [[.respond(404, body: "no")]])
        let folder = try TemporaryDirectory()
        let result = try runFerry(Self.patient + ["-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 33, "\(result)")
        #expect(folder.names() == ["f.part", "f.part.meta"])
    }

    @Test func `a decoder goes on from the state it had (R-04)`() throws {
        let plain = Array((0..<40_000).map { "line \($0)\n" }.joined().utf8)
        let folder = try TemporaryDirectory()
        try folder.write(plain, to: "plain")
        let zipped = try runProcess("gzip", ["-c", folder.file("plain")]).stdout
        let server = try ScriptedServer { request in
            let first = request.header("Range").flatMap { Int($0.dropFirst(6).dropLast()) } ?? 0
            var fields = [("ETag", "\"z\""), ("Content-Encoding", "gzip")]
            if first > 0 {
                fields.append(("Content-Range", "bytes \(first)-\(zipped.count - 1)/\(zipped.count)"))
            }
            fields.append(("Content-Length", "\(zipped.count - first)"))
            let head = ServerStep.response(first > 0 ? 206 : 200, fields, body: [])
            let rest = zipped[first...]
            return rest.count > 50_000
                ? [.sendBytes(head + rest.prefix(30_000)), .close] : [.sendBytes(head + rest)]
        }
        let result = try runFerry(Self.patient + ["--compressed", server.url()])
        #expect(result.exitStatus == 0 && result.stdout == plain, "\(result.errText)")
        #expect(server.requests.count > 2)
    }
}
