public import HTTPCore

/// Why a request of an `HTTPClient` failed: which request it was, and the reason.
///
/// `HTTPClient.execute` and whoever reads the body of its response throw it for all that servers, networks and
/// configurations do. Not in it are `CancellationError`, and what the sequence of a request's body threw.
public struct RequestError: Error, Sendable {
    /// For example `GET`.
    public let method: String
    /// Where the request went, without user and password. Behind a redirect it is not the URL that was asked for.
    public let url: HTTPURL
    /// `HTTPClientError` for the exchange and its connection; `FollowUpError` for a redirect or a login; for what cannot be
    /// sent `BodySourceError`, `BodyTooLong` and `HTTPURLError`; `ConnectorOptionError`, or what making the client's connector threw.
    public let reason: any Error

    /// Names all of it.
    public init(method: String, url: HTTPURL, reason: any Error) {
        self.method = method
        self.url = url.withoutUserinfo
        self.reason = reason
    }
}

extension RequestError: CustomStringConvertible {
    /// One sentence, for example `GET http://a.test/: timed out while waiting for the response`; the values of secret
    /// parameters of the URL are hidden.
    public var description: String {
        "\(ASCII.excerpt(method.utf8)) \(SecretPairs.hidden(url.description, mark: "***")): \(reason)"
    }
}
