/// What was wrong with a message: bytes of a peer that are no HTTP/1 response, or a request that may not be written.
///
/// `description` says it in one sentence; `kind` groups the cases for whoever maps them to exit codes.
public enum HTTPError: Error, Hashable, Sendable {
    /// The status line names a version that is not spoken here, such as `HTTP/1.2` or `HTTP/2`.
    case unsupportedVersion(String)
    /// A line that begins with `HTTP/` is no status line; the text is an excerpt of it.
    case malformedStatusLine(String)
    /// The answer does not begin with `HTTP/`, as an HTTP/0.9 answer would not.
    case notHTTP
    /// A line of a head or trailer section breaks the field grammar; `line` names the field or quotes the line.
    case malformedLine(line: String, LineFault)
    /// Two `Location` fields that name different places.
    case differingLocations(String, String)
    /// Two `Content-Length` values that differ.
    case differingContentLengths(String, String)
    /// A `Content-Length` that is no plain decimal number, or none below 2^63.
    case malformedContentLength(String)
    /// Both `Transfer-Encoding` and `Content-Length` (RFC 9112 §6.3: an attempt at smuggling, as likely as not).
    case contentLengthWithTransferEncoding
    /// `Transfer-Encoding` in an HTTP/1.0 response (RFC 9112 §6.1: its framing is faulty).
    case transferEncodingInHTTP10
    /// A 101 in answer to a request that asked for no other protocol (RFC 9110 §15.2.2).
    case unaskedUpgrade
    /// Bytes that are no response, on a connection that has carried one before.
    case notHTTPOnReusedConnection
    /// An HTTP/0.9 body in answer to a request for a head alone.
    case bodyInsteadOfHead
    /// Bytes behind the end of a response, which answer no request.
    case bytesBehindResponse
    /// A body in another format than its `Content-Encoding` says.
    case mislabelledCoding(String, format: String)
    /// A `Transfer-Encoding` list that cannot be undone; the text is the list.
    case badTransferEncoding(String, CodingFault)
    /// The chunked coding of a body is broken.
    case malformedChunk(ChunkFault)
    /// The stream ended before the blank line after the fields; `received` counts all head bytes of the response.
    case truncatedHead(received: Int)
    /// The stream ended inside a body; `expected` is nil where only a last chunk would have told the length.
    case truncatedBody(received: Int64, expected: Int64?)
    /// The stream that should have told the end of a body by its own end was cut instead: TLS without its goodbye.
    case unconfirmedEnd(received: Int64)
    /// The stream ended before the first byte of a response.
    case emptyReply
    /// The stream ended after an informational response, before the first byte of the final one.
    case noFinalResponse
    /// The heads of one response (informational ones included) are longer than `limit` bytes.
    case headTooLarge(limit: Int)
    /// A head or trailer section has more fields than `limit`.
    case tooManyFields(limit: Int)
    /// The trailer section is longer than `limit` bytes.
    case trailersTooLarge(limit: Int)
    /// More informational (1xx) responses than `limit` came before the final one.
    case tooManyInformational(limit: Int)
    /// A request's method is not a token.
    case invalidMethod(String)
    /// A request's target is empty or holds whitespace or a control byte.
    case invalidTarget(String)
    /// A request field's name is not a token.
    case invalidFieldName(String)
    /// A request field's value holds CR, LF or NUL; the text is the field's name.
    case invalidFieldValue(name: String)

    /// What is wrong with a line of a head or trailer section.
    public enum LineFault: Hashable, Sendable {
        /// No colon at all.
        case noColon
        /// The colon comes first.
        case emptyName
        /// Whitespace between name and colon (RFC 9112 §5.1).
        case spaceBeforeColon
        /// A byte that no name may hold.
        case badNameByte(UInt8)
        /// A NUL byte.
        case nul
        /// A CR that does not end the line.
        case bareCR
        /// A continuation line with nothing to continue.
        case foldWithoutField
        /// A line that begins with a blank stands before the first field (RFC 9112 §2.2).
        case blankBeforeField
    }

    /// What is wrong with a list of transfer codings.
    public enum CodingFault: Hashable, Sendable {
        /// No coding in the list, or an empty member.
        case empty
        /// `chunked` is followed by another coding.
        case chunkedNotLast
        /// `chunked` is applied twice.
        case chunkedTwice
        /// A coding that is not known here.
        case unknown(String)
        /// A known coding that the request did not ask for with `TE`.
        case notAskedFor(String)
        /// `identity`, which RFC 9112 does not have any more: no coding at all.
        case identity
    }

    /// What is wrong with the chunked coding.
    public enum ChunkFault: Hashable, Sendable {
        /// The size line holds no hexadecimal digit where one must be; the byte that stands there.
        case badSizeByte(UInt8)
        /// More than 16 digits, or a size of 2^63 or more.
        case sizeTooLarge
        /// A size line longer than the limit, in bytes.
        case lineTooLong(limit: Int)
        /// A line that ends with LF alone: a size line, the data's, or one of the trailer section.
        case bareLF
        /// A size line with a CR that LF does not follow.
        case bareCR
        /// A NUL byte in a chunk extension.
        case nul
        /// The data of a chunk is not followed by CRLF; the byte that stands there.
        case noLineEndAfterData(UInt8)
    }
}

extension HTTPError {
    /// Groups of errors that a caller treats alike.
    public enum Kind: Hashable, Sendable {
        /// Not a protocol that is spoken here (curl exits with 1).
        case unsupported
        /// A response that breaks the rules of heads and framing (8).
        case weirdReply
        /// Cut short (18).
        case truncated
        /// Nothing came, or nothing but informational responses (52).
        case emptyReply
        /// Broken chunked coding, or a head or trailer section that is too long (56).
        case receive
        /// A transfer coding that cannot be undone (61).
        case badCoding
        /// More fields or informational responses than the limits allow (100).
        case tooMany
        /// A request that may not be written: the caller's fault, nothing was sent.
        case badRequest
    }

    /// The group of this error.
    public var kind: Kind {
        switch self {
        case .unsupportedVersion, .malformedStatusLine, .notHTTP: .unsupported
        case .malformedLine, .differingLocations, .differingContentLengths, .malformedContentLength,
            .contentLengthWithTransferEncoding, .transferEncodingInHTTP10, .unaskedUpgrade,
            .notHTTPOnReusedConnection, .bodyInsteadOfHead, .bytesBehindResponse:
            .weirdReply
        case .badTransferEncoding, .mislabelledCoding: .badCoding
        case .malformedChunk, .headTooLarge, .trailersTooLarge: .receive
        case .truncatedHead, .truncatedBody, .unconfirmedEnd: .truncated
        case .emptyReply, .noFinalResponse: .emptyReply
        case .tooManyFields, .tooManyInformational: .tooMany
        case .invalidMethod, .invalidTarget, .invalidFieldName, .invalidFieldValue: .badRequest
        }
    }
}

extension HTTPError: CustomStringConvertible {
    /// One sentence, lower-case start, no full stop. Bytes of the peer are quoted escaped and shortened.
    public var description: String {
        switch self {
        case .unsupportedVersion(let text):
            "the response has version \(text), and only HTTP/1.0 and HTTP/1.1 are spoken"
        case .malformedStatusLine(let text): "malformed status line '\(text)'"
        case .notHTTP: "the response does not begin with HTTP/ (HTTP/0.9 is not allowed)"
        case .malformedLine(let line, let fault): fault.sentence(line)
        case .differingLocations(let first, let second):
            "two different Location fields: '\(first)' and '\(second)'"
        case .differingContentLengths(let first, let second):
            "two different Content-Length values: '\(first)' and '\(second)'"
        case .malformedContentLength(let text): "malformed Content-Length '\(text)'"
        case .contentLengthWithTransferEncoding:
            "the response has both Transfer-Encoding and Content-Length"
        case .transferEncodingInHTTP10: "Transfer-Encoding in an HTTP/1.0 response"
        case .unaskedUpgrade: "the response has status 101, and the request asked for no other protocol"
        case .notHTTPOnReusedConnection:
            "bytes that do not begin with HTTP/ follow an earlier response on the connection"
        case .bodyInsteadOfHead: "the response to HEAD does not begin with HTTP/, and HTTP/0.9 has no heads"
        case .bytesBehindResponse: "bytes behind the response, which answer no request"
        case .mislabelledCoding(let coding, let format): "the body is said to be \(coding) and is \(format)"
        case .badTransferEncoding(let list, let fault): "Transfer-Encoding '\(list)' \(fault.clause)"
        case .malformedChunk(let fault): fault.sentence
        case .truncatedHead(let received):
            "connection closed before the response head was complete (\(received) bytes received)"
        case .truncatedBody(let received, let expected?):
            "connection closed with \(received) of \(expected) body bytes received"
        case .truncatedBody(let received, nil):
            "connection closed before the last chunk (\(received) body bytes received)"
        case .unconfirmedEnd(let received):
            "connection cut where only its proper end would have told that the body is whole (\(received) body bytes received)"
        case .emptyReply: "connection closed before any byte of a response"
        case .noFinalResponse:
            "connection closed after an informational response and before any byte of the final one"
        case .headTooLarge(let limit): "the response head is longer than \(limit) bytes"
        case .tooManyFields(let limit): "the response has more than \(limit) header fields"
        case .trailersTooLarge(let limit): "the trailer section is longer than \(limit) bytes"
        case .tooManyInformational(let limit): "more than \(limit) informational responses"
        case .invalidMethod(let text): "invalid request method '\(ASCII.excerpt(text.utf8))'"
        case .invalidTarget(let text): "invalid request target '\(ASCII.excerpt(text.utf8))'"
        case .invalidFieldName(let text): "invalid header field name '\(ASCII.excerpt(text.utf8))'"
        case .invalidFieldValue(let name):
            "the value of header field \(ASCII.excerpt(name.utf8)) holds a CR, LF or NUL byte"
        }
    }
}

extension HTTPError.LineFault {
    fileprivate func sentence(_ line: String) -> String {
        switch self {
        case .noColon: "header line without a colon: '\(line)'"
        case .emptyName: "header line without a name: '\(line)'"
        case .spaceBeforeColon: "whitespace between name and colon of header field '\(line)'"
        case .badNameByte(let byte): "byte \(ASCII.escaped(byte)) in a header field name: '\(line)'"
        case .nul: "NUL byte in \(line)"
        case .bareCR: "CR without LF in \(line)"
        case .foldWithoutField: "continuation line before the first header field: '\(line)'"
        case .blankBeforeField: "a line that begins with a blank before the first header field of \(line)"
        }
    }
}

extension HTTPError.CodingFault {
    fileprivate var clause: String {
        switch self {
        case .empty: "names no coding"
        case .chunkedNotLast: "has chunked before another coding"
        case .chunkedTwice: "has chunked twice"
        case .unknown(let coding): "has the unknown coding '\(coding)'"
        case .notAskedFor(let coding): "has the coding '\(coding)', which was not asked for"
        case .identity: "has the coding identity, which is none"
        }
    }
}

extension HTTPError.ChunkFault {
    fileprivate var sentence: String {
        switch self {
        case .badSizeByte(let byte): "malformed chunk size: unexpected byte \(ASCII.escaped(byte))"
        case .sizeTooLarge: "malformed chunk size: the number is too large"
        case .lineTooLong(let limit): "chunk size line longer than \(limit) bytes"
        case .bareLF: "LF without CR in the chunked coding"
        case .bareCR: "malformed chunk size line: CR without LF"
        case .nul: "malformed chunk size line: NUL byte"
        case .noLineEndAfterData(let byte):
            "malformed chunk: byte \(ASCII.escaped(byte)) instead of CRLF after the data"
        }
    }
}
