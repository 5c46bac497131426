import Glibc
import TestSupport
import Testing

/// Hosts that want https only: learned over verified TLS, remembered in files, obeyed before anything is sent.
@Suite struct HSTSTests {
    static let root = TestCertificates.authority()
    static let leaf = TestCertificates.leaf(
        names: ["a.test", "b.test", "*.a.test"], addresses: ["127.0.0.1"], issuer: root)

    private let folder: TemporaryDirectory
    /// What hosts are asked over TLS; the field is the path without its slash.
    private let secure: ScriptedServer
    private let plain: ScriptedServer

    init() throws {
        folder = try TemporaryDirectory()
        try folder.write(Self.root.certificatePEM, to: "root.pem")
        let plain = try ScriptedServer { _ in [.respond(body: "in the clear")] }
        self.plain = plain
        secure = try ScriptedServer(tls: ServerTLS(Self.leaf)) { request in
            switch request.path {
            case "/learn":
                [.respond(200, [("Strict-Transport-Security", "max-age=1000; includeSubDomains")])]
            case "/two":
                [
                    .respond(
                        200,
                        [
                            ("Strict-Transport-Security", "max-age=1000"),
                            ("Strict-Transport-Security", "max-age=1000; includeSubDomains"),
                        ])
                ]
            case "/forget": [.respond(200, [("Strict-Transport-Security", "max-age=0")])]
            case "/back": [.respond(302, [("Location", "http://a.test/after")])]
            default: [.respond(body: "safe \(request.header("authorization") ?? "")")]
            }
        }
    }

    /// http and https both lead to the test's servers by their usual ports.
    private func ferry(_ arguments: String...) throws -> ProcessResult {
        try runFerry(
            [
                "-sS", "--cacert", "root.pem", "--connect-to", ":443:127.0.0.1:\(secure.port)",
                "--connect-to",
                ":80:127.0.0.1:\(plain.port)",
            ] + arguments, directory: folder.path)
    }

    private func hosts(_ name: String = "hosts") -> [String] {
        text(folder.read(name) ?? []).split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    }

    @Test func `a host that was learned is asked over TLS in the same run and the next`() throws {
        #expect(try ferry("--hsts", "hosts", "http://a.test/").outText == "in the clear")
        #expect(hosts() == [])
        let first = try ferry(
            "--hsts", "hosts", "https://a.test/learn", "http://a.test/x", "http://sub.a.test/y",
            "http://b.test/z")
        #expect(first.outText == "safe safe in the clear", "\(first)")
        #expect(hosts().count == 1 && hosts()[0].hasPrefix(".a.test \"20"), "\(hosts())")
        let next = try ferry("--hsts", "hosts", "-w", "%{url_effective}", "http://a.test/x")
        #expect(next.outText == "safe https://a.test/x", "\(next)")
        #expect(plain.requests.count == 2)
        #expect(Set(folder.names()) == ["hosts", "root.pem"])
    }

    @Test func `a host takes it back with an age of zero`() throws {
        try folder.write("a.test \"unlimited\"\n", to: "hosts")
        let result = try ferry("--hsts", "hosts", "http://a.test/forget", "http://a.test/")
        #expect(result.outText == "in the clear", "\(result)")
        #expect(hosts() == [])
    }

    @Test func `an empty name remembers for this run only`() throws {
        let result = try ferry("--hsts", "", "https://a.test/learn", "http://a.test/")
        #expect(result.outText == "safe ", "\(result)")
        #expect(folder.names() == ["root.pem"])
    }

    @Test func `nothing is learned in the clear, unverified, pinned or of an address`() throws {
        let clear = try ScriptedServer { _ in
            [.respond(200, [("Strict-Transport-Security", "max-age=1000")])]
        }
        #expect(
            try ferry("--hsts", "hosts", "--connect-to", ":80:127.0.0.1:\(clear.port)", "http://a.test/")
                .exitStatus == 0)
        #expect(try ferry("--hsts", "hosts", "-k", "https://a.test/learn").exitStatus == 0)
        #expect(
            try ferry("--hsts", "hosts", "--fingerprint", Self.leaf.sha256, "https://a.test/learn").exitStatus
                == 0)
        #expect(try ferry("--hsts", "hosts", secure.url("/learn")).exitStatus == 0)
        #expect(hosts() == [])
        // Only the first of two fields counts.
        #expect(try ferry("--hsts", "hosts", "https://a.test/two").exitStatus == 0)
        #expect(hosts().map { $0.hasPrefix("a.test ") } == [true])
    }

    @Test func `a redirect to http goes over TLS at once and stays at home`() throws {
        try folder.write("a.test \"unlimited\"\n", to: "hosts")
        let result = try ferry("--hsts", "hosts", "-L", "-u", "u:p", "http://a.test/back")
        #expect(result.outText == "safe Basic dTpw", "\(result)")
        #expect(plain.acceptedCount == 0)
        #expect(secure.requests.map(\.path) == ["/back", "/after"])
    }

    @Test func `protocols are allowed or not as they are after the upgrade`() throws {
        try folder.write("a.test \"unlimited\"\n", to: "hosts")
        let allowed = try ferry("--hsts", "hosts", "-L", "--proto", "=https", "http://a.test/back")
        #expect(allowed.outText == "safe ", "\(allowed)")
        #expect(try ferry("--hsts", "hosts", "--proto", "=https", "http://b.test/").exitStatus == 1)
    }

    @Test func `other ports stay`() throws {
        try folder.write("a.test \"unlimited\"\n", to: "hosts")
        let result = try runFerry(
            [
                "-sS", "--cacert", "root.pem", "--hsts", "hosts", "--connect-to",
                "::127.0.0.1:\(secure.port)",
                "-w", "%{url_effective}", "http://a.test:8080/x",
            ], directory: folder.path)
        #expect(result.outText == "safe https://a.test:8080/x", "\(result)")
    }

    @Test func `all files are read, the last is written, and curl understands it`() throws {
        try folder.write("a.test \"unlimited\"\nold.test \"20200101 00:00:00\"\n", to: "one")
        try folder.write(".b.test \"20491231 23:59:59\"\nnonsense\n", to: "two")
        let result = try ferry(
            "--hsts", "one", "--hsts", "two", "http://a.test/1", "http://x.b.test/2", "http://b.test/3")
        // The certificate is not good for x.b.test.
        #expect(result.exitStatus == 60 && result.outText == "safe safe ", "\(result)")
        #expect(hosts("two") == ["a.test \"unlimited\"", ".b.test \"20491231 23:59:59\""])
        #expect(hosts("one").count == 2)
        let curl = try runProcess(
            "curl",
            [
                "-q", "-sS", "--cacert", "root.pem", "--connect-to", "::127.0.0.1:\(secure.port)", "--hsts",
                "two",
                "http://a.test/", "http://b.test/",
            ], directory: folder.path)
        #expect(curl.outText == "safe safe ", "\(curl)")
        // What curl wrote of it reads back.
        #expect(try ferry("--hsts", "two", "http://a.test/", "http://b.test/").outText == "safe safe ")
    }

    @Test func `a file that cannot be written is an error`() throws {
        let result = try runFerry(["--hsts", "none/hosts", plain.url()], directory: folder.path)
        #expect(result.exitStatus == 23, "\(result)")
        #expect(result.errText.contains("none/hosts"), "\(result)")
        // And one that is there is never left half.
        try folder.write("a.test \"unlimited\"\n", to: "hosts")
        #expect(chmod(folder.file("hosts"), 0o600) == 0)
        #expect(try ferry("--hsts", "hosts", "http://b.test/").exitStatus == 0)
        #expect(fileMode(folder.file("hosts")).map { $0 & 0o777 } == 0o600)
    }
}
