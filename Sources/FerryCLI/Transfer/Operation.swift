import Codecs
import Connector
import HTTPClient
import HTTPCore

/// What the transfers of one operation share while they run.
@LoopActor
final class Operation {
    let plan: OperationPlan
    let client: HTTPClient
    let cookies: CookieEngine?
    let headerDump: HeaderDump?
    let writeOut: WriteOutWriter?
    private var endpoints: [EndpointKey: Endpoint] = [:]

    private struct EndpointKey: Hashable {
        let scheme: URL.Scheme
        let host: String
        let port: UInt16
        let socket: String?
    }

    init(
        _ plan: OperationPlan, client: HTTPClient, cookies: CookieEngine?, headerDump: HeaderDump?,
        writeOut: WriteOutWriter?
    ) {
        self.plan = plan
        self.client = client
        self.cookies = cookies
        self.headerDump = headerDump
        self.writeOut = writeOut
    }

    /// The endpoint for `url`, remembered so that a thousand URLs of one host name it once.
    func endpoint(for url: URL, proxy: Proxy?) throws -> Endpoint {
        let key = EndpointKey(
            scheme: url.scheme, host: url.zone.map { "\(url.host)%\($0)" } ?? url.host,
            port: url.effectivePort,
            socket: url.socketPath)
        if let known = endpoints[key] { return known }
        var request = ConnectionRequest(url)
        request.tls = plan.tls
        request.proxy = proxy
        if request.dial == nil { request.dial = redirectedDial(url) }
        let endpoint = try client.connector.endpoint(for: request)
        if endpoints.count < 10_000 { endpoints[key] = endpoint }
        return endpoint
    }

    /// The proxy for `url`. A connection that `--connect-to` sends elsewhere passes it through a tunnel only.
    func proxy(for url: URL) -> Proxy? {
        guard var proxy = plan.proxy.proxy(for: url, userAgent: plan.request.userAgent) else { return nil }
        if redirectedDial(url) != nil { proxy.alwaysTunnels = true }
        return proxy
    }

    /// `--connect-to`: the first entry that matches wins.
    private func redirectedDial(_ url: URL) -> DialTarget? {
        for entry in plan.connectTo {
            if let host = entry.fromHost, host.lowercased() != url.host { continue }
            if let port = entry.fromPort, port != Int(url.effectivePort) { continue }
            guard entry.toHost != nil || entry.toPort != nil else { return nil }
            return .peer(
                host: entry.toHost ?? url.host, port: entry.toPort.map { UInt16($0) } ?? url.effectivePort)
        }
        return nil
    }
}

/// What all transfers of a run share.
@LoopActor
final class RunContext {
    let plan: RunPlan
    let diagnostics: Diagnostics
    let messages: TextStream
    let trace: TraceWriter?
    let standardOutput: StdoutSequencer
    let temporaryFiles: TemporaryFiles
    let shouldStop: () -> Bool
    let scratch = DecodingScratch()
    private var connectionNumbers: [ObjectIdentifier: Int] = [:]
    private var nextConnection = 0

    init(
        _ plan: RunPlan, diagnostics: Diagnostics, messages: TextStream, trace: TraceWriter?,
        standardOutput: StdoutSequencer, temporaryFiles: TemporaryFiles, shouldStop: @escaping () -> Bool
    ) {
        self.plan = plan
        self.diagnostics = diagnostics
        self.messages = messages
        self.trace = trace
        self.standardOutput = standardOutput
        self.temporaryFiles = temporaryFiles
        self.shouldStop = shouldStop
    }

    /// Numbers connections in the order they first carried a request.
    func number(of connection: Connection) -> Int {
        guard let transport = connection.transport else { return -1 }
        if connection.isReused, let known = connectionNumbers[ObjectIdentifier(transport)] { return known }
        defer { nextConnection += 1 }
        connectionNumbers[ObjectIdentifier(transport)] = nextConnection
        return nextConnection
    }
}
