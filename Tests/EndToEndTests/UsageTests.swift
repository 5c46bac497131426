import TestSupport
import Testing

/// Command lines that cannot be: one line that says what was given and what is expected, the right exit status, and
/// nothing opened, asked or written.
@Suite struct UsageTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var message: String
        var status: Int32

        init(_ arguments: [String], _ message: String, _ status: Int32 = 2) {
            self.arguments = arguments
            self.message = message
            self.status = status
        }

        var testDescription: String { arguments.joined(separator: " ").debugDescription }
    }

    static let hint = "ferry: try 'ferry --help' for more information\n"

    @Test(arguments: refusals) func `a bad command line`(_ refusal: Refusal) throws {
        let server = try ScriptedServer(handler: { _ in [.respond()] })
        let folder = try TemporaryDirectory()
        let result = try runFerry(
            refusal.arguments + ["-o", "out", "-D", "heads", server.url()], directory: folder.path)
        #expect(result.exitStatus == refusal.status, "\(result)")
        #expect(result.errText == "ferry: \(refusal.message)\n" + Self.hint)
        #expect(result.outText.isEmpty)
        #expect(server.acceptedCount == 0)
        #expect(folder.names().isEmpty)
    }

    @Test func `options of other protocols are noted with -v only, and change nothing`() throws {
        let server = try ScriptedServer(handler: { _ in [.respond(200, body: "x")] })
        let arguments = ["-a", "-P", "-", "--ftp-pasv", "-Q", "DELE x", server.url()]
        let quiet = try runFerry(arguments)
        #expect(quiet.exitStatus == 0 && quiet.outText == "x" && quiet.errText.isEmpty, "\(quiet)")
        let loud = try runFerry(["-v"] + arguments)
        let notes = ["--append", "--ftp-port", "--ftp-pasv", "--quote"]
            .map { "Note: \($0) has no effect on HTTP\n" }
        #expect(loud.errText.hasPrefix(notes.joined()), "\(loud)")
        let silent = try runFerry(["-sv"] + arguments)
        #expect(!silent.errText.contains("Note:"), "\(silent)")
    }

    @Test(arguments: ["-V", "--version"])
    func `scripts can ask what is built in`(_ option: String) throws {
        let lines = try runFerry([option, "--nonsense"]).outText.split(separator: "\n")
        try #require(lines.count == 4)
        #expect(lines[0].hasPrefix("ferry ") && lines[0].contains(" GnuTLS/"))
        #expect(lines[1].hasPrefix("Release-Date: 20"))
        #expect(lines[2] == "Protocols: http https http+unix https+unix")
        #expect(
            lines[3] == "Features: brotli HSTS HTTPS-proxy IDN IPv6 Largefile libz PSL SSL UnixSockets zstd")
    }

    @Test func `options that print end the run`() throws {
        let list = try runFerry(["--engine", "list", "http://127.0.0.1:1/"])
        #expect(list.exitStatus == 0 && list.outText == "Build-time engines:\n  <none>\n", "\(list)")
        let dump = try runFerry(["--dump-ca-embed"])
        #expect(dump.exitStatus == 0 && dump.outText.isEmpty && dump.errText.isEmpty, "\(dump)")
    }

    static let refusals = [
        Refusal(["--nonsense"], "option --nonsense: is unknown"),
        Refusal(["--retri", "1"], "option --retri: is unknown; did you mean --retry?"),
        Refusal(["-"], "option -: is unknown"),
        Refusal(["--no-url"], "option --no-url: cannot be reversed; only on/off options have a --no- form"),
        Refusal(["--silent=1"], "option --silent: '1' is given, but the option takes no value"),
        Refusal(
            ["-m", "x"],
            "option -m: 'x' is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)"),
        Refusal(
            ["-m", "-1"],
            "option -m: '-1' is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)"),
        Refusal(
            ["-m", "10x"],
            "option -m: '10x' is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)"),
        Refusal(
            ["--connect-timeout", "abc"],
            "option --connect-timeout: 'abc' is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)"
        ),
        Refusal(
            ["--max-redirs", "x"],
            "option --max-redirs: 'x' is not a whole number (-1 or more; -1 = no limit)"),
        Refusal(
            ["--max-redirs", "-2"],
            "option --max-redirs: '-2' is not a whole number (-1 or more; -1 = no limit)"),
        Refusal(["--retry", "x"], "option --retry: 'x' is not a whole number (0 to 2147483647; 0 = never)"),
        Refusal(
            ["--retry", "-1"], "option --retry: '-1' is not a whole number (0 to 2147483647; 0 = never)"),
        Refusal(
            ["--retry-delay", "x"],
            "option --retry-delay: 'x' is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)"
        ),
        Refusal(
            ["--retry-max-time", "x"],
            "option --retry-max-time: 'x' is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)"
        ),
        Refusal(
            ["--max-filesize", "x"],
            "option --max-filesize: 'x' is not a size (bytes, or with a unit: 100k, 1.5M, 2G)"),
        Refusal(
            ["--max-filesize", "1.5"],
            "option --max-filesize: '1.5' is not a size (bytes, or with a unit: 100k, 1.5M, 2G)"),
        Refusal(
            ["--limit-rate", "x"],
            "option --limit-rate: 'x' is not a size (bytes, or with a unit: 100k, 1.5M, 2G)"),
        Refusal(
            ["-C", "x"],
            "option -C: 'x' is not an offset (a number of bytes, or - for the size of the output file)"),
        Refusal(
            ["-C", "-1"],
            "option -C: '-1' is not an offset (a number of bytes, or - for the size of the output file)"),
        Refusal(["-C", "5", "-r", "1-2"], "option --continue-at: cannot be used with --range"),
        Refusal(["-C", "5", "-d", "x"], "option --continue-at: cannot be used with -d"),
        Refusal(
            ["-C", "-", "-J", "-O"],
            "option --continue-at: cannot be '-' with --remote-header-name: the file's name is not known in time"
        ),
        Refusal(["-r", ""], "option -r: needs a value that is not empty"),
        Refusal(["-X", ""], "option -X: needs a value that is not empty"),
        Refusal(["-X", "A B"], "option -X: 'A B' is not a request method (such as PUT)"),
        Refusal(["-H", "@nofile"], "option -H: cannot read 'nofile': No such file or directory", 26),
        Refusal(["-d", "@nofile"], "option -d: cannot read 'nofile': No such file or directory", 26),
        Refusal(
            ["--data-binary", "@nofile"],
            "option --data-binary: cannot read 'nofile': No such file or directory", 26),
        Refusal(
            ["--data-urlencode", "@nofile"],
            "option --data-urlencode: cannot read 'nofile': No such file or directory", 26),
        Refusal(["--json", "@nofile"], "option --json: cannot read 'nofile': No such file or directory", 26),
        Refusal(["-w", "@nofile"], "option -w: cannot read 'nofile': No such file or directory", 26),
        Refusal(["-K", "nofile"], "option -K: cannot read 'nofile': No such file or directory", 26),
        Refusal(
            ["-d", "x", "-I"], "option -I: cannot be used with -d: each asks for another request method"),
        Refusal(
            ["-T", "f", "-d", "x"], "option -T: cannot be used with -d: each asks for another request method"),
        Refusal(
            ["-T", "f", "-I"], "option -I: cannot be used with -T: each asks for another request method"),
        Refusal(["-o", ""], "option -o: needs a value that is not empty"),
        Refusal(["--output-dir", ""], "option --output-dir: needs a value that is not empty"),
        Refusal(["-D", ""], "option -D: needs a value that is not empty"),
        Refusal(
            ["-u", "me", "-T", "-"],
            "option --user: 'me' has no password, and there is no terminal to ask at; write user:password"),
        Refusal(
            ["-A", "a\nb"],
            "option --user-agent: 'a\\x0Ab' holds a line break or NUL, which no header field may"),
        Refusal(
            ["-e", "a\rb"], "option --referer: 'a\\x0Db' holds a line break or NUL, which no header field may"
        ),
        Refusal(["-b", "a=\nb"], "option --cookie: holds a line break or NUL, which no header field may"),
        Refusal(
            ["-r", "1-\n"], "option --range: '1-\\x0A' holds a line break or NUL, which no header field may"),
        Refusal(
            ["--resolve", "x"],
            "option --resolve: 'x' is not of the form host:port:address[,address...] (or -host:port)", 49),
        Refusal(
            ["--resolve", "h:80"],
            "option --resolve: 'h:80' is not of the form host:port:address[,address...] (or -host:port)", 49),
        Refusal(
            ["--resolve", "h:80:nope"],
            "option --resolve: 'h:80:nope' is not of the form host:port:address[,address...] (or -host:port)",
            49),
        Refusal(
            ["--connect-to", "x"],
            "option --connect-to: 'x' is not of the form host:port:host:port (each part may be empty)", 49),
        Refusal(
            ["--connect-to", "a:b:c:d"],
            "option --connect-to: 'a:b:c:d' is not of the form host:port:host:port (each part may be empty)",
            49),
        Refusal(
            ["--connect-to", "::x:99999"],
            "option --connect-to: '::x:99999' is not of the form host:port:host:port (each part may be empty)",
            49),
        Refusal(
            ["--address-family", "ipv5"],
            "option --address-family: 'ipv5' is not an address family (any, ipv4 or ipv6)"),
        Refusal(
            ["--local-addr", "nope"],
            "option --local-addr: 'nope' is not an IP address (192.0.2.1, 192.0.2.1:4000, 2001:db8::1 or [2001:db8::1]:4000)"
        ),
        Refusal(["--unix-socket", ""], "option --unix-socket: needs a value that is not empty"),
        Refusal(["--unix-socket", "@"], "option --unix-socket: '@' names no socket (a path, or @name)"),
        Refusal(["--limit", "x"], "option --limit: 'x' is not a whole number (0 or more; 0 = no limit)"),
        Refusal(
            ["--limit-per-host", "-1"],
            "option --limit-per-host: '-1' is not a whole number (0 or more; 0 = no limit)"),
        Refusal(
            ["--parallel-max", "x"], "option --parallel-max: 'x' is not a whole number (0 or more; 0 = 50)"),
        Refusal(
            ["--keepalive-timeout", "x"],
            "option --keepalive-timeout: 'x' is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)"
        ),
        Refusal(
            ["--force-close", "--keepalive-timeout", "5"],
            "option --force-close: contradicts --idle-timeout: no connection is kept"),
        Refusal(
            ["--dns-cache-ttl", "x"],
            "option --dns-cache-ttl: 'x' is not a time (seconds such as 10 or 2.5, with a unit such as 2m, or 'forever')"
        ),
        Refusal(
            ["--happy-eyeballs-timeout-ms", "x"],
            "option --happy-eyeballs-timeout-ms: 'x' is not a number of milliseconds (0 to 86400000, or 'off')"
        ),
        Refusal(
            ["--interleave", "x"],
            "option --interleave: 'x' is not a whole number (0 to 2147483647; 0 = keep the order)"),
        Refusal(
            ["--tls-shutdown-timeout", "x"],
            "option --tls-shutdown-timeout: 'x' is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)"
        ),
        Refusal(
            ["--fingerprint", "zz"],
            "option --fingerprint: 'zz' is not a SHA-256 fingerprint (64 hex digits, colons allowed)"),
        Refusal(
            ["--fingerprint", "00112233445566778899aabbccddeeff"],
            "option --fingerprint: '00112233445566778899aabbccddeeff' has the length of MD5, which is insecure; a SHA-256 fingerprint has 64 hex digits"
        ),
        Refusal(
            ["--fingerprint", "00112233445566778899aabbccddeeff00112233"],
            "option --fingerprint: '00112233445566778899aabbccddeeff00112233' has the length of SHA-1, which is insecure; a SHA-256 fingerprint has 64 hex digits"
        ),
        Refusal(
            ["--cacert", "nofile"],
            "option --cacert: 'nofile' does not exist (a file of PEM certificates is needed)"),
        Refusal(["--key", "k"], "option --key: needs --cert"),
        Refusal(
            ["-x", "ht!tp://"], "option --proxy: bad proxy URL 'ht!tp://': '!' cannot stand in a host name", 5
        ),
        Refusal(
            ["-x", "socks6://h"],
            "option --proxy: bad proxy URL 'socks6://h': the scheme 'socks6' is not supported", 7),
        Refusal(
            ["-x", "http://h:99999"],
            "option --proxy: bad proxy URL 'http://h:99999': the port is not a decimal number up to 65535", 5),
        Refusal(
            ["-x", "0x7f.1.2.3.4.5"],
            "option --proxy: bad proxy URL: host '0x7f.1.2.3.4.5' is invalid: write the address in its plain form, such as 127.0.0.1",
            5),
        Refusal(
            ["--ciphers", "a\r\nb"],
            "option --ciphers: 'a\\x0D\\x0Ab' holds 'a\\x0D\\x0Ab', which is unknown", 59),
        Refusal(
            ["-U", "me", "-d", "@-"],
            "option --proxy-user: 'me' has no password, and there is no terminal to ask at; write user:password"
        ),
        Refusal(["--next"], "option --next: needs a URL before it"),
        Refusal(["-d", "@-", "-T", "-"], "option -T: standard input is read by -d already"),
        Refusal(
            ["--generate", "x"],
            "option --generate: 'x' cannot be generated (man, bash, zsh, fish or events-schema)"),
        Refusal(
            ["--help", "nonsense"],
            "option --help: 'nonsense' is neither a category nor an option (see 'ferry --help category')"),
    ]

    @Test func `a number that is no UTF-8 text is refused`() throws {
        let folder = try TemporaryDirectory()
        let result = try runProcess(
            "sh", ["-c", #"exec "$0" http://127.0.0.1:1/ -m "$(printf '\377\376')""#, ferryBinary()],
            directory: folder.path)
        #expect(result.exitStatus == 2)
        #expect(
            result.errText
                == "ferry: option -m: the value is not UTF-8 text\n"
                + Self.hint)
        #expect(folder.names().isEmpty)
    }

    @Test func `a line break in the name of a file begins no line of the message`() throws {
        let result = try runFerry(["-T", "a\r\nferry: b", "http://127.0.0.1:1/"])
        #expect(result.exitStatus == 26)
        #expect(
            result.errText
                == "ferry: (26) http://127.0.0.1:1/: cannot read a\\x0D\\x0Aferry: b: no such file or directory\n"
        )
    }

    @Test func `no URL`() throws {
        let result = try runFerry([])
        #expect(result.exitStatus == 2)
        #expect(result.errText == "ferry: no URL specified\n" + Self.hint)
    }

    @Test(arguments: [
        (
            "http_proxy", "socks6://h", "bad proxy URL 'socks6://h': the scheme 'socks6' is not supported", 7
        ),
        (
            "all_proxy", "http://u:secret@h:x",
            "bad proxy URL 'http://***@h:x': the port is not a decimal number up to 65535", 5
        ),
    ]) func `a bad proxy in the environment`(
        _ name: String, _ value: String, _ problem: String, _ status: Int32
    ) throws {
        let result = try runFerry(["-sS", "http://127.0.0.1:1/"], environment: [name: value])
        #expect(result.exitStatus == status)
        #expect(
            result.errText
                == "ferry: (\(status)) http://127.0.0.1:1/: environment variable \(name): \(problem)\n")
    }

    @Test func `a bad proxy in the environment matters to its own URLs only`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "here")] }
        let environment = ["https_proxy": "socks6://h", "http_proxy": ""]
        #expect(try runFerry([server.url("/")], environment: environment).outText == "here")
        let bad = ["http_proxy": "socks6://h"]
        #expect(
            try runFerry(["--noproxy", "127.0.0.1", server.url("/")], environment: bad).outText == "here")
        #expect(try runFerry(["-x", "", server.url("/")], environment: bad).outText == "here")
        let redirecting = try ScriptedServer { _ in [.respond(302, [("Location", "https://127.0.0.1:1/")])] }
        let result = try runFerry(["-sSL", redirecting.url("/")], environment: environment)
        #expect(result.exitStatus == 7, "\(result)")
        #expect(
            result.errText.hasSuffix(
                "environment variable https_proxy: bad proxy URL 'socks6://h': the scheme 'socks6' is not supported\n"
            ),
            "\(result)")
    }

    @Test func `a bad line of a config file`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("silent\nretry = many\n", to: "c")
        let result = try runFerry(["-K", "c", "http://127.0.0.1:1/"], directory: folder.path)
        #expect(result.exitStatus == 2)
        #expect(
            result.errText
                == "ferry: c:2: option --retry: 'many' is not a whole number (0 to 2147483647; 0 = never)\n"
                + Self.hint)
    }

    @Test(arguments: [
        ("http://", "bad URL 'http://': no host", 3),
        ("http://a b/", "bad URL 'http://a b/': it holds a space, which is written %20", 3),
        ("http://a:99999/", "bad URL 'http://a:99999/': the port is not a decimal number up to 65535", 3),
        ("ftp://h/", "bad URL 'ftp://h/': the scheme 'ftp' is not supported", 1),
        (
            "http://u:secret@a@b/",
            "bad URL 'http://***@b/': more than one '@' before the host; inside user or password it is written %40",
            3
        ),
        (
            "http+unix:///x",
            "bad URL 'http+unix:///x': no socket path; its slashes are written %2F, as in http+unix://%2Frun%2Fa.sock/",
            3
        ),
        ("http://h/{a,b", "a { without its } in URL position 10:\nhttp://h/{a,b\n         ^", 3),
        ("http://h/[9-1]", "bad range in URL position 11:\nhttp://h/[9-1]\n          ^", 3),
    ]) func `a bad URL`(_ url: String, _ message: String, _ status: Int32) throws {
        let folder = try TemporaryDirectory()
        let result = try runFerry(["-o", "out", url], directory: folder.path)
        #expect(result.exitStatus == status, "\(result)")
        #expect(result.errText == "ferry: (\(status)) \(message)\n")
        #expect(folder.names().isEmpty)
    }
}
