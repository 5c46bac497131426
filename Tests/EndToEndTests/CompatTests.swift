import Glibc
import TestSupport
import Testing

/// The cases that curl can run, too, run through the installed curl: the same requests, the same output, the same files
/// and the same exit status must come of it, but for the differences that `CompatDifferences` lists with their reasons.
///
/// `make compat` runs it. Messages are not compared: they are ferry's own. Nor is what a newer curl does otherwise in
/// many cases at once, see `InstalledCurl`.
@Suite(.enabled(if: InstalledCurl.table != nil && InstalledCurl.version != nil), .serialized)
struct CompatTests {
    static let tables: [(name: String, cases: [FetchCase])] = [
        ("request fields", RequestTests.fieldsCases), ("bodies", RequestTests.bodiesCases),
        ("uploads", RequestTests.uploadsCases), ("redirects", RedirectTests.cases),
        ("reuse", RequestReuseTests.cases), ("sequences", RequestSequenceTests.cases),
        ("resuming", ResumeTests.cases), ("retry", RetryTests.cases), ("files", FileOptionTests.cases),
        ("write-out", WriteOutTests.cases), ("framing", FramingTests.goodCases),
        ("bad framing", FramingTests.badCases), ("sockets", SocketOptionTests.cases),
        ("curl's habits", CurlHabitTests.cases + CurlHabitTests.tables),
    ]

    private enum Verdict {
        case same
        /// curl has no such option.
        case onlyFerry
        case different([String])
    }

    @Test func `curl does the same`() throws {
        var same = 0
        var onlyFerry = 0
        var lines: [String] = []
        var stale = Set(CompatDifferences.reasons.keys)
        for (table, cases) in Self.tables {
            for fetch in cases {
                let name = "\(table): \(fetch.name)"
                switch try compare(fetch) {
                case .same: same += 1
                case .onlyFerry:
                    onlyFerry += 1
                    stale.remove(name)
                case .different(let what):
                    stale.remove(name)
                    let reason = CompatDifferences.reasons[name]
                    if reason == nil { Issue.record("\(name): \(what.joined(separator: "; "))") }
                    lines.append(
                        "\(name)\n    \(reason ?? "UNEXPLAINED")\n    \(what.joined(separator: "\n    "))")
                }
            }
        }
        for name in stale.sorted() { Issue.record("no difference any more: \(name)") }
        lines.append(
            "\(same) cases are the same with curl \(InstalledCurl.version ?? ""), \(lines.count) differ, "
                + "\(onlyFerry) use what it does not have")
        let text = Array((lines.joined(separator: "\n") + "\n").utf8)
        let file = try #require(InstalledCurl.table.flatMap { fopen($0, "w") })
        fwrite(text, 1, text.count, file)
        fclose(file)
    }

    /// Runs one case through curl and compares with what is expected of ferry.
    private func compare(_ fetch: FetchCase) throws -> Verdict {
        let server = try ScriptedServer(scripts: fetch.scripts)
        let folder = try TemporaryDirectory()
        let userAgent = "curl/\(InstalledCurl.version ?? "")"
        func expand(_ text: String) -> String {
            fetch.expand(text, server, folder, userAgent: userAgent)
        }
        for (name, content) in fetch.files { try folder.write(expand(content), to: name) }
        let result = try runProcess(
            "/usr/bin/curl", ["-q"] + InstalledCurl.understood(fetch.arguments.map(expand)),
            stdin: fetch.stdin.map { Array(expand($0).utf8) },
            environment: fetch.environment.mapValues(expand),
            directory: folder.path, timeoutSeconds: 10)
        let unknown = ["is unknown", "option is unknown", "the installed libcurl version does"]
        if result.exitStatus == 2, unknown.contains(where: result.errText.contains) { return .onlyFerry }
        var what: [String] = []
        if result.exitStatus != fetch.status {
            what.append("exit status \(fetch.status), curl: \(result.exitStatus.map(String.init) ?? "none")")
        }
        if result.outText != expand(fetch.stdout) {
            what.append("stdout \(shown(expand(fetch.stdout))), curl: \(shown(result.outText))")
        }
        if let requests = fetch.requests {
            let wanted = requests.map(expand)
            let got = server.requests.map { InstalledCurl.modernised($0) }
            if wanted.count != got.count { what.append("\(wanted.count) requests, curl: \(got.count)") }
            for (one, other) in zip(wanted, got) where one != other {
                what.append("request \(shown(one)), curl: \(shown(other))")
            }
        }
        for (name, content) in fetch.filesAfter {
            let got = folder.read(name).map { text($0) }
            if got != content.map(expand) {
                what.append("file \(name) \(shown(content.map(expand))), curl: \(shown(got))")
            }
        }
        return what.isEmpty ? .same : .different(what)
    }

    private func shown(_ text: String?) -> String {
        guard let text else { return "absent" }
        return text.count > 300 ? "\(text.prefix(300))…".debugDescription : text.debugDescription
    }
}

/// The curl to compare with.
private enum InstalledCurl {
    /// Where the table of results goes.
    static let table = getenv("COMPAT_TABLE").map { String(cString: $0) }

    /// `7.88.1`; nil when there is no curl.
    static let version: String? = {
        guard let result = try? runProcess("/usr/bin/curl", ["--version"]), result.exitStatus == 0 else {
            return nil
        }
        return result.outText.split(separator: " ").dropFirst().first.map(String.init)
    }()

    /// The arguments with whole seconds of delay: this curl takes no fractions, and 0 means a second, too.
    static func understood(_ arguments: [String]) -> [String] {
        arguments.enumerated().map { index, argument in
            index > 0 && arguments[index - 1] == "--retry-delay" ? "1" : argument
        }
    }

    /// The request as curl makes it today: it asks for leave to send only for long uploads.
    static func modernised(_ request: RecordedRequest) -> String {
        guard request.method == "PUT", let length = request.header("Content-Length").flatMap({ Int($0) }),
            length <= 1024 * 1024
        else { return request.text }
        return request.text.replacing("Expect: 100-continue\r\n", with: "", maxReplacements: 1)
    }
}
