public import HTTPCore

/// One request as it goes on the wire: nothing is added to it, nothing reordered.
public struct RequestMessage: Sendable {
    /// A token, for example `GET`.
    public var method: String
    /// The request-target: `/path?query`, the absolute form for a proxy, or `*`.
    public var target: String
    /// `HTTP/1.1` unless said otherwise.
    public var version: HTTPVersion
    /// All header fields in the order they are sent, Host and framing included.
    public var fields: [HeaderField] {
        get { block?.fields ?? ownFields }
        set {
            block = nil
            ownFields = newValue
        }
    }
    /// The value of the first Referer field.
    package var referer: String? {
        if let block { block.referer } else { ownFields.first { $0.isNamed("Referer") }?.value }
    }
    private var ownFields: [HeaderField]
    /// The fields, checked and serialized in advance; nil = that is done when the request is sent.
    private(set) var block: FieldBlock?
    /// What follows the head.
    public var body: RequestBody
    /// With `Expect: 100-continue` among the fields: how long the body waits for `100 Continue` before it is sent without;
    /// nil = it does not wait.
    public var continueTimeout: Duration?

    /// A request without a body unless one is given.
    public init(
        method: String, target: String, version: HTTPVersion = .http11, fields: [HeaderField],
        body: RequestBody = .none, continueTimeout: Duration? = nil
    ) {
        self.method = method
        self.target = target
        self.version = version
        ownFields = fields
        self.body = body
        self.continueTimeout = continueTimeout
    }

    /// A request without a body whose fields were serialized in advance.
    public init(method: String, target: String, version: HTTPVersion = .http11, block: FieldBlock) {
        self.method = method
        self.target = target
        self.version = version
        ownFields = []
        self.block = block
        body = .none
        continueTimeout = nil
    }

    /// True for methods that may be sent twice with the effect of once (RFC 9110 §9.2.2).
    public var isIdempotent: Bool {
        switch method {
        case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE": true
        default: false
        }
    }
}

/// What follows the head of a request.
public enum RequestBody: Sendable {
    /// Nothing.
    case none
    /// Bytes in memory; the fields say `Content-Length`.
    case bytes([UInt8])
    /// A source whose `length` the fields say in `Content-Length`.
    case sized(any BodySource)
    /// A source of unknown length, sent in chunks; the fields say `Transfer-Encoding: chunked`.
    case chunked(any BodySource)
}

extension RequestMessage {
    /// True when the request announces that no other follows on the connection.
    var endsConnection: Bool {
        let options = block?.connectionOptions ?? ConnectionOptions(of: fields)
        return options.closes || version < .http11 && !options.keepsAlive
    }
}

extension RequestBody {
    /// Back to the first byte; false when the source cannot.
    @LoopActor
    public func rewind() -> Bool {
        switch self {
        case .none, .bytes: true
        case .sized(let source), .chunked(let source): source.rewind()
        }
    }

    /// Whether `rewind` would go back.
    @LoopActor
    var canRewind: Bool {
        switch self {
        case .none, .bytes: true
        case .sized(let source), .chunked(let source): source.canRewind
        }
    }
}
