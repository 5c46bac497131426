import TestSupport
import Testing

/// Habits of curl that scripts lean on, beside those that the other tables hold.
@Suite struct CurlHabitTests {
    /// What is said is not the point here, and pinned elsewhere.
    @Test(arguments: cases + tables) func `ferry has curl's habit`(_ habit: FetchCase) throws {
        var habit = habit
        habit.stderr = nil
        try habit.check()
    }

    static let cases: [FetchCase] = [
        FetchCase(
            "letters in one cluster", ["-sSfLo", "f", "{U}/a"],
            server: [.expectRequest, .respond(body: "x")],
            requests: [get("/a")], filesAfter: ["f": "x"]),
        FetchCase(
            "options after the URL", ["{U}/a", "-s", "-o", "f"],
            server: [.expectRequest, .respond(body: "x")], requests: [get("/a")], filesAfter: ["f": "x"]),
        FetchCase(
            "an attached value", ["-sXPUT", "{U}/a"],
            requests: [
                request("PUT /a", ["Host: {A}", "User-Agent: {UA}", "Accept: */*"])
            ]),
        FetchCase("no URL", ["-sS"], status: 2),
        FetchCase("an unknown letter", ["-s@", "{U}/"], status: 2),
        FetchCase("a lone dash", ["-", "{U}/"], status: 2),
        FetchCase("a value that is missing", ["{U}/", "-o"], status: 2),
        FetchCase("a negated option with a value", ["--no-max-time", "3", "{U}/"], status: 2),
        FetchCase("a bad time", ["-m", "x", "{U}/"], status: 2),
        FetchCase("a bad number", ["--retry", "x", "{U}/"], status: 2),
        FetchCase("a bad size", ["--limit-rate", "x", "{U}/"], status: 2),
        FetchCase("a bad --resolve", ["-s", "--resolve", "nonsense", "{U}/"], status: 49),
        FetchCase("a bad --connect-to", ["-s", "--connect-to", "nonsense", "{U}/"], status: 49),
        FetchCase("a bad URL", ["-s", "http://a b/"], status: 3),
        FetchCase("an unknown scheme", ["-s", "foo://{A}/"], status: 1),
        FetchCase("a bad port", ["-s", "http://127.0.0.1:x/"], status: 3),
        FetchCase("a bad glob", ["-s", "{U}/[9-1]"], status: 3),
        FetchCase("a set without its end", ["-s", "{U}/{a,b"], status: 3),
        FetchCase("a config file that is not there", ["-s", "-K", "none", "{U}/"], status: 26),
        FetchCase("data of a file that is not there", ["-s", "-d", "@none", "{U}/"], status: 26),
        FetchCase("an anchor that is not there", ["-s", "--cacert", "none", "https://{A}/"], status: 2),
        FetchCase("methods that clash", ["-s", "-I", "-d", "x", "{U}/"], status: 2),
        FetchCase("nobody listens", ["-s", "http://127.0.0.1:1/"], status: 7),
        FetchCase("a host that is not there", ["-s", "http://nothing.invalid/"], status: 6),
        FetchCase(
            "numbers for an address", ["-s", "--connect-to", "::{A}", "http://127.1/", "http://0x7f000001/"],
            requests: [
                request("GET /", ["Host: 127.0.0.1", "User-Agent: {UA}", "Accept: */*"]),
                request("GET /", ["Host: 127.0.0.1", "User-Agent: {UA}", "Accept: */*"]),
            ]),
        FetchCase(
            "an international name", ["-s", "--connect-to", "::{A}", "http://b\u{FC}cher.example/"],
            requests: [request("GET /", ["Host: xn--bcher-kva.example", "User-Agent: {UA}", "Accept: */*"])]),
        FetchCase(
            "dot segments", ["-s", "{U}/a/./b/../c"], requests: [get("/a/c")]),
        FetchCase(
            "a fragment is not sent", ["-s", "{U}/a?b#c"], requests: [get("/a?b")]),
        FetchCase(
            "a query without a path", ["-s", "{U}?x"], requests: [get("/?x")]),
        FetchCase(
            "a name that a config file sets", ["-s", "-K", "c"],
            files: ["c": "url = \"{U}/c\"\nuser-agent = agent\n"],
            requests: [request("GET /c", ["Host: {A}", "User-Agent: agent", "Accept: */*"])]),
        FetchCase(
            "separators of a config file", ["-s", "-K", "c"],
            files: ["c": "# note\n\nurl={U}/c\r\n-H \"A: \\\"q\\\"\"\nreferer: r\n"],
            requests: [get("/c", "Referer: r", "A: \"q\"")]),
        FetchCase(
            "a config file that is wrong", ["-s", "-K", "c"], files: ["c": "url = {U}/\nnonsense = 1\n"],
            status: 2),
        FetchCase(
            "several operations", ["-s", "-d", "x", "{U}/1", "--next", "-s", "{U}/2"],
            requests: [post("/1", "x"), get("/2")]),
        FetchCase("--next without a URL", ["-s", "--next", "{U}/"], status: 2),
        FetchCase(
            "FTP's options are taken", ["-s", "-l", "-a", "--ftp-pasv", "-Q", "x", "{U}/"], requests: [get()]),
        FetchCase("options after two dashes are URLs", ["-s", "--", "{U}/a"], requests: [get("/a")]),
    ]
}
