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
    func `options of other tools name ours`(name: String, text: String) {
        #expect(refusal(["--\(name)", "u"])?.description == "option \(text)")
    }

    @Test func `options of other tools are none of ours, and what is named for them exists`() {
        for name in ["continue", "content-disposition", "tries", "quiet", "split", "verify", "auth", "dir"] {
            #expect(OptionTable.named(name)?.name == nil, "\(name)")
            for word in OptionTable.suggestion(for: name)?.split(separator: " ") ?? []
            where word.hasPrefix("--") {
                #expect(
                    OptionTable.named(word.drop { $0 == "-" }.filter { $0 != "," })?.name != nil, "\(word)")
            }
        }
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
        try plan("-C - -o f u")
        try plan("-i -C 5 u")
    }

    @Test func `--resolve takes a comma at the end and an IPv4 address in brackets`() {
        #expect(OptionValue.resolve("h:1:127.0.0.1,")?.addresses == ["127.0.0.1"])
        #expect(OptionValue.resolve("h:1:[127.0.0.1],[::1],::2")?.addresses == ["127.0.0.1", "::1", "::2"])
        #expect(OptionValue.resolve("h:1:,") == nil)
        #expect(OptionValue.resolve("h:1:[x]") == nil)
    }

    @Test func `--resolve leads an address elsewhere, but for a proxy`() throws {
        func connectTo(_ line: String) throws -> [ConnectToEntry] {
            var planner = Planner(
                settings: try parse(line), environment: { _ in nil }, fileExists: { _ in true },
                askPassword: { _ in nil })
            return try planner.plan().operations[0].connectTo
        }
        let entry = ConnectToEntry(fromHost: "10.1.1.1", fromPort: 80, toHost: "127.0.0.1", toPort: 80)
        #expect(try connectTo("--resolve 10.1.1.1:80:127.0.0.1 u") == [entry])
        #expect(try connectTo("--resolve h:80:127.0.0.1 u") == [])
        #expect(try connectTo("--resolve 10.1.1.1:80:127.0.0.1 -x p:1 u") == [])
    }

    @Test func `a URL may begin with its port`() throws {
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

    @Test func `what does nothing stands in one list at the end of all`() throws {
        let text = try HelpText.text(topic: "all")
        let list = text[(try #require(text.firstRange(of: OptionCategory.curl.title))).lowerBound...]
        #expect(list.contains(" --ftp-pasv ") && !list.contains("--output"))
        #expect(list.split(separator: "\n").count < 40)
        #expect(try HelpText.text(topic: "curl").contains("--ftp-pasv"))
    }
}
