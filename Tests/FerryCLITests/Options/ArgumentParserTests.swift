import Testing

@testable import FerryCLI

struct ArgumentParserTests {
    @Test func `a URL alone is one operation with that URL`() throws {
        let settings = try parse("https://example.com/")
        #expect(settings.operations.count == 1)
        #expect(settings.operations[0].urls == [.url("https://example.com/")])
        #expect(settings.global == GlobalSettings())
        #expect(settings.task == .fetch)
    }

    @Test(arguments: [
        ["--max-time", "3", "u"], ["--max-time=3", "u"], ["-m", "3", "u"], ["-m3", "u"], ["-sm3", "u"],
        ["-sm", "3", "u"], ["u", "-m", "3"],
    ])
    func `a value may be attached or follow`(arguments: [String]) throws {
        let settings = try parse(arguments)
        #expect(settings.operations[0].maxTime == .seconds(3))
        #expect(settings.operations[0].urls == [.url("u")])
    }

    @Test func `an equals sign in the value stays`() throws {
        #expect(try operation(["--data-raw=a=b=c"]).joinedData == Array("a=b=c".utf8))
        #expect(try operation(["--user-agent="]).userAgent == "")
    }

    @Test func `letters cluster`() throws {
        let settings = try parse("-sSfL u")
        #expect(settings.global.silent)
        #expect(settings.global.showError)
        #expect(settings.operations[0].fail == .withoutBody)
        #expect(settings.operations[0].location)
    }

    @Test func `a letter with a value eats the rest of its token`() throws {
        #expect(try operation(["-ofile", "u"]).outputs == [.file("file")])
        #expect(try operation(["-sofs", "u"]).outputs == [.file("fs")])
        #expect(try operation(["-so", "-x", "u"]).outputs == [.file("-x")])
    }

    @Test func `no- takes an option back`() throws {
        #expect(try !operation(["-L", "--no-location", "u"]).location)
        #expect(try operation(["--no-location", "-L", "u"]).location)
        #expect(try operation(["-N", "u"]).buffer == false)
        #expect(try operation(["--no-buffer", "u"]).buffer == false)
        #expect(try operation(["-N", "--buffer", "u"]).buffer == true)
        #expect(try parse("--no-progress-meter u").global.progressMeter == false)
        #expect(try operation(["--no-atomic", "u"]).atomic == false)
        #expect(try parse("--no-dns-cache u").global.dnsCache == false)
    }

    @Test func `two dashes end the options`() throws {
        let settings = try parse("-s -- -v --next -")
        #expect(settings.operations.count == 1)
        #expect(settings.operations[0].urls == [.url("-v"), .url("--next"), .url("-")])
        #expect(settings.global.verbosity == 0)
    }

    @Test func `an at sign before a bare argument names a list of URLs`() throws {
        #expect(
            try operation(["@list.txt", "--url", "@other"]).urls == [
                .list(path: "list.txt"), .list(path: "other"),
            ])
    }

    @Test func `next starts an operation with fresh local options`() throws {
        let settings = try parse("-L -s -o a u1 --next -d x u2 -: -I u3")
        #expect(settings.operations.count == 3)
        #expect(settings.operations[0].location)
        #expect(settings.operations[0].outputs == [.file("a")])
        #expect(!settings.operations[1].location)
        #expect(settings.operations[1].data == [DataPiece(kind: .form, bytes: [120])])
        #expect(settings.operations[2].head)
        #expect(settings.global.silent)
    }

    @Test func `next needs a URL before it`() {
        let error = refusal(["-s", "--next", "u"])
        #expect(error?.description == "option --next: needs a URL before it")
        #expect(error?.status == .usage)
    }

    @Test func `verbosity counts within one token only`() throws {
        #expect(try parse("-v u").global.verbosity == 1)
        #expect(try parse("-vv u").global.verbosity == 2)
        #expect(try parse("-vsv u").global.verbosity == 2)
        #expect(try parse("-vvvvvv u").global.verbosity == 4)
        #expect(try parse("-vvv -v u").global.verbosity == 1)
        #expect(try parse("--verbose --verbose u").global.verbosity == 1)
        #expect(try parse("-vv --no-verbose u").global.verbosity == 0)
    }

    @Test func `per-URL options keep their order`() throws {
        let settings = try operation([
            "-O", "a", "-o", "b.out", "b", "--no-remote-name", "c", "-T", "x", "-T", "",
        ])
        #expect(settings.outputs == [.remoteName, .file("b.out"), .none])
        #expect(settings.uploads == [.file("x"), .none])
        #expect(settings.urls == [.url("a"), .url("b"), .url("c")])
    }

    @Test func `the last of a group wins`() throws {
        #expect(try operation(["-4", "-6", "u"]).addressFamily == .ipv6)
        #expect(try operation(["-4", "--address-family", "any", "u"]).addressFamily == .any)
        #expect(try operation(["-f", "--fail-with-body", "u"]).fail == .withBody)
        #expect(try operation(["--fail-with-body", "-f", "u"]).fail == .withoutBody)
        let abstract = UnixSocketArgument(path: "x", isAbstract: true)
        #expect(
            try operation(["--unix-socket", "/s", "--abstract-unix-socket", "x", "u"]).unixSocket == abstract)
    }

    @Test func `old spellings are known`() throws {
        #expect(try operation(["--include", "u"]).showHeaders)
        #expect(try !operation(["-i", "--no-include", "u"]).showHeaders)
        #expect(try operation(["--data-ascii", "x"]).data.count == 1)
    }

    @Test(
        arguments: [
            ([], nil), (["category"], "category"), (["--retry"], "--retry"), (["-X", "--bad"], "-X"),
        ] as [([String], String?)])
    func `help takes the next argument as its topic`(rest: [String], topic: String?) throws {
        #expect(try parse(["--help"] + rest).task == .help(topic: topic))
        #expect(try parse(["-h"] + rest).task == .help(topic: topic))
        #expect(try parse(["-sh"] + rest).task == .help(topic: topic))
    }

    @Test func `help and version end parsing`() throws {
        #expect(try parse("--help=tls --bad").task == .help(topic: "tls"))
        #expect(try parse("-V --bad").task == .version)
        #expect(try parse("-sVz").task == .version)
        #expect(try parse("--generate fish").task == .generate(.fish))
    }

    @Test(arguments: [
        (["--nonsense-option"], "option --nonsense-option: is unknown"),
        (["--max-tiem", "3"], "option --max-tiem: is unknown; did you mean --max-time?"),
        (["--insecur"], "option --insecur: is unknown; did you mean --insecure?"),
        (["--no-bufer"], "option --no-bufer: is unknown; did you mean --no-buffer?"),
        (["--Silent"], "option --Silent: is unknown; did you mean --silent?"),
        (["--out", "x"], "option --out: is unknown; -o does that here"),
        (["-"], "option -: is unknown"),
        (["-sé"], "option -é: is unknown"),
        (["-W", "now"], "option -W: is unknown"),
        (["--=x"], "option --: is unknown"),
        (["--no-limit"], "option --no-limit: cannot be reversed; only on/off options have a --no- form"),
        (["--no-next"], "option --no-next: cannot be reversed; only on/off options have a --no- form"),
        (["--no-"], "option --no-: is unknown"),
        (["--silent=yes"], "option --silent: 'yes' is given, but the option takes no value"),
        (["-o"], "option -o: needs a value: <file>"),
        (["--output"], "option --output: needs a value: <file>"),
        (["u", "-sm"], "option -m: needs a value: <seconds>"),
        (["-o", ""], "option -o: needs a value that is not empty"),
        (["--max-time="], "option --max-time: needs a value that is not empty"),
        ([""], "option --url: needs a value that is not empty"),
        (["-\u{1B}[2J"], "option -\\x1B: is unknown"),
    ])
    func `a wrong command line is named`(arguments: [String], text: String) {
        let error = refusal(arguments)
        #expect(error?.description == text)
        #expect(error?.status == .usage)
    }

    @Test func `the hint names the help`() {
        #expect(UsageError.hint == "try 'ferry --help' for more information")
    }

    @Test func `typographic quotes and dashes are warned of`() throws {
        let settings = try parse(["-A", "\u{201C}probe\u{201D}", "u"])
        #expect(
            settings.warnings == [
                "option -A: '\u{201C}probe\u{201D}' starts with a typographic quote or dash; was a plain one meant?"
            ])
        #expect(settings.operations[0].userAgent == "\u{201C}probe\u{201D}")
    }

    @Test func `a file name that looks like an option is warned of`() throws {
        #expect(
            try parse(["-o", "-L", "u"]).warnings == ["option -o: the file name '-L' looks like an option"])
        #expect(try parse(["-o", "-", "u"]).warnings == [])
        #expect(try parse(["-d", "-L", "u"]).warnings == [])
    }

    @Test func `secrets are noted with their place`() throws {
        let settings = try parse(["-s", "-u", "a:b", "--proxy-user=c:d", "-sEf:pw", "-uq", "u"])
        #expect(
            settings.secrets == [
                SecretArgument(index: 2, offset: 0), SecretArgument(index: 3, offset: 13),
                SecretArgument(index: 4, offset: 3), SecretArgument(index: 5, offset: 2),
            ])
    }

    @Test func `a secret is not shown in warnings`() throws {
        #expect(try parse(["-u", "\u{201C}a:b", "u"]).warnings == [])
    }

    @Test func `verbose and trace-ascii exclude each other, the last wins`() throws {
        let traced = try parse("-v --trace-ascii t u")
        #expect(traced.global.verbosity == 0)
        #expect(traced.global.traceAscii == .file("t"))
        #expect(traced.warnings == ["--trace-ascii overrides the -v before it"])
        let verbose = try parse("--trace-ascii % -vv u")
        #expect(verbose.global.verbosity == 2)
        #expect(verbose.global.traceAscii == nil)
        #expect(verbose.warnings == ["-v overrides the --trace-ascii before it"])
    }

    @Test func `the overridden kind of failing is warned of`() throws {
        #expect(
            try parse("-f --fail-with-body -f u").warnings == [
                "--fail-with-body overrides the --fail before it",
                "--fail overrides the --fail-with-body before it",
            ])
        #expect(try parse("-f -f --no-fail --fail-with-body u").warnings == [])
    }

    @Test func `no command line traps`() {
        // Every short sequence over the pieces that the parser looks at, then long and odd ones.
        let pieces = [
            "-", "--", "=", "-o", "-v", "--no-", "--help", "h", "", "@", "-:", "--url", "é", "\u{0}", "-E",
            ":",
        ]
        for one in pieces {
            for two in pieces {
                for three in ["", "-", "=", "u"] {
                    _ = refusal([one, two, three])
                    _ = refusal([one + two + three])
                    _ = refusal([one + two, three])
                }
            }
        }
        for option in OptionTable.all {
            for value in [
                "", "-", "@", "@-", ":", "::", "[", "]", "[]:", "+", "-1", "9999999999999999999", "1e9", ".",
                "%",
            ] {
                _ = refusal(["--\(option.name)", value])
                _ = refusal(["--\(option.name)=\(value)", "u"])
                _ = refusal(["--no-\(option.name)", value])
            }
        }
        _ = refusal(["-" + String(repeating: "v", count: 100_000)])
        _ = refusal(["--" + String(repeating: "x", count: 100_000)])
    }
}
