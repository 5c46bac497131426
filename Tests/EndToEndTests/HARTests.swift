import Glibc
import TestSupport
import Testing

/// `--har`: an archive that other tools read, with timings that add up, whole whatever ends the run.
@Suite struct HARTests {
    /// The schema that is published for HAR 1.2.
    private static let schema = Result {
        let folder = "/usr/share/nodejs/har-schema/lib/"
        let listing = try runProcess("ls", [folder])
        var others: [String: String] = [:]
        for name in listing.outText.split(separator: "\n") where name.hasSuffix(".json") {
            others[String(name)] = text(readFile(folder + name) ?? [])
        }
        return try JSONSchema(try #require(others["har.json"]), others: others)
    }

    /// The entries of an archive that follows the schema and adds up.
    static func entries(_ text: String) throws -> [ParsedJSON] {
        let archive = try ParsedJSON(text)
        let problems = try schema.get().problems(of: archive)
        #expect(problems == [])
        #expect(archive["log"]?["version"]?.string == "1.2")
        let entries = archive["log"]?["entries"]?.array ?? []
        for entry in entries {
            let parts = ["blocked", "dns", "connect", "send", "wait", "receive"]
            let sum = parts.reduce(0) { $0 + max(0, entry["timings"]?[$1]?.double ?? 0) }
            #expect(abs(sum - (entry["time"]?.double ?? -1)) < 1e-6, "\(entry)")
            #expect(entry["timings"]?["ssl"]?.double ?? 0 <= entry["timings"]?["connect"]?.double ?? -1)
        }
        return entries
    }

    private func run(
        _ arguments: [String], status: Int32 = 0, in folder: TemporaryDirectory? = nil
    ) throws -> [ParsedJSON] {
        let folder = try folder ?? TemporaryDirectory()
        let result = try runFerry(
            ["-sS", "--har", "har", "-o", "/dev/null"] + arguments, directory: folder.path)
        #expect(result.exitStatus == status, "\(result)")
        return try Self.entries(text(folder.read("har") ?? []))
    }

    @Test func `requests and answers with their fields (O-03)`() throws {
        let server = try ScriptedServer { request in
            request.path == "/moved"
                ? [
                    .respond(
                        302,
                        [
                            ("Location", "/there?a=b%20c&token=verysecret"),
                            ("Set-Cookie", "id=verysecret; Path=/; HttpOnly"),
                        ])
                ] : [.respond(200, [("Content-Type", "text/plain")], body: "hello")]
        }
        let entries = try run(["-L", "-b", "", "-d", "x=1", server.url("/moved")])
        try #require(entries.count == 2)
        let (first, second) = (entries[0], entries[1])
        #expect(first["request"]?["method"]?.string == "POST" && first["request"]?["bodySize"]?.int == 3)
        #expect(
            first["request"]?["postData"] == nil && first["request"]?["httpVersion"]?.string == "HTTP/1.1")
        #expect(
            first["response"]?["status"]?.int == 302 && first["response"]?["statusText"]?.string == "Found")
        #expect(first["response"]?["redirectURL"]?.string == "/there?a=b%20c&token=[redacted]")
        let cookie = first["response"]?["cookies"]?[0]
        #expect(cookie?["name"]?.string == "id" && cookie?["value"]?.string == "[redacted]")
        #expect(cookie?["path"]?.string == "/" && cookie?["httpOnly"]?.bool == true)
        #expect(second["request"]?["url"]?.string == server.url("/there?a=b%20c&token=***"))
        #expect(second["request"]?["queryString"]?[0]?["value"]?.string == "b c")
        #expect(second["request"]?["cookies"]?[0]?["name"]?.string == "id")
        #expect(second["response"]?["content"]?["size"]?.int == 5)
        #expect(second["response"]?["content"]?["mimeType"]?.string == "text/plain")
        #expect(second["response"]?["content"]?["text"] == nil)
        #expect(second["serverIPAddress"]?.string == "127.0.0.1" && second["connection"]?.string == "0")
        #expect(first["_reused"]?.bool == false && second["_reused"]?.bool == true)
        #expect(second["timings"]?["connect"]?.int == -1 && second["_hop"]?.int == 2)
        #expect(!"\(entries)".contains("verysecret"))
    }

    @Test func `bodies as far as they are asked for (O-03)`() throws {
        let server = try ScriptedServer { request in
            request.path == "/text"
                ? [
                    .respond(
                        200, [("Content-Type", "application/json")],
                        body: #"{"a":"é","password":"verysecret"}"#)
                ]
                : [
                    .sendBytes(
                        ServerStep.response(
                            200, [("Content-Type", "application/octet-stream")], body: [0, 255, 10]))
                ]
        }
        let urls = [
            "--json", #"{"q":1,"token":"verysecret"}"#, server.url("/text"), "-o", "/dev/null",
            server.url("/raw"),
        ]
        let none = try run(["--har-bodies", "none"] + urls)
        #expect(
            none.allSatisfy {
                $0["response"]?["content"]?["text"] == nil && $0["request"]?["postData"] == nil
            })
        let readable = try run(["--har-bodies", "text"] + urls)
        #expect(readable[0]["response"]?["content"]?["text"]?.string == #"{"a":"é","password":"**********"}"#)
        #expect(readable[0]["request"]?["postData"]?["text"]?.string == #"{"q":1,"token":"**********"}"#)
        #expect(readable[1]["response"]?["content"]?["text"] == nil)
        let all = try run(["--har-bodies", "all"] + urls)
        #expect(all[1]["response"]?["content"]?["text"]?.string == "AP8K")
        #expect(all[1]["response"]?["content"]?["encoding"]?.string == "base64")
        #expect(all[1]["response"]?["content"]?["size"]?.int == 3)
        let shown = try run(["--har-bodies", "text", "--show-secrets"] + urls)
        #expect(shown[0]["response"]?["content"]?["text"]?.string?.contains("verysecret") == true)
    }

    @Test func `a body is kept decoded, and the beginning of a long one (O-03)`() throws {
        let zipped: [UInt8] = [
            31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0,
        ]
        let server = try ScriptedServer { request in
            request.path == "/zip"
                ? [
                    .sendBytes(
                        ServerStep.response(
                            200, [("Content-Type", "text/plain"), ("Content-Encoding", "gzip")], body: zipped)
                    )
                ]
                : [
                    .send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3000000\r\n\r\n"),
                    .sendRepeating(0x61, count: 3_000_000),
                ]
        }
        let entries = try run([
            "--har-bodies", "text", "--compressed", server.url("/zip"), "-o", "/dev/null",
            server.url("/long"),
        ])
        let content = entries[0]["response"]?["content"]
        #expect(content?["text"]?.string == "hello" && content?["size"]?.int == 5)
        #expect(entries[0]["response"]?["bodySize"]?.int == 25 && content?["compression"]?.int == -20)
        let long = entries[1]["response"]?["content"]
        #expect(long?["text"]?.string?.utf8.count == 1 << 20 && long?["size"]?.int == 3_000_000)
        #expect(long?["comment"]?.string == "only the beginning is kept")
    }

    @Test func `waiting in line is blocked, and failures have entries (O-03)`() throws {
        let server = try ScriptedServer(script: [
            .forever([.expectRequest, .delay(milliseconds: 20), .respond(body: "abc")])
        ])
        let entries = try run([
            "--limit-per-host", "1", server.url("/1"), "-o", "/dev/null", server.url("/2"),
        ])
        #expect((entries[1]["timings"]?["blocked"]?.double ?? 0) >= 15, "\(entries)")
        #expect(entries[0]["timings"]?["blocked"]?.int == -1)
        let refused = try RefusedPort()
        let failed = try run(
            [
                "--retry", "1", "--retry-connrefused", "--retry-delay", "0.01",
                "http://127.0.0.1:\(refused.port)/",
            ],
            status: 7)
        #expect(failed.compactMap { $0["_attempt"]?.int } == [1, 2])
        #expect(failed.allSatisfy { $0["response"]?["status"]?.int == 0 && $0["_error"] != nil })
    }

    @Test func `an attempt that broke off says why, whether or not another one follows (O-03)`() throws {
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), .close],
            [.expectRequest, .respond(body: "abc")],
        ])
        let entries = try run(["--retry", "1", "--retry-all-errors", "--retry-delay", "0.01", server.url()])
        #expect(entries.count == 2 && entries[1]["_error"] == nil)
        #expect(entries[0]["_error"]?.string?.contains("2 of 5 body bytes") == true, "\(entries)")
    }

    @Test func `a Unix socket is no address (O-03)`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/s"
        let server = try ScriptedServer(
            on: .unix(path), script: [.forever([.expectRequest, .respond(body: "abc")])])
        let entry = try #require(try run(["--unix-socket", path, "http://h/"]).first)
        #expect(entry["serverIPAddress"] == nil && entry["_socket"]?.string == path, "\(entry)")
        withExtendedLifetime(server) {}
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a signal leaves a whole archive (O-03, O-07)`(signal: Int32) throws {
        let server = try ScriptedServer { request in
            request.path == "/1" ? [.respond(body: "abc")] : [.hold]
        }
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            ferryBinary(),
            [
                "-sS", "--har", "har", "--stats=json:stats", "-o", "/dev/null", server.url("/1"),
                server.url("/2"),
            ],
            directory: folder.path)
        #expect(server.waitForRequests(2))
        process.send(signal)
        #expect(process.wait(timeoutSeconds: 10).signal == signal)
        let entries = try Self.entries(text(folder.read("har") ?? []))
        #expect(entries.count == 2 && entries[1]["_error"] != nil)
        #expect(try ParsedJSON(text(folder.read("stats") ?? []))["run"]?["transfers"]?.int == 2)
        #expect(folder.names() == ["har", "stats"])
    }

    @Test func `a full disk and --fail-early harm neither the old file nor the transfers (O-03, O-07)`()
        throws
    {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let full = try runFerry(["-sS", "--har", "/dev/full", "--stats=json:/dev/full", server.url("/[1-3]")])
        #expect(full.exitStatus == 23 && full.outText == "abcabcabc")
        #expect(
            full.errText.split(separator: "\n").count == 2
                && full.errText.contains("ferry: (23) cannot write to /dev/full: No space left"), "\(full)")
        let folder = try TemporaryDirectory()
        try folder.write("old", to: "har")
        let refused = try RefusedPort()
        let early = try runFerry(
            [
                "-sS", "--fail-early", "--har", "har", "-o", "/dev/null", server.url(),
                "http://127.0.0.1:\(refused.port)/", server.url(),
            ], directory: folder.path)
        #expect(early.exitStatus == 7)
        #expect(try Self.entries(text(folder.read("har") ?? [])).count == 2)
    }
}
