import Connector
import Glibc
import HTTPClient
import HTTPCore

/// Who one is, host by host, for the transfers of one operation: what the netrc file says, and the logins at servers and
/// proxies that are asked what they want. A login is known to one origin only.
@LoopActor
final class LoginKeeper {
    private let plan: LoginPlan
    private let user: Credentials?
    private let proxySchemes: LoginSchemes
    private let slowFiles: SlowFiles?
    private let warn: (String) -> Void
    private var logins: [Place: Login] = [:]
    private var netrc: Result<Netrc?, TransferFailure>?

    private struct Place: Hashable {
        var scheme: String
        var host: String
        var port: UInt16
        /// Zone or Unix socket.
        var detail: ByteString?
        var user: ByteString
        var password: ByteString
    }

    /// nil when nothing has to be kept: the fields follow from the options and the URL. Not an initializer that fails,
    /// which would make the object first, and its type.
    static func make(
        _ plan: Shared<OperationPlan>, _ slowFiles: SlowFiles? = nil, warn: @escaping (String) -> Void
    ) -> LoginKeeper? {
        guard plan.request.login.isDecidedPerHop || plan.proxy.schemes != .basic else { return nil }
        return LoginKeeper(plan, slowFiles, warn)
    }

    private init(
        _ plan: Shared<OperationPlan>, _ slowFiles: SlowFiles?, _ warn: @escaping (String) -> Void
    ) {
        self.slowFiles = slowFiles
        self.plan = plan.request.login
        user = plan.request.user
        proxySchemes = plan.proxy.schemes
        self.warn = warn
    }

    /// The login at the origin of `url`; nil = there is none to be had. `isTypedOrigin` says whether what was typed may go there;
    /// the user in `first`, the URL that was typed, holds for its whole origin. Throws a `TransferFailure` when the
    /// netrc file cannot be read.
    func login(for url: HTTPURL, isTypedOrigin: Bool, first: HTTPURL) throws -> Login? {
        guard plan.bearer == nil, plan.signature == nil,
            let found = try credentials(for: url, isTypedOrigin: isTypedOrigin, first: first)
        else {
            return nil
        }
        return login(
            Place(
                scheme: url.scheme.rawValue, host: url.host, port: url.effectivePort,
                detail: (url.zone ?? url.socketPath).map { ByteString($0) }, user: found.user,
                password: found.password ?? ""),
            plan.schemes)
    }

    /// What speaks for the user at `proxy`; nil where its user and password go with every request, or it has none.
    func authenticator(for proxy: Proxy) -> ProxyAuthenticatorReference? {
        guard proxySchemes != .basic, !proxy.kind.isSOCKS, let user = proxy.user else { return nil }
        return ProxyAuthenticatorReference(
            login(
                Place(
                    scheme: "proxy \(proxy.kind.rawValue)", host: proxy.host, port: proxy.port, detail: nil,
                    user: user, password: proxy.password ?? ""), proxySchemes))
    }

    private func login(_ place: Place, _ schemes: LoginSchemes) -> Login {
        if let known = logins[place] { return known }
        let login = Login(user: place.user, password: place.password, schemes: schemes)
        if logins.count < 10_000 { logins[place] = login }
        return login
    }

    // MARK: Users

    /// User and password at the origin of `url`; see `login`.
    func credentials(for url: HTTPURL, isTypedOrigin: Bool, first: HTTPURL) throws -> Credentials? {
        if isTypedOrigin, let user { return user }
        let source = url.hasUserinfo ? url : url.isSameOrigin(as: first) && first.hasUserinfo ? first : nil
        // A password in the URL makes do for a file that is only to be used if it is there.
        let isDecided = source?.encodedPassword != nil && !(plan.netrc?.isRequired ?? false)
        if !isDecided,
            let found = try entries()?.login(
                for: url.host, user: source?.userBytes.map { ByteString($0) })
        {
            return Credentials(user: found.user, password: found.password)
        }
        return source.map {
            Credentials(user: ByteString($0.userBytes ?? []), password: ByteString($0.passwordBytes ?? []))
        }
    }

    /// The file is read when the first host is looked up.
    private func entries() throws -> Netrc? {
        guard let file = plan.netrc else { return nil }
        let result = netrc ?? read(file)
        netrc = result
        return try result.get()
    }

    private func read(_ file: NetrcPlan) -> Result<Netrc?, TransferFailure> {
        do {
            let bytes =
                try slowFiles?.content(of: file.path)
                ?? PosixFileSource().contents(of: file.path, limit: Netrc.longestFile)
            let netrc = try Netrc(bytes)
            var status = stat()
            if !netrc.entries.isEmpty, stat(file.path.onDisk, &status) == 0, status.st_mode & 0o077 != 0 {
                warn("\(file.path) holds logins, and others than its owner can read it (chmod 600 helps)")
            }
            return .success(netrc)
        } catch FileReadError.system(ENOENT) where !file.isRequired {
            return .success(nil)
        } catch {
            return .failure(
                TransferFailure(.readFailed, "cannot use the netrc file \(file.path): \(error)"))
        }
    }
}
