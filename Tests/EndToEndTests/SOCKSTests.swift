import TestSupport
import Testing

/// SOCKS proxies: which one is asked, what it is told, and how it fails.
@Suite struct SOCKSTests {
    private static let granted5: [UInt8] = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    private static let granted4: [UInt8] = [0, 90, 0, 0, 0, 0, 0, 0]

    private func ferry(_ arguments: String..., environment: [String: String] = [:]) throws -> ProcessResult {
        try runFerry(["-sS"] + arguments, environment: environment)
    }

    /// A SOCKS 5 proxy without login that takes a request of `length` bytes and is the server too.
    private func five(_ length: Int) throws -> ScriptedServer {
        try ScriptedServer(script: [
            .expectBytes(3), .sendBytes([5, 0]), .expectBytes(length), .sendBytes(Self.granted5),
            .expectRequest, .respond(body: "inside"),
        ])
    }

    private func four(_ length: Int) throws -> ScriptedServer {
        try ScriptedServer(script: [
            .expectBytes(length), .sendBytes(Self.granted4), .expectRequest, .respond(body: "inside"),
        ])
    }

    private static let inner = bytes(
        "GET /x HTTP/1.1\r\nHost: far.test\r\nUser-Agent: ferry/0.1.0\r\nAccept: */*\r\n\r\n")

    // MARK: On the wire

    @Test(arguments: ["--socks5-hostname", "-x", "all_proxy", "http_proxy", "--preproxy"])
    func `a name goes to the proxy, and the request is the origin's`(way: String) throws {
        let proxy = try five(15)
        let url = "socks5h://\(proxy.authority)"
        let result =
            switch way {
            case "--socks5-hostname": try ferry(way, proxy.authority, "http://far.test/x")
            case "-x", "--preproxy": try ferry(way, url, "http://far.test/x")
            default: try ferry("http://far.test/x", environment: [way: url])
            }
        #expect(result.outText == "inside", "\(result)")
        #expect(
            proxy.connections[0].received
                == [5, 1, 0, 5, 1, 0, 3, 8] + bytes("far.test") + [0, 80] + Self.inner)
    }

    @Test func `--socks5 resolves the name here`() throws {
        let proxy = try five(10)
        let result = try ferry(
            "--socks5", proxy.authority, "--resolve", "far.test:80:192.0.2.9", "http://far.test/x")
        #expect(result.outText == "inside", "\(result)")
        #expect(
            proxy.connections[0].received == [5, 1, 0, 5, 1, 0, 1, 192, 0, 2, 9, 0, 80] + Self.inner)
    }

    @Test func `--socks4 sends an address, --socks4a a name, both the user`() throws {
        let proxy = try four(11)
        let result = try ferry(
            "--socks4", "me@\(proxy.authority)", "--resolve", "far.test:80:[2001:db8::1],192.0.2.9",
            "http://far.test/x")
        #expect(result.outText == "inside", "\(result)")
        #expect(
            proxy.connections[0].received == [4, 1, 0, 80, 192, 0, 2, 9] + bytes("me\0") + Self.inner)
        let named = try four(20)
        #expect(
            try ferry("--socks4a", named.authority, "-U", "me:x", "http://far.test/x").outText == "inside")
        #expect(
            named.connections[0].received
                == [4, 1, 0, 80, 0, 0, 0, 1] + bytes("me\0far.test\0") + Self.inner)
    }

    @Test func `a login is sent when it is asked for, and --no-socks5-basic keeps it`() throws {
        for arguments in [["-x", "socks5h://m%65:p%3aw@{A}"], ["--socks5-hostname", "{A}", "-U", "me:p:w"]] {
            let proxy = try ScriptedServer(script: [
                .expectBytes(4), .sendBytes([5, 2]), .expectBytes(8), .sendBytes([1, 0]), .expectBytes(15),
                .sendBytes(Self.granted5), .expectRequest, .respond(body: "inside"),
            ])
            let words = arguments.map { $0.hasSuffix("{A}") ? $0.dropLast(3) + proxy.authority : $0 }
            let result = try runFerry(["-sSv", "--socks5-basic"] + words + ["http://far.test/x"])
            #expect(result.outText == "inside", "\(result)")
            #expect(
                proxy.connections[0].received.prefix(12).elementsEqual(
                    [5, 2, 0, 2, 1, 2] + bytes("me") + [3] + bytes("p:w")))
            #expect(
                result.errText.contains(
                    "* Asking socks5h://\(proxy.authority) for a connection to far.test:80\n"))
            #expect(!result.errText.contains("p:w") && !result.errText.contains("p%3aw"), "\(result)")
        }
        let proxy = try five(15)
        let result = try ferry(
            "--no-socks5-basic", "--socks5-hostname", proxy.authority, "-U", "me:pw", "http://far.test/x")
        #expect(result.outText == "inside", "\(result)")
    }

    @Test func `the last of the options that name a proxy counts`() throws {
        let proxy = try five(15)
        let result = try ferry(
            "--socks4", "127.0.0.1:1", "-x", "http://127.0.0.1:1", "--socks5-hostname", proxy.authority,
            "http://far.test/x")
        #expect(result.outText == "inside", "\(result)")
    }

    @Test func `--connect-to and --noproxy hold for SOCKS proxies too`() throws {
        let proxy = try five(12)
        let result = try ferry(
            "--connect-to", "::other:81", "--socks5-hostname", proxy.authority, "http://far.test/x")
        #expect(result.outText == "inside", "\(result)")
        #expect(
            proxy.connections[0].received.dropFirst(3).elementsEqual(
                [5, 1, 0, 3, 5] + bytes("other") + [0, 81] + Self.inner))
        let origin = try ScriptedServer { _ in [.respond(body: "direct")] }
        #expect(
            try ferry("--noproxy", "127.0.0.0/8", "--socks5", "127.0.0.1:1", origin.url()).outText == "direct"
        )
    }

    @Test func `-p changes nothing, and no field for proxies is sent`() throws {
        let proxy = try five(15)
        let result = try ferry(
            "-p", "--proxy-header", "X-P: 1", "--socks5-hostname", proxy.authority, "http://far.test/x")
        #expect(result.outText == "inside", "\(result)")
        #expect(proxy.requests.map(\.text) == [text(Self.inner)])
    }

    // MARK: Real ones

    @Test func `microsocks carries http and https, one connection for both requests`() throws {
        let root = TestCertificates.authority()
        let leaf = TestCertificates.leaf(names: ["localhost"], addresses: ["127.0.0.1"], issuer: root)
        let nginx = try Nginx(tls: ServerTLS(leaf), files: ["f": bytes("content")])
        let folder = try TemporaryDirectory()
        let rootFile = try folder.write(root.certificatePEM, to: "root.pem")
        let open = try Microsocks()
        for option in ["--socks5", "--socks5-hostname"] {
            let result = try ferry(option, open.authority, nginx.url("/f"), nginx.url("/f"))
            #expect(result.outText == "contentcontent", "\(result)")
            let secure = try ferry(
                "--cacert", rootFile, option, open.authority, nginx.tlsURL("/f", host: "localhost"),
                "-w", "%{num_connects} %{proxy_used}")
            #expect(secure.outText == "content1 1", "\(secure)")
        }
        let closed = try Microsocks(user: "me", password: "geheim")
        #expect(
            try ferry("-x", "socks5h://me:geheim@\(closed.authority)", nginx.url("/f")).outText == "content")
        let wrong = try ferry("-x", "socks5h://me:falsch@\(closed.authority)", nginx.url("/f"))
        #expect(wrong.exitStatus == 97 && !wrong.errText.contains("falsch"), "\(wrong)")
        #expect(wrong.errText.contains("it refused the user name or the password"))
    }

    @Test func `a SOCKS proxy before an HTTP one`() throws {
        let socks = try Microsocks()
        let http = try Tinyproxy()
        let leaf = TestCertificates.leaf(names: ["localhost"], addresses: ["127.0.0.1"])
        let nginx = try Nginx(tls: ServerTLS(leaf), files: ["f": bytes("content")])
        let preproxy = "socks5h://\(socks.authority)"
        #expect(try ferry("--preproxy", preproxy, "-x", http.url, nginx.url("/f")).outText == "content")
        #expect(
            try ferry("-k", "--preproxy", preproxy, "-x", http.url, nginx.tlsURL("/f")).outText == "content")
        #expect(http.log().contains("CONNECT 127.0.0.1:\(nginx.tlsPort)"))
        #expect(socks.log().contains("connected to 127.0.0.1:\(http.port)"), "\(socks.log())")
    }

    @Test func `a proxy on a Unix socket`() throws {
        let folder = try TemporaryDirectory()
        let proxy = try ScriptedServer(
            on: .unix(folder.file("a b")),
            script: [
                .expectBytes(3), .sendBytes([5, 0]), .expectBytes(15), .sendBytes(Self.granted5),
                .expectRequest, .respond(body: "inside"),
            ])
        let result = try ferry("-x", "socks5h://localhost\(folder.path)/a%20b", "http://far.test/x")
        #expect(result.outText == "inside", "\(result)")
        let missing = try ferry("-x", "socks5h://localhost\(folder.path)/none", "http://far.test/x")
        #expect(missing.exitStatus == 7, "\(missing)")
        let long = try ferry("-x", "socks5h://localhost/" + String(repeating: "x", count: 107), "http://a/")
        #expect(long.exitStatus == 5, "\(long)")
        withExtendedLifetime(proxy) {}
    }

    // MARK: Failures

    @Test func `what a proxy refuses is 97, one out of reach 7, one without address 5`() throws {
        let proxy = try ScriptedServer(script: [
            .expectBytes(3), .sendBytes([5, 0]), .expectBytes(15), .sendBytes([5, 2]), .close,
        ])
        let refused = try ferry("--socks5-hostname", proxy.authority, "http://far.test/x")
        #expect(refused.exitStatus == 97)
        #expect(
            refused.errText
                == "ferry: (97) http://far.test/x: proxy socks5h://\(proxy.authority) gave no tunnel to "
                + "far.test:80: its rules do not allow the connection (code 2)\n")
        let web = try ScriptedServer(script: [.expectBytes(3), .respond(400), .close])
        #expect(try ferry("--socks5", web.authority, "http://127.0.0.1/").exitStatus == 97)
        #expect(try ferry("--socks4", web.authority, "http://127.0.0.1/").exitStatus == 97)
        let dead = try RefusedPort()
        #expect(try ferry("--socks5", "127.0.0.1:\(dead.port)", "http://127.0.0.1/").exitStatus == 7)
        let unknown = try ferry("--socks5", "no-such-host.invalid", "http://127.0.0.1/")
        #expect(unknown.exitStatus == 5, "\(unknown)")
        #expect(
            unknown.errText.contains("cannot reach proxy socks5://no-such-host.invalid:1080: cannot resolve"))
        // Names that are looked up on behalf of the proxy.
        let target = try ferry("--socks5", web.authority, "http://no-such-host.invalid/")
        #expect(target.exitStatus == 6 && target.errText.contains("cannot resolve no-such-host.invalid"))
        #expect(try ferry("--socks4", web.authority, "http://[::1]/").exitStatus == 97)
    }

    @Test func `the time limit covers the handshake`() throws {
        let proxy = try ScriptedServer(script: [.expectBytes(3), .sendBytes([5, 0]), .hold])
        let result = try ferry(
            "--connect-timeout", "0.3", "--socks5-hostname", proxy.authority, "http://far.test/x")
        #expect(result.exitStatus == 28)
        #expect(result.errText.contains("waiting for the proxy's tunnel to far.test:80"), "\(result)")
    }

    @Test(arguments: [
        (
            ["--preproxy", "socks5://p", "-x", "socks5://q"], 5,
            "cannot stand before a proxy that speaks SOCKS"
        ),
        (
            ["--preproxy", "http://p", "-x", "http://q"], 5,
            "option --preproxy: 'http://p:1080' is not a SOCKS proxy"
        ),
        (["--preproxy", "p:x"], 5, "option --preproxy: bad proxy URL"),
        (["--socks5", "h:x"], 5, "option --socks5: bad proxy URL 'h:x'"),
        (["--socks4", "foo://h"], 7, "the scheme 'foo' is not supported"),
        (["--socks5", ""], 2, "option --socks5: needs a value that is not empty"),
        (["--proxy1.0", ""], 2, "option --proxy1.0: needs a value that is not empty"),
        (["--no-socks5", "h"], 2, "--no-socks5"),
    ])
    func `a malformed proxy is refused before anything is opened`(
        arguments: [String], status: Int32, words: String
    ) throws {
        let result = try runFerry(["-sS"] + arguments + ["http://127.0.0.1:1/"])
        #expect(result.exitStatus == status && result.errText.contains(words), "\(result)")
    }
}
