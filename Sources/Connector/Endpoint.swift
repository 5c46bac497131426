/// The identity of a connection in the pool: two requests share a socket only when every part of it is equal.
///
/// Host and port as normalised (lower case, default port filled in), TLS settings by value, the name that TLS checks,
/// the proxy with its credentials and headers, and where the socket really goes when that was redirected. The hash is
/// computed once, when the endpoint is made.
public struct Endpoint: Hashable, Sendable {
    private final class Storage: Sendable {
        let parts: Parts
        let hash: Int

        init(_ parts: Parts) {
            self.parts = parts
            hash = parts.hashValue
        }
    }

    private struct Parts: Hashable {
        let group: Group
        let tls: TLSConfiguration?
        let serverName: String?
        let proxy: Proxy?
        let dial: DialTarget?
        let announcement: ProxyProtocol?
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

    init(
        group: Group, tls: TLSConfiguration?, serverName: String?, proxy: Proxy?, dial: DialTarget?,
        announcement: ProxyProtocol?
    ) {
        storage = Storage(
            Parts(
                group: group, tls: tls, serverName: serverName, proxy: proxy, dial: dial,
                announcement: announcement))
    }

    /// Lower case, IPv6 without brackets.
    public var host: String { storage.parts.group.host }
    /// The port, explicit or the scheme's own.
    public var port: UInt16 { storage.parts.group.port }
    /// True for https.
    public var isTLS: Bool { storage.parts.group.isTLS }
    /// The TLS settings in force; nil without TLS.
    public var tls: TLSConfiguration? { storage.parts.tls }
    /// The name to send and to check in place of `host`; nil = `host`.
    public var serverName: String? { storage.parts.serverName }
    /// The proxy on the way; nil = none.
    public var proxy: Proxy? { storage.parts.proxy }
    /// Where the socket goes when that is not `host` and `port`.
    public var dial: DialTarget? { storage.parts.dial }
    /// The line of the PROXY protocol with which the connection began; nil = none.
    public var announcement: ProxyProtocol? { storage.parts.announcement }
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

extension Endpoint: PoolKey {}

extension Endpoint: CustomStringConvertible {
    /// `https://example.com:443`, with `via` and the proxy's address when there is one. Never a credential.
    public var description: String {
        var text = "\(isTLS ? "https" : "http")://\(group.authority)"
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
}
