import Glibc
import TestSupport
import Testing

/// TLS as other tools manage it: keys that never touch a disk, lists of folders, certificates that are asked for late.
@Suite struct TLSHabitTests {
    private static let root = LocalCertificates.root
    private static let leaf = LocalCertificates.leaf
    private static let client = LocalCertificates.client

    private let folder: TemporaryDirectory

    init() throws {
        folder = try LocalCertificates.folder()
        try folder.write(Self.client.certificatePEM, to: "c.pem")
        try folder.write(Self.client.keyPEM, to: "c.key")
    }

    @Test(arguments: [
        "--cacert root.pem --cert <(cat c.pem) --key <(cat c.key)",
        "--cacert root.pem --cert c.pem --key <(cat c.key)",
        "--cacert root.pem --cert c.pem --key /dev/stdin < <(cat c.key)",
        "--cacert root.pem --cert c.pem --key /dev/stdin < c.key",
        "--cacert root.pem --cert /dev/stdin --key /dev/stdin < <(cat c.pem c.key)",
        "--cacert root.pem --cert <(cat client.pem)",
        "--cacert <(cat root.pem) --cert client.pem",
        "--cacert /dev/stdin --cert client.pem < <(cat root.pem)",
    ])
    func `certificates and keys come from pipes`(arguments: String) throws {
        let server = try ScriptedServer(
            tls: ServerTLS(Self.leaf, clientAuthority: Self.root, requiresClientCertificate: true)
        ) { [.respond(body: $0.path)] }
        // Two operations that need the same pipes.
        let command = "\(ferryBinary()) -q -sS \(server.url("/a")) \(server.url("/b")) \(arguments)"
        let result = try runProcess("bash", ["-c", command], directory: folder.path)
        #expect(result.outText == "/a/b" && result.exitStatus == 0, "\(result)")
        #expect(server.connections.allSatisfy { $0.tls?.clientCertificate == Self.client.der })
    }

    @Test func `folders of certificates that are not there are passed over`() throws {
        let server = try ScriptedServer(tls: ServerTLS(Self.leaf)) { [.respond(body: $0.path)] }
        #expect(mkdir(folder.file("anchors"), 0o755) == 0)
        try writeFile(folder.file("anchors/root.pem"), bytes(Self.root.certificatePEM))
        func ferry(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> ProcessResult
        {
            try runFerry(
                ["-sS"] + arguments + [server.url("/a")], environment: environment, directory: folder.path)
        }
        for environment in [
            ["SSL_CERT_DIR": "none:anchors"], ["SSL_CERT_DIR": "anchors:none"],
            ["SSL_CERT_DIR": "none", "SSL_CERT_FILE": "root.pem"],
        ] {
            let result = try ferry([], environment)
            #expect(result.outText == "/a", "\(environment) \(result)")
        }
        #expect(try ferry(["--capath", "none:anchors"]).outText == "/a")
        #expect(try ferry([], ["SSL_CERT_DIR": "none:nowhere"]).exitStatus == 77)
    }

    @Test(arguments: [("-tls1_2", "R"), ("-tls1_3", "c")])
    func `a certificate that is asked for after the request is shown`(version: String, command: String) throws
    {
        let server = try OpenSSLServer(
            tls: ServerTLS(Self.leaf), mode: .typed, options: [version, "-CAfile", folder.file("root.pem")])
        let ferry = try RunningProcess(
            ferryBinary(), ["-q", "-sS", "-k", "-E", "client.pem", server.url()], directory: folder.path)
        #expect(server.waitForOutput("GET / HTTP/1.1"))
        server.type(command)
        #expect(server.waitForError("depth=0"), "\(server.log)")
        server.type("HTTP/1.1 200 OK\nContent-Length: 3\n\nok")
        let result = ferry.wait()
        #expect(result.outText == "ok\n" && result.exitStatus == 0, "\(result) \(server.log)")
    }

    @Test func `a server that cannot ask for a certificate says so on both sides`() throws {
        let server = try OpenSSLServer(tls: ServerTLS(Self.leaf), mode: .typed, options: ["-tls1_2"])
        let ferry = try RunningProcess(
            ferryBinary(), ["-q", "-sS", "-k", server.url()], directory: folder.path)
        #expect(server.waitForOutput("GET / HTTP/1.1"))
        server.type("R")
        let result = ferry.wait()
        #expect(result.exitStatus == 98, "\(result)")
        #expect(result.errText.contains("the server demands a client certificate (--cert)"), "\(result)")
    }

    @Test func `a certificate without names is refused, and what helps is said`() throws {
        let bare = TestCertificates.leaf(names: [], issuer: Self.root, commonName: "localhost")
        let server = try ScriptedServer(tls: ServerTLS(bare)) { [.respond(body: $0.path)] }
        let url = "https://localhost:\(server.port)/a"
        let result = try runFerry(["-sS", "--cacert", "root.pem", url], directory: folder.path)
        #expect(result.exitStatus == 60 && server.requests.isEmpty)
        #expect(
            result.errText.hasSuffix(
                "certificate has no subject alternative name, and its common name 'localhost' does not count; "
                    + "give it one that names the host among its subject alternative names, or pin it with "
                    + "--fingerprint\n"), "\(result)")
        // With what ferry itself prints.
        let printed = try runFerry(["-sS", "--print-fingerprint", url]).outText
        let pinned = try runFerry(["-sS", "--fingerprint", printed, url])
        #expect(pinned.outText == "/a", "\(pinned)")
    }

    @Test func `nothing leads around a revoked certificate`() throws {
        let list = try folder.write(
            TestCertificates.revocationList(issuer: Self.root, revoked: [Self.leaf]), to: "crl.pem")
        let server = try ScriptedServer(tls: ServerTLS(Self.leaf)) { [.respond(body: $0.path)] }
        let result = try runFerry(
            ["-sS", "--crlfile", list, "--cacert", "root.pem", server.url()], directory: folder.path)
        #expect(result.exitStatus == 60 && server.requests.isEmpty)
        #expect(result.errText.hasSuffix(": certificate was revoked by its issuer\n"), "\(result)")
    }
}
