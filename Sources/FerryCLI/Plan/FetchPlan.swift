import Connector
import HTTPClient
import HTTPCore

/// What will be done: every conflict decided, every default filled in. Nothing here is a question any more, but for what
/// only a server can answer.
struct FetchPlan {
    var run: RunPlan
    /// One connector for each distinct set of connection options; operations name theirs by index.
    var connectors: [ConnectorPlan]
    var operations: [OperationPlan]
}

/// What holds for the whole run.
struct RunPlan {
    var isParallel: Bool
    /// How many transfers run at once.
    var window: Int
    var stopsAtFirstFailure: Bool
    var isSilent: Bool
    var showsErrors: Bool
    var verbosity: Int
    var showsProgress: Bool
    var usesProgressBar: Bool
    var traceAscii: TextTarget?
    var tracesTime: Bool
    var messages: TextTarget?
    var showsSecrets: Bool
    var printsFingerprint: Bool
    /// More than one URL may be fetched, so that messages name theirs.
    var buffersOutput: Bool
}

/// The options of one connector.
struct ConnectorPlan: Equatable {
    var limit: Int?
    var limitPerHost: Int?
    var forceClose: Bool
    var keepAliveTimeout: Duration?
    var usesDNSCache: Bool
    /// nil = for ever.
    var dnsCacheTTL: Duration?
    var attemptDelay: Duration?
    var firstFamilyCount: Int?
    var tlsShutdownTimeout: Duration
    var enableCleanupClosed: Bool
    var addressFamily: AddressFamily
    var localAddress: SocketAddress?
    var resolve: [ResolveEntry]
    /// Everything goes to this socket.
    var unixSocketPath: String?
}

/// What holds for the URLs between two `--next`.
struct OperationPlan {
    var connector: Int
    var targets: [TargetPlan]
    var globOff: Bool
    var request: RequestPlan
    var tls: TLSMode
    var proxy: ProxyChoice
    var connectTo: [ConnectToEntry]
    /// Redirects are followed as this says; nil = not at all.
    var redirects: RedirectPolicy?
    var trustsRedirects: Bool
    var retry: RetryPolicy
    var fail: FailMode
    var maxTime: Duration?
    var connectTimeout: Duration?
    var maxFileSize: Int64?
    var limitRate: Int64?
    var output: OutputPlan
    var cookies: CookiePlan
    var writeOut: String?
    var dumpHeader: TextTarget?
}

/// One URL argument with the `-o` and `-T` that belong to it.
struct TargetPlan {
    var url: URLArgument
    var output: OutputArgument?
    var upload: UploadArgument?
}

/// How files are written.
struct OutputPlan {
    var folder: String?
    var createsFolders: Bool
    var usesServerName: Bool
    var isAtomic: Bool
    var isBuffered: Bool
    var showsHeaders: Bool
    var continueAt: ContinueAt?
}

/// Where cookies come from and go to.
struct CookiePlan {
    /// Cookies of answers are kept and sent.
    var isOn: Bool
    var files: [String]
    var jar: TextTarget?
    /// `name=value` texts, sent as they are.
    var pairs: [String]
}

/// What a request is made of, before a URL is known.
struct RequestPlan {
    var kind: RedirectPolicy.RequestKind
    /// `-X`.
    var method: String?
    var body: [UInt8]?
    /// Appended to the query of every URL.
    var query: [UInt8]?
    var isJSON: Bool
    var headers: [HeaderArgument]
    /// Empty = not sent.
    var userAgent: String
    var referer: RefererArgument?
    var user: Credentials?
    var range: String?
    var isCompressed: Bool
}
