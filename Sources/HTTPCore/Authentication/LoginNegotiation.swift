/// Authentication schemes.
public struct LoginSchemes: OptionSet, Hashable, Sendable {
    /// One bit for each scheme.
    public let rawValue: UInt8

    /// From bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// RFC 7617.
    public static let basic = LoginSchemes(rawValue: 1)
    /// RFC 7616.
    public static let digest = LoginSchemes(rawValue: 2)
}

/// The login at one server or one proxy: what it has asked for so far, and which credentials the next request sends.
/// Pure.
///
/// Where Basic alone is allowed, the first request sends it. Otherwise the first request sends no credentials, the
/// answer (401, or 407 of a proxy) names the schemes, and Digest is preferred to Basic. The answers to a Digest
/// challenge are counted, over all requests, until the server makes a new one.
public struct LoginNegotiation: Sendable {
    /// The user.
    public let user: ByteString
    /// The user's password.
    public let password: ByteString
    /// The schemes that may be used; never empty.
    public let schemes: LoginSchemes
    private var state: State

    private enum State {
        /// Nothing is known; next: any other.
        case unasked
        /// The server answered without asking; next: `basic`, `digest`.
        case unneeded
        /// The password goes with every request; next: `digest`.
        case basic
        /// A challenge is at hand; next: `digest`.
        case digest(DigestChallenge, clientNonce: String, count: UInt32)
    }

    /// Nothing asked yet.
    public init(user: ByteString, password: ByteString, schemes: LoginSchemes) {
        self.user = user
        self.password = password
        self.schemes = schemes
        state = schemes == .basic ? .basic : .unasked
    }

    /// True when the next request sends credentials.
    public var isReady: Bool {
        switch state {
        case .unasked, .unneeded: false
        case .basic, .digest: true
        }
    }

    /// True when the next request is refused wherever a login is needed, so that sending its body would be wasted.
    public var isProbing: Bool {
        if case .unasked = state { schemes == .digest } else { false }
    }

    /// The field's value for the next request; nil = it has none. For `digest`, see `DigestChallenge.answer`.
    public mutating func authorization(
        method: String, target: String, digest: (DigestChallenge.Hash, [UInt8]) -> [UInt8]?
    ) throws(LoginError) -> ByteString? {
        switch state {
        case .unasked, .unneeded: return nil
        case .basic: return ByteString("Basic " + Base64.encode(user.bytes + [ASCII.colon] + password.bytes))
        case .digest(let challenge, let clientNonce, let count):
            let next = count &+ 1
            state = .digest(challenge, clientNonce: clientNonce, count: next)
            return try challenge.answer(
                to: DigestChallenge.Request(
                    method: method, target: target, user: user, password: password, clientNonce: clientNonce,
                    count: next), digest: digest)
        }
    }

    /// The server answered, and did not ask.
    public mutating func noteAccepted() {
        if case .unasked = state { state = .unneeded }
    }

    /// Takes the challenges of a refusal; true when the request should be sent again. `sentCredentials` tells whether
    /// the refused request had credentials: then only a new nonce or a better scheme is a reason to ask again. Throws
    /// when nothing but an unusable Digest was allowed and offered.
    public mutating func take(
        _ challenges: [AuthChallenge], sentCredentials: Bool, clientNonce: () -> String
    ) throws(LoginError) -> Bool {
        var problem: LoginError?
        if schemes.contains(.digest) {
            for challenge in challenges where challenge.scheme == "digest" {
                do throws(LoginError) {
                    let digest = try DigestChallenge(challenge)
                    guard !sentCredentials || isNew(digest) else { return false }
                    state = .digest(digest, clientNonce: clientNonce(), count: 0)
                    return true
                } catch {
                    problem = problem ?? error
                }
            }
        }
        if !sentCredentials, schemes.contains(.basic), challenges.contains(where: { $0.scheme == "basic" }) {
            state = .basic
            return true
        }
        if let problem, !sentCredentials { throw problem }
        return false
    }

    /// Whether the challenge is new, and not the refusal of a wrong answer: it says so itself, or the nonce before it
    /// had been accepted.
    private func isNew(_ digest: DigestChallenge) -> Bool {
        switch state {
        case .unasked, .unneeded, .basic: true
        case .digest(let old, _, let count): digest.isStale || count > 1 && digest.nonce != old.nonce
        }
    }
}
