import Testing

@testable import HTTPCore

@Suite struct AuthChallengeTests {
    /// A field's value and what it holds, written down as `scheme:token68|name=value|…`.
    static let cases: [(String, [String])] = [
        ("Basic", ["basic"]),
        ("Basic realm=\"r\"", ["basic|realm=r"]),
        ("BASIC Realm=r", ["basic|realm=r"]),
        ("Basic realm = \"a b\"", ["basic|realm=a b"]),
        (
            "Digest realm=\"r\", nonce=\"n\",qop=\"auth,auth-int\"",
            ["digest|realm=r|nonce=n|qop=auth,auth-int"]
        ),
        (
            "Digest realm=\"r\", nonce=n, Basic realm=\"b\", charset=\"UTF-8\"",
            ["digest|realm=r|nonce=n", "basic|realm=b|charset=UTF-8"]
        ),
        ("Negotiate, NTLM, Basic realm=x", ["negotiate", "ntlm", "basic|realm=x"]),
        ("Negotiate YWJj==, Basic realm=x", ["negotiate:YWJj==", "basic|realm=x"]),
        ("Bearer abc.def-_~+/", ["bearer:abc.def-_~+/"]),
        (
            "Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", Basic realm=\"simple\"",
            ["newauth|realm=apps|type=1|title=Login to \"apps\"", "basic|realm=simple"]
        ),
        ("Basic realm=\"a,b\\\\c\"", ["basic|realm=a,b\\c"]),
        (", ,Basic realm=x,,", ["basic|realm=x"]),
        ("Basic realm=\"\"", ["basic|realm="]),
        ("Digest a=1,a=2", ["digest|a=1|a=2"]),
        ("realm=\"x\", Basic realm=y", ["basic|realm=y"]),
        ("Basic realm=\"open", ["basic"]),
        ("Basic realm=\"open\\", ["basic"]),
        ("Digest nonce=\"n\" junk, realm=r, Basic realm=b", ["digest|realm=r", "basic|realm=b"]),
        ("Digest nonce=\"n\", \"stray, Basic\", realm=r", ["digest|nonce=n|realm=r"]),
        ("@@@, Basic realm=x", ["basic|realm=x"]),
        ("Ba(sic realm=x, Digest nonce=n", ["digest|nonce=n"]),
        ("Basic\trealm=x", ["basic|realm=x"]),
        ("Basic  ", ["basic"]),
        ("Digest nonce=, realm=r", ["digest:nonce=|realm=r"]),
        ("", []), (" , ,", []), ("=", []), ("\"", []), ("a=b", []),
    ]

    @Test(arguments: cases) func `the challenges of a field`(_ value: String, _ expected: [String]) {
        let found = AuthChallenge.parse(Array(value.utf8)[...]).map { challenge in
            challenge.scheme + (challenge.token68.map { ":\($0)" } ?? "")
                + challenge.parameters.map { "|\($0.name)=\($0.value)" }.joined()
        }
        #expect(found == expected)
    }

    @Test func `several fields, one after another`() throws {
        let head = try ResponseHead(
            parsing:
                "HTTP/1.1 401 No\r\nwww-authenticate: Basic realm=a, X\r\nOther: y\r\nWWW-Authenticate: Digest\r\n nonce=n\r\n\r\n"
        )
        let challenges = AuthChallenge.all(in: head, "WWW-Authenticate")
        #expect(challenges.map(\.scheme) == ["basic", "x", "digest"])
        #expect(challenges[2].value(of: "nonce") == "n")
        #expect(challenges[2].value(of: "realm") == nil)
    }

    @Test(arguments: ["\"", "Basic ", "a=\"\\", ",", "Digest a=\"x\",", "((", "= "])
    func `a long field takes no long time and breaks nothing`(_ piece: String) {
        let bytes = Array(String(repeating: piece, count: 200_000 / piece.utf8.count).utf8)
        let clock = ContinuousClock()
        let start = clock.now
        #expect(AuthChallenge.parse(bytes[...]).count <= bytes.count)
        // Quadratic time would take minutes.
        #expect(start.duration(to: clock.now) < .seconds(30))
    }

    @Test func `every prefix of a field is read without harm`() {
        let bytes = Array("Digest realm=\"r\\\"\", nonce=\"n\", x=y, Basic realm=\"z\", Bearer ab==".utf8)
        for count in 0...bytes.count { _ = AuthChallenge.parse(bytes[..<count]) }
        #expect(AuthChallenge.parse(bytes[...]).count == 3)
    }
}
