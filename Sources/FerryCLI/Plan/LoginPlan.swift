import Connector
import Glibc
import HTTPCore

/// How a request is authenticated, except for the user and password themselves.
struct LoginPlan: Equatable {
    /// Never empty.
    var schemes: LoginSchemes = .basic
    /// Sent in place of any user.
    var bearer: String?
    /// Requests are signed so, in place of any other login.
    var signature: AWSSignature.Scheme?
    /// Requests are signed so, next to any other login.
    var messageSigner: SigningPlan?
    /// Where logins are looked up; nil = nowhere.
    var netrc: NetrcPlan?
    /// A URL with a login in it is an error.
    var refusesUserInURL = false

    /// False when the field follows from the options and the URL alone.
    var isDecidedPerHop: Bool {
        messageSigner != nil
            || bearer == nil && (schemes != .basic || netrc != nil || signature != nil)
    }
}

/// A file of logins.
struct NetrcPlan: Equatable {
    var path: String
    /// Without the file nothing is fetched.
    var isRequired: Bool
}

extension Planner {
    /// The login options of an operation; asks for nothing.
    func loginPlan(_ operation: OperationSettings) throws(UsageError) -> LoginPlan {
        let login = operation.login
        if login.signature != nil {
            let rival =
                login.bearer != nil ? "--oauth2-bearer" : login.schemes.contains(.digest) ? "--digest" : nil
            if let rival {
                throw UsageError(
                    flag: "--aws-sigv4",
                    problem: "cannot be used with \(rival): both write the Authorization field")
            }
        }
        var plan = LoginPlan(
            schemes: login.schemes.isEmpty ? .basic : login.schemes, bearer: login.bearer,
            signature: login.signature, messageSigner: try messageSigner(login.messageSignature),
            refusesUserInURL: login.refusesUserInURL)
        if login.netrc || login.netrcOptional || login.netrcFile != nil, let path = netrcPath(login) {
            plan.netrc = NetrcPlan(path: path, isRequired: !login.netrcOptional)
        }
        return plan
    }

    private func messageSigner(
        _ settings: MessageSignatureSettings?
    ) throws(UsageError) -> SigningPlan? {
        guard let settings else { return nil }
        func refusal(_ flag: String, _ problem: String) -> UsageError {
            UsageError(flag: flag, problem: problem, status: .badFunctionArgument)
        }
        guard let key = settings.key else {
            guard settings.keyID == nil else {
                throw refusal("--httpsig-keyid", "names a key, and there is none without --httpsig-key")
            }
            throw refusal("--httpsig-key", "is missing: a signature needs its key")
        }
        guard let name = settings.keyID,
            let signature = MessageSignature(
                algorithm: settings.algorithm, keyID: name, components: settings.components)
        else { throw refusal("--httpsig-keyid", "is missing: a signature names its key") }
        guard let signer = SigningPlan(signature: signature, key: key) else {
            throw refusal(
                "--httpsig-key",
                "has \(key.count) bytes, and a key of ed25519 has \(SigningKey.seedLength) (64 hex digits)")
        }
        return signer
    }

    private func netrcPath(_ login: LoginSettings) -> String? {
        if let file = login.netrcFile { return file }
        if let file = environment("NETRC"), !file.isEmpty { return file }
        if let home = environment("HOME"), !home.isEmpty { return home + "/.netrc" }
        guard let entry = getpwuid(getuid()), let home = entry.pointee.pw_dir else { return nil }
        return String(cString: home) + "/.netrc"
    }

    /// What may go wrong and is not known yet.
    func loginWarnings(_ operation: OperationSettings) -> [String] {
        let readsInput = operation.uploads.contains {
            switch $0 {
            case .standardInput, .standardInputWithoutWaiting: true
            case .file, .none: false
            }
        }
        guard operation.login.isAny, readsInput else { return [] }
        return [
            "Standard input cannot be sent a second time, as --anyauth and --proxy-anyauth may need to; "
                + "name the scheme (--digest) or upload a file"
        ]
    }
}
