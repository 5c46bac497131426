import HTTPCore

/// What there is to judge of an answer that has come.
struct Observations {
    /// What came of a body that is to be looked at.
    enum Body {
        case bytes([UInt8])
        /// It is longer than so many bytes, which is as much as is kept.
        case tooLong(Int64)
    }

    var status = 0
    var fields: [(name: String, value: ByteString)] = []
    var body = Body.bytes([])
    var time = Duration.zero
    var size: Int64 = 0
    /// When the server's certificate ends, and what time it is now, in seconds since 1970; nil without TLS.
    var certificateEnd: Int?
    var now = 0
    var redirects = 0
}
