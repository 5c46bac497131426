/// Parses URLs one after another, quickly where one differs from the one before only behind the host and port.
///
/// A list or a pattern names one server a thousand times. Its scheme, user, host and port are taken apart once; of the
/// siblings only path and query are looked at. What needs more care than that is parsed from the start, so the result
/// is always that of `HTTPURL.parse`.
public struct URLSeries: Sendable {
    private let defaultScheme: String
    private let pathAsIs: Bool
    /// The text of a URL up to its path, and that URL.
    private struct Sample {
        let prefix: [UInt8]
        let url: HTTPURL
    }

    private var last: Sample?

    /// Parses as `HTTPURL.parse` does with these arguments.
    public init(defaultScheme: String = "http", pathAsIs: Bool = false) {
        self.defaultScheme = defaultScheme
        self.pathAsIs = pathAsIs
    }

    /// As `HTTPURL.parse(text)`.
    public mutating func parse(_ text: String) throws(HTTPURLError) -> HTTPURL {
        if let sibling = sibling(text) { return sibling }
        let url = try HTTPURL.parse(text, defaultScheme: defaultScheme, pathAsIs: pathAsIs)
        last = Self.prefix(of: text).map { Sample(prefix: $0, url: url) }
        return url
    }

    /// The last URL with another path and query; nil when `text` is no plain sibling of it.
    private func sibling(_ text: String) -> HTTPURL? {
        let url = text.utf8.withContiguousStorageIfAvailable { bytes -> HTTPURL? in
            guard let last, bytes.count > last.prefix.count, bytes.count <= HTTPURL.maximumLength,
                ASCII.begins(bytes, with: last.prefix), bytes[last.prefix.count] == UInt8(ascii: "/")
            else { return nil }
            let rest = UnsafeBufferPointer(rebasing: bytes[last.prefix.count...])
            guard let mark = Self.plainPathEnd(rest) else { return nil }
            return last.url.sibling(
                path: String(decoding: rest[..<mark], as: UTF8.self),
                query: mark < rest.count ? String(decoding: rest[(mark + 1)...], as: UTF8.self) : nil)
        }
        return url ?? nil
    }

    /// Where the path ends; nil when a byte needs encoding or refusal, a segment may be a dot, or there is a fragment.
    private static func plainPathEnd(_ rest: UnsafeBufferPointer<UInt8>) -> Int? {
        var mark = rest.count
        var previous: UInt8 = 0
        for (index, byte) in rest.enumerated() {
            guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "#") else { return nil }
            if mark == rest.count {
                if byte == UInt8(ascii: "?") { mark = index }
                if previous == UInt8(ascii: "/"), byte == UInt8(ascii: ".") || byte == UInt8(ascii: "%") {
                    return nil
                }
            }
            previous = byte
        }
        return mark
    }

    /// What stands before the path of an absolute URL: scheme, slashes and authority. nil where a socket may be named behind
    /// them: `unix:///run/x.sock:/path`, `http://unix:/run/x.sock:/path`.
    private static func prefix(of text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            bytes[(colon + 1)...].starts(with: "//".utf8),
            bytes[..<colon].allSatisfy(HTTPURL.isSchemeByte)
        else { return nil }
        // `HTTPURL.parse` accepts a third slash; the authority follows it.
        let authority = bytes[(colon + 3)...].drop { $0 == UInt8(ascii: "/") }
        let end = authority.firstIndex(where: HTTPURL.authorityEnds) ?? bytes.endIndex
        let isSocket = [bytes[...colon], bytes[authority.startIndex..<end]].contains {
            $0.map(ASCII.lowercased).elementsEqual("unix:".utf8)
        }
        return isSocket ? nil : Array(bytes[..<end])
    }
}
