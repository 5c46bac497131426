import TestSupport
import Testing

/// Variables on the wire and in files.
@Suite struct VariableOptionTests {
    @Test(arguments: cases) func `variables are put into options`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    static let cases = [
        FetchCase(
            "in a URL", ["--variable", "id=a b/c", "--expand-url", "{U}/{{id:url}}"],
            requests: [get("/a%20b%2Fc")]),
        FetchCase(
            "in a body, from a file",
            ["--variable", "who@name", "--expand-data", "hello {{who:trim}}!", "{U}/"],
            files: ["name": " world\n"], requests: [post("/", "hello world!")]),
        FetchCase(
            "in a header, from the environment",
            ["--variable", "%TOKEN", "--expand-header", "X-Token: {{TOKEN:b64}}", "{U}/"],
            environment: ["TOKEN": "top"], requests: [get("/", "X-Token: dG9w")]),
        FetchCase(
            "in JSON", ["--variable", "v@-", "--expand-json", #"{"a":"{{v:json}}"}"#, "{U}/"],
            stdin: "x\"\ny",
            requests: [
                request(
                    "POST /",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Content-Type: application/json",
                        "Accept: application/json", "Content-Length: 14",
                    ], body: #"{"a":"x\"\ny"}"#)
            ]),
        FetchCase(
            "in a file name", ["--variable", "f=out", "--expand-output", "{{f}}.txt", "{U}/"],
            server: [.expectRequest, .respond(body: "x")], filesAfter: ["out.txt": "x"]),
        FetchCase(
            "after --next, too",
            ["--variable", "p=one", "{U}/a", "--next", "--expand-url", "{U}/{{p}}"],
            requests: [get("/a"), get("/one")]),
        FetchCase(
            "in a config file", ["-K", "conf"],
            files: ["conf": "variable = \"p=from/config\"\nexpand-url = \"{U}/{{p}}\"\n"],
            requests: [get("/from/config")]),
        FetchCase(
            "a variable that the environment lacks", ["--variable", "%NOT_THERE", "{U}/"], requests: [],
            stderr:
                "ferry: option --variable: the environment has no variable NOT_THERE, and no other value is given (%NOT_THERE=text)\nferry: try 'ferry --help' for more information\n",
            status: 2),
        FetchCase(
            "a file that is not there", ["--variable", "v@none", "{U}/"], requests: [],
            stderr:
                "ferry: option --variable: cannot read 'none': No such file or directory\nferry: try 'ferry --help' for more information\n",
            status: 26),
        FetchCase(
            "a bad function", ["--expand-url", "{U}/{{v:upper}}"], requests: [],
            stderr:
                "ferry: option --expand-url: '{U}/{{v:upper}}' names the function 'upper', which is none of trim, json, url, b64 and 64dec\nferry: try 'ferry --help' for more information\n",
            status: 2),
    ]

    @Test func `--manual prints all there is to know`() throws {
        let manual = try runFerry(["-M"])
        #expect(manual.exitStatus == 0 && manual.stderr.isEmpty)
        #expect(
            manual.outText.hasPrefix("NAME\n    ferry - fetch from and send to HTTP servers\n\nSYNOPSIS\n"))
        for word in [
            "\nOPTIONS\n", "\n    --variable <name=text|name@file>\n", "\nEXIT STATUS\n", "EXAMPLES",
        ] {
            #expect(manual.outText.contains(word), "\(word)")
        }
        #expect(!manual.outText.contains("\\f"))
        #expect(manual.outText.split(separator: "\n").allSatisfy { $0.count <= 120 })
        #expect(try runFerry(["--manual", "--bogus"]).outText == manual.outText)
    }
}
