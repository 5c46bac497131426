internal import Connector
internal import HTTPCore

// What the bytes that were read say.
extension Exchange {
    func consume(_ input: UnsafeRawBufferPointer) throws -> Step {
        var offset = 0
        while true {
            let event: ResponseParser.Event
            do {
                event = try parser.next(input, &offset)
                if case .end = event, offset < input.count { try parser.noteBytesBehind() }
            } catch {
                throw fault(error)
            }
            switch event {
            case .needsMore:
                return .progress(input.count)
            case .informational(let head):
                if head.status == 100 { upload?.proceed() }
                firstByte = nil
                try handler.responseInformational(head)
            case .head(let head, let framing):
                // After a 101 the request's body is what this side says in the new protocol.
                if head.status == 101 { upload?.proceed() } else { upload?.finalResponseCame() }
                if try !begin(head, framing) { return .abandoned }
            case .body(let range):
                if try !deliver(UnsafeRawBufferPointer(rebasing: input[range])) { return .abandoned }
            case .earlierBody(let bytes):
                if try !bytes.withUnsafeBytes({ try deliver($0) }) { return .abandoned }
            case .end(let trailers):
                return .complete(trailers: trailers)
            }
        }
    }

    /// The error, after the head that it is about has been told.
    private func fault(_ error: HTTPError) -> HTTPClientError {
        if !parser.refusedHead.isEmpty { events?.tell(.headRefused(parser.refusedHead)) }
        return .http(error)
    }

    /// Settles the route of the body; false when the body is ignored and too long to be read.
    private func begin(_ head: ResponseHead, _ framing: BodyFraming) throws -> Bool {
        status = head.status
        if attempt.setting.isCounted, firstByte == nil { firstByte = .now }
        let route = try handler.responseHead(head, framing: framing)
        var isWorthIt = true
        if case .ignore(let limit) = route {
            // A body that the server sent along with the head is mostly here within `Drain.end`. To wait any longer costs
            // more than a new connection.
            drain = Drain()
            switch framing {
            case .length(let length): isWorthIt = length <= limit
            case .untilClose: isWorthIt = false
            case .chunked: isWorthIt = limit > 0
            case .none: break
            }
        }
        answer = Answer(framing: framing, route: route)
        return isWorthIt
    }

    /// Hands body bytes over as their route says; false when the body is ignored and too long to be read.
    func deliver(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
        events?.bodyCame(bytes)
        switch answer?.route {
        case .deliver, .splice, nil: try handler.responseBody(bytes)
        case .discard: events?.tell(.delivered(bytes.count))
        case .ignore(let limit): return parser.bodyBytesReceived <= limit
        }
        return true
    }

    /// The peer hung up: hands over what the parser still holds, and throws if the response may not end here.
    ///
    /// Where the end of the stream is the end of the body, anybody on the way can have cut a TLS stream that ends without
    /// `close_notify` (RFC 9112 §9.8). A body with a length is judged by its length.
    /// - Returns: the trailers: none.
    func finish(isTruncated: Bool) throws -> [HeaderField] {
        while true {
            let event: ResponseParser.Event
            do {
                event = try parser.finish()
            } catch {
                if case .emptyReply = error, let failure = sendFailure ?? upload?.failure { throw failure }
                throw fault(error)
            }
            switch event {
            case .head(let head, let framing): if try !begin(head, framing) { return [] }
            case .earlierBody(let bytes):
                if try !bytes.withUnsafeBytes({ try deliver($0) }) { return [] }
            case .end(let trailers):
                if isTruncated, answer?.framing == .untilClose {
                    throw HTTPClientError.http(
                        .unconfirmedEnd(received: parser.bodyBytesReceived))
                }
                return trailers
            case .needsMore, .informational, .body:
                preconditionFailure("\(event) at the end of the stream")
            }
        }
    }
}
