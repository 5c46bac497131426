/// Which bytes of a resource an answer holds, by its `Content-Range: bytes 5-9/10` (RFC 9110 §14.4).
public struct ContentRange: Hashable, Sendable {
    /// The place of the first byte, from 0.
    public var first: Int64
    /// The place of the last byte, which is not before the first, nor the last that an `Int64` can count.
    public var last: Int64
    /// The length of the whole resource, which is beyond the last byte; nil = the server does not know it (`*`).
    public var total: Int64?

    /// Reads the field of `head`. nil without one, for one that is impossible or of another unit, and for several that
    /// differ. Servers also write `bytes=5-9/10` and `5-9/10`.
    public init?(of head: ResponseHead) {
        let values = head.all("Content-Range")
        guard let value = values.first, values.allSatisfy({ $0 == value }) else { return nil }
        self.init(value)
    }

    /// The bytes that `range`, as in `Range: bytes=5-9`, means in a resource of `total` bytes. nil for several ranges, and for
    /// one that counts from an end that is not known.
    public static func places(_ range: String, total: Int64?) -> ClosedRange<Int64>? {
        let ends = range.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends[0].isEmpty || number(ends[0]) != nil else { return nil }
        let end = (total ?? .max) - 1
        if let first = number(ends[0]) {
            guard let last = ends[1].isEmpty ? end : number(ends[1]), first <= last else { return nil }
            return first...max(first, min(last, end))
        }
        guard total != nil, let count = number(ends[1]), count > 0, end >= 0 else { return nil }
        return max(0, end - count + 1)...end
    }

    /// How many bytes `range` means where the resource has them all: `5-9` or `-5`. nil for any other.
    public static func length(of range: String) -> Int64? {
        let ends = range.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let last = number(ends[1]) else { return nil }
        guard !ends[0].isEmpty else { return last }
        guard let first = number(ends[0]), first <= last, last < .max else { return nil }
        return last - first + 1
    }

    /// Reads the value of such a field.
    public init?(_ value: String) {
        guard let text = Self.place(in: value) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let places = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2, places.count == 2, let first = Self.number(places[0]),
            let last = Self.number(places[1]), first <= last, last < .max
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
