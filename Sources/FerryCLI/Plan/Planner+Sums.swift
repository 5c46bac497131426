import HTTPClient

// Files of sums that are fetched before the files they are about.
extension Planner {
    /// The operation that fetches the sums of `plan`: with its options, but those about what is sent, which part is asked
    /// for and where it goes.
    func sumsPlan(_ operation: OperationSettings, _ plan: OperationPlan) -> Shared<OperationPlan>? {
        guard !operation.checksums.urls.isEmpty else { return nil }
        let plain = OperationSettings()
        var urls: ArgumentList<URLArgument> = []
        for url in operation.checksums.urls { urls.append(.url(url)) }
        let request = RequestPlan(
            kind: .get, method: nil, body: nil, form: nil, shape: Self.requestLineOptions(plain),
            timeCondition: nil, query: nil, isJSON: false, headers: operation.headers,
            userAgent: plan.request.userAgent, referer: nil, user: plan.request.user,
            login: plan.request.login, range: nil, isCompressed: false,
            proxyHeaders: plan.request.proxyHeaders, idempotencyKey: nil)
        return Shared(
            OperationPlan(
                connector: plan.connector,
                targets: TargetSeries(urls: urls, outputs: [], uploads: [], remoteNames: []),
                globOff: true, urls: plan.urls, reply: Self.responseRules(plain), request: Shared(request),
                tls: plan.tls, hsts: plan.hsts, proxy: plan.proxy, connectTo: plan.connectTo,
                resolve: plan.resolve,
                unixMap: plan.unixMap,
                proxyProtocolHeader: plan.proxyProtocolHeader, redirects: plan.redirects,
                trustsRedirects: plan.trustsRedirects, retry: plan.retry, fail: .withoutBody,
                maxTime: plan.maxTime, connectTimeout: plan.connectTimeout, maxFileSize: 64 * 1024 * 1024,
                limitRate: nil, speedFloor: plan.speedFloor, output: outputPlan(plain),
                checksums: ChecksumSettings(), sums: nil, cookies: plan.cookies, writeOut: nil, wait: nil,
                expectations: [], expectationLimit: 0, dumpHeader: nil, firstURL: plan.firstURL))
    }
}
