import Codecs
import Connector
import HTTPClient
import HTTPCore

/// What the transfers of one operation share while they run.
@LoopActor
final class Operation {
    let plan: Shared<OperationPlan>
    let connector: BaseConnector
    private let jar: CookieJar?
    /// What is to be read before the first transfer and may keep it waiting; nil = nothing.
    let slowFiles: SlowFiles?
    /// Reads the operation's files of cookies, and of hosts over TLS where they are pipes; nil once that is done.
    private var loadFiles: (() throws(TransferFailure) -> Void)?
    let headerDump: HeaderDump?
    let writeOut: WriteOutWriter?
    /// nil where logins are fixed fields.
    let logins: LoginKeeper?
    /// `--etag-save`.
    var etagFile: EtagFile?
    /// What `--checksum-url` brought.
    var sums: [SumsFile] = []
    /// Why none of its transfers can be done: a file that it writes cannot be made, or one that it reads not be read. nil =
    /// they can.
    var problem: TransferFailure?
    /// Hosts that are asked over TLS only; nil = nobody asked for that.
    var hsts: HSTSCache?
    /// Reads the URLs of the operation.
    var urls: URLSeries
    /// False when no URL can have one: a proxy is large, and even none of them is costly to hand on.
    let mayHaveProxy: Bool
    /// Some hosts are reached by Unix sockets of their own.
    private let mapsHosts: Bool
    /// What its answers have to be like.
    let expectations: [Expectation]
    /// Counts for those that are about the run; nil without one.
    let reuse: ReuseCount?
    /// Those before the last one: with a single place, which most runs have, the dictionary's type is never made.
    private var sites: [SiteKey: Site] = [:]
    /// What bounds a request where no deadline does.
    let limits: RequestLimits
    /// Most often the next URL leads where the last one did, and comparing is cheaper than hashing.
    private var lastSite: Site?

    struct SiteKey: Hashable {
        let scheme: HTTPURL.Scheme
        let host: String
        let zone: String?
        let port: UInt16
        let socket: ByteString?

        init(_ url: HTTPURL) {
            scheme = url.scheme
            host = url.host
            zone = url.zone
            port = url.effectivePort
            socket = url.socketPath.map { ByteString($0) }
        }
    }

    /// What requests to one place have in common.
    final class Site {
        /// One of the URLs that lead there.
        let sample: HTTPURL
        let endpoint: Endpoint
        /// The fields of a plain request of each kind: a GET's and a HEAD's differ where the user named some.
        var getBlock: FieldBlock?
        var headBlock: FieldBlock?
        /// Whether it can be found by its place.
        var isFiled = false

        init(_ sample: HTTPURL, endpoint: Endpoint) {
            self.sample = sample
            self.endpoint = endpoint
        }
    }

    init(
        _ plan: Shared<OperationPlan>, connector: BaseConnector, cookies jar: CookieJar?,
        slowFiles: SlowFiles? = nil, loadFiles: @escaping () throws(TransferFailure) -> Void,
        headerDump: HeaderDump?,
        writeOut: WriteOutWriter?, logins: LoginKeeper? = nil
    ) {
        self.plan = plan
        urls = URLSeries(defaultScheme: plan.urls.defaultScheme, pathAsIs: plan.urls.isPathAsIs)
        mayHaveProxy = plan.proxy.isPossible
        mapsHosts = !plan.unixMap.isEmpty
        expectations = plan.expectations
        reuse = expectations.contains(where: \.isOfRun) ? ReuseCount() : nil
        self.connector = connector
        limits = RequestLimits(connectTimeout: plan.connectTimeout, speedFloor: plan.speedFloor)
        self.jar = jar
        self.slowFiles = slowFiles
        self.loadFiles = loadFiles
        self.headerDump = headerDump
        self.writeOut = writeOut
        self.logins = logins
    }

    /// The cookies of the run; nil = none are kept.
    var cookies: CookieJar? { jar }

    /// Reads the files of cookies and the like, before the first transfer.
    /// - Throws: `problem`, from then on.
    func begin() throws(TransferFailure) {
        if problem == nil, let loadFiles {
            do throws(TransferFailure) { try loadFiles() } catch { problem = error }
        }
        loadFiles = nil
        if let problem { throw problem }
    }

    /// The same at the end; nil where nothing was ever asked for, so that what a file holds is not lost.
    var cookiesToSave: CookieJar? { loadFiles == nil ? jar : nil }

    /// - Throws: `TransferFailure` for a URL of a protocol that the user ruled out.
    func check(_ url: HTTPURL, redirectedFrom previous: HTTPURL? = nil) throws {
        try plan.urls.check(hsts?.upgrade(url) ?? url, isRedirect: previous != nil)
        guard mapsHosts, !plan.trustsRedirects, let previous else { return }
        let (from, to) = (socket(for: previous), socket(for: url))
        guard from != to else { return }
        let source = from.map { "the Unix socket \($0)" } ?? "the network"
        throw TransferFailure(
            .unsupportedProtocol,
            "a redirect leads from \(source) to \(to.map { "the Unix socket \($0)" } ?? url.hostHeader), which only "
                + "--location-trusted follows")
    }

    /// The method of the first request of each transfer.
    var firstMethod: String { plan.request.method ?? RequestBuilder.method(plan.request.kind) }

    /// The Unix socket by which `url` is reached; nil = the network.
    func socket(for url: HTTPURL) -> String? { url.socketPath ?? plan.unixMap.path(for: url.host) }

    /// The same for requests that only ask whether the service is there. They leave no trace but in the cookies.
    func probing(isHead: Bool) -> Operation {
        var plan = plan.copy
        var request = plan.request.copy
        request.kind = isHead ? .head : .get
        (request.method, request.body, request.form, request.range) = (nil, nil, nil, nil)
        (request.timeCondition, request.isJSON) = (nil, false)
        if !isHead { request.query = nil }
        plan.request = Shared(request)
        plan.retry = RetryPolicy()
        plan.fail = .off
        (plan.writeOut, plan.dumpHeader, plan.expectations) = (nil, nil, [])
        (plan.maxFileSize, plan.limitRate, plan.reply.etagFile) = (nil, nil, nil)
        (plan.output.showsHeaders, plan.output.continueAt, plan.output.skipsExisting) = (false, nil, false)
        let probing = Operation(
            Shared(plan), connector: connector, cookies: jar, slowFiles: slowFiles, loadFiles: {},
            headerDump: nil, writeOut: nil,
            logins: logins)
        probing.hsts = hsts
        return probing
    }

    /// Where `hop` leads, remembered so that a thousand URLs of one host name it once.
    func site(of hop: HopRequest) throws -> Site {
        let url = hop.url
        if let lastSite, lastSite.sample.isSibling(of: url) { return lastSite }
        if let lastSite {
            if !lastSite.isFiled, sites.count < 10_000 {
                sites[SiteKey(lastSite.sample)] = lastSite
                lastSite.isFiled = true
            }
            if let known = sites[SiteKey(url)] {
                self.lastSite = known
                return known
            }
        }
        let request = connectionRequest(for: url, proxy: hop.proxy)
        let site = Site(url, endpoint: try connector.endpoint(for: request))
        lastSite = site
        return site
    }

    /// What a connector is asked for to reach `url`.
    func connectionRequest(for url: HTTPURL, proxy: Proxy?) -> ConnectionRequest {
        var request = ConnectionRequest(url)
        request.tls = plan.tls
        request.proxy = proxy
        request.sharesProxyConnection = true
        request.proxyProtocolHeader = plan.proxyProtocolHeader
        if mapsHosts, let path = socket(for: url) { request.dial = .unixSocket(path: path) }
        if request.dial == nil { request.dial = redirectedDial(url) }
        return request
    }

    /// The request for `hop`. One that nothing sets apart from its siblings but the target is written from the fields of
    /// the last such request.
    func request(for hop: HopRequest, _ builder: RequestBuilder, _ site: Site) throws -> RequestMessage {
        guard hop.isPlain, hop.range == plan.request.range, !hop.url.hasUserinfo, logins == nil,
            builder.idempotencyKey == nil
        else {
            return try write(hop, builder)
        }
        if let block = hop.kind == .head ? site.headBlock : site.getBlock {
            return RequestMessage(
                method: plan.request.method ?? RequestBuilder.method(hop.kind),
                target: plan.request.shape.target ?? hop.url.requestTarget,
                version: plan.request.shape.version,
                block: block)
        }
        let request = try builder.build(hop)
        if request.continueTimeout == nil {
            let block = try FieldBlock(request.fields)
            if hop.kind == .head { site.headBlock = block } else { site.getBlock = block }
        }
        return request
    }

    /// The proxy for `url`. A connection that `--connect-to` sends elsewhere passes it through a tunnel only.
    func proxy(for url: HTTPURL) throws -> Proxy? {
        guard mayHaveProxy, !mapsHosts || socket(for: url) == nil else { return nil }
        if let problem = plan.proxy.problem(for: url) {
            throw TransferFailure(problem.status, problem.description)
        }
        guard var proxy = plan.proxy.proxy(for: url, userAgent: plan.request.userAgent) else {
            return nil
        }
        if redirectedDial(url) != nil { proxy.alwaysTunnels = true }
        if let logins { proxy.authenticator = logins.authenticator(for: proxy) }
        return proxy
    }

    /// `--connect-to`: the first entry that matches wins. nil also where it leads to the URL's own place.
    private func redirectedDial(_ url: HTTPURL) -> DialTarget? {
        for entry in plan.connectTo {
            if let host = entry.fromHost, host.lowercased() != url.host { continue }
            if let port = entry.fromPort, port != Int(url.effectivePort) { continue }
            let host = entry.toHost ?? url.host
            let port = entry.toPort.map { UInt16($0) } ?? url.effectivePort
            guard ASCII.lowercased(host) != url.host || port != url.effectivePort else { return nil }
            return .peer(host: host, port: port)
        }
        return nil
    }
}
