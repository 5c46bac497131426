import Glibc
import TestSupport
import Testing

/// https: who is trusted, what is refused before a byte of HTTP, client certificates, resumption.
@Suite struct TLSTransferTests {
    private static let root = LocalCertificates.root
    private static let leaf = LocalCertificates.leaf

    private let folder: TemporaryDirectory
    private let rootFile: String

    init() throws {
        folder = try TemporaryDirectory()
        rootFile = try folder.write(Self.root.certificatePEM, to: "root.pem")
    }

    private func server(_ tls: ServerTLS = ServerTLS(leaf)) throws -> ScriptedServer {
        try ScriptedServer(tls: tls) { [.respond(body: "secret \($0.path)")] }
    }

    private func ferry(
        _ arguments: String..., environment: [String: String] = [:]
    ) throws -> ProcessResult {
        try runFerry(["-sS"] + arguments, environment: environment, directory: folder.path)
    }

    // MARK: Trust

    @Test func `--cacert trusts an issuer`() throws {
        let server = try server()
        #expect(try ferry("--cacert", rootFile, server.url("/a")).outText == "secret /a")
        #expect(try ferry("--cacert", rootFile, "https://localhost:\(server.port)/b").outText == "secret /b")
        #expect(server.connections.last?.tls?.serverName == "localhost")
        #expect(server.connections.first?.tls?.serverName == nil)
    }

    @Test(arguments: ["CURL_CA_BUNDLE", "SSL_CERT_FILE"])
    func `the environment names a bundle`(variable: String) throws {
        let server = try server()
        #expect(try ferry(server.url(), environment: [variable: rootFile]).outText == "secret /")
        let nothing = try folder.write(TestCertificates.authority(name: "Other").certificatePEM, to: "o.pem")
        #expect(try ferry(server.url(), environment: [variable: nothing]).exitStatus == 60)
    }

    @Test func `SSL_CERT_DIR names a folder of hashed certificates`() throws {
        let server = try server()
        let hash = try runProcess("openssl", ["x509", "-hash", "-noout", "-in", rootFile]).outText
        let anchors = folder.file("anchors")
        #expect(mkdir(anchors, 0o755) == 0)
        try writeFile("\(anchors)/\(hash.prefix(8)).0", bytes(Self.root.certificatePEM))
        let result = try ferry(server.url(), environment: ["SSL_CERT_DIR": anchors])
        #expect(result.outText == "secret /", "\(result)")
    }

    @Test func `an unknown issuer is refused before any HTTP byte`() throws {
        let server = try server()
        let result = try ferry(server.url())
        #expect(result.exitStatus == 60 && result.stdout.isEmpty, "\(result)")
        #expect(result.errText.hasPrefix("ferry: (60) \(server.url()): "), "\(result)")
        #expect(result.errText.contains("--cacert"))
        #expect(server.waitForEndings(1))
        #expect(server.requests.isEmpty)
    }

    static let wrongLeaves: [(what: String, leaf: TestCertificate)] = [
        (
            "expired",
            TestCertificates.leaf(
                addresses: ["127.0.0.1"], issuer: root, notBefore: 1_600_000_000, notAfter: 1_600_100_000)
        ),
        (
            "not valid before",
            TestCertificates.leaf(
                addresses: ["127.0.0.1"], issuer: root, notBefore: 4_000_000_000, notAfter: 4_000_100_000)
        ),
        ("127.0.0.1", TestCertificates.leaf(names: ["other.example"], issuer: root)),
        ("", TestCertificates.leaf(addresses: ["127.0.0.1"])),
        ("", TestCertificates.leaf(addresses: ["127.0.0.1"], issuer: root, purpose: .client)),
    ]

    @Test(arguments: wrongLeaves.indices)
    func `expired, early, misnamed, self-signed and misused certificates are refused`(index: Int) throws {
        let (what, leaf) = Self.wrongLeaves[index]
        let server = try server(ServerTLS(leaf))
        let result = try ferry("--cacert", rootFile, server.url())
        #expect(result.exitStatus == 60, "\(result)")
        #expect(result.errText.contains(what), "\(result)")
        #expect(server.waitForEndings(1))
        #expect(server.requests.isEmpty)
        #expect(try ferry("-k", server.url()).outText == "secret /")
    }

    @Test func `bad trust files are named`() throws {
        let server = try server()
        let missing = try ferry("--cacert", folder.file("none.pem"), server.url())
        #expect(missing.exitStatus == 2, "\(missing)")
        let garbage = try folder.write("no certificate at all", to: "garbage.pem")
        let result = try ferry("--cacert", garbage, server.url())
        #expect(result.exitStatus == 77 && result.errText.contains("garbage.pem"), "\(result)")
    }

    // MARK: Pins

    @Test func `what --print-fingerprint prints is what --fingerprint takes`() throws {
        let server = try server()
        let printed = try ferry("--print-fingerprint", server.url())
        #expect(
            printed.outText == "sha256 \(colons(Self.leaf.sha256))  127.0.0.1:\(server.port)\n"
                || printed.outText == "sha256 \(Self.leaf.sha256)  127.0.0.1:\(server.port)\n", "\(printed)")
        #expect(server.waitForEndings(1))
        #expect(server.requests.isEmpty)
        let pin = String(printed.outText.split(separator: " ")[1])
        #expect(try ferry("--fingerprint", pin, server.url()).outText == "secret /")
        #expect(try ferry("--fingerprint", colons(Self.leaf.sha256), server.url()).outText == "secret /")
    }

    private func colons(_ hex: String) -> String {
        let digits = Array(hex.uppercased())
        return stride(from: 0, to: digits.count, by: 2).map { String(digits[$0...$0 + 1]) }
            .joined(separator: ":")
    }

    @Test func `a wrong pin ends with 90 before any HTTP byte and names both`() throws {
        let server = try server()
        let wrong = String(repeating: "ab", count: 32)
        let result = try ferry("--fingerprint", wrong, "--cacert", rootFile, server.url())
        #expect(result.exitStatus == 90, "\(result)")
        let text = result.errText.lowercased().filter { $0 != ":" }
        #expect(text.contains(wrong) && text.contains(Self.leaf.sha256), "\(result)")
        #expect(server.waitForEndings(1))
        #expect(server.requests.isEmpty)
    }

    @Test func `any one of several pins is enough, also with -k`() throws {
        let server = try server()
        let wrong = String(repeating: "ab", count: 32)
        #expect(
            try ferry("--fingerprint", wrong, "--fingerprint", Self.leaf.sha256, server.url()).exitStatus
                == 0)
        #expect(try ferry("-k", "--fingerprint", wrong, server.url()).exitStatus == 90)
    }

    // MARK: Versions, sessions, ends

    @Test(arguments: [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
    func `openssl's server is understood`(option: String, version: String) throws {
        let server = try OpenSSLServer(tls: ServerTLS(Self.leaf), options: [option])
        let result = try ferry("--cacert", rootFile, server.url())
        #expect(result.exitStatus == 0, "\(result)")
        #expect(result.outText.contains("Protocol  : \(version)"), "\(result)")
    }

    @Test(arguments: ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"])
    func `sessions are resumed inside a run`(priority: String) throws {
        let server = try server(ServerTLS(Self.leaf, priority: priority))
        let result = try ferry("--cacert", rootFile, "--force-close", server.url("/[1-4]"))
        #expect(result.outText == (1...4).map { "secret /\($0)" }.joined(), "\(result)")
        #expect(server.connections.map { $0.tls?.isResumed } == [false, true, true, true])
    }

    @Test func `openssl's server resumes, too`() throws {
        let server = try OpenSSLServer(tls: ServerTLS(Self.leaf))
        let result = try ferry("--cacert", rootFile, server.url("/[1-3]"))
        #expect(result.outText.contains("Reused, TLSv1.3"), "\(result)")
    }

    @Test func `a session of an unverified connection does not serve a verified one`() throws {
        let server = try server(ServerTLS(TestCertificates.leaf(addresses: ["127.0.0.1"])))
        let result = try ferry(
            "-k", "--force-close", server.url("/1"), "--next", "--cacert", rootFile, server.url("/2"))
        #expect(result.outText == "secret /1")
        #expect(result.exitStatus == 60, "\(result)")
    }

    @Test func `one connection serves many requests`() throws {
        let server = try server()
        #expect(try ferry("--cacert", rootFile, server.url("/[1-5]")).exitStatus == 0)
        #expect(server.acceptedCount == 1)
        #expect(server.waitForEndings(1))
    }

    @Test
    func `connections that are left at the end say goodbye, and wait for it as long as they may (TLS-17)`()
        throws
    {
        let server = try server()
        #expect(try ferry("-k", server.url("/a"), "--next", "-sSk", "-4", server.url("/b")).exitStatus == 0)
        #expect(server.waitForEndings(2))
        #expect(server.connections.map(\.ending) == [.clientCloseNotify, .clientCloseNotify])
        let gate = Gate()
        let silent = try ScriptedServer(
            tls: ServerTLS(Self.leaf), script: [.expectRequest, .respond(200), .pause(until: gate)])
        for option in ["--force-close", "--no-progress-meter"] {
            let result = try ferry("-k", "--tls-shutdown-timeout", "0.3", option, silent.url())
            #expect(result.exitStatus == 0 && result.wallSeconds >= 0.3, "\(option) \(result)")
        }
        gate.open()
    }

    @Test func `a body cut short without close_notify is 18`() throws {
        for (head, text) in [
            (
                "HTTP/1.1 200 OK\r\n\r\n",
                "connection cut where only its proper end would have told that the body is whole (4 body bytes received)\n"
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
                "connection closed with 4 of 100 body bytes received\n"
            ),
        ] {
            let server = try ScriptedServer(
                tls: ServerTLS(Self.leaf), script: [.expectRequest, .send(head + "part"), .closeAbruptly])
            let result = try ferry("-k", "-o", "f", server.url())
            #expect(result.exitStatus == 18 && result.errText.hasSuffix(text), "\(head): \(result)")
            #expect(!folder.names().contains("f"))
        }
        let honest = try ScriptedServer(
            tls: ServerTLS(Self.leaf),
            script: [.expectRequest, .send("HTTP/1.1 200 OK\r\n\r\nwhole"), .close])
        #expect(try ferry("-k", honest.url()).outText == "whole")
    }

    @Test func `a server that speaks no TLS is 35`() throws {
        let server = try ScriptedServer(script: [.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .close])
        let result = try ferry("https://\(server.authority)/")
        #expect(result.exitStatus == 35, "\(result)")
    }

    @Test func `ALPN offers http/1.1`() throws {
        let server = try server(ServerTLS(Self.leaf, alpn: ["http/1.1"]))
        #expect(try ferry("-k", server.url()).exitStatus == 0)
        #expect(server.connections[0].tls?.alpn == "http/1.1")
    }

    @Test func `https over a Unix socket is real TLS`() throws {
        let server = try ScriptedServer(
            on: .unix(folder.file("s.sock")), tls: ServerTLS(Self.leaf)
        ) { [.respond(body: "unix \($0.path)")] }
        let result = try ferry(
            "--cacert", rootFile, "--unix-socket", folder.file("s.sock"), "https://localhost/x")
        #expect(result.outText == "unix /x", "\(result)")
        #expect(server.connections[0].tls?.serverName == "localhost")
        let wrong = try ferry(
            "--cacert", rootFile, "--unix-socket", folder.file("s.sock"), "https://other.example/x")
        #expect(wrong.exitStatus == 60)
    }

    // MARK: Client certificates

    @Test func `a client certificate is shown when it is asked for`() throws {
        let client = TestCertificates.leaf(names: ["client"], issuer: Self.root, purpose: .client)
        let certificate = try folder.write(client.certificatePEM, to: "client.pem")
        let key = try folder.write(client.keyPEM, to: "client.key")
        let both = try folder.write(client.certificatePEM + client.keyPEM, to: "both.pem")
        let locked = try folder.write(client.encryptedKeyPEM(password: "geheim"), to: "locked.key")
        let server = try server(
            ServerTLS(Self.leaf, clientAuthority: Self.root, requiresClientCertificate: true))
        for arguments in [
            ["--cert", certificate, "--key", key], ["-E", both],
            ["--cert", "\(certificate):geheim", "--key", locked],
        ] {
            let result = try runFerry(["-sS", "--cacert", rootFile] + arguments + [server.url()])
            #expect(result.outText == "secret /", "\(arguments): \(result)")
            #expect(server.connections.last?.tls?.clientCertificate == client.der)
        }
        let wrong = try ferry("-k", "--cert", "\(certificate):falsch", "--key", locked, server.url())
        #expect(wrong.exitStatus == 58 && wrong.errText.contains("locked.key"), "\(wrong)")
        #expect(!wrong.errText.contains("falsch"))
        let missing = try ferry("-k", "--cert", folder.file("none"), server.url())
        #expect(missing.exitStatus == 58, "\(missing)")
    }

    @Test func `openssl's server demands one, and its absence is told`() throws {
        let client = TestCertificates.leaf(names: ["client"], issuer: Self.root, purpose: .client)
        let both = try folder.write(client.certificatePEM + client.keyPEM, to: "both.pem")
        let server = try OpenSSLServer(
            tls: ServerTLS(Self.leaf, clientAuthority: Self.root, requiresClientCertificate: true))
        let result = try ferry("--cacert", rootFile, "--cert", both, server.url())
        #expect(result.exitStatus == 0 && result.outText.contains("Client certificate"), "\(result)")
        let without = try ferry("--cacert", rootFile, server.url())
        #expect([35, 56, 98].contains(without.exitStatus), "\(without)")
    }
}
