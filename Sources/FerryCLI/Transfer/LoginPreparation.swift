import Connector
import HTTPClient
import HTTPCore

/// Logins that take more than a fixed field: those of a netrc file, and those of which the server says what it wants.
@LoopActor
struct LoginPreparation {
    let operation: Operation
    let builder: RequestBuilder

    /// Adds the credentials to `request`, as far as they are known; `login` is what the same request settled before.
    func prepare(_ request: HopRequest, _ login: HopLogin?) throws -> HopLogin? {
        if operation.plan.request.login.refusesUserInURL, request.url.hasUserinfo {
            throw TransferFailure(
                .loginDenied, "the URL holds a login, which --disallow-username-in-url forbids")
        }
        guard let logins = operation.logins else { return nil }
        request.signer = try signer(request, builder, logins)
        request.messageSigner = messageSigner(request, builder)
        let login = try login ?? hopLogin(request, logins)
        let answer = try login.answer(
            method: (request.usesOwnMethod ? builder.plan.method : nil)
                ?? RequestBuilder.method(request.kind),
            target: builder.plan.shape.target ?? request.url.requestTarget,
            hasBody: request.kind == .post || request.kind == .put,
            isTunnelled: request.proxy?.tunnels(toTLS: request.url.scheme.isTLS) ?? true)
        request.isProbe = answer.isProbe
        request.authorization = answer.authorization
        request.proxyAuthorization = answer.proxyAuthorization
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
            signature: signature, key: user.user.description, secret: user.password ?? "",
            url: hop.url,
            given: builder.userFieldNames, now: WallTime.second)
    }

    /// Signs for the origin that was typed only, and where the user has not done so already.
    private func messageSigner(_ hop: HopRequest, _ builder: RequestBuilder) -> SigningPlan? {
        guard builder.isTypedOrigin(hop.url), !builder.isGiven("Signature", for: hop.url),
            !builder.isGiven("Signature-Input", for: hop.url)
        else { return nil }
        return builder.plan.login.messageSigner
    }
}
