import HTTPClient
import HTTPCore
import Testing

@testable import FerryCLI

struct LoginOptionTests {
    private func plan(_ arguments: [String], environment: [String: String] = [:]) throws -> Shared<
        RequestPlan
    > {
        try operationPlan(arguments, environment: environment).request
    }

    private func operationPlan(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Shared<OperationPlan> {
        var planner = Planner(
            settings: try parse(arguments + ["u"], files: FakeFiles(["logins": ""])),
            environment: { environment[$0] }, fileExists: { _ in true }, askPassword: { _ in nil })
        return try planner.plan().operations[0]
    }

    static let schemes: [(String, LoginSchemes)] = [
        ("", .basic), ("basic", .basic), ("digest", .digest), ("anyauth", [.basic, .digest]),
        ("digest basic", [.basic, .digest]), ("digest no-digest", .basic), ("anyauth no-basic", .digest),
        ("anyauth no-anyauth", [.basic, .digest]),
    ]

    @Test(arguments: schemes)
    func `schemes add up`(_ words: String, _ schemes: LoginSchemes) throws {
        let words = words.split(separator: " ").map(String.init)
        let login = try plan(words.map { "--" + $0 }).login
        #expect(login.schemes == schemes)
        #expect(login.isDecidedPerHop == (schemes != .basic))
        let proxyWords = words.map { word in
            word.hasPrefix("no-") ? "--no-proxy-\(word.dropFirst(3))" : "--proxy-\(word)"
        }
        let operation = try operationPlan(proxyWords)
        #expect(operation.proxy.schemes == schemes)
        #expect(operation.request.login.schemes == .basic)
    }

    @Test func `where the netrc file is`() throws {
        let home = ["HOME": "/home/me"]
        func netrc(_ options: [String], _ environment: [String: String]) throws -> NetrcPlan? {
            try plan(options, environment: environment).login.netrc
        }
        #expect(try netrc([], home) == nil)
        #expect(try netrc(["-n"], home) == NetrcPlan(path: "/home/me/.netrc", isRequired: true))
        #expect(try netrc(["-n"], ["NETRC": "", "HOME": "/h"])?.path == "/h/.netrc")
        #expect(try netrc(["-n"], ["NETRC": "/n", "HOME": "/h"])?.path == "/n")
        #expect(try netrc(["-n"], [:])?.path.hasSuffix("/.netrc") == true)
        #expect(try netrc(["--netrc-optional"], home)?.isRequired == false)
        #expect(
            try netrc(["--netrc-file", "logins"], home) == NetrcPlan(path: "logins", isRequired: true))
        #expect(
            try netrc(["--netrc-optional", "--netrc-file", "logins"], home)
                == NetrcPlan(path: "logins", isRequired: false))
        #expect(try netrc(["-n", "--no-netrc"], home) == nil)
    }

    @Test func `values that are refused`() {
        #expect(
            refusal(["--netrc-file", "none"])?.description
                == "option --netrc-file: 'none' does not exist (a netrc file)")
        #expect(refusal(["--netrc-file", ""])?.status == .usage)
        #expect(
            refusal(["--oauth2-bearer", "a\nb"])?.description
                == "option --oauth2-bearer: holds a line break or NUL, which no header field may")
        #expect(refusal(["--digest=yes", "u"])?.status == .usage)
    }

    @Test func `signatures and what contradicts them`() throws {
        let login = try plan(["--aws-sigv4", "aws:amz:r:s", "-u", "k:s"]).login
        #expect(login.signature?.region == "r" && login.isDecidedPerHop)
        let malformed = refusal(["--aws-sigv4", ":amz", "u"])
        #expect(
            malformed?.description
                == "option --aws-sigv4: ':amz' is not of the form provider[:prefix[:region[:service]]] (aws:amz:us-east-1:s3)"
        )
        #expect(malformed?.status == .badFunctionArgument)
        for rival in [["--digest"], ["--anyauth"], ["--oauth2-bearer", "t"]] {
            #expect(throws: UsageError.self) { try plan(["--aws-sigv4", "aws", "-u", "k:s"] + rival) }
        }
    }

    @Test func `what a message signature needs`() throws {
        func planned(_ words: [String]) throws -> LoginPlan {
            var planner = Planner(
                settings: try parse(
                    words + ["u"], files: FakeFiles(["key": "\(Self.seed)\r\nmore\n"], input: Self.seed)),
                environment: { _ in nil }, fileExists: { _ in true }, askPassword: { _ in nil })
            return try planner.plan().operations[0].request.login
        }
        let named = ["--httpsig-keyid", "me"]
        for key in [Self.seed, Self.seed.uppercased(), "@key", "@-"] {
            let login = try planned(["--httpsig-key", key] + named)
            let expected = MessageSignature(algorithm: .ed25519, keyID: "me", components: nil)
            #expect(login.messageSigner?.signature == expected && login.isDecidedPerHop)
        }
        let shared = try planned(["--httpsig-algo", "hmac-sha256", "--httpsig-key", "00"] + named)
        #expect(shared.messageSigner?.signature.algorithm == .hmacSHA256)
        let together = try planned(["--httpsig-key", Self.seed, "--oauth2-bearer", "t"] + named)
        #expect(together.messageSigner != nil && together.isDecidedPerHop)
        #expect(try planned([]).messageSigner == nil)
        #expect(try parse(["--httpsig-key", "00", "u"]).secrets == [SecretArgument(index: 1, offset: 0)])

        let incomplete = [
            (["--httpsig-algo", "ed25519"], "option --httpsig-key: is missing: a signature needs its key"),
            (["--httpsig-headers", "path"], "option --httpsig-key: is missing: a signature needs its key"),
            (named, "option --httpsig-keyid: names a key, and there is none without --httpsig-key"),
            (["--httpsig-key", "00"], "option --httpsig-keyid: is missing: a signature names its key"),
            (
                ["--httpsig-key", "00ff"] + named,
                "option --httpsig-key: has 2 bytes, and a key of ed25519 has 32 (64 hex digits)"
            ),
        ]
        for (words, text) in incomplete {
            let error = #expect(throws: UsageError.self) { try planned(words) }
            #expect(error?.description == text && error?.status == .badFunctionArgument)
        }
    }

    static let seed = "9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5"

    static let badSignatures: [([String], String)] = [
        (["--httpsig-algo", "rsa"], "'rsa' is not a way to sign (ed25519 or hmac-sha256)"),
        (["--httpsig-algo", "ED25519"], "'ED25519' is not a way to sign (ed25519 or hmac-sha256)"),
        (
            ["--httpsig-headers", " "],
            "' ' names nothing that could be signed (method, authority, path, query, or a field's name with a colon behind it)"
        ),
        (
            ["--httpsig-headers", "method host"],
            "'method host' holds 'host', which is no part that can be signed (method, authority, path, query, or a field's name with a colon behind it)"
        ),
        (
            ["--httpsig-headers", "path :"],
            "'path :' holds ':', which is no part that can be signed (method, authority, path, query, or a field's name with a colon behind it)"
        ),
        (
            ["--httpsig-headers", "path Date: PATH"],
            "'path Date: PATH' names 'PATH' twice; each part is signed once"
        ),
        (
            ["--httpsig-headers", "date: Date:"],
            "'date: Date:' names 'Date:' twice; each part is signed once"
        ),
        (
            ["--httpsig-key", "0f0"],
            "needs hex digits, two for each byte of the key, or @ and the name of a file that holds them"
        ),
        (
            ["--httpsig-key", "0f:0a"],
            "needs hex digits, two for each byte of the key, or @ and the name of a file that holds them"
        ),
        (
            ["--httpsig-key", "@pem"],
            "'pem' does not begin with a line of hex digits, two for each byte of the key"
        ),
        (
            ["--httpsig-key", "@empty"],
            "'empty' does not begin with a line of hex digits, two for each byte of the key"
        ),
        (
            ["--httpsig-keyid", "a\nb"],
            "'a\\x0Ab' is not the name of a key (visible ASCII characters and blanks)"
        ),
        (
            ["--httpsig-keyid", "schl\u{FC}ssel"],
            "'schl\u{FC}ssel' is not the name of a key (visible ASCII characters and blanks)"
        ),
    ]

    @Test(arguments: badSignatures)
    func `signatures that cannot be made`(_ words: [String], _ text: String) {
        let error = refusal(
            words + ["u"], files: FakeFiles(["pem": "-----BEGIN PRIVATE KEY-----\n", "empty": ""]))
        #expect(error?.description == "option \(words[0]): \(text)")
        #expect(error?.status == .badFunctionArgument)
        #expect(refusal(["--httpsig-key", "@none", "u"])?.status == .readFailed)
    }

    @Test func `a token is a secret, and makes no password needed`() throws {
        let settings = try parse(["--oauth2-bearer", "t", "-u", "me", "u"])
        #expect(settings.secrets.map(\.index) == [1, 3])
        let request = try plan(["--oauth2-bearer", "t", "-u", "me"])
        #expect(request.login.bearer == "t" && !request.login.isDecidedPerHop)
    }

    @Test func `a stream that may have to be sent twice is warned of`() throws {
        func warnings(_ arguments: [String]) throws -> Int {
            var planner = Planner(
                settings: try parse(arguments + ["u"]), environment: { _ in nil }, fileExists: { _ in true },
                askPassword: { _ in nil })
            _ = try planner.plan()
            return planner.warnings.count
        }
        #expect(try warnings(["--anyauth", "-T", "-"]) == 1)
        #expect(try warnings(["--proxy-anyauth", "-T", "."]) == 1)
        #expect(try warnings(["--anyauth", "-T", "file"]) == 0)
        #expect(try warnings(["--digest", "-T", "-"]) == 0)
    }
}
