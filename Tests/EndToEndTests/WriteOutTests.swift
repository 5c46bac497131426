import TestSupport
import Testing

/// What `-w` prints, alone and beside curl, which has most of the variables.
@Suite struct WriteOutTests {
    private let folder: TemporaryDirectory
    private let server: ScriptedServer

    init() throws {
        folder = try TemporaryDirectory()
        server = try ScriptedServer { request in
            switch request.path {
            case "/moved": [.respond(302, [("Location", "/final?x=1#part")], body: "moved")]
            case "/missing": [.respond(404, [("Content-Type", "text/plain")], body: "nothing here")]
            case "/early":
                [
                    .send("HTTP/1.1 103 Early Hints\r\nX-Three: c\r\n\r\n"),
                    .respond(200, [("X-Two", "a")], body: "body"),
                ]
            case "/bare": [.send("no head at all"), .close]
            case "/old": [.send("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"), .close]
            default:
                [
                    .respond(
                        200,
                        [
                            ("Content-Type", "text/plain; charset=utf-8"), ("X-Two", "a"), ("x-two", "b\"c"),
                        ], body: "body")
                ]
            }
        }
    }

    // MARK: Beside curl

    /// Every variable that curl 7.88 has and whose value does not differ from run to run; `errormsg` is worded otherwise.
    private static let shared = """
        certs content_type exitcode filename_effective ftp_entry_path http_code http_connect http_version local_ip method \
        num_certs num_connects num_headers num_redirects proxy_ssl_verify_result redirect_url referer remote_ip \
        remote_port response_code size_download size_header size_upload ssl_verify_result url url_effective urlnum
        """

    private static let format =
        shared.split(separator: " ").map { "\($0)=%{\($0)}" }.joined(separator: #"\n"#)
        + #"\n%header{x-two}|%header{none}|%{header_json}|100%%\t\q%x|%{onerror}failed\n"#

    static let runs: [[String]] = [
        ["-o", "out", "{U}/a"],
        ["-o", "out", "{U}/a?q=1#f"],
        ["-o", "out", "{A}"],
        ["-I", "-o", "out", "{U}/a"],
        ["-o", "out", "{U}/old"],
        ["-o", "out", "{U}/early"],
        ["--http0.9", "-o", "out", "{U}/bare"],
        ["-o", "out", "{U}/moved"],
        ["-L", "-o", "out", "{U}/moved"],
        ["-o", "out", "{U}/missing"],
        ["-f", "-o", "out", "{U}/missing"],
        ["-o", "out", "-d", "abc", "-e", "http://from/", "{U}/a"],
        ["-o", "out", "-H", "Expect:", "-T", "upload", "{U}/a/"],
        ["-o", "out", "-G", "-d", "a=b", "{U}/a"],
        ["-o", "#1", "{U}/{one,two}", "-o", "three", "{U}/3"],
        ["-O", "{U}/named"],
        ["-o", "out", "--range", "0-1", "{U}/a"],
        ["-o", "out", "-X", "DELETE", "{U}/a"],
    ]

    @Test(arguments: runs) func `curl and ferry report the same`(run: [String]) throws {
        try folder.write("12345", to: "upload")
        let arguments = run.map {
            $0.replacing("{U}", with: server.url("")).replacing("{A}", with: server.authority)
        }
        let curl = try runProcess(
            "curl", ["-q", "-s", "-w", Self.format] + arguments, directory: folder.path)
        let ferry = try runFerry(["-s", "-w", Self.format] + arguments, directory: folder.path)
        #expect(ferry.outText == curl.outText)
        #expect(ferry.exitStatus == curl.exitStatus)
    }

    @Test func `bytes of a field that are no text are printed as they came, as with curl`() throws {
        let odd: [UInt8] = bytes("HTTP/1.1 200 OK\r\nContent-Type: text/plain; x=") + [0xE9, 0x0D, 0x0A]
        let server = try ScriptedServer { _ in
            [.sendBytes(odd + bytes("X-A: ") + [0xFF] + bytes("z\r\nContent-Length: 0\r\n\r\n"))]
        }
        let arguments = ["-s", "-w", "%{content_type}|%header{x-a}", server.url()]
        let ferry = try runFerry(arguments)
        #expect(ferry.stdout == bytes("text/plain; x=") + [0xE9, 0x7C, 0xFF, 0x7A], "\(ferry)")
        #expect(try runProcess("curl", ["-q"] + arguments).stdout == ferry.stdout)
    }

    @Test func `a format from a file is one line, as with curl`() throws {
        try folder.write("a=%{http_code}\r\n b=%{method}\\n\nc\\t.", to: "format")
        let arguments = ["-s", "-o", "out", "-w", "@format", server.url("/a")]
        let ferry = try runFerry(arguments, directory: folder.path)
        #expect(ferry.outText == "a=200 b=GET\nc\t.")
        #expect(try runProcess("curl", ["-q"] + arguments, directory: folder.path).outText == ferry.outText)
        #expect(
            try runFerry(
                ["-s", "-o", "out", "-w", "@-", server.url("/a")], stdin: bytes("%{exitcode}\n"),
                directory: folder.path
            ).outText == "0")
        let missing = try runFerry(["-w", "@none", server.url("/a")], directory: folder.path)
        #expect(missing.exitStatus == 26)
        #expect(
            missing.errText
                == "ferry: option -w: cannot read 'none': No such file or directory\n"
                + "ferry: try 'ferry --help' for more information\n")
    }

    // MARK: Alone

    @Test(arguments: cases) func `a format is printed`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let cases = [
        FetchCase(
            "after the body", ["-w", #"|%{http_code}\n"#, "{U}/a"],
            server: [.expectRequest, .respond(body: "body")], stdout: "body|200\n"),
        FetchCase(
            "each transfer, in order", ["-w", "%{urlnum}:%{xfer_id} ", "{U}/[1-2]", "{U}/3"],
            stdout: "0:0 0:1 1:2 "),
        FetchCase(
            "the method of a request that was never made",
            ["-s", "-I", "-w", "%{method} ", "x://y", "--next"]
                + ["-s", "-d", "a", "-w", "%{method} ", "x://y", "--next"]
                + ["-s", "-T", "/dev/null", "-w", "%{method} ", "x://y", "-X", "PATCH"], requests: [],
            stdout: "HEAD POST PATCH ", status: 1),
        FetchCase(
            "an unknown name is told, once", ["-w", "a%{nope}b", "{U}/", "{U}/"], stdout: "abab",
            stderr: "ferry: unknown --write-out variable: 'nope'\n"),
        FetchCase(
            "to the other stream and back", ["-w", "1%{stderr}2%{stdout}3", "{U}/"], stdout: "13",
            stderr: "2"),
        FetchCase(
            "to files",
            ["-w", #"%{urlnum}%output{new}%{method}%output{>>log}%{http_code}\n"#, "{U}/", "{U}/"],
            files: ["new": "old", "log": "before\n"], stdout: "01",
            filesAfter: ["new": "GET", "log": "before\n200\n200\n"]),
        FetchCase(
            "to a file that cannot be opened", ["-w", "a%output{/nonexistent/f}b", "{U}/"], stdout: "ab",
            stderr: nil, status: 23),
        FetchCase(
            "onerror", ["-s", "-w", "a%{onerror} %{exitcode} %{errormsg}\\n", "{U}/", "http://127.0.0.1:1/"],
            stdout: "aa 7 cannot connect to 127.0.0.1:1: connection refused\n", status: 7),
        FetchCase(
            "nothing known",
            [
                "-s", "-w", "%{http_code} %{remote_port} %{conn_id} %{size_request} %{url_effective}",
                "bad://u:p@x",
            ], stdout: "000 -1 -1 0 bad://x", status: 1),
        FetchCase(
            "what is no URL, as it was given", ["-s", "-w", "%{url_effective}", "http://a b/"],
            stdout: "http://a b/", status: 3),
        FetchCase(
            "logins in URLs are left out",
            ["-s", "-w", "%{url_effective} %{redirect_url}", "http://u:p@{A}/a"],
            server: [.expectRequest, .respond(302, [("Location", "http://v:q@h/b")])],
            stdout: "{U}/a http://h/b"),
        FetchCase(
            "logins in URLs are shown on demand",
            ["-s", "--show-secrets", "-w", "%{url} %{url_effective} %{redirect_url}", "http://u:p@{A}/a"],
            server: [.expectRequest, .respond(302, [("Location", "http://v:q@h/b")])],
            stdout: "http://u:p@{A}/a http://u:p@{A}/a http://v:q@h/b"),
        FetchCase(
            "all fields of a name", ["-o", "f", "-w", #"%header{a:all:, }|%header{A:all:\n}"#, "{U}/"],
            server: [.expectRequest, .respond(200, [("A", "1"), ("B", "x"), ("a", "2")])],
            stdout: "1, 2|1\n2"),
        FetchCase(
            "parts of URLs", ["-L", "-w", "%{url.host} %{url.path} %{urle.path} %{urle.query}", "{U}/from"],
            server: [
                .expectRequest, .respond(301, [("Location", "/to?a=b")]), .expectRequest, .respond(200),
            ],
            stdout: "127.0.0.1 /from /to a=b"),
        FetchCase(
            "parts of URLs of other schemes",
            [
                "-s", "-w", "%{url}|%{url.scheme} %{url.host} %{url.port} %{url.path} %{urle.query}\\n",
                "z39.50s://h.test:80/a?b=c", "GIT+ssh://h/d",
            ],
            requests: [],
            stdout:
                "z39.50s://h.test:80/a?b=c|z39.50s h.test 80 /a b=c\nGIT+ssh://h/d|git+ssh h  /d \n",
            status: 1),
        FetchCase(
            "sizes of what was decoded",
            ["--compressed", "-o", "f", "-w", "%{size_download} %{size_delivered}", "{U}/"],
            server: [
                .expectRequest,
                .sendBytes(
                    ServerStep.response(
                        200, [("Content-Encoding", "gzip")],
                        body: [
                            31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 76, 4, 2, 0, 185, 147, 172, 238, 5, 0, 0, 0,
                        ])),
            ], stdout: "23 5", filesAfter: ["f": "aaaaa"]),
        FetchCase(
            "retries", ["-s", "--retry", "2", "--retry-delay", "0.01", "-w", "%{num_retries}", "{U}/"],
            server: [.expectRequest, .respond(503), .expectRequest, .respond(200)], stdout: "1"),
        FetchCase(
            "a redirect that only an app can follow", ["-w", "%{redirect_url}", "{U}/"],
            server: [.expectRequest, .respond(302, [("Location", "myapp://app/done?code=1")])],
            stdout: "myapp://app/done?code=1"),
        FetchCase("an empty format", ["-w", "", "{U}/"]),
    ]

    @Test func `times are seconds with six decimals that never go back`() throws {
        let names = ["namelookup", "connect", "pretransfer", "posttransfer", "starttransfer", "total"]
        let format = names.map { "%{time_\($0)}" }.joined(separator: " ")
        let result = try runFerry(
            ["-s", "-o", "/dev/null", "-w", format + " %{time_appconnect} %{time_queue}", server.url("/a")])
        let words = result.outText.split(separator: " ")
        #expect(words.count == 8, "\(result)")
        for word in words {
            #expect(word.split(separator: ".").last?.count == 6, "\(result)")
        }
        let times = words.prefix(6).compactMap { Double($0) }
        #expect(times == times.sorted(), "\(result)")
        #expect(words[6] == "0.000000")
    }

    @Test func `%time is now in UTC`() throws {
        let result = try runFerry(
            ["-s", "-o", "f", "-w", "%time{%Y %z %Z %%}", server.url("/a")],
            environment: ["TZ": "Asia/Tokyo"], directory: folder.path)
        #expect(result.outText.dropFirst(2).dropFirst(2) == " +0000 UTC %", "\(result)")
    }

    @Test func `%{json} holds all variables but no password`() throws {
        let url = "http://me:geheim@\(server.authority)/a"
        let result = try runFerry(
            ["-s", "-o", "f", "-w", "%{json}", url], directory: folder.path)
        #expect(
            result.outText.hasPrefix(#"{"certs":"","checksum":null,"conn_id":0,"content_type":"text/plain"#),
            "\(result)")
        #expect(result.outText.hasSuffix(#","curl_version":"ferry/0.1.0"}"#))
        #expect(!result.outText.contains("geheim"), "\(result)")
        #expect(result.outText.contains(#""url.password":"[redacted]""#))
        let asked = try runFerry(
            ["-s", "-o", "f", "-w", "%{url} %{url.password}", url], directory: folder.path)
        #expect(asked.outText == "http://[redacted]@\(server.authority)/a geheim")
        let shown = try runFerry(
            ["-s", "--show-secrets", "-o", "f", "-w", "%{json}", url], directory: folder.path)
        #expect(shown.outText.contains(#""url.password":"geheim""#), "\(shown)")
    }

    @Test func `the certificates of a server, and why they were refused`() throws {
        let root = TestCertificates.authority()
        let leaf = TestCertificates.leaf(names: ["localhost"], addresses: ["127.0.0.1"], issuer: root)
        let server = try ScriptedServer(tls: ServerTLS(leaf)) { _ in [.respond()] }
        let trust = try folder.write(root.certificatePEM, to: "root.pem")
        let good = try runFerry(
            ["-s", "--cacert", trust, "-w", "%{num_certs} %{ssl_verify_result}\\n%{certs}", server.url()])
        #expect(good.outText.hasPrefix("1 0\nSubject:"), "\(good)")
        #expect(
            good.outText.contains("\nX509v3 Subject Alternative Name:DNS:localhost, IP Address:127.0.0.1\n"))
        #expect(good.outText.contains("\nExpire date:"))
        #expect(good.outText.contains(" GMT\n-----BEGIN CERTIFICATE-----\n"))
        #expect(good.outText.hasSuffix("-----END CERTIFICATE-----\n"))
        let bad = try runFerry(["-s", "-w", "%{ssl_verify_result} %{exitcode}", server.url()])
        #expect(bad.outText == "20 60", "\(bad)")
        let unchecked = ["-s", "-k", "-w", "%{ssl_verify_result} %{exitcode}"]
        #expect(try runFerry(unchecked + [server.url()]).outText == "20 0")
        #expect(try runFerry(unchecked + ["--cacert", trust, server.url()]).outText == "0 0")
        let pinned = unchecked + ["--fingerprint", String(repeating: "00", count: 32), server.url()]
        #expect(try runFerry(pinned).outText == "0 90")
        let wrongName = server.url().replacing("127.0.0.1", with: "other.test")
        let renamed = ["--cacert", trust, "--resolve", "other.test:\(server.port):127.0.0.1", wrongName]
        #expect(try runFerry(unchecked + renamed).outText == "62 0")
        let json = try runFerry(["-s", "-k", "-w", "%{json}", server.url()])
        #expect(json.outText.contains(#""ssl_verify_result":20,"#), "\(json)")
    }
}
