internal import HTTPCore
internal import Sockets

/// What a SOCKS proxy is asked to connect to.
struct SOCKSDestination: Hashable, Sendable {
    enum Host: Hashable, Sendable {
        case ipv4(UInt32)
        case ipv6(UInt64, UInt64)
        case name(String)
    }

    var host: Host
    var port: UInt16

    init(_ host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// nil for a Unix socket. The zone of a link-local address means nothing to the proxy.
    init?(_ address: SocketAddress) {
        switch address {
        case .ipv4(let host, let port): self.init(.ipv4(host), port: port)
        case .ipv6(let high, let low, let port, _): self.init(.ipv6(high, low), port: port)
        case .unix: return nil
        }
    }
}

extension SOCKSDestination: CustomStringConvertible {
    /// `example.com:80`, `[::1]:80`.
    var description: String {
        switch host {
        case .ipv4(let address): "\(SocketAddress.ipv4(address, port: port))"
        case .ipv6(let high, let low): "\(SocketAddress.ipv6(high, low, port: port, scope: 0))"
        case .name(let name): "\(name):\(port)"
        }
    }
}

/// The part of a connection that a SOCKS proxy makes: which proxy, and the addresses that it is asked for, one after
/// another.
@LoopActor
final class SOCKSRoute {
    let proxy: Proxy
    /// Never empty; the first is the one to ask for.
    private var destinations: ArraySlice<SOCKSDestination>

    init(_ proxy: Proxy, to destinations: [SOCKSDestination]) {
        self.proxy = proxy
        self.destinations = destinations[...]
    }

    /// The one to ask for now; nil when there is none at all.
    var destination: SOCKSDestination? { destinations.first }

    /// Goes on to the next destination; false when `failure` says nothing about the address, or there is no other.
    func advance(after failure: SOCKSFailure) -> Bool {
        guard failure.isAboutAddress, destinations.count > 1 else { return false }
        destinations.removeFirst()
        return true
    }

    /// A first handshake for the route.
    func handshake() throws(SOCKSFailure) -> SOCKSHandshake {
        guard let destination else { throw .unsendable("an IPv6 address in SOCKS 4") }
        let login = proxy.sendsLogin ? proxy.user?.bytes : nil
        return try SOCKSHandshake(
            proxy.kind == .socks4 || proxy.kind == .socks4a
                ? .four(allowsNames: proxy.kind == .socks4a) : .five,
            to: destination, user: login, password: proxy.password?.bytes)
    }
}

@LoopActor
extension SOCKSRoute {
    /// The SOCKS part of the connection to `endpoint`; nil when there is none. Resolves the name where the client has
    /// to.
    static func find(
        for endpoint: Endpoint, names: NameLookup?, context: DialContext
    ) async throws -> SOCKSRoute? {
        guard let proxy = endpoint.proxy, let socks = proxy.socksHop else { return nil }
        guard proxy.preproxy == nil || !proxy.kind.isSOCKS else {
            throw ConnectorError.proxyRefused(
                ProxyRefusal(
                    proxy: proxy, endpoint: endpoint, status: nil,
                    reason: "a SOCKS proxy cannot stand behind another one", head: []))
        }
        // A hop in front of an HTTP proxy leads there.
        let next =
            (proxy.kind.isSOCKS
            ? endpoint.destination : HostPort(host: proxy.host.lowercased(), port: proxy.port)).withoutZone
        let literal = SocketAddress(numericHost: next.host, port: next.port).flatMap { SOCKSDestination($0) }
        switch socks.kind {
        case .http, .https: return nil
        case .socks4, .socks5:
            guard literal == nil, let names else {
                return SOCKSRoute(socks, to: [literal ?? SOCKSDestination(.name(next.host), port: next.port)])
            }
            let found = try await names.resolve(next, for: endpoint, context: context)
                .compactMap { SOCKSDestination($0) }
            return SOCKSRoute(socks, to: socks.kind == .socks4 ? found.filter(\.isIPv4) : found)
        case .socks4a:
            // What is no IPv4 address is a name to this protocol.
            if let literal, literal.isIPv4, literal.fitsSOCKS4 { return SOCKSRoute(socks, to: [literal]) }
            return SOCKSRoute(socks, to: [SOCKSDestination(.name(next.host), port: next.port)])
        case .socks5h:
            return SOCKSRoute(socks, to: [literal ?? SOCKSDestination(.name(next.host), port: next.port)])
        }
    }
}

extension SOCKSDestination {
    fileprivate var isIPv4: Bool { if case .ipv4 = host { true } else { false } }

    /// False for 0.0.0.x, with which 4a announces a name.
    fileprivate var fitsSOCKS4: Bool { if case .ipv4(1...0xFF) = host { false } else { true } }
}
