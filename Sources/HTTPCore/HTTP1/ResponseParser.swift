/// Reads the response to one request from the bytes of a connection, without doing any I/O.
///
/// Pull `next(_:_:)` in a loop over each piece of input; it moves the offset on and never takes a byte beyond the response's
/// end. It keeps only what a head, a trailer section or a chunk size needs; body bytes are named by their range in the input,
/// never copied. Time is linear in the bytes, however they are cut into pieces, and memory is bounded by `Limits`.
///
///     var parser = ResponseParser(method: "GET")
///     var offset = 0
///     reading: while true {
///         switch try parser.next(input, &offset) {
///         case .needsMore: break reading  // read more, or call finish() at the end of the stream
///         case .head(let head, _): print(head.status)
///         case .body(let range): sink.write(UnsafeRawBufferPointer(rebasing: input[range]))
///         case .informational, .earlierBody: continue
///         case .end: return parser.connectionIsReusable && offset == input.count
///         }
///     }
public struct ResponseParser: Sendable {
    /// What the parser has found.
    public enum Event: Sendable {
        /// All input is used up, and more is needed.
        case needsMore
        /// A 1xx head other than 101; the final one is still to come.
        case informational(ResponseHead)
        /// The final head, and how its body is delimited.
        case head(ResponseHead, BodyFraming)
        /// Body bytes: a range of the input, never empty.
        case body(Range<Int>)
        /// Body bytes from earlier pieces of input: the first few of an HTTP/0.9 answer that could still have been a
        /// status line when they came. Only with `Options.allowsHTTP09`.
        case earlierBody([UInt8])
        /// The response is complete. Trailer fields come with the chunked coding only and are never part of the head.
        case end(trailers: [HeaderField])
    }

    /// Bounds on what a peer may make the parser hold or count.
    public struct Limits: Hashable, Sendable {
        /// Bytes of all heads of one response, informational ones included; also of its trailer section.
        public var headBytes: Int
        /// Fields of one head or trailer section.
        public var fields: Int
        /// Informational responses before the final one.
        public var informationalHeads: Int
        /// Bytes of a chunk's size line, extensions included.
        public var chunkLineBytes: Int

        /// 300 KiB of heads and 5000 fields as in curl, 1000 informational responses, 16 KiB of a chunk size line.
        public static let `default` = Limits()

        /// `headBytes` is held between 0 and 1 GiB.
        public init(
            headBytes: Int = 300 * 1024, fields: Int = 5000, informationalHeads: Int = 1000,
            chunkLineBytes: Int = 16 * 1024
        ) {
            self.headBytes = max(0, min(headBytes, 1 << 30))
            self.fields = fields
            self.informationalHeads = informationalHeads
            self.chunkLineBytes = chunkLineBytes
        }
    }

    /// What the caller asked for or tolerates; all off by default.
    public struct Options: Hashable, Sendable {
        /// Content-Length says nothing about the body's end: it is chunked or ends with the connection.
        public var ignoresContentLength: Bool
        /// An answer that does not begin with `HTTP/` is a body until the close, under a made-up head with status 200, version
        /// 0.9 and an empty `raw`.
        public var allowsHTTP09: Bool
        /// The request had a `TE` field: transfer codings under `chunked` are reported in `transferCodings`, not refused.
        public var acceptsTransferCodings: Bool
        /// The peer is a proxy and no tunnel: `Proxy-Connection` counts for `connectionIsReusable`.
        public var isViaProxy: Bool
        /// Body bytes of the chunked coding come with their framing: size lines, line ends and trailers are body, too. Transfer
        /// codings need not be known then.
        public var keepsFraming: Bool
        /// The request asked for another protocol: a 101 is an answer, and what follows it is a body until the close. Without
        /// it a 101 is refused.
        public var acceptsUpgrade: Bool
        /// The connection has carried a response before: what does not begin with `HTTP/` is no HTTP/0.9 answer.
        public var isConnectionReused: Bool
        /// What is odd and would be read all the same (see `ResponseParser.oddities`) is refused.
        public var isStrict: Bool

        /// Options; all off by default.
        public init(
            ignoresContentLength: Bool = false, allowsHTTP09: Bool = false,
            acceptsTransferCodings: Bool = false,
            isViaProxy: Bool = false, keepsFraming: Bool = false, acceptsUpgrade: Bool = false,
            isConnectionReused: Bool = false, isStrict: Bool = false
        ) {
            self.ignoresContentLength = ignoresContentLength
            self.allowsHTTP09 = allowsHTTP09
            self.acceptsTransferCodings = acceptsTransferCodings
            self.isViaProxy = isViaProxy
            self.keepsFraming = keepsFraming
            self.acceptsUpgrade = acceptsUpgrade
            self.isConnectionReused = isConnectionReused
            self.isStrict = isStrict
        }
    }

    /// ```
    ///          ┌──────── informational ────────┐
    ///          ▼                               │
    ///        start ── HTTP/ ──────────────► head ──┬── length ─────────────┐
    ///          │                                   ├── chunked ─ trailers ─┼─► finished
    ///          └── HTTP/0.9 ── earlierBody ─┐      └── untilClose ─────────┘
    ///                                       └─────────────▲
    ///        any of them ── error ──► failed
    /// ```
    private enum State {
        /// Before `HTTP/` has been seen → head, earlierBody.
        case start
        /// In a head → start (after an informational one), length, chunked, untilClose.
        case head
        /// An HTTP/0.9 answer has begun; what `prefix` holds is delivered first → untilClose.
        case earlierBody
        /// So many bytes of body are left, possibly none → finished.
        case length(Int64)
        /// In the chunks → trailers.
        case chunked
        /// After the last chunk → finished.
        case trailers
        /// In a body that the end of the stream ends → finished.
        case untilClose
        /// The end has been told.
        case finished
        /// An error has been thrown; it will be thrown again.
        case failed(HTTPError)
    }

    private let limits: Limits
    private let options: Options
    private let isHead: Bool
    private let isConnect: Bool
    private var state = State.start
    // The readers stand beside the state, not in its cases: taking one out of an enum to change it would copy its buffer.
    private var prefix = ResponsePrefix()
    private var reader: SectionReader
    private var decoder: ChunkedDecoder
    private var headBytes = 0
    private var informationalHeads = 0
    private var bodyBytes: Int64 = 0
    private var endsReusable = false

    /// The transfer codings under the framing that the caller must undo, in the order in which they were applied, lower
    /// case, without `chunked`. Set from `.head` on; empty without `Options.acceptsTransferCodings`.
    public private(set) var transferCodings: [String] = []

    /// What was wrong with the response and was read all the same, in the order in which it was found: it could be read in two
    /// ways, so the connection must not carry another exchange. Complete at `.end`; empty with `Options.isStrict`.
    public private(set) var oddities: [HTTPError] = []

    /// After an error in a head: that head as far as it had come, or its beginning where it is long.
    public private(set) var refusedHead: [UInt8] = []

    /// Whether any byte of this response has come; if not, the request may be safe to send again on a fresh connection.
    public private(set) var receivedAnything = false

    /// A parser for the response to a request of this method. HEAD and CONNECT, in capitals, change the framing.
    public init(method: String, options: Options = Options(), limits: Limits = .default) {
        self.limits = limits
        self.options = options
        isHead = method == "HEAD"
        isConnect = method == "CONNECT"
        reader = SectionReader(HeadSection(limits: limits), limit: 0, tooLarge: .headTooLarge(limit: 0))
        decoder = ChunkedDecoder(lineLimit: limits.chunkLineBytes)
    }

    /// The body bytes that are still to come where a length is known (0 where there is no body or it is complete); nil before
    /// the head and for bodies without a known length. Such bytes need not pass through `next`: see `skipBody(_:)`.
    public var bodyBytesRemaining: Int64? {
        switch state {
        case .length(let left): left
        case .finished: 0
        case .start, .head, .earlierBody, .chunked, .trailers, .untilClose, .failed: nil
        }
    }

    /// The body bytes delivered or skipped so far.
    public var bodyBytesReceived: Int64 { bodyBytes }

    /// Counts body bytes that the caller has taken off the connection itself. `next` or `finish` then tells the end.
    ///
    /// - Precondition: no more than `bodyBytesRemaining`; any number in a body until the close.
    public mutating func skipBody(_ count: Int64) {
        switch state {
        case .length(let left) where (0...left).contains(count): state = .length(left - count)
        case .untilClose where count >= 0: break
        default: preconditionFailure("\(count) body bytes skipped in \(state)")
        }
        bodyBytes += count
    }

    /// After `.end`: whether the connection may carry another exchange. The sender must keep it open (RFC 9112 §9.3) and the
    /// framing must leave no doubt where the response ended; not so after a body until the close, a tunnel's 2xx, a 204 that
    /// announced a body, or a response with `oddities`. Input beyond the offset (bytes that answer no request) forbids it too: the
    /// caller says so with `noteBytesBehind`. False before the end and after an error.
    public var connectionIsReusable: Bool {
        if case .finished = state { return endsReusable && oddities.isEmpty }
        return false
    }

    /// Reads on in `input` from `offset` and moves `offset` past what was used.
    ///
    /// - Returns: one event. `needsMore` only with all input used up; after `.end`, `.end` again, nothing more used.
    /// - Throws: what is wrong with the response; every later call throws the same again.
    public mutating func next(
        _ input: UnsafeRawBufferPointer, _ offset: inout Int
    ) throws(HTTPError) -> Event {
        if offset < input.count { receivedAnything = true }
        do {
            return try step(input, &offset)
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Tells the parser that the stream has ended. Call it until it returns `.end` or throws: an HTTP/0.9 answer of a few bytes
    /// yields its head and body first.
    ///
    /// - Returns: `.end` if the response may end here.
    /// - Throws: `emptyReply` if no byte has come, `truncatedHead` or `truncatedBody` inside a response.
    public mutating func finish() throws(HTTPError) -> Event {
        let error: HTTPError
        switch state {
        case .start:
            if !receivedAnything {
                error = .emptyReply
            } else if informationalHeads > 0, prefix.isEmptyLines {
                error = .noFinalResponse
            } else if isHTTP09Allowed {
                return beginHTTP09()
            } else {
                error = .truncatedHead(received: headBytes + prefix.bytes.count)
            }
        case .head:
            error = .truncatedHead(received: headBytes + reader.count)
            refusedHead = reader.refused(with: [])
        case .earlierBody where !prefix.bytes.isEmpty: return deliverEarlierBody()
        case .length(0), .earlierBody, .untilClose, .finished: return end()
        case .length(let left): error = .truncatedBody(received: bodyBytes, expected: bodyBytes + left)
        case .chunked, .trailers: error = .truncatedBody(received: bodyBytes, expected: nil)
        case .failed(let earlier): error = earlier
        }
        state = .failed(error)
        throw error
    }
}

extension ResponseParser {
    private mutating func step(
        _ input: UnsafeRawBufferPointer, _ offset: inout Int
    ) throws(HTTPError) -> Event {
        while true {
            switch state {
            case .start:
                switch prefix.read(input, &offset) {
                case .needsMore: return .needsMore
                case .http: beginHead()
                case .notHTTP:
                    guard isHTTP09Allowed else { throw notHTTP }
                    return beginHTTP09()
                }
            case .head:
                var raw: [UInt8]?
                do {
                    guard let block = try reader.read(input, &offset) else { return .needsMore }
                    raw = block.raw
                    return try finishHead(block.raw, block.section)
                } catch {
                    refusedHead = raw ?? reader.refused(with: input[offset...])
                    throw error
                }
            case .earlierBody where !prefix.bytes.isEmpty: return deliverEarlierBody()
            case .length(0), .finished: return end()
            case .length(let left):
                let count = min(left, Int64(input.count - offset))
                state = .length(left - count)
                return deliver(Int(count), &offset)
            case .earlierBody, .untilClose:
                state = .untilClose
                return deliver(input.count - offset, &offset)
            case .chunked where options.keepsFraming, .trailers where options.keepsFraming:
                return try passFraming(input, &offset)
            case .chunked:
                switch try decoder.next(input, &offset) {
                case .needsMore: return .needsMore
                case .data(let range):
                    bodyBytes += Int64(range.count)
                    return .body(range)
                case .lastChunk: beginTrailers()
                }
            case .trailers:
                guard let block = try reader.read(input, &offset) else { return .needsMore }
                try noteLineEnds(block.section)
                return end(
                    trailers: block.section.ranges.map {
                        let field = ResponseHead.Field(raw: block.raw, range: $0)
                        return HeaderField(name: field.name, content: ByteString(field.valueBytes))
                    })
            case .failed(let error): throw error
            }
        }
    }

    /// Finds the end of the chunked coding and hands everything up to it on.
    private mutating func passFraming(
        _ input: UnsafeRawBufferPointer, _ offset: inout Int
    ) throws(HTTPError) -> Event {
        let start = offset
        search: while true {
            switch state {
            case .chunked:
                switch try decoder.next(input, &offset) {
                case .needsMore: break search
                case .data: break
                case .lastChunk: beginTrailers()
                }
            case .trailers:
                guard let block = try reader.read(input, &offset) else { break search }
                try noteLineEnds(block.section)
                state = .finished
            case .start, .head, .earlierBody, .length, .untilClose, .finished, .failed: break search
            }
        }
        guard offset > start else { return .needsMore }
        bodyBytes += Int64(offset - start)
        return .body(start..<offset)
    }

    private mutating func beginHead() {
        // What earlier heads of this response took counts against the same limit.
        reader = SectionReader(
            HeadSection(limits: limits), start: prefix.headStart, limit: limits.headBytes - headBytes,
            tooLarge: .headTooLarge(limit: limits.headBytes))
        state = .head
    }

    private mutating func beginTrailers() {
        reader = SectionReader(
            HeadSection(limits: limits, isTrailer: true), limit: limits.headBytes,
            tooLarge: .trailersTooLarge(limit: limits.headBytes))
        state = .trailers
    }

    private mutating func finishHead(_ raw: [UInt8], _ section: HeadSection) throws(HTTPError) -> Event {
        guard let head = section.makeHead(raw: raw) else { throw .malformedStatusLine(ASCII.excerpt(raw)) }
        headBytes += raw.count
        try head.validateLocation()
        if head.isInformational {
            informationalHeads += 1
            guard informationalHeads <= limits.informationalHeads else {
                throw .tooManyInformational(limit: limits.informationalHeads)
            }
            state = .start
            prefix = ResponsePrefix()
            return .informational(head)
        }
        let isUpgrade = head.status == 101
        if isUpgrade, !options.acceptsUpgrade { throw .unaskedUpgrade }
        let decision = try BodyFraming.decide(head, isHead: isHead, isConnect: isConnect, options: options)
        if section.hasSkippedLine {
            try note(.malformedLine(line: "the head", .blankBeforeField))
        }
        for oddity in decision.oddities { try note(oddity) }
        let framing = isUpgrade ? .untilClose : decision.framing
        transferCodings = decision.codings
        endsReusable = head.keepsAlive(viaProxy: options.isViaProxy) && leavesNoDoubt(head, framing)
        switch framing {
        case .none: state = .length(0)
        case .length(let count): state = .length(count)
        case .chunked: state = .chunked
        case .untilClose: state = .untilClose
        }
        return .head(head, framing)
    }

    private func leavesNoDoubt(_ head: ResponseHead, _ framing: BodyFraming) -> Bool {
        switch framing {
        case .untilClose: false
        case .length, .chunked: true
        case .none:
            // A 204 must not announce a body (RFC 9110 §8.6, RFC 9112 §6.1); a sender that does may well send one.
            if head.status == 204 {
                !head.contains("Transfer-Encoding") && head.contentLength ?? 0 == 0
            } else {
                !(isConnect && (200..<300).contains(head.status))
            }
        }
    }

    /// After a status line on the connection, or with the option off, bytes that are no HTTP are an error.
    private var isHTTP09Allowed: Bool {
        options.allowsHTTP09 && informationalHeads == 0 && !options.isConnectionReused && !isHead
    }

    private var notHTTP: HTTPError {
        if options.isConnectionReused { return .notHTTPOnReusedConnection }
        return options.allowsHTTP09 && isHead ? .bodyInsteadOfHead : .notHTTP
    }

    /// After `.end`: there was input beyond the offset.
    /// - Throws: with `Options.isStrict`.
    public mutating func noteBytesBehind() throws(HTTPError) { try note(.bytesBehindResponse) }

    private mutating func note(_ oddity: HTTPError) throws(HTTPError) {
        if options.isStrict { throw oddity }
        oddities.append(oddity)
    }

    /// At the end of a chunked body with its trailers.
    private mutating func noteLineEnds(_ trailers: HeadSection) throws(HTTPError) {
        if decoder.hasBareLineFeed || trailers.hasBareLineFeed { try note(.malformedChunk(.bareLF)) }
    }

    private mutating func beginHTTP09() -> Event {
        state = .earlierBody
        return .head(.http09, .untilClose)
    }

    private mutating func deliverEarlierBody() -> Event {
        state = .untilClose
        bodyBytes += Int64(prefix.bytes.count)
        return .earlierBody(prefix.bytes)
    }

    private mutating func deliver(_ count: Int, _ offset: inout Int) -> Event {
        guard count > 0 else { return .needsMore }
        bodyBytes += Int64(count)
        offset += count
        return .body(offset - count..<offset)
    }

    private mutating func end(trailers: [HeaderField] = []) -> Event {
        state = .finished
        return .end(trailers: trailers)
    }
}

extension HeadSection {
    /// The head whose lines have been read from `raw`; nil if there was no status line.
    func makeHead(raw: [UInt8]) -> ResponseHead? {
        line.map { ResponseHead(raw: raw, line: $0, ranges: ranges, names: names) }
    }
}
