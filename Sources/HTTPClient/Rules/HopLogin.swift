package import Connector
package import HTTPCore

/// The logins of a request: at its server, and at the proxy before it. Kept for the requests that repeat it.
@LoopActor
package final class HopLogin {
    /// The credentials of the next request.
    package struct Answer {
        /// The value of `Authorization`; nil = without.
        package var authorization: ByteString?
        /// The value of `Proxy-Authorization`; nil = without.
        package var proxyAuthorization: ByteString?
        /// The request is sent without its body, to learn first which login is asked for.
        package var isProbe = false
    }

    private let origin: Login?
    private let proxy: Login?
    /// Whether the request under way has credentials for the server, and for the proxy.
    private var sentCredentials = false
    private var sentProxyCredentials = false
    /// The request under way is sent without its body, to learn first which login is asked for.
    package private(set) var isProbe = false
    /// How often the request was sent again. A server that asks again and again is given up.
    private var rounds = 0

    private static let mostRounds = 4

    /// - Parameters:
    ///   - origin: the login at the server; nil = there is none.
    ///   - proxy: the login at the proxy; nil = there is none, or its fields are fixed.
    package init(origin: Login?, proxy: Login?) {
        self.origin = origin
        self.proxy = proxy
    }

    /// The credentials of the next request, as far as they are known. `target` is path and query, as the server sees it,
    /// also where the request is written in absolute form. With `isTunnelled` no proxy reads the request: its login, if
    /// any, was settled by CONNECT.
    package func answer(
        method: String, target: String, hasBody: Bool, isTunnelled: Bool
    ) throws -> Answer {
        let forwarder = isTunnelled ? nil : proxy
        isProbe = hasBody && (origin?.isProbing ?? false || forwarder?.isProbing ?? false)
        let answer = Answer(
            authorization: try origin?.authorization(method: method, target: target),
            proxyAuthorization: try forwarder?.authorization(method: method, target: target),
            isProbe: isProbe)
        sentCredentials = answer.authorization != nil
        sentProxyCredentials =
            isTunnelled ? proxy?.isReady ?? false : answer.proxyAuthorization != nil
        return answer
    }

    /// What the head of an answer says about the login.
    package func verdict(on head: ResponseHead) -> LoginVerdict {
        guard rounds < Self.mostRounds else { return .satisfied }
        var asksAgain = false
        do throws(LoginError) {
            switch head.status {
            case 401:
                proxy?.noteAccepted()
                asksAgain = try origin?.take(head, sentCredentials: sentCredentials) ?? false
            case 407:
                asksAgain = try proxy?.take(head, sentCredentials: sentProxyCredentials) ?? false
            case ..<300 where isProbe:
                // No login is asked for, but the probe had no body, so the request is sent again with it.
                origin?.noteAccepted()
                proxy?.noteAccepted()
                asksAgain = true
            default: break
            }
        } catch {
            return .refused(error)
        }
        if asksAgain { rounds += 1 }
        return asksAgain ? .askedAgain : .satisfied
    }

    /// What a proxy's answer to CONNECT says about the login.
    package func verdict(on refusal: ProxyRefusal) -> LoginVerdict {
        guard refusal.status == 407,
            let head = try? ResponseHead(parsing: String(decoding: refusal.head, as: UTF8.self))
        else { return .satisfied }
        sentProxyCredentials = refusal.sentCredentials
        return verdict(on: head)
    }
}
