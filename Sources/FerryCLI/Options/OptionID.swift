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
    case pathAsIs = "path-as-is"
    case proto
    case protoRedir = "proto-redir"
    case protoDefault = "proto-default"
    // The request
    case request
    case header
    case userAgent = "user-agent"
    case referer
    case head
    case user
    case basic
    case digest
    case anyauth
    case netrc
    case netrcOptional = "netrc-optional"
    case netrcFile = "netrc-file"
    case oauth2Bearer = "oauth2-bearer"
    case awsSigV4 = "aws-sigv4"
    case httpsigAlgo = "httpsig-algo"
    case httpsigHeaders = "httpsig-headers"
    case httpsigKey = "httpsig-key"
    case httpsigKeyid = "httpsig-keyid"
    case disallowUsernameInURL = "disallow-username-in-url"
    case cookie
    case cookieJar = "cookie-jar"
    case junkSessionCookies = "junk-session-cookies"
    case range
    case compressed
    case http11 = "http1.1"
    case http10 = "http1.0"
    case requestTarget = "request-target"
    case timeCond = "time-cond"
    case etagSave = "etag-save"
    case etagCompare = "etag-compare"
    // Data
    case data
    case dataASCII = "data-ascii"
    case dataRaw = "data-raw"
    case dataBinary = "data-binary"
    case dataURLEncode = "data-urlencode"
    case json
    case form
    case formString = "form-string"
    case formEscape = "form-escape"
    case uploadFile = "upload-file"
    // Redirects and failure
    case location
    case follow
    case post301
    case post302
    case post303
    case locationTrusted = "location-trusted"
    case maxRedirs = "max-redirs"
    case fail
    case failWithBody = "fail-with-body"
    case http09 = "http0.9"
    case raw
    case trEncoding = "tr-encoding"
    case ignoreContentLength = "ignore-content-length"
    // Output
    case output
    case remoteName = "remote-name"
    case remoteHeaderName = "remote-header-name"
    case remoteNameAll = "remote-name-all"
    case outNull = "out-null"
    case clobber
    case skipExisting = "skip-existing"
    case removeOnError = "remove-on-error"
    case remoteTime = "remote-time"
    case xattr
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
    case rate
    // Connections
    case connectTimeout = "connect-timeout"
    case maxTime = "max-time"
    case expectTimeout = "expect100-timeout"
    case connectTo = "connect-to"
    case resolve
    case ipv4
    case ipv6
    case addressFamily = "address-family"
    case localAddr = "local-addr"
    case unixSocket = "unix-socket"
    case abstractUnixSocket = "abstract-unix-socket"
    case limitRate = "limit-rate"
    case speedLimit = "speed-limit"
    case speedTime = "speed-time"
    case forceClose = "force-close"
    case keepaliveTimeout = "keepalive-timeout"
    case dnsCache = "dns-cache"
    case dnsCacheTTL = "dns-cache-ttl"
    case happyEyeballsTimeout = "happy-eyeballs-timeout-ms"
    case interleave
    case interface
    case localPort = "local-port"
    case keepalive
    case keepaliveTime = "keepalive-time"
    case keepaliveCnt = "keepalive-cnt"
    case tcpNodelay = "tcp-nodelay"
    case tcpFastopen = "tcp-fastopen"
    case ipTos = "ip-tos"
    case vlanPriority = "vlan-priority"
    case mptcp
    case haproxyProtocol = "haproxy-protocol"
    case haproxyClientIP = "haproxy-clientip"
    // Trust
    case insecure
    case cacert
    case capath
    case crlfile
    case certStatus = "cert-status"
    case pinnedpubkey
    case cert
    case certType = "cert-type"
    case key
    case keyType = "key-type"
    case pass
    case tlsv1
    case tlsv10 = "tlsv1.0"
    case tlsv11 = "tlsv1.1"
    case tlsv12 = "tlsv1.2"
    case tlsv13 = "tlsv1.3"
    case tlsMax = "tls-max"
    case ciphers
    case tls13Ciphers = "tls13-ciphers"
    case curves
    case sigalgs
    case alpn
    case sessionid
    case hsts
    case sslSessions = "ssl-sessions"
    case fingerprint
    case printFingerprint = "print-fingerprint"
    case tlsShutdownTimeout = "tls-shutdown-timeout"
    case enableCleanupClosed = "enable-cleanup-closed"
    // Proxies
    case proxy
    case noproxy
    case proxyUser = "proxy-user"
    case proxyBasic = "proxy-basic"
    case proxyDigest = "proxy-digest"
    case proxyAnyauth = "proxy-anyauth"
    case proxyTunnel = "proxytunnel"
    case proxyInsecure = "proxy-insecure"
    case proxyCacert = "proxy-cacert"
    case proxyCapath = "proxy-capath"
    case proxyCrlfile = "proxy-crlfile"
    case proxyPinnedpubkey = "proxy-pinnedpubkey"
    case proxyCert = "proxy-cert"
    case proxyCertType = "proxy-cert-type"
    case proxyKey = "proxy-key"
    case proxyKeyType = "proxy-key-type"
    case proxyPass = "proxy-pass"
    case proxyTlsv1 = "proxy-tlsv1"
    case proxyCiphers = "proxy-ciphers"
    case proxyTls13Ciphers = "proxy-tls13-ciphers"
    case proxyHeader = "proxy-header"
    case suppressConnectHeaders = "suppress-connect-headers"
    case proxy10 = "proxy1.0"
    case socks4
    case socks4a
    case socks5
    case socks5Hostname = "socks5-hostname"
    case socks5Basic = "socks5-basic"
    case preproxy
    // Messages
    case silent
    case showError = "show-error"
    case verbose
    case progressBar = "progress-bar"
    case progressMeter = "progress-meter"
    case traceAscii = "trace-ascii"
    case traceTime = "trace-time"
    case trace
    case traceIds = "trace-ids"
    case traceConfig = "trace-config"
    case styledOutput = "styled-output"
    case stderr
    case showSecrets = "show-secrets"
    // The tool
    case help
    case manual
    case variable
    case version
    case config
    case disable
    case generate
    // Options of curl that do nothing here, or are refused
    case altSvc = "alt-svc"
    case append
    case caNative = "ca-native"
    case compressedSSH = "compressed-ssh"
    case createFileMode = "create-file-mode"
    case crlf
    case delegation
    case disableEPRT = "disable-eprt"
    case disableEPSV = "disable-epsv"
    case dnsInterface = "dns-interface"
    case dnsIPv4Addr = "dns-ipv4-addr"
    case dnsIPv6Addr = "dns-ipv6-addr"
    case dnsServers = "dns-servers"
    case dohCertStatus = "doh-cert-status"
    case dohInsecure = "doh-insecure"
    case dohURL = "doh-url"
    case dumpCAEmbed = "dump-ca-embed"
    case ech
    case egdFile = "egd-file"
    case engine
    case falseStart = "false-start"
    case ftpAccount = "ftp-account"
    case ftpAlternativeToUser = "ftp-alternative-to-user"
    case ftpCreateDirs = "ftp-create-dirs"
    case ftpMethod = "ftp-method"
    case ftpPasv = "ftp-pasv"
    case ftpPort = "ftp-port"
    case ftpPret = "ftp-pret"
    case ftpSkipPasvIP = "ftp-skip-pasv-ip"
    case ftpSSLCCC = "ftp-ssl-ccc"
    case ftpSSLCCCMode = "ftp-ssl-ccc-mode"
    case ftpSSLControl = "ftp-ssl-control"
    case hostpubmd5
    case hostpubsha256
    case http2
    case http2PriorKnowledge = "http2-prior-knowledge"
    case http3
    case http3Only = "http3-only"
    case ipfsGateway = "ipfs-gateway"
    case knownhosts
    case krb
    case libcurl
    case listOnly = "list-only"
    case loginOptions = "login-options"
    case mailAuth = "mail-auth"
    case mailFrom = "mail-from"
    case mailRcpt = "mail-rcpt"
    case mailRcptAllowfails = "mail-rcpt-allowfails"
    case metalink
    case negotiate
    case npn
    case ntlm
    case ntlmWb = "ntlm-wb"
    case parallelImmediate = "parallel-immediate"
    case proxyCANative = "proxy-ca-native"
    case proxyHTTP2 = "proxy-http2"
    case proxyHTTP3 = "proxy-http3"
    case proxyNegotiate = "proxy-negotiate"
    case proxyNTLM = "proxy-ntlm"
    case proxyServiceName = "proxy-service-name"
    case proxySSLAllowBeast = "proxy-ssl-allow-beast"
    case proxySSLAutoClientCert = "proxy-ssl-auto-client-cert"
    case proxyTlsauthtype = "proxy-tlsauthtype"
    case proxyTlspassword = "proxy-tlspassword"
    case proxyTlsuser = "proxy-tlsuser"
    case pubkey
    case quote
    case randomFile = "random-file"
    case saslAuthzid = "sasl-authzid"
    case saslIR = "sasl-ir"
    case serviceName = "service-name"
    case socks5Gssapi = "socks5-gssapi"
    case socks5GssapiNec = "socks5-gssapi-nec"
    case socks5GssapiService = "socks5-gssapi-service"
    case ssl
    case sslAllowBeast = "ssl-allow-beast"
    case sslAutoClientCert = "ssl-auto-client-cert"
    case sslNoRevoke = "ssl-no-revoke"
    case sslReqd = "ssl-reqd"
    case sslRevokeBestEffort = "ssl-revoke-best-effort"
    case sslv2
    case sslv3
    case telnetOption = "telnet-option"
    case tftpBlksize = "tftp-blksize"
    case tftpNoOptions = "tftp-no-options"
    case tlsEarlydata = "tls-earlydata"
    case tlsauthtype
    case tlspassword
    case tlsuser
    case uploadFlags = "upload-flags"
    case useAscii = "use-ascii"

    /// The row of the table.
    package var row: OptionRow {
        switch self {
        case .url: .url
        case .next: .next
        case .globoff: .globoff
        case .get: .get
        case .urlQuery: .urlQuery
        case .pathAsIs: .pathAsIs
        case .proto: .proto
        case .protoRedir: .protoRedir
        case .protoDefault: .protoDefault
        case .request: .request
        case .header: .header
        case .userAgent: .userAgent
        case .referer: .referer
        case .head: .head
        case .user: .user
        case .basic: .basic
        case .digest: .digest
        case .anyauth: .anyauth
        case .netrc: .netrc
        case .netrcOptional: .netrcOptional
        case .netrcFile: .netrcFile
        case .oauth2Bearer: .oauth2Bearer
        case .awsSigV4: .awsSigV4
        case .httpsigAlgo: .httpsigAlgo
        case .httpsigHeaders: .httpsigHeaders
        case .httpsigKey: .httpsigKey
        case .httpsigKeyid: .httpsigKeyid
        case .disallowUsernameInURL: .disallowUsernameInURL
        case .cookie: .cookie
        case .cookieJar: .cookieJar
        case .junkSessionCookies: .junkSessionCookies
        case .range: .range
        case .compressed: .compressed
        case .http11: .http11
        case .http10: .http10
        case .requestTarget: .requestTarget
        case .timeCond: .timeCond
        case .etagSave: .etagSave
        case .etagCompare: .etagCompare
        case .data: .data
        case .dataASCII: .dataASCII
        case .dataRaw: .dataRaw
        case .dataBinary: .dataBinary
        case .dataURLEncode: .dataURLEncode
        case .json: .json
        case .form: .form
        case .formString: .formString
        case .formEscape: .formEscape
        case .uploadFile: .uploadFile
        case .location: .location
        case .follow: .follow
        case .post301: .post301
        case .post302: .post302
        case .post303: .post303
        case .locationTrusted: .locationTrusted
        case .maxRedirs: .maxRedirs
        case .fail: .fail
        case .failWithBody: .failWithBody
        case .http09: .http09
        case .raw: .raw
        case .trEncoding: .trEncoding
        case .ignoreContentLength: .ignoreContentLength
        case .output: .output
        case .remoteName: .remoteName
        case .remoteHeaderName: .remoteHeaderName
        case .remoteNameAll: .remoteNameAll
        case .outNull: .outNull
        case .clobber: .clobber
        case .skipExisting: .skipExisting
        case .removeOnError: .removeOnError
        case .remoteTime: .remoteTime
        case .xattr: .xattr
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
        case .rate: .rate
        case .connectTimeout: .connectTimeout
        case .maxTime: .maxTime
        case .expectTimeout: .expectTimeout
        case .connectTo: .connectTo
        case .resolve: .resolve
        case .ipv4: .ipv4
        case .ipv6: .ipv6
        case .addressFamily: .addressFamily
        case .localAddr: .localAddr
        case .unixSocket: .unixSocket
        case .abstractUnixSocket: .abstractUnixSocket
        case .limitRate: .limitRate
        case .speedLimit: .speedLimit
        case .speedTime: .speedTime
        case .forceClose: .forceClose
        case .keepaliveTimeout: .keepaliveTimeout
        case .dnsCache: .dnsCache
        case .dnsCacheTTL: .dnsCacheTTL
        case .happyEyeballsTimeout: .happyEyeballsTimeout
        case .interleave: .interleave
        case .interface: .interface
        case .localPort: .localPort
        case .keepalive: .keepalive
        case .keepaliveTime: .keepaliveTime
        case .keepaliveCnt: .keepaliveCnt
        case .tcpNodelay: .tcpNodelay
        case .tcpFastopen: .tcpFastopen
        case .ipTos: .ipTos
        case .vlanPriority: .vlanPriority
        case .mptcp: .mptcp
        case .haproxyProtocol: .haproxyProtocol
        case .haproxyClientIP: .haproxyClientIP
        case .insecure: .insecure
        case .cacert: .cacert
        case .capath: .capath
        case .crlfile: .crlfile
        case .certStatus: .certStatus
        case .pinnedpubkey: .pinnedpubkey
        case .cert: .cert
        case .certType: .certType
        case .key: .key
        case .keyType: .keyType
        case .pass: .pass
        case .tlsv1: .tlsv1
        case .tlsv10: .tlsv10
        case .tlsv11: .tlsv11
        case .tlsv12: .tlsv12
        case .tlsv13: .tlsv13
        case .tlsMax: .tlsMax
        case .ciphers: .ciphers
        case .tls13Ciphers: .tls13Ciphers
        case .curves: .curves
        case .sigalgs: .sigalgs
        case .alpn: .alpn
        case .sessionid: .sessionid
        case .hsts: .hsts
        case .sslSessions: .sslSessions
        case .fingerprint: .fingerprint
        case .printFingerprint: .printFingerprint
        case .tlsShutdownTimeout: .tlsShutdownTimeout
        case .enableCleanupClosed: .enableCleanupClosed
        case .proxy: .proxy
        case .noproxy: .noproxy
        case .proxyUser: .proxyUser
        case .proxyBasic: .proxyBasic
        case .proxyDigest: .proxyDigest
        case .proxyAnyauth: .proxyAnyauth
        case .proxyTunnel: .proxyTunnel
        case .proxyInsecure: .proxyInsecure
        case .proxyCacert: .proxyCacert
        case .proxyCapath: .proxyCapath
        case .proxyCrlfile: .proxyCrlfile
        case .proxyPinnedpubkey: .proxyPinnedpubkey
        case .proxyCert: .proxyCert
        case .proxyCertType: .proxyCertType
        case .proxyKey: .proxyKey
        case .proxyKeyType: .proxyKeyType
        case .proxyPass: .proxyPass
        case .proxyTlsv1: .proxyTlsv1
        case .proxyCiphers: .proxyCiphers
        case .proxyTls13Ciphers: .proxyTls13Ciphers
        case .proxyHeader: .proxyHeader
        case .suppressConnectHeaders: .suppressConnectHeaders
        case .proxy10: .proxy10
        case .socks4: .socks4
        case .socks4a: .socks4a
        case .socks5: .socks5
        case .socks5Hostname: .socks5Hostname
        case .socks5Basic: .socks5Basic
        case .preproxy: .preproxy
        case .silent: .silent
        case .showError: .showError
        case .verbose: .verbose
        case .progressBar: .progressBar
        case .progressMeter: .progressMeter
        case .traceAscii: .traceAscii
        case .traceTime: .traceTime
        case .trace: .trace
        case .traceIds: .traceIds
        case .traceConfig: .traceConfig
        case .styledOutput: .styledOutput
        case .stderr: .stderr
        case .showSecrets: .showSecrets
        case .help: .help
        case .manual: .manual
        case .variable: .variable
        case .version: .version
        case .config: .config
        case .disable: .disable
        case .generate: .generate
        case .altSvc, .append, .caNative, .compressedSSH, .createFileMode, .crlf, .delegation, .disableEPRT,
            .disableEPSV, .dnsInterface, .dnsIPv4Addr, .dnsIPv6Addr, .dnsServers, .dohCertStatus,
            .dohInsecure, .dohURL, .dumpCAEmbed, .ech, .egdFile, .engine, .falseStart, .ftpAccount,
            .ftpAlternativeToUser, .ftpCreateDirs, .ftpMethod, .ftpPasv, .ftpPort, .ftpPret, .ftpSkipPasvIP,
            .ftpSSLCCC, .ftpSSLCCCMode, .ftpSSLControl, .hostpubmd5, .hostpubsha256, .http2,
            .http2PriorKnowledge, .http3, .http3Only, .ipfsGateway, .knownhosts, .krb, .libcurl, .listOnly,
            .loginOptions, .mailAuth, .mailFrom, .mailRcpt, .mailRcptAllowfails, .metalink, .negotiate, .npn,
            .ntlm, .ntlmWb, .parallelImmediate, .proxyCANative, .proxyHTTP2, .proxyHTTP3, .proxyNegotiate,
            .proxyNTLM, .proxyServiceName, .proxySSLAllowBeast, .proxySSLAutoClientCert, .proxyTlsauthtype,
            .proxyTlspassword, .proxyTlsuser, .pubkey, .quote, .randomFile, .saslAuthzid, .saslIR,
            .serviceName, .socks5Gssapi, .socks5GssapiNec, .socks5GssapiService, .ssl, .sslAllowBeast,
            .sslAutoClientCert, .sslNoRevoke, .sslReqd, .sslRevokeBestEffort, .sslv2, .sslv3, .telnetOption,
            .tftpBlksize, .tftpNoOptions, .tlsEarlydata, .tlsauthtype, .tlspassword, .tlsuser, .uploadFlags,
            .useAscii:
            .inert(self)
        }
    }

    /// The option with this letter.
    package init?(letter: Unicode.Scalar) {
        switch letter {
        case "#": self = .progressBar
        case "1": self = .tlsv1
        case "2": self = .sslv2
        case "3": self = .sslv3
        case "0": self = .http10
        case "4": self = .ipv4
        case "6": self = .ipv6
        case ":": self = .next
        case "A": self = .userAgent
        case "a": self = .append
        case "B": self = .useAscii
        case "b": self = .cookie
        case "c": self = .cookieJar
        case "C": self = .continueAt
        case "d": self = .data
        case "D": self = .dumpHeader
        case "e": self = .referer
        case "E": self = .cert
        case "f": self = .fail
        case "F": self = .form
        case "g": self = .globoff
        case "G": self = .get
        case "h": self = .help
        case "H": self = .header
        case "i": self = .showHeaders
        case "I": self = .head
        case "j": self = .junkSessionCookies
        case "J": self = .remoteHeaderName
        case "k": self = .insecure
        case "K": self = .config
        case "L": self = .location
        case "l": self = .listOnly
        case "m": self = .maxTime
        case "n": self = .netrc
        case "M": self = .manual
        case "N": self = .buffer
        case "o": self = .output
        case "O": self = .remoteName
        case "p": self = .proxyTunnel
        case "P": self = .ftpPort
        case "q": self = .disable
        case "Q": self = .quote
        case "r": self = .range
        case "R": self = .remoteTime
        case "s": self = .silent
        case "S": self = .showError
        case "T": self = .uploadFile
        case "t": self = .telnetOption
        case "u": self = .user
        case "U": self = .proxyUser
        case "v": self = .verbose
        case "V": self = .version
        case "w": self = .writeOut
        case "x": self = .proxy
        case "y": self = .speedTime
        case "Y": self = .speedLimit
        case "X": self = .request
        case "z": self = .timeCond
        case "Z": self = .parallel
        default: return nil
        }
    }

    /// The option with this long name or another long spelling of it; no abbreviations.
    package static func named(_ name: String) -> OptionID? {
        OptionID(rawValue: name) ?? allCases.first { $0.otherNames.contains(name) }
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
        switch self {
        case .showHeaders: ["include"]
        case .disableEPRT: ["eprt"]
        case .disableEPSV: ["epsv"]
        case .krb: ["krb4"]
        case .ssl: ["ftp-ssl"]
        case .sslReqd: ["ftp-ssl-reqd"]
        default: []
        }
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
        for id in allCases where id.row.category != .hidden && id.row.category != .curl {
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
