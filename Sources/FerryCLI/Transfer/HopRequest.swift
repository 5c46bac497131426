import Connector
import HTTPClient
import HTTPCore

/// What the request of one hop is made of. A class, because it is looked into from many places while the hop lasts.
final class HopRequest {
    let url: HTTPURL
    let kind: RedirectPolicy.RequestKind
    /// The URL whose answer led here; nil on the first hop.
    let previous: HTTPURL?
    /// Behind a reference, because a proxy is large and most hops have none.
    private var sharedProxy: Shared<Proxy>?
    /// `name=value; …` from the cookie store and `-b`.
    var cookie: ByteString?
    var range: String?
    /// The rest of bytes that are there decoded is asked for: their places count in the plain body only.
    var refusesCodings = false
    /// The value of `If-Range`: the range is valid only for this version of the body; nil = without.
    var ifRange: ByteString?
    /// The body of an upload, and its length when that is known.
    var upload: (source: any BodySource, length: Int64?)?
    /// The value of `Content-Range`, for an upload that goes on where an earlier one stopped: `bytes 5-9/10`.
    var contentRange: String?
    /// The type of a form, with its boundary.
    var contentType: String?
    /// False once a server refused `Expect`.
    var mayExpect = true
    /// False once a redirect has replaced the user's method.
    var usesOwnMethod = true
    /// The value of `Authorization`; nil = without, or a fixed field has it.
    var authorization: ByteString?
    /// The value of `Proxy-Authorization`; nil = without, or a fixed field has it.
    var proxyAuthorization: ByteString?
    /// Signs the request when it is written; nil = it goes unsigned.
    var signer: RequestSigner?
    /// How the whole message is signed, last of all; nil = it is not.
    var messageSigner: SigningPlan?
    /// The request is sent without its body, to learn first which login is asked for.
    var isProbe = false

    init(url: HTTPURL, kind: RedirectPolicy.RequestKind, previous: HTTPURL? = nil) {
        self.url = url
        self.kind = kind
        self.previous = previous
    }

    var proxy: Proxy? {
        get { sharedProxy?.copy }
        set { sharedProxy = newValue.map(Shared.init) }
    }

    /// Whether there is a proxy, without a copy of it.
    var hasProxy: Bool { sharedProxy != nil }

    /// The same request once more: what is settled anew for each sending is not copied.
    convenience init(repeating hop: HopRequest) {
        self.init(url: hop.url, kind: hop.kind, previous: hop.previous)
        mayExpect = hop.mayExpect
        usesOwnMethod = hop.usesOwnMethod
    }

    /// True when the fields depend only on the plan and the URL's origin: a first request without a body.
    var isPlain: Bool {
        (kind == .get || kind == .head) && previous == nil && !hasProxy && cookie == nil
            && mayExpect
    }
}
