/// Why a body could not be decoded.
package struct ContentDecodingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was wrong.
    package enum Reason: Equatable, Sendable {
        /// Nobody here knows the coding.
        case unsupported
        /// The header lists more codings than `limit`.
        case tooManyCodings(limit: Int)
        /// The bytes are not what the coding prescribes; the library's own words, or empty.
        case corrupt(String)
        /// The body ended in the middle.
        case truncated
        /// Decoding needs a window of more than `limitBytes`.
        case windowTooLarge(limitBytes: Int)
        /// The decoded body is larger than the caller's limit.
        case outputTooLarge(limitBytes: Int64)
        /// There is no memory for the decoder.
        case outOfMemory
    }

    /// The coding as the header named it; the whole list for `tooManyCodings`.
    package var coding: String
    /// What was wrong.
    package var reason: Reason

    /// One sentence without a period.
    package var description: String {
        switch reason {
        case .unsupported:
            "the content coding '\(coding)' is not supported: it should be gzip, deflate, br or zstd"
        case .tooManyCodings(let limit):
            "the body is encoded more than \(limit) times: \(coding)"
        case .corrupt(let detail):
            "the \(coding) body is corrupt\(detail.isEmpty ? "" : ": \(detail)")"
        case .truncated:
            "the \(coding) body ends too early"
        case .windowTooLarge(let limitBytes):
            "the \(coding) body needs a window of more than \(limitBytes / 1024 / 1024) MiB"
        case .outputTooLarge(let limitBytes):
            "the decoded \(coding) body is larger than \(limitBytes) bytes"
        case .outOfMemory:
            "there is no memory to decode the \(coding) body"
        }
    }
}
