internal import Codecs
internal import Connector
internal import HTTPCore

/// Writes the requests of one transfer: which fields, in which order, and which of them go to another origin. Pure.
///
/// The order on the wire: Host, Proxy-Authorization, Authorization, Accept, Accept-Encoding, Cookie, Connection, the
/// program's own fields as given, framing, Expect. A field of the program replaces the one that the client would
/// send.
struct RequestComposer {
    let request: ClientRequest
    let configuration: HTTPClient.Configuration
    let forceClose: Bool

    /// What one request of the transfer is made of.
    struct Hop {
        let url: HTTPURL
        let kind: RedirectPolicy.RequestKind
        let method: String
        /// False once a server has refused `Expect`.
        var mayExpect = true
        var proxy: Proxy?
        var cookie: ByteString?
        var answer = HopLogin.Answer()
        var body = RequestBody.none

        /// True when a proxy reads the request, and does not only open a tunnel.
        var isInAbsoluteForm: Bool { proxy.map { !$0.tunnels(toTLS: url.scheme.isTLS) } ?? false }

        init(_ url: HTTPURL, _ kind: RedirectPolicy.RequestKind, method: String) {
            self.url = url
            self.kind = kind
            self.method = method
        }
    }

    /// The first request.
    func first() -> Hop {
        let kind: RedirectPolicy.RequestKind =
            switch request.method {
            case "HEAD": .head
            case "POST": .post
            default: request.body.isNone ? .get : .put
            }
        return Hop(request.url, kind, method: request.method)
    }

    /// The request after a redirect: one that loses its body becomes a GET.
    func next(_ next: RedirectPolicy.Next, at url: HTTPURL, after hop: Hop) -> Hop {
        let becomesGET = next.kind != hop.kind || !next.keepsMethod
        var following = Hop(url, next.kind, method: becomesGET ? "GET" : hop.method)
        following.mayExpect = hop.mayExpect
        return following
    }

    /// True for a URL to which everything may go that the program gave: it has the origin of the request's.
    func isOwnOrigin(_ url: HTTPURL) -> Bool { url.isSameOrigin(as: request.url) }

    /// The names of the fields that go to the first place but not to the second.
    func dropped(from first: HTTPURL, to second: HTTPURL) -> [String] {
        guard isOwnOrigin(first), !isOwnOrigin(second) else { return [] }
        var names = request.fields.map(\.name).filter(SecretNames.staysWithOrigin)
        if request.login != nil || request.url.hasUserinfo { names.append("Authorization") }
        return names
    }

    /// The program's fields that are sent with `hop`: those of the request, and those for all requests that it has no field
    /// in place of.
    func ownFields(_ hop: Hop) -> [HeaderField] {
        let isOwnOrigin = isOwnOrigin(hop.url)
        let hasLostBody = hop.kind != .head && hop.kind != .post && hop.kind != .put && !request.body.isNone
        let shared = configuration.fields.filter { field in
            !request.fields.contains { $0.isNamed(field.name) }
        }
        return (request.fields + shared).filter { field in
            if field.isNamed("Content-Length") || field.isNamed("Transfer-Encoding") { return false }
            if field.isNamed("Host") { return hop.url.host == request.url.host }
            if field.isNamed("Expect") { return hop.mayExpect && !hop.answer.isProbe }
            // What describes a body goes with it (RFC 9110 §15.4).
            if hasLostBody, field.name.lowercased().hasPrefix("content-") { return false }
            return isOwnOrigin || !SecretNames.staysWithOrigin(field.name)
        }
    }

    /// What goes on the wire.
    @LoopActor
    func message(_ hop: Hop) -> RequestMessage {
        let own = ownFields(hop)
        var fields: [HeaderField] = []
        func add(_ name: String, _ value: ByteString?) {
            guard let value, !own.contains(where: { $0.isNamed(name) }) else { return }
            fields.append(HeaderField(name: name, content: value))
        }
        fields.append(
            own.first { $0.isNamed("Host") } ?? HeaderField(name: "Host", value: hop.url.hostHeader))
        if hop.isInAbsoluteForm { add("Proxy-Authorization", proxyAuthorization(hop)) }
        add("Authorization", bearer(hop.url) ?? hop.answer.authorization)
        add("Accept", ByteString("*/*"))
        if asksForCodings(own) { add("Accept-Encoding", ByteString(ContentDecoder.acceptEncoding)) }
        add("Cookie", hop.cookie)
        if forceClose { add("Connection", ByteString("close")) }
        fields += own.filter { !$0.isNamed("Host") && !$0.isNamed("Expect") }
        var message = RequestMessage(
            method: hop.method, target: hop.isInAbsoluteForm ? hop.url.absoluteForm : hop.url.requestTarget,
            fields: fields)
        addBody(hop, asksByItself: own.contains { $0.isNamed("Expect") }, to: &message)
        return message
    }

    private func bearer(_ url: HTTPURL) -> ByteString? {
        guard case .bearer(let token) = request.login, isOwnOrigin(url) else { return nil }
        return ByteString("Bearer \(token)")
    }

    /// The value of Proxy-Authorization for a proxy that gets the request in absolute form.
    private func proxyAuthorization(_ hop: Hop) -> ByteString? {
        guard let proxy = hop.proxy, proxy.authenticator == nil else { return hop.answer.proxyAuthorization }
        return proxy.user.map {
            ByteString(Authentication.basic(user: $0, password: proxy.password ?? ""))
        }
    }

    @LoopActor
    private func addBody(_ hop: Hop, asksByItself: Bool, to message: inout RequestMessage) {
        var fields = message.fields
        message.body = hop.answer.isProbe ? .bytes([]) : hop.body
        let length: Int64?
        switch message.body {
        case .none:
            // Where a body is usual, `Content-Length: 0` says that there is none (RFC 9110 §8.6).
            guard ["POST", "PUT", "PATCH"].contains(hop.method) else { return }
            length = 0
        case .bytes(let bytes): length = Int64(bytes.count)
        case .sized(let source): length = source.length
        case .chunked: length = nil
        }
        if let length {
            fields.append(HeaderField(name: "Content-Length", value: String(length)))
        } else {
            fields.append(HeaderField(name: "Transfer-Encoding", value: "chunked"))
        }
        let isLong = configuration.expectThresholdBytes.map { length ?? .max > $0 } ?? false
        if hop.mayExpect, !hop.answer.isProbe, isLong || asksByItself {
            fields.append(HeaderField(name: "Expect", value: "100-continue"))
            message.continueTimeout = configuration.continueTimeout
        }
        message.fields = fields
    }

    /// Whether the body of an answer is to be decoded: it was this client that asked for a coding.
    func decodes(_ hop: Hop) -> Bool { asksForCodings(ownFields(hop)) }

    /// Part of a coded body cannot be decoded.
    private func asksForCodings(_ own: [HeaderField]) -> Bool {
        configuration.decodesContent && !own.contains { $0.isNamed("Accept-Encoding") || $0.isNamed("Range") }
    }
}
