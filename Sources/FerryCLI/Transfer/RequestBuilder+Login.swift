import Connector
import HTTPClient
import HTTPCore

// The credentials of a request.
extension RequestBuilder {
    /// Whether the user gave, removed or blanked this field of a request to `url`.
    func isGiven(_ name: String, for url: HTTPURL) -> Bool {
        guard isTypedOrigin(url) || !SecretNames.staysWithOrigin(name) else { return false }
        return plan.headers.contains { $0.isNamed(name) }
    }

    /// The names of all fields that the user gave.
    var userFieldNames: [String] {
        plan.headers.map { header in
            switch header {
            case .field(let name, _), .removal(let name), .blank(let name): name
            }
        }
    }

    /// The value of Authorization.
    func authorization(_ hop: HopRequest, isTypedOrigin: Bool) -> ByteString? {
        if isTypedOrigin, let token = plan.login.bearer { return "Bearer " + CarriedText.bytes(of: token) }
        return plan.login.isDecidedPerHop ? hop.authorization : fixedAuthorization(hop.url, isTypedOrigin)
    }

    /// What Basic says, which follows from what was typed.
    private func fixedAuthorization(_ url: HTTPURL, _ isTypedOrigin: Bool) -> ByteString? {
        if isTypedOrigin, let user = plan.user {
            return ByteString(Authentication.basic(user: user.user, password: user.password ?? ""))
        }
        // A redirect may name a user of its own; what stood in the first URL holds for its whole origin and nowhere else.
        let isFromFirst = !url.hasUserinfo && firstURL.hasUserinfo && url.isSameOrigin(as: firstURL)
        guard let source = url.hasUserinfo ? url : isFromFirst ? firstURL : nil else { return nil }
        return ByteString(
            Authentication.basic(
                user: ByteString(source.userBytes ?? []), password: ByteString(source.passwordBytes ?? [])))
    }

    /// The value of Proxy-Authorization for a proxy that gets the request in absolute form.
    func proxyAuthorization(_ hop: HopRequest) -> ByteString? {
        guard let proxy = hop.proxy, proxy.authenticator == nil else { return hop.proxyAuthorization }
        return proxy.user.map {
            ByteString(Authentication.basic(user: $0, password: proxy.password ?? ""))
        }
    }
}
