import Glibc
import TestSupport
import Testing

/// `--ssl-sessions`: a second run goes on with the TLS session of the first.
@Suite struct TLSSessionFileTests {
    static let root = LocalCertificates.root
    static let leaf = LocalCertificates.leaf
    static let client = LocalCertificates.client

    private let folder: TemporaryDirectory

    init() throws {
        folder = try LocalCertificates.folder()
    }

    private func server(_ tls: ServerTLS) throws -> ScriptedServer {
        try ScriptedServer(tls: tls) { [.respond(body: $0.path)] }
    }

    private func ferry(_ arguments: String...) throws -> ProcessResult {
        try runFerry(["-sS", "--ssl-sessions", "sessions"] + arguments, directory: folder.path)
    }

    private func resumed(_ server: ScriptedServer) -> [Bool?] { server.connections.map { $0.tls?.isResumed } }

    @Test(arguments: ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"])
    func `the next run resumes, and so does the one after it`(priority: String) throws {
        let server = try server(ServerTLS(Self.leaf, priority: priority))
        for _ in 1...3 {
            let result = try ferry("--cacert", "root.pem", server.url("/x"))
            #expect(result.outText == "/x" && result.errText.isEmpty, "\(result)")
        }
        #expect(resumed(server) == [false, true, true])
        #expect(fileMode(folder.file("sessions")).map { $0 & 0o777 } == 0o600)
        let content = text(folder.read("sessions") ?? [])
        #expect(!content.contains("127.0.0.1") && !content.contains("localhost"))
        #expect(folder.names().sorted() == ["client.pem", "root.pem", "sessions"])
    }

    @Test func `openssl's server resumes, too`() throws {
        let server = try OpenSSLServer(tls: ServerTLS(Self.leaf))
        #expect(try ferry("--cacert", "root.pem", server.url()).outText.contains("New, TLSv1.3"))
        #expect(try ferry("--cacert", "root.pem", server.url()).outText.contains("Reused, TLSv1.3"))
    }

    @Test func `other settings get no session of these`() throws {
        let server = try server(ServerTLS(Self.leaf, clientAuthority: Self.root))
        #expect(try ferry("-k", "-E", "client.pem", server.url()).exitStatus == 0)
        #expect(try ferry("-k", server.url()).exitStatus == 0)
        #expect(try ferry(server.url()).exitStatus == 60)
        #expect(try ferry("-k", "--no-sessionid", server.url()).exitStatus == 0)
        #expect(try ferry("-k", "-E", "client.pem", server.url()).exitStatus == 0)
        #expect(resumed(server) == [false, false, false, false, true])
    }

    @Test func `a certificate that is no longer trusted is refused in the next run`() throws {
        let server = try server(ServerTLS(Self.leaf))
        #expect(try ferry("--cacert", "root.pem", server.url()).exitStatus == 0)
        try folder.write(TestCertificates.authority(name: "Other").certificatePEM, to: "root.pem")
        #expect(try ferry("--cacert", "root.pem", server.url()).exitStatus == 60)
        // Whoever trusts others is offered no session of before.
        #expect(resumed(server) == [false, false])
        #expect(server.requests.count == 1)
    }

    @Test func `rubbish costs a full handshake and nothing else`() throws {
        let server = try server(ServerTLS(Self.leaf))
        try folder.write("rubbish\n", to: "sessions", mode: 0o644)
        #expect(try ferry("-k", server.url()).exitStatus == 0)
        #expect(fileMode(folder.file("sessions")).map { $0 & 0o777 } == 0o600)
        // Data that GnuTLS cannot read.
        let lines = text(folder.read("sessions") ?? []).split(separator: "\n")
        let parts = lines[1].split(separator: " ")
        try folder.write(
            "\(lines[0])\n\(parts[0]) \(parts[1]) A\(parts[2].dropFirst(40))\n", to: "sessions", mode: 0o600)
        let second = try runFerry(
            ["-v", "-k", "--ssl-sessions", "sessions", server.url("/y")], directory: folder.path)
        #expect(second.outText == "/y")
        let note = "1 line of the TLS sessions in 'sessions' cannot be used and will be dropped"
        #expect(second.errText.contains(note), "\(second)")
        #expect(resumed(server) == [false, false])
    }

    @Test(arguments: ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"])
    func `a damaged session costs a full handshake, wherever the damage is`(priority: String) throws {
        let server = try server(ServerTLS(Self.leaf, priority: priority))
        #expect(try ferry("-k", server.url()).exitStatus == 0)
        let good = folder.read("sessions") ?? []
        for step in 0..<20 {
            var damaged = good
            damaged[good.count * step / 20] ^= 0x04
            try folder.write(damaged, to: "sessions", mode: 0o600)
            let result = try ferry("-k", server.url("/y"))
            #expect(result.exitStatus == 0 && result.outText == "/y" && result.errText.isEmpty, "\(result)")
        }
        #expect(resumed(server).allSatisfy { $0 == false })
    }

    @Test func `a session is not used as somebody else whose files have the same names`() throws {
        let server = try server(
            ServerTLS(Self.leaf, clientAuthority: Self.root, requiresClientCertificate: true))
        let other = TestCertificates.leaf(names: ["bob"], issuer: Self.root, purpose: .client)
        for certificate in [Self.client, Self.client, other, Self.client] {
            try folder.write(certificate.certificatePEM + certificate.keyPEM, to: "me.pem", mode: 0o600)
            #expect(try ferry("-k", "-E", "me.pem", server.url()).exitStatus == 0)
        }
        #expect(resumed(server) == [false, true, false, true])
        #expect(
            server.connections.map { $0.tls?.clientCertificate }
                == [Self.client.der, Self.client.der, other.der, Self.client.der])
    }

    @Test func `a file that others may write, or that cannot be one, is 26`() throws {
        let server = try server(ServerTLS(Self.leaf))
        try folder.write("", to: "sessions")
        #expect(chmod(folder.file("sessions"), 0o620) == 0)
        let open = try ferry("-k", server.url())
        #expect(open.exitStatus == 26 && open.errText.contains("sessions"), "\(open)")
        let missing = try runFerry(
            ["-sSk", "--ssl-sessions", "none/x", server.url()], directory: folder.path)
        #expect(missing.exitStatus == 26, "\(missing)")
        #expect(
            try runFerry(["-sSk", "--ssl-sessions", ".", server.url()], directory: folder.path).exitStatus
                == 26)
        #expect(server.acceptedCount == 0)
    }
}
