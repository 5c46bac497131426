import TestSupport
import Testing

/// Who a request says it comes from, by -u, netrc, token and URL, and to whom it says so.
@Suite struct LoginTests {
    /// A GET with this Authorization field.
    private static func get(_ target: String = "/", as value: String?) -> String {
        request(
            "GET \(target)",
            ["Host: {A}"] + (value.map { ["Authorization: \($0)"] } ?? []) + [
                "User-Agent: {UA}", "Accept: */*",
            ])
    }

    @Test(arguments: cases) func `who asks`(_ fetch: FetchCase) throws {
        try fetch.check()
    }

    @Test func `a digest is about the target that is sent`() throws {
        let server = try ScriptedServer { request in
            request.header("Authorization") == nil
                ? [.respond(401, [("WWW-Authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"")])]
                : [.respond(body: "ok")]
        }
        let result = try runFerry([
            "-q", "-sS", "--digest", "-u", "u:p", "--request-target", "/own?x", server.url("/other"),
        ])
        #expect(result.exitStatus == 0, "\(result)")
        #expect(server.requests.map(\.target) == ["/own?x", "/own?x"])
        #expect(server.requests.last?.header("Authorization")?.contains("uri=\"/own?x\"") ?? false)
    }

    private static let netrc = "machine 127.0.0.1 login u password p\n"
    private static let up = "Basic dTpw"

    static let cases = [
        FetchCase(
            "--netrc-file", ["-s", "--netrc-file", "n", "{U}/"], files: ["n": netrc],
            requests: [get(as: up)]),
        FetchCase(
            "-n and $NETRC", ["-s", "-n", "{U}/"], environment: ["NETRC": "{D}/n"], files: ["n": netrc],
            requests: [get(as: up)]),
        FetchCase(
            "-n and the home folder", ["-s", "-n", "{U}/"], environment: ["HOME": "{D}"],
            files: [".netrc": netrc], requests: [get(as: up)]),
        FetchCase(
            "without -n nothing is looked up", ["-s", "{U}/"], environment: ["HOME": "{D}"],
            files: [".netrc": netrc], requests: [get(as: nil)]),
        FetchCase(
            "-n without the file", ["-n", "{U}/"], environment: ["HOME": "{D}"], requests: [],
            stderr:
                "ferry: (26) {U}/: cannot use the netrc file {D}/.netrc: No such file or directory\n",
            status: 26),
        FetchCase(
            "--netrc-optional without the file", ["--netrc-optional", "{U}/"], environment: ["HOME": "{D}"],
            requests: [get(as: nil)]),
        FetchCase(
            "--netrc-optional with it", ["-s", "--netrc-optional", "{U}/"], environment: ["HOME": "{D}"],
            files: [".netrc": netrc], requests: [get(as: up)]),
        FetchCase(
            "a host that is not in it", ["-s", "-n", "{U}/"], environment: ["NETRC": "{D}/n"],
            files: ["n": "machine localhost login u password p"], requests: [get(as: nil)]),
        FetchCase(
            "a file with a mistake", ["-s", "-S", "--netrc-optional", "{U}/"],
            environment: ["NETRC": "{D}/n"],
            files: ["n": "machine 127.0.0.1 login u\npassword \"p"], requests: [],
            stderr: "ferry: (26) {U}/: cannot use the netrc file {D}/n: a quote in line 2 is not closed\n",
            status: 26),
        FetchCase(
            "a file that others can read", ["--netrc-file", "n", "{U}/a", "{U}/b"], files: ["n": netrc],
            requests: [get("/a", as: up), get("/b", as: up)],
            stderr:
                "Warning: n holds logins, and others than its owner can read it (chmod 600 helps)\n"),
        FetchCase(
            "--netrc-file that is not there", ["--netrc-file", "none", "{U}/"], requests: [],
            stderr:
                "ferry: option --netrc-file: 'none' does not exist (a netrc file)\nferry: try 'ferry --help' for more information\n",
            status: 2),
        FetchCase(
            "-u wins, and the file is not even looked for", ["-n", "-u", "a:b", "{U}/"],
            environment: ["HOME": "{D}"], requests: [get(as: "Basic YTpi")]),
        FetchCase(
            "user and password in the URL do without an entry",
            ["-s", "--netrc-file", "n", "http://a:b@{A}/"],
            files: ["n": netrc],
            requests: [get(as: "Basic YTpi")]),
        FetchCase(
            "an entry wins over the password in the URL", ["-s", "--netrc-file", "n", "http://u:b@{A}/"],
            files: ["n": netrc], requests: [get(as: up)]),
        FetchCase(
            "but not when the file is optional",
            ["-s", "--netrc-optional", "--netrc-file", "n", "http://u:b@{A}/"],
            files: ["n": netrc], requests: [get(as: "Basic dTpi")]),
        FetchCase(
            "a password without a login", ["-s", "--netrc-file", "n", "{U}/"],
            files: ["n": "machine 127.0.0.1 password p\n"], requests: [get(as: "Basic OnA=")]),
        FetchCase(
            "a user in the URL picks the entry", ["-s", "--netrc-file", "n", "http://v@{A}/"],
            files: ["n": netrc + "machine 127.0.0.1 login v password q"],
            requests: [get(as: "Basic djpx")]),
        FetchCase(
            "a user in the URL that has no entry", ["-s", "--netrc-file", "n", "http://x@{A}/"],
            files: ["n": netrc], requests: [get(as: "Basic eDo=")]),
        FetchCase(
            "-H Authorization wins", ["-s", "--netrc-file", "n", "-H", "Authorization: X y", "{U}/"],
            files: ["n": netrc],
            requests: [
                request("GET /", ["Host: {A}", "User-Agent: {UA}", "Accept: */*", "Authorization: X y"])
            ]),
        FetchCase(
            "--oauth2-bearer", ["--oauth2-bearer", "tok.en", "{U}/"], requests: [get(as: "Bearer tok.en")]),
        FetchCase(
            "--oauth2-bearer in place of -u, whose password nobody asks for",
            ["--oauth2-bearer", "t", "-u", "me", "{U}/"], requests: [get(as: "Bearer t")]),
        FetchCase(
            "a refused token is the end", ["--oauth2-bearer", "t", "-f", "{U}/"],
            server: [
                .expectRequest, .respond(401, [("WWW-Authenticate", "Bearer error=\"invalid_token\"")]),
            ],
            requests: [get(as: "Bearer t")],
            stderr: "ferry: (22) {U}/: the server answered 401 Unauthorized\n", status: 22),
        FetchCase(
            "a token with a line break", ["--oauth2-bearer", "a\r\nX: y", "{U}/"], requests: [],
            stderr:
                "ferry: option --oauth2-bearer: holds a line break or NUL, which no header field may\nferry: try 'ferry --help' for more information\n",
            status: 2),
        FetchCase(
            "an empty token", ["--oauth2-bearer", "", "{U}/"], requests: [],
            stderr:
                "ferry: option --oauth2-bearer: needs a value that is not empty\nferry: try 'ferry --help' for more information\n",
            status: 2),
        FetchCase(
            "--basic is the default, and --no-digest undoes --digest",
            ["--digest", "--no-digest", "--basic", "-u", "u:p", "{U}/"], requests: [get(as: up)]),
        FetchCase(
            "--disallow-username-in-url", ["--disallow-username-in-url", "http://u:p@{A}/"], requests: [],
            stderr:
                "ferry: (67) http://[redacted]@{A}/: the URL holds a login, which --disallow-username-in-url forbids\n",
            status: 67),
        FetchCase(
            "--disallow-username-in-url and a redirect", ["--disallow-username-in-url", "-L", "{U}/"],
            server: [.expectRequest, .respond(302, [("Location", "//u@127.0.0.1/")])],
            requests: [get(as: nil)],
            stderr:
                "ferry: (67) http://[redacted]@127.0.0.1/: the URL holds a login, which --disallow-username-in-url forbids\n",
            status: 67),
        FetchCase(
            "--disallow-username-in-url and -u", ["--disallow-username-in-url", "-u", "u:p", "{U}/"],
            requests: [get(as: up)]),
    ]

    // MARK: Other origins

    /// A server that redirects to another one, and that one.
    private func pair() throws -> (ScriptedServer, ScriptedServer) {
        let other = try ScriptedServer { _ in [.respond(body: "other")] }
        let target = other.url("/there")
        return (try ScriptedServer { _ in [.respond(302, [("Location", target)])] }, other)
    }

    @Test(arguments: [
        ["-u", "u:p"], ["--oauth2-bearer", "t"], ["-H", "Authorization: X"], ["-H", "X-Api-Key: X"],
        ["-b", "c=1"],
    ])
    func `nothing of it goes to another origin, unless all are trusted`(_ options: [String]) throws {
        for (flag, isSent) in [("-L", false), ("--location-trusted", true)] {
            let (first, other) = try pair()
            let result = try runFerry([flag] + options + [first.url("/")])
            #expect(result.outText == "other", "\(result)")
            func secrets(_ server: ScriptedServer) -> [String] {
                ["authorization", "cookie", "x-api-key"].flatMap { server.requests[0].headers($0) }
            }
            #expect(secrets(first).count == 1)
            #expect(secrets(other) == (isSent ? secrets(first) : []))
        }
    }

    @Test func `a user in the first URL stays there, one in the redirect goes along`() throws {
        for options in [["-L"], ["--location-trusted"], ["--location-trusted", "--anyauth"]] {
            let (first, other) = try pair()
            let result = try runFerry(options + ["http://u:p@\(first.authority)/"])
            #expect(result.outText == "other", "\(result)")
            let isAsked = options.contains("--anyauth")
            #expect(first.requests[0].header("authorization") == (isAsked ? nil : "Basic dTpw"))
            #expect(other.requests[0].header("authorization") == nil, "\(options)")
        }
    }

    @Test func `netrc is asked again for the host of a redirect`() throws {
        let folder = try TemporaryDirectory()
        let other = try ScriptedServer(on: .ipv6("::1", port: 0)) { _ in [.respond(body: "other")] }
        let target = other.url("/there")
        let first = try ScriptedServer { _ in [.respond(302, [("Location", target)])] }
        try folder.write(
            "machine 127.0.0.1 login u password p\nmachine ::1 login v password q\n", to: "n", mode: 0o600)
        let arguments = ["-L", "--netrc-file", "n", first.url("/")]
        let result = try runFerry(arguments, directory: folder.path)
        #expect(result.outText == "other" && result.errText.isEmpty, "\(result)")
        #expect(first.requests[0].header("authorization") == "Basic dTpw")
        #expect(other.requests[0].header("authorization") == "Basic djpx")
        try folder.write("machine 127.0.0.1 login u password p\n", to: "n", mode: 0o600)
        _ = try runFerry(arguments, directory: folder.path)
        #expect(other.requests[1].header("authorization") == nil)
    }

    // MARK: Secrets

    @Test func `a password that is not given is asked for on the terminal, and not shown`() throws {
        let server = try ScriptedServer { [.respond(body: $0.header("authorization") ?? "none")] }
        let process = try RunningProcess(ferryBinary(), ["-u", "u", server.url()], terminal: .input)
        #expect(process.waitForTerminal("Enter host password for user 'u':"))
        process.write(Array("p\n".utf8))
        let result = process.wait()
        #expect(result.outText == "Basic dTpw", "\(result)")
        #expect(!result.terminalText.contains("p\r\n"), "\(result.terminalText)")
    }

    @Test(arguments: [
        ("p\nrest", "Basic dTpw"), ("p", "Basic dTpw"), ("", "Basic dTo="), ("\n", "Basic dTo="),
    ])
    func `without a terminal a line of standard input is the password`(input: String, field: String) throws {
        let server = try ScriptedServer { [.respond(body: $0.header("authorization") ?? "none")] }
        let result = try runProcess(
            "setsid", ["-w", ferryBinary(), "-sS", "-u", "u", server.url()], stdin: bytes(input))
        #expect(result.outText == field, "\(result)")
        #expect(result.errText == "Enter host password for user 'u':\n")
    }

    @Test func `each password that is missing takes the next line`() throws {
        let proxy = try ScriptedServer { request in
            let fields = ["proxy-authorization", "authorization"].map { request.header($0) ?? "none" }
            return [.respond(body: fields.joined(separator: ", "))]
        }
        let result = try runProcess(
            "setsid",
            ["-w", ferryBinary(), "-s", "-u", "u", "-U", "v", "-x", proxy.url(), "http://o.test/"],
            stdin: bytes("p\nq\n"))
        // The server's comes first.
        #expect(result.outText == "Basic djpx, Basic dTpw", "\(result)")
    }

    @Test func `no secret is shown with -v but with --show-secrets`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("machine 127.0.0.1 login alice password geheim", to: "n", mode: 0o600)
        let gate = DigestGate()
        let server = try ScriptedServer { request in
            request.path == "/digest" && request.header("authorization") == nil
                ? [gate.refusal("n1")] : [.respond()]
        }
        for (options, path, scheme, secret) in [
            (["--netrc-file", "n"], "/", "Basic", "YWxpY2U6Z2VoZWlt"),
            (["--oauth2-bearer", "geheim"], "/", "Bearer", "geheim"),
            (["--digest", "-u", "alice:secret"], "/digest", "Digest", "response="),
        ] {
            let shown = try runFerry(["-v"] + options + [server.url(path)], directory: folder.path)
            #expect(shown.errText.contains("> Authorization: \(scheme) [redacted]"), "\(shown)")
            #expect(!shown.errText.contains(secret), "\(shown)")
            let bare = try runFerry(
                ["-v", "--show-secrets"] + options + [server.url(path)], directory: folder.path)
            #expect(bare.errText.contains(secret), "\(bare)")
        }
    }

    @Test func `the arguments that hold secrets are overwritten`() throws {
        let gate = Gate()
        let server = try ScriptedServer(script: [.expectRequest, .pause(until: gate), .respond()])
        let process = try RunningProcess(
            ferryBinary(),
            ["--oauth2-bearer", "geheim", "-u", "alice:geheim", "-U", "bob:geheim", server.url()])
        server.waitForRequests(1)
        let arguments = text(readFile("/proc/\(process.pid)/cmdline") ?? [])
        gate.open()
        #expect(process.wait().exitStatus == 0)
        #expect(!arguments.isEmpty && !arguments.contains("geheim") && !arguments.contains("alice"))
    }

    // MARK: nginx

    @Test func `nginx lets in who it knows`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("alice:{PLAIN}secret\n", to: "users")
        let nginx = try Nginx(
            server:
                "location /private { auth_basic \"the realm\"; auth_basic_user_file \(folder.file("users")); }",
            files: ["private/f": bytes("content")])
        try folder.write("machine 127.0.0.1 login alice password secret", to: "n", mode: 0o600)
        for options in [
            ["-u", "alice:secret"], ["--netrc-file", "n"], ["--anyauth", "-u", "alice:secret"],
        ] {
            let result = try runFerry(options + [nginx.url("/private/f")], directory: folder.path)
            #expect(result.outText == "content" && result.exitStatus == 0, "\(result)")
        }
        for options in [["-u", "alice:wrong"], [], ["--anyauth", "-u", "alice:wrong"]] {
            let result = try runFerry(["-f"] + options + [nginx.url("/private/f")], directory: folder.path)
            #expect(result.exitStatus == 22, "\(result)")
        }
    }
}
