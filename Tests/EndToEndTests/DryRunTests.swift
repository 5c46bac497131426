import TestSupport
import Testing

/// `--dry-run` tells everything and does nothing.
@Suite struct DryRunTests {
    private func dry(_ arguments: String..., environment: [String: String] = [:]) throws -> ProcessResult {
        try runFerry(["--dry-run"] + arguments, environment: environment)
    }

    @Test func `the request, the way, the file and the limits (T-09)`() throws {
        let result = try dry(
            "-u", "me:secret", "-d", "a=b&token=t1", "-m", "2.5", "--retry", "3", "-L", "-o", "out",
            "http://127.0.0.1:1/x?key=k1")
        #expect(
            result.outText == """
                POST http://127.0.0.1:1/x?key=[redacted]
                  address  127.0.0.1, port 1
                  proxy    none: no option names one, and http_proxy and all_proxy are not set
                  output   out, new
                  limits   300 s to connect, 2.5 s in all, at most 50 redirects, at most 3 retries
                  body     12 bytes
                > POST /x?key=[redacted] HTTP/1.1
                > Host: 127.0.0.1:1
                > Authorization: Basic [redacted]
                > User-Agent: ferry/0.1.0
                > Accept: */*
                > Content-Length: 12
                > Content-Type: application/x-www-form-urlencoded
                >
                > a=b&token=**

                """, "\(result)")
        #expect(result.exitStatus == 0 && result.errText == "")
        let shown = try dry("--show-secrets", "-u", "me:secret", "http://127.0.0.1:1/?key=k1")
        #expect(shown.outText.contains("Basic bWU6c2VjcmV0\n") && shown.outText.contains("?key=k1"))
    }

    @Test(arguments: [
        (["http://h.test/"], "the addresses that the system has for h.test, port 80"),
        (["-4", "http://h.test:81/"], "the IPv4 addresses that the system has for h.test, port 81"),
        (["localhost:8080/"], "::1 and 127.0.0.1, raced, port 8080"),
        ([":8080/"], "::1 and 127.0.0.1, raced, port 8080"),
        (["-6", "a.localhost"], "::1, port 80"), (["https://[::1]/"], "::1, port 443"),
        (
            ["--resolve", "10.9.9.9:80:10.0.0.1,::2", "10.9.9.9"],
            "10.0.0.1 and ::2, raced, port 80 (--resolve)"
        ),
        (["--resolve", "h.test:80:10.0.0.1,::2", "h.test"], "10.0.0.1 and ::2, raced, port 80 (--resolve)"),
        (
            ["--connect-to", "::b.test:9", "h.test"],
            "the addresses that the system has for b.test, port 9 (--connect-to)"
        ),
        (["--unix-socket", "/run/x", "h.test"], "the Unix socket /run/x"),
        (["unix:/run/x:/y"], "the Unix socket /run/x"),
        (["--unix-map", "h.test=/run/y", "h.test"], "the Unix socket /run/y"),
        (["-x", "10.0.0.1:3128", "h.test"], "10.0.0.1, port 3128, where the proxy is"),
        (["--local-port", "5000-5001", "10.0.0.1"], "10.0.0.1, port 80, from port 5000 to 5001"),
    ]) func `where it goes (T-09)`(arguments: [String], address: String) throws {
        let result = try runFerry(["--dry-run"] + arguments)
        #expect(result.outText.contains("\n  address  \(address)\n"), "\(result)")
    }

    @Test(
        arguments: [
            (["-x", "p:1", "http://h.test"], [:], "http://p:1, asked for the whole URL, named by --proxy"),
            (["-x", "u:p@p:1", "https://h.test"], [:], "http://p:1, through a tunnel, named by --proxy"),
            (
                ["--socks5-hostname", "p", "h.test"], [:],
                "socks5h://p:1080, through a tunnel, named by --socks5-hostname"
            ),
            (
                ["h.test"], ["http_proxy": "p:1"],
                "http://p:1, asked for the whole URL, named by the environment variable http_proxy"
            ),
            (
                ["https://h.test"], ["ALL_PROXY": "p:1"],
                "http://p:1, through a tunnel, named by the environment variable ALL_PROXY"
            ),
            (["h.test"], ["http_proxy": "p:1", "NO_PROXY": "test"], "none: NO_PROXY exempts h.test"),
            (["--noproxy", "*", "h.test"], ["http_proxy": "p:1"], "none: --noproxy exempts h.test"),
            (["-x", "", "h.test"], ["http_proxy": "p:1"], "none: --proxy says so"),
            (["unix:/s:/"], ["http_proxy": "p:1"], "none: a Unix socket has none"),
            (
                ["https://h.test"], ["http_proxy": "p:1"],
                "none: no option names one, and https_proxy and all_proxy are not set"
            ),
        ] as [([String], [String: String], String)])
    func `which proxy, and why (T-09)`(arguments: [String], environment: [String: String], proxy: String)
        throws
    {
        let result = try runFerry(["--dry-run"] + arguments, environment: environment)
        #expect(result.outText.contains("\n  proxy    \(proxy)\n"), "\(result)")
    }

    @Test func `which file (T-09)`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("12345", to: "old")
        for (arguments, output) in [
            (["-O", "h.test/new"], "new, new"),
            (["-O", "h.test/old"], "old, replaced when the new one is whole"),
            (["--no-atomic", "-o", "old", "h.test"], "old, written over"),
            (
                ["--no-clobber", "-o", "old", "h.test"],
                "old, which is there: a number is put behind the name"
            ),
            (["-C", "-", "-o", "old", "h.test"], "old, from byte 5 on"),
            (["-o", "/dev/null", "h.test"], "/dev/null"),
            (
                ["--skip-existing", "-o", "old", "h.test"],
                "old, which is there: nothing is fetched (--skip-existing)"
            ),
            (["-OJ", "h.test/a"], "a, unless the server names it (-J), new"), (["h.test"], "standard output"),
            (["--output-dir", "d", "-o", "f#1", "h.test/{x}"], "d/fx, new"),
        ] {
            let result = try runFerry(["--dry-run"] + arguments, directory: folder.path)
            #expect(result.outText.contains("\n  output   \(output)\n"), "\(result)")
        }
        #expect(
            try runFerry(["--dry-run", "-C", "-", "-o", "old", "h.test"], directory: folder.path).outText
                .contains("> Range: bytes=5-\n"))
    }

    @Test func `bodies that are not at hand are named (T-09)`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("12345", to: "up")
        let result = try runFerry(
            [
                "--dry-run", "-T", "up", "h.test/", "-T", "-", "h.test/x", "--next", "-F", "a=@up", "-F",
                "token=t1", "h.test",
            ],
            directory: folder.path)
        #expect(
            result.outText.contains("PUT http://h.test/up\n")
                && result.outText.contains("\n>\n> (5 bytes of up)\n"), "\(result)")
        #expect(result.outText.contains("\n  body     of unknown length, in chunks\n"))
        #expect(result.outText.contains("\n>\n> (standard input)\n"))
        #expect(result.outText.contains("> Content-Disposition: form-data; name=\"a\"; filename=\"up\"\n"))
        #expect(!result.outText.contains("t1"))
        #expect(
            try runFerry(["--dry-run", "--data-binary", "@-", "h.test"], stdin: [0, 1]).outText.hasSuffix(
                "> (2 bytes that are no text)\n"))
    }

    @Test func `what cannot be done is told as ever, and the others are shown (T-09)`() throws {
        let result = try dry(
            "-T", "{/nonexistent,/etc/passwd}", "http://h.test/", "--next", "http://h.test:x/")
        #expect(result.exitStatus == 26, "\(result)")
        #expect(result.errText.contains("cannot read /nonexistent: no such file or directory"))
        #expect(result.errText.contains("(3) "))
        #expect(result.outText.hasPrefix("PUT http://h.test/passwd\n"))
        #expect(try dry("ftp://h.test/").exitStatus == 1)
    }

    @Test(.enabled(if: isInstalled("strace")))
    func `no socket is opened, and no file is touched that decides nothing (T-09)`() throws {
        let (folder, logs) = (try TemporaryDirectory(), try TemporaryDirectory())
        try folder.write("12345", to: "up")
        try folder.write("old", to: "old")
        for arguments in [
            ["--dry-run", "-T", "up", "https://localhost:1/"],
            ["--print-curl", "-o", "old", "http://h.test/"],
            [
                "--dry-run", "--print-curl", "-Z", "-o", "old", "-D", "head", "-c", "jar", "--etag-save",
                "tag", "--trace", "trace",
                "--events", "events", "--har", "har", "--report", "tap=tap", "--stderr", "messages", "--hsts",
                "hsts", "-w", "x",
                "--ssl-sessions", "sessions", "--cert", "up", "--wait-ready", "9", "--stats=json:stats", "-x",
                "https://p.test", "https://h.test/",
            ],
        ] {
            let log = logs.file("log")
            let result = try runProcess(
                "strace",
                ["-f", "-qq", "-o", log, "-e", "trace=network,file,openat", ferryBinary()] + arguments,
                directory: folder.path, timeoutSeconds: 60)
            #expect(result.exitStatus == 0, "\(result)")
            let calls = text(readFile(log) ?? []).split(separator: "\n").map(String.init)
            #expect(calls.contains { $0.contains("openat(") })
            for call in calls where !call.contains("+++") && !call.contains("/proc/self/fd/1") {
                let name = call.drop { $0 != " " }.dropFirst().prefix { $0 != "(" }
                #expect(
                    !["socket", "connect", "socketpair", "bind", "sendto"].contains(String(name)), "\(call)")
                #expect(
                    !call.contains("O_WRONLY") && !call.contains("O_RDWR") && !call.contains("O_CREAT"),
                    "\(call)")
                for file in ["up", "old"] where call.contains("\"\(file)\"") {
                    #expect(!name.hasPrefix("open"), "\(call)")
                }
                #expect(
                    !["mkdir", "unlink", "rename", "unlinkat", "renameat2", "link"].contains(String(name)),
                    "\(call)")
            }
            #expect(folder.names().sorted() == ["old", "up"])
        }
    }
}
