import Glibc

/// Where a fixture listens.
public enum ListenAddress: Sendable, Equatable {
    /// An IPv4 address, `127.x.y.z` in tests. Port 0 takes a free one.
    case ipv4(String, port: UInt16 = 0)
    /// An IPv6 address without brackets. Port 0 takes a free one.
    case ipv6(String, port: UInt16 = 0)
    /// A socket at a path, which is unlinked when the fixture stops.
    case unix(String)
    /// A name in the abstract namespace, without the leading NUL.
    case abstractBytes([UInt8])

    /// The same for a name that is text.
    public static func abstract(_ name: String) -> ListenAddress { .abstractBytes(Array(name.utf8)) }

    /// A free port of 127.0.0.1.
    public static let loopback = ListenAddress.ipv4("127.0.0.1")
}

/// Whether this machine can listen on `::1`.
public func hasIPv6Loopback() -> Bool {
    guard let socket = try? ListeningSocket(.ipv6("::1")) else { return false }
    socket.close()
    return true
}

/// A TCP port of 127.0.0.1 that was free a moment ago, for servers that can't take port 0 themselves. Retry when they
/// find it taken.
public func probeFreePort() throws -> UInt16 {
    let socket = try ListeningSocket(.loopback, backlog: nil)
    defer { socket.close() }
    return socket.port
}

/// A bound port on which nobody listens, so that connecting to it is refused as long as this value lives.
public final class RefusedPort: Sendable {
    private let socket: ListeningSocket
    /// The address's text, for example `127.0.0.1`.
    public let host: String
    /// The port.
    public var port: UInt16 { socket.port }

    /// Binds a free port, or the given one, of an IPv4 address.
    public init(host: String = "127.0.0.1", port: UInt16 = 0) throws {
        self.host = host
        socket = try ListeningSocket(.ipv4(host, port: port), backlog: nil)
    }

    deinit { socket.close() }
}

/// A port whose accept queue is kept full, so that connecting to it neither succeeds nor fails as long as this lives.
public final class BlackHole: Sendable {
    private let socket: ListeningSocket
    private let fillers: [Int32]
    /// The address's text, for example `127.0.0.1`.
    public let host: String
    /// The port.
    public var port: UInt16 { socket.port }

    /// Listens on a free port, or the given one, of an IPv4 address.
    public init(host: String = "127.0.0.1", port: UInt16 = 0) throws {
        self.host = host
        socket = try ListeningSocket(.ipv4(host, port: port), backlog: 0)
        let address = try SocketBytes(.ipv4(host, port: socket.port))
        fillers = try (0..<4).map { _ in
            let descriptor = try check("socket") {
                Glibc.socket(
                    AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            }
            _ = address.withPointer { connect(descriptor, $0, $1) }
            return descriptor
        }
    }

    deinit {
        for descriptor in fillers { close(descriptor) }
        socket.close()
    }
}

/// A socket address as the bytes that the kernel wants.
struct SocketBytes {
    private var storage = sockaddr_storage()
    private var length: socklen_t = 0
    var family: Int32 { Int32(storage.ss_family) }

    init(_ address: ListenAddress) throws(SystemFailure) {
        switch address {
        case .ipv4(let host, let port):
            var value = sockaddr_in()
            value.sin_family = sa_family_t(AF_INET)
            value.sin_port = port.bigEndian
            guard inet_pton(AF_INET, host, &value.sin_addr) == 1 else {
                throw SystemFailure("not an IPv4 address: \(host)", code: 0)
            }
            store(value, length: MemoryLayout<sockaddr_in>.size)
        case .ipv6(let host, let port):
            var value = sockaddr_in6()
            value.sin6_family = sa_family_t(AF_INET6)
            value.sin6_port = port.bigEndian
            guard inet_pton(AF_INET6, host, &value.sin6_addr) == 1 else {
                throw SystemFailure("not an IPv6 address: \(host)", code: 0)
            }
            store(value, length: MemoryLayout<sockaddr_in6>.size)
        case .unix(let path):
            try storeUnix(Array(path.utf8) + [0], description: path)
        case .abstractBytes(let name):
            try storeUnix([0] + name, description: "@" + String(decoding: name, as: UTF8.self))
        }
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    private mutating func store<Value>(_ value: Value, length: Int) {
        withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: value, as: Value.self) }
        self.length = socklen_t(length)
    }

    private mutating func storeUnix(_ path: [UInt8], description: String) throws(SystemFailure) {
        var value = sockaddr_un()
        value.sun_family = sa_family_t(AF_UNIX)
        let isTooLong = withUnsafeMutableBytes(of: &value.sun_path) { room in
            guard path.count <= room.count else { return true }
            room.copyBytes(from: path)
            return false
        }
        guard !isTooLong else { throw SystemFailure("too long for a socket's path: \(description)", code: 0) }
        store(value, length: MemoryLayout<sa_family_t>.size + path.count)
    }
}

/// A bound socket that listens, or with `backlog` nil doesn't. Non-blocking and close-on-exec.
struct ListeningSocket: Sendable {
    let descriptor: Int32
    let address: ListenAddress
    /// 0 for Unix sockets.
    let port: UInt16

    init(_ address: ListenAddress, backlog: Int32? = 1024) throws(SystemFailure) {
        let bytes = try SocketBytes(address)
        let descriptor = try check("socket") {
            socket(
                bytes.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        }
        do throws(SystemFailure) {
            var on: Int32 = 1
            if bytes.family != AF_UNIX {
                setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
            }
            try check("bind \(address)") { bytes.withPointer { bind(descriptor, $0, $1) } }
            if let backlog { try check("listen \(address)") { listen(descriptor, backlog) } }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.address = address
        port = boundPort(descriptor)
    }

    func close() {
        Glibc.close(descriptor)
        if case .unix(let path) = address { unlink(path) }
    }
}

private func boundPort(_ descriptor: Int32) -> UInt16 {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let status = withUnsafeMutablePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    guard status == 0, storage.ss_family != sa_family_t(AF_UNIX) else { return 0 }
    // The port has the same place in sockaddr_in and sockaddr_in6.
    return withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
}
