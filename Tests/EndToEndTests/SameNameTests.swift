import TestSupport
import Testing

/// Two URLs of a run that would be saved under one name.
@Suite struct SameNameTests {
    private static let server: [ServerStep] = [.forever([.expectRequest, .respond(body: "x")])]
    private static func taken(_ url: String, _ name: String) -> String {
        "ferry: (23) {U}\(url): \(name) is the file of another URL of this run already; --clobber writes over it, "
            + "--no-clobber takes another name\n"
    }

    @Test(arguments: cases) func `none is written over silently (T-10)`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let cases = [
        FetchCase(
            "-O twice", ["-O", "{U}/a/f", "-O", "{U}/b/f"], server: server, requests: [get("/a/f")],
            stderr: taken("/b/f", "f"), status: 23, filesAfter: ["f": "x"]),
        FetchCase(
            "-o twice, in two spellings", ["-o", "f", "{U}/1", "-o", "./f", "{U}/2"], server: server,
            requests: [get("/1")], stderr: taken("/2", "./f"), status: 23, filesAfter: ["f": "x"]),
        FetchCase(
            "a glob under one name", ["-o", "f", "{U}/[1-2]"], server: server, requests: [get("/1")],
            stderr: taken("/2", "f"), status: 23),
        FetchCase(
            "over --next", ["-o", "f", "{U}/1", "--next", "-o", "f", "{U}/2"], server: server,
            requests: [get("/1")], stderr: taken("/2", "f"), status: 23),
        FetchCase(
            "the others are fetched all the same", ["-O", "{U}/a/f", "-O", "{U}/b/f", "-O", "{U}/g"],
            server: server, requests: [get("/a/f"), get("/g")], stderr: taken("/b/f", "f"), status: 23,
            filesAfter: ["f": "x", "g": "x"]),
        FetchCase(
            "--clobber", ["--clobber", "-O", "{U}/a/f", "-O", "{U}/b/f"], server: server,
            requests: [get("/a/f"), get("/b/f")], filesAfter: ["f": "x"]),
        FetchCase(
            "--no-clobber", ["--no-clobber", "-O", "{U}/a/f", "-O", "{U}/b/f"], server: server,
            requests: [get("/a/f"), get("/b/f")], filesAfter: ["f": "x", "f.1": "x"]),
        FetchCase(
            "a file of an earlier run is none of this one's", ["-O", "{U}/a/f"], server: server,
            files: ["f": "old"], filesAfter: ["f": "x"]),
        FetchCase(
            "folders tell names apart", ["--create-dirs", "-o", "a/f", "{U}/1", "-o", "b/f", "{U}/2"],
            server: server, filesAfter: ["a/f": "x", "b/f": "x"]),
        FetchCase(
            "devices are written to as often as one likes",
            ["-o", "/dev/null", "{U}/[1-2]", "-o", "/dev/../dev/null", "{U}/3"], server: server,
            requests: [get("/1"), get("/2"), get("/3")]),
        FetchCase(
            "rounds write the same file", ["--repeat", "2", "-o", "f", "{U}/1"], server: server,
            requests: [get("/1"), get("/1")], filesAfter: ["f": "x"]),
        FetchCase(
            "a retry writes the same file", ["--retry", "1", "--retry-delay", "1ms", "-sS", "-O", "{U}/f"],
            server: [.expectRequest, .respond(503), .expectRequest, .respond(body: "x"), .hold],
            requests: [get("/f"), get("/f")], filesAfter: ["f": "x"]),
        FetchCase(
            "a name that the server gives", ["-J", "-O", "{U}/1", "-O", "{U}/2"],
            server: [
                .forever([
                    .expectRequest,
                    .respond(200, [("Content-Disposition", "attachment; filename=f")], body: "x"),
                ])
            ], requests: [get("/1"), get("/2")], stderr: taken("/2", "f"), status: 23, filesAfter: ["f": "x"]),
        FetchCase(
            "-O without a name says which one it took", ["-O", "{U}/"], server: server,
            stderr: "Warning: No remote file name, uses \"curl_response\"\n",
            filesAfter: ["curl_response": "x"]),
    ]

    @Test func `many at once neither (T-10)`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "x")] }
        let folder = try TemporaryDirectory()
        let result = try runFerry(
            ["-Z", "-O", server.url("/{a,b,c,d}/f")], directory: folder.path)
        #expect(result.exitStatus == 23)
        #expect(
            result.errText.split(separator: "\n").count { $0.contains("another URL of this run") } == 3,
            "\(result)")
        #expect(server.requests.count == 1)
        #expect(folder.read("f") == Array("x".utf8))
    }
}
