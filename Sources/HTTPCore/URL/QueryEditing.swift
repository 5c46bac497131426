/// Changes to path and query that options ask for. Text is taken as already encoded: only bytes beyond ASCII
/// and `#`, which would begin a fragment, are escaped.
extension HTTPURL {
    /// Adds `text` to the query, with `&` between unless the query is empty or ends in one.
    /// Empty text changes nothing.
    ///
    /// - Throws: `HTTPURLError` when `text` holds a space or a control byte.
    public func appendingQuery(_ text: String) throws(HTTPURLError) -> HTTPURL {
        text.isEmpty ? self : try joiningQuery(text)
    }

    /// As `appendingQuery`, but empty text is data, too: an `&` goes before it, and a query that is nothing but it is none.
    package func joiningQuery(_ text: String) throws(HTTPURLError) -> HTTPURL {
        let added = try Self.checked(text, escaping: UInt8(ascii: "#"))
        var copy = self
        if let query, !query.isEmpty {
            copy.parts.query = query.utf8.last == UInt8(ascii: "&") ? query + added : query + "&" + added
        } else {
            copy.parts.query = added.isEmpty ? nil : added
        }
        return copy
    }

    /// Adds an encoded name at the end of the path, as an upload to a folder needs it: no slash is put between.
    ///
    /// - Throws: `HTTPURLError` when `text` holds a space or a control byte.
    public func appendingPath(_ text: String) throws(HTTPURLError) -> HTTPURL {
        var copy = self
        copy.parts.path += try Self.checked(text, escaping: UInt8(ascii: "#"), UInt8(ascii: "?"))
        return copy
    }

    private static func checked(_ text: String, escaping escaped: UInt8...) throws(HTTPURLError) -> String {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { return "" }
        try URLParser(text: text, bytes: bytes, encodesBlanks: false).checkBytes()
        guard bytes.contains(where: { $0 >= 0x80 || escaped.contains($0) }) else { return text }
        var result: [UInt8] = []
        for byte in bytes {
            if byte >= 0x80 || escaped.contains(byte) {
                PercentCoding.appendEscape(of: byte, to: &result)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
