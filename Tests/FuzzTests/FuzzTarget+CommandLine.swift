import HTTPCore

@testable import FerryCLI

extension FuzzTarget {
    /// What a user writes: globs, options, config files, formats of `-w`.
    static let commandLine = [
        FuzzTarget(
            "globs",
            seeds: [
                "http://a/[1-9]{b,c}", "[01-99:2][a-z:3]", "{a,{b}}", "[::1]/[9-1]", "<n>[1-3]{x}",
                "\\[1-2\\]\\{\\}", "[]", "{}",
                "[0-9223372036854775807]", "[-1-2]", "[a-Z]", "{,}", "[1-2:0]", "[1-18446744073709551616]",
            ]
        ) { input in
            guard let glob = try? URLGlob(words(input)) else { return nil }
            guard glob.count > 0 else { return "\(glob.count) URLs" }
            for index in [0, glob.count / 2, glob.count - 1] { _ = glob.url(at: index) }
            var count = 0
            for combination in glob.prefix(20) {
                guard combination.url == glob.url(at: count) else {
                    return "number \(count) is \(combination.url)"
                }
                count += 1
            }
            return count == min(20, glob.count) ? nil : "\(count) of \(glob.count)"
        },
        FuzzTarget(
            "expectations",
            seeds: [
                "^v\\d+(a|b)*?$\nv1ab", "[^a-z]{2,3}\\b\n12 ", "(?i)ß|(?:x)+\nX", "[]\\x41-]\nA",
                ".a[] | length >= 2\n{\"a\":[[1,2]]}", "X-A ~ ^b\nb", "!X\n", "200,3xx,!304\n304", "*= a\nba",
            ]
        ) { input in
            let parts = words(input).split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            let text = String(parts[0])
            var seen = Observations()
            seen.body = .bytes(Array((parts.count > 1 ? parts[1] : "").utf8))
            seen.fields = [("X-A", ByteString(input.prefix(20)))]
            _ = (try? Expectation.status(text))?.judge(seen)
            _ = (try? Expectation.header(text))?.judge(seen)
            _ = (try? Expectation.body(text))?.judge(seen)
            _ = (try? Expectation.json(text))?.judge(seen)
            _ = (try? Expectation.size(text))?.judge(seen)
            _ = (try? Pattern(text))?.isFound(in: input)
            return nil
        },
        FuzzTarget(
            "config",
            seeds: [
                "url = \"http://a/\\\"\\n\"\noutput: x\n-s\n--retry 5\n",
                "# c\n\u{feff}url http://a\nnext\nurl=b", "data \"a", "-K x",
                "limit-rate = 1k\nmax-time 1.5\nrange 1-2\nheader \"A: b\"\nform a=@b;type=c/d;filename=\"e\\\"\"\n",
                "user a:b\ncookie c=d\nresolve a:1:[::1],127.0.0.1\nconnect-to ::b:2\nproto -all,https\n",
                "variable a=b\nexpand-url http://{{a:trim:url:b64}}\n",
                "no-silent\nsilent=x\nwrite-out @f\ntime-cond -20200101\n",
            ]
        ) { input in
            _ = try? Settings.load(
                arguments: ["-q", "-K", "config"], environment: { _ in "value" },
                files: FuzzFiles(config: input))
            return nil
        },
        FuzzTarget(
            "arguments",
            seeds: [
                "-sSLo\nx\nhttp://a", "--data-urlencode\na@f\n--json\n{}", "-F\na=b;type=\"c\";headers=@f",
                "--\n-x", "-",
                "--retry\n-1\n--max-filesize\n1G\n--limit-rate\n9999999999999G",
                "-w\n%{json}\n-T\n{a,b}\n-r\n1-", "--no-\n---\n--=x",
                "--fingerprint\nzz\n--tls-max\n1.2\n--ciphers\nA:B\n--interface\nhost!x\n--local-port\n1-70000",
                "--aws-sigv4\na:b:c:d",
            ]
        ) { input in
            let arguments = input.split(separator: 10, omittingEmptySubsequences: false).map {
                words(Array($0))
            }
            do {
                _ = try Settings.load(
                    arguments: ["-q"] + arguments, environment: { _ in nil }, files: FuzzFiles(config: input))
            } catch {
                // A line of its own, whatever was typed.
                let text = "\(error)"
                if text.utf8.contains(where: { $0 < 0x20 && $0 != 10 }) {
                    return "the error holds a control byte: \(text)"
                }
            }
            return nil
        },
        FuzzTarget(
            "write-out",
            seeds: [
                "%{http_code} %{url_effective}\\n\\t\\\\", "%header{set-cookie:all:, }%{header_json}%{json}",
                "%{stderr}a%{stdout}b",
                "%output{>>a}%output{b}%time{%Y-%m-%d %H:%M:%S.%f%z%%}", "%%%{%{x}%", "%{onerror}%{certs}",
                "%header{", "%time{%",
            ]
        ) { input in
            let template = WriteOutTemplate(words(input))
            let report = TransferReport()
            report.headers = [TransferReport.Header(name: "Set-Cookie", value: "a\u{1b}[1m")]
            for code in [0, 22] {
                report.exitCode = code
                _ = template.render(report, version: "ferry", now: .now())
            }
            // Text without a per cent or a backslash stands for itself.
            guard !input.contains(0x25), !input.contains(0x5c), !input.isEmpty else { return nil }
            let shown = template.render(report, version: "ferry", now: .now()).flatMap(\.bytes)
            return shown == Array(words(input).utf8) ? nil : "shown as \(shown)"
        },
        FuzzTarget(
            "terminal",
            seeds: [
                "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nAuthorization: Basic x\r\n",
                "\u{1b}]0;x\u{7}\u{202e}\u{9b}", "http://u:p@h/?token=x",
                "Cookie: a=b; c=d\r\n folded", "\u{0}\u{7f}\r\n\t",
            ]
        ) { input in
            let (shown, hidden) = input.withUnsafeBytes {
                (TerminalText.escaped($0), SecretRedactor.redact(headers: $0))
            }
            _ = (hidden, SecretRedactor.redact(url: words(input)), SecretRedactor.masked(words(input)))
            return shown.contains(0x1b) || shown.contains(0x7f) ? "a control byte is left: \(shown)" : nil
        },
    ]
}

/// One config file, and the same bytes under every other name.
private struct FuzzFiles: FileSource {
    var config: [UInt8]

    func contents(of path: String, limit: Int) throws(FileReadError) -> [UInt8] {
        guard config.count <= limit else { throw .tooLarge(limit: limit) }
        return config
    }

    func standardInput(limit: Int) throws(FileReadError) -> [UInt8] { config }

    func exists(_ path: String) -> Bool { true }
}
