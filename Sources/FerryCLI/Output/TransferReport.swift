/// Everything that is known about a transfer that has ended, for `-w`.
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

    var url = ""
    var urlParts = URLParts()
    /// Position on the command line, from 0; all URLs of one glob share it.
    var urlIndex = 0
    var transferID = -1
    var method = ""
    var referer: String?

    // MARK: What came of it

    var exitCode = 0
    var errorMessage: String?
    /// The URL after redirects.
    var effectiveURL = ""
    var effectiveURLParts = URLParts()
    /// Where a redirect that was not followed leads.
    var redirectURL: String?
    /// 0 when there was no response.
    var responseCode = 0
    /// The proxy's answer to the last CONNECT; 0 without one.
    var connectCode = 0
    /// `0`, `1` or `1.1`.
    var httpVersion = "0"
    var contentType: Header?
    /// Fields of the last response in the order of the wire.
    var headers: [Header] = []
    /// Fields of the responses before it, redirects and demands for a login, where somebody reads them.
    var earlierHeaders: [Header] = []
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
    var localIP = ""
    var localPort = -1
    var remoteIP = ""
    var remotePort = -1
    /// The path of the Unix socket under the connection; empty without one.
    var unixSocket = ""
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
        url = earlier.url
        urlParts = earlier.urlParts
        urlIndex = earlier.urlIndex
        transferID = earlier.transferID
        method = earlier.method
        effectiveURL = earlier.effectiveURL
        effectiveURLParts = earlier.effectiveURLParts
        secrets = earlier.secrets
        retryReason = earlier.retryReason
        retryPause = earlier.retryPause
    }
}
