import TLSTestSupport
import TestSupport
import Testing

/// What is ferry's own, over each way to a server, one transfer after another and at once.
@Suite struct EverywhereTests {
    private static let content = Array("{\"state\":\"up\"}\n".utf8)

    enum Way: CaseIterable { case tcp, tls, proxy, tunnel, socket }

    @Test(arguments: Way.allCases, [[], ["-Z"]])
    func `waits, checks, records and reports go every way (X-04)`(way: Way, parallel: [String]) throws {
        let nginx = try Nginx(tls: ServerTLS(LocalCertificates.leaf), files: ["f": Self.content])
        let proxy = way == .proxy || way == .tunnel ? try Tinyproxy() : nil
        let url = way == .tls || way == .tunnel ? nginx.tlsURL("/f") : nginx.url("/f")
        var arguments = [
            "-q", "-sS", "-k", "--retry", "2", "--wait-ready", "20", "--rate-per-host", "1000/s",
        ]
        if let proxy { arguments += ["-x", proxy.url] }
        if way == .socket { arguments += ["--unix-socket", nginx.socketPath] }
        let folder = try TemporaryDirectory()
        try folder.write(text(Self.content), to: "content")
        let digest = try runProcess("sha256sum", [folder.file("content")]).outText.prefix(64)
        let result = try runFerry(
            arguments + parallel + [
                "--expect-status", "200", "--expect-json", ".state == up", "--checksum", "sha256:\(digest)",
                "--checksum", "sha256:\(digest)", "--events", "events", "--har", "har",
                "--stats=json:stats", "--report", "tap=tap", "-o", "a", url, "-o", "b", url,
            ], directory: folder.path)
        #expect(result.exitStatus == 0 && result.errText.isEmpty, "\(result)")
        #expect(folder.read("a") == Self.content && folder.read("b") == Self.content)
        _ = try EventLogTests.lines(text(folder.read("events") ?? []))
        #expect(text(folder.read("tap") ?? []).hasPrefix("TAP version 13\n1..2\nok 1 - "))
        for (file, filter) in [
            ("events", "[.[] | select(.event == \"end\" and .status == 200)] | length == 2"),
            ("har", ".[0].log.entries | length >= 2"), ("stats", ".[0].run.transfers == 2"),
        ] {
            let check = try runProcess("jq", ["-e", "-s", filter, folder.file(file)])
            #expect(check.exitStatus == 0, "\(file): \(check) \(text(folder.read(file) ?? []).suffix(600))")
        }
    }

    @Test func `-s silences people's lines and no program's (X-03)`() throws {
        let server = try ScriptedServer(
            scripts: [
                [.expectRequest, .respond(503, body: "down"), .hold],
                [.expectRequest, .respond(body: "up"), .hold],
            ])
        let folder = try TemporaryDirectory()
        let arguments = [
            "-q", "--expect-body", "== other", "--events", "events", "--report", "tap=tap",
            "--stats=json:stats",
            "--print-checksum", "-o", "a", server.url(),
        ]
        let silent = try runFerry(["-s"] + arguments, directory: folder.path)
        #expect(silent.exitStatus == 110 && silent.errText.isEmpty, "\(silent)")
        #expect(silent.outText.hasSuffix("  a\n") || silent.outText.isEmpty, "\(silent)")
        for name in ["events", "tap", "stats"] { #expect(!(folder.read(name) ?? []).isEmpty, "\(name)") }
        let spoken = try runFerry(["-sS"] + arguments, directory: folder.path)
        #expect(spoken.exitStatus == 110, "\(spoken)")
        #expect(spoken.errText.split(separator: "\n").count == 1, "\(spoken)")
    }

    private static let failures: [([String], Int32)] = [
        (["--wait-ready", "0.2", "--wait-interval", "0.05"], 112),
        (["--retry", "1", "--retry-delay", "0", "--retry-connrefused"], 7),
        (["--retry-on", "connect", "--retry", "1", "--retry-delay", "0"], 7),
    ]

    @Test(arguments: failures)
    func `under -sS a failure ends in one line (X-03)`(arguments: [String], status: Int32) throws {
        let folder = try TemporaryDirectory()
        let url = "unix:\(folder.file("none.sock")):/x"
        let silent = try runFerry(["-q", "-s"] + arguments + ["-o", folder.file("o"), url])
        #expect(silent.exitStatus == status && silent.errText.isEmpty, "\(silent)")
        let spoken = try runFerry(["-q", "-sS"] + arguments + ["-o", folder.file("o"), url])
        #expect(spoken.exitStatus == status, "\(spoken)")
        #expect(spoken.errText.hasPrefix("ferry: (\(status)) "), "\(spoken)")
        #expect(spoken.errText.split(separator: "\n").count == 1, "\(spoken)")
    }
}
