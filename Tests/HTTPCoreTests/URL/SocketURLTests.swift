import HTTPCore
import Testing

/// URLs that name a Unix socket the way nginx and its like do.
@Suite struct SocketURLTests {
    @Test(arguments: [
        ("unix:/run/x.sock:/path?q=1#f", "http+unix://%2Frun%2Fx.sock/path?q=1", "/run/x.sock"),
        ("http://unix:/run/x.sock:/a/../b", "http+unix://%2Frun%2Fx.sock/b", "/run/x.sock"),
        ("https://unix:/run/x.sock:/", "https+unix://%2Frun%2Fx.sock/", "/run/x.sock"),
        ("HTTP://Unix:/run/x.sock:/", "http+unix://%2Frun%2Fx.sock/", "/run/x.sock"),
        ("unix:/run/x.sock", "http+unix://%2Frun%2Fx.sock/", "/run/x.sock"),
        ("unix:/run/x.sock:", "http+unix://%2Frun%2Fx.sock/", "/run/x.sock"),
        ("unix:/run/x.sock?a", "http+unix://%2Frun%2Fx.sock/?a", "/run/x.sock"),
        ("unix:///run/x.sock:/p", "http+unix://%2Frun%2Fx.sock/p", "/run/x.sock"),
        ("unix:/run/a:b.sock:/p:/q", "http+unix://%2Frun%2Fa%3Ab.sock/p:/q", "/run/a:b.sock"),
        ("unix:/run/50%25.sock:/p", "http+unix://%2Frun%2F50%2525.sock/p", "/run/50%25.sock"),
        ("unix:/tmp/ä:/ä", "http+unix://%2Ftmp%2F%C3%A4/%C3%A4", "/tmp/ä"),
        ("unix:/s:/a?u=http:/x", "http+unix://%2Fs/a?u=http:/x", "/s"),
    ])
    func `each form names the socket (U-02)`(text: String, normal: String, path: String) throws {
        let url = try HTTPURL.parse(text)
        #expect(url.description == normal && url.socketPath == path && url.hostHeader == "localhost")
        #expect(try HTTPURL.parse(normal) == url)
    }

    @Test(arguments: [
        ("http://unix:/x", "http://unix/x"), ("http://unix:/", "http://unix/"),
        ("http://unix/x:/y", "http://unix/x:/y"), ("http://unix:80/x", "http://unix/x"),
        ("http://unix:/x?y=a:/b", "http://unix/x?y=a:/b"), ("http://unix:/x#a:/b", "http://unix/x"),
        ("unix", "http://unix/"), ("unix:8080/x", "http://unix:8080/x"),
    ])
    func `the host unix stays one (U-02)`(text: String, normal: String) throws {
        let url = try HTTPURL.parse(text)
        #expect(url.description == normal && url.socketPath == nil)
    }

    @Test func `paths that only look the same are of two sockets (U-04)`() throws {
        let url = try HTTPURL.parse("http+unix://%2Frun%2F%C3%A9/x")
        let other = try HTTPURL.parse("http+unix://%2Frun%2Fe%CC%81/x")
        #expect(url != other && !url.isSameOrigin(as: other))
        #expect(throws: HTTPURLError.self) { try url.resolve(reference: other.description) }
    }

    @Test func `a server cannot name a socket so (U-04)`() throws {
        let url = try HTTPURL.parse("http://a.test/")
        #expect(try url.resolve(reference: "http://unix:/run/docker.sock:/x").socketPath == nil)
        #expect(throws: HTTPURLError.self) { try url.resolve(reference: "unix:/run/docker.sock:/x") }
    }

    @Test func `who trusts redirects may cross (U-04)`() throws {
        let socket = try HTTPURL.parse("unix:/run/a:/")
        let network = try HTTPURL.parse("http://a.test/")
        for (from, reference) in [
            (socket, "http://b.test/"), (network, "http+unix://%2Fb/"), (socket, "http+unix://%2Fb/"),
        ] {
            #expect(throws: HTTPURLError.self) { try from.resolve(reference: reference) }
            #expect(try from.resolve(reference: reference, crossesSockets: true).description == reference)
        }
        #expect(try socket.resolve(reference: "//localhost/x").description == "http+unix://%2Frun%2Fa/x")
        #expect(throws: HTTPURLError.self) { try socket.resolve(reference: "//b.test/x") }
        // The name that the server was asked by is the server still.
        #expect(
            try socket.resolve(reference: "http://localhost/x", crossesSockets: true).socketPath == "/run/a")
    }
}
