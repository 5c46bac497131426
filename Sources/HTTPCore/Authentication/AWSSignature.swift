/// The signature of a request by version 4 of Amazon's scheme, which other providers use under names of their own: a
/// hash of the signed parts, under a key derived from the secret, the day and the service. Pure.
public struct AWSSignature: Sendable {
    /// The provider's names, and what the signature is for.
    public struct Scheme: Hashable, Sendable {
        /// `aws`: names the algorithm and the key.
        public var provider: String
        /// `amz`: names the fields.
        public var prefix: String
        /// nil = the second label of the host's name.
        public var region: String?
        /// nil = the first label of the host's name.
        public var service: String?

        /// Reads `provider[:prefix[:region[:service]]]`, parts of at most 64 letters, digits, `-`, `_` and `.`; the prefix
        /// is the provider's name unless it is given. nil for anything else.
        public init?(_ text: String) {
            let parts = text.utf8.split(separator: ASCII.colon, omittingEmptySubsequences: false)
            guard parts.count <= 4, let first = parts.first, !first.isEmpty,
                parts.allSatisfy({ $0.count <= 64 && $0.allSatisfy(Self.isPartByte) })
            else { return nil }
            func part(_ index: Int) -> String? {
                index < parts.count && !parts[index].isEmpty ? String(Substring(parts[index])) : nil
            }
            provider = String(Substring(first)).lowercased()
            prefix = part(1)?.lowercased() ?? provider
            region = part(2)
            service = part(3)
        }

        private static func isPartByte(_ byte: UInt8) -> Bool {
            ASCII.isLetter(byte) || ASCII.isDigit(byte) || "-_.".utf8.contains(byte)
        }

        /// The field that says when the request was signed: `X-Amz-Date`.
        public var dateField: String { "X-\(prefix.prefix(1).uppercased())\(prefix.dropFirst())-Date" }

        /// The field that holds the hash of the body: `x-amz-content-sha256`.
        public var hashField: String { "x-\(prefix)-content-sha256" }
    }

    /// Names of provider, region and service.
    public let scheme: Scheme
    /// `us-east-1`.
    public let region: String
    /// `s3`.
    public let service: String

    /// The scheme for a host, whose labels say what the scheme leaves open; nil where it has too few.
    public init?(_ scheme: Scheme, host: String) {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let service = scheme.service ?? (labels.count > 1 ? labels[0] : nil),
            let region = scheme.region ?? (labels.count > 2 ? labels[1] : nil), !service.isEmpty,
            !region.isEmpty
        else { return nil }
        self.scheme = scheme
        self.region = region
        self.service = service
    }

    /// True for the services that take the path as it is, and want a field with the hash of the body.
    public var isStorage: Bool { ["s3", "s3-express", "s3-outposts"].contains(service) }

    /// The SHA-256 of a body as it is written in a request.
    public static func payloadHash(_ body: [UInt8], hashes: Hashes) throws(LoginError) -> String {
        guard let digest = hashes.digest(body) else { throw .hashUnavailable("SHA-256") }
        return ASCII.hexadecimal(digest)
    }

    /// What stands in place of the hash of a body that is not hashed.
    public static let unsignedPayload = "UNSIGNED-PAYLOAD"

    /// The parts of a request that are signed.
    public struct Request: Sendable {
        /// The method.
        public var method: String
        /// The path as it is sent.
        public var path: String
        /// The query as it is sent.
        public var query: String?
        /// The fields that are signed, Host and the date among them, in any order.
        public var fields: [HeaderField]
        /// The SHA-256 of the body in lower-case hexadecimal digits, or `unsignedPayload`.
        public var payloadHash: String
        /// `20150830T123600Z`, the value of the date field.
        public var timestamp: String

        /// A request of these parts.
        public init(
            method: String, path: String, query: String?, fields: [HeaderField], payloadHash: String,
            timestamp: String
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.fields = fields
            self.payloadHash = payloadHash
            self.timestamp = timestamp
        }
    }

    /// SHA-256 and HMAC-SHA-256; nil where the library makes none.
    public struct Hashes: Sendable {
        /// The hash of bytes.
        public var digest: @Sendable ([UInt8]) -> [UInt8]?
        /// The HMAC of the second argument, under the first as the key.
        public var code: @Sendable ([UInt8], [UInt8]) -> [UInt8]?

        /// Uses these functions.
        public init(
            digest: @escaping @Sendable ([UInt8]) -> [UInt8]?,
            code: @escaping @Sendable ([UInt8], [UInt8]) -> [UInt8]?
        ) {
            self.digest = digest
            self.code = code
        }
    }

    /// The value of the Authorization field of a request that is signed with `secret`, whose key ID is `key`.
    public func authorization(
        _ request: Request, key: String, secret: ByteString, hashes: Hashes
    ) throws(LoginError) -> String {
        func needed(_ bytes: [UInt8]?) throws(LoginError) -> [UInt8] {
            guard let bytes else { throw .hashUnavailable("SHA-256") }
            return bytes
        }
        let fields = Self.canonical(request.fields)
        let names = fields.map(\.name).joined(separator: ";")
        let canonical = [
            request.method, canonicalPath(request.path), Self.canonicalQuery(request.query ?? ""),
            fields.map { "\($0.name):\($0.value)\n" }.joined(), names, request.payloadHash,
        ].joined(separator: "\n")
        let algorithm = "\(scheme.provider.uppercased())4-HMAC-SHA256"
        let day = String(request.timestamp.prefix(8))
        let scope = [day, region, service, "\(scheme.provider)4_request"]
        let digest = ASCII.hexadecimal(try needed(hashes.digest(Array(canonical.utf8))))
        let text = [algorithm, request.timestamp, scope.joined(separator: "/"), digest].joined(
            separator: "\n")
        var signingKey = Array("\(scheme.provider.uppercased())4".utf8) + secret.bytes
        for part in scope { signingKey = try needed(hashes.code(signingKey, Array(part.utf8))) }
        let signature = ASCII.hexadecimal(try needed(hashes.code(signingKey, Array(text.utf8))))
        return
            "\(algorithm) Credential=\(key)/\(scope.joined(separator: "/")), SignedHeaders=\(names), Signature=\(signature)"
    }

    // MARK: Canonical forms

    /// Names in lower case and in order, values without needless blanks, those of one name joined.
    static func canonical(_ fields: [HeaderField]) -> [(name: String, value: String)] {
        var values: [String: [String]] = [:]
        for field in fields {
            let words = field.value.split { $0 == " " || $0 == "\t" }
            values[field.name.lowercased(), default: []].append(words.joined(separator: " "))
        }
        return values.map { (name: $0.key, value: $0.value.joined(separator: ",")) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// The path as it is sent; escaped once more except for storage services.
    func canonicalPath(_ path: String) -> String {
        guard !isStorage else { return path }
        return path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { PercentCoding.encode($0) }.joined(separator: "/")
    }

    /// Pairs in order of their names and values, each escaped in the one canonical way; a plus is a space.
    static func canonicalQuery(_ query: String) -> String {
        func canonical(_ part: Substring.UTF8View) -> String {
            PercentCoding.encode(
                PercentCoding.decodeLeniently(part.map { $0 == UInt8(ascii: "+") ? ASCII.space : $0 }))
        }
        let pairs = query.utf8.split(separator: UInt8(ascii: "&")).map { pair in
            let equals = pair.firstIndex(of: ASCII.equals) ?? pair.endIndex
            return (canonical(pair[..<equals]), canonical(pair[equals...].dropFirst()))
        }
        return pairs.sorted {
            $0.0 == $1.0
                ? $0.1.utf8.lexicographicallyPrecedes($1.1.utf8)
                : $0.0.utf8.lexicographicallyPrecedes($1.0.utf8)
        }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }
}
