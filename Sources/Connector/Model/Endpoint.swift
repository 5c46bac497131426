internal import HTTPCore

/// The identity of a connection in the pool: two requests share a socket only when every part of it is equal.
///
/// Host and port as normalized (lower case, default port filled in), TLS settings by value, the name that TLS checks,
/// the proxy with its credentials and headers, and where the socket really goes when that was redirected. The hash is
/// computed once, when the endpoint is made.
public struct Endpoint: Hashable, Sendable {
    private final class Storage: Sendable {
        let parts: Parts
        let target: Group
        let hash: Int

        init(_ parts: Parts, target: Group) {
            self.parts = parts
            self.target = target
            hash = parts.hashValue
        }
    }

    private struct Parts: Hashable {
        let group: Group
        let tls: TLSConfiguration?
        let serverName: String?
        let proxy: Proxy?
        let dial: DialTarget?
        let proxyProtocolHeader: ProxyProtocol?
    }

    /// What `limitPerHost` counts by: host, port and whether TLS is spoken, whatever the rest is.
    public struct Group: Hashable, Sendable {
        /// Lower case, IPv6 without brackets.
        public let host: String
        /// The port, explicit or the scheme's own.
        public let port: UInt16
        /// True for https.
        public let isTLS: Bool
    }

    private let storage: Storage

    /// `target` is the host of the request, where that is not `group`.
    init(
        group: Group, target: Group? = nil, tls: TLSConfiguration?, serverName: String?, proxy: Proxy?,
        dial: DialTarget?,
        proxyProtocolHeader: ProxyProtocol?
    ) {
        storage = Storage(
            Parts(
                group: group, tls: tls, serverName: serverName, proxy: proxy, dial: dial,
                proxyProtocolHeader: proxyProtocolHeader), target: target ?? group)
    }

    /// Lower case, IPv6 without brackets.
    public var host: String { storage.target.host }
    /// The port, explicit or the scheme's own.
    public var port: UInt16 { storage.target.port }
    /// True for https.
    public var isTLS: Bool { storage.target.isTLS }
    /// The TLS settings in force; nil without TLS.
    public var tls: TLSConfiguration? { storage.parts.tls }
    /// The name to send and to check in place of `host`; nil = `host`.
    public var serverName: String? { storage.parts.serverName }
    /// The proxy on the way; nil = none.
    public var proxy: Proxy? { storage.parts.proxy }
    /// Where the socket goes when that is not `host` and `port`.
    public var dial: DialTarget? { storage.parts.dial }
    /// The line of the PROXY protocol with which the connection began; nil = none.
    public var proxyProtocolHeader: ProxyProtocol? { storage.parts.proxyProtocolHeader }
    /// The host of the request: name, port and TLS.
    var target: Group { storage.target }
    /// What `limitPerHost` counts by.
    public var group: Group { storage.parts.group }

    /// Equal when every part is.
    public static func == (left: Endpoint, right: Endpoint) -> Bool {
        left.storage === right.storage
            || (left.storage.hash == right.storage.hash && left.storage.parts == right.storage.parts)
    }

    /// Feeds the hash that was computed when the endpoint was made.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(storage.hash)
    }
}

extension Endpoint {
    /// The pool's name for what `request` asks. `own` are the TLS settings of the connector.
    /// - Throws: `.invalidHost`.
    init(_ request: ConnectionRequest, tls own: TLSMode) throws(ConnectorError) {
        let isTLS = request.scheme.lowercased() == "https"
        // Where the socket goes elsewhere, the host is only what it is called.
        let host = try HostName.normalized(request.host, isLookedUp: request.dial == nil)
        let serverName = try request.serverName.map { (name) throws(ConnectorError) in
            try HostName.normalized(name)
        }
        var proxy = request.proxy
        if let name = proxy?.host { proxy?.host = try Self.proxyHost(name) }
        if let name = proxy?.preproxy?.host { proxy?.preproxy?.host = try Self.proxyHost(name) }
        var dial = request.dial
        if case .peer(let peer, let port) = dial {
            dial = .peer(host: try HostName.normalized(peer), port: port)
        }
        let group = Group(host: host, port: request.port ?? (isTLS ? 443 : 80), isTLS: isTLS)
        var pooled = group
        if request.sharesProxyConnection, let proxy, !proxy.tunnels(toTLS: isTLS), proxy.preproxy == nil {
            // All hosts share the connections to the proxy, and each request names its host.
            pooled = Group(host: proxy.host, port: proxy.port, isTLS: false)
            dial = nil
        }
        // A `dial` to the place where the request goes anyway changes nothing.
        if case .peer(group.host, group.port) = dial { dial = nil }
        self.init(
            group: pooled, target: group, tls: isTLS ? Self.tls(request.tls, own) : nil,
            serverName: isTLS ? serverName : nil,
            proxy: proxy, dial: dial, proxyProtocolHeader: request.proxyProtocolHeader)
    }

    /// As `HostName.normalized`, with an error that tells the proxy's host from the request's.
    private static func proxyHost(_ host: String) throws(ConnectorError) -> String {
        do {
            return try HostName.normalized(host)
        } catch .invalidHost(let host, let reason) {
            throw .invalidHost(host: host, reason: "\(reason); it is that of a proxy")
        } catch {
            throw error
        }
    }

    /// The request's settings win over the connector's, but a pin of the connector is never lost.
    private static func tls(_ requested: TLSMode?, _ own: TLSMode) -> TLSConfiguration {
        guard let requested else { return own.configuration }
        var configuration = requested.configuration
        let own = own.configuration
        if configuration.fingerprints.isEmpty { configuration.fingerprints = own.fingerprints }
        if configuration.publicKeyPins.isEmpty { configuration.publicKeyPins = own.publicKeyPins }
        return configuration
    }
}

extension Endpoint: CustomStringConvertible {
    /// `https://example.com:443`, with `via` and the proxy's address when there is one. Never a credential.
    public var description: String {
        var text = "\(isTLS ? "https" : "http")://\(storage.target.authority)"
        switch dial {
        case .unixSocket(let path): text += " on \(path)"
        case .peer(let host, let port): text += " at \(host.contains(":") ? "[\(host)]" : host):\(port)"
        case nil: break
        }
        if let proxy { text += " via \(proxy)" }
        if let hop = proxy?.preproxy { text += " via \(hop)" }
        return text
    }
}

extension Endpoint.Group {
    /// `host:port`, IPv6 in brackets.
    public var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension Endpoint.Group: CustomStringConvertible {
    /// `example.com:443 (TLS)`.
    public var description: String { isTLS ? "\(authority) (TLS)" : authority }
}

/// Where a socket goes when that is not the host and port of the request. Names and certificates stay the request's.
public enum DialTarget: Hashable, Sendable {
    /// Another host and port.
    case peer(host: String, port: UInt16)
    /// A Unix socket: a file's path, or `@name` in the abstract namespace.
    case unixSocket(path: String)

    /// Equal when both are the same place. Paths are compared byte for byte: two that only look the same are two files.
    public static func == (left: DialTarget, right: DialTarget) -> Bool {
        switch (left, right) {
        case (.peer(let host, let port), .peer(let otherHost, let otherPort)):
            host == otherHost && port == otherPort
        case (.unixSocket(let path), .unixSocket(let other)): CarriedText.areSame(path, other)
        case (.peer, .unixSocket), (.unixSocket, .peer): false
        }
    }
}
