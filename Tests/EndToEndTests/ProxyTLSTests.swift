import Glibc
import TestSupport
import Testing

/// TLS to an https proxy has options of its own, beside those for the server behind it.
@Suite struct ProxyTLSTests {
    static let root = LocalCertificates.root
    static let leaf = LocalCertificates.leaf
    static let client = LocalCertificates.client

    private let folder: TemporaryDirectory

    init() throws {
        folder = try LocalCertificates.folder()
    }

    private func proxy(_ tls: ServerTLS = ServerTLS(leaf)) throws -> ScriptedServer {
        try ScriptedServer(tls: tls) { [.respond(body: $0.target)] }
    }

    private func ferry(_ proxy: ScriptedServer, _ arguments: String...) throws -> ProcessResult {
        try runFerry(
            ["-sS", "-x", "https://127.0.0.1:\(proxy.port)"] + arguments + ["http://o.test/"],
            directory: folder.path)
    }

    @Test func `the proxy is trusted by its own options only`() throws {
        let proxy = try proxy()
        for arguments in [["--proxy-cacert", "root.pem"], ["--proxy-insecure"]] {
            let result = try runFerry(
                ["-sS", "-x", "https://127.0.0.1:\(proxy.port)"] + arguments + ["http://o.test/"],
                directory: folder.path)
            #expect(result.outText == "http://o.test/", "\(result)")
        }
        #expect(try ferry(proxy).exitStatus == 60)
        #expect(try ferry(proxy, "--cacert", "root.pem").exitStatus == 60)
        #expect(try ferry(proxy, "-k").exitStatus == 60)
        #expect(try ferry(proxy, "--proxy-cacert", "none").exitStatus == 2)
        #expect(mkdir(folder.file("anchors"), 0o755) == 0)
        try writeFile(folder.file("anchors/x"), bytes(Self.root.certificatePEM))
        #expect(try ferry(proxy, "--proxy-capath", "anchors").exitStatus == 0)
        #expect(try ferry(proxy, "--capath", "anchors").exitStatus == 0)
        #expect(
            try ferry(proxy, "--capath", "anchors", "--proxy-capath", folder.path + "/none").exitStatus == 77)
    }

    @Test func `--proxy-insecure does not speak of the server`() throws {
        let origin = try ScriptedServer(tls: ServerTLS(Self.leaf)) { _ in [.respond(body: "inside")] }
        let proxy = try ScriptedServer(
            tls: ServerTLS(Self.leaf),
            script: [
                .expectHead, .send("HTTP/1.1 200 OK\r\n\r\n"),
                .tunnel(to: .ipv4("127.0.0.1", port: origin.port)),
            ])
        let result = try runFerry([
            "-sS", "--proxy-insecure", "-x", "https://127.0.0.1:\(proxy.port)", origin.url(),
        ])
        #expect(result.exitStatus == 60 && origin.requests.isEmpty, "\(result)")
    }

    @Test(arguments: ["http://o.test/", "https://o.test/"])
    func `a proxy that wants a certificate is told from a server that does`(url: String) throws {
        let proxy = try proxy(
            ServerTLS(Self.leaf, clientAuthority: Self.root, requiresClientCertificate: true))
        for arguments in [[], ["-E", "client.pem"]] {
            let result = try runFerry(
                ["-sS", "--proxy-insecure", "-x", "https://127.0.0.1:\(proxy.port)"] + arguments + [url],
                directory: folder.path)
            #expect(result.exitStatus == 98, "\(result)")
            let text = "the proxy demands a client certificate (--proxy-cert): "
            #expect(result.errText.contains(text), "\(result)")
        }
    }

    @Test func `a certificate that the proxy refuses is the client's`() throws {
        let proxy = try proxy(
            ServerTLS(
                Self.leaf, clientAuthority: TestCertificates.authority(name: "Other"),
                requiresClientCertificate: true))
        let result = try ferry(proxy, "--proxy-insecure", "--proxy-cert", "client.pem")
        #expect(
            result.errText.contains(
                "TLS with the proxy failed: peer refused the client certificate: unknown authority"),
            "\(result)")
    }

    @Test func `what is wrong with the proxy's certificate is said of the proxy`() throws {
        let trusted = ["--proxy-cacert", "root.pem"]
        let unknown = try proxy()
        let misnamed = try proxy(
            ServerTLS(TestCertificates.leaf(names: ["other.example"], issuer: Self.root)))
        let pin = "pin its key with --proxy-insecure and --proxy-pinnedpubkey\n"
        for (proxy, arguments, number, advice) in [
            (unknown, [], "20", "trust its issuer with --proxy-cacert, or " + pin),
            (misnamed, trusted, "62", "if it is the right one all the same, " + pin),
        ] {
            let result = try runFerry(
                [
                    "-sS", "-w", "%{proxy_ssl_verify_result} %{ssl_verify_result}", "-x",
                    "https://127.0.0.1:\(proxy.port)",
                ] + arguments + ["http://o.test/"], directory: folder.path)
            #expect(result.exitStatus == 60 && result.outText == number + " 0", "\(result)")
            #expect(result.errText.contains("cannot trust proxy https://127.0.0.1:\(proxy.port): "))
            #expect(result.errText.hasSuffix("; " + advice), "\(result)")
        }
    }

    @Test(arguments: ["http://o.test/", "https://o.test/"])
    func `a proxy that never finishes its handshake is named`(url: String) throws {
        let proxy = try ScriptedServer(script: [.hold])
        let result = try runFerry([
            "-sS", "--connect-timeout", "0.3", "-x", "https://127.0.0.1:\(proxy.port)", url,
        ])
        #expect(result.exitStatus == 28, "\(result)")
        #expect(
            result.errText
                == "ferry: (28) \(url): the TLS handshake with proxy https://127.0.0.1:\(proxy.port) timed out after 0.3 s\n"
        )
    }

    @Test func `the proxy's key is pinned`() throws {
        let proxy = try proxy()
        let certificate = try folder.write(Self.leaf.certificatePEM, to: "leaf.pem")
        try folder.write(
            try runProcess("openssl", ["x509", "-pubkey", "-noout", "-in", certificate]).outText, to: "pub")
        #expect(try ferry(proxy, "--proxy-insecure", "--proxy-pinnedpubkey", "pub").exitStatus == 0)
        let wrong = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        #expect(try ferry(proxy, "--proxy-insecure", "--proxy-pinnedpubkey", wrong).exitStatus == 90)
        // The server's pin is not the proxy's.
        #expect(try ferry(proxy, "--proxy-insecure", "--pinnedpubkey", wrong).exitStatus == 0)
    }

    @Test func `the proxy asks for a client certificate and gets its own`() throws {
        let proxy = try proxy(
            ServerTLS(Self.leaf, clientAuthority: Self.root, requiresClientCertificate: true))
        let result = try ferry(proxy, "--proxy-insecure", "--proxy-cert", "client.pem")
        #expect(result.outText == "http://o.test/", "\(result)")
        #expect(proxy.connections.last?.tls?.clientCertificate == Self.client.der)
        #expect(try ferry(proxy, "--proxy-insecure", "-E", "client.pem").exitStatus != 0)
        try folder.write(Self.client.container(password: "geheim"), to: "client.p12")
        #expect(
            try ferry(
                proxy, "--proxy-insecure", "--proxy-cert", "client.p12", "--proxy-cert-type", "P12",
                "--proxy-pass", "geheim"
            ).exitStatus == 0)
        try folder.write(Self.client.certificatePEM, to: "alone.pem")
        let key = try folder.write(Self.client.keyPEM, to: "alone.key")
        _ = try runProcess("openssl", ["pkey", "-in", key, "-outform", "DER", "-out", folder.file("k.der")])
        #expect(
            try ferry(
                proxy, "--proxy-insecure", "--proxy-cert", "alone.pem", "--proxy-key", "k.der",
                "--proxy-key-type", "DER"
            ).exitStatus == 0)
        #expect(try ferry(proxy, "--proxy-insecure", "--proxy-cert", "alone.pem").exitStatus == 58)
    }

    @Test func `the proxy's revocation lists, versions and ciphers`() throws {
        let authority = try OpenSSLAuthority(Self.root)
        try authority.note(Self.leaf, isRevoked: true)
        try folder.write(try authority.revocationList(), to: "full.crl")
        try folder.write("rubbish", to: "rubbish.crl")
        let proxy = try proxy()
        #expect(
            try ferry(proxy, "--proxy-cacert", "root.pem", "--proxy-crlfile", "full.crl").exitStatus == 60)
        #expect(try ferry(proxy, "--proxy-cacert", "root.pem", "--crlfile", "full.crl").exitStatus == 0)
        #expect(
            try ferry(proxy, "--proxy-cacert", "root.pem", "--proxy-crlfile", "rubbish.crl").exitStatus == 82)
        #expect(try ferry(proxy, "--proxy-insecure", "--proxy-ciphers", "nonsense").exitStatus == 59)
        #expect(try ferry(proxy, "--proxy-insecure", "--proxy-tls13-ciphers", "nonsense").exitStatus == 59)

        let old = try self.proxy(ServerTLS(Self.leaf, priority: "NORMAL:-VERS-ALL:+VERS-TLS1.1"))
        #expect(try ferry(old, "--proxy-insecure").exitStatus == 35)
        #expect(try ferry(old, "--proxy-insecure", "--tlsv1").exitStatus == 35)
        #expect(try ferry(old, "--proxy-insecure", "--proxy-tlsv1").outText == "http://o.test/")
        let narrow = try self.proxy(
            ServerTLS(Self.leaf, priority: "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM"))
        #expect(
            try ferry(narrow, "--proxy-insecure", "--proxy-tls13-ciphers", "TLS_AES_128_GCM_SHA256")
                .exitStatus == 35)
        #expect(
            try ferry(narrow, "--proxy-insecure", "--proxy-tls13-ciphers", "TLS_AES_256_GCM_SHA384")
                .exitStatus == 0)
    }
}
