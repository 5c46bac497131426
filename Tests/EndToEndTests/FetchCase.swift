import TestSupport
import Testing

/// One run of the command against a scripted server, and everything that is expected of it, byte for byte.
///
/// In all texts `{A}` stands for the server's authority (`127.0.0.1:4711`), `{U}` for `http://` and that, `{D}` for the
/// folder in which the command runs, and `{UA}` for the User-Agent.
struct FetchCase: Sendable, CustomTestStringConvertible {
    var name: String
    var arguments: [String]
    var scripts: [[ServerStep]]
    var stdin: String?
    var environment: [String: String] = [:]
    /// Files that exist before, by name.
    var files: [String: String] = [:]
    /// The requests that must have come, whole; nil where that is not the point.
    var requests: [String]?
    var stdout = ""
    /// The messages, whole; nil where they are not the point.
    var stderr: String? = ""
    var status: Int32 = 0
    /// Files that exist afterwards; nil stands for no file.
    var filesAfter: [String: String?] = [:]

    /// A run with `arguments` against a server whose connections follow `scripts`.
    init(
        _ name: String, _ arguments: [String], server scripts: [ServerStep]..., stdin: String? = nil,
        environment: [String: String] = [:], files: [String: String] = [:], requests: [String]? = nil,
        stdout: String = "", stderr: String? = "", status: Int32 = 0, filesAfter: [String: String?] = [:]
    ) {
        self.name = name
        self.arguments = arguments
        self.scripts = scripts.isEmpty ? [Self.answer] : scripts
        self.stdin = stdin
        self.environment = environment
        self.files = files
        self.requests = requests
        self.stdout = stdout
        self.stderr = stderr
        self.status = status
        self.filesAfter = filesAfter
    }

    var testDescription: String { name }

    /// Answers every request with 200 and no body.
    static let answer: [ServerStep] = [.forever([.expectRequest, .respond(200)])]

    /// Runs the command and compares.
    func check() throws {
        let server = try ScriptedServer(scripts: scripts)
        let folder = try TemporaryDirectory()
        for (name, content) in files { try folder.write(expand(content, server, folder), to: name) }
        // Whatever is fetched, what is told of it keeps to the schema, and phases add up.
        let record = try TemporaryDirectory()
        var arguments = arguments.map { expand($0, server, folder) }
        arguments.insert(
            contentsOf: ["--events", record.file("events")], at: arguments.first == "-q" ? 1 : 0)
        let result = try runFerry(
            arguments,
            stdin: stdin.map { Array(expand($0, server, folder).utf8) },
            environment: environment.mapValues { expand($0, server, folder) }, directory: folder.path,
            timeoutSeconds: 30)
        #expect(result.exitStatus == status, "\(result)")
        #expect(result.outText == expand(stdout, server, folder))
        if let stderr { #expect(Self.withoutTimes(result.errText) == expand(stderr, server, folder)) }
        _ = try EventLogTests.lines(text(record.read("events") ?? []))
        if let requests {
            #expect(server.requests.map(\.text) == requests.map { expand($0, server, folder) })
        }
        for (name, content) in filesAfter {
            #expect(
                folder.read(name).map { text($0) } == content.map { expand($0, server, folder) },
                "file \(name)")
        }
    }

    /// Messages with `{S}` in place of how long all attempts took.
    static func withoutTimes(_ text: String) -> String {
        text.replacing(#/attempts in \d+\.\d s/#, with: "attempts in {S} s")
    }

    /// `text` with the place-holders filled in.
    func expand(
        _ text: String, _ server: ScriptedServer, _ folder: TemporaryDirectory,
        userAgent: String = "ferry/0.1.0"
    ) -> String {
        var result = ""
        var rest = text[...]
        let values = [
            "{A}": server.authority, "{U}": "http://\(server.authority)", "{D}": folder.path,
            "{UA}": userAgent,
        ]
        while let brace = rest.firstIndex(of: "{") {
            result += rest[..<brace]
            rest = rest[brace...]
            if let (name, value) = values.first(where: { rest.hasPrefix($0.key) }) {
                result += value
                rest = rest.dropFirst(name.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result + rest
    }
}

/// The head of a request with these field lines, and its body.
func request(_ line: String, _ fields: [String], body: String = "") -> String {
    ([line + " HTTP/1.1"] + fields).joined(separator: "\r\n") + "\r\n\r\n" + body
}

/// The request that a plain GET makes, with further field lines at its end.
func get(_ target: String = "/", _ fields: String...) -> String {
    request("GET \(target)", ["Host: {A}", "User-Agent: {UA}", "Accept: */*"] + fields)
}

/// The request that `-d` makes.
func post(_ target: String = "/", _ body: String, _ fields: String...) -> String {
    request(
        "POST \(target)",
        ["Host: {A}", "User-Agent: {UA}", "Accept: */*"] + fields + [
            "Content-Length: \(body.utf8.count)", "Content-Type: application/x-www-form-urlencoded",
        ], body: body)
}

/// The request that `-T` makes of a file.
func put(_ target: String, _ body: String, _ fields: String...) -> String {
    request(
        "PUT \(target)",
        ["Host: {A}", "User-Agent: {UA}", "Accept: */*"] + fields + ["Content-Length: \(body.utf8.count)"],
        body: body)
}
