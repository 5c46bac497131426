/// Connects everything to one Unix socket. The host of a request is used for its pool key, for TLS and for nothing else.
open class UnixConnector: BaseConnector {
    /// The socket's path; `@name` is the abstract namespace, `./@name` a file.
    public let path: String
    private let dialer = Dialer()

    /// A connector of its own pool.
    /// - Parameters:
    ///   - path: at most 107 bytes, not empty, without NUL.
    ///   - options: what is not set is as `Options` says.
    ///   - diagnostics: called for what no error can report, on any thread. nil = silent.
    /// - Throws: `ConnectorOptionError` that names the option.
    public init(
        path: String, _ options: Options = Options(),
        diagnostics: (@Sendable (ConnectorDiagnostic) -> Void)? = nil
    ) throws(ConnectorOptionError) {
        _ = try UnixPath.address(path)
        self.path = path
        try super.init(options, diagnostics: diagnostics)
    }

    /// As `init(path:_:diagnostics:)` with the defaults that `configure` changes.
    /// - Throws: `ConnectorOptionError` that names the option.
    public convenience init(
        path: String, diagnostics: (@Sendable (ConnectorDiagnostic) -> Void)? = nil,
        _ configure: (inout Options) -> Void
    ) throws(ConnectorOptionError) {
        var options = Options()
        configure(&options)
        try self.init(path: path, options, diagnostics: diagnostics)
    }

    /// The pool's name for what `request` asks: its host, on the socket.
    open override func endpoint(for request: ConnectionRequest) throws(ConnectorError) -> Endpoint {
        var request = request
        request.dial = .unixSocket(path: path)
        return try super.endpoint(for: request)
    }

    /// http, https and unix.
    open override var supportedSchemes: Set<String> { Set(Self.schemes) }

    private static let schemes = ["http", "https", "unix"]

    override final func supports(_ scheme: String) -> Bool {
        type(of: self) == UnixConnector.self ? Self.schemes.contains(scheme) : super.supports(scheme)
    }

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
