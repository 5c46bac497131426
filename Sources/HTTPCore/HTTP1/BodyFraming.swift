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

    /// What a head says about its body.
    struct Decision {
        var framing: BodyFraming
        /// The transfer codings under the framing that the caller must undo, in the order in which they were applied, lower
        /// case, without `chunked`.
        var codings: [String] = []
        /// What is wrong with the fields and read all the same.
        var oddities: [HTTPError] = []

        init(_ framing: BodyFraming) {
            self.framing = framing
        }
    }

    /// Follows the numbered steps of RFC 9112 §6.3 for a response.
    ///
    /// - Parameters:
    ///   - head: a final head.
    ///   - isHead: the request's method was HEAD.
    ///   - isConnect: the request's method was CONNECT.
    ///   - options: what the caller asked for or tolerates.
    /// - Returns: the framing and the codings under it; these are none unless `options.acceptsTransferCodings`.
    /// - Throws: the `weirdReply` errors of lengths, or `badTransferEncoding`.
    static func decide(
        _ head: ResponseHead, isHead: Bool, isConnect: Bool, options: ResponseParser.Options
    ) throws(HTTPError) -> Decision {
        // 1. No body after HEAD, nor with 1xx, 204 and 304.
        if isHead || head.status < 200 || head.status == 204 || head.status == 304 { return Decision(.none) }
        // 2. A tunnel begins after 2xx to CONNECT; Content-Length and Transfer-Encoding are ignored.
        if isConnect, (200..<300).contains(head.status) { return Decision(.none) }
        var decision = Decision(.untilClose)
        // 3. and 4. Transfer-Encoding wins over Content-Length: chunked if that is the last coding, else until the close.
        if head.index(named: "Transfer-Encoding") != nil {
            try TransferEncoding(head, options).decide(&decision)
            if decision.framing == .chunked || !decision.codings.isEmpty {
                if head.contains("Content-Length") {
                    decision.oddities.append(.contentLengthWithTransferEncoding)
                }
                // §6.1: HTTP/1.0 has no Transfer-Encoding; its framing is faulty.
                if head.version < .http11 { decision.oddities.append(.transferEncodingInHTTP10) }
                return decision
            }
        }
        // 5. and 6. A valid Content-Length; values that differ or are no numbers are errors.
        if !options.ignoresContentLength, let length = try head.parsedContentLength() {
            switch length {
            case .bytes(let count): decision.framing = .length(count)
            case .countless(let text):
                decision.oddities.append(.malformedContentLength(ASCII.excerpt(text.utf8)))
            }
        }
        // 7. is about requests. 8. Until the close.
        return decision
    }
}

/// The members of all `Transfer-Encoding` fields of a head (RFC 9112 §6.1).
private struct TransferEncoding {
    private static let knownCodings = ["gzip", "x-gzip", "deflate"]

    private let head: ResponseHead
    private let options: ResponseParser.Options

    init(_ head: ResponseHead, _ options: ResponseParser.Options) {
        self.head = head
        self.options = options
    }

    /// Sets framing and codings; without either there was no coding in the list but `identity`, which is none.
    func decide(_ decision: inout BodyFraming.Decision) throws(HTTPError) {
        var codings: [String] = []
        var (isChunked, isRepeated, hasIdentity) = (false, false, false)
        var fault: HTTPError.CodingFault?
        _ = head.anyMember(of: "Transfer-Encoding") { member in
            // RFC 9110 §5.6.1: empty list members are ignored.
            if member.isEmpty { return false }
            let name = ASCII.text(member.map(ASCII.lowercased))
            if name == "chunked" {
                isRepeated = isChunked
                isChunked = true
            } else if isChunked {
                fault = .chunkedNotLast
            } else if name == "identity" {
                hasIdentity = true
            } else if options.keepsFraming {
                // The caller takes the bytes as they come, whatever they are.
                codings.append(name)
            } else if !Self.knownCodings.contains(name) {
                fault = .unknown(ASCII.excerpt(member))
            } else if !options.acceptsTransferCodings {
                fault = .notAskedFor(name)
            } else {
                codings.append(name)
            }
            return fault != nil
        }
        if !isChunked, !hasIdentity, codings.isEmpty { fault = fault ?? .empty }
        let list = ASCII.excerpt(head.all("Transfer-Encoding").joined(separator: ", ").utf8)
        if let fault { throw .badTransferEncoding(list, fault) }
        if isRepeated { decision.oddities.append(.badTransferEncoding(list, .chunkedTwice)) }
        if hasIdentity { decision.oddities.append(.badTransferEncoding(list, .identity)) }
        decision.framing = isChunked ? .chunked : .untilClose
        decision.codings = codings
    }
}
