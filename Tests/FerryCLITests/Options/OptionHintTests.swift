import HTTPCore
import Testing

@testable import FerryCLI

/// What ferry says where people get stuck, and what it keeps to itself.
struct OptionHintTests {
    @Test(arguments: [
        ("continue", "--continue: is unknown; -C - does that here"),
        ("content-disposition", "--content-disposition: is unknown; -OJ does that here"),
        ("no-check-certificate", "--no-check-certificate: is unknown; -k does that here"),
        ("tries", "--tries: is unknown; --retry does that here"),
        ("input-file", "--input-file: is unknown; --url @FILE does that here"),
        ("directory-prefix", "--directory-prefix: is unknown; --output-dir does that here"),
        ("output-document", "--output-document: is unknown; -o does that here"),
        ("quiet", "--quiet: is unknown; -s does that here"),
        ("split", "--split: is unknown; --limit-per-host does that here"),
        (
            "max-connection-per-server",
            "--max-connection-per-server: is unknown; --limit-per-host does that here"
        ),
    ])
    func `options of other tools name ours (T-05)`(name: String, text: String) {
        #expect(refusal(["--\(name)", "u"])?.description == "option \(text)")
    }

    @Test func `options of other tools are none of ours, and what is named for them exists`() {
        for name in OptionTable.others.map(\.name.description) {
            #expect(OptionTable.named(name)?.name == nil, "\(name)")
            for word in OptionTable.suggestion(for: name)?.split(separator: " ") ?? []
            where word.hasPrefix("--") {
                #expect(
                    OptionTable.named(word.drop { $0 == "-" }.filter { $0 != "," })?.name != nil, "\(word)")
            }
        }
    }

    @Test(arguments: [
        ("retyr", "--retry"), ("locatoin", "--location"), ("ouptut", "--output"), ("max-tiem", "--max-time"),
        ("compress", "--compressed"), ("insecur", "--insecure"), ("user-agnet", "--user-agent"),
        ("inclde", "--include"),
        ("no-locatoin", "--no-location"), ("no-bufer", "--no-buffer"), ("cookie-j", "--cookie-jar"),
        ("netrc-opt", "--netrc-optional"), ("data-url", "--data-urlencode"),
    ])
    func `a mistyped option names the nearest (T-05)`(typed: String, wanted: String) {
        #expect(
            refusal(["--\(typed)", "u"])?.description
                == "option --\(typed): is unknown; did you mean \(wanted)?")
    }

    @Test func `a negation of other tools names ours (T-05)`() {
        #expect(
            refusal(["--no-proxy", "u"])?.description
                == "option --no-proxy: is unknown; --noproxy '*' does that here")
    }

    @Test func `the letter that takes a URL for a file says so (T-05)`() throws {
        func plan(_ words: [String]) throws -> [String] {
            var planner = Planner(
                settings: try parse(words), environment: { _ in nil }, fileExists: { _ in true },
                askPassword: { _ in nil })
            _ = try planner.plan()
            return planner.warnings
        }
        let error = #expect(throws: UsageError.self) { _ = try plan(["-c", "https://me:pw@h.test/a.iso"]) }
        #expect(
            error?.description
                == "no URL specified: -c took 'https://***@h.test/a.iso' for the file of a cookie jar; "
                + "-C - goes on with a download as wget's -c does")
        #expect(#expect(throws: UsageError.self) { _ = try plan(["-s"]) }?.description == "no URL specified")
        #expect(
            try plan(["-c", "http://a/", "http://b/"]).first?.hasPrefix("-c writes cookies to the file")
                == true)
        #expect(try plan(["POST", "http://b/"]) == ["'POST' is taken for a URL; -X POST sets the method"])
        #expect(
            try plan(["-O", "page.html", "http://b/x"]).last
                == "'page.html' is taken for a URL: -O takes no name; -o page.html gives one")
        for words in [
            ["POST"], ["-O", "h.test/x", "http://b/"], ["-O", "10.0.0.1", "http://b/"], ["a.b", "http://b/"],
        ] {
            #expect(try plan(words) == [], "\(words)")
        }
        #expect(
            refusal(["--form", "POST", "u"])?.description
                == "option --form: 'POST' is not of the form name=content; it takes a field itself, and -X names the method"
        )
    }

    @Test func `all the nearest names are named`() {
        #expect(
            refusal(["--post30", "u"])?.description
                == "option --post30: is unknown; did you mean --post301, --post302 or --post303?")
        #expect(refusal(["--xyzzyxyzzy", "u"])?.description == "option --xyzzyxyzzy: is unknown")
    }

    @Test(arguments: [
        "-x http://me:topsecret@pr!oxy:1", "--preproxy socks5://me:topsecret@pr!oxy:1",
        "--proto-default http://me:topsecret@h/", "--max-time http://me:topsecret@h/",
    ])
    func `a login in a refused value is hidden`(line: String) throws {
        let error = #expect(throws: UsageError.self) {
            var planner = Planner(
                settings: try parse(line + " u"), environment: { _ in nil }, fileExists: { _ in true },
                askPassword: { _ in nil })
            _ = try planner.plan()
        }
        #expect(error?.description.contains("topsecret") == false)
        #expect(error?.description.contains("***@") == true)
    }

    @Test func `marks that reorder text are shown as text`() {
        let error = refusal(["--max-time", "\u{202E}1\u{061C}", "u"])
        #expect(error?.description.contains("'\\u{202E}1\\u{61C}'") == true)
    }

    @Test func `an error tells where messages go`() throws {
        #expect(refusal(["--stderr", "log", "--nope"])?.messages == .file("log"))
        #expect(refusal(["--stderr", "-", "-m", "x"])?.messages == .standardOutput)
        #expect(refusal(["--nope", "--stderr", "log"])?.messages == nil)
    }

    @Test func `--next at the start of a config file is nothing`() throws {
        for name in ["next", "--next", "-:"] {
            let files = FakeFiles(["c": "# a comment\n\n\(name)\nurl = a\nnext\nurl = b\n"])
            let settings = try parse(["-K", "c"], files: files)
            #expect(settings.operations.map(\.urls) == [[.url("a")], [.url("b")]])
        }
        let second = FakeFiles(["c": "silent\nnext\nurl = a\n"])
        #expect(
            refusal(["-K", "c"], files: second)?.description == "c:2: option --next: needs a URL before it")
        // One that has something to end ends it.
        let settings = try parse(["a", "-K", "c"], files: FakeFiles(["c": "next\nurl = b\n"]))
        #expect(settings.operations.count == 2)
        #expect(refusal(["--next", "a"])?.description == "option --next: needs a URL before it")
    }

    @Test func `a comment may hold any bytes`() throws {
        var files = FakeFiles()
        files.files["c"] = Array("# caf".utf8) + [0xE9] + Array("\nurl = a # caf".utf8) + [0xE9, 0x0A]
        #expect(try parse(["-K", "c"], files: files).operations[0].urls == [.url("a")])
        files.files["c"] = Array("url = caf".utf8) + [0xE9]
        #expect(try parse(["-K", "c"], files: files).operations[0].urls == [.url("caf%E9")])
    }

    @Test func `-C - and -i exclude each other`() throws {
        func plan(_ line: String) throws {
            var planner = Planner(
                settings: try parse(line), environment: { _ in nil }, fileExists: { _ in true },
                askPassword: { _ in nil })
            _ = try planner.plan()
        }
        let error = #expect(throws: UsageError.self) { try plan("-i -C - -o f u") }
        #expect(
            error?.description
                == "option --continue-at: cannot be '-' with --show-headers: the header would count as a part of the body"
        )
        for line in ["-I -C - -o f u", "-i -C 5 -o f u", "-i -C 5 -O u", "-I -C 5 -o f u"] {
            #expect(throws: UsageError.self, "\(line)") { try plan(line) }
        }
        try plan("-C - -o f u")
        try plan("-i -C 5 u")
        try plan("-i -C 5 -o - u")
        try plan("-i -C 0 -o f u")
        try plan("-i -C 5 -T f u -o g")
    }

    @Test func `--resolve takes a comma at the end and an IPv4 address in brackets`() {
        #expect(OptionValue.resolve("h:1:127.0.0.1,")?.addresses == ["127.0.0.1"])
        #expect(OptionValue.resolve("h:1:[127.0.0.1],[::1],::2")?.addresses == ["127.0.0.1", "::1", "::2"])
        #expect(OptionValue.resolve("h:1:,") == nil)
        #expect(OptionValue.resolve("h:1:[x]") == nil)
    }

    @Test func `a URL may begin with its port (T-07)`() throws {
        let rules = URLRules()
        #expect(try rules.parse(":8080/x").description == "http://localhost:8080/x")
        #expect(try URLRules(defaultScheme: "https").parse(":8080").description == "http://localhost:8080/")
        #expect(throws: HTTPURLError.self) { try rules.parse(":x/") }
    }

    @Test func `brackets in a query name -g`() {
        let error = #expect(throws: URLGlobError.self) { try URLGlob("http://h/?filter[name]=x") }
        #expect(error?.message.hasSuffix(" (-g takes brackets as they are)") == true)
        let other = #expect(throws: URLGlobError.self) { try URLGlob("http://h/[name]") }
        #expect(other?.message.contains("-g") == false)
    }

    @Test func `what does nothing stands in one list at the end of all (T-06)`() throws {
        let text = try HelpText.text(topic: "all")
        let list = text[(try #require(text.firstRange(of: OptionCategory.curl.title))).lowerBound...]
        #expect(list.contains(" --ftp-pasv ") && !list.contains("--output"))
        #expect(list.split(separator: "\n").count < 40)
        #expect(try HelpText.text(topic: "curl").contains("--ftp-pasv"))
    }
}
