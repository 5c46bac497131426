extension HTTPURL {
    /// Reads a URL as it is typed on a command line, as leniently as curl does.
    ///
    /// - Parameters:
    ///   - text: One to three slashes may follow the scheme's colon; without a scheme the whole is host and
    ///     path. Bytes beyond ASCII in path and query are percent-encoded. `unix:/run/x.sock:/path` and
    ///     `http://unix:/run/x.sock:/path` name a Unix socket, as they do for other servers and clients.
    ///   - defaultScheme: What an absent scheme means.
    ///   - pathAsIs: Leaves `.` and `..` segments of the path alone.
    /// - Returns: The URL in normal form.
    /// - Throws: `HTTPURLError` for anything that cannot be fetched, also for schemes other than those of `Scheme`
    ///   (`unsupportedScheme`).
    public static func parse(
        _ text: String, defaultScheme: String = "http", pathAsIs: Bool = false
    ) throws(HTTPURLError) -> HTTPURL {
        let parser = URLParser(text: text, bytes: Array(text.utf8), encodesBlanks: false)
        try parser.checkBytes()
        if let url = parser.socketURL(pathAsIs: pathAsIs) { return url }
        if let length = parser.schemeLength(at: 0, needsSlash: true) {
            let scheme = try parser.scheme(length: length)
            return try parser.url(scheme, fromSlashesAt: length + 1, pathAsIs: pathAsIs)
        }
        guard let scheme = Scheme(rawValue: ASCII.lowercased(defaultScheme)) else {
            throw HTTPURLError(.unsupportedScheme(defaultScheme), in: text)
        }
        return try parser.url(scheme, authorityAt: 0, isSchemeGiven: false, pathAsIs: pathAsIs)
    }

    /// Where the path begins in a text such as `unix:/run/x.sock:/path`; nil where no socket is named so.
    package static func pathBehindSocket(in text: [UInt8]) -> Int? { URLParser.socket(in: text)?.pathStart }

    /// RFC 3986 §3.1.
    static func isSchemeByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    static func authorityEnds(at byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }
}

/// Takes a URL or a reference apart. Everything is linear in the length of the text.
struct URLParser {
    let text: String
    let bytes: [UInt8]
    /// A `Location` may hold raw spaces and tabs; they are encoded instead of refused.
    let encodesBlanks: Bool

    func error(_ reason: HTTPURLError.Reason, at position: Int? = nil) -> HTTPURLError {
        HTTPURLError(reason, in: text, at: position)
    }

    /// Control bytes are refused everywhere, so that no URL can end a line of a request.
    func checkBytes() throws(HTTPURLError) {
        guard !bytes.isEmpty else { throw error(.empty) }
        guard bytes.count <= HTTPURL.maximumLength else { throw error(.tooLong) }
        for (position, byte) in bytes.enumerated() {
            if encodesBlanks, ASCII.isBlank(byte) { continue }
            if ASCII.isControl(byte) { throw error(.controlByte(byte), at: position) }
            if byte == ASCII.space { throw error(.space, at: position) }
        }
    }

    /// The bytes before the colon, if they are a scheme. What a user types must have a slash after it:
    /// `localhost` in `localhost:8080` is no scheme.
    func schemeLength(at start: Int, needsSlash: Bool) -> Int? {
        guard start < bytes.count, ASCII.isLetter(bytes[start]),
            let end = bytes[start...].firstIndex(where: { !HTTPURL.isSchemeByte($0) }),
            bytes[end] == UInt8(ascii: ":")
        else { return nil }
        if needsSlash {
            guard end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "/") else { return nil }
        }
        return end - start
    }

    func scheme(length: Int) throws(HTTPURLError) -> HTTPURL.Scheme {
        let name = String(decoding: bytes[..<length].map(ASCII.lowercased), as: UTF8.self)
        guard let scheme = HTTPURL.Scheme(rawValue: name) else {
            throw error(.unsupportedScheme(name), at: 0)
        }
        return scheme
    }

    /// What follows `scheme:`, or a reference that begins with two slashes.
    func url(_ scheme: HTTPURL.Scheme, fromSlashesAt start: Int, pathAsIs: Bool) throws(HTTPURLError)
        -> HTTPURL
    {
        let slashes = bytes[start...].prefix(4).prefix { $0 == UInt8(ascii: "/") }.count
        // Three slashes are an empty host here: an unencoded socket path looks so, and is refused.
        let allowed = scheme.isUnixSocket ? 2...3 : 1...3
        guard allowed.contains(slashes) else { throw error(.slashes, at: start) }
        return try url(
            scheme, authorityAt: start + (scheme.isUnixSocket ? 2 : slashes), isSchemeGiven: true,
            pathAsIs: pathAsIs)
    }

    /// Authority, path, query and fragment.
    func url(
        _ scheme: HTTPURL.Scheme, authorityAt start: Int, isSchemeGiven: Bool, pathAsIs: Bool
    ) throws(HTTPURLError) -> HTTPURL {
        let end = bytes[start...].firstIndex(where: HTTPURL.authorityEnds) ?? bytes.count
        let authority = try AuthorityParser(
            text: text, bytes: bytes[start..<end], isSocket: scheme.isUnixSocket,
            allowsEmptyPort: isSchemeGiven
        ).parse()
        let parts = parts(from: end)
        let normal = HTTPURL.Parts(
            scheme: scheme, encodedUser: authority.user, encodedPassword: authority.password,
            host: authority.host, zone: authority.zone, socketPath: authority.socketPath,
            port: authority.port == scheme.defaultPort ? nil : authority.port,
            path: pathAsIs ? rootedPath(parts.path) : HTTPURL.removingDotSegments(rootedPath(parts.path)),
            query: parts.query, fragment: parts.fragment)
        return HTTPURL(normal)
    }

    /// The URL of `unix:/run/x.sock:/path` and its like; nil for anything else.
    func socketURL(pathAsIs: Bool) -> HTTPURL? {
        guard let (scheme, socket, pathStart) = Self.socket(in: bytes) else { return nil }
        let parts = parts(from: pathStart)
        let path = rootedPath(parts.path)
        return HTTPURL(
            HTTPURL.Parts(
                scheme: scheme, host: "localhost", socketPath: String(decoding: bytes[socket], as: UTF8.self),
                path: pathAsIs ? path : HTTPURL.removingDotSegments(path), query: parts.query,
                fragment: parts.fragment))
    }

    /// Where the socket is and where the path begins in `unix:/run/x.sock:/path`, and in the same behind `http://` or
    /// `https://`; nil for anything else. Behind a scheme there must be a second colon: `http://unix:/x` is the host `unix`.
    static func socket(in bytes: [UInt8]) -> (scheme: HTTPURL.Scheme, socket: Range<Int>, pathStart: Int)? {
        let forms: [(String, HTTPURL.Scheme)] = [
            ("unix:", .httpUnix), ("http://unix:", .httpUnix), ("https://unix:", .httpsUnix),
        ]
        guard let (prefix, scheme) = forms.first(where: { begins(bytes, with: $0.0) }) else { return nil }
        var start = prefix.utf8.count
        guard start < bytes.count, bytes[start] == UInt8(ascii: "/") else { return nil }
        let isBare = prefix == "unix:"
        // `unix:///run/x.sock` has an authority that is empty.
        if isBare, bytes[start...].starts(with: "///".utf8) { start += 2 }
        let end =
            bytes[start...].firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.count
        var colon = bytes[start..<end].firstIndex { $0 == ASCII.colon }
        while let place = colon, place + 1 < end, bytes[place + 1] != UInt8(ascii: "/") {
            colon = bytes[(place + 1)..<end].firstIndex { $0 == ASCII.colon }
        }
        guard colon != nil || isBare else { return nil }
        return (scheme, start..<(colon ?? end), colon.map { $0 + 1 } ?? end)
    }

    private static func begins(_ bytes: [UInt8], with prefix: String) -> Bool {
        bytes.count >= prefix.utf8.count
            && zip(bytes, prefix.utf8).allSatisfy { ASCII.lowercased($0) == $1 }
    }

    private func rootedPath(_ path: String) -> String {
        path.utf8.first == UInt8(ascii: "/") ? path : "/" + path
    }

    /// The rest after the authority, encoded, dot segments still in place; the path may be empty.
    func parts(from start: Int) -> (path: String, query: String?, fragment: String?) {
        let rest = bytes[start...]
        let hash = rest.firstIndex(of: UInt8(ascii: "#")) ?? rest.endIndex
        let mark = rest[..<hash].firstIndex(of: UInt8(ascii: "?")) ?? hash
        return (
            encoded(rest[..<mark], space: "%20"),
            mark < hash ? encoded(rest[(mark + 1)..<hash], space: "+") : nil,
            hash < rest.endIndex ? encoded(rest[(hash + 1)...], space: "%20") : nil
        )
    }

    /// Like curl, a space becomes `%20` in a path and `+` in a query.
    private func encoded(_ part: ArraySlice<UInt8>, space: String) -> String {
        HTTPURL.encodingRawBytes(part, space: space)
    }
}

extension HTTPURL {
    /// Escapes bytes beyond ASCII, spaces and tabs; everything else was the author's choice.
    static func encodingRawBytes(_ part: some Collection<UInt8>, space: String) -> String {
        guard part.contains(where: { $0 >= 0x80 || ASCII.isBlank($0) }) else {
            return String(decoding: part, as: UTF8.self)
        }
        var result: [UInt8] = []
        result.reserveCapacity(part.count + 16)
        for byte in part {
            if byte >= 0x80 || byte == ASCII.tab {
                PercentCoding.appendEscape(of: byte, to: &result)
            } else if byte == 0x20 {
                result.append(contentsOf: space.utf8)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// RFC 3986 §5.2.4 for a path that begins with `/`; an encoded dot (`%2e`) counts as a dot, because
    /// servers and proxies decode it.
    static func removingDotSegments(_ path: String) -> String {
        guard mayHaveDotSegments(path.utf8) else { return path }
        let bytes = Array(path.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            // `index` is at a slash; the segment runs up to the next one.
            let end = bytes[(index + 1)...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
            let dots = dotCount(bytes[(index + 1)..<end])
            if dots == 2, let slash = result.lastIndex(of: UInt8(ascii: "/")) {
                result.removeSubrange(slash...)
            }
            if dots == nil {
                result.append(contentsOf: bytes[index..<end])
            } else if end == bytes.count {
                result.append(UInt8(ascii: "/"))
            }
            index = end
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Whether a segment begins as `.` and `..` do, in any spelling.
    static func mayHaveDotSegments(_ path: some Collection<UInt8>) -> Bool {
        var isAfterSlash = false
        for byte in path {
            if isAfterSlash, byte == UInt8(ascii: ".") || byte == UInt8(ascii: "%") { return true }
            isAfterSlash = byte == UInt8(ascii: "/")
        }
        return false
    }

    /// 1 or 2 for a segment that is `.` or `..` in any spelling, nil for others.
    private static func dotCount(_ segment: ArraySlice<UInt8>) -> Int? {
        guard (1...6).contains(segment.count) else { return nil }
        var index = segment.startIndex
        var count = 0
        while index < segment.endIndex {
            if segment[index] == UInt8(ascii: ".") {
                index += 1
            } else if segment.endIndex - index >= 3, segment[index] == UInt8(ascii: "%"),
                segment[index + 1] == UInt8(ascii: "2"), segment[index + 2] | 0x20 == UInt8(ascii: "e")
            {
                index += 3
            } else {
                return nil
            }
            count += 1
        }
        return count <= 2 ? count : nil
    }
}
