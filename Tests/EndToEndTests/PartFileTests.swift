import Glibc
import TestSupport
import Testing

/// What is kept of transfers that break off, and how `-C -` takes it up.
@Suite struct PartFileTests {
    private static let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 11 &+ $0 >> 8) }

    private static func cut(_ count: Int, then step: ServerStep = .close, tag: String = "\"v1\"")
        -> [ServerStep]
    {
        [
            .expectRequest,
            .sendBytes(
                ServerStep.response(200, [("ETag", tag), ("Content-Length", "\(content.count)")], body: [])
                    + content.prefix(count)), step,
        ]
    }

    private static func rest(from first: Int, tag: String = "\"v1\"") -> [ServerStep] {
        let place = "bytes \(first)-\(content.count - 1)/\(content.count)"
        return [
            .expectRequest,
            .sendBytes(
                ServerStep.response(
                    206, [("ETag", tag), ("Content-Range", place)], body: Array(content[first...]))),
        ]
    }

    private static let kept =
        "Warning: 100000 bytes of 200000 of f are kept in f.part: the same command with -C - goes on from there\n"

    @Test func `a transfer that breaks off keeps what came, and -C - goes on (R-05)`() throws {
        let server = try ScriptedServer(scripts: [Self.cut(100_000), Self.rest(from: 100_000)])
        let folder = try TemporaryDirectory()
        try folder.write("old", to: "f")
        let url = "http://user:secret@\(server.authority)/x?token=hidden"
        let broken = try runFerry(["-o", "f", url], directory: folder.path)
        #expect(broken.exitStatus == 18, "\(broken)")
        #expect(broken.errText.hasSuffix(Self.kept), "\(broken)")
        #expect(folder.names() == ["f", "f.part", "f.part.meta"])
        #expect(folder.read("f").map { text($0) } == "old")
        #expect(folder.read("f.part") == Array(Self.content[..<100_000]))
        let meta = folder.read("f.part.meta").map { text($0) } ?? ""
        #expect(meta.contains("\"etag\": \"\\\"v1\\\"\"") && meta.contains("\"length\": 200000"))
        #expect(!meta.contains("secret") && !meta.contains("hidden"))
        let whole = try runFerry(["-sS", "-C", "-", "-o", "f", url], directory: folder.path)
        #expect(whole.exitStatus == 0 && whole.errText.isEmpty, "\(whole)")
        #expect(folder.read("f") == Self.content && folder.names() == ["f"])
        #expect(server.requests.last?.header("Range") == "bytes=100000-")
        #expect(server.requests.last?.header("If-Range") == "\"v1\"")
    }

    @Test func `a file that has changed meanwhile starts over (R-05)`() throws {
        let server = try ScriptedServer(scripts: [
            Self.cut(100_000), [.expectRequest, .respond(200, [("ETag", "\"v2\"")], body: "new")],
        ])
        let folder = try TemporaryDirectory()
        _ = try runFerry(["-o", "f", server.url()], directory: folder.path)
        let result = try runFerry(["-C", "-", "-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 0 && folder.read("f").map { text($0) } == "new", "\(result)")
        #expect(folder.names() == ["f"])
    }

    @Test func `without -C - it starts at 0 and removes the pair (R-05)`() throws {
        let server = try ScriptedServer(scripts: [
            Self.cut(100_000), [.expectRequest, .respond(body: "whole")],
        ])
        let folder = try TemporaryDirectory()
        _ = try runFerry(["-o", "f", server.url()], directory: folder.path)
        #expect(folder.names() == ["f.part", "f.part.meta"])
        let result = try runFerry(["-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 0 && server.requests.last?.header("Range") == nil, "\(result)")
        #expect(folder.names() == ["f"])
    }

    @Test func `a part that cannot be removed afterwards keeps its meta, and is told (R-05)`() throws {
        let server = try ScriptedServer(scripts: [
            Self.cut(100_000), [.expectRequest, .respond(body: "whole")],
        ])
        let folder = try TemporaryDirectory()
        _ = try runFerry(["-o", "f", server.url()], directory: folder.path)
        #expect(unlink(folder.file("f.part")) == 0 && mkdir(folder.file("f.part"), 0o700) == 0)
        let result = try runFerry(["-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 0, "\(result)")
        #expect(result.errText.contains("Warning: cannot remove f.part: Is a directory\n"), "\(result)")
        #expect(folder.names() == ["f", "f.part", "f.part.meta"])
    }

    @Test(arguments: [SIGINT, SIGTERM]) func `a signal keeps it, too (R-05)`(_ signal: Int32) throws {
        let server = try ScriptedServer(script: Self.cut(100_000, then: .hold))
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            ferryBinary(), ["-o", "f", server.url(), "--limit-rate", "10m"], directory: folder.path)
        #expect(server.waitForRequests(1))
        // Once a second its meta says how far it is.
        let isThere = waitUntil { folder.read("f.part").map { $0.count >= 100_000 } ?? false }
        #expect(isThere)
        process.send(signal)
        let result = process.wait()
        #expect(result.signal == signal && result.errText.contains(Self.kept), "\(result)")
        #expect(folder.names() == ["f.part", "f.part.meta"])
        #expect(folder.read("f.part") == Array(Self.content[..<100_000]))
    }

    @Test func `-m keeps it (R-05)`() throws {
        let server = try ScriptedServer(script: Self.cut(100_000, then: .hold))
        let folder = try TemporaryDirectory()
        let result = try runFerry(["-m", "0.5", "-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 28 && result.errText.hasSuffix(Self.kept), "\(result)")
        #expect(folder.names() == ["f.part", "f.part.meta"])
    }

    @Test func `--remove-on-error and wrong bytes leave nothing, and the old file (R-05)`() throws {
        let cases: [([String], [ServerStep], Int32)] = [
            (["--remove-on-error"], Self.cut(100_000), 18),
            (
                [],
                [
                    .expectRequest,
                    .send(
                        "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxx\r\n"
                    ),
                    .close,
                ], 56
            ),
            (
                ["--compressed"],
                [
                    .expectRequest,
                    .respond(200, [("ETag", "\"a\""), ("Content-Encoding", "gzip")], body: "no gzip at all"),
                ], 61
            ),
            (
                ["--max-filesize", "3"],
                [
                    .expectRequest,
                    .send(
                        "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabcdefghi\r\n"
                    ),
                    .close,
                ], 63
            ),
        ]
        for (options, script, status) in cases {
            let server = try ScriptedServer(script: script)
            let folder = try TemporaryDirectory()
            try folder.write("old", to: "f")
            let result = try runFerry(options + ["-o", "f", server.url()], directory: folder.path)
            #expect(result.exitStatus == status, "\(result)")
            #expect(folder.names() == ["f"] && folder.read("f").map { text($0) } == "old", "\(options)")
        }
    }

    @Test func `a decoded body is not kept (R-05)`() throws {
        let zipped = try runProcess("gzip", ["-c"], stdin: Self.content).stdout
        let server = try ScriptedServer(script: [
            .expectRequest,
            .sendBytes(
                ServerStep.response(
                    200,
                    [("ETag", "\"a\""), ("Content-Encoding", "gzip"), ("Content-Length", "\(zipped.count)")],
                    body: []) + zipped.prefix(zipped.count / 2)), .close,
        ])
        let folder = try TemporaryDirectory()
        let result = try runFerry(["--compressed", "-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 18 && folder.names().isEmpty, "\(result) \(folder.names())")
    }

    @Test(arguments: ["chunked", "close"])
    func `a stream without a length that -m ends gets its name (R-06)`(_ framing: String) throws {
        let isChunked = framing == "chunked"
        let server = try ScriptedServer(script: [
            .expectRequest,
            .send(
                isChunked
                    ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
                    : "HTTP/1.1 200 OK\r\n\r\nabc"), .hold,
        ])
        let folder = try TemporaryDirectory()
        let result = try runFerry(["-m", "0.5", "-o", "radio", server.url()], directory: folder.path)
        #expect(result.exitStatus == 28, "\(result)")
        #expect(
            result.errText.hasSuffix(
                "Warning: radio has what came until then: how long it is meant to be is not known\n"),
            "\(result)")
        #expect(folder.names() == ["radio"] && folder.read("radio").map { text($0) } == "abc")
    }

    @Test func `and one that a signal ends (R-06)`() throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\n\r\nabc"), .hold,
        ])
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            ferryBinary(), ["-o", "radio", server.url()], directory: folder.path)
        #expect(server.waitForRequests(1))
        #expect(waitUntil { !folder.names().isEmpty })
        process.send(SIGINT)
        let result = process.wait()
        #expect(result.signal == SIGINT, "\(result)")
        #expect(folder.names() == ["radio"] && folder.read("radio").map { text($0) } == "abc")
    }

    // MARK: Pairs that cannot be used

    private static func meta(
        _ server: ScriptedServer, bytes: Int, url: String? = nil, time: Int64 = 0, name: String = "f"
    ) -> String {
        "{\"ferry_part\": 1, \"url\": \"\(url ?? server.url())\", \"name\": \"\(name)\", \"etag\": \"\\\"v1\\\"\", "
            + "\"last_modified\": null, \"length\": 200000, \"bytes\": \(bytes), \"part_time_ns\": \(time)}\n"
    }

    @Test(arguments: [
        "damaged", "foreign", "claims more", "older part", "no part", "newer version",
    ])
    func `what cannot be used is told in a line, and the file is fetched whole (R-05)`(_ kind: String) throws
    {
        let server = try ScriptedServer { request in
            [.sendBytes(ServerStep.response(200, [("ETag", "\"v1\"")], body: Self.content))]
        }
        let folder = try TemporaryDirectory()
        if kind != "no part" { try folder.write([UInt8](repeating: 9, count: 1000), to: "f.part") }
        let (text, problem): (String, String) =
            switch kind {
            case "damaged": ("{\"ferry_part\": 1, ", "f.part.meta is damaged, or not of ferry")
            case "foreign":
                (Self.meta(server, bytes: 1000, url: "http://other/"), "f.part is of http://other/")
            case "claims more":
                (Self.meta(server, bytes: 1001), "f.part.meta claims 1001 bytes, and f.part has 1000")
            case "older part":
                (Self.meta(server, bytes: 1000, time: .max), "f.part is older than f.part.meta")
            case "no part":
                (Self.meta(server, bytes: 1000), "f.part.meta is there, and f.part is not to be had")
            default: ("{\"ferry_part\": 2}", "f.part.meta was written by a newer ferry")
            }
        try folder.write(text, to: "f.part.meta")
        let result = try runFerry(["-C", "-", "-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 0 && folder.read("f") == Self.content, "\(result)")
        #expect(result.errText == "Warning: \(problem): f is fetched from its start\n")
        #expect(server.requests.count == 1 && server.requests[0].header("Range") == nil)
        // What is not known to be ferry's is not touched.
        let isOurs = !["damaged", "newer version"].contains(kind)
        #expect(folder.names() == (isOurs ? ["f"] : ["f", "f.part", "f.part.meta"]))
    }

    @Test func `a file of somebody else's is left alone (R-05)`() throws {
        let server = try ScriptedServer(script: Self.cut(100_000))
        let folder = try TemporaryDirectory()
        try folder.write("mine", to: "f.part")
        let result = try runFerry(["-o", "f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 18, "\(result)")
        #expect(
            result.errText.contains(
                "Warning: f.part is there without f.part.meta, so it is not of ferry; what comes of f is not kept if it breaks off\n"
            ), "\(result)")
        #expect(folder.names() == ["f.part"] && folder.read("f.part").map { text($0) } == "mine")
    }

    @Test func `an empty meta, of a run that was killed just then, is no obstacle (R-05)`() throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .respond(200, [("ETag", "\"1\"")], body: "abc"), .hold,
        ])
        let folder = try TemporaryDirectory()
        try folder.write("", to: "f.part.meta")
        let result = try runFerry(
            ["-q", "--no-progress-meter", "-C", "-", "-o", "f", server.url("/f")], directory: folder.path)
        #expect(result.exitStatus == 0 && result.errText.isEmpty, "\(result)")
        #expect(text(folder.read("f") ?? []) == "abc")
        #expect(folder.names() == ["f"])
    }

    @Test func `the second of two ferries says so and does not touch it (R-05)`() throws {
        let server = try ScriptedServer(scripts: [
            Self.cut(100_000, then: .hold), Self.cut(50_000), Self.cut(50_000),
        ])
        let folder = try TemporaryDirectory()
        let first = try RunningProcess(ferryBinary(), ["-o", "f", server.url()], directory: folder.path)
        #expect(waitUntil { folder.names().contains("f.part.meta") })
        let second = try runFerry(["-o", "f", server.url()], directory: folder.path)
        #expect(second.exitStatus == 18, "\(second)")
        #expect(second.errText.contains("Warning: f.part is in use by another transfer; "), "\(second)")
        let third = try runFerry(["-C", "-", "-o", "f", server.url()], directory: folder.path)
        #expect(third.exitStatus == 23, "\(third)")
        #expect(
            third.errText
                == "ferry: (23) \(server.url()): cannot go on with f.part: another transfer is writing it (wait for its end, or choose another name)\n"
        )
        #expect(folder.read("f.part") == Array(Self.content[..<100_000]))
        first.send(SIGINT)
        _ = first.wait()
        #expect(folder.names() == ["f.part", "f.part.meta"])
    }
}
