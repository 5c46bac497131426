package import HTTPClient

/// What was typed: the command line and config files, parsed option by option and nothing decided yet.
///
/// nil and empty mean "not given"; defaults and conflicts are the plan's. Values are text and numbers, so that they can be
/// compared and printed.
package struct Settings: Equatable, Sendable {
    /// Options that hold for the whole run.
    package var global = GlobalSettings()
    /// One entry per operation: the part before the first `--next`, then one for each; never empty.
    package var operations = [OperationSettings()]
    /// What the run is for.
    package var task = Task.fetch
    /// Texts for the warning voice, without prefix, in order; muted by `-s`.
    package var warnings: [String] = []
    /// Texts for the note voice, without prefix, in order.
    package var notes: [String] = []
    /// Parts of the argument vector that hold secrets, to be overwritten.
    package var secrets: [SecretArgument] = []
    /// The option that reads standard input, as typed; nil when none does.
    package var standardInputReader: String?

    /// What the run is for.
    package enum Task: Equatable, Sendable {
        case fetch
        /// `--help`; the topic is a category, `category`, `all` or an option, and nil for the essentials.
        case help(topic: String?)
        case version
        case manual
        /// `--generate`: a text made from the option table.
        case generate(GeneratedText)
        /// An option asked for this text and nothing else.
        case print(String)
    }

    package init() {}
}

/// The values of global options.
package struct GlobalSettings: Equatable, Sendable {
    /// `-Z`; nil when neither it nor `--no-parallel` was given.
    package var parallel: Bool?
    /// `--limit`, `--parallel-max`: the most connections open at once; 0 = no limit, nil = the default.
    package var limit: Int?
    /// `--limit-per-host`, `--parallel-max-host`: 0 = no limit.
    package var limitPerHost: Int?
    /// `--limit` or `--limit-per-host` was given, which asks for parallel transfers unless `parallel` says otherwise.
    package var limitImpliesParallel = false
    /// `--fail-early`.
    package var failEarly = false
    /// `--force-close`.
    package var forceClose = false
    /// `--idle-timeout`: how long an idle connection may be reused.
    package var keepaliveTimeout: Duration?
    /// `--dns-cache`; nil = default (on).
    package var dnsCache: Bool?
    /// `--dns-cache-ttl`.
    package var dnsCacheLife: DNSCacheLife?
    /// `--happy-eyeballs-timeout-ms`.
    package var attemptDelay: AttemptDelay?
    /// `--interleave`: addresses of the first family before the families alternate; 0 keeps the resolver's order.
    package var interleave: Int?
    /// `--tls-shutdown-timeout`.
    package var tlsShutdownTimeout: Duration?
    /// `--tls-shutdown-cutoff`.
    package var enableCleanupClosed = false
    /// `--ssl-sessions`.
    package var sslSessions: String?
    /// `--print-fingerprint`.
    package var printFingerprint = false
    /// `-s`.
    package var silent = false
    /// `-S`.
    package var showError = false
    /// `-v`: 0 = off, up to 4.
    package var verbosity = 0
    /// `--progress`; nil = not given, or an option of curl's about progress came after it.
    package var progress: ProgressChoice?
    /// `--progress-meter`; nil = not given, or `--progress` came after it.
    package var progressMeter: Bool?
    /// `-#`.
    package var progressBar = false
    /// `--trace-ascii`.
    package var traceAscii: TextTarget?
    /// The trace at `traceAscii` shows bytes in hexadecimal (`--trace`).
    package var traceIsHex = false
    /// `--trace-ids`.
    package var traceIDs = false
    /// `--trace-config network`.
    package var traceNetwork = false
    /// `--styled-output`; nil = default (on).
    package var styledOutput: Bool?
    /// `--pretty`.
    package var pretty = PrettyChoice.auto
    /// `--rate`: the time between two requests.
    package var rate: Duration?
    /// `--rate-per-host`; nil = not given.
    package var hostRate: HostRate?
    /// `--honor-ratelimit`.
    package var honorsRateLimits = false
    /// `--trace-time`.
    package var traceTime = false
    /// `--stderr`: where messages go instead of standard error.
    package var messages: TextTarget?
    /// `--show-secrets`.
    package var showSecrets = false
    /// What is recorded of the run.
    package var records = RecordSettings()
    /// `--report`.
    package var reports: [ReportTarget] = []
    /// `--dry-run`, `--print-curl`.
    package var rehearsal = RehearsalSettings()
    /// `--repeat`.
    package var rounds: Int?
    /// `--for`.
    package var duration: Duration?
    /// `--secret`.
    package var secretNames: [String] = []
    /// `--secret-value-env`.
    package var secretVariables: [String] = []

    /// Whether the URLs are fetched at once.
    package var isParallel: Bool { parallel ?? limitImpliesParallel }
}

/// The values of the options between two `--next`.
///
/// `urls`, `outputs` and `uploads` are paired by the plan: the Nth output and the Nth upload belong to the Nth URL.
package struct OperationSettings: Equatable, Sendable {
    package var urls: ArgumentList<URLArgument> = []
    package var outputs: ArgumentList<OutputArgument> = []
    package var uploads: [UploadArgument] = []
    package var outputDirectory: String?
    package var createDirectories = false
    package var remoteHeaderName = false
    package var remoteNameSwitches: [RemoteNameSwitch] = []
    /// `--clobber`; nil = neither it nor `--no-clobber` was given.
    package var clobber: Bool?
    package var skipExisting = false
    package var removeOnError = false
    package var remoteTime = false
    package var extendedAttributes = false
    /// `--atomic`; nil = default (on).
    package var atomic: Bool?
    /// `--buffer`; nil = default (on).
    package var buffer: Bool?
    package var globOff = false

    /// `-X`, a valid method name in the case it was typed.
    package var method: String?
    package var head = false
    package var get = false
    package var headers: [HeaderArgument] = []
    /// `-A`; empty removes the field.
    package var userAgent: String?
    package var referer: RefererArgument?
    package var user: Credentials?
    package var login = LoginSettings()
    package var cookies: [CookieArgument] = []
    package var cookieJar: TextTarget?
    package var junkSessionCookies = false
    /// `-r` without `bytes=`.
    package var range: String?
    package var continueAt: ContinueAt?
    package var compressed = false
    /// `-d` and its kin, in order, files loaded and encodings applied.
    package var data: [DataPiece] = []
    /// `--json-field`, as one value.
    package var jsonFields = JSONFields()
    /// `-F` and `--form-string`, in order.
    package var form: [FormEntry] = []
    /// `--form-escape`.
    package var formEscape = false
    /// `--url-query`, in order, encoded; joined with `&`.
    package var query: [[UInt8]] = []

    package var location = false
    /// `--follow`; never together with `location`.
    package var follow = false
    package var post301 = false
    package var post302 = false
    package var post303 = false
    /// The last given of `--http1.0` and `--http1.1`.
    package var http10 = false
    package var http09 = false
    /// `--strict`.
    package var isStrict = false
    /// `--request-target`, without blanks and control characters.
    package var requestTarget: String?
    package var pathAsIs = false
    package var timeCondition: TimeCondition?
    /// `--etag-compare`: what the file holds, `""` when that is nothing.
    package var etag: String?
    /// `--etag-save`.
    package var etagFile: TextTarget?
    package var protocols: ProtocolSet?
    package var redirectProtocols: ProtocolSet?
    /// `--proto-default`: `http` or `https`.
    package var defaultProtocol: String?
    /// `--expect100-timeout`.
    package var expectTimeout: Duration?
    package var raw = false
    /// `--tr-encoding`.
    package var transferCoding = false
    package var ignoresContentLength = false
    package var locationTrusted = false
    /// `--max-redirs`; -1 = no limit.
    package var maxRedirects: Int?
    /// The last given of `-f` and `--fail-with-body`.
    package var fail: FailMode?
    package var retry = RetrySettings()
    /// `--expect-…`, in order.
    package var expectations: [Expectation] = []
    package var wait = WaitSettings()
    /// `--expect-limit` in bytes.
    package var expectationLimit: Int64?
    package var idempotencyKey: IdempotencyKey?
    package var checksums = ChecksumSettings()

    package var showHeaders = false
    package var dumpHeader: TextTarget?
    /// `-w`, loaded when it came from a file.
    package var writeOut: String?
    /// `--max-filesize` in bytes; 0 = no limit.
    package var maxFileSize: Int64?
    /// `--limit-rate` in bytes a second; 0 = no limit.
    package var limitRate: Int64?
    /// `--speed-limit` in bytes a second; 0 = no limit.
    package var speedLimit: Int64?
    /// `--speed-time`; zero = no limit.
    package var speedTime: Duration?
    /// `-m`; zero = no limit.
    package var maxTime: Duration?
    /// `--connect-timeout`; zero = the default.
    package var connectTimeout: Duration?

    package var resolve: [ResolveEntry] = []
    package var connectTo: [ConnectToEntry] = []
    /// The last given of `-4`, `-6` and `--address-family`.
    package var addressFamily: AddressFamilyChoice?
    package var localAddress: LocalAddress?
    package var sockets = SocketSettings()
    /// The last given of `--unix-socket` and `--abstract-unix-socket`.
    package var unixSocket: UnixSocketArgument?
    package var unixMap = UnixMap()

    /// TLS to the servers.
    package var tls = TLSSettings()
    /// `--hsts`; an empty name keeps hosts in memory only.
    package var hsts: [String] = []
    /// TLS to an https proxy.
    package var proxyTLS = TLSSettings()
    /// `--fingerprint`: SHA-256 digests of 32 bytes, any of which is right.
    package var fingerprints: [[UInt8]] = []

    /// `-x`, or another option that names a proxy (`proxyOptions.kind`); empty = no proxy, whatever the environment says.
    package var proxy: String?
    /// `--noproxy`; empty = ignore NO_PROXY.
    package var noProxy: String?
    package var proxyUser: Credentials?
    package var proxyTunnel = false
    package var proxyOptions = ProxySettings()

    package init() {}

    /// How many groups of `form` have not ended.
    package var openForms: Int {
        form.reduce(0) { depth, entry in
            switch entry {
            case .part: depth
            case .begin: depth + 1
            case .end: depth - 1
            }
        }
    }

    /// The pieces of `data` as one body: joined with `&`, but for `--json` pieces, which follow without; the value of
    /// `jsonFields` where they were given, with which nothing goes; nil when none was given.
    package var joinedData: [UInt8]? {
        if data.contains(where: { $0.kind == .jsonFields }) { return jsonFields.encoded }
        // One piece, which may be large, is not copied.
        guard data.count > 1 else { return data.first?.bytes }
        var body: [UInt8] = []
        body.reserveCapacity(data.reduce(0) { $0 + $1.bytes.count + 1 })
        for piece in data {
            if !body.isEmpty, piece.kind != .json { body.append(UInt8(ascii: "&")) }
            body.append(contentsOf: piece.bytes)
        }
        return body
    }
}

/// `--retry` and its kin.
package struct RetrySettings: Equatable, Sendable {
    /// Attempts after the first; nil and 0 = none.
    package var count: Int?
    /// Fixed delay; nil and zero = doubling from one second.
    package var delay: Duration?
    /// No attempt starts later than this; nil and zero = no limit.
    package var maxTime: Duration?
    package var connectionRefused = false
    package var allErrors = false
    /// `--retry-on`; nil = not given.
    package var conditions: RetryConditions?
    /// A pause that ferry chooses is no longer; nil and zero = no limit.
    package var maxDelay: Duration?
    package var ignoresRetryAfter = false
    /// A longer pause that a server asks for is not waited for; zero = any is.
    package var maxRetryAfter: Duration?

    package init() {}
}

/// `--generate`: the texts that are made from the option table.
package enum GeneratedText: String, CaseIterable, Sendable {
    case man
    case bash
    case zsh
    case fish
    case eventsSchema = "events-schema"
}

/// A place in the argument vector that holds a secret.
package struct SecretArgument: Equatable, Sendable {
    /// Index into the arguments, the name of the program not counted.
    package var index: Int
    /// The first byte of the secret in that argument.
    package var offset: Int
}
