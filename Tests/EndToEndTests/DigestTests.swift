import TestSupport
import Testing

/// Digest authentication and --anyauth, against a server that checks every answer itself.
@Suite struct DigestTests {
    private static let login = ["--digest", "-u", "alice:secret"]

    /// Lets in who answers the challenge with the nonce `n1`, and echoes method and body.
    private func server(_ gate: DigestGate, offers: [(String, String)] = []) throws -> ScriptedServer {
        try ScriptedServer { request in
            if gate.admits(request, nonce: "n1") {
                return [.respond(body: "\(request.method) \(request.bodyText)")]
            }
            return [.respond(401, offers + [gate.challenge("n1")], body: "who is it?")]
        }
    }

    static let gates: [DigestGate] = {
        var gates = ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "md5", nil].map {
            DigestGate(algorithm: $0)
        }
        gates += ["auth,auth-int", "auth-int, auth"].map { DigestGate(qop: $0) }
        gates += ["MD5", "SHA-256", nil].map { DigestGate(algorithm: $0, qop: nil) }
        gates.append(DigestGate())
        gates[gates.count - 1].opaque = "an/opaque+word=="
        gates.append(DigestGate(algorithm: "SHA-256"))
        gates[gates.count - 1].hashesUser = true
        return gates
    }()

    @Test(arguments: 0..<gates.count) func `every form of challenge is answered`(_ index: Int) throws {
        let gate = Self.gates[index]
        let server = try server(gate)
        let result = try runFerry(["-f"] + Self.login + [server.url("/a?b=c&d")])
        #expect(result.outText == "GET " && result.exitStatus == 0, "\(gate) \(result)")
        #expect(server.requests.count == 2 && server.requests[0].header("authorization") == nil)
        #expect(server.acceptedCount == 1)
        guard fileExists("/usr/bin/curl") else { return }
        let theirs = try runProcess("/usr/bin/curl", ["-qsf"] + Self.login + [server.url("/a?b=c&d")])
        #expect(theirs.outText == result.outText, "curl: \(theirs)")
    }

    @Test func `the field is written as curl writes it`() throws {
        let server = try server(DigestGate())
        _ = try runFerry(Self.login + [server.url("/x?y")])
        let value = try #require(server.requests.last?.header("authorization"))
        let own = try #require(DigestGate().answer(in: server.requests[1])?["cnonce"])
        let response = try #require(DigestGate().answer(in: server.requests[1])?["response"])
        #expect(
            value
                == "Digest username=\"alice\", realm=\"the realm\", nonce=\"n1\", uri=\"/x?y\", cnonce=\"\(own)\", nc=00000001, qop=auth, response=\"\(response)\", algorithm=MD5"
        )
    }

    @Test func `a body waits for the challenge`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("upload", to: "f")
        for (options, expected, type) in [
            (["-d", "data"], "POST data", "application/x-www-form-urlencoded"),
            (["--json", "{}"], "POST {}", "application/json"),
            (["-T", "f"], "PUT upload", nil), (["-T", "-"], "PUT piped", nil),
            (
                ["-d", "data", "-H", "Transfer-Encoding: chunked"], "POST data",
                "application/x-www-form-urlencoded"
            ),
            (
                ["-d", "data", "-H", "Content-Length: 4", "-H", "Expect: 100-continue"], "POST data",
                "application/x-www-form-urlencoded"
            ),
        ] as [([String], String, String?)] {
            let server = try server(DigestGate())
            let result = try runFerry(
                ["-f"] + Self.login + options + [server.url("/a")], stdin: Array("piped".utf8),
                directory: folder.path)
            #expect(result.outText == expected && result.exitStatus == 0, "\(options) \(result)")
            #expect(server.requests.count == 2)
            let probe = server.requests[0]
            #expect(probe.headers("content-length") == ["0"] && probe.rawBody.isEmpty, "\(probe.text)")
            #expect(probe.header("transfer-encoding") == nil && probe.header("expect") == nil)
            #expect(probe.header("content-type") == type)
        }
    }

    @Test func `a server that does not ask gets the body all the same`() throws {
        let server = try ScriptedServer { [.respond(body: "\($0.method) \($0.bodyText)")] }
        let result = try runFerry(Self.login + ["-d", "data", server.url("/")])
        #expect(result.outText == "POST data", "\(result)")
        #expect(server.requests.map(\.bodyText) == ["", "data"])
        let refusing = try ScriptedServer { _ in [.respond(403, body: "no")] }
        #expect(try runFerry(Self.login + ["-d", "data", refusing.url("/")]).outText == "no")
        #expect(refusing.requests.count == 1)
    }

    @Test func `following requests answer the same challenge and are counted`() throws {
        let gate = DigestGate()
        let server = try server(gate)
        let result = try runFerry(Self.login + [server.url("/[1-3]"), "-d", "x"])
        #expect(result.outText == "POST xPOST xPOST x", "\(result)")
        #expect(server.requests.count == 4)
        #expect(
            server.requests.map { gate.answer(in: $0)?["nc"] } == [nil, "00000001", "00000002", "00000003"])
    }

    @Test func `an old nonce is replaced`() throws {
        let gate = DigestGate()
        let server = try ScriptedServer { request in
            if gate.admits(request, nonce: "n2") { return [.respond(body: "in")] }
            return [
                gate.refusal(
                    gate.admits(request, nonce: "n1") ? "n2" : "n1",
                    isStale: gate.admits(request, nonce: "n1"))
            ]
        }
        let result = try runFerry(["-f"] + Self.login + ["-d", "x", server.url("/")])
        #expect(result.outText == "in" && result.exitStatus == 0, "\(result)")
        #expect(server.requests.map(\.bodyText) == ["", "x", "x"])
        #expect(gate.answer(in: server.requests[2])?["nc"] == "00000001")
    }

    @Test func `a wrong password is tried once`() throws {
        let server = try server(DigestGate())
        let result = try runFerry(["--digest", "-u", "alice:wrong", server.url("/")])
        #expect(result.outText == "who is it?" && result.exitStatus == 0, "\(result)")
        #expect(server.requests.count == 2)
        let failing = try runFerry(
            [
                "-f", "--retry", "2", "--retry-all-errors", "--retry-delay", "0.001", "--digest", "-u",
                "alice:wrong", server.url("/"),
            ])
        #expect(failing.exitStatus == 22, "\(failing)")
    }

    @Test func `a server that never has enough is left`() throws {
        let server = try ScriptedServer { _ in [DigestGate().refusal("again", isStale: true)] }
        let result = try runFerry(["-f"] + Self.login + [server.url("/")])
        #expect(result.exitStatus == 22, "\(result)")
        #expect(server.requests.count == 5)
    }

    @Test func `every head is shown, and no body of a question`() throws {
        let folder = try TemporaryDirectory()
        let server = try server(DigestGate())
        let result = try runFerry(
            ["-i", "-f", "-v", "-D", "heads"] + Self.login + [server.url("/")], directory: folder.path)
        let heads =
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"the realm\", nonce=\"n1\", qop=\"auth\", algorithm=MD5\r\nContent-Length: 10\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
        #expect(result.outText == heads + "GET ", "\(result)")
        #expect(folder.read("heads").map { text($0) } == heads)
        #expect(result.errText.contains("< HTTP/1.1 401 Unauthorized\r\n"))
        #expect(result.errText.contains("> Authorization: Digest [redacted]\r\n"))
    }

    @Test func `-o and -w see the last answer only`() throws {
        let folder = try TemporaryDirectory()
        let server = try server(DigestGate())
        let result = try runFerry(
            ["-o", "f", "-w", "%{http_code} %{num_redirects} %{size_download}"] + Self.login + [
                server.url("/")
            ],
            directory: folder.path)
        #expect(result.outText == "200 0 4", "\(result)")
        #expect(folder.read("f").map { text($0) } == "GET ")
    }

    @Test func `users in the URL and in netrc log in as well`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("machine 127.0.0.1 login alice password secret", to: "n", mode: 0o600)
        let server = try server(DigestGate())
        let inURL = "http://alice:secret@\(server.authority)/"
        #expect(try runFerry(["-f", "--digest", inURL]).outText == "GET ")
        let found = try runFerry(
            ["-f", "--digest", "--netrc-file", "n", server.url("/")], directory: folder.path)
        #expect(found.outText == "GET ", "\(found)")
    }

    @Test func `a field of the user's own is the last word`() throws {
        let server = try server(DigestGate())
        let result = try runFerry(Self.login + ["-H", "Authorization: X y", server.url("/")])
        #expect(result.outText == "who is it?", "\(result)")
        #expect(server.requests.map { $0.headers("authorization") } == [["X y"]])
    }

    static let refusals: [(String, String)] = [
        (
            "Digest realm=r, nonce=n, algorithm=WHIRLPOOL",
            "Digest authentication with algorithm 'WHIRLPOOL' is asked for; MD5, SHA-256, SHA-512-256 and their -sess forms are known"
        ),
        (
            "Digest realm=r, nonce=n, qop=auth-int",
            "Digest authentication with qop 'auth-int' is asked for; only auth is known"
        ),
        ("Digest realm=r", "Digest authentication is asked for without a nonce"),
    ]

    @Test(arguments: refusals) func `what cannot be answered is 94`(
        _ challenge: String, _ problem: String
    ) throws {
        try FetchCase(
            "a challenge", ["-i"] + Self.login + ["{U}/"],
            server: [.expectRequest, .respond(401, [("WWW-Authenticate", challenge)], body: "no")],
            stdout:
                "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: \(challenge)\r\nContent-Length: 2\r\n\r\n",
            stderr: "ferry: (94) {U}/: \(problem)\n", status: 94
        ).check()
    }

    @Test func `a server that wants something else has the last word`() throws {
        let server = try ScriptedServer { _ in
            [.respond(401, [("WWW-Authenticate", "Basic realm=\"r\", Negotiate")], body: "no")]
        }
        let result = try runFerry(Self.login + [server.url("/")])
        #expect(result.outText == "no" && result.exitStatus == 0 && server.requests.count == 1, "\(result)")
    }

    // MARK: Other origins

    @Test func `a challenge of another origin is none of ours`() throws {
        let gate = DigestGate()
        let other = try server(gate)
        let target = other.url("/there")
        let first = try ScriptedServer { request in
            gate.admits(request, nonce: "n1") ? [.respond(302, [("Location", target)])] : [gate.refusal("n1")]
        }
        let result = try runFerry(["-L"] + Self.login + [first.url("/")])
        #expect(result.outText == "who is it?", "\(result)")
        #expect(other.requests.count == 1 && other.requests[0].header("authorization") == nil)
        // Trusted, the other origin is asked anew: what the first one said is not told it.
        let trusting = try runFerry(["--location-trusted"] + Self.login + [first.url("/")])
        #expect(trusting.outText == "GET ", "\(trusting)")
        #expect(other.requests[1].header("authorization") == nil)
        #expect(gate.answer(in: other.requests[2])?["nc"] == "00000001")
    }

    @Test func `a redirect within the origin is answered at once`() throws {
        let gate = DigestGate()
        let server = try ScriptedServer { request in
            guard gate.admits(request, nonce: "n1") else { return [gate.refusal("n1")] }
            return request.path == "/"
                ? [.respond(307, [("Location", "/new")])] : [.respond(body: request.bodyText)]
        }
        let result = try runFerry(["-L"] + Self.login + ["-d", "x", server.url("/")])
        #expect(result.outText == "x", "\(result)")
        #expect(server.requests.map { gate.answer(in: $0)?["nc"] } == [nil, "00000001", "00000002"])
    }

    // MARK: --anyauth

    private static let any = ["--anyauth", "-u", "alice:secret"]

    @Test func `--anyauth takes Digest before Basic`() throws {
        let server = try server(DigestGate(), offers: [("WWW-Authenticate", "Basic realm=b, Negotiate")])
        let result = try runFerry(["-f"] + Self.any + ["-d", "x", server.url("/")])
        #expect(result.outText == "POST x", "\(result)")
        // What is offered is not known yet, so the body goes along, as with curl.
        #expect(server.requests.map(\.bodyText) == ["x", "x"])
        #expect(server.requests[0].header("authorization") == nil)
    }

    @Test func `--anyauth takes Basic where that is all, and at once the next time`() throws {
        let server = try ScriptedServer { request in
            request.header("authorization") == "Basic YWxpY2U6c2VjcmV0"
                ? [.respond(body: "in")] : [.respond(401, [("www-authenticate", "basic")])]
        }
        let result = try runFerry(["-f"] + Self.any + [server.url("/[1-2]")])
        #expect(result.outText == "inin" && server.requests.count == 3, "\(result)")
        let both = try runFerry(["-f", "--basic", "--digest", "-u", "alice:secret", server.url("/")])
        #expect(both.outText == "in" && server.requests.count == 5, "\(both)")
    }

    @Test func `--anyauth asks nobody who does not ask`() throws {
        let server = try ScriptedServer { [.respond(body: $0.header("authorization") ?? "open")] }
        #expect(try runFerry(Self.any + [server.url("/")]).outText == "open")
        #expect(server.requests.count == 1)
    }

    @Test func `standard input cannot be sent twice`() throws {
        let server = try server(DigestGate())
        let result = try runFerry(Self.any + ["-T", "-", server.url("/")], stdin: Array("piped".utf8))
        #expect(result.exitStatus == 65, "\(result)")
        #expect(
            result.errText.hasPrefix(
                "Warning: Standard input cannot be sent a second time, as --anyauth and --proxy-anyauth may need to; name the scheme (--digest) or upload a file\n"
            ))
    }

    // MARK: Proxies

    private static let proxyGate = DigestGate(isProxy: true)

    @Test func `a proxy's challenge to an absolute form`() throws {
        let proxy = try ScriptedServer { request in
            Self.proxyGate.admits(request, nonce: "n1")
                ? [.respond(body: "\(request.method) \(request.bodyText)")] : [Self.proxyGate.refusal("n1")]
        }
        let login = ["-x", proxy.url(), "-U", "alice:secret"]
        let result = try runFerry(["-f", "--proxy-digest", "http://origin.test/a?b"] + login)
        #expect(result.outText == "GET ", "\(result)")
        #expect(Self.proxyGate.answer(in: proxy.requests[1])?["uri"] == "/a?b")
        let posting = try runFerry(["-f", "--proxy-digest", "-d", "x", "http://origin.test/"] + login)
        #expect(posting.outText == "POST x", "\(posting)")
        #expect(proxy.requests[2].bodyText.isEmpty)
        let any = try runFerry(["-f", "--proxy-anyauth", "http://origin.test/"] + login)
        #expect(any.outText == "GET ", "\(any)")
        let wrong = try runFerry(
            ["-f", "--proxy-digest", "-x", proxy.url(), "-U", "alice:wrong", "http://origin.test/"])
        #expect(wrong.exitStatus == 22 && wrong.errText.contains("407"), "\(wrong)")
    }

    /// A proxy that asks before it opens a tunnel to `origin`.
    private func tunnel(to origin: ScriptedServer, _ scheme: @escaping @Sendable (RecordedRequest) -> Bool)
        throws -> ScriptedServer
    {
        try ScriptedServer { request in
            scheme(request)
                ? [.send("HTTP/1.1 200 OK\r\n\r\n"), .tunnel(to: .ipv4("127.0.0.1", port: origin.port))]
                : [
                    .respond(
                        407, [("Proxy-Authenticate", "Basic realm=\"p\""), Self.proxyGate.challenge("n1")],
                        body: "no")
                ]
        }
    }

    @Test func `a proxy's challenge to CONNECT`() throws {
        let origin = try ScriptedServer { [.respond(body: "in \($0.bodyText)")] }
        let proxy = try tunnel(to: origin) { Self.proxyGate.admits($0, nonce: "n1") }
        let login = ["-f", "-p", "-x", proxy.url(), "-U", "alice:secret", "-d", "x"]
        for option in ["--proxy-digest", "--proxy-anyauth"] {
            let result = try runFerry(login + [option, origin.url("/")])
            #expect(result.outText == "in x" && result.exitStatus == 0, "\(result)")
        }
        #expect(origin.requests.allSatisfy { $0.header("proxy-authorization") == nil })
        #expect(origin.requests.map(\.bodyText) == ["x", "x"])
        let shown = try runFerry(login + ["--proxy-digest", "-i", origin.url("/")])
        #expect(shown.outText.hasPrefix("HTTP/1.1 407 Proxy Authentication Required\r\n"), "\(shown)")
        #expect(shown.outText.contains("\r\n\r\nHTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n"))
        #expect(!shown.outText.contains("no\r\n"))
        let wrong = try runFerry(
            ["--proxy-digest", "-p", "-x", proxy.url(), "-U", "alice:wrong", origin.url("/")])
        #expect(wrong.exitStatus == 7 && wrong.errText.contains("407"), "\(wrong)")
    }

    @Test func `a tunnel serves many requests`() throws {
        let origin = try ScriptedServer { [.respond(body: $0.target)] }
        let proxy = try tunnel(to: origin) { Self.proxyGate.admits($0, nonce: "n1") }
        let result = try runFerry(
            ["--proxy-digest", "-p", "-x", proxy.url(), "-U", "alice:secret", origin.url("/[1-3]")])
        #expect(result.outText == "/1/2/3", "\(result)")
        // The challenge is answered on the connection on which it came.
        #expect(proxy.acceptedCount == 1 && origin.acceptedCount == 1)
    }

    @Test func `a wrong password is told to a proxy once, on the connection that it keeps`() throws {
        let origin = try ScriptedServer { _ in [.respond(body: "in")] }
        let proxy = try tunnel(to: origin) { Self.proxyGate.admits($0, nonce: "n1") }
        for option in ["--proxy-digest", "--proxy-anyauth"] {
            let before = proxy.requests.count
            let wrong = try runFerry(
                [
                    "-w", "%{num_connects}", option, "-p", "-x", proxy.url(), "-U", "alice:wrong",
                    origin.url("/"),
                ])
            #expect(wrong.exitStatus == 7 && wrong.errText.contains("407"), "\(wrong)")
            let told = proxy.requests.dropFirst(before).map { $0.header("proxy-authorization") != nil }
            #expect(told == [false, true])
        }
        #expect(proxy.acceptedCount == 2 && origin.acceptedCount == 0)
    }

    @Test(arguments: [
        ("Connection", "close"), ("Proxy-Connection", "close"), ("Content-Length", "10000000"),
    ])
    func `a question that ends its connection is answered on another`(_ name: String, _ value: String) throws
    {
        let origin = try ScriptedServer { _ in [.respond(body: "in")] }
        let proxy = try ScriptedServer { request in
            if Self.proxyGate.admits(request, nonce: "n1") {
                return [.send("HTTP/1.1 200 OK\r\n\r\n"), .tunnel(to: .ipv4("127.0.0.1", port: origin.port))]
            }
            let challenge = Self.proxyGate.challenge("n1")
            let length = name == "Content-Length" ? "" : "Content-Length: 0\r\n"
            return [
                .send(
                    "HTTP/1.1 407 No\r\n\(challenge.0): \(challenge.1)\r\n\(length)\(name): \(value)\r\n\r\n"),
                .close,
            ]
        }
        let result = try runFerry(
            ["--proxy-digest", "-p", "-x", proxy.url(), "-U", "alice:secret", origin.url("/")])
        #expect(result.outText == "in", "\(result)")
        #expect(proxy.acceptedCount == 2 && origin.acceptedCount == 1)
    }

    @Test func `a connection that breaks in the question is replaced`() throws {
        let origin = try ScriptedServer { _ in [.respond(body: "in")] }
        let proxy = try ScriptedServer { request in
            if Self.proxyGate.admits(request, nonce: "n1") {
                return [.send("HTTP/1.1 200 OK\r\n\r\n"), .tunnel(to: .ipv4("127.0.0.1", port: origin.port))]
            }
            let challenge = Self.proxyGate.challenge("n1")
            return [
                .send("HTTP/1.1 407 No\r\n\(challenge.0): \(challenge.1)\r\nContent-Length: 9\r\n\r\nhalf"),
                .close,
            ]
        }
        let result = try runFerry(
            ["--proxy-digest", "-p", "-x", proxy.url(), "-U", "alice:secret", origin.url("/")])
        #expect(result.outText == "in", "\(result)")
        #expect(proxy.acceptedCount == 2)
    }

    @Test func `--proxy-anyauth falls back to Basic for CONNECT`() throws {
        let origin = try ScriptedServer { _ in [.respond(body: "in")] }
        let proxy = try ScriptedServer { request in
            request.header("proxy-authorization") == "Basic YWxpY2U6c2VjcmV0"
                ? [.send("HTTP/1.1 200 OK\r\n\r\n"), .tunnel(to: .ipv4("127.0.0.1", port: origin.port))]
                : [.respond(407, [("Proxy-Authenticate", "Basic realm=\"p\"")])]
        }
        let result = try runFerry(
            ["--proxy-anyauth", "-p", "-x", "http://alice:secret@\(proxy.authority)", origin.url("/")])
        #expect(result.outText == "in", "\(result)")
    }

    @Test func `proxy and origin ask one after another`() throws {
        let gate = DigestGate()
        let proxy = try ScriptedServer { request in
            guard Self.proxyGate.answer(in: request) != nil else { return [Self.proxyGate.refusal("p1")] }
            guard gate.answer(in: request) != nil else { return [gate.refusal("n1")] }
            return [.respond(body: "\(request.method) \(request.bodyText)")]
        }
        let result = try runFerry(
            [
                "-f", "--digest", "-u", "alice:secret", "--proxy-digest", "-U", "alice:secret", "-x",
                proxy.url(),
                "-d", "x", "http://origin.test/",
            ])
        #expect(result.outText == "POST x", "\(result)")
        #expect(proxy.requests.map(\.bodyText) == ["", "", "x"])
    }
}
