import HTTPClient
import TestSupport
import Testing

/// Redirects, cookies, logins, HSTS, proxies, timeouts and redo as the configuration says.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct ClientRulesTests {
    // MARK: Redirects

    @Test func `redirects are followed to the end`() async throws {
        let rig = try ClientRig { request in
            switch request.path {
            case "/": [.respond(302, [("Location", "/a")], body: "ignored")]
            case "/a": [.respond(307, [("Location", "/b")])]
            default: [.respond(body: "\(request.method) \(request.bodyText)")]
            }
        }
        let response = try await rig.client.execute(rig.request())
        #expect(response.url.path == "/b")
        #expect(try await response.text(upTo: 100) == "GET ")
        #expect(rig.server.acceptedCount == 1)
    }

    @Test(arguments: [
        (301, "POST", "GET "), (302, "POST", "GET "), (303, "POST", "GET "), (307, "POST", "POST body"),
        (308, "POST", "POST body"), (301, "PUT", "PUT body"), (303, "PUT", "GET "),
        (302, "PATCH", "PATCH body"),
        (303, "DELETE", "GET "), (307, "DELETE", "DELETE body"),
    ])
    func `method and body after a redirect`(_ status: Int, _ method: String, _ seen: String) async throws {
        let rig = try ClientRig { request in
            request.path == "/"
                ? [.respond(status, [("Location", "/b")])]
                : [.respond(body: "\(request.method) \(request.bodyText)")]
        }
        var request = try rig.request(method: method, body: .text("body"))
        request[field: "Content-Type"] = "text/plain"
        #expect(try await rig.text(request) == seen)
        let last = try #require(rig.server.requests.last)
        #expect(last.header("content-type") == (seen == "GET " ? nil : "text/plain"))
        #expect(last.header("content-length") == (seen == "GET " ? nil : "4"))
    }

    @Test func `a body that can be read once is not sent twice`() async throws {
        let rig = try ClientRig { _ in [.respond(307, [("Location", "/b")])] }
        let once =
            AsyncStream {
                $0.yield(bytes("x")); $0.finish()
            } as AsyncStream<[UInt8]>
        #expect(
            await rig.failure(try rig.request(method: "POST", body: .stream(once)))
                == "\(HTTPClientError.cannotRewind)")
        #expect(rig.server.requests.count == 1)
    }

    @Test func `too many redirects and bad ones are errors`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.redirects?.limit = 2
        let rig = try ClientRig(configuration) { request in
            [.respond(302, [("Location", request.path == "/bad" ? "ftp://x/" : "/a")])]
        }
        #expect(await rig.failure(try rig.request()) == "more than 2 redirects")
        #expect(await rig.failure(try rig.request("/bad")).hasPrefix("cannot follow the redirect: "))
        configuration.redirects = nil
        let still = try ClientRig(rig.server, configuration)
        #expect(try await still.get().status == 302)
    }

    @Test func `secrets stay with their origin`() async throws {
        let other = try ScriptedServer { [.respond(body: $0.head)] }
        let rig = try ClientRig { _ in [.respond(302, [("Location", other.url("/there"))])] }
        var request = try rig.request()
        request.login = .basic(user: "me", password: "pw")
        request.fields = ["X-Api-Key", "Cookie", "Plain"].map { HeaderField(name: $0, value: "v") }
        let response = try await rig.client.execute(request)
        #expect(response.url.path == "/there")
        _ = try await response.collect(upTo: 1000)
        let first = try #require(rig.server.requests.first)
        #expect(first.header("authorization") == "Basic bWU6cHc=")
        #expect(first.header("x-api-key") == "v")
        let second = try #require(other.requests.first)
        #expect(second.header("plain") == "v")
        for name in ["authorization", "x-api-key", "cookie"] { #expect(second.header(name) == nil) }
    }

    // MARK: Cookies and HSTS

    @Test func `cookies are kept in a jar that clients share`() async throws {
        var configuration = HTTPClient.Configuration()
        let jar = CookieJar()
        configuration.cookies = jar
        let rig = try ClientRig(configuration) { request in
            request.path == "/"
                ? [.respond(302, [("Location", "/b"), ("Set-Cookie", "a=1; Path=/")])]
                : [.respond(body: request.header("cookie") ?? "none")]
        }
        #expect(try await rig.get().text(upTo: 10) == "a=1")
        #expect(jar.count == 1)
        let second = try ClientRig(rig.server, configuration)
        #expect(try await second.get("/c").text(upTo: 10) == "a=1")
        let without = try ClientRig(rig.server)
        #expect(try await without.get("/c").text(upTo: 10) == "none")
    }

    @Test(arguments: [true, false])
    func `a host that asked for it over verified TLS is asked over TLS`(_ isVerified: Bool) async throws {
        let root = TestCertificates.authority()
        let server = try ScriptedServer(
            tls: ServerTLS(TestCertificates.leaf(names: ["localhost"], issuer: root))
        ) { _ in [.respond(200, [("Strict-Transport-Security", "max-age=100")], body: "safe")] }
        let trusting = TLSConfiguration(
            trust: .custom(files: [], directories: [], pem: Array(root.certificatePEM.utf8)))
        let rig = try ClientRig(server, tls: isVerified ? .custom(trusting) : .insecure)
        let place = "localhost:\(server.port)/"
        #expect(try await rig.client.get("https://\(place)").text(upTo: 10) == "safe")
        var request = try ClientRequest("http://\(place)")
        request.login = .bearer("t")
        if isVerified {
            let response = try await rig.client.execute(request)
            #expect("\(response.url)" == "https://\(place)")
            #expect(server.requests.last?.header("authorization") == "Bearer t")
        } else {
            // TLS does not answer what is said in the clear.
            #expect(await rig.failure(request) != "no error")
        }
    }

    // MARK: Logins

    @Test func `a user in the URL, a token, and a field of one's own`() async throws {
        let rig = try ClientRig { [.respond(body: $0.header("authorization") ?? "none")] }
        let url = rig.server.url().replacing("http://", with: "http://u:p@")
        let response = try await rig.client.get(url)
        #expect("\(response.url)" == rig.server.url())
        #expect(try await response.text(upTo: 100) == "Basic dTpw")
        var request = try rig.request()
        request.login = .bearer("abc")
        #expect(try await rig.text(request) == "Bearer abc")
        request[field: "Authorization"] = "Mine"
        #expect(try await rig.text(request) == "Mine")
    }

    @Test func `a challenge is answered, and remembered`() async throws {
        let gate = DigestGate()
        let rig = try ClientRig { request in
            gate.admits(request, nonce: "n")
                ? [.respond(body: "in: \(request.bodyText)")] : [gate.refusal("n")]
        }
        var request = try rig.request(method: "POST", body: .text("body"))
        request.login = .digest(user: "alice", password: "secret")
        #expect(try await rig.text(request) == "in: body")
        // The first one was sent without its body, to learn what is asked.
        #expect(rig.server.requests.map(\.bodyText) == ["", "body"])
        #expect(try await rig.text(request) == "in: body")
        #expect(rig.server.requests.count == 3)
        request.login = .digest(user: "alice", password: "wrong")
        let refused = try await rig.client.execute(request)
        #expect(refused.status == 401)
    }

    @Test func `a proxy gets the request in absolute form, with its own login`() async throws {
        let proxy = try ScriptedServer { [.respond(body: $0.target)] }
        var configuration = HTTPClient.Configuration()
        let port = proxy.port
        configuration.proxy = { url in
            url.host == "direct.test"
                ? nil : Proxy(kind: .http, host: "127.0.0.1", port: port, user: "u", password: "p")
        }
        let client = HTTPClient(configuration)
        #expect(try await client.get("http://a.test/x?y").text(upTo: 100) == "http://a.test/x?y")
        #expect(proxy.requests.first?.header("proxy-authorization") == "Basic dTpw")
        #expect(proxy.requests.first?.header("host") == "a.test")
        await client.close()
    }

    // MARK: Timeouts

    @Test func `the total time covers the body, and a body that is not read`() async throws {
        let rig = try ClientRig(scripts: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), .hold,
        ])
        #expect(
            await rig.failure(try rig.request(), timeout: .milliseconds(300))
                == "timed out with 3 out of 10 bytes received")
        #expect(await rig.failure(try rig.request(), timeout: .zero) == "timed out while sending the request")
        #expect(rig.isEmpty)

        let endless = try ClientRig(scripts: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\n\r\n"), .forever([.sendRepeating(65, count: 1 << 16)]),
        ])
        let response = try await endless.client.execute(endless.request(), timeout: .milliseconds(300))
        try await endless.until { endless.isEmpty }
        await #expect(throws: RequestError.self) { try await response.collect(upTo: 1 << 30) }
    }

    @Test func `a server that goes silent is given up, one that waits for its reader is not`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.timeouts.idle = .milliseconds(200)
        let rig = try ClientRig(
            configuration, scripts: [.expectRequest, .hold],
            [
                .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n"),
                .sendRepeating(65, count: 9_000_000),
            ])
        #expect(await rig.failure(try rig.request()).hasPrefix("too slow: "))
        let response = try await rig.get()
        // Longer than the server may be silent.
        try await EventLoop.shared.sleep(until: .now + .milliseconds(500))
        #expect(try await response.collect(upTo: 9_000_000).count == 9_000_000)
        configuration.timeouts.idle = .zero
        let wrong = try ClientRig(rig.server, configuration)
        #expect(await wrong.failure(try wrong.request()).contains("idle: '0.0 seconds' is invalid"))
    }

    @Test func `a server that answers and no longer reads is given up`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.timeouts.idle = .milliseconds(200)
        configuration.expectThresholdBytes = nil
        let gate = Gate()
        defer { gate.open() }
        let rig = try ClientRig(
            configuration, scripts: [.expectHead, .respond(body: "ok"), .pause(until: gate)])
        let body = ClientRequest.Body.bytes([UInt8](repeating: 65, count: 50_000_000))
        #expect(await rig.failure(try rig.request(method: "POST", body: body)).hasPrefix("too slow: "))
        #expect(rig.isEmpty)
    }

    @Test func `a program that is slow to make its body is waited for`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.timeouts.idle = .milliseconds(100)
        let rig = try ClientRig(configuration) { [.respond(body: $0.bodyText)] }
        let (pieces, feed) = AsyncStream<[UInt8]>.makeStream()
        let task = EventLoop.shared.startThrowing {
            try await rig.text(rig.request(method: "POST", body: .stream(pieces)))
        }
        for piece in ["a", "b"] {
            feed.yield(bytes(piece))
            // Longer than the server may be silent.
            try await EventLoop.shared.sleep(until: .now + .milliseconds(400))
        }
        feed.finish()
        #expect(try await task.value == "ab")
    }

    @Test func `a limit of nothing to connect is refused before anything is sent`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.timeouts.connect = .zero
        let rig = try ClientRig(configuration, scripts: [.expectRequest, .respond()])
        #expect(await rig.failure(try rig.request()).contains("connect: '0.0 seconds' is invalid"))
        #expect(rig.server.acceptedCount == 0)
        #expect(rig.isEmpty)
    }

    // MARK: Redo

    @Test(arguments: [true, false])
    func `a request lost on an old connection is sent again where that is allowed`(_ repeats: Bool)
        async throws
    {
        var configuration = HTTPClient.Configuration()
        configuration.repeatsLostRequests = repeats
        let rig = try ClientRig(
            configuration, scripts: [.expectRequest, .respond(body: "1"), .expectHead, .close],
            [.expectRequest, .respond(body: "2"), .hold])
        #expect(try await rig.get().text(upTo: 1) == "1")
        if repeats {
            #expect(try await rig.get().text(upTo: 1) == "2")
        } else {
            #expect(await rig.failure(try rig.request()) == "connection closed before any byte of a response")
        }
    }

    @Test func `a Unix socket is one of the places to connect to`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let server = try ScriptedServer(on: .unix(path)) { [.respond(body: $0.target)] }
        let texts = try await withClient(makeConnector: { try UnixConnector(path: path) }) { client in
            let first = try await client.get("http://localhost/a").text(upTo: 10)
            return first + (try await client.get("http://localhost/b").text(upTo: 10))
        }
        #expect(texts == "/a/b")
        #expect(server.acceptedCount == 1)
    }
}
