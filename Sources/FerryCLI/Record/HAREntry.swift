import Connector
import HTTPClient
import HTTPCore

/// A request and its answer, as an entry of an HTTP Archive.
struct HAREntry {
    private let request: TransferEvent.Request
    private let transfer: Int
    private let attempt: Int
    private let hop: Int
    private let start: Int
    var requestHead: [UInt8] = []
    var requestBody: [UInt8] = []
    var requestBodyBytes = 0
    /// The final head; nil when none came.
    var head: ResponseHead?
    /// As it came, content coding included; the first part of one that is long.
    var body: [UInt8] = []
    var bodyBytes = 0
    var connection: Int?
    var isReused = false
    /// Numeric.
    var address: String?
    /// The path of a Unix socket, which is no address.
    var socket: String?
    var error: String?
    /// Microseconds by phase.
    var spent: [Int] = []

    init(_ request: TransferEvent.Request, _ event: TransferEvent, at start: Int) {
        self.request = request
        (transfer, attempt, hop) = (event.transfer, event.attempt, event.hop)
        self.start = start
    }

    /// Adds to a body what there is room for.
    static func keep(
        _ bytes: UnsafeRawBufferPointer, in entry: inout HAREntry?,
        _ body: WritableKeyPath<HAREntry, [UInt8]>
    ) {
        let room = HARFile.keptBytes - (entry?[keyPath: body].count ?? 0)
        if room > 0 { entry?[keyPath: body].append(contentsOf: bytes.prefix(room)) }
    }

    // MARK: JSON

    /// The entry as JSON, without a line end.
    @LoopActor
    func json(_ har: HARFile) -> String {
        var members = [
            ("startedDateTime", jsonString(har.date(at: start))), ("time", Self.milliseconds(total)),
            ("request", requestJSON(har)), ("response", responseJSON(har)), ("cache", "{}"),
            ("timings", timings),
        ]
        if let address { members.append(("serverIPAddress", jsonString(address))) }
        if let socket { members.append(("_socket", jsonString(har.secrets.text(socket)))) }
        if let connection {
            members.append(("connection", "\"\(connection)\""))
            members.append(("_reused", "\(isReused)"))
        }
        members += [("_transfer", "\(transfer)"), ("_attempt", "\(attempt)"), ("_hop", "\(hop)")]
        if let error { members.append(("_error", jsonString(har.secrets.sentence(error)))) }
        return Self.object(members)
    }

    private static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    private static func array(_ elements: [String]) -> String { "[" + elements.joined(separator: ",") + "]" }

    // MARK: Timings

    private func time(_ phase: Phase) -> Int { spent.isEmpty ? 0 : spent[phase.rawValue] }

    /// Without what the tool does itself, which has no place in an entry.
    private var total: Int { spent.reduce(0, +) - time(.other) - time(.pause) }

    /// In an archive `connect` holds what `ssl` counts; what did not happen is -1.
    private var timings: String {
        func unlessNothing(_ microseconds: Int) -> String {
            microseconds > 0 ? Self.milliseconds(microseconds) : "-1"
        }
        return Self.object([
            ("blocked", unlessNothing(time(.queue))), ("dns", unlessNothing(time(.dns))),
            ("connect", unlessNothing(time(.connect) + time(.proxy) + time(.tls))),
            ("ssl", unlessNothing(time(.tls))), ("send", Self.milliseconds(time(.send))),
            ("wait", Self.milliseconds(time(.wait))), ("receive", Self.milliseconds(time(.receive))),
        ])
    }

    private static func milliseconds(_ microseconds: Int) -> String {
        "\(microseconds / 1000).\(padded(microseconds % 1000, 3, with: "0"))"
    }

    // MARK: Request

    @LoopActor
    private func requestJSON(_ har: HARFile) -> String {
        let fields = HARFields(requestHead, har.secrets)
        let url = har.secrets.uri(request.url)
        var members = [
            ("method", jsonString(har.secrets.text(request.method))), ("url", jsonString(url)),
            ("httpVersion", jsonString(fields.lastWord.isEmpty ? "HTTP/1.1" : fields.lastWord)),
            ("cookies", Self.array(fields.sentCookies)), ("headers", Self.array(fields.json)),
            ("queryString", Self.array(Self.queryPairs(url))),
            ("headersSize", requestHead.isEmpty ? "-1" : "\(requestHead.count)"),
            ("bodySize", "\(requestBodyBytes)"),
        ]
        if !requestBody.isEmpty, har.bodies != .none {
            let type = fields.value(of: "content-type") ?? ""
            let text = HARBody(
                requestBody, type: type, isWhole: requestBody.count == requestBodyBytes, har.secrets)
            if har.bodies == .all || text.isText {
                members.append(
                    (
                        "postData",
                        Self.object([("mimeType", jsonString(type))] + text.members(encoding: "_encoding"))
                    ))
            }
        }
        return Self.object(members)
    }

    private static func queryPairs(_ url: String) -> [String] {
        guard let mark = url.firstIndex(of: "?") else { return [] }
        return url[mark...].dropFirst().prefix { $0 != "#" }.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                part in
                String(
                    decoding: PercentCoding.decodeLeniently(part.utf8.map { $0 == 0x2B ? 0x20 : $0 }),
                    as: UTF8.self)
            }
            return object([
                ("name", jsonString(parts[0])), ("value", jsonString(parts.count > 1 ? parts[1] : "")),
            ])
        }
    }

    // MARK: Response

    @LoopActor
    private func responseJSON(_ har: HARFile) -> String {
        let fields = HARFields(head?.raw ?? [], har.secrets)
        let type = fields.value(of: "content-type") ?? "x-unknown"
        var content: [(String, String)] = [("mimeType", jsonString(type))]
        var size = bodyBytes
        if har.bodies != .none, let head, !body.isEmpty {
            let (decoded, isWhole) = decode(head, har)
            if isWhole {
                if size != decoded.count { content.append(("compression", "\(decoded.count - size)")) }
                size = decoded.count
            }
            let text = HARBody(decoded, type: type, isWhole: isWhole, har.secrets)
            if har.bodies == .all || text.isText { content += text.members(encoding: "encoding") }
        }
        content.insert(("size", "\(size)"), at: 0)
        return Self.object([
            ("status", "\(head?.status ?? 0)"),
            ("statusText", jsonString(har.secrets.sentence(head?.reason ?? ""))),
            ("httpVersion", jsonString(fields.firstWord)), ("cookies", Self.array(fields.setCookies)),
            ("headers", Self.array(fields.json)), ("content", Self.object(content)),
            ("redirectURL", jsonString(fields.value(of: "location") ?? "")),
            ("headersSize", head.map { "\($0.raw.count)" } ?? "-1"),
            ("bodySize", head == nil ? "-1" : "\(bodyBytes)"),
        ])
    }

    /// The body with its content coding undone, and whether that is all of it. What cannot be decoded stays as it came.
    @LoopActor
    private func decode(_ head: ResponseHead, _ har: HARFile) -> ([UInt8], isWhole: Bool) {
        let isWhole = body.count == bodyBytes
        guard
            let decoder = try? ResponseDecoder(
                head, content: true, transfer: false, limit: Int64(HARFile.keptBytes), scratch: har.scratch)
        else { return (body, isWhole) }
        var decoded: [UInt8] = []
        do {
            try body.withUnsafeBytes { try decoder.decode($0) { decoded.append(contentsOf: $0) } }
            if isWhole { try decoder.finish() }
            return (decoded, isWhole)
        } catch {
            return decoded.isEmpty ? (body, isWhole) : (decoded, false)
        }
    }
}

/// The text of a body, secrets hidden.
struct HARBody {
    private let text: String?
    private let bytes: [UInt8]
    private let isWhole: Bool
    /// The type says that people can read it.
    let isText: Bool

    init(_ bytes: [UInt8], type: String, isWhole: Bool, _ secrets: Secrets) {
        let shown = secrets.body(bytes, type: type)
        self.bytes = shown
        self.isWhole = isWhole
        // A part may end within a character.
        text = String(validating: shown, as: UTF8.self) ?? (isWhole ? nil : Self.wholeCharacters(shown))
        isText = text != nil && Self.isReadable(type)
    }

    private static func wholeCharacters(_ bytes: [UInt8]) -> String? {
        (1...3).lazy.compactMap { String(validating: bytes.dropLast($0), as: UTF8.self) }.first
    }

    private static func isReadable(_ type: String) -> Bool {
        let type = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        return type.hasPrefix("text/") || type.hasPrefix("multipart/")
            || ["json", "xml", "javascript", "ecmascript", "x-www-form-urlencoded", "yaml", "graphql"]
                .contains {
                    type.hasSuffix($0)
                }
    }

    /// The members that hold it.
    func members(encoding: String) -> [(String, String)] {
        var members: [(String, String)] = []
        if let text {
            members.append(("text", jsonString(text)))
        } else {
            members.append(("text", jsonString(Base64.encode(bytes))))
            members.append((encoding, "\"base64\""))
        }
        if !isWhole { members.append(("comment", jsonString("only the beginning is kept"))) }
        return members
    }
}

/// The fields of a head, secrets hidden.
struct HARFields {
    private var fields: [(name: String, value: String)] = []
    private var firstLine = ""

    /// A head as it is on the wire; empty = there is none.
    init(_ head: [UInt8], _ secrets: Secrets) {
        for line in secrets.head(head).split(separator: 0x0A) {
            let text = String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
            if firstLine.isEmpty {
                firstLine = text
            } else if text.first == " " || text.first == "\t", let last = fields.indices.last {
                // A folded line.
                fields[last].value += text
            } else if let colon = text.firstIndex(of: ":") {
                let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
                fields.append((String(text[..<colon]), String(value)))
            }
        }
    }

    /// The protocol of an answer.
    var firstWord: String { firstLine.split(separator: " ").first.map(String.init) ?? "" }
    /// The protocol of a request.
    var lastWord: String { firstLine.split(separator: " ").last.map(String.init) ?? "" }

    /// The first field of this name in lower case.
    func value(of name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }

    /// Objects with name and value.
    var json: [String] { fields.map { Self.pair($0.name, $0.value) } }

    /// Those of Cookie.
    var sentCookies: [String] {
        fields.filter { $0.name.lowercased() == "cookie" }.flatMap { field in
            field.value.split(separator: ";").map { Self.cookie($0, attributes: []) }
        }
    }

    /// Those of Set-Cookie.
    var setCookies: [String] {
        fields.filter { $0.name.lowercased() == "set-cookie" }.compactMap { field in
            let parts = field.value.split(separator: ";")
            return parts.first.map { Self.cookie($0, attributes: Array(parts.dropFirst())) }
        }
    }

    private static func pair(_ name: String, _ value: String, _ more: String = "") -> String {
        "{\"name\":\(jsonString(name)),\"value\":\(jsonString(value))\(more)}"
    }

    private static func cookie(_ text: Substring, attributes: [Substring]) -> String {
        func parts(_ text: Substring) -> (String, String) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                String(parts[0].drop { $0 == " " }), parts.count > 1 ? String(parts[1]) : ""
            )
        }
        var more = ""
        for attribute in attributes {
            let (name, value) = parts(attribute)
            switch name.lowercased() {
            case "path": more += ",\"path\":\(jsonString(value))"
            case "domain": more += ",\"domain\":\(jsonString(value))"
            case "httponly": more += ",\"httpOnly\":true"
            case "secure": more += ",\"secure\":true"
            default: break
            }
        }
        let (name, value) = parts(text)
        return pair(name, value, more)
    }
}
