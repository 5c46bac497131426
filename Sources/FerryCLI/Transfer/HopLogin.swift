import Connector
import HTTPClient
import HTTPCore

/// What a hop settles with its server, and with the proxy before it, about who asks. Lasts over the requests that ask the
/// same thing again.
@LoopActor
final class HopLogin {
    let origin: Login?
    let proxy: Login?
    /// Whether the request under way says who asks.
    private var sentCredentials = false
    private var sentProxyCredentials = false
    /// The request under way has no body yet, to learn what is asked for first.
    private(set) var isProbe = false
    /// How often the request was sent again. A server that always has another question is not obeyed for ever.
    private var rounds = 0

    private static let mostRounds = 4

    init(origin: Login?, proxy: Login?) {
        self.origin = origin
        self.proxy = proxy
    }

    /// Has `request` say who asks, as far as that is known.
    func prepare(_ request: HopRequest, method: String) throws {
        let isTunnelled = request.proxy?.tunnels(toTLS: request.url.scheme.isTLS) ?? true
        // The same target for both, as curl has it: what the server sees, not the absolute form.
        let target = request.url.requestTarget
        let forwarder = isTunnelled ? nil : proxy
        let hasBody = request.kind == .post || request.kind == .put
        isProbe = hasBody && (origin?.isProbing ?? false || forwarder?.isProbing ?? false)
        request.isProbe = isProbe
        request.authorization = try origin?.authorization(method: method, target: target)
        request.proxyAuthorization = try forwarder?.authorization(method: method, target: target)
        sentCredentials = request.authorization != nil
        sentProxyCredentials = isTunnelled ? proxy?.isReady ?? false : request.proxyAuthorization != nil
    }

    /// What the head of an answer says about who asks.
    func verdict(on head: ResponseHead) -> HeadDecision.LoginVerdict {
        guard rounds < Self.mostRounds else { return .satisfied }
        var asksAgain = false
        do throws(LoginError) {
            switch head.status {
            case 401:
                proxy?.noteAccepted()
                asksAgain = try origin?.take(head, wasSaid: sentCredentials) ?? false
            case 407:
                asksAgain = try proxy?.take(head, wasSaid: sentProxyCredentials) ?? false
            case ..<300 where isProbe:
                // Nobody asks, so nobody has seen the body either.
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

    /// The same for a proxy's answer to CONNECT.
    func verdict(on refusal: ProxyRefusal) -> HeadDecision.LoginVerdict {
        guard refusal.status == 407,
            let head = try? ResponseHead(parsing: String(decoding: refusal.head, as: UTF8.self))
        else { return .satisfied }
        sentProxyCredentials = refusal.wasToldWho
        return verdict(on: head)
    }
}

// Logins that take more than a fixed field: those of a netrc file, and those of which the server says what it wants.
extension Attempt {
    /// Has `request` say who asks, as far as that is known; `login` is what the same request settled before.
    func prepareLogin(_ request: HopRequest, _ login: HopLogin?) throws -> HopLogin? {
        if operation.plan.request.login.refusesUserInURL, request.url.hasUserinfo {
            throw TransferFailure(
                .loginDenied, "the URL holds a login, which --disallow-username-in-url forbids")
        }
        guard let logins = operation.logins else { return nil }
        request.signer = try signer(request, builder, logins)
        request.messageSigner = messageSigner(request, builder)
        let login = try login ?? hopLogin(request, logins)
        try login.prepare(
            request,
            method: (request.usesOwnMethod ? builder.plan.method : nil) ?? RequestBuilder.method(request.kind)
        )
        return login
    }

    private func hopLogin(_ request: HopRequest, _ logins: LoginKeeper) throws -> HopLogin {
        // A field of the user's own says it all.
        let origin =
            builder.isGiven("Authorization", for: request.url)
            ? nil
            : try logins.login(
                for: request.url, isTypedOrigin: builder.isTypedOrigin(request.url), first: builder.firstURL)
        return HopLogin(origin: origin, proxy: request.proxy?.authenticator?.object as? Login)
    }

    private func signer(
        _ hop: HopRequest, _ builder: RequestBuilder, _ logins: LoginKeeper
    ) throws -> RequestSigner? {
        guard let scheme = builder.plan.login.signature, !builder.isGiven("Authorization", for: hop.url)
        else {
            return nil
        }
        let isTypedOrigin = builder.isTypedOrigin(hop.url)
        guard
            let user = try logins.credentials(
                for: hop.url, isTypedOrigin: isTypedOrigin, first: builder.firstURL)
        else {
            // Another origin is asked without.
            guard isTypedOrigin else { return nil }
            throw TransferFailure(
                .authenticationFailed, "--aws-sigv4 needs a key and its secret (-u key:secret)")
        }
        guard let signature = AWSSignature(scheme, host: hop.url.host) else {
            throw TransferFailure(
                .malformedURL,
                "the host names neither service nor region for --aws-sigv4; write aws:amz:REGION:SERVICE")
        }
        return RequestSigner(
            signature: signature, key: user.user, secret: user.password ?? "", url: hop.url,
            given: builder.givenNames, now: WallTime.second)
    }

    /// Signs for the origin that was typed only, and where the user has not done so already.
    private func messageSigner(_ hop: HopRequest, _ builder: RequestBuilder) -> SigningPlan? {
        guard builder.isTypedOrigin(hop.url), !builder.isGiven("Signature", for: hop.url),
            !builder.isGiven("Signature-Input", for: hop.url)
        else { return nil }
        return builder.plan.login.messageSigner
    }
}
