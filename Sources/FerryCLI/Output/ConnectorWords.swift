import Connector

/// The connector's events in the words of `-v`.
enum ConnectorWords {
    static func lines(for event: ConnectorEvent) -> [String] {
        switch event {
        case .queued(let position): ["Queued for a connection slot, number \(position) in line"]
        case .dequeued: ["Got a connection slot"]
        case .creating: []
        case .created(let local, let peer, let tls):
            (tls.map(tlsLines) ?? []) + [connected(local, peer)]
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
        case .evicted(let endpoint, let reason):
            "Closed an idle connection to \(socket(of: endpoint) ?? "\(endpoint.group)"): \(reason)"
        case .unreleasedConnection(let endpoint):
            "Closed a dropped connection to \(socket(of: endpoint) ?? "\(endpoint.group)")"
        case .unclosedConnector(let count): "Closed \(count) connections of a dropped connector"
        }
    }

    private static func connected(_ local: SocketAddress?, _ peer: SocketAddress?) -> String {
        if case .unix = peer { return "Connected to Unix socket \(peer?.description ?? "")" }
        return
            "Connected to \(peer.map(\.description) ?? "the peer") from \(local.map(\.description) ?? "here")"
    }

    /// Where a connection leads, for people: a socket has no port.
    static func place(of endpoint: Endpoint) -> String {
        socket(of: endpoint) ?? "host \(endpoint.group.authority)"
    }

    private static func socket(of endpoint: Endpoint) -> String? {
        guard endpoint.proxy == nil, case .unixSocket(let path) = endpoint.dial else { return nil }
        return "Unix socket \(path)"
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
