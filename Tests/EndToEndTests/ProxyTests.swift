import TestSupport
import Testing

/// HTTP proxies: which one is asked, in which form, with which credentials, and what they get to see.
@Suite struct ProxyTests {
    private static let root = TestCertificates.authority()
    private static let leaf = TestCertificates.leaf(
        names: ["localhost", "proxy.test"], addresses: ["127.0.0.1"], issuer: root)

    private func ferry(
        _ arguments: String..., environment: [String: String] = [:]
    ) throws -> ProcessResult {
        try runFerry(["-sS"] + arguments, environment: environment)
    }

    /// A proxy that answers every request itself with the target it was asked for.
    private func echo() throws -> ScriptedServer {
        try ScriptedServer { [.respond(body: "proxied \($0.target)")] }
    }

    private func origin() throws -> ScriptedServer {
        try ScriptedServer { [.respond(body: "direct \($0.target)")] }
    }

    // MARK: tinyproxy

    @Test func `tinyproxy forwards http and tunnels https`() throws {
        let proxy = try Tinyproxy()
        let nginx = try Nginx(tls: ServerTLS(Self.leaf), files: ["f": bytes("content")])
        #expect(try ferry("-x", proxy.url, nginx.url("/f")).outText == "content")
        #expect(try ferry("-k", "-x", proxy.url, nginx.tlsURL("/f")).outText == "content")
        #expect(try ferry("-p", "-x", proxy.url, nginx.url("/f")).outText == "content")
        #expect(proxy.log().contains("CONNECT 127.0.0.1:\(nginx.tlsPort)"))
        #expect(proxy.log().contains("GET http://127.0.0.1:\(nginx.port)/f"))
        #expect(proxy.log().contains("CONNECT 127.0.0.1:\(nginx.port)"))
    }

    @Test func `tinyproxy's password is given by -U or in the URL`() throws {
        let proxy = try Tinyproxy(user: "user", password: "pass")
        let nginx = try Nginx(tls: ServerTLS(Self.leaf), files: ["f": bytes("content")])
        let authority = proxy.url.dropFirst("http://".count)
        #expect(try ferry("-U", "user:pass", "-x", proxy.url, nginx.url("/f")).outText == "content")
        #expect(try ferry("-x", "http://user:pass@\(authority)", nginx.url("/f")).outText == "content")
        #expect(
            try ferry("-k", "-x", "http://us%65r:pass@\(authority)", nginx.tlsURL("/f")).outText == "content")
        let refused = try ferry("-f", "-x", proxy.url, nginx.url("/f"))
        #expect(refused.exitStatus == 22 && refused.errText.contains("--proxy-user"), "\(refused)")
        let tunnel = try ferry("-k", "-x", proxy.url, nginx.tlsURL("/f"))
        #expect(tunnel.exitStatus == 7 && tunnel.errText.contains("407"), "\(tunnel)")
        #expect(tunnel.errText.hasSuffix(" (the proxy wants a login: --proxy-user)\n"), "\(tunnel)")
    }

    @Test func `a login that a proxy refuses is told from one that was not given`() throws {
        let proxy = try ScriptedServer { _ in [.respond(407)] }
        for url in ["http://a.test/", "https://a.test/"] {
            let without = try ferry("-f", "-x", proxy.url(), url)
            #expect(without.errText.hasSuffix(" (the proxy wants a login: --proxy-user)\n"), "\(without)")
            let wrong = try ferry("-f", "-U", "user:wrong", "-x", proxy.url(), url)
            #expect(wrong.errText.hasSuffix(" (the proxy refused the login)\n"), "\(wrong)")
        }
    }

    @Test func `-w tells which address a tunnel or a handshake failed at`() throws {
        let proxy = try ScriptedServer { _ in [.respond(502)] }
        let refused = try ferry(
            "-x", proxy.url(), "-w", "%{remote_ip} %{remote_port} %{num_connects}", "https://a.test/")
        #expect(refused.outText == "127.0.0.1 \(proxy.port) 1", "\(refused)")
        let server = try ScriptedServer(tls: ServerTLS(Self.leaf), script: [.expectHead])
        let untrusted = try ferry("-w", "%{remote_ip} %{remote_port} %{num_connects}", server.url())
        #expect(untrusted.exitStatus == 60)
        #expect(untrusted.outText == "127.0.0.1 \(server.port) 1", "\(untrusted)")
    }

    // MARK: On the wire

    @Test func `the absolute form and the proxy's own fields`() throws {
        let proxy = try echo()
        let result = try ferry("-x", proxy.authority, "-U", "u:p", "http://origin.test/path?q=1")
        #expect(result.outText == "proxied http://origin.test/path?q=1", "\(result)")
        #expect(
            proxy.requests[0].text
                == "GET http://origin.test/path?q=1 HTTP/1.1\r\nHost: origin.test\r\n"
                + "Proxy-Authorization: Basic dTpw\r\nUser-Agent: ferry/0.1.0\r\nAccept: */*\r\n"
                + "Proxy-Connection: Keep-Alive\r\n\r\n")
    }

    @Test func `a login in the URL of the proxy wins over -U`() throws {
        let proxy = try echo()
        for (url, login) in [("a:b@", "Basic YTpi"), ("a@", "Basic YTo="), ("", "Basic dTpw")] {
            let result = try ferry(
                "-x", "http://\(url)\(proxy.authority)", "-U", "u:p", "http://origin.test/")
            #expect(result.exitStatus == 0, "\(result)")
            #expect(proxy.requests.last?.header("Proxy-Authorization") == login)
        }
    }

    @Test func `CONNECT carries the proxy's fields and the origin never sees them`() throws {
        let origin = try ScriptedServer(tls: ServerTLS(Self.leaf)) { [.respond(body: $0.head)] }
        let proxy = try ScriptedServer(script: [
            .expectHead, .send("HTTP/1.1 200 Established\r\nVia: test\r\n\r\n"),
            .tunnel(to: .ipv4("127.0.0.1", port: origin.port)),
        ])
        let result = try ferry(
            "-k", "-i", "-x", proxy.url(), "-U", "u:p", "-H", "X-Own: 1", "https://localhost:\(origin.port)/")
        #expect(result.exitStatus == 0, "\(result)")
        #expect(
            text(proxy.connections[0].received).hasPrefix(
                "CONNECT localhost:\(origin.port) HTTP/1.1\r\nHost: localhost:\(origin.port)\r\n"
                    + "Proxy-Authorization: Basic dTpw\r\nUser-Agent: ferry/0.1.0\r\n"
                    + "Proxy-Connection: Keep-Alive\r\n\r\n"),
            "\(text(proxy.connections[0].received.prefix(400)))")
        #expect(result.outText.hasPrefix("HTTP/1.1 200 Established\r\nVia: test\r\n\r\nHTTP/1.1 200 OK\r\n"))
        #expect(!origin.requests[0].text.contains("Proxy-"))
        #expect(origin.requests[0].header("x-own") == "1")
        #expect(origin.requests[0].line == "GET / HTTP/1.1")
    }

    @Test func `an https proxy is spoken to over TLS, and tunnels TLS in TLS`() throws {
        let folder = try TemporaryDirectory()
        let rootFile = try folder.write(Self.root.certificatePEM, to: "root.pem")
        let origin = try ScriptedServer(tls: ServerTLS(Self.leaf)) { _ in [.respond(body: "deep inside")] }
        let proxy = try ScriptedServer(
            tls: ServerTLS(Self.leaf),
            script: [
                .expectHead, .send("HTTP/1.1 200 OK\r\n\r\n"),
                .tunnel(to: .ipv4("127.0.0.1", port: origin.port)),
            ])
        let result = try ferry(
            "--proxy-cacert", rootFile, "--cacert", rootFile, "-x", "https://127.0.0.1:\(proxy.port)",
            "https://localhost:\(origin.port)/")
        #expect(result.outText == "deep inside", "\(result)")

        let forward = try ScriptedServer(tls: ServerTLS(Self.leaf)) { [.respond(body: $0.target)] }
        let plain = try ferry(
            "--proxy-cacert", rootFile, "-x", "https://127.0.0.1:\(forward.port)", "http://origin.test/x")
        #expect(plain.outText == "http://origin.test/x", "\(plain)")
        // -k speaks of the origin, not of the proxy.
        let untrusted = try ferry("-k", "-x", "https://127.0.0.1:\(forward.port)", "http://origin.test/x")
        #expect(untrusted.exitStatus == 60, "\(untrusted)")
    }

    @Test func `a proxy that refuses the tunnel is 7 and its answer is shown with -i`() throws {
        let proxy = try ScriptedServer(script: [
            .expectHead, .send("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope"), .close,
        ])
        let result = try ferry("-i", "-x", proxy.url(), "https://origin.test/")
        #expect(result.exitStatus == 7 && result.errText.contains("403"), "\(result)")
        #expect(result.outText.hasPrefix("HTTP/1.1 403 Forbidden\r\n"))
        #expect(!result.outText.contains("nope"))
    }

    @Test func `a proxy that cannot be found or reached`() throws {
        let refused = try RefusedPort()
        let result = try ferry("-x", "http://127.0.0.1:\(refused.port)", "http://origin.test/")
        #expect(result.exitStatus == 7, "\(result)")
        let unknown = try ferry("-x", "http://no-such-host.invalid", "http://origin.test/")
        #expect(unknown.exitStatus == 5, "\(unknown)")
    }

    @Test func `one connection to the proxy serves several origins`() throws {
        let proxy = try echo()
        let result = try ferry("-x", proxy.url(), "http://one.test/", "http://two.test/")
        #expect(result.outText == "proxied http://one.test/proxied http://two.test/")
        #expect(proxy.requests.map { $0.header("host") } == ["one.test", "two.test"])
    }

    // MARK: Which one

    @Test(arguments: ["http_proxy", "all_proxy", "ALL_PROXY"])
    func `the environment names the proxy`(variable: String) throws {
        let proxy = try echo()
        let result = try ferry("http://origin.test/", environment: [variable: proxy.url()])
        #expect(result.outText == "proxied http://origin.test/", "\(result)")
    }

    @Test func `HTTP_PROXY in capitals is not read`() throws {
        let (proxy, origin) = try (echo(), origin())
        let result = try ferry(origin.url("/x"), environment: ["HTTP_PROXY": proxy.url()])
        #expect(result.outText == "direct /x")
    }

    @Test func `-x replaces the environment, and an empty one asks nobody`() throws {
        let (proxy, other, origin) = try (echo(), echo(), origin())
        let environment = ["http_proxy": other.url()]
        #expect(
            try ferry("-x", proxy.url(), "http://origin.test/", environment: environment).exitStatus == 0)
        #expect(proxy.requests.count == 1 && other.requests.isEmpty)
        #expect(try ferry("-x", "", origin.url("/x"), environment: environment).outText == "direct /x")
    }

    @Test(arguments: [
        ["NO_PROXY": "127.0.0.0/8"], ["no_proxy": "example.com,127.0.0.1"], ["NO_PROXY": "*"],
        ["no_proxy": "10.0.0.0/8, 127.0.0.1"],
    ])
    func `exempt hosts are asked directly`(environment: [String: String]) throws {
        let (proxy, origin) = try (echo(), origin())
        let variables = environment.merging(["http_proxy": proxy.url()]) { $1 }
        #expect(try ferry(origin.url("/x"), environment: variables).outText == "direct /x")
        #expect(proxy.requests.isEmpty)
    }

    @Test(arguments: ["10.0.0.0/8", "128.0.0.0/1", "example.com", "7.0.0.1", ""])
    func `other hosts are not`(list: String) throws {
        let (proxy, origin) = try (echo(), origin())
        let result = try ferry(
            origin.url("/x"), environment: ["http_proxy": proxy.url(), "NO_PROXY": list])
        #expect(result.outText == "proxied \(origin.url("/x"))")
    }

    @Test func `--noproxy replaces NO_PROXY`() throws {
        let (proxy, origin) = try (echo(), origin())
        let environment = ["http_proxy": proxy.url(), "NO_PROXY": "127.0.0.1"]
        #expect(
            try ferry("--noproxy", "", origin.url("/x"), environment: environment).outText
                == "proxied \(origin.url("/x"))")
        #expect(
            try ferry("--noproxy", "127.0.0.1", "-x", proxy.url(), origin.url("/x")).outText == "direct /x")
        #expect(
            try ferry("--noproxy", ".example.com", "-x", proxy.url(), "http://www.example.com/").outText
                .hasPrefix("proxied") == false)
    }

    @Test(arguments: ["a.test:80:a.test:80", "::a.test:", "a.test:80::", "A.test::A.TEST:80"])
    func `--connect-to that names the URL's own place makes no tunnel`(entry: String) throws {
        let proxy = try ScriptedServer { _ in [.respond(body: "ok")] }
        let result = try runFerry([
            "-q", "-sS", "-x", proxy.authority, "--connect-to", entry, "http://a.test/",
        ])
        #expect(result.outText == "ok", "\(result)")
        #expect(proxy.requests.map(\.target) == ["http://a.test/"])
    }

    @Test func `a Unix socket never has a proxy`() throws {
        let folder = try TemporaryDirectory()
        let socket = folder.file("s")
        let origin = try ScriptedServer(on: .unix(socket)) { [.respond(body: "unix \($0.target)")] }
        let proxy = try echo()
        let environment = ["http_proxy": proxy.url()]
        let result = try ferry("--unix-socket", socket, "http://x/y", environment: environment)
        #expect(result.outText == "unix /y", "\(result)")
        let path = socket.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "%2F")
        let inURL = try ferry("http+unix://\(path)/z", environment: environment)
        #expect(inURL.outText == "unix /z", "\(inURL)")
        withExtendedLifetime(origin) {}
    }

    @Test func `proxy credentials stay out of -v`() throws {
        let proxy = try echo()
        let result = try ferry("-v", "-x", "http://user:geheim@\(proxy.authority)", "http://origin.test/")
        #expect(result.errText.contains("> Proxy-Authorization: Basic [redacted]"), "\(result)")
        #expect(!result.errText.contains("geheim"))
        let failing = try ferry("-x", "http://user:geheim@127.0.0.1:1", "http://origin.test/")
        #expect(!failing.errText.contains("geheim"), "\(failing)")
    }
}
