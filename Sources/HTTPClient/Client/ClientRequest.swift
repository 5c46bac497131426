internal import Glibc
public import HTTPCore
internal import Synchronization

/// A request as a program states it. Everything else that is sent (Host, framing, logins, cookies) follows from it
/// and from the client's configuration.
///
///     var request = try ClientRequest("https://example.com/items", method: "POST", body: .text("hello"))
///     request.login = .basic(user: "me", password: "secret")
public struct ClientRequest: Sendable {
    /// A token, for example `GET`.
    public var method: String
    /// http, https, or one of the schemes for Unix sockets.
    public var url: HTTPURL
    /// Header fields, sent in this order. A field replaces one that the client would send, such as `Accept`.
    /// `Content-Length` and `Transfer-Encoding` are ignored: they follow from the body.
    public var fields: [HeaderField]
    /// What follows the head.
    public var body: Body
    /// The credentials for the origin of `url`; nil = the user in the URL, if there is one.
    public var login: RequestLogin?

    /// A request without a login.
    public init(
        _ url: HTTPURL, method: String = "GET", fields: [HeaderField] = [], body: Body = .none
    ) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
    }

    /// A request for a URL as people type it; `http` where it names no scheme.
    /// - Throws: `HTTPURLError`, which says what is wrong and where.
    public init(
        _ url: String, method: String = "GET", fields: [HeaderField] = [], body: Body = .none
    ) throws(HTTPURLError) {
        self.init(try HTTPURL.parse(url), method: method, fields: fields, body: body)
    }

    /// The value of the first field of this name; nil = there is none. Setting it replaces all of them.
    public subscript(field name: String) -> String? {
        get { fields.first { $0.isNamed(name) }?.value }
        set {
            fields.removeAll { $0.isNamed(name) }
            if let newValue { fields.append(HeaderField(name: name, value: newValue)) }
        }
    }

    /// What follows the head of a request.
    public struct Body: Sendable {
        enum Content: Sendable {
            case none
            case bytes([UInt8])
            case file(path: String)
            case source(length: Int64?, @LoopActor @Sendable () -> any BodySource)
        }

        let content: Content

        /// Nothing.
        public static let none = Body(content: .none)

        /// Bytes in memory.
        public static func bytes(_ bytes: some Sequence<UInt8>) -> Body {
            Body(content: .bytes(Array(bytes)))
        }

        /// Text in UTF-8.
        public static func text(_ text: String) -> Body { .bytes(text.utf8) }

        /// A regular file, from its first byte to its last as it is when the request is executed. It is opened when it is
        /// sent, so that requests in line hold no descriptors.
        public static func file(_ path: String) -> Body { Body(content: .file(path: path)) }

        /// The pieces of a sequence, each asked for when the one before is sent. It can be sent only once: a redirect or a
        /// login that needs it again, and another request with the same body, fail with `HTTPClientError.cannotRewind`.
        /// - Parameters:
        ///   - pieces: asked for off the event loop, so they may take their time. What it throws ends the request and is
        ///     thrown to the caller. It should end when its task is cancelled.
        ///   - length: of all pieces together, 0 or more; a body that is shorter or longer fails the request, so the last
        ///     bytes are sent when the sequence has ended. nil = it is not known, and the body is sent in chunks.
        /// - Returns: the body.
        public static func stream<Pieces: AsyncSequence & Sendable>(
            _ pieces: Pieces, length: Int64? = nil
        ) -> Body where Pieces.Element == [UInt8] {
            let use = SingleUse()
            return source(length) { SequenceBodySource(beginOnly: use.begin) { pieces } }
        }

        /// The pieces of a sequence that is made anew each time the body is sent.
        /// - Parameters:
        ///   - length: as for a body that is sent once.
        ///   - makePieces: called on the event loop; the pieces are asked for off it.
        /// - Returns: the body.
        public static func stream<Pieces: AsyncSequence>(
            length: Int64? = nil, makePieces: @escaping @Sendable () -> Pieces
        ) -> Body where Pieces.Element == [UInt8] {
            source(length) { SequenceBodySource(makePieces) }
        }

        private static func source(
            _ length: Int64?, _ make: @escaping @LoopActor @Sendable () -> any BodySource
        ) -> Body {
            guard let length else { return Body(content: .source(length: nil, make)) }
            return Body(content: .source(length: length) { MeasuredBodySource(make(), length: length) })
        }

        var isNone: Bool {
            if case .none = content { true } else { false }
        }

        /// The body as an exchange sends it.
        /// - Throws: `HTTPClientError.source` for a length below 0, `BodySourceError` for what is no file.
        @LoopActor
        func open() throws -> RequestBody {
            switch content {
            case .none: return .none
            case .bytes(let bytes): return .bytes(bytes)
            case .file(let path):
                return .sized(OnDemandFileSource(path: path, size: try FileBodySource.size(of: path)))
            case .source(let length?, _) where length < 0:
                throw HTTPClientError.source("a request body cannot have \(length) bytes")
            case .source(nil, let make): return .chunked(make())
            case .source(.some, let make): return .sized(make())
            }
        }
    }
}

/// Lets what can be read only once be read once, whoever asks.
private final class SingleUse: Sendable {
    private let isOver = Mutex(false)

    /// - Throws: `HTTPClientError.cannotRewind` from the second call on.
    @Sendable func begin() throws {
        let wasOver = isOver.withLock { isOver in
            defer { isOver = true }
            return isOver
        }
        if wasOver { throw HTTPClientError.cannotRewind }
    }
}

/// Credentials of a request.
public enum RequestLogin: Hashable, Sendable {
    /// User and password are sent with the request, only encoded.
    case basic(user: String, password: String)
    /// A proof of the password is sent with the request, once the server has sent its challenge.
    case digest(user: String, password: String)
    /// The best of these that the server offers.
    case any(user: String, password: String)
    /// A token is sent with the request.
    case bearer(String)
}

extension FileBodySource {
    /// Opens a regular file, to be given from its first byte to its last.
    /// - Throws: `BodySourceError`.
    public convenience init(path: String) throws(BodySourceError) {
        // Without O_NONBLOCK, to open a pipe would block.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw BodySourceError(name: path, errno: Errno(rawValue: errno)) }
        var status = stat()
        do {
            let size = try Self.size(path, fstat(descriptor, &status), status)
            self.init(name: path, descriptor: descriptor, start: 0, length: size)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    /// The size of a regular file, in bytes.
    nonisolated static func size(of path: String) throws(BodySourceError) -> Int64 {
        var status = stat()
        return try size(path, stat(path, &status), status)
    }

    nonisolated private static func size(
        _ path: String, _ result: CInt, _ status: stat
    ) throws(BodySourceError) -> Int64 {
        guard result == 0 else { throw BodySourceError(name: path, errno: Errno(rawValue: errno)) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return Int64(status.st_size)
        case S_IFDIR: throw BodySourceError(name: path, errno: Errno(rawValue: EISDIR))
        default: throw BodySourceError(name: path, errno: .invalidArgument)
        }
    }
}
