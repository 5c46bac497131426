import Glibc
import TestSupport
import Testing

/// The fixtures themselves, where they are subtle enough to mislead the tests that trust them.
@Suite struct TestSupportTests {
    static let request = "GET /a?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"

    private func client(_ server: ScriptedServer) throws -> RawClient {
        try RawClient(.ipv4("127.0.0.1", port: server.port))
    }

    @Test func `a script sends exact bytes and records the request`() throws {
        let server = try ScriptedServer(script: [.expectRequest, .send("HTTP/1.1 200 OK\r\n\r\nhi")])
        let client = try client(server)
        try client.send(Self.request)
        #expect(text(try client.readToEnd()) == "HTTP/1.1 200 OK\r\n\r\nhi")
        #expect(server.waitForEndings(1))
        #expect(server.requests.map(\.text) == [Self.request])
        #expect(server.requests[0].path == "/a")
        #expect(server.requests[0].query("x") == "1")
        #expect(server.connections[0].ending == .serverClosed)
    }

    @Test func `chunked bodies are recorded both ways`() throws {
        let server = try ScriptedServer { [.respond(body: $0.bodyText)] }
        let client = try client(server)
        let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        try client.send(head + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n")
        let answer = text(try client.readToEnd())
        #expect(answer == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde")
        #expect(server.requests[0].bodyText == "abcde")
        #expect(text(server.requests[0].rawBody) == "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n")
    }

    @Test func `a handler keeps the connection for the next request`() throws {
        let server = try ScriptedServer { [.respond(body: $0.target)] }
        let client = try client(server)
        for path in ["/1", "/2"] {
            try client.send("GET \(path) HTTP/1.1\r\n\r\n")
            #expect(text(try client.read(upTo: 40)).hasSuffix(path))
        }
        client.close()
        #expect(server.waitForEndings(1))
        #expect(server.acceptedCount == 1)
        #expect(server.connections[0].requests.count == 2)
        #expect(server.connections[0].ending == .clientClosed)
    }

    @Test func `a reset reaches the client`() throws {
        let server = try ScriptedServer(script: [.expectRequest, .reset])
        let client = try client(server)
        try client.send(Self.request)
        #expect(throws: SystemFailure("recv", code: ECONNRESET)) { try client.readToEnd() }
    }

    @Test func `the peak counts connections that overlap, not ones that follow each other`() throws {
        let server = try ScriptedServer(script: [.hold])
        for _ in 0..<5 { try client(server).close() }
        #expect(server.waitForEndings(5))
        #expect(server.peakOpenCount == 1)
        let held = try (0..<3).map { _ in try client(server) }
        #expect(server.waitForConnections(8))
        #expect(server.peakOpenCount == 3)
        #expect(server.openCount == 3)
        withExtendedLifetime(held) {}
    }

    @Test func `a gate holds a script until it is opened`() throws {
        let (arrived, gate) = (Gate(), Gate())
        let server = try ScriptedServer(script: [.open(arrived), .pause(until: gate), .send("x")])
        let client = try client(server)
        #expect(arrived.wait())
        gate.open()
        #expect(text(try client.readToEnd()) == "x")
    }

    @Test func `stopping ends threads that wait`() throws {
        let server = try ScriptedServer(script: [.pause(until: Gate())])
        let client = try client(server)
        #expect(server.waitForConnections(1))
        server.stop()
        server.stop()
        #expect(server.connections[0].ending == .stopped)
        withExtendedLifetime(client) {}
    }

    @Test func `Unix sockets work by path and by abstract name`() throws {
        let directory = try TemporaryDirectory()
        for address in [ListenAddress.unix(directory.file("s")), .abstract("ferry-test-\(getpid())")] {
            let server = try ScriptedServer(on: address, script: [.expectRequest, .send("ok")])
            let client = try RawClient(address)
            try client.send(Self.request)
            #expect(text(try client.readToEnd()) == "ok")
            server.stop()
        }
        #expect(directory.names().isEmpty)
    }

    @Test func `TLS serves another implementation's client and tells what was settled`() throws {
        let root = TestCertificates.authority()
        let leaf = TestCertificates.leaf(issuer: root)
        let server = try ScriptedServer(tls: ServerTLS(leaf, alpn: ["http/1.1"])) { _ in
            [.respond(body: "secret")]
        }
        let directory = try TemporaryDirectory()
        let rootFile = try directory.write(root.certificatePEM, to: "root.pem")
        let result = try runProcess(
            "openssl",
            [
                "s_client", "-quiet", "-verify_return_error", "-CAfile", rootFile, "-servername", "localhost",
                "-alpn", "http/1.1", "-connect", "127.0.0.1:\(server.port)",
            ], stdin: bytes("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"))
        #expect(result.outText.hasSuffix("\r\n\r\nsecret"), "\(result)")
        #expect(server.waitForEndings(1))
        let settled = server.connections[0].tls
        #expect(settled?.serverName == "localhost")
        #expect(settled?.alpn == "http/1.1")
        #expect(settled?.version == "TLS1.3")
    }

    @Test func `nobody answers at a refused port and nothing at all at a black hole`() throws {
        let refused = try RefusedPort()
        #expect(throws: SystemFailure.self) { try RawClient(.ipv4("127.0.0.1", port: refused.port)) }
        let hole = try BlackHole()
        let result = try runProcess(
            "bash", ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(hole.port)"], timeoutSeconds: 0.5)
        #expect(result.timedOut && result.signal == SIGKILL)
    }

    @Test func `a child's streams are fed and drained at once`() throws {
        let input = patternBytes(1_000_000)
        let result = try runProcess("bash", ["-c", "tee /dev/stderr"], stdin: input)
        #expect(result.stdout == input)
        #expect(result.stderr == input)
        #expect(result.exitStatus == 0)
    }

    @Test func `a child that doesn't read its input is no trouble`() throws {
        let result = try runProcess("true", stdin: patternBytes(1_000_000))
        #expect(result.exitStatus == 0)
    }

    @Test func `directory, environment, status and signal come through`() throws {
        let directory = try TemporaryDirectory()
        let result = try runProcess(
            "bash", ["-c", "pwd; echo $WORD $HOME >&2; exit 7"], environment: ["WORD": "hello"],
            directory: directory.path)
        #expect(result.outText == "\(directory.path)\n")
        #expect(result.errText == "hello /nonexistent\n")
        #expect(result.exitStatus == 7)
        #expect(try runProcess("bash", ["-c", "kill -TERM $$"]).signal == SIGTERM)
        #expect(throws: SystemFailure.self) { try runProcess("/nonexistent/program") }
    }

    @Test func `a pseudo-terminal has its width and is the controlling terminal`() throws {
        let script = "stty size <&2; test -t 1 || echo piped; read -r line </dev/tty; echo got $line >&2"
        let process = try RunningProcess(
            "bash", ["-c", script], terminal: [.input, .error], columns: 57)
        #expect(process.waitForOutput("piped"))
        process.write(bytes("typed\n"))
        #expect(process.waitForTerminal("got typed\r\n"))
        let result = process.wait()
        #expect(result.outText == "24 57\npiped\n")
        #expect(result.exitStatus == 0)
    }

    @Test func `a pseudo-terminal is told its new size`() throws {
        let script = """
            trap 'stty size <&2; exit 3' WINCH; stty size <&2; echo ready >&2; while :; do read -t 0.01 <&2; done
            """
        let process = try RunningProcess("bash", ["-c", script], terminal: .all, rows: 5, columns: 40)
        #expect(process.waitForTerminal("5 40\r\nready"))
        try process.resizeTerminal(rows: 50, columns: 200)
        let result = process.wait()
        #expect(result.terminalText.hasSuffix("50 200\r\n"), "\(result)")
        #expect(result.exitStatus == 3)
    }

    @Test func `a pseudo-terminal goes away`() throws {
        let server = try ScriptedServer(script: [.expectRequest, .send("HTTP/1.1 200 OK\r\n\r\nseen"), .hold])
        for streams in [[.output, .error], TerminalUse.all] {
            let terminal = try PseudoTerminal(["-N", server.url()], rows: 7, columns: 30, streams: streams)
            #expect(terminal.read(until: "seen"))
            terminal.hangUp()
            let result = terminal.finish(timeoutSeconds: 20)
            #expect(result.signal == SIGHUP, "\(result)")
        }
    }

    @Test func `no child inherits descriptors`() throws {
        let server = try ScriptedServer(script: [.hold])
        let client = try client(server)
        #expect(server.waitForConnections(1))
        let result = try runProcess("bash", ["-c", "echo /proc/$$/fd/*"])
        #expect(result.outText.split(separator: " ").count <= 4, "\(result)")
        withExtendedLifetime(client) {}
    }

    @Test func `nginx serves plain, TLS and its Unix socket`() throws {
        let root = TestCertificates.authority()
        let leaf = TestCertificates.leaf(addresses: ["127.0.0.1"], issuer: root)
        let nginx = try Nginx(
            server: "location /old { return 301 /new; }", tls: ServerTLS(leaf),
            files: ["a/b.txt": bytes("file")])
        try nginx.addSparseFile("zero", size: 1 << 32)
        let head = "HEAD /zero HTTP/1.0\r\n\r\n"
        for address in [ListenAddress.ipv4("127.0.0.1", port: nginx.port), .unix(nginx.socketPath)] {
            let client = try RawClient(address)
            try client.send(head)
            #expect(text(try client.readToEnd()).contains("Content-Length: 4294967296\r\n"))
        }
        let result = try runProcess(
            "openssl", ["s_client", "-quiet", "-connect", "127.0.0.1:\(nginx.tlsPort)"],
            stdin: bytes("GET /a/b.txt HTTP/1.0\r\n\r\n"))
        #expect(result.outText.hasSuffix("\r\n\r\nfile"), "\(result)")
        #expect(nginx.accessLog().count == 3)
        nginx.stop()
    }

    @Test func `openssl and tinyproxy come up and go`() throws {
        let server = try OpenSSLServer(tls: ServerTLS(TestCertificates.leaf()), options: ["-tls1_2"])
        let result = try runProcess(
            "openssl", ["s_client", "-quiet", "-connect", "127.0.0.1:\(server.port)"],
            stdin: bytes("GET / HTTP/1.0\r\n\r\n"))
        #expect(result.outText.contains("TLSv1.2"), "\(result)")
        server.stop()

        let origin = try ScriptedServer { [.respond(body: $0.line)] }
        let proxy = try Tinyproxy()
        let client = try RawClient(.ipv4("127.0.0.1", port: proxy.port))
        try client.send("GET \(origin.url("/x")) HTTP/1.0\r\n\r\n")
        #expect(text(try client.readToEnd()).contains("GET /x HTTP/1"))
        proxy.stop()
    }
}

/// Where fixtures look for files.
@Suite struct LocationTests {
    @Test func `the binary under test is the one built with the tests`() {
        #expect(fileExists(packageRoot() + "/Package.swift"))
        #expect(ferryBinary().hasPrefix("/"))
        #expect(fileExists(ferryBinary()), "\(ferryBinary())")
    }
}
