internal import Sockets

/// Makes a socket for an attempt to reach `SocketAddress`; the connector owns the descriptor from then on.
public typealias SocketFactory = @Sendable (SocketAddress) throws -> CInt

/// Makes sockets and binds them, as a connector's options say.
@LoopActor
struct SocketMaker {
    /// What sockets are bound to when there is no `binding`.
    var localAddress: SocketAddress?
    /// An interface or a range of ports to bind to.
    var binding: LocalBinding?
    /// Socket options; nil = the defaults.
    var options: SocketOptions?
    /// Makes the sockets in place of the kernel's defaults.
    var factory: SocketFactory?
    /// Closes an idle connection, for its descriptor; false when there is none.
    var makeRoom: () -> Bool = { false }

    nonisolated init() {}

    /// A socket to reach `address` with. Where the table of descriptors is full, an idle connection makes room.
    func make(for address: SocketAddress) throws -> Socket {
        if let localAddress, localAddress.isIPv6 != address.isIPv6 {
            throw SocketFactoryFailure(text: "no local address of this family")
        }
        do {
            return try open(address)
        } catch let error as Errno where error == .tooManyOpenFiles || error == .tooManyOpenFilesInSystem {
            guard makeRoom() else { throw error }
            return try open(address)
        }
    }

    private func open(_ address: SocketAddress) throws -> Socket {
        guard let factory else {
            guard let options else { return try Socket(for: address) }
            return try Socket(for: address, options)
        }
        let descriptor = try factory(address)
        guard descriptor >= 0 else {
            throw SocketFactoryFailure(text: "the socket factory gave no descriptor")
        }
        return try Socket.adopt(descriptor)
    }

    /// True when sockets are bound before they connect.
    var binds: Bool { binding != nil || localAddress != nil }

    /// Binds `socket`, which is to reach `address`, where that is asked for.
    func bind(_ socket: Socket, toReach address: SocketAddress) throws {
        if let binding {
            try binding.bind(socket, toReach: address)
        } else if let localAddress {
            try socket.bind(to: localAddress)
        }
    }

    /// What sockets are bound to, for messages.
    var boundName: String {
        guard let ports = binding?.ports else { return localAddress?.description ?? "the local address" }
        return ports.count == 1
            ? "port \(ports.lowerBound)" : "a port of \(ports.lowerBound) to \(ports.upperBound)"
    }
}

/// Why no socket could be made that is no error number.
private struct SocketFactoryFailure: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}
