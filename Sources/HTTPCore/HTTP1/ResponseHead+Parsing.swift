extension ResponseHead {
    /// Reads a whole block, blank line included, by the parser's own rules. For heads that were stored or made up.
    ///
    /// - Throws: what `ResponseParser` throws for such a head; `truncatedHead` without a blank line,
    ///   `malformedStatusLine` if bytes follow it.
    public init(parsing text: String) throws(HTTPError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// The same for bytes.
    public init(parsing block: [UInt8]) throws(HTTPError) {
        guard block.starts(with: "HTTP/".utf8) else { throw .notHTTP }
        let limits = ResponseParser.Limits(headBytes: max(1, block.count))
        var section = HeadSection(limits: limits)
        let end = try block.withUnsafeBufferPointer { (bytes) throws(HTTPError) -> Int? in
            try section.takeLines(UnsafeRawBufferPointer(bytes))
        }
        guard let end, let head = section.makeHead(raw: block) else {
            throw .truncatedHead(received: block.count)
        }
        guard end == block.count else { throw .malformedStatusLine(ASCII.excerpt(block[end...])) }
        try head.validateLocation()
        self = head
    }
}
