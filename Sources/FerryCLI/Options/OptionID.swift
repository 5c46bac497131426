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
}
