internal import Connector
internal import HTTPCore

// How an exchange reports the errors of the layers below.
extension Exchange {
    func translate(_ error: WaitError) -> any Error {
        switch error {
        case .cancelled: return CancellationError()
        case .closed: return closedHere
        case .timedOut:
            let expected = parser.bodyBytesRemaining.map { $0 + parser.bodyBytesReceived }
            return HTTPClientError.timedOut(
                phase, received: parser.bodyBytesReceived, expected: expected)
        }
    }

    func translate(_ error: TransportError) -> any Error {
        switch error {
        case .closed: return closedHere
        case .io: if !hasReceived, let failure = sendFailure ?? upload?.failure { return failure }
        // A TLS alert says more than the failed write that follows it.
        case .tls, .proxyTLS: break
        }
        return HTTPClientError.receive(error, received: parser.bodyBytesReceived)
    }

    /// This side closed the transport: whoever could not send did, for the reason that is kept, or the connector was closed.
    private var closedHere: HTTPClientError { sendFailure ?? upload?.failure ?? .connector(.closed) }

    private var phase: TimeoutPhase {
        if upload?.isSending ?? false, answer == nil || parser.bodyBytesRemaining == 0 { return .send }
        return answer == nil ? .response : .body
    }
}
