/// What two answers have in common only when their bytes are the same (RFC 9110 §8.8.1).
public enum StrongValidator: Hashable, Sendable {
    /// An entity tag with its quotes, and without `W/`.
    case entityTag(ByteString)
    /// When it was changed last: seconds since 1970, and the field's value as it came.
    case lastModified(Int64, text: String)

    /// The strong validator of an answer: its entity tag, else its `Last-Modified` where that is one; nil without.
    public init?(of head: ResponseHead) {
        if let tag = Self.entityTag(of: head) {
            self = .entityTag(tag)
            return
        }
        // It changed so long before the answer was made that no later change can have the same second (§8.8.2.2).
        guard let text = head.first("Last-Modified"), let changed = HTTPDate.parse(text),
            let made = head.first("Date").flatMap(HTTPDate.parse), made > changed
        else { return nil }
        self = .lastModified(changed, text: text)
    }

    /// Restores a validator that was stored: a tag, or a date that was strong when it was stored.
    public init?(entityTag: ByteString?, lastModified: String?) {
        if let entityTag, Self.isStrong(entityTag.bytes) {
            self = .entityTag(entityTag)
        } else if let lastModified, let changed = HTTPDate.parse(lastModified) {
            self = .lastModified(changed, text: lastModified)
        } else {
            return nil
        }
    }

    /// The value of `If-Range` that asks for a part of these bytes and no others.
    public var ifRange: ByteString {
        switch self {
        case .entityTag(let tag): tag
        case .lastModified(_, let text): ByteString(text)
        }
    }

    /// True for an answer with the same validator.
    public func matches(_ head: ResponseHead) -> Bool {
        switch self {
        case .entityTag(let tag): head.firstField("ETag").map { ByteString($0.valueBytes) } == tag
        case .lastModified(let seconds, _):
            head.first("Last-Modified").flatMap(HTTPDate.parse) == seconds
        }
    }

    private static func entityTag(of head: ResponseHead) -> ByteString? {
        guard let tag = head.firstField("ETag")?.valueBytes, isStrong(tag) else { return nil }
        return ByteString(tag)
    }

    private static func isStrong(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.count >= 2 && bytes.first == UInt8(ascii: "\"") && bytes.suffix(1).first == UInt8(ascii: "\"")
            && bytes.allSatisfy { $0 >= 0x21 && $0 != 0x7F }
    }
}
