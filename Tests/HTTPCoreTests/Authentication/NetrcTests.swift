import Testing

@testable import HTTPCore

@Suite struct NetrcTests {
    private func netrc(_ text: String) throws -> Netrc { try Netrc(Array(text.utf8)) }

    /// A file, a host, a user from the URL, and what is found.
    static let cases: [(String, String, String?, String?)] = [
        ("machine h login u password p", "h", nil, "u:p"),
        ("machine h\n  login u\n\tpassword p\n", "h", nil, "u:p"),
        ("machine h\r\nlogin u\r\npassword p\r\n", "h", nil, "u:p"),
        ("\u{FEFF}machine h login u password p", "h", nil, "u:p"),
        ("MACHINE h LOGIN u Password p", "h", nil, "u:p"),
        ("machine H login u password p", "h", nil, "u:p"),
        ("machine h.example login u password p", "h", nil, nil),
        ("machine h password p login u", "h", nil, "u:p"),
        ("machine h account a login u account b password p", "h", nil, "u:p"),
        ("machine h login u", "h", nil, "u:"),
        ("machine h password p", "h", nil, ":p"),
        ("machine h password p machine h password q", "h", nil, ":p"),
        ("machine h account a", "h", nil, nil),
        ("machine h password p\ndefault login d password q", "h", nil, "d:q"),
        ("default login d password q", "anything", nil, "d:q"),
        ("machine h login u password p default login d password q", "x", nil, "d:q"),
        ("default login d password q machine h login u password p", "h", nil, "d:q"),
        ("machine a login 1 password 2 machine h login u password p", "h", nil, "u:p"),
        ("machine h login u password p machine h login v password q", "h", nil, "u:p"),
        ("machine h login u password p machine h login v password q", "h", "v", "v:q"),
        ("machine h login u password p", "h", "U", nil),
        ("machine h password p", "h", "me", "me:p"),
        ("machine h login me", "h", "me", nil),
        ("machine h login x password y default password d", "h", "me", "me:d"),
        ("machine h login \"a b\" password \"c \\\"d\\\\ \\n\\t\\r#\"", "h", nil, "a b:c \"d\\ \n\t\r#"),
        ("machine h login \"\" password \"\"", "h", nil, ":"),
        ("machine h login u\"x password p\\n", "h", nil, "u\"x:p\\n"),
        ("machine h login u password #p", "h", nil, "u:#p"),
        ("# machine h login x password y\nmachine h # note\nlogin u password p", "h", nil, "u:p"),
        ("macdef init\nmachine h login x password y\n\nmachine h login u password p", "h", nil, "u:p"),
        ("machine h login u password p\nmacdef init\nmachine z login x", "z", nil, nil),
        ("machine h macdef m login x\nlogin y\n  \nlogin u password p", "h", nil, "u:p"),
        ("login lost password lost machine h login u password p", "h", nil, "u:p"),
        ("machine h port 8080 login u password p", "h", nil, "u:p"),
        ("machine", "machine", nil, nil),
        ("machine h login", "h", nil, nil),
        ("", "h", nil, nil),
        ("\n\n \t\n", "h", nil, nil),
    ]

    @Test(arguments: cases) func `who one is on a host`(
        _ text: String, _ host: String, _ user: String?, _ found: String?
    ) throws {
        let login = try netrc(text).login(for: host, user: user.map { ByteString($0) })
        #expect(login.map { "\($0.user):\($0.password)" } == found)
    }

    @Test func `login and password are bytes`() throws {
        let file = Array("machine h login ".utf8) + [0xE4] + " password p".utf8 + [0xE9, 0x0A]
        let login = try Netrc(file).login(for: "h")
        #expect(login?.user == ByteString([0xE4]))
        #expect(login?.password == ByteString([0x70, 0xE9]))
        #expect(try Netrc(file).login(for: "h", user: "ä") == nil)
    }

    @Test func `a line may end in the middle of a pair`() throws {
        #expect(try netrc("machine\nh\nlogin\nu\npassword\np").login(for: "h")?.password == "p")
    }

    static let faults: [(String, Int, NetrcError.Fault, String)] = [
        ("machine h\nlogin \"u\npassword p", 2, .openQuote, "a quote in line 2 is not closed"),
        ("machine h login \"u\\", 1, .openQuote, "a quote in line 1 is not closed"),
        (
            "\n" + String(repeating: " ", count: Netrc.longestLine + 1), 2, .lineTooLong,
            "line 2 has more than 16384 bytes"
        ),
        (
            "machine " + String(repeating: "x", count: Netrc.longestToken + 1), 1, .tokenTooLong,
            "a word in line 1 has more than 4096 bytes"
        ),
        (
            String(repeating: "\n", count: Netrc.longestFile + 1), 0, .fileTooLong,
            "it has more than 131072 bytes"
        ),
    ]

    @Test(arguments: faults) func `what is no netrc file`(
        _ text: String, _ line: Int, _ fault: NetrcError.Fault, _ words: String
    ) {
        #expect(throws: NetrcError(line: line, fault: fault)) { try netrc(text) }
        #expect(NetrcError(line: line, fault: fault).description == words)
    }

    @Test func `the longest that is allowed`() throws {
        let name = String(repeating: "x", count: Netrc.longestToken)
        #expect(try netrc("machine h login \(name) password p").login(for: "h")?.user == ByteString(name))
        #expect(
            try netrc(String(repeating: "machine h\n", count: Netrc.longestFile / 10)).entries.count == 13107)
    }
}
