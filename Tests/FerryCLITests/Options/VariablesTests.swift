import Testing

@testable import FerryCLI

/// `--variable` and the `--expand-` forms.
@Suite struct VariablesTests {
    /// The value of `--expand-user-agent` after some `--variable` options.
    private func expanded(
        _ text: String, _ variables: String..., files: [String: String] = [:], input: String = "",
        environment: [String: String] = [:]
    ) throws -> String? {
        var arguments = variables.flatMap { ["--variable", $0] }
        arguments += ["--expand-user-agent", text, "http://h/"]
        return try parse(arguments, files: FakeFiles(files, input: input), environment: environment)
            .operations[0].userAgent
    }

    static let texts: [(text: String, value: String, expected: String)] = [
        ("{{v}}", "x", "x"),
        ("a{{v}}b", "x", "axb"),
        ("{{v}}{{v}} {{v}}", "x", "xx x"),
        ("{{none}}|", "x", "|"),
        ("{{none:b64}}|", "x", "|"),
        (#"\{{v}}"#, "x", "{{v}}"),
        (#"\{{v}} {{v}}"#, "x", "{{v}} x"),
        (#"\\{{v}}"#, "x", #"\{{v}}"#),
        ("{v} {{v}", "x", "{v} {{v}"),
        ("{{v} and on", "x", "{{v} and on"),
        ("{{}}", "x", "{{}}"),
        ("{{a b}}{{v}}", "x", "{{a b}}x"),
        ("{{v-}}", "x", "{{v-}}"),
        ("{{ v }}", "x", "{{ v }}"),
        ("{{V}}|", "x", "|"),
        ("plain", "x", "plain"),
        ("}}{{v}}", "x", "}}x"),
        ("{{{v}}}", "x", "{{{v}}}"),
        ("{{v:trim}}", " \t x y\r\n ", "x y"),
        ("{{v:trim}}|", " \n ", "|"),
        ("{{v:json}}", "a\"b\\c\n\t\r\u{8}\u{C}\u{1}\u{1F}é/", #"a\"b\\c\n\t\r\b\f\u0001\u001fé/"#),
        ("{{v:url}}", "a b/c?d&é~-._%", "a%20b%2Fc%3Fd%26%C3%A9~-._%25"),
        ("{{v:b64}}", "hello", "aGVsbG8="),
        ("{{v:64dec}}", "aGVsbG8=", "hello"),
        ("{{v:64dec}}", "aGVs*bG8", "[64dec-fail]"),
        ("{{v:64dec}}", "aGVsbG8", "[64dec-fail]"),
        ("{{v:trim:url}}", " a b ", "a%20b"),
        ("{{v:url:trim}}", " a ", "%20a%20"),
        ("{{v:trim:b64:url}}", " \u{FF} ", "w78%3D"),
        ("{{v:b64:64dec}}", "x", "x"),
        ("{{v}}", "{{v}}", "{{v}}"),
        ("{{v}}", "a=b=c", "a=b=c"),
    ]

    @Test(arguments: texts) func `a text is expanded`(text: String, value: String, expected: String) throws {
        #expect(try expanded(text, "v=\(value)") == expected)
    }

    static let ranges: [(range: String, expected: String)] = [
        ("[0-0]", "0"), ("[2-4]", "234"), ("[5-]", "56789"), ("[0-]", "0123456789"), ("[8-99]", "89"),
        ("[10-12]", ""), ("[99-]", ""),
    ]

    @Test(arguments: ranges)
    func `a range of bytes is cut out of a text or a file`(range: String, expected: String) throws {
        #expect(try expanded("<{{v}}>", "v\(range)=0123456789") == "<\(expected)>")
        #expect(try expanded("<{{v}}>", "v\(range)@f", files: ["f": "0123456789"]) == "<\(expected)>")
    }

    @Test func `a value comes from a file, standard input or the environment`() throws {
        #expect(try expanded("{{v}}", "v@f", files: ["f": "from file\n"]) == "from file\n")
        #expect(try expanded("{{v}}", "v@-", input: "from input") == "from input")
        #expect(try expanded("{{v}}", "%v", environment: ["v": "from there"]) == "from there")
        #expect(try expanded("{{v}}", "%v=other", environment: ["v": "from there"]) == "from there")
        #expect(try expanded("{{v}}", "%v=other") == "other")
        #expect(try expanded("<{{v}}>", "%v=other", environment: ["v": ""]) == "<>")
        #expect(try expanded("{{v}}", "%v@f", files: ["f": "fallback"]) == "fallback")
        #expect(try expanded("{{v}}", "%v[1-2]=other") == "th")
        #expect(try expanded("{{v}}", "%v[1-2]=other", environment: ["v": "whole"]) == "whole")
        #expect(try expanded("{{v}}", "v=") == "")
    }

    @Test func `the order counts: what is set later is not seen, and the last value wins`() throws {
        #expect(try expanded("{{a}}", "a=1", "a=2") == "2")
        let settings = try parse(
            [
                "--expand-referer", "<{{a}}>", "--variable", "a=1", "--expand-user-agent", "<{{a}}>",
                "http://h/",
            ])
        #expect(settings.operations[0].referer?.url == "<>")
        #expect(settings.operations[0].userAgent == "<1>")
    }

    @Test func `setting again is noted`() throws {
        #expect(
            try parse(["--variable", "a=1", "--variable", "a=2", "http://h/"]).notes == [
                "the variable a is set again"
            ])
    }

    @Test func `a variable is made of another, and outlives --next`() throws {
        let settings = try parse([
            "--variable", "a=x y", "--expand-variable", "b={{a:url}}", "http://h/", "--next", "--expand-url",
            "http://h/{{b}}",
        ])
        #expect(settings.operations[1].urls == [.url("http://h/x%20y")])
    }

    @Test func `every way to write a value is expanded`() throws {
        let attached = try parse(["--variable=a=1", "--expand-user-agent={{a}}", "http://h/"])
        #expect(attached.operations[0].userAgent == "1")
        let config = try parse(
            ["-K", "c"], files: FakeFiles(["c": "variable = \"a=1\"\nexpand-url = \"http://h/{{a}}\"\n"]))
        #expect(config.operations[0].urls == [.url("http://h/1")])
        #expect(
            try operation(
                ["--variable", "a=f", "--expand-data", "@{{a}}", "h"], files: FakeFiles(["f": "data"])
            )
            .data.map(\.bytes) == [Array("data".utf8)])
    }

    @Test func `braces that are no variable are warned of`() throws {
        let settings = try parse(["--expand-user-agent", "{{a b}} {{", "http://h/"])
        #expect(
            settings.warnings == [
                "option --expand-user-agent: 'a b' is not the name of a variable; it stays as it is",
                "option --expand-user-agent: '{{a b}} {{' lacks the }} of a variable; it stays as it is",
            ])
    }

    struct Refusal: Sendable {
        var arguments: [String]
        var text: String
        var status: Int32

        init(_ arguments: [String], _ text: String, _ status: Int32 = 2) {
            self.arguments = arguments
            self.text = text
            self.status = status
        }
    }

    static let refusals: [Refusal] = [
        Refusal(
            ["--variable", "a b=c"],
            "option --variable: 'a b=c' does not begin with the name of a variable (1 to 127 letters, digits and underscores)"
        ),
        Refusal(
            ["--variable", "=c"],
            "option --variable: '=c' does not begin with the name of a variable (1 to 127 letters, digits and underscores)"
        ),
        Refusal(
            ["--variable", "a"], "option --variable: 'a' is not of the form name=text, name@file or %name"),
        Refusal(
            ["--variable", "a[1-2]x"],
            "option --variable: 'a[1-2]x' is not of the form name=text, name@file or %name"),
        Refusal(
            ["--variable", "a[2-1]=x"],
            "option --variable: 'a[2-1]=x' has no range of bytes in its brackets ([0-99] or [100-])"),
        Refusal(
            ["--variable", "a[-1]=x"],
            "option --variable: 'a[-1]=x' has no range of bytes in its brackets ([0-99] or [100-])"),
        Refusal(
            ["--variable", "a[1-2=x"],
            "option --variable: 'a[1-2=x' has no range of bytes in its brackets ([0-99] or [100-])"),
        Refusal(["--variable", "a@"], "option --variable: 'a@' names no file after the @"),
        Refusal(
            ["--variable", "%NONE"],
            "option --variable: the environment has no variable NONE, and no other value is given (%NONE=text)"
        ),
        Refusal(
            ["--variable", "a@none"], "option --variable: cannot read 'none': No such file or directory", 26),
        Refusal(
            ["--expand-user-agent", "{{a:rot13}}"],
            "option --expand-user-agent: '{{a:rot13}}' names the function 'rot13', which is none of trim, json, url, b64 and 64dec"
        ),
        Refusal(
            ["--expand-user-agent", "{{a:}}"],
            "option --expand-user-agent: '{{a:}}' names the function '', which is none of trim, json, url, b64 and 64dec"
        ),
        Refusal(
            ["--variable", "a=AA==", "--expand-request-target", "{{a:64dec}}"],
            "option --expand-request-target: '{{a:64dec}}' holds a variable with a NUL, which no option takes (b64 encodes it)"
        ),
        Refusal(
            ["--variable", "a=/w==", "--expand-proto", "{{a:64dec}}"],
            "option --expand-proto: the value is not UTF-8 text"),
        Refusal(["--expand-silent"], "option --expand-silent: takes no value that could be expanded"),
        Refusal(["--expand-nothing", "x"], "option --expand-nothing: is unknown"),
        Refusal(["--expand-url"], "option --expand-url: needs a value: <url>"),
        Refusal(["--expand-url", "{{none}}"], "option --expand-url: needs a value that is not empty"),
        Refusal(["--no-expand-url", "x"], "option --no-expand-url: is unknown"),
    ]

    @Test(arguments: refusals)
    func `nonsense is refused`(_ refused: Refusal) {
        let isIncomplete = refused.arguments.last == "--expand-url"
        let error = refusal(refused.arguments + (isIncomplete ? [] : ["http://h/"]))
        #expect(error?.description == refused.text)
        #expect(error?.status.rawValue == refused.status)
    }

    @Test func `names have a longest length`() throws {
        let name = String(repeating: "n", count: 127)
        #expect(try expanded("{{\(name)}}", "\(name)=x") == "x")
        #expect(refusal(["--variable", "\(name)n=x", "http://h/"]) != nil)
    }

    @Test func `an expansion has a largest size`() {
        let big = String(repeating: "b", count: 3_000_000)
        let error = refusal([
            "--variable", "a=\(big)", "--expand-user-agent", "{{a}}{{a}}{{a}}{{a}}", "http://h/",
        ])
        #expect(error?.problem == "expands to more than 10000000 bytes")
    }

    @Test func `many braces take no quadratic time`() throws {
        let text = String(repeating: "{{a}}", count: 200_000)
        #expect(try expanded(text, "a=") == "")
    }
}
