internal import Connector
internal import HTTPCore

// What of the layers below an exchange passes on.
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
        // An alert tells more than the broken pipe that it left behind.
        case .tls, .proxyTLS: break
        }
        return HTTPClientError.receive(error, received: parser.bodyBytesReceived)
    }

    /// The transport was closed on this side: by the upload, which has its reason, or by the connector's end.
    private var closedHere: HTTPClientError { upload?.failure ?? .connector(.closed) }

    private var phase: TimeoutPhase {
        if upload?.isSending ?? false, answer == nil || parser.bodyBytesRemaining == 0 { return .send }
        return answer == nil ? .response : .body
    }
}
