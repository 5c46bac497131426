import Glibc
import Sockets
import Testing

/// Runs `body` as the library's own tasks run: on the loop, with the loop as preferred executor.
func onLoop<Result: Sendable>(
    _ body: @escaping @LoopActor @Sendable () async throws -> Result
) async throws -> Result {
    try await EventLoop.shared.startThrowing(body).value
}

/// Lets the loop look at epoll and its timers once.
@LoopActor
func turnOfLoop() async throws {
    try await EventLoop.shared.sleep(until: .now)
}

/// A listening socket made with nothing but the C library, so that the code under test is only on one side.
final class RawListener: Sendable {
    let descriptor: CInt
    let address: SocketAddress
    private let path: String?

    /// Listens on 127.0.0.1 at a free port.
    init(backlog: CInt = 16) throws {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        let any = try #require(SocketAddress(numericHost: "127.0.0.1", port: 0))
        try #require(any.withSockaddr { Glibc.bind(descriptor, $0, $1) } == 0)
        try #require(listen(descriptor, backlog) == 0)
        address = try #require(rawName(of: descriptor))
        path = nil
    }

    /// Listens on a Unix path of its own.
    init(unixBacklog backlog: CInt) throws {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        let path = "/tmp/sockets-tests-\(getpid())-\(descriptor)-\(UInt32.random(in: 0 ... .max)).sock"
        let address = SocketAddress.unix(Array(path.utf8))
        self.address = address
        try #require(address.withSockaddr { Glibc.bind(descriptor, $0, $1) } == 0)
        try #require(listen(descriptor, backlog) == 0)
        self.path = path
    }

    deinit {
        Glibc.close(descriptor)
        if let path { unlink(path) }
    }

    /// The next connection's descriptor, for a peer that has already connected.
    func accept() throws -> RawPeer {
        let peer = Glibc.accept(descriptor, nil, nil)
        try #require(peer >= 0)
        #expect(fcntl(peer, F_SETFD, FD_CLOEXEC) == 0)
        return RawPeer(descriptor: peer)
    }

    /// A blocking client, to fill the backlog with.
    func connectRaw() throws -> RawPeer {
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let peer = socket(address.domain, kind, 0)
        try #require(peer >= 0)
        _ = address.withSockaddr { Glibc.connect(peer, $0, $1) }
        return RawPeer(descriptor: peer)
    }
}

/// One end of a connection that blocks; what it waits for has always been sent before.
final class RawPeer: Sendable {
    let descriptor: CInt

    init(descriptor: CInt) {
        self.descriptor = descriptor
    }

    deinit { Glibc.close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count)
    }

    func receive(_ count: Int = 4096) -> String? {
        var bytes = [UInt8](repeating: 0, count: count)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Ends this side; the other one reads an end.
    func finish() {
        #expect(shutdown(descriptor, CInt(SHUT_WR)) == 0)
    }

    /// Makes the coming close a reset.
    func resetOnClose() {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }
}

func rawName(of descriptor: CInt) -> SocketAddress? {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            getsockname(descriptor, pointer, &size) == 0 ? SocketAddress(pointer, size: size) : nil
        }
    }
}

extension Socket {
    /// Connects to `listener` and returns both ends.
    static func connected(to listener: RawListener) async throws -> (Socket, RawPeer) {
        let socket = try Socket(for: listener.address)
        if try !socket.startConnect(to: listener.address) {
            try await socket.untilWritable()
        }
        try socket.finishConnect(to: listener.address)
        return (socket, try listener.accept())
    }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        #expect(try bytes.withUnsafeBytes { try write($0) } == bytes.count)
    }

    /// Reads once into the loop's buffer.
    func receive(atMost limit: Int = .max) throws -> String {
        let buffer = EventLoop.shared.readBuffer
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(limit, buffer.count)])
        return switch try read(into: room) {
        case .bytes(let count): String(decoding: buffer[..<count], as: UTF8.self)
        case .wouldBlock: "(would block)"
        case .end: "(end)"
        }
    }
}

/// Closes the peer's connection now; its number stays taken until the peer goes.
func shutdownByClosing(_ peer: RawPeer) {
    let spare = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    dup2(spare, peer.descriptor)
    close(spare)
}
