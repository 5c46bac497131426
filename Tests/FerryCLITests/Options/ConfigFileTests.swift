import HTTPCore
import Testing

@testable import FerryCLI

struct ConfigFileTests {
    private func line(_ text: String) throws -> ConfigFile.Line? {
        try ConfigFile.parse(Array(text.utf8)[...])
    }

    @Test(
        arguments: [
            ("output file", "output", "file"), ("output = file", "output", "file"),
            ("output: file", "output", "file"),
            ("output=file", "output", "file"), ("output =: file", "output", "file"),
            ("  output\tfile  ", "output", "file"),
            ("output file\r", "output", "file"), ("-o file", "-o", "file"),
            ("--output file", "--output", "file"),
            ("--output=file", "--output=file", nil), ("silent", "silent", nil), ("output =", "output", nil),
            ("output = \"\"", "output", ""), ("output \"a b\"", "output", "a b"),
            (#"header "A: \"q\" \\ \t\n\r\v\x""#, "header", "A: \"q\" \\ \t\n\r\u{0B}x"),
            ("output file # why", "output", "file"),
            ("output \"a\" # why", "output", "a"), ("-o = file", "-o", "="), ("url #", "url", "#"),
            ("a\\b c", "a\\b", "c"),
        ] as [(String, String, String?)])
    func `lines`(text: String, name: String, value: String?) throws {
        let parsed = try line(text)
        #expect(parsed?.name == name)
        #expect(parsed?.value == value)
        if name != "-o" { #expect(parsed?.warnings == []) }
    }

    @Test(arguments: ["", "   ", "#", "  # comment", "\r", "\t\r"])
    func `lines that say nothing`(text: String) throws {
        #expect(try line(text) == nil)
    }

    @Test func `what would be lost is warned of`() throws {
        #expect(
            try line("user-agent My Agent")?.warnings
                == ["option user-agent: text after a blank in a value without quotes is ignored"])
        #expect(
            try line("output \"a\" b")?.warnings == ["option output: text after the closing quote is ignored"]
        )
        #expect(
            try line("header 'A:")?.warnings == [
                "option header: the value starts with a single quote, which does not quote here; double quotes do"
            ])
    }

    @Test func `options of a file apply in place`() throws {
        let files = FakeFiles([
            "c":
                "# job\nsilent\nlocation\r\nurl = \"https://a/\"\nno-buffer\n-H \"A: 1\"\nnext\nurl: https://b/\n-sS\n"
        ])
        let settings = try parse(["-K", "c", "-I", "https://c/"], files: files)
        #expect(settings.global.silent && settings.global.showError)
        #expect(settings.operations.count == 2)
        #expect(settings.operations[0].location)
        #expect(settings.operations[0].buffer == false)
        #expect(settings.operations[0].headers == [.field(name: "A", value: "1")])
        #expect(settings.operations[0].urls == [.url("https://a/")])
        #expect(settings.operations[1].urls == [.url("https://b/"), .url("https://c/")])
        #expect(settings.operations[1].head)
        #expect(settings.warnings == [])
    }

    @Test func `a file on standard input`() throws {
        let settings = try parse(["-K", "-"], files: FakeFiles(input: "\u{FEFF}url = x"))
        #expect(settings.operations[0].urls == [.url("x")])
    }

    @Test(
        arguments: [
            ("silent = yes", "c:1: option --silent: 'yes' is given, but the option takes no value", 2),
            ("\n\nbogus-thing", "c:3: option --bogus-thing: is unknown", 2),
            (
                "# x\nlimit = many",
                "c:2: option --limit: 'many' is not a whole number (0 or more; 0 = no limit)", 2
            ),
            ("output", "c:1: option --output: needs a value: <file>", 2),
            ("output =", "c:1: option --output: needs a value: <file>", 2),
            ("output = \"\"", "c:1: option --output: needs a value that is not empty", 2),
            ("output = \"x", "c:1: option output: the value has no closing double quote", 2),
            ("data = @gone", "c:1: option --data: cannot read 'gone': No such file or directory", 26),
            ("= x", "c:1: '= x' does not start with the name of an option", 2),
            (
                "no-limit",
                "c:1: option --no-limit: cannot be reversed; only on/off options have a --no- form", 2
            ),
            ("-so", "c:1: option -o: needs a value: <file>", 2),
            ("-s x", "c:1: option -s: 'x' is given, but the option takes no value", 2),
            ("--", "c:1: option --: is unknown", 2),
            ("-", "c:1: option -: is unknown", 2),
        ] as [(String, String, Int32)])
    func `errors name file and line`(text: String, message: String, status: Int32) {
        let error = refusal(["-K", "c"], files: FakeFiles(["c": text]))
        #expect(error?.description == message)
        #expect(error?.status.rawValue == status)
    }

    @Test func `warnings name file and line`() throws {
        let settings = try parse(["-K", "c"], files: FakeFiles(["c": "silent\nrange = 5 x"]))
        #expect(
            settings.warnings == [
                "c:2: option range: text after a blank in a value without quotes is ignored",
                "c:2: option --range: '5' has no dash; taken for '5-'",
            ])
    }

    @Test func `files nest to a depth`() throws {
        var files = FakeFiles(["8": "silent"])
        for depth in 1..<8 { files.files["\(depth)"] = Array("config = \(depth + 1)".utf8) }
        #expect(try parse(["-K", "1"], files: files).global.silent)
        let error = refusal(["-K", "c"], files: FakeFiles(["c": "config = c"]))
        #expect(error?.description == "c:1: option --config: more than 8 config files inside one another")
        #expect(error?.status == .usage)
    }

    @Test func `bytes that are not text are refused where text is needed`() {
        var files = FakeFiles()
        files.files["c"] = Array("silent\nmax-time = ".utf8) + [0xFF]
        #expect(
            refusal(["-K", "c"], files: files)?.description
                == "c:2: option --max-time: the value is not UTF-8 text")
    }

    @Test(arguments: [
        "output = \"f\0x\"", "output = f\0x", "upload-file = \"f\0x\"", "cert = \"f\0x\"", "data = \"@f\0x\"",
        "form = \"a=@f\0x\"", "form = \"a=<f\0x\"", "cookie = \"f\0x\"", "report = \"tap=f\0x\"",
        "har = \"f\0x\"", "resolve = \"h:80:127.0.0.1\0x\"", "max-time = \"1\0\"",
    ])
    func `no name is cut at a NUL`(line: String) {
        let error = refusal(["-K", "c"], files: FakeFiles(["c": line, "f": "1"]))
        #expect(error?.description.contains("holds a NUL") ?? false, "\(String(describing: error))")
        #expect(error?.status == .usage)
    }

    @Test func `data may hold NULs`() throws {
        let settings = try parse(["-K", "c"], files: FakeFiles(["c": "data = \"a\0b\"\nuser = \"a\0:\0\""]))
        #expect(settings.operations[0].data.first?.bytes == [0x61, 0, 0x62])
    }

    @Test func `a secret in a file is not in the argument vector`() throws {
        let settings = try parse(["-K", "c"], files: FakeFiles(["c": "user = a:b"]))
        #expect(settings.secrets == [])
        #expect(settings.operations[0].user == Credentials(user: "a", password: "b"))
    }

    @Test func `no line traps`() {
        let pieces = ["\"", "\\", "=", ":", " ", "-", "--", "#", "o", "url", "\u{FEFF}", "é", "\u{0}"]
        for one in pieces {
            for two in pieces {
                for three in pieces { _ = refusal(["-K", "c"], files: FakeFiles(["c": one + two + three])) }
            }
        }
    }
}
