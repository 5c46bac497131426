import Connector
import HTTPClient
import HTTPCore

/// Everything that is known about a transfer that has ended, for `-w`.
///
/// What is found out by taking something apart is so when it is first read: most formats name few variables.
///
/// Times are cumulative from the transfer's start unless said otherwise; zero when the step did not happen. A class,
/// so that a transfer without one holds only a nil reference.
final class TransferReport {
    /// A field of the last response, as received.
    struct Header: Equatable {
        var name: String
        /// As text, whatever the bytes are.
        var value: String
        var valueBytes: [UInt8]

        init(name: String, value: String, valueBytes: [UInt8]? = nil) {
            self.name = name
            self.value = value
            self.valueBytes = valueBytes ?? Array(value.utf8)
        }
    }

    /// The parts of a URL for `%{url.host}` and its like; nil for parts that are absent.
    struct URLParts: Equatable {
        var scheme: String?
        var user: String?
        var password: String?
        var options: String?
        var host: String?
        /// The default of the scheme when the URL names none.
        var port: String?
        var path: String?
        var query: String?
        var fragment: String?
        var zoneID: String?
    }

    // MARK: What was asked for

    /// The URL as it was typed.
    var typed = ""
    /// The same, if it is one of ours.
    var typedURL: HTTPURL?
    /// What options made of it; nil = nothing.
    var settledURL: HTTPURL?
    lazy var url = settledURL.map(shown) ?? secrets.url(typed: typed)
    lazy var urlParts = typedURL.map(URLParts.init) ?? URLParts(otherScheme: typed) ?? URLParts()
    /// Position on the command line, from 0; all URLs of one glob share it.
    var urlIndex = 0
    var transferID = -1
    var method = ""
    var referer: String?

    // MARK: What came of it

    var exitCode = 0
    var errorMessage: String?
    /// Where the last request went; nil = there was none.
    var requestURL: HTTPURL?
    /// The URL after redirects.
    lazy var effectiveURL =
        requestURL.map(shown) ?? (showsSecrets ? typed : SecretRedactor.withoutLogin(url: typed))
    lazy var effectiveURLParts = requestURL.map(URLParts.init) ?? URLParts(otherScheme: typed) ?? URLParts()
    /// The answer to the last request; nil = there was none.
    var answer: ResponseHead?
    /// Where a redirect that was not followed leads.
    lazy var redirectURL = findRedirect()
    /// 0 when there was no response.
    var responseCode = 0
    /// The proxy's answer to the last CONNECT; 0 without one.
    var connectCode = 0
    /// `0`, `1` or `1.1`.
    var httpVersion = "0"
    /// The last response of all, and where somebody reads them those before it: redirects and demands for a login.
    var head: ResponseHead?
    var earlierHeads: [ResponseHead] = []
    lazy var contentType = head?.firstField("Content-Type").map(Header.init)
    /// Fields of the last response in the order of the wire.
    lazy var headers = head?.fields.map(Header.init) ?? []
    /// Fields of the responses before it.
    lazy var earlierHeaders = earlierHeads.flatMap { $0.fields.map(Header.init) }
    /// `sha256:HEX` of what was written; nil where it was not asked for, or is wrong.
    var checksum: String?
    /// The byte at which the body went on; 0 = it began with its first.
    var resumedFrom: Int64 = 0
    /// Why there was another attempt, the last time; nil = there was none.
    var retryReason: String?
    /// All pauses before further attempts.
    var retryPause = Duration.zero
    /// The file that holds the body, after all renaming; nil for standard output.
    var fileName: String?

    // MARK: Connection

    /// -1 when there was none, as for the ports.
    var connectionID = -1
    var local: SocketAddress?
    var remote: SocketAddress?
    lazy var localIP = local?.host ?? ""
    lazy var localPort = local.map { Int($0.port) } ?? -1
    lazy var remoteIP = unixSocket.isEmpty ? remote?.host ?? "" : unixSocket
    lazy var remotePort = remote.map { Int($0.port) } ?? -1
    /// The path of the Unix socket under the connection; empty without one.
    lazy var unixSocket = remote.map(Self.socketPath) ?? ""
    var usedProxy = false
    /// PEM blocks of the peer's chain, leaf first, with a text about each.
    var certificates = ""
    var certificateCount = 0
    /// 0 means verified or nothing to verify.
    var verifyResult = 0
    var proxyVerifyResult = 0
    var tlsEarlyDataBytes = 0

    /// False hides passwords where nobody asked for them by name.
    var showsSecrets: Bool { secrets.isShown }
    /// What is hidden where nobody asked for it by name.
    var secrets = Secrets()

    // MARK: Counts

    var connectCount = 0
    var redirectCount = 0
    var retryCount = 0

    // MARK: Sizes in bytes

    /// After decoding.
    var deliveredBytes: Int64 = 0
    /// On the wire.
    var downloadBytes: Int64 = 0
    var headerBytes: Int64 = 0
    var requestBytes: Int64 = 0
    var uploadBytes: Int64 = 0

    // MARK: Times

    /// Time spent waiting for a connection slot.
    var queueTime = Duration.zero
    var nameLookupTime = Duration.zero
    var connectTime = Duration.zero
    /// Zero without TLS.
    var appConnectTime = Duration.zero
    var preTransferTime = Duration.zero
    var postTransferTime = Duration.zero
    var startTransferTime = Duration.zero
    var totalTime = Duration.zero
    /// All hops before the last.
    var redirectTime = Duration.zero

    init() {}

    /// A report of the next attempt at the transfer of `earlier`: it knows what is asked for and why it is asked again, and
    /// nothing of what came of the attempt before.
    init(ofAttemptAfter earlier: TransferReport) {
        typed = earlier.typed
        typedURL = earlier.typedURL
        settledURL = earlier.settledURL
        urlIndex = earlier.urlIndex
        transferID = earlier.transferID
        method = earlier.method
        requestURL = earlier.requestURL
        secrets = earlier.secrets
        retryReason = earlier.retryReason
        retryPause = earlier.retryPause
    }

    /// A URL for the report, which holds a login only where secrets are shown.
    private func shown(_ url: HTTPURL) -> String {
        (showsSecrets ? url : url.withoutUserinfo).descriptionWithFragment
    }

    private func findRedirect() -> String? {
        guard let answer, let requestURL else { return nil }
        switch RedirectPolicy.target(of: answer, at: requestURL) {
        case .success(let target)?: return shown(target)
        // A target that only other programs can open, such as an app with a scheme of its own.
        case .failure?:
            return answer.first("Location").map {
                showsSecrets ? $0 : SecretRedactor.withoutLogin(url: $0, isTyped: false)
            }
        case nil: return nil
        }
    }

    private static func socketPath(_ address: SocketAddress) -> String {
        guard case .unix(let path) = address else { return "" }
        return path.first == 0 ? "@" + CarriedText.text(of: path.dropFirst()) : CarriedText.text(of: path)
    }
}

extension TransferReport.URLParts {
    init(_ url: HTTPURL) {
        self.init()
        scheme = url.scheme.rawValue
        user = url.user
        password = url.password
        host = url.host
        port = String(url.effectivePort)
        path = url.path
        query = url.query
        fragment = url.fragment
        zoneID = url.zone
    }

    /// The parts of a URL whose scheme is none of ours; nil for any other text. Its default port is not known.
    init?(otherScheme text: String) {
        let scheme = text.prefix { $0 != ":" }
        let rest = text.dropFirst(scheme.count)
        guard HTTPURL.Scheme(rawValue: scheme.lowercased()) == nil, rest.hasPrefix("://"),
            let url = try? HTTPURL.parse("http\(rest)")
        else { return nil }
        self.init(url)
        self.scheme = scheme.lowercased()
        // 80 is left out as the default of the one, and not of the other.
        port = (url.port ?? (try? HTTPURL.parse("https\(rest)"))?.port).map { String($0) }
    }
}

extension TransferReport.Header {
    init(_ field: ResponseHead.Field) {
        self.init(name: field.name, value: field.value, valueBytes: Array(field.valueBytes))
    }
}
