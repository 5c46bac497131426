public import HTTPCore

/// Decides whether and how a redirect is followed. Pure.
///
/// The method that comes next, by what was sent (RFC 9110 §15.4, with the habits of browsers and curl):
///
/// | sent | 301, 302 | 303 | others |
/// |---|---|---|---|
/// | POST | GET | GET | POST with body |
/// | PUT | PUT with body | GET | PUT with body |
/// | GET, HEAD | same | same | same |
/// | a method chosen by the user, `keepsMethod` | same method; body as above | same method | same method |
/// | the same without `keepsMethod` | GET where there was data, else same method | GET | same method |
public struct RedirectPolicy: Sendable {
    /// How many redirects in a row are followed; nil = any number.
    public var limit: Int?
    /// A method that the user named is kept, whatever the status; else it becomes GET where the status asks for that.
    public var keepsMethod: Bool
    /// Statuses after which a POST stays one: any of 301, 302 and 303.
    public var keepsPOSTAfter: Set<Int>
    /// Redirects may lead from a Unix socket to the network, from there to a socket, and from one socket to another.
    public var crossesSockets = false

    /// Fifty redirects, methods as the table says.
    public init(limit: Int? = 50, keepsMethod: Bool = true, keepsPOSTAfter: Set<Int> = []) {
        self.limit = limit
        self.keepsMethod = keepsMethod
        self.keepsPOSTAfter = keepsPOSTAfter
    }

    /// What a request was, as far as it matters here.
    public enum RequestKind: Hashable, Sendable {
        /// Without a body, GET or whatever the user named.
        case get
        /// Only the head is wanted.
        case head
        /// With data.
        case post
        /// An upload.
        case put
    }

    /// The request that follows.
    public struct Next: Sendable {
        /// Where to.
        public var url: HTTPURL
        /// Decides method and body.
        public var kind: RequestKind
        /// A method that the user named is used again.
        public var keepsMethod: Bool
        /// Another scheme, host or port: credentials and cookies given by hand stay behind.
        public var crossesOrigin: Bool
    }

    /// What to do after a response.
    public enum Decision: Sendable {
        /// It is no redirect.
        case done
        /// Send this next.
        case follow(Next)
        /// One more than the limit.
        case tooMany(limit: Int)
        /// It names no URL that can be requested.
        case invalid(HTTPURLError)
    }

    /// Decides after the final response `head` to a request of `kind` for `url`, with `followed` redirects before.
    public func decide(_ head: ResponseHead, url: HTTPURL, kind: RequestKind, followed: Int) -> Decision {
        guard let target = Self.target(of: head, at: url, crossesSockets: crossesSockets) else {
            return .done
        }
        if let limit, followed >= limit { return .tooMany(limit: limit) }
        switch target {
        case .failure(let error):
            return .invalid(error)
        case .success(let next):
            let becomesGET = becomesGET(kind, after: head.status)
            return .follow(
                Next(
                    url: next, kind: becomesGET ? .get : kind, keepsMethod: keepsMethod || !becomesGET,
                    crossesOrigin: !next.isSameOrigin(as: url)))
        }
    }

    /// Where a redirect points; nil when `head` is none, or names nothing in an empty `Location`.
    public static func target(
        of head: ResponseHead, at url: HTTPURL, crossesSockets: Bool = false
    ) -> Result<HTTPURL, HTTPURLError>? {
        guard (300..<400).contains(head.status), head.status != 304,
            let location = head.firstField("Location"), !location.valueBytes.isEmpty
        else { return nil }
        do {
            return .success(
                try url.resolve(reference: Array(location.valueBytes), crossesSockets: crossesSockets))
        } catch {
            return .failure(error)
        }
    }

    private func becomesGET(_ kind: RequestKind, after status: Int) -> Bool {
        switch (kind, status) {
        case (.post, 301), (.post, 302), (.post, 303): !keepsPOSTAfter.contains(status)
        case (.put, 303), (.get, 303): true
        case (.get, _), (.head, _), (.post, _), (.put, _): false
        }
    }
}
