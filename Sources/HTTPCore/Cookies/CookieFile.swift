/// The text of a cookie file in the format that Netscape began: seven fields between tabs a line.
///
/// Reading is lenient: raw `Set-Cookie:` lines are accepted too, and lines that make no sense are skipped.
public enum CookieFile {
    /// What reading gave.
    public struct Contents: Hashable, Sendable {
        /// In the file's order, expired ones included (they delete their namesakes).
        public var cookies: [Cookie] = []
        /// Lines that were neither cookie, comment nor blank.
        public var skippedLines = 0
    }

    /// The `domain, subdomains, path, secure, expiry, name, value` lines of a file and its `Set-Cookie:` lines.
    ///
    /// - Parameters:
    ///   - bytes: The whole file; lines end in LF or CRLF.
    ///   - url: Whose cookies the `Set-Cookie:` lines without `Domain` are; without it they are skipped unless
    ///     they name a domain.
    ///   - now: Seconds since 1970.
    ///   - isPublicSuffix: Given a lower-case name without leading and trailing dot.
    /// - Returns: The cookies, and how many lines were skipped.
    public static func read(
        _ bytes: some Collection<UInt8>, for url: HTTPURL? = nil, now: Int64,
        isPublicSuffix: (String) -> Bool = { _ in false }
    ) -> Contents {
        var contents = Contents()
        for var line in bytes.withoutByteOrderMark.split(separator: 0x0A) {
            if let end = line.firstIndex(of: 0x0D), line.index(after: end) == line.endIndex {
                line = line[..<end]
            }
            if line.isEmpty { continue }
            switch read(line: Array(line), for: url, now: now, isPublicSuffix: isPublicSuffix) {
            case .cookie(let cookie): contents.cookies.append(cookie)
            case .comment: break
            case .nonsense: contents.skippedLines += 1
            }
        }
        return contents
    }

    /// The bytes of a file that holds `cookies`, with the customary comment on top.
    public static func write(_ cookies: some Sequence<Cookie>) -> [UInt8] {
        let comment = """
            # Netscape HTTP Cookie File
            # Fields: domain, include subdomains, path, secure, expiry, name, value.
            # Written by ferry; edit at your own risk.


            """
        var text = Array(comment.utf8)
        for cookie in cookies {
            text += ((cookie.isHTTPOnly ? httpOnlyMark : "") + (cookie.isHostOnly ? "" : ".")).utf8
            text += "\(cookie.domain)\t\(cookie.isHostOnly ? "FALSE" : "TRUE")\t".utf8
            text += escapingTab(cookie.path.bytes)
            text += "\t\(cookie.isSecure ? "TRUE" : "FALSE")\t".utf8
            text += "\(cookie.expires.map { max($0, 1) } ?? 0)\t".utf8
            text += cookie.name.bytes + [ASCII.tab] + cookie.value.bytes + [ASCII.lf]
        }
        return text
    }

    private static let httpOnlyMark = "#HttpOnly_"
    private static let field = "set-cookie:"

    /// A tab would shift the columns; in a path it is not sent raw anyway.
    private static func escapingTab(_ path: [UInt8]) -> [UInt8] {
        Array(
            path.split(separator: ASCII.tab, omittingEmptySubsequences: false).joined(separator: "%09".utf8))
    }

    private enum Line {
        case cookie(Cookie)
        case comment
        case nonsense
    }

    private static func read(
        line bytes: [UInt8], for url: HTTPURL?, now: Int64, isPublicSuffix: (String) -> Bool
    ) -> Line {
        var line = bytes[...]
        if line.count > field.utf8.count,
            line.prefix(field.utf8.count).map(ASCII.lowercased).elementsEqual(field.utf8)
        {
            return readSetCookie(
                line.dropFirst(field.utf8.count), for: url, now: now, isPublicSuffix: isPublicSuffix)
        }
        var isHTTPOnly = false
        if line.starts(with: httpOnlyMark.utf8) {
            isHTTPOnly = true
            line = line.dropFirst(httpOnlyMark.utf8.count)
        } else if line.first == UInt8(ascii: "#") || line.trimmingBlanks().isEmpty {
            return .comment
        }
        guard var cookie = readFields(line) else { return .nonsense }
        cookie.isHTTPOnly = isHTTPOnly
        // curl writes cookies of localhost with the subdomain flag, although localhost has no subdomains.
        if cookie.domain == "localhost" { cookie.isHostOnly = true }
        if !cookie.isHostOnly, !CookieMatching.isAddress(cookie.domain.utf8), isPublicSuffix(cookie.domain) {
            return .nonsense
        }
        return .cookie(cookie)
    }

    private static func readFields(_ line: ArraySlice<UInt8>) -> Cookie? {
        guard !line.contains(where: { ASCII.isControl($0) && $0 != ASCII.tab }) else { return nil }
        var fields = line.split(separator: ASCII.tab, omittingEmptySubsequences: false).map { ByteString($0) }
        guard (5...7).contains(fields.count) else { return nil }
        // Some writers leave the path out: then the third column is the `secure` flag.
        if fields[2] == "TRUE" || fields[2] == "FALSE" { fields.insert("/", at: 2) }
        if fields.count == 6 { fields.append("") }
        if fields.count == 7, fields[2].isEmpty { fields[2] = "/" }
        guard fields.count == 7, let expires = readExpiry(fields[4]),
            !fields[5].isEmpty || !fields[6].isEmpty, let host = fields[0].text,
            fields[2].bytes.first == UInt8(ascii: "/")
        else { return nil }
        let domain = ASCII.lowercased(host.utf8.first == UInt8(ascii: ".") ? String(host.dropFirst()) : host)
        guard let first = domain.utf8.first, first != UInt8(ascii: "#"), first != UInt8(ascii: "."),
            !domain.utf8.starts(with: field.utf8)
        else {
            // No host has such a name, and written again the line would be a comment or another cookie.
            return nil
        }
        let isAddress = CookieMatching.isAddress(domain.utf8)
        let cookie = Cookie(
            name: fields[5], value: fields[6], domain: domain,
            isHostOnly: isAddress || !isTrue(fields[1]), path: fields[2],
            expires: expires == 0 ? nil : expires, isSecure: isTrue(fields[3]))
        return SetCookieParser.fitsPrefix(cookie, hasPath: true) ? cookie : nil
    }

    private static func isTrue(_ field: ByteString) -> Bool {
        ASCII.equalIgnoringCase(field.bytes, "true".utf8)
    }

    /// Some writers add a fraction.
    private static func readExpiry(_ text: ByteString) -> Int64? {
        let digits = text.bytes.prefix { $0 != UInt8(ascii: ".") }
        guard let first = digits.first, ASCII.isDigit(first) || first == UInt8(ascii: "-") else {
            return nil
        }
        return Int64(String(decoding: digits, as: UTF8.self))
    }

    /// Such a line tells no URL: the one of the first request is taken, or one made from `Domain`.
    private static func readSetCookie(
        _ value: ArraySlice<UInt8>, for url: HTTPURL?, now: Int64, isPublicSuffix: (String) -> Bool
    ) -> Line {
        var origin = url
        if let domain = SetCookieParser.domain(in: value) {
            // The user vouches for a file, so it counts as https.
            origin = try? HTTPURL.parse("https://" + domain + "/")
        }
        guard let origin,
            case .cookie(let cookie) = SetCookieParser.parse(
                value, for: origin, now: now, isPublicSuffix: isPublicSuffix)
        else { return .nonsense }
        return .cookie(cookie)
    }
}
