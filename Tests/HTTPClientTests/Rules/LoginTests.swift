import Connector
import HTTPCore
import Testing

@testable import HTTPClient

/// Digest with real hashes: the examples of RFC 7616 §3.9 and RFC 2617 §3.5, and answers that curl gave to the same
/// challenges.
@Suite @LoopActor struct LoginTests {
    private static func digest(_ hash: DigestChallenge.Hash, _ bytes: [UInt8]) -> [UInt8]? {
        hash == .md5 ? MessageDigest.md5.digest(bytes) : MessageDigest.sha256.digest(bytes)
    }

    /// A challenge, what else goes into the answer, and the response.
    struct Vector: Sendable, CustomTestStringConvertible {
        var name: String
        var challenge: String
        var user = "u"
        var password = "p"
        var target = "/a"
        var method = "GET"
        var clientNonce: String
        var count: UInt32 = 1
        var response: String
        var testDescription: String { name }
    }

    nonisolated private static let rfc7616 =
        "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""

    nonisolated static let vectors = [
        Vector(
            name: "RFC 2617",
            challenge:
                "realm=\"testrealm@host.com\", qop=\"auth,auth-int\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
            user: "Mufasa", password: "Circle Of Life", target: "/dir/index.html", clientNonce: "0a4f113b",
            response: "6629fae49393a05397450978507c4ef1"),
        Vector(
            name: "RFC 7616, MD5", challenge: rfc7616 + ", algorithm=MD5", user: "Mufasa",
            password: "Circle of Life", target: "/dir/index.html",
            clientNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            response: "8ca523f5e9506fed4657c9700eebdbec"),
        Vector(
            name: "RFC 7616, SHA-256", challenge: rfc7616 + ", algorithm=SHA-256", user: "Mufasa",
            password: "Circle of Life", target: "/dir/index.html",
            clientNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            response: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        Vector(
            name: "curl, GET", challenge: "realm=\"r\", nonce=\"n1\", qop=\"auth\", algorithm=MD5",
            target: "/a?b=c", clientNonce: "YTA1MGQ0YzhhNzg2MTZiY2U0NzI4YWQxYmQ4Y2ExYzY=",
            response: "458e008c0d3bd356c6e54130489022c4"),
        Vector(
            name: "curl, POST", challenge: "realm=\"r\", nonce=\"n1\", qop=\"auth\", algorithm=MD5",
            method: "POST", clientNonce: "ZDBkNjBjYzlmNTdjMWY2ODgwMzlhNGU5ZjdmZmE5NjA=",
            response: "f49e9676ff55c395a50e872f4fd8a3f7"),
        Vector(
            name: "curl, CONNECT", challenge: "realm=\"r\", nonce=\"n1\", qop=\"auth\", algorithm=MD5",
            target: "h:80", method: "CONNECT", clientNonce: "OTUwODkyNzgwNDAxMTY0NTkwYThkOTE1YzU3OWQzZWU=",
            response: "f441c7a5aca731551e0896491bbf4374"),
    ]

    @Test(arguments: vectors) func `published answers`(_ vector: Vector) throws {
        let challenge = try #require(
            AuthChallenge.parse(Array("Digest \(vector.challenge)".utf8)[...]).first)
        let answer = try DigestChallenge(challenge).answer(
            to: DigestChallenge.Request(
                method: vector.method, target: vector.target, user: ByteString(vector.user),
                password: ByteString(vector.password),
                clientNonce: vector.clientNonce, count: vector.count), digest: Self.digest)
        #expect(answer.description.contains("response=\"\(vector.response)\""), "\(answer)")
    }

    @Test func `a login says what was asked for, and no two the same`() throws {
        let head = try ResponseHead(
            parsing: "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=r, nonce=n, qop=auth\r\n\r\n")
        var said: [ByteString] = []
        for _ in 0..<2 {
            let login = Login(user: "u", password: "p", schemes: .digest)
            #expect(try login.authorization(method: "GET", target: "/") == nil)
            #expect(try login.take(head, sentCredentials: false))
            said.append(try #require(try login.authorization(method: "GET", target: "/")))
            #expect(try !login.take(head, sentCredentials: true))
        }
        #expect(said[0] != said[1])
        #expect(said[0].description.contains("nc=00000001, qop=auth"))
    }

    @Test func `a proxy asks in a field of its own`() throws {
        let login = Login(user: "u", password: "p", schemes: [.basic, .digest])
        let server = try ResponseHead(
            parsing: "HTTP/1.1 401 No\r\nProxy-Authenticate: Basic realm=r\r\n\r\n")
        let proxy = try ResponseHead(
            parsing:
                "HTTP/1.1 407 No\r\nWWW-Authenticate: Digest nonce=n\r\nProxy-Authenticate: Basic realm=r\r\n\r\n"
        )
        #expect(try !login.take(server, sentCredentials: false))
        #expect(try login.take(proxy, sentCredentials: false))
        #expect(try login.authorization(method: "CONNECT", target: "h:443") == "Basic dTpw")
    }
}
