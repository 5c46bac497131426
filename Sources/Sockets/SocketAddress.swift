internal import CSystem
public import Glibc

/// Where a socket is bound or connected: an IPv4 or IPv6 address with its port, or a Unix socket.
public enum SocketAddress: Hashable, Sendable {
    /// Four bytes in network order as one big-endian number, and the port.
    case ipv4(UInt32, port: UInt16)
    /// Sixteen bytes as two big-endian halves, the port, and the interface number of a link-local address (0 = none).
    case ipv6(UInt64, UInt64, port: UInt16, scope: UInt32)
    /// A file's path, or a name in the abstract namespace when the first byte is NUL. At most 108 bytes; empty = unnamed.
    case unix([UInt8])

    /// True for IPv6, whatever the address means.
    package var isIPv6: Bool {
        if case .ipv6 = self { true } else { false }
    }

    /// The longest path that fits beside its closing NUL.
    public static let longestUnixPath = 107

    /// Reads a numeric address; nil when `text` is anything else. A zone (`%lo`, `%2`) is taken for IPv6.
    public init?(numericHost text: String, port: UInt16) {
        // The C library reads up to a NUL and would take the part before it for the whole.
        guard !text.utf8.contains(0) else { return nil }
        var address4 = in_addr()
        if inet_pton(AF_INET, text, &address4) == 1 {
            self = .ipv4(UInt32(bigEndian: address4.s_addr), port: port)
            return
        }
        var literal = Substring(text)
        var scope: UInt32 = 0
        if let percent = text.firstIndex(of: "%") {
            let zone = String(text[text.index(after: percent)...])
            literal = text[..<percent]
            scope = if_nametoindex(zone)
            if scope == 0, zone.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) { scope = UInt32(zone) ?? 0 }
            guard scope != 0 else { return nil }
        }
        var address6 = in6_addr()
        guard inet_pton(AF_INET6, String(literal), &address6) == 1 else { return nil }
        self.init(address6, port: port, scope: scope)
    }

    private init(_ address: in6_addr, port: UInt16, scope: UInt32) {
        let halves = withUnsafeBytes(of: address) {
            ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        self = .ipv6(UInt64(bigEndian: halves.0), UInt64(bigEndian: halves.1), port: port, scope: scope)
    }

    /// Copies what the kernel or the C library filled in; nil for another family.
    public init?(_ pointer: UnsafePointer<sockaddr>, size: socklen_t) {
        let bytes = UnsafeRawBufferPointer(start: pointer, count: Int(size))
        guard bytes.count >= MemoryLayout<sa_family_t>.size else { return nil }
        switch CInt(pointer.pointee.sa_family) {
        case AF_INET where bytes.count >= MemoryLayout<sockaddr_in>.size:
            let address = bytes.loadUnaligned(as: sockaddr_in.self)
            self = .ipv4(
                UInt32(bigEndian: address.sin_addr.s_addr), port: UInt16(bigEndian: address.sin_port))
        case AF_INET6 where bytes.count >= MemoryLayout<sockaddr_in6>.size:
            let address = bytes.loadUnaligned(as: sockaddr_in6.self)
            self.init(
                address.sin6_addr, port: UInt16(bigEndian: address.sin6_port), scope: address.sin6_scope_id)
        case AF_UNIX:
            var path = Array(bytes.dropFirst(MemoryLayout<sa_family_t>.size))
            // The kernel counts the closing NUL of a file's path; an abstract name begins with one and has no end mark.
            if path.first != 0, let end = path.firstIndex(of: 0) { path.removeSubrange(end...) }
            self = .unix(path)
        default:
            return nil
        }
    }

    /// Lends the address in the kernel's form for one call.
    package func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        switch self {
        case .ipv4(let host, let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = host.bigEndian
            return Self.lend(&address, size: MemoryLayout<sockaddr_in>.size, to: body)
        case .ipv6(let high, let low, let port, let scope):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_scope_id = scope
            withUnsafeMutableBytes(of: &address.sin6_addr) {
                $0.storeBytes(of: high.bigEndian, as: UInt64.self)
                $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return Self.lend(&address, size: MemoryLayout<sockaddr_in6>.size, to: body)
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let room = MemoryLayout.size(ofValue: address.sun_path)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.prefix(room)) }
            // A file's path takes its closing NUL along; an abstract name and no name at all have none.
            let isFile = path.first ?? 0 != 0
            let size = MemoryLayout<sa_family_t>.size + min(room, path.count + (isFile ? 1 : 0))
            return Self.lend(&address, size: size, to: body)
        }
    }

    /// Why the kernel cannot be given this address whole; nil when it can.
    var problem: Errno? {
        guard case .unix(let path) = self else { return nil }
        if path.count > MemoryLayout.size(ofValue: sockaddr_un().sun_path) { return .nameTooLong }
        return path.first != 0 && path.contains(0) ? .invalidArgument : nil
    }

    private static func lend<Address, Result>(
        _ address: inout Address, size: Int, to body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(size)) }
        }
    }

    /// The family as `socket` takes it: AF_INET, AF_INET6 or AF_UNIX.
    package var domain: CInt {
        switch self {
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    /// 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        switch self {
        case .ipv4(let host, _): host >> 24 == 127
        case .ipv6(let high, let low, _, _): high == 0 && low == 1
        case .unix: false
        }
    }

    /// The port; 0 for a Unix socket.
    public var port: UInt16 {
        get {
            switch self {
            case .ipv4(_, let port), .ipv6(_, _, let port, _): port
            case .unix: 0
            }
        }
        set {
            switch self {
            case .ipv4(let host, _): self = .ipv4(host, port: newValue)
            case .ipv6(let high, let low, _, let scope): self = .ipv6(high, low, port: newValue, scope: scope)
            case .unix: break
            }
        }
    }

    /// The numeric host without brackets or port, with the zone of a link-local address; a Unix socket's path with `@`
    /// in place of the abstract namespace's NUL.
    public var host: String {
        switch self {
        case .ipv4(let host, _):
            return "\(host >> 24).\(host >> 16 & 255).\(host >> 8 & 255).\(host & 255)"
        case .ipv6(let high, let low, _, let scope):
            var address = (high.bigEndian, low.bigEndian)
            let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) {
                buffer in
                inet_ntop(AF_INET6, &address, buffer.baseAddress, socklen_t(buffer.count))
                    .map { String(cString: $0) } ?? ""
            }
            return scope == 0 ? text : "\(text)%\(Self.zoneName(scope))"
        case .unix(let path):
            guard path.first == 0 else { return String(decoding: path, as: UTF8.self) }
            return "@" + String(decoding: path.dropFirst(), as: UTF8.self)
        }
    }

    private static func zoneName(_ scope: UInt32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { buffer in
            buffer.baseAddress.flatMap { if_indextoname(scope, $0) }.map { String(cString: $0) } ?? "\(scope)"
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    /// `127.0.0.1:80`, `[::1]:80`, or the path of a Unix socket.
    public var description: String {
        switch self {
        case .ipv4: "\(host):\(port)"
        case .ipv6: "[\(host)]:\(port)"
        case .unix: host
        }
    }
}
