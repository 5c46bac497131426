import Glibc
import TestSupport
import Testing

/// That no secret is in anything that is shown or recorded, wherever it stood and whatever it is called.
@Suite struct SecretTests {
    static let names = [
        "Authorization", "Proxy-Authorization", "auth", "key", "sig", "code", "pwd", "pass", "sid",
        "otp",
        "pin", "token", "X-Token", "access_token", "refresh-token", "id.token", "csrfToken", "X-Vault-Token",
        "Private-Token", "PRIVATE-TOKEN", "secret", "client_secret", "Client-Secret", "AppSecret", "passwd",
        "password",
        "Pass-Word", "user_password", "passphrase", "pass_phrase", "apikey", "api_key", "Api-Key",
        "X-API-Key",
        "api.key", "access-key", "AWSAccessKeyId", "privateKey", "private_key", "private-key", "credential",
        "X-Amz-Credential", "Credentials", "session", "session_id", "JSESSIONID", "PHPSESSION", "signature",
        "X-Amz-Signature", "x-hub-signature-256", "jwt", "X-JWT", "jwt_assertion", "bearer", "BearerValue",
        "X-Bearer", "oauth_token", "oauth-token-secret", "mySecretName", "Set-Token",
    ]
    private static let secret = "s3cr3tV4lue"

    /// Every output of a run, under its name.
    private func outputs(
        of arguments: [String], environment: [String: String] = [:]
    ) throws -> [String: String] {
        var outputs: [String: String] = [:]
        for (name, option) in [
            ("-v", ["-v"]), ("--trace", ["--trace", "%"]), ("--trace-ascii", ["--trace-ascii", "%"]),
            ("-vvvv", ["-vvvv"]),
        ] {
            let folder = try TemporaryDirectory()
            let result = try runFerry(
                [
                    "--no-progress-meter", "--events", "events", "--har", "har", "--har-bodies", "all",
                    "--stats=json:stats", "--stats", "--timing", "--timing=html:timing", "-o", "/dev/null",
                    "-w", "%{stderr}%{json}", "--report", "junit=junit", "--report", "tap=tap", "--report",
                    "json=report",
                ] + option + arguments, environment: environment, directory: folder.path)
            outputs[name] = result.errText
            for file in folder.names() { outputs["\(file) of \(name)"] = text(folder.read(file) ?? []) }
        }
        return outputs
    }

    private func expectNothing(_ secret: String, in outputs: [String: String], atLeast count: Int = 20) {
        #expect(outputs.count >= count)
        for (name, content) in outputs {
            #expect(content.utf8.count > 20, "\(name) is empty")
            // The hexadecimal trace has its characters at the end of each line.
            let joined = content.split(separator: "\n").map { $0.dropFirst(54) }.joined()
            for form in [secret, hex(secret)] {
                #expect(!content.contains(form) && !joined.contains(form), "\(name): \(content)")
            }
        }
    }

    private func hex(_ text: String) -> String {
        text.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: " ")
    }

    private func server() throws -> ScriptedServer {
        try ScriptedServer { request in
            request.path == "/moved"
                ? [
                    .respond(
                        302, [("Location", "/there?" + (request.target.split(separator: "?").last ?? ""))])
                ]
                : [.respond(200, [("Content-Type", "application/json")], body: request.bodyText)]
        }
    }

    @Test func `sixty names`() { #expect(Set(Self.names).count == 60) }

    @Test func `as header fields of requests and answers (O-06)`() throws {
        let fields = Self.names.map { ($0, "\(Self.secret)-\($0)") }
        let server = try ScriptedServer(script: [
            .forever([.expectRequest, .respond(200, fields + [("Set-Cookie", "a=\(Self.secret); Path=/")])])
        ])
        let outputs = try outputs(
            of: fields.flatMap { ["-H", "\($0.0): \($0.1)"] } + ["-b", "a=\(Self.secret)", server.url()])
        expectNothing(Self.secret, in: outputs)
        // They went out all the same.
        #expect(server.requests[0].headers("X-API-Key") == ["\(Self.secret)-X-API-Key"])
    }

    @Test func `in queries, those of redirects too (O-06)`() throws {
        let query = Self.names.map { "\($0)=\(Self.secret)" }.joined(separator: "&")
        let outputs = try outputs(of: ["-L", server().url("/moved?\(query)")])
        expectNothing(Self.secret, in: outputs)
    }

    @Test func `as members of forms and JSON (O-06)`() throws {
        let form = Self.names.map { "\($0)=\(Self.secret)" }.joined(separator: "&")
        expectNothing(
            Self.secret, in: try outputs(of: ["-d", "a=b&" + form, "-H", "Accept: a", server().url()]))
        let json = "{" + Self.names.map { "\"\($0)\": \"\(Self.secret)\"" }.joined(separator: ", ") + "}"
        expectNothing(Self.secret, in: try outputs(of: ["--json", json, server().url()]))
        let parts = Self.names.flatMap { ["-F", "\($0)=\(Self.secret)"] }
        let silent = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        expectNothing(Self.secret, in: try outputs(of: parts + [silent.url()]))
    }

    @Test(arguments: [
        #"{"callback":"https://me:s3cr3tV4lue@h.test/","mail":"a@b"}"#,
        #"{"callback":"https:\/\/me:s3cr3tV4lue@h.test\/"}"#,
        "a=b&callback=https://me:s3cr3tV4lue@h.test/&c=d",
        "callback=https%3A%2F%2Fme%3As3cr3tV4lue%40h.test%2F&c=d",
        "see https://me:s3cr3tV4lue@h.test/ and more", #"a=b&data={"password":"s3cr3tV4lue"}"#,
        "data=%7B%22password%22%3A%22s3cr3tV4lue%22%7D&a=b",
    ]) func `in logins of URLs within bodies, and in JSON within forms (O-06)`(body: String) throws {
        let server = try ScriptedServer { request in
            let type = request.header("Content-Type") ?? ""
            return [.respond(200, [("Content-Type", type)], body: text(request.body))]
        }
        expectNothing(Self.secret, in: try outputs(of: ["-d", body, server.url()]))
        let json = ["-H", "Content-Type: text/plain", "-d", body, server.url()]
        if !body.contains("data") { expectNothing(Self.secret, in: try outputs(of: json)) }
    }

    @Test func `in logins, and sent back in Base64 (O-06)`() throws {
        let server = try ScriptedServer { request in
            [
                .respond(
                    200, [("Content-Type", "text/plain")],
                    body: "you are \(request.header("Authorization") ?? "")")
            ]
        }
        let outputs = try outputs(of: ["-u", "alice:\(Self.secret)", server.url()])
        expectNothing(Self.secret, in: outputs)
        let encoded = try #require(server.requests.last?.header("Authorization")?.split(separator: " ").last)
        expectNothing(String(encoded), in: outputs)
        let typed = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        expectNothing(
            Self.secret,
            in: try self.outputs(of: ["http://\(Self.secret):\(Self.secret)@\(typed.authority)/x"]))
    }

    @Test func `in logins of URLs within a path (O-06)`() throws {
        let path = "/web/http://me:\(Self.secret)@h.test/x"
        let server = try server()
        for urls in [[path], ["/a", path, path]] {
            let more = urls.flatMap { [server.url($0), "-o", "/dev/null"] }.dropLast(2)
            expectNothing(Self.secret, in: try outputs(of: Array(more)))
        }
    }

    /// Answers that break off.
    private func breakingServer() throws -> ScriptedServer {
        try ScriptedServer(script: [
            .forever([
                .expectRequest,
                .send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\nETag: \"a\"\r\n\r\nx"), .close,
            ])
        ])
    }

    /// Standard error and all files of a run, which fails.
    private func leftovers(
        of arguments: [String], environment: [String: String] = [:], in folder: TemporaryDirectory
    ) throws -> String {
        let result = try runFerry(arguments, environment: environment, directory: folder.path)
        #expect(result.exitStatus != 0, "\(result)")
        return folder.names().reduce(result.errText + result.outText) { $0 + text(folder.read($1) ?? []) }
    }

    @Test func `in logins of URLs without a scheme (O-06, R-05, E-04)`() throws {
        let server = try breakingServer()
        let folder = try TemporaryDirectory()
        let address = "me:\(Self.secret)@\(server.authority)"
        let records = ["junit", "tap", "github", "json"].flatMap { ["--report", "\($0)=\($0)"] }
        let left = try leftovers(
            of: [address + "/f", "-o", "f", "-w", "%{json}"] + records, in: folder)
        #expect(folder.names().count == 6 && left.contains("[redacted]@"), "\(left)")
        #expect(!left.contains(Self.secret), "\(left)")
        for arguments in [
            ["me:\(Self.secret)@127.0.0.1/{a"], ["me:\(Self.secret)@[::1/x"],
            ["http://me:\(Self.secret)/w@h/x"] + records, ["me:w \(Self.secret)@h/x"] + records,
            ["h/?token=a \(Self.secret)"] + records,
            ["--checksum-url", address + "/S", "-O", server.url("/x")],
            ["--fail-early", address, address] + records,
        ] {
            let left = try leftovers(of: arguments, in: folder)
            #expect(!left.contains(Self.secret), "\(arguments): \(left)")
        }
        let typed = ["-e", "me:\(Self.secret)@h/", "-x", "me:\(Self.secret)@p.test:1"]
        let printed = try runFerry(["--print-curl", "--dry-run", address + "/"] + typed)
        #expect(printed.exitStatus == 0 && !printed.outText.contains(Self.secret), "\(printed)")
    }

    @Test func `in references of servers without a scheme (O-06)`() throws {
        let moved = "//u:\(Self.secret)@127.0.0.1:1/?token=\"a\"\(Self.secret)"
        let server = try ScriptedServer(script: [
            .forever([
                .expectRequest,
                .respond(
                    302,
                    [
                        ("Location", moved), ("Link", "<\(moved)>; rel=next"), ("Content-Location", moved),
                        ("Refresh", "0; url=\(moved)"),
                    ], body: "moved"),
            ])
        ])
        let outputs = try outputs(of: [
            server.url(), "-e", "//u:\(Self.secret)@h/", "--expect-header", "!Link",
        ])
        expectNothing(Self.secret, in: outputs)
    }

    @Test func `in answers that are not as expected (E-03)`() throws {
        let body = "{\"token\":\"\(Self.secret)\"}\n{\"u\":\"http://u:\(Self.secret)@h/\"}\n"
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: body)])])
        expectNothing(
            Self.secret,
            in: try outputs(of: ["--expect-body", "== ok", "-H", "Accept: a", server.url()])
                .filter { !$0.key.contains("har") && !$0.key.contains("trace") && $0.key != "-vvvv" },
            atLeast: 12)
    }

    @Test func `as JSON that is called something else (O-06, T-09)`() throws {
        let json = "{\"password\":\"\(Self.secret)\"}"
        for type in ["text/plain", "application/jsonl", "text/event-stream"] {
            let server = try ScriptedServer(script: [
                .forever([
                    .expectRequest,
                    .respond(
                        200, [("Content-Type", type)],
                        body: type == "text/event-stream" ? "data: \(json)\n\n" : json),
                ])
            ])
            expectNothing(
                Self.secret,
                in: try outputs(of: ["-d", json, server.url(), "--next", "-F", "a=\(json)", server.url()]))
        }
        for arguments in [
            ["-d", json], ["-F", "a=\(json);type=application/json"], ["-F", "a=\(json)"],
            ["-H", "Content-Type:", "-d", json], ["--request-target", "/?token=\(Self.secret)"],
        ] {
            let printed = try runFerry(["--print-curl", "--dry-run", "h.test"] + arguments)
            #expect(printed.exitStatus == 0 && !printed.outText.contains(Self.secret), "\(printed)")
            let shown = try runFerry(["--print-curl", "--show-secrets", "h.test"] + arguments)
            #expect(shown.outText.contains(Self.secret), "\(shown)")
        }
    }

    @Test func `values in half-made files, progress and rehearsals (O-06, R-05)`() throws {
        let server = try breakingServer()
        let folder = try TemporaryDirectory()
        let secret = ["--secret-value-env", "KEY"]
        func left(_ arguments: [String]) throws -> String {
            try leftovers(of: secret + arguments, environment: ["KEY": Self.secret], in: folder)
        }
        let url = server.url("/\(Self.secret)/file?x=\(Self.secret)")
        #expect(!(try left(["-o", "f", url]).contains(Self.secret)))
        #expect(folder.names() == ["f.part", "f.part.meta"])
        // The same URL is known again, and another one is told without the value.
        let again = try left(["-v", "-C", "-", "-o", "f", url])
        #expect(server.requests.last?.header("Range") == "bytes=1-")
        #expect(!again.contains(Self.secret), "\(again)")
        let other = try left(["-C", "-", "-o", "f", server.url("/other")])
        #expect(other.contains("f.part is of http://") && !other.contains(Self.secret), "\(other)")
        let whole = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        for arguments in [
            ["--progress", "plain", "-o", Self.secret, whole.url()],
            ["--progress", "json", "-o", Self.secret, whole.url()],
            ["--progress", "bars", "-o", Self.secret, whole.url()],
            ["--dry-run", "--print-curl", "-o", Self.secret, whole.url("/\(Self.secret)")],
            ["--dry-run", "-T", Self.secret, whole.url("/")],
            ["--expect-header", "X == \(Self.secret)", "--report", "junit=-", whole.url()],
        ] {
            let result = try runFerry(
                secret + arguments, environment: ["KEY": Self.secret], directory: folder.path)
            #expect(
                (result.errText + result.outText).contains("[redacted]") || arguments[1] == "bars",
                "\(result)")
            #expect(!(result.errText + result.outText).contains(Self.secret), "\(result)")
        }
    }

    @Test func `in errors (O-06)`() throws {
        let refused = try RefusedPort()
        let url = "http://\(Self.secret):\(Self.secret)@127.0.0.1:\(refused.port)/?token=\(Self.secret)"
        expectNothing(
            Self.secret,
            in: try outputs(of: [url, "--retry", "1", "--retry-connrefused", "--retry-delay", "0.01"]))
    }

    @Test func `names and values of one's own (O-06)`() throws {
        let value = "pa/ss w\u{F6}rd\"x"
        let server = try ScriptedServer { request in
            // What came is sent back in two pieces, the value split between them.
            let body = Array("json {\"v\":\"pa/ss w\u{F6}rd\\\"x\"} plain pa/ss w\u{F6}rd\"x end".utf8)
            return [
                .send(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Tenant: \(Self.secret)\r\nContent-Length: \(body.count)\r\n\r\n"
                ), .sendBytes(Array(body.prefix(15))), .delay(milliseconds: 20),
                .sendBytes(Array(body.dropFirst(15))),
            ]
        }
        let outputs = try outputs(
            of: [
                "--secret", "x.tenant", "--secret-value-env", "DEPLOY_KEY", "-H", "X-Tenant: \(Self.secret)",
                "-H", "X-Other: pa%2Fss%20w%C3%B6rd%22x", "-A", "a pa/ss w\u{F6}rd\"x b",
                server.url("/pa/ss%20w%c3%b6rd%22x?q=pa%2fss+w%C3%B6rd%22x"),
            ], environment: ["DEPLOY_KEY": value])
        expectNothing(Self.secret, in: outputs)
        for form in [
            value, #"pa/ss wörd\"x"#, "pa%2Fss%20w%C3%B6rd%22x", "pa/ss%20w%c3%b6rd%22x",
            "pa%2fss+w%C3%B6rd%22x",
        ] { expectNothing(form, in: outputs) }
        #expect(server.requests.last?.header("User-Agent") == "a \(value) b")
    }

    @Test func `in a query whose value was empty before (O-06)`() throws {
        let server = try server()
        let result = try runFerry([
            "-sS", "--events", "-", "-o", "/dev/null", server.url("/x?page_token={,\(Self.secret)}&n=1"),
        ])
        #expect(result.exitStatus == 0 && !result.outText.contains(Self.secret), "\(result)")
        #expect(result.outText.contains("/x?page_token=[redacted]&n=1"))
    }

    @Test func `a value in which names hide something (O-06)`() throws {
        let server = try server()
        let url = server.url("/hook/\(Self.secret)?key=abc&id=7")
        let outputs = try outputs(of: ["--secret-value-env", "HOOK", url], environment: ["HOOK": url])
        // A request line has the path alone, and so have the parts of a URL in reports.
        expectNothing(
            Self.secret,
            in: outputs.filter { name, _ in
                ["events", "har", "junit", "tap", "timing"].contains { name.hasPrefix("\($0) of ") }
            }, atLeast: 20)
    }

    @Test func `what is hidden leaves JSON whole (O-06)`() throws {
        let server = try server()
        for value in ["200", "1", "null", ":", "\"", "r"] {
            let result = try runFerry(
                ["-sS", "--secret-value-env", "KEY", "-o", "/dev/null", "-w", "%{json}", server.url()],
                environment: ["KEY": value])
            let json = try ParsedJSON(result.outText)
            #expect(json["http_code"]?.int == 200 && json["response_code"]?.int == 200, "\(result)")
        }
    }

    @Test func `in members that a path leads to without their names (O-06, E-03)`() throws {
        let body = "{\"n\":1,\"z\":{\"a\":\"b\",\"password\":\"\(Self.secret)\"}}"
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: body)])])
        let result = try runFerry(["-sS", "-o", "/dev/null", "--expect-json", ".z[] == x", server.url()])
        #expect(result.errText.contains("none of the 2 fits, the last of which is [redacted]"), "\(result)")
        let plain = try runFerry(["-sS", "-o", "/dev/null", "--expect-json", ".n == 2", server.url()])
        #expect(plain.errText.contains("it is 1"), "\(plain)")
    }

    @Test func `in what is wrong with the command line (O-06)`() throws {
        for arguments in [
            ["--max-time", Self.secret], ["-K", Self.secret], ["--proxy", "foo://\(Self.secret)"],
            ["--max-time", String(repeating: "a", count: 72) + Self.secret],
        ] {
            let result = try runFerry(
                ["--secret-value-env", "KEY"] + arguments + ["http://127.0.0.1:1/"],
                environment: ["KEY": Self.secret])
            #expect(result.exitStatus != 0 && !result.errText.contains("s3cr3t"), "\(result)")
        }
    }

    @Test func `in reasons (O-06)`() throws {
        let head = "HTTP/1.1 503 http://u:\(Self.secret)@h/?token=\(Self.secret)\r\nContent-Length: 0\r\n\r\n"
        let server = try ScriptedServer(script: [.forever([.expectRequest, .send(head)])])
        expectNothing(
            Self.secret,
            in: try outputs(of: ["-f", "--retry", "1", "--retry-delay", "0.01", server.url()]))
    }

    @Test func `values in hosts, methods and the paths of sockets (O-06)`() throws {
        // Names of hosts are written in lower case.
        let secret = "s3cr3tv4lue"
        let options = ["--secret-value-env", "KEY", "-X", secret]
        let server = try server()
        let folder = try TemporaryDirectory()
        let socket = try ScriptedServer(
            on: .unix(folder.file(secret)), script: [.forever([.expectRequest, .respond(body: "abc")])])
        for urls in [
            ["http://\(secret).localhost:\(server.port)/", server.url()],
            ["unix:\(folder.file(secret)):/", "unix:\(folder.file(secret)):/"], ["http://\(secret).invalid/"],
        ] {
            let more = urls.flatMap { [$0, "-o", "/dev/null"] }.dropLast(2)
            expectNothing(secret, in: try outputs(of: options + more, environment: ["KEY": secret]))
        }
        #expect(socket.requests.count == 8)
    }

    @Test func `a variable that is not there is an error, and --show-secrets shows all (O-06)`() throws {
        let none = try runFerry(["--secret-value-env", "NOT_THERE", "http://127.0.0.1:1/"])
        #expect(
            none.exitStatus == 2
                && none.errText.contains("--secret-value-env: 'NOT_THERE' is no variable of the environment"))
        let server = try server()
        let shown = try outputs(of: [
            "--show-secrets", "-u", "alice:\(Self.secret)", "--json", "{\"token\":\"\(Self.secret)\"}",
            server.url("/?token=\(Self.secret)"),
        ])
        for name in ["-v", "events of -v", "har of -v", "--trace-ascii"] {
            #expect(shown[name]?.contains(Self.secret) == true, "\(name)")
        }
    }
}
