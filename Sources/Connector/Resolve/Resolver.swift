/// One address of a name. The name stays the one that was asked for.
public struct ResolvedAddress: Hashable, Sendable {
    /// The name that was asked for.
    public var host: String
    /// Where to connect; a resolver may choose another port than the one asked for.
    public var address: SocketAddress
    /// True where it is used whichever family of addresses is wanted, as somebody named this very address.
    public var isFixed: Bool

    /// An address of `host`.
    public init(host: String, address: SocketAddress, isFixed: Bool = false) {
        self.host = host
        self.address = address
        self.isFixed = isFixed
    }
}

/// Which addresses are wanted.
public enum AddressFamily: String, Hashable, Sendable {
    /// Both.
    case any
    /// IPv4 only.
    case ipv4
    /// IPv6 only.
    case ipv6

    func includes(_ address: SocketAddress) -> Bool {
        switch (self, address) {
        case (.any, .ipv4), (.any, .ipv6), (.ipv4, .ipv4), (.ipv6, .ipv6): true
        case (.any, .unix), (.ipv4, _), (.ipv6, _): false
        }
    }
}

/// Turns a name into addresses. Numeric addresses reach only a resolver that replaces them.
public protocol Resolver: Sendable {
    /// The addresses of `host`, best first, each with its port.
    /// - Throws: `DNSFailure` to say why not; any other error is wrapped into one. `CancellationError` when cancelled.
    @LoopActor
    func resolve(host: String, port: UInt16, family: AddressFamily) async throws -> [ResolvedAddress]

    /// Whether it knows other addresses for a numeric one, and is to be asked for them. False unless it says otherwise.
    @LoopActor
    func replaces(address: String, port: UInt16) -> Bool

    /// Frees what it holds. May be called more than once.
    @LoopActor
    func close() async
}

extension Resolver {
    /// False.
    @LoopActor
    public func replaces(address: String, port: UInt16) -> Bool { false }
}
