/// The digests of a `Repr-Digest` or `Content-Digest` field (RFC 9530): a dictionary of byte sequences (RFC 8941 §3.2).
public enum DigestField {
    /// The algorithms that RFC 9530 calls secure; others in a field are ignored.
    public enum Algorithm: String, Sendable, CaseIterable {
        /// SHA-256.
        case sha256 = "sha-256"
        /// SHA-512.
        case sha512 = "sha-512"

        /// How many bytes a digest has.
        public var length: Int { self == .sha256 ? 32 : 64 }
    }

    /// A digest that a field holds.
    public struct Digest: Hashable, Sendable {
        /// What it was made with.
        public var algorithm: Algorithm
        /// nil = the value is no digest of that algorithm.
        public var bytes: [UInt8]?
    }

    /// The digests of known algorithms in all fields with this name, the last one of each algorithm.
    /// - Parameters:
    ///   - name: `Repr-Digest` or `Content-Digest`.
    ///   - head: where they stand.
    /// - Returns: none where there is no such field, or no known algorithm in it.
    public static func digests(_ name: String, in head: ResponseHead) -> [Digest] {
        head.contains(name) ? digests(head.all(name)) : []
    }

    /// The same of fields that came behind a body.
    public static func digests(_ name: String, in trailers: [HeaderField]) -> [Digest] {
        digests(trailers.filter { ASCII.equalIgnoringCase($0.name, name) }.map(\.value))
    }

    private static func digests(_ values: [String]) -> [Digest] {
        var found: [Algorithm: Digest] = [:]
        for value in values {
            for member in value.split(separator: ",") {
                let trimmed = member.drop { $0 == " " || $0 == "\t" }
                let key = trimmed.prefix { $0 != "=" && $0 != ";" && $0 != " " && $0 != "\t" }
                guard let algorithm = Algorithm(rawValue: String(key).lowercased()) else { continue }
                found[algorithm] = Digest(
                    algorithm: algorithm, bytes: bytes(trimmed[key.endIndex...], algorithm))
            }
        }
        return Algorithm.allCases.compactMap { found[$0] }
    }

    /// `=:BASE64:` with nothing or parameters behind it.
    private static func bytes(_ text: Substring, _ algorithm: Algorithm) -> [UInt8]? {
        guard text.hasPrefix("=:") else { return nil }
        let rest = text.dropFirst(2)
        guard let end = rest.firstIndex(of: ":") else { return nil }
        let behind = rest[rest.index(after: end)...].drop { $0 == " " || $0 == "\t" }
        guard behind.isEmpty || behind.first == ";", let bytes = Base64.decode(String(rest[..<end])),
            bytes.count == algorithm.length
        else { return nil }
        return bytes
    }
}
