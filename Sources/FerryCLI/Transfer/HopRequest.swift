import Connector
import HTTPClient
import HTTPCore

/// What the request of one hop is made of. A class, because it is looked into from many places while the hop lasts.
final class HopRequest {
    let url: HTTPURL
    let kind: RedirectPolicy.RequestKind
    /// The URL whose answer led here; nil on the first hop.
    let previous: HTTPURL?
    /// A proxy is large: most hops have none, and should have no room for one.
    private var proxyBox: ProxyBox?
    /// `name=value; …` from the cookie store and `-b`.
    var cookie: ByteString?
    var range: String?
    /// The range is of use only while the body is this one.
    var ifRange: String?
    /// The body of an upload, and its length when that is known.
    var upload: (source: any BodySource, length: Int64?)?
    /// Of an upload that goes on where an earlier one stopped: `bytes 5-9/10`.
    var contentRange: String?
    /// Of a form: its type and boundary.
    var contentType: String?
    /// False once a server refused to be asked.
    var mayExpect = true
    /// False once a redirect took the user's method away.
    var usesOwnMethod = true
    /// The credentials of the request, where they are not fixed fields.
    var authorization: ByteString?
    /// The same, to the proxy.
    var proxyAuthorization: ByteString?
    /// Signs the request when it is written; nil = it goes unsigned.
    var signer: RequestSigner?
    /// Signs it as well, last of all; nil = it does not.
    var messageSigner: SigningPlan?
    /// The body waits until the server has said how one logs in.
    var isProbe = false

    private final class ProxyBox {
        let proxy: Proxy

        init(_ proxy: Proxy) {
            self.proxy = proxy
        }
    }

    init(url: HTTPURL, kind: RedirectPolicy.RequestKind, previous: HTTPURL? = nil) {
        self.url = url
        self.kind = kind
        self.previous = previous
    }

    var proxy: Proxy? {
        get { proxyBox?.proxy }
        set { proxyBox = newValue.map(ProxyBox.init) }
    }

    /// Whether there is a proxy, without a copy of it.
    var hasProxy: Bool { proxyBox != nil }

    /// The same hop once more, as it was before anything was settled for its request.
    convenience init(repeating hop: HopRequest) {
        self.init(url: hop.url, kind: hop.kind, previous: hop.previous)
        mayExpect = hop.mayExpect
        usesOwnMethod = hop.usesOwnMethod
    }

    /// True when the fields depend on nothing but the plan and the place: a first request, without a body of its own.
    var isPlain: Bool {
        (kind == .get || kind == .head) && previous == nil && !hasProxy && cookie == nil
            && mayExpect
    }
}
