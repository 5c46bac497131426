/// Connects everything to one Unix socket. The host of a request is used for its pool key, for TLS and for nothing else.
open class UnixConnector: BaseConnector {
    /// The socket's path; `@name` is the abstract namespace, `./@name` a file.
    public let path: String
    private let dialer: Dialer

    /// Options of every connector, and the path.
    /// - Parameters:
    ///   - path: at most 107 bytes, not empty, without NUL.
    ///   - limit: most connections at once, idle ones included; nil or 0 = no limit.
    ///   - limitPerHost: most connections to one (host, port, TLS); nil or 0 = no limit.
    ///   - keepAliveTimeout: how long an idle connection may be reused; nil = 15 s, zero = never.
    ///   - forceClose: close each connection after its first use; excludes `keepAliveTimeout`.
    ///   - enableCleanupClosed: cut off TLS shutdowns after two seconds.
    ///   - tlsShutdownTimeout: how long to wait for the peer's close_notify; at most 30 s, zero = not at all.
    ///   - tls: for requests that bring no TLS settings of their own.
    ///   - diagnostics: hears of what no error can tell; any thread. nil = silent.
    /// - Throws: `ConnectorOptionError` that names the option.
    public init(
        path: String, limit: Int? = 100, limitPerHost: Int? = nil, keepAliveTimeout: Duration? = nil,
        forceClose: Bool = false, enableCleanupClosed: Bool = false, tlsShutdownTimeout: Duration = .zero,
        tls: TLSMode = .verified, diagnostics: (@Sendable (ConnectorDiagnostic) -> Void)? = nil
    ) throws(ConnectorOptionError) {
        _ = try UnixPath.address(path)
        self.path = path
        dialer = Dialer(localAddress: nil, attemptDelay: nil, firstFamilyCount: 0, socketFactory: nil)
        try super.init(
            limit: limit, limitPerHost: limitPerHost, keepAliveTimeout: keepAliveTimeout,
            forceClose: forceClose,
            enableCleanupClosed: enableCleanupClosed, tlsShutdownTimeout: tlsShutdownTimeout, tls: tls,
            diagnostics: diagnostics)
    }

    /// http, https and unix.
    open override var supportedSchemes: Set<String> { ["http", "https", "unix"] }

    /// TLS sessions to resume and to keep, in place of the connector's own; nil = its own, forgotten with it. To be set
    /// before the first connection.
    public final var tlsSessions: TLSSessionCache? {
        get { dialer.sessions.cache }
        set { dialer.sessions.cache = newValue }
    }

    /// Connects to the path and shakes hands where `endpoint` asks for TLS.
    open override func makeTransport(
        for endpoint: Endpoint, context: DialContext
    ) async throws -> any Transport {
        try await dialer.dialUnix(path, endpoint, context: context, makeRoom: evictLongestIdle)
    }
}

/// From a path as the user writes it to an address.
enum UnixPath {
    static func address(_ path: String) throws(ConnectorOptionError) -> SocketAddress {
        let reason: String?
        if path.isEmpty || path == "@" {
            reason = "it is empty"
        } else if path.utf8.contains(0) {
            reason = "it has a NUL byte"
        } else if path.utf8.count > SocketAddress.longestUnixPath {
            reason = "it is longer than \(SocketAddress.longestUnixPath) bytes"
        } else {
            reason = nil
        }
        if let reason { throw .invalid(option: "path", value: path, reason: reason) }
        return .unix(path.hasPrefix("@") ? [0] + Array(path.utf8.dropFirst()) : Array(path.utf8))
    }
}
