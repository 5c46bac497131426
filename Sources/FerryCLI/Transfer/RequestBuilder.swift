import Connector
import HTTPClient
import HTTPCore

/// Writes requests: which fields, in which order, and which of them may leave for another origin. Pure.
///
/// The order on the wire: Host, Proxy-Authorization, Authorization, Range, If-Range,
/// User-Agent, Accept, Accept-Encoding, Referer,
/// Proxy-Connection, Transfer-Encoding, Cookie, Idempotency-Key, Connection, the user's own fields as given, Content-Length, Content-Type,
/// Expect. A field that the user gives or removes takes the place of the one that would be sent by itself; where the
/// user's must stay behind, the request is as if it had never been given.
struct RequestBuilder {
    let plan: Shared<RequestPlan>
    let forceClose: Bool
    let trustsRedirects: Bool
    /// The URL that was typed: what was given for it goes to no other origin.
    let firstURL: HTTPURL
    /// Tells the server which requests are the same one; nil = it is not told.
    var idempotencyKey: String?

    /// Bodies longer than this ask before they are sent (RFC 9110 §10.1.1).
    static let expectThreshold: Int64 = 1024 * 1024

    /// - Throws: `TransferFailure` when the fields of the user's contradict the body.
    func build(_ hop: HopRequest) throws -> RequestMessage {
        let isTypedOrigin = isTypedOrigin(hop.url)
        let body = try self.body(hop)
        let absolute = hop.proxy.map { !$0.tunnels(toTLS: hop.url.scheme.isTLS) } ?? false
        var given = plan.headers.filter { fits(HeaderArgument.trimmed($0.name), hop, body, isTypedOrigin) }
        if absolute {
            // They are the proxy's business, wherever the URL leads; whose host is asked for is not.
            given += plan.proxyHeaders.filter {
                !$0.isNamed("Host") && fits(HeaderArgument.trimmed($0.name), hop, body, true)
            }
        }
        let own = UserFields(given)
        var fields: [HeaderField] = []
        fields.reserveCapacity(8 + own.headers.count)
        func addBytes(_ name: String, _ content: ByteString?) {
            guard let content, !own.contains(name) else { return }
            fields.append(HeaderField(name: name, content: content))
        }
        func add(_ name: String, _ value: String?) { addBytes(name, value.map { ByteString($0) }) }
        func addCarried(_ name: String, _ value: String?) {
            addBytes(name, value.map { CarriedText.bytes(of: $0) })
        }

        addHost(hop.url, own, &fields)
        if absolute { addBytes("Proxy-Authorization", proxyAuthorization(hop)) }
        addBytes("Authorization", authorization(hop, isTypedOrigin: isTypedOrigin))
        switch hop.kind {
        case .get, .head:
            addCarried("Range", hop.range.map { "bytes=\($0)" })
            addBytes("If-Range", hop.ifRange)
        case .post, .put: add("Content-Range", hop.contentRange ?? contentRange(hop))
        }
        addCarried("User-Agent", plan.userAgent.isEmpty ? nil : plan.userAgent)
        if !plan.isJSON { add("Accept", "*/*") }
        if plan.shape.asksForTransferCoding { addTransferCodings(own, &fields) }
        if plan.isCompressed {
            add("Accept-Encoding", hop.refusesCodings ? "identity" : Ferry.acceptEncoding)
        }
        addCarried("Referer", referer(hop))
        if absolute { add("Proxy-Connection", "Keep-Alive") }
        if case .chunked = body { add("Transfer-Encoding", "chunked") }
        addBytes("Cookie", hop.cookie)
        if let condition = plan.timeCondition {
            add(condition.fieldName, HTTPDate.format(condition.seconds))
        }
        addCarried("Idempotency-Key", idempotencyKey)
        if forceClose, !plan.shape.asksForTransferCoding { add("Connection", "close") }
        for header in own.headers where !header.isNamed("Host") {
            // The boundary has to be added to it.
            if hop.contentType != nil, header.isNamed("Content-Type") { continue }
            if plan.shape.asksForTransferCoding, header.isNamed("Connection") { continue }
            if let field = header.field { fields.append(field) }
        }
        if plan.isJSON {
            add("Content-Type", "application/json")
            add("Accept", "application/json")
        }
        let expects = addFraming(body, hop, own, &fields)
        return RequestMessage(
            method: (hop.usesOwnMethod ? plan.method : nil) ?? Self.method(hop.kind),
            target: plan.shape.target ?? (absolute ? hop.url.absoluteForm : hop.url.requestTarget),
            version: plan.shape.version, fields: fields, body: body,
            continueTimeout: expects ? plan.shape.continueTimeout : nil)
    }

    /// True where everything that was typed may go.
    func isTypedOrigin(_ url: HTTPURL) -> Bool {
        trustsRedirects || url.isSameOrigin(as: firstURL)
    }

    /// The URL by which cookies for `url` are chosen and kept: a Host of the user's says which site is really asked.
    func cookieURL(for url: HTTPURL) -> HTTPURL {
        guard url.host == firstURL.host, let host = UserFields(plan.headers).value(of: "Host"), !host.isEmpty
        else { return url }
        let scheme: HTTPURL.Scheme = url.scheme.isTLS ? .https : .http
        return (try? HTTPURL.parse("\(scheme.rawValue)://\(host)\(url.requestTarget)")) ?? url
    }

    static func method(_ kind: RedirectPolicy.RequestKind) -> String {
        switch kind {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        }
    }

    // MARK: Fields

    /// Whether a field of the user's goes with this hop.
    private func fits(_ name: String, _ hop: HopRequest, _ body: RequestBody, _ isTypedOrigin: Bool) -> Bool {
        let name = HeaderField(name: name, value: "")
        if name.isNamed("Host") { return hop.url.host == firstURL.host }
        if name.isNamed("Expect") { return hop.mayExpect && !hop.isProbe }
        if hop.isProbe, name.isNamed("Content-Length") || name.isNamed("Transfer-Encoding") { return false }
        guard isTypedOrigin || !SecretNames.staysWithOrigin(name.name) else { return false }
        // Fields about a body that is not sent, or not sent that way, would make the server wait for bytes, or take the
        // next request for some (RFC 9112 §6.2).
        switch body {
        case .none:
            if name.isNamed("Transfer-Encoding") { return false }
            return !(name.isNamed("Content-Length") && hop.kind == .get && plan.kind != .get)
        case .chunked: return !name.isNamed("Content-Length")
        case .bytes, .sized: return !name.isNamed("Transfer-Encoding")
        }
    }

    /// A Host of the user's stands where Host belongs, and only for the host it was meant for.
    private func addHost(_ url: HTTPURL, _ own: UserFields, _ fields: inout [HeaderField]) {
        guard own.contains("Host") else {
            return fields.append(HeaderField(name: "Host", value: url.hostHeader))
        }
        if let field = own.headers.first(where: { $0.isNamed("Host") })?.field { fields.append(field) }
    }

    /// TE is for the next hop alone, which `Connection` has to say (RFC 9110 §10.1.4).
    private func addTransferCodings(_ own: UserFields, _ fields: inout [HeaderField]) {
        let tokens = [own.value(of: "Connection"), forceClose ? "close" : nil, "TE"].compactMap { $0 }
        fields.append(HeaderField(name: "Connection", value: tokens.joined(separator: ", ")))
        guard !own.contains("TE") else { return }
        fields.append(HeaderField(name: "TE", value: "gzip"))
    }

    private func referer(_ hop: HopRequest) -> String? {
        guard let referer = plan.referer else { return nil }
        if referer.followsRedirects, let previous = hop.previous {
            // What was asked for in secret is not told in the clear (RFC 9110 §10.1.3).
            guard hop.url.scheme.isTLS || !previous.scheme.isTLS else { return nil }
            return previous.publicForm
        }
        return referer.url.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The names of the fields that were given by the user and go to the first place but not to the second.
    func dropped(from first: HTTPURL, to second: HTTPURL) -> [String] {
        guard isTypedOrigin(first), !isTypedOrigin(second) else { return [] }
        var names = plan.headers.map(\.name).filter(SecretNames.staysWithOrigin)
        if plan.user != nil || firstURL.hasUserinfo || plan.login.bearer != nil {
            names.append("Authorization")
        }
        return names
    }
}

/// The fields that the user gave for a request, and questions to them.
struct UserFields {
    let headers: [HeaderArgument]

    init(_ headers: [HeaderArgument]) {
        self.headers = headers
    }

    /// Given, removed or blanked: in every case the user decided.
    func contains(_ name: String) -> Bool {
        headers.contains { $0.isNamed(name) }
    }

    func removes(_ name: String) -> Bool {
        headers.contains { $0.isNamed(name) && $0.field == nil }
    }

    /// The first value that is given; nil where there is none.
    func value(of name: String) -> String? { values(of: name).first }

    /// The one range of bytes that they ask for, as `5-9`; nil = there is none, or it is more than that.
    var simpleRange: String? {
        let values = values(of: "Range")
        guard values.count == 1, let value = values.first, value.lowercased().hasPrefix("bytes=") else {
            return nil
        }
        let range = HeaderArgument.trimmed(String(value.dropFirst("bytes=".count)))
        return ContentRange.places(range, total: .max) == nil ? nil : range
    }

    func values(of name: String) -> [String] {
        headers.compactMap { header in
            guard header.isNamed(name), let value = header.field?.value else { return nil }
            return HeaderArgument.trimmed(value)
        }
    }
}

extension HeaderArgument {
    var name: String {
        switch self {
        case .field(let name, _), .removal(let name), .blank(let name): name
        }
    }

    /// What is sent; nil for a removal.
    var field: HeaderField? {
        switch self {
        case .field(let name, let value): Self.field(name, CarriedText.bytes(of: value))
        case .blank(let name): Self.field(name, "")
        case .removal: nil
        }
    }

    /// A name that is none is sent as it was typed, but for blanks around those that say where the body ends: a server
    /// that does not pass over them would read the body as the next request.
    private static func field(_ name: String, _ content: ByteString) -> HeaderField {
        var field = HeaderField(name: name, content: content)
        guard !HeaderField.isToken(name) else { return field }
        let clean = HeaderField(name: trimmed(name), content: content)
        if clean.isNamed("Content-Length") || clean.isNamed("Transfer-Encoding") { return clean }
        field.takesAnyName = true
        return field
    }

    /// Whether a server would take it for that field: some pass over blanks before the colon.
    func isNamed(_ other: String) -> Bool {
        HeaderField(name: Self.trimmed(name), value: "").isNamed(other)
    }

    /// Without blanks around it.
    static func trimmed(_ text: String) -> String {
        let utf8 = text.utf8
        guard utf8.first.map(ASCII.isBlank) ?? false || utf8.last.map(ASCII.isBlank) ?? false else {
            return text
        }
        return String(Substring(utf8.trimmingBlanks()))
    }
}
