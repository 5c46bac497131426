public import Connector
public import HTTPCore

extension HTTPClient {
    /// How a client sends its requests, and what their answers lead to.
    public struct Configuration: Sendable {
        /// How redirects are followed; nil = they are not. What was given for one origin (logins, `Cookie` and every other
        /// field with a secret in its name) goes to no other.
        public var redirects: RedirectPolicy? = RedirectPolicy(keepsMethod: false)
        /// Where cookies are kept, and taken from; nil = cookies are not kept. Clients may share a jar.
        public var cookies: CookieJar?
        /// Asks for compressed bodies and decodes them. A request that sets `Accept-Encoding` itself gets its body as it
        /// comes, and so does one with `Range`: part of a compressed body cannot be decoded.
        public var decodesContent = true
        /// Remembers which hosts are to be asked over TLS only (RFC 6797), for the life of the client.
        public var remembersStrictTransport = true
        /// Sends a request again if its connection was lost before a byte of the response came, the connection had served
        /// before, and the method is idempotent.
        public var repeatsLostRequests = true
        /// Bodies longer than this, and those of unknown length, wait until the server asks for them (`Expect:
        /// 100-continue`); nil = none does.
        public var expectThresholdBytes: Int64? = 1024 * 1024
        /// How long a body waits for `100 Continue` before it is sent without it.
        public var continueTimeout = Duration.seconds(1)
        /// Limits for every request.
        public var timeouts = Timeouts()
        /// Sent with every request, unless the request has a field of that name. As there, `Content-Length` and
        /// `Transfer-Encoding` are ignored.
        public var fields: [HeaderField] = []
        /// The proxy for a URL; nil = none. Called on the event loop, for each request.
        public var proxy: (@Sendable (HTTPURL) -> Proxy?)?

        /// Redirects are followed, bodies decoded, cookies not kept, and only connecting has a time limit.
        public init() {}
    }

    /// How long a request may take. nil = no limit; zero or less fails the request.
    public struct Timeouts: Hashable, Sendable {
        /// From the call to the last byte of the body, redirects included.
        public var total: Duration?
        /// For one connection, once there is a slot for it: the name, the socket, the proxy and TLS together.
        public var connect: Duration?
        /// While a request is under way, less than a byte a second over this time ends it. Time that a body waits for its
        /// reader, or for the sequence that makes it, does not count.
        public var idle: Duration?

        /// Thirty seconds for connecting, and no other limit, unless given.
        public init(total: Duration? = nil, connect: Duration? = .seconds(30), idle: Duration? = nil) {
            self.total = total
            self.connect = connect
            self.idle = idle
        }

        /// The limits of a request that begins now.
        func limits(total: Duration?) throws(ConnectorOptionError) -> RequestLimits {
            for case (let name, let limit?) in [("connect", connect), ("idle", idle)] where limit <= .zero {
                throw .invalid(
                    option: name, value: "\(limit)", reason: "a timeout must be more than 0 (nil = none)")
            }
            return RequestLimits(
                deadline: (total ?? self.total).map { .now + $0 }, connectTimeout: connect,
                speedFloor: idle.map { SpeedFloor(bytesPerSecond: 1, duration: $0) })
        }
    }
}
