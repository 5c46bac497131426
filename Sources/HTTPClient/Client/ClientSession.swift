internal import Codecs
internal import Connector
internal import Glibc
internal import HTTPCore

/// What the requests of one client share: the connector, and what was learned from answers.
@LoopActor
final class ClientSession {
    enum Source {
        /// The caller's.
        case lent(BaseConnector)
        /// The client's own, to be made with the first request → made, closed.
        case toMake(@LoopActor @Sendable () throws -> BaseConnector)
        case made(BaseConnector)
        /// With the client's own, if it was made.
        case closed(BaseConnector?)
    }

    nonisolated let configuration: HTTPClient.Configuration
    private var source: Source
    private var hsts = HSTSStore()
    private var logins: [Place: Login] = [:]
    private var transfers = 0
    let connections = ConnectionNumbers()
    /// Decoding is synchronous, so all bodies use the same buffers, one after another.
    let scratch = DecodingScratch()

    private struct Place: Hashable {
        var scheme: HTTPURL.Scheme
        var host: String
        var port: UInt16
        /// Zone or Unix socket.
        var detail: ByteString?
        var user: ByteString
        var password: ByteString
        var schemes: LoginSchemes
    }

    nonisolated init(_ configuration: HTTPClient.Configuration, _ source: Source) {
        self.configuration = configuration
        self.source = source
    }

    /// - Throws: `HTTPClientError` once the client was closed, or what making the connector throws.
    func connector() throws -> BaseConnector {
        switch source {
        case .lent(let connector), .made(let connector): return connector
        case .closed: throw HTTPClientError.connector(.closed)
        case .toMake(let make):
            let connector = try make()
            source = .made(connector)
            return connector
        }
    }

    func close() async {
        switch source {
        case .closed(let connector):
            // A second call waits for the first one's work.
            await connector?.close()
        case .lent, .toMake: source = .closed(nil)
        case .made(let connector):
            source = .closed(connector)
            await connector.close()
        }
    }

    /// The events of one more transfer for `listener`; nil without one.
    func events(_ listener: (any TransferListener)?) -> TransferEvents? {
        transfers += 1
        guard let listener else { return nil }
        return TransferEvents(transfer: transfers, listeners: ListenerList([listener]), numbers: connections)
    }

    // MARK: Learning from answers

    /// `url` over TLS if its host is known to want that, else nil.
    func secured(_ url: HTTPURL) -> HTTPURL? {
        guard configuration.remembersStrictTransport, hsts.count > 0 else { return nil }
        return hsts.upgrade(url, now: Self.now)
    }

    /// Takes what an answer that came over `connector` says of its host, and its cookies.
    func learn(
        _ head: ResponseHead, from url: HTTPURL, over connector: BaseConnector, events: TransferEvents?
    ) {
        if configuration.remembersStrictTransport,
            connector.options.tls.configuration.verification == .full
        {
            hsts.learn(head, from: url, now: Self.now)
        }
        guard let cookies = configuration.cookies else { return }
        for case .rejected(let reason) in cookies.process(head, from: url, now: Self.now) {
            events?.tell(.cookieRefused(reason: "\(reason)"))
        }
    }

    /// The value of `Cookie` for `url`.
    func cookie(for url: HTTPURL) -> ByteString? { configuration.cookies?.header(for: url, now: Self.now) }

    /// The login of a user at the origin of `url`, which remembers what the server asked for.
    func login(for url: HTTPURL, user: String, password: String, _ schemes: LoginSchemes) -> Login {
        let place = Place(
            scheme: url.scheme, host: url.host, port: url.effectivePort,
            detail: (url.zone ?? url.socketPath).map { ByteString($0) }, user: ByteString(user),
            password: ByteString(password), schemes: schemes)
        if let known = logins[place] { return known }
        let login = Login(user: ByteString(user), password: ByteString(password), schemes: schemes)
        if logins.count < Self.mostLogins { logins[place] = login }
        return login
    }

    private static let mostLogins = 10_000

    private static var now: Int64 { Int64(time(nil)) }
}
