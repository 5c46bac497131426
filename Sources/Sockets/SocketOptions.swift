internal import Glibc

/// What the kernel is told about a connector's TCP sockets before they connect.
///
/// All but `multipath` are wishes: a kernel that refuses one makes the connection without it.
public struct SocketOptions: Hashable, Sendable {
    /// Small segments leave at once (TCP_NODELAY). Default true.
    public var noDelay = true
    /// Probes of a silent peer; nil, the default = none.
    public var keepAlive: KeepAlive?
    /// The request travels in the first segment to a server known from before (TCP_FASTOPEN_CONNECT). Default false.
    public var fastOpen = false
    /// Multipath TCP, or plain TCP where the kernel has none. Default false.
    public var multipath = false
    /// The byte of the IP header that routers look at: type of service, or traffic class. nil = the kernel's.
    public var trafficClass: UInt8?
    /// The kernel's queueing priority, of which a VLAN's is made, 0 to 7; nil = the kernel's.
    public var priority: Int?

    /// Probes that TCP sends when nothing else is on the way.
    public struct KeepAlive: Hashable, Sendable {
        /// Silence before the first probe and between two. The kernel counts whole seconds, at most 32767.
        public var delay: Duration
        /// Probes without an answer that end the connection, at most 127; nil = the kernel's, which is 9.
        public var count: Int?

        /// - Parameters:
        ///   - delay: silence before the first probe and between two.
        ///   - count: probes without an answer that end the connection; nil = the kernel's.
        public init(delay: Duration, count: Int? = nil) {
            self.delay = delay
            self.count = count
        }
    }

    /// What sockets have by themselves.
    public init() {}

    /// Sets the options on a new TCP socket.
    fileprivate func apply(to descriptor: CInt, isIPv6: Bool) {
        func set(_ level: CInt, _ name: CInt, _ value: CInt) {
            try? SystemCall.setOption(descriptor, level: level, name: name, to: value)
        }
        let tcp = CInt(IPPROTO_TCP)
        if noDelay { set(tcp, TCP_NODELAY, 1) }
        if let keepAlive {
            let seconds = CInt(clamping: min(max(keepAlive.delay.components.seconds, 1), 32_767))
            set(SOL_SOCKET, SO_KEEPALIVE, 1)
            set(tcp, TCP_KEEPIDLE, seconds)
            set(tcp, TCP_KEEPINTVL, seconds)
            if let count = keepAlive.count { set(tcp, TCP_KEEPCNT, CInt(clamping: min(max(count, 1), 127))) }
        }
        if fastOpen { set(tcp, TCP_FASTOPEN_CONNECT, 1) }
        if let trafficClass {
            if isIPv6 {
                set(CInt(IPPROTO_IPV6), IPV6_TCLASS, CInt(trafficClass))
            } else {
                set(CInt(IPPROTO_IP), IP_TOS, CInt(trafficClass))
            }
        }
        if let priority { set(SOL_SOCKET, SO_PRIORITY, CInt(clamping: priority)) }
    }
}

extension Socket {
    /// Makes a TCP socket for the family of `address` with `options`: close-on-exec and non-blocking.
    package convenience init(for address: SocketAddress, _ options: SocketOptions) throws(Errno) {
        let descriptor =
            try options.multipath
            ? SystemCall.multipathSocket(address.domain) : SystemCall.socket(address.domain)
        options.apply(to: descriptor.rawValue, isIPv6: address.domain == AF_INET6)
        self.init(descriptor)
    }

    /// Sends and receives through this interface only, before connecting.
    /// - Throws: ENODEV when there is none of this name, EPERM where only root may.
    package func bind(toInterface name: String) throws(Errno) {
        guard let number = rawDescriptor else { throw .badDescriptor }
        guard name.utf8.count < Int(IF_NAMESIZE) else { throw Errno(rawValue: ENODEV) }
        let result = name.withCString { text in
            setsockopt(number, SOL_SOCKET, SO_BINDTODEVICE, text, socklen_t(name.utf8.count + 1))
        }
        if result != 0 { throw .current }
    }
}

extension SystemCall {
    /// A socket of Multipath TCP, or of TCP when the kernel has no other.
    fileprivate static func multipathSocket(_ domain: CInt) throws(Errno) -> FileDescriptor {
        let multipathTCP: CInt = 262
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(domain, kind, multipathTCP)
        return descriptor >= 0 ? FileDescriptor(owning: descriptor) : try socket(domain)
    }
}

/// The network interfaces of this machine.
package enum NetworkInterface {
    /// The addresses of the interface `name`, with port 0; nil when there is no such interface.
    package static func addresses(of name: String) -> [SocketAddress]? {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return nil }
        defer { freeifaddrs(first) }
        var addresses: [SocketAddress]?
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard String(cString: entry.ifa_name) == name else { continue }
            addresses = addresses ?? []
            guard let address = entry.ifa_addr else { continue }
            let size =
                CInt(address.pointee.sa_family) == AF_INET6
                ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
            guard let address = SocketAddress(address, size: socklen_t(size)) else { continue }
            addresses?.append(address)
        }
        return addresses
    }
}
