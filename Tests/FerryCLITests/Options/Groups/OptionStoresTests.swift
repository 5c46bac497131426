import Testing

@testable import FerryCLI

struct OptionStoresTests {
    private let files = FakeFiles(
        [
            "f": "a\r\nb\n", "n": "x\0y\n", "h": "# no\nA: 1\r\n\n  \nB:\nC;\n", "w": "%{http_code}\n",
            "empty": "",
        ],
        input: "in\n")

    private func body(_ arguments: [String]) throws -> String? {
        try operation(arguments, files: files).joinedData.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        (["-d", "a", "-d", "b"], "a&b"), (["-d", "@f"], "ab"), (["-d", "@n"], "xy"), (["-d", "@-"], "in"),
        (["-d", ""], ""), (["--data-raw", "@f"], "@f"), (["--data-binary", "@f"], "a\r\nb\n"),
        (["--data-binary", "x\ny"], "x\ny"), (["--data-urlencode", "a b&"], "a+b%26"),
        (["--data-urlencode", "=a=b"], "a%3Db"), (["--data-urlencode", "n=a b"], "n=a+b"),
        (["--data-urlencode", "@f"], "a%0D%0Ab%0A"), (["--data-urlencode", "n@f"], "n=a%0D%0Ab%0A"),
        (["--data-urlencode", "n=a@b"], "n=a%40b"), (["--data-urlencode", "n@empty"], ""),
        (["--data-urlencode", "n="], "n="), (["--json", "[1,", "--json", "2]"], "[1,2]"),
        (["--json", "@f"], "a\r\nb\n"),
        (["-d", "a", "--data-binary", "@f", "--data-urlencode", "c d"], "a&a\r\nb\n&c+d"),
        (["-d", "@empty"], ""),
    ])
    func `data`(arguments: [String], expected: String) throws {
        #expect(try body(arguments) == expected)
    }

    @Test func `no data is not empty data`() throws {
        #expect(try body(["u"]) == nil)
    }

    @Test func `json pieces are told apart`() throws {
        #expect(try operation(["--json", "1"]).data[0].kind == .json)
        #expect(try operation(["-d", "1"]).data[0].kind == .form)
    }

    @Test func `query pieces are encoded unless a plus starts them`() throws {
        let query = try operation(
            ["--url-query", "a=b c", "--url-query", "+d e", "--url-query", "q@f"], files: files
        ).query
        #expect(query == ["a=b+c", "d e", "q=a%0D%0Ab%0A"].map { Array($0.utf8) })
    }

    @Test(
        arguments: [
            ("A: b", .field(name: "A", value: "b")), ("A:b", .field(name: "A", value: "b")),
            ("A: \t b c \t", .field(name: "A", value: "\t b c \t")), ("A:", .removal(name: "A")),
            ("A:  ", .removal(name: "A")),
            ("A;", .blank(name: "A")), ("A: b;", .field(name: "A", value: "b;")),
            ("A: b:c", .field(name: "A", value: "b:c")),
            ("X-Ü: é", .field(name: "X-Ü", value: "é")), ("X: é", .field(name: "X", value: "é")),
        ] as [(String, HeaderArgument?)])
    func `header lines`(line: String, header: HeaderArgument?) {
        #expect((try? operation(["-H", line]).headers) == header.map { [$0] })
    }

    @Test func `header lines of a file`() throws {
        let headers = try operation(["-H", "@h", "-H", "D: 4"], files: files).headers
        #expect(
            headers == [
                .field(name: "A", value: "1"), .removal(name: "B"), .blank(name: "C"),
                .field(name: "D", value: "4"),
            ])
    }

    @Test(arguments: [
        ("nothing", "nothing"), ("Authorization s3cret", "Authorization ..."), ("", ""), ("A;b", "A;b"),
    ])
    func `a line that is no header is not sent and warned of`(line: String, shown: String) throws {
        let settings = try parse(["-H", line, "u"])
        #expect(settings.operations[0].headers == [])
        #expect(
            settings.warnings == [
                "option -H: '\(shown)' is not sent; a header is 'Name: value', 'Name:' to remove one or 'Name;' for one "
                    + "without a value"
            ])
    }

    @Test(
        arguments: [
            (
                "A b: c", HeaderArgument.field(name: "A b", value: "c"),
                "'A b' is not the name of a header field; it is sent as it is"
            ),
            (
                "Authorization : Bearer x", .field(name: "Authorization ", value: "Bearer x"),
                "'Authorization ' is not the name of a header field; it is sent as it is"
            ),
            (
                "X\u{201D}: c", .field(name: "X\u{201D}", value: "c"),
                "'X\u{201D}' is not the name of a header field; it is sent as it is. Its curly quotes were probably pasted"
            ),
            (
                "\u{E9}: c", .field(name: "\u{E9}", value: "c"),
                "'\u{E9}' is not the name of a header field; it is sent as it is"
            ),
            (":authority: x", nil, "':authority' is left out: it belongs to HTTP/2 and HTTP/3"),
            (":path:x", nil, "':path' is left out: it belongs to HTTP/2 and HTTP/3"),
            (": c", nil, "a header field without a name is left out"),
            (" : c", nil, "a header field without a name is left out"),
            ("b c;", .blank(name: "b c"), "'b c' is not the name of a header field; it is sent as it is"),
            ("b c:", .removal(name: "b c"), "'b c' is not the name of a header field; it is sent as it is"),
        ] as [(String, HeaderArgument?, String)])
    func `a name that is none is sent with a warning`(line: String, header: HeaderArgument?, warning: String)
        throws
    {
        let settings = try parse(["-H", line, "u"])
        #expect(settings.operations[0].headers == [header].compactMap { $0 })
        #expect(settings.warnings == ["option -H: \(warning)"])
    }

    @Test func `a value is sent as typed`() throws {
        for (line, value) in [
            ("A:b", "b"), ("A: b", "b"), ("A:  b ", " b "), (" A: b", "b"), ("A:\tb", "\tb"),
        ] {
            #expect(try operation(["-H", line]).headers == [.field(name: "A", value: value)], "\(line)")
        }
        #expect(try operation(["-H", "A:  \t"]).headers == [.removal(name: "A")])
    }

    @Test func `cookies`() throws {
        let cookies = try operation(["-b", "a=b", "-b", "jar", "-b", "", "-b", "-"]).cookies
        #expect(cookies == [.pairs("a=b"), .file("jar"), .engineOnly, .file("-")])
        #expect(try operation(["-c", "-"]).cookieJar == .standardOutput)
        #expect(try operation(["-c", "j"]).cookieJar == .file("j"))
    }

    @Test func `what follows an at sign is a file of cookies`() throws {
        let cookies = try operation(["-b", "@jar", "-b", "@a=b", "-b", "@@x", "-b", "@", "-b", "@-"]).cookies
        #expect(cookies == [.file("jar"), .file("a=b"), .file("@x"), .engineOnly, .file("-")])
        #expect(throws: UsageError.self) { try operation(["-b", "@-", "-d", "@-"]) }
    }

    @Test func `referer`() throws {
        #expect(try operation(["-e", "u"]).referer == RefererArgument(url: "u", followsRedirects: false))
        #expect(try operation(["-e", "u;auto"]).referer == RefererArgument(url: "u", followsRedirects: true))
        #expect(try operation(["-e", ";auto"]).referer == RefererArgument(url: nil, followsRedirects: true))
        #expect(try operation(["-e", ""]).referer == RefererArgument(url: "", followsRedirects: false))
    }

    @Test func `ranges`() throws {
        #expect(try operation(["-r", "0-5,9-,-3"]).range == "0-5,9-,-3")
        let digits = try parse(["-r", "5", "u"])
        #expect(digits.operations[0].range == "5-")
        #expect(digits.warnings == ["option -r: '5' has no dash; taken for '5-'"])
        let odd = try parse(["-r", "a-b", "u"])
        #expect(odd.operations[0].range == "a-b")
        #expect(odd.warnings == ["option -r: 'a-b' holds characters that no range has; it is sent as it is"])
    }

    @Test func `resuming`() throws {
        #expect(try operation(["-C", "-"]).continueAt == .outputSize)
        #expect(try operation(["-C100"]).continueAt == .offset(100))
    }

    @Test func `formats and targets`() throws {
        #expect(try operation(["-w", "@w"], files: files).writeOut == "%{http_code}")
        #expect(try operation(["-w", "x\\n"]).writeOut == "x\\n")
        #expect(try operation(["-D", "-"]).dumpHeader == .standardOutput)
        #expect(try operation(["-D", "%"]).dumpHeader == .standardError)
        #expect(try operation(["-D", "d"]).dumpHeader == .file("d"))
        #expect(try parse("--stderr -").global.messages == .standardOutput)
        #expect(try parse("--stderr %").global.messages == .file("%"))
    }

    @Test func `connector options`() throws {
        let global = try parse(
            "--limit 20 --limit-per-host 4 --force-close --keepalive-timeout 1m --dns-cache-ttl forever --interleave 2 "
                + "--happy-eyeballs-timeout-ms off --tls-shutdown-timeout 1.5 --enable-cleanup-closed --print-fingerprint u"
        ).global
        var expected = GlobalSettings()
        expected.limit = 20
        expected.limitPerHost = 4
        expected.limitImpliesParallel = true
        expected.forceClose = true
        expected.keepaliveTimeout = .seconds(60)
        expected.dnsCacheLife = .forever
        expected.interleave = 2
        expected.attemptDelay = .off
        expected.tlsShutdownTimeout = .milliseconds(1500)
        expected.enableCleanupClosed = true
        expected.printFingerprint = true
        #expect(global == expected)
        #expect(try parse("--dns-cache-ttl 2.5").global.dnsCacheLife == .limited(.milliseconds(2500)))
        #expect(try parse("--happy-eyeballs-timeout-ms 0").global.attemptDelay == .after(.zero))
    }

    @Test func `a limit implies parallel transfers unless taken back`() throws {
        #expect(try parse("--limit 2 u").global.isParallel)
        #expect(try parse("--limit-per-host 2 u").global.isParallel)
        #expect(try !parse("--parallel-max 2 u").global.isParallel)
        #expect(try !parse("--parallel-max-host 2 u").global.isParallel)
        #expect(try !parse("--limit 2 --no-parallel u").global.isParallel)
        #expect(try parse("--parallel-max 0 u").global.limit == 50)
        #expect(try parse("--parallel-max 70000 u").global.limit == 65_535)
        #expect(try parse("--parallel-max 3 --limit 0 u").global.limit == 0)
    }

    @Test func `unix sockets`() throws {
        #expect(
            try operation(["--unix-socket", "/s"]).unixSocket
                == UnixSocketArgument(path: "/s", isAbstract: false))
        #expect(
            try operation(["--unix-socket", "@s"]).unixSocket
                == UnixSocketArgument(path: "s", isAbstract: true))
    }

    @Test func `fingerprints add up`() throws {
        let digest = String(repeating: "ab", count: 32)
        let colons = Array(repeating: "CD", count: 32).joined(separator: ":")
        #expect(
            try operation(["--fingerprint", digest, "--fingerprint", colons]).fingerprints
                == [[UInt8](repeating: 0xAB, count: 32), [UInt8](repeating: 0xCD, count: 32)])
    }

    @Test func `location-trusted follows redirects`() throws {
        #expect(try operation(["--location-trusted"]).location)
    }

    @Test(
        arguments: [
            (["--limit", "x"], 2, "option --limit: 'x' is not a whole number (0 or more; 0 = no limit)"),
            (["--limit=-1"], 2, "option --limit: '-1' is not a whole number (0 or more; 0 = no limit)"),
            (
                ["--max-redirs", "-2"], 2,
                "option --max-redirs: '-2' is not a whole number (-1 or more; -1 = no limit)"
            ),
            (
                ["--interleave", "9999999999"], 2,
                "option --interleave: '9999999999' is not a whole number (0 to 2147483647; 0 = keep the order)"
            ),
            (
                ["-m", "soon"], 2,
                "option -m: 'soon' is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)"
            ),
            (
                ["--limit-rate", "1kb"], 2,
                "option --limit-rate: '1kb' is not a size (bytes, or with a unit: 100k, 1.5M, 2G)"
            ),
            (["-X", "A B"], 2, "option -X: 'A B' is not a request method (such as PUT)"),
            (
                ["-H", "A: b\r\nC: d"], 2,
                "option -H: 'A' holds a line break or NUL, which no header field may"
            ),
            (["-d", "@gone"], 26, "option -d: cannot read 'gone': No such file or directory"),
            (["-H", "@gone"], 26, "option -H: cannot read 'gone': No such file or directory"),
            (
                ["--data-urlencode", "n@gone"], 26,
                "option --data-urlencode: cannot read 'gone': No such file or directory"
            ),
            (["-K", "gone"], 26, "option -K: cannot read 'gone': No such file or directory"),
            (
                ["--cacert", "gone"], 2,
                "option --cacert: 'gone' does not exist (a file of PEM certificates is needed)"
            ),
            (
                ["--resolve", "h:80"], 49,
                "option --resolve: 'h:80' is not of the form host:port:address[,address...] (or -host:port)"
            ),
            (
                ["--connect-to", "h"], 49,
                "option --connect-to: 'h' is not of the form host:port:host:port (each part may be empty)"
            ),
            (
                ["--address-family", "v4"], 2,
                "option --address-family: 'v4' is not an address family (any, ipv4 or ipv6)"
            ),
            (
                ["--local-addr", "localhost"], 2,
                "option --local-addr: 'localhost' is not an IP address "
                    + "(192.0.2.1, 192.0.2.1:4000, 2001:db8::1 or [2001:db8::1]:4000)"
            ),
            (
                ["-C", "x"], 2,
                "option -C: 'x' is not an offset (a number of bytes, or - for the size of the output file)"
            ),
            (
                ["--dns-cache-ttl", "never"], 2,
                "option --dns-cache-ttl: 'never' is not a time (seconds such as 10 or 2.5, with a unit such as 2m, or 'forever')"
            ),
            (
                ["--happy-eyeballs-timeout-ms", "1.5"], 2,
                "option --happy-eyeballs-timeout-ms: '1.5' is not a number of milliseconds (0 to 86400000, or 'off')"
            ),
            (["--unix-socket", "@"], 2, "option --unix-socket: '@' names no socket (a path, or @name)"),
            (["--url", "@"], 2, "option --url: '@' names no file (a URL, @file or @-)"),
            (
                ["--generate", "ksh"], 2,
                "option --generate: 'ksh' cannot be generated (man, bash, zsh, fish or events-schema)"
            ),
            (["-T", "-", "-d", "@-"], 2, "option -d: standard input is read by -T already"),
            (["-K", "-", "--url", "@-"], 2, "option --url: standard input is read by -K already"),
            (["-T", ".", "-T", "-"], 2, "option -T: standard input is read by -T already"),
        ] as [([String], Int32, String)])
    func `a wrong value is named with what is expected`(arguments: [String], status: Int32, text: String) {
        let error = refusal(arguments)
        #expect(error?.description == text)
        #expect(error?.status.rawValue == status)
    }

    @Test func `insecure fingerprints are named`() {
        let md5 = String(repeating: "a", count: 32)
        let sha1 = String(repeating: "a", count: 40)
        #expect(
            refusal(["--fingerprint", md5])?.description
                == "option --fingerprint: '\(md5)' has the length of MD5, which is insecure; "
                + "a SHA-256 fingerprint has 64 hex digits")
        #expect(
            refusal(["--fingerprint", sha1])?.description
                == "option --fingerprint: '\(sha1)' has the length of SHA-1, which is insecure; "
                + "a SHA-256 fingerprint has 64 hex digits")
        #expect(
            refusal(["--fingerprint", "xyz"])?.description
                == "option --fingerprint: 'xyz' is not a SHA-256 fingerprint (64 hex digits, colons allowed)")
    }

    @Test func `long and binary values are shown short and escaped`() {
        let error = refusal(["--limit", "\u{1B}[31m\u{202E}" + String(repeating: "x", count: 100)])
        #expect(
            error?.description
                == "option --limit: '\\x1B[31m\\u{202E}" + String(repeating: "x", count: 74)
                + "...' is not a whole number (0 or more; 0 = no limit)")
    }
}
