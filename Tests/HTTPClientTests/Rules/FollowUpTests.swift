import HTTPClient
import HTTPCore
import Testing

/// What follows an answer, without a socket.
@Suite struct FollowUpTests {
    private struct Forbidden: Error {}

    private func followUp(
        _ head: String, _ change: (inout FollowUp.Facts) -> Void = { _ in },
        check: (HTTPURL) throws -> Void = { _ in }
    ) throws -> String {
        var facts = FollowUp.Facts(url: try HTTPURL.parse("http://a.test/x"), kind: .post)
        facts.redirects = RedirectPolicy(limit: 2)
        change(&facts)
        let head = try ResponseHead(parsing: "HTTP/1.1 \(head)\r\n\r\n")
        return switch FollowUp(after: head, facts, check: check) {
        case .none: "none"
        case .follow(let next): "\(next.kind) \(next.url)"
        case .repeatWithLogin: "login"
        case .repeatWithoutExpect: "no Expect"
        case .fail(let error): "\(error)"
        }
    }

    private static let redirect = "302 Found\r\nLocation: /y"

    @Test func `a redirect is followed as the policy says`() throws {
        #expect(try followUp(Self.redirect) == "get http://a.test/y")
        #expect(try followUp("200 OK") == "none")
        #expect(try followUp(Self.redirect) { $0.redirects = nil } == "none")
        #expect(try followUp(Self.redirect) { $0.followed = 1 } == "get http://a.test/y")
        #expect(try followUp(Self.redirect) { $0.followed = 2 } == "more than 2 redirects")
        #expect(
            try followUp("302 Found\r\nLocation: ftp://a.test/").hasPrefix("cannot follow the redirect: "))
        #expect(
            try followUp(Self.redirect, check: { _ in throw Forbidden() }) == "\(Forbidden())")
    }

    @Test func `417 drops Expect where the body can be sent again`() throws {
        #expect(try followUp("417 No") { $0.mayDropExpect = true } == "no Expect")
        #expect(try followUp("417 No") == "none")
        #expect(try followUp(Self.redirect) { $0.mayDropExpect = true } == "get http://a.test/y")
    }

    @Test(arguments: ["200 OK", "401 No", "407 No", "417 No", redirect])
    func `a login goes before everything else`(_ head: String) throws {
        #expect(
            try followUp(head) {
                $0.login = .askedAgain
                $0.mayDropExpect = true
            } == "login")
        #expect(
            try followUp(head) { $0.login = .refused(.unsupportedAlgorithm("x")) }
                == "\(LoginError.unsupportedAlgorithm("x"))")
    }
}
