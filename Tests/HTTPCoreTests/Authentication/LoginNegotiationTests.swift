import Testing

@testable import HTTPCore

@Suite struct LoginNegotiationTests {
    /// Stands in for a hash: tests of real ones are with the module that has them.
    private static func fake(_ hash: DigestChallenge.Hash, _ bytes: [UInt8]) -> [UInt8]? {
        [UInt8(truncatingIfNeeded: bytes.reduce(0) { $0 &* 31 &+ Int($1) })]
    }

    private static let digest = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\""

    private func login(_ schemes: LoginSchemes) -> LoginNegotiation {
        LoginNegotiation(user: "u", password: "p", schemes: schemes)
    }

    private func said(_ login: inout LoginNegotiation, _ target: String = "/") throws -> String? {
        try login.authorization(method: "GET", target: target, digest: Self.fake)?.description
    }

    private func take(
        _ login: inout LoginNegotiation, _ challenges: String..., sentCredentials: Bool = false
    ) throws -> Bool {
        try login.take(
            challenges.flatMap { AuthChallenge.parse(Array($0.utf8)[...]) }, sentCredentials: sentCredentials,
            clientNonce: { "c" })
    }

    @Test func `Basic is said at once, and a refusal is the last word`() throws {
        var login = login(.basic)
        #expect(login.isReady && !login.isProbing)
        #expect(try said(&login) == "Basic dTpw")
        #expect(try !take(&login, "Basic realm=r", Self.digest, sentCredentials: true))
    }

    @Test func `Digest waits for its challenge`() throws {
        var login = login(.digest)
        #expect(!login.isReady && login.isProbing)
        #expect(try said(&login) == nil)
        #expect(try !take(&login, "Basic realm=r"))
        #expect(try take(&login, "Basic realm=b", Self.digest))
        #expect(login.isReady && !login.isProbing)
        #expect(
            try said(&login)?.hasPrefix("Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"/\"") == true)
    }

    @Test func `the answers to a challenge are counted`() throws {
        var login = login(.digest)
        _ = try take(&login, Self.digest)
        for count in ["00000001", "00000002", "00000003"] {
            #expect(try said(&login)?.contains("cnonce=\"c\", nc=\(count), qop=auth") == true)
        }
    }

    @Test func `the strongest that is offered`() throws {
        var login = login([.basic, .digest])
        #expect(!login.isReady && !login.isProbing)
        #expect(try !take(&login, "Negotiate", "NTLM"))
        #expect(try take(&login, "Basic realm=b", Self.digest))
        #expect(try said(&login)?.hasPrefix("Digest ") == true)
        login = self.login([.basic, .digest])
        #expect(try take(&login, "Basic realm=b"))
        #expect(try said(&login) == "Basic dTpw")
        login = self.login([.basic, .digest])
        #expect(try take(&login, "Digest nonce=n, algorithm=WHIRLPOOL, Basic realm=b"))
        #expect(try said(&login) == "Basic dTpw")
    }

    @Test func `the first Digest that can be answered`() throws {
        var login = login(.digest)
        #expect(
            try take(
                &login, "Digest nonce=a, algorithm=SHA-512", "Digest nonce=b, algorithm=SHA-256",
                "Digest nonce=c, algorithm=MD5"))
        #expect(try said(&login)?.contains("nonce=\"b\"") == true)
    }

    @Test func `a wrong password is not tried again, an old nonce is replaced`() throws {
        var login = login(.digest)
        _ = try take(&login, Self.digest)
        _ = try said(&login)
        #expect(try !take(&login, "Digest nonce=new", sentCredentials: true))
        #expect(try !take(&login, "Digest nonce=new, stale=false", sentCredentials: true))
        #expect(try take(&login, "Digest nonce=new, stale=TRUE", sentCredentials: true))
        #expect(try said(&login)?.contains("nonce=\"new\"") == true)
    }

    @Test func `a nonce that had served and is refused is replaced though nobody says stale`() throws {
        var login = login(.digest)
        _ = try take(&login, Self.digest)
        _ = try said(&login)
        _ = try said(&login)
        #expect(try !take(&login, Self.digest, sentCredentials: true))
        #expect(try take(&login, "Digest nonce=new", sentCredentials: true))
    }

    @Test func `a server that does not ask is not asked again`() throws {
        var login = login(.digest)
        login.noteAccepted()
        #expect(!login.isProbing && !login.isReady)
        #expect(try take(&login, Self.digest))
        login.noteAccepted()
        #expect(login.isReady)
    }

    static let refusals: [(String, LoginError, String)] = [
        (
            "Digest nonce=n, algorithm=SHA-512", .unsupportedAlgorithm("SHA-512"),
            "Digest authentication with algorithm 'SHA-512' is asked for; MD5, SHA-256, SHA-512-256 and their -sess forms are known"
        ),
        (
            "Digest nonce=n, algorithm=\"x\u{1}\"", .unsupportedAlgorithm("x\\x01"),
            "Digest authentication with algorithm 'x\\x01' is asked for; MD5, SHA-256, SHA-512-256 and their -sess forms are known"
        ),
        (
            "Digest nonce=n, qop=\"auth-int\"", .unsupportedProtection("auth-int"),
            "Digest authentication with qop 'auth-int' is asked for; only auth is known"
        ),
        ("Digest realm=r", .noNonce, "Digest authentication is asked for without a nonce"),
        ("Digest nonce=\"\", realm=r", .noNonce, "Digest authentication is asked for without a nonce"),
    ]

    @Test(arguments: refusals) func `what cannot be answered`(
        _ challenge: String, _ error: LoginError, _ words: String
    ) throws {
        var login = login(.digest)
        #expect(throws: error) { try take(&login, challenge) }
        #expect(error.description == words)
        #expect(!login.isReady)
        // Basic would have been allowed, but is not offered.
        var any = self.login([.basic, .digest])
        #expect(throws: error) { try take(&any, challenge) }
    }

    @Test func `a hash that cannot be made`() throws {
        var login = login(.digest)
        _ = try take(&login, Self.digest)
        #expect(throws: LoginError.hashUnavailable("MD5")) {
            try login.authorization(method: "GET", target: "/", digest: { _, _ in nil })
        }
        #expect(
            LoginError.hashUnavailable("MD5").description
                == "GnuTLS makes no MD5 hash, which the login needs")
    }

    @Test func `every option of a challenge shows in the answer`() throws {
        func answer(_ challenge: String, user: ByteString = "u") throws -> String {
            var login = LoginNegotiation(user: user, password: "p", schemes: .digest)
            _ = try login.take(
                AuthChallenge.parse(Array("Digest \(challenge)".utf8)[...]), sentCredentials: false,
                clientNonce: { "c" })
            let value = try login.authorization(method: "GET", target: "/x", digest: Self.fake)
            let text = value?.description ?? ""
            guard let start = text.range(of: "response=\"") else { return text }
            // The hash itself is not the point here.
            return String(text[..<start.upperBound] + text[start.upperBound...].drop { $0 != "\"" })
        }
        #expect(
            try answer("nonce=n")
                == "Digest username=\"u\", realm=\"\", nonce=\"n\", uri=\"/x\", response=\"\"")
        #expect(
            try answer("realm=\"a \\\"b\\\\\", nonce=\"n\\\"\", opaque=\"o\\\"\"", user: "u\"\\")
                == "Digest username=\"u\\\"\\\\\", realm=\"a \\\"b\\\\\", nonce=\"n\\\"\", uri=\"/x\", response=\"\", opaque=\"o\\\"\""
        )
        #expect(
            try answer("nonce=n, algorithm=md5-SESS")
                == "Digest username=\"u\", realm=\"\", nonce=\"n\", uri=\"/x\", cnonce=\"c\", response=\"\", algorithm=md5-SESS"
        )
        #expect(
            try answer("nonce=n, qop=\"auth-int, AUTH\", userhash=true, algorithm=SHA-256").contains(
                "qop=auth, response=\"\", algorithm=SHA-256, userhash=true"))
        #expect(try !answer("nonce=n, userhash=true").contains("\"u\""))
        #expect(try answer("nonce=n, algorithm=SHA-512-256").hasSuffix("algorithm=SHA-512-256"))
    }

    @Test func `user, password and the server's words are bytes`() throws {
        var basic = LoginNegotiation(user: ByteString([0xE4]), password: ByteString([0xFF]), schemes: .basic)
        let value = try basic.authorization(method: "GET", target: "/", digest: Self.fake)
        #expect(value == ByteString("Basic " + Base64.encode([0xE4, 0x3A, 0xFF])))
        var login = LoginNegotiation(user: ByteString([0xE4]), password: "p", schemes: .digest)
        let challenge = Array("Digest nonce=n, realm=\"r".utf8) + [0xE9, 0x22]
        _ = try login.take(AuthChallenge.parse(challenge[...]), sentCredentials: false, clientNonce: { "c" })
        var hashed: [[UInt8]] = []
        let answer = try login.authorization(method: "GET", target: "/") { _, bytes in
            hashed.append(bytes)
            return [0]
        }
        let start =
            Array("Digest username=\"".utf8) + [0xE4] + "\", realm=\"r".utf8 + [0xE9] + "\", nonce".utf8
        #expect(answer?.bytes.starts(with: start) == true)
        #expect(hashed.first == [0xE4, 0x3A, 0x72, 0xE9] + ":p".utf8)
    }
}

extension String {
    /// Where `other` stands first.
    fileprivate func range(of other: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
            start = index(after: start)
        }
        return nil
    }
}
