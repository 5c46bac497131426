public import Connector
public import HTTPCore

/// The login at one server or one proxy, for all requests that are sent there: the rules of `LoginNegotiation` with the
/// hash functions of the TLS library.
///
/// As a proxy's authenticator it also gives the credentials of the CONNECT requests for tunnels.
@LoopActor
public final class Login: ProxyAuthenticator {
    private var negotiation: LoginNegotiation

    /// A login for which nothing was asked yet.
    public nonisolated init(user: ByteString, password: ByteString, schemes: LoginSchemes) {
        negotiation = LoginNegotiation(user: user, password: password, schemes: schemes)
    }

    /// True when the next request sends credentials.
    public var isReady: Bool { negotiation.isReady }

    /// True when the next request is refused wherever a login is needed, so that its body should not be sent.
    public var isProbing: Bool { negotiation.isProbing }

    /// The value of `Authorization` or `Proxy-Authorization` for the next request; nil = without. The target is path and
    /// query, or host and port for CONNECT. Throws a `LoginError` when a hash cannot be made.
    public func authorization(method: String, target: String) throws -> ByteString? {
        try negotiation.authorization(method: method, target: target, digest: Self.digest)
    }

    /// Takes the challenges of a refusal (401, or 407 of a proxy); true when the request should be sent again.
    /// `sentCredentials` tells whether the refused request had credentials. Throws when nothing that could be
    /// answered was asked for.
    public func take(_ head: ResponseHead, sentCredentials: Bool) throws(LoginError) -> Bool {
        let name = head.status == 407 ? "Proxy-Authenticate" : "WWW-Authenticate"
        return try negotiation.take(
            AuthChallenge.all(in: head, name), sentCredentials: sentCredentials, clientNonce: Self.clientNonce
        )
    }

    /// Takes the challenges of a proxy that refused CONNECT; true when CONNECT should be sent again. False also for an
    /// error, whose reason the caller finds by itself.
    public func hear(_ refusal: [UInt8], sentCredentials: Bool) -> Bool {
        guard let head = try? ResponseHead(parsing: refusal) else { return false }
        return (try? take(head, sentCredentials: sentCredentials)) ?? false
    }

    /// The server answered a request without asking for a login.
    public func noteAccepted() {
        negotiation.noteAccepted()
    }

    private static func digest(_ hash: DigestChallenge.Hash, _ bytes: [UInt8]) -> [UInt8]? {
        switch hash {
        case .md5: MessageDigest.md5.digest(bytes)
        case .sha256: MessageDigest.sha256.digest(bytes)
        case .sha512_256: SHA512_256.digest(bytes)
        }
    }

    /// 192 random bits from the kernel.
    private static func clientNonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64.encode((0..<24).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
}
