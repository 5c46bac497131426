import Glibc
import HTTPCore
import Sockets
import TestSupport
import Testing

@testable import FerryCLI

@Suite struct WriteOutTemplateTests {
    static var report: TransferReport {
        let report = TransferReport()
        report.url = "http://u:p@h/a?q#f"
        report.urlParts = .init(
            scheme: "http", user: "u", password: "p", host: "h", port: "80", path: "/a", query: "q",
            fragment: "f")
        report.effectiveURL = "https://h2/b"
        report.effectiveURLParts = .init(scheme: "https", host: "h2", port: "443", path: "/b")
        report.urlIndex = 3
        report.transferID = 7
        report.method = "GET"
        report.responseCode = 200
        report.httpVersion = "1.1"
        report.contentType = .init(name: "Content-Type", value: "text/html")
        report.headers = [
            .init(name: "Content-Type", value: "text/html"), .init(name: "X-A", value: "1"),
            .init(name: "x-a", value: "\"2\""),
        ]
        report.fileName = "out.html"
        report.connectionID = 0
        report.localIP = "127.0.0.1"
        report.localPort = 5000
        report.remoteIP = "::1"
        report.remotePort = 443
        report.connectCount = 1
        report.redirectCount = 2
        report.retryCount = 1
        report.deliveredBytes = 100
        report.downloadBytes = 50
        report.headerBytes = 80
        report.requestBytes = 60
        report.uploadBytes = 10
        report.queueTime = .microseconds(5)
        report.nameLookupTime = .microseconds(1260)
        report.connectTime = .milliseconds(2)
        report.appConnectTime = .milliseconds(20)
        report.preTransferTime = .milliseconds(21)
        report.postTransferTime = .milliseconds(22)
        report.startTransferTime = .milliseconds(30)
        report.totalTime = .milliseconds(2500)
        return report
    }

    static let now = WallTime(seconds: 1_000_000_000, microseconds: 123)

    func render(_ format: String, _ report: TransferReport = report) -> [WriteOutTemplate.Chunk] {
        WriteOutTemplate(format).render(report, version: "ferry/1.0", now: Self.now)
    }

    func text(_ format: String, _ report: TransferReport = report) -> String {
        String(decoding: render(format, report).flatMap(\.bytes), as: UTF8.self)
    }

    static let texts: [(String, String)] = [
        ("", ""),
        ("plain", "plain"),
        (#"a\nb\tc\r"#, "a\nb\tc\r"),
        (#"a\xb\\"#, #"a\xb\\"#),
        ("\\", "\\"),
        ("100%%", "100%"),
        ("%", "%"),
        ("%x%", "%x%"),
        (#"\\n"#, #"\\n"#),
        (#"%\n"#, #"%\n"#),
        (#"\%{http_code}\n"#, "\\%{http_code}\n"),
        (#"%\%{http_code}"#, #"%\200"#),
        (#"\"%{http_code}\""#, #"\"200\""#),
        ("%{http_code}", "200"),
        ("%{response_code}", "200"),
        ("%{http_connect}", "000"),
        ("%{http_version}", "1.1"),
        ("[%{http_code}][%{size_download}]", "[200][50]"),
        ("%{size_delivered} %{size_header} %{size_request} %{size_upload}", "100 80 60 10"),
        ("%{speed_download} %{speed_upload}", "20 4"),
        ("%{time_queue}", "0.000005"),
        ("%{time_namelookup}", "0.001260"),
        ("%{time_connect}", "0.002000"),
        ("%{time_appconnect}", "0.020000"),
        ("%{time_pretransfer}", "0.021000"),
        ("%{time_posttransfer}", "0.022000"),
        ("%{time_starttransfer}", "0.030000"),
        ("%{time_total}", "2.500000"),
        ("%{time_redirect}", "0.000000"),
        ("%{url} %{url_effective}", "http://u:p@h/a?q#f https://h2/b"),
        ("%{url.scheme}%{url.user}%{url.password}%{url.host}", "httpuph"),
        ("%{url.port}%{url.path}%{url.query}%{url.fragment}", "80/aqf"),
        ("[%{url.options}%{url.zoneid}]", "[]"),
        ("%{urle.scheme}://%{urle.host}:%{urle.port}%{urle.path}", "https://h2:443/b"),
        ("%{scheme}", "https"),
        ("%{urlnum} %{xfer_id} %{conn_id}", "3 7 0"),
        ("%{num_headers} %{num_connects} %{num_redirects} %{num_retries} %{num_certs}", "3 1 2 1 0"),
        ("%{local_ip}:%{local_port} %{remote_ip}:%{remote_port}", "127.0.0.1:5000 ::1:443"),
        ("%{method} %{content_type} %{filename_effective}", "GET text/html out.html"),
        ("[%{errormsg}%{redirect_url}%{referer}%{certs}%{ftp_entry_path}]", "[]"),
        ("%{exitcode} %{ssl_verify_result} %{proxy_ssl_verify_result}", "0 0 0"),
        ("%{proxy_used} %{tls_earlydata}", "0 0"),
        ("%header{x-a}", "1"),
        ("%header{X-A:all:, }", "1, \"2\""),
        (#"%header{x-a:all:\n}"#, "1\n\"2\""),
        (#"%header{x-a:all:\}}"#, "1}\"2\""),
        ("%header{none}%header{none:all:,}", ""),
        ("%{header_json}", "{\"content-type\":[\"text/html\"],\n\"x-a\":[\"1\",\"\\\"2\\\"\"]\n}"),
        ("%time{%Y-%m-%dT%H:%M:%S}", "2001-09-09T01:46:40"),
        ("%time{%s.%f %z %Z %%}", "1000000000.000123 +0000 UTC %"),
        ("%time{}", ""),
        ("a%{onerror}b", "a"),
        ("%{http_code", "%{http_code"),
        ("%header{x", "%header{x"),
        ("%{unknown_thing}x", "x"),
    ]

    @Test(arguments: texts)
    func `a format is rendered`(format: String, expected: String) {
        #expect(text(format) == expected)
    }

    @Test func `nothing known is zeros and blanks`() {
        let empty = TransferReport()
        #expect(
            text("%{http_code}|%{content_type}|%{time_total}|%{speed_download}", empty) == "000||0.000000|0")
        #expect(text("%{local_port} %{conn_id} %{http_version}", empty) == "-1 -1 0")
        #expect(text("%{header_json}", empty) == "{\n}")
    }

    @Test func `of an attempt nothing is left in the report of the next`() throws {
        let earlier = TransferReport()
        earlier.typed = "http://u:p@h/a?q#f"
        earlier.typedURL = try HTTPURL.parse(earlier.typed)
        earlier.settledURL = try HTTPURL.parse("http://h/a?q&r#f")
        earlier.requestURL = try HTTPURL.parse("https://h2/b")
        (earlier.urlIndex, earlier.transferID, earlier.method) = (3, 7, "GET")
        let head = try ResponseHead(
            parsing: "HTTP/1.1 302 Found\r\nContent-Type: a/b\r\nLocation: http://h3/\r\n\r\n")
        (earlier.head, earlier.answer, earlier.earlierHeads) = (head, head, [head])
        (earlier.responseCode, earlier.connectCount, earlier.retryCount) = (302, 1, 1)
        (earlier.local, earlier.remote) = (.ipv4(0x7F00_0001, port: 5000), .unix(bytes("/run/x.sock")))
        earlier.totalTime = .seconds(1)
        let format = "%{url} %{url_effective} %{redirect_url} %{content_type} %{unix_socket} %{local_port}"
        #expect(
            text(format, earlier)
                == "http://h/a?q&r#f https://h2/b http://h3/ a/b /run/x.sock 5000")
        earlier.referer = "http://r/"
        earlier.connectCode = 200
        earlier.resumedFrom = 5
        earlier.retryReason = "status 503"
        earlier.retryPause = .seconds(1)
        earlier.usedProxy = true
        earlier.certificates = "PEM"
        earlier.certificateCount = 2
        earlier.verifyResult = 18
        let expected = TransferReport()
        expected.typed = earlier.typed
        (expected.typedURL, expected.settledURL) = (earlier.typedURL, earlier.settledURL)
        expected.requestURL = earlier.requestURL
        expected.urlIndex = 3
        expected.transferID = 7
        expected.method = "GET"
        expected.retryReason = "status 503"
        expected.retryPause = .seconds(1)
        let next = TransferReport(ofAttemptAfter: earlier)
        #expect(text("%{json}%{header_json}", next) == text("%{json}%{header_json}", expected))
        #expect(next.earlierHeaders.isEmpty)
    }

    @Test func `what follows onerror is printed for failures`() {
        let report = Self.report
        report.exitCode = 7
        report.errorMessage = "cannot connect"
        #expect(text("a%{onerror}%{exitcode}:%{errormsg}", report) == "a7:cannot connect")
    }

    @Test func `the whole report as JSON`() throws {
        let report = TransferReport()
        report.responseCode = 404
        report.errorMessage = "a \"b\"\n\u{1}"
        let json = text("%{json}", report)
        #expect(
            json.hasPrefix(
                #"{"certs":"","checksum":null,"conn_id":-1,"content_type":null,"errormsg":"a \"b\"\n\u0001","exitcode":0,"#
            ))
        #expect(json.contains(#","http_code":404,"http_connect":0,"http_version":"0","#))
        #expect(
            json.contains(
                #","time_total":0.000000,"tls_earlydata":0,"unix_socket":"","url":"","url.fragment":null,"#))
        #expect(json.hasSuffix(#","urle.zoneid":null,"urlnum":0,"xfer_id":-1,"curl_version":"ferry/1.0"}"#))
        #expect(!json.contains("header_json"))
        #expect(!json.contains("onerror"))
    }

    @Test func `output goes where the format says`() {
        #expect(
            render("a%{stderr}b%{stdout}c%output{f}d%output{>>g}")
                == [
                    .init(target: .standardOutput, text: "a"), .init(target: .standardError, text: "b"),
                    .init(target: .standardOutput, text: "c"),
                    .init(target: .file("f", appends: false), text: "d"),
                    .init(target: .file("g", appends: true), text: ""),
                ])
    }

    @Test func `bytes of the server's stay what they are, but not on a terminal or in JSON`() {
        let report = TransferReport()
        let field = TransferReport.Header(name: "A", value: "\u{E9}", valueBytes: [0xE9])
        report.contentType = field
        report.headers = [field, .init(name: "a", value: "é")]
        #expect(
            render("%header{a} %{content_type} %header{a:all:,}", report).flatMap(\.bytes)
                == [0xE9, 0x20, 0xE9, 0x20, 0xE9, 0x2C, 0xC3, 0xA9])
        #expect(text("%{header_json}", report) == "{\"a\":[\"é\",\"é\"]\n}")
        #expect(text("%{json}", report).contains("\"content_type\":\"é\""))
        let shown = WriteOutTemplate("%{content_type}").render(
            report, version: "", now: Self.now, isTerminal: { _ in true })
        #expect(shown == [.init(target: .standardOutput, text: "\\xE9")])
    }

    @Test func `unknown names are collected once`() {
        #expect(
            WriteOutTemplate("%{nope}%{nope}%{http_code}%{a_name_that_is_much_too_long_for_any}")
                .unknownVariables
                == ["nope", "a_name_that_is_much_too_long_for_any"])
    }

    @Test func `the name of an unknown variable does not drive a terminal`() throws {
        let stderr = StreamProbe(isTerminal: false)
        try WriteOutWriter(WriteOutTemplate("%{a\u{1B}[2Jb}"), version: "v")
            .write(Self.report, stdout: HeaderDumpTests.Memory(), stderr: stderr.stream, now: Self.now)
        #expect(!stderr.text.contains("\u{1B}") && stderr.text.contains("b'"))
    }

    @Test func `the writer opens files and names unknown variables once`() throws {
        let folder = ScratchFolder()
        folder.put("log", "old\n")
        let stdout = HeaderDumpTests.Memory()
        let stderr = StreamProbe(isTerminal: false)
        let writer = WriteOutWriter(
            WriteOutTemplate(
                "%{urlnum}%{nope}%output{>>\(folder["log"])}%{method}\\n%{stderr}e%output{/nonexistent/x}f"),
            version: "v")
        for _ in 1...2 {
            #expect(throws: OutputError(.openLog, "/nonexistent/x", errno: ENOENT)) {
                try writer.write(Self.report, stdout: stdout, stderr: stderr.stream, now: Self.now)
            }
        }
        #expect(stdout.text == "33")
        #expect(folder.text("log") == "old\nGET\nGET\n")
        #expect(stderr.text == "ferry: unknown --write-out variable: 'nope'\nefef")
    }
}
