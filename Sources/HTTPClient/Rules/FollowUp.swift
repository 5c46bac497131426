public import HTTPCore

/// What follows an answer: another request or nothing, by the rules that hold for every client of this library. Pure.
///
/// A login comes first: nothing else of an answer counts while it asks for one. Then comes the refusal of `Expect`,
/// then a redirect.
public enum FollowUp: Sendable {
    /// Nothing: it is the answer.
    case none
    /// The request that a redirect asks for.
    case follow(RedirectPolicy.Next)
    /// The same request, with credentials.
    case repeatWithLogin
    /// The same request, without `Expect: 100-continue`.
    case repeatWithoutExpect
    /// Another request should follow and cannot.
    case fail(FollowUpError)

    /// What the rules need to know beside the answer.
    public struct Facts: Sendable {
        /// The URL that was asked for.
        public var url: HTTPURL
        /// What the request was.
        public var kind: RedirectPolicy.RequestKind
        /// Redirects so far.
        public var followed: Int
        /// nil = redirects are not followed.
        public var redirects: RedirectPolicy?
        /// What the answer says about the login.
        public var login: LoginVerdict
        /// The request has `Expect: 100-continue`, and can be sent again from its beginning.
        public var mayDropExpect: Bool

        /// No redirects and no login, unless given.
        public init(
            url: HTTPURL, kind: RedirectPolicy.RequestKind, followed: Int = 0,
            redirects: RedirectPolicy? = nil, login: LoginVerdict = .satisfied, mayDropExpect: Bool = false
        ) {
            self.url = url
            self.kind = kind
            self.followed = followed
            self.redirects = redirects
            self.login = login
            self.mayDropExpect = mayDropExpect
        }
    }

    /// False for an answer after which nothing can follow, whatever the facts are.
    public static func isPossible(after head: ResponseHead, _ login: LoginVerdict) -> Bool {
        if case .satisfied = login { head.status >= 300 } else { true }
    }

    /// Decides after the final response `head`; `check` throws for a URL that must not be requested.
    public init(
        after head: ResponseHead, _ facts: Facts, check: (HTTPURL) throws -> Void = { _ in }
    ) {
        switch facts.login {
        case .satisfied: break
        case .askedAgain:
            self = .repeatWithLogin
            return
        case .refused(let error):
            self = .fail(.login(error))
            return
        }
        // The server refuses `Expect` (RFC 9110 §15.5.18).
        if head.status == 417, facts.mayDropExpect {
            self = .repeatWithoutExpect
        } else {
            self = Self.redirect(after: head, facts, check)
        }
    }

    private static func redirect(
        after head: ResponseHead, _ facts: Facts, _ check: (HTTPURL) throws -> Void
    ) -> FollowUp {
        guard let policy = facts.redirects else { return .none }
        switch policy.decide(head, url: facts.url, kind: facts.kind, followed: facts.followed) {
        case .done: return .none
        case .tooMany(let limit): return .fail(.tooManyRedirects(limit: limit))
        case .invalid(let error): return .fail(.invalidRedirect(error))
        case .follow(let next):
            do { try check(next.url) } catch { return .fail(.forbiddenRedirect(error)) }
            return .follow(next)
        }
    }
}

/// What an answer says about the login.
public enum LoginVerdict: Sendable {
    /// Nothing.
    case satisfied
    /// The request is to be sent again with what it asks for.
    case askedAgain
    /// It asks for a login that cannot be given.
    case refused(LoginError)
}

/// Why the request that an answer asks for cannot be sent.
public enum FollowUpError: Error, CustomStringConvertible {
    /// The login that is asked for cannot be given.
    case login(LoginError)
    /// One redirect more than the limit.
    case tooManyRedirects(limit: Int)
    /// A redirect names no URL that can be requested.
    case invalidRedirect(HTTPURLError)
    /// A redirect leads to a URL that must not be requested; the error says why.
    case forbiddenRedirect(any Error)

    /// One sentence.
    public var description: String {
        switch self {
        case .login(let error): "\(error)"
        case .tooManyRedirects(let limit): "more than \(limit) redirects"
        case .invalidRedirect(let error): "cannot follow the redirect: \(error)"
        case .forbiddenRedirect(let error): "\(error)"
        }
    }
}
