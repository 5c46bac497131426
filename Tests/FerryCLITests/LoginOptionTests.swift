import HTTPClient
import HTTPCore
import Testing

@testable import FerryCLI

struct LoginOptionTests {
    private func plan(_ arguments: [String], environment: [String: String] = [:]) throws -> RequestPlan {
        try operationPlan(arguments, environment: environment).request
    }

    private func operationPlan(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> OperationPlan {
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
