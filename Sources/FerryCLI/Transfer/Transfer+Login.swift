import Connector
import HTTPClient
import HTTPCore

/// What a hop settles with its server, and with the proxy before it, about who asks.
@LoopActor
final class HopLogin {
    let origin: Login?
    let proxy: Login?
    /// Which attempt and which hop it belongs to.
    let place: (attempt: Int, hop: Int)
    /// Whether the request under way says who asks.
    var isSaidToOrigin = false
    var isSaidToProxy = false
    /// The request under way has no body yet, to learn what is asked for first.
    var isProbe = false
    /// The answer that came is no more than a question; the request is sent again.
    var isRepeated = false
    /// Nothing that was asked for can be answered.
    var problem: LoginError?
    /// How often the request was sent again. A server that always has another question is not obeyed for ever.
    var rounds = 0

    static let mostRounds = 4

    init(origin: Login?, proxy: Login?, place: (attempt: Int, hop: Int)) {
        self.origin = origin
        self.proxy = proxy
        self.place = place
    }
}

// Logins that take more than a fixed field: those of a netrc file, and those of which the server says what it wants.
extension Transfer {
    /// Has `hop` say who asks, as far as that is known.
    func prepareLogin(_ hop: RequestBuilder.Hop, _ builder: RequestBuilder) throws {
        if operation.plan.request.login.refusesUserInURL, hop.url.hasUserinfo {
            throw TransferFailure(
                .loginDenied, "the URL holds a login, which --disallow-username-in-url forbids")
        }
        guard let logins = operation.logins else { return }
        hop.signer = try signer(hop, builder, logins)
        hop.messageSigner = messageSigner(hop, builder)
        let login = try hopLogin(hop, builder, logins)
        self.login = login
        login.isRepeated = false
        let method = (hop.usesOwnMethod ? builder.plan.method : nil) ?? RequestBuilder.method(hop.kind)
        let isTunnelled = hop.proxy?.tunnels(toTLS: hop.url.scheme.isTLS) ?? true
        // The same target for both, as curl has it: what the server sees, not the absolute form.
        let target = hop.url.requestTarget
        let forwarder = isTunnelled ? nil : login.proxy
        let hasBody = hop.kind == .post || hop.kind == .put
        login.isProbe =
            hasBody && (login.origin?.isProbing ?? false || forwarder?.isProbing ?? false)
        hop.isProbe = login.isProbe
        hop.authorization = try login.origin?.authorization(method: method, target: target)
        hop.proxyAuthorization = try forwarder?.authorization(method: method, target: target)
        login.isSaidToOrigin = hop.authorization != nil
        login.isSaidToProxy = isTunnelled ? login.proxy?.isReady ?? false : hop.proxyAuthorization != nil
    }

    private func signer(
        _ hop: RequestBuilder.Hop, _ builder: RequestBuilder, _ logins: LoginKeeper
    ) throws -> RequestSigner? {
        guard let scheme = builder.plan.login.signature, !builder.isGiven("Authorization", for: hop.url)
        else {
            return nil
        }
        let isHome = builder.isHome(hop.url)
        guard let user = try logins.credentials(for: hop.url, isHome: isHome, first: builder.firstURL) else {
            // Another origin is asked without.
            guard isHome else { return nil }
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
    private func messageSigner(_ hop: RequestBuilder.Hop, _ builder: RequestBuilder) -> MessageSigner? {
        guard builder.isHome(hop.url), !builder.isGiven("Signature", for: hop.url),
            !builder.isGiven("Signature-Input", for: hop.url)
        else { return nil }
        return builder.plan.login.messageSigner
    }

    private func hopLogin(
        _ hop: RequestBuilder.Hop, _ builder: RequestBuilder, _ logins: LoginKeeper
    ) throws -> HopLogin {
        let place = (retries, followed)
        if let login, login.place == place { return login }
        // A field of the user's own says it all.
        let origin =
            builder.isGiven("Authorization", for: hop.url)
            ? nil
            : try logins.login(for: hop.url, isHome: builder.isHome(hop.url), first: builder.firstURL)
        return HopLogin(
            origin: origin, proxy: hop.proxy?.authenticator?.object as? Login, place: place)
    }

    /// Whether the request is to be sent again because of what its answer asked for.
    func isRepeatedForLogin(_ upload: UploadFile?) throws -> Bool {
        guard let login, login.isRepeated else { return false }
        login.rounds += 1
        // The probe left the body alone.
        if !login.isProbe, let upload, !upload.source.rewind() {
            throw TransferFailure(HTTPClientError.cannotRewind)
        }
        return true
    }

    /// Judges the head of an answer; true when it is no more than a question, whose body nobody wants.
    func asksForLogin(_ head: ResponseHead) -> Bool {
        guard let login, login.rounds < HopLogin.mostRounds else { return false }
        do throws(LoginError) {
            switch head.status {
            case 401:
                login.proxy?.noteAccepted()
                login.isRepeated = try login.origin?.take(head, wasSaid: login.isSaidToOrigin) ?? false
            case 407:
                login.isRepeated = try login.proxy?.take(head, wasSaid: login.isSaidToProxy) ?? false
            case ..<300 where login.isProbe:
                // Nobody asks, so nobody has seen the body either.
                login.origin?.noteAccepted()
                login.proxy?.noteAccepted()
                login.isRepeated = true
            default: break
            }
        } catch {
            login.problem = error
            return true
        }
        return login.isRepeated
    }

    /// The same for a proxy's answer to CONNECT.
    func asksForLogin(_ error: HTTPClientError) throws -> Bool {
        guard let login, case .connector(.proxyRefused(let refusal)) = error, refusal.status == 407,
            let head = try? ResponseHead(parsing: String(decoding: refusal.head, as: UTF8.self))
        else { return false }
        login.isSaidToProxy = refusal.wasToldWho
        let isRepeated = asksForLogin(head)
        if let problem = login.problem { throw problem }
        return isRepeated
    }
}

extension RequestBuilder {
    /// Whether the user gave, removed or blanked this field of a request to `url`.
    func isGiven(_ name: String, for url: HTTPURL) -> Bool {
        guard isHome(url) || !Self.carriesCredentials(name) else { return false }
        return plan.headers.contains { header in
            switch header {
            case .field(let other, _), .removal(let other), .blank(let other):
                HeaderField(name: other, value: "").isNamed(name)
            }
        }
    }

    /// The names of all fields that the user gave.
    var givenNames: [String] {
        plan.headers.map { header in
            switch header {
            case .field(let name, _), .removal(let name), .blank(let name): name
            }
        }
    }

    /// The value of Authorization.
    func authorization(_ hop: Hop, isHome: Bool) -> String? {
        if isHome, let token = plan.login.bearer { return "Bearer \(token)" }
        return plan.login.isDecidedPerHop ? hop.authorization : fixedAuthorization(hop.url, isHome)
    }

    /// What Basic says, which follows from what was typed.
    private func fixedAuthorization(_ url: HTTPURL, _ isHome: Bool) -> String? {
        if isHome, let user = plan.user {
            return Authentication.basic(user: user.user, password: user.password ?? "")
        }
        // A redirect may name a user of its own; what stood in the first URL holds for its whole origin.
        guard let source = url.hasUserinfo ? url : isHome && firstURL.hasUserinfo ? firstURL : nil else {
            return nil
        }
        return Authentication.basic(user: source.user ?? "", password: source.password ?? "")
    }

    /// The value of Proxy-Authorization for a proxy that gets the request in absolute form.
    func proxyAuthorization(_ hop: Hop) -> String? {
        guard let proxy = hop.proxy, proxy.authenticator == nil else { return hop.proxyAuthorization }
        return proxy.user.map { Authentication.basic(user: $0, password: proxy.password ?? "") }
    }
}
