import Testing

@testable import FerryCLI

/// Every option that takes a value against the same malformed values: each is refused in one sentence, or taken for a
/// reason that stands here. An option without an entry fails the test.
struct MalformedValueTests {
    private typealias Status = FerryCLI.ExitStatus

    private static let values = [
        "-7", "9999999999999999999999999", "-9999999999999999999999999", "word!", "5zz", "1.5", "a\r\nb", "/",
        "nofile", "@nofile",
    ]

    /// What an option says to those values.
    private struct Entry: Sendable {
        /// The sentence after the option's name, in which % stands for the quoted value.
        var problem = ""
        var status = Status.usage
        /// Those of the values that are good ones, or are judged later.
        var taken: Set<String> = []
        /// Values with a sentence of their own.
        var others: [String: (problem: String, status: Status)] = [:]
        /// Why values are taken.
        var reason = ""
        /// Whether an empty value means something.
        var mayBeBlank = false
    }

    private static func refuses(
        _ problem: String, _ status: Status = .usage, but taken: Set<String> = [],
        because reason: String = "",
        others: [String: (String, Status)] = [:], mayBeBlank: Bool = false
    ) -> Entry {
        Entry(
            problem: problem, status: status, taken: taken, others: others.mapValues { ($0.0, $0.1) },
            reason: reason, mayBeBlank: mayBeBlank)
    }

    private static func takes(
        _ reason: String, but others: [String: (String, Status)] = [:], mayBeBlank: Bool = false
    ) -> Entry {
        refuses(
            "", but: Set(values).subtracting(others.keys), because: reason, others: others,
            mayBeBlank: mayBeBlank)
    }

    // MARK: What several options say

    private static let seconds = refuses(
        "% is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)", but: ["1.5"],
        because: "a time")
    private static let size = refuses("% is not a size (bytes, or with a unit: 100k, 1.5M, 2G)")
    private static let count = refuses("% is not a whole number (0 or more; 0 = no limit)")
    private static let outputFile = takes("a file name, checked when it is opened for writing")
    private static let text = takes("any text")
    private static let blankText = takes("any text, or none", mayBeBlank: true)
    private static let dataFile = takes(
        "any bytes, or a file",
        but: ["@nofile": ("cannot read 'nofile': No such file or directory", .readFailed)],
        mayBeBlank: true)
    private static let headerLine = takes(
        "what is no header field is left out with a warning, as curl does",
        but: [
            "a\r\nb": ("% holds a line break or NUL, which no header field may", .usage),
            "@nofile": ("cannot read 'nofile': No such file or directory", .readFailed),
        ], mayBeBlank: true)
    private static let loginName = refuses(
        "% has no password, and there is no terminal to ask at; write user:password")
    private static let withoutEffect = takes("it has no effect, whatever the value")

    private static func proxy(mayBeBlank: Bool = false) -> Entry {
        let name = "9999999999999999999999999"
        return takes(
            "a host that may exist",
            but: [
                name: (
                    "bad proxy URL: host '\(name)' is invalid: write the address in its plain form, such as 127.0.0.1",
                    .proxyNotResolved
                ),
                "word!": ("bad proxy URL %: '!' cannot stand in a host name", .proxyNotResolved),
                "a\r\nb": ("bad proxy URL %: it holds the control byte 0x0D", .proxyNotResolved),
                "/": ("bad proxy URL %: no host", .proxyNotResolved),
            ], mayBeBlank: mayBeBlank)
    }

    private static func existing(_ what: String) -> Entry {
        refuses("% does not exist (\(what))", but: ["/"], because: "it is there; read when it is needed")
    }

    private static func pins() -> Entry {
        refuses(
            "cannot read %: No such file or directory", .pinMismatch,
            others: ["/": ("cannot read %: Is a directory", .pinMismatch)])
    }

    private static func names(_ status: Status, priorities: Bool = false) -> Entry {
        refuses(
            "% holds %, which is unknown", status,
            but: priorities ? ["-7", "-9999999999999999999999999", "@nofile"] : [],
            because: "a priority string, which GnuTLS checks before a connection is made")
    }

    private static let operators = "!= !~ $= *= < <= == > >= ^= ~"

    private static func place(_ character: Int, _ problem: String) -> Entry {
        refuses("% is wrong at character \(character): \(problem)")
    }

    private static func whole(_ words: String) -> Entry { refuses("% is not a whole number (\(words))") }

    private static let protocolList = refuses(
        "% leaves no protocol (a list such as =https or -all,https is expected)",
        but: [
            "word!", "a\r\nb", "nofile", "-7", "9999999999999999999999999", "-9999999999999999999999999",
            "5zz", "1.5",
        ], because: "names that nobody knows are warned of, as with curl")
    private static let formPart = refuses("% is not of the form name=content")

    // MARK: The table

    // swift-format-ignore
    private static let table: [String: Entry] = [
        "url": takes("each URL is judged when its turn comes, so that the others are fetched"),
        "url-query": dataFile,
        "proto": protocolList,
        "proto-redir": protocolList,
        "proto-default": refuses("% is no protocol that ferry speaks (http or https)", .unsupportedProtocol),
        "request": takes("a token of any letters", but: [
            "a\r\nb": ("% is not a request method (such as PUT)", .usage),
            "/": ("% is not a request method (such as PUT)", .usage),
            "@nofile": ("% is not a request method (such as PUT)", .usage),
        ]),
        "header": headerLine,
        "user-agent": takes("any text", but: [
            "a\r\nb": ("% holds a line break or NUL, which no header field may", .usage)
        ], mayBeBlank: true),
        "referer": takes("any text", but: [
            "a\r\nb": ("% holds a line break or NUL, which no header field may", .usage)
        ], mayBeBlank: true),
        "user": loginName,
        "netrc-file": existing("a netrc file"),
        "oauth2-bearer": takes("any text", but: [
            "a\r\nb": ("holds a line break or NUL, which no header field may", .usage)
        ]),
        "aws-sigv4": refuses(
            "% is not of the form provider[:prefix[:region[:service]]] (aws:amz:us-east-1:s3)",
            .badFunctionArgument,
            but: ["-7", "9999999999999999999999999", "-9999999999999999999999999", "5zz", "1.5", "nofile"],
            because: "a provider of any name"),
        "httpsig-algo": refuses("% is not a way to sign (ed25519 or hmac-sha256)", .badFunctionArgument),
        "httpsig-headers": refuses(
            "% holds %, which is no part that can be signed (method, authority, path, query, or a field's name with a "
                + "colon behind it)", .badFunctionArgument),
        "httpsig-key": refuses(
            "needs hex digits, two for each byte of the key, or @ and the name of a file that holds them",
            .badFunctionArgument,
            others: ["@nofile": ("cannot read 'nofile': No such file or directory", .readFailed)]),
        "httpsig-keyid": refuses(
            "names a key, and there is none without --httpsig-key", .badFunctionArgument,
            others: [
                "a\r\nb": (
                    "% is not the name of a key (visible ASCII characters and blanks)", .badFunctionArgument
                )
            ]),
        "cookie": takes("without = a file name; one that is not there means no cookies", mayBeBlank: true),
        "cookie-jar": outputFile,
        "range": takes("sent as it is, with a warning", but: [
            "a\r\nb": ("% holds a line break or NUL, which no header field may", .usage)
        ]),
        "request-target": takes("any text without blanks", but: [
            "a\r\nb": ("% holds a blank or control character, which no request line may", .usage)
        ]),
        "time-cond": takes("what is neither date nor file is left out with a warning, as with curl", mayBeBlank: true),
        "etag-save": outputFile,
        "etag-compare": takes("a file that is not there stands for no tag"),
        "data": dataFile,
        "data-ascii": dataFile,
        "data-raw": blankText,
        "data-binary": dataFile,
        "data-urlencode": dataFile,
        "json": dataFile,
        "json-field": refuses("%: = and a text, or := and JSON, belong behind a path"),
        "form": formPart,
        "form-string": formPart,
        "upload-file": takes("a file name, checked when it is opened", mayBeBlank: true),
        "max-redirs": whole("-1 or more; -1 = no limit"),
        "output": outputFile,
        "output-dir": takes("a folder, checked when a file is made in it"),
        "dump-header": outputFile,
        "write-out": takes("any text", but: [
            "@nofile": ("cannot read 'nofile': No such file or directory", .readFailed)
        ], mayBeBlank: true),
        "max-filesize": size,
        "continue-at": refuses("% is not an offset (a number of bytes, or - for the size of the output file)"),
        "expect-status": place(1, "a status such as 204 or a class such as 3xx belongs there"),
        "expect-header": refuses(
            "% is wrong at character 1: the name of a header field belongs there", but: [
                "-7", "9999999999999999999999999", "-9999999999999999999999999", "5zz", "1.5", "nofile",
            ], because: "a field of any name", others: [
                "word!": ("% is wrong at character 5: one of \(operators) belongs there", .usage),
                "a\r\nb": ("% is wrong at character 2: one of \(operators) belongs there", .usage),
            ]),
        "expect-body": place(1, "one of \(operators) belongs there"),
        "expect-json": place(1, "a path begins with a dot"),
        "expect-time": seconds,
        "expect-size": place(1, "a number of bytes belongs there"),
        "expect-cert-days": whole("0 to 1000000"),
        "expect-redirects": whole("0 to 1000000"),
        "expect-reuse": place(1, "a whole number from 0 to 100 belongs there"),
        "expect-limit": size,
        "wait-ready": seconds,
        "wait-interval": refuses(
            "% is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)",
            others: ["1.5": ("needs --wait-ready, which says how long", .usage)]),
        "wait-times": whole("1 to 1000000"),
        "wait-url": refuses("needs --wait-ready, which says how long"),
        "unix-map": refuses("% is not of the form host=path"),
        "report": refuses("% names no format before an equals sign (junit, tap, json, github)"),
        "retry": whole("0 to 2147483647; 0 = never"),
        "retry-delay": seconds,
        "retry-max-time": seconds,
        "retry-max-delay": seconds,
        "retry-after": refuses("% is neither 'honor' nor 'ignore'"),
        "retry-after-max": seconds,
        "checksum": refuses(
            "% is neither a checksum (sha256, sha384, sha512, sha1 or md5, a colon, and as many hex digits as it has) nor a file after @",
            others: ["@nofile": ("cannot read 'nofile': No such file or directory", .readFailed)]),
        "checksum-url": takes("a URL, read when it is fetched"),
        "rate-per-host": refuses(
            "% is not a rate (a number of transfers, at least 1, with a time after a slash: 2/s, 10/m, 3/5h, 100/d) and, after a comma, how many may go at once"
        ),
        "retry-on": refuses(
            "% holds %, which is none of connect, dns, timeout, reset, partial, empty, expect, all, a status such as 404 or a class such as 5xx, each with or without '!'",
            others: [
                "word!": (
                    "'word!' holds 'word!', which is none of connect, dns, timeout, reset, partial, empty, expect, all, a status such as 404 or a class such as 5xx, each with or without '!'",
                    .usage
                )
            ]),
        "limit": count,
        "limit-per-host": count,
        "parallel-max": whole("0 or more; 0 = 50"),
        "parallel-max-host": count,
        "rate": refuses(
            "% is not a rate (a number of transfers, at least 1, with a time after a slash: 2/s, 10/m, 3/5h, 100/d)"),
        "connect-timeout": seconds,
        "max-time": seconds,
        "expect100-timeout": seconds,
        "connect-to": refuses(
            "% is not of the form host:port:host:port (each part may be empty)", .malformedOptionValue),
        "resolve": refuses(
            "% is not of the form host:port:address[,address...] (or -host:port)", .malformedOptionValue),
        "address-family": refuses("% is not an address family (any, ipv4 or ipv6)"),
        "local-addr": refuses("% is not an IP address (192.0.2.1, 192.0.2.1:4000, 2001:db8::1 or [2001:db8::1]:4000)"),
        "unix-socket": takes("a socket, which is looked for when it is connected"),
        "abstract-unix-socket": takes("a socket, which is looked for when it is connected"),
        "limit-rate": size,
        "speed-limit": size,
        "speed-time": seconds,
        "idle-timeout": seconds,
        "dns-cache-ttl": refuses(
            "% is not a time (seconds such as 10 or 2.5, with a unit such as 2m, or 'forever')", but: ["1.5"],
            because: "a time"),
        "happy-eyeballs-timeout-ms": refuses("% is not a number of milliseconds (0 to 86400000, or 'off')"),
        "interleave": whole("0 to 2147483647; 0 = keep the order"),
        "interface": takes("a name that is looked for among interfaces and hosts when a socket is bound"),
        "local-port": refuses("% is not a port or a range of them (0 to 65535: 4000 or 4000-4100)"),
        "keepalive-time": whole("0 to 2147483647; 0 = the default"),
        "keepalive-cnt": whole("0 to 2147483647; 0 = the default"),
        "ip-tos": refuses("% is not a type of service (0 to 255, or a name such as AF11, CS1, EF, LE)"),
        "vlan-priority": whole("0 to 7; 7 = highest"),
        "haproxy-clientip": refuses("% is not an IP address (192.0.2.1 or 2001:db8::1)"),
        "cacert": existing("a file of PEM certificates is needed"),
        "capath": takes("a folder, read when a certificate is checked"),
        "crlfile": existing("a file of PEM revocation lists is needed"),
        "pinnedpubkey": pins(),
        "cert": takes("a file, read when TLS begins"),
        "cert-type": refuses("% is not a type of file (PEM, DER or P12)", .clientCertificate),
        "key": refuses("needs --cert"),
        "key-type": refuses("% is not a type of file (PEM or DER)", .clientCertificate),
        "pass": blankText,
        "tls-max": refuses("% is not a version of TLS (1.0, 1.1, 1.2, 1.3 or default)"),
        "ciphers": names(.badCipher, priorities: true),
        "tls13-ciphers": names(.badCipher),
        "curves": names(.badCipher),
        "sigalgs": names(.tlsHandshakeFailed),
        "hsts": takes("a file name; one that is not there yet holds no hosts", mayBeBlank: true),
        "ssl-sessions": takes("a file name, checked before the first connection"),
        "fingerprint": refuses("% is not a SHA-256 fingerprint (64 hex digits, colons allowed)"),
        "tls-shutdown-timeout": seconds,
        "proxy": proxy(mayBeBlank: true),
        "noproxy": takes("a list of names; those that fit no host exempt none", mayBeBlank: true),
        "proxy-user": loginName,
        "proxy-cacert": existing("a file of PEM certificates is needed"),
        "proxy-capath": takes("a folder, read when a certificate is checked"),
        "proxy-crlfile": existing("a file of PEM revocation lists is needed"),
        "proxy-pinnedpubkey": pins(),
        "proxy-cert": takes("a file, read when TLS begins"),
        "proxy-cert-type": refuses("% is not a type of file (PEM, DER or P12)", .clientCertificate),
        "proxy-key": refuses("needs --proxy-cert"),
        "proxy-key-type": refuses("% is not a type of file (PEM or DER)", .clientCertificate),
        "proxy-pass": blankText,
        "proxy-ciphers": names(.badCipher, priorities: true),
        "proxy-tls13-ciphers": names(.badCipher),
        "proxy-header": headerLine,
        "proxy1.0": proxy(),
        "socks4": proxy(),
        "socks4a": proxy(),
        "socks5": proxy(),
        "socks5-hostname": proxy(),
        "preproxy": proxy(mayBeBlank: true),
        "trace-ascii": outputFile,
        "trace": outputFile,
        "trace-config": takes("a component that is not known is warned of and left out, as curl does without a word"),
        "stderr": outputFile,
        "variable": refuses(
            "% does not begin with the name of a variable (1 to 127 letters, digits and underscores)", others: [
                "9999999999999999999999999": ("% is not of the form name=text, name@file or %%name", .usage),
                "5zz": ("% is not of the form name=text, name@file or %%name", .usage),
                "nofile": ("% is not of the form name=text, name@file or %%name", .usage),
            ]),
        "config": refuses("cannot read %: No such file or directory", .readFailed, others: [
            "/": ("cannot read %: Is a directory", .readFailed)
        ]),
        "generate": refuses("% cannot be generated (man, bash, zsh, fish or events-schema)"),
        "events": outputFile,
        "har": outputFile,
        "pretty": refuses("% is not auto, all or none"),
        "har-bodies": refuses("% is none of none, text and all"),
        "progress": refuses("% is none of auto, bars, plain, json and none"),
        "repeat": refuses("% is not a whole number (1 or more)"),
        "for": seconds,
        "secret": text,
        "secret-value-env": refuses("% is no variable of the environment, or an empty one"),
    ]

    private static func entry(_ option: Option) -> Entry? {
        if let entry = table[option.name] { return entry }
        guard let inert = option.inert, case .value(_, let traits, let grammar) = inert.form else {
            return nil
        }
        var entry: Entry
        switch (grammar, inert.effect) {
        case (.fileMode, _): entry = refuses("% is not a file mode (octal, 0 to 0777)")
        case (.md5, _): entry = refuses("% is not an MD5 sum (32 hex digits)")
        // The one number among the values that fits in no integer is refused with the words.
        case (.number, _): entry = refuses("% is not a whole number (0 or more)")
        case (.anything, .refused): entry = refuses("is refused: \(inert.reason)")
        case (.anything, _): entry = withoutEffect
        }
        entry.mayBeBlank = traits.contains(.mayBeBlank)
        return entry
    }

    // MARK: Tests

    static let options = OptionTable.all.filter { $0.kind.needsValue }.map(\.name)

    @Test(arguments: options) func `malformed values are refused in a sentence, or taken for a reason`(
        _ name: String
    ) throws {
        let option = try #require(OptionTable.named(name))
        let entry = try #require(Self.entry(option), "\(option) takes a value and has no entry here")
        #expect(entry.taken.isEmpty || !entry.reason.isEmpty, "\(option) needs a reason")
        for value in Self.values {
            let refusal = Self.refusal(["--\(option.name)=\(value)", "http://localhost/"])
            guard !entry.taken.contains(value) else {
                #expect(refusal == nil, "\(option) \(value)")
                continue
            }
            let (problem, status) = entry.others[value] ?? (entry.problem, entry.status)
            let shown = problem.replacing("%%", with: "\u{0}").replacing("%", with: Quoting.quoted(value))
                .replacing("\u{0}", with: "%")
            #expect(refusal?.text == "option --\(option.name): \(shown)")
            #expect(refusal?.status == status, "\(option) \(value)")
        }
    }

    @Test(arguments: options) func `a value must be there, and be empty only where that means something`(
        _ name: String
    ) throws {
        let option = try #require(OptionTable.named(name))
        let entry = try #require(Self.entry(option), "\(option) takes a value and has no entry here")
        let flag = "--\(name)"
        let missing = Self.refusal(["http://localhost/", flag])
        #expect(missing?.text == "option \(flag): needs a value: <\(option.kind.valueName ?? "")>")
        #expect(missing?.status == .usage)
        let blank = Self.refusal(["\(flag)=", "http://localhost/"])
        #expect(blank?.text == (entry.mayBeBlank ? nil : "option \(flag): needs a value that is not empty"))
        #expect(blank?.status == (entry.mayBeBlank ? nil : .usage))
    }

    /// The error of a command line as it is shown, with the real files; nil when it can be run.
    private static func refusal(_ arguments: [String]) -> (text: String, status: Status)? {
        let files = PosixFileSource()
        do throws(UsageError) {
            let settings = try Settings.load(
                arguments: ["-q"] + arguments, environment: { _ in nil }, files: files)
            var planner = Planner(
                settings: settings, environment: { _ in nil }, fileExists: files.exists,
                askPassword: { _ in nil })
            _ = try planner.plan()
            return nil
        } catch {
            return (TerminalText.escapedLine("\(error)"), error.status)
        }
    }
}
