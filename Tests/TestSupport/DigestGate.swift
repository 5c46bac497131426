import CGnuTLS
import Glibc
import TLS

/// A server's side of Digest authentication: challenges, and whether a request answers one, computed without the
/// module under test.
public struct DigestGate: Sendable {
    /// The only user.
    public var user = "alice"
    /// That user's password.
    public var password = "secret"
    /// The realm of the challenges.
    public var realm = "the realm"
    /// `MD5`, `SHA-256`, either with `-sess`; nil = the challenge names none.
    public var algorithm: String?
    /// nil = the challenge offers none.
    public var qop: String?
    /// Sent with every challenge.
    public var opaque: String?
    /// Whether the user's name is to be hashed.
    public var hashesUser = false
    /// A proxy asks with 407 and `Proxy-` fields.
    public var isProxy = false

    /// A gate for `alice` with the password `secret`.
    public init(algorithm: String? = "MD5", qop: String? = "auth", isProxy: Bool = false) {
        self.algorithm = algorithm
        self.qop = qop
        self.isProxy = isProxy
    }

    /// The header field of a challenge.
    public func challenge(_ nonce: String, isStale: Bool = false) -> (String, String) {
        var value = "Digest realm=\"\(realm)\", nonce=\"\(nonce)\""
        if let qop { value += ", qop=\"\(qop)\"" }
        if let algorithm { value += ", algorithm=\(algorithm)" }
        if let opaque { value += ", opaque=\"\(opaque)\"" }
        if hashesUser { value += ", userhash=true" }
        if isStale { value += ", stale=true" }
        return (isProxy ? "Proxy-Authenticate" : "WWW-Authenticate", value)
    }

    /// A refusal with a challenge.
    public func refusal(_ nonce: String, isStale: Bool = false, body: String = "who is it?") -> ServerStep {
        .respond(isProxy ? 407 : 401, [challenge(nonce, isStale: isStale)], body: body)
    }

    /// The parameters of the answer in a request; nil when there is none.
    public func answer(in request: RecordedRequest) -> [String: String]? {
        guard let value = request.header(isProxy ? "Proxy-Authorization" : "Authorization"),
            value.hasPrefix("Digest ")
        else { return nil }
        var parameters: [String: String] = [:]
        for part in value.dropFirst("Digest ".count).split(separator: ", ") {
            guard let equals = part.firstIndex(of: "=") else { return nil }
            var text = part[part.index(after: equals)...]
            if text.hasPrefix("\"") { text = text.dropFirst().dropLast() }
            parameters[String(part[..<equals])] = String(text)
        }
        return parameters
    }

    /// Whether the request answers the challenge with `nonce` rightly.
    public func admits(_ request: RecordedRequest, nonce: String) -> Bool {
        guard let answer = answer(in: request), answer["nonce"] == nonce, answer["realm"] == realm,
            answer["algorithm"] == algorithm, answer["opaque"] == opaque, let target = answer["uri"],
            target == request.target || isProxy && request.target.hasSuffix(target),
            answer["username"] == (hashesUser ? hash("\(user):\(realm)") : user)
        else { return false }
        var secret = hash("\(user):\(realm):\(password)")
        if algorithm?.lowercased().hasSuffix("-sess") ?? false {
            secret = hash("\(secret):\(nonce):\(answer["cnonce"] ?? "")")
        }
        let asked = hash("\(request.method):\(target)")
        guard qop != nil else { return answer["response"] == hash("\(secret):\(nonce):\(asked)") }
        guard answer["qop"] == "auth", let count = answer["nc"], let own = answer["cnonce"], own.count > 8
        else {
            return false
        }
        return answer["response"] == hash("\(secret):\(nonce):\(count):\(own):auth:\(asked)")
    }

    private func hash(_ text: String) -> String {
        GnuTLS.prepare()
        let isSHA = algorithm?.uppercased().hasPrefix("SHA-256") ?? false
        var digest = [UInt8](repeating: 0, count: isSHA ? 32 : 16)
        let bytes = Array(text.utf8)
        gnutls_hash_fast(isSHA ? GNUTLS_DIG_SHA256 : GNUTLS_DIG_MD5, bytes, bytes.count, &digest)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
