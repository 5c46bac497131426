/// The values of the options about proxies that came after `-x`: which protocol it speaks, what stands before it, and what
/// is said to it.
package struct ProxySettings: Equatable, Sendable {
    /// What the option that named the proxy says of it; a scheme in the value says more.
    package var kind = Kind.http
    /// `--preproxy`; nil and empty = none.
    package var preproxy: String?
    /// `--proxy-header`, in order.
    package var headers: [HeaderArgument] = []
    /// `--suppress-connect-headers`.
    package var hidesConnectAnswers = false
    /// `--socks5-basic`; nil = default (on).
    package var sendsSOCKSLogin: Bool?
    /// `--haproxy-protocol`.
    package var announcesClient = false
    /// `--haproxy-clientip`, an IP address.
    package var announcedClient: String?

    /// The options that name a proxy, of which the last one given counts.
    package enum Kind: String, Equatable, Sendable {
        case http = "proxy"
        case http10 = "proxy1.0"
        case socks4
        case socks4a
        case socks5
        case socks5h = "socks5-hostname"
    }

    package init() {}
}
