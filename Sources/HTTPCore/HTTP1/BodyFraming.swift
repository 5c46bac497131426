/// How the end of a response body is found.
public enum BodyFraming: Hashable, Sendable {
    /// There is no body, whatever the fields say.
    case none
    /// So many bytes; zero is possible.
    case length(Int64)
    /// The chunked coding.
    case chunked
    /// All that comes until the sender closes.
    case untilClose

    /// Follows the numbered steps of RFC 9112 §6.3 for a response.
    ///
    /// - Parameters:
    ///   - head: a final head.
    ///   - isHead: the request's method was HEAD.
    ///   - isConnect: the request's method was CONNECT.
    ///   - options: what the caller asked for or tolerates.
    /// - Returns: the framing, and the transfer codings under it that the caller must undo, in the order in which they
    ///   were applied, lower case, without `chunked`. None unless `options.acceptsTransferCodings`.
    /// - Throws: the `weirdReply` errors of lengths, or `badTransferEncoding`.
    static func decide(
        _ head: ResponseHead, isHead: Bool, isConnect: Bool, options: ResponseParser.Options
    ) throws(HTTPError) -> (framing: BodyFraming, codings: [String]) {
        // 1. No body after HEAD, nor with 1xx, 204 and 304.
        if isHead || head.status < 200 || head.status == 204 || head.status == 304 { return (.none, []) }
        // 2. A tunnel begins after 2xx to CONNECT; Content-Length and Transfer-Encoding are ignored.
        if isConnect, (200..<300).contains(head.status) { return (.none, []) }
        if head.index(named: "Transfer-Encoding") != nil {
            // 3. Both fields: refused rather than repaired, for two readers of one stream may not agree on the repair.
            if !options.ignoresContentLength, head.contains("Content-Length") {
                throw .contentLengthWithTransferEncoding
            }
            // §6.1: HTTP/1.0 has no Transfer-Encoding; its framing is faulty.
            if head.version < .http11 { throw .transferEncodingInHTTP10 }
            // 4. chunked if that is the last coding, else until the close.
            let (codings, isChunked) = try transferCodings(head, options)
            return (isChunked ? .chunked : .untilClose, codings)
        }
        // 5. and 6. A valid Content-Length; values that differ or are no numbers are errors.
        if !options.ignoresContentLength, let length = try head.parsedContentLength() {
            return (.length(length), [])
        }
        // 7. is about requests. 8. Until the close.
        return (.untilClose, [])
    }

    private static let knownCodings = ["gzip", "x-gzip", "deflate"]

    private static func transferCodings(
        _ head: ResponseHead, _ options: ResponseParser.Options
    ) throws(HTTPError) -> (codings: [String], isChunked: Bool) {
        let list = ASCII.excerpt(head.all("Transfer-Encoding").joined(separator: ", ").utf8)
        // RFC 9112 has it no more, and servers send it still: no coding, alone in its list.
        if ASCII.equalIgnoringCase(list, "identity") { return ([], false) }
        var codings: [String] = []
        var isChunked = false
        var fault: HTTPError.CodingFault?
        _ = head.anyMember(of: "Transfer-Encoding") { member in
            // RFC 9110 §5.6.1: empty list members are ignored.
            if member.isEmpty { return false }
            let name = ASCII.text(member.map(ASCII.lowercased))
            if name == "chunked" {
                fault = isChunked ? .chunkedTwice : nil
                isChunked = true
            } else if !knownCodings.contains(name) {
                fault = .unknown(ASCII.excerpt(member))
            } else if isChunked {
                fault = .chunkedNotLast
            } else if !options.acceptsTransferCodings {
                fault = .notAskedFor(name)
            } else {
                codings.append(name)
            }
            return fault != nil
        }
        if fault == nil, !isChunked, codings.isEmpty { fault = .empty }
        if let fault { throw .badTransferEncoding(list, fault) }
        return (codings, isChunked)
    }
}
