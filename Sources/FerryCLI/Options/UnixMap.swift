internal import HTTPCore

/// Which hosts are reached by which Unix sockets (`--unix-map`).
package struct UnixMap: Equatable, Sendable {
    private struct Entry: Equatable {
        /// As URLs have it; of `*.x` what follows the star.
        var host: String
        var isSuffix: Bool
        var path: String
    }

    private var entries: [Entry] = []
    /// Where all other hosts are; nil = they have no socket.
    package var others: String?

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    /// The most bytes of a socket's path, without the NUL that ends a path or the one that starts an abstract name.
    package static let longestPath = 107

    /// Reads `HOST=PATH`.
    /// - Returns: what is wrong with it, written to follow it; nil = it was added.
    mutating func add(_ text: String) -> String? {
        guard let equals = text.utf8.firstIndex(of: ASCII.equals) else {
            return "is not of the form host=path"
        }
        let name = String(text[..<equals])
        let path = String(text[text.utf8.index(after: equals)...])
        let isSuffix = name.hasPrefix("*.")
        let host = isSuffix ? name.dropFirst(2) : name[...]
        if let problem = Self.problem(host, isSuffix: isSuffix) ?? Self.problem(path: path) { return problem }
        guard let urlHost = Self.urlHost(host, isSuffix: isSuffix) else {
            return "begins with what is no name of a host"
        }
        entries.append(Entry(host: urlHost, isSuffix: isSuffix, path: path))
        return nil
    }

    private static func problem(_ name: Substring, isSuffix: Bool) -> String? {
        guard !name.isEmpty else { return "names no host before its equals sign" }
        if let star = name.utf8.firstIndex(of: UInt8(ascii: "*")) {
            let place = name.utf8.distance(from: name.startIndex, to: star) + (isSuffix ? 2 : 0) + 1
            return "has a star at character \(place): only *. at the beginning stands for something"
        }
        return nil
    }

    /// The host as it will stand in URLs, whose rules are the ones for hosts; nil = none could have it.
    private static func urlHost(_ name: Substring, isSuffix: Bool) -> String? {
        let below = isSuffix ? "x." : ""
        guard name.hasPrefix("[") ? name.hasSuffix("]") : !name.utf8.contains(ASCII.colon),
            let url = try? HTTPURL.parse("http://\(below)\(name)/"), !url.hasUserinfo,
            url.path == "/",
            url.query == nil, url.fragment == nil
        else { return nil }
        return isSuffix ? String(url.host.dropFirst()) : url.host
    }

    private static func problem(path: String) -> String? {
        if path.isEmpty || path == "@" { return "names no socket behind its equals sign (a path, or @name)" }
        if CarriedText.bytes(of: path).count > longestPath {
            return "names a socket whose path is longer than \(longestPath) bytes"
        }
        return nil
    }

    /// The socket for a host in lower case; nil = it has none. A name as a whole goes before one with a star, a longer
    /// one before a shorter one, a later one before an earlier one.
    package func path(for host: String) -> String? {
        var best: Entry?
        for entry in entries
        where entry.isSuffix
            ? host.hasSuffix(entry.host) && host.utf8.count > entry.host.utf8.count : host == entry.host
        {
            if let known = best, !known.isSuffix && entry.isSuffix { continue }
            if let known = best, known.isSuffix, entry.isSuffix, known.host.utf8.count > entry.host.utf8.count
            {
                continue
            }
            best = entry
        }
        return best?.path ?? others
    }
}
