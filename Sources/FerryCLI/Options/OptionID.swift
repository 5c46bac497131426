/// The options, by their long names without dashes, in the order in which help shows them.
///
/// Options that are on by default stand here in their positive spelling. Adding one takes a case, its line in `row`, its
/// letter if it has one, and its row in a file of `Rows`. Looking a name up builds nothing but the row that was asked for:
/// start-up must not pay for options that are not used.
package enum OptionID: String, CaseIterable, Sendable {
    // URLs and operations
    case url
    case next
    case globoff
    case get
    case urlQuery = "url-query"
    // The request
    case request
    case header
    case userAgent = "user-agent"
    case referer
    case head
    case user
    case cookie
    case cookieJar = "cookie-jar"
    case range
    case compressed
    case http11 = "http1.1"
    // Data
    case data
    case dataASCII = "data-ascii"
    case dataRaw = "data-raw"
    case dataBinary = "data-binary"
    case dataURLEncode = "data-urlencode"
    case json
    case uploadFile = "upload-file"
    // Redirects and failure
    case location
    case locationTrusted = "location-trusted"
    case maxRedirs = "max-redirs"
    case fail
    case failWithBody = "fail-with-body"
    // Output
    case output
    case remoteName = "remote-name"
    case remoteHeaderName = "remote-header-name"
    case outputDir = "output-dir"
    case createDirs = "create-dirs"
    case showHeaders = "show-headers"
    case dumpHeader = "dump-header"
    case writeOut = "write-out"
    case buffer
    case atomic
    case maxFilesize = "max-filesize"
    case continueAt = "continue-at"
    // Retry
    case retry
    case retryDelay = "retry-delay"
    case retryMaxTime = "retry-max-time"
    case retryConnrefused = "retry-connrefused"
    case retryAllErrors = "retry-all-errors"
    // Parallel
    case parallel
    case limit
    case limitPerHost = "limit-per-host"
    case parallelMax = "parallel-max"
    case parallelMaxHost = "parallel-max-host"
    case failEarly = "fail-early"
    // Connections
    case connectTimeout = "connect-timeout"
    case maxTime = "max-time"
    case connectTo = "connect-to"
    case resolve
    case ipv4
    case ipv6
    case addressFamily = "address-family"
    case localAddr = "local-addr"
    case unixSocket = "unix-socket"
    case abstractUnixSocket = "abstract-unix-socket"
    case limitRate = "limit-rate"
    case forceClose = "force-close"
    case keepaliveTimeout = "keepalive-timeout"
    case dnsCache = "dns-cache"
    case dnsCacheTTL = "dns-cache-ttl"
    case happyEyeballsTimeout = "happy-eyeballs-timeout-ms"
    case interleave
    // Trust
    case insecure
    case cacert
    case cert
    case key
    case fingerprint
    case printFingerprint = "print-fingerprint"
    case tlsShutdownTimeout = "tls-shutdown-timeout"
    case enableCleanupClosed = "enable-cleanup-closed"
    // Proxies
    case proxy
    case noproxy
    case proxyUser = "proxy-user"
    case proxyTunnel = "proxytunnel"
    // Messages
    case silent
    case showError = "show-error"
    case verbose
    case progressBar = "progress-bar"
    case progressMeter = "progress-meter"
    case traceAscii = "trace-ascii"
    case traceTime = "trace-time"
    case stderr
    case showSecrets = "show-secrets"
    // The tool
    case help
    case version
    case config
    case disable
    case generate

    /// The row of the table.
    package var row: OptionRow {
        switch self {
        case .url: .url
        case .next: .next
        case .globoff: .globoff
        case .get: .get
        case .urlQuery: .urlQuery
        case .request: .request
        case .header: .header
        case .userAgent: .userAgent
        case .referer: .referer
        case .head: .head
        case .user: .user
        case .cookie: .cookie
        case .cookieJar: .cookieJar
        case .range: .range
        case .compressed: .compressed
        case .http11: .http11
        case .data: .data
        case .dataASCII: .dataASCII
        case .dataRaw: .dataRaw
        case .dataBinary: .dataBinary
        case .dataURLEncode: .dataURLEncode
        case .json: .json
        case .uploadFile: .uploadFile
        case .location: .location
        case .locationTrusted: .locationTrusted
        case .maxRedirs: .maxRedirs
        case .fail: .fail
        case .failWithBody: .failWithBody
        case .output: .output
        case .remoteName: .remoteName
        case .remoteHeaderName: .remoteHeaderName
        case .outputDir: .outputDir
        case .createDirs: .createDirs
        case .showHeaders: .showHeaders
        case .dumpHeader: .dumpHeader
        case .writeOut: .writeOut
        case .buffer: .buffer
        case .atomic: .atomic
        case .maxFilesize: .maxFilesize
        case .continueAt: .continueAt
        case .retry: .retry
        case .retryDelay: .retryDelay
        case .retryMaxTime: .retryMaxTime
        case .retryConnrefused: .retryConnrefused
        case .retryAllErrors: .retryAllErrors
        case .parallel: .parallel
        case .limit: .limit
        case .limitPerHost: .limitPerHost
        case .parallelMax: .parallelMax
        case .parallelMaxHost: .parallelMaxHost
        case .failEarly: .failEarly
        case .connectTimeout: .connectTimeout
        case .maxTime: .maxTime
        case .connectTo: .connectTo
        case .resolve: .resolve
        case .ipv4: .ipv4
        case .ipv6: .ipv6
        case .addressFamily: .addressFamily
        case .localAddr: .localAddr
        case .unixSocket: .unixSocket
        case .abstractUnixSocket: .abstractUnixSocket
        case .limitRate: .limitRate
        case .forceClose: .forceClose
        case .keepaliveTimeout: .keepaliveTimeout
        case .dnsCache: .dnsCache
        case .dnsCacheTTL: .dnsCacheTTL
        case .happyEyeballsTimeout: .happyEyeballsTimeout
        case .interleave: .interleave
        case .insecure: .insecure
        case .cacert: .cacert
        case .cert: .cert
        case .key: .key
        case .fingerprint: .fingerprint
        case .printFingerprint: .printFingerprint
        case .tlsShutdownTimeout: .tlsShutdownTimeout
        case .enableCleanupClosed: .enableCleanupClosed
        case .proxy: .proxy
        case .noproxy: .noproxy
        case .proxyUser: .proxyUser
        case .proxyTunnel: .proxyTunnel
        case .silent: .silent
        case .showError: .showError
        case .verbose: .verbose
        case .progressBar: .progressBar
        case .progressMeter: .progressMeter
        case .traceAscii: .traceAscii
        case .traceTime: .traceTime
        case .stderr: .stderr
        case .showSecrets: .showSecrets
        case .help: .help
        case .version: .version
        case .config: .config
        case .disable: .disable
        case .generate: .generate
        }
    }

    /// The option with this letter.
    package init?(letter: Unicode.Scalar) {
        switch letter {
        case "#": self = .progressBar
        case "4": self = .ipv4
        case "6": self = .ipv6
        case ":": self = .next
        case "A": self = .userAgent
        case "b": self = .cookie
        case "c": self = .cookieJar
        case "C": self = .continueAt
        case "d": self = .data
        case "D": self = .dumpHeader
        case "e": self = .referer
        case "E": self = .cert
        case "f": self = .fail
        case "g": self = .globoff
        case "G": self = .get
        case "h": self = .help
        case "H": self = .header
        case "i": self = .showHeaders
        case "I": self = .head
        case "J": self = .remoteHeaderName
        case "k": self = .insecure
        case "K": self = .config
        case "L": self = .location
        case "m": self = .maxTime
        case "N": self = .buffer
        case "o": self = .output
        case "O": self = .remoteName
        case "p": self = .proxyTunnel
        case "q": self = .disable
        case "r": self = .range
        case "s": self = .silent
        case "S": self = .showError
        case "T": self = .uploadFile
        case "u": self = .user
        case "U": self = .proxyUser
        case "v": self = .verbose
        case "V": self = .version
        case "w": self = .writeOut
        case "x": self = .proxy
        case "X": self = .request
        case "Z": self = .parallel
        default: return nil
        }
    }

    /// The option with this long name or another long spelling of it; no abbreviations.
    package static func named(_ name: String) -> OptionID? {
        OptionID(rawValue: name) ?? (name == "include" ? .showHeaders : nil)
    }
}

extension OptionID {
    /// The letter of the option, for help texts.
    package var letter: Character? {
        for byte in UInt8(ascii: "!")...UInt8(ascii: "~") where OptionID(letter: Unicode.Scalar(byte)) == self
        {
            return Character(Unicode.Scalar(byte))
        }
        return nil
    }

    /// Other long names, for help texts.
    package var otherNames: [String] {
        self == .showHeaders ? ["include"] : []
    }

    /// The long spelling that help shows, with its dashes: the one that changes the default.
    package var documentedName: String {
        (row.kind.isDocumentedNegated ? "--no-" : "--") + rawValue
    }

    /// The name, without dashes, that a mistyped one probably meant.
    static func nearest(to name: String) -> String? {
        let typed = Array(name.utf8.prefix(40))
        guard typed.count > 2 else { return nil }
        var best: (name: String, distance: Int)?
        for id in allCases where id.row.category != .hidden {
            let candidate = String(id.documentedName.dropFirst(2))
            let distance = editDistance(typed, Array(candidate.utf8))
            if distance <= min(max(1, typed.count / 3), 3), distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// Insertions, deletions and replacements that lead from one to the other.
    private static func editDistance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var row = Array(0...other.count)
        for (index, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, candidate) in other.enumerated() {
                let replaced = diagonal + (byte == candidate ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
