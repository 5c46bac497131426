import TestSupport
import Testing

/// Requests whose JSON is made of fields.
@Suite struct JSONFieldTests {
    static let fields = [
        FetchCase(
            "--json-field",
            [
                "--json-field", "user.name=alice", "--json-field", "user.tags[0]:=1.50", "--json-field",
                "on:=true", "{U}/",
            ],
            requests: [
                request(
                    "POST /",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Content-Type: application/json",
                        "Accept: application/json", "Content-Length: 49",
                    ], body: #"{"user":{"name":"alice","tags":[1.50]},"on":true}"#)
            ]),
        FetchCase(
            "--json-field and --next", ["--json-field", "a=1", "-X", "PUT", "{U}/", "--next", "-s", "{U}/"],
            requests: [
                request(
                    "PUT /",
                    [
                        "Host: {A}", "User-Agent: {UA}", "Content-Type: application/json",
                        "Accept: application/json", "Content-Length: 9",
                    ], body: #"{"a":"1"}"#),
                get(),
            ]),
    ]

    @Test(arguments: fields)
    func `fields are sent as JSON (T-08)`(_ test: FetchCase) throws { try test.check() }

    static let refusals: [([String], String)] = [
        (
            ["--json-field", "a=1", "--json-field", "a.b=2"],
            "option --json-field: 'a.b' makes an object of what 'a' makes a value"
        ),
        (
            ["--json-field", "a=1", "--json", "{}"],
            "option --json-field: cannot be used with -d or --json: it makes the whole body"
        ),
        (
            ["-d", "x", "--json-field", "a=1"],
            "option --json-field: cannot be used with -d or --json: it makes the whole body"
        ),
        (["-G", "--json-field", "a=1"], "option --json-field: cannot be used with -G: JSON is no query"),
        (
            ["--json-field", "a=1", "-F", "b=2"],
            "option -d: cannot be used with -F: each asks for another request method"
        ),
        (
            ["--json-field", "secret:=hunter2"],
            "option --json-field: the value of 'secret' is no JSON: at byte 1 'h' cannot stand there"
        ),
    ]

    @Test(arguments: refusals)
    func `contradictions are usage errors before anything is opened (T-08)`(
        options: [String], problem: String
    ) throws {
        let server = try ScriptedServer(script: [.hold])
        let result = try runFerry(options + [server.url()])
        #expect(result.exitStatus == 2)
        #expect(result.errText == "ferry: \(problem)\nferry: try 'ferry --help' for more information\n")
        #expect(server.acceptedCount == 0)
    }
}
