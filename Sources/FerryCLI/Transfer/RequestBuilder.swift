import Connector
import HTTPClient
import HTTPCore

/// Writes requests: which fields, in which order, and which of them may leave for another origin. Pure.
///
/// The order on the wire: Host, Proxy-Authorization, Authorization, Range, User-Agent, Accept, Accept-Encoding, Referer,
/// Proxy-Connection, Transfer-Encoding, Cookie, Connection, the user's own fields as given, Content-Length, Content-Type,
/// Expect. A field that the user gives or removes takes the place of the one that would be sent by itself.
struct RequestBuilder {
    let plan: RequestPlan
    let forceClose: Bool
    let trustsRedirects: Bool
    /// The URL that was typed: what was given for it goes to no other origin.
    let firstURL: URL

    /// What changes from hop to hop.
    struct Hop {
        var url: URL
        var kind: RedirectPolicy.RequestKind
        /// The URL whose answer led here; nil on the first hop.
        var previous: URL?
        var proxy: Proxy?
        /// `name=value; …` from the cookie store and `-b`.
        var cookie: String?
        var range: String?
        /// The body of an upload, and its length when that is known.
        var upload: (source: any BodySource, length: Int64?)?
        /// Of an upload that goes on where an earlier one stopped: `bytes 5-9/10`.
        var contentRange: String?
        /// False once a server refused to be asked.
        var mayExpect = true
    }

    /// Bodies longer than this ask before they are sent (RFC 9110 §10.1.1).
    static let expectThreshold: Int64 = 1024 * 1024

    func build(_ hop: Hop) -> HTTPRequest {
        let isHome = isHome(hop.url)
        var fields: [HeaderField] = []
        fields.reserveCapacity(8)
        func add(_ name: String, _ value: String?) {
            guard let value, !isGiven(name) else { return }
            fields.append(HeaderField(name: name, value: value))
        }
        let absolute = hop.proxy.map { !$0.tunnels(toTLS: hop.url.scheme.isTLS) } ?? false

        addHost(hop, isHome, &fields)
        if absolute, let proxy = hop.proxy, let user = proxy.user {
            add("Proxy-Authorization", Self.basic(user, proxy.password ?? ""))
        }
        add("Authorization", authorization(hop.url, isHome))
        add("Range", hop.range.map { "bytes=\($0)" })
        add("User-Agent", plan.userAgent.isEmpty ? nil : plan.userAgent)
        if !plan.isJSON { add("Accept", "*/*") }
        add("Accept-Encoding", plan.isCompressed ? Ferry.acceptEncoding : nil)
        add("Referer", referer(hop))
        if absolute { add("Proxy-Connection", "Keep-Alive") }
        let body = self.body(hop)
        if case .chunked = body { add("Transfer-Encoding", "chunked") }
        if let cookie = hop.cookie, !(isHome && isGiven("Cookie")) {
            fields.append(HeaderField(name: "Cookie", value: cookie))
        }
        if forceClose { add("Connection", "close") }
        add("Content-Range", hop.contentRange)
        addOwn(&fields, isHome, hop)
        let expects = addFraming(body, hop, &fields)
        return HTTPRequest(
            method: plan.method ?? Self.method(hop.kind),
            target: absolute ? hop.url.absoluteForm : hop.url.requestTarget, fields: fields, body: body,
            continueTimeout: expects ? .seconds(1) : nil)
    }

    /// True where everything that was typed may go.
    func isHome(_ url: URL) -> Bool {
        trustsRedirects || url.isSameOrigin(as: firstURL)
    }

    static func method(_ kind: RedirectPolicy.RequestKind) -> String {
        switch kind {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        }
    }

    static func basic(_ user: String, _ password: String) -> String {
        "Basic " + Base64.encode(Array("\(user):\(password)".utf8))
    }

    // MARK: Fields

    private func isGiven(_ name: String) -> Bool {
        plan.headers.contains { header in
            switch header {
            case .field(let own, _), .removal(let own), .blank(let own):
                HeaderField(name: own, value: "").isNamed(name)
            }
        }
    }

    private func value(of name: String) -> String? {
        for case .field(let own, let value) in plan.headers
        where HeaderField(name: own, value: "").isNamed(name) { return value }
        return nil
    }

    /// A Host of the user's stands where Host belongs, and only for the origin it was meant for.
    private func addHost(_ hop: Hop, _ isHome: Bool, _ fields: inout [HeaderField]) {
        if isHome, isGiven("Host") {
            guard let own = value(of: "Host") else { return }
            fields.append(HeaderField(name: "Host", value: own))
        } else {
            fields.append(HeaderField(name: "Host", value: hop.url.hostHeader))
        }
    }

    private func authorization(_ url: URL, _ isHome: Bool) -> String? {
        if isHome, let user = plan.user { return Self.basic(user.user, user.password ?? "") }
        guard url.hasUserinfo else { return nil }
        return Self.basic(url.user ?? "", url.password ?? "")
    }

    private func referer(_ hop: Hop) -> String? {
        guard let referer = plan.referer else { return nil }
        if referer.followsRedirects, let previous = hop.previous {
            return previous.withoutUserinfo.description
        }
        return referer.url.flatMap { $0.isEmpty ? nil : $0 }
    }

    private func addOwn(_ fields: inout [HeaderField], _ isHome: Bool, _ hop: Hop) {
        for header in plan.headers {
            let field: HeaderField
            switch header {
            case .field(let name, let value): field = HeaderField(name: name, value: value)
            case .blank(let name): field = HeaderField(name: name, value: "")
            case .removal: continue
            }
            guard isHome || !Self.carriesCredentials(field.name), !field.isNamed("Host") else { continue }
            fields.append(field)
        }
        guard plan.isJSON else { return }
        if hop.kind == .post, !isGiven("Content-Type") {
            fields.append(HeaderField(name: "Content-Type", value: "application/json"))
        }
        if !isGiven("Accept") { fields.append(HeaderField(name: "Accept", value: "application/json")) }
    }

    /// Fields that carry credentials, by name: they stay with the origin they were given for.
    static func carriesCredentials(_ name: String) -> Bool {
        let lower = name.lowercased()
        if ["authorization", "cookie", "proxy-authorization"].contains(lower) { return true }
        return ["token", "key", "secret", "session"].contains { lower.contains($0) }
    }

    // MARK: Body

    private func body(_ hop: Hop) -> RequestBody {
        let wantsChunks = value(of: "Transfer-Encoding")?.lowercased().contains("chunked") ?? false
        switch hop.kind {
        case .get, .head:
            return .none
        case .post:
            guard let bytes = plan.body else { return .none }
            return wantsChunks ? .chunked(MemoryBodySource(bytes)) : .bytes(bytes)
        case .put:
            guard let upload = hop.upload else { return .none }
            return wantsChunks || upload.length == nil ? .chunked(upload.source) : .sized(upload.source)
        }
    }

    /// Content-Length, Content-Type and Expect; true when the body waits for permission.
    private func addFraming(_ body: RequestBody, _ hop: Hop, _ fields: inout [HeaderField]) -> Bool {
        let length: Int64?
        switch body {
        case .none: return false
        case .bytes(let bytes): length = Int64(bytes.count)
        case .sized: length = hop.upload?.length
        case .chunked: length = nil
        }
        if let length, !isGiven("Content-Length") {
            fields.append(HeaderField(name: "Content-Length", value: String(length)))
        }
        if hop.kind == .post, !plan.isJSON, !isGiven("Content-Type") {
            fields.append(HeaderField(name: "Content-Type", value: "application/x-www-form-urlencoded"))
        }
        guard hop.mayExpect else { return false }
        if isGiven("Expect") { return value(of: "Expect")?.lowercased() == "100-continue" }
        guard length.map({ $0 > Self.expectThreshold }) ?? true else { return false }
        fields.append(HeaderField(name: "Expect", value: "100-continue"))
        return true
    }
}
