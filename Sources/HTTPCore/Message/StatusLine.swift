/// The first line of a response (RFC 9112 §4), with the reason as a range of the block.
struct StatusLine: Hashable, Sendable {
    var version: HTTPVersion
    var status: Int
    var reason: Range<Int>

    /// Reads `HTTP/1.x SP 3DIGIT [SP reason]` from `block[..<end]`, which is known to begin with `HTTP/`. Throws
    /// `unsupportedVersion` where a version is named that is not 1.0 or 1.1, else `malformedStatusLine`.
    init(_ block: UnsafeRawBufferPointer, to end: Int) throws(HTTPError) {
        guard end >= 8, block[5] == 0x31, block[6] == 0x2E, block[7] == 0x30 || block[7] == 0x31,
            end == 8 || !ASCII.isDigit(block[8]) && block[8] != 0x2E
        else {
            let version = block[..<end].prefix { $0 != ASCII.space }
            let number = version.dropFirst(5)
            let isVersion =
                number.first.map(ASCII.isDigit) == true
                && number.allSatisfy { ASCII.isDigit($0) || $0 == 0x2E } && number.count <= 16
            throw isVersion ? .unsupportedVersion(ASCII.text(version)) : Self.malformed(block, end)
        }
        guard end >= 12, block[8] == ASCII.space, ASCII.isDigit(block[9]), ASCII.isDigit(block[10]),
            ASCII.isDigit(block[11]), end == 12 || block[12] == ASCII.space
        else { throw Self.malformed(block, end) }
        status = Int(block[9] - 0x30) * 100 + Int(block[10] - 0x30) * 10 + Int(block[11] - 0x30)
        guard status >= 100 else { throw Self.malformed(block, end) }
        version = block[7] == 0x31 ? .http11 : .http10
        reason = min(13, end)..<end
    }

    /// A line of these parts.
    init(version: HTTPVersion, status: Int, reason: Range<Int>) {
        self.version = version
        self.status = status
        self.reason = reason
    }

    private static func malformed(_ block: UnsafeRawBufferPointer, _ end: Int) -> HTTPError {
        .malformedStatusLine(ASCII.excerpt(block[..<end]))
    }
}
