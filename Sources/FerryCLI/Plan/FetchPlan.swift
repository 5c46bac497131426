import Connector
import HTTPClient
import HTTPCore

/// What will be done: every conflict decided, every default filled in. Nothing here is a question any more, but for what
/// only a server can answer.
struct FetchPlan {
    var run: RunPlan
    /// One connector for each distinct set of connection options; operations name theirs by index.
    var connectors: [ConnectorPlan]
    var operations: [Shared<OperationPlan>]
}

/// A part of the plan that many transfers look into and none copies.
@dynamicMemberLookup
final class Shared<Plan> {
    private let plan: Plan

    init(_ plan: Plan) {
        self.plan = plan
    }

    /// A copy that may be changed.
    var copy: Plan { plan }

    subscript<Value>(dynamicMember field: KeyPath<Plan, Value>) -> Value { plan[keyPath: field] }
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
    var progress: ProgressForm
    /// The terminal cannot move its cursor, or nobody says that it can.
    var isDumbTerminal = false
    var traceAscii: TextTarget?
    var traceIsHex = false
    var tracesIDs = false
    var tracesNetwork = false
    /// What heads and bodies look like.
    var presentation = Presentation()
    /// How fast requests may follow each other; nil = as fast as they come.
    var pace: PacePlan?
    var tracesTime: Bool
    var messages: TextTarget?
    var showsSecrets: Bool
    var printsFingerprint: Bool
    /// The file that carries TLS sessions from run to run; nil = none.
    var sessionFile: String?
    /// More than one URL may be fetched, so that messages name theirs.
    var buffersOutput: Bool
    var records = RecordSettings()
    var reports: [ReportTarget] = []
    /// nil = once.
    var repetition: Repetition?
    /// Values that are hidden wherever they are shown.
    var secretValues: [String] = []

    var secrets: Secrets { Secrets(isShown: showsSecrets, values: SecretValues(secretValues)) }
}

/// How the progress of a run is shown.
enum ProgressForm: Equatable {
    case none
    /// Bars on a terminal, elsewhere plain lines about what lasts long.
    case auto
    case bars
    case plain
    case json
    /// curl's meter, or its bar.
    case meter(isBar: Bool)
}

/// How fast the requests of a run may follow each other.
struct PacePlan: Equatable {
    /// The least time between any two; nil = none.
    var interval: Duration?
    /// It plans the starts of transfers that are repeated: one that comes late does not put off those behind it.
    var plansStarts = false
    /// For each host; nil = none.
    var perHost: HostRate?
    /// What servers tell of their limits is kept to.
    var honorsLimits = false
}

/// The options of one connector.
struct ConnectorPlan: Equatable {
    var options: TCPConnector.Options
    /// Names whose addresses the user gave.
    var resolve: ResolveTable
    /// Everything goes to this socket.
    var unixSocketPath: String? { socket?.text }
    /// Bytes: two paths that only look the same are two files.
    private let socket: ByteString?

    init(options: TCPConnector.Options, resolve: ResolveTable, unixSocketPath: String?) {
        self.options = options
        self.resolve = resolve
        socket = unixSocketPath.map { ByteString($0) }
    }
}

/// What holds for the URLs between two `--next`.
struct OperationPlan {
    let connector: Int
    let targets: TargetSeries
    let globOff: Bool
    let urls: URLRules
    var reply: ResponseRules
    var request: Shared<RequestPlan>
    let tls: TLSMode
    let hsts: HSTSPlan?
    let proxy: ProxyChoice
    let connectTo: [ConnectToEntry]
    /// Where addresses that stand in URLs lead; names are a matter of the connector.
    let resolve: ResolveTable
    /// Hosts that are reached by Unix sockets.
    let unixMap: UnixMap
    /// Connections begin with a line of the PROXY protocol; nil = they do not.
    let proxyProtocolHeader: ProxyProtocol?
    /// Redirects are followed as this says; nil = not at all.
    let redirects: RedirectPolicy?
    let trustsRedirects: Bool
    var retry: RetryPolicy
    var fail: FailMode
    let maxTime: Duration?
    let connectTimeout: Duration?
    var maxFileSize: Int64?
    var limitRate: Int64?
    let speedFloor: SpeedFloor?
    var output: OutputPlan
    let checksums: ChecksumSettings
    /// Fetches the sums of `--checksum-url` before everything else; nil = there is none.
    var sums: Shared<OperationPlan>?
    let cookies: CookiePlan
    var writeOut: String?
    /// It waits until its service is ready; nil = it does not.
    let wait: WaitPlan?
    var expectations: [Expectation]
    /// The most bytes of a body that they look at.
    let expectationLimit: Int64
    var dumpHeader: TextTarget?
    /// The first URL that can be read; those of lists do not count.
    let firstURL: HTTPURL?
}

extension OperationPlan {
    /// Whether there is anything to try: a URL that can be read, or a list that may hold one. Without it no file of this
    /// operation is opened.
    var hasReadableURL: Bool {
        targets.namesList || firstURL != nil
    }
}

/// One URL argument with the `-o` and `-T` that belong to it.
struct TargetPlan: Equatable {
    var url: URLArgument
    var output: OutputArgument?
    var upload: UploadArgument?
}

/// The URL arguments of an operation: the Nth output and the Nth upload belong to the Nth URL.
struct TargetSeries {
    let urls: ArgumentList<URLArgument>
    let outputs: ArgumentList<OutputArgument>
    let uploads: [UploadArgument]
    /// For URLs beyond the outputs: from which one on they are saved under their own names, and from which one on not.
    let remoteNames: [RemoteNameSwitch]

    /// Whether one of them is a list, which is not read before its turn.
    var namesList: Bool {
        urls.pieces.contains { if case .argument(.list) = $0 { true } else { false } }
    }

    /// True for one URL, perhaps with a pattern in its path: all it stands for is of one host.
    var namesOneHost: Bool {
        guard urls.pieces.count == 1, case .argument(.url(let text)) = urls.pieces.first else { return false }
        return !URLRules.place(of: text).utf8.contains { "[]{}".utf8.contains($0) }
    }

    func makeReader() -> Reader { Reader(self) }

    /// The first URL that can be read by the rules, globs expanded; those of lists do not count.
    func firstURL(by rules: URLRules, globOff: Bool) -> HTTPURL? {
        var arguments = urls.makeReader()
        while let argument = arguments.next() {
            guard case .url(let text) = argument else { continue }
            guard let glob = globOff ? URLGlob(literal: text) : try? URLGlob(text) else { continue }
            // Mostly the first one decides.
            for combination in glob {
                if let url = try? rules.parse(combination.url) { return url }
            }
        }
        return nil
    }

    /// Pairs them one by one.
    struct Reader {
        private var urls: ArgumentList<URLArgument>.Reader
        private var outputs: ArgumentList<OutputArgument>.Reader
        private let series: TargetSeries
        private var index = -1
        /// What holds for the URL at `index`, and how many switches led there.
        private var savesByName = false
        private var switches = 0

        fileprivate init(_ series: TargetSeries) {
            urls = series.urls.makeReader()
            outputs = series.outputs.makeReader()
            self.series = series
        }

        /// The next one; nil at the end.
        mutating func next() -> TargetPlan? {
            guard let url = urls.next() else { return nil }
            index += 1
            while switches < series.remoteNames.count, series.remoteNames[switches].place <= index {
                savesByName = series.remoteNames[switches].isOn
                switches += 1
            }
            return TargetPlan(
                url: url, output: outputs.next() ?? (savesByName ? .remoteName : nil),
                upload: index < series.uploads.count ? series.uploads[index] : nil)
        }
    }
}

/// How files are written.
struct OutputPlan {
    var folder: String?
    var createsFolders: Bool
    var usesServerName: Bool
    /// A file takes its name when it is whole.
    var isAtomic: Bool
    /// The same where `-C -` finds nothing under the name.
    var mayBeAtomic: Bool
    var isBuffered: Bool
    var showsHeaders: Bool
    var continueAt: ContinueAt?
    /// `--clobber`; nil = neither it nor `--no-clobber` was given.
    var clobbers: Bool?
    var skipsExisting = false
    var removesOnError = false
    var keepsRemoteTime = false
    var writesAttributes = false

    /// The body does not begin at its first byte.
    var goesOnBehind: Bool {
        switch continueAt {
        case nil, .offset(0), .outputSize: false
        case .offset: true
        }
    }

    /// What becomes of a file that has the name which the command line gives.
    var placement: FilePlacement {
        switch continueAt {
        case nil: clobbers == false ? .numbered : .overwrite
        // From its start means from scratch.
        case .offset(0): .overwrite
        case .offset, .outputSize: .append
        }
    }

    /// The same for a name that the server gives.
    var placementOfServerName: FilePlacement {
        switch clobbers {
        case nil: .createNew
        case true?: .replaceName
        case false?: .numbered
        }
    }
}

/// Which hosts are asked over TLS only.
struct HSTSPlan {
    /// Files to read, in order.
    var files: [String]
    /// The file to write; nil = none.
    var saveFile: String?
    /// Answers may add hosts: certificates are checked.
    var mayLearn: Bool
}

/// Where cookies come from and go to.
struct CookiePlan {
    /// Cookies of answers are kept and sent.
    var isOn: Bool
    var files: [String]
    var jar: TextTarget?
    /// Those of `files` that have no expiry are dropped.
    var dropsSessionCookies = false
    /// `name=value` texts, sent as they are.
    var pairs: [String]
}

/// What a request is made of, before a URL is known.
struct RequestPlan {
    var kind: RedirectPolicy.RequestKind
    /// `-X`.
    var method: String?
    var body: [UInt8]?
    /// `-F`; nil = none.
    var form: FormPlan?
    let shape: RequestLineOptions
    /// `-z`.
    var timeCondition: TimeCondition?
    /// Appended to the query of every URL.
    var query: [UInt8]?
    var isJSON: Bool
    let headers: [HeaderArgument]
    /// Empty = not sent.
    let userAgent: String
    let referer: RefererArgument?
    let user: Credentials?
    let login: LoginPlan
    var range: String?
    let isCompressed: Bool
    /// `--proxy-header`, for requests that go to the proxy itself.
    let proxyHeaders: [HeaderArgument]
    /// `--idempotency-key`; nil = none is sent.
    let idempotencyKey: IdempotencyKey?
}

/// A multipart form.
struct FormPlan {
    var entries: [FormEntry]
    /// Quotes in names are escaped with backslashes.
    var usesBackslashes: Bool
    /// The user's own Content-Type, to which the boundary is added; nil = that of a form.
    var contentType: String?
}
