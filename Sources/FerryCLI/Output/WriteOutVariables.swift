import HTTPCore

/// The value of a `-w` variable, which decides how it is written.
enum WriteOutValue {
    /// Nil is nothing, and null in JSON.
    case text(String?)
    /// What the server chose: its bytes, and in JSON a text of them.
    case received(TransferReport.Header?)
    /// A login: shown where its own variable is named, but among all others only when `isShown`.
    case secret(String?, isShown: Bool)
    /// A URL or a part of one that may hold a secret: whole where it is named, and as `json` says among all others.
    case guarded(String?, json: String?)
    case integer(Int)
    /// Three digits in text.
    case statusCode(Int)
    /// Seconds with six decimals.
    case seconds(Duration)

    var text: String {
        switch self {
        case .text(let text), .secret(let text, _), .guarded(let text, _): text ?? ""
        case .received(let header): header?.value ?? ""
        case .integer(let number): String(number)
        case .statusCode(let code): padded(code, 3, with: "0")
        case .seconds(let duration): Self.decimal(duration)
        }
    }

    var bytes: [UInt8] {
        if case .received(let header) = self { return header?.valueBytes ?? [] }
        return CarriedText.bytes(of: text).bytes
    }

    /// Numbers stay as they are: what is shown has to be JSON.
    func json(_ secrets: Secrets) -> String {
        switch self {
        case .text(nil), .secret(nil, _), .guarded(_, nil), .received(nil): "null"
        case .text(let text?), .secret(let text?, true), .guarded(_, let text?):
            jsonString(secrets.text(text))
        case .received(let header?): jsonString(secrets.text(header.value))
        case .secret(_?, false): jsonString("[redacted]")
        case .statusCode(let code): String(code)
        case .integer, .seconds: text
        }
    }

    private static func decimal(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return "\(seconds).\(padded(Int(attoseconds / 1_000_000_000_000), 6, with: "0"))"
    }
}

/// The variables of `-w` by name.
enum WriteOutVariables {
    typealias Reader = @Sendable (TransferReport) -> WriteOutValue

    /// All that `%{json}` shows, in its order.
    static var all: [(name: String, read: Reader)] { table }

    static func named(_ name: String) -> Reader? { byName[name] }

    private static let byName = Dictionary(
        uniqueKeysWithValues: table.map { ($0.name, $0.read) })

    private static let table: [(name: String, read: Reader)] =
        (plain + urlParts("url", \.urlParts) + urlParts("urle", \.effectiveURLParts)).sorted {
            $0.name < $1.name
        }

    private static var plain: [(name: String, read: Reader)] {
        [
            ("checksum", { .text($0.checksum) }),
            ("resumed_from", { .integer(Int($0.resumedFrom)) }),
            ("retries", { .integer($0.retryCount) }),
            ("retries_pause", { .seconds($0.retryPause) }),
            ("retries_reason", { .text($0.retryReason) }),
            ("certs", { .text($0.certificates) }),
            ("conn_id", { .integer($0.connectionID) }),
            ("content_type", { .received($0.contentType) }),
            ("errormsg", { .text($0.errorMessage) }),
            ("exitcode", { .integer($0.exitCode) }),
            ("filename_effective", { .text($0.fileName) }),
            ("ftp_entry_path", { _ in .text(nil) }),
            ("http_code", { .statusCode($0.responseCode) }),
            ("http_connect", { .statusCode($0.connectCode) }),
            ("http_version", { .text($0.httpVersion) }),
            ("local_ip", { .text($0.localIP) }),
            ("local_port", { .integer($0.localPort) }),
            ("method", { .text($0.method) }),
            ("num_certs", { .integer($0.certificateCount) }),
            ("num_connects", { .integer($0.connectCount) }),
            ("num_headers", { .integer($0.headers.count) }),
            ("num_redirects", { .integer($0.redirectCount) }),
            ("num_retries", { .integer($0.retryCount) }),
            ("proxy_ssl_verify_result", { .integer($0.proxyVerifyResult) }),
            ("proxy_used", { .integer($0.usedProxy ? 1 : 0) }),
            ("redirect_url", { guarded($0.redirectURL, $0) }),
            ("referer", { guarded($0.referer, $0) }),
            ("remote_ip", { .text($0.remoteIP) }),
            ("remote_port", { .integer($0.remotePort) }),
            ("response_code", { .statusCode($0.responseCode) }),
            ("scheme", { .text($0.effectiveURLParts.scheme) }),
            ("size_delivered", { .integer(Int($0.deliveredBytes)) }),
            ("size_download", { .integer(Int($0.downloadBytes)) }),
            ("size_header", { .integer(Int($0.headerBytes)) }),
            ("size_request", { .integer(Int($0.requestBytes)) }),
            ("size_upload", { .integer(Int($0.uploadBytes)) }),
            ("speed_download", { .integer(speed($0.downloadBytes, $0.totalTime)) }),
            ("speed_upload", { .integer(speed($0.uploadBytes, $0.totalTime)) }),
            ("ssl_verify_result", { .integer($0.verifyResult) }),
            ("time_appconnect", { .seconds($0.appConnectTime) }),
            ("time_connect", { .seconds($0.connectTime) }),
            ("time_namelookup", { .seconds($0.nameLookupTime) }),
            ("time_posttransfer", { .seconds($0.postTransferTime) }),
            ("time_pretransfer", { .seconds($0.preTransferTime) }),
            ("time_queue", { .seconds($0.queueTime) }),
            ("time_redirect", { .seconds($0.redirectTime) }),
            ("time_starttransfer", { .seconds($0.startTransferTime) }),
            ("time_total", { .seconds($0.totalTime) }),
            ("tls_earlydata", { .integer($0.tlsEarlyDataBytes) }),
            ("unix_socket", { .text($0.unixSocket) }),
            ("url", { guarded($0.url, $0) }),
            ("url_effective", { guarded($0.effectiveURL, $0) }),
            ("urlnum", { .integer($0.urlIndex) }),
            ("xfer_id", { .integer($0.transferID) }),
        ]
    }

    private static func urlParts(
        _ prefix: String, _ parts: any KeyPath<TransferReport, TransferReport.URLParts> & Sendable
    ) -> [(name: String, read: Reader)] {
        let fields: [(String, any KeyPath<TransferReport.URLParts, String?> & Sendable)] = [
            ("scheme", \.scheme), ("user", \.user), ("password", \.password), ("options", \.options),
            ("host", \.host), ("port", \.port), ("path", \.path), ("query", \.query),
            ("fragment", \.fragment),
            ("zoneid", \.zoneID),
        ]
        return fields.map { name, part in
            let name = "\(prefix).\(name)"
            return switch part {
            case \.user, \.password:
                (name, { .secret($0[keyPath: parts][keyPath: part], isShown: $0.showsSecrets) })
            case \.path:
                (name, { guarded($0[keyPath: parts].path, $0) })
            case \.query:
                (name, { guarded($0[keyPath: parts].query, $0, behind: "?") })
            case \.fragment:
                (name, { guarded($0[keyPath: parts].fragment, $0, behind: "#") })
            default: (name, { .text($0[keyPath: parts][keyPath: part]) })
            }
        }
    }

    /// A text that may hold what nobody is to see; `mark` stands before it in its URL.
    private static func guarded(_ text: String?, _ report: TransferReport, behind mark: String = "")
        -> WriteOutValue
    {
        guard let text, !report.showsSecrets else { return .guarded(text, json: text) }
        let hidden = SecretRedactor.redact(url: mark + text)
        return .guarded(text, json: String(hidden.dropFirst(mark.count)))
    }

    private static func speed(_ bytes: Int64, _ time: Duration) -> Int {
        let seconds = time / .seconds(1)
        guard seconds > 0 else { return 0 }
        return Int(exactly: (Double(bytes) / seconds).rounded(.down)) ?? 0
    }
}

/// The text as a JSON string, quotes included.
func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\u{8}": result += "\\b"
        case "\u{C}": result += "\\f"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20:
            result += "\\u" + padded(String(scalar.value, radix: 16), 4, with: "0")
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
