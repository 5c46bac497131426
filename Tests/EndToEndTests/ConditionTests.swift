import TestSupport
import Testing

/// Requests with a condition, and answers that were not wanted.
@Suite struct ConditionTests {
    private static let stamp = "Wed, 01 Jan 2020 00:00:00 GMT"
    private static let later = "Thu, 02 Jan 2020 00:00:00 GMT"

    private static func changed(_ date: String) -> [ServerStep] {
        [.expectRequest, .respond(200, [("Last-Modified", date)], body: "hello")]
    }

    @Test(arguments: times) func `-z asks and looks for itself`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let times = [
        FetchCase(
            "a date", ["-z", "1 Jan 2020", "{U}/"], requests: [get("/", "If-Modified-Since: \(stamp)")]),
        FetchCase(
            "+", ["-z", "+20200101", "{U}/"], requests: [get("/", "If-Modified-Since: \(stamp)")]),
        FetchCase(
            "-", ["-z", "-2020-01-01", "{U}/"], requests: [get("/", "If-Unmodified-Since: \(stamp)")]),
        FetchCase(
            "=", ["-z", "=1 Jan 2020", "-T", "f", "{U}/x"], files: ["f": "1"],
            requests: [put("/x", "1", "Last-Modified: \(stamp)")]),
        FetchCase(
            "before the user's own fields", ["-z", "1 Jan 2020", "-H", "X: y", "-b", "c=1", "{U}/"],
            requests: [get("/", "Cookie: c=1", "If-Modified-Since: \(stamp)", "X: y")]),
        FetchCase(
            "a field of the user's own wins", ["-z", "1 Jan 2020", "-H", "If-Modified-Since: x", "{U}/"],
            requests: [get("/", "If-Modified-Since: x")]),
        FetchCase(
            "no date at all", ["-s", "-z", "", "{U}/"], requests: [get("/")]),
        FetchCase(
            "neither date nor file", ["-z", "-nope", "{U}/"], requests: [get("/")],
            stderr:
                "Warning: option -z: 'nope' is neither a date nor a file; the condition is left out\n"),
        FetchCase(
            "a newer answer is taken", ["-z", "1 Jan 2020", "-o", "out", "{U}/"], server: changed(later),
            filesAfter: ["out": "hello"]),
        FetchCase(
            "one as old is not", ["-z", "1 Jan 2020", "-o", "out", "-w", "%{http_code}", "{U}/"],
            server: changed(stamp), stdout: "304", filesAfter: ["out": nil]),
        FetchCase(
            "and leaves a file that is there alone", ["-z", "2 Jan 2020", "-o", "out", "{U}/"],
            server: changed(stamp), files: ["out": "before"], filesAfter: ["out": "before"]),
        FetchCase(
            "nor one that is not old enough", ["-z", "-1 Jan 2020", "{U}/"], server: changed(later)),
        FetchCase(
            "an old one is taken", ["-z", "-2 Jan 2020", "{U}/"], server: changed(stamp), stdout: "hello"),
        FetchCase(
            "without Last-Modified it is taken", ["-z", "1 Jan 2020", "{U}/"],
            server: [.expectRequest, .respond(body: "hello")], stdout: "hello"),
        FetchCase(
            "a part is taken", ["-z", "1 Jan 2020", "-r", "0-4", "{U}/"], server: changed(stamp),
            stdout: "hello"),
        FetchCase(
            "an error is told", ["-z", "1 Jan 2020", "{U}/"],
            server: [.expectRequest, .respond(404, [("Last-Modified", stamp)], body: "no")], stdout: "no"),
        FetchCase(
            "304 makes no file", ["-z", "1 Jan 2020", "-o", "out", "{U}/"],
            server: [.expectRequest, .respond(304)], filesAfter: ["out": nil]),
        FetchCase(
            "304 leaves a file alone", ["-z", "1 Jan 2020", "-o", "out", "{U}/"],
            server: [.expectRequest, .respond(304)], files: ["out": "before"], filesAfter: ["out": "before"]),
        FetchCase(
            "an unwanted answer does not stop the next", ["-z", "1 Jan 2020", "{U}/1", "{U}/2"],
            server: changed(stamp), changed(later), stdout: "hello"),
    ]

    @Test func `-z takes the time of a file`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("", to: "f")
        let touched = try runProcess(
            "touch", ["-d", "2020-01-01 00:00:00 UTC", "f"], directory: folder.path)
        try #require(touched.exitStatus == 0)
        let server = try ScriptedServer(handler: { _ in [.respond()] })
        let result = try runFerry(
            ["-z", "f", server.url(), "--next", "-z", "-f", server.url()], directory: folder.path)
        #expect(result.exitStatus == 0, "\(result)")
        #expect(server.requests[0].header("If-Modified-Since") == Self.stamp)
        #expect(server.requests[1].header("If-Unmodified-Since") == Self.stamp)
    }

    @Test(arguments: tags) func `tags are saved and compared`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    private static func tagged(_ status: Int, _ tag: String, body: String = "hello") -> [ServerStep] {
        [.expectRequest, .respond(status, [("ETag", tag)], body: body)]
    }

    static let tags = [
        FetchCase(
            "--etag-save", ["--etag-save", "tag", "{U}/"], server: tagged(200, "W/\"a b\" "), stdout: "hello",
            filesAfter: ["tag": "W/\"a b\"\n"]),
        FetchCase(
            "--etag-save -", ["--etag-save", "-", "-o", "out", "{U}/"], server: tagged(200, "\"t\""),
            stdout: "\"t\"\n", filesAfter: ["out": "hello"]),
        FetchCase(
            "an answer without a tag", ["--etag-save", "tag", "{U}/"], files: ["tag": "\"old\"\n"],
            filesAfter: ["tag": "\"old\"\n"]),
        FetchCase("a new file is empty", ["--etag-save", "tag", "{U}/"], filesAfter: ["tag": ""]),
        FetchCase(
            "an error has no tag to keep", ["--etag-save", "tag", "{U}/"],
            server: tagged(404, "\"t\"", body: ""),
            filesAfter: ["tag": ""]),
        FetchCase(
            "a redirect that is not followed has none, either", ["--etag-save", "tag", "{U}/"],
            server: tagged(302, "\"t\"", body: ""), filesAfter: ["tag": ""]),
        FetchCase(
            "folders are made", ["--create-dirs", "--etag-save", "d/e/tag", "{U}/"],
            server: tagged(200, "\"t\""), stdout: "hello", filesAfter: ["d/e/tag": "\"t\"\n"]),
        FetchCase(
            "a file that cannot be made", ["--etag-save", "d/tag", "{U}/"], requests: [],
            stderr:
                "ferry: (23) {U}/: cannot create d/tag: No such file or directory (the folder is missing: --create-dirs makes it)\n",
            status: 23),
        FetchCase(
            "a file that cannot be made fails its operation only",
            ["--etag-save", "d/tag", "{U}/a", "--next", "-D", "d/head", "{U}/b", "--next", "{U}/c"],
            server: [.expectRequest, .respond(body: "hello")], requests: [get("/c")], stdout: "hello",
            stderr:
                "ferry: (23) {U}/a: cannot create d/tag: No such file or directory (the folder is missing: --create-dirs makes it)\n"
                + "ferry: (23) {U}/b: cannot open d/head: No such file or directory (the folder is missing: --create-dirs makes it)\n",
            status: 23),
        FetchCase(
            "--etag-compare", ["--etag-compare", "tag", "-H", "X: y", "{U}/"], files: ["tag": "\"t\"\r\n"],
            requests: [get("/", "X: y", "If-None-Match: \"t\"")]),
        FetchCase(
            "a tag that is not there", ["--etag-compare", "tag", "{U}/"],
            requests: [get("/", "If-None-Match: \"\"")]),
        FetchCase(
            "both with one file", ["--etag-compare", "tag", "--etag-save", "tag", "-o", "out", "{U}/"],
            server: tagged(304, "\"t2\""), files: ["tag": "\"t1\"\n"],
            requests: [get("/", "If-None-Match: \"t1\"")], filesAfter: ["tag": "\"t2\"\n", "out": nil]),
        FetchCase(
            "only one URL", ["--etag-save", "tag", "{U}/1", "{U}/2"], requests: [],
            stderr:
                "ferry: option --etag-save: works with a single URL only\nferry: try 'ferry --help' for more information\n",
            status: 2, filesAfter: ["tag": nil]),
        FetchCase(
            "only one URL to compare", ["--etag-compare", "tag", "{U}/1", "{U}/2"], requests: [],
            stderr:
                "ferry: option --etag-compare: works with a single URL only\nferry: try 'ferry --help' for more information\n",
            status: 2),
    ]
}
