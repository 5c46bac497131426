/// Which bytes of a resource an answer holds, by its `Content-Range: bytes 5-9/10` (RFC 9110 §14.4).
public struct ContentRange: Hashable, Sendable {
    /// The place of the first byte, from 0.
    public var first: Int64
    /// The place of the last byte, which is not before the first.
    public var last: Int64
    /// The length of the whole resource, which is beyond the last byte; nil = the server does not know it (`*`).
    public var total: Int64?

    /// Reads the field of `head`. nil without one, and for one that is impossible or of another unit. Servers also write
    /// `bytes=5-9/10` and `5-9/10`.
    public init?(of head: ResponseHead) {
        guard let value = head.first("Content-Range") else { return nil }
        self.init(value)
    }

    /// Reads the value of such a field.
    public init?(_ value: String) {
        guard let text = Self.place(in: value) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let places = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2, places.count == 2, let first = Self.number(places[0]),
            let last = Self.number(places[1]), first <= last
        else { return nil }
        self.first = first
        self.last = last
        guard parts.count == 2, parts[1] != "*" else { return }
        guard let total = Self.number(parts[1]), total > last else { return nil }
        self.total = total
    }

    /// The length of the whole resource, as a 416 tells it: `bytes */10`. nil when it does not.
    public static func wholeLength(in head: ResponseHead) -> Int64? {
        guard let value = head.first("Content-Range"), let text = place(in: value), text.hasPrefix("*/")
        else {
            return nil
        }
        return number(text.dropFirst(2))
    }

    /// True where the field of `head` counts bytes, whether or not it makes sense.
    public static func countsBytes(in head: ResponseHead) -> Bool {
        head.first("Content-Range").map { place(in: $0) != nil } ?? false
    }

    /// What follows the unit; nil for another unit than bytes.
    private static func place(in value: String) -> Substring? {
        let unit = value.prefix { $0.isLetter }
        guard ["", "bytes"].contains(unit.lowercased()) else { return nil }
        let rest = value[unit.endIndex...].drop { " \t=:".contains($0) }
        return rest.prefix { $0 != " " && $0 != "\t" }
    }

    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }
}
