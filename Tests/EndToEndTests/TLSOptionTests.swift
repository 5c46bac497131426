import Glibc
import TestSupport
import Testing

/// Options about TLS beyond trust in an issuer: pins, client certificates, versions and ciphers, revocation.
@Suite struct TLSOptionTests {
    static let root = LocalCertificates.root
    static let leaf = LocalCertificates.leaf
    static let client = LocalCertificates.client

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

    // MARK: Public keys

    /// The leaf's public key, and its pin as openssl's pipe of four commands makes it.
    private func publicKey() throws -> (pin: String, pem: String, der: String) {
        let certificate = try folder.write(Self.leaf.certificatePEM, to: "leaf.pem")
        let pem = try folder.write(
            try runProcess("openssl", ["x509", "-pubkey", "-noout", "-in", certificate]).outText,
            to: "leaf.pub")
        let der = folder.file("leaf.pub.der")
        _ = try runProcess("openssl", ["pkey", "-pubin", "-in", pem, "-outform", "DER", "-out", der])
        let digest = try runProcess("openssl", ["dgst", "-sha256", "-binary", der]).stdout
        let base64 = try runProcess("openssl", ["base64", "-A"], stdin: digest).outText
        return ("sha256//" + base64, pem, der)
    }

    @Test func `a public key is pinned by its hash or by a file of it`() throws {
        let server = try server()
        let key = try publicKey()
        let wrong = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        for pin in [key.pin, "\(wrong);\(key.pin)", key.pem, key.der] {
            let result = try ferry("--cacert", rootFile, "--pinnedpubkey", pin, server.url())
            #expect(result.outText == "secret /", "\(pin): \(result)")
            #expect(try ferry("-k", "--pinnedpubkey", pin, server.url()).exitStatus == 0)
        }
        // A pin does not stand for trust.
        #expect(try ferry("--pinnedpubkey", key.pin, server.url()).exitStatus == 60)
    }

    @Test func `another public key is 90 before any HTTP byte, also with -k`() throws {
        let server = try server()
        let wrong = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        for trust in [["-k"], ["--cacert", rootFile]] {
            let result = try runFerry(["-sS"] + trust + ["--pinnedpubkey", wrong, server.url()])
            #expect(result.exitStatus == 90 && result.stdout.isEmpty, "\(result)")
            #expect(result.errText.contains(try publicKey().pin), "\(result)")
        }
        #expect(server.waitForEndings(2))
        #expect(server.requests.isEmpty)
        let bad = try ferry("--pinnedpubkey", "sha256//nonsense", server.url())
        #expect(bad.exitStatus == 90 && bad.errText.contains("--pinnedpubkey"), "\(bad)")
        #expect(server.acceptedCount == 2)
    }

    // MARK: Trust

    @Test func `--capath trusts every PEM file of a folder`() throws {
        let server = try server()
        let anchors = folder.file("anchors")
        #expect(mkdir(anchors, 0o755) == 0)
        #expect(try ferry("--capath", anchors, server.url()).exitStatus == 60)
        try writeFile("\(anchors)/any-name", bytes(Self.root.certificatePEM))
        #expect(try ferry("--capath", anchors, server.url()).outText == "secret /")
        let missing = try ferry("--capath", folder.file("none"), server.url())
        #expect(missing.exitStatus == 77 && missing.errText.contains("none"), "\(missing)")
        let file = try ferry("--capath", "\(anchors)/any-name", server.url())
        #expect(file.exitStatus == 77 && file.errText.contains("any-name': not a directory"), "\(file)")
    }

    @Test func `a revocation list of openssl's refuses what it revokes`() throws {
        let server = try server()
        let authority = try OpenSSLAuthority(Self.root)
        let empty = try folder.write(try authority.revocationList(), to: "empty.crl")
        try authority.note(Self.leaf, isRevoked: true)
        let full = try folder.write(try authority.revocationList(), to: "full.crl")
        #expect(try ferry("--cacert", rootFile, "--crlfile", empty, server.url()).outText == "secret /")
        let revoked = try ferry("--cacert", rootFile, "--crlfile", full, server.url())
        #expect(revoked.exitStatus == 60 && revoked.errText.contains("revoked"), "\(revoked)")
        let outdated = try folder.write(
            TestCertificates.revocationList(
                issuer: Self.root, revoked: [], thisUpdate: 1_000_000_000, nextUpdate: 1_100_000_000),
            to: "old.crl")
        let old = try ferry("--cacert", rootFile, "--crlfile", outdated, server.url())
        #expect(old.exitStatus == 60 && old.errText.contains("out of date"), "\(old)")
        let rubbish = try folder.write("no list", to: "rubbish.crl")
        let bad = try ferry("--cacert", rootFile, "--crlfile", rubbish, server.url())
        #expect(bad.exitStatus == 82 && bad.errText.contains("rubbish.crl"), "\(bad)")
        #expect(try ferry("--crlfile", folder.file("none"), server.url()).exitStatus == 2)
    }

    // MARK: OCSP

    private func stapling(_ answer: [UInt8]?) throws -> OpenSSLServer {
        var options: [String] = []
        if let answer { options = ["-status_file", try folder.write(answer, to: "answer")] }
        return try OpenSSLServer(tls: ServerTLS(Self.leaf), options: options)
    }

    @Test func `--cert-status takes a good stapled answer and nothing else`() throws {
        let authority = try OpenSSLAuthority(Self.root)
        try authority.note(Self.leaf)
        let other = TestCertificates.leaf(names: ["other"], issuer: Self.root)
        try authority.note(other)
        let revoking = try OpenSSLAuthority(Self.root)
        try revoking.note(Self.leaf, isRevoked: true)
        let mixed = try OpenSSLAuthority(Self.root)
        try mixed.note(other)
        try mixed.note(Self.leaf, isRevoked: true)
        // The same name as the true issuer, another key.
        let stranger = try OpenSSLAuthority(TestCertificates.authority())
        try stranger.note(Self.leaf)
        let unknown = try OpenSSLAuthority(Self.root)
        for (what, answer, text) in [
            ("none", nil, "no OCSP answer"),
            ("revoked", try revoking.status(of: Self.leaf), "revoked"),
            ("unknown", try unknown.status(of: Self.leaf), "unknown"),
            ("another's", try authority.status(of: other), "another certificate"),
            ("revoked, behind a good one", try mixed.status(of: Self.leaf, after: [other]), "revoked"),
            ("client-signed", try authority.status(of: Self.leaf, signer: Self.client), "not signed by"),
            ("stranger", try stranger.status(of: Self.leaf), "not signed by"),
        ] as [(String, [UInt8]?, String)] {
            let server = try stapling(answer)
            let result = try ferry("--cacert", rootFile, "--cert-status", server.url())
            #expect(result.exitStatus == 91 && result.errText.contains(text), "\(what): \(result)")
            #expect(try ferry("--cacert", rootFile, server.url()).exitStatus == 0, "\(what)")
        }
        let good = try stapling(try authority.status(of: Self.leaf))
        for version in ["1.2", "1.3"] {
            let result = try ferry(
                "--cacert", rootFile, "--cert-status", "--tls-max", version, "--force-close", good.url(),
                good.url())
            #expect(result.exitStatus == 0, "\(version): \(result)")
            #expect(!result.outText.contains("Reused"), "\(version)")
        }
        let second = try stapling(try authority.status(of: Self.leaf, after: [other]))
        #expect(try ferry("--cacert", rootFile, "--cert-status", second.url()).exitStatus == 0)
    }

    // MARK: Client certificates

    @Test func `client certificates of every type are shown`() throws {
        let certificate = try folder.write(Self.client.certificatePEM, to: "c.pem")
        let key = try folder.write(Self.client.keyPEM, to: "c.key")
        try folder.write(Self.client.der, to: "c.der")
        _ = try runProcess(
            "openssl", ["pkey", "-in", key, "-outform", "DER", "-out", folder.file("k.der")])
        _ = try runProcess(
            "openssl",
            [
                "pkcs12", "-export", "-in", certificate, "-inkey", key, "-out", folder.file("c.p12"),
                "-passout", "pass:geheim",
            ])
        _ = try runProcess(
            "openssl",
            ["ec", "-aes128", "-passout", "pass:geheim", "-in", key, "-out", folder.file("old.key")])
        let server = try server(
            ServerTLS(Self.leaf, clientAuthority: Self.root, requiresClientCertificate: true))
        for arguments in [
            ["-E", "c.p12:geheim", "--cert-type", "P12"],
            ["-E", "c.p12", "--cert-type", "p12", "--pass", "geheim"],
            ["-E", "c.der", "--cert-type", "DER", "--key", "k.der", "--key-type", "DER"],
            ["-E", "c.der", "--cert-type", "DER", "--key", "c.key"],
            ["-E", "c.pem", "--key", "k.der", "--key-type", "der"],
            ["-E", "c.pem", "--key", "old.key", "--pass", "geheim"],
        ] {
            let result = try runFerry(
                ["-sS", "--cacert", rootFile] + arguments + [server.url()], directory: folder.path)
            #expect(result.outText == "secret /", "\(arguments): \(result)")
            #expect(server.connections.last?.tls?.clientCertificate == Self.client.der)
        }
        for arguments in [
            ["-E", "c.p12:falsch", "--cert-type", "P12"],
            ["-E", "c.pem", "--cert-type", "DER", "--key", "c.key"],
            ["-E", "c.pem", "--key", "old.key"], ["-E", "c.pem", "--key", "old.key", "--pass", "falsch"],
            ["-E", "c.pem", "--cert-type", "ENG"], ["-E", "c.pem", "--key", "c.key", "--key-type", "X"],
            ["-E", "pkcs11:token=nowhere"],
        ] {
            let result = try runFerry(
                ["-sS", "-k"] + arguments + [server.url()], directory: folder.path)
            #expect(result.exitStatus == 58, "\(arguments): \(result)")
            #expect(!result.errText.contains("falsch"))
        }
    }

    @Test func `the password of an encrypted key is asked for on the terminal`() throws {
        try folder.write(
            Self.client.certificatePEM + Self.client.encryptedKeyPEM(password: "geheim"), to: "c.pem")
        let server = try server(
            ServerTLS(Self.leaf, clientAuthority: Self.root, requiresClientCertificate: true))
        try folder.write(Self.client.keyPEM, to: "plain.key")
        for (options, name) in [
            (["-outform", "DER"], "k.der"), (["-nocrypt", "-outform", "DER"], "plain.der"),
        ] {
            let result = try runProcess(
                "openssl",
                ["pkcs8", "-topk8", "-in", "plain.key", "-passout", "pass:geheim", "-out", name] + options,
                directory: folder.path)
            try #require(result.exitStatus == 0, "\(result)")
        }
        for (options, name) in [([], "c.pem"), (["--key", "k.der", "--key-type", "DER"], "k.der")] {
            let process = try RunningProcess(
                ferryBinary(), ["-sS", "--cacert", rootFile, "-E", "c.pem"] + options + [server.url()],
                directory: folder.path, terminal: [.input])
            #expect(process.waitForTerminal("Enter the password of the private key '\(name)':"))
            process.write(bytes("geheim\n"))
            let result = process.wait(timeoutSeconds: 20)
            #expect(result.outText == "secret /", "\(result)")
            #expect(!text(process.terminal).contains("geheim"))
        }
        // What is not encrypted is not asked for.
        let plain = try RunningProcess(
            ferryBinary(),
            [
                "-sS", "--cacert", rootFile, "-E", "c.pem", "--key", "plain.der", "--key-type", "DER",
                server.url(),
            ],
            directory: folder.path, terminal: [.input]
        ).wait(timeoutSeconds: 20)
        #expect(plain.outText == "secret /", "\(plain)")
        // Without a terminal standard input is asked, unless it is somebody else's.
        let unattended = [
            "-w", ferryBinary(), "-sS", "-k", "-E", "c.pem", "--key", "k.der", "--key-type", "DER",
            server.url(),
        ]
        let piped = try runProcess("setsid", unattended, stdin: bytes("geheim\n"), directory: folder.path)
        #expect(piped.outText == "secret /", "\(piped)")
        #expect(try runProcess("setsid", unattended, directory: folder.path).exitStatus == 58)
        let taken = try runProcess("setsid", unattended + ["-d", "@-"], directory: folder.path)
        #expect(taken.exitStatus == 58, "\(taken)")
        #expect(taken.errText.hasSuffix("'k.der' is encrypted and no password was given\n"), "\(taken)")
    }

    @Test func `nginx asks for a client certificate and gets it`() throws {
        let both = try folder.write(Self.client.certificatePEM + Self.client.keyPEM, to: "both.pem")
        let nginx = try Nginx(
            tls: ServerTLS(Self.leaf, clientAuthority: Self.root, requiresClientCertificate: true),
            files: ["f": bytes("inside")])
        #expect(
            try ferry("--cacert", rootFile, "-E", both, nginx.tlsURL("/f")).outText == "inside")
        #expect(try ferry("--cacert", rootFile, "-f", nginx.tlsURL("/f")).exitStatus == 22)
    }

    // MARK: What is offered

    @Test(arguments: [
        (["--tls-max", "1.2"], "TLSv1.2"), (["--tlsv1.3"], "TLSv1.3"),
        (["-1", "--tls-max", "1.1"], "TLSv1.1"),
        (["--tlsv1.0", "--tls-max", "1.0"], "TLSv1"), (["--tlsv1.1", "--tls-max", "1.2"], "TLSv1.2"),
    ])
    func `versions are offered as asked`(arguments: [String], version: String) throws {
        let server = try OpenSSLServer(
            tls: ServerTLS(Self.leaf), options: ["-min_protocol", "TLSv1", "-cipher", "ALL@SECLEVEL=0"])
        let result = try runFerry(["-sS", "--cacert", rootFile] + arguments + [server.url()])
        #expect(result.outText.contains("Protocol  : \(version)\n"), "\(result)")
    }

    @Test func `a server without the asked version is 35, and crossed versions are 2`() throws {
        let old = try OpenSSLServer(tls: ServerTLS(Self.leaf), options: ["-tls1_2"])
        #expect(try ferry("--cacert", rootFile, "--tlsv1.3", old.url()).exitStatus == 35)
        let new = try OpenSSLServer(tls: ServerTLS(Self.leaf), options: ["-tls1_3"])
        #expect(try ferry("--cacert", rootFile, "--tls-max", "1.2", new.url()).exitStatus == 35)
        #expect(try ferry("--tlsv1.3", "--tls-max", "1.2", new.url()).exitStatus == 2)
        #expect(try ferry("--tls-max", "1.4", new.url()).exitStatus == 2)
    }

    @Test(arguments: [
        (
            ["--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-CHACHA20-POLY1305"],
            "ECDHE-ECDSA-CHACHA20-POLY1305"
        ),
        (
            ["--tls-max", "1.2", "--ciphers", "NORMAL:-CIPHER-ALL:+AES-256-GCM"],
            "ECDHE-ECDSA-AES256-GCM-SHA384"
        ),
        (["--ciphers", "ECDHE-ECDSA-AES256-SHA"], "ECDHE-ECDSA-AES256-SHA"),
        (["--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384"], "TLS_AES_256_GCM_SHA384"),
        (["--tls13-ciphers", "TLS_CHACHA20_POLY1305_SHA256"], "TLS_CHACHA20_POLY1305_SHA256"),
        (["--tls-max", "1.2", "--tls13-ciphers", "TLS_AES_256_GCM_SHA384"], "ECDHE-ECDSA-AES128-GCM-SHA256"),
    ])
    func `ciphers are offered as asked`(arguments: [String], suite: String) throws {
        let server = try OpenSSLServer(tls: ServerTLS(Self.leaf))
        let result = try runFerry(["-sS", "--cacert", rootFile] + arguments + [server.url()])
        #expect(result.outText.contains("Cipher is \(suite)\n"), "\(result)")
    }

    @Test func `ciphers, groups and signatures that cannot be offered are told`() throws {
        let server = try server()
        for (arguments, status) in [
            (["--ciphers", "nonsense"], 59), (["--ciphers", "NORMAL:+NONSENSE"], 59),
            (["--tls13-ciphers", "nonsense"], 59), (["--curves", "nonsense"], 59),
            (["--sigalgs", "nonsense"], 35), (["--ciphers", "AES128-SHA:ECDHE-RSA-AES256-GCM-SHA384"], 59),
        ] as [([String], Int32)] {
            let result = try runFerry(["-sS", "-k"] + arguments + [server.url()])
            #expect(result.exitStatus == status, "\(arguments): \(result)")
        }
        #expect(server.acceptedCount == 0)
    }

    @Test func `groups and signatures are offered as asked`() throws {
        let server = try OpenSSLServer(tls: ServerTLS(Self.leaf), options: ["-groups", "P-384"])
        #expect(try ferry("-k", "--curves", "P-384", server.url()).exitStatus == 0)
        // Offered, though without a share: the server asks for one.
        #expect(try ferry("-k", server.url()).exitStatus == 0)
        #expect(try ferry("-k", "--curves", "X25519:P-256", server.url()).exitStatus == 35)
        #expect(try ferry("-k", "--sigalgs", "ECDSA+SHA256", server.url()).exitStatus == 0)
        #expect(try ferry("-k", "--sigalgs", "ed25519:rsa_pss_rsae_sha256", server.url()).exitStatus == 35)
    }

    @Test func `ALPN and resumption can be left out`() throws {
        let server = try server(ServerTLS(Self.leaf, alpn: ["http/1.1"]))
        #expect(
            try ferry("-k", "--no-alpn", "--no-sessionid", "--force-close", server.url("/[1-3]")).exitStatus
                == 0)
        #expect(server.connections.map { $0.tls?.alpn } == [nil, nil, nil])
        #expect(server.connections.map { $0.tls?.isResumed } == [false, false, false])
    }

    @Test func `SSLKEYLOGFILE gets the secrets, in a file for its owner alone`() throws {
        let server = try server()
        let log = folder.file("keys")
        for _ in 1...2 {
            #expect(try ferry("-k", server.url(), environment: ["SSLKEYLOGFILE": log]).exitStatus == 0)
        }
        let lines = text(folder.read("keys") ?? []).split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("CLIENT_TRAFFIC_SECRET_0 ") }.count == 2, "\(lines)")
        #expect(lines.allSatisfy { $0.split(separator: " ").count == 3 })
        #expect(fileMode(log).map { $0 & 0o777 } == 0o600)
        // Nothing is opened for plain HTTP.
        let plain = try ScriptedServer { _ in [.respond(body: "")] }
        #expect(
            try ferry(plain.url(), environment: ["SSLKEYLOGFILE": folder.file("none")]).exitStatus == 0)
        #expect(!fileExists(folder.file("none")))
    }

    // MARK: --print-fingerprint

    @Test func `--print-fingerprint goes where a transfer would, with the same handshake`() throws {
        let server = try OpenSSLServer(
            tls: ServerTLS(Self.leaf, clientAuthority: Self.root, requiresClientCertificate: true),
            options: ["-tls1_2"])
        let both = try folder.write(Self.client.certificatePEM + Self.client.keyPEM, to: "both.pem")
        let line = "sha256 \(Self.leaf.sha256)  "
        let moved = try ferry(
            "--print-fingerprint", "-E", both, "--connect-to", "::127.0.0.1:\(server.port)",
            "https://device.test/", "https://[::1]:8443/")
        #expect(moved.outText == line + "device.test:443\n" + line + "[::1]:8443\n", "\(moved)")
        #expect(try ferry("--print-fingerprint", "--tlsv1.3", server.url()).exitStatus == 35)
        let pinned = try ferry(
            "--print-fingerprint", "-E", both, "--fingerprint", String(repeating: "ab", count: 32),
            server.url())
        #expect(pinned.exitStatus == 0, "\(pinned)")
        let plain = try ferry("--print-fingerprint", "http://127.0.0.1:1/", server.url())
        #expect(plain.exitStatus == 2, "\(plain)")
    }
}
