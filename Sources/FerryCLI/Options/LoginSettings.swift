package import HTTPCore

/// What the options about logins said, but for the users and passwords themselves.
package struct LoginSettings: Equatable, Sendable {
    /// `--basic`, `--digest`, `--anyauth`; empty = the default.
    package var schemes: LoginSchemes = []
    /// `--proxy-basic`, `--proxy-digest`, `--proxy-anyauth`; empty = the default.
    package var proxySchemes: LoginSchemes = []
    /// `--anyauth` or `--proxy-anyauth` was given by that name.
    package var isAny = false
    /// `--oauth2-bearer`.
    package var bearer: String?
    /// `--aws-sigv4`.
    package var signature: AWSSignature.Scheme?
    /// `--httpsig-algo` and its siblings; nil = none of them was given.
    package var messageSignature: MessageSignatureSettings?
    /// `--netrc`.
    package var netrc = false
    /// `--netrc-optional`.
    package var netrcOptional = false
    /// `--netrc-file`.
    package var netrcFile: String?
    /// `--disallow-username-in-url`.
    package var refusesUserInURL = false

    package init() {}
}

/// What the options about HTTP Message Signatures said.
package struct MessageSignatureSettings: Equatable, Sendable {
    /// `--httpsig-algo`.
    package var algorithm = MessageSignature.Algorithm.ed25519
    /// `--httpsig-headers`; nil = what is usual.
    package var components: MessageSignature.Components?
    /// `--httpsig-key`.
    package var key: [UInt8]?
    /// `--httpsig-keyid`.
    package var keyID: String?

    package init() {}
}

/// `-u` and `-U`, split at the first colon.
package struct Credentials: Equatable, Sendable {
    package var user: ByteString
    /// nil = no colon was given, so the password has to be asked for.
    package var password: ByteString?
}
