import Glibc
import TestSupport
import Testing

/// `--timing` on the terminal and as a page, looked at with a browser.
@Suite struct TimingTests {
    private func server() throws -> ScriptedServer {
        try ScriptedServer { request in
            switch request.path {
            case "/moved": [.respond(302, [("Location", "/there?token=verysecret")])]
            case "/busy": [.respond(503)]
            default: [.respond(body: "abc")]
            }
        }
    }

    /// What the page holds.
    private func data(_ page: String) throws -> ParsedJSON {
        let parts = page.split(separator: "id=\"data\">", maxSplits: 1)
        try #require(parts.count == 2)
        return try ParsedJSON(parts[1].split(separator: "</script>", maxSplits: 1)[0])
    }

    @Test func `bars go to standard error (O-02)`() throws {
        let server = try server()
        let result = try runFerry(
            ["--no-progress-meter", "--timing", "-L", "-o", "/dev/null", server.url("/moved")])
        let lines = result.errText.split(separator: "\n")
        #expect(lines.first?.hasPrefix("GET \(server.url("/moved"))  200  3 bytes  ") == true, "\(result)")
        #expect(lines.contains { $0.hasPrefix("  wait  ") && $0.hasSuffix(" ms") && $0.contains("#") })
        #expect(lines.contains { $0.hasPrefix(" 1.2 GET ") && $0.hasSuffix("  200  #0 again") })
        #expect(!result.errText.contains("verysecret"))
        #expect(try runFerry(["-s", "--timing", "-o", "/dev/null", server.url()]).stderr.isEmpty)
        let folder = try TemporaryDirectory()
        let skipped = try runFerry(
            ["--timing", "--skip-existing", "-o", folder.write("x", to: "there"), server.url()])
        #expect(
            skipped.errText.hasPrefix("no request ")
                && skipped.errText.hasSuffix("/there exists (--skip-existing)\n"), "\(skipped)")
    }

    @Test func `a page holds the whole run, and its parts add up (O-02)`() throws {
        let server = try server()
        let folder = try TemporaryDirectory()
        let result = try runFerry(
            [
                "-sS", "--timing=html:page", "-L", "--retry", "1", "--retry-delay", "0.01", "-o", "/dev/null",
                server.url("/moved"), "-o", "/dev/null", server.url("/busy"),
            ], directory: folder.path)
        #expect(result.exitStatus == 0, "\(result)")
        let page = text(folder.read("page") ?? [])
        #expect(!page.contains("verysecret") && !page.contains("src=") && !page.contains("@import"))
        let transfers = try #require(try data(page)["transfers"]?.array)
        #expect(transfers.count == 2)
        for transfer in transfers {
            let spans = try #require(transfer[7]?.array)
            let sum = spans.reduce(0) { $0 + ($1[4]?.int ?? 0) - ($1[3]?.int ?? 0) }
            #expect(sum == (transfer[2]?.int ?? 0) - (transfer[1]?.int ?? 0))
        }
        #expect(transfers[0][6]?.array?.compactMap { $0[4]?.int } == [302, 200])
        #expect(transfers[1][6]?.array?.compactMap { $0[0]?.int } == [1, 2])
    }

    @Test func `after a signal the page is whole (O-02)`() throws {
        let server = try ScriptedServer(script: [.expectRequest, .hold])
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            ferryBinary(), ["-sS", "--timing=html:page", server.url()], directory: folder.path)
        #expect(server.waitForRequests(1))
        process.send(SIGTERM)
        #expect(process.wait(timeoutSeconds: 10).signal == SIGTERM)
        let page = text(folder.read("page") ?? [])
        #expect(try data(page)["transfers"]?.array?.count == 1 && page.hasSuffix("</html>\n"))
    }

    // MARK: In a browser

    /// What a browser makes of a page: the document after its script has run, what it complained of, and a picture.
    private func look(
        at page: String, width: Int, height: Int, _ folder: TemporaryDirectory, dark: Bool = false
    ) throws -> (document: String, complaints: [String], picture: [UInt8]) {
        func browse(_ arguments: [String]) throws -> ProcessResult {
            try runProcess(
                "chromium-headless-shell",
                [
                    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                    "--enable-logging=stderr", "--window-size=\(width),\(height)", "--user-data-dir=profile",
                    "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=5000",
                ] + (dark ? ["--blink-settings=preferredColorScheme=0"] : []) + arguments + [
                    "file://\(folder.file(page))"
                ],
                directory: folder.path)
        }
        let dump = try browse(["--dump-dom", "--log-net-log=\(folder.file("net"))"])
        #expect(dump.exitStatus == 0, "\(dump)")
        let complaints = dump.errText.split(separator: "\n").map(String.init).filter {
            $0.contains("CONSOLE")
        }
        // Nothing but the page itself was asked for.
        let net = text(folder.read("net") ?? [])
        #expect(!net.contains("\"url\":\"http"), "\(net.prefix(2000))")
        let shot = try browse(["--screenshot=\(folder.file("shot.png"))"])
        #expect(shot.exitStatus == 0, "\(shot)")
        return (dump.outText, complaints, folder.read("shot.png") ?? [])
    }

    @Test(.timeLimit(.minutes(3)), arguments: [1280, 400])
    func `a browser draws it, without a complaint and without asking anybody (O-02)`(width: Int) throws {
        let server = try server()
        let folder = try TemporaryDirectory()
        let urls = (0..<300).flatMap { ["-o", "/dev/null", server.url($0 == 3 ? "/moved" : "/p\($0)")] }
        let result = try runFerry(
            ["-sS", "--timing=html:page.html", "-Z", "--limit", "4", "-L"] + urls, directory: folder.path)
        #expect(result.exitStatus == 0, "\(result)")
        let (document, complaints, picture) = try look(at: "page.html", width: width, height: 900, folder)
        #expect(complaints == [])
        #expect(document.contains("aria-setsize=\"300\"") && document.contains("role=\"option\""))
        #expect(document.contains("<rect") && document.contains(">300 rows</output>"))
        // Only those to be seen are there, which keeps ten thousand as quick as ten.
        #expect(document.split(separator: "role=\"option\"").count < 60)
        let empty = try TemporaryDirectory()
        try empty.write("<!doctype html><title>x</title>", to: "page.html")
        let blank = try look(at: "page.html", width: width, height: 900, empty).picture
        // A PNG of the same size with something in it is far longer than one of a single colour.
        #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]) && picture.count > blank.count + 5000)
        let dark = try look(at: "page.html", width: width, height: 900, folder, dark: true)
        #expect(dark.complaints == [] && dark.picture != picture)
    }
}
