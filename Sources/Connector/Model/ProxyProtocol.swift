internal import Sockets

/// Announces a client to a server that expects to stand behind a load balancer: version 1 of the PROXY protocol, one line
/// of text before the first byte of the connection.
///
/// The line names the ends of the socket itself, also where a proxy's tunnel carries it on.
public struct ProxyProtocol: Hashable, Sendable {
    /// Whose address is named as the client's; its port is not used. nil = this end of the socket.
    public var client: SocketAddress?

    /// Announces `client`, or this end of the socket.
    public init(client: SocketAddress? = nil) {
        self.client = client
    }

    /// The line. Where one end is no IP address, the line says UNKNOWN and names neither.
    func line(local: SocketAddress?, peer: SocketAddress?) -> [UInt8] {
        guard let local, let peer, let source = (client ?? local).plainHost, let target = peer.plainHost,
            local.plainHost != nil
        else { return Array("PROXY UNKNOWN\r\n".utf8) }
        let ports = "\(local.port) \(peer.port)"
        // Both addresses are of one family: an IPv4 one beside an IPv6 one is written as IPv6 has it.
        switch (source.isIPv6, target.isIPv6) {
        case (false, false): return Array("PROXY TCP4 \(source.text) \(target.text) \(ports)\r\n".utf8)
        case (true, true): return Array("PROXY TCP6 \(source.text) \(target.text) \(ports)\r\n".utf8)
        case (true, false): return Array("PROXY TCP6 \(source.text) ::ffff:\(target.text) \(ports)\r\n".utf8)
        case (false, true): return Array("PROXY TCP6 ::ffff:\(source.text) \(target.text) \(ports)\r\n".utf8)
        }
    }
}

extension SocketAddress {
    /// The numeric host without a zone, which means nothing elsewhere; nil for a Unix socket.
    fileprivate var plainHost: (text: String, isIPv6: Bool)? {
        switch self {
        case .ipv4: (host, false)
        case .ipv6(let high, let low, let port, _):
            (SocketAddress.ipv6(high, low, port: port, scope: 0).host, true)
        case .unix: nil
        }
    }
}
