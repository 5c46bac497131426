import Connector
import HTTPClient
import HTTPCore

/// Turns what was typed into what will be done. Looks at the environment and at whether files exist; opens nothing.
struct Planner {
    let settings: Settings
    let environment: (String) -> String?
    let fileExists: (String) -> Bool
    /// Asks the user for a password; nil when there is nobody to ask.
    let askPassword: (_ prompt: String) -> String?
    /// Whether the key in a file has a password; nil where the end of a pipe did not come in time.
    let isEncryptedKey: (_ path: String, _ patience: Duration?) -> Bool?
    private(set) var warnings: [String] = []

    init(
        settings: Settings, environment: @escaping (String) -> String?,
        fileExists: @escaping (String) -> Bool,
        askPassword: @escaping (String) -> String?,
        isEncryptedKey: @escaping (String, Duration?) -> Bool? = { _, _ in false }
    ) {
        self.settings = settings
        self.environment = environment
        self.fileExists = fileExists
        self.askPassword = askPassword
        self.isEncryptedKey = isEncryptedKey
    }

    mutating func plan() throws(UsageError) -> FetchPlan {
        try refuseRepetition()
        warnings += recordWarnings
        var connectors: [ConnectorPlan] = []
        var operations: [Shared<OperationPlan>] = []
        for operation in settings.operations {
            let connector = try connectorPlan(operation)
            let index = connectors.firstIndex(of: connector) ?? connectors.count
            if index == connectors.count { connectors.append(connector) }
            operations.append(Shared(try operationPlan(operation, connector: index)))
        }
        return FetchPlan(run: try runPlan(), connectors: connectors, operations: operations)
    }

    private func runPlan() throws(UsageError) -> RunPlan {
        let global = settings.global
        let limit = global.limit ?? Self.defaultLimit
        return RunPlan(
            isParallel: global.isParallel,
            window: Self.window(limit: limit, limitPerHost: global.limitPerHost ?? 0),
            stopsAtFirstFailure: global.failEarly, isSilent: global.silent, showsErrors: global.showError,
            verbosity: global.verbosity, progress: progress,
            isDumbTerminal: ["", "dumb"].contains(environment("TERM") ?? ""), traceAscii: global.traceAscii,
            traceIsHex: global.traceIsHex, tracesIDs: global.traceIDs || global.verbosity > 1,
            tracesNetwork: global.traceNetwork || global.verbosity > 3, presentation: presentation,
            pace: Self.pace(global, isRepeated: repetition != nil), tracesTime: global.traceTime,
            messages: global.messages, showsSecrets: global.showSecrets,
            printsFingerprint: global.printFingerprint, sessionFile: global.sslSessions,
            buffersOutput: settings.operations.allSatisfy { $0.buffer ?? true },
            records: global.records, reports: global.reports, repetition: repetition,
            secretValues: try secretValues())
    }

    private var presentation: Presentation {
        Presentation(
            settings.global.pretty, styledOutput: settings.global.styledOutput, environment: environment)
    }

    private static func pace(_ global: GlobalSettings, isRepeated: Bool) -> PacePlan? {
        guard global.rate != nil || global.hostRate != nil || global.honorsRateLimits else { return nil }
        return PacePlan(
            interval: global.rate, plansStarts: isRepeated && global.rate != nil, perHost: global.hostRate,
            honorsLimits: global.honorsRateLimits)
    }

    private static let defaultLimit = 100

    /// Transfers at once. Under a limit per host more of them than connections, so that those of a busy host do not
    /// keep those of a free one from starting.
    private static func window(limit: Int, limitPerHost: Int) -> Int {
        let connections = limit == 0 ? 10_000 : limit
        return limitPerHost == 0 ? connections : max(connections, 1024)
    }

    // MARK: Connector

    private func connectorPlan(_ operation: OperationSettings) throws(UsageError) -> ConnectorPlan {
        let global = settings.global
        if global.forceClose, global.keepaliveTimeout != nil {
            throw UsageError(
                flag: "--force-close", problem: "contradicts --idle-timeout: no connection is kept")
        }
        var localAddress: SocketAddress?
        if let local = operation.localAddress {
            guard let address = SocketAddress(numericHost: local.address, port: UInt16(local.port ?? 0))
            else {
                throw UsageError(
                    flag: "--local-addr", value: local.address,
                    problem: "is not an IP address of this machine")
            }
            localAddress = address
        }
        let socketPath = operation.unixSocket.map(Self.path)
        var options = TCPConnector.Options()
        options.base.limit = global.limit ?? Self.defaultLimit
        options.base.limitPerHost = global.limitPerHost
        options.base.forceClose = global.forceClose
        options.base.keepAliveTimeout = global.keepaliveTimeout
        options.base.tlsShutdownTimeout = global.tlsShutdownTimeout ?? .zero
        options.base.enableCleanupClosed = global.enableCleanupClosed
        options.usesDNSCache = global.dnsCache ?? true
        options.dnsCacheTTL = Self.life(global.dnsCacheLife)
        options.connectionAttemptDelay = Self.delay(global.attemptDelay)
        options.firstAddressFamilyCount = global.interleave
        options.addressFamily = Self.family(operation.addressFamily)
        options.localAddress = localAddress
        options.localInterface = operation.sockets.interface
        options.localPorts = operation.sockets.localPorts
        options.socketOptions = operation.sockets.options
        return ConnectorPlan(
            options: options, resolve: ResolveTable(operation.resolve),
            // A connector of one socket knows no other way.
            unixSocketPath: operation.unixMap.isEmpty ? socketPath : nil)
    }

    static let longestSocketPath = UnixMap.longestPath

    private static func life(_ life: DNSCacheLife?) -> Duration? {
        switch life {
        case nil: .seconds(10)
        case .limited(let duration): duration
        case .forever: nil
        }
    }

    private static func delay(_ delay: AttemptDelay?) -> Duration? {
        switch delay {
        case nil: .milliseconds(250)
        case .after(let duration): duration
        case .off: nil
        }
    }

    private static func family(_ choice: AddressFamilyChoice?) -> AddressFamily {
        switch choice {
        case nil, .any: .any
        case .ipv4: .ipv4
        case .ipv6: .ipv6
        }
    }

    // MARK: Operation

    private mutating func operationPlan(
        _ operation: OperationSettings, connector: Int
    ) throws(UsageError) -> OperationPlan {
        guard !operation.urls.isEmpty else {
            throw UsageError(flag: "", problem: "no URL specified" + Self.noURLHint(operation))
        }
        warnings += Self.habitWarnings(operation)
        try refuseConflicts(operation)
        let tls = try tlsMode(operation)
        let targets = targets(operation)
        let urls = Self.urlRules(operation)
        // A password that is missing is asked for here: the server's before the proxy's.
        let request = Shared(try requestPlan(operation))
        let proxy = try proxyChoice(operation)
        var plan = OperationPlan(
            connector: connector, targets: targets, globOff: operation.globOff, urls: urls,
            reply: Self.responseRules(operation),
            request: request, tls: tls, hsts: hstsPlan(operation, tls),
            proxy: proxy,
            connectTo: operation.connectTo, resolve: ResolveTable(operation.resolve),
            unixMap: Self.unixMap(operation),
            proxyProtocolHeader: Self.proxyProtocolHeader(operation.proxyOptions),
            redirects: Self.redirectPolicy(operation),
            trustsRedirects: operation.locationTrusted, retry: Self.retryPolicy(operation.retry),
            fail: operation.fail ?? .off, maxTime: operation.maxTime.flatMap { $0 > .zero ? $0 : nil },
            connectTimeout: operation.connectTimeout.flatMap { $0 > .zero ? $0 : nil } ?? .seconds(300),
            maxFileSize: operation.maxFileSize.flatMap { $0 > 0 ? $0 : nil },
            limitRate: operation.limitRate.flatMap { $0 > 0 ? $0 : nil },
            speedFloor: Self.speedFloor(operation),
            output: outputPlan(operation), checksums: operation.checksums,
            sums: nil,
            cookies: Self.cookiePlan(operation), writeOut: operation.writeOut,
            wait: try Self.waitPlan(operation, urls), expectations: operation.expectations,
            expectationLimit: min(operation.expectationLimit ?? 16 << 20, 2 << 30),
            dumpHeader: operation.dumpHeader,
            firstURL: targets.firstURL(by: urls, globOff: operation.globOff))
        plan.sums = sumsPlan(operation, plan)
        return plan
    }

    private func refuseConflicts(_ operation: OperationSettings) throws(UsageError) {
        try Self.refuseTagsOfSeveral(operation)
        let hasUpload = operation.uploads.contains { $0 != .none }
        let hasData = !operation.data.isEmpty && !operation.get
        let hasForm = !operation.form.isEmpty
        try Self.refuseMixedFields(operation)
        let methods = [
            (hasForm, "-F"), (hasData || (hasForm || hasUpload) && !operation.data.isEmpty, "-d"),
            (hasUpload, "-T"),
            (operation.head, "-I"),
        ].filter(\.0).map(\.1)
        if methods.count > 1 {
            throw UsageError(
                flag: methods[1],
                problem: "cannot be used with \(methods[0]): each asks for another request method")
        }
        try Self.refuseResumption(operation, hasData: hasData, hasForm: hasForm)
        try Self.refuseParts(operation)
    }

    /// Which hosts have a socket.
    private static func unixMap(_ operation: OperationSettings) -> UnixMap {
        var map = operation.unixMap
        map.others = operation.unixSocket.map(Self.path)
        return map
    }

    private static func path(_ socket: UnixSocketArgument) -> String {
        socket.isAbstract ? "@" + socket.path : socket.path
    }

    private mutating func targets(_ operation: OperationSettings) -> TargetSeries {
        if operation.outputs.count > operation.urls.count {
            warnings.append("Got more output options than URLs")
        }
        return TargetSeries(
            urls: operation.urls, outputs: operation.outputs, uploads: operation.uploads,
            remoteNames: operation.remoteNameSwitches)
    }

    private static func retryPolicy(_ retry: RetrySettings) -> RetryPolicy {
        RetryPolicy(
            limit: retry.count ?? 0, delay: retry.delay, longestDelay: retry.maxDelay, window: retry.maxTime,
            conditions: RetryConditions(
                retry.conditions?.items, except: retry.conditions?.exceptions ?? [],
                includesRefusedConnections: retry.connectionRefused, includesAllErrors: retry.allErrors),
            honorsRetryAfter: !retry.ignoresRetryAfter,
            longestRetryAfter: retry.maxRetryAfter ?? .seconds(120))
    }

    private static func speedFloor(_ operation: OperationSettings) -> SpeedFloor? {
        guard operation.speedLimit != nil || operation.speedTime != nil else { return nil }
        let (speed, time) = (operation.speedLimit ?? 1, operation.speedTime ?? .seconds(30))
        return speed > 0 && time > .zero ? SpeedFloor(bytesPerSecond: speed, duration: time) : nil
    }

    func outputPlan(_ operation: OperationSettings) -> OutputPlan {
        let mayBeAtomic = (operation.atomic ?? true) && (operation.buffer ?? true)
        return OutputPlan(
            folder: operation.outputDirectory, createsFolders: operation.createDirectories,
            usesServerName: operation.remoteHeaderName,
            isAtomic: mayBeAtomic && operation.continueAt == nil, mayBeAtomic: mayBeAtomic,
            isBuffered: operation.buffer ?? true, showsHeaders: operation.showHeaders || operation.head,
            continueAt: operation.continueAt, clobbers: operation.clobber,
            skipsExisting: operation.skipExisting, removesOnError: operation.removeOnError,
            keepsRemoteTime: operation.remoteTime, writesAttributes: operation.extendedAttributes)
    }

    private static func cookiePlan(_ operation: OperationSettings) -> CookiePlan {
        var plan = CookiePlan(
            isOn: operation.cookieJar != nil, files: [], jar: operation.cookieJar,
            dropsSessionCookies: operation.junkSessionCookies, pairs: [])
        for cookie in operation.cookies {
            switch cookie {
            case .pairs(let text): plan.pairs.append(text)
            case .file(let path):
                plan.files.append(path)
                plan.isOn = true
            case .engineOnly: plan.isOn = true
            }
        }
        return plan
    }

    // MARK: Request

    private mutating func requestPlan(_ operation: OperationSettings) throws(UsageError) -> RequestPlan {
        var kind = RedirectPolicy.RequestKind.get
        var body: [UInt8]?
        var query =
            operation.query.isEmpty ? nil : Array(operation.query.joined(separator: [UInt8(ascii: "&")]))
        if let data = operation.joinedData {
            if operation.get {
                query = data
            } else {
                kind = .post
                body = data
            }
        }
        if !operation.form.isEmpty { kind = .post }
        if operation.head { kind = .head }
        if operation.uploads.contains(where: { $0 != .none }) { kind = .put }
        if operation.method == "HEAD", !operation.head {
            warnings.append(
                "Setting custom HTTP method to HEAD with -X/--request may not work the way you want. Consider using -I/--head instead."
            )
        }
        try refuseBrokenFields(operation)
        warnings += loginWarnings(operation)
        return RequestPlan(
            kind: kind, method: operation.method, body: body, form: Self.formPlan(operation),
            shape: Self.requestLineOptions(operation), timeCondition: operation.timeCondition, query: query,
            isJSON: operation.data.contains { $0.kind != .form },
            headers: operation.headers + Self.tagFields(operation),
            userAgent: operation.userAgent ?? Ferry.userAgent, referer: operation.referer,
            user: operation.login.bearer == nil
                ? try complete(operation.user, for: "host") : operation.user,
            login: try loginPlan(operation), range: operation.range,
            isCompressed: operation.compressed, proxyHeaders: operation.proxyOptions.headers,
            idempotencyKey: operation.idempotencyKey)
    }

    /// Values that become header fields must not end their line.
    private func refuseBrokenFields(_ operation: OperationSettings) throws(UsageError) {
        func check(_ flag: String, _ value: String?, isSecret: Bool = false) throws(UsageError) {
            guard let value, !HeaderField.isFieldValue(value) else { return }
            throw UsageError(
                flag: flag, value: isSecret ? nil : value,
                problem: "holds a line break or NUL, which no header field may")
        }
        try check("--user-agent", operation.userAgent)
        try check("--referer", operation.referer?.url)
        try check("--range", operation.range)
        try check("--idempotency-key", operation.idempotencyKey?.text)
        for case .pairs(let text) in operation.cookies { try check("--cookie", text, isSecret: true) }
    }

    /// Credentials without a password ask for it.
    private func complete(_ credentials: Credentials?, for whom: String) throws(UsageError) -> Credentials? {
        guard var credentials, credentials.password == nil else { return credentials }
        guard let password = askPassword("Enter \(whom) password for user '\(credentials.user)':") else {
            throw UsageError(
                flag: whom == "proxy" ? "--proxy-user" : "--user", value: credentials.user.description,
                problem: "has no password, and there is no terminal to ask at; write user:password")
        }
        credentials.password = CarriedText.bytes(of: password)
        return credentials
    }

    // MARK: TLS and proxy

    /// `--haproxy-protocol`; the address was checked when it was given.
    private static func proxyProtocolHeader(_ settings: ProxySettings) -> ProxyProtocol? {
        guard settings.announcesClient || settings.announcedClient != nil else { return nil }
        return ProxyProtocol(
            client: settings.announcedClient.flatMap { SocketAddress(numericHost: $0, port: 0) })
    }

    private func tlsMode(_ operation: OperationSettings) throws(UsageError) -> TLSMode {
        let names = operation.urls.pieces.contains { piece in
            switch piece {
            case .argument(.url(let text)): URLArgument.namesTLS(text.utf8)
            case .argument(.list): true
            case .run(let run): run.namesTLS
            }
        }
        var configuration = try tlsPlanner("--", operation).configuration(
            operation.tls, mayBeUsed: names || operation.location || operation.locationTrusted)
        if !operation.fingerprints.isEmpty { configuration.verification = .none }
        do throws(FingerprintError) {
            for bytes in operation.fingerprints {
                configuration.fingerprints.append(try Fingerprint(bytes: bytes))
            }
        } catch {
            throw UsageError(flag: "--fingerprint", problem: "\(error)")
        }
        return .custom(configuration)
    }

    /// The configuration for https proxies.
    private func proxyTLS(_ operation: OperationSettings) throws(UsageError) -> TLSConfiguration {
        var settings = operation.proxyTLS
        if settings.caFolder == nil { settings.caFolder = operation.tls.caFolder }
        return try tlsPlanner("--proxy-", operation).configuration(
            settings, mayBeUsed: operation.proxy != nil)
    }

    private func hstsPlan(_ operation: OperationSettings, _ tls: TLSMode) -> HSTSPlan? {
        guard let last = operation.hsts.last else { return nil }
        return HSTSPlan(
            files: operation.hsts.filter { !$0.isEmpty }, saveFile: last.isEmpty ? nil : last,
            mayLearn: tls.configuration.verification == .full)
    }

    private func tlsPlanner(_ prefix: String, _ operation: OperationSettings) -> TLSPlanner {
        let (total, connect) = (operation.maxTime, operation.connectTimeout)
        return TLSPlanner(
            environment: environment, fileExists: fileExists, askPassword: askPassword,
            isEncryptedKey: { [isEncryptedKey] path in
                isEncryptedKey(path, [total, connect].compactMap { $0 }.filter { $0 > .zero }.min())
            }, prefix: prefix)
    }

    private func proxyChoice(_ operation: OperationSettings) throws(UsageError) -> ProxyChoice {
        let exemptions = operation.noProxy.map { ($0, "--noproxy") } ?? ProxyChoice.exemptions(environment)
        var choice = ProxyChoice(
            named: nil, forHTTP: nil, forHTTPS: nil,
            exempt: NoProxy(exemptions.0),
            credentials: try complete(operation.proxyUser, for: "proxy"),
            alwaysTunnels: operation.proxyTunnel,
            tls: try proxyTLS(operation),
            schemes: operation.login.proxySchemes.isEmpty ? .basic : operation.login.proxySchemes)
        choice.source.exemption = exemptions.1
        choice.headers = operation.proxyOptions.headers
        choice.hidesConnectAnswers = operation.proxyOptions.hidesConnectAnswers
        choice.sendsSOCKSLogin = operation.proxyOptions.sendsSOCKSLogin ?? true
        if operation.unixSocket != nil {
            choice.named = .some(nil)
            return choice
        }
        if operation.proxy != nil || operation.proxyOptions.preproxy?.isEmpty == false {
            try choice.name(operation.proxy ?? "", operation.proxyOptions)
        } else {
            choice.readEnvironment(environment)
        }
        return choice
    }
}
