/// A web address that can be fetched: `http`, `https`, or either of them over a Unix socket.
///
/// Made by `parse` and `resolve` only, so every value is sound: no control byte, space or byte beyond ASCII
/// anywhere, a host that is an ASCII name or an address, a path that begins with `/`. The bytes of path and
/// query are otherwise those that were given.
///
///     let url = try HTTPURL.parse("example.com:8080/a/../b?c")
///     url.host           // "example.com"
///     url.requestTarget  // "/b?c"
public struct HTTPURL: Sendable {
    /// The protocol, and whether the host is a Unix socket.
    public enum Scheme: String, Hashable, Sendable, CaseIterable {
        /// Plain HTTP over TCP.
        case http
        /// HTTP over TLS over TCP.
        case https
        /// Plain HTTP over a Unix socket, whose path is the percent-encoded host.
        case httpUnix = "http+unix"
        /// HTTP over TLS over a Unix socket.
        case httpsUnix = "https+unix"

        /// Whether the exchange goes through TLS.
        public var isTLS: Bool { self == .https || self == .httpsUnix }

        /// Whether `socketPath` says where to connect.
        public var isUnixSocket: Bool { self == .httpUnix || self == .httpsUnix }

        /// 80 or 443.
        public var defaultPort: UInt16 { isTLS ? 443 : 80 }
    }

    /// The most bytes of a URL that are read.
    public static let maximumLength = 8_000_000

    /// What stands before the path: shared by the URLs of one server.
    private final class Place: Sendable {
        let scheme: Scheme
        let encodedUser: String?
        let encodedPassword: String?
        let host: String
        let zone: String?
        let socketPath: String?
        let port: UInt16?

        init(_ parts: Parts) {
            scheme = parts.scheme
            encodedUser = parts.encodedUser
            encodedPassword = parts.encodedPassword
            host = parts.host
            zone = parts.zone
            socketPath = parts.socketPath
            port = parts.port
        }
    }

    /// The parts are behind one reference: each request passes its URL on many times, and copying ten words with
    /// their reference counts each time costs more than parsing it.
    private final class Storage: Sendable {
        let place: Place
        let path: String
        let query: String?
        let fragment: String?

        init(_ place: Place, path: String, query: String?, fragment: String?) {
            self.place = place
            self.path = path
            self.query = query
            self.fragment = fragment
        }
    }

    /// The parts as the accessors below describe them.
    struct Parts: Sendable {
        var scheme: Scheme
        var encodedUser: String?
        var encodedPassword: String?
        var host: String
        var zone: String?
        var socketPath: String?
        var port: UInt16?
        var path: String
        var query: String?
        var fragment: String?
    }

    private var storage: Storage

    /// Changing parts makes a URL of its own.
    var parts: Parts {
        get {
            Parts(
                scheme: scheme, encodedUser: encodedUser, encodedPassword: encodedPassword, host: host,
                zone: zone, socketPath: socketPath, port: port, path: path, query: query, fragment: fragment)
        }
        set { self = HTTPURL(newValue) }
    }

    init(_ parts: Parts) {
        storage = Storage(Place(parts), path: parts.path, query: parts.query, fragment: parts.fragment)
    }

    private init(_ storage: Storage) {
        self.storage = storage
    }

    /// The same place with another path and query, which must be valid; no fragment.
    func sibling(path: String, query: String?) -> HTTPURL {
        HTTPURL(Storage(storage.place, path: path, query: query, fragment: nil))
    }

    /// True only when both lead to the same server as the same user. Exact and quick for siblings; false for others
    /// may only mean that a full comparison is needed.
    public func isSibling(of other: HTTPURL) -> Bool {
        storage.place === other.storage.place
    }

    /// The scheme.
    public var scheme: Scheme { storage.place.scheme }
    /// The user as written, percent-encoded; nil when there is no `@`.
    public var encodedUser: String? { storage.place.encodedUser }
    /// The password as written, percent-encoded; nil when there is no `:` before the `@`.
    public var encodedPassword: String? { storage.place.encodedPassword }
    /// A lower-case name, or an address: IPv6 in canonical form without brackets and zone. Numbers that are
    /// not proper IPv4 addresses stay as written (see `IPAddress.isNonCanonicalIPv4`). `localhost` when the
    /// URL names a Unix socket.
    public var host: String { storage.place.host }
    /// The zone of a link-local IPv6 address (`eth0`).
    public var zone: String? { storage.place.zone }
    /// The decoded path of the Unix socket; non-nil exactly for the Unix socket schemes. A leading `@` is the
    /// caller's to interpret.
    public var socketPath: String? { storage.place.socketPath }
    /// The port when it is given and is not the scheme's default.
    public var port: UInt16? { storage.place.port }
    /// Begins with `/`.
    public var path: String { storage.path }
    /// What follows the `?`; nil without `?`, and empty when nothing follows.
    public var query: String? { storage.query }
    /// What follows the `#`; nil without `#`. It is never sent and no part of equality.
    public var fragment: String? { storage.fragment }
    /// Whether there is a `#`.
    package var hasFragment: Bool { storage.fragment != nil }

    /// The port to connect to; meaningless for a Unix socket.
    public var effectivePort: UInt16 { port ?? scheme.defaultPort }

    /// The host as an address, if it is one; a zone is part of it.
    public var address: IPAddress? {
        switch IPAddress(host) {
        case .v6(let value, _): .v6(value, zone: zone)
        case let other: other
        }
    }

    /// The decoded user. An invalid escape stands for itself.
    public var userBytes: [UInt8]? { encodedUser.map { PercentCoding.decodeLeniently($0.utf8) } }

    /// The decoded password. An invalid escape stands for itself.
    public var passwordBytes: [UInt8]? { encodedPassword.map { PercentCoding.decodeLeniently($0.utf8) } }

    /// `userBytes` as text, where bytes that are not UTF-8 were replaced.
    public var user: String? { userBytes.map { String(decoding: $0, as: UTF8.self) } }

    /// `passwordBytes` as text, where bytes that are not UTF-8 were replaced.
    public var password: String? { passwordBytes.map { String(decoding: $0, as: UTF8.self) } }

    /// Whether the URL has an `@` with anything before it.
    public var hasUserinfo: Bool { !(encodedUser ?? "").isEmpty || encodedPassword != nil }

    /// The URL without user and password.
    public var withoutUserinfo: HTTPURL {
        var copy = self
        copy.parts.encodedUser = nil
        copy.parts.encodedPassword = nil
        return copy
    }
}

extension HTTPURL: Hashable {
    /// Two URLs are equal when they are fetched alike: all but the fragment is compared.
    public static func == (left: HTTPURL, right: HTTPURL) -> Bool {
        left.isSameOrigin(as: right) && left.path == right.path && left.query == right.query
            && left.encodedUser == right.encodedUser && left.encodedPassword == right.encodedPassword
    }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(host)
        hasher.combine(socketPath)
        hasher.combine(port)
        hasher.combine(path)
        hasher.combine(query)
    }
}
