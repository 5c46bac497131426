public import Connector
public import HTTPCore

/// Why an exchange did not come to its end.
public enum HTTPClientError: Error, Sendable {
    /// There is no connection.
    case connector(ConnectorError)
    /// The peer broke the rules of HTTP, or ended too early.
    case http(HTTPError)
    /// Sending the request failed.
    case send(TransportError)
    /// Receiving the response failed. `received` counts body bytes that had come.
    case receive(TransportError, received: Int64)
    /// The deadline passed; `received` of `expected` body bytes had come (nil = length unknown).
    case timedOut(TimeoutPhase, received: Int64, expected: Int64?)
    /// Less was moved than the limits ask for.
    case tooSlow(SpeedFloor)
    /// The body's source failed.
    case source(String)
    /// The body must be sent again and cannot be read again.
    case cannotRewind
    /// The body of the response is not in the coding that it should be in, or in one that is not known: a sentence.
    case decoding(String)
}

/// What was going on when a deadline passed.
public enum TimeoutPhase: String, Hashable, Sendable {
    /// The request.
    case send
    /// Waiting for the head of the response.
    case response
    /// The body of the response.
    case body
}

extension HTTPClientError: CustomStringConvertible {
    /// One sentence without a secret.
    public var description: String {
        switch self {
        case .connector(let error): "\(error)"
        case .http(let error): "\(error)"
        case .send(let error): "sending the request failed: \(error)"
        case .receive(let error, let received):
            received > 0
                ? "receiving failed after \(received) bytes: \(error)"
                : "receiving the response failed: \(error)"
        case .timedOut(.send, _, _): "timed out while sending the request"
        case .timedOut(.response, _, _): "timed out while waiting for the response"
        case .timedOut(.body, let received, let expected):
            "timed out with \(received) out of \(expected.map(String.init) ?? "an unknown number of") bytes received"
        case .tooSlow(let floor):
            "too slow: less than \(floor.bytesPerSecond) bytes a second during \(floor.duration / .seconds(1)) seconds"
        case .source(let text), .decoding(let text): text
        case .cannotRewind: "the request body must be sent again, but its input cannot be read again"
        }
    }
}
