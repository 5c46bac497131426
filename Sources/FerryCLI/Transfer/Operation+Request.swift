import Connector
import HTTPClient
import HTTPCore

// What the first request of a transfer is made of. The same for a run and for its rehearsal.
extension Operation {
    /// The URL of a transfer as it is asked for: with the name of what is uploaded, the query of the options, and over TLS
    /// where its host wants that.
    func firstURL(of plan: TransferPlan, _ events: TransferEvents?) throws -> HTTPURL {
        var url = try urls.parse(plan.url)
        try check(url)
        events?.urlSettled(url, isTyped: true)
        if case .file(let path) = plan.upload, url.path.hasSuffix("/"), url.query == nil {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            url = try url.appendingPath(PercentCoding.encode(CarriedText.bytes(of: name).bytes))
            events?.urlSettled(url, isTyped: false)
        }
        if let query = self.plan.request.query {
            url = try url.joiningQuery(String(decoding: query, as: UTF8.self))
            events?.urlSettled(url, isTyped: false)
        }
        return secured(url, events)
    }

    /// The URL over TLS if its host is known to want that (RFC 6797 §8.3), else as it is.
    func secured(_ url: HTTPURL, _ events: TransferEvents?) -> HTTPURL {
        guard let upgraded = hsts?.upgrade(url) else { return url }
        events?.tell(.securedByHSTS(host: url.host))
        return upgraded
    }

    /// What kind of request a transfer begins with. Of several URLs those without an upload are asked for.
    func kind(of plan: TransferPlan) -> RedirectPolicy.RequestKind {
        let isUpload = !(plan.upload == nil || plan.upload == .some(.none))
        return isUpload ? .put : self.plan.request.kind == .put ? .get : self.plan.request.kind
    }

    /// The cookies for `url`: those that are kept for `cookieURL`, and those that were typed.
    func cookie(for url: HTTPURL, _ cookieURL: HTTPURL?, _ builder: RequestBuilder) -> ByteString? {
        if cookieURL == nil, plan.cookies.pairs.isEmpty { return nil }
        var parts: [ByteString] = []
        if let cookieURL, let kept = cookies?.header(for: cookieURL, now: WallTime.second) {
            parts.append(kept)
        }
        if builder.isTypedOrigin(url) {
            parts += plan.cookies.pairs.map { CarriedText.bytes(of: $0) }
        }
        return parts.isEmpty ? nil : ByteString.joined(parts, separator: "; ")
    }

    /// The request for `hop`, signed where that is asked for.
    func write(_ hop: HopRequest, _ builder: RequestBuilder) throws -> RequestMessage {
        var request = try builder.build(hop)
        if request.version < .http11, case .chunked = request.body {
            throw TransferFailure(
                .uploadNotPossible,
                "a body whose length is not known cannot be sent with HTTP/1.0, which has no chunks")
        }
        try hop.signer?.sign(&request)
        try hop.messageSigner?.sign(&request, to: hop.url, now: WallTime.second)
        return request
    }
}
