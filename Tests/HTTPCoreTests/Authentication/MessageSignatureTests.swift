import Connector
import HTTPCore
import Testing

/// Signatures of requests, with the keys and the request of RFC 9421, appendix B.
@Suite struct MessageSignatureTests {
    private static let fields = [
        ("Host", "example.com"), ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("Content-Type", "application/json"),
        ("Content-Length", "18"),
    ].map { HeaderField(name: $0.0, value: $0.1) }

    private static let request = MessageSignature.Request(
        method: "POST", authority: "example.com", defaultPort: 443, path: "/foo",
        query: "param=Value&Pet=dog",
        fields: fields)

    private func base(
        _ algorithm: MessageSignature.Algorithm, key: String, _ components: String,
        of request: MessageSignature.Request = Self.request
    ) throws -> MessageSignature.Base {
        let signature = try #require(
            MessageSignature(
                algorithm: algorithm, namesAlgorithm: false, keyID: key,
                components: try MessageSignature.Components(components)))
        return try signature.base(of: request, created: 1_618_884_473)
    }

    @Test func `B 2 5, with a shared secret`() throws {
        let base = try base(.hmacSHA256, key: "test-shared-secret", "date: authority content-type:")
        #expect(
            base.text == """
                "date": Tue, 20 Apr 2021 02:07:55 GMT
                "@authority": example.com
                "content-type": application/json
                "@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"
                """)
        let secret = try #require(
            Base64.decode(
                "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="))
        let code = try #require(
            MessageDigest.sha256.authenticationCode(of: Array(base.text.utf8), key: secret))
        #expect(
            MessageSignature.fields(base, signature: code).map(\.description) == [
                #"Signature-Input: sig1=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#,
                "Signature: sig1=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:",
            ])
    }

    @Test func `B 2 6, with a key of Ed25519`() throws {
        let base = try base(
            .ed25519, key: "test-key-ed25519", "date: method path authority content-type: content-length:")
        #expect(
            base.text == """
                "date": Tue, 20 Apr 2021 02:07:55 GMT
                "@method": POST
                "@path": /foo
                "@authority": example.com
                "content-type": application/json
                "content-length": 18
                "@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"
                """)
        let seed = try #require(Base64.decode("n4Ni+HpISpVObnQMW0wOhCKROaIKqKtW/2ZYb2p9KcU="))
        let key = try #require(SigningKey(ed25519Seed: seed))
        let signature = try #require(key.signature(of: Array(base.text.utf8)))
        #expect(
            MessageSignature.fields(base, signature: signature)[1].value
                == "sig1=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:"
        )
    }

    @Test func `a key of another length is none`() {
        for length in [0, 31, 33, 64] {
            #expect(SigningKey(ed25519Seed: Array(repeating: 1, count: length)) == nil)
        }
    }

    @Test func `usual are method, authority, path and the query that is there`() throws {
        func parameters(_ query: String?) throws -> String {
            let signature = try #require(
                MessageSignature(algorithm: .ed25519, keyID: "a\"b\\c", components: nil))
            var request = Self.request
            request.query = query
            return try signature.base(of: request, created: 5).parameters
        }
        let rest = #";created=5;keyid="a\"b\\c";alg="ed25519""#
        #expect(try parameters(nil) == #"("@method" "@authority" "@path")"# + rest)
        #expect(try parameters("") == #"("@method" "@authority" "@path")"# + rest)
        #expect(try parameters("a") == #"("@method" "@authority" "@path" "@query")"# + rest)
    }

    static let values: [(String, String)] = [
        ("authority", #""@authority": example.com"#), ("query", #""@query": ?param=Value&Pet=dog"#),
        ("METHOD", #""@method": POST"#), ("Content-TYPE:", #""content-type": application/json"#),
        ("x-many:", #""x-many": one, two"#), ("x-empty:", #""x-empty": "#),
    ]

    @Test(arguments: values) func `what a part is signed as`(_ component: String, _ line: String) throws {
        var request = Self.request
        request.fields += [("X-Many", " one\t"), ("x-many", "two"), ("X-Empty", "")].map {
            HeaderField(name: $0.0, value: $0.1)
        }
        let text = try base(.ed25519, key: "k", component, of: request).text
        #expect(text.hasPrefix(line + "\n\"@signature-params\": "))
    }

    @Test func `hosts are written in lower case without the port of the scheme, and paths are never empty`()
        throws
    {
        func lines(_ host: String?) throws -> String {
            var request = Self.request
            request.authority = "Other.Example:443"
            request.path = ""
            request.query = nil
            request.fields = host.map { [HeaderField(name: "host", value: $0)] } ?? []
            return String(
                try base(.ed25519, key: "k", "authority path query", of: request).text.prefix { $0 != "(" })
        }
        let rest = "\n\"@path\": /\n\"@query\": ?\n\"@signature-params\": "
        #expect(try lines("EXAMPLE.com:443") == #""@authority": example.com"# + rest)
        #expect(try lines("example.com:8443") == #""@authority": example.com:8443"# + rest)
        #expect(try lines(nil) == #""@authority": other.example"# + rest)
        #expect(try lines("") == #""@authority": other.example"# + rest)
    }

    @Test func `a field that is not there cannot be signed`() {
        #expect(throws: MessageSignature.MissingField.self) { try base(.ed25519, key: "k", "path x-none:") }
    }

    @Test func `names of keys are visible ASCII`() {
        func signature(_ name: String) -> MessageSignature? {
            MessageSignature(algorithm: .ed25519, keyID: name, components: nil)
        }
        #expect(signature("a key") != nil)
        for name in ["", "a\r\nX: y", "\u{7F}", "\u{E9}"] { #expect(signature(name) == nil) }
    }
}
