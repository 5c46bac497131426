import Connector
import HTTPClient
import HTTPCore

// What the connector tells: the clock of the report, the blocks of a proxy, and the words of -v.
extension Transfer: ConnectorTracer {
    /// False when nothing would come of what the connector tells.
    var hearsConnector: Bool { report != nil || context.trace != nil || hop?.hasProxy ?? false }

    func record(_ event: ConnectorEvent, id: ConnectID) {
        // One that was found dead came before.
        tellEndOfExchange()
        keepTime(of: event)
        keepTunnelHead(event)
        guard let trace else { return }
        for line in ConnectorWords.lines(for: event) { trace.info(line) }
        guard context.plan.tracesNetwork else { return }
        for line in ConnectorWords.details(for: event) { trace.info(line) }
    }

    /// The run's trace, told which transfer speaks; nil without one.
    var trace: TraceWriter? {
        guard let trace = context.trace else { return nil }
        trace.source = (plan.number, connectionNumber)
        return trace
    }

    /// Says what became of the connection that carried the last request.
    func tellEndOfExchange() {
        guard let connection = tracedConnection else { return }
        tracedConnection = nil
        let number = connectionNumber ?? -1
        trace?.info(
            connection.isKept
                ? "Connection #\(number) to host \(connection.endpoint.group.authority) left intact"
                : "Closing connection #\(number)")
    }

    private func keepTime(of event: ConnectorEvent) {
        guard let times else { return }
        switch event {
        case .dequeued: times.gotSlot()
        case .resolved, .dnsCacheHit, .dnsCacheMiss, .dnsLookupJoined: times.resolvedName()
        case .attemptStarted: times.startedAttempt()
        case .connected: times.connected()
        case .created(_, _, let tls): if tls != nil { times.finishedTLS() }
        case .queued, .creating, .reused, .resolving, .attemptFailed, .socksRequested, .tunnelRequested,
            .tunnelAnswered, .handshakeStarted, .failed, .cancelled:
            break
        }
    }

    private func keepTunnelHead(_ event: ConnectorEvent) {
        switch event {
        case .tunnelRequested(let head):
            report?.requestBytes += Int64(head.count)
            if let trace { head.withUnsafeBytes { trace.record(.headerSent, $0) } }
        case .tunnelAnswered(let head):
            report?.headerBytes += Int64(head.count)
            report?.connectCode = Self.status(in: head)
            if operation.plan.proxy.hidesConnectAnswers {
                if let trace = context.trace { head.withUnsafeBytes { trace.record(.headerReceived, $0) } }
            } else {
                // A sink that cannot take it will say so again with the next block.
                try? show(head)
            }
        case .queued, .dequeued, .creating, .created, .reused, .resolving, .resolved, .dnsCacheHit,
            .dnsCacheMiss,
            .dnsLookupJoined, .attemptStarted, .attemptFailed, .connected, .socksRequested,
            .handshakeStarted, .failed, .cancelled:
            break
        }
    }

    private static func status(in head: [UInt8]) -> Int {
        (try? ResponseHead(parsing: String(decoding: head, as: UTF8.self)))?.status ?? 0
    }
}

/// The connector's events in the words of `-v`.
enum ConnectorWords {
    static func lines(for event: ConnectorEvent) -> [String] {
        switch event {
        case .queued(let position): ["Queued for a connection slot, number \(position) in line"]
        case .dequeued: ["Got a connection slot"]
        case .creating: []
        case .created(let local, let peer, let tls):
            (tls.map(tlsLines) ?? [])
                + [
                    "Connected to \(peer.map(\.description) ?? "the peer") from \(local.map(\.description) ?? "here")"
                ]
        case .reused(let idle, let count):
            ["Reusing a connection idle for \(ProgressText.seconds(idle)) s, used \(count) times before"]
        case .resolving(let host, let port): ["Resolving \(host):\(port)"]
        case .resolved(let host, _, let addresses):
            ["Host \(host) has \(addresses.map(\.host).joined(separator: ", "))"]
        case .dnsCacheHit(let host, let port): ["\(host):\(port) was in the DNS cache"]
        case .dnsCacheMiss: []
        case .dnsLookupJoined(let host, let port):
            ["\(host):\(port) is being resolved already; sharing the answer"]
        case .attemptStarted(let address): ["  Trying \(address)..."]
        case .attemptFailed(let attempt): ["  \(attempt.address) failed: \(attempt.text)"]
        case .connected: []
        case .socksRequested(let proxy, let destination):
            ["Asking \(proxy) for a connection to \(destination)"]
        case .tunnelRequested: ["Asking the proxy for a tunnel"]
        case .tunnelAnswered: []
        case .handshakeStarted(let name, let isProxy):
            ["TLS handshake with \(isProxy ? "proxy " : "")\(name)"]
        case .failed(let error): ["\(error)"]
        case .cancelled: ["Cancelled"]
        }
    }

    /// What only `-vvvv` and `--trace-config network` show.
    static func details(for event: ConnectorEvent) -> [String] {
        switch event {
        case .creating: ["Opening a connection"]
        case .dnsCacheMiss(let host, let port): ["\(host):\(port) is not in the DNS cache"]
        case .connected: ["The socket is connected"]
        case .queued, .dequeued, .created, .reused, .resolving, .resolved, .dnsCacheHit, .dnsLookupJoined,
            .attemptStarted, .attemptFailed, .socksRequested, .tunnelRequested, .tunnelAnswered,
            .handshakeStarted,
            .failed, .cancelled:
            []
        }
    }

    /// What happened to a connection that nobody held.
    static func line(for entry: ConnectorDiagnostic) -> String {
        switch entry {
        case .evicted(let endpoint, let reason): "Closed an idle connection to \(endpoint.group): \(reason)"
        case .unreleasedConnection(let endpoint): "Closed a dropped connection to \(endpoint.group)"
        case .unclosedConnector(let count): "Closed \(count) connections of a dropped connector"
        }
    }

    private static func tlsLines(_ tls: TLSConnectionInfo) -> [String] {
        var lines = [
            "SSL connection using \(tls.protocolVersion) / \(tls.cipherSuite)\(tls.isResumed ? " (resumed)" : "")"
        ]
        if let name = tls.applicationProtocol { lines.append("ALPN: server chose \(name)") }
        if let leaf = tls.chain.first, let certificate = CertificateInfo(der: leaf) {
            lines.append("Server certificate:")
            lines.append(" subject: \(certificate.subject)")
            lines.append(" start date: \(CertificateText.date(certificate.notBefore))")
            lines.append(" expire date: \(CertificateText.date(certificate.notAfter))")
            lines.append(" issuer: \(certificate.issuer)")
            lines.append(" sha256: \(certificate.fingerprint)")
        }
        return lines
    }
}
