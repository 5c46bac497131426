/// What a server asks for with the Digest scheme (RFC 7616, and RFC 2617 before it), and the answer to it. Pure: the
/// hash functions are the caller's.
public struct DigestChallenge: Hashable, Sendable {
    /// The hash functions of the algorithms that are known here.
    public enum Hash: Hashable, Sendable {
        /// `MD5`, also where no algorithm is named.
        case md5
        /// `SHA-256`.
        case sha256
        /// `SHA-512-256`: SHA-512 with the initial value that FIPS 180-4 §5.3.6 gives for 256 bits.
        case sha512_256
    }

    /// Shown to the user, and part of what is hashed.
    public let realm: ByteString
    /// The server's nonce, which is part of every answer's hash.
    public let nonce: ByteString
    /// Sent back as it came.
    public let opaque: ByteString?
    /// As the server wrote it; nil when it named none.
    public let algorithm: String?
    /// What the algorithm hashes with.
    public let hash: Hash
    /// A `-sess` algorithm: the password is hashed with the first pair of nonces once and for all.
    public let isSession: Bool
    /// The server knows the quality of protection `auth`; false = it is older than that (RFC 2069).
    public let protects: Bool
    /// The request before was refused only because its nonce was too old.
    public let isStale: Bool
    /// The user's name is sent as a hash.
    public let hashesUser: Bool

    /// Reads a challenge whose scheme is `digest`.
    /// - Throws: `unsupportedAlgorithm`, `unsupportedProtection`, or `noNonce`.
    public init(_ challenge: AuthChallenge) throws(LoginError) {
        guard let nonce = challenge.value(of: "nonce"), !nonce.isEmpty else { throw .noNonce }
        self.nonce = nonce
        realm = challenge.value(of: "realm") ?? ""
        opaque = challenge.value(of: "opaque")
        algorithm = challenge.value(of: "algorithm")?.description
        switch (algorithm ?? "MD5").lowercased() {
        case "md5": (hash, isSession) = (.md5, false)
        case "md5-sess": (hash, isSession) = (.md5, true)
        case "sha-256": (hash, isSession) = (.sha256, false)
        case "sha-256-sess": (hash, isSession) = (.sha256, true)
        case "sha-512-256": (hash, isSession) = (.sha512_256, false)
        case "sha-512-256-sess": (hash, isSession) = (.sha512_256, true)
        default: throw .unsupportedAlgorithm(ASCII.excerpt((algorithm ?? "").utf8))
        }
        let options = (challenge.value(of: "qop") ?? "").description.split {
            $0 == "," || $0 == " " || $0 == "\t"
        }
        protects = options.contains { ASCII.equalIgnoringCase($0.utf8, "auth".utf8) }
        if !protects, let other = options.first {
            throw .unsupportedProtection(ASCII.excerpt(other.utf8))
        }
        isStale = Self.isTrue(challenge.value(of: "stale"))
        hashesUser = Self.isTrue(challenge.value(of: "userhash"))
    }

    private static func isTrue(_ value: ByteString?) -> Bool {
        value.map { ASCII.equalIgnoringCase($0.bytes, "true".utf8) } ?? false
    }

    /// What goes into one answer besides the challenge.
    public struct Request: Sendable {
        /// The method of the request line.
        public var method: String
        /// What is asked for: path and query, or host and port for CONNECT.
        public var target: String
        /// The user.
        public var user: ByteString
        /// The user's password.
        public var password: ByteString
        /// This side's nonce. The same for all answers to one challenge.
        public var clientNonce: String
        /// How many answers to the challenge there were, this one included.
        public var count: UInt32

        /// A request of these parts.
        public init(
            method: String, target: String, user: ByteString, password: ByteString, clientNonce: String,
            count: UInt32
        ) {
            self.method = method
            self.target = target
            self.user = user
            self.password = password
            self.clientNonce = clientNonce
            self.count = count
        }
    }

    /// The value of the field that answers (RFC 7616 §3.4), its parameters in the order in which curl sends them.
    /// `digest` hashes bytes; where it returns nil, the error is `hashUnavailable`.
    public func answer(
        to request: Request, digest: (Hash, [UInt8]) -> [UInt8]?
    ) throws(LoginError) -> ByteString {
        func hashed(_ parts: ByteString...) throws(LoginError) -> ByteString {
            let text = Array(parts.map(\.bytes).joined(separator: CollectionOfOne(ASCII.colon)))
            guard let bytes = digest(hash, text) else {
                throw .hashUnavailable(algorithm ?? "MD5")
            }
            return ByteString(ASCII.hexadecimal(bytes))
        }
        var secret = try hashed(request.user, realm, request.password)
        let clientNonce = ByteString(request.clientNonce)
        if isSession { secret = try hashed(secret, nonce, clientNonce) }
        let asked = try hashed(ByteString(request.method), CarriedText.bytes(of: request.target))
        let count = ByteString(Self.eightDigits(request.count))
        let response =
            protects
            ? try hashed(secret, nonce, count, clientNonce, "auth", asked)
            : try hashed(secret, nonce, asked)
        let user = hashesUser ? try hashed(request.user, realm) : request.user

        var parts = [
            "username=" + Self.quoted(user), "realm=" + Self.quoted(realm), "nonce=" + Self.quoted(nonce),
            "uri=" + Self.quoted(CarriedText.bytes(of: request.target)),
        ]
        if protects || isSession { parts.append("cnonce=" + Self.quoted(clientNonce)) }
        if protects { parts += ["nc=" + count, "qop=auth"] }
        parts.append("response=" + Self.quoted(response))
        if let opaque { parts.append("opaque=" + Self.quoted(opaque)) }
        if let algorithm { parts.append(ByteString("algorithm=\(algorithm)")) }
        if hashesUser { parts.append("userhash=true") }
        return "Digest " + ByteString.joined(parts, separator: ", ")
    }

    /// RFC 9110 §5.6.4.
    private static func quoted(_ text: ByteString) -> ByteString {
        var result = [ASCII.quote]
        for byte in text.bytes {
            if byte == ASCII.quote || byte == ASCII.backslash { result.append(ASCII.backslash) }
            result.append(byte)
        }
        return ByteString(result + [ASCII.quote])
    }

    private static func eightDigits(_ count: UInt32) -> String {
        ASCII.hexadecimal([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) })
    }
}

/// Why a challenge cannot be answered.
public enum LoginError: Error, Hashable, Sendable {
    /// A Digest algorithm that is not known here.
    case unsupportedAlgorithm(String)
    /// A Digest quality of protection other than `auth`.
    case unsupportedProtection(String)
    /// A Digest challenge without a nonce.
    case noNonce
    /// The TLS library makes no hash of this algorithm.
    case hashUnavailable(String)
}

extension LoginError: CustomStringConvertible {
    /// One sentence; what the server named is escaped and shortened.
    public var description: String {
        switch self {
        case .unsupportedAlgorithm(let name):
            "Digest authentication with algorithm '\(name)' is asked for; MD5, SHA-256, SHA-512-256 and their -sess forms are known"
        case .unsupportedProtection(let name):
            "Digest authentication with qop '\(name)' is asked for; only auth is known"
        case .noNonce: "Digest authentication is asked for without a nonce"
        case .hashUnavailable(let name): "GnuTLS makes no \(name) hash, which the login needs"
        }
    }
}
