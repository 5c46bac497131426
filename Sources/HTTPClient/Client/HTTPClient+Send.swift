public import Connector
public import HTTPCore

// One request and its response as they are on the wire, for callers that write heads and take bytes themselves.
extension HTTPClient {
    /// Sends `request` to `endpoint` as it is and hands the response to `handler`: no redirect, no login, no decoding, and
    /// nothing of the configuration counts.
    ///
    /// Once it returns or throws, it uses neither the body's source nor the handler any more.
    /// - Parameters:
    ///   - request: goes on the wire as it is.
    ///   - endpoint: from the connector's `endpoint(for:)`.
    ///   - handler: takes the response.
    ///   - parserOptions: what of the response is accepted.
    ///   - limits: deadlines and the least speed.
    ///   - pace: how fast the bytes may go; nil = as fast as they can.
    ///   - events: told what happens; nil costs nothing.
    /// - Throws: `HTTPClientError`, `CancellationError`, what the handler threw, or `ConnectorOptionError` for a
    ///   `connectTimeout` of zero or less.
    @LoopActor
    public func send(
        _ request: RequestMessage, to endpoint: Endpoint, handler: any ExchangeHandler,
        parserOptions: ResponseParser.Options = ResponseParser.Options(),
        limits: RequestLimits = RequestLimits(),
        pace: (any Pace)? = nil, events: TransferEvents? = nil
    ) async throws {
        let setting = RequestAttempt.Setting(
            handler: handler, parserOptions: parserOptions, limits: limits, pace: pace, events: events,
            id: ConnectID(events?.transfer ?? 0), mayRepeat: configuration.repeatsLostRequests,
            isCounted: true)
        let attempt = RequestAttempt(request, to: endpoint, over: try session.connector(), setting)
        try await drive(attempt)
    }
}
