internal import Sockets

/// The local end of new sockets where it is no plain address: an interface, a name of this machine, or both.
public enum LocalInterface: Hashable, Sendable {
    /// The interface of this name if there is one, else the address or the name of this machine.
    case any(String)
    /// An interface and nothing else.
    case interface(String)
    /// An address or a name of this machine and nothing else.
    case host(String)
    /// An address or a name of this machine, and only through this interface.
    case hostOnInterface(host: String, interface: String)

    /// The host whose addresses must be known before sockets can be bound; nil when there is none.
    fileprivate var host: String? {
        switch self {
        case .any(let name): NetworkInterface.addresses(of: name) == nil ? name : nil
        case .interface: nil
        case .host(let host), .hostOnInterface(let host, _): host
        }
    }
}

/// Binds sockets to a local interface, address and port of a range, before they connect.
struct LocalBinding: Sendable {
    /// Where sockets begin; nil = the kernel chooses.
    let interface: LocalInterface?
    /// Ports to try, in order; nil = any free one.
    let ports: ClosedRange<UInt16>?
    /// The address when there is no interface.
    let address: SocketAddress?
    /// The addresses of the interface's host, once looked up.
    private var hostAddresses: [SocketAddress] = []

    init?(interface: LocalInterface?, ports: ClosedRange<UInt16>?, address: SocketAddress?) {
        guard interface != nil || ports != nil else { return nil }
        self.interface = interface
        self.ports = ports
        self.address = address
    }

    /// The same with the addresses of the host looked up; an unknown host has none.
    @LoopActor
    func lookedUp(
        _ names: NameLookup, for endpoint: Endpoint, context: DialContext
    ) async throws -> LocalBinding {
        guard let host = interface?.host else { return self }
        var end = self
        do {
            end.hostAddresses = try await names.resolve(
                HostPort(host: host, port: 0), for: endpoint, context: context)
        } catch ConnectorError.dns {
            end.hostAddresses = []
        }
        return end
    }

    /// Binds `socket`, which is to reach `target`.
    /// - Throws: `Errno`, or `LocalBindingFailure` when this machine has no such end.
    @LoopActor
    func bind(_ socket: Socket, toReach target: SocketAddress) throws {
        let start = try start(socket, target)
        guard let ports else {
            if let start { try socket.bind(to: start) }
            return
        }
        var end = start ?? Self.anyAddress(like: target)
        for port in ports {
            end.port = port
            do throws(Errno) {
                try socket.bind(to: end)
                return
            } catch {
                let mayTryNext = error == .addressInUse || error == .accessDenied
                guard mayTryNext, port < ports.upperBound else { throw error }
            }
        }
    }

    /// Binds to the interface as far as that is asked for; answers with the address to bind to, nil = any.
    @LoopActor
    private func start(_ socket: Socket, _ target: SocketAddress) throws -> SocketAddress? {
        switch interface {
        case nil:
            guard let address else { return nil }
            return try Self.choose([address], for: target, "the local address")
        case .any(let name):
            guard let addresses = NetworkInterface.addresses(of: name) else {
                return try Self.choose(hostAddresses, for: target, "'\(name)'")
            }
            // On older kernels only root may; then the address alone is bound.
            try? socket.bind(toInterface: name)
            return try Self.choose(addresses, for: target, "interface '\(name)'")
        case .interface(let name):
            do throws(Errno) {
                try socket.bind(toInterface: name)
                return nil
            } catch {
                guard let addresses = NetworkInterface.addresses(of: name) else {
                    throw LocalBindingFailure(text: "there is no interface '\(name)'")
                }
                return try Self.choose(addresses, for: target, "interface '\(name)'")
            }
        case .host(let host):
            return try Self.choose(hostAddresses, for: target, "'\(host)'")
        case .hostOnInterface(let host, let name):
            do throws(Errno) {
                try socket.bind(toInterface: name)
            } catch {
                throw LocalBindingFailure(text: "cannot bind to interface '\(name)': \(error)")
            }
            return try Self.choose(hostAddresses, for: target, "'\(host)'")
        }
    }

    /// The first address of the target's family; one of the same scope is preferred.
    private static func choose(
        _ addresses: [SocketAddress], for target: SocketAddress, _ name: String
    ) throws(LocalBindingFailure) -> SocketAddress {
        let fitting = addresses.filter { $0.isIPv6 == target.isIPv6 }
        if let address = fitting.first(where: { $0.isLinkLocal == target.isLinkLocal }) ?? fitting.first {
            return address
        }
        let family = target.isIPv6 ? "IPv6" : "IPv4"
        throw LocalBindingFailure(
            text: addresses.isEmpty
                ? "\(name) is no interface and no name or address of this machine"
                : "\(name) has no \(family) address")
    }

    private static func anyAddress(like target: SocketAddress) -> SocketAddress {
        target.isIPv6 ? .ipv6(0, 0, port: 0, scope: 0) : .ipv4(0, port: 0)
    }
}

/// Why a socket could not get the local end that was asked for, when no call of the kernel failed.
struct LocalBindingFailure: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}

extension SocketAddress {
    fileprivate var isLinkLocal: Bool {
        if case .ipv6(let high, _, _, _) = self { high >> 54 == 0xFE80 >> 6 } else { false }
    }
}
